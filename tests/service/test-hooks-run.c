/* sync/hooks-run: what a program gets, and programs that misbehave. */
#include "lib/test.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/base.h"
#include "lib/hook-house.h"

/* ---- what a program gets */

static void it_gets_the_event_and_nothing_of_ours(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *environment = NULL, *input = NULL, *fds = NULL, *signals = NULL;
    int leak = open("/dev/null", O_RDONLY); // NOLINT(android-cloexec-open): that is the point

    setenv("NOTIFY_SOCKET", "/x", 1);
    setenv("CREDENTIALS_DIRECTORY", "/x", 1);
    unsetenv("LANG");
    hook_house_add(
        house, "a", STARTED,
        "cat >input; env >env; for fd in /proc/self/fd/*; do echo ${fd##*/} >>fds; done\n"
        "ls /proc/self/fd >fds; grep -E 'Sig(Blk|Ign)' /proc/self/status >signals; cat /dev/stdin; "
        "echo to /dev/stderr >/dev/stderr");
    hook_house_set(house);
    house->padding = 300000; /* more than a pipe takes at once */
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_runs(house, 1);
    close(leak);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_null(hook_house_view(house, 0).last_problem);
    input = hook_house_read(house, "input");
    assert_int_equal(strncmp(input, "{\"kind\":\"meeting_started\",\"sequence\":1,", 38), 0);
    assert_int_equal(strlen(input),
                     300000 + strlen("{\"kind\":\"meeting_started\",\"sequence\":1,\"padding\":\"\"}\n"));
    assert_string_equal(input + strlen(input) - 4, "x\"}\n");
    environment = hook_house_read(house, "env");
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
    fds = hook_house_read(house, "fds");
    assert_string_equal(fds, "0\n1\n2\n3\n"); /* the last is that of ls itself */
    signals = hook_house_read(house, "signals");
    /* But for those of the C library itself, 32 and 33, which came from whoever started the test. */
    assert_int_equal(strtoull(strstr(signals, "SigBlk:\t") + 8, NULL, 16) & 0x7fffffff, 0);
    assert_int_equal(strtoull(strstr(signals, "SigIgn:\t") + 8, NULL, 16) & 0x7fffffff, 0);
}

/* ---- programs that misbehave */

static void a_program_that_takes_too_long_is_ended_with_all_it_started(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *child = NULL;

    hook_house_add(house, "a", STARTED,
                   "(trap '' TERM; exec sleep 1000) & echo $! >child; echo ready >log; wait");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "ready\n");
    child = hook_house_pid(house, "child");
    fake_clock_pass(&house->clock, 10 * MS_PER_SECOND - 1);
    test_turn(&house->time);
    assert_int_equal(hook_house_view(house, 0).runs, 0);
    fake_clock_pass(&house->clock, 1);
    hook_house_wait_for_runs(house, 1);
    assert_non_null(strstr(hook_house_view(house, 0).last_problem, "took longer than 10s"));
    test_turn_until(&house->time, hook_house_is_dead, child);
    /* The next one is not harmed by it. */
    assert_int_equal(hook_house_view(house, 0).waiting + (hook_house_view(house, 0).running ? 1 : 0), 1);
}

static void one_that_ignores_sigterm_is_killed(void **state)
{
    struct hook_house *house = *state;

    hook_house_add(house, "a", STARTED, "trap '' TERM; echo ready >log; while :; do read -r l <go; done");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "ready\n");
    fake_clock_pass(&house->clock, 10 * MS_PER_SECOND);
    hook_house_let_go(house, 1);
    test_turn(&house->time);
    assert_int_equal(hook_house_view(house, 0).runs, 0);
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    hook_house_wait_for_runs(house, 1);
    assert_non_null(strstr(hook_house_view(house, 0).last_problem, "took longer than"));
}

