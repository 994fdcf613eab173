/* Meetings as get_active_meeting answers them (feishu-api.md 1.7, reserve-resource.zh.md): every field inside
 * `meeting` and beside it, missing, null, and of another type; every way to say that there is none. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "base/buffer.h"
#include "lib/codec-check.h"

static struct meeting *read_meeting(const char *text, bool with_participants)
{
    struct meeting *meeting = NULL;
    struct codec_answer answer;
    struct error error;

    parse(text, &answer);
    if (codec_meeting(&answer, with_participants, &meeting, &error) != 0)
        fail_msg("%s: %s", text, error.text);
    codec_answer_fini(&answer); /* nothing of it is borrowed */
    return meeting;
}

static void check_participant(const struct participant *participant)
{
    assert_string_equal(participant->id, "ou_3ec3f6a28a0d08c45d895276e8e5e19b");
    assert_int_equal(participant->first_join_time, 1624438144);
    assert_int_equal(participant->final_leave_time, UNKNOWN); /* in the room */
    assert_int_equal(participant->in_meeting_duration, 123);
    assert_int_equal(participant->user_type, USER_TYPE_LARK);
    assert_int_equal(participant->is_host, FLAG_YES);
    assert_int_equal(participant->is_cohost, FLAG_NO);
    assert_int_equal(participant->is_external, FLAG_NO);
    assert_int_equal(participant->status, PARTICIPANT_IN_MEETING);
}

/* The sample of feishu-api.md 1.7, with the newer fields. */
static void the_api_pages_sample(void **state)
{
    struct meeting *meeting = read_meeting(
        "{\"code\":0,\"msg\":\"success\",\"data\":{\"meeting\":{\"id\":\"6911188411934433028\",\"topic\":"
        "\"my "
        "meeting\",\"url\":\"https://vc.feishu.cn/j/"
        "337736498\",\"meeting_no\":\"123456789\",\"password\":\"971024\","
        "\"create_time\":\"1608885566\",\"start_time\":\"1608883322\",\"end_time\":\"1608888867\",\"meeting_"
        "connect\":"
        "true,\"note_id\":\"1\",\"host_user\":{\"id\":\"ou_3ec3f6a28a0d08c45d895276e8e5e19b\",\"user_type\":"
        "1},"
        "\"status\":2,\"participant_count\":\"10\",\"participant_count_accumulated\":\"15\",\"participants\":"
        "[{\"id\":"
        "\"ou_3ec3f6a28a0d08c45d895276e8e5e19b\",\"first_join_time\":\"1624438144\",\"final_leave_time\":"
        "\"1624438144\",\"in_meeting_duration\":\"123\",\"user_type\":1,\"is_host\":true,\"is_cohost\":false,"
        "\"is_external\":false,\"status\":2}],\"ability\":{\"use_video\":true,\"use_audio\":false,\"use_"
        "share_screen\":"
        "true,\"use_follow_screen\":false,\"use_recording\":true,\"use_pstn\":false}}}}",
        true);

    (void)state;
    assert_string_equal(meeting->id, "6911188411934433028");
    assert_string_equal(meeting->topic, "my meeting");
    assert_string_equal(meeting->url, "https://vc.feishu.cn/j/337736498");
    assert_string_equal(meeting->meeting_no, "123456789");
    assert_string_equal(meeting->password, "971024");
    assert_int_equal(meeting->create_time, 1608885566);
    assert_int_equal(meeting->start_time, 1608883322);
    assert_int_equal(meeting->end_time, UNKNOWN); /* it goes on */
    assert_int_equal(meeting->meeting_connect, FLAG_YES);
    assert_string_equal(meeting->host_user_id, "ou_3ec3f6a28a0d08c45d895276e8e5e19b");
    assert_int_equal(meeting->host_user_type, USER_TYPE_LARK);
    assert_int_equal(meeting->status, MEETING_IN_PROGRESS);
    assert_int_equal(meeting->participant_count, 10);
    assert_int_equal(meeting->participant_count_accumulated, 15);
    assert_true(meeting->participants_known);
    assert_int_equal(meeting->participants_count, 1);
    check_participant(&meeting->participants[0]);
    assert_int_equal(meeting->in_meeting, 1);
    assert_int_equal(meeting->ability.use_video, FLAG_YES);
    assert_int_equal(meeting->ability.use_audio, FLAG_NO);
    assert_int_equal(meeting->ability.use_share_screen, FLAG_YES);
    assert_int_equal(meeting->ability.use_follow_screen, FLAG_NO);
    assert_int_equal(meeting->ability.use_recording, FLAG_YES);
    assert_int_equal(meeting->ability.use_pstn, FLAG_NO);
    meeting_free(meeting);
}

