/* Plans and entries brought together: at the start, when the file was read again, and as occurrences come
 * into view. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "engine/matching.h"
#include "model/setting.h"
#include "sync/entry.h"

/* What is over for longer leaves the cache, but for the last of each plan. */
#define RETIRE_AFTER_S (INT64_C(24) * 3600)

#define SECONDS_PER_DAY INT64_C(86400)

/* One pass over plans and entries. */
struct pass {
    struct driver *driver;
    struct timetable *timetable;
    struct match_plan *plans;
    struct timed_plan **timed; /* beside them */
    size_t plan_count;
    struct match_record *records;
    struct entry **entries; /* beside them */
    bool *touched;          /* beside them */
    struct entry **made;    /* those that were ever made, by name */
    size_t made_count;
    size_t record_count;
    bool load;  /* the file was read: what was refused gets another chance */
    bool force; /* whatever it deletes */
    size_t deleted, of;
};

static int64_t now_s(const struct driver *driver)
{
    return clock_wall_seconds(driver->clock);
}

static bool is_made(const struct reservation *record)
{
    return record->state == RESERVATION_RESERVED || record->state == RESERVATION_LIVE ||
           record->state == RESERVATION_ENDED;
}

static bool never_made(const struct reservation *record)
{
    return record->state == RESERVATION_PLANNED || record->state == RESERVATION_FAILED;
}

/* ---- matching */

static void add_plan(struct pass *pass, struct timed_plan *timed)
{
    struct match_plan *plan = &pass->plans[pass->plan_count];
    int64_t now = now_s(pass->driver);
    size_t over = 0;

    /* The view was worked out a while ago. */
    while (over < timed->view.count && timed->view.items[over].end_time <= now)
        over++;
    *plan = (struct match_plan){
        .plan = timed->plan,
        .occurrences = timed->view.items + over,
        .count = timed->view.count - over,
        .unknown = timed->unknown,
        .taken = xcalloc(timed->view.count, sizeof(size_t)),
    };
    pass->timed[pass->plan_count++] = timed;
}

/* `only` is one plan, or NULL for all of the timetable. */
static void begin_pass(struct pass *pass, struct driver *driver, struct timetable *timetable,
                       const struct plan *only)
{
    *pass = (struct pass){.driver = driver, .timetable = timetable};
    pass->plans = xcalloc(timetable->count, sizeof(*pass->plans));
    pass->timed = xcalloc(timetable->count, sizeof(struct timed_plan *));
    pass->records = xcalloc(driver->count, sizeof(*pass->records));
    pass->entries = xcalloc(driver->count, sizeof(struct entry *));
    pass->touched = xcalloc(driver->count, sizeof(*pass->touched));
    for (size_t i = 0; i < timetable->count; i++) {
        if (only == NULL || timetable->items[i].plan == only)
            add_plan(pass, &timetable->items[i]);
    }
    for (size_t i = 0; i < driver->count; i++) {
        struct entry *entry = driver->entries[i];

        if (entry->forgotten || (only != NULL && !str_equal(entry->record->name, only->name)))
            continue;
        pass->records[pass->record_count].record = entry->record;
        pass->entries[pass->record_count++] = entry;
    }
    matching_match(pass->plans, pass->plan_count, pass->records, pass->record_count, now_s(driver));
}

static void end_pass(struct pass *pass)
{
    for (size_t i = 0; i < pass->plan_count; i++)
        free(pass->plans[i].taken);
    free(pass->plans);
    free(pass->timed);
    free(pass->records);
    free(pass->entries);
    free(pass->touched);
    free(pass->made);
}

/* ---- what comes of it */

/* A reservation that was not made yet takes what its plan says now; a refused one gets another chance. */
static void take_wishes(struct entry *entry, const struct plan *plan)
{
    struct reservation *record = entry->record;

    record->state = RESERVATION_PLANNED;
    record->attempts = 0;
    record->problem.retry_at = 0;
    str_set(&record->app, plan->app);
    str_set(&record->owner_id, plan->owner_id);
    meeting_settings_fini(&record->meeting_settings);
    meeting_settings_copy(&record->meeting_settings, &plan->meeting_settings);
}

