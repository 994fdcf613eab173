#include "test-http-fixture.h"

#include "lib/test.h"

#include <signal.h>

#include "base/base.h"

void http_note_closed(void *data)
{
    ((struct fixture *)data)->http_closed = true;
}

static void send_text(const struct fake_request *request, const char *text)
{
    fake_http_send(request->connection, text, strlen(text));
}

static void send_filling(const struct fake_request *request, size_t length)
{
    char *filling = malloc(length);

    assert_non_null(filling);
    memset(filling, 'x', length);
    fake_http_send(request->connection, filling, length);
    free(filling);
}

static void serve(void *data, const struct fake_request *request)
{
    struct fixture *fixture = data;

    buffer_append_text(&fixture->seen, request->head);
    buffer_append_text(&fixture->seen, request->body);
    if (fixture->cancel_on_request != NULL) {
        http_cancel(fixture->cancel_on_request);
        fixture->cancel_on_request = NULL;
    }
    if (fixture->close_on_request)
        http_close(fixture->http, http_note_closed, fixture);
    fixture->close_on_request = false;
    switch (fixture->script) {
    case ANSWER:
        fake_http_answer(request->connection, 200, NULL, "{\"code\":0}");
        break;
    case ANSWER_AND_END:
        fake_http_answer(request->connection, 200, NULL, "{}");
        fake_http_end(request->connection);
        break;
    case ANSWER_IN_BYTES: {
        static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

        for (size_t i = 0; i < sizeof(text) - 1; i++)
            fake_http_send(request->connection, &text[i], 1);
        break;
    }
    case ONCE_THEN_END:
        if (request->number == 1)
            fake_http_answer(request->connection, 200, NULL, "{}");
        else
            fake_http_end(request->connection);
        break;
    case END:
        fake_http_end(request->connection);
        break;
    case RESET:
        fake_http_reset(request->connection);
        break;
    case STALL:
        break;
    case STALL_IN_HEADERS:
        send_text(request, "HTTP/1.1 200 OK\r\nContent-");
        break;
    case STALL_IN_BODY:
        send_text(request, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        break;
    case CUT_BODY:
        send_text(request, "HTTP/1.1 200 OK\r\nX-Tt-Logid: cut1\r\nContent-Length: 10\r\n\r\nhello");
        fake_http_end(request->connection);
        break;
    case TOO_LARGE_TOLD:
        send_text(request, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n");
        send_filling(request, 9000000);
        break;
    case TOO_LARGE_UNTOLD:
        send_text(request, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        send_filling(request, HTTP_ANSWER_MAX + 1);
        fake_http_end(request->connection);
        break;
    case TOO_MANY_HEADERS:
        send_text(request, "HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 10000; i++)
            send_text(request, "X-More: and more\r\n");
        send_text(request, "Content-Length: 0\r\n\r\n");
        break;
    case ENDLESS_HEADER:
        send_text(request, "HTTP/1.1 200 OK\r\nX-Long: ");
        send_filling(request, 1000000);
        break;
    case GARBAGE:
        send_text(request, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
        fake_http_end(request->connection);
        break;
    case HEADERS:
        fake_http_answer(
            request->connection, 429,
            "Date: Mon, 23 Nov 2026 01:30:00 GMT\r\nX-Request-Id: other\r\nX-TT-Logid: 2026log\r\n"
            "x-ogw-ratelimit-limit: 100\r\nX-OGW-Ratelimit-Reset: 52\r\nContent-Type: text/plain\r\n",
            "slow down");
        break;
    case STRANGE_HEADERS:
        fake_http_answer(
            request->connection, 200,
            "Date: yesterday\r\nX-Request-Id: only\r\nx-ogw-ratelimit-reset: 99999999999999999999\r\n", "");
        break;
    case REDIRECT:
        fake_http_answer(request->connection, 302, "Location: http://127.0.0.1:1/\r\n", "");
        break;
    }
}

int http_fixture_start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(timers_new(&fixture->timers, &fixture->loop, clock_system(), NULL), 0);
    assert_int_equal(http_new(&fixture->http, &fixture->loop, fixture->timers, NULL), 0);
    fixture->fake = fake_http_new(&fixture->loop, serve, fixture);
    *state = fixture;
    return 0;
}

/* Every test ends by closing, and no handle may be left. */
int http_fixture_end(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->http != NULL) {
        http_close(fixture->http, http_note_closed, fixture);
        assert_false(fixture->http_closed);
    }
    test_run_until(&fixture->loop, &fixture->http_closed);
    timers_close(fixture->timers, NULL, NULL);
    fake_http_close(fixture->fake);
    test_loop_end(&fixture->loop);
    buffer_fini(&fixture->seen);
    free(fixture);
    return 0;
}

void http_note(void *data, const struct http_answer *answer)
{
    struct outcome *outcome = data;

    outcome->done = true;
    outcome->calls++;
    outcome->result = answer->result;
    outcome->sent = answer->sent;
    outcome->status = answer->status;
    snprintf(outcome->reason, sizeof(outcome->reason), "%s", answer->reason);
    free(outcome->body);
    outcome->body = strndup(answer->body, answer->length);
    assert_int_equal(strlen(answer->body), answer->length);
    snprintf(outcome->log_id, sizeof(outcome->log_id), "%s", answer->log_id);
    snprintf(outcome->content_type, sizeof(outcome->content_type), "%s", answer->content_type);
    outcome->ratelimit_reset_s = answer->ratelimit_reset_s;
    outcome->server_time = answer->server_time;
}

struct http_call *http_get(struct fixture *fixture, int64_t timeout_ms, bool fresh, struct outcome *outcome)
{
    struct http_call *call;
    CLEANUP_FREE char *url = xasprintf("%s/path?a=b", fake_http_url(fixture->fake));

    outcome->done = false;
    call = http_start(fixture->http,
                      &(struct http_request){.method = "GET",
                                             .url = url,
                                             .bearer = "t-secret",
                                             .fresh_connection = fresh,
                                             .timeout_ms = timeout_ms},
                      http_note, outcome);
    assert_false(outcome->done);
    return call;
}

void outcome_fini(struct outcome *outcome)
{
    free(outcome->body);
    *outcome = (struct outcome){0};
}

void http_run(struct fixture *fixture, enum script script, int64_t timeout_ms, bool fresh,
              struct outcome *outcome)
{
    fixture->script = script;
    outcome_fini(outcome);
    http_get(fixture, timeout_ms, fresh, outcome);
    test_run_until(&fixture->loop, &outcome->done);
    assert_int_equal(outcome->calls, 1);
}

void http_run_url(struct fixture *fixture, const char *url, int64_t timeout_ms, struct outcome *outcome)
{
    outcome_fini(outcome);
    http_start(
        fixture->http,
        &(struct http_request){
            .method = "POST", .url = url, .body = "{}", .fresh_connection = true, .timeout_ms = timeout_ms},
        http_note, outcome);
    assert_false(outcome->done);
    test_run_until(&fixture->loop, &outcome->done);
    assert_int_equal(outcome->calls, 1);
}
