#include "interface/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "interface/parts.h"

/* A watcher with more than this waiting for it is told nothing more until it has read that; then it gets what
 * it has missed from the store. It is room for one look at a meeting of a thousand people. */
#define QUEUE_MAX ((size_t)256 * 1024)

/* One that is behind and reads nothing at all for so long has stalled. */
#define STALL_MS (5 * MS_PER_SECOND)

/* Watchers for whom the store reads at a time. Each reading holds half a megabyte until it has been told, and
 * after a restart all of them come back at once. */
#define READINGS_MAX 16

enum watcher_pace {
    PACE_LIVE,    /* hears of each change as it comes */
    PACE_BEHIND,  /* has to read first what waits for it */
    PACE_WAITING, /* others are being read for */
    PACE_READING, /* what it has missed is being read from the store */
};

struct watcher {
    struct watcher *next, **link;
    struct monitor *monitor;
    struct varlink_call *call;
    char *name; /* NULL: all */
    enum wire_secrets secrets;
    enum watcher_pace pace;
    uint64_t told;          /* of the changes up to this one it has been told */
    bool slow;              /* it was live and fell behind: what is out of date by now is left out */
    size_t queued;          /* bytes that waited for it at the last look */
    struct timer stalled;   /* runs while it is behind */
    uint64_t turn;          /* while it waits: the lowest one is the next to be read for */
    struct catching_up *up; /* while it reads */
    int64_t heartbeat_ms;   /* 0: none */
    struct timer heartbeat;
};

/* A reading of the store's, which may end when its watcher has gone, or all is over. */
struct catching_up {
    struct watcher *watcher; /* NULL: it has */
    struct monitor *monitor;
    struct catching_up **slot; /* of the monitor's; NULL: that has gone */
    struct store_reading reading;
};

struct monitor {
    struct cache *cache;
    struct timers *timers;
    const struct clock *clock;
    struct store *store;
    struct cache_listener listener;
    struct watcher *watchers;
    struct catching_up *readings[READINGS_MAX]; /* NULL where there is none */
    uint64_t turns;
};

/* ---- texts */

/* Only of these does a later one say all that an earlier one did, but for how it came about. */
static char *subject_of(const struct event *event)
{
    if (event->kind == EVENT_RESERVATION_UPDATED && event->reservation != NULL)
        return xasprintf("reservation %s", event->reservation->key);
    if (event->kind == EVENT_MEETING_CHANGED && event->meeting != NULL)
        return xasprintf("meeting %s", event->meeting->id);
    return NULL;
}

static void append_event(const struct monitor *monitor, const struct event *event, enum wire_secrets secrets,
                         struct buffer *out)
{
    struct wire_followed reservation;
    struct wire_meeting meeting;

    if (event->reservation != NULL)
        reservation = interface_followed(monitor->cache, monitor->clock, event->reservation);
    if (event->meeting != NULL)
        meeting = interface_meeting(monitor->cache, monitor->clock, event->meeting);
    wire_event(out, event, event->reservation != NULL ? &reservation : NULL,
               event->meeting != NULL ? &meeting : NULL, secrets);
}

void interface_write_event(const struct interface *interface, const struct event *event, struct buffer *out)
{
    append_event(interface->monitor, event, WIRE_WITHOUT_PASSWORDS, out);
}

static char *event_text(const struct monitor *monitor, const struct event *event, enum wire_secrets secrets)
{
    struct buffer text = BUFFER_EMPTY;

    buffer_append_text(&text, "{\"event\":");
    append_event(monitor, event, secrets, &text);
    buffer_append_char(&text, '}');
    return buffer_take(&text);
}

static struct store_change *change_of(const struct monitor *monitor, const struct event *event)
{
    struct store_change *change = xalloc(sizeof(*change));

    change->sequence = event->sequence;
    change->time = event->time;
    change->name = xstrdup(event_plan_name(event));
    change->subject = subject_of(event);
    change->text = event_text(monitor, event, WIRE_WITHOUT_PASSWORDS);
    if (wire_event_has_passwords(event))
        change->secret_text = event_text(monitor, event, WIRE_WITH_PASSWORDS);
    return change;
}

static const char *text_for(const struct store_change *change, const struct watcher *watcher)
{
    return watcher->secrets == WIRE_WITH_PASSWORDS && change->secret_text != NULL ? change->secret_text
                                                                                  : change->text;
}

static bool is_lately(const struct meeting *meeting, int64_t now_ms)
{
    return meeting->status != MEETING_ENDED || now_ms - meeting->observed_at < LATELY_S * MS_PER_SECOND;
}

