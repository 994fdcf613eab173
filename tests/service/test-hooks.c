/* sync/hooks: real programs on a real loop. What they wait for are lines in a fifo, and time is the test's.
 */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/base.h"
#include "lib/turn.h"
#include "sync/hooks.h"

struct house {
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

static char *path_of(const struct house *house, const char *name)
{
    return xasprintf("%s/%s", house->directory, name);
}

static char *read_file(const struct house *house, const char *name)
{
    CLEANUP_FREE char *path = path_of(house, name);
    struct buffer text = BUFFER_EMPTY;
    FILE *file = fopen(path, "re");
    char chunk[4096];
    size_t length;

    buffer_append_text(&text, "");
    while (file != NULL && (length = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(&text, chunk, length);
    if (file != NULL)
        fclose(file);
    return buffer_take(&text);
}

static void write_event(void *data, const struct event *event, struct buffer *out)
{
    const struct house *house = data;

    buffer_printf(out, "{\"kind\":\"%s\",\"sequence\":%d,\"padding\":\"", event_kind_name(event->kind),
                  (int)event->sequence);
    for (size_t i = 0; i < house->padding; i++)
        buffer_append_char(out, 'x');
    buffer_append_text(out, "\"}");
}

static int set_up(void **state)
{
    struct house *house = xalloc(sizeof(*house));
    char *name = test_make_directory(), *fifo;
    struct error error;

    signal(SIGPIPE, SIG_IGN);
    house->directory = realpath(name, NULL);
    free(name);
    assert_non_null(house->directory);
    fifo = path_of(house, "go");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    house->go = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    free(fifo);
    assert_true(house->go >= 0);
    fake_clock_init(&house->clock, INT64_C(1795397400000));
    assert_int_equal(uv_loop_init(&house->loop), 0);
    assert_int_equal(timers_new(&house->timers, NULL, &house->clock.clock, &error), 0);
    house->time = (struct test_time){.loop = &house->loop, .timers = house->timers, .clock = &house->clock};
    house->cache = cache_new(&house->clock.clock, 1);
    house->hooks = hooks_new(&(struct hooks_options){
        .loop = &house->loop,
        .timers = house->timers,
        .cache = house->cache,
        .settings = &house->settings,
        .event_text = write_event,
        .data = house,
    });
    *state = house;
    return 0;
}

static void on_stopped(void *data)
{
    ((struct house *)data)->stopped = true;
}

static void let_go(const struct house *house, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(write(house->go, "\n", 1), 1);
}

static bool is_stopped(void *data)
{
    return ((struct house *)data)->stopped;
}

static int tear_down(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *command = xasprintf("rm -rf '%s'", house->directory);

    house->stopped = !hooks_stop(house->hooks, on_stopped, house);
    /* SIGTERM, SIGKILL, and whoever holds the output. */
    for (int i = 0; !house->stopped && i < 3; i++) {
        fake_clock_pass(&house->clock, MS_PER_SECOND);
        test_turn(&house->time);
    }
    test_turn_until(&house->time, is_stopped, house);
    hooks_free(house->hooks);
    cache_free(house->cache);
    timers_close(house->timers, NULL, NULL);
    test_loop_end(&house->loop);
    close(house->go);
    hook_list_fini(&house->settings);
    buffer_fini(&house->test);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    free(house->directory);
    free(house);
    return 0;
}

/* A hook that runs a script in the test's directory, which is its own then; it is not set yet. */
static struct hook *add_hook(struct house *house, const char *name, uint32_t kinds, const char *script)
{
    struct hook *hook = xalloc(sizeof(*hook));
    CLEANUP_FREE char *text = xasprintf("cd '%s'\n%s\n", house->directory, script);

    hook->name = xstrdup(name);
    hook->on.kinds = kinds;
    hook->on.first = EVENT_MEETING_STARTED;
    string_list_add(&hook->exec, "/bin/sh");
    string_list_add(&hook->exec, "-c");
    string_list_add(&hook->exec, text);
    string_list_add(&hook->exec, "hook");
    hook->timeout_ms = 10 * MS_PER_SECOND;
    hook_list_take(&house->settings, hook);
    return hook;
}

#define STARTED (UINT32_C(1) << EVENT_MEETING_STARTED)
#define ENDED   (UINT32_C(1) << EVENT_MEETING_ENDED)

static void set_hooks(struct house *house)
{
    hooks_set(house->hooks, &house->settings);
}

static void happen(struct house *house, enum event_kind kind)
{
    struct reservation *reservation = reservation_new("standup@20261123T013000Z");
    struct meeting *meeting = meeting_new("71");

    reservation->name = xstrdup("standup");
    reservation->occurrence = xstrdup("standup@20261123T013000Z");
    reservation->reserve_id = xstrdup("6911188411932033028");
    meeting->in_meeting = 2;
    cache_announce(house->cache, kind, reservation, meeting, NULL);
    reservation_free(reservation);
    meeting_free(meeting);
}

static struct hooks_view view_of(const struct house *house, size_t index)
{
    struct hooks_view view;

    hooks_view(house->hooks, index, &view);
    return view;
}

/* ---- waiting */

struct wanted {
    const struct house *house;
    const char *file, *text;
    size_t index;
    uint64_t runs;
};

static bool has_text(void *data)
{
    const struct wanted *wanted = data;
    CLEANUP_FREE char *text = read_file(wanted->house, wanted->file);

    return strcmp(text, wanted->text) == 0;
}

static void wait_for_text(struct house *house, const char *file, const char *text)
{
    struct wanted wanted = {.house = house, .file = file, .text = text};

    test_turn_until(&house->time, has_text, &wanted);
}

static bool has_run(void *data)
{
    const struct wanted *wanted = data;

    return view_of(wanted->house, wanted->index).runs >= wanted->runs;
}

/* Time stands still, but for what the program itself takes. */
static void wait_for_runs_of(struct house *house, size_t index, uint64_t runs)
{
    struct wanted wanted = {.house = house, .index = index, .runs = runs};

    test_turn_until(&house->time, has_run, &wanted);
}

static void wait_for_runs(struct house *house, uint64_t runs)
{
    wait_for_runs_of(house, 0, runs);
}

static bool is_dead(void *data)
{
    CLEANUP_FREE char *path = xasprintf("/proc/%s/stat", (const char *)data);
    char text[512] = "", *end;
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return true;
    if (fgets(text, sizeof(text), file) == NULL)
        text[0] = '\0';
    fclose(file);
    end = strrchr(text, ')');
    return end == NULL || end[2] == 'Z' || end[2] == 'X';
}

/* The process of a pid that stands in a file. */
static char *pid_in(const struct house *house, const char *name)
{
    char *pid = read_file(house, name);

    pid[strcspn(pid, "\n")] = '\0';
    return pid;
}

/* ---- order */

static void runs_keep_the_order_and_do_not_overlap(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *log = NULL;

    add_hook(house, "a", STARTED | ENDED,
             "read -r e; echo begin $MEETINGD_KIND >>log; read -r l <go; echo end >>log");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    happen(house, EVENT_MEETING_CHANGED); /* it does not wait for these */
    happen(house, EVENT_MEETING_ENDED);
    assert_int_equal(view_of(house, 0).waiting, 2);
    wait_for_text(house, "log", "begin meeting_started\n");
    happen(house, EVENT_MEETING_STARTED);
    for (int i = 0; i < 10; i++)
        test_turn(&house->time);
    assert_true(view_of(house, 0).running);
    assert_int_equal(view_of(house, 0).waiting, 2);
    let_go(house, 3);
    wait_for_runs(house, 3);
    log = read_file(house, "log");
    assert_string_equal(log,
                        "begin meeting_started\nend\nbegin meeting_ended\nend\nbegin meeting_started\nend\n");
    assert_int_equal(view_of(house, 0).failures, 0);
    assert_null(view_of(house, 0).last_problem);
    assert_int_equal(view_of(house, 0).last_run_at, 1795397400);
}

static void only_the_plans_that_are_named_run_it(void **state)
{
    struct house *house = *state;
    struct hook *hook = add_hook(house, "a", STARTED | UINT32_C(1) << EVENT_CONFIGURATION_RELOADED, ":");

    string_list_add(&hook->reservations, "board");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    cache_announce(house->cache, EVENT_CONFIGURATION_RELOADED, NULL, NULL, NULL);
    assert_int_equal(view_of(house, 0).waiting, 0);
    string_list_add(&hook->reservations, "standup");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(view_of(house, 0).waiting, 1);
    wait_for_runs(house, 1);
}

static int count_lines(const struct house *house, const char *name)
{
    CLEANUP_FREE char *text = read_file(house, name);
    int lines = 0;

    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n';
    return lines;
}

static bool has_16_lines(void *data)
{
    return count_lines(data, "log") == 16;
}

static bool has_17_lines(void *data)
{
    return count_lines(data, "log") == 17;
}

static void no_more_than_16_run_at_once(void **state)
{
    struct house *house = *state;
    size_t running = 0, waiting = 0;

    for (int i = 0; i < 17; i++) {
        CLEANUP_FREE char *name = xasprintf("hook %d", i);

        add_hook(house, name, STARTED, "echo x >>log; read -r l <go");
    }
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    test_turn_until(&house->time, has_16_lines, house);
    for (size_t i = 0; i < hooks_count(house->hooks); i++) {
        running += view_of(house, i).running;
        waiting += view_of(house, i).waiting;
    }
    assert_int_equal(running, 16);
    assert_int_equal(waiting, 1);
    let_go(house, 1);
    test_turn_until(&house->time, has_17_lines, house);
    let_go(house, 16);
    for (size_t i = 0; i < 17; i++) {
        wait_for_runs_of(house, i, 1);
        assert_int_equal(view_of(house, i).runs, 1);
    }
}

static void the_oldest_go_where_too_many_wait(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *log = NULL;

    add_hook(house, "a", STARTED, "read -r e; echo begin >>log; read -r l <go; echo $e >>log");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "begin\n");
    for (int i = 0; i < 1003; i++)
        happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(view_of(house, 0).waiting, 1000);
    assert_int_equal(view_of(house, 0).dropped, 3);
    /* And by their size: 8 MiB. */
    house->padding = (size_t)1 << 20;
    for (int i = 0; i < 9; i++)
        happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(view_of(house, 0).waiting, 7);
    assert_int_equal(view_of(house, 0).dropped, 3 + 1000 + 2);
    let_go(house, 1);
    wait_for_runs(house, 1);
    log = read_file(house, "log");
    assert_non_null(strstr(log, "begin\n{\"kind\":\"meeting_started\",\"sequence\":1,"));
}

/* ---- what a program gets */

static void it_gets_the_event_and_nothing_of_ours(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *environment = NULL, *input = NULL, *fds = NULL, *signals = NULL;
    int leak = open("/dev/null", O_RDONLY); // NOLINT(android-cloexec-open): that is the point

    setenv("NOTIFY_SOCKET", "/x", 1);
    setenv("CREDENTIALS_DIRECTORY", "/x", 1);
    unsetenv("LANG");
    add_hook(house, "a", STARTED,
             "cat >input; env >env; for fd in /proc/self/fd/*; do echo ${fd##*/} >>fds; done\n"
             "ls /proc/self/fd >fds; grep -E 'Sig(Blk|Ign)' /proc/self/status >signals; cat /dev/stdin; "
             "echo to /dev/stderr >/dev/stderr");
    set_hooks(house);
    house->padding = 300000; /* more than a pipe takes at once */
    happen(house, EVENT_MEETING_STARTED);
    wait_for_runs(house, 1);
    close(leak);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_null(view_of(house, 0).last_problem);
    input = read_file(house, "input");
    assert_int_equal(strncmp(input, "{\"kind\":\"meeting_started\",\"sequence\":1,", 38), 0);
    assert_int_equal(strlen(input),
                     300000 + strlen("{\"kind\":\"meeting_started\",\"sequence\":1,\"padding\":\"\"}\n"));
    assert_string_equal(input + strlen(input) - 4, "x\"}\n");
    environment = read_file(house, "env");
    assert_non_null(strstr(environment, "MEETINGD_KIND=meeting_started\n"));
    assert_non_null(strstr(environment, "MEETINGD_NAME=standup\n"));
    assert_non_null(strstr(environment, "MEETINGD_OCCURRENCE=standup@20261123T013000Z\n"));
    assert_non_null(strstr(environment, "MEETINGD_RESERVE_ID=6911188411932033028\n"));
    assert_non_null(strstr(environment, "MEETINGD_MEETING_ID=71\n"));
    assert_non_null(strstr(environment, "MEETINGD_PARTICIPANT_ID=\n"));
    assert_non_null(strstr(environment, "MEETINGD_IN_MEETING=2\n"));
    assert_non_null(strstr(environment, "PATH=/usr/local/sbin:"));
    assert_null(strstr(environment, "NOTIFY_SOCKET"));
    assert_null(strstr(environment, "CREDENTIALS"));
    fds = read_file(house, "fds");
    assert_string_equal(fds, "0\n1\n2\n3\n"); /* the last is that of ls itself */
    signals = read_file(house, "signals");
    /* But for those of the C library itself, 32 and 33, which came from whoever started the test. */
    assert_int_equal(strtoull(strstr(signals, "SigBlk:\t") + 8, NULL, 16) & 0x7fffffff, 0);
    assert_int_equal(strtoull(strstr(signals, "SigIgn:\t") + 8, NULL, 16) & 0x7fffffff, 0);
}

/* ---- programs that misbehave */

static void a_program_that_takes_too_long_is_ended_with_all_it_started(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *child = NULL;

    add_hook(house, "a", STARTED, "(trap '' TERM; exec sleep 1000) & echo $! >child; echo ready >log; wait");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "ready\n");
    child = pid_in(house, "child");
    fake_clock_pass(&house->clock, 10 * MS_PER_SECOND - 1);
    test_turn(&house->time);
    assert_int_equal(view_of(house, 0).runs, 0);
    fake_clock_pass(&house->clock, 1);
    wait_for_runs(house, 1);
    assert_non_null(strstr(view_of(house, 0).last_problem, "took longer than 10s"));
    test_turn_until(&house->time, is_dead, child);
    /* The next one is not harmed by it. */
    assert_int_equal(view_of(house, 0).waiting + (view_of(house, 0).running ? 1 : 0), 1);
}

static void one_that_ignores_sigterm_is_killed(void **state)
{
    struct house *house = *state;

    add_hook(house, "a", STARTED, "trap '' TERM; echo ready >log; while :; do read -r l <go; done");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "ready\n");
    fake_clock_pass(&house->clock, 10 * MS_PER_SECOND);
    let_go(house, 1);
    test_turn(&house->time);
    assert_int_equal(view_of(house, 0).runs, 0);
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    wait_for_runs(house, 1);
    assert_non_null(strstr(view_of(house, 0).last_problem, "took longer than"));
}

