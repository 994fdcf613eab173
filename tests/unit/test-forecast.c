/* engine/forecast: what a timetable costs. */
#include "lib/test.h"

#include <math.h>

#include "base/base.h"
#include "engine/forecast.h"

#define START INT64_C(1795397400) /* 2026-11-23 09:30 in Shanghai */

static const struct poll_settings settings = {
    .live_ms = 10000,
    .starting_ms = 20000,
    .early_ms = 600000,
    .overdue_ms = 30000,
    .cooling_ms = 120000,
    .idle_ms = 300000,
};

static struct plan *half_an_hour(void)
{
    struct plan *plan = plan_new("standup");

    plan->create_ahead_ms = MS_PER_DAY;
    plan->expire_after_ms = 2 * MS_PER_HOUR;
    return plan;
}

static void assert_near(double value, double wanted)
{
    if (fabs(value - wanted) > 0.01)
        fail_msg("%f, not %f", value, wanted);
}

static void one_slot_costs_its_phases(void **state)
{
    struct occurrence slot = {.start_time = START, .end_time = START + 1800};
    struct occurrence_list list = {.items = &slot, .count = 1};
    struct plan *plan = half_an_hour();
    struct forecast forecast = {0};

    (void)state;
    forecast_add_plan(&forecast, plan, &list, &settings, START - 100000, START + 100000);
    assert_near(forecast.looks.early, 30);
    assert_near(forecast.looks.now, 180);
    /* Cooling for an hour; idle for a day but ten minutes, and for the hour after it. */
    assert_near(forecast.looks.rest, 30 + (86400 - 600) / 300.0 + 12);
    assert_near(forecast.changes, 1.1);
    assert_near(forecast.history, 2);
    plan_free(plan);
}

static void what_is_past_or_beyond_costs_nothing(void **state)
{
    struct occurrence slot = {.start_time = START, .end_time = START + 1800};
    struct occurrence_list list = {.items = &slot, .count = 1};
    struct plan *plan = half_an_hour();
    struct forecast forecast = {0};

    (void)state;
    forecast_add_plan(&forecast, plan, &list, &settings, START + 900, START + 1800);
    assert_near(forecast.looks.early, 0);
    assert_near(forecast.looks.now, 90);
    assert_near(forecast.looks.rest, 0);
    assert_near(forecast.changes, 0);
    forecast = (struct forecast){0};
    forecast_add_plan(&forecast, plan, &list, &settings, START + 100000, START + 200000);
    assert_near(forecast_calls(&forecast), 0);
    plan_free(plan);
}

static void one_reservation_for_all_is_idle_in_between(void **state)
{
    struct occurrence slots[] = {{.start_time = START, .end_time = START + 1800},
                                 {.start_time = START + 86400, .end_time = START + 86400 + 1800}};
    struct occurrence_list list = {.items = slots, .count = 2};
    struct plan *plan = half_an_hour();
    struct forecast forecast = {0};

    (void)state;
    plan->link = PLAN_LINK_STANDING;
    forecast_add_plan(&forecast, plan, &list, &settings, START - 86400, START + INT64_C(172800));
    assert_near(forecast.looks.now, 360);
    assert_near(forecast.looks.rest, 60 + (3 * 86400 - 2 * (600 + 1800 + 3600)) / 300.0);
    assert_near(forecast.changes, 0);
    assert_near(forecast.history, 4 + 3);
    forecast = (struct forecast){0};
    forecast_add_plan(&forecast, plan, &(struct occurrence_list){0}, &settings, 0, 86400);
    assert_near(forecast.looks.rest, 288);
    plan_free(plan);
}

static void months_turn_in_their_zone(void **state)
{
    (void)state;
    assert_int_equal(month_of(INT64_C(1796054399), "Asia/Shanghai"), 202611);
    assert_int_equal(month_of(INT64_C(1796054400), "Asia/Shanghai"), 202612);
    assert_int_equal(month_of(INT64_C(1796054400), "UTC"), 202611);
    assert_int_equal(month_of(INT64_C(1796054400), NULL), 202611);
    assert_int_equal(month_start_s(202612, "Asia/Shanghai"), INT64_C(1796054400));
    assert_int_equal(month_start_s(202612, NULL), INT64_C(1796054400) + INT64_C(28800));
    assert_int_equal(month_after(202611), 202612);
    assert_int_equal(month_after(202612), 202701);
    /* In a zone whose clocks skip that midnight it begins an hour later: Asuncion, 2017-10-01. */
    assert_int_equal(month_of(month_start_s(201710, "America/Asuncion"), "America/Asuncion"), 201710);
    assert_int_equal(month_of(month_start_s(201710, "America/Asuncion") - 1, "America/Asuncion"), 201709);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slot_costs_its_phases),
        cmocka_unit_test(what_is_past_or_beyond_costs_nothing),
        cmocka_unit_test(one_reservation_for_all_is_idle_in_between),
        cmocka_unit_test(months_turn_in_their_zone),
    };

    return cmocka_run_group_tests_name("forecast", tests, NULL, NULL);
}
