#include "feishu/api.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "feishu/codec.h"
#include "feishu/http.h"
#include "feishu/result.h"
#include "feishu/token.h"

/* Feishu's have some 19 digits. */
#define RESERVE_ID_MAX 128

/* Of list_by_no; 50 are the most. */
#define LIST_PAGE 50

#define STOPPING "meetingd is stopping"

struct feishu {
    struct http *http;
    const struct clock *clock;
    const struct app *app;
    struct token *token;
    size_t calls;
    bool stopped;
    void (*counted)(void *data, enum feishu_api api, void *call_data);
    void *counted_data;
    void (*answered)(void *data, const struct feishu_result *result);
    void *answered_data;
};

/* One operation: at most two requests, the second with a fresh token. At any time it waits for exactly one of
 * three things: the token, an HTTP answer, or the next turn of the loop, which ends it. */
struct feishu_call {
    struct feishu *feishu;
    enum feishu_api api;
    const char *method;
    char *reserve_id; /* NULL: apply, token */
    char *url;
    char *body;     /* secret; NULL: none */
    char *password; /* secret: what a message of Feishu's must not repeat */
    bool with_participants;
    feishu_reserve_cb *reserve_callback;
    feishu_meeting_cb *meeting_callback;
    feishu_list_cb *list_callback;
    void *data;
    struct string_list ids; /* of list_by_no */
    char *page_token;       /* the same */

    struct token_wait wait;
    struct http_call *http_call;
    struct timer later;
    struct feishu_result result; /* for `later` */
    char *bearer;                /* secret: the token of the request under way */
    bool repeated;
    int64_t sent_ms;
};

static const char *const api_names[FEISHU_APIS] = {
    [FEISHU_TOKEN] = "token",
    [FEISHU_APPLY] = "apply",
    [FEISHU_UPDATE] = "update",
    [FEISHU_DELETE] = "delete",
    [FEISHU_GET] = "get",
    [FEISHU_GET_ACTIVE_MEETING] = "get_active_meeting",
    [FEISHU_GET_MEETING] = "get_meeting",
    [FEISHU_LIST_BY_NO] = "list_by_no",
};

const char *feishu_api_name(enum feishu_api api)
{
    return api_names[api];
}

int feishu_new(struct feishu **ret, struct http *http, const struct clock *clock, const struct app *app,
               struct error *error)
{
    struct feishu *feishu;

    if (app->app_secret == NULL)
        return error_set(
            error, -ENOKEY,
            "app %s has no secret: set app_secret_file, or give systemd the credential app_secret",
            app->name);
    feishu = xalloc(sizeof(*feishu));
    feishu->http = http;
    feishu->clock = clock;
    feishu->app = app;
    feishu->token = token_new(http, clock, app);
    *ret = feishu;
    return 0;
}

struct feishu *feishu_free(struct feishu *feishu)
{
    if (feishu == NULL)
        return NULL;
    assert(feishu->calls == 0);
    token_free(feishu->token);
    free(feishu);
    return NULL;
}

void feishu_on_request(struct feishu *feishu,
                       void (*counted)(void *data, enum feishu_api api, void *call_data), void *data)
{
    feishu->counted = counted;
    feishu->counted_data = data;
    token_on_request(feishu->token, counted, data);
}

void feishu_on_answer(struct feishu *feishu, void (*answered)(void *data, const struct feishu_result *result),
                      void *data)
{
    feishu->answered = answered;
    feishu->answered_data = data;
    token_on_answer(feishu->token, answered, data);
}

enum feishu_token_state feishu_token_state(const struct feishu *feishu)
{
    return token_state(feishu->token);
}

int64_t feishu_token_asked_at(const struct feishu *feishu)
{
    return token_asked_at(feishu->token);
}

int64_t feishu_token_expires_at(const struct feishu *feishu)
{
    return token_expires_at(feishu->token);
}

/* Ends the call; `reserve` and `take_meeting` are NULL unless they are what it is about. The callback may
 * free the client. */
