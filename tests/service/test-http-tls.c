/* feishu/http over TLS, with nghttpx in front of a scripted peer: HTTP/2 and how many connections it takes,
 * certificates that are not to be trusted, connections that are dead. */
#include "lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/http.h"
#include "lib/fake-http.h"

#define LONG_MS 60000

struct fixture {
    uv_loop_t loop;
    struct timers *timers;
    struct http *http;
    struct fake_http *fake;
    bool http_closed;
    bool stall;
    pid_t front; /* nghttpx */
    unsigned port;
    unsigned over_http2;   /* requests that came to nghttpx over HTTP/2 */
    struct buffer bearers; /* what the peer saw */
};

static char *directory; /* with keys and certificates, for all tests */

static void run_shell(const char *command)
{
    CLEANUP_FREE char *line = xasprintf("cd %s && { %s; } >>log 2>&1", directory, command);

    /* NOLINTNEXTLINE(cert-env33-c): openssl and nghttpx are looked for as the user would */
    if (system(line) != 0)
        fail_msg("failed, see %s/log: %s", directory, command);
}

/* good.pem is for localhost, named.pem for another host, expired.pem was for localhost. All sign themselves.
 */
static int make_certificates(void **state)
{
    (void)state;
    directory = test_make_directory();
    run_shell("openssl ecparam -name prime256v1 -genkey -noout -out key.pem");
    run_shell("openssl req -new -key key.pem -subj /CN=test -out request.pem");
    run_shell(
        "echo subjectAltName=DNS:localhost >good.ext && openssl x509 -req -in request.pem -signkey key.pem "
        "-days 2 -extfile good.ext -out good.pem");
    run_shell(
        "openssl x509 -req -in request.pem -signkey key.pem -days -1 -extfile good.ext -out expired.pem");
    run_shell("echo subjectAltName=DNS:open.example >named.ext && openssl x509 -req -in request.pem -signkey "
              "key.pem -days 2 -extfile named.ext -out named.pem");
    return 0;
}

static int remove_certificates(void **state)
{
    CLEANUP_FREE char *line = xasprintf("rm -r %s", directory);

    (void)state;
    free(directory);
    /* NOLINTNEXTLINE(cert-env33-c): as above */
    return system(line);
}

static void serve(void *data, const struct fake_request *request)
{
    struct fixture *fixture = data;
    const char *via = fake_http_header(request, "Via");

    fixture->over_http2 += via != NULL && strncmp(via, "2 ", 2) == 0;
    buffer_append_text(&fixture->bearers, fake_http_header(request, "Authorization"));
    if (!fixture->stall)
        fake_http_answer(request->connection, 200, NULL, "{\"code\":0}");
}

static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool listens(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return good;
}

static void stop_front(struct fixture *fixture)
{
    if (fixture->front > 0) {
        kill(fixture->front, SIGKILL);
        waitpid(fixture->front, NULL, 0);
    }
    fixture->front = 0;
}

