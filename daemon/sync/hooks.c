#include "sync/hooks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "base/span.h"

/* Events that wait for one hook: so many, of so many bytes together. Beyond that the oldest go, as what is
 * newer says more of how things are. */
#define WAITING_MAX       1000
#define WAITING_BYTES_MAX ((size_t)8 * 1024 * 1024)

/* Tests that wait for one hook. */
#define TESTS_MAX 8

/* Programs that run at once, over all hooks. */
#define RUNNING_MAX 16

/* At the daemon's stop what runs has so long to end by itself. */
#define STOP_AFTER_MS MS_PER_SECOND

/* One thing that a hook is to be run for. */
struct turn {
    struct turn *next;
    struct occasion *occasion;
    hooks_tested_cb *tested; /* NULL: it is no test */
    void *data;
};

struct queue {
    struct turn *first, **end;
    size_t count, bytes;
};

struct runner {
    struct hooks *hooks;
    struct hook *hook;
    struct queue events, tests;
    struct hooks_run *run; /* NULL: none */
    struct turn *current;  /* of the run */
    int64_t timeout_ms;    /* of the run */
    bool gone;             /* no settings have it any more: freed at the end of the run */
    uint64_t runs, failures, dropped;
    uint64_t dropped_now; /* since its queue was full; 0: it is not */
    int64_t last_run_at;
    char *last_problem;
};

struct hooks {
    struct hooks_options options;
    struct cache_listener listener;
    struct timer start_timer; /* programs are started from the loop, not amid a change of the cache */
    struct timer stop_timer;
    struct runner **runners; /* those in force first, as they are in the settings */
    size_t count;            /* of those in force */
    size_t all;
    size_t next; /* whose turn it is, where not all can run */
    size_t running;
    bool stopping;
    void (*stopped)(void *data);
    void *stopped_data;
};

/* ---- queues */

static void queue_init(struct queue *queue)
{
    *queue = (struct queue){.end = &queue->first};
}

static void queue_add(struct queue *queue, struct turn *turn)
{
    *queue->end = turn;
    queue->end = &turn->next;
    queue->count++;
    queue->bytes += turn->occasion->length;
}

/* NULL where it is empty. */
static struct turn *queue_take(struct queue *queue)
{
    struct turn *turn = queue->first;

    if (turn == NULL)
        return NULL;
    queue->first = turn->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    queue->count--;
    queue->bytes -= turn->occasion->length;
    turn->next = NULL;
    return turn;
}

static struct turn *turn_new(struct occasion *take_occasion)
{
    struct turn *turn = xalloc(sizeof(*turn));

    turn->occasion = take_occasion;
    return turn;
}

static void turn_free(struct turn *turn)
{
    occasion_unref(turn->occasion);
    free(turn);
}

/* All that waits is not run any more, and whoever waits for a test is told. */
static void drop_all(struct runner *runner, const char *why)
{
    struct log_subject subject = {.hook = runner->hook->name};
    struct turn *turn;

    if (runner->events.count > 0)
        log_warning(&subject, "hook %s: it is not run for %zu event%s that waited: %s", runner->hook->name,
                    runner->events.count, runner->events.count == 1 ? "" : "s", why);
    runner->dropped += runner->events.count;
    while ((turn = queue_take(&runner->events)) != NULL)
        turn_free(turn);
    while ((turn = queue_take(&runner->tests)) != NULL) {
        turn->tested(turn->data, NULL, why);
        turn_free(turn);
    }
}

static void drop_oldest(struct runner *runner)
{
    struct log_subject subject = {.hook = runner->hook->name};

    if (runner->dropped_now++ == 0)
        log_warning(
            &subject,
            "hook %s: it is too slow for what happens: %zu events wait, and the oldest ones are dropped "
            "now: make it quicker, or let it wait for fewer events",
            runner->hook->name, runner->events.count);
    runner->dropped++;
    turn_free(queue_take(&runner->events));
}

static void note_caught_up(struct runner *runner)
{
    struct log_subject subject = {.hook = runner->hook->name};

    if (runner->dropped_now > 0)
        log_notice(&subject, "hook %s: it has caught up; %" PRIu64 " event%s %s dropped", runner->hook->name,
                   runner->dropped_now, runner->dropped_now == 1 ? "" : "s",
                   runner->dropped_now == 1 ? "was" : "were");
    runner->dropped_now = 0;
}

/* ---- how a run ended */

static const char *mend_of(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
        return "the program and its interpreter have to be there";
    case -EACCES:
    case -EPERM:
        return "the daemon's user has to be allowed to run it";
    default:
        return "see the limits of the daemon's unit, and the program itself";
    }
}

