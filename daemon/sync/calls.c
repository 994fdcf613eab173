#include "sync/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sync/ledger.h"
#include "sync/limiter.h"
#include "sync/standing.h"

/* Calls of one app that may be under way at once: more would only wait in Feishu's queue instead of ours. */
#define IN_FLIGHT_MAX 32

/* How long an impatient call may be held back. */
#define REST_MAX_MS (5 * MS_PER_SECOND)

/* Places among them that polls leave free, so that answers that do not come hold up no change. */
#define CHANGE_PLACES 8

struct gate;

struct call {
    struct call *next;
    struct gate *gate;
    struct feishu_call *under_way; /* NULL while it waits */
    enum feishu_api api;
    enum call_class class;
    char *reserve_id;
    char *owner_id;
    char *reservation; /* the key of whom it is counted for; NULL: nobody */
    char *name;        /* and its plan */
    int64_t end_time;
    bool has_settings;
    struct meeting_settings settings;
    bool with_participants;
    bool impatient;
    const char *given_up; /* why, once it is */
    bool (*turn)(void *data, struct call *call);
    call_cb *callback;
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

static void dispatch(struct gate *gate);

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

static void queue_add(struct queue *queue, struct call *call)
{
    call->next = NULL;
    *queue->end = call;
    queue->end = &call->next;
}

static struct call *queue_take(struct queue *queue)
{
    struct call *call = queue->first;