/* nghttpx with one of the certificates; `protocols` as "h2,http/1.1". */
static void start_front(struct fixture *fixture, const char *certificate, const char *protocols)
{
    stop_front(fixture);
    fixture->port = free_port();
    {
        CLEANUP_FREE char *frontend = xasprintf("--frontend=127.0.0.1,%u", fixture->port);
        CLEANUP_FREE char *backend = xasprintf("--backend=127.0.0.1,%u", fake_http_port(fixture->fake));
        CLEANUP_FREE char *list = xasprintf("--npn-list=%s", protocols);
        CLEANUP_FREE char *log = xasprintf("--errorlog-file=%s/nghttpx.log", directory);
        CLEANUP_FREE char *key = xasprintf("%s/key.pem", directory);
        CLEANUP_FREE char *pem = xasprintf("%s/%s", directory, certificate);
        char *arguments[] = {(char *)"nghttpx",
                             (char *)"--conf=/dev/null",
                             frontend,
                             backend,
                             list,
                             log,
                             (char *)"--no-ocsp",
                             (char *)"--single-process",
                             (char *)"--accesslog-file=/dev/null",
                             (char *)"--workers=1",
                             key,
                             pem,
                             NULL};

        posix_spawn_file_actions_t actions;
        int result;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        result = posix_spawnp(&fixture->front, "nghttpx", &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
        if (result != 0)
            fail_msg("nghttpx cannot be started: install the Debian package nghttp2-proxy");
    }
    /* Until it listens, or has ended. */
    for (int i = 0; !listens(fixture->port); i++) {
        if (waitpid(fixture->front, NULL, WNOHANG) != 0 || i >= 3000)
            fail_msg("nghttpx does not listen, see %s/nghttpx.log", directory);
        usleep(10000);
    }
}

static void note_http_closed(void *data)
{
    ((struct fixture *)data)->http_closed = true;
}

static int start(void **state)
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

static int end(void **state)
{
    struct fixture *fixture = *state;

    stop_front(fixture);
    http_close(fixture->http, note_http_closed, fixture);
    test_run_until(&fixture->loop, &fixture->http_closed);
    timers_close(fixture->timers, NULL, NULL);
    fake_http_close(fixture->fake);
    test_loop_end(&fixture->loop);
    buffer_fini(&fixture->bearers);
    free(fixture);
    return 0;
}

struct outcome {
    int result;
    int status;
    bool done;
    bool sent;
    char reason[400];
};

static void note(void *data, const struct http_answer *answer)
{
    struct outcome *outcome = data;

    outcome->done = true;
    outcome->result = answer->result;
    outcome->status = answer->status;
    outcome->sent = answer->sent;
    snprintf(outcome->reason, sizeof(outcome->reason), "%s", answer->reason);
}

/* `ca_file` is one of the certificates, or NULL. */
static void begin(struct fixture *fixture, const char *ca_file, bool fresh, int64_t timeout_ms,
                  struct outcome *outcome)
{
    CLEANUP_FREE char *url = xasprintf("https://localhost:%u/x", fixture->port);
    CLEANUP_FREE char *path = ca_file != NULL ? xasprintf("%s/%s", directory, ca_file) : NULL;

    *outcome = (struct outcome){.done = false};
    http_start(fixture->http,
               &(struct http_request){.method = fresh ? "POST" : "GET",
                                      .url = url,
                                      .body = fresh ? "{}" : NULL,
                                      .bearer = "t-secret",
                                      .ca_file = path,
                                      .fresh_connection = fresh,
                                      .timeout_ms = timeout_ms},
               note, outcome);
}

static void run(struct fixture *fixture, const char *ca_file, bool fresh, int64_t timeout_ms,
                struct outcome *outcome)
{
    begin(fixture, ca_file, fresh, timeout_ms, outcome);
    test_run_until(&fixture->loop, &outcome->done);
}

static void run_good(struct fixture *fixture, bool fresh)
{
    struct outcome outcome;

    run(fixture, "good.pem", fresh, LONG_MS, &outcome);
    if (outcome.result != 0 || outcome.status != 200)
        fail_msg("%d %s", outcome.status, outcome.reason);
}

/* A thousand polls, in bursts and one by one, from the very first on: one handshake. Each apply has its own.
 */
static void a_thousand_polls_take_one_connection(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[32];

    start_front(fixture, "good.pem", "h2,http/1.1");
    for (int burst = 0; burst < 25; burst++) {
        for (size_t i = 0; i < ELEMENTS(outcomes); i++)
            begin(fixture, "good.pem", false, LONG_MS, &outcomes[i]);
        for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
            test_run_until(&fixture->loop, &outcomes[i].done);
            assert_int_equal(outcomes[i].result, 0);
        }
    }
    for (int i = 0; i < 200; i++)
        run_good(fixture, false);
    assert_int_equal(fake_http_requests(fixture->fake), 1000);
    assert_int_equal(fixture->over_http2, 1000);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    for (unsigned i = 1; i <= 3; i++) {
        run_good(fixture, true);
        assert_int_equal(http_connections_opened(fixture->http), 1 + i);
    }
    assert_int_equal(fixture->over_http2, 1000);
    /* The shared one is still there. */
    run_good(fixture, false);
    assert_int_equal(http_connections_opened(fixture->http), 4);
}

/* An apply speaks HTTP/1.1 on a connection of its own; the polls that are under way beside it go on sharing
 * theirs. */
static void applies_leave_the_shared_connection_alone(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[24];
    unsigned applies = 0, polls = 0;

    start_front(fixture, "good.pem", "h2,http/1.1");
    for (int burst = 0; burst < 20; burst++) {
        for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
            bool apply = i % 6 == 0;

            begin(fixture, "good.pem", apply, LONG_MS, &outcomes[i]);
            applies += apply;
            polls += !apply;
            /* So that they do not all start before the first apply has its connection. */
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
        for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
            test_run_until(&fixture->loop, &outcomes[i].done);
            assert_int_equal(outcomes[i].result, 0);
        }
    }
    assert_int_equal(fixture->over_http2, polls);
    assert_int_equal(http_connections_opened(fixture->http), 1 + applies);
}

static void without_http2_connections_are_kept_as_well(void **state)
{
    struct fixture *fixture = *state;

    start_front(fixture, "good.pem", "http/1.1");
    for (int i = 0; i < 50; i++)
        run_good(fixture, false);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    assert_int_equal(fixture->over_http2, 0);
}

