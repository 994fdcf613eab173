/* feishu/http against a scripted peer: connections, time-outs, sizes, cuts, cancelling, closing. */
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <curl/curl.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/http.h"
#include "lib/fake-http.h"
#include "model/model.h"

/* Long enough never to be reached by what is meant to go well. */
#define LONG_MS 60000

/* A label of 64 characters: the resolver refuses it without asking anybody. */
#define NO_NAME "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid"

enum script {
    ANSWER,
    ANSWER_AND_END, /* closes afterwards without having said so */
    ANSWER_IN_BYTES,
    ONCE_THEN_END, /* a connection's first request is answered, its second closes it */
    END,
    RESET,
    STALL,
    STALL_IN_HEADERS,
    STALL_IN_BODY,
    CUT_BODY,
    TOO_LARGE_TOLD,
    TOO_LARGE_UNTOLD,
    TOO_MANY_HEADERS,
    ENDLESS_HEADER,
    GARBAGE,
    HEADERS,
    STRANGE_HEADERS,
    REDIRECT,
};

struct outcome {
    int calls;
    int result;
    int status;
    bool done;
    bool sent;
    char reason[400];
    char *body;
    char log_id[64];
    char content_type[64];
    int64_t ratelimit_reset_s;
    int64_t server_time;
};

struct fixture {
    uv_loop_t loop;
    struct timers *timers;
    struct http *http;
    struct fake_http *fake;
    enum script script;
    struct buffer seen; /* heads and bodies of all requests */
    bool http_closed;
    struct http_call *cancel_on_request; /* cancelled from the peer's side of the loop */
    bool close_on_request;
};

static int action_to_fail; /* the how-manieth socket_action fails; 0: none */

CURLMcode __real_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int flags, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int flags, int *running);

CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int flags, int *running)
{
    if (action_to_fail > 0 && --action_to_fail == 0)
        return CURLM_INTERNAL_ERROR;
    return __real_curl_multi_socket_action(multi, fd, flags, running);
}

static void note_http_closed(void *data)
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
        http_close(fixture->http, note_http_closed, fixture);
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

static int start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    action_to_fail = 0;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(timers_new(&fixture->timers, &fixture->loop, clock_system(), NULL), 0);
    assert_int_equal(http_new(&fixture->http, &fixture->loop, fixture->timers, NULL), 0);
    fixture->fake = fake_http_new(&fixture->loop, serve, fixture);
    *state = fixture;
    return 0;
}

/* Every test ends by closing, and no handle may be left. */
static int end(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->http != NULL) {
        http_close(fixture->http, note_http_closed, fixture);
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

static void note(void *data, const struct http_answer *answer)
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

static struct http_call *get(struct fixture *fixture, int64_t timeout_ms, bool fresh, struct outcome *outcome)
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
                      note, outcome);
    assert_false(outcome->done);
    return call;
}

static void outcome_fini(struct outcome *outcome)
{
    free(outcome->body);
    *outcome = (struct outcome){0};
}

static void run(struct fixture *fixture, enum script script, int64_t timeout_ms, bool fresh,
                struct outcome *outcome)
{
    fixture->script = script;
    outcome_fini(outcome);
    get(fixture, timeout_ms, fresh, outcome);
    test_run_until(&fixture->loop, &outcome->done);
    assert_int_equal(outcome->calls, 1);
}

static void requests_carry_what_was_asked(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    CLEANUP_FREE char *url = xasprintf("%s/x/../y%%2E", fake_http_url(fixture->fake));
    static const char *const methods[] = {"POST", "PUT", "DELETE"};

    run(fixture, ANSWER, LONG_MS, false, &outcome);
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
        http_start(fixture->http, &request, note, &outcome);
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
    run(fixture, ANSWER_IN_BYTES, LONG_MS, false, &outcome);
    assert_string_equal(outcome.body, "hello");
    outcome_fini(&outcome);
}