static void want(struct pass *pass, size_t index)
{
    const struct match_record *match = &pass->records[index];
    struct entry *entry = pass->entries[index];
    const struct match_plan *matched = &pass->plans[match->plan];
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, NULL);
    CLEANUP_FREE char *old_name = xstrdup(record->name);
    bool differs = record->unwanted, moved = false;

    /* Why it could not be deleted is over. */
    if (record->unwanted && is_made(record)) {
        record->attempts = 0;
        entry_clear_problem(entry);
    }

    entry->plan = matched->plan;
    entry->superseded_by = NULL;
    if (pass->load)
        entry->refused = false;
    record->unwanted = false;
    if (match->occurrence != MATCHING_NONE) {
        bool kept = record->kept, standing = record->standing, dated = record->date != NULL;

        moved = reconciler_place(record, matched->plan, &matched->occurrences[match->occurrence]);
        differs |= moved || kept != record->kept || standing != record->standing || !dated;
    } else {
        str_set(&record->name, matched->plan->name);
        record->kept = matched->plan->on_remove == ON_REMOVE_KEEP;
    }
    if (match->renamed) {
        differs = true;
        log_notice(&subject, "%s: its section is called %s now; the reservation stays", record->key,
                   matched->plan->name);
    }
    if (record->adopted && record->state == RESERVATION_FAILED) {
        if (pass->load)
            record->state = RESERVATION_RESERVED;
        entry_show(entry);
    } else if (never_made(record)) {
        if (pass->load)
            take_wishes(entry, matched->plan);
        entry_show(entry);
    } else if (differs) {
        if (moved) {
            record->revision++;
            log_info(&subject, "%s: is %s now", record->key,
                     record->occurrence != NULL ? record->occurrence : old_name);
        }
        entry_save(entry, EVENT_RESERVATION_UPDATED);
    } else {
        entry_show_rows(entry); /* the ones before went with the plans before */
    }
}

static void reject(struct pass *pass, size_t index)
{
    const struct match_record *match = &pass->records[index];
    struct entry *entry = pass->entries[index];
    struct log_subject subject = entry_subject(entry, NULL);

    entry->plan = NULL;
    if (pass->load)
        entry->refused = false;
    entry->superseded_by = match->verdict == VERDICT_SUPERSEDED ? pass->plans[match->plan].plan : NULL;
    if (entry->record->unwanted)
        return;
    entry->record->unwanted = true;
    pass->touched[index] = true;
    log_notice(&subject, "%s: %s", entry->record->key,
               entry->superseded_by != NULL
                   ? "its section asks for what Feishu cannot change: another one is made in its place"
               : is_made(entry->record)
                   ? "no section of the file wants it any more: it is going to be deleted"
                   : "no section of the file wants it any more");
    entry_save(entry, EVENT_KINDS);
}