/* The sample of the resource's page as it stands there: no code, the request's fields around it, a comma
 * before a closing brace, and half of the meeting beside `meeting`. */
static const char resource_sample[] =
    "{\n    \"reserve_id\":\"6911188411932033028\",\n    \"user_id_type\":\"open_id\",\n"
    "    \"end_time\":\"1608888867\",\n    \"meeting_settings\":{\n        \"topic\":\"my meeting\"\n    },\n"
    "    \"with_participants\":false,\n    \"data\":{\n        \"meeting\":{\n"
    "            \"id\": \"6911188411934433028\",\n            \"topic\": \"my meeting\",\n"
    "            \"url\":\"https://vc.feishu.cn/j/337736498\",\n            \"meeting_no\": \"235812466\",\n"
    "            \"password\":\"971024\",\n            \"create_time\":\"1608885566\",\n"
    "            \"start_time\": \"1608883322\",\n            \"end_time\": \"1608883899\",\n"
    "            \"host_user\": {\n                \"id\":\"ou_3ec3f6a28a0d08c45d895276e8e5e19b\",\n"
    "                \"user_type\": 1\n            },\n        },\n        \"status\": 2,\n"
    "            \"participant_count\": \"10\",\n            \"participant_count_accumulated\":\"15\",\n"
    "            \"participants\": [\n                {\n"
    "                    \"id\": \"ou_3ec3f6a28a0d08c45d895276e8e5e19b\",\n"
    "                    \"first_join_time\":\"1624438144\",\n"
    "                    \"final_leave_time\":\"1624438144\",\n"
    "                    \"in_meeting_duration\":\"123\",\n                    \"user_type\": 1,\n"
    "                    \"is_host\": true,\n                    \"is_cohost\": false,\n"
    "                    \"is_external\": false,\n                    \"status\": 2\n                }\n"
    "            ],\n            \"ability\": {\n                \"use_video\": true,\n"
    "                \"use_audio\": true,\n                \"use_share_screen\": true,\n"
    "                \"use_follow_screen\": true,\n                \"use_recording\": true,\n"
    "                \"use_pstn\": true\n            }\n    }\n}";

static void the_resource_pages_sample(void **state)
{
    struct meeting *meeting = read_meeting(resource_sample, true);

    (void)state;
    assert_string_equal(meeting->id, "6911188411934433028");
    assert_string_equal(meeting->topic, "my meeting");
    assert_string_equal(meeting->meeting_no, "235812466");
    assert_string_equal(meeting->password, "971024");
    assert_int_equal(meeting->start_time, 1608883322);
    assert_string_equal(meeting->host_user_id, "ou_3ec3f6a28a0d08c45d895276e8e5e19b");
    assert_int_equal(meeting->status, MEETING_IN_PROGRESS);
    assert_int_equal(meeting->participant_count, 10);
    assert_int_equal(meeting->participant_count_accumulated, 15);
    assert_int_equal(meeting->participants_count, 1);
    check_participant(&meeting->participants[0]);
    assert_int_equal(meeting->ability.use_pstn, FLAG_YES);
    meeting_free(meeting);
}

/* feishu-api.md 1.7; 404 with 121004 is the API's business. */
static void no_meeting_now(void **state)
{
    static const char *const texts[] = {
        "{\"code\":0,\"msg\":\"success\"}",
        "{\"code\":0,\"data\":null}",
        "{\"code\":0,\"data\":{}}",
        "{\"code\":0,\"data\":{\"meeting\":null}}",
        "{\"code\":0,\"data\":{\"meeting\":{}}}",
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"\"}}}",
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":null}}}",
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"0\"}}}",
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":0}}}",
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"\",\"topic\":\"\",\"participant_count\":\"0\"}}}",
        "{\"code\":0,\"data\":{\"status\":2,\"participants\":[{\"id\":\"ou_x\",\"status\":2}]}}",
    };
    struct meeting *ended;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        if (read_meeting(texts[i], true) != NULL)
            fail_msg("a meeting in %s", texts[i]);
    }
    /* An ended one is told: its end is worth knowing. */
    ended = read_meeting(
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"status\":3,\"end_time\":\"1608888867\"}}}", false);
    assert_int_equal(ended->status, MEETING_ENDED);
    assert_int_equal(ended->end_time, 1608888867);
    meeting_free(ended);
}

