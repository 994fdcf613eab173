/* engine/reconciler: when to reserve, when to wait, and never to repeat blindly. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "engine/reconciler.h"

#define START INT64_C(1795397400) /* 2026-11-23 09:30 in Shanghai */
#define END   (START + 1800)
#define DAY   INT64_C(86400)

static struct plan *standup(void)
{
    struct plan *plan = plan_new("standup");

    plan->app = xstrdup("default");
    plan->timezone = xstrdup("Asia/Shanghai");
    plan->owner_id = xstrdup("ou_owner");
    plan->has_start = true;
    plan->start = (struct local_time){2026, 11, 23, 9, 30, 0};
    plan->duration_s = 1800;
    plan->create_ahead_ms = DAY * 1000;
    plan->expire_after_ms = INT64_C(3600) * 1000;
    plan->meeting_settings.topic = xstrdup("每日站会");
    plan->meeting_settings.password = xstrdup("");
    return plan;
}

static struct decision decide(const struct plan *plan, const struct reservation *reservation, int64_t now_s)
{
    struct reconciler_view view = {.now_ms = now_s * 1000, .good_answer_ms = UNKNOWN};
    struct decision decision;

    reconciler_decide(plan, reservation, &view, &decision);
    return decision;
}

static void a_plan_becomes_a_planned_reservation(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = reconciler_plan(plan);

    (void)state;
    assert_string_equal(wish->key, "standup@20261123T013000Z");
    assert_string_equal(wish->occurrence, wish->key);
    assert_string_equal(wish->owner_id, "ou_owner");
    assert_int_equal(wish->start_time, START);
    assert_int_equal(wish->end_time, END);
    assert_int_equal(wish->state, RESERVATION_PLANNED);
    assert_true(meeting_settings_equal(&wish->meeting_settings, &plan->meeting_settings));
    reservation_free(wish);
    plan->start = (struct local_time){2026, 3, 29, 2, 30, 0};
    str_set(&plan->timezone, "Europe/Berlin");
    assert_null(reconciler_plan(plan));
    plan_free(plan);
}

static void it_is_made_create_ahead_of_its_start(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = reconciler_plan(plan);
    struct decision decision = decide(plan, wish, START - DAY - 1);

    (void)state;
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (START - DAY) * 1000);
    assert_int_equal(decide(plan, wish, START - DAY).step, STEP_RESERVE);
    assert_int_equal(decide(plan, wish, END - 1).step, STEP_RESERVE);
    decision = decide(plan, wish, END);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, UNKNOWN);
    /* Not for a plan that has gone. */
    assert_int_equal(decide(NULL, wish, START).step, STEP_WAIT);
    reservation_free(wish);
    plan_free(plan);
}

static void the_expiry_fits_into_thirty_days(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = reconciler_plan(plan);
    struct decision decision;

    (void)state;
    assert_int_equal(reconciler_expiry(plan, wish, START), END + 3600);
    plan->create_ahead_ms = 40 * DAY * 1000;
    decision = decide(plan, wish, START - 35 * DAY);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (END + 3600 - EXPIRY_MAX_S + EXPIRY_MARGIN_S) * 1000);
    assert_true(reconciler_expiry(plan, wish, START - 40 * DAY) <=
                START - 40 * DAY + EXPIRY_MAX_S - EXPIRY_MARGIN_S);
    assert_int_equal(reconciler_expiry(plan, wish, decision.again_at_ms / 1000), END + 3600);
    reservation_free(wish);
    plan_free(plan);
}

static void a_refused_one_waits_for_its_time(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = reconciler_plan(plan);
    struct decision decision;

    (void)state;
    reservation_set_problem(wish, 99991400, "over the rate limit", NULL, START - 100, START - 40);
    decision = decide(plan, wish, START - 90);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (START - 40) * 1000);
    assert_int_equal(decide(plan, wish, START - 40).step, STEP_RESERVE);
    wish->attempts = 1;
    assert_int_equal(reconciler_retry_ms(wish, 52000, 0, 1000), 53000);
    assert_int_equal(reconciler_retry_ms(wish, UNKNOWN, 0, 1000), 6000);
    wish->attempts = 100;
    assert_int_equal(reconciler_retry_ms(wish, UNKNOWN, 0, 0), 300000);
    reservation_free(wish);
    plan_free(plan);
}

static void an_uncertain_one_is_repeated_once_after_a_good_answer(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = reconciler_plan(plan);
    struct reconciler_view view = {.on_uncertain = ON_UNCERTAIN_RETRY, .good_answer_ms = UNKNOWN};
    struct decision decision;

    (void)state;
    record->state = RESERVATION_UNCERTAIN;
    record->attempted_at = START * 1000 - 5000;
    reservation_set_problem(record, 0, "no answer", NULL, START, 0);
    view.now_ms = START * 1000 + 100;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_in_range(decision.again_at_ms - START * 1000, 1000, 2000);
    /* Feishu has not answered anything since. */
    view.now_ms = decision.again_at_ms;
    view.good_answer_ms = START * 1000 - 1;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_PROBE);
    view.good_answer_ms = START * 1000 + 900;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_RESERVE);
    /* A repeat that was surely not carried out is not repeated before its time. */
    record->problem.retry_at = START + 60;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (START + 60) * 1000);
    record->problem.retry_at = 0;
    /* Once. */
    record->repeated = true;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, UNKNOWN);
    record->repeated = false;
    view.on_uncertain = ON_UNCERTAIN_HOLD;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    view.on_uncertain = ON_UNCERTAIN_RETRY;
    view.now_ms = END * 1000;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    reservation_free(record);
    plan_free(plan);
}