/* What was wrong, for a person; NULL: nothing. The caller frees it. */
static char *problem_of(const struct runner *runner, const struct hooks_end *end)
{
    char span[SPAN_TEXT_SIZE];

    if (end->error != 0)
        return xasprintf("cannot be started: %s: %s", strerror(-end->error), mend_of(end->error));
    if (end->timed_out)
        return xasprintf("took longer than %s and was ended: make it quicker, or raise its timeout",
                         span_format(runner->timeout_ms, span));
    if (end->stopped)
        return xstrdup("was ended, as meetingd stops");
    if (end->signal != 0)
        return xasprintf("was ended by signal %d (%s)", end->signal, strsignal(end->signal));
    if (end->exit_code != 0)
        return xasprintf("failed with exit code %d%s", end->exit_code,
                         end->output->count > 0 ? ": what it wrote should say why" : ", and wrote nothing");
    return NULL;
}

static void log_end(const struct runner *runner, const char *problem)
{
    const struct occasion *occasion = runner->current->occasion;
    struct log_subject subject = occasion_subject(occasion, runner->hook->name);

    if (problem == NULL)
        log_debug(&subject, "hook %s: ran for %s", runner->hook->name, event_kind_name(occasion->kind));
    else
        log_warning(&subject, "hook %s: %s (for %s%s%s)", runner->hook->name, problem,
                    event_kind_name(occasion->kind), occasion->reservation != NULL ? " of " : "",
                    occasion->reservation != NULL ? occasion->reservation : "");
}

static void runner_free(struct runner *runner)
{
    hook_free(runner->hook);
    free(runner->last_problem);
    free(runner);
}

/* One that no settings have any more, and that runs no more. */
static void forget(struct runner *runner)
{
    struct hooks *hooks = runner->hooks;
    size_t index = hooks->count;

    while (hooks->runners[index] != runner)
        index++;
    hooks->runners[index] = hooks->runners[--hooks->all];
    runner_free(runner);
}

static void start_soon(struct hooks *hooks)
{
    if (!hooks->stopping && !timer_running(&hooks->start_timer))
        timer_start_in(&hooks->start_timer, 0);
}

static void on_ended(void *data, const struct hooks_end *end)
{
    struct runner *runner = data;
    struct hooks *hooks = runner->hooks;
    struct turn *turn = runner->current;
    char *problem = problem_of(runner, end);

    log_end(runner, problem);
    if (turn->tested != NULL)
        turn->tested(turn->data, end, problem);
    runner->runs++;
    runner->failures += problem != NULL ? 1 : 0;
    runner->last_run_at = clock_wall_seconds(timers_clock(hooks->options.timers));
    free(runner->last_problem);
    runner->last_problem = problem;
    runner->run = NULL;
    runner->current = NULL;
    turn_free(turn);
    hooks->running--;
    if (runner->gone)
        forget(runner);
    if (hooks->stopping && hooks->running == 0) {
        timer_stop(&hooks->stop_timer);
        hooks->stopped(hooks->stopped_data);
    } else {
        start_soon(hooks);
    }
}

/* ---- starting */

static void start_next_of(struct runner *runner)
{
    struct hooks *hooks = runner->hooks;
    struct turn *turn = queue_take(&runner->tests);

    if (turn == NULL)
        turn = queue_take(&runner->events);
    if (runner->events.count == 0)
        note_caught_up(runner);
    runner->current = turn;
    runner->timeout_ms = runner->hook->timeout_ms;
    runner->run = hooks_run_start(&(struct hooks_run_options){
        .loop = hooks->options.loop,
        .timers = hooks->options.timers,
        .hook = runner->hook,
        .occasion = turn->occasion,
        .ended = on_ended,
        .data = runner,
    });
    hooks->running++;
}

/* In turn, where not all can run. */
static void start_what_waits(struct timer *timer)
{
    struct hooks *hooks = timer->data;

    for (size_t i = 0, first = hooks->next; i < hooks->count && hooks->running < RUNNING_MAX; i++) {
        struct runner *runner = hooks->runners[(first + i) % hooks->count];

        if (runner->run != NULL || runner->events.count + runner->tests.count == 0)
            continue;
        start_next_of(runner);
        hooks->next = (first + i + 1) % hooks->count;
    }
}

static void add_event(struct runner *runner, struct occasion *occasion)
{
    queue_add(&runner->events, turn_new(occasion_ref(occasion)));
    /* The newest one stays, however long it is. */
    while (runner->events.count > 1 &&
           (runner->events.count > WAITING_MAX || runner->events.bytes > WAITING_BYTES_MAX))
        drop_oldest(runner);
}

static void on_changed(struct cache_listener *listener, const struct event *event)
{
    struct hooks *hooks = CONTAINER_OF(listener, struct hooks, listener);
    struct occasion *occasion = NULL;

    for (size_t i = 0; i < hooks->count; i++) {
        if (!hook_wants(hooks->runners[i]->hook, event->kind, event_plan_name(event)))
            continue;
        if (occasion == NULL)
            occasion = occasion_new(event, hooks->options.event_text, hooks->options.data);
        add_event(hooks->runners[i], occasion);
    }
    if (occasion != NULL)
        start_soon(hooks);
    occasion_unref(occasion);
}

