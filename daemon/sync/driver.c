#include "sync/driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "engine/reconciler.h"
#include "sync/entry.h"
#include "sync/history.h"
#include "sync/operation.h"

/* Sequence numbers are claimed in the store in blocks; a crash leaves a gap of at most one block. */
#define SEQUENCE_BLOCK 1000

#define SAVE_AGAIN_MS (5 * MS_PER_SECOND)

struct log_subject entry_subject(const struct entry *entry, const struct feishu_result *result)
{
    struct log_subject subject = {
        .reservation = entry->record->name,
        .occurrence = entry->record->occurrence,
        .reserve_id = entry->record->reserve_id,
        .app = entry->record->app,
    };

    if (result != NULL) {
        subject.feishu_code = result->code;
        subject.feishu_log_id = result->log_id[0] != '\0' ? result->log_id : NULL;
    }
    return subject;
}

static void claim_sequences(struct driver *driver)
{
    uint64_t next = cache_sequence(driver->options.cache) + 1;

    if (next + SEQUENCE_BLOCK / 2 < driver->sequences_claimed)
        return;
    driver->sequences_claimed = next + SEQUENCE_BLOCK;
    store_claim_sequences(driver->options.store, driver->sequences_claimed, NULL, NULL);
}

void entry_announce(struct entry *entry, enum event_kind kind, const struct meeting *meeting,
                    const struct participant *participant)
{
    struct cache *cache = entry->driver->options.cache;

    cache_announce(cache, kind, cache_reservation(cache, entry->record->key), meeting, participant);
    claim_sequences(entry->driver);
}

void entry_show(struct entry *entry)
{
    cache_put_reservation(entry->driver->options.cache, reservation_copy(entry->record));
}

/* A state on its way through the store to the cache. */
struct saving {
    struct entry *entry;
    struct reservation *shown;
    enum event_kind kind;
    struct operation *operation; /* of an operator who is answered then; NULL: none */
};

static void on_saved(void *data, int result, const struct error *error)
{
    struct saving *saving = data;
    struct entry *entry = saving->entry;

    (void)error;
    cache_put_reservation(entry->driver->options.cache, saving->shown);
    if (saving->kind != EVENT_KINDS)
        entry_announce(entry, saving->kind, NULL, NULL);
    if (saving->operation != NULL)
        operation_is_saved(saving->operation);
    free(saving);
    /* The store has said why, once. What is true is shown all the same, and written as soon as it can be. */
    if (result < 0 && !entry->driver->stopping)
        timer_start_in(&entry->save_timer, SAVE_AGAIN_MS);
}

void entry_save_for(struct entry *entry, enum event_kind kind, struct operation *operation)
{
    struct saving *saving = xalloc(sizeof(*saving));

    saving->entry = entry;
    saving->shown = reservation_copy(entry->record);
    saving->kind = kind;
    saving->operation = operation;
    store_put_reservation(entry->driver->options.store, entry->record, on_saved, saving);
}

void entry_save(struct entry *entry, enum event_kind kind)
{
    entry_save_for(entry, kind, NULL);
}

static void save_again(struct timer *timer)
{
    entry_save(timer->data, EVENT_KINDS);
}

static void on_decide_timer(struct timer *timer)
{
    entry_decide(timer->data);
}

static void end_or_reopen(struct entry *entry, enum step step)
{
    struct log_subject subject = entry_subject(entry, NULL);

    if (step == STEP_END) {
        entry->record->state = RESERVATION_ENDED;
        entry_save(entry, EVENT_RESERVATION_UPDATED);
    } else if (step == STEP_REOPEN) {
        entry->record->state = RESERVATION_RESERVED;
        log_notice(&subject, "%s: its time is not over yet", entry->record->key);
        entry_save(entry, EVENT_RESERVATION_UPDATED);
    } else {
        entry->record->state = RESERVATION_EXPIRED;
        log_info(&subject, "%s: the reservation has expired", entry->record->key);
        entry_save(entry, EVENT_RESERVATION_EXPIRED);
    }
    entry_schedule_look(entry);
}