static void what_is_no_meeting(void **state)
{
    static const struct {
        const char *meeting;
        const char *error;
    } cases[] = {
        {"[]", "the answer's meeting is not an object"},
        {"\"\"", "the answer's meeting is not an object"},
        {"7", "the answer's meeting is not an object"},
        {"{\"id\":{}}", "the answer's meeting has an id that is none"},
        {"{\"id\":-1}", "the answer's meeting has an id that is none"},
        {"{\"id\":1.5}", "the answer's meeting has an id that is none"},
        {"{\"id\":6.911188411934433028e18}", "the answer's meeting has an id that is none"},
        {"{\"id\":99999999999999999999}", "the answer's meeting has an id that is none"},
        {"{\"id\":false}", "the answer's meeting has an id that is none"},
        {"{\"id\":\"a\\u0000b\"}", "the answer's meeting has an id that is none"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *text = xasprintf("{\"code\":0,\"data\":{\"meeting\":%s}}", cases[i].meeting);
        struct meeting *meeting = NULL;
        struct codec_answer answer;
        struct error error;

        parse(text, &answer);
        if (codec_meeting(&answer, true, &meeting, &error) != -EBADMSG)
            fail_msg("%s is taken", text);
        check_text(text, error.text, cases[i].error);
        assert_null(meeting);
        codec_answer_fini(&answer);
    }
}

/* The numbers of a meeting, by name. */
static int64_t number_of(const struct meeting *meeting, const char *name)
{
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"create_time", meeting->create_time},
        {"start_time", meeting->start_time},
        {"end_time", meeting->end_time},
        {"status", meeting->status},
        {"participant_count", meeting->participant_count},
        {"participant_count_accumulated", meeting->participant_count_accumulated},
    };

    for (size_t i = 0; i < ELEMENTS(numbers); i++) {
        if (strcmp(name, numbers[i].name) == 0)
            return numbers[i].value;
    }
    fail_msg("no number %s", name);
    return 0;
}

