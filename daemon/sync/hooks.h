/*
 * hooks: programs that are started when something happens ([hook NAME]). hooks keeps the order: the events
 * that wait for each hook, one run of a hook at a time, a bounded number of runs at once. hooks-occasion is
 * an event as programs get it, hooks-run one run with its pipes and its time, hooks-output what it writes.
 *
 * Nothing of a program holds up the daemon: its input is written and its output read as it takes and gives
 * them, it is ended when its time is over, and its failure is told in the log, once a run. Who needs an event
 * for sure watches (Monitor): a hook that falls behind loses the oldest.
 */
#ifndef MEETINGD_SYNC_HOOKS_H
#define MEETINGD_SYNC_HOOKS_H

#include "sync/cache.h"
#include "sync/hooks-run.h"

struct hooks;

/* All borrowed for its life, but for the settings, which are copied. */
struct hooks_options {
    uv_loop_t *loop;
    struct timers *timers;
    struct cache *cache;
    const struct hook_list *settings;
    hooks_event_text *event_text;
    void *data; /* of that */
};

/* Listens to the cache from now on. */
struct hooks *hooks_new(const struct hooks_options *options);

/* Other settings are in force, which are copied. What runs ends under those with which it was started; what
 * waits for a hook that is there no more is dropped. */
void hooks_set(struct hooks *hooks, const struct hook_list *settings);

/* What came of a test. `end` is NULL where it was not run: the hook went, or the daemon stops. `problem` says
 * what was wrong, for a person; NULL: nothing. Borrowed for the call's time. */
typedef void hooks_tested_cb(void *data, const struct hooks_end *end, const char *problem);

/* Runs a hook on a made-up event, before those that wait for it, but after the run that is under way.
 * `tested` comes once, from the loop. -ENOENT: there is no such hook; -EBUSY: too many tests of it wait;
 * -ESHUTDOWN: the daemon stops; then it does not come. */
int hooks_test(struct hooks *hooks, const char *name, hooks_tested_cb *tested, void *data);

/* How a hook is doing. */
struct hooks_view {
    const struct hook *hook;
    bool running;
    size_t waiting;           /* events */
    uint64_t runs, failures;  /* since the start, tests included */
    uint64_t dropped;         /* events */
    int64_t last_run_at;      /* Unix seconds, of the last end; UNKNOWN: none */
    const char *last_problem; /* of that run; NULL: it went well */
};
size_t hooks_count(const struct hooks *hooks);
void hooks_view(const struct hooks *hooks, size_t index, struct hooks_view *ret);

/* Starts nothing more and drops what waits; what runs is ended after a second. Returns whether anything runs:
 * then `stopped(data)` comes from the loop when it has ended; else it does not come. */
bool hooks_stop(struct hooks *hooks, void (*stopped)(void *data), void *data);

/* Only after hooks_stop(), and when nothing runs. NULL is fine; returns NULL. */
struct hooks *hooks_free(struct hooks *hooks);

#endif
