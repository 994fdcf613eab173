/*
 * Hooks on a real loop, with real programs: scripts of /bin/sh in a directory of the test's own. What a
 * script waits for is a line in the fifo "go" there, and time is the test's.
 */
#ifndef MEETINGD_TESTS_HOOK_HOUSE_H
#define MEETINGD_TESTS_HOOK_HOUSE_H

#include "lib/turn.h"
#include "sync/hooks.h"

#define STARTED (UINT32_C(1) << EVENT_MEETING_STARTED)
#define ENDED   (UINT32_C(1) << EVENT_MEETING_ENDED)

struct hook_house {
    uv_loop_t loop;
    struct fake_clock clock;
    struct timers *timers;
    struct test_time time;
    struct cache *cache;
    struct hooks *hooks;
    struct hook_list settings;
    char *directory; /* absolute */
    int go;          /* a line for each program that may go on */
    size_t padding;  /* of the events' text */
    bool stopped;
    int tested;
    struct buffer test; /* what the last test came to */
};

/* For cmocka. */
int hook_house_set_up(void **state);
int hook_house_tear_down(void **state);

/* A hook that runs a script in the directory, for at most ten seconds; hook_house_set() puts it in force. */
struct hook *hook_house_add(struct hook_house *house, const char *name, uint32_t kinds, const char *script);
void hook_house_set(struct hook_house *house);

/* An event about a reservation of the plan "standup", and about meeting 71. */
void hook_house_happen(struct hook_house *house, enum event_kind kind);

struct hooks_view hook_house_view(const struct hook_house *house, size_t index);

/* Lets so many programs go on. */
void hook_house_let_go(const struct hook_house *house, int count);

/* For hooks_stop(), and whether it came. */
void hook_house_on_stopped(void *data);
bool hook_house_is_stopped(void *data);

/* What stands in a file of the directory; "" where there is none. The caller frees it. */
char *hook_house_read(const struct hook_house *house, const char *name);

/* The process of a pid that stands in a file, and whether it has ended. The caller frees it. */
char *hook_house_pid(const struct hook_house *house, const char *name);
bool hook_house_is_dead(void *pid);

/* These wait while time stands still. */
void hook_house_wait_for_text(struct hook_house *house, const char *file, const char *text);
void hook_house_wait_for_runs_of(struct hook_house *house, size_t index, uint64_t runs);
void hook_house_wait_for_runs(struct hook_house *house, uint64_t runs); /* of the first one */

#endif
