/* sync/spending: what the plans ask for, what is left, and how far looks are stretched. */
#include "lib/test.h"

#include "base/base.h"
#include "lib/fake-clock.h"
#include "sync/spending.h"

/* 2026-11-23 09:30:00 in Shanghai; December is 656,000 s away. */
#define NOW_S  INT64_C(1795397400)
#define TURN_S INT64_C(1796054400)

static const struct poll_settings poll = {
    .live_ms = 10000,
    .starting_ms = 10000,
    .early_ms = 600000,
    .overdue_ms = 30000,
    .cooling_ms = 120000,
    .idle_ms = 300000,
};

struct fixture {
    struct fake_clock clock;
    struct timers *timers;
    struct app app, *apps[1];
    struct plan_list plans;
    struct ledger *ledger;
    struct spending *spending;
};

static int set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));

    fake_clock_init(&fixture->clock, NOW_S * MS_PER_SECOND);
    assert_int_equal(timers_new(&fixture->timers, NULL, &fixture->clock.clock, NULL), 0);
    fixture->app = (struct app){.name = (char *)"default",
                                .app_id = (char *)"cli_a",
                                .rate_per_minute = 1000,
                                .rate_per_second = 50,
                                .monthly_share = 100,
                                .month_timezone = (char *)"Asia/Shanghai"};
    fixture->apps[0] = &fixture->app;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    spending_free(fixture->spending);
    ledger_free(fixture->ledger);
    plan_list_fini(&fixture->plans);
    timers_close(fixture->timers, NULL, NULL);
    free(fixture);
    return 0;
}

/* A meeting of an hour on each of the next days, at the configured intervals some 1,000 looks in all. */
static void begin(struct fixture *fixture, int64_t monthly_calls, int days)
{
    fixture->app.monthly_calls = monthly_calls;
    for (int day = 0; day < days; day++) {
        CLEANUP_FREE char *name = xasprintf("plan-%d", day);
        struct plan *plan = plan_new(name);

        plan->app = xstrdup("default");
        plan->timezone = xstrdup("UTC");
        plan->has_start = true;
        assert_int_equal(local_time_from_unix(NOW_S + 7200 + INT64_C(86400) * day, "UTC", &plan->start), 0);
        plan->duration_s = 3600;
        plan->create_ahead_ms = MS_PER_DAY;
        plan->expire_after_ms = MS_PER_HOUR;
        plan_list_take(&fixture->plans, plan);
    }
    fixture->ledger = ledger_new(fixture->timers, NULL, fixture->apps, 1);
    fixture->spending = spending_new(NULL, &fixture->clock.clock, fixture->ledger, fixture->apps, 1, &poll);
    spending_set_plans(fixture->spending, &fixture->plans);
}

static struct pace pace_now(struct fixture *fixture)
{
    struct pace pace = {.renewed_ms = 0};

    spending_pace(fixture->spending, "default", &pace);
    return pace;
}

static void without_a_limit_nothing_is_stretched(void **state)
{
    struct fixture *fixture = *state;
    struct spending_view view;

    begin(fixture, 0, 7);
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] == 1);
    assert_int_equal(pace_now(fixture).renewed_ms, UNKNOWN);
    assert_true(spending_allows_history(fixture->spending, "default", UINT32_MAX / 2));
    spending_view(fixture->spending, 0, &view);
    assert_int_equal(view.month.limit, UNKNOWN);
    /* 7 hours of meetings and 70 minutes before them, at 10 s; and all else. */
    assert_in_range(view.forecast, 2520 + 420, 2520 + 420 + 2500);
    assert_int_equal(view.forecast, view.expected);
    /* An app that is not there stretches nothing. */
    assert_true(spending_app(fixture->spending, "other") < 0);
}

