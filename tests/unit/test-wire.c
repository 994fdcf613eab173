/* wire: the texts, letter by letter; clients from outside hold on to them. */
#include "lib/test.h"

#include "base/base.h"
#include "wire/status.h"
#include "wire/wire.h"

static void reservation_text(void **state)
{
    struct reservation *reservation = reservation_new("站会@20261123T013000Z");
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    reservation->name = xstrdup("站会");
    reservation->occurrence = xstrdup("站会@20261123T013000Z");
    reservation->app = xstrdup("default");
    wire_reservation(&text, reservation, WIRE_WITH_PASSWORDS);
    assert_string_equal(text.data,
                        "{\"name\":\"站会\",\"occurrence\":\"站会@20261123T013000Z\",\"app\":\"default\","
                        "\"state\":\"planned\",\"meeting_settings\":{},\"meetings\":[],"
                        "\"invalid_host_id_list\":[],\"uid\":\"站会@20261123T013000Z\",\"revision\":0}");
    buffer_clear(&text);
    reservation->state = RESERVATION_RESERVED;
    reservation->start_time = 1795397400;
    reservation->end_time = 1795399200;
    reservation->expire_time = 1795402800;
    reservation->reserve_id = xstrdup("6911188411934973028");
    reservation->meeting_no = xstrdup("112000358");
    reservation->url = xstrdup("https://vc.feishu.cn/j/337736498");
    reservation->password = xstrdup("971024");
    reservation->expire_status = 0;
    reservation->observed_at = 1795397400123;
    reservation->meeting_settings.topic = xstrdup("a \"b\"\n");
    reservation->meeting_settings.password = xstrdup("971024");
    reservation->meeting_settings.auto_record = FLAG_NO;
    string_list_add(&meeting_settings_add_checker(&reservation->meeting_settings, 1, 2, 1)->check_list, "2");
    reservation->meeting_settings.assign_host_list_set = true;
    string_list_add(&reservation->meeting_settings.assign_host_list, "ou_a");
    string_list_add(&reservation->meetings, "6911188411934433028");
    reservation_set_problem(reservation, 121001, "internal error", "20261123", 5, 6);
    wire_reservation(&text, reservation, WIRE_WITHOUT_PASSWORDS);
    assert_string_equal(
        text.data,
        "{\"name\":\"站会\",\"occurrence\":\"站会@20261123T013000Z\",\"app\":\"default\",\"state\":"
        "\"reserved\","
        "\"topic\":\"a "
        "\\\"b\\\"\\n\",\"start_time\":1795397400,\"end_time\":1795399200,\"expire_time\":1795402800,"
        "\"reserve_id\":\"6911188411934973028\",\"meeting_no\":\"112000358\","
        "\"url\":\"https://vc.feishu.cn/j/337736498\",\"meeting_settings\":{\"topic\":\"a \\\"b\\\"\\n\","
        "\"action_permissions\":[{\"permission\":1,\"permission_checkers\":[{\"check_field\":2,\"check_"
        "mode\":1,"
        "\"check_list\":[\"2\"]}]}],\"auto_record\":false,\"assign_host_list\":[{\"user_type\":1,\"id\":\"ou_"
        "a\"}]},"
        "\"expire_status\":0,\"meetings\":[\"6911188411934433028\"],\"invalid_host_id_list\":[],"
        "\"observed_at\":1795397400123,\"problem\":{\"code\":121001,\"message\":\"internal error\","
        "\"log_id\":\"20261123\",\"at\":5,\"retry_at\":6},\"uid\":\"站会@20261123T013000Z\",\"revision\":0}");
    buffer_clear(&text);
    wire_reservation(&text, reservation, WIRE_WITH_PASSWORDS);
    assert_non_null(strstr(text.data, "\"live_link\"") == NULL ? "absent" : NULL);
    assert_non_null(strstr(text.data, "\"password\":\"971024\",\"meeting_settings\""));
    buffer_fini(&text);
    reservation_free(reservation);
}

static struct meeting *sample_meeting(void)
{
    struct meeting *meeting = meeting_new("6911188411934433028");
    struct participant *participant;

    meeting->app = xstrdup("default");
    meeting->reserve_id = xstrdup("6911188411934973028");
    meeting->topic = xstrdup("my meeting");
    meeting->password = xstrdup("971024");
    meeting->start_time = 1608883322;
    meeting->host_user_id = xstrdup("ou_a");
    meeting->host_user_type = 1;
    meeting->status = MEETING_IN_PROGRESS;
    meeting->participant_count = 10;
    meeting->participants_known = true;
    participant = meeting_add_participant(meeting);
    participant->id = xstrdup("ou_a");
    participant->user_type = 1;
    participant->is_host = FLAG_YES;
    participant->is_external = FLAG_NO;
    participant->status = 2;
    meeting->ability.use_video = FLAG_YES;
    meeting->observed_at = 99;
    meeting_count(meeting);
    return meeting;
}

