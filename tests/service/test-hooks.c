/* sync/hooks: the order of runs, how many there are, tests of a hook, reloads and the stop. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "lib/hook-house.h"

/* ---- order */

static void runs_keep_the_order_and_do_not_overlap(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *log = NULL;

    hook_house_add(house, "a", STARTED | ENDED,
                   "read -r e; echo begin $MEETINGD_KIND >>log; read -r l <go; echo end >>log");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_happen(house, EVENT_MEETING_CHANGED); /* it does not wait for these */
    hook_house_happen(house, EVENT_MEETING_ENDED);
    assert_int_equal(hook_house_view(house, 0).waiting, 2);
    hook_house_wait_for_text(house, "log", "begin meeting_started\n");
    hook_house_happen(house, EVENT_MEETING_STARTED);
    for (int i = 0; i < 10; i++)
        test_turn(&house->time);
    assert_true(hook_house_view(house, 0).running);
    assert_int_equal(hook_house_view(house, 0).waiting, 2);
    hook_house_let_go(house, 3);
    hook_house_wait_for_runs(house, 3);
    log = hook_house_read(house, "log");
    assert_string_equal(log,
                        "begin meeting_started\nend\nbegin meeting_ended\nend\nbegin meeting_started\nend\n");
    assert_int_equal(hook_house_view(house, 0).failures, 0);
    assert_null(hook_house_view(house, 0).last_problem);
    assert_int_equal(hook_house_view(house, 0).last_run_at, 1795397400);
}

static void only_the_plans_that_are_named_run_it(void **state)
{
    struct hook_house *house = *state;
    struct hook *hook =
        hook_house_add(house, "a", STARTED | UINT32_C(1) << EVENT_CONFIGURATION_RELOADED, ":");

    string_list_add(&hook->reservations, "board");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    cache_announce(house->cache, &(struct event){.kind = EVENT_CONFIGURATION_RELOADED});
    assert_int_equal(hook_house_view(house, 0).waiting, 0);
    string_list_add(&hook->reservations, "standup");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(hook_house_view(house, 0).waiting, 1);
    hook_house_wait_for_runs(house, 1);
}

static int count_lines(const struct hook_house *house, const char *name)
{
    CLEANUP_FREE char *text = hook_house_read(house, name);
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
    struct hook_house *house = *state;
    size_t running = 0, waiting = 0;

    for (int i = 0; i < 17; i++) {
        CLEANUP_FREE char *name = xasprintf("hook %d", i);

        hook_house_add(house, name, STARTED, "echo x >>log; read -r l <go");
    }
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    test_turn_until(&house->time, has_16_lines, house);
    for (size_t i = 0; i < hooks_count(house->hooks); i++) {
        running += hook_house_view(house, i).running;
        waiting += hook_house_view(house, i).waiting;
    }
    assert_int_equal(running, 16);
    assert_int_equal(waiting, 1);
    hook_house_let_go(house, 1);
    test_turn_until(&house->time, has_17_lines, house);
    hook_house_let_go(house, 16);
    for (size_t i = 0; i < 17; i++) {
        hook_house_wait_for_runs_of(house, i, 1);
        assert_int_equal(hook_house_view(house, i).runs, 1);
    }
}

static void the_oldest_go_where_too_many_wait(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *log = NULL;

    hook_house_add(house, "a", STARTED, "read -r e; echo begin >>log; read -r l <go; echo $e >>log");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "begin\n");
    for (int i = 0; i < 1003; i++)
        hook_house_happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(hook_house_view(house, 0).waiting, 1000);
    assert_int_equal(hook_house_view(house, 0).dropped, 3);
    /* And by their size: 8 MiB. */
    house->padding = (size_t)1 << 20;
    for (int i = 0; i < 9; i++)
        hook_house_happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(hook_house_view(house, 0).waiting, 7);
    assert_int_equal(hook_house_view(house, 0).dropped, 3 + 1000 + 2);
    hook_house_let_go(house, 1);
    hook_house_wait_for_runs(house, 1);
    log = hook_house_read(house, "log");
    assert_non_null(strstr(log, "begin\n{\"kind\":\"meeting_started\",\"sequence\":1,"));
}

/* ---- tests of a hook */

static void on_tested(void *data, const struct hooks_end *end, const char *problem)
{
    struct hook_house *house = data;

    house->tested++;
    buffer_clear(&house->test);
    buffer_printf(&house->test, "%s|", problem != NULL ? problem : "well");
    for (size_t i = 0; end != NULL && i < end->output->count; i++)
        buffer_printf(&house->test, "%s\n", end->output->items[i]);
}

static bool has_tested(void *data)
{
    return ((struct hook_house *)data)->tested > 0;
}

