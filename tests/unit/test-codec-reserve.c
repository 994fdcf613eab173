/* Reservations as apply, update and get answer them (feishu-api.md 1.3, 1.4, 1.6): every field there,
 * missing, null, and of another type. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "base/buffer.h"
#include "lib/codec-check.h"

static void read_reserve(const char *text, struct feishu_reserve *reserve)
{
    struct codec_answer answer;
    struct error error;

    parse(text, &answer);
    assert_int_equal(codec_reserve(&answer, reserve, &error), 0);
    codec_answer_fini(&answer); /* nothing of it is borrowed */
}

/* feishu-api.md 1.3, with the fields that only update and get have. */
static void a_whole_reservation(void **state)
{
    struct feishu_reserve reserve;
    const struct action_permission *permission;

    (void)state;
    read_reserve(
        "{\"code\":0,\"msg\":\"success\",\"data\":{\"reserve\":{\"id\":\"6911188411934973028\",\"meeting_"
        "no\":"
        "\"112000358\",\"password\":\"971024\",\"url\":\"https://vc.feishu.cn/j/337736498\",\"app_link\":"
        "\"https://applink.feishu.cn/client/videochat/open?source=openplatform&action=join&idtype="
        "reservationid&id={?}&preview={?}&mic={?}&speaker={?}&camera={?}\",\"live_link\":"
        "\"https://meetings.feishu.cn/s/1gub381l4gglv\",\"end_time\":\"1608883322\",\"expire_status\":1,"
        "\"reserve_user_id\":\"ou_3ec3f6a28a0d08c45d895276e8e5e19b\",\"meeting_settings\":{\"topic\":"
        "\"my "
        "meeting\",\"action_permissions\":[{\"permission\":1,\"permission_checkers\":[{\"check_field\":1,"
        "\"check_mode\":1,\"check_list\":[\"ou_a\",\"ou_b\"]},{\"check_field\":2,\"check_mode\":2,"
        "\"check_list\":[\"7\"]}]},{\"permission\":3,\"permission_checkers\":[{\"check_field\":3,"
        "\"check_mode\":1,\"check_list\":[\"2ca1d211f64f6438\"]}]}],\"meeting_initial_type\":1,"
        "\"meeting_connect\":true,\"call_setting\":{\"callee\":{\"id\":\"ou_c\",\"user_type\":6,"
        "\"pstn_sip_info\":{\"nickname\":\"dodo\",\"main_address\":\"+86-02187654321\"}}},"
        "\"auto_record\":false,\"assign_host_list\":[{\"user_type\":1,\"id\":\"ou_h\"}]}},"
        "\"reserve_correction_check_info\":{\"invalid_host_id_list\":[\"ou_x\",\"ou_y\"]}}}",
        &reserve);
    assert_string_equal(reserve.id, "6911188411934973028");
    assert_string_equal(reserve.meeting_no, "112000358");
    assert_string_equal(reserve.password, "971024");
    assert_string_equal(reserve.url, "https://vc.feishu.cn/j/337736498");
    assert_string_equal(reserve.app_link,
                        "https://applink.feishu.cn/client/videochat/"
                        "open?source=openplatform&action=join&idtype=reservationid&id={?}&preview={?}&mic={?}"
                        "&speaker={?}&camera={?}");
    assert_string_equal(reserve.live_link, "https://meetings.feishu.cn/s/1gub381l4gglv");
    assert_int_equal(reserve.end_time, 1608883322);
    assert_int_equal(reserve.expire_status, 1);
    assert_string_equal(reserve.reserve_user_id, "ou_3ec3f6a28a0d08c45d895276e8e5e19b");
    assert_int_equal(reserve.invalid_host_id_list.count, 2);
    assert_string_equal(reserve.invalid_host_id_list.items[1], "ou_y");

    assert_true(reserve.meeting_settings_known);
    assert_string_equal(reserve.meeting_settings.topic, "my meeting");
    assert_int_equal(reserve.meeting_settings.action_permission_count, 2);
    permission = &reserve.meeting_settings.action_permissions[0];
    assert_int_equal(permission->permission, PERMISSION_HOST);
    assert_int_equal(permission->count, 2);
    assert_int_equal(permission->checkers[0].check_field, CHECK_FIELD_USER_ID);
    assert_int_equal(permission->checkers[0].check_mode, CHECK_MODE_ALLOW);
    assert_int_equal(permission->checkers[0].check_list.count, 2);
    assert_string_equal(permission->checkers[0].check_list.items[1], "ou_b");
    assert_int_equal(permission->checkers[1].check_field, CHECK_FIELD_USER_TYPE);
    assert_int_equal(permission->checkers[1].check_mode, CHECK_MODE_DENY);
    assert_string_equal(permission->checkers[1].check_list.items[0], "7");
    assert_int_equal(reserve.meeting_settings.action_permissions[1].permission, PERMISSION_JOIN);
    assert_int_equal(reserve.meeting_settings.meeting_initial_type, MEETING_INITIAL_TYPE_GROUP);
    assert_int_equal(reserve.meeting_settings.meeting_connect, FLAG_YES);
    assert_int_equal(reserve.meeting_settings.auto_record, FLAG_NO);
    assert_int_equal(reserve.meeting_settings.assign_host_list.count, 1);
    assert_string_equal(reserve.meeting_settings.assign_host_list.items[0], "ou_h");
    assert_null(reserve.meeting_settings.password);
    assert_string_equal(reserve.meeting_settings.callee->id, "ou_c");
    assert_int_equal(reserve.meeting_settings.callee->user_type, USER_TYPE_PSTN);
    assert_string_equal(reserve.meeting_settings.callee->nickname, "dodo");
    assert_string_equal(reserve.meeting_settings.callee->main_address, "+86-02187654321");
    codec_reserve_fini(&reserve);
}

