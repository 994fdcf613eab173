#include "test-token-fixture.h"

#include "lib/test.h"

#include <signal.h>

#include "base/base.h"

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

void token_let_go(struct fixture *fixture)
{
    struct fake_connection *held = fixture->held;

    fixture->hold = false;
    fixture->held = NULL;
    answer(fixture, held);
}

static void on_counted(void *data, enum feishu_api api, void *call_data)
{
    (void)call_data;
    struct fixture *fixture = data;

    assert_int_equal(api, FEISHU_TOKEN);
    fixture->counted++;
}

static void note_http_closed(void *data)
{
    ((struct fixture *)data)->http_closed = true;
}

int token_fixture_start(void **state)
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

int token_fixture_end(void **state)
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

void waiter_begin(struct fixture *fixture, struct waiter *waiter)
{
    waiter->done = false;
    token_wait(fixture->token, &waiter->wait, on_token, waiter);
    assert_false(waiter->done);
}

void waiter_expect(struct fixture *fixture, struct waiter *waiter, const char *text)
{
    waiter_begin(fixture, waiter);
    test_run_until(&fixture->loop, &waiter->done);
    if (!str_equal(waiter->text, text))
        fail_msg("%s came (%s)", waiter->text != NULL ? waiter->text : "nothing", waiter->result.message);
}

void token_run_until_requests(struct fixture *fixture, unsigned count)
{
    while (fake_http_requests(fixture->fake) < count)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

void token_run_until(struct fixture *fixture, const char *text)
{
    const char *now;

    while ((now = token_now(fixture->token)) == NULL || strcmp(now, text) != 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

void waiter_fini(struct waiter *waiter)
{
    free(waiter->text);
}
