/* wire: a meeting's attendance, and what an event says that it changed. */
#include "lib/test.h"

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "wire/wire.h"

#define START INT64_C(1608883000)

static struct attendee *add_attendee(struct meeting *meeting, const char *id, int64_t user_type)
{
    struct attendee *attendee = attendance_add(&meeting->attendance);

    attendee->id = xstrdup(id);
    attendee->user_type = user_type;
    return attendee;
}

/* ou_a was in from 10 sharp to between 40 and 50, and is in again since between 60 and 70; a phone was in all
 * the time; somebody of a new kind may have been. */
static struct meeting *sample(void)
{
    struct meeting *meeting = meeting_new("71");
    struct attendee *attendee;

    str_set(&meeting->name, "standup");
    meeting->start_time = START;
    meeting->status = MEETING_IN_PROGRESS;
    meeting->observed_at = (START + 80) * MS_PER_SECOND;
    meeting->attendance.looked_at = START + 80;
    meeting->attendance.peak_at = START + 20;
    meeting->attendance.seen.use_video = START + 30;
    attendee = add_attendee(meeting, "ou_a", 1);
    attendee->is_host = FLAG_YES;
    attendee->is_external = FLAG_YES;
    attendee->first_join_time = START + 10;
    attendee->in_meeting_duration = 50;
    attendee->observed_at = START + 80;
    attendee->devices = 1;
    *attendee_add_stay(attendee) = (struct stay){START + 10, START + 10, START + 40, START + 50};
    *attendee_add_stay(attendee) = (struct stay){START + 60, START + 70, UNKNOWN, UNKNOWN};
    *attendee_add_role(attendee, ROLE_HOST) = (struct role_stretch){ROLE_HOST, START + 20, START + 40};
    *attendee_add_role(attendee, ROLE_COHOST) = (struct role_stretch){ROLE_COHOST, START + 70, UNKNOWN};
    attendee = add_attendee(meeting, NULL, 6);
    *attendee_add_stay(attendee) = (struct stay){UNKNOWN, START + 5, START + 80, START + 80};
    (void)add_attendee(meeting, "x", 99);
    return meeting;
}

static void a_row_has_what_is_known(void **state)
{
    struct meeting *meeting = sample();
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_attendance(&text, meeting, &meeting->attendance.attendees[0], START + 100);
    assert_string_equal(
        text.data,
        "{\"meeting_id\":\"71\",\"name\":\"standup\",\"id\":\"ou_a\",\"user_type\":1,\"is_host\":true,"
        "\"is_external\":true,\"first_join_time\":1608883010,\"in_meeting_duration\":70,\"difference\":10,"
        "\"stays\":[{\"joined\":1608883010,\"left\":1608883040,\"joined_after\":1608883010,"
        "\"left_before\":1608883050},{\"joined\":1608883070,\"joined_after\":1608883060}],"
        "\"roles\":[{\"role\":\"host\",\"since\":1608883020,\"until\":1608883040},"
        "{\"role\":\"cohost\",\"since\":1608883070}],\"devices\":1,\"share\":0.7000}");
    buffer_clear(&text);
    /* Without Feishu's figure it is the ledger's, and nothing to differ from. */
    wire_attendance(&text, meeting, &meeting->attendance.attendees[1], START + 100);
    assert_string_equal(text.data, "{\"meeting_id\":\"71\",\"name\":\"standup\",\"user_type\":6,"
                                   "\"in_meeting_duration\":75,\"stays\":[{\"joined\":1608883005,"
                                   "\"left\":1608883080,\"left_before\":1608883080}],\"roles\":[],"
                                   "\"devices\":0,\"share\":0.7500}");
    buffer_clear(&text);
    wire_attendance(&text, meeting, &meeting->attendance.attendees[2], START + 100);
    assert_string_equal(text.data, "{\"meeting_id\":\"71\",\"name\":\"standup\",\"id\":\"x\","
                                   "\"user_type\":99,\"stays\":[],\"roles\":[],\"devices\":0}");
    buffer_clear(&text);
    /* A share is at most all of it, and a figure that cannot be counts as far as the stays allow. */
    meeting->attendance.attendees[0].in_meeting_duration = 100000;
    wire_attendance(&text, meeting, &meeting->attendance.attendees[0], START + 100);
    assert_non_null(strstr(text.data, "\"in_meeting_duration\":100020,\"difference\":99960"));
    assert_non_null(strstr(text.data, "\"share\":0.8000"));
    buffer_clear(&text);
    /* After the end nothing runs on. */
    meeting->status = MEETING_ENDED;
    meeting->end_time = START + 150;
    wire_attendance(&text, meeting, &meeting->attendance.attendees[1], START + 9000);
    assert_non_null(strstr(text.data, "\"share\":0.5000"));
    buffer_fini(&text);
    meeting_free(meeting);
}

