#include "lib/test.h"

#include <signal.h>

#include "base/base.h"
#include "lib/api-fixture.h"

static void answer_token(struct fixture *fixture, struct fake_connection *connection, const char *app)
{
    CLEANUP_FREE char *body =
        fixture->token_body != NULL
            ? xstrdup(fixture->token_body)
            : xasprintf("{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"t-%s-%u\",\"expire\":7200}",
                        app, fixture->same_token ? 1 : fixture->tokens);

    fake_http_answer(connection, 200, NULL, body);
}

static void serve_token(struct fixture *fixture, const struct fake_request *request)
{
    fixture->tokens++;
    if (fixture->hold_tokens)
        fixture->held[fixture->held_count++] = request->connection;
    else
        answer_token(fixture, request->connection, strstr(request->body, "cli_b") != NULL ? "b" : "a");
}

void api_let_tokens_go(struct fixture *fixture)
{
    fixture->hold_tokens = false;
    for (size_t i = 0; i < fixture->held_count; i++)
        answer_token(fixture, fixture->held[i], "a");
    fixture->held_count = 0;
}

static void write_line(struct fixture *fixture, const struct fake_request *request)
{
    const char *value;

    buffer_printf(&fixture->lines, "%s %s", request->method, request->target);
    value = fake_http_header(request, "Authorization");
    buffer_printf(&fixture->lines, " | %s", value != NULL ? value : "-");
    value = fake_http_header(request, "Content-Type");
    buffer_printf(&fixture->lines, " | %s | %s\n", value != NULL ? value : "-", request->body);
}

#define ANSWER_HEADERS                                                                                       \
    "Content-Type: application/json; charset=utf-8\r\nX-Tt-Logid: 2026log\r\n"                               \
    "Date: Mon, 23 Nov 2026 01:30:00 GMT\r\n"

/* A reservation whose number is the id in the request's path. */
static void answer_with_id(const struct fake_request *request)
{
    const char *id = request->target + strlen(RESERVES "/");
    CLEANUP_FREE char *body =
        xasprintf("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"1\",\"meeting_no\":\"%.*s\"}}}",
                  (int)strcspn(id, "?/"), id);

    fake_http_answer(request->connection, 200, ANSWER_HEADERS, body);
}

static void serve_step(const struct step *step, const struct fake_request *request)
{
    if (step->body == NULL) {
        answer_with_id(request);
        return;
    }
    switch (step->end) {
    case WHOLE:
        fake_http_answer(request->connection, step->status,
                         step->status == 429 ? ANSWER_HEADERS "x-ogw-ratelimit-reset: 52\r\n"
                                             : ANSWER_HEADERS,
                         step->body);
        break;
    case CUT: {
        CLEANUP_FREE char *text = xasprintf(
            "HTTP/1.1 %d X\r\n" ANSWER_HEADERS "Content-Length: 1000\r\n\r\n%s", step->status, step->body);

        fake_http_send(request->connection, text, strlen(text));
        fake_http_end(request->connection);
        break;
    }
    case END:
        fake_http_end(request->connection);
        break;
    case RESET:
        fake_http_reset(request->connection);
        break;
    case STALL:
        break;
    case TOO_LARGE: {
        CLEANUP_FREE char *filling = xalloc(HTTP_ANSWER_MAX + 2);

        memset(filling, ' ', HTTP_ANSWER_MAX + 1);
        fake_http_answer(request->connection, step->status, ANSWER_HEADERS, filling);
        break;
    }
    }
}

static void serve(void *data, const struct fake_request *request)
{
    struct fixture *fixture = data;
    const char *bearer;

    if (strcmp(request->target, TOKEN_PATH) == 0) {
        serve_token(fixture, request);
        return;
    }
    write_line(fixture, request);
    fixture->operations++;
    fixture->last_connection = request->connection_number;
    fake_clock_pass(&fixture->clock, 70);
    if (fixture->cancel_on_request != NULL)
        feishu_call_cancel(fixture->cancel_on_request);
    fixture->cancel_on_request = NULL;
    bearer = fake_http_header(request, "Authorization");
    if (fixture->refuse_first && bearer != NULL && bearer[strlen(bearer) - 1] == '1') {
        fake_http_answer(request->connection, 400, ANSWER_HEADERS, BAD_TOKEN);
        return;
    }
    serve_step(fixture->steps, request);
    if (fixture->steps[1].status != 0)
        fixture->steps++;
}

static void on_counted(void *data, enum feishu_api api, void *call_data)
{
    (void)call_data;
    ((struct client *)data)->counted[api]++;
}

void api_note_http_closed(void *data)
{
    ((struct fixture *)data)->http_closed = true;
}

