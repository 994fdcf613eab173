/* The five operations against a scripted peer: what leaves, what comes back, every class of failure, what is
 * surely not done and what is open. */
#include "lib/test.h"

#include "base/base.h"
#include "lib/api-fixture.h"

static void requests_are_what_feishu_wants(void **state)
{
    struct fixture *fixture = *state;
    static const struct step good[] = {{200, WHOLE, RESERVE}, {.status = 0}};
    static const char json[] = " | Bearer t-a-1 | application/json; charset=utf-8 | ";
    struct outcome outcome = {.done = false};

    fixture->steps = good;
    for (int type = 0; type < USER_ID_TYPES; type++) {
        const char *name = user_id_type_name((enum user_id_type)type);
        CLEANUP_FREE char *expected = xasprintf(
            "POST " RESERVES "/apply?user_id_type=%s%s{\"end_time\":\"1608888867\",\"owner_id\":\"ou_o\","
            "\"meeting_settings\":{\"topic\":\"my "
            "meeting\",\"meeting_connect\":true,\"password\":\"971024\"}}\n"
            "PUT " RESERVES "/" ID
            "?user_id_type=%s%s{\"end_time\":\"1608888867\",\"meeting_settings\":{\"topic\":"
            "\"my meeting\",\"password\":\"971024\"}}\n"
            "DELETE " RESERVES "/" ID " | Bearer t-a-1 | - | \n"
            "GET " RESERVES "/" ID "?user_id_type=%s | Bearer t-a-1 | - | \n"
            "GET " RESERVES "/" ID
            "/get_active_meeting?with_participants=true&user_id_type=%s | Bearer t-a-1 | - | \n"
            "GET /open-apis/vc/v1/meetings/" ID
            "?with_participants=true&with_meeting_ability=true&user_id_type=%s | Bearer t-a-1 | - | \n"
            "GET /open-apis/vc/v1/meetings/list_by_no?meeting_no=112000358&start_time=1608883322&end_time="
            "1608888867&page_size=50 | Bearer t-a-1 | - | \n",
            name, json, name, json, name, name, name);

        fixture->clients[0].app.user_id_type = (enum user_id_type)type;
        buffer_clear(&fixture->lines);
        for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
            api_run(fixture, (enum feishu_api)api, &outcome);
            assert_int_equal(outcome.result.outcome, FEISHU_OK);
            assert_int_equal(outcome.result.api, api);
        }
        assert_string_equal(fixture->lines.data, expected);
    }
    assert_int_equal(fixture->tokens, 1);
    buffer_clear(&fixture->lines);
    fixture->clients[0].app.user_id_type = USER_ID_TYPE_OPEN_ID;
    outcome_fini(&outcome);
    feishu_get_active_meeting(fixture->clients[0].feishu, "a/../b?c#d e%\xc3\xa9", false,
                              outcome_note_meeting, &outcome);
    test_run_until(&fixture->loop, &outcome.done);
    feishu_update(fixture->clients[0].feishu, "..", UNKNOWN, NULL, outcome_note_reserve, &outcome);
    outcome.done = false;
    test_run_until(&fixture->loop, &outcome.done);
    assert_string_equal(fixture->lines.data,
                        "GET " RESERVES
                        "/a%2F%2E%2E%2Fb%3Fc%23d%20e%25%C3%A9/get_active_meeting?with_participants="
                        "false&user_id_type=open_id | Bearer t-a-1 | - | \n"
                        "PUT " RESERVES "/%2E%2E?user_id_type=open_id | Bearer t-a-1 | application/json; "
                        "charset=utf-8 | {}\n");
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        assert_true(fixture->clients[0].counted[api] >= 3);
    outcome_fini(&outcome);
}