static char *snapshot_text(const struct monitor *monitor, const char *name, enum wire_secrets secrets)
{
    struct buffer text = BUFFER_EMPTY;
    struct reservation *const *reservations;
    struct meeting *const *meetings;
    int64_t now_ms = clock_wall_ms(monitor->clock);
    struct wire_followed followed;
    const char *comma = "";

    buffer_printf(&text,
                  "{\"event\":{\"sequence\":%llu,\"time\":%lld,\"kind\":\"snapshot\",\"reservations\":[",
                  (unsigned long long)cache_sequence(monitor->cache), (long long)now_ms);
    for (size_t i = 0, count = cache_reservations(monitor->cache, &reservations); i < count; i++) {
        if ((name != NULL && !str_equal(reservations[i]->name, name)) ||
            !interface_is_current(reservations[i], now_ms / MS_PER_SECOND))
            continue;
        buffer_append_text(&text, comma);
        followed = interface_followed(monitor->cache, monitor->clock, reservations[i]);
        wire_followed(&text, &followed, secrets);
        comma = ",";
    }
    buffer_append_text(&text, "],\"meetings\":[");
    comma = "";
    for (size_t i = 0, count = cache_meetings(monitor->cache, &meetings); i < count; i++) {
        struct wire_meeting meeting = interface_meeting(monitor->cache, monitor->clock, meetings[i]);

        if ((name != NULL && !str_equal(meetings[i]->name, name)) || !is_lately(meetings[i], now_ms))
            continue;
        buffer_append_text(&text, comma);
        wire_meeting(&text, &meeting, WIRE_WITH_PARTICIPANTS, secrets);
        comma = ",";
    }
    buffer_append_text(&text, "]}}");
    return buffer_take(&text);
}

/* ---- one watcher */

static void watcher_free(struct watcher *watcher)
{
    *watcher->link = watcher->next;
    if (watcher->next != NULL)
        watcher->next->link = watcher->link;
    if (watcher->up != NULL)
        watcher->up->watcher = NULL;
    timer_stop(&watcher->stalled);
    timer_stop(&watcher->heartbeat);
    free(watcher->name);
    free(watcher);
}

static void overrun(struct watcher *watcher)
{
    varlink_call_error(watcher->call, "io.meetingd.Overrun", "{}");
    watcher_free(watcher);
}

static void on_stalled(struct timer *timer)
{
    struct watcher *watcher = timer->data;
    size_t queued = varlink_call_queued(watcher->call);

    if (queued >= watcher->queued) {
        overrun(watcher);
        return;
    }
    watcher->queued = queued;
    timer_start_in(&watcher->stalled, STALL_MS);
}

static void go_on(struct watcher *watcher);

static void on_drained(struct varlink_call *call, void *data)
{
    struct watcher *watcher = data;

    (void)call;
    timer_stop(&watcher->stalled);
    go_on(watcher);
}

/* Where too much waits after something was sent, the reader has the next word. */
static bool fell_behind(struct watcher *watcher)
{
    size_t queued = varlink_call_queued(watcher->call);

    if (queued <= QUEUE_MAX)
        return false;
    watcher->pace = PACE_BEHIND;
    watcher->queued = queued;
    timer_start_in(&watcher->stalled, STALL_MS);
    varlink_call_on_drained(watcher->call, on_drained);
    return true;
}

static bool is_out_of_date(const struct store_reading *reading, size_t index)
{
    const char *subject = reading->changes[index].subject;

    for (size_t i = index + 1; subject != NULL && i < reading->count; i++) {
        if (str_equal(reading->changes[i].subject, subject))
            return true;
    }
    return false;
}

static void tell_missed(struct watcher *watcher, const struct store_reading *reading)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (!watcher->slow || !is_out_of_date(reading, i))
            varlink_call_continue(watcher->call, text_for(&reading->changes[i], watcher));
    }
    watcher->told = reading->until;
    if (!fell_behind(watcher))
        go_on(watcher);
}

static void read_for_who_waits(struct monitor *monitor);

static void on_read(void *data, int result, const struct error *error)
{
    struct catching_up *up = data;
    struct watcher *watcher = up->watcher;

    (void)error; /* the store has said it */
    if (up->slot != NULL)
        *up->slot = NULL;
    if (watcher != NULL)
        watcher->up = NULL;
    if (watcher != NULL && (result < 0 || up->reading.overrun))
        overrun(watcher);
    else if (watcher != NULL)
        tell_missed(watcher, &up->reading);
    if (up->slot != NULL)
        read_for_who_waits(up->monitor);
    store_reading_clear(&up->reading);
    free(up->reading.name);
    free(up);
}

static void start_reading(struct watcher *watcher, struct catching_up **slot)
{
    struct monitor *monitor = watcher->monitor;
    struct catching_up *up = xalloc(sizeof(*up));

    watcher->pace = PACE_READING;
    watcher->up = up;
    up->watcher = watcher;
    up->monitor = monitor;
    up->slot = slot;
    up->reading = (struct store_reading){
        .since = watcher->told,
        .until = cache_sequence(monitor->cache),
        .name = xstrdup(watcher->name),
    };
    *slot = up;
    store_read_changes(monitor->store, &up->reading, on_read, up);
}

static struct watcher *longest_waiting(const struct monitor *monitor)
{
    struct watcher *longest = NULL;

    for (struct watcher *watcher = monitor->watchers; watcher != NULL; watcher = watcher->next) {
        if (watcher->pace == PACE_WAITING && (longest == NULL || watcher->turn < longest->turn))
            longest = watcher;
    }
    return longest;
}