/* Among the first `count`. */
static struct runner *find(const struct hooks *hooks, const char *name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(hooks->runners[i]->hook->name, name) == 0)
            return hooks->runners[i];
    }
    return NULL;
}

int hooks_test(struct hooks *hooks, const char *name, hooks_tested_cb *tested, void *data)
{
    struct runner *runner = find(hooks, name, hooks->count);
    struct turn *turn;

    if (hooks->stopping)
        return -ESHUTDOWN;
    if (runner == NULL)
        return -ENOENT;
    if (runner->tests.count >= TESTS_MAX)
        return -EBUSY;
    turn = turn_new(occasion_made_up(runner->hook, timers_clock(hooks->options.timers),
                                     hooks->options.event_text, hooks->options.data));
    turn->tested = tested;
    turn->data = data;
    queue_add(&runner->tests, turn);
    start_soon(hooks);
    return 0;
}

/* ---- settings */

static struct runner *runner_new(struct hooks *hooks)
{
    struct runner *runner = xalloc(sizeof(*runner));

    runner->hooks = hooks;
    queue_init(&runner->events);
    queue_init(&runner->tests);
    runner->last_run_at = UNKNOWN;
    return runner;
}

/* Those whose section is gone end when their run does. */
static void put_away(struct runner *runner, struct runner **kept, size_t *kept_count)
{
    drop_all(runner, "its section is gone");
    if (runner->run == NULL) {
        runner_free(runner);
        return;
    }
    runner->gone = true;
    kept[(*kept_count)++] = runner;
}

void hooks_set(struct hooks *hooks, const struct hook_list *settings)
{
    struct runner **runners = xcalloc(settings->count + hooks->all + 1, sizeof(*runners));
    size_t count = 0;

    for (size_t i = 0; i < settings->count; i++) {
        /* Also one that had gone and is back before its run has ended: no two runs overlap. */
        struct runner *runner = find(hooks, settings->items[i]->name, hooks->all);

        if (runner == NULL)
            runner = runner_new(hooks);
        runner->gone = false;
        hook_free(runner->hook);
        runner->hook = hook_copy(settings->items[i]);
        runners[count++] = runner;
    }
    for (size_t i = 0; i < hooks->all; i++) {
        if (hook_list_find(settings, hooks->runners[i]->hook->name) == NULL)
            put_away(hooks->runners[i], runners, &count);
    }
    free(hooks->runners);
    hooks->runners = runners;
    hooks->count = settings->count;
    hooks->all = count;
    hooks->next = 0;
}

/* ---- its life */

size_t hooks_count(const struct hooks *hooks)
{
    return hooks->count;
}

void hooks_view(const struct hooks *hooks, size_t index, struct hooks_view *ret)
{
    const struct runner *runner = hooks->runners[index];

    *ret = (struct hooks_view){
        .hook = runner->hook,
        .running = runner->run != NULL,
        .waiting = runner->events.count,
        .runs = runner->runs,
        .failures = runner->failures,
        .dropped = runner->dropped,
        .last_run_at = runner->last_run_at,
        .last_problem = runner->last_problem,
    };
}

static void end_what_runs(struct timer *timer)
{
    struct hooks *hooks = timer->data;

    for (size_t i = 0; i < hooks->all; i++) {
        if (hooks->runners[i]->run != NULL)
            hooks_run_stop(hooks->runners[i]->run);
    }
}

struct hooks *hooks_new(const struct hooks_options *options)
{
    struct hooks *hooks = xalloc(sizeof(*hooks));

    hooks->options = *options;
    timer_init(&hooks->start_timer, options->timers, start_what_waits, hooks);
    timer_init(&hooks->stop_timer, options->timers, end_what_runs, hooks);
    hooks_set(hooks, options->settings);
    hooks->listener.changed = on_changed;
    cache_listen(options->cache, &hooks->listener);
    return hooks;
}

bool hooks_stop(struct hooks *hooks, void (*stopped)(void *data), void *data)
{
    hooks->stopping = true;
    hooks->stopped = stopped;
    hooks->stopped_data = data;
    cache_unlisten(&hooks->listener);
    timer_stop(&hooks->start_timer);
    for (size_t i = 0; i < hooks->count; i++)
        drop_all(hooks->runners[i], "meetingd is stopping");
    if (hooks->running == 0)
        return false;
    timer_start_in(&hooks->stop_timer, STOP_AFTER_MS);
    return true;
}

struct hooks *hooks_free(struct hooks *hooks)
{
    if (hooks == NULL)
        return NULL;
    cache_unlisten(&hooks->listener);
    timer_stop(&hooks->start_timer);
    for (size_t i = 0; i < hooks->all; i++)
        runner_free(hooks->runners[i]);
    free(hooks->runners);
    free(hooks);
    return NULL;
}
