/* The tenant token against a scripted peer, on a clock that the test moves: fetched once for all, kept,
 * renewed, refused, and every way in which its endpoint fails. */
#include "lib/test.h"

#include <fcntl.h>
#include <signal.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/token.h"
#include "lib/fake-clock.h"
#include "lib/fake-http.h"

#define APP_SECRET  "s3cr3t-of-the-app"
#define TOKEN_PATH  "/open-apis/auth/v3/tenant_access_token/internal"
#define CREDENTIALS "check app_id, app_secret and region: an app of Feishu is none of Lark's"
#define START_MS    (INT64_C(1795397400) * 1000)

struct fixture {
    uv_loop_t loop;
    struct timers *timers;
    struct http *http;
    struct fake_http *fake;
    struct fake_clock clock;
    struct app app;
    struct token *token;
    bool http_closed;
    unsigned counted;

    /* What the peer answers: `body`, or a token with this text and life. */
    int status;
    const char *body;
    const char *text;
    int expire_s;
    bool hold; /* keeps the answer back until it is let go */
    struct fake_connection *held;
    struct buffer seen;
};

static void answer(struct fixture *fixture, struct fake_connection *connection)
{
    CLEANUP_FREE char *body =
        fixture->body != NULL
            ? xstrdup(fixture->body)
            : xasprintf("{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"%s\",\"expire\":%d}",
                        fixture->text, fixture->expire_s);

    fake_http_answer(connection, fixture->status,
                     "Content-Type: application/json; charset=utf-8\r\nX-Tt-Logid: 2026log\r\n"
                     "Date: Mon, 23 Nov 2026 01:30:00 GMT\r\n",
                     body);
}

static void serve(void *data, const struct fake_request *request)
{
    struct fixture *fixture = data;

    buffer_append_text(&fixture->seen, request->head);
    buffer_append_text(&fixture->seen, request->body);
    if (fixture->hold)
        fixture->held = request->connection;
    else
        answer(fixture, request->connection);
}

static void let_go(struct fixture *fixture)
{
    struct fake_connection *held = fixture->held;

    fixture->hold = false;
    fixture->held = NULL;
    answer(fixture, held);
}

static void on_counted(void *data, enum feishu_api api)
{
    struct fixture *fixture = data;

    assert_int_equal(api, FEISHU_TOKEN);
    fixture->counted++;
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
    fake_clock_init(&fixture->clock, START_MS);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(timers_new(&fixture->timers, &fixture->loop, clock_system(), NULL), 0);
    assert_int_equal(http_new(&fixture->http, &fixture->loop, fixture->timers, NULL), 0);
    fixture->fake = fake_http_new(&fixture->loop, serve, fixture);
    fixture->app = (struct app){
        .name = (char *)"default",
        .base_url = xstrdup(fake_http_url(fixture->fake)),
        .app_id = (char *)"cli_9f5343c580712544",
        .app_secret = (char *)APP_SECRET,
        .timeout_ms = 60000,
    };
    fixture->token = token_new(fixture->http, &fixture->clock.clock, &fixture->app);
    token_on_request(fixture->token, on_counted, fixture);
    fixture->status = 200;
    fixture->text = "t-first";
    fixture->expire_s = 7200;
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;

    token_free(fixture->token);
    http_close(fixture->http, note_http_closed, fixture);
    test_run_until(&fixture->loop, &fixture->http_closed);
    timers_close(fixture->timers, NULL, NULL);
    fake_http_close(fixture->fake);
    test_loop_end(&fixture->loop);
    buffer_fini(&fixture->seen);
    free(fixture->app.base_url);
    free(fixture);
    return 0;
}

struct waiter {
    struct token_wait wait;
    bool done;
    int calls;
    char *text;
    struct feishu_result result;
    struct waiter *cancels; /* another one, when this one is called back */
};

static void on_token(void *data, const char *text, const struct feishu_result *result)
{
    struct waiter *waiter = data;

    waiter->done = true;
    waiter->calls++;
    free(waiter->text);
    waiter->text = xstrdup(text);
    waiter->result = *result;
    if (waiter->cancels != NULL)
        token_wait_cancel(&waiter->cancels->wait);
}

static void begin(struct fixture *fixture, struct waiter *waiter)
{
    waiter->done = false;
    token_wait(fixture->token, &waiter->wait, on_token, waiter);
    assert_false(waiter->done);
}

/* Waits for a token and checks which one comes; NULL: none. */
static void expect(struct fixture *fixture, struct waiter *waiter, const char *text)
{
    begin(fixture, waiter);
    test_run_until(&fixture->loop, &waiter->done);
    if (!str_equal(waiter->text, text))
        fail_msg("%s came (%s)", waiter->text != NULL ? waiter->text : "nothing", waiter->result.message);
}