int api_fixture_start(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    signal(SIGPIPE, SIG_IGN);
    fake_clock_init(&fixture->clock, INT64_C(1795397400) * 1000);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(timers_new(&fixture->timers, &fixture->loop, clock_system(), NULL), 0);
    assert_int_equal(http_new(&fixture->http, &fixture->loop, fixture->timers, NULL), 0);
    fixture->fake = fake_http_new(&fixture->loop, serve, fixture);
    for (size_t i = 0; i < 2; i++) {
        struct client *client = &fixture->clients[i];

        client->app = (struct app){
            .name = (char *)(i == 0 ? "default" : "second"),
            .base_url = xstrdup(fake_http_url(fixture->fake)),
            .app_id = (char *)(i == 0 ? "cli_a" : "cli_b"),
            .app_secret = (char *)"s3cr3t",
            .timeout_ms = LONG_MS,
        };
        assert_int_equal(
            feishu_new(&client->feishu, fixture->http, &fixture->clock.clock, &client->app, NULL), 0);
        feishu_on_request(client->feishu, on_counted, client);
    }
    *state = fixture;
    return 0;
}

int api_fixture_end(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 2; i++)
        feishu_free(fixture->clients[i].feishu);
    http_close(fixture->http, api_note_http_closed, fixture);
    test_run_until(&fixture->loop, &fixture->http_closed);
    timers_close(fixture->timers, NULL, NULL);
    fake_http_close(fixture->fake);
    test_loop_end(&fixture->loop);
    buffer_fini(&fixture->lines);
    for (size_t i = 0; i < 2; i++)
        free(fixture->clients[i].app.base_url);
    free(fixture);
    return 0;
}

void outcome_fini(struct outcome *outcome)
{
    free(outcome->reserve_id);
    free(outcome->meeting_no);
    meeting_free(outcome->meeting);
    *outcome = (struct outcome){.done = false};
}

void outcome_note_reserve(void *data, const struct feishu_result *result,
                          const struct feishu_reserve *reserve)
{
    struct outcome *outcome = data;

    outcome->done = true;
    outcome->calls++;
    outcome->result = *result;
    outcome->has_reserve = reserve != NULL;
    if (reserve != NULL) {
        outcome->reserve_id = xstrdup(reserve->id);
        outcome->meeting_no = xstrdup(reserve->meeting_no);
    }
}

void outcome_note_meeting(void *data, const struct feishu_result *result, struct meeting *take_meeting)
{
    struct outcome *outcome = data;

    outcome->done = true;
    outcome->calls++;
    outcome->result = *result;
    outcome->meeting = take_meeting;
}

void outcome_note_list(void *data, const struct feishu_result *result, const struct string_list *ids,
                       const char *page_token)
{
    struct outcome *outcome = data;

    (void)ids;
    (void)page_token;
    outcome->done = true;
    outcome->calls++;
    outcome->result = *result;
}

struct feishu_call *api_begin(struct client *client, enum feishu_api api, struct outcome *outcome)
{
    struct meeting_settings settings;
    struct feishu_call *call;

    outcome_fini(outcome);
    meeting_settings_init(&settings);
    str_set(&settings.topic, "my meeting");
    str_set(&settings.password, "971024");
    settings.meeting_connect = FLAG_YES;
    switch (api) {
    case FEISHU_APPLY:
        call = feishu_apply(client->feishu, 1608888867, "ou_o", &settings, outcome_note_reserve, outcome);
        break;
    case FEISHU_UPDATE:
        call = feishu_update(client->feishu, ID, 1608888867, &settings, outcome_note_reserve, outcome);
        break;
    case FEISHU_DELETE:
        call = feishu_delete(client->feishu, ID, outcome_note_reserve, outcome);
        break;
    case FEISHU_GET:
        call = feishu_get(client->feishu, ID, outcome_note_reserve, outcome);
        break;
    case FEISHU_GET_ACTIVE_MEETING:
        call = feishu_get_active_meeting(client->feishu, ID, true, outcome_note_meeting, outcome);
        break;
    case FEISHU_GET_MEETING:
        call = feishu_get_meeting(client->feishu, ID, true, outcome_note_meeting, outcome);
        break;
    case FEISHU_LIST_BY_NO:
        call = feishu_list_by_no(client->feishu, "112000358", 1608883322, 1608888867, NULL, outcome_note_list,
                                 outcome);
        break;
    default:
        call = feishu_probe(client->feishu, outcome_note_reserve, outcome);
        break;
    }
    meeting_settings_fini(&settings); /* all is copied */
    assert_false(outcome->done);
    return call;
}

void api_run(struct fixture *fixture, enum feishu_api api, struct outcome *outcome)
{
    api_begin(&fixture->clients[0], api, outcome);
    test_run_until(&fixture->loop, &outcome->done);
    assert_int_equal(outcome->calls, 1);
}

void api_run_one(struct fixture *fixture, enum feishu_api api, const struct step *step,
                 struct outcome *outcome)
{
    const struct step steps[] = {*step, {.status = 0}};

    fixture->steps = steps;
    api_run(fixture, api, outcome);
    fixture->steps = NULL;
}