static void what_it_leaves_behind_holds_nothing_up(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *near = NULL, *far = NULL, *self = NULL;

    /* One in its session, which goes with it; and one that has left it, and holds its output. */
    hook_house_add(
        house, "a", STARTED,
        "sleep 1000 & echo $! >near; setsid sleep 1000 & echo $! >far; "
        "while [ \"$(cut -d' ' -f5 /proc/$!/stat)\" = \"$(cut -d' ' -f5 /proc/$$/stat)\" ]; do :; done; "
        "echo $$ >self; echo ready >log");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "ready\n");
    self = hook_house_pid(house, "self");
    test_turn_until(&house->time, hook_house_is_dead, self);
    for (int i = 0; i < 10; i++)
        test_turn(&house->time);
    assert_int_equal(hook_house_view(house, 0).runs, 0); /* its output may still come */
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    hook_house_wait_for_runs(house, 1);
    assert_null(hook_house_view(house, 0).last_problem);
    near = hook_house_pid(house, "near");
    far = hook_house_pid(house, "far");
    test_turn_until(&house->time, hook_house_is_dead, near);
    assert_false(hook_house_is_dead(far));
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
    struct hook_house *house = *state;

    house->padding = 1000000;
    for (size_t i = 0; i < ELEMENTS(scripts); i++) {
        CLEANUP_FREE char *name = xasprintf("hook %zu", i);

        hook_house_add(house, name, STARTED, scripts[i]);
    }
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_let_go(house, 3);
    for (size_t i = 0; i < ELEMENTS(scripts); i++) {
        hook_house_wait_for_runs_of(house, i, 1);
        assert_null(hook_house_view(house, i).last_problem);
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
    struct hook_house *house = *state;
    struct hook *hook = hook_house_add(house, "a", STARTED, "");
    uint64_t runs = 0;

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        free(hook->exec.items[2]);
        hook->exec.items[2] = xstrdup(cases[i].script);
        hook_house_set(house);
        hook_house_happen(house, EVENT_MEETING_STARTED);
        hook_house_wait_for_runs(house, ++runs);
        assert_string_equal(hook_house_view(house, 0).last_problem, cases[i].problem);
    }
    free(hook->exec.items[0]);
    hook->exec.items[0] = xstrdup("/nowhere/x");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_runs(house, ++runs);
    assert_non_null(
        strstr(hook_house_view(house, 0).last_problem, "cannot be started: No such file or directory: "));
    assert_int_equal(hook_house_view(house, 0).failures, runs);
}

/* At each place where descriptors can run out it is a failure like any other, and nothing is left behind. */
static void where_descriptors_run_out_it_is_not_started(void **state)
{
    struct hook_house *house = *state;
    struct rlimit limit, low;
    int lowest;

    hook_house_add(house, "a", STARTED, ":");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_runs(house, 1); /* what the loop keeps for itself is open by then */
    lowest = dup(STDIN_FILENO);
    assert_true(lowest > 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    for (int more = 0; more < 7; more++) {
        low.rlim_cur = (rlim_t)lowest + (rlim_t)more;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
        hook_house_happen(house, EVENT_MEETING_STARTED);
        hook_house_wait_for_runs(house, 2 + (uint64_t)more);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
        if (more < 6)
            assert_non_null(
                strstr(hook_house_view(house, 0).last_problem, "cannot be started: Too many open files"));
        else
            assert_null(hook_house_view(house, 0).last_problem);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, hook_house_set_up, hook_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_gets_the_event_and_nothing_of_ours),
        TEST(a_program_that_takes_too_long_is_ended_with_all_it_started),
        TEST(one_that_ignores_sigterm_is_killed),
        TEST(what_it_leaves_behind_holds_nothing_up),
        TEST(strange_ways_with_the_pipes_hold_nothing_up),
        TEST(a_failure_says_what_was_wrong),
        TEST(where_descriptors_run_out_it_is_not_started),
    };

    return cmocka_run_group_tests_name("hooks-run", tests, NULL, NULL);
}