static void run_until_requests(struct fixture *fixture, unsigned count)
{
    while (fake_http_requests(fixture->fake) < count)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

/* Lets whatever is on its way arrive. */
static void run_until_token(struct fixture *fixture, const char *text)
{
    const char *now;

    while ((now = token_now(fixture->token)) == NULL || strcmp(now, text) != 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void waiter_fini(struct waiter *waiter)
{
    free(waiter->text);
}

static void it_is_fetched_once_and_kept(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    assert_null(token_now(fixture->token));
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_NONE);
    assert_int_equal(token_expires_at(fixture->token), UNKNOWN);
    assert_int_equal(fake_http_requests(fixture->fake), 0);
    expect(fixture, &waiter, "t-first");
    assert_int_equal(waiter.result.outcome, FEISHU_OK);
    assert_int_equal(waiter.result.api, FEISHU_TOKEN);
    assert_int_equal(waiter.result.server_time, 1795397400);
    assert_string_equal(waiter.result.log_id, "2026log");
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_VALID);
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 7200);
    fake_clock_pass(&fixture->clock, MS_PER_HOUR);
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 1);
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    /* The request, as feishu-api.md 3.1 has it. */
    assert_ptr_equal(strstr(fixture->seen.data, "POST " TOKEN_PATH " HTTP/1.1\r\n"), fixture->seen.data);
    assert_non_null(strstr(fixture->seen.data, "\r\nContent-Type: application/json; charset=utf-8\r\n"));
    assert_null(strstr(fixture->seen.data, "Authorization"));
    assert_non_null(strstr(fixture->seen.data,
                           "\r\n\r\n{\"app_id\":\"cli_9f5343c580712544\",\"app_secret\":\"" APP_SECRET
                           "\"}"));
    waiter_fini(&waiter);
}

static void many_share_one_fetch(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiters[200] = {0};

    fixture->hold = true;
    for (size_t i = 0; i < ELEMENTS(waiters); i++)
        begin(fixture, &waiters[i]);
    waiters[0].cancels = &waiters[199]; /* while they are being called back */
    run_until_requests(fixture, 1);
    token_wait_cancel(&waiters[5].wait);
    token_wait_cancel(&waiters[5].wait);
    let_go(fixture);
    test_run_until(&fixture->loop, &waiters[198].done);
    for (size_t i = 0; i < ELEMENTS(waiters); i++) {
        assert_int_equal(waiters[i].calls, i != 5 && i != 199);
        if (waiters[i].calls > 0)
            assert_string_equal(waiters[i].text, "t-first");
        waiter_fini(&waiters[i]);
    }
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    assert_int_equal(fixture->counted, 1);
}

static void it_is_renewed_while_it_serves(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    expect(fixture, &waiter, "t-first");
    fixture->text = "t-second";
    fake_clock_pass(&fixture->clock, (7200 - 180) * MS_PER_SECOND - 1);
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 1);
    fake_clock_pass(&fixture->clock, 1);
    assert_string_equal(token_now(fixture->token), "t-first"); /* nobody waits for the new one */
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 2);
    run_until_token(fixture, "t-second");
    assert_int_equal(fixture->counted, 2);
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 7200 - 180 + 7200);
    waiter_fini(&waiter);
}

/* With 30 minutes or more left Feishu gives the same token again, with the rest of its life. */
static void the_same_token_may_come_again(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    expect(fixture, &waiter, "t-first");
    fake_clock_pass(&fixture->clock, 2633 * MS_PER_SECOND);
    fixture->expire_s = 4567;
    expect(fixture, &waiter, "t-first");
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 7200);
    assert_string_equal(token_now(fixture->token), "t-first");
    /* Also, and against the rule, at the time of renewal: it is not asked for with every call then. */
    fake_clock_pass(&fixture->clock, (4567 - 180) * MS_PER_SECOND);
    fixture->expire_s = 180;
    assert_non_null(token_now(fixture->token));
    expect(fixture, &waiter, "t-first"); /* waits for the one on its way */
    fake_clock_pass(&fixture->clock, 29 * MS_PER_SECOND);
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 3);
    waiter_fini(&waiter);
}

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

    expect(fixture, &waiter, "t-first");
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
        run_until_requests(fixture, 2 + attempt);
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
    expect(fixture, &waiter, NULL);
    fixture->body = NULL;
    fixture->text = "t-second";
    expect(fixture, &waiter, "t-second");
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_VALID);
    waiter_fini(&waiter);
}

