#include "feishu/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "feishu/codec.h"
#include "feishu/result.h"

/* Renewed this long before it expires, as Feishu's own SDK does it: a new one is made only where fewer than
 * 30 minutes are left of the old one, and both serve then. Of a token that came with a short life, a quarter.
 */
#define RENEW_BEFORE_MS (3 * MS_PER_MINUTE)
#define RENEW_SHARE     4
#define RENEW_AGAIN_MS  (30 * MS_PER_SECOND) /* after an attempt, whatever it brought */

/* Not used any more, so that it does not expire on its way; of a short life, a tenth. */
#define NOT_USED_BEFORE_MS (30 * MS_PER_SECOND)
#define NOT_USED_SHARE     10

#define LIFE_UNTOLD_MS (5 * MS_PER_MINUTE)
#define LIFE_MAX_MS    MS_PER_DAY

/* A request for a token; it outlives the token where that is freed meanwhile. */
struct fetch {
    struct token *token; /* NULL: nobody wants it any more */
    struct http_call *call;
    int64_t started_ms;
    bool outdated; /* a token was refused since it was started */
};

struct token {
    struct http *http;
    const struct clock *clock;
    const struct app *app;
    void (*counted)(void *data, enum feishu_api api, void *call_data);
    void *counted_data;
    void (*answered)(void *data, const struct feishu_result *result);
    void *answered_data;
    char *text;    /* secret; NULL: none */
    char *refused; /* secret; what Feishu refused before the next fetch; NULL: nothing */
    bool failed;   /* Feishu refused the app's credentials, or the token, and nothing better has come since */
    int64_t life_ms;
    int64_t expires_ms; /* boot time */
    int64_t renew_ms;   /* boot time of the next attempt to renew it */
    struct fetch *fetch;
    struct token_wait waiting; /* the head of a ring */
};

static void ring_init(struct token_wait *head)
{
    head->next = head->previous = head;
}

static void ring_add(struct token_wait *head, struct token_wait *wait)
{
    wait->previous = head->previous;
    wait->next = head;
    head->previous->next = wait;
    head->previous = wait;
}

