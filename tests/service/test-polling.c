/* The real poller, budget, ledger and gate over whole months against a model of Feishu: what must hold for
 * them whatever the plans and the month. tests/bench/poll-sim prints the figures. */
#include "lib/test.h"

#include "base/base.h"
#include "lib/poll-house.h"

static void run(int plans, int64_t calls, struct poll_outcome *outcome)
{
    struct poll_scenario scenario = {
        .plans = plans, .monthly_calls = calls, .monthly_share = 80, .days = 30, .seed = 1};

    poll_house_run(&scenario, outcome);
    assert_int_equal(outcome->feishu.violations, 0);
    assert_int_equal(outcome->idle_wakes, 0);
    if (calls > 0)
        assert_in_range(outcome->feishu.month_most, 1, calls * 80 / 100);
}

static int64_t middle_of(const struct poll_outcome *outcome, enum poll_event kind)
{
    size_t count;
    int64_t *delays = poll_outcome_delays(outcome, kind, &count), middle;

    assert_true(count > 0);
    middle = delays[count / 2];
    free(delays);
    return middle;
}

static void a_month_lasts(void **state)
{
    static const int plans[] = {5, 50};
    struct poll_outcome outcome;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(plans); i++) {
        run(plans[i], 10000, &outcome);
        assert_int_equal(outcome.never_created, 0);
        assert_int_equal(outcome.unseen, 0);
        /* Nothing is left over that could have been spent. */
        assert_true(outcome.feishu.month_most > 7600);
        poll_outcome_fini(&outcome);
    }
}

/* A month in which there is hardly enough to make the reservations: they are made. */
static void reservations_go_before_looks(void **state)
{
    struct poll_outcome outcome;

    (void)state;
    run(200, 6000, &outcome);
    assert_true(outcome.feishu.month_most > 4200);
    assert_int_equal(outcome.never_created, 0);
    poll_outcome_fini(&outcome);
}

static void within_the_month_intervals_are_as_configured(void **state)
{
    struct poll_outcome outcome;

    (void)state;
    run(5, 0, &outcome);
    assert_true(middle_of(&outcome, POLL_EVENT_START) < 6 * MS_PER_SECOND);
    assert_true(middle_of(&outcome, POLL_EVENT_JOIN) < 6 * MS_PER_SECOND);
    /* Nor is anything bunched at the full and the half hour, where a sixtieth belongs. */
    assert_true(outcome.feishu.peak * 50 < outcome.feishu.polls);
    poll_outcome_fini(&outcome);
}

static void of_two_thousand_meetings_each_has_its_turn(void **state)
{
    struct poll_scenario scenario = {.live = 2000, .live_ms = 20 * MS_PER_MINUTE};
    struct poll_outcome outcome;

    (void)state;
    poll_house_run(&scenario, &outcome);
    assert_int_equal(outcome.feishu.violations, 0);
    assert_int_equal(outcome.idle_wakes, 0);
    assert_true(outcome.feishu.polls * 100 >= UINT64_C(98) * 20 * 1000);
    /* 1.25 × N / rate */
    assert_in_range(outcome.longest_ms, 1, 150 * MS_PER_SECOND);
    poll_outcome_fini(&outcome);
}

/* As at nine in the morning: all are idle, and then none is. */
static void of_meetings_that_begin_at_once_each_has_its_turn(void **state)
{
    struct poll_scenario scenario = {.live = 1000, .live_ms = 40 * MS_PER_MINUTE, .together = true};
    struct poll_outcome outcome;

    (void)state;
    poll_house_run(&scenario, &outcome);
    assert_int_equal(outcome.feishu.violations, 0);
    assert_int_equal(outcome.idle_wakes, 0);
    assert_in_range(outcome.longest_ms, 1, 75 * MS_PER_SECOND);
    poll_outcome_fini(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_lasts),
        cmocka_unit_test(reservations_go_before_looks),
        cmocka_unit_test(within_the_month_intervals_are_as_configured),
        cmocka_unit_test(of_two_thousand_meetings_each_has_its_turn),
        cmocka_unit_test(of_meetings_that_begin_at_once_each_has_its_turn),
    };

    return cmocka_run_group_tests_name("polling", tests, NULL, NULL);
}
