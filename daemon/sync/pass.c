#include "sync/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "model/setting.h"

static int64_t now_s(const struct driver *driver)
{
    return clock_wall_seconds(driver->clock);
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
    pass->plan_count++;
}

void pass_begin(struct pass *pass, struct driver *driver, struct timetable *timetable,
                const struct plan *only)
{
    *pass = (struct pass){.driver = driver};
    pass->plans = xcalloc(timetable->count, sizeof(*pass->plans));
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

void pass_end(struct pass *pass)
{
    for (size_t i = 0; i < pass->plan_count; i++)
        free(pass->plans[i].taken);
    free(pass->plans);
    free(pass->records);
    free(pass->entries);
    free(pass->touched);
    free(pass->made);
}

void pass_keep_all(struct pass *pass)
{
    for (size_t i = 0; i < pass->record_count; i++) {
        struct match_record *match = &pass->records[i];

        if (match->verdict == VERDICT_UNWANTED) {
            match->verdict = VERDICT_LEFT;
        } else if (match->verdict == VERDICT_SUPERSEDED) {
            struct match_plan *plan = &pass->plans[match->plan];
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
    struct log_subject subject;
    bool differs = record->unwanted, moved = false;

    /* Why it could not be deleted is over. */
    if (record->unwanted && reservation_is_made(record)) {
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
    subject = entry_subject(entry, NULL); /* by its name as it is now */
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
                     record->occurrence != NULL ? record->occurrence : record->name);
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
               : reservation_is_made(entry->record)
                   ? "no section of the file wants it any more: it is going to be deleted"
                   : "no section of the file wants it any more");
    entry_save(entry, EVENT_KINDS);
}

static void leave(struct pass *pass, size_t index)
{
    struct entry *entry = pass->entries[index];
    struct log_subject subject = entry_subject(entry, NULL);

    if (entry->plan != NULL && pass->load && entry->record->kept && reservation_is_made(entry->record))
        log_notice(&subject, "%s: its section has gone, and it is kept (on_remove = keep)",
                   entry->record->key);
    entry->plan = NULL;
    entry->superseded_by = NULL;
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
    char *key;

    key = driver_unique_key(driver, wish->key);
    free(wish->key);
    wish->key = key;
    take_uid(pass, plan, wish);
    entry = driver_add_entry(driver, wish);
    entry->plan = plan;
    entry_show(entry);
}

void pass_add_wishes(struct pass *pass)
{
    sort_made(pass);
    pass->first_new = pass->driver->count;
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

void pass_carry_out(struct pass *pass)
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

void pass_carry_out_wanted(struct pass *pass)
{
    for (size_t i = 0; i < pass->record_count; i++) {
        if (pass->records[i].verdict == VERDICT_WANTED)
            want(pass, i);
    }
}