    if (call == NULL)
        return NULL;
    queue->first = call->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return call;
}

static void call_free(struct call *call)
{
    free(call->reserve_id);
    free(call->owner_id);
    free(call->reservation);
    free(call->name);
    meeting_settings_fini(&call->settings);
    free(call);
}

static struct gate *find_gate(const struct calls *calls, const char *app)
{
    for (size_t i = 0; i < calls->count; i++) {
        if (str_equal(calls->gates[i].standing.app->name, app))
            return &calls->gates[i];
    }
    return NULL;
}

static void check_stopped(struct calls *calls)
{
    void (*stopped)(void *data) = calls->stopped;

    if (!calls->stopping || stopped == NULL || calls->cancelled.first != NULL)
        return;
    for (size_t i = 0; i < calls->count; i++) {
        if (calls->gates[i].in_flight > 0)
            return;
    }
    calls->stopped = NULL;
    stopped(calls->stopped_data);
}

static void call_back_cancelled(struct timer *timer)
{
    struct calls *calls = timer->data;
    struct call *call;

    while ((call = queue_take(&calls->cancelled)) != NULL) {
        struct feishu_result result = {
            .api = call->api,
            .outcome = FEISHU_CANCELLED,
            .surely_not_done = true,
            .retry_after_ms = UNKNOWN,
            .server_time = UNKNOWN,
        };

        snprintf(result.message, sizeof(result.message), "%s was not sent: %s", feishu_api_name(call->api),
                 call->given_up);
        call->callback(call->data, &result, NULL, NULL);
        call_free(call);
    }
    check_stopped(calls);
}

static const char stopping[] = "the daemon is stopping";

static void give_up(struct calls *calls, struct call *call, const char *why)
{
    call->given_up = why;
    queue_add(&calls->cancelled, call);
    timer_start_in(&calls->cancelled_timer, 0);
}

static void on_timer(struct timer *timer)
{
    dispatch(timer->data);
}

static void on_counted(void *data, enum feishu_api api, void *call_data)
{
    struct gate *gate = data;
    const struct call *call = call_data;

    gate->sent++;
    if (gate->calls->ledger != NULL)
        ledger_count(gate->calls->ledger, gate->index, api, call != NULL ? call->reservation : NULL,
                     call != NULL ? call->name : NULL);
}

struct calls *calls_new(struct timers *timers, struct app *const *apps, struct feishu *const *clients,
                        size_t count)
{
    struct calls *calls = xalloc(sizeof(*calls));

    calls->clock = timers_clock(timers);
    calls->gates = xcalloc(count, sizeof(*calls->gates));
    calls->count = count;
    queue_init(&calls->cancelled);
    timer_init(&calls->cancelled_timer, timers, call_back_cancelled, calls);
    for (size_t i = 0; i < count; i++) {
        struct gate *gate = &calls->gates[i];

        gate->calls = calls;
        gate->index = i;
        gate->client = clients[i];
        standing_init(&gate->standing, apps[i], calls->clock, gate->limiters);
        timer_init(&gate->timer, timers, on_timer, gate);
        for (int api = 0; api < FEISHU_APIS; api++) {
            limiter_init(&gate->limiters[api], apps[i]->rate_per_minute, apps[i]->rate_per_second);
            for (int class = 0; class < CALL_CLASSES; class ++)
                queue_init(&gate->queues[api][class]);
        }
        feishu_on_request(clients[i], on_counted, gate);
    }
    return calls;
}

static void on_room(void *data)
{
    struct calls *calls = data;

    for (size_t i = 0; i < calls->count && !calls->stopping; i++)
        dispatch(&calls->gates[i]);
}

void calls_use_ledger(struct calls *calls, struct ledger *ledger)
{
    calls->ledger = ledger;
    ledger_on_room(ledger, on_room, calls);
}

struct calls *calls_free(struct calls *calls)
{
    if (calls == NULL)
        return NULL;
    for (size_t i = 0; i < calls->count; i++)
        timer_stop(&calls->gates[i].timer);
    timer_stop(&calls->cancelled_timer);
    free(calls->gates);
    free(calls);
    return NULL;
}

static void leave_place(struct call *call)
{
    struct gate *gate = call->gate;

    for (size_t i = 0; i < gate->in_flight; i++) {
        if (gate->under_way[i] == call) {
            gate->under_way[i] = gate->under_way[--gate->in_flight];
            break;
        }
    }
}

static void finish(struct call *call, const struct feishu_result *result,
                   const struct feishu_reserve *reserve, struct meeting *take_meeting)
{
    struct gate *gate = call->gate;
    bool was_failing = gate->standing.failing;

    leave_place(call);
    standing_note(&gate->standing, result);
    if (gate->standing.failing != was_failing && gate->calls->changed != NULL)
        gate->calls->changed(gate->calls->changed_data);
    call->callback(call->data, result, reserve, take_meeting);
    call_free(call);
    dispatch(gate);
    check_stopped(gate->calls);
}

static void on_reserve(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve)
{
    finish(data, result, reserve, NULL);
}

static void on_meeting(void *data, const struct feishu_result *result, struct meeting *take_meeting)
{
    finish(data, result, NULL, take_meeting);
}

static void send_call(struct call *call)
{
    const struct meeting_settings *settings = call->has_settings ? &call->settings : NULL;
    struct gate *gate = call->gate;

    switch (call->api) {
    case FEISHU_TOKEN:
        call->under_way = feishu_probe(gate->client, on_reserve, call);
        break;
    case FEISHU_APPLY:
        call->under_way =
            feishu_apply(gate->client, call->end_time, call->owner_id, &call->settings, on_reserve, call);
        break;
    case FEISHU_UPDATE:
        call->under_way =
            feishu_update(gate->client, call->reserve_id, call->end_time, settings, on_reserve, call);
        break;
    case FEISHU_DELETE:
        call->under_way = feishu_delete(gate->client, call->reserve_id, on_reserve, call);
        break;
    case FEISHU_GET:
        call->under_way = feishu_get(gate->client, call->reserve_id, on_reserve, call);
        break;
    case FEISHU_GET_ACTIVE_MEETING:
    default:
        call->under_way = feishu_get_active_meeting(gate->client, call->reserve_id, call->with_participants,
                                                    on_meeting, call);
        break;
    }
}

static void start(struct gate *gate, struct call *call)
{
    gate->under_way[gate->in_flight++] = call;
    if (call->turn != NULL && !call->turn(call->data, call)) {
        leave_place(call);
        call_free(call);
        return;
    }
    limiter_spend(&gate->limiters[call->api], clock_boot_ms(gate->calls->clock));
    if (call->turn == NULL)
        send_call(call);
}

void calls_go(struct call *call, int64_t end_time)
{
    call->end_time = end_time;
    send_call(call);
}

void calls_withdraw(struct call *call)
{
    struct gate *gate = call->gate;

    leave_place(call);
    call_free(call);
    dispatch(gate);
    check_stopped(gate->calls);
}

/* Of the first `classes`. */
static struct call *next_call(struct gate *gate, int api, int classes)
{
    for (int class = 0; class < classes; class ++) {
        struct call *call = queue_take(&gate->queues[api][class]);

        if (call != NULL) {
            gate->waiting--;
            return call;
        }
    }
    return NULL;
}

/* Asks the ledger how many classes may leave: all, changes alone, or none. */
static int classes_that_may(struct gate *gate)
{
    struct ledger *ledger = gate->calls->ledger;

    if (ledger == NULL)
        return CALL_CLASSES;
    gate->polls_may = ledger_ask(ledger, gate->index, gate->in_flight, false);
    gate->changes_may =
        gate->polls_may == LEDGER_YES ? LEDGER_YES : ledger_ask(ledger, gate->index, gate->in_flight, true);
    if (gate->polls_may == LEDGER_YES)
        return CALL_CLASSES;
    return gate->changes_may == LEDGER_YES ? CALL_CLASS_CHANGE + 1 : 0;
}

/* Whether a call of this API's first `classes` waits that finds a place, where `most` may be under way. */
static bool may_start(const struct gate *gate, int api, size_t most, int classes)
{
    if (gate->in_flight >= most)
        return false;
    if (classes > CALL_CLASS_CHANGE && gate->queues[api][CALL_CLASS_CHANGE].first != NULL)
        return true;
    if (most > CHANGE_PLACES && gate->in_flight >= most - CHANGE_PLACES)
        return false;
    for (int class = CALL_CLASS_CHANGE + 1; class < classes; class ++) {
        if (gate->queues[api][class].first != NULL)
            return true;
    }
    return false;
}

/* For how long the limits, or the failures, of Feishu hold an API's calls back; not the turn that each waits
 * for. */
static int64_t rest_ms(const struct gate *gate, int api, int64_t boot_ms)
{
    int64_t until_ms = gate->limiters[api].paused_ms;

    if (gate->standing.paused_ms > until_ms)
        until_ms = gate->standing.paused_ms;
    return until_ms - boot_ms;
}

/* Gives up the impatient of an API that rests, from a class on. */
static void give_up_impatient(struct gate *gate, int api, int from, const char *why)
{
    for (int class = from; class < CALL_CLASSES; class ++) {
        struct queue waiting = gate->queues[api][class];
        struct call *call;

        if (waiting.first == NULL)
            continue;
        queue_init(&gate->queues[api][class]);
        while ((call = queue_take(&waiting)) != NULL) {
            if (!call->impatient) {
                queue_add(&gate->queues[api][class], call);
                continue;
            }
            gate->waiting--;
            give_up(gate->calls, call, why);
        }
    }
}

static const char held_back[] = "calls to Feishu are held back for now: meetingctl status says why";
static const char month_spent[] = "this month's calls are spent: meetingctl quota says until when";

/* Many daemons' months turn at the same moment; and Feishu's clock is not ours. */
#define TURN_LEAST_MS (5 * MS_PER_SECOND)
#define TURN_MORE_MS  (55 * MS_PER_SECOND)

/* What is spent comes back when the month turns. Returns the milliseconds until then. */
static int64_t wait_for_month(struct gate *gate)
{
    struct ledger_month month;
    int64_t now_ms = clock_wall_ms(gate->calls->clock);

    ledger_month(gate->calls->ledger, gate->index, &month);
    if (gate->spent_ends_at / MS_PER_MINUTE != month.ends_at * MS_PER_SECOND / MS_PER_MINUTE)
        gate->spent_ends_at =
            month.ends_at * MS_PER_SECOND + TURN_LEAST_MS + (int64_t)(arc4random() % TURN_MORE_MS);
    return gate->spent_ends_at > now_ms ? gate->spent_ends_at - now_ms : 1;
}

static bool is_spent(const struct gate *gate)
{
    return gate->calls->ledger != NULL &&
           (gate->polls_may == LEDGER_SPENT || gate->changes_may == LEDGER_SPENT);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a == UNKNOWN || b < a ? b : a;
}

/* Starts what may leave now of one API; returns the milliseconds until more may, or UNKNOWN. */
static int64_t dispatch_api(struct gate *gate, int api, size_t most, int64_t boot_ms)
{
    int classes = classes_that_may(gate);

    if (rest_ms(gate, api, boot_ms) > REST_MAX_MS)
        give_up_impatient(gate, api, 0, held_back);
    else if (is_spent(gate))
        give_up_impatient(gate, api, gate->changes_may == LEDGER_SPENT ? 0 : CALL_CLASS_CHANGE + 1, month_spent);
    for (; may_start(gate, api, most, classes); classes = classes_that_may(gate)) {
        int64_t wait = limiter_wait_ms(&gate->limiters[api], boot_ms);

        if (gate->standing.paused_ms - boot_ms > wait)
            wait = gate->standing.paused_ms - boot_ms;
        if (wait > 0)
            return wait;
        start(gate, next_call(gate, api, classes));
    }
    return UNKNOWN;
}

/* Starts what may leave now and sets the timer for what may leave later. */
static void dispatch(struct gate *gate)
{
    int64_t boot_ms = clock_boot_ms(gate->calls->clock);
    size_t most = standing_fails(&gate->standing) ? 1 : IN_FLIGHT_MAX;
    int64_t wait = UNKNOWN;

    timer_stop(&gate->timer);
    for (int api = 0; api < FEISHU_APIS; api++) {
        int64_t api_wait = dispatch_api(gate, api, most, boot_ms);

        if (api_wait != UNKNOWN)
            wait = sooner(wait, api_wait);
    }
    if (is_spent(gate) && gate->waiting > 0)
        wait = sooner(wait, wait_for_month(gate));
    if (wait != UNKNOWN)
        timer_start_in(&gate->timer, wait);
}

const struct app *calls_app(const struct calls *calls, const char *name)
{
    const struct gate *gate = name != NULL ? find_gate(calls, name) : NULL;

    if (name == NULL && calls->count > 0)
        gate = &calls->gates[0];
    return gate != NULL ? gate->standing.app : NULL;
}

struct call *calls_submit(struct calls *calls, const struct call_request *request, call_cb *callback,
                          void *data)
{
    struct gate *gate = find_gate(calls, request->app);
    struct call *call;

    if (gate == NULL)
        return NULL;
    call = xalloc(sizeof(*call));
    call->gate = gate;
    call->api = request->api;
    call->class = request->class;
    call->reserve_id = xstrdup(request->reserve_id);
    call->owner_id = xstrdup(request->owner_id);
    call->reservation = request->about != NULL ? xstrdup(request->about->key) : NULL;
    call->name = request->about != NULL ? xstrdup(request->about->name) : NULL;
    call->end_time = request->end_time;
    call->with_participants = request->with_participants;
    call->impatient = request->impatient;
    call->turn = request->turn;
    call->callback = callback;
    call->data = data;
    call->has_settings = request->settings != NULL;
    if (call->has_settings)
        meeting_settings_copy(&call->settings, request->settings);
    if (calls->stopping) {
        give_up(calls, call, stopping);
        return call;
    }
    queue_add(&gate->queues[call->api][call->class], call);
    gate->waiting++;
    dispatch(gate);
    return call;
}

void calls_stop(struct calls *calls, void (*stopped)(void *data), void *data)
{
    calls->stopping = true;
    calls->stopped = stopped;
    calls->stopped_data = data;
    for (size_t i = 0; i < calls->count; i++) {
        struct gate *gate = &calls->gates[i];

        timer_stop(&gate->timer);
        for (int api = 0; api < FEISHU_APIS; api++) {
            struct call *call;

            while ((call = next_call(gate, api, CALL_CLASSES)) != NULL)
                give_up(calls, call, stopping);
        }
        for (size_t j = 0; j < gate->in_flight; j++) {
            if (gate->under_way[j]->api != FEISHU_APPLY)
                feishu_call_cancel(gate->under_way[j]->under_way);
        }
        /* An apply that still waits for a token does not leave either. */
        feishu_stop(gate->client);
    }
    timer_start_in(&calls->cancelled_timer, 0);
}

bool calls_applying(const struct calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        for (size_t j = 0; j < calls->gates[i].in_flight; j++) {
            if (calls->gates[i].under_way[j]->api == FEISHU_APPLY)
                return true;
        }
    }
    return false;
}