static void read_for_who_waits(struct monitor *monitor)
{
    for (size_t i = 0; i < READINGS_MAX; i++) {
        struct watcher *watcher = monitor->readings[i] == NULL ? longest_waiting(monitor) : NULL;

        if (watcher != NULL)
            start_reading(watcher, &monitor->readings[i]);
    }
}

/* From where it is: at once where nothing is missing. */
static void go_on(struct watcher *watcher)
{
    struct monitor *monitor = watcher->monitor;

    if (watcher->told == cache_sequence(monitor->cache)) {
        watcher->pace = PACE_LIVE;
        watcher->slow = false;
        return;
    }
    watcher->pace = PACE_WAITING;
    watcher->turn = monitor->turns++;
    read_for_who_waits(monitor);
}

/* It says that the daemon lives, and up to where the watcher knows everything. Whoever is behind has enough
 * to read. */
static void on_heartbeat(struct timer *timer)
{
    struct watcher *watcher = timer->data;
    CLEANUP_FREE char *text =
        xasprintf("{\"event\":{\"sequence\":%llu,\"time\":%lld,\"kind\":\"heartbeat\"}}",
                  (unsigned long long)watcher->told, (long long)clock_wall_ms(watcher->monitor->clock));

    timer_start_in(&watcher->heartbeat, watcher->heartbeat_ms);
    if (watcher->pace != PACE_LIVE)
        return;
    varlink_call_continue(watcher->call, text);
    fell_behind(watcher);
}

static void on_end(struct varlink_call *call, void *data)
{
    (void)call;
    watcher_free(data);
}

/* ---- all of them */

static void on_changed(struct cache_listener *listener, const struct event *event)
{
    struct monitor *monitor = CONTAINER_OF(listener, struct monitor, listener);
    struct store_change *change = change_of(monitor, event);

    for (struct watcher *watcher = monitor->watchers; watcher != NULL; watcher = watcher->next) {
        if (watcher->pace != PACE_LIVE)
            continue;
        watcher->told = event->sequence;
        if (watcher->name != NULL && !str_equal(watcher->name, change->name))
            continue;
        varlink_call_continue(watcher->call, text_for(change, watcher));
        watcher->slow = fell_behind(watcher);
    }
    store_put_change(monitor->store, change);
}

struct monitor *monitor_new(struct cache *cache, struct timers *timers, struct store *store)
{
    struct monitor *monitor = xalloc(sizeof(*monitor));

    monitor->cache = cache;
    monitor->timers = timers;
    monitor->clock = timers_clock(timers);
    monitor->store = store;
    monitor->listener.changed = on_changed;
    cache_listen(cache, &monitor->listener);
    return monitor;
}

struct monitor *monitor_free(struct monitor *monitor)
{
    if (monitor == NULL)
        return NULL;
    cache_unlisten(&monitor->listener);
    for (size_t i = 0; i < READINGS_MAX; i++) {
        if (monitor->readings[i] != NULL)
            monitor->readings[i]->slot = NULL;
    }
    free(monitor);
    return NULL;
}

static struct watcher *add_watcher(struct monitor *monitor, struct varlink_call *call,
                                   const struct monitor_wishes *wishes)
{
    struct watcher *watcher = xalloc(sizeof(*watcher));

    watcher->monitor = monitor;
    watcher->call = call;
    watcher->name = xstrdup(wishes->name);
    watcher->secrets = wishes->secrets;
    watcher->heartbeat_ms = wishes->heartbeat_s * MS_PER_SECOND;
    timer_init(&watcher->stalled, monitor->timers, on_stalled, watcher);
    timer_init(&watcher->heartbeat, monitor->timers, on_heartbeat, watcher);
    watcher->next = monitor->watchers;
    watcher->link = &monitor->watchers;
    if (watcher->next != NULL)
        watcher->next->link = &watcher->next;
    monitor->watchers = watcher;
    varlink_call_on_end(call, on_end, watcher);
    if (watcher->heartbeat_ms > 0)
        timer_start_in(&watcher->heartbeat, watcher->heartbeat_ms);
    return watcher;
}

void monitor_watch(struct monitor *monitor, struct varlink_call *call, const struct monitor_wishes *wishes)
{
    uint64_t newest = cache_sequence(monitor->cache);
    struct watcher *watcher;
    char *text;

    if (wishes->since != UNKNOWN && (uint64_t)wishes->since > newest) {
        varlink_call_error(call, "io.meetingd.Overrun", "{}");
        return;
    }
    watcher = add_watcher(monitor, call, wishes);
    if (wishes->since != UNKNOWN) {
        watcher->told = (uint64_t)wishes->since;
        go_on(watcher);
        return;
    }
    watcher->told = newest;
    text = snapshot_text(monitor, watcher->name, watcher->secrets);
    varlink_call_continue(call, text);
    secret_free(text);
    fell_behind(watcher);
}

void monitor_look_again(struct monitor *monitor, const struct interface *interface)
{
    for (struct watcher *watcher = monitor->watchers; watcher != NULL; watcher = watcher->next)
        watcher->secrets = interface_secrets(interface, watcher->call);
}
