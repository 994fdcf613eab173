#include "lib/poll-house.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "engine/poller.h"
#include "lib/fake-clock.h"
#include "sync/calls.h"
#include "sync/spending.h"

/* 2026-11-01 00:00 in Shanghai, a Sunday. */
#define MONTH_BEGINS_S INT64_C(1793462400)
#define DAY_S          INT64_C(86400)

#define PEOPLE_MOST 12

struct house;

/* One reservation. */
struct slot {
    struct house *house;
    const struct plan *plan;
    struct reservation *record;
    struct meeting *seen; /* the meeting in progress, as far as known; NULL: none */
    struct timer make, look;
    struct pace pace;
    enum phase phase;
    bool looking, seen_ever;
    int64_t start_ms, end_ms; /* of the meeting that there really is; UNKNOWN: there is none */
    int64_t fresh_ms;         /* of the last look at it */
    size_t next, end;         /* its moments that nobody has seen */
};

struct house {
    const struct poll_scenario *scenario;
    struct poll_outcome *outcome;
    struct fake_clock clock;
    struct timers *timers;
    struct poll_settings poll;
    struct app app;
    struct app *apps[1];
    struct plan_list plans;
    struct poll_feishu *model;
    struct calls *calls;
    struct ledger *ledger;
    struct spending *spending;
    struct slot *slots;
    size_t slot_count;
    uint64_t random;
    uint64_t progress;
    double age_ms2, live_ms;
    bool stopped;
};

/* ---- chance */

static uint32_t dice(struct house *house)
{
    house->random ^= house->random << 13;
    house->random ^= house->random >> 7;
    house->random ^= house->random << 17;
    return (uint32_t)(house->random >> 16);
}

static double uniform(struct house *house)
{
    return ((double)dice(house) + 0.5) / 4294967296.0;
}

static double normal(struct house *house)
{
    return sqrt(-2 * log(uniform(house))) * cos(2 * M_PI * uniform(house));
}

static double exponential(struct house *house, double mean)
{
    return -mean * log(uniform(house));
}

static double within(double value, double least, double most)
{
    return fmin(fmax(value, least), most);
}

/* ---- what really happens */

static void add_moment(struct house *house, size_t slot, enum poll_event kind, int64_t at_ms)
{
    struct poll_outcome *outcome = house->outcome;

    if ((outcome->moment_count & (outcome->moment_count - 1)) == 0)
        outcome->moments =
            xrealloc(outcome->moments, outcome->moment_count > 0 ? outcome->moment_count * 2 : 1,
                     sizeof(*outcome->moments));
    outcome->moments[outcome->moment_count++] =
        (struct poll_moment){.slot = (int)slot, .kind = kind, .at_ms = at_ms, .delay_ms = UNKNOWN};
}

