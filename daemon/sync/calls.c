#include "sync/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
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
    int64_t end_time;
    int64_t due;
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
    struct standing standing;
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

/* Before the first one that is due later. */
static void queue_add_by_time(struct queue *queue, struct call *call)
{
    struct call **link = &queue->first;

    while (*link != NULL && (*link)->due <= call->due)
        link = &(*link)->next;
    call->next = *link;
    *link = call;
    if (call->next == NULL)
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

static void on_counted(void *data, enum feishu_api api)
{
    struct gate *gate = data;

    (void)api;
    gate->sent++;
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

static struct call *next_call(struct gate *gate, int api)
{
    for (int class = 0; class < CALL_CLASSES; class ++) {
        struct call *call = queue_take(&gate->queues[api][class]);

        if (call != NULL) {
            gate->waiting--;
            return call;
        }
    }
    return NULL;
}

/* Whether a call of this API waits that finds a place, where `most` may be under way. */
static bool may_start(const struct gate *gate, int api, size_t most)
{
    if (gate->in_flight >= most)
        return false;
    if (gate->queues[api][CALL_CLASS_CHANGE].first != NULL)
        return true;
    if (most > CHANGE_PLACES && gate->in_flight >= most - CHANGE_PLACES)
        return false;
    for (int class = CALL_CLASS_CHANGE + 1; class < CALL_CLASSES; class ++) {
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

/* Gives up the impatient of an API that rests. */
static void give_up_impatient(struct gate *gate, int api)
{
    for (int class = 0; class < CALL_CLASSES; class ++) {
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
            give_up(gate->calls, call, "calls to Feishu are held back for now: meetingctl status says why");
        }
    }
}

/* Starts what may leave now and sets the timer for what may leave later. */
static void dispatch(struct gate *gate)
{
    int64_t boot_ms = clock_boot_ms(gate->calls->clock);
    size_t most = standing_fails(&gate->standing) ? 1 : IN_FLIGHT_MAX;
    int64_t wait = UNKNOWN;

    timer_stop(&gate->timer);
    for (int api = 0; api < FEISHU_APIS; api++) {
        if (rest_ms(gate, api, boot_ms) > REST_MAX_MS)
            give_up_impatient(gate, api);
        while (may_start(gate, api, most)) {
            int64_t api_wait = limiter_wait_ms(&gate->limiters[api], boot_ms);

            if (gate->standing.paused_ms - boot_ms > api_wait)
                api_wait = gate->standing.paused_ms - boot_ms;
            if (api_wait > 0) {
                if (wait == UNKNOWN || api_wait < wait)
                    wait = api_wait;
                break;
            }
            start(gate, next_call(gate, api));
        }
    }
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
    call->end_time = request->end_time;
    call->with_participants = request->with_participants;
    call->impatient = request->impatient;
    call->due = request->due;
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
    if (call->class == CALL_CLASS_CHANGE)
        queue_add_by_time(&gate->queues[call->api][call->class], call);
    else
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

            while ((call = next_call(gate, api)) != NULL)
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
    for (size_t i = 0; i < calls->count; i++)
        standing_clock_jumped(&calls->gates[i].standing);
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
    };
    memcpy(ret->message, gate->standing.last_failure.message, sizeof(ret->message));
    memcpy(ret->log_id, gate->standing.last_failure.log_id, sizeof(ret->log_id));
}
