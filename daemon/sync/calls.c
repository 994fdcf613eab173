#include "sync/calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sync/gate.h"

/* list_by_no has a limit of its own (feishu-api.md 6). */
#define LIST_PER_MINUTE 100

void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

void queue_add(struct queue *queue, struct call *call)
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

struct call *queue_take(struct queue *queue)
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
    free(call->meeting_no);
    free(call->page_token);
    free(call->owner_id);
    free(call->reservation);
    free(call->name);
    meeting_settings_fini(&call->settings);
    free(call);
}

struct gate *gate_find(const struct calls *calls, const char *app)
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
        if (call->listed != NULL)
            call->listed(call->data, &result, NULL, NULL);
        else
            call->callback(call->data, &result, NULL, NULL);
        call_free(call);
    }
    check_stopped(calls);
}

static const char stopping[] = "the daemon is stopping";

void gate_give_up(struct calls *calls, struct call *call, const char *why)
{
    call->given_up = why;
    queue_add(&calls->cancelled, call);
    timer_start_in(&calls->cancelled_timer, 0);
}

static void on_timer(struct timer *timer)
{
    gate_dispatch(timer->data);
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

static void on_answered(void *data, const struct feishu_result *result)
{
    struct gate *gate = data;

    answers_note(&gate->answers, result);
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
            int64_t per_minute = apps[i]->rate_per_minute;

            if (api == FEISHU_LIST_BY_NO && per_minute > LIST_PER_MINUTE)
                per_minute = LIST_PER_MINUTE;
            limiter_init(&gate->limiters[api], per_minute, apps[i]->rate_per_second);
            for (int class = 0; class < CALL_CLASSES; class ++)
                queue_init(&gate->queues[api][class]);
        }
        feishu_on_request(clients[i], on_counted, gate);
        feishu_on_answer(clients[i], on_answered, gate);
    }
    return calls;
}

static void on_room(void *data)
{
    struct calls *calls = data;

    for (size_t i = 0; i < calls->count && !calls->stopping; i++)
        gate_dispatch(&calls->gates[i]);
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
    for (size_t i = 0; i < calls->count; i++) {
        timer_stop(&calls->gates[i].timer);
        /* A token that was being renewed may still come. */
        feishu_on_answer(calls->gates[i].client, NULL, NULL);
    }
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

/* An answer has come: what it tells of the app, before whoever asked gets it. */
static void note_answer(struct call *call, const struct feishu_result *result)
{
    struct gate *gate = call->gate;
    bool was_failing = gate->standing.failing;

    leave_place(call);
    standing_note(&gate->standing, result);
    if (gate->standing.failing != was_failing && gate->calls->changed != NULL)
        gate->calls->changed(gate->calls->changed_data);
}

static void end_call(struct call *call)
{
    struct gate *gate = call->gate;

    call_free(call);
    gate_dispatch(gate);
    check_stopped(gate->calls);
}

static void on_reserve(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve)
{
    struct call *call = data;

    note_answer(call, result);
    call->callback(call->data, result, reserve, NULL);
    end_call(call);
}

static void on_meeting(void *data, const struct feishu_result *result, struct meeting *take_meeting)
{
    struct call *call = data;

    note_answer(call, result);
    call->callback(call->data, result, NULL, take_meeting);
    end_call(call);
}

static void on_list(void *data, const struct feishu_result *result, const struct string_list *ids,
                    const char *page_token)
{
    struct call *call = data;

    note_answer(call, result);
    call->listed(call->data, result, ids, page_token);
    end_call(call);
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
    case FEISHU_GET_MEETING:
        call->under_way =
            feishu_get_meeting(gate->client, call->reserve_id, call->with_participants, on_meeting, call);
        break;
    case FEISHU_LIST_BY_NO:
        call->under_way = feishu_list_by_no(gate->client, call->meeting_no, call->start_time, call->end_time,
                                            call->page_token, on_list, call);
        break;
    case FEISHU_GET_ACTIVE_MEETING:
    default:
        call->under_way = feishu_get_active_meeting(gate->client, call->reserve_id, call->with_participants,
                                                    on_meeting, call);
        break;
    }
}

void gate_start(struct gate *gate, struct call *call)
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
    gate_dispatch(gate);
    check_stopped(gate->calls);
}

const struct app *calls_app(const struct calls *calls, const char *name)
{
    const struct gate *gate = name != NULL ? gate_find(calls, name) : NULL;

    if (name == NULL && calls->count > 0)
        gate = &calls->gates[0];
    return gate != NULL ? gate->standing.app : NULL;
}

struct call *calls_submit(struct calls *calls, const struct call_request *request, call_cb *callback,
                          void *data)
{
    struct gate *gate = gate_find(calls, request->app);
    struct call *call;

    if (gate == NULL)
        return NULL;
    call = xalloc(sizeof(*call));
    call->gate = gate;
    call->api = request->api;
    call->class = request->class;
    call->reserve_id = xstrdup(request->reserve_id);
    call->meeting_no = xstrdup(request->meeting_no);
    call->page_token = xstrdup(request->page_token);
    call->start_time = request->start_time;
    call->listed = request->listed;
    call->owner_id = xstrdup(request->owner_id);
    call->reservation = request->about != NULL ? xstrdup(request->about->key) : NULL;
    call->name = request->about != NULL ? xstrdup(request->about->name) : NULL;
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
        gate_give_up(calls, call, stopping);
        return call;
    }
    if (call->class == CALL_CLASS_CHANGE)
        queue_add_by_time(&gate->queues[call->api][call->class], call);
    else
        queue_add(&gate->queues[call->api][call->class], call);
    gate->waiting++;
    gate_dispatch(gate);
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

            while ((call = gate_next(gate, api, CALL_CLASSES)) != NULL)
                gate_give_up(calls, call, stopping);
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
            gate_dispatch(&calls->gates[i]); /* another month may have begun */
    }
}

int64_t calls_good_answer_at(const struct calls *calls, const char *app)
{
    const struct gate *gate = gate_find(calls, app);

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
        .clock_known = gate->standing.clock_known,
        .clock_ahead_ms = gate->standing.clock_ahead_ms,
        .failing = gate->standing.failing,
        .failed_at = gate->standing.failed_at,
        .code = gate->standing.last_failure.code,
        .month_spent = gate_is_spent(gate),
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

const struct answers *calls_answers(const struct calls *calls, size_t app)
{
    return &calls->gates[app].answers;
}

const struct api_standing *calls_api_standing(const struct calls *calls, size_t app, enum feishu_api api)
{
    return &calls->gates[app].standing.apis[api];
}