static void meeting_text(void **state)
{
    struct meeting *meeting = sample_meeting();
    struct wire_meeting shown = {.meeting = meeting, .following = {.phase = PHASE_LIVE, .next_poll_at = 109}};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_meeting(&text, &shown, WIRE_WITH_PARTICIPANTS, WIRE_WITHOUT_PASSWORDS);
    assert_string_equal(
        text.data,
        "{\"id\":\"6911188411934433028\",\"app\":\"default\",\"reserve_id\":\"6911188411934973028\","
        "\"topic\":\"my "
        "meeting\",\"start_time\":1608883322,\"host_user\":{\"id\":\"ou_a\",\"user_type\":1},\"status\":2,"
        "\"participant_count\":10,\"in_meeting\":1,\"peak\":1,\"participants\":[{\"id\":\"ou_a\",\"user_"
        "type\":1,"
        "\"is_host\":true,\"is_external\":false,\"status\":2}],\"ability\":{\"use_video\":true},\"observed_"
        "at\":99,"
        "\"stale\":false,\"phase\":\"live\",\"next_poll_at\":109}");
    buffer_clear(&text);
    wire_meeting(&text, &shown, WIRE_WITHOUT_PARTICIPANTS, WIRE_WITH_PASSWORDS);
    assert_null(strstr(text.data, "participants\""));
    assert_non_null(strstr(text.data, "\"password\":\"971024\""));
    buffer_fini(&text);
    meeting_free(meeting);
}

static void event_text(void **state)
{
    struct meeting *meeting = sample_meeting();
    struct wire_meeting shown = {.meeting = meeting};
    struct event event = {
        .sequence = 7,
        .time = 1234,
        .kind = EVENT_PARTICIPANT_JOINED,
        .meeting = meeting,
        .participant = &meeting->participants[0],
    };
    struct reservation *reservation = reservation_new("standup");
    struct wire_followed followed = {
        .reservation = reservation, .following = {.phase = PHASE_LIVE, .next_poll_at = 109}, .stale = true};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_event(&text, &event, NULL, &shown, WIRE_WITHOUT_PASSWORDS);
    assert_int_equal(
        strncmp(text.data, "{\"sequence\":7,\"time\":1234,\"kind\":\"participant_joined\",\"meeting\":{", 65),
        0);
    assert_non_null(strstr(text.data, "\"participant\":{\"id\":\"ou_a\",\"user_type\":1,\"is_host\":true"));
    assert_null(strstr(text.data, "971024"));
    buffer_clear(&text);
    /* A reservation in an event is as old as anywhere else. */
    event = (struct event){
        .sequence = 8, .time = 5, .kind = EVENT_RESERVATION_UPDATED, .reservation = reservation};
    wire_event(&text, &event, &followed, NULL, WIRE_WITHOUT_PASSWORDS);
    assert_non_null(strstr(text.data, "\"stale\":true,\"phase\":\"live\",\"next_poll_at\":109}}"));
    buffer_fini(&text);
    meeting_free(meeting);
    reservation_free(reservation);
}

static void status_text(void **state)
{
    struct wire_app app = {
        .name = "default",
        .base_url = "https://open.feishu.cn",
        .token = "none",
        .token_expires_at = UNKNOWN,
        .rate_per_minute = 1000,
        .rate_per_second = 50,
        .paused_until = UNKNOWN,
        .last_success_at = UNKNOWN,
        .month_used = 7,
        .month_limit = UNKNOWN,
        .month_forecast = 9,
    };
    struct wire_status status = {
        .version = "1",
        .health = "fine",
        .healthy = true,
        .apps = &app,
        .app_count = 1,
        .store = {.path = "/var/lib/meetingd/meetingd.db"},
        .configuration = "/etc/meetingd/meetingd.conf",
    };
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_status(&text, &status);
    assert_string_equal(
        text.data,
        "{\"version\":\"1\",\"pid\":0,\"started_at\":0,\"uptime\":0,\"healthy\":true,\"health\":\"fine\","
        "\"sequence\":0,"
        "\"apps\":[{\"name\":\"default\",\"base_url\":\"https://"
        "open.feishu.cn\",\"token\":\"none\",\"rate_per_minute\":1000,\"rate_per_second\":50,\"calls\":0,"
        "\"waiting\":0,\"under_way\":0,\"month_used\":7,\"month_forecast\":9,\"apis\":[]}],\"counts\":{"
        "\"plans\":0,"
        "\"reservations\":{\"planned\":0,"
        "\"reserving\":0,"
        "\"uncertain\":0,"
        "\"reserved\":0,\"live\":0,\"ended\":0,\"expired\":0,\"failed\":0,\"deleted\":0},\"meetings\":0,"
        "\"live\":0,"
        "\"participants\":0,\"problems\":0},\"store\":{\"path\":\"/var/lib/meetingd/"
        "meetingd.db\",\"failing\":false,"
        "\"written\":0,\"failed\":0,\"waiting\":0,\"slowest_ms\":0,\"busy_ms\":0},\"socket\":{"
        "\"connections\":0,"
        "\"accepted\":0,"
        "\"refused\":0,\"requests\":0},\"configuration\":\"/etc/meetingd/"
        "meetingd.conf\",\"loaded_at\":0,\"operator\":false}");
    buffer_fini(&text);
}