/* A clock that is set makes no token old; time in which the machine slept does. */
static void only_real_time_counts(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    expect(fixture, &waiter, "t-first");
    fixture->clock.wall_ms += 365 * MS_PER_DAY;
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 365 * INT64_C(86400) + 7200);
    fixture->clock.wall_ms = 0;
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 1);
    fixture->clock.boot_ms += 7200 * MS_PER_SECOND;
    assert_null(token_now(fixture->token));
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_NONE);
    waiter_fini(&waiter);
}

static void a_refused_token_is_fetched_anew(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    expect(fixture, &waiter, "t-first");
    token_refuse(fixture->token, "t-first");
    assert_null(token_now(fixture->token));
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_REFUSED);
    fixture->text = "t-second";
    expect(fixture, &waiter, "t-second");
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

    expect(fixture, &waiters[0], "t-first");
    token_refuse(fixture->token, "t-first");
    fixture->hold = true;
    for (size_t i = 0; i < 3; i++)
        begin(fixture, &waiters[i]);
    run_until_requests(fixture, 2);
    let_go(fixture);
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
    expect(fixture, &waiters[0], "t-first");
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

    expect(fixture, &waiter, "t-first");
    fixture->hold = true;
    begin(fixture, &probe);
    run_until_requests(fixture, 2);
    token_refuse(fixture->token, "t-first");
    begin(fixture, &waiter);
    let_go(fixture);
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
            begin(fixture, &waiters[j]);
        run_until_requests(fixture, (unsigned)i + 1);
        let_go(fixture);
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
        expect(fixture, &waiter, "t-x");
        assert_string_equal(token_now(fixture->token), "t-x");
        assert_int_equal(token_expires_at(fixture->token) - START_MS / 1000,
                         cases[i].life_s != UNKNOWN ? cases[i].life_s : 300);
    }
    /* JWTs are long. */
    memset(text, 'j', 8192);
    body = xasprintf("{\"code\":0,\"tenant_access_token\":\"%s\",\"expire\":7200}", text);
    fixture->body = body;
    expect(fixture, &waiter, text);
    waiter_fini(&waiter);
}

/* A short life is shared out: some of it to renew in, the least of it unused. */
static void a_short_life_is_used(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    fixture->expire_s = 100;
    expect(fixture, &waiter, "t-first");
    fake_clock_pass(&fixture->clock, 74 * MS_PER_SECOND);
    assert_non_null(token_now(fixture->token));
    assert_int_equal(fixture->counted, 1);
    fixture->hold = true;
    fake_clock_pass(&fixture->clock, 1 * MS_PER_SECOND);
    assert_non_null(token_now(fixture->token));
    assert_int_equal(fixture->counted, 2);
    fake_clock_pass(&fixture->clock, 14 * MS_PER_SECOND);
    assert_non_null(token_now(fixture->token));
    fake_clock_pass(&fixture->clock, 1 * MS_PER_SECOND);
    assert_null(token_now(fixture->token));
    begin(fixture, &waiter); /* for the one on its way */
    run_until_requests(fixture, 2);
    fixture->text = "t-second";
    fixture->expire_s = 0;
    let_go(fixture);
    test_run_until(&fixture->loop, &waiter.done);
    /* Without any life it still serves those who waited for it, and no one else. */
    assert_string_equal(waiter.text, "t-second");
    assert_null(token_now(fixture->token));
    assert_int_equal(fixture->counted, 2);
    waiter_fini(&waiter);
}

static void it_may_be_freed_while_it_is_fetched(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    fixture->hold = true;
    begin(fixture, &waiter);
    run_until_requests(fixture, 1);
    token_wait_cancel(&waiter.wait);
    fixture->token = token_free(fixture->token);
    assert_null(fixture->token);
    assert_null(token_free(NULL));
    for (int i = 0; i < 20; i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(waiter.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_fetched_once_and_kept, start, end),
        cmocka_unit_test_setup_teardown(many_share_one_fetch, start, end),
        cmocka_unit_test_setup_teardown(it_is_renewed_while_it_serves, start, end),
        cmocka_unit_test_setup_teardown(the_same_token_may_come_again, start, end),
        cmocka_unit_test_setup_teardown(a_failing_renewal_is_repeated, start, end),
        cmocka_unit_test_setup_teardown(only_real_time_counts, start, end),
        cmocka_unit_test_setup_teardown(a_refused_token_is_fetched_anew, start, end),
        cmocka_unit_test_setup_teardown(the_same_token_is_not_tried_again, start, end),
        cmocka_unit_test_setup_teardown(an_answer_from_before_the_refusal, start, end),
        cmocka_unit_test_setup_teardown(failures_are_told_to_all, start, end),
        cmocka_unit_test_setup_teardown(odd_answers_are_taken, start, end),
        cmocka_unit_test_setup_teardown(a_short_life_is_used, start, end),
        cmocka_unit_test_setup_teardown(it_may_be_freed_while_it_is_fetched, start, end),
    };

    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