/* The settings that are sent come back as they were. */
static void settings_go_there_and_back(void **state)
{
    struct meeting_settings settings;
    struct feishu_reserve reserve;
    struct permission_checker *checker;
    CLEANUP_FREE char *text = NULL;
    char *body;

    (void)state;
    meeting_settings_init(&settings);
    str_set(&settings.topic, "a/b \"c\" \\ \n 每日站会 😀");
    for (int permission = PERMISSION_HOST; permission <= PERMISSION_JOIN; permission++) {
        for (int check_field = CHECK_FIELD_USER_ID; check_field <= CHECK_FIELD_TENANT_ID; check_field++) {
            checker = meeting_settings_add_checker(&settings, permission, check_field,
                                                   permission % 2 == 0 ? CHECK_MODE_ALLOW : CHECK_MODE_DENY);
            for (int i = 0; i < check_field; i++)
                string_list_add(&checker->check_list, "ou_x");
        }
    }
    settings.meeting_initial_type = MEETING_INITIAL_TYPE_CALL;
    settings.meeting_connect = FLAG_NO;
    settings.auto_record = FLAG_YES;
    settings.assign_host_list_set = true;
    string_list_add(&settings.assign_host_list, "ou_h");
    str_set(&settings.password, "0123");
    settings.callee = xalloc(sizeof(*settings.callee));
    settings.callee->user_type = USER_TYPE_PSTN;
    str_set(&settings.callee->main_address, "+86-1");
    body = codec_apply_request(1, "ou_o", &settings);
    text = xasprintf("{\"code\":0,\"data\":{\"reserve\":%s}}", body);
    secret_free(body);
    read_reserve(text, &reserve);
    assert_true(meeting_settings_equal(&settings, &reserve.meeting_settings));
    assert_int_equal(reserve.end_time, 1);
    codec_reserve_fini(&reserve);
    meeting_settings_fini(&settings);
}

