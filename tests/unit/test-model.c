/* model: copies are whole, comparisons see every field, names go both ways. */
#include "lib/test.h"

#include "base/base.h"
#include "model/backoff.h"
#include "model/event.h"
#include "model/meeting.h"
#include "model/occurrence.h"
#include "model/plan.h"
#include "model/reservation.h"

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < RESERVATION_STATES; i++)
        assert_int_equal(reservation_state_from_name(reservation_state_name(i)), i);
    assert_int_equal(reservation_state_from_name("gone"), -1);
    for (int i = 0; i < USER_ID_TYPES; i++)
        assert_int_equal(user_id_type_from_name(user_id_type_name(i)), i);
    assert_int_equal(user_id_type_from_name("id"), -1);
    for (int i = 0; i < EVENT_KINDS; i++)
        assert_non_null(event_kind_name(i));
}

static void fill_settings(struct meeting_settings *settings)
{
    meeting_settings_init(settings);
    settings->topic = xstrdup("每日站会");
    string_list_add(
        &meeting_settings_add_checker(settings, PERMISSION_HOST, CHECK_FIELD_USER_ID, CHECK_MODE_ALLOW)
             ->check_list,
        "ou_a");
    string_list_add(
        &meeting_settings_add_checker(settings, PERMISSION_JOIN, CHECK_FIELD_TENANT_ID, CHECK_MODE_DENY)
             ->check_list,
        "2ca1d211f64f6438");
    string_list_add(
        &meeting_settings_add_checker(settings, PERMISSION_HOST, CHECK_FIELD_USER_TYPE, CHECK_MODE_ALLOW)
             ->check_list,
        "2");
    settings->auto_record = FLAG_YES;
    settings->assign_host_list_set = true;
    string_list_add(&settings->assign_host_list, "ou_b");
    settings->password = xstrdup("");
    settings->callee = xalloc(sizeof(*settings->callee));
    settings->callee->user_type = USER_TYPE_PSTN;
    settings->callee->main_address = xstrdup("+86-02187654321");
}

static void settings_copy_and_compare(void **state)
{
    struct meeting_settings settings, copy;

    (void)state;
    fill_settings(&settings);
    assert_int_equal(settings.action_permission_count, 2);
    assert_int_equal(settings.action_permissions[0].count, 2);
    meeting_settings_copy(&copy, &settings);
    assert_true(meeting_settings_equal(&settings, &copy));
    string_list_add(&copy.action_permissions[0].checkers[1].check_list, "7");
    assert_false(meeting_settings_equal(&settings, &copy));
    meeting_settings_fini(&copy);
    meeting_settings_copy(&copy, &settings);
    copy.password = secret_free(copy.password);
    assert_false(meeting_settings_equal(&settings, &copy));
    meeting_settings_fini(&copy);
    meeting_settings_copy(&copy, &settings);
    str_set(&copy.callee->main_address, "+86-02187654322");
    assert_false(meeting_settings_equal(&settings, &copy));
    meeting_settings_fini(&copy);
    meeting_settings_fini(&settings);
}

static void reservation_is_copied_whole(void **state)
{
    struct reservation *reservation = reservation_new("standup@20261123T013000Z"), *copy;
    char *occurrence = occurrence_name("standup", 1795397400);

    (void)state;
    assert_string_equal(occurrence, "standup@20261123T013000Z");
    reservation->occurrence = occurrence;
    reservation->name = xstrdup("standup");
    fill_settings(&reservation->meeting_settings);
    string_list_add(&reservation->meetings, "6911188411934433028");
    reservation_set_problem(reservation, 121001, "internal error", "2026", 5, 6);
    copy = reservation_copy(reservation);
    reservation_free(reservation);
    assert_string_equal(copy->key, "standup@20261123T013000Z");
    assert_string_equal(copy->problem.message, "internal error");
    assert_string_equal(copy->meetings.items[0], "6911188411934433028");
    assert_int_equal(copy->expire_time, UNKNOWN);
    reservation_set_problem(copy, 0, NULL, NULL, 0, 0);
    assert_null(copy->problem.message);
    reservation_free(copy);
}

static void meeting_counts_who_is_in(void **state)
{
    struct meeting *meeting = meeting_new("6911188411934433028");

    (void)state;
    meeting_count(meeting);
    assert_int_equal(meeting->in_meeting, UNKNOWN);
    meeting->participants_known = true;
    meeting->participant_count = 10;
    for (int i = 0; i < 5; i++) {
        struct participant *participant = meeting_add_participant(meeting);

        participant->id = xstrdup("ou_x");
        participant->status = i < 3 ? PARTICIPANT_IN_MEETING : PARTICIPANT_LEFT;
    }
    meeting_count(meeting);
    assert_int_equal(meeting->in_meeting, 3);
    assert_int_equal(meeting->peak, 3);
    meeting->participants[0].status = PARTICIPANT_LEFT;
    meeting_count(meeting);
    assert_int_equal(meeting->in_meeting, 2);
    assert_int_equal(meeting->peak, 3);
    meeting_free(meeting);
}

static void a_list_owns_its_plans(void **state)
{
    struct plan_list plans = {NULL, 0};

    (void)state;
    plan_list_take(&plans, plan_new("站会"));
    plan_list_take(&plans, plan_new("board"));
    plan_list_take(&plans, plan_new("x"));
    assert_int_equal(plans.count, 3);
    assert_string_equal(plans.items[2]->name, "x");
    plan_list_fini(&plans);
}

static void backoff_doubles_and_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(backoff_ms(1, 1000, 60000, 0), 1000);
    assert_int_equal(backoff_ms(2, 1000, 60000, 0), 2000);
    assert_int_equal(backoff_ms(3, 1000, 60000, UINT32_MAX), 2000);
    assert_int_equal(backoff_ms(1000000, 1000, 60000, 0), 60000);
}

static void a_copy_of_a_meeting_can_grow(void **state)
{
    struct meeting *meeting = meeting_new("71"), *copy;

    (void)state;
    for (int i = 0; i < 3; i++)
        meeting_add_participant(meeting)->id = xasprintf("ou_%d", i);
    copy = meeting_copy(meeting);
    for (int i = 3; i < 9; i++)
        meeting_add_participant(copy)->id = xasprintf("ou_%d", i);
    assert_int_equal(copy->participants_count, 9);
    assert_string_equal(copy->participants[0].id, "ou_0");
    assert_string_equal(copy->participants[8].id, "ou_8");
    assert_int_equal(meeting->participants_count, 3);
    meeting_free(copy);
    meeting_free(meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),           cmocka_unit_test(settings_copy_and_compare),
        cmocka_unit_test(reservation_is_copied_whole),  cmocka_unit_test(meeting_counts_who_is_in),
        cmocka_unit_test(a_list_owns_its_plans),        cmocka_unit_test(backoff_doubles_and_is_bounded),
        cmocka_unit_test(a_copy_of_a_meeting_can_grow),
    };

    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