static void finish(struct feishu_call *call, const struct feishu_result *result,
                   const struct feishu_reserve *reserve, struct meeting *take_meeting)
{
    token_wait_cancel(&call->wait);
    timer_stop(&call->later);
    call->feishu->calls--;
    if (call->list_callback != NULL)
        call->list_callback(call->data, result, result->outcome == FEISHU_OK ? &call->ids : NULL,
                            call->page_token);
    else if (call->meeting_callback != NULL)
        call->meeting_callback(call->data, result, take_meeting);
    else
        call->reserve_callback(call->data, result, reserve);
    free(call->reserve_id);
    free(call->page_token);
    string_list_fini(&call->ids);
    free(call->url);
    secret_free(call->body);
    secret_free(call->password);
    secret_free(call->bearer);
    free(call);
}

/* From the next turn of the loop. */
static void finish_later(struct feishu_call *call)
{
    timer_start_in(&call->later, 0);
}

static void on_later(struct timer *timer)
{
    struct feishu_call *call = timer->data;

    finish(call, &call->result, NULL, NULL);
}

static void finish_unsent(struct feishu_call *call, enum feishu_outcome outcome, const char *why)
{
    result_init(&call->result, call->api, outcome);
    result_refuse(&call->result, outcome, why);
    finish_later(call);
}

static void send_request(struct feishu_call *call, const char *bearer);

static void on_token(void *data, const char *token, const struct feishu_result *result)
{
    struct feishu_call *call = data;

    /* One that waited beside it may have stopped the client. */
    if (call->feishu->stopped)
        finish_unsent(call, FEISHU_CANCELLED, STOPPING);
    else if (token == NULL || call->api == FEISHU_TOKEN)
        finish(call, result, NULL, NULL);
    else
        send_request(call, token);
}

/* Sends the request as soon as there is a token. */
static void go(struct feishu_call *call)
{
    const char *token;

    if (call->feishu->stopped) {
        finish_unsent(call, FEISHU_CANCELLED, STOPPING);
        return;
    }
    if (call->api == FEISHU_TOKEN) {
        token_wait(call->feishu->token, &call->wait, on_token, call);
        return;
    }
    token = token_now(call->feishu->token);
    if (token != NULL)
        send_request(call, token);
    else
        token_wait(call->feishu->token, &call->wait, on_token, call);
}

static void finish_meeting(struct feishu_call *call, struct feishu_result *result,
                           const struct codec_answer *answer)
{
    struct meeting *meeting = NULL;
    struct error error;

    /* One of the ways to say that there is no meeting now; the code stays for whoever must know. */
    if (result->outcome == FEISHU_NOT_FOUND && call->api == FEISHU_GET_ACTIVE_MEETING) {
        result->outcome = FEISHU_OK;
        result->surely_not_done = false;
        result->message[0] = '\0';
    } else if (result->outcome == FEISHU_OK &&
               codec_meeting(answer, call->with_participants, &meeting, &error) < 0) {
        result_unreadable(result, error.text);
    }
    finish(call, result, NULL, meeting);
}

static void finish_list(struct feishu_call *call, struct feishu_result *result,
                        const struct codec_answer *answer)
{
    struct error error;

    if (result->outcome == FEISHU_OK && codec_meeting_list(answer, &call->ids, &call->page_token, &error) < 0)
        result_unreadable(result, error.text);
    finish(call, result, NULL, NULL);
}

static void finish_reserve(struct feishu_call *call, struct feishu_result *result,
                           const struct codec_answer *answer)
{
    struct feishu_reserve reserve = {.end_time = UNKNOWN, .expire_status = UNKNOWN};
    struct error error;
    bool told = false;

    if (result->outcome == FEISHU_OK && call->api != FEISHU_DELETE) {
        int found = codec_reserve(answer, &reserve, &error);

        /* Code 0 is all that an update needs; the others have an answer only in the reservation. */
        told = found == 0 || (found == -ENOENT && call->api == FEISHU_UPDATE);
        if (!told)
            result_unreadable(result, error.text);
        if (told && reserve.id == NULL) {
            reserve.id = xstrdup(call->reserve_id);
            if (reserve.id == NULL)
                result_unreadable(result, "the answer has no reserve id in it");
        }
    }
    finish(call, result, told && result->outcome == FEISHU_OK ? &reserve : NULL, NULL);
    codec_reserve_fini(&reserve);
}