static void a_small_month_stretches_from_the_start_and_keeps_some(void **state)
{
    struct fixture *fixture = *state;
    struct spending_view view;
    struct pace pace;

    begin(fixture, 1000, 7);
    pace = pace_now(fixture);
    assert_true(pace.stretch[POLL_CLASS_NOW] > 2);
    assert_true(pace.stretch[POLL_CLASS_REST] > pace.stretch[POLL_CLASS_NOW]);
    assert_int_equal(pace.renewed_ms, TURN_S * MS_PER_SECOND);
    spending_view(fixture->spending, 0, &view);
    assert_int_equal(view.limit[POLL_CLASS_NOW], BUDGET_MONTH);
    /* Seven reservations, twenty, and a hundredth for the quarter of the month that is left. */
    assert_in_range(view.month.kept, 7 + 20, 7 + 20 + 4);
    assert_true(view.expected <= 1000 && view.expected > 900);
    assert_true(view.forecast > 3000);
}

/* What was spent meanwhile counts, at the latest after ten minutes. */
static void what_is_spent_is_taken_into_account(void **state)
{
    struct fixture *fixture = *state;
    double before;

    begin(fixture, 2000, 7);
    before = pace_now(fixture).stretch[POLL_CLASS_NOW];
    for (int i = 0; i < 10; i++)
        ledger_count(fixture->ledger, 0, FEISHU_GET_ACTIVE_MEETING, "a", "a");
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] == before);
    fake_clock_pass(&fixture->clock, 10 * MS_PER_MINUTE);
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] != before);
    before = pace_now(fixture).stretch[POLL_CLASS_NOW];
    for (int i = 0; i < 500; i++)
        ledger_count(fixture->ledger, 0, FEISHU_GET_ACTIVE_MEETING, "a", "a");
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] > before);
}

static void a_new_month_has_calls_again(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, 1000, 7);
    for (int i = 0; i < 1000; i++)
        ledger_count(fixture->ledger, 0, FEISHU_GET_ACTIVE_MEETING, "a", "a");
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] == BUDGET_STRETCH_MAX);
    assert_false(spending_allows_history(fixture->spending, "default", UINT32_MAX / 2));
    fixture->clock.wall_ms = TURN_S * MS_PER_SECOND;
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] < 10);
    assert_true(pace_now(fixture).renewed_ms > (TURN_S + INT64_C(2592000)) * MS_PER_SECOND);
}

/* After weeks away there may be thousands of them. */
static void what_has_piled_up_takes_a_fifth_of_the_month_at_most(void **state)
{
    struct fixture *fixture = *state;
    int allowed = 0;

    begin(fixture, 10000, 3);
    while (spending_allows_history(fixture->spending, "default", 0) && allowed < 100000)
        allowed++;
    assert_int_equal(allowed, 1000);
    fixture->clock.wall_ms = TURN_S * MS_PER_SECOND;
    assert_true(spending_allows_history(fixture->spending, "default", 0));
}

/* Meetings past their slots are in no timetable. */
static void meetings_that_go_on_are_foreseen_for_a_while(void **state)
{
    struct fixture *fixture = *state;
    double before;

    begin(fixture, 1000, 3);
    before = pace_now(fixture).stretch[POLL_CLASS_NOW];
    for (int i = 0; i < 10; i++)
        spending_move(fixture->spending, "default", PHASE_DONE, PHASE_OVERDUE);
    fake_clock_pass(&fixture->clock, 10 * MS_PER_MINUTE);
    assert_true(pace_now(fixture).stretch[POLL_CLASS_NOW] > before * 1.5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_limit_nothing_is_stretched),
        TEST(a_small_month_stretches_from_the_start_and_keeps_some),
        TEST(what_is_spent_is_taken_into_account),
        TEST(a_new_month_has_calls_again),
        TEST(what_has_piled_up_takes_a_fifth_of_the_month_at_most),
        TEST(meetings_that_go_on_are_foreseen_for_a_while),
    };

    return cmocka_run_group_tests_name("spending", tests, NULL, NULL);
}
