/* engine/changes: what changed, who came in and who went between two looks. */
#include "lib/test.h"

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "engine/attendance.h"
#include "engine/changes.h"

static struct meeting *meeting_of(const char *const *ids, const int *statuses, size_t count)
{
    struct meeting *meeting = meeting_new("m");

    meeting->participants_known = true;
    for (size_t i = 0; i < count; i++) {
        struct participant *participant = meeting_add_participant(meeting);

        participant->id = xstrdup(ids[i]);
        participant->user_type = 1;
        participant->status = statuses[i];
    }
    return meeting;
}

static void note(void *data, enum event_kind kind, const struct attendee *attendee,
                 const struct participant *participant)
{
    assert_string_equal(attendee->id, participant->id);
    buffer_printf(data, "%s%s ", kind == EVENT_PARTICIPANT_JOINED ? "+" : "-", participant->id);
}

static void check(struct meeting *before, struct meeting *after, const char *expected)
{
    struct buffer told = BUFFER_EMPTY;

    buffer_append_text(&told, "");
    if (before != NULL) {
        before->observed_at = 1000000;
        attendance_look(before);
        attendance_copy(&after->attendance, &before->attendance);
    }
    after->observed_at = 1010000;
    attendance_look(after);
    changes_of_participants(before, after, note, &told);
    assert_string_equal(told.data, expected);
    buffer_fini(&told);
    meeting_free(before);
    meeting_free(after);
}

static void joins_and_leaves_are_told(void **state)
{
    (void)state;
    check(NULL, meeting_of((const char *[]){"a", "b"}, (int[]){2, 3}, 2), "+a ");
    check(meeting_of((const char *[]){"a", "b"}, (int[]){2, 3}, 2),
          meeting_of((const char *[]){"a", "b", "c"}, (int[]){4, 2, 2}, 3), "-a +b +c ");
    check(meeting_of((const char *[]){"a", "b"}, (int[]){2, 2}, 2),
          meeting_of((const char *[]){"b"}, (int[]){2}, 1), "-a ");
    check(meeting_of((const char *[]){"a"}, (int[]){2}, 1), meeting_of((const char *[]){"a"}, (int[]){2}, 1),
          "");
}

static void a_second_device_is_no_second_join(void **state)
{
    (void)state;
    check(meeting_of((const char *[]){"a"}, (int[]){2}, 1),
          meeting_of((const char *[]){"a", "a"}, (int[]){2, 2}, 2), "");
    check(meeting_of((const char *[]){"a", "a"}, (int[]){2, 2}, 2),
          meeting_of((const char *[]){"a", "a"}, (int[]){4, 2}, 2), "");
    check(meeting_of((const char *[]){"a", "a"}, (int[]){4, 2}, 2),
          meeting_of((const char *[]){"a", "a"}, (int[]){4, 4}, 2), "-a ");
}

static void without_lists_nothing_is_told(void **state)
{
    struct meeting *after = meeting_of((const char *[]){"a"}, (int[]){2}, 1);

    (void)state;
    after->participants_known = false;
    check(NULL, after, "");
    /* Who was in before them is not known. */
    after = meeting_of((const char *[]){"a"}, (int[]){2}, 1);
    after->participants_known = false;
    check(after, meeting_of((const char *[]){"a"}, (int[]){2}, 1), "");
    /* Nor is it that they have gone. */
    after = meeting_of((const char *[]){"a"}, (int[]){2}, 1);
    after->participants_known = false;
    check(meeting_of((const char *[]){"a"}, (int[]){2}, 1), after, "");
}

/* ---- what changed */

static void check_changes(struct meeting *take_before, struct meeting *take_after, const char *expected)
{
    CLEANUP(event_changes_fini) struct event_changes changes = {0};
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

    changes_of_meeting(take_before, take_after, &changes);
    buffer_append_text(&text, "");
    for (size_t i = 0; i < changes.count; i++) {
        const struct event_change *change = &changes.items[i];

        buffer_printf(&text, "%s%s%s %s>%s; ", change->participant ? change->id : "",
                      change->participant ? "." : "", change->field,
                      change->before != NULL ? change->before : "",
                      change->after != NULL ? change->after : "");
    }
    assert_string_equal(text.data, expected);
    meeting_free(take_before);
    meeting_free(take_after);
}

static void a_meetings_changes_are_named(void **state)
{
    struct meeting *before = meeting_new("m"), *after = meeting_new("m");

    (void)state;
    str_set(&before->topic, "a");
    str_set(&after->topic, "b");
    str_set(&before->password, "1234");
    str_set(&after->password, "4321");
    before->participant_count = 3;
    after->participant_count = 4;
    after->status = 2;
    before->ability.use_video = FLAG_NO;
    after->ability.use_video = FLAG_YES;
    after->ability.use_pstn = FLAG_NO;
    after->host_user_id = xstrdup("ou_a");
    /* What follows from the looks is not Feishu's word. */
    after->observed_at = 77;
    after->peak = 9;
    check_changes(before, after,
                  "topic a>b; password >; host_user >ou_a; status >2; participant_count 3>4; "
                  "use_video false>true; use_pstn >false; ");
    check_changes(meeting_new("m"), meeting_new("m"), "");
}

static void changes_in_the_list_are_named(void **state)
{
    struct meeting *before = meeting_of((const char *[]){"a", "b", "c"}, (int[]){2, 2, 3}, 3);
    struct meeting *after = meeting_of((const char *[]){"b", "a", "a", "d"}, (int[]){2, 4, 2, 2}, 4);

    (void)state;
    before->participants[0].in_meeting_duration = 10;
    after->participants[1].in_meeting_duration = 20;
    after->participants[1].final_leave_time = 99;
    after->participants[0].is_host = FLAG_YES;
    check_changes(
        before, after,
        "b.is_host >true; a.status 2>4; a.final_leave_time >99; a.status >2; d.status >2; c.status 3>; ");
    after = meeting_of((const char *[]){"a"}, (int[]){2}, 1);
    check_changes(meeting_new("m"), after, "participants >; ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_and_leaves_are_told),     cmocka_unit_test(a_second_device_is_no_second_join),
        cmocka_unit_test(without_lists_nothing_is_told), cmocka_unit_test(a_meetings_changes_are_named),
        cmocka_unit_test(changes_in_the_list_are_named),
    };

    return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