static void answers_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {.done = false};

    for (int api = FEISHU_APPLY; api <= FEISHU_GET; api++) {
        api_run_one(fixture, (enum feishu_api)api, &(struct step){200, WHOLE, RESERVE}, &outcome);
        assert_int_equal(outcome.has_reserve, api != FEISHU_DELETE);
        if (api != FEISHU_DELETE)
            assert_string_equal(outcome.meeting_no, "112000358");
        assert_int_equal(outcome.result.http_status, 200);
        assert_int_equal(outcome.result.server_time, 1795397400);
        assert_int_equal(outcome.result.latency_ms, 70);
        assert_int_equal(outcome.result.retry_after_ms, UNKNOWN);
        assert_string_equal(outcome.result.log_id, "2026log");
        assert_string_equal(outcome.result.message, "");
        assert_false(outcome.result.surely_not_done);
    }
    api_run_one(
        fixture, FEISHU_GET_ACTIVE_MEETING,
        &(struct step){200, WHOLE,
                       "{\"code\":0,\"data\":{\"meeting\":{\"id\":77,\"status\":2,\"participants\":[]}}}"},
        &outcome);
    assert_string_equal(outcome.meeting->id, "77");
    assert_true(outcome.meeting->participants_known);
    outcome_fini(&outcome);
}

static void every_way_to_say_that_there_is_no_meeting(void **state)
{
    struct fixture *fixture = *state;
    static const struct step steps[] = {
        {404, WHOLE, "{\"code\":121004,\"msg\":\"data not exist\"}"},
        {200, WHOLE, "{\"code\":121004,\"msg\":\"data not exist\",\"data\":\"\"}"},
        {200, WHOLE, "{\"code\":0,\"msg\":\"success\"}"},
        {200, WHOLE, NO_MEETING},
        {200, WHOLE, "{\"code\":0,\"data\":null}"},
        {200, WHOLE, "{\"code\":0,\"data\":{\"meeting\":null}}"},
        {200, WHOLE, "{\"code\":0,\"data\":{\"meeting\":{}}}"},
        {200, WHOLE, "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"\"}}}"},
    };
    struct outcome outcome = {.done = false};

    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        api_run_one(fixture, FEISHU_GET_ACTIVE_MEETING, &steps[i], &outcome);
        if (outcome.result.outcome != FEISHU_OK || outcome.meeting != NULL)
            fail_msg("%s: %s", steps[i].body, outcome.result.message);
        /* Which may mean that the reservation is gone. */
        assert_int_equal(outcome.result.code, i < 2 ? 121004 : 0);
        assert_string_equal(outcome.result.message, "");
    }
    api_run_one(fixture, FEISHU_GET_ACTIVE_MEETING,
                &(struct step){200, WHOLE, "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"1\",\"status\":3}}}"},
                &outcome);
    assert_int_equal(outcome.meeting->status, MEETING_ENDED);
    /* A path that Feishu does not know is no such word. */
    api_run_one(fixture, FEISHU_GET_ACTIVE_MEETING, &(struct step){404, WHOLE, "404 page not found"},
                &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    api_run_one(fixture, FEISHU_GET_ACTIVE_MEETING,
                &(struct step){404, WHOLE, "{\"code\":122002,\"msg\":\"x\"}"}, &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_PERMANENT);
    outcome_fini(&outcome);
}

