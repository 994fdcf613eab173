/*
 * feishu: Feishu's (and Lark's) API, typed. http carries requests over libcurl on the loop, token keeps the
 * tenant token, codec turns JSON into the model and back, codes knows what each of Feishu's codes means, and
 * this header is what the rest of the house sees: the five operations of the reserve family (feishu-api.md
 * 1), and the two that tell of meetings afterwards (6).
 *
 * Every call is bounded in size, and in time: it makes at most two requests of its own and waits for at most
 * two tokens, each within the app's timeout. A completion comes exactly once, from the loop, never from
 * inside the function that started the call. Nothing here decides whether or when to call: that is the gate's
 * business (sync/calls), and nothing is repeated here but what a renewed token allows (feishu-api.md 3.1): a
 * request refused for its token is sent once more with a fresh one.
 */
#ifndef MEETINGD_FEISHU_API_H
#define MEETINGD_FEISHU_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/meeting.h"
#include "model/plan.h"
#include "model/settings.h"

struct http;
struct feishu;
struct feishu_call;

enum feishu_api {
    FEISHU_TOKEN, /* POST /open-apis/auth/v3/tenant_access_token/internal */
    FEISHU_APPLY,
    FEISHU_UPDATE,
    FEISHU_DELETE,
    FEISHU_GET,
    FEISHU_GET_ACTIVE_MEETING,
    FEISHU_GET_MEETING,
    FEISHU_LIST_BY_NO,
    FEISHU_APIS
};

/* "token", "apply", "update", "delete", "get", "get_active_meeting", "get_meeting", "list_by_no". */
const char *feishu_api_name(enum feishu_api api);

/* What an answer, or its absence, means for whoever called (codes.c has the table). */
enum feishu_outcome {
    FEISHU_OK,
    FEISHU_PERMANENT,  /* refused for good: tell, do not repeat */
    FEISHU_NOT_FOUND,  /* 121004: no such reservation, or nothing of what was asked for */
    FEISHU_TRANSIENT,  /* may go better later: back off */
    FEISHU_BAD_TOKEN,  /* the token, or the app's credentials, were refused, also when fresh */
    FEISHU_RATE,       /* over the rate limit: that API waits for retry_after_ms */
    FEISHU_QUOTA,      /* the tenant's month is used up (99991403) */
    FEISHU_PERMISSION, /* the app lacks a scope or a right; the message names it */
    FEISHU_CANCELLED,
};

struct feishu_result {
    /* Whose request this is about: FEISHU_TOKEN where an operation failed because it got no token, and was
     * not sent. */
    enum feishu_api api;
    enum feishu_outcome outcome;
    /* Whether the operation was surely not carried out: never sent, or refused by a code other than 121001 (a
     * bare 429 stands for 99991400). Anything else (no answer, cut or unreadable, 5xx without a code, 121001)
     * leaves it open. */
    bool surely_not_done;
    int http_status;        /* 0: no answer */
    int64_t code;           /* Feishu's; 0 with FEISHU_OK or without one */
    int64_t retry_after_ms; /* x-ogw-ratelimit-reset; UNKNOWN: not told */
    int64_t server_time;    /* the answer's Date header, Unix seconds; UNKNOWN: none */
    int64_t latency_ms;
    char log_id[64];   /* X-Tt-Logid; "" without one */
    char message[400]; /* for a person: what failed, with API, HTTP status, code and log id; "" with FEISHU_OK
                        */
};

/* Whether it was refused because the app, or its token, has not the scope that the API asks for. */
bool feishu_lacks_scope(const struct feishu_result *result);

/* A reservation as apply, update and get tell it. What an answer does not have is NULL or UNKNOWN. */
struct feishu_reserve {
    char *id;
    char *meeting_no;
    char *password; /* secret */
    char *url;
    char *app_link;
    char *live_link;
    int64_t end_time; /* Unix seconds: the expiry */
    int64_t expire_status;
    char *reserve_user_id;
    bool meeting_settings_known;
    struct meeting_settings meeting_settings;
    struct string_list invalid_host_id_list;
};

/* `reserve` is NULL unless the outcome is FEISHU_OK; it belongs to the caller of the callback. delete answers
 * without one. */
typedef void feishu_reserve_cb(void *data, const struct feishu_result *result,
                               const struct feishu_reserve *reserve);

/* With FEISHU_OK `meeting` is the one in progress or just ended (status 3), or NULL: there is none now. All
 * of feishu-api.md 1.7's ways to say so end here; result->code is 121004 where it was said by that code,
 * which may also mean that the reservation itself is gone. The callback owns the meeting. */
typedef void feishu_meeting_cb(void *data, const struct feishu_result *result, struct meeting *take_meeting);

/* The client of one app. `http`, `clock` and `app` are borrowed until feishu_free(). */
int feishu_new(struct feishu **ret, struct http *http, const struct clock *clock, const struct app *app,
               struct error *error);