static void what_it_leaves_behind_holds_nothing_up(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *near = NULL, *far = NULL, *self = NULL;

    /* One in its session, which goes with it; and one that has left it, and holds its output. */
    add_hook(house, "a", STARTED,
             "sleep 1000 & echo $! >near; setsid sleep 1000 & echo $! >far; "
             "while [ \"$(cut -d' ' -f5 /proc/$!/stat)\" = \"$(cut -d' ' -f5 /proc/$$/stat)\" ]; do :; done; "
             "echo $$ >self; echo ready >log");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "ready\n");
    self = pid_in(house, "self");
    test_turn_until(&house->time, is_dead, self);
    for (int i = 0; i < 10; i++)
        test_turn(&house->time);
    assert_int_equal(view_of(house, 0).runs, 0); /* its output may still come */
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    wait_for_runs(house, 1);
    assert_null(view_of(house, 0).last_problem);
    near = pid_in(house, "near");
    far = pid_in(house, "far");
    test_turn_until(&house->time, is_dead, near);
    assert_false(is_dead(far));
    kill((pid_t)strtol(far, NULL, 10), SIGKILL);
}

static void strange_ways_with_the_pipes_hold_nothing_up(void **state)
{
    static const char *const scripts[] = {
        "exit 0",                       /* reads nothing of a long input */
        "exec <&-; read -r l <go",      /* closes it, and lives on */
        "exec >&- 2>&-; read -r l <go", /* closes its output */
        "head -c 10 >/dev/null; read -r l <go",
    };
    struct house *house = *state;

    house->padding = 1000000;
    for (size_t i = 0; i < ELEMENTS(scripts); i++) {
        CLEANUP_FREE char *name = xasprintf("hook %zu", i);

        add_hook(house, name, STARTED, scripts[i]);
    }
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    let_go(house, 3);
    for (size_t i = 0; i < ELEMENTS(scripts); i++) {
        wait_for_runs_of(house, i, 1);
        assert_null(view_of(house, i).last_problem);
    }
}