static void a_meeting_has_the_figures(void **state)
{
    struct meeting *meeting = sample();
    struct wire_meeting shown = {.meeting = meeting, .now_s = START + 100};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_meeting(&text, &shown, WIRE_WITH_ATTENDANCE, WIRE_WITHOUT_PASSWORDS);
    assert_non_null(strstr(text.data, "\"peak_at\":1608883020,\"ability_seen\":{\"use_video\":1608883030},"
                                      "\"attendees\":3,\"by_user_type\":{\"1\":1,\"6\":1,\"other\":1},"
                                      "\"external\":1,\"person_seconds\":125,\"attendance\":[{"));
    buffer_clear(&text);
    wire_meeting(&text, &shown, WIRE_WITH_PARTICIPANTS, WIRE_WITHOUT_PASSWORDS);
    assert_null(strstr(text.data, "\"attendance\""));
    buffer_clear(&text);
    /* Nobody ever saw who is in. */
    meeting->attendance.looked_at = UNKNOWN;
    wire_meeting(&text, &shown, WIRE_WITH_ATTENDANCE, WIRE_WITHOUT_PASSWORDS);
    assert_null(strstr(text.data, "\"attend"));
    assert_null(strstr(text.data, "\"person_seconds\""));
    buffer_fini(&text);
    meeting_free(meeting);
}

static void an_event_has_what_changed(void **state)
{
    struct meeting *meeting = sample();
    struct wire_meeting shown = {.meeting = meeting};
    struct event_changes changes = {0};
    struct event event = {.kind = EVENT_MEETING_CHANGED, .meeting = meeting, .changes = &changes};
    struct buffer text = BUFFER_EMPTY;
    struct event_change *change = event_changes_add(&changes, "topic");

    (void)state;
    change->before = xstrdup("a");
    change->after = xstrdup("b");
    (void)event_changes_add(&changes, "password");
    change = event_changes_add(&changes, "is_host");
    change->participant = true;
    change->id = xstrdup("ou_a");
    change->user_type = 1;
    change->after = xstrdup("true");
    wire_event(&text, &event, NULL, &shown, WIRE_WITH_PASSWORDS);
    assert_non_null(strstr(text.data,
                           "\"changes\":[{\"field\":\"topic\",\"before\":\"a\",\"after\":\"b\"},"
                           "{\"field\":\"password\"},{\"field\":\"is_host\",\"participant\":{\"id\":"
                           "\"ou_a\",\"user_type\":1},\"after\":\"true\"}]}"));
    buffer_clear(&text);
    event = (struct event){
        .kind = EVENT_PARTICIPANT_LEFT,
        .time = (START + 90) * MS_PER_SECOND,
        .meeting = meeting,
        .attendee = &meeting->attendance.attendees[0],
    };
    wire_event(&text, &event, NULL, &shown, WIRE_WITH_PASSWORDS);
    assert_non_null(strstr(text.data, "\"attendance\":{\"meeting_id\":\"71\""));
    assert_non_null(strstr(text.data, "\"in_meeting_duration\":60,"));
    buffer_fini(&text);
    event_changes_fini(&changes);
    meeting_free(meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_what_is_known),
        cmocka_unit_test(a_meeting_has_the_figures),
        cmocka_unit_test(an_event_has_what_changed),
    };

    return cmocka_run_group_tests_name("wire: attendance", tests, NULL, NULL);
}