void token_wait_cancel(struct token_wait *wait)
{
    if (wait->next == NULL)
        return;
    wait->next->previous = wait->previous;
    wait->previous->next = wait->next;
    wait->next = wait->previous = NULL;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void drop(struct token *token)
{
    token->text = secret_free(token->text);
}

struct token *token_new(struct http *http, const struct clock *clock, const struct app *app)
{
    struct token *token = xalloc(sizeof(*token));

    token->http = http;
    token->clock = clock;
    token->app = app;
    ring_init(&token->waiting);
    return token;
}

struct token *token_free(struct token *token)
{
    if (token == NULL)
        return NULL;
    if (token->fetch != NULL) {
        token->fetch->token = NULL;
        http_cancel(token->fetch->call);
    }
    drop(token);
    secret_free(token->refused);
    free(token);
    return NULL;
}

void token_on_request(struct token *token, void (*counted)(void *data, enum feishu_api api, void *call_data),
                      void *data)
{
    token->counted = counted;
    token->counted_data = data;
}

void token_on_answer(struct token *token, void (*answered)(void *data, const struct feishu_result *result),
                     void *data)
{
    token->answered = answered;
    token->answered_data = data;
}

static int64_t life_of(int64_t expire_s)
{
    if (expire_s == UNKNOWN)
        return LIFE_UNTOLD_MS;
    return least(expire_s, LIFE_MAX_MS / MS_PER_SECOND) * MS_PER_SECOND;
}

/* Takes a fetched token over, its life counted from when it was asked for. */
static void keep(struct token *token, char *take_text, int64_t life_ms, int64_t started_ms)
{
    drop(token);
    token->text = take_text;
    token->failed = false;
    token->life_ms = life_ms;
    token->expires_ms = started_ms + life_ms;
    token->renew_ms = token->expires_ms - least(RENEW_BEFORE_MS, life_ms / RENEW_SHARE);
    /* A token that comes with hardly any life left must not be asked for with every call. */
    if (token->renew_ms < started_ms + RENEW_AGAIN_MS)
        token->renew_ms = started_ms + RENEW_AGAIN_MS;
}

static void start_fetch(struct token *token);

/* Reads an answer into the token; a failure is left in `result`. False: the answer says nothing, it has to be
 * asked for again. */
static bool read_answer(struct token *token, const struct fetch *fetch, const struct http_answer *http,
                        struct feishu_result *result)
{
    struct codec_answer answer;
    struct error error;
    bool good = true;
    char *text;
    int64_t expire_s;

    result_read(result, FEISHU_TOKEN, http, (const char *const[]){token->app->app_secret}, 1, &answer);
    result->latency_ms = clock_boot_ms(token->clock) - fetch->started_ms;
    if (token->answered != NULL)
        token->answered(token->answered_data, result);
    if (result->outcome == FEISHU_OK) {
        if (codec_token(&answer, &text, &expire_s, &error) < 0) {
            result_unreadable(result, error.text);
        } else if (str_equal(text, token->refused) && fetch->outdated) {
            /* Feishu may have given it away before it refused it. */
            secret_free(text);
            good = false;
        } else if (str_equal(text, token->refused)) {
            secret_free(text);
            result_refuse(result, FEISHU_BAD_TOKEN,
                          "Feishu refused the token and then gave the same one again: check the app in the "
                          "developer console");
        } else {
            keep(token, text, life_of(expire_s), fetch->started_ms);
        }
    }
    /* Whatever is wrong with the app, the operation that waits was not refused for good, and nothing is gone.
     */
    if (result->outcome == FEISHU_PERMANENT || result->outcome == FEISHU_NOT_FOUND)
        result->outcome = FEISHU_BAD_TOKEN;
    if (result->outcome == FEISHU_BAD_TOKEN)
        token->failed = true;
    /* The operation that waits has not been sent. */
    if (result->outcome != FEISHU_OK)
        result->surely_not_done = true;
    codec_answer_fini(&answer);
    return good;
}

/* Calls back all who wait now. The last of them may free the token. */
static void serve(struct token *token, const struct feishu_result *result)
{
    char *text = result->outcome == FEISHU_OK ? xstrdup(token->text) : NULL;
    struct token_wait head;

    ring_init(&head);
    while (token->waiting.next != &token->waiting) {
        struct token_wait *wait = token->waiting.next;

        token_wait_cancel(wait);
        ring_add(&head, wait);
    }
    while (head.next != &head) {
        struct token_wait *wait = head.next;

        token_wait_cancel(wait);
        wait->callback(wait->data, text, result);
    }
    secret_free(text);
}

/* Where nobody waits, nobody else tells. */
static void log_failure(const struct token *token, const struct feishu_result *result)
{
    struct log_subject subject = {
        .app = token->app->name,
        .feishu_log_id = result->log_id[0] != '\0' ? result->log_id : NULL,
        .feishu_code = result->code,
    };

    if (result->outcome != FEISHU_OK && result->outcome != FEISHU_CANCELLED)
        log_warning(&subject, "the token could not be renewed: %s", result->message);
}

static void on_answer(void *data, const struct http_answer *http)
{
    struct fetch *fetch = data;
    struct token *token = fetch->token;
    struct feishu_result result;
    bool good;

    if (token == NULL) {
        free(fetch);
        return;
    }
    token->fetch = NULL;
    good = read_answer(token, fetch, http, &result);
    free(fetch);
    if (!good) {
        start_fetch(token);
        return;
    }
    token->refused = secret_free(token->refused);
    if (token->waiting.next == &token->waiting)
        log_failure(token, &result);
    serve(token, &result);
}

static void start_fetch(struct token *token)
{
    struct fetch *fetch = xalloc(sizeof(*fetch));
    CLEANUP_FREE char *url =
        xasprintf("%s/open-apis/auth/v3/tenant_access_token/internal", token->app->base_url);
    char *body = codec_token_request(token->app->app_id, token->app->app_secret);

    fetch->token = token;
    fetch->started_ms = clock_boot_ms(token->clock);
    token->fetch = fetch;
    token->renew_ms = fetch->started_ms + RENEW_AGAIN_MS;
    if (token->counted != NULL)
        token->counted(token->counted_data, FEISHU_TOKEN, NULL);
    fetch->call = http_start(token->http,
                             &(struct http_request){
                                 .method = "POST",
                                 .url = url,
                                 .body = body,
                                 .ca_file = token->app->ca_file,
                                 .timeout_ms = token->app->timeout_ms,
                             },
                             on_answer, fetch);
    secret_free(body);
}

const char *token_now(struct token *token)
{
    int64_t now_ms = clock_boot_ms(token->clock);

    if (token->text == NULL ||
        now_ms >= token->expires_ms - least(NOT_USED_BEFORE_MS, token->life_ms / NOT_USED_SHARE))
        return NULL;
    if (now_ms >= token->renew_ms && token->fetch == NULL)
        start_fetch(token);
    return token->text;
}

void token_wait(struct token *token, struct token_wait *wait, token_cb *callback, void *data)
{
    wait->callback = callback;
    wait->data = data;
    ring_add(&token->waiting, wait);
    if (token->fetch == NULL)
        start_fetch(token);
}

void token_stop(struct token *token)
{
    if (token->fetch != NULL)
        http_cancel(token->fetch->call);
}

void token_refuse(struct token *token, const char *text)
{
    if (token->text == NULL || strcmp(token->text, text) != 0)
        return;
    secret_free(token->refused);
    token->refused = token->text;
    token->text = NULL;
    token->failed = true;
    if (token->fetch != NULL)
        token->fetch->outdated = true;
}

enum feishu_token_state token_state(const struct token *token)
{
    if (token->failed)
        return FEISHU_TOKEN_REFUSED;
    return token->text != NULL && clock_boot_ms(token->clock) < token->expires_ms ? FEISHU_TOKEN_VALID
                                                                                  : FEISHU_TOKEN_NONE;
}

/* A moment of boot time, in Unix seconds. */
static int64_t wall_seconds(const struct token *token, int64_t boot_ms)
{
    return (clock_wall_ms(token->clock) + boot_ms - clock_boot_ms(token->clock)) / MS_PER_SECOND;
}

int64_t token_asked_at(const struct token *token)
{
    return token->text != NULL ? wall_seconds(token, token->expires_ms - token->life_ms) : UNKNOWN;
}

int64_t token_expires_at(const struct token *token)
{
    return token->text != NULL ? wall_seconds(token, token->expires_ms) : UNKNOWN;
}