static void last_reload_text(void **state)
{
    struct string_list problems = {NULL, 0}, restart = {NULL, 0};
    struct wire_status status = {.last_reload = {5, &problems, &restart}};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    string_list_add(&problems, "meetingd.conf:7: \"x\"");
    string_list_add(&restart, "[daemon] socket");
    wire_status(&text, &status);
    assert_non_null(strstr(text.data,
                           "\"last_reload\":{\"at\":5,\"problems\":[\"meetingd.conf:7: \\\"x\\\"\"],"
                           "\"restart\":[\"[daemon] socket\"]}}"));
    buffer_clear(&text);
    wire_strings(&text, &restart);
    assert_string_equal(text.data, "[\"[daemon] socket\"]");
    buffer_fini(&text);
    string_list_fini(&problems);
    string_list_fini(&restart);
}

static void action_text(void **state)
{
    struct wire_action action = {.action = "create", .at = 1795397400, .calls = 1, .reason = "it is due"};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_action(&text, &action);
    assert_string_equal(text.data,
                        "{\"action\":\"create\",\"at\":1795397400,\"calls\":1,\"reason\":\"it is due\"}");
    buffer_clear(&text);
    action.name = "站会";
    action.occurrence = "站会@20261123T013000Z";
    action.reserve_id = "6911188411934973028";
    wire_action(&text, &action);
    assert_string_equal(text.data,
                        "{\"action\":\"create\",\"name\":\"站会\",\"occurrence\":\"站会@20261123T013000Z\","
                        "\"reserve_id\":\"6911188411934973028\",\"at\":1795397400,\"calls\":1,"
                        "\"reason\":\"it is due\"}");
    buffer_fini(&text);
}

static void text_of_an_event_about_nothing_else(void **state)
{
    struct event event = {.sequence = 7, .time = 5, .kind = EVENT_CONFIGURATION_RELOADED};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    wire_event(&text, &event, NULL, NULL, WIRE_WITH_PASSWORDS);
    assert_string_equal(text.data, "{\"sequence\":7,\"time\":5,\"kind\":\"configuration_reloaded\"}");
    buffer_fini(&text);
}

/* Where it says that there are none, both texts must be the same. */
static void an_event_with_a_password_is_known(void **state)
{
    struct reservation *reservation = reservation_new("a");
    struct meeting *meeting = meeting_new("7");
    const struct event about_nothing = {.kind = EVENT_CONFIGURATION_RELOADED},
                       event = {
                           .kind = EVENT_MEETING_CHANGED, .reservation = reservation, .meeting = meeting};
    char **passwords[] = {&reservation->password, &reservation->meeting_settings.password,
                          &meeting->password};

    (void)state;
    assert_false(wire_event_has_passwords(&about_nothing));
    assert_false(wire_event_has_passwords(&event));
    for (size_t i = 0; i < ELEMENTS(passwords); i++) {
        *passwords[i] = xstrdup("971024");
        assert_true(wire_event_has_passwords(&event));
        *passwords[i] = secret_free(*passwords[i]);
    }
    reservation_free(reservation);
    meeting_free(meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reservation_text), cmocka_unit_test(meeting_text),
        cmocka_unit_test(event_text),       cmocka_unit_test(an_event_with_a_password_is_known),
        cmocka_unit_test(status_text),      cmocka_unit_test(last_reload_text),
        cmocka_unit_test(action_text),      cmocka_unit_test(text_of_an_event_about_nothing_else),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
