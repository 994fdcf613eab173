/* feishu/http where the peer cannot be reached: no address, no connection, no proxy, no URL. */
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/base.h"
#include "test-http-fixture.h"

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

    http_run_url(fixture, url, LONG_MS, &outcome);
    assert_int_equal(outcome.result, -ECONNREFUSED);
    assert_false(outcome.sent);
    assert_string_equal(outcome.reason, "cannot connect to 127.0.0.1: Connection refused");

    http_run_url(fixture, "https://" NO_NAME "/", LONG_MS, &outcome);
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
    http_run_url(fixture, url, 300, &outcome);
    assert_int_equal(outcome.result, -ETIMEDOUT);
    assert_false(outcome.sent);
    assert_string_equal(outcome.reason, "127.0.0.1 did not answer within 0.3 s (while connecting)");
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        close(clients[i]);
    close(fd);

    /* The peer takes the connection and never answers the TLS handshake. */
    http_run_url(fixture, tls_url, 300, &outcome);
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
        http_run_url(fixture, refused[i], LONG_MS, &outcome);
        if (outcome.result != -EINVAL || outcome.sent)
            fail_msg("%s: %d %s", refused[i], outcome.result, outcome.reason);
        assert_non_null(strstr(outcome.reason, "check base_url"));
    }
    assert_int_equal(http_connections_opened(fixture->http), 0);
    /* A proxy must not see what is not encrypted. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    http_run_url(fixture, local, LONG_MS, &outcome);
    unsetenv("http_proxy");
    assert_int_equal(outcome.result, 0);
    outcome_fini(&outcome);
}

/* ---- through a proxy */

/* What the scripted peer does as a proxy: a status for every CONNECT, or nothing. */
struct proxy_peer {
    struct fixture *fixture;
    int status;        /* 0: no answer */
    const char *bytes; /* before the connection is closed, where there is no status; NULL: it stays */
};

static void serve_as_proxy(void *data, const struct fake_request *request)
{
    struct proxy_peer *peer = data;

    buffer_append_text(&peer->fixture->seen, request->head);
    if (peer->status != 0) {
        fake_http_answer(request->connection, peer->status, "", "");
    } else if (peer->bytes != NULL) {
        fake_http_send(request->connection, peer->bytes, strlen(peer->bytes));
        fake_http_end(request->connection);
    }
}

static struct http_call *begin_through(struct fixture *fixture, const char *variable, const char *proxy,
                                       bool fresh, int64_t timeout_ms, struct outcome *outcome)
{
    struct http_call *call;

    outcome_fini(outcome);
    setenv(variable, proxy, 1);
    call = http_start(fixture->http,
                      &(struct http_request){.method = "POST",
                                             .url = "https://feishu.invalid/x",
                                             .bearer = "t-secret",
                                             .body = "{}",
                                             .fresh_connection = fresh,
                                             .timeout_ms = timeout_ms},
                      http_note, outcome);
    unsetenv(variable);
    return call;
}

/* A failure whose reason is just this; nothing of the request has left, and no password stands in it. */
static void check_reason(const struct outcome *outcome, int result, const char *reason)
{
    assert_string_equal(outcome->reason, reason);
    assert_int_equal(outcome->result, result);
    assert_int_equal(outcome->calls, 1);
    assert_false(outcome->sent);
    assert_null(strstr(outcome->reason, "hunter2"));
}

