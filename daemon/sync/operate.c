#include "sync/operation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/log.h"
#include "model/setting.h"

static struct entry *find_entry(const struct driver *driver, const char *key)
{
    for (size_t i = 0; i < driver->count; i++) {
        if (str_equal(driver->entries[i]->record->key, key) && !driver->entries[i]->forgotten)
            return driver->entries[i];
    }
    return NULL;
}

struct entry *driver_find_by_id(const struct driver *driver, const char *reserve_id)
{
    for (size_t i = 0; i < driver->count; i++) {
        const struct entry *entry = driver->entries[i];

        if (str_equal(entry->record->reserve_id, reserve_id) && !entry->record->passed && !entry->forgotten)
            return driver->entries[i];
    }
    return NULL;
}

struct operation *operation_new(struct driver *driver, const struct entry *entry, operate_cb *callback,
                                void *data)
{
    struct operation *operation = xalloc(sizeof(*operation));

    operation->driver = driver;
    operation->key = entry != NULL ? xstrdup(entry->record->key) : NULL;
    operation->end_time = UNKNOWN;
    operation->callback = callback;
    operation->data = data;
    return operation;
}

void operation_free(struct operation *operation)
{
    meeting_settings_fini(&operation->settings);
    free(operation->key);
    free(operation->reserve_id);
    meeting_free(operation->meeting);
    free(operation);
}

static void operation_end(struct operation *operation, const struct operated *operated)
{
    operation->callback(operation->data, operated);
    operation_free(operation);
}

struct entry *operation_entry(const struct operation *operation)
{
    return operation->key != NULL ? find_entry(operation->driver, operation->key) : NULL;
}

void operation_keep(struct operation *operation, const struct feishu_result *result)
{
    operation->answered = true;
    operation->result = *result;
}

void operation_is_saved(struct operation *operation)
{
    const struct entry *entry = operation_entry(operation);
    struct operated operated = {
        .result = operation->answered ? &operation->result : NULL,
        .reservation = entry != NULL ? entry->record : NULL,
        .meeting = operation->meeting,
    };

    operation_end(operation, &operated);
}

void operation_was_not_sent(struct operation *operation, const char *reason)
{
    operation_end(operation, &(struct operated){.reason = reason});
}

/* A name for what has none: the moment at which it was asked for, and a count within it. */
static char *key_by_hand(const struct driver *driver, int64_t now_ms)
{
    time_t now = (time_t)(now_ms / MS_PER_SECOND);
    char moment[32];
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(moment, sizeof(moment), "%Y%m%dT%H%M%SZ", &utc);
    for (int number = 1;; number++) {
        char *key = xasprintf("@%s-%d", moment, number);

        if (find_entry(driver, key) == NULL)
            return key;
        free(key);
    }
}

int operate_reserve(struct driver *driver, const char *app, const char *owner_id, int64_t end_time,
                    const struct meeting_settings *settings, operate_cb *callback, void *data)
{
    const struct app *used = calls_app(driver->options.calls, app);
    struct reservation *record;
    struct entry *entry;
    char *key;

    if (used == NULL)
        return -ENOENT;
    key = key_by_hand(driver, clock_wall_ms(driver->clock));
    record = reservation_new(key);
    free(key);
    record->app = xstrdup(used->name);
    record->owner_id = xstrdup(owner_id != NULL ? owner_id : used->owner_id);
    record->expire_time = end_time;
    meeting_settings_copy(&record->meeting_settings, settings);
    entry = driver_add_entry(driver, record);
    entry->operation = operation_new(driver, entry, callback, data);
    entry_reserve(entry);
    return 0;
}

/* A reservation that we have no record of, as an answer tells it. */
static struct reservation *describe(const struct driver *driver, const struct feishu_reserve *reserve)
{
    struct reservation *reservation = reservation_new("@");

    reservation->app = xstrdup(calls_app(driver->options.calls, NULL)->name);
    reservation->state = reserve->expire_status == 2 ? RESERVATION_EXPIRED : RESERVATION_RESERVED;
    reservation_take_answer(reservation, reserve, clock_wall_ms(driver->clock));
    if (reserve->meeting_settings_known) {
        meeting_settings_fini(&reservation->meeting_settings);
        meeting_settings_copy(&reservation->meeting_settings, &reserve->meeting_settings);
    }
    return reservation;
}

/* What was asked for is what the reservation has now. */
static void take_settings(struct reservation *record, const struct meeting_settings *given)
{
    struct meeting_settings merged;

    meeting_settings_merge(&record->meeting_settings, given, &merged);
    meeting_settings_fini(&record->meeting_settings);
    record->meeting_settings = merged;
}

/* It is not made again, unless its section changes. */
static void end_by_hand(struct reservation *record)
{
    record->state = RESERVATION_DELETED;
    record->revision++;
    record->end = RESERVATION_END_OPERATOR;
    record->unwanted = false;
}

/* A good answer to update, delete or get. */
static void take_change(struct entry *entry, const struct operation *operation,
                        const struct feishu_reserve *reserve)
{
    struct reservation *record = entry->record;
    bool hosts = operation->settings.assign_host_list_set;

    if (operation->result.api == FEISHU_UPDATE) {
        take_settings(record, &operation->settings);
        record->unverified = settings_set(&operation->settings) != 0 && !record->adopted &&
                             !driver_app_replaces(entry->driver, record->app);
        if (operation->settings.topic != NULL)
            record->revision++;
    }
    if (operation->end_time != UNKNOWN)
        record->expire_time = operation->end_time;
    if (operation->result.api == FEISHU_DELETE)
        end_by_hand(record);
    if (hosts)
        string_list_fini(&record->invalid_host_id_list);
    if (reserve != NULL)
        reservation_take_answer(record, reserve, clock_wall_ms(operation->driver->clock));
    if (hosts)
        entry_note_hosts(entry);
}