/* Only when no call is under way. NULL is fine; returns NULL. */
struct feishu *feishu_free(struct feishu *feishu);

/* `counted(data, api, call_data)` is called for each request that is about to leave, token requests and
 * repeats included; `call_data` is what the call was begun with, NULL for a token. It must not call back into
 * the client. */
void feishu_on_request(struct feishu *feishu,
                       void (*counted)(void *data, enum feishu_api api, void *call_data), void *data);

/* `answered(data, result)` is called for each request that has ended, token requests and repeats included, as
 * Feishu answered it: before anything is made of the answer, and whether or not there was one
 * (`result->http_status` 0). It must not call back into the client. NULL: nobody is told. */
void feishu_on_answer(struct feishu *feishu, void (*answered)(void *data, const struct feishu_result *result),
                      void *data);

/* POST reserves/apply, always on a fresh connection: libcurl repeats a POST whose reused connection died.
 * `end_time` is the expiry in Unix seconds; `owner_id` may be NULL; settings that are not set are not sent
 * (feishu-api.md 1.2). Arguments are read before the function returns. */
struct feishu_call *feishu_apply(struct feishu *feishu, int64_t end_time, const char *owner_id,
                                 const struct meeting_settings *settings, feishu_reserve_cb *callback,
                                 void *data);

/* PUT reserves/:reserve_id. `end_time` UNKNOWN and `settings` NULL are left out; meeting_connect is never
 * sent (feishu-api.md 1.4). */
struct feishu_call *feishu_update(struct feishu *feishu, const char *reserve_id, int64_t end_time,
                                  const struct meeting_settings *settings, feishu_reserve_cb *callback,
                                  void *data);

/* DELETE reserves/:reserve_id (feishu-api.md 1.5). */
struct feishu_call *feishu_delete(struct feishu *feishu, const char *reserve_id, feishu_reserve_cb *callback,
                                  void *data);

/* GET reserves/:reserve_id (feishu-api.md 1.6). */
struct feishu_call *feishu_get(struct feishu *feishu, const char *reserve_id, feishu_reserve_cb *callback,
                               void *data);

/* GET reserves/:reserve_id/get_active_meeting (feishu-api.md 1.7). */
struct feishu_call *feishu_get_active_meeting(struct feishu *feishu, const char *reserve_id,
                                              bool with_participants, feishu_meeting_cb *callback,
                                              void *data);

/* GET meetings/:meeting_id, with participants if wanted, and with abilities: a meeting in progress or ended,
 * of the last 90 days (feishu-api.md 6). FEISHU_NOT_FOUND where there is none; `take_meeting` may be NULL
 * with FEISHU_OK too, where the answer has none in it. */
struct feishu_call *feishu_get_meeting(struct feishu *feishu, const char *meeting_id, bool with_participants,
                                       feishu_meeting_cb *callback, void *data);

/* With FEISHU_OK `ids` are meetings', and `page_token` asks for those after them (NULL: these were all). Both
 * belong to the caller of the callback. */
typedef void feishu_list_cb(void *data, const struct feishu_result *result, const struct string_list *ids,
                            const char *page_token);

/* GET meetings/list_by_no: the meetings that a number had between two times in Unix seconds, of which the
 * first is before the second, and at most 90 days before (feishu-api.md 6; 100 a minute). `page_token` NULL:
 * the first page. */
struct feishu_call *feishu_list_by_no(struct feishu *feishu, const char *meeting_no, int64_t start_time,
                                      int64_t end_time, const char *page_token, feishu_list_cb *callback,
                                      void *data);

/* POST auth/v3/tenant_access_token/internal: asks for the token again, whatever is at hand; a harmless call
 * that tells whether Feishu answers. `reserve` is always NULL. */
struct feishu_call *feishu_probe(struct feishu *feishu, feishu_reserve_cb *callback, void *data);

/* The callback comes from the loop with FEISHU_CANCELLED. The call must not have been called back yet. */
void feishu_call_cancel(struct feishu_call *call);

/* From now on nothing new leaves. Calls that wait for a token, those too that are to be repeated with a fresh
 * one, come back as FEISHU_CANCELLED, surely not done, from the loop; so do calls that are begun from now on.
 * A request for a token that is under way is cancelled. A call whose request is under way runs to its end,
 * but is not repeated where its token is refused: the refusal is its answer, FEISHU_BAD_TOKEN, surely not
 * done. So all have ended after at most one timeout of the app's. May be repeated; there is no way back. */
void feishu_stop(struct feishu *feishu);

/* How the token stands, for status displays; never the token itself. */
enum feishu_token_state { FEISHU_TOKEN_NONE, FEISHU_TOKEN_VALID, FEISHU_TOKEN_REFUSED };
enum feishu_token_state feishu_token_state(const struct feishu *feishu);

/* When the token was asked for, and when it expires, Unix seconds; UNKNOWN without one. */
int64_t feishu_token_asked_at(const struct feishu *feishu);
int64_t feishu_token_expires_at(const struct feishu *feishu);

#endif
