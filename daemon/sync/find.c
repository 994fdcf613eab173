/* Finding out how a reservation stands: get, and what it means that Feishu does not know it. */
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "base/message-id.h"
#include "sync/entry.h"

static int64_t now_s(const struct entry *entry)
{
    return clock_wall_seconds(entry->driver->clock);
}

/* An adopted one that Feishu does not know. */
static void adopted_gone(struct entry *entry, const struct feishu_result *result)
{
    struct log_subject subject = entry_subject(entry, result);
    bool never_was = entry->record->observed_at == UNKNOWN;
    const char *text = never_was ? "Feishu does not know this reservation: check reserve_id and app"
                                 : "Feishu does not know this reservation any more: it was deleted elsewhere";

    entry->record->state = never_was ? RESERVATION_FAILED : RESERVATION_DELETED;
    entry->record->revision++;
    entry->record->end = RESERVATION_END_LOST;
    reservation_set_problem(entry->record, result->code, text, entry_log_id(result), now_s(entry), 0);
    subject.message_id = MESSAGE_RESERVATION_GONE;
    log_error(&subject, "%s: %s", entry->record->key, text);
    entry_save(entry, never_was ? EVENT_RESERVATION_FAILED : EVENT_RESERVATION_DELETED);
}

static void lost(struct entry *entry, const struct feishu_result *result)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);
    const struct plan *plan = entry->plan;
    bool needed = entry_is_needed(entry);
    CLEANUP_FREE char *text = xasprintf(
        "Feishu does not know this reservation any more: it was deleted elsewhere%s",
        needed ? "; another one, with a new number and link, takes its place (once a day at most)" : "");

    record->state = RESERVATION_DELETED;
    record->revision++;
    record->end = RESERVATION_END_LOST;
    entry_set_problem(entry, result, text, 0);
    subject.message_id = MESSAGE_RESERVATION_GONE;
    log_error(&subject, "%s: %s", record->key, text);
    entry->plan = NULL;
    entry_save(entry, EVENT_RESERVATION_DELETED);
    if (needed)
        driver_reconsider(entry->driver, plan);
}

void entry_gone(struct entry *entry, const struct feishu_result *result)
{
    struct reservation *record = entry->record;
    struct log_subject subject = entry_subject(entry, result);

    if (record->state == RESERVATION_DELETED || record->state == RESERVATION_FAILED)
        return;
    if (record->adopted) {
        adopted_gone(entry, result);
    } else if (record->unwanted) {
        record->state = RESERVATION_DELETED;
        record->revision++;
        record->end = RESERVATION_END_FILE;
        entry_clear_problem(entry);
        log_notice(&subject, "%s: Feishu does not have it any more, and nobody wants it", record->key);
        entry_save(entry, EVENT_RESERVATION_DELETED);
    } else {
        lost(entry, result);
    }
}

static void told_how_it_stands(struct entry *entry, const struct feishu_reserve *reserve)
{
    struct reservation *record = entry->record;
    int64_t now_ms = clock_wall_ms(entry->driver->clock);
    bool had_problem = record->adopted && record->problem.message != NULL;

    record->attempts = 0;
    entry->settled_at = now_ms;
    reservation_take_answer(record, reserve, now_ms);
    if (had_problem)
        reservation_set_problem(record, 0, NULL, NULL, 0, 0);
    if (record->unverified)
        entry_verify(entry, reserve);
    else
        entry_save(entry, EVENT_RESERVATION_UPDATED);
}

static void on_fetched(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                       struct meeting *take_meeting)
{
    struct entry *entry = data;
    struct reservation *record = entry->record;
    int64_t now_ms = clock_wall_ms(entry->driver->clock);

    meeting_free(take_meeting);
    entry->busy = false;
    if (entry_release(entry))
        return;
    if (result->outcome == FEISHU_OK && reserve != NULL) {
        told_how_it_stands(entry, reserve);
    } else if (result->outcome == FEISHU_NOT_FOUND) {
        entry_gone(entry, result);
    } else if (result->outcome != FEISHU_CANCELLED &&
               (record->observed_at == UNKNOWN || record->unverified)) {
        int64_t retry_ms;

        record->attempts++;
        retry_ms = reconciler_retry_ms(record, result->retry_after_ms, arc4random(), now_ms);
        entry_set_problem(entry, result, result->message, retry_ms / MS_PER_SECOND + 1);
        entry_save(entry, EVENT_RESERVATION_UPDATED);
    }
    entry_schedule_look(entry);
    entry_decide(entry);
}

void entry_fetch(struct entry *entry)
{
    struct call_request request = {
        .app = entry->record->app,
        .api = FEISHU_GET,
        .class = CALL_CLASS_REST,
        .reserve_id = entry->record->reserve_id,
        .about = entry->record,
    };

    /* The app of an old record may have left the configuration. */
    entry->busy = calls_submit(entry->driver->options.calls, &request, on_fetched, entry) != NULL;
}