void entry_decide(struct entry *entry)
{
    struct driver *driver = entry->driver;
    struct decision decision;
    struct reconciler_view view = {
        .on_uncertain = driver->options.on_uncertain,
        .now_ms = clock_wall_ms(driver->clock),
        .good_answer_ms = calls_good_answer_at(driver->options.calls, entry->record->app),
        .meeting_in_progress = cache_active_meeting(driver->options.cache, entry->record->key) != NULL,
    };

    if (entry->busy || driver->stopping)
        return;
    timer_stop(&entry->decide_timer);
    reconciler_decide(entry->plan, entry->record, &view, &decision);
    switch (decision.step) {
    case STEP_WAIT:
        break;
    case STEP_RESERVE:
        entry_reserve(entry);
        return;
    case STEP_PROBE:
        entry_probe(entry);
        return;
    case STEP_FETCH:
        entry_fetch(entry);
        return;
    case STEP_END:
    case STEP_EXPIRE:
    case STEP_REOPEN:
        end_or_reopen(entry, decision.step);
        entry_decide(entry);
        return;
    }
    if (decision.again_at_ms != UNKNOWN)
        timer_start_at(&entry->decide_timer, decision.again_at_ms);
}

struct driver *driver_new(const struct driver_options *options)
{
    struct driver *driver = xalloc(sizeof(*driver));

    driver->options = *options;
    driver->clock = timers_clock(options->timers);
    driver->started_s = clock_wall_seconds(driver->clock);
    return driver;
}

static void entry_free(struct entry *entry)
{
    entry_unfollow(entry);
    history_fini(entry);
    timer_stop(&entry->decide_timer);
    timer_stop(&entry->poll_timer);
    timer_stop(&entry->save_timer);
    reservation_free(entry->record);
    free(entry);
}

struct driver *driver_free(struct driver *driver)
{
    if (driver == NULL)
        return NULL;
    for (size_t i = 0; i < driver->count; i++)
        entry_free(driver->entries[i]);
    free(driver->entries);
    string_list_fini(&driver->history_off);
    free(driver);
    return NULL;
}

struct entry *driver_add_entry(struct driver *driver, struct reservation *take)
{
    struct entry *entry = xalloc(sizeof(*entry));

    entry->driver = driver;
    entry->record = take;
    entry->looked_at = UNKNOWN;
    entry->settled_at = UNKNOWN;
    entry->phase = PHASE_DONE;
    entry->history_until = UNKNOWN;
    entry->history_wanted_s = UNKNOWN;
    entry->history_due = UNKNOWN;
    entry->history_retry_ms = UNKNOWN;
    timer_init(&entry->history_timer, driver->options.timers, history_look, entry);
    timer_init(&entry->decide_timer, driver->options.timers, on_decide_timer, entry);
    timer_init(&entry->poll_timer, driver->options.timers, entry_look, entry);
    timer_init(&entry->save_timer, driver->options.timers, save_again, entry);
    if ((driver->count & (driver->count - 1)) == 0)
        driver->entries =
            xrealloc(driver->entries, driver->count > 0 ? driver->count * 2 : 1, sizeof(*driver->entries));
    driver->entries[driver->count++] = entry;
    return entry;
}

/* An intent without an answer: the process ended in between, and nobody knows what Feishu did. */
static void become_uncertain(struct entry *entry)
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

void driver_restore_reservation(struct driver *driver, struct reservation *take)
{
    struct entry *entry = driver_add_entry(driver, take);

    history_restore(entry);
    entry_show(entry);
}

void driver_restore_meeting(struct driver *driver, struct meeting *take)
{
    cache_put_meeting(driver->options.cache, take);
}

