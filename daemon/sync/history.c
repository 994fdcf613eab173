#include "sync/history.h"

#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "model/backoff.h"
#include "sync/absence.h"

/* Feishu keeps meetings for 90 days, and takes no longer window; an hour for its clock and ours. */
#define KEPT_S (INT64_C(90) * 24 * 3600 - 3600)

/* A meeting may have begun, or been told, that much before the last time that was asked about. */
#define OVERLAP_S INT64_C(3600)

#define DAY_S         INT64_C(86400)
#define SPREAD_S      INT64_C(300)
#define STILL_LIVE_S  INT64_C(600)
#define PAGES_MOST    20
#define AGAIN_FIRST   (5 * MS_PER_MINUTE)
#define AGAIN_MOST    (6 * MS_PER_HOUR)
#define SOON_SPREAD_S INT64_C(60)

static int64_t now_s(const struct entry *entry)
{
    return clock_wall_seconds(entry->driver->clock);
}

/* Between 0 and `most`, always the same for one reservation. */
static int64_t spread_s(const struct entry *entry, int64_t most)
{
    return (int64_t)(str_hash(entry->record->key) % (uint32_t)most);
}

static bool is_off(const struct entry *entry)
{
    return string_list_has(&entry->driver->history_off, entry->record->app);
}

/* Whether it is asked about each day, and not once after its slot. */
static bool is_daily(const struct reservation *record)
{
    return record->adopted || record->standing || record->start_time == UNKNOWN ||
           record->end_time == UNKNOWN;
}

static bool has_number(const struct reservation *record)
{
    if (record->meeting_no == NULL || record->passed)
        return false;
    switch (record->state) {
    case RESERVATION_RESERVED:
    case RESERVATION_LIVE:
    case RESERVATION_ENDED:
    case RESERVATION_EXPIRED:
        return true;
    default:
        return false;
    }
}

/* The end of what can be asked about now. */
static int64_t window_end(const struct entry *entry)
{
    const struct reservation *record = entry->record;
    int64_t now = now_s(entry);

    return record->expire_time != UNKNOWN && record->expire_time < now ? record->expire_time : now;
}

static int64_t window_start(const struct entry *entry)
{
    const struct reservation *record = entry->record;
    int64_t start = record->attempted_at != UNKNOWN ? record->attempted_at / MS_PER_SECOND
                    : is_daily(record)              ? entry->driver->started_s - DAY_S
                                                    : record->start_time - DAY_S;

    if (is_daily(record) && entry->history_until != UNKNOWN && entry->history_until - OVERLAP_S > start)
        start = entry->history_until - OVERLAP_S;
    return start > now_s(entry) - KEPT_S ? start : now_s(entry) - KEPT_S;
}

/* When to ask (Unix seconds); UNKNOWN: never, or not before something changes. */
static int64_t due_at(const struct entry *entry)
{
    const struct reservation *record = entry->record;
    int64_t due;

    if (!has_number(record) || is_off(entry) || window_start(entry) >= window_end(entry))
        return UNKNOWN;
    if (!is_daily(record)) {
        due = absence_over_at(record);
        if (entry->history_until != UNKNOWN && entry->history_until >= due)
            return UNKNOWN;
        if (cache_active_meeting(entry->driver->options.cache, record->key) != NULL &&
            due < now_s(entry) + STILL_LIVE_S)
            due = now_s(entry) + STILL_LIVE_S;
        return due + spread_s(entry, SPREAD_S);
    }
    if (record->expire_time != UNKNOWN && entry->history_until >= record->expire_time)
        return UNKNOWN;
    if (entry->history_wanted_s != UNKNOWN)
        return entry->history_wanted_s + spread_s(entry, SOON_SPREAD_S);
    due = absence_due(entry);
    if (due == UNKNOWN || due > entry->history_until + DAY_S)
        due = entry->history_until + DAY_S;
    return due + spread_s(entry, SPREAD_S);
}

void history_schedule(struct entry *entry)
{
    int64_t due;

    if (entry->history_busy || entry->driver->stopping || entry->forgotten)
        return;
    if (entry->history_retry_ms != UNKNOWN) {
        timer_start_at(&entry->history_timer, entry->history_retry_ms);
        return;
    }
    if (entry->history_until == UNKNOWN && entry->history_wanted_s == UNKNOWN)
        entry->history_wanted_s = now_s(entry);
    due = due_at(entry);
    if (due == UNKNOWN)
        timer_stop(&entry->history_timer);
    else if (!timer_running(&entry->history_timer) || entry->history_due != due)
        timer_start_at(&entry->history_timer, due * MS_PER_SECOND);
    entry->history_due = due;
}

