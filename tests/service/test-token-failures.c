/* The tenant token refused, and every way in which its endpoint fails. */
#include "lib/test.h"

#include <fcntl.h>

#include "base/base.h"
#include "test-token-fixture.h"

#define CREDENTIALS "check app_id, app_secret and region: an app of Feishu is none of Lark's"

/* stderr lands in a file until it is read back. */
static int divert_stderr(int *ret_saved)
{
    int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    fflush(stderr);
    *ret_saved = dup(STDERR_FILENO);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    return fd;
}

static char *read_back(int fd, int saved)
{
    char *text = xalloc(65536);

    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    assert_true(pread(fd, text, 65535, 0) >= 0);
    close(fd);
    return text;
}

/* While the endpoint fails, the old token serves to its end, and the endpoint is tried every 30 s; nobody who
 * waits is there to tell of it, so the log does. */
static void a_failing_renewal_is_repeated(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};
    int saved, fd;

    waiter_expect(fixture, &waiter, "t-first");
    fixture->body = "{\"code\":10014,\"msg\":\"app secret " APP_SECRET " invalid\"}";
    fake_clock_pass(&fixture->clock, (7200 - 180) * MS_PER_SECOND);
    fd = divert_stderr(&saved);
    for (unsigned attempt = 0; attempt < 5; attempt++) {
        /* The one before may still be on its way. */
        while (fixture->counted < 2 + attempt) {
            assert_string_equal(token_now(fixture->token), "t-first");
            if (fixture->counted < 2 + attempt)
                uv_run(&fixture->loop, UV_RUN_ONCE);
        }
        token_run_until_requests(fixture, 2 + attempt);
        fake_clock_pass(&fixture->clock, 29 * MS_PER_SECOND);
        assert_string_equal(token_now(fixture->token), "t-first");
        assert_int_equal(fixture->counted, 2 + attempt);
        fake_clock_pass(&fixture->clock, 1 * MS_PER_SECOND);
    }
    while (token_state(fixture->token) != FEISHU_TOKEN_REFUSED)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    {
        CLEANUP_FREE char *log = read_back(fd, saved);

        assert_non_null(strstr(log,
                               "the token could not be renewed: token: HTTP 200, code 10014 (app secret *** "
                               "invalid), log id 2026log: check app_id, app_secret"));
        assert_null(strstr(log, APP_SECRET));
        assert_null(strstr(log, "t-first"));
    }
    /* Half a minute is left: a request could arrive too late. */
    assert_null(token_now(fixture->token));
    waiter_expect(fixture, &waiter, NULL);
    fixture->body = NULL;
    fixture->text = "t-second";
    waiter_expect(fixture, &waiter, "t-second");
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_VALID);
    waiter_fini(&waiter);
}

static void a_refused_token_is_fetched_anew(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    waiter_expect(fixture, &waiter, "t-first");
    token_refuse(fixture->token, "t-first");
    assert_null(token_now(fixture->token));
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_REFUSED);
    fixture->text = "t-second";
    waiter_expect(fixture, &waiter, "t-second");
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_VALID);
    /* Others that were refused with the old one come late. */
    token_refuse(fixture->token, "t-first");
    assert_string_equal(token_now(fixture->token), "t-second");
    assert_int_equal(fixture->counted, 2);
    waiter_fini(&waiter);
}

static void the_same_token_is_not_tried_again(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiters[3] = {0};

    waiter_expect(fixture, &waiters[0], "t-first");
    token_refuse(fixture->token, "t-first");
    fixture->hold = true;
    for (size_t i = 0; i < 3; i++)
        waiter_begin(fixture, &waiters[i]);
    token_run_until_requests(fixture, 2);
    token_let_go(fixture);
    for (size_t i = 0; i < 3; i++) {
        test_run_until(&fixture->loop, &waiters[i].done);
        assert_null(waiters[i].text);
        assert_int_equal(waiters[i].result.outcome, FEISHU_BAD_TOKEN);
        assert_int_equal(waiters[i].result.api, FEISHU_TOKEN);
        assert_true(waiters[i].result.surely_not_done);
        assert_string_equal(waiters[i].result.message,
                            "token: Feishu refused the token and then gave the same one "
                            "again: check the app in the developer console");
    }
    assert_int_equal(fixture->counted, 2);
    assert_null(token_now(fixture->token));
    /* A later call may find that Feishu has come round. */
    waiter_expect(fixture, &waiters[0], "t-first");
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_VALID);
    for (size_t i = 0; i < 3; i++)
        waiter_fini(&waiters[i]);
}

/* An answer that was on its way when the token was refused may hold that very token: it is asked for again.
 */
static void an_answer_from_before_the_refusal(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false}, probe = {.done = false};

    waiter_expect(fixture, &waiter, "t-first");
    fixture->hold = true;
    waiter_begin(fixture, &probe);
    token_run_until_requests(fixture, 2);
    token_refuse(fixture->token, "t-first");
    waiter_begin(fixture, &waiter);
    token_let_go(fixture);
    fixture->text = "t-second";
    test_run_until(&fixture->loop, &waiter.done);
    assert_string_equal(waiter.text, "t-second");
    assert_string_equal(probe.text, "t-second");
    assert_int_equal(probe.calls, 1);
    assert_int_equal(fixture->counted, 3);
    waiter_fini(&waiter);
    waiter_fini(&probe);
}