/* Plans by name, for as many records as there may be. */
static int compare_plans(const void *a, const void *b)
{
    return strcmp((*(const struct plan *const *)a)->name, (*(const struct plan *const *)b)->name);
}

static const struct plan *find_plan(const struct plan **sorted, size_t count, const char *name)
{
    struct plan wanted = {.name = (char *)name};
    const struct plan *key = &wanted, **found;

    if (name == NULL || count == 0)
        return NULL;
    found = bsearch(&key, sorted, count, sizeof(*sorted), compare_plans);
    return found != NULL ? *found : NULL;
}

static bool never_made(const struct reservation *reservation)
{
    return reservation->state == RESERVATION_PLANNED || reservation->state == RESERVATION_FAILED;
}

/* What this version does not do by itself, and so has to be told. */
static const char edited[] = "the file says something else now than was reserved, and this version does not "
                             "change what exists: see meetingctl update, or delete";
static const char removed[] = "it stands in the file no more, and Feishu still has it: see meetingctl delete";

/* Whether it can still matter that a reservation and the file differ. */
static bool is_standing(const struct entry *entry)
{
    const struct reservation *record = entry->record;

    return (record->state == RESERVATION_RESERVED || record->state == RESERVATION_LIVE) && !record->adopted &&
           (record->end_time == UNKNOWN || clock_wall_seconds(entry->driver->clock) < record->end_time);
}

/* Makes `why` (NULL: nothing) the problem of a reservation that has none but one of these. */
static void note_file(struct entry *entry, const char *why)
{
    struct problem *problem = &entry->record->problem;
    struct log_subject subject = entry_subject(entry, NULL);

    if (problem->message != NULL && !str_equal(problem->message, edited) &&
        !str_equal(problem->message, removed))
        return;
    reservation_set_problem(entry->record, 0, why, NULL, clock_wall_seconds(entry->driver->clock), 0);
    if (why != NULL)
        log_warning(&subject, "%s: %s", entry->record->key, why);
    entry_show(entry);
}

/* A reservation that was not made yet takes what its plan says now; a refused one gets another chance. One
 * that was made stays as it is, and whoever edited the file is told. */
static void take_wishes(struct entry *entry, const struct plan *plan)
{
    struct reservation *record = entry->record, *wish;

    entry->plan = plan;
    if (!never_made(record)) {
        note_file(entry, is_standing(entry) && reconciler_differs(plan, record) ? edited : NULL);
        return;
    }
    wish = reconciler_plan(plan);
    if (wish == NULL)
        return;
    record->state = wish->state;
    record->attempts = 0;
    record->problem.retry_at = 0;
    record->start_time = wish->start_time;
    record->end_time = wish->end_time;
    str_set(&record->occurrence, wish->occurrence);
    str_set(&record->owner_id, wish->owner_id);
    meeting_settings_fini(&record->meeting_settings);
    meeting_settings_copy(&record->meeting_settings, &wish->meeting_settings);
    reservation_free(wish);
    entry_show(entry);
}

void driver_forget(struct driver *driver, struct entry *entry)
{
    size_t index = 0;

    while (driver->entries[index] != entry)
        index++;
    cache_drop_reservation(driver->options.cache, entry->record->key);
    store_drop_reservation(driver->options.store, entry->record->key, NULL, NULL);
    entry_free(entry);
    driver->entries[index] = driver->entries[--driver->count];
}

/* Gives each record its plan; of several that match, the newest. */
static void match_records(struct driver *driver, const struct plan **sorted, size_t count)
{
    int64_t now_s = clock_wall_seconds(driver->clock);

    for (size_t i = driver->count; i-- > 0;) {
        struct entry *entry = driver->entries[i];
        const struct plan *plan = find_plan(sorted, count, entry->record->name);
        bool matched = false;

        for (size_t j = i + 1; plan != NULL && j < driver->count && !matched; j++)
            matched = driver->entries[j]->plan == plan;
        if (plan != NULL && !matched && reconciler_matches(plan, entry->record, now_s))
            take_wishes(entry, plan);
        else if (never_made(entry->record))
            driver_forget(driver, entry);
        else if (entry->record->name != NULL && plan == NULL)
            note_file(entry, is_standing(entry) ? removed : NULL);
    }
}