/* One member of data.reserve, and what it becomes. */
static void each_field_of_a_reservation(void **state)
{
    static const struct {
        const char *member; /* of reserve */
        enum { ID, MEETING_NO, PASSWORD, URL, APP_LINK, LIVE_LINK, USER, END_TIME, EXPIRE_STATUS } field;
        const char *text;
        int64_t number;
    } cases[] = {
        {"\"id\":\"6911188411934973028\"", ID, "6911188411934973028", 0},
        {"\"id\":6911188411934973028", ID, "6911188411934973028", 0},
        {"\"id\":9223372036854775807", ID, "9223372036854775807", 0},
        {"\"id\":9223372036854775808", ID, "9223372036854775808", 0},
        {"\"id\":18446744073709551614", ID, "18446744073709551614", 0},
        /* json-c makes both of these the same number: neither can be told. */
        {"\"id\":18446744073709551615", ID, NULL, 0},
        {"\"id\":18446744073709551616", ID, NULL, 0},
        {"\"id\":7.072374382340243459e18", ID, NULL, 0},
        {"\"id\":-5", ID, NULL, 0},
        {"\"id\":0", ID, NULL, 0},
        {"\"id\":\"0\"", ID, NULL, 0},
        {"\"id\":\"\"", ID, NULL, 0},
        {"\"id\":null", ID, NULL, 0},
        {"\"id\":true", ID, NULL, 0},
        {"\"id\":[]", ID, NULL, 0},
        {"\"id\":\"a\\u0000b\"", ID, NULL, 0},
        {"\"ID\":\"1\"", ID, NULL, 0},
        {"\"meeting_no\":\"012345678\"", MEETING_NO, "012345678", 0},
        {"\"meeting_no\":112000358", MEETING_NO, "112000358", 0},
        {"\"meeting_no\":null", MEETING_NO, NULL, 0},
        {"\"password\":\"\"", PASSWORD, "", 0},
        {"\"password\":\"0123\"", PASSWORD, "0123", 0},
        {"\"password\":971024", PASSWORD, NULL, 0}, /* a leading 0 would be lost */
        {"\"url\":\"\"", URL, "", 0},
        {"\"url\":{}", URL, NULL, 0},
        {"\"app_link\":\"a\"", APP_LINK, "a", 0},
        {"\"live_link\":\"b\"", LIVE_LINK, "b", 0},
        {"\"reserve_user_id\":\"ou_x\"", USER, "ou_x", 0},
        {"\"reserve_user_id\":17", USER, "17", 0},
        {"\"reserve_user_id\":null", USER, NULL, 0},
        {"\"end_time\":\"1608883322\"", END_TIME, NULL, 1608883322},
        {"\"end_time\":1608883322", END_TIME, NULL, 1608883322},
        {"\"end_time\":\"0\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\"\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\"-1\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\"1608883322x\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\" 1608883322\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\"+1608883322\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\"0x10\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":1.5", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":\"99999999999999999999\"", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":99999999999999999999", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":9223372036854775807", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":null", END_TIME, NULL, UNKNOWN},
        {"\"end_time\":true", END_TIME, NULL, UNKNOWN},
        {"\"x\":1", END_TIME, NULL, UNKNOWN},
        {"\"expire_status\":0", EXPIRE_STATUS, NULL, 0},
        {"\"expire_status\":1", EXPIRE_STATUS, NULL, 1},
        {"\"expire_status\":2", EXPIRE_STATUS, NULL, 2},
        {"\"expire_status\":\"2\"", EXPIRE_STATUS, NULL, 2},
        {"\"expire_status\":-1", EXPIRE_STATUS, NULL, UNKNOWN},
        {"\"expire_status\":null", EXPIRE_STATUS, NULL, UNKNOWN},
        {"\"x\":1", EXPIRE_STATUS, NULL, UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *text = xasprintf("{\"code\":0,\"data\":{\"reserve\":{%s}}}", cases[i].member);
        struct feishu_reserve reserve;

        read_reserve(text, &reserve);
        switch (cases[i].field) {
        case ID:
            check_text(text, reserve.id, cases[i].text);
            break;
        case MEETING_NO:
            check_text(text, reserve.meeting_no, cases[i].text);
            break;
        case PASSWORD:
            check_text(text, reserve.password, cases[i].text);
            break;
        case URL:
            check_text(text, reserve.url, cases[i].text);
            break;
        case APP_LINK:
            check_text(text, reserve.app_link, cases[i].text);
            break;
        case LIVE_LINK:
            check_text(text, reserve.live_link, cases[i].text);
            break;
        case USER:
            check_text(text, reserve.reserve_user_id, cases[i].text);
            break;
        case END_TIME:
            if (reserve.end_time != cases[i].number)
                fail_msg("%s: %lld", text, (long long)reserve.end_time);
            break;
        case EXPIRE_STATUS:
            if (reserve.expire_status != cases[i].number)
                fail_msg("%s: %lld", text, (long long)reserve.expire_status);
            break;
        }
        codec_reserve_fini(&reserve);
    }
}

/* Parts of meeting_settings that are not as they should be: each is left out alone. */
static void strange_settings(void **state)
{
    static const struct {
        const char *settings;
        const char *sent; /* what would be sent of it */
    } cases[] = {
        {"{}", "{}"},
        {"{\"topic\":7}", "{}"},
        {"{\"topic\":\"\",\"unknown\":[1]}", "{\"topic\":\"\"}"},
        {"{\"action_permissions\":{}}", "{}"},
        {"{\"action_permissions\":null}", "{}"},
        {"{\"action_permissions\":[]}", "{\"action_permissions\":[]}"},
        {"{\"action_permissions\":[7,null,{},{\"permission\":1},{\"permission\":\"x\",\"permission_"
         "checkers\":[{"
         "\"check_field\":1,\"check_mode\":1,\"check_list\":[]}]}]}",
         "{\"action_permissions\":[]}"},
        {"{\"action_permissions\":[{\"permission\":\"2\",\"permission_checkers\":[7,{},{\"check_field\":1},{"
         "\"check_field\":\"2\",\"check_mode\":\"1\",\"check_list\":[6,\"\",null,\"7\"]},{\"check_field\":3,"
         "\"check_mode\":2}]}]}",
         "{\"action_permissions\":[{\"permission\":2,\"permission_checkers\":[{\"check_field\":2,\"check_"
         "mode\":1,"
         "\"check_list\":[\"6\",\"7\"]},{\"check_field\":3,\"check_mode\":2,\"check_list\":[]}]}]}"},
        {"{\"meeting_initial_type\":\"2\"}", "{\"meeting_initial_type\":2}"},
        {"{\"meeting_initial_type\":0}", "{}"},
        {"{\"meeting_initial_type\":99999999999}", "{}"},
        {"{\"meeting_connect\":\"true\",\"auto_record\":0}",
         "{\"meeting_connect\":true,\"auto_record\":false}"},
        {"{\"meeting_connect\":\"yes\",\"auto_record\":null}", "{}"},
        {"{\"assign_host_list\":[]}", "{\"assign_host_list\":[]}"},
        {"{\"assign_host_list\":[\"ou_a\",{},{\"id\":\"ou_b\"},{\"id\":5}]}",
         "{\"assign_host_list\":[{\"user_type\":1,\"id\":\"ou_b\"},{\"user_type\":1,\"id\":\"5\"}]}"},
        {"{\"call_setting\":{}}", "{}"},
        {"{\"call_setting\":{\"callee\":null}}", "{}"},
        {"{\"call_setting\":{\"callee\":{\"user_type\":6,\"pstn_sip_info\":[]}}}",
         "{\"call_setting\":{\"callee\":{\"user_type\":6}}}"},
        {"{\"password\":\"\"}", "{\"password\":\"\"}"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *text = xasprintf(
            "{\"code\":0,\"data\":{\"reserve\":{\"id\":\"1\",\"meeting_settings\":%s}}}", cases[i].settings);
        CLEANUP_FREE char *expected = xasprintf("{\"meeting_settings\":%s}", cases[i].sent);
        struct feishu_reserve reserve;
        char *body;

        read_reserve(text, &reserve);
        assert_true(reserve.meeting_settings_known);
        body = codec_apply_request(UNKNOWN, NULL, &reserve.meeting_settings);
        check_text(cases[i].settings, body, expected);
        secret_free(body);
        codec_reserve_fini(&reserve);
    }
}

static void what_is_no_reservation(void **state)
{
    static const struct {
        const char *text;
        int result;
        const char *error;
    } cases[] = {
        {"{\"code\":0}", -ENOENT, "the answer has no reservation in it"},
        {"{\"code\":0,\"data\":{}}", -ENOENT, "the answer has no reservation in it"},
        {"{\"code\":0,\"data\":{\"reserve\":null}}", -ENOENT, "the answer has no reservation in it"},
        {"{\"code\":0,\"data\":{\"reserve\":[]}}", -EBADMSG, "the answer's reserve is not an object"},
        {"{\"code\":0,\"data\":{\"reserve\":\"1\"}}", -EBADMSG, "the answer's reserve is not an object"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct feishu_reserve reserve = {.end_time = 77};
        struct codec_answer answer;
        struct error error;

        parse(cases[i].text, &answer);
        assert_int_equal(codec_reserve(&answer, &reserve, &error), cases[i].result);
        assert_string_equal(error.text, cases[i].error);
        assert_int_equal(reserve.end_time, 77);
        codec_answer_fini(&answer);
    }
}

static void an_empty_reservation_tells_nothing(void **state)
{
    struct feishu_reserve reserve;

    (void)state;
    read_reserve(
        "{\"code\":0,\"data\":{\"reserve\":{},\"reserve_correction_check_info\":{\"invalid_host_id_list\":"
        "null}}}",
        &reserve);
    assert_null(reserve.id);
    assert_null(reserve.meeting_no);
    assert_null(reserve.password);
    assert_false(reserve.meeting_settings_known);
    assert_int_equal(reserve.invalid_host_id_list.count, 0);
    codec_reserve_fini(&reserve);
    read_reserve(
        "{\"code\":0,\"data\":{\"reserve\":{},\"reserve_correction_check_info\":{\"invalid_host_id_list\":"
        "[null,\"\",7,\"ou_x\"]}}}",
        &reserve);
    assert_int_equal(reserve.invalid_host_id_list.count, 2);
    assert_string_equal(reserve.invalid_host_id_list.items[0], "7");
    codec_reserve_fini(&reserve);
}

/* A hostile list of checkers is cut, and costs no time that grows with its square. */
static void endless_permissions_are_cut(void **state)
{
    struct buffer text = BUFFER_EMPTY;
    struct feishu_reserve reserve;
    size_t count = 0;

    (void)state;
    buffer_append_text(&text,
                       "{\"code\":0,\"data\":{\"reserve\":{\"meeting_settings\":{\"action_permissions\":[");
    for (int i = 1; i <= 30000; i++)
        buffer_printf(&text,
                      "%s{\"permission\":%d,\"permission_checkers\":[{\"check_field\":1,\"check_mode\":1}]}",
                      i > 1 ? "," : "", i);
    buffer_append_text(&text, "]}}}}");
    read_reserve(text.data, &reserve);
    for (size_t i = 0; i < reserve.meeting_settings.action_permission_count; i++)
        count += reserve.meeting_settings.action_permissions[i].count;
    assert_int_equal(count, 1000);
    codec_reserve_fini(&reserve);
    buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_reservation),         cmocka_unit_test(settings_go_there_and_back),
        cmocka_unit_test(each_field_of_a_reservation), cmocka_unit_test(strange_settings),
        cmocka_unit_test(what_is_no_reservation),      cmocka_unit_test(an_empty_reservation_tells_nothing),
        cmocka_unit_test(endless_permissions_are_cut),
    };

    return cmocka_run_group_tests_name("codec-reserve", tests, NULL, NULL);
}