static int compare_moments(const void *a, const void *b)
{
    const struct poll_moment *x = a, *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

/* Most come when it begins and go when it ends. */
static void add_person(struct house *house, size_t index, const struct slot *slot)
{
    double length = (double)(slot->end_ms - slot->start_ms);
    double join = uniform(house) < 0.8 ? exponential(house, 90000) : uniform(house) * length;
    double leave;

    join = within(join, 0, length * 0.95);
    leave =
        uniform(house) < 0.75 ? length - exponential(house, 20000) : join + uniform(house) * (length - join);
    leave = within(leave, join + length * 0.01, length);
    add_moment(house, index, POLL_EVENT_JOIN, slot->start_ms + (int64_t)join);
    add_moment(house, index, POLL_EVENT_LEAVE, slot->start_ms + (int64_t)leave);
}

static void decide_meeting(struct house *house, size_t index)
{
    struct slot *slot = &house->slots[index];
    size_t first = house->outcome->moment_count;
    double start = within(-30000 + 120000 * normal(house), -9 * 60000, 15 * 60000), end;

    slot->start_ms = slot->end_ms = UNKNOWN;
    slot->next = slot->end = first;
    if (uniform(house) < 0.05)
        return; /* nobody comes */
    slot->start_ms = slot->record->start_time * MS_PER_SECOND + (int64_t)start;
    end = uniform(house) < 0.1 ? 5 * 60000 + uniform(house) * 25 * 60000 : -120000 + 240000 * normal(house);
    slot->end_ms = slot->record->end_time * MS_PER_SECOND + (int64_t)end;
    if (slot->end_ms < slot->start_ms + 2 * MS_PER_MINUTE)
        slot->end_ms = slot->start_ms + 2 * MS_PER_MINUTE;
    house->outcome->meetings++;
    slot->fresh_ms = slot->start_ms;
    add_moment(house, index, POLL_EVENT_START, slot->start_ms);
    add_moment(house, index, POLL_EVENT_END, slot->end_ms);
    for (uint32_t people = 2 + dice(house) % (PEOPLE_MOST - 1); people > 0; people--)
        add_person(house, index, slot);
    slot->end = house->outcome->moment_count;
    qsort(&house->outcome->moments[first], slot->end - first, sizeof(*house->outcome->moments),
          compare_moments);
}

/* ---- what Feishu is asked */

static bool goes_on(const struct slot *slot, int64_t now_ms)
{
    return slot->start_ms != UNKNOWN && slot->start_ms <= now_ms && now_ms < slot->end_ms;
}

/* The head-count was as old as the time since the last look. */
static void age(struct slot *slot, int64_t now_ms)
{
    struct house *house = slot->house;
    int64_t until_ms = now_ms < slot->end_ms ? now_ms : slot->end_ms, gap;

    if (slot->start_ms == UNKNOWN || until_ms <= slot->fresh_ms)
        return;
    gap = until_ms - slot->fresh_ms;
    house->age_ms2 += (double)gap * (double)gap / 2;
    house->live_ms += (double)gap;
    if (gap > house->outcome->longest_ms)
        house->outcome->longest_ms = gap;
    slot->fresh_ms = until_ms;
}

static struct meeting *serve_active(void *data, const char *reserve_id)
{
    struct house *house = data;
    struct slot *slot = &house->slots[strtoul(reserve_id, NULL, 10)];
    int64_t now_ms = house->clock.wall_ms;
    struct meeting *meeting;

    age(slot, now_ms);
    for (; slot->next < slot->end && house->outcome->moments[slot->next].at_ms <= now_ms; slot->next++)
        house->outcome->moments[slot->next].delay_ms = now_ms - house->outcome->moments[slot->next].at_ms;
    if (!goes_on(slot, now_ms))
        return NULL;
    slot->seen_ever = true;
    meeting = meeting_new("meeting");
    meeting->status = MEETING_IN_PROGRESS;
    return meeting;
}

static char *serve_apply(void *data, int64_t end_time)
{
    (void)data;
    (void)end_time;
    return xstrdup("made"); /* whoever asked knows which */
}

/* ---- as sync/observe does it */

static void schedule(struct slot *slot)
{
    struct house *house = slot->house;
    int64_t now_ms = house->clock.wall_ms, next;
    enum phase phase;

    spending_pace(house->spending, house->app.name, &slot->pace);
    slot->pace.random = dice(house);
    next = poller_next_ms(slot->record, slot->seen, &house->poll, &slot->pace, now_ms);
    phase = poller_phase(slot->record, slot->seen, &house->poll, now_ms / MS_PER_SECOND);
    spending_move(house->spending, house->app.name, slot->phase, phase);
    slot->phase = phase;
    if (slot->looking)
        return;
    if (next == UNKNOWN)
        timer_stop(&slot->look);
    else
        timer_start_in(&slot->look, next - now_ms);
}

static void on_looked(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                      struct meeting *take_meeting)
{
    struct slot *slot = data;

    (void)reserve;
    slot->house->progress++;
    slot->looking = false;
    slot->pace.last_look_ms = slot->house->clock.wall_ms;
    if (result->outcome != FEISHU_OK) {
        meeting_free(take_meeting);
        return;
    }
    meeting_free(slot->seen);
    slot->seen = take_meeting;
    if (take_meeting != NULL && slot->record->meetings.count == 0)
        string_list_add(&slot->record->meetings, "meeting");
    schedule(slot);
}

static bool on_turn(void *data, struct call *call)
{
    struct slot *slot = data;
    struct house *house = slot->house;

    if (poller_phase(slot->record, slot->seen, &house->poll, house->clock.wall_ms / MS_PER_SECOND) ==
        PHASE_DONE) {
        slot->looking = false;
        schedule(slot);
        return false;
    }
    calls_go(call, UNKNOWN);
    return true;
}

static void look(struct timer *timer)
{
    struct slot *slot = timer->data;
    struct house *house = slot->house;
    enum phase phase =
        poller_phase(slot->record, slot->seen, &house->poll, house->clock.wall_ms / MS_PER_SECOND);
    struct call_request request = {
        .app = house->app.name,
        .api = FEISHU_GET_ACTIVE_MEETING,
        .class = poll_class_of(phase) == POLL_CLASS_NOW ? CALL_CLASS_NOW : CALL_CLASS_REST,
        .reserve_id = slot->record->reserve_id,
        .about = slot->record,
        .turn = on_turn,
    };

    spending_move(house->spending, house->app.name, slot->phase, phase);
    house->progress++; /* it was due */
    slot->phase = phase;
    if (phase == PHASE_DONE)
        return;
    slot->looking = true;
    calls_submit(house->calls, &request, on_looked, slot);
}

static void exist(struct slot *slot)
{
    slot->record->reserve_id = xasprintf("%zu", (size_t)(slot - slot->house->slots));
    slot->record->state = RESERVATION_RESERVED;
    schedule(slot);
}

static void on_made(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                    struct meeting *take_meeting)
{
    struct slot *slot = data;

    meeting_free(take_meeting);
    slot->house->progress++;
    if (result->outcome != FEISHU_OK || reserve == NULL)
        return;
    slot->house->outcome->created++;
    slot->pace.last_look_ms = slot->house->clock.wall_ms;
    exist(slot);
}

static void make(struct timer *timer)
{
    struct slot *slot = timer->data;
    struct call_request request = {
        .app = slot->house->app.name,
        .api = FEISHU_APPLY,
        .class = CALL_CLASS_CHANGE,
        .end_time = slot->record->expire_time,
        .settings = &slot->record->meeting_settings,
        .about = slot->record,
    };

    slot->house->progress++;
    calls_submit(slot->house->calls, &request, on_made, slot);
}

/* ---- the plans */

static struct plan *add_plan(struct house *house, int number, int day, int64_t at_s, int64_t duration_s)
{
    CLEANUP_FREE char *name = xasprintf("plan-%d-%d", number, day);
    struct plan *plan = plan_new(name);

    plan->app = xstrdup(house->app.name);
    plan->timezone = xstrdup("Asia/Shanghai");
    plan->has_start = true;
    local_time_from_unix(MONTH_BEGINS_S + day * DAY_S + at_s, plan->timezone, &plan->start);
    plan->duration_s = duration_s;
    plan->last_end_time = MONTH_BEGINS_S + day * DAY_S + at_s + duration_s;
    plan->create_ahead_ms = MS_PER_DAY;
    plan->expire_after_ms = MS_PER_HOUR;
    plan_list_take(&house->plans, plan);
    return plan;
}

static void add_plans(struct house *house)
{
    static const int64_t durations_s[] = {1800, 1800, 2700, 3600};

    for (int number = 0; number < house->scenario->plans; number++) {
        /* Half past and the full hour, as people do it, from 9 to 18; some at other times. */
        int64_t at_s = 9 * 3600 + (dice(house) % 18) * 1800 + (dice(house) % 4 == 0 ? 900 : 0);
        int64_t duration_s = durations_s[dice(house) % ELEMENTS(durations_s)];

        for (int day = 0; day < house->scenario->days; day++) {
            int weekday = day % 7;

            if (weekday != 0 && weekday != 6)
                add_plan(house, number, day, at_s, duration_s);
        }
    }
}

static void slot_init(struct house *house, size_t index)
{
    struct slot *slot = &house->slots[index];
    const struct plan *plan = house->plans.items[index];
    struct reservation *record = reservation_new(plan->name);

    *slot = (struct slot){.house = house, .plan = plan, .record = record, .phase = PHASE_DONE};
    slot->pace.last_look_ms = UNKNOWN;
    record->name = xstrdup(plan->name);
    record->app = xstrdup(plan->app);
    record->end_time = plan->last_end_time;
    record->start_time = plan->last_end_time - plan->duration_s;
    record->expire_time = record->end_time + plan->expire_after_ms / MS_PER_SECOND;
    timer_init(&slot->make, house->timers, make, slot);
    timer_init(&slot->look, house->timers, look, slot);
    decide_meeting(house, index);
    house->outcome->slots[index] = (struct poll_slot_life){
        .made_ms = record->start_time * MS_PER_SECOND - plan->create_ahead_ms,
        .early_ms = record->start_time * MS_PER_SECOND - house->poll.early_ms,
        .expires_ms = record->expire_time * MS_PER_SECOND,
    };
    timer_start_at(&slot->make, house->outcome->slots[index].made_ms);
}

/* Meetings that all begin at once, as everybody's do at the full hour. */
static void slot_begins_with_all(struct house *house, size_t index)
{
    struct slot *slot = &house->slots[index];

    timer_stop(&slot->make);
    slot->start_ms = house->clock.wall_ms + house->scenario->live_ms / 2;
    slot->end_ms = house->clock.wall_ms + house->scenario->live_ms + MS_PER_HOUR;
    slot->record->start_time = slot->start_ms / MS_PER_SECOND;
    slot->record->end_time = slot->end_ms / MS_PER_SECOND;
    slot->record->expire_time = slot->record->end_time;
    slot->fresh_ms = slot->start_ms;
    slot->next = slot->end = 0;
    slot->pace.last_look_ms = house->clock.wall_ms;
    exist(slot);
}

/* Meetings that go on all the while, and whose daemon has just been started. */
static void slot_is_live(struct house *house, size_t index)
{
    struct slot *slot = &house->slots[index];

    timer_stop(&slot->make);
    slot->start_ms = house->clock.wall_ms - MS_PER_HOUR;
    slot->end_ms = house->clock.wall_ms + house->scenario->live_ms + MS_PER_HOUR;
    slot->record->start_time = slot->start_ms / MS_PER_SECOND;
    slot->record->end_time = slot->end_ms / MS_PER_SECOND;
    slot->record->expire_time = slot->record->end_time;
    slot->fresh_ms = house->clock.wall_ms;
    slot->next = slot->end = 0;
    slot->seen = meeting_new("meeting");
    string_list_add(&slot->record->meetings, "meeting");
    exist(slot);
}

/* ---- life */

static void house_begin(struct house *house)
{
    const struct poll_scenario *scenario = house->scenario;

    fake_clock_init(&house->clock, MONTH_BEGINS_S * MS_PER_SECOND);
    timers_new(&house->timers, NULL, &house->clock.clock, NULL);
    house->random = UINT64_C(0x9e3779b97f4a7c15) + scenario->seed;
    house->poll = (struct poll_settings){
        .live_ms = 10 * MS_PER_SECOND,
        .starting_ms = 10 * MS_PER_SECOND,
        .early_ms = 10 * MS_PER_MINUTE,
        .overdue_ms = 30 * MS_PER_SECOND,
        .cooling_ms = 2 * MS_PER_MINUTE,
        .idle_ms = 5 * MS_PER_MINUTE,
        .participants = true,
    };
    house->app = (struct app){
        .name = (char *)"default",
        .app_id = (char *)"cli_made_up",
        .rate_per_minute = 1000,
        .rate_per_second = 50,
        .monthly_calls = scenario->monthly_calls,
        .monthly_share = scenario->monthly_share,
        .month_timezone = (char *)"Asia/Shanghai",
    };
    house->apps[0] = &house->app;
    house->model = poll_feishu_new(house->timers, &house->app,
                                   &(struct poll_feishu_world){serve_active, serve_apply, house});
    house->calls =
        calls_new(house->timers, house->apps, (struct feishu *[]){poll_feishu_client(house->model)}, 1);
    house->ledger = ledger_new(house->timers, NULL, house->apps, 1);
    calls_use_ledger(house->calls, house->ledger);
    house->spending = spending_new(NULL, &house->clock.clock, house->ledger, house->apps, 1, &house->poll);
    if (scenario->live > 0) {
        for (int i = 0; i < scenario->live; i++)
            add_plan(house, i, 0, INT64_C(9) * 3600, 3600);
    } else {
        add_plans(house);
        spending_set_plans(house->spending, &house->plans);
    }
    house->slot_count = house->plans.count;
    house->slots = xcalloc(house->slot_count, sizeof(*house->slots));
    house->outcome->slots = xcalloc(house->slot_count, sizeof(*house->outcome->slots));
    house->outcome->slot_count = house->slot_count;
    for (size_t i = 0; i < house->slot_count; i++) {
        slot_init(house, i);
        if (scenario->live > 0 && scenario->together)
            slot_begins_with_all(house, i);
        else if (scenario->live > 0)
            slot_is_live(house, i);
    }
}

static uint64_t progress_of(const struct house *house)
{
    struct calls_status status;
    struct poll_feishu_counts counts;

    calls_status(house->calls, 0, &status);
    poll_feishu_counts(house->model, &counts);
    return house->progress + status.sent + counts.requests;
}

static void house_run(struct house *house, int64_t until_ms)
{
    uint64_t progress = progress_of(house), now;
    int64_t step;

    while ((step = timers_next_in(house->timers)) >= 0 && house->clock.wall_ms + step < until_ms) {
        fake_clock_pass(&house->clock, step);
        timers_fire(house->timers);
        now = progress_of(house);
        house->outcome->wakes += step > 0;
        house->outcome->idle_wakes += step > 0 && now == progress;
        progress = now;
    }
    fake_clock_pass(&house->clock, until_ms - house->clock.wall_ms);
}

static void note_stopped(void *data)
{
    ((struct house *)data)->stopped = true;
}

static void house_end(struct house *house)
{
    for (size_t i = 0; i < house->slot_count; i++) {
        timer_stop(&house->slots[i].make);
        timer_stop(&house->slots[i].look);
        age(&house->slots[i], house->clock.wall_ms);
        house->outcome->unseen += house->slots[i].start_ms != UNKNOWN && !house->slots[i].seen_ever;
    }
    calls_stop(house->calls, note_stopped, house);
    while (!house->stopped) {
        int64_t step = timers_next_in(house->timers);

        fake_clock_pass(&house->clock, step > 0 ? step : 0);
        timers_fire(house->timers);
        for (size_t i = 0; i < house->slot_count; i++)
            timer_stop(&house->slots[i].look);
    }
    house->outcome->never_created =
        house->scenario->live > 0 ? 0 : house->slot_count - house->outcome->created;
    for (size_t i = 0; i < house->slot_count; i++) {
        spending_move(house->spending, house->app.name, house->slots[i].phase, PHASE_DONE);
        reservation_free(house->slots[i].record);
        meeting_free(house->slots[i].seen);
    }
    calls_free(house->calls);
    spending_free(house->spending);
    ledger_free(house->ledger);
    poll_feishu_free(house->model);
    plan_list_fini(&house->plans);
    timers_close(house->timers, NULL, NULL);
    free(house->slots);
}

void poll_house_run(const struct poll_scenario *scenario, struct poll_outcome *ret)
{
    struct house house = {.scenario = scenario, .outcome = ret};
    struct ledger_month month;
    int64_t length_ms = scenario->live > 0 ? scenario->live_ms : scenario->days * MS_PER_DAY;

    *ret = (struct poll_outcome){.limit = UNKNOWN};
    house_begin(&house);
    house_run(&house, MONTH_BEGINS_S * MS_PER_SECOND + length_ms);
    ledger_month(house.ledger, 0, &month);
    ret->limit = month.limit;
    poll_feishu_counts(house.model, &ret->feishu);
    house_end(&house);
    ret->age_ms = house.live_ms > 0 ? house.age_ms2 / house.live_ms : 0;
}

void poll_outcome_fini(struct poll_outcome *outcome)
{
    free(outcome->moments);
    free(outcome->slots);
    *outcome = (struct poll_outcome){.limit = UNKNOWN};
}

static int compare_delays(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

int64_t *poll_outcome_delays(const struct poll_outcome *outcome, enum poll_event kind, size_t *ret_count)
{
    int64_t *delays = xcalloc(outcome->moment_count + 1, sizeof(*delays));
    size_t count = 0;

    for (size_t i = 0; i < outcome->moment_count; i++) {
        if (outcome->moments[i].kind == kind && outcome->moments[i].delay_ms != UNKNOWN)
            delays[count++] = outcome->moments[i].delay_ms;
    }
    qsort(delays, count, sizeof(*delays), compare_delays);
    *ret_count = count;
    return delays;
}
