/* engine/changes: who came in and who went between two looks. */
#include "lib/test.h"

#include "base/base.h"
#include "base/buffer.h"
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

static void note(void *data, enum event_kind kind, const struct participant *participant)
{
    buffer_printf(data, "%s%s ", kind == EVENT_PARTICIPANT_JOINED ? "+" : "-", participant->id);
}

static void check(struct meeting *before, struct meeting *after, const char *expected)
{
    struct buffer told = BUFFER_EMPTY;

    buffer_append_text(&told, "");
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_and_leaves_are_told),
        cmocka_unit_test(a_second_device_is_no_second_join),
        cmocka_unit_test(without_lists_nothing_is_told),
    };

    return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
