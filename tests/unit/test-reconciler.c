/* engine/reconciler: when to reserve, when to wait, and never to repeat blindly. */
#include "lib/test.h"

#include <string.h>

#include "base/base.h"
#include "engine/expiry.h"
#include "engine/reconciler.h"
#include "model/setting.h"

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

/* What the plan's one occurrence stands for. */
static struct reservation *wish_of(const struct plan *plan)
{
    struct occurrence_list list = {0};
    struct reservation *wish;

    assert_int_equal(plan_occurrences(plan, 0, INT64_MAX / 2, 1, &list, NULL), 0);
    wish = reconciler_plan(plan, list.count > 0 ? &list.items[0] : NULL);
    occurrence_list_fini(&list);
    return wish;
}

/* As it is after its apply was answered. */
static struct reservation *made_of(const struct plan *plan)
{
    struct reservation *record = wish_of(plan);

    record->state = RESERVATION_RESERVED;
    record->reserve_id = xstrdup("6911188411932033028");
    record->applied = settings_text(&plan->meeting_settings);
    record->applied_expiry = record->end_time + plan->expire_after_ms / 1000;
    record->expire_time = record->applied_expiry;
    record->observed_at = 1;
    return record;
}

static struct decision decide(const struct plan *plan, const struct reservation *reservation, int64_t now_s)
{
    struct reconciler_view view = {.now_ms = now_s * 1000,
                                   .good_answer_ms = UNKNOWN,
                                   .looked_at_ms = UNKNOWN,
                                   .tried_at_ms = UNKNOWN,
                                   .next_start = UNKNOWN};
    struct decision decision;

    reconciler_decide(plan, reservation, &view, &decision);
    return decision;
}

static void a_plan_becomes_a_planned_reservation(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = wish_of(plan);

    (void)state;
    assert_string_equal(wish->key, "standup@20261123T013000Z");
    assert_string_equal(wish->occurrence, wish->key);
    assert_string_equal(wish->owner_id, "ou_owner");
    assert_int_equal(wish->start_time, START);
    assert_int_equal(wish->end_time, END);
    assert_int_equal(wish->state, RESERVATION_PLANNED);
    assert_true(meeting_settings_equal(&wish->meeting_settings, &plan->meeting_settings));
    assert_string_equal(wish->date, "2026-11-23");
    assert_false(wish->standing);
    assert_false(wish->kept);
    reservation_free(wish);
    plan->link = PLAN_LINK_STANDING;
    plan->on_remove = ON_REMOVE_KEEP;
    wish = wish_of(plan);
    assert_string_equal(wish->key, "standup");
    assert_string_equal(wish->occurrence, "standup@20261123T013000Z");
    assert_true(wish->standing);
    assert_true(wish->kept);
    reservation_free(wish);
    plan_free(plan);
}

static void it_is_made_create_ahead_of_its_start(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = wish_of(plan);
    struct decision decision = decide(plan, wish, START - DAY - 1);

    (void)state;
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (START - DAY) * 1000);
    assert_int_equal(decide(plan, wish, START - DAY).step, STEP_RESERVE);
    assert_int_equal(decide(plan, wish, END - 1).step, STEP_RESERVE);
    /* A slot that has passed is told. */
    assert_int_equal(decide(plan, wish, END).step, STEP_MISS);
    assert_int_equal(decide(NULL, wish, END).step, STEP_MISS);
    /* Not for a plan that has gone. */
    assert_int_equal(decide(NULL, wish, START).step, STEP_WAIT);
    reservation_free(wish);
    plan_free(plan);
}

static void the_expiry_fits_into_thirty_days(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = wish_of(plan);
    struct decision decision;

    (void)state;
    assert_int_equal(expiry_at_creation(plan, wish, START), END + 3600);
    plan->create_ahead_ms = 40 * DAY * 1000;
    decision = decide(plan, wish, START - 35 * DAY);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (END + 3600 - EXPIRY_MAX_S + EXPIRY_MARGIN_S) * 1000);
    assert_true(expiry_at_creation(plan, wish, START - 40 * DAY) <=
                START - 40 * DAY + EXPIRY_MAX_S - EXPIRY_MARGIN_S);
    assert_int_equal(expiry_at_creation(plan, wish, decision.again_at_ms / 1000), END + 3600);
    reservation_free(wish);
    plan_free(plan);
}