/* Each number inside `meeting` and beside it, as text, as a number, and as what is none. */
static void each_number_of_a_meeting(void **state)
{
    static const char *const names[] = {"create_time", "start_time",        "end_time",
                                        "status",      "participant_count", "participant_count_accumulated"};
    static const struct {
        const char *value;
        int64_t number;
    } values[] = {
        {"\"3\"", 3},
        {"3", 3},
        {"null", UNKNOWN},
        {"\"\"", UNKNOWN},
        {"\"3x\"", UNKNOWN},
        {"\"-3\"", UNKNOWN},
        {"-3", UNKNOWN},
        {"3.5", UNKNOWN},
        {"[]", UNKNOWN},
        {"{}", UNKNOWN},
        {"true", UNKNOWN},
        {"\"99999999999999999999\"", UNKNOWN},
        {"9223372036854775807", UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(names); i++) {
        for (size_t j = 0; j < ELEMENTS(values); j++) {
            /* Only an ended meeting has an end. */
            const char *ended = strcmp(names[i], "end_time") == 0 ? ",\"status\":3" : "";
            CLEANUP_FREE char *inside =
                xasprintf("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"%s\":%s%s}}}", names[i],
                          values[j].value, ended);
            CLEANUP_FREE char *beside =
                xasprintf("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\"},\"%s\":%s%s}}", names[i],
                          values[j].value, ended);
            struct meeting *first = read_meeting(inside, false), *second = read_meeting(beside, false);

            if (number_of(first, names[i]) != values[j].number ||
                number_of(second, names[i]) != values[j].number)
                fail_msg("%s: %lld, beside: %lld", inside, (long long)number_of(first, names[i]),
                         (long long)number_of(second, names[i]));
            meeting_free(first);
            meeting_free(second);
        }
    }
}

/* Texts and objects: inside wins over beside, null inside does not. */
static void fields_inside_and_beside(void **state)
{
    struct meeting *meeting = read_meeting(
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":77,\"topic\":\"inside\",\"url\":null,\"meeting_no\":"
        "123456789,"
        "\"host_user\":{\"id\":5,\"user_type\":\"6\"},\"meeting_connect\":\"false\",\"participants\":null},"
        "\"id\":\"78\",\"topic\":\"beside\",\"url\":\"https://"
        "beside\",\"password\":\"12345\",\"host_user\":{\"id\":\"x\"},"
        "\"participants\":[{\"id\":\"ou_x\"}],\"ability\":{\"use_pstn\":1}}}",
        true);

    (void)state;
    assert_string_equal(meeting->id, "77");
    assert_string_equal(meeting->topic, "inside");
    assert_string_equal(meeting->url, "https://beside");
    assert_string_equal(meeting->meeting_no, "123456789");
    assert_string_equal(meeting->password, "12345");
    assert_string_equal(meeting->host_user_id, "5");
    assert_int_equal(meeting->host_user_type, USER_TYPE_PSTN);
    assert_int_equal(meeting->meeting_connect, FLAG_NO);
    assert_int_equal(meeting->participants_count, 1);
    assert_int_equal(meeting->ability.use_pstn, FLAG_YES);
    assert_int_equal(meeting->ability.use_video, FLAG_UNSET);
    meeting_free(meeting);
}

static void what_is_not_told_is_not_known(void **state)
{
    struct meeting *meeting = read_meeting("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"topic\":7,"
                                           "\"host_user\":[],\"ability\":\"x\",\"status\":0,"
                                           "\"participants\":{}}}}",
                                           true);

    (void)state;
    assert_null(meeting->topic);
    assert_null(meeting->url);
    assert_null(meeting->meeting_no);
    assert_null(meeting->password);
    assert_null(meeting->host_user_id);
    assert_int_equal(meeting->host_user_type, UNKNOWN);
    assert_int_equal(meeting->status, UNKNOWN);
    assert_int_equal(meeting->meeting_connect, FLAG_UNSET);
    assert_int_equal(meeting->ability.use_video, FLAG_UNSET);
    assert_false(meeting->participants_known);
    assert_int_equal(meeting->in_meeting, UNKNOWN);
    meeting_free(meeting);
}

static void participants_are_counted_by_status(void **state)
{
    static const char text[] =
        "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"status\":2,\"participant_count\":\"9\","
        "\"participants\":["
        "{\"id\":\"a\",\"status\":1},{\"id\":\"b\",\"status\":2,\"final_leave_time\":\"0\"},{\"id\":\"c\","
        "\"status\":\"2\"},"
        "{\"id\":\"d\",\"status\":3},{\"id\":\"e\",\"status\":4,\"final_leave_time\":\"1624438144\"},"
        "{\"status\":2,\"user_type\":6,\"is_host\":\"true\",\"is_external\":1},7,null,[],{}]}}}";
    struct meeting *meeting = read_meeting(text, true);

    (void)state;
    assert_int_equal(meeting->participants_count, 7);
    assert_int_equal(meeting->in_meeting, 3);
    assert_int_equal(meeting->participant_count, 9);
    assert_int_equal(meeting->participants[4].final_leave_time, 1624438144);
    assert_int_equal(meeting->participants[4].status, PARTICIPANT_LEFT);
    assert_null(meeting->participants[5].id);
    assert_int_equal(meeting->participants[5].user_type, USER_TYPE_PSTN);
    assert_int_equal(meeting->participants[5].is_host, FLAG_YES);
    assert_int_equal(meeting->participants[5].is_external, FLAG_YES);
    assert_int_equal(meeting->participants[5].is_cohost, FLAG_UNSET);
    assert_int_equal(meeting->participants[6].status, UNKNOWN);
    assert_int_equal(meeting->participants[6].first_join_time, UNKNOWN);
    assert_int_equal(meeting->participants[6].in_meeting_duration, UNKNOWN);
    meeting_free(meeting);
    /* A list that was not asked for is not believed to be whole. */
    meeting = read_meeting(text, false);
    assert_false(meeting->participants_known);
    assert_int_equal(meeting->in_meeting, UNKNOWN);
    meeting_free(meeting);
    /* An empty list is one. */
    meeting = read_meeting("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"participants\":[]}}}", true);
    assert_true(meeting->participants_known);
    assert_int_equal(meeting->in_meeting, 0);
    meeting_free(meeting);
}

/* A meeting of ten thousand is within the limits. */
static void a_large_meeting(void **state)
{
    struct buffer text = BUFFER_EMPTY;
    struct meeting *meeting;

    (void)state;
    buffer_append_text(&text, "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"participants\":[");
    for (int i = 0; i < 10000; i++)
        buffer_printf(&text,
                      "%s{\"id\":\"ou_%032d\",\"first_join_time\":\"1624438144\",\"final_leave_time\":\"0\","
                      "\"in_meeting_duration\":\"123\",\"user_type\":1,\"is_host\":false,\"is_cohost\":false,"
                      "\"is_external\":false,\"status\":2}",
                      i > 0 ? "," : "", i);
    buffer_append_text(&text, "]}}}");
    meeting = read_meeting(text.data, true);
    assert_int_equal(meeting->in_meeting, 10000);
    meeting_free(meeting);
    buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_api_pages_sample),
        cmocka_unit_test(the_resource_pages_sample),
        cmocka_unit_test(no_meeting_now),
        cmocka_unit_test(what_is_no_meeting),
        cmocka_unit_test(each_number_of_a_meeting),
        cmocka_unit_test(fields_inside_and_beside),
        cmocka_unit_test(what_is_not_told_is_not_known),
        cmocka_unit_test(participants_are_counted_by_status),
        cmocka_unit_test(a_large_meeting),
    };

    return cmocka_run_group_tests_name("codec-meeting", tests, NULL, NULL);
}
