/* feishu/http against a scripted peer: what leaves, connections, answers that break, sizes, headers. */
#include "lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>

#include "base/base.h"
#include "model/model.h"
#include "test-http-fixture.h"

static void requests_carry_what_was_asked(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    CLEANUP_FREE char *url = xasprintf("%s/x/../y%%2E", fake_http_url(fixture->fake));
    static const char *const methods[] = {"POST", "PUT", "DELETE"};

    http_run(fixture, ANSWER, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.status, 200);
    assert_string_equal(outcome.body, "{\"code\":0}");
    assert_string_equal(outcome.content_type, "application/json; charset=utf-8");
    assert_true(outcome.sent);
    assert_non_null(strstr(fixture->seen.data, "GET /path?a=b HTTP/1.1\r\n"));
    assert_non_null(strstr(fixture->seen.data, "\r\nAuthorization: Bearer t-secret\r\n"));
    assert_non_null(strstr(fixture->seen.data, "\r\nUser-Agent: meetingd/" PACKAGE_VERSION "\r\n"));
    assert_null(strstr(fixture->seen.data, "Expect"));
    for (size_t i = 0; i < ELEMENTS(methods); i++) {
        struct http_request request = {.method = methods[i], .url = url, .timeout_ms = LONG_MS};
        CLEANUP_FREE char *line = xasprintf("%s /x/../y%%2E HTTP/1.1\r\n", methods[i]);
        char body[] = "{\"a\":\"/\"}";

        buffer_clear(&fixture->seen);
        request.body = i < 2 ? body : NULL;
        outcome.done = false;
        http_start(fixture->http, &request, http_note, &outcome);
        memset(body, 0, sizeof(body)); /* all is copied */
        test_run_until(&fixture->loop, &outcome.done);
        assert_int_equal(outcome.result, 0);
        assert_ptr_equal(strstr(fixture->seen.data, line), fixture->seen.data);
        assert_null(strstr(fixture->seen.data, "Authorization"));
        if (i < 2) {
            assert_non_null(
                strstr(fixture->seen.data, "\r\nContent-Type: application/json; charset=utf-8\r\n"));
            assert_non_null(strstr(fixture->seen.data, "\r\n\r\n{\"a\":\"/\"}"));
        }
    }
    http_run(fixture, ANSWER_IN_BYTES, LONG_MS, false, &outcome);
    assert_string_equal(outcome.body, "hello");
    outcome_fini(&outcome);
}

static void connections_are_reused_but_for_fresh_ones(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};

    for (int i = 0; i < 3; i++)
        http_run(fixture, ANSWER, LONG_MS, false, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 1);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    http_run(fixture, ANSWER, LONG_MS, true, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 2);
    http_run(fixture, ANSWER, LONG_MS, true, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 3);
    /* A fresh one is not kept, and the old one is still good. */
    http_run(fixture, ANSWER, LONG_MS, false, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 3);
    assert_int_equal(http_connections_opened(fixture->http), 3);
    outcome_fini(&outcome);
}

/* libcurl sends a request again when a reused connection dies: harmless for a GET, a second reservation for
 * an apply. */
static void a_fresh_request_is_never_sent_twice(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};

    http_run(fixture, ONCE_THEN_END, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    /* The trap, to be sure that it is there: one call, two requests. */
    http_run(fixture, ONCE_THEN_END, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(fake_http_requests(fixture->fake), 3);
    /* The same with a fresh connection, which dies as well. */
    http_run(fixture, END, LONG_MS, true, &outcome);
    assert_int_equal(outcome.result, -ECONNRESET);
    assert_true(outcome.sent);
    assert_int_equal(fake_http_requests(fixture->fake), 4);
    http_run(fixture, RESET, LONG_MS, true, &outcome);
    assert_int_equal(outcome.result, -ECONNRESET);
    assert_true(outcome.sent);
    assert_int_equal(fake_http_requests(fixture->fake), 5);
    outcome_fini(&outcome);
}

static void broken_answers_have_a_reason(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        enum script script;
        int result;
        int status;
        const char *reason;
    } cases[] = {
        {END, -ECONNRESET, 0, "127.0.0.1 closed the connection without an answer"},
        {RESET, -ECONNRESET, 0, "the connection to 127.0.0.1 broke: "},
        {CUT_BODY, -ECONNRESET, 200, "the answer of 127.0.0.1 was cut short"},
        {TOO_LARGE_TOLD, -EMSGSIZE, 200, "the answer of 127.0.0.1 is too large"},
        {TOO_LARGE_UNTOLD, -EMSGSIZE, 200, "the answer of 127.0.0.1 is too large"},
        {TOO_MANY_HEADERS, -EMSGSIZE, 200, "the answer of 127.0.0.1 is too large"},
        {ENDLESS_HEADER, 0, 200, ""}, /* libcurl's own limit; which error is its affair */
        {GARBAGE, -EPROTO, 0, "127.0.0.1 does not speak HTTP as expected"},
        {STALL, -ETIMEDOUT, 0, "127.0.0.1 did not answer within 0.3 s (while waiting for the answer)"},
        {STALL_IN_HEADERS, -ETIMEDOUT, 200, "127.0.0.1 did not answer within 0.3 s (while its answer was"},
        {STALL_IN_BODY, -ETIMEDOUT, 200, "127.0.0.1 did not answer within 0.3 s (while its answer was"},
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct outcome outcome = {0};

        http_run(fixture, cases[i].script, cases[i].result == -ETIMEDOUT ? 300 : LONG_MS, true, &outcome);
        if (cases[i].result != 0)
            assert_int_equal(outcome.result, cases[i].result);
        assert_true(outcome.result < 0);
        assert_true(outcome.sent);
        assert_string_equal(outcome.body, "");
        if (strncmp(outcome.reason, cases[i].reason, strlen(cases[i].reason)) != 0)
            fail_msg("case %zu: \"%s\"", i, outcome.reason);
        if (outcome.status != cases[i].status && cases[i].script != ENDLESS_HEADER)
            fail_msg("case %zu: status %d", i, outcome.status);
        outcome_fini(&outcome);
    }
}