static void failures_are_told_to_all(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        int status;
        enum feishu_outcome outcome;
        const char *body;
        int64_t code;
        const char *message;
    } cases[] = {
        {200, FEISHU_BAD_TOKEN, "{\"code\":10003,\"data\":{},\"msg\":\"invalid param\"}", 10003,
         "token: HTTP 200, code 10003 (invalid param), log id 2026log: " CREDENTIALS},
        {200, FEISHU_BAD_TOKEN, "{\"code\":10014,\"msg\":\"app id not exists\"}", 10014,
         "token: HTTP 200, code 10014 (app id not exists), log id 2026log: " CREDENTIALS},
        {200, FEISHU_BAD_TOKEN, "{\"code\":10014,\"msg\":\"app secret invalid: " APP_SECRET "\"}", 10014,
         "token: HTTP 200, code 10014 (app secret invalid: ***), log id 2026log: " CREDENTIALS},
        {200, FEISHU_TRANSIENT, "{\"code\":2200,\"msg\":\"Internal Error\"}", 2200, NULL},
        {200, FEISHU_TRANSIENT, "{\"code\":4711,\"msg\":\"new\"}", 4711, NULL},
        /* Not a word on the operation that waits, so it is not refused for good, nor is anything gone. */
        {400, FEISHU_BAD_TOKEN, "{\"code\":\"20002\",\"error\":\"invalid_client\"}", 20002, NULL},
        {404, FEISHU_BAD_TOKEN, "{\"code\":121004,\"msg\":\"data not exist\"}", 121004, NULL},
        {429, FEISHU_RATE, "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}", 99991400, NULL},
        {429, FEISHU_QUOTA, "{\"code\":99991403,\"msg\":\"quota\"}", 99991403, NULL},
        {400, FEISHU_PERMISSION, "{\"code\":99991401,\"msg\":\"ip 1.2.3.4 is denied\"}", 99991401,
         "token: HTTP 400, code 99991401 (ip 1.2.3.4 is denied), log id 2026log: add this machine's address "
         "to the app's IP allow-list"},
        {500, FEISHU_TRANSIENT, "", 0, NULL},
        {404, FEISHU_TRANSIENT, "404 page not found", 0, NULL},
        {200, FEISHU_TRANSIENT, "{\"code\":0,\"msg\":\"ok\"}", 0,
         "token: HTTP 200, log id 2026log: the answer has no usable tenant_access_token"},
        {200, FEISHU_TRANSIENT, "{}", 0, NULL},
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct waiter waiters[3] = {0};

        fixture->status = cases[i].status;
        fixture->body = cases[i].body;
        fixture->hold = true;
        for (size_t j = 0; j < 3; j++)
            waiter_begin(fixture, &waiters[j]);
        token_run_until_requests(fixture, (unsigned)i + 1);
        token_let_go(fixture);
        for (size_t j = 0; j < 3; j++) {
            const struct feishu_result *result = &waiters[j].result;

            test_run_until(&fixture->loop, &waiters[j].done);
            assert_null(waiters[j].text);
            if (result->outcome != cases[i].outcome || result->code != cases[i].code)
                fail_msg("case %zu: %s", i, result->message);
            /* What waits for it was never sent. */
            assert_int_equal(result->api, FEISHU_TOKEN);
            assert_true(result->surely_not_done);
            assert_int_equal(strncmp(result->message, "token: HTTP ", 12), 0);
            assert_null(strstr(result->message, APP_SECRET));
            if (cases[i].message != NULL)
                assert_string_equal(result->message, cases[i].message);
            waiter_fini(&waiters[j]);
        }
        assert_null(token_now(fixture->token));
        assert_int_equal(fixture->counted, i + 1);
    }
}

static void odd_answers_are_taken(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};
    CLEANUP_FREE char *text = xalloc(8193), *body = NULL;
    static const struct {
        const char *body;
        int64_t life_s; /* UNKNOWN: not told, so it is not kept for long */
    } cases[] = {
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":\"7200\"}", 7200},
        {"{\"access_token\":\"t-x\",\"expires_in\":7200,\"token_type\":\"Bearer\"}", 7200},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\"}", UNKNOWN},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":null}", UNKNOWN},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":99999999}", 86400},
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        fixture->body = cases[i].body;
        waiter_expect(fixture, &waiter, "t-x");
        assert_string_equal(token_now(fixture->token), "t-x");
        assert_int_equal(token_expires_at(fixture->token) - START_MS / 1000,
                         cases[i].life_s != UNKNOWN ? cases[i].life_s : 300);
    }
    /* JWTs are long. */
    memset(text, 'j', 8192);
    body = xasprintf("{\"code\":0,\"tenant_access_token\":\"%s\",\"expire\":7200}", text);
    fixture->body = body;
    waiter_expect(fixture, &waiter, text);
    waiter_fini(&waiter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_failing_renewal_is_repeated, token_fixture_start,
                                        token_fixture_end),
        cmocka_unit_test_setup_teardown(a_refused_token_is_fetched_anew, token_fixture_start,
                                        token_fixture_end),
        cmocka_unit_test_setup_teardown(the_same_token_is_not_tried_again, token_fixture_start,
                                        token_fixture_end),
        cmocka_unit_test_setup_teardown(an_answer_from_before_the_refusal, token_fixture_start,
                                        token_fixture_end),
        cmocka_unit_test_setup_teardown(failures_are_told_to_all, token_fixture_start, token_fixture_end),
        cmocka_unit_test_setup_teardown(odd_answers_are_taken, token_fixture_start, token_fixture_end),
    };

    return cmocka_run_group_tests_name("token-failures", tests, NULL, NULL);
}