static void a_failure_says_what_was_wrong(void **state)
{
    static const struct {
        const char *script, *problem;
    } cases[] = {
        {"exit 3", "failed with exit code 3, and wrote nothing"},
        {"echo why >&2; exit 4", "failed with exit code 4: what it wrote should say why"},
        {"kill -ILL $$", "was ended by signal 4 (Illegal instruction)"},
    };
    struct house *house = *state;
    struct hook *hook = add_hook(house, "a", STARTED, "");
    uint64_t runs = 0;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        free(hook->exec.items[2]);
        hook->exec.items[2] = xstrdup(cases[i].script);
        set_hooks(house);
        happen(house, EVENT_MEETING_STARTED);
        wait_for_runs(house, ++runs);
        assert_string_equal(view_of(house, 0).last_problem, cases[i].problem);
    }
    free(hook->exec.items[0]);
    hook->exec.items[0] = xstrdup("/nowhere/x");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_runs(house, ++runs);
    assert_non_null(strstr(view_of(house, 0).last_problem, "cannot be started: No such file or directory: "));
    assert_int_equal(view_of(house, 0).failures, runs);
}

/* At each place where descriptors can run out it is a failure like any other, and nothing is left behind. */
static void where_descriptors_run_out_it_is_not_started(void **state)
{
    struct house *house = *state;
    struct rlimit limit, low;
    int lowest;

    add_hook(house, "a", STARTED, ":");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_runs(house, 1); /* what the loop keeps for itself is open by then */
    lowest = dup(STDIN_FILENO);
    assert_true(lowest > 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    for (int more = 0; more < 7; more++) {
        low.rlim_cur = (rlim_t)(lowest + more);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        happen(house, EVENT_MEETING_STARTED);
        wait_for_runs(house, 2 + (uint64_t)more);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        if (more < 6)
            assert_non_null(strstr(view_of(house, 0).last_problem, "cannot be started: Too many open files"));
        else
            assert_null(view_of(house, 0).last_problem);
    }
}

/* ---- tests of a hook */

static void on_tested(void *data, const struct hooks_end *end, const char *problem)
{
    struct house *house = data;

    house->tested++;
    buffer_clear(&house->test);
    buffer_printf(&house->test, "%s|", problem != NULL ? problem : "well");
    for (size_t i = 0; end != NULL && i < end->output->count; i++)
        buffer_printf(&house->test, "%s\n", end->output->items[i]);
}

static bool has_tested(void *data)
{
    return ((struct house *)data)->tested > 0;
}

static void a_test_goes_before_what_waits_and_shows_what_it_wrote(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *log = NULL;

    add_hook(house, "a", STARTED,
             "read -r e; echo $e; echo $MEETINGD_NAME $MEETINGD_MEETING_ID >>log; read -r l <go");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "standup 71\n");
    happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(hooks_test(house->hooks, "b", on_tested, house), -ENOENT);
    assert_int_equal(hooks_test(house->hooks, "a", on_tested, house), 0);
    assert_int_equal(house->tested, 0);
    let_go(house, 3);
    test_turn_until(&house->time, has_tested, house);
    assert_string_equal(house->test.data,
                        "well|{\"kind\":\"meeting_started\",\"sequence\":0,\"padding\":\"\"}\n");
    wait_for_runs(house, 3);
    log = read_file(house, "log");
    assert_string_equal(log, "standup 71\ntest test\nstandup 71\n");
}