static void on_answer(void *data, const struct http_answer *http)
{
    struct feishu_call *call = data;
    const char *const secrets[] = {call->bearer, call->feishu->app->app_secret, call->password};
    struct feishu_result result;
    struct codec_answer answer;
    bool renew_token;

    call->http_call = NULL;
    renew_token = result_read(&result, call->api, http, secrets, ELEMENTS(secrets), &answer);
    result.latency_ms = clock_boot_ms(call->feishu->clock) - call->sent_ms;
    if (call->feishu->answered != NULL)
        call->feishu->answered(call->feishu->answered_data, &result);
    if (renew_token)
        token_refuse(call->feishu->token, call->bearer);
    if (renew_token && !call->repeated && !call->feishu->stopped) {
        call->repeated = true;
        go(call);
    } else if (call->list_callback != NULL) {
        finish_list(call, &result, &answer);
    } else if (call->meeting_callback != NULL) {
        finish_meeting(call, &result, &answer);
    } else {
        finish_reserve(call, &result, &answer);
    }
    codec_answer_fini(&answer);
}

static void send_request(struct feishu_call *call, const char *bearer)
{
    struct feishu *feishu = call->feishu;

    secret_free(call->bearer);
    call->bearer = xstrdup(bearer);
    call->sent_ms = clock_boot_ms(feishu->clock);
    if (feishu->counted != NULL)
        feishu->counted(feishu->counted_data, call->api, call->data);
    call->http_call = http_start(feishu->http,
                                 &(struct http_request){
                                     .method = call->method,
                                     .url = call->url,
                                     .bearer = bearer,
                                     .body = call->body,
                                     .ca_file = feishu->app->ca_file,
                                     .fresh_connection = call->api == FEISHU_APPLY,
                                     .timeout_ms = feishu->app->timeout_ms,
                                 },
                                 on_answer, call);
}

static struct feishu_call *call_new(struct feishu *feishu, enum feishu_api api, const char *method,
                                    void *data)
{
    struct feishu_call *call = xalloc(sizeof(*call));

    call->feishu = feishu;
    call->api = api;
    call->method = method;
    call->data = data;
    timer_init(&call->later, http_timers(feishu->http), on_later, call);
    feishu->calls++;
    return call;
}

static void append_escaped(struct buffer *buffer, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL)
            buffer_append_char(buffer, *text);
        else
            buffer_printf(buffer, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

/* The URL of a reservation's operation; `reserve_id` and `rest` may be NULL. Feishu takes user_id_type on all
 * but delete. */
static char *make_url(const struct app *app, const char *reserve_id, const char *rest, bool user_id_type)
{
    struct buffer url = BUFFER_EMPTY;

    buffer_printf(&url, "%s/open-apis/vc/v1/reserves", app->base_url);
    if (reserve_id != NULL) {
        buffer_append_char(&url, '/');
        append_escaped(&url, reserve_id);
    }
    if (rest != NULL)
        buffer_append_text(&url, rest);
    if (user_id_type)
        buffer_printf(&url, "%cuser_id_type=%s", strchr(url.data, '?') != NULL ? '&' : '?',
                      user_id_type_name(app->user_id_type));
    return buffer_take(&url);
}

/* Begins a call about one reservation. An id that cannot be one would make the URL of another operation. */
static struct feishu_call *begin(struct feishu_call *call, const char *reserve_id, const char *rest)
{
    size_t length = strlen(reserve_id);

    call->reserve_id = xstrdup(reserve_id);
    call->url = make_url(call->feishu->app, reserve_id, rest, call->api != FEISHU_DELETE);
    if (length == 0 || length > RESERVE_ID_MAX) {
        finish_unsent(call, FEISHU_PERMANENT, "this is no reserve_id: Feishu's have some 19 digits");
    } else {
        go(call);
    }
    return call;
}

struct feishu_call *feishu_apply(struct feishu *feishu, int64_t end_time, const char *owner_id,
                                 const struct meeting_settings *settings, feishu_reserve_cb *callback,
                                 void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_APPLY, "POST", data);

    call->reserve_callback = callback;
    call->url = make_url(feishu->app, NULL, "/apply", true);
    call->body = codec_apply_request(end_time, owner_id, settings);
    call->password = xstrdup(settings->password);
    go(call);
    return call;
}