static void a_test_goes_before_what_waits_and_shows_what_it_wrote(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *log = NULL;

    hook_house_add(house, "a", STARTED,
                   "read -r e; echo $e; echo $MEETINGD_NAME $MEETINGD_MEETING_ID >>log; read -r l <go");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "standup 71\n");
    hook_house_happen(house, EVENT_MEETING_STARTED);
    assert_int_equal(hooks_test(house->hooks, "b", on_tested, house), -ENOENT);
    assert_int_equal(hooks_test(house->hooks, "a", on_tested, house), 0);
    assert_int_equal(house->tested, 0);
    hook_house_let_go(house, 3);
    test_turn_until(&house->time, has_tested, house);
    assert_string_equal(house->test.data,
                        "well|{\"kind\":\"meeting_started\",\"sequence\":0,\"padding\":\"\"}\n");
    hook_house_wait_for_runs(house, 3);
    log = hook_house_read(house, "log");
    assert_string_equal(log, "standup 71\ntest test\nstandup 71\n");
}

static void tests_are_bounded_and_told_where_the_hook_goes(void **state)
{
    struct hook_house *house = *state;

    hook_house_add(house, "a", STARTED, "echo ready >log; read -r l <go");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "ready\n");
    for (int i = 0; i < 8; i++)
        assert_int_equal(hooks_test(house->hooks, "a", on_tested, house), 0);
    assert_int_equal(hooks_test(house->hooks, "a", on_tested, house), -EBUSY);
    hook_list_fini(&house->settings);
    hook_house_set(house);
    assert_int_equal(house->tested, 8);
    assert_string_equal(house->test.data, "its section is gone|");
    assert_int_equal(hooks_count(house->hooks), 0);
}

/* ---- reload and stop */

static void one_that_goes_and_comes_back_does_not_overlap(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *log = NULL;
    static const char script[] = "echo begin >>log; read -r l <go; echo end >>log";

    hook_house_add(house, "a", STARTED, script);
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log", "begin\n");
    hook_list_fini(&house->settings);
    hook_house_set(house);
    assert_int_equal(hooks_count(house->hooks), 0);
    hook_house_add(house, "b", STARTED, ":");
    hook_house_add(house, "a", STARTED, "echo new >>log");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_runs(house, 1);
    assert_true(hook_house_view(house, 1).running);
    assert_int_equal(hook_house_view(house, 1).waiting, 1);
    hook_house_let_go(house, 1);
    hook_house_wait_for_runs_of(house, 1, 2);
    log = hook_house_read(house, "log");
    assert_string_equal(log, "begin\nend\nnew\n");
}

static void at_the_stop_what_runs_has_a_moment_and_then_ends(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *log = NULL;

    hook_house_add(house, "quick", STARTED, "echo ready >log1; read -r l <go; echo end >>log1");
    hook_house_add(house, "slow", STARTED,
                   "trap 'echo told >>log2; exit' TERM; echo ready >log2; while :; do sleep 0.01; done");
    hook_house_add(house, "deaf", STARTED, "trap '' TERM; echo ready >log3; exec sleep 1000");
    hook_house_set(house);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_wait_for_text(house, "log1", "ready\n");
    hook_house_wait_for_text(house, "log2", "ready\n");
    hook_house_wait_for_text(house, "log3", "ready\n");
    assert_true(hooks_stop(house->hooks, hook_house_on_stopped, house));
    assert_int_equal(hooks_test(house->hooks, "quick", on_tested, house), -ESHUTDOWN);
    hook_house_happen(house, EVENT_MEETING_STARTED);
    hook_house_let_go(house, 1);
    hook_house_wait_for_text(house, "log1", "ready\nend\n");
    hook_house_wait_for_runs(house, 1);
    assert_int_equal(hook_house_view(house, 0).waiting, 0);
    assert_int_equal(hook_house_view(house, 0).dropped, 1);
    assert_true(hook_house_view(house, 1).running);
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    hook_house_wait_for_text(house, "log2", "ready\ntold\n");
    hook_house_wait_for_runs_of(house, 1, 1);
    assert_false(house->stopped);
    fake_clock_pass(&house->clock, MS_PER_SECOND);
    test_turn_until(&house->time, hook_house_is_stopped, house);
    assert_string_equal(hook_house_view(house, 2).last_problem, "was ended, as meetingd stops");
    log = hook_house_read(house, "log1");
    assert_string_equal(log, "ready\nend\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, hook_house_set_up, hook_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runs_keep_the_order_and_do_not_overlap),
        TEST(only_the_plans_that_are_named_run_it),
        TEST(no_more_than_16_run_at_once),
        TEST(the_oldest_go_where_too_many_wait),
        TEST(a_test_goes_before_what_waits_and_shows_what_it_wrote),
        TEST(tests_are_bounded_and_told_where_the_hook_goes),
        TEST(one_that_goes_and_comes_back_does_not_overlap),
        TEST(at_the_stop_what_runs_has_a_moment_and_then_ends),
    };

    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
