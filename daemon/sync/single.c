/* One reservation for all occurrences of a plan, standing or adopted: its slot moves from one to the next. */
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "engine/matching.h"
#include "sync/absence.h"
#include "sync/entry.h"

static struct cache *cache_of(const struct entry *entry)
{
    return entry->driver->options.cache;
}

const struct occurrence *entry_next_occurrence(const struct entry *entry)
{
    const struct timed_plan *timed =
        entry->plan != NULL ? timetable_find(&entry->driver->timetable, entry->plan->name) : NULL;

    if (timed == NULL || entry->record->start_time == UNKNOWN || !matching_is_single(entry->plan))
        return NULL;
    for (size_t i = 0; i < timed->view.count; i++) {
        if (timed->view.items[i].start_time > entry->record->start_time)
            return &timed->view.items[i];
    }
    return NULL;
}

bool entry_is_needed(const struct entry *entry)
{
    const struct reservation *record = entry->record;

    return entry->plan != NULL && (record->end_time > clock_wall_seconds(entry->driver->clock) ||
                                   (record->standing && entry_next_occurrence(entry) != NULL));
}

struct entry *entry_at(struct entry *entry, int64_t time)
{
    const struct driver *driver = entry->driver;
    int64_t latest = time + driver->options.poll->early_ms / MS_PER_SECOND;
    struct entry *best = entry;

    if (!(entry->record->standing || entry->record->adopted) || entry->record->start_time <= latest)
        return entry;
    for (size_t i = 0; i < driver->count; i++) {
        struct entry *row = driver->entries[i];

        if (row->record->passed && !row->forgotten && row->record->start_time <= latest &&
            str_equal(row->record->reserve_id, entry->record->reserve_id) &&
            (best == entry || row->record->start_time > best->record->start_time))
            best = row;
    }
    return best;
}

/* What stands for one occurrence of a reservation for all: a copy with a key of its own, and the same uid. */
static struct reservation *copy_for(const struct entry *entry, const char *occurrence)
{
    struct reservation *row = reservation_copy(entry->record);

    if (row->uid == NULL)
        row->uid = xstrdup(row->key);
    free(row->key);
    row->key = driver_unique_key(entry->driver, occurrence);
    return row;
}

void entry_show_rows(struct entry *entry)
{
    struct timed_plan *timed =
        entry->plan != NULL ? timetable_find(&entry->driver->timetable, entry->plan->name) : NULL;
    const struct reservation *record = entry->record;
    int64_t until_s;

    if (timed == NULL || !matching_is_single(entry->plan) || record->passed)
        return;
    for (size_t i = 0; i < timed->rows.count; i++)
        cache_drop_reservation(cache_of(entry), timed->rows.items[i]);
    string_list_fini(&timed->rows);
    until_s = clock_wall_seconds(entry->driver->clock) + entry->plan->create_ahead_ms / MS_PER_SECOND;
    for (size_t i = 0; i < timed->view.count; i++) {
        const struct occurrence *occurrence = &timed->view.items[i];
        struct reservation *row;
        char *name;

        if (occurrence->start_time <= record->start_time || occurrence->start_time > until_s)
            continue;
        name = occurrence_name(entry->plan->name, occurrence->start_time);
        row = copy_for(entry, name);
        free(name);
        reconciler_place(row, entry->plan, occurrence);
        if (row->state == RESERVATION_LIVE || row->state == RESERVATION_ENDED)
            row->state = RESERVATION_RESERVED;
        string_list_fini(&row->meetings);
        reservation_set_problem(row, 0, NULL, NULL, 0, 0);
        string_list_add(&timed->rows, row->key);
        cache_put_reservation(cache_of(entry), row);
    }
}

/* The occurrence that is left stays on record, as what has passed. */
static void add_passed(struct entry *entry, enum reservation_state state, const char *problem)
{
    struct reservation *row = copy_for(entry, entry->record->occurrence);
    struct entry *passed;

    row->passed = true;
    row->state = state;
    row->expire_time = UNKNOWN;
    row->unwanted = false;
    secret_free(row->applied);
    row->applied = NULL;
    row->applied_expiry = UNKNOWN;
    reservation_set_problem(row, 0, problem, NULL, clock_wall_seconds(entry->driver->clock), 0);
    passed = driver_add_entry(entry->driver, row);
    passed->slot_watch.told = entry->slot_watch.told; /* nobody is told twice that nobody came */
    entry_save(passed, state == RESERVATION_FAILED ? EVENT_RESERVATION_FAILED : EVENT_KINDS);
}

/* The next occurrence that has not passed entirely while nobody looked; the last one where all have. NULL:
 * there is none after the one that it stands at. */
static const struct occurrence *find_next(const struct entry *entry)
{
    const struct timed_plan *timed = timetable_find(&entry->driver->timetable, entry->plan->name);
    const struct occurrence *next = entry_next_occurrence(entry);
    int64_t now_s = clock_wall_seconds(entry->driver->clock);

    while (next != NULL && next + 1 < timed->view.items + timed->view.count && next->end_time <= now_s)
        next++;
    return next;
}

bool entry_skip(struct entry *entry, const char *problem)
{
    const struct occurrence *next = entry->plan != NULL ? find_next(entry) : NULL;

    if (next == NULL)
        return false;
    add_passed(entry, RESERVATION_FAILED, problem);
    reconciler_place(entry->record, entry->plan, next);
    entry_save(entry, EVENT_KINDS);
    return true;
}

void entry_advance(struct entry *entry)
{
    const struct occurrence *next = find_next(entry);
    struct reservation *record = entry->record;
    const struct meeting *active = cache_active_meeting(cache_of(entry), record->key);
    struct log_subject subject;

    absence_leave_slot(entry);
    add_passed(entry, record->meetings.count > 0 ? RESERVATION_ENDED : RESERVATION_EXPIRED, NULL);
    reconciler_place(record, entry->plan, next);
    string_list_fini(&record->meetings);
    if (active != NULL)
        string_list_add(&record->meetings, active->id);
    record->state = active != NULL ? RESERVATION_LIVE : RESERVATION_RESERVED;
    subject = entry_subject(entry, NULL);
    log_info(&subject, "%s: goes on to %s", record->key, record->occurrence);
    entry_save(entry, EVENT_RESERVATION_UPDATED);
}