static void a_bad_certificate_is_told_plainly(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *certificate; /* of the server */
        const char *ca_file;
        int result;
        const char *reason; /* its beginning and its end */
        const char *advice;
    } cases[] = {
        {"good.pem", NULL, -EKEYREJECTED,
         "the certificate of localhost is not trusted: self-signed certificate",
         "; if this authority is to be trusted, put its certificate into ca_file"},
        {"expired.pem", "expired.pem", -EKEYREJECTED,
         "the certificate of localhost is not trusted: certificate has expired",
         "; check this machine's clock; if it is right, the certificate has to be renewed there"},
        {"named.pem", "named.pem", -EKEYREJECTED, "the certificate of localhost is not trusted: ",
         "; check base_url, and what stands between this machine and that host"},
        {"good.pem", "missing.pem", -ENOKEY, "cannot read the CA certificates in ",
         "missing.pem: check the file"},
        {"good.pem", "log", -ENOKEY, "cannot read the CA certificates in ", "log: check the file"},
    };

    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        for (int fresh = 0; fresh < 2; fresh++) {
            struct outcome outcome;
            size_t length;

            if (fresh == 0)
                start_front(fixture, cases[i].certificate, "h2,http/1.1");
            run(fixture, cases[i].ca_file, fresh != 0, LONG_MS, &outcome);
            length = strlen(outcome.reason);
            if (outcome.result != cases[i].result || outcome.sent ||
                strncmp(outcome.reason, cases[i].reason, strlen(cases[i].reason)) != 0 ||
                length < strlen(cases[i].advice) ||
                strcmp(outcome.reason + length - strlen(cases[i].advice), cases[i].advice) != 0)
                fail_msg("case %zu: %d, sent %d, \"%s\"", i, outcome.result, outcome.sent, outcome.reason);
        }
    }
    /* Nothing was said to a peer that nobody knows. */
    assert_int_equal(fake_http_requests(fixture->fake), 0);
}

/* An apply that has left over TLS and is not answered: open, whatever ends it. One that could not leave: not
 * done. */
static void a_broken_tls_connection(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;

    start_front(fixture, "good.pem", "h2,http/1.1");
    fixture->stall = true;
    begin(fixture, "good.pem", true, LONG_MS, &outcome);
    while (fake_http_requests(fixture->fake) == 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    stop_front(fixture);
    test_run_until(&fixture->loop, &outcome.done);
    assert_true(outcome.result < 0);
    assert_true(outcome.sent);
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    run(fixture, "good.pem", true, LONG_MS, &outcome);
    assert_int_equal(outcome.result, -ECONNREFUSED);
    assert_false(outcome.sent);
}

/* A call that leaves on a kept connection, which dies without an answer, is sent again by libcurl on a new
 * one; where that cannot be made, the first still counts. */
static void a_call_that_left_before_has_left(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;

    start_front(fixture, "good.pem", "http/1.1");
    run_good(fixture, false);
    fixture->stall = true;
    begin(fixture, "good.pem", false, LONG_MS, &outcome);
    while (fake_http_requests(fixture->fake) < 2)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    stop_front(fixture);
    test_run_until(&fixture->loop, &outcome.done);
    assert_true(http_connections_opened(fixture->http) > 1);
    assert_int_equal(outcome.result, -ECONNREFUSED);
    assert_true(outcome.sent);
}

/* The host acknowledges what is sent, and nobody there reads it: the calls after the first that timed out
 * look for another connection instead of waiting on this one for ever. */
static void a_dead_shared_connection_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;

    start_front(fixture, "good.pem", "h2");
    run_good(fixture, false);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    kill(fixture->front, SIGSTOP);
    assert_int_equal(waitpid(fixture->front, NULL, WUNTRACED),
                     fixture->front); /* it may run a little longer */
    /* libcurl knows a connection's age in whole seconds. */
    run(fixture, "good.pem", false, 2500, &outcome);
    assert_int_equal(outcome.result, -ETIMEDOUT);
    assert_true(outcome.sent);
    assert_int_equal(http_connections_opened(fixture->http), 1);
    /* An apply that goes well elsewhere, on a connection of its own, says nothing about the one that is dead.
     */
    http_start(fixture->http,
               &(struct http_request){.method = "POST",
                                      .url = fake_http_url(fixture->fake),
                                      .body = "{}",
                                      .bearer = "t-secret",
                                      .fresh_connection = true,
                                      .timeout_ms = LONG_MS},
               note, &outcome);
    outcome.done = false;
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result, 0);
    run(fixture, "good.pem", false, 100, &outcome);
    assert_int_equal(outcome.result, -ETIMEDOUT);
    assert_string_equal(outcome.reason, "localhost did not answer within 0.1 s (while connecting)");
    assert_false(outcome.sent);
    assert_int_equal(http_connections_opened(fixture->http), 3);
    kill(fixture->front, SIGCONT);
    run_good(fixture, false);
    /* All is well again: the new one is kept. */
    {
        uint64_t opened = http_connections_opened(fixture->http);

        for (int i = 0; i < 5; i++)
            run_good(fixture, false);
        assert_int_equal(http_connections_opened(fixture->http), opened);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thousand_polls_take_one_connection, start, end),
        cmocka_unit_test_setup_teardown(applies_leave_the_shared_connection_alone, start, end),
        cmocka_unit_test_setup_teardown(without_http2_connections_are_kept_as_well, start, end),
        cmocka_unit_test_setup_teardown(a_bad_certificate_is_told_plainly, start, end),
        cmocka_unit_test_setup_teardown(a_broken_tls_connection, start, end),
        cmocka_unit_test_setup_teardown(a_call_that_left_before_has_left, start, end),
        cmocka_unit_test_setup_teardown(a_dead_shared_connection_is_left, start, end),
    };

    return cmocka_run_group_tests_name("http-tls", tests, make_certificates, remove_certificates);
}