static void a_proxy_is_told_by_its_name(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    int fd;
    unsigned port = free_port(&fd);
    CLEANUP_FREE char *proxy = xasprintf("http://user:hunter2@127.0.0.1:%u", port);
    CLEANUP_FREE char *socks = xasprintf("socks5h://user:hunter2@127.0.0.1:%u", port);
    CLEANUP_FREE char *refused =
        xasprintf("cannot connect to the proxy 127.0.0.1:%u (https_proxy): Connection refused", port);
    CLEANUP_FREE char *refused_socks =
        xasprintf("cannot connect to the proxy 127.0.0.1:%u (ALL_PROXY): Connection refused", port);

    for (int fresh = 0; fresh < 2; fresh++) {
        begin_through(fixture, "https_proxy", proxy, fresh != 0, LONG_MS, &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        check_reason(&outcome, -ECONNREFUSED, refused);
        begin_through(fixture, "ALL_PROXY", socks, fresh != 0, LONG_MS, &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        check_reason(&outcome, -ECONNREFUSED, refused_socks);
        begin_through(fixture, "HTTPS_PROXY", "user:hunter2@" NO_NAME ":8080", fresh != 0, LONG_MS, &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        check_reason(&outcome, -EHOSTUNREACH,
                     "cannot find the address of the proxy " NO_NAME
                     ":8080 (HTTPS_PROXY): check the name, and the DNS");
        begin_through(fixture, "https_proxy", "gopher://user:hunter2@127.0.0.1:1", fresh != 0, LONG_MS,
                      &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        check_reason(&outcome, -EHOSTUNREACH, "https_proxy is not the URL of a proxy: check it");
    }
    assert_int_equal(close(fd), 0);
    /* A host that is exempt has no proxy to blame. */
    setenv("no_proxy", "example.org, .invalid", 1);
    begin_through(fixture, "https_proxy", proxy, true, LONG_MS, &outcome);
    unsetenv("no_proxy");
    test_run_until(&fixture->loop, &outcome.done);
    check_reason(&outcome, -EHOSTUNREACH,
                 "cannot find the address of feishu.invalid: check the name, and the DNS");
    outcome_fini(&outcome);
}

static void a_proxy_that_refuses_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct proxy_peer peer = {.fixture = fixture};
    struct fake_http *fake = fake_http_new(&fixture->loop, serve_as_proxy, &peer);
    unsigned port = fake_http_port(fake);
    CLEANUP_FREE char *proxy = xasprintf("http://user:hunter2@127.0.0.1:%u", port);
    CLEANUP_FREE char *name = xasprintf("the proxy 127.0.0.1:%u (https_proxy)", port);
    struct outcome outcome = {0};
    static const struct {
        int status;
        int result;
        const char *bytes;
        int64_t timeout_ms;
        const char *before, *after; /* the proxy's name */
    } cases[] = {
        {403, -ECONNREFUSED, NULL, LONG_MS, "",
         " refused to connect to feishu.invalid (HTTP 403): check https_proxy and no_proxy"},
        {502, -ECONNREFUSED, NULL, LONG_MS, "",
         " refused to connect to feishu.invalid (HTTP 502): check https_proxy and no_proxy"},
        {407, -ECONNREFUSED, NULL, LONG_MS, "",
         " asks for a user and a password (HTTP 407): check them in https_proxy"},
        {0, -ECONNRESET, "", LONG_MS, "the connection to ", " broke: Proxy CONNECT aborted"},
        {0, -ETIMEDOUT, NULL, 300, "", " did not answer within 0.3 s (while connecting to feishu.invalid)"},
        /* Through it, to a peer that does not answer the TLS handshake. */
        {200, -ETIMEDOUT, NULL, 300, "feishu.invalid did not answer within 0.3 s (while connecting through ",
         ")"},
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *reason = xasprintf("%s%s%s", cases[i].before, name, cases[i].after);

        for (int fresh = 0; fresh < 2; fresh++) {
            buffer_clear(&fixture->seen);
            peer.status = cases[i].status;
            peer.bytes = cases[i].bytes;
            begin_through(fixture, "https_proxy", proxy, fresh != 0, cases[i].timeout_ms, &outcome);
            test_run_until(&fixture->loop, &outcome.done);
            check_reason(&outcome, cases[i].result, reason);
            assert_ptr_equal(strstr(fixture->seen.data, "CONNECT feishu.invalid:443 HTTP/1.1\r\n"),
                             fixture->seen.data);
            /* Our own secrets are none of its business, its own are. */
            assert_null(strstr(fixture->seen.data, "secret"));
            assert_non_null(strstr(fixture->seen.data, "\r\nProxy-Authorization: Basic "));
        }
    }
    fake_http_close(fake);
    outcome_fini(&outcome);
}

/* Takes one connection, sends these bytes and closes it. */
static void answer_raw(struct fixture *fixture, int listener, const char *bytes)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
    close(fd);
}

/* Proxies that are spoken to in other ways. */
static void other_kinds_of_proxies_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    int fd;
    unsigned port = free_port(&fd);
    CLEANUP_FREE char *socks = xasprintf("socks5h://127.0.0.1:%u", port);
    CLEANUP_FREE char *tls = xasprintf("https://127.0.0.1:%u", port);
    CLEANUP_FREE char *no_socks =
        xasprintf("the proxy 127.0.0.1:%u (https_proxy) did not connect to feishu.invalid: ", port);
    CLEANUP_FREE char *no_tls =
        xasprintf("cannot make a TLS connection to the proxy 127.0.0.1:%u (https_proxy): ", port);

    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(listen(fd, 4), 0);
    begin_through(fixture, "https_proxy", socks, true, LONG_MS, &outcome);
    answer_raw(fixture, fd, "\x05\xff");
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result, -ECONNREFUSED);
    assert_ptr_equal(strstr(outcome.reason, no_socks), outcome.reason);
    assert_false(outcome.sent);
    begin_through(fixture, "https_proxy", tls, true, LONG_MS, &outcome);
    answer_raw(fixture, fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result, -EPROTO);
    assert_ptr_equal(strstr(outcome.reason, no_tls), outcome.reason);
    assert_false(outcome.sent);
    close(fd);
    outcome_fini(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_never_left_is_known, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(only_https_and_loopback, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(a_proxy_is_told_by_its_name, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(a_proxy_that_refuses_is_told, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(other_kinds_of_proxies_are_told, http_fixture_start,
                                        http_fixture_end),
    };

    return cmocka_run_group_tests_name("http-reach", tests, NULL, NULL);
}