struct feishu_call *feishu_update(struct feishu *feishu, const char *reserve_id, int64_t end_time,
                                  const struct meeting_settings *settings, feishu_reserve_cb *callback,
                                  void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_UPDATE, "PUT", data);

    call->reserve_callback = callback;
    call->body = codec_update_request(end_time, settings);
    call->password = settings != NULL ? xstrdup(settings->password) : NULL;
    return begin(call, reserve_id, NULL);
}

struct feishu_call *feishu_delete(struct feishu *feishu, const char *reserve_id, feishu_reserve_cb *callback,
                                  void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_DELETE, "DELETE", data);

    call->reserve_callback = callback;
    return begin(call, reserve_id, NULL);
}

struct feishu_call *feishu_get(struct feishu *feishu, const char *reserve_id, feishu_reserve_cb *callback,
                               void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_GET, "GET", data);

    call->reserve_callback = callback;
    return begin(call, reserve_id, NULL);
}

struct feishu_call *feishu_get_active_meeting(struct feishu *feishu, const char *reserve_id,
                                              bool with_participants, feishu_meeting_cb *callback, void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_GET_ACTIVE_MEETING, "GET", data);

    call->meeting_callback = callback;
    call->with_participants = with_participants;
    return begin(call, reserve_id,
                 with_participants ? "/get_active_meeting?with_participants=true"
                                   : "/get_active_meeting?with_participants=false");
}

/* A number or an id of Feishu's stands in the URL as one segment, or one value. */
struct feishu_call *feishu_get_meeting(struct feishu *feishu, const char *meeting_id, bool with_participants,
                                       feishu_meeting_cb *callback, void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_GET_MEETING, "GET", data);
    struct buffer url = BUFFER_EMPTY;

    call->meeting_callback = callback;
    call->with_participants = with_participants;
    buffer_printf(&url, "%s/open-apis/vc/v1/meetings/", feishu->app->base_url);
    append_escaped(&url, meeting_id);
    buffer_printf(&url, "?with_participants=%s&with_meeting_ability=true&user_id_type=%s",
                  with_participants ? "true" : "false", user_id_type_name(feishu->app->user_id_type));
    call->url = buffer_take(&url);
    go(call);
    return call;
}

struct feishu_call *feishu_list_by_no(struct feishu *feishu, const char *meeting_no, int64_t start_time,
                                      int64_t end_time, const char *page_token, feishu_list_cb *callback,
                                      void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_LIST_BY_NO, "GET", data);
    struct buffer url = BUFFER_EMPTY;

    call->list_callback = callback;
    buffer_printf(&url, "%s/open-apis/vc/v1/meetings/list_by_no?meeting_no=", feishu->app->base_url);
    append_escaped(&url, meeting_no);
    buffer_printf(&url, "&start_time=%" PRId64 "&end_time=%" PRId64 "&page_size=%d", start_time, end_time,
                  LIST_PAGE);
    if (page_token != NULL) {
        buffer_append_text(&url, "&page_token=");
        append_escaped(&url, page_token);
    }
    call->url = buffer_take(&url);
    go(call);
    return call;
}

struct feishu_call *feishu_probe(struct feishu *feishu, feishu_reserve_cb *callback, void *data)
{
    struct feishu_call *call = call_new(feishu, FEISHU_TOKEN, "POST", data);

    call->reserve_callback = callback;
    go(call);
    return call;
}

void feishu_call_cancel(struct feishu_call *call)
{
    if (call->http_call != NULL) {
        http_cancel(call->http_call);
        return;
    }
    token_wait_cancel(&call->wait);
    finish_unsent(call, FEISHU_CANCELLED, "cancelled");
}

void feishu_stop(struct feishu *feishu)
{
    feishu->stopped = true;
    token_stop(feishu->token);
}