static void on_reserve_answer(void *data, const struct feishu_result *result,
                              const struct feishu_reserve *reserve, struct meeting *take_meeting)
{
    struct operation *operation = data;
    struct entry *entry = operation_entry(operation);

    meeting_free(take_meeting);
    operation_keep(operation, result);
    if (entry != NULL && result->outcome == FEISHU_OK) {
        take_change(entry, operation, reserve);
        entry_save_for(entry,
                       result->api == FEISHU_DELETE ? EVENT_RESERVATION_DELETED : EVENT_RESERVATION_UPDATED,
                       operation);
        entry_schedule_look(entry);
        entry_decide(entry);
    } else if (result->outcome == FEISHU_OK && reserve != NULL) {
        struct reservation *described = describe(operation->driver, reserve);

        operation_end(operation, &(struct operated){.result = result, .reservation = described});
        reservation_free(described);
    } else {
        if (result->outcome == FEISHU_NOT_FOUND && entry != NULL && !entry->busy) {
            entry_gone(entry, result);
            entry_schedule_look(entry);
        }
        operation_end(operation, &(struct operated){.result = result});
    }
}

int operation_submit(struct operation *operation, struct call_request *request, call_cb *callback)
{
    const struct entry *entry = operation_entry(operation);
    const struct app *app =
        calls_app(operation->driver->options.calls, entry != NULL ? entry->record->app : NULL);

    if (app == NULL) {
        operation_free(operation);
        return -ENOENT;
    }
    request->app = app->name;
    request->impatient = true;
    calls_submit(operation->driver->options.calls, request, callback, operation);
    return 0;
}

/* What an update carries: where Feishu replaces all settings by those, all that are known. */
static void complete_settings(const struct driver *driver, const struct entry *entry,
                              const struct meeting_settings *given, struct meeting_settings *ret)
{
    struct meeting_settings merged;

    if (entry == NULL || settings_set(given) == 0 || !driver_app_replaces(driver, entry->record->app)) {
        meeting_settings_copy(ret, given);
        return;
    }
    meeting_settings_merge(&entry->record->meeting_settings, given, &merged);
    settings_pick(&merged, settings_set(&merged) & ~SETTING_BIT(SETTING_MEETING_CONNECT), ret);
    meeting_settings_fini(&merged);
}

int operate_update(struct driver *driver, const char *reserve_id, int64_t end_time,
                   const struct meeting_settings *settings, operate_cb *callback, void *data)
{
    struct operation *operation =
        operation_new(driver, driver_find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {
        .api = FEISHU_UPDATE,
        .class = CALL_CLASS_CHANGE,
        .reserve_id = reserve_id,
        .end_time = end_time,
    };

    operation->end_time = end_time;
    if (settings != NULL)
        complete_settings(driver, operation_entry(operation), settings, &operation->settings);
    request.settings = settings != NULL ? &operation->settings : NULL;
    return operation_submit(operation, &request, on_reserve_answer);
}

int operate_delete(struct driver *driver, const char *reserve_id, operate_cb *callback, void *data)
{
    struct operation *operation =
        operation_new(driver, driver_find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {
        .api = FEISHU_DELETE, .class = CALL_CLASS_CHANGE, .reserve_id = reserve_id};

    return operation_submit(operation, &request, on_reserve_answer);
}

int operate_fetch(struct driver *driver, const char *reserve_id, operate_cb *callback, void *data)
{
    struct operation *operation =
        operation_new(driver, driver_find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {.api = FEISHU_GET, .class = CALL_CLASS_NOW, .reserve_id = reserve_id};

    return operation_submit(operation, &request, on_reserve_answer);
}

/* The meeting as whoever asked is shown it. */
static struct meeting *asked_for(const struct operation *operation, const struct entry *entry,
                                 const struct meeting *meeting)
{
    const struct calls *calls = operation->driver->options.calls;
    struct meeting *shown;

    if (meeting == NULL || meeting->status == MEETING_ENDED)
        return NULL;
    shown = meeting_copy(meeting);
    shown->observed_at = clock_wall_ms(operation->driver->clock);
    str_set(&shown->app, calls_app(calls, entry != NULL ? entry->record->app : NULL)->name);
    meeting_count(shown);
    return shown;
}

static void on_active_answer(void *data, const struct feishu_result *result,
                             const struct feishu_reserve *reserve, struct meeting *take_meeting)
{
    struct operation *operation = data;
    struct entry *entry = operation_entry(operation);
    const struct meeting *known;

    (void)reserve;
    operation_keep(operation, result);
    operation->meeting = asked_for(operation, entry, take_meeting);
    if (entry == NULL || !operation->observe) {
        meeting_free(take_meeting);
        operation_is_saved(operation);
        return;
    }
    entry_observe(entry, result, take_meeting);
    known = operation->meeting != NULL
                ? cache_meeting(operation->driver->options.cache, operation->meeting->id)
                : NULL;
    if (known != NULL) {
        meeting_free(operation->meeting);
        operation->meeting = meeting_copy(known);
    }
    /* What the look has changed is written down before this is, and so before the answer. */
    entry_save_for(entry, EVENT_KINDS, operation);
}

int operate_fetch_active_meeting(struct driver *driver, const char *reserve_id, bool with_participants,
                                 operate_cb *callback, void *data)
{
    struct operation *operation =
        operation_new(driver, driver_find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {
        .api = FEISHU_GET_ACTIVE_MEETING,
        .class = CALL_CLASS_NOW,
        .reserve_id = reserve_id,
        .with_participants = with_participants,
    };

    operation->observe = with_participants == driver->options.poll->participants;
    return operation_submit(operation, &request, on_active_answer);
}
