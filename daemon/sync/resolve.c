/* An operator settles a reservation of which nobody knows whether it was made. */
#include <errno.h>

#include "base/base.h"
#include "base/log.h"
#include "sync/operation.h"

/* Nothing goes on with it, and nobody knows whether it was made. */
static bool is_open(const struct entry *entry)
{
    return entry->record->state == RESERVATION_UNCERTAIN && !entry->busy && entry->operation == NULL;
}

/* What Feishu tells of the reservation that an uncertain one is said to be. */
static void on_candidate(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                         struct meeting *take_meeting)
{
    struct operation *operation = data;
    struct entry *entry = operation_entry(operation);
    struct reservation *record = entry->record; /* it is busy, and so still there */

    meeting_free(take_meeting);
    entry->busy = false;
    if (driver_find_by_id(entry->driver, operation->reserve_id) != NULL) {
        operation_was_not_sent(operation, "another reservation has got this reserve_id meanwhile");
        entry_decide(entry);
        return;
    }
    operation_keep(operation, result);
    if (result->outcome != FEISHU_OK || reserve == NULL) {
        operation_is_saved(operation);
        entry_decide(entry);
        return;
    }
    str_set(&record->reserve_id, operation->reserve_id);
    reservation_take_answer(record, reserve, clock_wall_ms(entry->driver->clock));
    record->state = RESERVATION_RESERVED;
    record->repeated = false;
    reservation_set_problem(record, 0, NULL, NULL, 0, 0);
    entry_save_for(entry, EVENT_RESERVATION_CREATED, operation);
    entry_schedule_look(entry);
    entry_decide(entry);
}

static int settle_as(struct driver *driver, struct entry *entry, const char *reserve_id, operate_cb *callback,
                     void *data)
{
    struct call_request request = {.api = FEISHU_GET, .class = CALL_CLASS_NOW, .reserve_id = reserve_id};
    struct operation *operation;
    int result;

    if (driver_find_by_id(driver, reserve_id) != NULL)
        return -EEXIST;
    operation = operation_new(driver, entry, callback, data);
    operation->reserve_id = xstrdup(reserve_id);
    result = operation_submit(operation, &request, on_candidate);
    entry->busy = result == 0;
    return result;
}

static void settle_by_dropping(struct entry *entry, struct operation *operation)
{
    struct log_subject subject = entry_subject(entry, NULL);

    entry->record->state = RESERVATION_DELETED;
    entry->record->end = RESERVATION_END_OPERATOR;
    reservation_set_problem(entry->record, 0, NULL, NULL, 0, 0);
    log_notice(&subject, "%s: given up by an operator", entry->record->key);
    entry_save_for(entry, EVENT_RESERVATION_DELETED, operation);
}

int operate_resolve(struct driver *driver, const char *occurrence, enum settlement settlement,
                    const char *reserve_id, operate_cb *callback, void *data)
{
    struct entry *entry = NULL;

    /* Of several records of one occurrence, the one that can be settled. */
    for (size_t i = 0; i < driver->count && (entry == NULL || !is_open(entry)); i++) {
        if (!driver->entries[i]->forgotten && !driver->entries[i]->record->passed &&
            (str_equal(driver->entries[i]->record->occurrence, occurrence) ||
             str_equal(driver->entries[i]->record->key, occurrence)))
            entry = driver->entries[i];
    }
    if (entry == NULL)
        return -ENOENT;
    if (!is_open(entry))
        return -EBUSY;
    switch (settlement) {
    case SETTLE_AS:
        return settle_as(driver, entry, reserve_id, callback, data);
    case SETTLE_RETRY:
        if (calls_app(driver->options.calls, entry->record->app) == NULL)
            return -ENOENT;
        entry->operation = operation_new(driver, entry, callback, data);
        entry_reserve(entry);
        return 0;
    case SETTLE_DROP:
    default:
        settle_by_dropping(entry, operation_new(driver, entry, callback, data));
        return 0;
    }
}