static void leave(struct pass *pass, size_t index)
{
    struct entry *entry = pass->entries[index];
    struct log_subject subject = entry_subject(entry, NULL);

    if (entry->plan != NULL && pass->load && entry->record->kept && is_made(entry->record))
        log_notice(&subject, "%s: its section has gone, and it is kept (on_remove = keep)",
                   entry->record->key);
    entry->plan = NULL;
    entry->superseded_by = NULL;
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

static int compare_names(const void *left, const void *right)
{
    return strcmp((*(struct entry *const *)left)->record->name,
                  (*(struct entry *const *)right)->record->name);
}

/* What was made before, by its plan's name. */
static void sort_made(struct pass *pass)
{
    pass->made = xcalloc(pass->record_count, sizeof(struct entry *));
    for (size_t i = 0; i < pass->record_count; i++) {
        const struct entry *entry = pass->entries[i];

        if (entry != NULL && entry->record->name != NULL && entry->record->reserve_id != NULL &&
            !entry->record->passed)
            pass->made[pass->made_count++] = pass->entries[i];
    }
    if (pass->made_count > 0)
        qsort(pass->made, pass->made_count, sizeof(struct entry *), compare_names);
}

/* To a calendar it is still the same event. */
static void take_uid(const struct pass *pass, const struct plan *plan, struct reservation *wish)
{
    const struct reservation *before = NULL;
    size_t low = 0, high = pass->made_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(pass->made[middle]->record->name, plan->name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < pass->made_count && str_equal(pass->made[low]->record->name, plan->name); low++) {
        const struct reservation *record = pass->made[low]->record;

        if (str_equal(record->date, wish->date) || (plan->rrule == NULL && !record->adopted))
            before = record;
    }
    if (before == NULL)
        return;
    str_set(&wish->uid, before->uid != NULL ? before->uid : before->key);
    wish->revision = before->revision + 1;
}

static void add_wish(const struct pass *pass, const struct plan *plan, const struct occurrence *occurrence)
{
    struct driver *driver = pass->driver;
    struct reservation *wish = reconciler_plan(plan, occurrence);
    struct entry *entry;

    make_key_unique(driver, wish);
    take_uid(pass, plan, wish);
    entry = driver_add_entry(driver, wish);
    entry->plan = plan;
    entry_show(entry);
}

/* Entries for what has none yet; those that are new come last in the driver's array. */
static void add_wishes(struct pass *pass)
{
    sort_made(pass);
    for (size_t i = 0; i < pass->plan_count; i++) {
        const struct match_plan *plan = &pass->plans[i];

        if (plan->unknown)
            continue;
        if (matching_is_single(plan->plan)) {
            if (plan->record == MATCHING_NONE && (plan->count > 0 || !plan->plan->has_start))
                add_wish(pass, plan->plan, plan->count > 0 ? &plan->occurrences[0] : NULL);
            continue;
        }
        for (size_t j = 0; j < plan->count; j++) {
            if (plan->taken[j] == MATCHING_NONE)
                add_wish(pass, plan->plan, &plan->occurrences[j]);
        }
    }
}

static void carry_out(struct pass *pass)
{
    for (size_t i = 0; i < pass->record_count; i++) {
        switch (pass->records[i].verdict) {
        case VERDICT_WANTED:
            want(pass, i);
            break;
        case VERDICT_FORGOTTEN:
            driver_forget(pass->driver, pass->entries[i]);
            pass->entries[i] = NULL;
            break;
        case VERDICT_UNWANTED:
        case VERDICT_SUPERSEDED:
            reject(pass, i);
            break;
        case VERDICT_LEFT:
        case VERDICT_TAKEN:
        default:
            leave(pass, i);
            break;
        }
    }
}

/* ---- entries that are new or may have something to do */

static int compare_starts(const void *left, const void *right)
{
    const struct reservation *a = (*(struct entry *const *)left)->record,
                             *b = (*(struct entry *const *)right)->record;
    uint64_t x = (uint64_t)a->start_time, y = (uint64_t)b->start_time; /* UNKNOWN is the largest */

    if (x != y)
        return x < y ? -1 : 1;
    return strcmp(a->key, b->key);
}

/* All entries, the nearest first: that is the order in which calls leave. The caller frees it. */
static struct entry **by_start(const struct driver *driver, size_t *ret_count)
{
    struct entry **sorted = xcalloc(driver->count, sizeof(struct entry *));
    size_t count = 0;

    for (size_t i = 0; i < driver->count; i++) {
        if (!driver->entries[i]->forgotten)
            sorted[count++] = driver->entries[i];
    }
    if (count > 0)
        qsort(sorted, count, sizeof(struct entry *), compare_starts);
    *ret_count = count;
    return sorted;
}

/* `only` is one plan, or NULL for all. */
static void set_going(struct driver *driver, const struct plan *only)
{
    size_t count;
    struct entry **sorted = by_start(driver, &count);

    for (size_t i = 0; i < count; i++) {
        if (sorted[i]->forgotten ||
            (only != NULL && sorted[i]->plan != only && !str_equal(sorted[i]->record->name, only->name)))
            continue;
        entry_renew_way_out(sorted[i]);
        entry_schedule_look(sorted[i]);
        entry_decide(sorted[i]);
    }
    free(sorted);
}

static bool long_over(const struct reservation *record, int64_t now)
{
    int64_t end = record->end_time > record->expire_time ? record->end_time : record->expire_time;

    if (record->unwanted && is_made(record))
        return false;
    return (record->state == RESERVATION_EXPIRED || record->state == RESERVATION_DELETED ||
            record->state == RESERVATION_FAILED || record->passed) &&
           end != UNKNOWN && end < now - RETIRE_AFTER_S;
}

static void retire_old(struct driver *driver)
{
    size_t count;
    struct entry **sorted = by_start(driver, &count);
    int64_t now = now_s(driver);

    for (size_t i = 0; i < count; i++) {
        bool last = sorted[i]->record->name != NULL;

        if (!long_over(sorted[i]->record, now) || sorted[i]->busy || sorted[i]->looking ||
            sorted[i]->saving > 0)
            continue;
        for (size_t j = i + 1; j < count && last; j++)
            last = !str_equal(sorted[j]->record->name, sorted[i]->record->name);
        if (!last)
            driver_retire(driver, sorted[i]);
    }
    free(sorted);
}

static void await_next_view(struct driver *driver)
{
    int64_t due = timetable_due_at(&driver->timetable);

    if (due == UNKNOWN || driver->stopping)
        timer_stop(&driver->view_timer);
    else
        timer_start_at(&driver->view_timer, due * MS_PER_SECOND);
}

/* How far each plan's view has to reach for what is on record. */
static void note_reach(const struct driver *driver, struct timetable *timetable)
{
    for (size_t i = 0; i < driver->count; i++) {
        const struct reservation *record = driver->entries[i]->record;
        struct timed_plan *timed = timetable_find(timetable, record->name);

        if (timed != NULL && record->start_time != UNKNOWN && reservation_in_force(record, now_s(driver)) &&
            record->start_time + SECONDS_PER_DAY > timed->until_s)
            timed->until_s = record->start_time + SECONDS_PER_DAY;
    }
}

static void swap_timetable(struct driver *driver, struct timetable *take)
{
    for (size_t i = 0; i < driver->timetable.count; i++) {
        for (size_t j = 0; j < driver->timetable.items[i].rows.count; j++)
            cache_drop_reservation(driver->options.cache, driver->timetable.items[i].rows.items[j]);
    }
    timetable_fini(&driver->timetable);
    driver->timetable = *take;
    *take = (struct timetable){NULL, 0};
}

/* ---- at the start */

/* What would be deleted stays, and stays its plan's, until somebody says force. */
static void hold_back(struct pass *pass)
{
    log_error(NULL,
              "the configuration would delete %zu of %zu reservations, and that is more than it may without "
              "being asked: nothing is deleted; correct it, or say meetingctl reload --force",
              pass->deleted, pass->of);
    for (size_t i = 0; i < pass->record_count; i++) {
        struct match_record *match = &pass->records[i];
        struct match_plan *plan = match->plan != MATCHING_NONE ? &pass->plans[match->plan] : NULL;

        if (match->verdict == VERDICT_UNWANTED) {
            match->verdict = VERDICT_LEFT;
        } else if (match->verdict == VERDICT_SUPERSEDED) {
            bool single = matching_is_single(plan->plan);

            match->verdict = VERDICT_WANTED;
            if (single && plan->record == MATCHING_NONE)
                plan->record = i;
            else if (!single && match->occurrence != MATCHING_NONE &&
                     plan->taken[match->occurrence] == MATCHING_NONE)
                plan->taken[match->occurrence] = i;
        }
    }
}

void driver_begin_plans(struct driver *driver)
{
    struct outlooks outlooks;
    struct pass pass;

    timetable_init(&driver->timetable, driver->options.plans);
    note_reach(driver, &driver->timetable);
    outlooks_begin(&outlooks, &driver->timetable, now_s(driver));
    outlooks_run(&outlooks);
    outlooks_take(&outlooks);
    outlooks_fini(&outlooks);
    begin_pass(&pass, driver, &driver->timetable, NULL);
    pass.load = true;
    if (matching_deletes_too_much(pass.records, pass.record_count, &pass.deleted, &pass.of))
        hold_back(&pass);
    carry_out(&pass);
    add_wishes(&pass);
    end_pass(&pass);
    for (size_t i = 0; i < driver->count; i++) {
        const struct reservation *record = driver->entries[i]->record;
        struct log_subject subject = entry_subject(driver->entries[i], NULL);

        if (record->state == RESERVATION_RESERVING)
            entry_become_uncertain(driver->entries[i]);
        if (record->state == RESERVATION_UNCERTAIN)
            log_warning(&subject, "%s: uncertain: %s", record->key, record->problem.message);
    }
    retire_old(driver);
    set_going(driver, NULL);
    await_next_view(driver);
}

/* ---- as time goes by */

static void start_loading(struct driver *driver);

static void match_again(struct driver *driver, const struct plan *only)
{
    struct pass pass;

    begin_pass(&pass, driver, &driver->timetable, only);
    /* Only a load says that something is not wanted any more. */
    for (size_t i = 0; i < pass.record_count; i++) {
        if (pass.records[i].verdict == VERDICT_WANTED)
            want(&pass, i);
    }
    add_wishes(&pass);
    end_pass(&pass);
    set_going(driver, only);
}

static void on_worked_out(void *data)
{
    struct driver *driver = CONTAINER_OF(data, struct driver, outlooks);

    driver->planning = false;
    if (!driver->stopping && driver->loading == NULL) {
        outlooks_take(&driver->outlooks);
        match_again(driver, driver->outlooks.count == 1 ? driver->outlooks.items[0].plan->plan : NULL);
        retire_old(driver);
        await_next_view(driver);
    }
    outlooks_fini(&driver->outlooks);
    if (driver->loading != NULL)
        start_loading(driver);
}

void driver_work_out_plans(struct driver *driver)
{
    if (driver->planning || driver->stopping)
        return;
    note_reach(driver, &driver->timetable);
    outlooks_begin(&driver->outlooks, &driver->timetable, now_s(driver));
    if (driver->outlooks.count == 0) {
        outlooks_fini(&driver->outlooks);
        await_next_view(driver); /* the clock was set back */
        return;
    }
    driver->planning = true;
    work_start(driver->options.loop, outlooks_run, on_worked_out, &driver->outlooks);
}

void driver_reconsider(struct driver *driver, const struct plan *plan)
{
    if (!driver->stopping && timetable_find(&driver->timetable, plan->name) != NULL)
        match_again(driver, plan);
}

/* ---- when the file was read again */

static bool is_new(const struct pass *pass, const struct entry *entry)
{
    for (size_t i = 0; i < pass->record_count; i++) {
        if (pass->entries[i] == entry)
            return false;
    }
    return true;
}

/* What is done about the difference: what is new, is not wanted any more, or is to be changed now. */
static void list_actions(const struct pass *pass, struct action_list *list)
{
    const struct driver *driver = pass->driver;
    size_t first_new = driver->count;

    while (first_new > 0 && is_new(pass, driver->entries[first_new - 1]))
        first_new--;
    for (size_t i = 0; i < pass->record_count; i++) {
        struct action_list about = {0};
        struct reconciler_view view;

        if (pass->entries[i] == NULL)
            continue;
        view = entry_view(pass->entries[i]);
        reconciler_look_ahead(pass->entries[i]->plan, pass->entries[i]->record, &view, &about);
        for (size_t j = 0; j < about.count; j++) {
            if (pass->touched[i] || (about.items[j].kind == ACTION_UPDATE)) {
                *action_list_add(list, about.items[j].kind) = about.items[j];
                about.items[j] = (struct action){.kind = ACTION_UPDATE};
            }
        }
        action_list_fini(&about);
    }
    for (size_t i = first_new; i < driver->count; i++) {
        struct reconciler_view view = entry_view(driver->entries[i]);

        reconciler_look_ahead(driver->entries[i]->plan, driver->entries[i]->record, &view, list);
    }
    action_list_sort(list);
}

static void refuse(struct loading *loading, int result, const struct error *error)
{
    loading->callback(loading->data, result, &(struct action_list){0}, error);
    timetable_fini(&loading->timetable);
    free(loading);
}

static void carry_out_load(struct driver *driver, struct loading *loading, struct pass *pass)
{
    struct action_list actions = {0};

    pass->load = true;
    swap_timetable(driver, &loading->timetable);
    carry_out(pass);
    add_wishes(pass);
    list_actions(pass, &actions);
    end_pass(pass);
    loading->callback(loading->data, 0, &actions, NULL);
    action_list_fini(&actions);
    free(loading);
    retire_old(driver);
    set_going(driver, NULL);
    await_next_view(driver);
}

static void on_loaded(void *data)
{
    struct driver *driver = CONTAINER_OF(data, struct driver, outlooks);
    struct loading *loading = driver->loading;
    const struct error *failure;
    struct error error;
    struct pass pass;

    driver->planning = false;
    driver->loading = NULL;
    failure = outlooks_take(&driver->outlooks);
    if (driver->stopping || failure != NULL) {
        if (failure != NULL)
            error = *failure;
        else
            error_set(&error, -ECANCELED, "the daemon is stopping");
        outlooks_fini(&driver->outlooks);
        refuse(loading, error.code, &error);
        return;
    }
    outlooks_fini(&driver->outlooks);
    begin_pass(&pass, driver, &loading->timetable, NULL);
    if (!loading->force &&
        matching_deletes_too_much(pass.records, pass.record_count, &pass.deleted, &pass.of)) {
        error_set(&error, -EPERM,
                  "this would delete %zu of %zu reservations: correct the file, or say meetingctl reload "
                  "--force",
                  pass.deleted, pass.of);
        end_pass(&pass);
        refuse(loading, -EPERM, &error);
        return;
    }
    carry_out_load(driver, loading, &pass);
}

static void start_loading(struct driver *driver)
{
    note_reach(driver, &driver->loading->timetable);
    outlooks_begin(&driver->outlooks, &driver->loading->timetable, now_s(driver));
    driver->planning = true;
    work_start(driver->options.loop, outlooks_run, on_loaded, &driver->outlooks);
}

void driver_set_plans(struct driver *driver, const struct plan_list *plans, bool force,
                      driver_planned_cb *callback, void *data)
{
    struct loading *loading = xalloc(sizeof(*loading));

    timetable_init(&loading->timetable, plans);
    loading->force = force;
    loading->callback = callback;
    loading->data = data;
    driver->loading = loading;
    if (!driver->planning)
        start_loading(driver);
}

void driver_look_ahead(const struct driver *driver, struct action_list *list)
{
    for (size_t i = 0; i < driver->count; i++) {
        struct reconciler_view view;

        if (driver->entries[i]->forgotten)
            continue;
        view = entry_view(driver->entries[i]);
        reconciler_look_ahead(driver->entries[i]->plan, driver->entries[i]->record, &view, list);
    }
    action_list_sort(list);
}
