/* Every code that Feishu's pages name, and answers without one, judged: what the caller is told, whether the
 * operation was surely not carried out, whether a fresh token may help, and the words for a person. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "feishu/codes.h"
#include "feishu/result.h"

#define SECRET "t-caecc734c2e3328a62489fe0648c4b98779515d3"

static struct http_answer answer_of(int status, const char *body)
{
    return (struct http_answer){
        .reason = "",
        .sent = true,
        .status = status,
        .body = body,
        .length = strlen(body),
        .content_type = "application/json; charset=utf-8",
        .log_id = "20260824103000A1B2C3D4E5F6A7B8C9D0",
        .ratelimit_reset_s = UNKNOWN,
        .server_time = UNKNOWN,
    };
}

/* Judges an answer; returns whether a fresh token may help. */
static bool judge(struct feishu_result *result, enum feishu_api api, const struct http_answer *http)
{
    static const char *const secrets[] = {NULL, SECRET, "", "971024"};
    struct codec_answer answer;
    bool renew = result_read(result, api, http, secrets, ELEMENTS(secrets), &answer);

    codec_answer_fini(&answer);
    return renew;
}

/* feishu-api.md 1.8, 3.1, 3.3 and 4, with the HTTP status that each comes with (200 where none is told). */
static void every_code_has_its_class(void **state)
{
    static const struct {
        int status;
        int64_t code;
        enum feishu_outcome outcome;
        bool renew_token;
    } cases[] = {
        {500, 121001, FEISHU_TRANSIENT, false},
        {400, 121002, FEISHU_PERMANENT, false},
        {400, 121003, FEISHU_PERMANENT, false},
        {404, 121004, FEISHU_NOT_FOUND, false},
        {403, 121005, FEISHU_PERMISSION, false},
        {400, 123002, FEISHU_PERMANENT, false},
        {400, 123003, FEISHU_PERMANENT, false},
        {400, 123004, FEISHU_PERMANENT, false},
        {409, 121006, FEISHU_TRANSIENT, false},
        {400, 122001, FEISHU_PERMANENT, false},
        {404, 122002, FEISHU_PERMANENT, false},
        {400, 122003, FEISHU_PERMANENT, false},
        {400, 122004, FEISHU_PERMANENT, false},
        {400, 122005, FEISHU_PERMANENT, false},
        {400, 122009, FEISHU_PERMANENT, false},
        {400, 124002, FEISHU_PERMANENT, false},
        {400, 126003, FEISHU_PERMANENT, false},
        {400, 126009, FEISHU_PERMANENT, false},
        {200, 99992351, FEISHU_PERMANENT, false},
        {200, 99992352, FEISHU_PERMANENT, false},
        {200, 99992353, FEISHU_PERMANENT, false},
        {200, 99992359, FEISHU_PERMANENT, false},
        {200, 99992360, FEISHU_PERMANENT, false},
        {200, 99992361, FEISHU_PERMANENT, false},
        {200, 99992363, FEISHU_PERMANENT, false},
        {200, 99992364, FEISHU_PERMANENT, false},
        {200, 99992381, FEISHU_PERMANENT, false},
        {400, 99992402, FEISHU_PERMANENT, false},
        {200, 10003, FEISHU_BAD_TOKEN, false},
        {200, 10012, FEISHU_BAD_TOKEN, false},
        {200, 10013, FEISHU_BAD_TOKEN, false},
        {200, 10014, FEISHU_BAD_TOKEN, false},
        {200, 10015, FEISHU_BAD_TOKEN, false},
        {200, 2200, FEISHU_TRANSIENT, false},
        {400, 99991661, FEISHU_BAD_TOKEN, false},
        {400, 99991663, FEISHU_BAD_TOKEN, true},
        {200, 99991663, FEISHU_BAD_TOKEN, true},
        {400, 99991664, FEISHU_BAD_TOKEN, true},
        {400, 99991665, FEISHU_BAD_TOKEN, true},
        {400, 99991668, FEISHU_BAD_TOKEN, true},
        {400, 99991671, FEISHU_BAD_TOKEN, true},
        {401, 99991677, FEISHU_BAD_TOKEN, true},
        {400, 99991677, FEISHU_BAD_TOKEN, true},
        {400, 99991543, FEISHU_BAD_TOKEN, false},
        {400, 99991401, FEISHU_PERMISSION, false},
        {400, 99991662, FEISHU_PERMISSION, false},
        {400, 99991672, FEISHU_PERMISSION, false},
        {400, 99991673, FEISHU_PERMISSION, false},
        {400, 99991674, FEISHU_PERMISSION, false},
        {400, 99991675, FEISHU_PERMANENT, false},
        {400, 99991676, FEISHU_PERMISSION, false},
        {400, 99991679, FEISHU_PERMISSION, false},
        {404, 99991201, FEISHU_PERMANENT, false},
        {404, 99991301, FEISHU_PERMANENT, false},
        {429, 99991400, FEISHU_RATE, false},
        {400, 99991400, FEISHU_RATE, false},
        {429, 99991403, FEISHU_QUOTA, false},
        {400, 99991403, FEISHU_QUOTA, false},
        /* Codes that nobody wrote down. */
        {400, 777, FEISHU_PERMANENT, false},
        {404, 777, FEISHU_PERMANENT, false},
        {401, 777, FEISHU_BAD_TOKEN, true},
        {403, 777, FEISHU_PERMISSION, false},
        {408, 777, FEISHU_TRANSIENT, false},
        {409, 777, FEISHU_TRANSIENT, false},
        {425, 777, FEISHU_TRANSIENT, false},
        {429, 777, FEISHU_TRANSIENT, false},
        {500, 777, FEISHU_TRANSIENT, false},
        {503, 777, FEISHU_TRANSIENT, false},
        {200, 777, FEISHU_TRANSIENT, false},
        {400, -1, FEISHU_PERMANENT, false},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *body =
            xasprintf("{\"code\":%lld,\"msg\":\"no\",\"data\":{}}", (long long)cases[i].code);
        CLEANUP_FREE char *start = xasprintf(
            "apply: HTTP %d, code %lld (no), log id 20260824103000A1B2C3D4E5F6A7B8C9D0: ", cases[i].status,
            (long long)cases[i].code);
        struct http_answer http = answer_of(cases[i].status, body);
        struct feishu_result result;
        bool renew = judge(&result, FEISHU_APPLY, &http);

        /* A code is a refusal; the one that is none is 121001. */
        if (result.outcome != cases[i].outcome || renew != cases[i].renew_token ||
            result.surely_not_done != (cases[i].code != 121001) || result.code != cases[i].code ||
            result.http_status != cases[i].status)
            fail_msg("HTTP %d, code %lld: outcome %d, renew %d, not done %d", cases[i].status,
                     (long long)cases[i].code, result.outcome, renew, result.surely_not_done);
        /* API, status, code and log id, and then what to do. */
        if (strncmp(result.message, start, strlen(start)) != 0 || strlen(result.message) <= strlen(start))
            fail_msg("\"%s\"", result.message);
    }
}

