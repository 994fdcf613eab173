/*
 * sync: the drivers, on the loop. calls is the one gate through which every call to Feishu goes, cache is
 * what is known, driver does what the engine decides and feeds it the answers.
 *
 * calls: each app has its own limits for each API (feishu-api.md 4). Calls wait in the order of their class,
 * then of their arrival, and leave evenly spread, never in a burst. An API over its rate rests until Feishu's
 * reset, and no other does; an app whose Feishu does not answer, or refuses its credentials, is tried with
 * one call at a time, ever more seldom; one whose month is used up rests until the month turns. Of a month
 * with a limit (ledger) some calls are kept for changes: polls stop before them.
 */
#ifndef MEETINGD_SYNC_CALLS_H
#define MEETINGD_SYNC_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer.h"
#include "feishu/api.h"
#include "model/plan.h"
#include "model/reservation.h"
#include "sync/answers.h"
#include "sync/ledger.h"
#include "sync/standing.h"

struct calls;
struct call;

/* What goes first. */
enum call_class {
    CALL_CLASS_CHANGE, /* apply, update, delete: what people asked for */
    CALL_CLASS_NOW,    /* starting and live meetings, and an operator who waits */
    CALL_CLASS_REST,   /* everything else */
    CALL_CLASSES
};

struct call_request {
    const char *app;
    enum feishu_api api;
    enum call_class class;
    const char *reserve_id;                  /* of what is about one; get_meeting: the meeting's id */
    int64_t end_time;                        /* apply, update: the expiry; UNKNOWN: leave it; list_by_no */
    const char *owner_id;                    /* apply */
    const struct meeting_settings *settings; /* apply, update; NULL: leave them */
    bool with_participants;                  /* get_active_meeting, get_meeting */
    const char *meeting_no;                  /* list_by_no */
    const char *page_token;                  /* list_by_no; NULL: the first page */
    int64_t start_time;                      /* list_by_no */
    const struct reservation *about;         /* whom the call is counted for; NULL: nobody */

    int64_t
        due; /* Unix seconds for which it is needed: of changes that wait, the nearest goes first; 0: now */

    /* Somebody waits for it at a terminal: while Feishu's limits or its failures hold calls back for more
     * than a few seconds, it is given up (as when the gate stops) and not carried out when nobody is there
     * any more. */
    bool impatient;

    /* NULL, or asked when the call's turn has come, from inside the gate, with the callback's data: what has
     * to be written down before. True: the call keeps its place until calls_go() or calls_withdraw(); false:
     * it is not wanted any more, and is gone without a callback. */
    bool (*turn)(void *data, struct call *call);

    /* list_by_no: comes in the callback's place, with the callback's data. */
    feishu_list_cb *listed;
};

/* `reserve` as feishu_reserve_cb, `take_meeting` as feishu_meeting_cb. A call that was given up before it
 * left, because the gate stops or because it was impatient, comes back as FEISHU_CANCELLED with
 * surely_not_done and why. */
typedef void call_cb(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                     struct meeting *take_meeting);

/* `clients` are borrowed, in the order of `apps`; both for the life of the gate. */
struct calls *calls_new(struct timers *timers, struct app *const *apps, struct feishu *const *clients,
                        size_t count);

/* From now on every call is counted in the ledger, and waits where that does not let it leave. Borrowed. */
void calls_use_ledger(struct calls *calls, struct ledger *ledger);

/* Only after calls_stop() and when nothing is under way. NULL is fine; returns NULL. */
struct calls *calls_free(struct calls *calls);

/* The app with this name, or the first one for NULL; NULL where there is none. */
const struct app *calls_app(const struct calls *calls, const char *name);

/* Queues a call; what the request points to is copied. The callback comes once, from the loop. NULL where
 * there is no such app. */
struct call *calls_submit(struct calls *calls, const struct call_request *request, call_cb *callback,
                          void *data);

/* Sends a call that waits in its place; `end_time` is its expiry now. */
void calls_go(struct call *call, int64_t end_time);

/* Gives up a call that waits in its place; there is no callback. */
void calls_withdraw(struct call *call);

/* Ends what waits and what is under way with FEISHU_CANCELLED, but lets an apply that has left come to its
 * end; takes nothing new. `stopped(data)` comes from the loop when nothing is left. */
void calls_stop(struct calls *calls, void (*stopped)(void *data), void *data);

/* Whether an apply has left and is not answered yet. */
bool calls_applying(const struct calls *calls);

/* `changed(data)` comes whenever an app begins to fail or answers again. */
void calls_on_health(struct calls *calls, void (*changed)(void *data), void *data);

/* The wall clock was set: a good answer that seems to be of a time to come counts for nothing. */
void calls_clock_jumped(struct calls *calls);

/* Unix ms of the app's last good answer; UNKNOWN where there was none. */
int64_t calls_good_answer_at(const struct calls *calls, const char *app);

/* What keeps a call of that kind from leaving now, in words: the limits, the failures or the month; NULL:
 * nothing but its turn. The caller frees it. */
char *calls_held_back(const struct calls *calls, const char *app, enum feishu_api api, enum call_class class);

struct calls_status {
    uint64_t sent;         /* requests, token requests included */
    uint64_t waiting;      /* calls that wait for their turn */
    uint64_t under_way;    /* calls that are not answered yet */
    int64_t paused_until;  /* Unix ms; UNKNOWN: not paused as a whole */
    bool month_spent;      /* what the ledger lets leave is used up, but for changes perhaps */
    int64_t month_ends_at; /* Unix seconds, where it is; else UNKNOWN */
    int64_t good_answer_at;
    bool clock_known; /* as in struct standing */
    int64_t clock_ahead_ms;
    /* The last failure, until the next good answer. */
    bool failing;
    int64_t failed_at;
    int64_t code;
    char message[400];
    char log_id[64];
};

void calls_status(const struct calls *calls, size_t app, struct calls_status *ret);

/* How an app's requests were answered since the start; borrowed from the gate. */
const struct answers *calls_answers(const struct calls *calls, size_t app);

/* For how many milliseconds Feishu's limits, or its failures, still hold back an app's calls of an API; 0:
 * not at all. */
int64_t calls_pause_ms(const struct calls *calls, size_t app, enum feishu_api api);

/* What an API's answers say of an app's right to it; borrowed. */
const struct api_standing *calls_api_standing(const struct calls *calls, size_t app, enum feishu_api api);

#endif