static void a_refused_one_waits_for_its_time(void **state)
{
    struct plan *plan = standup();
    struct reservation *wish = wish_of(plan);
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
    struct reservation *record = wish_of(plan);
    struct reconciler_view view = {
        .on_uncertain = ON_UNCERTAIN_RETRY, .good_answer_ms = UNKNOWN, .next_start = UNKNOWN};
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
    struct reservation *record = wish_of(plan);

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
    struct reservation *record = made_of(plan);
    struct reconciler_view view = {
        .now_ms = (END + 60) * 1000, .meeting_in_progress = true, .next_start = UNKNOWN};
    struct decision decision;

    (void)state;
    assert_int_equal(decide(plan, record, END - 1).again_at_ms, END * 1000);
    decision = decide(plan, record, END);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (END + 3600) * 1000);
    string_list_add(&record->meetings, "m");
    assert_int_equal(decide(plan, record, END).step, STEP_END);
    record->state = RESERVATION_ENDED;
    assert_int_equal(decide(plan, record, END).step, STEP_WAIT);
    assert_int_equal(decide(plan, record, END + 3600).step, STEP_EXPIRE);
    /* Its plan has gone: it is followed to its end all the same. */
    assert_int_equal(decide(NULL, record, END + 3600).step, STEP_EXPIRE);
    /* Its time was moved, or the clock had been ahead. */
    assert_int_equal(decide(plan, record, END - 1).step, STEP_REOPEN);
    record->state = RESERVATION_EXPIRED;
    assert_int_equal(decide(plan, record, END).step, STEP_REOPEN);
    /* One whose meeting goes on does not expire: it is extended, also when its plan has gone. */
    record->state = RESERVATION_LIVE;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (END + 3600 - EXPIRY_EXTEND_BEFORE_S) * 1000);
    for (int gone = 0; gone < 2; gone++) {
        view.now_ms = (END + 3600 + (gone ? 5 : -EXPIRY_EXTEND_BEFORE_S)) * 1000;
        reconciler_decide(gone ? NULL : plan, record, &view, &decision);
        assert_int_equal(decision.step, STEP_UPDATE);
        assert_int_equal(decision.kind, ACTION_EXTEND);
        assert_int_equal(decision.settings, 0);
        assert_int_equal(decision.end_time, view.now_ms / 1000 + EXPIRY_EXTEND_BY_S);
        assert_int_equal(decision.applied_expiry, record->applied_expiry);
    }
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
    record = wish_of(plan);
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
    /* Nothing is ever written to it. */
    str_set(&plan->meeting_settings.topic, "another");
    assert_int_equal(decide(plan, record, START + 20).step, STEP_WAIT);
    reservation_free(record);
    plan_free(plan);
}

static void what_the_file_says_differently_is_updated(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = made_of(plan);
    struct decision decision;

    (void)state;
    assert_int_equal(decide(plan, record, START - 60).step, STEP_WAIT);
    str_set(&plan->meeting_settings.topic, "周会");
    decision = decide(plan, record, START - 60);
    assert_int_equal(decision.step, STEP_UPDATE);
    assert_int_equal(decision.kind, ACTION_UPDATE);
    assert_int_equal(decision.settings, SETTING_BIT(SETTING_TOPIC));
    assert_int_equal(decision.end_time, UNKNOWN);
    /* What an operator changed by hand is not what the file says differently. */
    str_set(&plan->meeting_settings.topic, "每日站会");
    str_set(&record->meeting_settings.topic, "by hand");
    record->expire_time += 7200;
    assert_int_equal(decide(plan, record, START - 60).step, STEP_WAIT);
    /* Another time is another expiry. */
    record->start_time += 600;
    record->end_time += 600;
    decision = decide(plan, record, START - 60);
    assert_int_equal(decision.step, STEP_UPDATE);
    assert_int_equal(decision.settings, 0);
    assert_int_equal(decision.end_time, END + 600 + 3600);
    assert_int_equal(decision.applied_expiry, decision.end_time);
    /* Not before a refused one may be tried again, not what was refused for good, not after the slot. */
    record->problem.retry_at = START - 30;
    decision = decide(plan, record, START - 60);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (START - 30) * 1000);
    assert_int_equal(decide(plan, record, END + 600).step, STEP_WAIT);
    record->problem.retry_at = 0;
    reconciler_decide(
        plan, record,
        &(struct reconciler_view){.now_ms = (START - 60) * 1000, .refused = true, .next_start = UNKNOWN},
        &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    /* A part of the settings is looked at afterwards. */
    record->unverified = true;
    assert_int_equal(decide(plan, record, START - 60).step, STEP_VERIFY);
    reservation_free(record);
    plan_free(plan);
}