/* The advice alone is all that many people read. */
static void every_code_has_advice(void **state)
{
    static const int statuses[] = {200, 400, 401, 403, 404, 408, 409, 429, 500};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(statuses); i++) {
        assert_true(strlen(codes_find(777, statuses[i])->advice) > 10);
        assert_true(strlen(codes_without(statuses[i])->advice) > 10);
    }
}

static void an_answer_without_a_code(void **state)
{
    static const struct {
        int status;
        const char *type;
        const char *body;
        enum feishu_outcome outcome;
        bool surely_not_done;
        const char *message;
    } cases[] = {
        {404, "text/plain", "404 page not found", FEISHU_TRANSIENT, false,
         "get: HTTP 404, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: the answer is not a JSON object "
         "(text/plain): this is not Feishu's API: check base_url, and proxies on the way"},
        {502, "text/html", "<html>", FEISHU_TRANSIENT, false,
         "get: HTTP 502, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: the answer is not a JSON object "
         "(text/html): Feishu, or something on the way to it, failed"},
        {500, "", "", FEISHU_TRANSIENT, false,
         "get: HTTP 500, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: the answer is not a JSON object: Feishu, "
         "or something on the way to it, failed"},
        {500, "application/json", "{\"code\":0}", FEISHU_TRANSIENT, false, NULL},
        {204, "", "", FEISHU_TRANSIENT, false, NULL},
        {200, "application/json", "{}", FEISHU_TRANSIENT, false,
         "get: HTTP 200, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: the answer has no code "
         "(application/json): this is not Feishu's API: check base_url, and proxies on the way"},
        {302, "", "", FEISHU_TRANSIENT, false, NULL},
        {400, "application/json", "{\"code\":0,\"data\":{}}", FEISHU_TRANSIENT, false,
         "get: HTTP 400, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: code 0 with an HTTP status that is none "
         "of success (application/json): this is not Feishu's API: check base_url, and proxies on the way"},
        {407, "text/html", "", FEISHU_TRANSIENT, false, NULL},
        {429, "", "", FEISHU_RATE, true, NULL},
        {429, "text/plain", "slow down", FEISHU_RATE, true,
         "get: HTTP 429, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: the answer is not a JSON object "
         "(text/plain): over the rate limit: meetingd waits"},
        {429, "application/json", "{\"code\":0}", FEISHU_RATE, true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct http_answer http = answer_of(cases[i].status, cases[i].body);
        struct feishu_result result;

        http.content_type = cases[i].type;
        assert_false(judge(&result, FEISHU_GET, &http));
        if (result.outcome != cases[i].outcome || result.surely_not_done != cases[i].surely_not_done ||
            result.code != 0 || result.http_status != cases[i].status)
            fail_msg("case %zu: outcome %d, not done %d", i, result.outcome, result.surely_not_done);
        if (cases[i].message != NULL)
            assert_string_equal(result.message, cases[i].message);
    }
}

static void no_answer_at_all(void **state)
{
    static const struct {
        int result;
        bool sent;
        int status;
        enum feishu_outcome outcome;
        const char *message;
    } cases[] = {
        {-ECONNREFUSED, false, 0, FEISHU_TRANSIENT, "apply: why"},
        {-ETIMEDOUT, true, 0, FEISHU_TRANSIENT, "apply: why"},
        {-ETIMEDOUT, true, 200, FEISHU_TRANSIENT,
         "apply: HTTP 200, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: why"},
        {-EMSGSIZE, true, 200, FEISHU_TRANSIENT,
         "apply: HTTP 200, log id 20260824103000A1B2C3D4E5F6A7B8C9D0: why"},
        {-EKEYREJECTED, false, 0, FEISHU_TRANSIENT, "apply: why"},
        {-EINVAL, false, 0, FEISHU_PERMANENT, "apply: why"},
        {-ECANCELED, false, 0, FEISHU_CANCELLED, "apply: why"},
        {-ECANCELED, true, 0, FEISHU_CANCELLED, "apply: why"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct http_answer http = answer_of(cases[i].status, "");
        struct feishu_result result;

        http.result = cases[i].result;
        http.sent = cases[i].sent;
        http.reason = "why";
        if (cases[i].status == 0)
            http.log_id = "";
        assert_false(judge(&result, FEISHU_APPLY, &http));
        assert_int_equal(result.outcome, cases[i].outcome);
        assert_int_equal(result.surely_not_done, !cases[i].sent);
        assert_string_equal(result.message, cases[i].message);
    }
}

static void the_missing_scope_is_named(void **state)
{
    static const struct {
        const char *body;
        const char *advice;
    } cases[] = {
        {"{\"code\":99991672,\"msg\":\"Access denied. One of the following scopes is required: [vc:reserve, "
         "vc:other]. https://open.feishu.cn/app/cli_x/auth?q=vc:reserve\"}",
         "give the app this scope in the developer console, and publish a version (vc:reserve, vc:other)"},
        {"{\"code\":99991672,\"msg\":\"Access denied. [no, no]\",\"error\":{\"permission_violations\":[{"
         "\"type\":\"action_privilege_required\",\"subject\":\"vc:reserve\"}]}}",
         "give the app this scope in the developer console, and publish a version (vc:reserve)"},
        {"{\"code\":99991679,\"error\":{\"permission_violations\":[{\"scope\":\"vc:reserve\",\"url\":\"u\"},"
         "{\"scope\":\"vc:reserve:readonly\"}]}}",
         "give the app this scope in the developer console, and publish a version (vc:reserve, "
         "vc:reserve:readonly)"},
        {"{\"code\":99991672,\"msg\":\"Access denied.\"}",
         "give the app this scope in the developer console, and publish a version"},
        {"{\"code\":99991672,\"msg\":\"[unended\"}",
         "give the app this scope in the developer console, and publish a version"},
        {"{\"code\":99992402,\"msg\":\"field validation failed\",\"error\":{\"field_violations\":[{\"field\":"
         "\"end_time\",\"value\":\"x\",\"description\":\"not a number\"}]}}",
         "a field is missing or has a value that Feishu does not take (end_time: not a number)"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct http_answer http = answer_of(400, cases[i].body);
        struct feishu_result result;
        const char *advice;

        judge(&result, FEISHU_APPLY, &http);
        advice = strstr(result.message, "C9D0: ");
        assert_non_null(advice);
        assert_string_equal(advice + strlen("C9D0: "), cases[i].advice);
    }
}

/* Endless names, and what controls a terminal, do not get far; the code and the log id stand in any case. */
static void hostile_text_is_tamed(void **state)
{
    CLEANUP_FREE char *filling = xalloc(100001), *body = NULL;
    struct http_answer http;
    struct feishu_result result;

    (void)state;
    memset(filling, '[', 100000);
    body = xstrdup("{\"code\":99991672,\"msg\":\"\\u001b[31m\\n\\u009b2J\\u007fx]\",\"error\":{"
                   "\"permission_violations\":[{\"subject\":\"\\r\\n\\u001bscope\"}]}}");
    http = answer_of(400, body);
    judge(&result, FEISHU_APPLY, &http);
    for (const char *at = result.message; *at != '\0'; at++)
        assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
    assert_null(strstr(result.message, "\xc2\x9b"));
    assert_non_null(strstr(result.message, "(   scope)"));

    free(body);
    /* As many brackets as are parsed at all. */
    body = xasprintf("{\"code\":121003,\"msg\":\"%.90000s\"}", filling);
    http = answer_of(400, body);
    judge(&result, FEISHU_APPLY, &http);
    assert_int_equal(result.code, 121003);
    assert_non_null(
        strstr(result.message, "[[…), log id 20260824103000A1B2C3D4E5F6A7B8C9D0: check owner_id"));
}

/* A log id is letters and digits; anything else is not shown. The body's takes the place of a missing header.
 */
static void log_ids_are_checked(void **state)
{
    static const struct {
        const char *header, *body, *log_id;
    } cases[] = {
        {"2026A", "2026B", "2026A"},
        {"", "2026B", "2026B"},
        {"", "", ""},
        {"a b", "2026B", "2026B"},
        {"x" SECRET "y", "2026B", "2026B"},
        {"20260971024", "", "20260971024"}, /* the password, by chance */
        {"a\x1b[31m", "x\\ny", ""},
        {"0123456789012345678901234567890123456789012345678901234567890123", "", ""},
        {"012345678901234567890123456789012345678901234567890123456789012", "",
         "012345678901234567890123456789012345678901234567890123456789012"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *body = xasprintf("{\"code\":121003,\"error\":{\"log_id\":\"%s\"}}", cases[i].body);
        struct http_answer http = answer_of(400, body);
        struct feishu_result result;

        http.log_id = cases[i].header;
        judge(&result, FEISHU_APPLY, &http);
        assert_string_equal(result.log_id, cases[i].log_id);
        assert_int_equal(strstr(result.message, "log id") != NULL, cases[i].log_id[0] != '\0');
    }
}

static void secrets_are_blotted_out(void **state)
{
    static const char *const bodies[] = {
        "{\"code\":99991663,\"msg\":\"Invalid access token " SECRET " and " SECRET ".\"}",
        "{\"code\":99992402,\"msg\":\"x\",\"error\":{\"field_violations\":[{\"field\":\"password\","
        "\"description\":\"971024 is bad, " SECRET "\"}]}}",
        "{\"code\":99991672,\"msg\":\"[" SECRET "]\"}",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bodies); i++) {
        struct http_answer http = answer_of(400, bodies[i]);
        struct feishu_result result;

        judge(&result, FEISHU_APPLY, &http);
        assert_non_null(strstr(result.message, "***"));
        assert_null(strstr(result.message, SECRET));
        assert_null(strstr(result.message, "971024"));
    }
}

static void what_headers_tell_is_passed_on(void **state)
{
    struct http_answer http =
        answer_of(429, "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}");
    struct feishu_result result;

    (void)state;
    http.ratelimit_reset_s = 52;
    http.server_time = 1795397400;
    judge(&result, FEISHU_GET, &http);
    assert_int_equal(result.retry_after_ms, 52000);
    assert_int_equal(result.server_time, 1795397400);
    http.ratelimit_reset_s = 0;
    judge(&result, FEISHU_GET, &http);
    assert_int_equal(result.retry_after_ms, 0);
    http.ratelimit_reset_s = INT64_C(30) * 24 * 3600;
    judge(&result, FEISHU_GET, &http);
    assert_int_equal(result.retry_after_ms, MS_PER_HOUR);
    http.ratelimit_reset_s = UNKNOWN;
    judge(&result, FEISHU_GET, &http);
    assert_int_equal(result.retry_after_ms, UNKNOWN);
}

static void success_is_quiet(void **state)
{
    struct http_answer http = answer_of(200, "{\"code\":0,\"msg\":\"success\",\"data\":{}}");
    struct feishu_result result;

    (void)state;
    assert_false(judge(&result, FEISHU_DELETE, &http));
    assert_int_equal(result.outcome, FEISHU_OK);
    assert_false(result.surely_not_done);
    assert_int_equal(result.code, 0);
    assert_string_equal(result.message, "");
    /* The resource's page shows an answer without a code. */
    http = answer_of(200, "{\"data\":{\"meeting\":{}}}");
    judge(&result, FEISHU_GET_ACTIVE_MEETING, &http);
    assert_int_equal(result.outcome, FEISHU_OK);
    /* An answer that lacks what it must have was perhaps acted upon. */
    result_unreadable(&result, "the answer has no reserve id in it");
    assert_int_equal(result.outcome, FEISHU_TRANSIENT);
    assert_false(result.surely_not_done);
    assert_string_equal(result.message,
                        "get_active_meeting: HTTP 200, log id "
                        "20260824103000A1B2C3D4E5F6A7B8C9D0: the answer has no reserve id in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_class),
        cmocka_unit_test(every_code_has_advice),
        cmocka_unit_test(an_answer_without_a_code),
        cmocka_unit_test(no_answer_at_all),
        cmocka_unit_test(the_missing_scope_is_named),
        cmocka_unit_test(hostile_text_is_tamed),
        cmocka_unit_test(log_ids_are_checked),
        cmocka_unit_test(secrets_are_blotted_out),
        cmocka_unit_test(what_headers_tell_is_passed_on),
        cmocka_unit_test(success_is_quiet),
    };

    return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