static void tests_are_bounded_and_told_where_the_hook_goes(void **state)
{
    struct house *house = *state;

    add_hook(house, "a", STARTED, "echo ready >log; read -r l <go");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "ready\n");
    for (int i = 0; i < 8; i++)
        assert_int_equal(hooks_test(house->hooks, "a", on_tested, house), 0);
    assert_int_equal(hooks_test(house->hooks, "a", on_tested, house), -EBUSY);
    hook_list_fini(&house->settings);
    set_hooks(house);
    assert_int_equal(house->tested, 8);
    assert_string_equal(house->test.data, "its section is gone|");
    assert_int_equal(hooks_count(house->hooks), 0);
}

/* ---- reload and stop */

static void one_that_goes_and_comes_back_does_not_overlap(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *log = NULL;
    static const char script[] = "echo begin >>log; read -r l <go; echo end >>log";

    add_hook(house, "a", STARTED, script);
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log", "begin\n");
    hook_list_fini(&house->settings);
    set_hooks(house);
    assert_int_equal(hooks_count(house->hooks), 0);
    add_hook(house, "b", STARTED, ":");
    add_hook(house, "a", STARTED, "echo new >>log");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_runs(house, 1);
    assert_true(view_of(house, 1).running);
    assert_int_equal(view_of(house, 1).waiting, 1);
    let_go(house, 1);
    wait_for_runs_of(house, 1, 2);
    log = read_file(house, "log");
    assert_string_equal(log, "begin\nend\nnew\n");
}