static void connections_are_reused_but_for_fresh_ones(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};

    for (int i = 0; i < 3; i++)
        run(fixture, ANSWER, LONG_MS, false, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 1);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    run(fixture, ANSWER, LONG_MS, true, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 2);
    run(fixture, ANSWER, LONG_MS, true, &outcome);
    assert_int_equal(fake_http_connections(fixture->fake), 3);
    /* A fresh one is not kept, and the old one is still good. */
    run(fixture, ANSWER, LONG_MS, false, &outcome);
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

    run(fixture, ONCE_THEN_END, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    /* The trap, to be sure that it is there: one call, two requests. */
    run(fixture, ONCE_THEN_END, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(fake_http_requests(fixture->fake), 3);
    /* The same with a fresh connection, which dies as well. */
    run(fixture, END, LONG_MS, true, &outcome);
    assert_int_equal(outcome.result, -ECONNRESET);
    assert_true(outcome.sent);
    assert_int_equal(fake_http_requests(fixture->fake), 4);
    run(fixture, RESET, LONG_MS, true, &outcome);
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

        run(fixture, cases[i].script, cases[i].result == -ETIMEDOUT ? 300 : LONG_MS, true, &outcome);
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

    run(fixture, HEADERS, LONG_MS, false, &outcome);
    assert_int_equal(outcome.status, 429);
    assert_string_equal(outcome.log_id, "2026log");
    assert_string_equal(outcome.content_type, "text/plain");
    assert_int_equal(outcome.ratelimit_reset_s, 52);
    assert_int_equal(outcome.server_time, 1795397400);
    run(fixture, STRANGE_HEADERS, LONG_MS, false, &outcome);
    assert_string_equal(outcome.log_id, "only");
    assert_string_equal(outcome.content_type, "");
    assert_int_equal(outcome.ratelimit_reset_s, UNKNOWN);
    assert_int_equal(outcome.server_time, UNKNOWN);
    /* Redirects are an answer like any other. */
    run(fixture, REDIRECT, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    assert_int_equal(outcome.status, 302);
    outcome_fini(&outcome);
}

/* A loopback port on which nobody listens. */
static unsigned free_port(int *ret_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);

    *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*ret_fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&address, &length), 0);
    return ntohs(address.sin_port);
}

static void run_url(struct fixture *fixture, const char *url, int64_t timeout_ms, struct outcome *outcome)
{
    outcome_fini(outcome);
    http_start(
        fixture->http,
        &(struct http_request){
            .method = "POST", .url = url, .body = "{}", .fresh_connection = true, .timeout_ms = timeout_ms},
        note, outcome);
    assert_false(outcome->done);
    test_run_until(&fixture->loop, &outcome->done);
    assert_int_equal(outcome->calls, 1);
}

static void what_never_left_is_known(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    int fd, clients[8];
    unsigned port = free_port(&fd);
    CLEANUP_FREE char *url = xasprintf("http://127.0.0.1:%u/", port);
    CLEANUP_FREE char *tls_url = xasprintf("https://127.0.0.1:%u/", fake_http_port(fixture->fake));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};

    run_url(fixture, url, LONG_MS, &outcome);
    assert_int_equal(outcome.result, -ECONNREFUSED);
    assert_false(outcome.sent);
    assert_string_equal(outcome.reason, "cannot connect to 127.0.0.1: Connection refused");

    run_url(fixture, "https://" NO_NAME "/", LONG_MS, &outcome);
    assert_int_equal(outcome.result, -EHOSTUNREACH);
    assert_false(outcome.sent);
    assert_string_equal(outcome.reason,
                        "cannot find the address of " NO_NAME ": check the name, and the DNS");

    /* A full queue of connections: the next one gets no answer at all. */
    assert_int_equal(listen(fd, 0), 0);
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        assert_true(connect(clients[i], (struct sockaddr *)&address, sizeof(address)) == 0 ||
                    errno == EINPROGRESS);
    }
    run_url(fixture, url, 300, &outcome);
    assert_int_equal(outcome.result, -ETIMEDOUT);
    assert_false(outcome.sent);
    assert_string_equal(outcome.reason, "127.0.0.1 did not answer within 0.3 s (while connecting)");
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        close(clients[i]);
    close(fd);

    /* The peer takes the connection and never answers the TLS handshake. */
    run_url(fixture, tls_url, 300, &outcome);
    assert_int_equal(outcome.result, -ETIMEDOUT);
    assert_false(outcome.sent);
    assert_string_equal(outcome.reason, "127.0.0.1 did not answer within 0.3 s (while connecting)");
    assert_int_equal(fake_http_requests(fixture->fake), 0);
    outcome_fini(&outcome);
}

