#include "sync/absence.h"

#include "base/base.h"
#include "base/log.h"

void absence_watch_host(struct entry *entry, const struct meeting *meeting)
{
    struct log_subject subject = entry_subject(entry, NULL);

    if (!host_watch_look(&entry->host_watch, meeting, clock_wall_ms(entry->driver->clock)))
        return;
    subject.meeting_id = meeting->id;
    log_notice(&subject, "%s: meeting %s goes on without a host", entry->record->key, meeting->id);
    entry_announce(entry, &(struct event){.kind = EVENT_HOST_MISSING, .meeting = meeting});
}

static void tell_no_show(struct entry *entry)
{
    struct log_subject subject = entry_subject(entry, NULL);

    log_notice(&subject, "%s: it is over, and nobody came",
               entry->record->occurrence != NULL ? entry->record->occurrence : entry->record->key);
    entry_announce(entry, &(struct event){.kind = EVENT_NO_SHOW});
}

void absence_settle_by_looks(struct entry *entry)
{
    if (absence_by_looks(&entry->slot_watch, entry->record))
        tell_no_show(entry);
}

void absence_watch_slot(struct entry *entry)
{
    slot_watch_look(&entry->slot_watch, entry->record, clock_wall_ms(entry->driver->clock));
    if (string_list_has(&entry->driver->history_off, entry->record->app))
        absence_settle_by_looks(entry);
}

void absence_leave_slot(struct entry *entry)
{
    entry->absent_at = absence_is_unattended(entry->record) ? absence_over_at(entry->record) : UNKNOWN;
    slot_watch_close(&entry->slot_watch, entry->record, clock_wall_ms(entry->driver->clock));
    if (string_list_has(&entry->driver->history_off, entry->record->app))
        absence_settle_by_looks(entry);
}

int64_t absence_due(const struct entry *entry)
{
    if (entry->absent_at > entry->history_until)
        return entry->absent_at;
    if (absence_is_unattended(entry->record) && absence_over_at(entry->record) > entry->history_until)
        return absence_over_at(entry->record);
    return UNKNOWN;
}

void absence_settle(struct entry *entry, const struct absence_known *known)
{
    const struct driver *driver = entry->driver;

    if (absence_by_history(&entry->slot_watch, entry->record, known))
        tell_no_show(entry);
    if (!entry->record->standing && !entry->record->adopted)
        return;
    for (size_t i = 0; i < driver->count; i++) {
        struct entry *row = driver->entries[i];

        if (row != entry && row->record->passed && !row->forgotten &&
            str_equal(row->record->reserve_id, entry->record->reserve_id) &&
            absence_by_history(&row->slot_watch, row->record, known))
            tell_no_show(row);
    }
}