/* ---- what came */

static void on_read(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                    struct meeting *take_meeting);

/* The app may not ask: told once, and not tried again. */
static void switch_off(struct entry *entry, const struct feishu_result *result)
{
    struct log_subject subject = entry_subject(entry, result);

    if (is_off(entry))
        return;
    string_list_add(&entry->driver->history_off, entry->record->app);
    log_warning(&subject,
                "app %s: meetings that nobody saw cannot be found afterwards, and are not asked for any more "
                "until the configuration is read again: %s",
                entry->record->app, result->message);
    absence_settle_by_looks(entry);
}

/* While a question waits for its turn the app may be found not to have the scope. */
static bool on_turn(void *data, struct call *call)
{
    struct entry *entry = data;

    if (is_off(entry) || entry->forgotten) {
        entry->history_busy = false;
        entry_release(entry);
        return false;
    }
    calls_go(call, entry->history_window_end);
    return true;
}

/* Whether the question may be put again later. */
static bool may_pass(const struct feishu_result *result)
{
    return result->outcome == FEISHU_TRANSIENT || result->outcome == FEISHU_RATE ||
           result->outcome == FEISHU_QUOTA || result->outcome == FEISHU_BAD_TOKEN ||
           result->outcome == FEISHU_CANCELLED;
}

static void try_again(struct entry *entry)
{
    entry->history_failures++;
    entry->history_retry_ms =
        clock_wall_ms(entry->driver->clock) +
        backoff_ms(entry->history_failures, AGAIN_FIRST, AGAIN_MOST, (uint32_t)arc4random());
}

/* What was settled when, on its way to the store: told when it is there, so that it is not told again. */
struct settling {
    struct entry *entry;
    struct absence_known known;
};

static void on_settled(void *data, int result, const struct error *error)
{
    struct settling *settling = data;
    struct entry *entry = settling->entry;

    (void)result; /* where it cannot be written it is only asked about, and told, once more */
    (void)error;
    entry->saving--;
    if (!entry_release(entry) && !entry->driver->stopping)
        absence_settle(entry, &settling->known);
    free(settling);
}

static void settle(struct entry *entry, int64_t known_before)
{
    struct settling *settling = xalloc(sizeof(*settling));

    settling->entry = entry;
    settling->known = (struct absence_known){
        .from = entry->history_from,
        .until = entry->history_until,
        .told = known_before,
    };
    entry->saving++;
    store_put_history(entry->driver->options.store, entry->record->key, entry->history_until, on_settled,
                      settling);
}

/* What came before the window is known where the passes before were certain too, without a gap; from a start
 * on nobody knows whether they were. */
static void note_certain(struct entry *entry, int64_t known_before)
{
    if (!is_daily(entry->record) || entry->history_from == UNKNOWN ||
        known_before < entry->history_window_start)
        entry->history_from = entry->history_window_start;
}

static void note_complete(struct entry *entry)
{
    int64_t known_before = entry->history_until;

    entry->history_failures = 0;
    entry->history_wanted_s = UNKNOWN;
    if (!entry->history_listed)
        return;
    entry->history_listed = false;
    entry->history_until = entry->history_window_end;
    if (entry->history_certain && !entry->history_missed) {
        note_certain(entry, known_before);
        settle(entry, known_before);
        return;
    }
    entry->history_from = entry->history_until;
    /* Where it cannot be written it is only asked about once more. */
    store_put_history(entry->driver->options.store, entry->record->key, entry->history_until, NULL, NULL);
    if (!entry->history_certain)
        absence_settle_by_looks(entry);
}

/* Reads the next of those that are to be read, or ends. */
static void go_on(struct entry *entry)
{
    struct call_request request = {
        .app = entry->record->app,
        .api = FEISHU_GET_MEETING,
        .class = CALL_CLASS_REST,
        .with_participants = entry->driver->options.poll->participants,
        .about = entry->record,
        .turn = on_turn,
    };

    if (entry->to_read.count > 0 && !entry->driver->stopping && !is_off(entry)) {
        request.reserve_id = entry->to_read.items[entry->to_read.count - 1];
        entry->history_busy = true; /* its turn may come at once */
        if (calls_submit(entry->driver->options.calls, &request, on_read, entry) != NULL)
            return;
        entry->history_busy = false;
    }
    string_list_fini(&entry->to_read);
    note_complete(entry);
    history_schedule(entry);
}

static void drop_read(struct entry *entry)
{
    free(entry->to_read.items[--entry->to_read.count]);
}

