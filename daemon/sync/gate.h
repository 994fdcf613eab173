/* Inside the gate (sync/calls.h): what its files share. calls.c takes calls and hands their answers back,
 * dispatch.c decides which may leave. */
#ifndef MEETINGD_SYNC_GATE_H
#define MEETINGD_SYNC_GATE_H

#include "sync/answers.h"
#include "sync/calls.h"
#include "sync/ledger.h"
#include "sync/limiter.h"
#include "sync/standing.h"

/* Calls of one app that may be under way at once: more would only wait in Feishu's queue instead of ours. */
#define IN_FLIGHT_MAX 32

struct gate;

struct call {
    struct call *next;
    struct gate *gate;
    struct feishu_call *under_way; /* NULL while it waits */
    enum feishu_api api;
    enum call_class class;
    char *reserve_id;
    char *meeting_no;
    char *page_token;
    int64_t start_time;
    char *owner_id;
    char *reservation; /* the key of whom it is counted for; NULL: nobody */
    char *name;        /* and its plan */
    int64_t end_time;
    int64_t due;
    bool has_settings;
    struct meeting_settings settings;
    bool with_participants;
    bool impatient;
    const char *given_up; /* why, once it is */
    bool (*turn)(void *data, struct call *call);
    call_cb *callback;
    feishu_list_cb *listed; /* NULL, or in place of the callback */
    void *data;
};

struct queue {
    struct call *first;
    struct call **end;
};

/* One app's. */
struct gate {
    struct calls *calls;
    size_t index;
    struct standing standing;
    enum ledger_answer polls_may;   /* as of the last dispatch */
    enum ledger_answer changes_may; /* the same */
    int64_t spent_ends_at;          /* Unix seconds at which what is spent comes back, and some more */
    struct feishu *client;
    struct limiter limiters[FEISHU_APIS];
    struct queue queues[FEISHU_APIS][CALL_CLASSES];
    struct call *under_way[IN_FLIGHT_MAX];
    size_t in_flight;
    uint64_t waiting;
    uint64_t sent;
    struct answers answers;
    struct timer timer;
};

struct calls {
    const struct clock *clock;
    struct gate *gates;
    size_t count;
    struct ledger *ledger; /* NULL: nothing is limited or counted */
    bool stopping;
    struct queue cancelled; /* given up, to be called back from the loop */
    struct timer cancelled_timer;
    void (*stopped)(void *data);
    void *stopped_data;
    void (*changed)(void *data);
    void *changed_data;
};

/* calls.c */

void queue_init(struct queue *queue);
void queue_add(struct queue *queue, struct call *call);

/* The first; NULL where it is empty. */
struct call *queue_take(struct queue *queue);

/* The gate of an app; NULL where there is none of that name. */
struct gate *gate_find(const struct calls *calls, const char *app);

/* Sends a call, or has it write down first what it must; it is counted in its API's rate. */
void gate_start(struct gate *gate, struct call *call);

/* The call comes back as FEISHU_CANCELLED, from the loop; `why` is not copied. */
void gate_give_up(struct calls *calls, struct call *call, const char *why);

/* dispatch.c */

/* The next of the first `classes` of an API, taken out of its queue; NULL: none waits. */
struct call *gate_next(struct gate *gate, int api, int classes);

/* Starts what may leave now and sets the timer for what may leave later. */
void gate_dispatch(struct gate *gate);

/* Whether the ledger holds polls, or all, back until the month turns. */
bool gate_is_spent(const struct gate *gate);

#endif