static void only_https_and_loopback(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    static const char *const refused[] = {
        "http://open.feishu.cn/",
        "http://127.0.0.1.evil.example/",
        "http://localhost.example/",
        "http://10.0.0.1/",
        "http://[::2]/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:1/x",
        "nonsense and more",
        "http://127.0.0.1@10.0.0.1/",
        "",
        "http://1270.0.1/",
    };
    CLEANUP_FREE char *local = xasprintf("http://localhost:%u/", fake_http_port(fixture->fake));

    for (size_t i = 0; i < ELEMENTS(refused); i++) {
        run_url(fixture, refused[i], LONG_MS, &outcome);
        if (outcome.result != -EINVAL || outcome.sent)
            fail_msg("%s: %d %s", refused[i], outcome.result, outcome.reason);
        assert_non_null(strstr(outcome.reason, "check base_url"));
    }
    assert_int_equal(http_connections_opened(fixture->http), 0);
    /* A proxy must not see what is not encrypted. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    run_url(fixture, local, LONG_MS, &outcome);
    unsetenv("http_proxy");
    assert_int_equal(outcome.result, 0);
    outcome_fini(&outcome);
}

static void serve_as_proxy(void *data, const struct fake_request *request)
{
    struct fixture *fixture = data;

    buffer_append_text(&fixture->seen, request->head);
    fake_http_answer(request->connection, 403, "", "");
}

static void a_proxy_is_used_and_told_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct fake_http *proxy = fake_http_new(&fixture->loop, serve_as_proxy, fixture);
    struct outcome outcome = {0};

    setenv("https_proxy", fake_http_url(proxy), 1);
    http_start(fixture->http,
               &(struct http_request){.method = "POST",
                                      .url = "https://feishu.invalid/x",
                                      .bearer = "t-secret",
                                      .body = "{}",
                                      .fresh_connection = true,
                                      .timeout_ms = LONG_MS},
               note, &outcome);
    test_run_until(&fixture->loop, &outcome.done);
    unsetenv("https_proxy");
    assert_int_equal(outcome.result, -ECONNREFUSED);
    assert_string_equal(outcome.reason, "the proxy refused to connect to feishu.invalid (HTTP 403): check "
                                        "https_proxy and no_proxy");
    assert_false(outcome.sent);
    assert_ptr_equal(strstr(fixture->seen.data, "CONNECT feishu.invalid:443 HTTP/1.1\r\n"),
                     fixture->seen.data);
    assert_null(strstr(fixture->seen.data, "secret"));
    fake_http_close(proxy);
    outcome_fini(&outcome);
}

static void a_call_can_be_cancelled_at_any_stage(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    static const enum script scripts[] = {STALL, STALL_IN_HEADERS, STALL_IN_BODY, ANSWER};

    /* At once. */
    http_cancel(get(fixture, LONG_MS, false, &outcome));
    assert_false(outcome.done);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result, -ECANCELED);
    assert_false(outcome.sent);
    /* While the name is being resolved; twice. */
    outcome_fini(&outcome);
    {
        struct http_call *call = http_start(
            fixture->http,
            &(struct http_request){.method = "GET", .url = "https://" NO_NAME "/", .timeout_ms = LONG_MS},
            note, &outcome);

        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        if (!outcome.done) {
            http_cancel(call);
            http_cancel(call);
            test_run_until(&fixture->loop, &outcome.done);
            assert_int_equal(outcome.result, -ECANCELED);
        }
    }
    /* When the request has arrived, and whatever the peer does next. */
    for (size_t i = 0; i < ELEMENTS(scripts); i++) {
        outcome_fini(&outcome);
        fixture->script = scripts[i];
        fixture->cancel_on_request = get(fixture, LONG_MS, false, &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        assert_int_equal(outcome.result, -ECANCELED);
        assert_true(outcome.sent);
        for (int turn = 0; turn < 20; turn++)
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        assert_int_equal(outcome.calls, 1);
    }
    run(fixture, ANSWER, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    outcome_fini(&outcome);
}

struct pair {
    struct fixture *fixture;
    struct outcome mine;
    struct http_call *other;
    struct outcome others;
};

static void note_and_cancel_other(void *data, const struct http_answer *answer)
{
    struct pair *pair = data;

    note(&pair->mine, answer);
    if (!pair->others.done)
        http_cancel(pair->other);
}

static void a_callback_may_start_and_cancel_calls(void **state)
{
    struct fixture *fixture = *state;
    struct pair pair = {.fixture = fixture};
    struct outcome next = {0};

    fixture->script = ANSWER;
    http_start(
        fixture->http,
        &(struct http_request){.method = "GET", .url = fake_http_url(fixture->fake), .timeout_ms = LONG_MS},
        note_and_cancel_other, &pair);
    pair.other = get(fixture, LONG_MS, false, &pair.others);
    test_run_until(&fixture->loop, &pair.mine.done);
    test_run_until(&fixture->loop, &pair.others.done);
    assert_int_equal(pair.mine.calls, 1);
    assert_int_equal(pair.others.calls, 1);
    outcome_fini(&pair.mine);
    outcome_fini(&pair.others);
    run(fixture, ANSWER, LONG_MS, false, &next);
    assert_int_equal(next.result, 0);
    outcome_fini(&next);
}

static void closing_ends_every_call(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[20] = {0};
    struct outcome kept = {0}, late = {0};

    run(fixture, ANSWER, LONG_MS, false, &kept); /* leaves an idle connection */
    fixture->script = STALL;
    for (size_t i = 0; i < 19; i++)
        get(fixture, LONG_MS, i % 2 == 0, &outcomes[i]);
    while (fake_http_requests(fixture->fake) < 15)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    http_start(fixture->http,
               &(struct http_request){.method = "GET", .url = "https://" NO_NAME "/", .timeout_ms = LONG_MS},
               note, &outcomes[19]);
    http_close(fixture->http, note_http_closed, fixture);
    get(fixture, LONG_MS, false, &late); /* too late, but it is told so */
    for (size_t i = 0; i < 20; i++)
        assert_false(outcomes[i].done);
    test_run_until(&fixture->loop, &fixture->http_closed);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].result, -ECANCELED);
        outcome_fini(&outcomes[i]);
    }
    assert_int_equal(late.result, -ECANCELED);
    outcome_fini(&late);
    outcome_fini(&kept);
    fixture->http = NULL;
}