static void at_the_stop_what_runs_has_a_moment_and_then_ends(void **state)
{
    struct house *house = *state;
    CLEANUP_FREE char *log = NULL;

    add_hook(house, "quick", STARTED, "echo ready >log1; read -r l <go; echo end >>log1");
    add_hook(house, "slow", STARTED,
             "trap 'echo told >>log2; exit' TERM; echo ready >log2; while :; do sleep 0.01; done");
    add_hook(house, "deaf", STARTED, "trap '' TERM; echo ready >log3; exec sleep 1000");
    set_hooks(house);
    happen(house, EVENT_MEETING_STARTED);
    happen(house, EVENT_MEETING_STARTED);
    wait_for_text(house, "log1", "ready\n");
    wait_for_text(house, "log2", "ready\n");
    wait_for_text(house, "log3", "ready\n");
    assert_true(hooks_stop(house->hooks, on_stopped, house));
    assert_int_equal(hooks_test(house->hooks, "quick", on_tested, house), -ESHUTDOWN);
    happen(house, EVENT_MEETING_STARTED);
    let_go(house, 1);
    wait_for_text(house, "log1", "ready\nend\n");
    wait_for_runs(house, 1);
    assert_int_equal(view_of(house, 0).waiting, 0);
    assert_int_equal(view_of(house, 0).dropped, 1);
    assert_true(view_of(house, 1).running);
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    wait_for_text(house, "log2", "ready\ntold\n");
    wait_for_runs_of(house, 1, 1);
    assert_false(house->stopped);
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    test_turn_until(&house->time, is_stopped, house);
    assert_string_equal(view_of(house, 2).last_problem, "was ended, as meetingd stops");
    log = read_file(house, "log1");
    assert_string_equal(log, "ready\nend\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runs_keep_the_order_and_do_not_overlap),
        TEST(only_the_plans_that_are_named_run_it),
        TEST(no_more_than_16_run_at_once),
        TEST(the_oldest_go_where_too_many_wait),
        TEST(it_gets_the_event_and_nothing_of_ours),
        TEST(a_program_that_takes_too_long_is_ended_with_all_it_started),
        TEST(one_that_ignores_sigterm_is_killed),
        TEST(what_it_leaves_behind_holds_nothing_up),
        TEST(strange_ways_with_the_pipes_hold_nothing_up),
        TEST(a_failure_says_what_was_wrong),
        TEST(where_descriptors_run_out_it_is_not_started),
        TEST(a_test_goes_before_what_waits_and_shows_what_it_wrote),
        TEST(tests_are_bounded_and_told_where_the_hook_goes),
        TEST(one_that_goes_and_comes_back_does_not_overlap),
        TEST(at_the_stop_what_runs_has_a_moment_and_then_ends),
    };

    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