/* Each class of failure, for each operation. */
static void failures_are_classed(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        struct step step;
        enum feishu_outcome outcome;
        bool surely_not_done;
        const char *message; /* behind the API's name */
    } cases[] = {
        {{400, WHOLE, "{\"code\":121003,\"msg\":\"param error\"}"},
         FEISHU_PERMANENT,
         true,
         ": HTTP 400, code 121003 (param error), log id 2026log: check "},
        {{404, WHOLE, "{\"code\":121004,\"msg\":\"data not exist\"}"},
         FEISHU_NOT_FOUND,
         true,
         ": HTTP 404, code 121004"},
        {{403, WHOLE, "{\"code\":121005,\"msg\":\"no permission\"}"},
         FEISHU_PERMISSION,
         true,
         ": HTTP 403, code 121005"},
        {{500, WHOLE, "{\"code\":121001,\"msg\":\"internal error\"}"},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 500, code 121001"},
        {{500, WHOLE, "{\"code\":4711,\"msg\":\"x\"}"}, FEISHU_TRANSIENT, true, ": HTTP 500, code 4711"},
        {{400, WHOLE, "{\"code\":99991661,\"msg\":\"Missing access token\"}"},
         FEISHU_BAD_TOKEN,
         true,
         ": HTTP 400, code 99991661 (Missing access token), log id 2026log: the Authorization header"},
        {{429, WHOLE, "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}"},
         FEISHU_RATE,
         true,
         ": HTTP 429, code 99991400"},
        {{400, WHOLE, "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}"},
         FEISHU_RATE,
         true,
         ": HTTP 400, code 99991400"},
        {{429, WHOLE, ""}, FEISHU_RATE, true, ": HTTP 429, log id 2026log: "},
        {{429, WHOLE, "{\"code\":99991403,\"msg\":\"quota\"}"},
         FEISHU_QUOTA,
         true,
         ": HTTP 429, code 99991403"},
        {{400, WHOLE, "{\"code\":99991672,\"msg\":\"Access denied. [vc:reserve]\"}"},
         FEISHU_PERMISSION,
         true,
         ": HTTP 400, code 99991672 (Access denied. [vc:reserve]), log id 2026log: give the app this scope "
         "in the "
         "developer console, and publish a version (vc:reserve)"},
        /* Nobody knows what was done. */
        {{500, WHOLE, ""}, FEISHU_TRANSIENT, false, ": HTTP 500, log id 2026log: "},
        {{502, WHOLE, "<html>"}, FEISHU_TRANSIENT, false, ": HTTP 502, log id 2026log: "},
        {{404, WHOLE, "404 page not found"}, FEISHU_TRANSIENT, false, ": HTTP 404, log id 2026log: "},
        {{200, WHOLE, "{\"code\":0,\"data\":{\"reserve\":{\"id\":\"69"},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 200, log id 2026log: the answer is not a JSON object"},
        {{200, WHOLE, "{\"code\":0,\"data\":[]}"},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 200, log id 2026log: the answer's data is not an object"},
        {{200, WHOLE, "{\"code\":\"x\"}"},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 200, log id 2026log: the answer's code is not a number"},
        {{200, WHOLE, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 200, log id 2026log: the answer is nested too deep"},
        {{200, CUT, "{\"code\":0"},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 200, log id 2026log: the answer of 127.0.0.1 was cut"},
        {{200, TOO_LARGE, ""},
         FEISHU_TRANSIENT,
         false,
         ": HTTP 200, log id 2026log: the answer of 127.0.0.1 is too large"},
        {{200, STALL, ""}, FEISHU_TRANSIENT, false, ": 127.0.0.1 did not answer within 0.2 s"},
        {{200, RESET, ""}, FEISHU_TRANSIENT, false, ": the connection to 127.0.0.1 broke"},
    };
    struct outcome outcome = {.done = false};

    api_run_one(fixture, FEISHU_DELETE, &(struct step){200, WHOLE, NO_MEETING},
                &outcome); /* brings the token */
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
            CLEANUP_FREE char *message =
                xasprintf("%s%s", feishu_api_name((enum feishu_api)api), cases[i].message);
            unsigned before = fixture->operations;

            fixture->clients[0].app.timeout_ms = cases[i].step.end == STALL ? 200 : LONG_MS;
            api_run_one(fixture, (enum feishu_api)api, &cases[i].step, &outcome);
            assert_false(outcome.has_reserve);
            assert_null(outcome.meeting);
            assert_int_equal(outcome.result.api, api);
            /* libcurl repeats what broke on a kept connection, but never an apply. */
            if (api == FEISHU_APPLY || cases[i].step.end != RESET)
                assert_int_equal(fixture->operations, before + 1);
            if (api == FEISHU_GET_ACTIVE_MEETING && cases[i].outcome == FEISHU_NOT_FOUND)
                continue;
            if (outcome.result.outcome != cases[i].outcome ||
                outcome.result.surely_not_done != cases[i].surely_not_done ||
                strncmp(outcome.result.message, message, strlen(message)) != 0)
                fail_msg("case %zu: outcome %d, not done %d, \"%s\"", i, outcome.result.outcome,
                         outcome.result.surely_not_done, outcome.result.message);
            assert_int_equal(outcome.result.retry_after_ms, cases[i].step.status == 429 ? 52000 : UNKNOWN);
        }
    }
    assert_int_equal(fixture->tokens, 1);
    outcome_fini(&outcome);
}

/* An apply whose answer never comes is open; one that had no connection is surely not done. And it leaves on
 * a connection of its own, once. */
static void an_apply_is_sent_once(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {.done = false};
    CLEANUP_FREE char *base_url = fixture->clients[0].app.base_url;
    unsigned connection;

    api_run_one(fixture, FEISHU_GET, &(struct step){200, WHOLE, RESERVE}, &outcome);
    connection = fixture->last_connection;
    api_run_one(fixture, FEISHU_APPLY, &(struct step){200, WHOLE, RESERVE}, &outcome);
    assert_int_not_equal(fixture->last_connection, connection);
    connection = fixture->last_connection;
    api_run_one(fixture, FEISHU_APPLY, &(struct step){200, END, ""}, &outcome);
    assert_int_not_equal(fixture->last_connection, connection);
    assert_int_equal(fixture->operations, 3);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    assert_false(outcome.result.surely_not_done);
    assert_string_equal(outcome.result.message, "apply: 127.0.0.1 closed the connection without an answer");

    fixture->clients[0].app.base_url = xstrdup("http://127.0.0.1:1");
    api_run_one(fixture, FEISHU_APPLY, &(struct step){200, WHOLE, RESERVE}, &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    assert_true(outcome.result.surely_not_done);
    assert_string_equal(outcome.result.message, "apply: cannot connect to 127.0.0.1: Connection refused");
    free(fixture->clients[0].app.base_url);
    fixture->clients[0].app.base_url = xstrdup("http://open.feishu.cn");
    api_run_one(fixture, FEISHU_APPLY, &(struct step){200, WHOLE, RESERVE}, &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_PERMANENT);
    assert_true(outcome.result.surely_not_done);
    assert_int_equal(fixture->operations, 3);
    outcome_fini(&outcome);
}

/* Code 0 without what the operation must bring. */
static void a_good_answer_must_have_its_reservation(void **state)
{
    struct fixture *fixture = *state;
    static const struct step steps[] = {
        {200, WHOLE, NO_MEETING},
        {200, WHOLE, "{\"code\":0,\"data\":{\"reserve\":null}}"},
        {200, WHOLE, "{\"code\":0,\"data\":{\"reserve\":{}}}"},
        {200, WHOLE, "{\"code\":0,\"data\":{\"reserve\":{\"id\":\"0\"}}}"},
    };
    struct outcome outcome = {.done = false};

    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        api_run_one(fixture, FEISHU_APPLY, &steps[i], &outcome);
        assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
        assert_false(outcome.result.surely_not_done);
        assert_false(outcome.has_reserve);
        assert_ptr_equal(
            strstr(outcome.result.message, "apply: HTTP 200, log id 2026log: the answer has no re"),
            outcome.result.message);
        /* The id of these two is known. */
        api_run_one(fixture, FEISHU_UPDATE, &steps[i], &outcome);
        assert_int_equal(outcome.result.outcome, FEISHU_OK);
        assert_string_equal(outcome.reserve_id, ID);
        api_run_one(fixture, FEISHU_GET, &steps[i], &outcome);
        assert_int_equal(outcome.result.outcome, i < 2 ? FEISHU_TRANSIENT : FEISHU_OK);
        api_run_one(fixture, FEISHU_DELETE, &steps[i], &outcome);
        assert_int_equal(outcome.result.outcome, FEISHU_OK);
    }
    api_run_one(fixture, FEISHU_UPDATE, &(struct step){200, WHOLE, "{\"code\":0,\"data\":{\"reserve\":7}}"},
                &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    api_run_one(fixture, FEISHU_GET_ACTIVE_MEETING,
                &(struct step){200, WHOLE, "{\"code\":0,\"data\":{\"meeting\":7}}"}, &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    assert_string_equal(outcome.result.message,
                        "get_active_meeting: HTTP 200, log id 2026log: the answer's meeting "
                        "is not an object");
    outcome_fini(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_what_feishu_wants, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(answers_are_told, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(every_way_to_say_that_there_is_no_meeting, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(failures_are_classed, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(an_apply_is_sent_once, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(a_good_answer_must_have_its_reservation, api_fixture_start,
                                        api_fixture_end),
    };

    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
