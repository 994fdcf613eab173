#include "sync/driver.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "model/setting.h"
#include "sync/entry.h"
#include "sync/history.h"
#include "sync/operation.h"

/* ---- what is next */

static void end_or_reopen(struct entry *entry, enum step step)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);

    if (step == STEP_END) {
        record->state = RESERVATION_ENDED;
        entry_save(entry, EVENT_RESERVATION_UPDATED);
    } else if (step == STEP_REOPEN) {
        record->state = RESERVATION_RESERVED;
        log_notice(&subject, "%s: its time is not over yet", record->key);
        entry_save(entry, EVENT_RESERVATION_UPDATED);
    } else {
        record->state = RESERVATION_EXPIRED;
        log_info(&subject, "%s: the reservation has expired", record->key);
        entry_save(entry, EVENT_RESERVATION_EXPIRED);
    }
    entry_schedule_look(entry);
}

/* A reservation that was to outlive this moment has expired at Feishu. */
static void replace_expired(struct entry *entry)
{
    struct log_subject subject = entry_subject(entry, NULL);
    const struct plan *plan = entry->plan;

    if (entry->record->adopted || !entry_is_needed(entry))
        return;
    log_error(&subject,
              "%s: the reservation has expired before its time was over: another one, with a new number and "
              "link, takes its place",
              entry->record->key);
    entry->plan = NULL;
    driver_reconsider(entry->driver, plan);
}

/* The slot is over, and nothing was made for it. True: there is another one. */
static bool miss(struct entry *entry)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);
    CLEANUP_FREE char *text =
        record->problem.message != NULL
            ? xasprintf("its time has passed before it could be reserved; the last attempt: %s",
                        record->problem.message)
            : xstrdup("its time has passed before it could be reserved");

    log_error(&subject, "%s: %s", record->occurrence != NULL ? record->occurrence : record->key, text);
    if (record->standing && entry_skip(entry, text))
        return true;
    record->state = RESERVATION_FAILED;
    reservation_set_problem(record, record->problem.code, text, record->problem.log_id,
                            clock_wall_seconds(entry->driver->clock), 0);
    entry_save(entry, EVENT_RESERVATION_FAILED);
    return false;
}

static enum successor successor_of(const struct entry *entry)
{
    const struct driver *driver = entry->driver;

    for (size_t i = 0; entry->superseded_by != NULL && i < driver->count; i++) {
        const struct entry *other = driver->entries[i];

        if (other == entry || other->plan != entry->superseded_by || other->forgotten ||
            (!other->record->standing && !entry->record->standing &&
             !str_equal(other->record->date, entry->record->date)))
            continue;
        return other->record->reserve_id != NULL ? SUCCESSOR_MADE : SUCCESSOR_AWAITED;
    }
    return SUCCESSOR_NONE;
}

struct reconciler_view entry_view(const struct entry *entry)
{
    const struct driver *driver = entry->driver;
    const struct occurrence *next = entry_next_occurrence(entry);
    struct following following = cache_following(driver->options.cache, entry->record->key);

    return (struct reconciler_view){
        .on_uncertain = driver->options.on_uncertain,
        .now_ms = clock_wall_ms(driver->clock),
        .good_answer_ms = calls_good_answer_at(driver->options.calls, entry->record->app),
        .meeting_in_progress = cache_active_meeting(driver->options.cache, entry->record->key) != NULL,
        .looked_at_ms = following.last_poll_at,
        .tried_at_ms = entry->failures > 0 ? entry->looked_at : UNKNOWN,
        .successor = successor_of(entry),
        .refused = entry->refused,
        .next_start = next != NULL ? next->start_time : UNKNOWN,
        .early_s = driver->options.poll->early_ms / MS_PER_SECOND,
    };
}

/* Does one step; true: there may be another one. */
static bool take_step(struct entry *entry, const struct decision *decision)
{
    switch (decision->step) {
    case STEP_RESERVE:
        entry_reserve(entry);
        return false;
    case STEP_PROBE:
        entry_probe(entry);
        return false;
    case STEP_FETCH:
    case STEP_VERIFY:
        entry_fetch(entry);
        return false;
    case STEP_UPDATE:
        return entry_update(entry, decision);
    case STEP_LOOK:
        entry_look_now(entry, CALL_CLASS_CHANGE);
        return false;
    case STEP_DELETE:
        entry_delete(entry);
        return false;
    case STEP_MISS:
        return miss(entry);
    case STEP_END:
    case STEP_REOPEN:
        end_or_reopen(entry, decision->step);
        return true;
    case STEP_EXPIRE:
        end_or_reopen(entry, decision->step);
        replace_expired(entry);
        return true;
    case STEP_ADVANCE:
        entry_advance(entry);
        entry_schedule_look(entry);
        return true;
    case STEP_WAIT:
    default:
        return false;
    }
}

void entry_decide(struct entry *entry)
{
    struct driver *driver = entry->driver;
    struct decision decision;

    do {
        struct reconciler_view view;

        if (entry->busy || entry->forgotten || driver->stopping)
            return;
        timer_stop(&entry->decide_timer);
        view = entry_view(entry);
        reconciler_decide(entry->plan, entry->record, &view, &decision);
    } while (take_step(entry, &decision));
    if (decision.step == STEP_WAIT && decision.again_at_ms != UNKNOWN)
        timer_start_at(&entry->decide_timer, decision.again_at_ms);
}

/* ---- the start, and the end */

static void on_view_timer(struct timer *timer)
{
    driver_work_out_plans(timer->data);
}

struct driver *driver_new(const struct driver_options *options)
{
    struct driver *driver = xalloc(sizeof(*driver));

