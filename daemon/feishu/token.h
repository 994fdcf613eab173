/*
 * The tenant token of one app (feishu-api.md 3.1): fetched when first needed, by one request for all who wait
 * for it; used until shortly before it expires; renewed in the background while it still serves; dropped and
 * fetched anew when Feishu refuses it. Time is boot time, so that a clock that is set makes no token old.
 */
#ifndef MEETINGD_FEISHU_TOKEN_H
#define MEETINGD_FEISHU_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "feishu/api.h"
#include "feishu/http.h"
#include "model/plan.h"

struct token;

/* From the loop: the token (borrowed for the time of the call), or NULL and what went wrong. */
typedef void token_cb(void *data, const char *token, const struct feishu_result *result);

/* Embedded in whoever waits. */
struct token_wait {
    struct token_wait *next, *previous; /* NULL while not waiting */
    token_cb *callback;
    void *data;
};

/* All arguments are borrowed until token_free(). */
struct token *token_new(struct http *http, const struct clock *clock, const struct app *app);

/* Nobody may wait. A fetch under way is given up. NULL is fine; returns NULL. */
struct token *token_free(struct token *token);

/* As feishu_on_request(). */
void token_on_request(struct token *token, void (*counted)(void *data, enum feishu_api api, void *call_data),
                      void *data);

/* As feishu_on_answer(). */
void token_on_answer(struct token *token, void (*answered)(void *data, const struct feishu_result *result),
                     void *data);

/* The token to use now; NULL: there is none, wait for it. Starts to renew one that has little time left.
 * Borrowed until the next turn of the loop. */
const char *token_now(struct token *token);

/* Waits for the fetch under way, or for one that is started. */
void token_wait(struct token *token, struct token_wait *wait, token_cb *callback, void *data);

/* No effect where nothing is waited for. */
void token_wait_cancel(struct token_wait *wait);

/* Gives up the fetch under way: who waits for it is called back from the loop, with FEISHU_CANCELLED. No
 * other is started but by token_now() and token_wait(). */
void token_stop(struct token *token);

/* Feishu refused a request that carried `text`. If that is the present token it is dropped; and where the
 * next fetch brings the very same one, all who wait for it get FEISHU_BAD_TOKEN. */
void token_refuse(struct token *token, const char *text);

/* As feishu_token_state(), feishu_token_asked_at() and feishu_token_expires_at(). */
enum feishu_token_state token_state(const struct token *token);
int64_t token_asked_at(const struct token *token);
int64_t token_expires_at(const struct token *token);

#endif