static void headers_are_read_and_not_believed(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};

    http_run(fixture, HEADERS, LONG_MS, false, &outcome);
    assert_int_equal(outcome.status, 429);
    assert_string_equal(outcome.log_id, "2026log");
    assert_string_equal(outcome.content_type, "text/plain");
    assert_int_equal(outcome.ratelimit_reset_s, 52);
    assert_int_equal(outcome.server_time, 1795397400);
    http_run(fixture, STRANGE_HEADERS, LONG_MS, false, &outcome);
    assert_string_equal(outcome.log_id, "only");
    assert_string_equal(outcome.content_type, "");
    assert_int_equal(outcome.ratelimit_reset_s, UNKNOWN);
    assert_int_equal(outcome.server_time, UNKNOWN);
    /* Redirects are an answer like any other. */
    http_run(fixture, REDIRECT, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.status, 302);
    outcome_fini(&outcome);
}

/* More calls than connections: those that wait have their time as well. Fresh connections are counted by
 * themselves. */
static void connections_are_limited(void **state)
{
    struct fixture *fixture = *state;
    struct http_call *calls[2][50];
    struct outcome outcomes[2][50] = {0}, waiting[2] = {0};

    fixture->script = STALL;
    for (size_t fresh = 0; fresh < 2; fresh++) {
        for (size_t i = 0; i < 50; i++)
            calls[fresh][i] = http_get(fixture, LONG_MS, fresh != 0, &outcomes[fresh][i]);
        while (fake_http_requests(fixture->fake) < 50 * (fresh + 1))
            uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    for (size_t fresh = 0; fresh < 2; fresh++) {
        http_get(fixture, 300, fresh != 0, &waiting[fresh]);
        test_run_until(&fixture->loop, &waiting[fresh].done);
        assert_int_equal(waiting[fresh].result, -ETIMEDOUT);
        assert_false(waiting[fresh].sent);
        outcome_fini(&waiting[fresh]);
    }
    assert_int_equal(http_connections_opened(fixture->http), 100);
    /* One that ends makes room for one of its kind. */
    for (size_t fresh = 0; fresh < 2; fresh++) {
        http_get(fixture, LONG_MS, fresh != 0, &waiting[fresh]);
        fixture->script = ANSWER;
        http_cancel(calls[fresh][0]);
        test_run_until(&fixture->loop, &waiting[fresh].done);
        assert_int_equal(waiting[fresh].result, 0);
        outcome_fini(&waiting[fresh]);
        fixture->script = STALL;
    }
    for (size_t fresh = 0; fresh < 2; fresh++) {
        for (size_t i = 0; i < 50; i++) {
            if (i > 0)
                http_cancel(calls[fresh][i]);
            test_run_until(&fixture->loop, &outcomes[fresh][i].done);
            assert_int_equal(outcomes[fresh][i].result, -ECANCELED);
            outcome_fini(&outcomes[fresh][i]);
        }
    }
}

/* Programs that hooks run must not inherit connections. */
static void sockets_are_not_inherited(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    struct stat status;
    int found = 0, inherited = 0;

    fixture->script = STALL;
    http_get(fixture, 300, false, &outcome);
    while (fake_http_requests(fixture->fake) == 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    for (int fd = 3; fd < 64; fd++) {
        struct sockaddr_in address = {.sin_family = AF_UNSPEC};
        socklen_t length = sizeof(address);

        if (fstat(fd, &status) < 0 || !S_ISSOCK(status.st_mode) ||
            getpeername(fd, (struct sockaddr *)&address, &length) < 0 || address.sin_family != AF_INET)
            continue;
        found++;
        inherited += (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
    }
    test_run_until(&fixture->loop, &outcome.done);
    assert_true(found > 0);
    assert_int_equal(inherited, 0);
    outcome_fini(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_carry_what_was_asked, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(connections_are_reused_but_for_fresh_ones, http_fixture_start,
                                        http_fixture_end),
        cmocka_unit_test_setup_teardown(a_fresh_request_is_never_sent_twice, http_fixture_start,
                                        http_fixture_end),
        cmocka_unit_test_setup_teardown(broken_answers_have_a_reason, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(headers_are_read_and_not_believed, http_fixture_start,
                                        http_fixture_end),
        cmocka_unit_test_setup_teardown(connections_are_limited, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(sockets_are_not_inherited, http_fixture_start, http_fixture_end),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