void calls_on_health(struct calls *calls, void (*changed)(void *data), void *data)
{
    calls->changed = changed;
    calls->changed_data = data;
}

void calls_clock_jumped(struct calls *calls)
{
    for (size_t i = 0; i < calls->count; i++) {
        standing_clock_jumped(&calls->gates[i].standing);
        if (!calls->stopping)
            dispatch(&calls->gates[i]); /* another month may have begun */
    }
}

int64_t calls_good_answer_at(const struct calls *calls, const char *app)
{
    const struct gate *gate = find_gate(calls, app);

    return gate != NULL ? gate->standing.good_answer_at : UNKNOWN;
}

void calls_status(const struct calls *calls, size_t app, struct calls_status *ret)
{
    const struct gate *gate = &calls->gates[app];

    *ret = (struct calls_status){
        .sent = gate->sent,
        .waiting = gate->waiting,
        .under_way = gate->in_flight,
        .paused_until =
            gate->standing.paused_until > clock_wall_ms(calls->clock) ? gate->standing.paused_until : UNKNOWN,
        .good_answer_at = gate->standing.good_answer_at,
        .failing = gate->standing.failing,
        .failed_at = gate->standing.failed_at,
        .code = gate->standing.last_failure.code,
        .month_spent = is_spent(gate),
        .month_ends_at = UNKNOWN,
    };
    if (ret->month_spent) {
        struct ledger_month month;

        ledger_month(calls->ledger, app, &month);
        ret->month_ends_at = month.ends_at;
    }
    memcpy(ret->message, gate->standing.last_failure.message, sizeof(ret->message));
    memcpy(ret->log_id, gate->standing.last_failure.log_id, sizeof(ret->log_id));
}