/* After an error of the multi handle as a whole, all calls fail and the next ones go well. */
static void a_failing_libcurl_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[3] = {0};
    struct outcome next = {0};

    run(fixture, ANSWER, LONG_MS, false, &next); /* leaves an idle connection */
    fixture->script = STALL;
    for (size_t i = 0; i < 3; i++)
        get(fixture, LONG_MS, false, &outcomes[i]);
    while (fake_http_requests(fixture->fake) < 4)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    action_to_fail = 1;
    for (size_t i = 0; i < 3; i++) {
        test_run_until(&fixture->loop, &outcomes[i].done);
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].result, -EIO);
        assert_true(outcomes[i].sent);
        outcome_fini(&outcomes[i]);
    }
    run(fixture, ANSWER, LONG_MS, false, &next);
    assert_int_equal(next.result, 0);
    outcome_fini(&next);
}

/* More calls than connections: those that wait have their time as well. */
static void connections_are_limited(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[110] = {0};

    fixture->script = STALL;
    for (size_t i = 0; i < ELEMENTS(outcomes); i++)
        get(fixture, 500, false, &outcomes[i]);
    for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
        test_run_until(&fixture->loop, &outcomes[i].done);
        assert_int_equal(outcomes[i].result, -ETIMEDOUT);
        outcome_fini(&outcomes[i]);
    }
    assert_true(http_connections_opened(fixture->http) <= 100 + 10);
    assert_true(fake_http_connections(fixture->fake) <= 100 + 10);
}

/* Programs that hooks run must not inherit connections. */
static void sockets_are_not_inherited(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    struct stat status;
    int found = 0, inherited = 0;

    fixture->script = STALL;
    get(fixture, 300, false, &outcome);
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
        cmocka_unit_test_setup_teardown(requests_carry_what_was_asked, start, end),
        cmocka_unit_test_setup_teardown(connections_are_reused_but_for_fresh_ones, start, end),
        cmocka_unit_test_setup_teardown(a_fresh_request_is_never_sent_twice, start, end),
        cmocka_unit_test_setup_teardown(broken_answers_have_a_reason, start, end),
        cmocka_unit_test_setup_teardown(headers_are_read_and_not_believed, start, end),
        cmocka_unit_test_setup_teardown(what_never_left_is_known, start, end),
        cmocka_unit_test_setup_teardown(only_https_and_loopback, start, end),
        cmocka_unit_test_setup_teardown(a_proxy_is_used_and_told_nothing, start, end),
        cmocka_unit_test_setup_teardown(a_call_can_be_cancelled_at_any_stage, start, end),
        cmocka_unit_test_setup_teardown(a_callback_may_start_and_cancel_calls, start, end),
        cmocka_unit_test_setup_teardown(closing_ends_every_call, start, end),
        cmocka_unit_test_setup_teardown(a_failing_libcurl_is_replaced, start, end),
        cmocka_unit_test_setup_teardown(connections_are_limited, start, end),
        cmocka_unit_test_setup_teardown(sockets_are_not_inherited, start, end),
    };

    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