static void on_read(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                    struct meeting *take_meeting)
{
    struct entry *entry = data;

    (void)reserve;
    entry->history_busy = false;
    if (entry_release(entry)) {
        meeting_free(take_meeting);
        return;
    }
    if (feishu_lacks_scope(result))
        switch_off(entry, result);
    if (may_pass(result)) {
        meeting_free(take_meeting);
        try_again(entry);
        history_schedule(entry);
        return;
    }
    drop_read(entry);
    /* One that goes on is for the next look to see. */
    if (take_meeting == NULL || take_meeting->status != MEETING_ENDED)
        entry->history_missed = true;
    if (take_meeting != NULL)
        entry_take_history(entry, take_meeting);
    go_on(entry);
}

/* Whether Feishu has to be asked about a meeting that it listed. */
static bool is_to_be_read(const struct entry *entry, const char *id)
{
    const struct meeting *known = cache_meeting(entry->driver->options.cache, id);

    if (string_list_has(&entry->to_read, id))
        return false;
    return known == NULL ? !store_has_meeting(entry->driver->options.store, id)
                         : (known->status == MEETING_ENDED && known->end_time == UNKNOWN);
}

static void on_listed(void *data, const struct feishu_result *result, const struct string_list *ids,
                      const char *page_token);

static void ask_for_list(struct entry *entry, const char *page_token)
{
    struct call_request request = {
        .app = entry->record->app,
        .api = FEISHU_LIST_BY_NO,
        .class = CALL_CLASS_REST,
        .meeting_no = entry->record->meeting_no,
        .start_time = entry->history_window_start,
        .end_time = entry->history_window_end,
        .page_token = page_token,
        .about = entry->record,
        .turn = on_turn,
        .listed = on_listed,
    };

    entry->history_busy = true; /* its turn may come at once */
    if (calls_submit(entry->driver->options.calls, &request, NULL, entry) == NULL)
        entry->history_busy = false;
}

static void on_listed(void *data, const struct feishu_result *result, const struct string_list *ids,
                      const char *page_token)
{
    struct entry *entry = data;

    entry->history_busy = false;
    if (entry_release(entry))
        return;
    if (feishu_lacks_scope(result)) {
        switch_off(entry, result);
        return;
    }
    if (may_pass(result)) {
        try_again(entry);
        history_schedule(entry);
        return;
    }
    for (size_t i = 0; ids != NULL && i < ids->count; i++) {
        if (is_to_be_read(entry, ids->items[i]))
            string_list_add(&entry->to_read, ids->items[i]);
    }
    if (page_token != NULL && ++entry->history_pages < PAGES_MOST && !entry->driver->stopping) {
        ask_for_list(entry, page_token);
        return;
    }
    entry->history_listed = true;
    entry->history_certain = result->outcome == FEISHU_OK;
    entry->history_missed = page_token != NULL;
    go_on(entry);
}

void history_look(struct timer *timer)
{
    struct entry *entry = timer->data;

    entry->history_retry_ms = UNKNOWN;
    if (entry->history_busy || entry->driver->stopping)
        return;
    if (entry->to_read.count > 0) {
        go_on(entry);
        return;
    }
    if (due_at(entry) == UNKNOWN)
        return;
    if (due_at(entry) > now_s(entry) + SOON_SPREAD_S) {
        history_schedule(entry);
        return;
    }
    entry->history_window_start = window_start(entry);
    entry->history_window_end = window_end(entry);
    entry->history_pages = 0;
    if (entry->driver->options.spending != NULL &&
        !spending_allows_history(entry->driver->options.spending, entry->record->app, arc4random())) {
        entry->history_listed = true; /* as good as done: the month has no calls for it */
        entry->history_certain = false;
        go_on(entry);
        return;
    }
    ask_for_list(entry, NULL);
}

void history_was_away(struct entry *entry)
{
    if (!is_daily(entry->record))
        return; /* it is asked about after its slot all the same */
    entry->history_wanted_s = now_s(entry);
    history_schedule(entry);
}

void history_read_last(struct entry *entry, const char *meeting_id)
{
    if (is_off(entry) || string_list_has(&entry->to_read, meeting_id))
        return;
    if (entry->driver->options.spending != NULL &&
        !spending_allows_history(entry->driver->options.spending, entry->record->app, arc4random()))
        return;
    string_list_add(&entry->to_read, meeting_id);
    if (!entry->history_busy && entry->history_retry_ms == UNKNOWN)
        go_on(entry);
}

void history_restore(struct entry *entry)
{
    entry->history_until = store_history(entry->driver->options.store, entry->record->key);
    entry->history_wanted_s = now_s(entry); /* nobody has looked for a while */
}

void history_fini(struct entry *entry)
{
    timer_stop(&entry->history_timer);
    string_list_fini(&entry->to_read);
}