static void one_that_was_moved_far_away_is_kept_in_steps(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = made_of(plan);
    struct decision decision;
    int64_t now = START - DAY;

    (void)state;
    record->start_time += 60 * DAY;
    record->end_time += 60 * DAY;
    decision = decide(plan, record, now);
    assert_int_equal(decision.step, STEP_UPDATE);
    assert_int_equal(decision.kind, ACTION_RENEW);
    assert_int_equal(decision.end_time, now + EXPIRY_MAX_S - EXPIRY_MARGIN_S);
    record->applied_expiry = record->expire_time = decision.end_time;
    decision = decide(plan, record, now);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (record->expire_time - EXPIRY_RENEW_S) * 1000);
    decision = decide(plan, record, decision.again_at_ms / 1000);
    assert_int_equal(decision.step, STEP_UPDATE);
    reservation_free(record);
    plan_free(plan);
}

static void a_standing_one_is_renewed_until_its_plan_ends(void **state)
{
    struct plan *plan = standup();
    struct reservation *record;
    struct decision decision;

    (void)state;
    plan->link = PLAN_LINK_STANDING;
    record = made_of(plan);
    assert_int_equal(expiry_at_creation(plan, record, START), START + EXPIRY_MAX_S - EXPIRY_MARGIN_S);
    record->applied_expiry = record->expire_time = START + EXPIRY_MAX_S - EXPIRY_MARGIN_S;
    decision = decide(plan, record, START + DAY);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (record->expire_time - EXPIRY_RENEW_S) * 1000);
    decision = decide(plan, record, record->expire_time - EXPIRY_RENEW_S);
    assert_int_equal(decision.step, STEP_UPDATE);
    assert_int_equal(decision.kind, ACTION_RENEW);
    assert_int_equal(decision.end_time,
                     record->expire_time - EXPIRY_RENEW_S + EXPIRY_MAX_S - EXPIRY_MARGIN_S);
    /* Not beyond the plan's last occurrence, and not again then. */
    plan->last_end_time = START + 40 * DAY;
    decision = decide(plan, record, record->expire_time - EXPIRY_RENEW_S);
    assert_int_equal(decision.end_time, START + 40 * DAY + 3600);
    record->applied_expiry = record->expire_time = decision.end_time;
    assert_int_equal(decide(plan, record, START + 39 * DAY).step, STEP_WAIT);
    assert_int_equal(decide(plan, record, record->expire_time).step, STEP_EXPIRE);
    /* A plan that ends sooner than it did. */
    plan->last_end_time = START + 20 * DAY;
    decision = decide(plan, record, START + DAY);
    assert_int_equal(decision.step, STEP_UPDATE);
    assert_int_equal(decision.end_time, START + 20 * DAY + 3600);
    reservation_free(record);
    plan_free(plan);
}

static void a_standing_one_goes_on_to_the_next_occurrence(void **state)
{
    struct plan *plan = standup();
    struct reservation *record;
    struct reconciler_view view = {.next_start = START + DAY, .early_s = 600, .good_answer_ms = UNKNOWN};
    struct decision decision;

    (void)state;
    plan->link = PLAN_LINK_STANDING;
    record = made_of(plan);
    record->applied_expiry = record->expire_time = START + EXPIRY_MAX_S - EXPIRY_MARGIN_S;
    /* People may come back for as long as expire_after says. */
    view.now_ms = (END + 3599) * 1000;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_int_equal(decision.again_at_ms, (END + 3600) * 1000);
    view.now_ms = (END + 3600) * 1000;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_ADVANCE);
    /* But in time for the next one. */
    view.next_start = END + 1800;
    view.now_ms = (END + 1800 - 600) * 1000;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_ADVANCE);
    /* A meeting that goes on holds it until the next one begins. */
    view.meeting_in_progress = true;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    view.now_ms = (END + 1800) * 1000;
    reconciler_decide(plan, record, &view, &decision);
    assert_int_equal(decision.step, STEP_ADVANCE);
    reservation_free(record);
    plan_free(plan);
}