    driver->options = *options;
    driver->clock = timers_clock(options->timers);
    driver->started_s = clock_wall_seconds(driver->clock);
    timer_init(&driver->view_timer, options->timers, on_view_timer, driver);
    return driver;
}

struct driver *driver_free(struct driver *driver)
{
    if (driver == NULL)
        return NULL;
    for (size_t i = 0; i < driver->count; i++)
        entry_free(driver->entries[i]);
    free(driver->entries);
    timer_stop(&driver->view_timer);
    timetable_fini(&driver->timetable);
    string_list_fini(&driver->replacing);
    string_list_fini(&driver->history_off);
    free(driver);
    return NULL;
}

/* An intent without an answer: the process ended in between, and nobody knows what Feishu did. */
void entry_become_uncertain(struct entry *entry)
{
    CLEANUP_FREE char *way_out = entry_way_out(entry);
    CLEANUP_FREE char *text = xasprintf(
        "meetingd was stopped while it waited for Feishu's answer to apply: nobody knows whether the "
        "reservation was made%s%s",
        entry->record->repeated ? ", and a second one may exist too" : "", way_out);

    entry->record->state = RESERVATION_UNCERTAIN;
    reservation_set_problem(entry->record, 0, text, NULL, clock_wall_seconds(entry->driver->clock), 0);
    entry_save(entry, EVENT_RESERVATION_UNCERTAIN);
}

/* A record that an older version has written does not say what was applied: what was asked for. */
static void complete_record(struct reservation *record)
{
    if (record->applied != NULL || record->name == NULL || record->adopted || record->passed ||
        record->reserve_id == NULL)
        return;
    record->applied = settings_text(&record->meeting_settings);
    record->applied_expiry = record->expire_time;
}

void driver_restore_reservation(struct driver *driver, struct reservation *take)
{
    struct entry *entry;

    complete_record(take);
    if (take->replaces && !string_list_has(&driver->replacing, take->app))
        string_list_add(&driver->replacing, take->app);
    entry = driver_add_entry(driver, take);
    history_restore(entry);
    entry_show(entry);
}

void driver_restore_meeting(struct driver *driver, struct meeting *take)
{
    cache_put_meeting(driver->options.cache, take);
}

/* What was noted under a clock that was ahead happened now at the latest; waits keep their length. */
static void pull_back(struct entry *entry, int64_t now_ms)
{
    struct reservation *record = entry->record;
    int64_t ahead_s = record->problem.at - now_ms / MS_PER_SECOND;

    if (record->attempted_at > now_ms)
        record->attempted_at = now_ms;
    if (entry->looked_at > now_ms)
        entry->looked_at = now_ms;
    if (entry->settled_at > now_ms)
        entry->settled_at = now_ms;
    if (ahead_s <= 0)
        return;
    record->problem.at -= ahead_s;
    if (record->problem.retry_at > 0)
        record->problem.retry_at -= ahead_s;
}

void driver_start(struct driver *driver)
{
    driver_claim_sequences(driver);
    for (size_t i = 0; i < driver->count; i++)
        pull_back(driver->entries[i], clock_wall_ms(driver->clock));
    driver_begin_plans(driver);
}

void driver_stop(struct driver *driver)
{
    driver->stopping = true;
    timer_stop(&driver->view_timer);
    for (size_t i = 0; i < driver->count; i++) {
        timer_stop(&driver->entries[i]->decide_timer);
        timer_stop(&driver->entries[i]->poll_timer);
        timer_stop(&driver->entries[i]->save_timer);
        timer_stop(&driver->entries[i]->history_timer);
    }
}

void driver_clock_jumped(struct driver *driver)
{
    int64_t now_ms = clock_wall_ms(driver->clock);

    calls_clock_jumped(driver->options.calls);
    if (driver->options.spending != NULL)
        spending_clock_jumped(driver->options.spending);
    for (size_t i = 0; i < driver->count; i++)
        pull_back(driver->entries[i], now_ms);
    for (size_t i = 0; i < driver->timetable.count; i++)
        driver->timetable.items[i].again_at_s = 0;
    for (size_t i = 0; i < driver->count; i++) {
        if (driver->entries[i]->forgotten)
            continue;
        entry_schedule_look(driver->entries[i]);
        entry_decide(driver->entries[i]);
    }
    driver_work_out_plans(driver);
}

static bool same_poll(const struct poll_settings *a, const struct poll_settings *b)
{
    return a->live_ms == b->live_ms && a->starting_ms == b->starting_ms && a->early_ms == b->early_ms &&
           a->overdue_ms == b->overdue_ms && a->cooling_ms == b->cooling_ms && a->idle_ms == b->idle_ms &&
           a->participants == b->participants;
}

void driver_set_poll(struct driver *driver, const struct poll_settings *poll, enum on_uncertain on_uncertain)
{
    bool same = same_poll(driver->options.poll, poll) && driver->options.on_uncertain == on_uncertain;

    driver->options.poll = poll;
    driver->options.on_uncertain = on_uncertain;
    for (size_t i = 0; !same && !driver->stopping && i < driver->count; i++) {
        if (driver->entries[i]->forgotten)
            continue;
        entry_renew_way_out(driver->entries[i]);
        entry_schedule_look(driver->entries[i]);
        entry_decide(driver->entries[i]);
    }
}

const struct poll_settings *driver_poll(const struct driver *driver)
{
    return driver->options.poll;
}

void driver_announce(struct driver *driver, enum event_kind kind)
{
    cache_announce(driver->options.cache, &(struct event){.kind = kind});
    driver_claim_sequences(driver);
}
