/* The life of an entry: written down, shown, told, forgotten. */
#include "sync/entry.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "base/message-id.h"
#include "sync/history.h"
#include "sync/operation.h"

/* Sequence numbers are claimed in the store in blocks; a crash leaves a gap of at most one block. */
#define SEQUENCE_BLOCK 1000

#define SAVE_AGAIN_MS (5 * MS_PER_SECOND)

const char *entry_log_id(const struct feishu_result *result)
{
    return result->log_id[0] != '\0' ? result->log_id : NULL;
}

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
        subject.feishu_log_id = entry_log_id(result);
        if (result->outcome == FEISHU_PERMISSION)
            subject.message_id = MESSAGE_PERMISSION_MISSING;
    }
    return subject;
}

/* What could not be claimed is claimed again with the next change. */
static void on_claimed(void *data, int result, const struct error *error)
{
    struct driver *driver = data;

    (void)error;
    if (result < 0)
        driver->sequences_claimed = 0;
}

void driver_claim_sequences(struct driver *driver)
{
    uint64_t next = cache_sequence(driver->options.cache) + 1;

    if (next + SEQUENCE_BLOCK / 2 < driver->sequences_claimed)
        return;
    driver->sequences_claimed = next + SEQUENCE_BLOCK;
    store_claim_sequences(driver->options.store, driver->sequences_claimed, on_claimed, driver);
}

void entry_announce(struct entry *entry, const struct event *about)
{
    struct cache *cache = entry->driver->options.cache;
    struct event event = *about;

    event.reservation = cache_reservation(cache, entry->record->key);
    cache_announce(cache, &event);
    driver_claim_sequences(entry->driver);
}

void entry_show(struct entry *entry)
{
    if (entry->forgotten)
        return;
    cache_put_reservation(entry->driver->options.cache, reservation_copy(entry->record));
    entry_show_rows(entry);
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
    entry->saving--;
    if (entry->forgotten) {
        reservation_free(saving->shown);
    } else {
        cache_put_reservation(entry->driver->options.cache, saving->shown);
        entry_show_rows(entry);
        if (saving->kind != EVENT_KINDS)
            entry_announce(entry, &(struct event){.kind = saving->kind});
    }
    if (saving->operation != NULL)
        operation_is_saved(saving->operation);
    free(saving);
    if (entry_release(entry))
        return;
    /* The store has said why, once. What is true is shown all the same, and written as soon as it can be. */
    if (result < 0 && !entry->driver->stopping)
        timer_start_in(&entry->save_timer, SAVE_AGAIN_MS);
}

void entry_save_for(struct entry *entry, enum event_kind kind, struct operation *operation)
{
    struct saving *saving;

    if (entry->forgotten) {
        if (operation != NULL)
            operation_is_saved(operation);
        return;
    }
    saving = xalloc(sizeof(*saving));
    saving->entry = entry;
    saving->shown = reservation_copy(entry->record);
    saving->kind = kind;
    saving->operation = operation;
    entry->saving++;
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

char *driver_unique_key(const struct driver *driver, const char *wished)
{
    char *key = xstrdup(wished);

    for (int number = 2; cache_reservation(driver->options.cache, key) != NULL ||
                         store_has_reservation(driver->options.store, key);
         number++) {
        free(key);
        key = xasprintf("%s#%d", wished, number);
    }
    return key;
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
    entry->history_from = UNKNOWN;
    entry->history_wanted_s = UNKNOWN;
    entry->history_due = UNKNOWN;
    entry->history_retry_ms = UNKNOWN;
    slot_watch_init(&entry->slot_watch);
    entry->absent_at = UNKNOWN;
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

static void stop_timers(struct entry *entry)
{
    timer_stop(&entry->decide_timer);
    timer_stop(&entry->poll_timer);
    timer_stop(&entry->save_timer);
    timer_stop(&entry->history_timer);
}

void entry_free(struct entry *entry)
{
    stop_timers(entry);
    entry_unfollow(entry);
    history_fini(entry);
    host_watch_fini(&entry->host_watch);
    secret_free(entry->asked);
    free(entry->asked_owner);
    free(entry->asked_app);
    change_free(entry->change);
    reservation_free(entry->record);
    free(entry);
}

bool entry_release(struct entry *entry)
{
    struct driver *driver = entry->driver;
    size_t index = 0;

    if (!entry->forgotten)
        return false;
    if (entry->busy || entry->looking || entry->history_busy || entry->saving > 0)
        return true;
    while (driver->entries[index] != entry)
        index++;
    entry_free(entry);
    /* The order stays: of two records of one plan the newer one comes later. */
    for (driver->count--; index < driver->count; index++)
        driver->entries[index] = driver->entries[index + 1];
    return true;
}

/* Nobody sees it any more; it is freed once nothing of it is under way. */
static void put_away(struct entry *entry)
{
    cache_drop_reservation(entry->driver->options.cache, entry->record->key);
    entry->forgotten = true;
    entry->plan = NULL;
    stop_timers(entry);
    entry_unfollow(entry);
    entry_release(entry);
}

void driver_retire(struct driver *driver, struct entry *entry)
{
    cache_forget_meetings(driver->options.cache, entry->record->key);
    put_away(entry);
}

void driver_forget(struct driver *driver, struct entry *entry)
{
    store_drop_reservation(driver->options.store, entry->record->key, NULL, NULL);
    put_away(entry);
}
