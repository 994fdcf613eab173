#include "sync/operate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "base/log.h"
#include "sync/entry.h"

/* An operation on its way. */
struct operation {
    struct driver *driver;
    char *key;        /* of the reservation it is about, where that is known */
    char *reserve_id; /* SETTLE_AS: the candidate */
    struct meeting_settings settings;
    int64_t end_time;
    bool observe;  /* what get_active_meeting tells is an observation like any other */
    bool answered; /* `result` is Feishu's */
    struct feishu_result result;
    operate_cb *callback;
    void *data;
};

static struct entry *find_entry(const struct driver *driver, const char *key)
{
    for (size_t i = 0; i < driver->count; i++) {
        if (str_equal(driver->entries[i]->record->key, key))
            return driver->entries[i];
    }
    return NULL;
}

static struct entry *find_by_id(const struct driver *driver, const char *reserve_id)
{
    for (size_t i = 0; i < driver->count; i++) {
        if (str_equal(driver->entries[i]->record->reserve_id, reserve_id))
            return driver->entries[i];
    }
    return NULL;
}

static struct operation *operation_new(struct driver *driver, const struct entry *entry, operate_cb *callback,
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

static void operation_free(struct operation *operation)
{
    meeting_settings_fini(&operation->settings);
    free(operation->key);
    free(operation->reserve_id);
    free(operation);
}

static void operation_end(struct operation *operation, const struct operated *operated)
{
    operation->callback(operation->data, operated);
    operation_free(operation);
}

void entry_keep_outcome(struct entry *entry, const struct feishu_result *result)
{
    entry->operation->answered = true;
    entry->operation->result = *result;
}

void entry_tell_outcome(struct entry *entry, const char *reason)
{
    struct operation *operation = entry->operation;
    struct operated operated = {.reason = reason, .reservation = entry->record};

    entry->operation = NULL;
    if (operation->answered)
        operated.result = &operation->result;
    operation_end(operation, &operated);
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

static struct entry *entry_of(const struct operation *operation)
{
    return operation->key != NULL ? find_entry(operation->driver, operation->key) : NULL;
}

/* What was asked for is what the reservation has now. */
static void take_settings(struct reservation *record, const struct meeting_settings *given)
{
    struct meeting_settings merged;

    meeting_settings_merge(&record->meeting_settings, given, &merged);
    meeting_settings_fini(&record->meeting_settings);
    record->meeting_settings = merged;
}

static void on_reserve_answer(void *data, const struct feishu_result *result,
                              const struct feishu_reserve *reserve, struct meeting *take_meeting)
{
    struct operation *operation = data;
    struct entry *entry = entry_of(operation);
    struct operated operated = {.result = result};
    struct reservation *described = NULL;

    meeting_free(take_meeting);
    if (result->outcome == FEISHU_OK && entry != NULL) {
        if (result->api == FEISHU_UPDATE)
            take_settings(entry->record, &operation->settings);
        if (result->api == FEISHU_UPDATE && operation->end_time != UNKNOWN)
            entry->record->expire_time = operation->end_time;
        if (result->api == FEISHU_DELETE)
            entry->record->state = RESERVATION_DELETED;
        if (operation->settings.assign_host_list_set)
            string_list_fini(&entry->record->invalid_host_id_list);
        if (reserve != NULL)
            reservation_take_answer(entry->record, reserve, clock_wall_ms(operation->driver->clock));
        if (operation->settings.assign_host_list_set)
            entry_note_hosts(entry);
        entry_save(entry,
                   result->api == FEISHU_DELETE ? EVENT_RESERVATION_DELETED : EVENT_RESERVATION_UPDATED);
        entry_schedule_look(entry);
        entry_decide(entry);
    } else if (result->outcome == FEISHU_OK && reserve != NULL) {
        described = describe(operation->driver, reserve);
    } else if (result->outcome == FEISHU_NOT_FOUND && entry != NULL && !entry->busy) {
        entry_gone(entry, result);
        entry_schedule_look(entry);
    }
    operated.reservation = entry != NULL ? entry->record : described;
    operation_end(operation, &operated);
    reservation_free(described);
}

/* Sends one of the calls about a reserve_id; the app is that of the record, or the first one. */
static int submit(struct operation *operation, struct call_request *request, call_cb *callback)
{
    const struct entry *entry = entry_of(operation);
    const struct app *app =
        calls_app(operation->driver->options.calls, entry != NULL ? entry->record->app : NULL);

    if (app == NULL) {
        operation_free(operation);
        return -ENOENT;
    }
    request->app = app->name;
    calls_submit(operation->driver->options.calls, request, callback, operation);
    return 0;
}

int operate_update(struct driver *driver, const char *reserve_id, int64_t end_time,
                   const struct meeting_settings *settings, operate_cb *callback, void *data)
{
    struct operation *operation = operation_new(driver, find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {
        .api = FEISHU_UPDATE,
        .class = CALL_CLASS_CHANGE,
        .reserve_id = reserve_id,
        .end_time = end_time,
        .settings = settings,
    };

    operation->end_time = end_time;
    if (settings != NULL)
        meeting_settings_copy(&operation->settings, settings);
    return submit(operation, &request, on_reserve_answer);
}

int operate_delete(struct driver *driver, const char *reserve_id, operate_cb *callback, void *data)
{
    struct operation *operation = operation_new(driver, find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {
        .api = FEISHU_DELETE, .class = CALL_CLASS_CHANGE, .reserve_id = reserve_id};

    return submit(operation, &request, on_reserve_answer);
}

int operate_fetch(struct driver *driver, const char *reserve_id, operate_cb *callback, void *data)
{
    struct operation *operation = operation_new(driver, find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {.api = FEISHU_GET, .class = CALL_CLASS_NOW, .reserve_id = reserve_id};

    return submit(operation, &request, on_reserve_answer);
}

static void on_active_answer(void *data, const struct feishu_result *result,
                             const struct feishu_reserve *reserve, struct meeting *take_meeting)
{
    struct operation *operation = data;
    struct entry *entry = entry_of(operation);
    struct operated operated = {.result = result};
    struct meeting *shown = NULL;

    (void)reserve;
    if (take_meeting != NULL && take_meeting->status != MEETING_ENDED) {
        shown = meeting_copy(take_meeting);
        shown->observed_at = clock_wall_ms(operation->driver->clock);
        str_set(&shown->app,
                calls_app(operation->driver->options.calls, entry != NULL ? entry->record->app : NULL)->name);
        meeting_count(shown);
    }
    if (entry != NULL && operation->observe)
        entry_observe(entry, result, take_meeting);
    else
        meeting_free(take_meeting);
    operated.reservation = entry != NULL ? entry->record : NULL;
    operated.meeting = shown;
    if (shown != NULL && entry != NULL && operation->observe)
        operated.meeting = cache_meeting(operation->driver->options.cache, shown->id);
    operation_end(operation, &operated);
    meeting_free(shown);
}

int operate_fetch_active_meeting(struct driver *driver, const char *reserve_id, bool with_participants,
                                 operate_cb *callback, void *data)
{
    struct operation *operation = operation_new(driver, find_by_id(driver, reserve_id), callback, data);
    struct call_request request = {
        .api = FEISHU_GET_ACTIVE_MEETING,
        .class = CALL_CLASS_NOW,
        .reserve_id = reserve_id,
        .with_participants = with_participants,
    };

    operation->observe = with_participants == driver->options.poll->participants;
    return submit(operation, &request, on_active_answer);
}

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
    struct entry *entry = entry_of(operation);
    struct operated operated = {.result = result};

    meeting_free(take_meeting);
    if (entry != NULL)
        entry->busy = false;
    if (entry != NULL && result->outcome == FEISHU_OK && reserve != NULL) {
        struct reservation *record = entry->record;

        str_set(&record->reserve_id, operation->reserve_id);
        reservation_take_answer(record, reserve, clock_wall_ms(operation->driver->clock));
        record->state = RESERVATION_RESERVED;
        record->repeated = false;
        reservation_set_problem(record, 0, NULL, NULL, 0, 0);
        entry_save(entry, EVENT_RESERVATION_CREATED);
        entry_schedule_look(entry);
    }
    operated.reservation = entry != NULL ? entry->record : NULL;
    operation_end(operation, &operated);
    if (entry != NULL)
        entry_decide(entry);
}

static int settle_as(struct driver *driver, struct entry *entry, const char *reserve_id, operate_cb *callback,
                     void *data)
{
    struct call_request request = {.api = FEISHU_GET, .class = CALL_CLASS_NOW, .reserve_id = reserve_id};
    struct operation *operation;
    int result;

    if (find_by_id(driver, reserve_id) != NULL)
        return -EEXIST;
    operation = operation_new(driver, entry, callback, data);
    operation->reserve_id = xstrdup(reserve_id);
    result = submit(operation, &request, on_candidate);
    entry->busy = result == 0;
    return result;
}

static void settle_by_dropping(struct entry *entry, operate_cb *callback, void *data)
{
    struct log_subject subject = entry_subject(entry, NULL);

    entry->record->state = RESERVATION_DELETED;
    reservation_set_problem(entry->record, 0, NULL, NULL, 0, 0);
    log_notice(&subject, "%s: given up by an operator", entry->record->key);
    entry->operation = operation_new(entry->driver, entry, callback, data);
    entry_save(entry, EVENT_RESERVATION_DELETED);
}

int operate_resolve(struct driver *driver, const char *occurrence, enum settlement settlement,
                    const char *reserve_id, operate_cb *callback, void *data)
{
    struct entry *entry = NULL;

    for (size_t i = 0; i < driver->count && entry == NULL; i++) {
        if (str_equal(driver->entries[i]->record->occurrence, occurrence) ||
            str_equal(driver->entries[i]->record->key, occurrence))
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
        entry->operation = operation_new(driver, entry, callback, data);
        entry_reserve(entry);
        return 0;
    case SETTLE_DROP:
    default:
        settle_by_dropping(entry, callback, data);
        return 0;
    }
}