static void nothing_is_deleted_under_a_meeting(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = made_of(plan);
    struct reconciler_view view = {
        .now_ms = START * 1000, .looked_at_ms = UNKNOWN, .tried_at_ms = UNKNOWN, .next_start = UNKNOWN};
    struct decision decision;

    (void)state;
    record->unwanted = true;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_LOOK);
    /* A look that is not answered is repeated, but not at once. */
    view.tried_at_ms = view.now_ms - 1000;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    assert_in_range(decision.again_at_ms, view.now_ms + 58000, view.now_ms + 61000);
    view.looked_at_ms = view.tried_at_ms;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_DELETE);
    view.meeting_in_progress = true;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    view.meeting_in_progress = false;
    /* One whose successor is not made yet. */
    view.successor = SUCCESSOR_AWAITED;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    view.successor = SUCCESSOR_MADE;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_DELETE);
    view.refused = true;
    reconciler_decide(NULL, record, &view, &decision);
    assert_int_equal(decision.step, STEP_WAIT);
    reservation_free(record);
    plan_free(plan);
}

static struct action only_action(const struct plan *plan, const struct reservation *record,
                                 const struct reconciler_view *view, struct action_list *list)
{
    action_list_fini(list);
    reconciler_look_ahead(plan, record, view, list);
    assert_int_equal(list->count, 1);
    return list->items[0];
}

static void what_comes_is_known_ahead(void **state)
{
    struct plan *plan = standup();
    struct reservation *record = wish_of(plan);
    struct reconciler_view view = {.now_ms = (START - 2 * DAY) * 1000, .next_start = UNKNOWN};
    struct action_list list = {0};
    struct action action = only_action(plan, record, &view, &list);

    (void)state;
    assert_int_equal(action.kind, ACTION_CREATE);
    assert_int_equal(action.at, START - DAY);
    assert_int_equal(action.calls, 1);
    assert_string_equal(action.occurrence, "standup@20261123T013000Z");
    reservation_free(record);
    record = made_of(plan);
    action_list_fini(&list);
    reconciler_look_ahead(plan, record, &view, &list);
    assert_int_equal(list.count, 0);
    str_set(&plan->meeting_settings.topic, "周会");
    action = only_action(plan, record, &view, &list);
    assert_int_equal(action.kind, ACTION_UPDATE);
    assert_int_equal(action.at, START - 2 * DAY);
    assert_int_equal(action.calls, 2);
    assert_non_null(strstr(action.reason, "topic"));
    /* What was tried in vain comes when it is tried again. */
    record->problem.retry_at = START - DAY;
    action = only_action(plan, record, &view, &list);
    assert_int_equal(action.kind, ACTION_UPDATE);
    assert_int_equal(action.at, START - DAY);
    record->problem.retry_at = 0;
    record->unwanted = true;
    action = only_action(NULL, record, &view, &list);
    assert_int_equal(action.kind, ACTION_DELETE);
    assert_int_equal(action.calls, 2);
    view.meeting_in_progress = true;
    action_list_fini(&list);
    reconciler_look_ahead(NULL, record, &view, &list);
    assert_int_equal(list.items[0].kind, ACTION_DELETE);
    assert_non_null(strstr(list.items[0].reason, "once its meeting has ended"));
    action_list_fini(&list);
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
        cmocka_unit_test(what_the_file_says_differently_is_updated),
        cmocka_unit_test(one_that_was_moved_far_away_is_kept_in_steps),
        cmocka_unit_test(a_standing_one_is_renewed_until_its_plan_ends),
        cmocka_unit_test(a_standing_one_goes_on_to_the_next_occurrence),
        cmocka_unit_test(nothing_is_deleted_under_a_meeting),
        cmocka_unit_test(what_comes_is_known_ahead),
    };

    return cmocka_run_group_tests_name("reconciler", tests, NULL, NULL);
}