static void one_on_its_way_is_left_alone(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = reconciler_plan(plan);

    (void)state;
    record->state = RESERVATION_RESERVING;
    assert_int_equal(decide(plan, record, START).step, STEP_WAIT);
    record->state = RESERVATION_FAILED;
    assert_int_equal(decide(plan, record, START).step, STEP_WAIT);
    reservation_free(record);
    plan_free(plan);
}

static void existing_ones_end_and_expire(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = reconciler_plan(plan);
    struct reconciler_view view = {.now_ms = (END + 3600) * 1000, .meeting_in_progress = true};
    struct decision decision;

    (void)state;
    record->state = RESERVATION_RESERVED;
    record->reserve_id = xstrdup("1");
    record->expire_time = END + 3600;
    assert_int_equal(decide(plan, record, END - 1).again_at_ms, END * 1000);
    decision = decide(plan, record, END);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (END + 3600) * 1000);
    string_list_add(&record->meetings, "m");
    assert_int_equal(decide(plan, record, END).step, STEP_END);
    record->state = RESERVATION_ENDED;
    assert_int_equal(decide(plan, record, END).step, STEP_WAIT);
    assert_int_equal(decide(plan, record, END + 3600).step, STEP_EXPIRE);
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    /* Its plan has gone: it is followed to its end all the same. */
    assert_int_equal(decide(NULL, record, END + 3600).step, STEP_EXPIRE);
    reservation_free(record);
    plan_free(plan);
}

static void an_adopted_one_is_fetched_and_never_made(void **state)
{
    struct plan *plan = plan_new("board");
    struct reservation *record;
    struct decision decision;

    (void)state;
    plan->app = xstrdup("default");
    plan->reserve_id = xstrdup("6911188411932033028");
    record = reconciler_plan(plan);
    assert_string_equal(record->key, "board");
    assert_null(record->occurrence);
    assert_int_equal(record->state, RESERVATION_RESERVED);
    assert_int_equal(decide(plan, record, START).step, STEP_FETCH);
    reservation_set_problem(record, 121001, "internal error", NULL, START, START + 10);
    decision = decide(plan, record, START + 5);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (START + 10) * 1000);
    record->observed_at = START * 1000;
    assert_int_equal(decide(plan, record, START + 20).step, STEP_WAIT);
    assert_true(reconciler_matches(plan, record, START));
    str_set(&plan->reserve_id, "1");
    assert_false(reconciler_matches(plan, record, START));
    reservation_free(record);
    plan_free(plan);
}

static void a_moved_plan_keeps_its_reservation_until_it_ran_out(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = reconciler_plan(plan);

    (void)state;
    record->state = RESERVATION_RESERVED;
    record->expire_time = END + 3600;
    assert_true(reconciler_matches(plan, record, END + 9999));
    plan->start.hour = 15;
    assert_true(reconciler_matches(plan, record, START));
    assert_false(reconciler_matches(plan, record, END + 3600));
    record->state = RESERVATION_UNCERTAIN;
    assert_true(reconciler_matches(plan, record, START));
    record->state = RESERVATION_FAILED;
    assert_false(reconciler_matches(plan, record, START));
    str_set(&plan->app, "other");
    assert_false(reconciler_matches(plan, record, START));
    reservation_free(record);
    plan_free(plan);
}

static void an_edit_of_what_exists_is_noticed(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = reconciler_plan(plan);

    (void)state;
    record->state = RESERVATION_RESERVED;
    assert_false(reconciler_differs(plan, record));
    str_set(&plan->meeting_settings.topic, "周会");
    assert_true(reconciler_differs(plan, record));
    str_set(&plan->meeting_settings.topic, record->meeting_settings.topic);
    plan->duration_s += 60;
    assert_true(reconciler_differs(plan, record));
    record->adopted = true;
    assert_false(reconciler_differs(plan, record));
    reservation_free(record);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_becomes_a_planned_reservation),
        cmocka_unit_test(it_is_made_create_ahead_of_its_start),
        cmocka_unit_test(the_expiry_fits_into_thirty_days),
        cmocka_unit_test(a_refused_one_waits_for_its_time),
        cmocka_unit_test(an_uncertain_one_is_repeated_once_after_a_good_answer),
        cmocka_unit_test(one_on_its_way_is_left_alone),
        cmocka_unit_test(existing_ones_end_and_expire),
        cmocka_unit_test(an_adopted_one_is_fetched_and_never_made),
        cmocka_unit_test(a_moved_plan_keeps_its_reservation_until_it_ran_out),
        cmocka_unit_test(an_edit_of_what_exists_is_noticed),
    };

    return cmocka_run_group_tests_name("reconciler", tests, NULL, NULL);
}