static bool has_entry(const struct driver *driver, const struct plan *plan, size_t restored)
{
    for (size_t i = 0; i < restored; i++) {
        if (driver->entries[i]->plan == plan)
            return true;
    }
    return false;
}

/* A plan may have had another record for this very occurrence, made with another app or reserve_id: both are
 * kept, and the newer one has a number in its key. */
static void make_key_unique(const struct driver *driver, struct reservation *wish)
{
    CLEANUP_FREE char *key = xstrdup(wish->key);

    for (int number = 2; cache_reservation(driver->options.cache, wish->key) != NULL; number++) {
        free(wish->key);
        wish->key = xasprintf("%s#%d", key, number);
    }
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

static void begin_entry(struct entry *entry)
{
    struct log_subject subject = entry_subject(entry, NULL);

    entry_schedule_look(entry);
    entry_decide(entry);
    if (entry->record->state == RESERVATION_UNCERTAIN)
        log_warning(&subject, "%s: uncertain: %s", entry->record->key, entry->record->problem.message);
}

void driver_start(struct driver *driver)
{
    const struct plan_list *plans = driver->options.plans;
    const struct plan **sorted = xcalloc(plans->count, sizeof(*sorted));
    size_t restored;

    claim_sequences(driver);
    for (size_t i = 0; i < plans->count; i++)
        sorted[i] = plans->items[i];
    qsort(sorted, plans->count, sizeof(*sorted), compare_plans);
    match_records(driver, sorted, plans->count);
    free(sorted);
    restored = driver->count;
    for (size_t i = 0; i < restored; i++) {
        pull_back(driver->entries[i], clock_wall_ms(driver->clock));
        if (driver->entries[i]->record->state == RESERVATION_RESERVING)
            become_uncertain(driver->entries[i]);
    }
    for (size_t i = 0; i < plans->count; i++) {
        struct reservation *wish;
        struct entry *entry;

        if (has_entry(driver, plans->items[i], restored))
            continue;
        wish = reconciler_plan(plans->items[i]);
        if (wish == NULL)
            continue; /* its time does not exist: the configuration's check has said so */
        make_key_unique(driver, wish);
        entry = driver_add_entry(driver, wish);
        entry->plan = plans->items[i];
        entry_show(entry);
    }
    for (size_t i = 0; i < driver->count; i++)
        begin_entry(driver->entries[i]);
}

void driver_stop(struct driver *driver)
{
    driver->stopping = true;
    for (size_t i = 0; i < driver->count; i++) {
        timer_stop(&driver->entries[i]->decide_timer);
        timer_stop(&driver->entries[i]->poll_timer);
        timer_stop(&driver->entries[i]->save_timer);
    }
}

void driver_clock_jumped(struct driver *driver)
{
    int64_t now_ms = clock_wall_ms(driver->clock);

    calls_clock_jumped(driver->options.calls);
    if (driver->options.spending != NULL)
        spending_clock_jumped(driver->options.spending);
    for (size_t i = 0; i < driver->count; i++) {
        struct entry *entry = driver->entries[i];

        pull_back(entry, now_ms);
        entry_schedule_look(entry);
        entry_decide(entry);
    }
}

void driver_set_plans(struct driver *driver, const struct plan_list *plans, bool force,
                      driver_planned_cb *callback, void *data)
{
    struct error error;

    (void)driver;
    (void)plans;
    (void)force;
    error_set(&error, -ENOTSUP, "this version cannot take new plans while it runs");
    callback(data, -ENOTSUP, &(struct action_list){0}, &error);
}

void driver_look_ahead(const struct driver *driver, struct action_list *list)
{
    (void)driver;
    (void)list;
}
