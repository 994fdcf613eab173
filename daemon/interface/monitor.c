#include "interface/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "interface/parts.h"

/* A watcher with more than this waiting for it reads too slowly: it is more than one look at a meeting of a
 * thousand people brings at once. The snapshot can be larger, and the watcher may take its time over it. */
#define QUEUE_MAX ((size_t)2 * 1024 * 1024)

struct watcher {
    struct watcher *next, **link;
    struct varlink_call *call;
    char *name;      /* NULL: all */
    size_t snapshot; /* its length, until it has been read */
    enum wire_secrets secrets;
};

struct monitor {
    struct cache *cache;
    const struct clock *clock;
    struct cache_listener listener;
    struct watcher *watchers;
};

static void watcher_free(struct watcher *watcher)
{
    *watcher->link = watcher->next;
    if (watcher->next != NULL)
        watcher->next->link = watcher->link;
    free(watcher->name);
    free(watcher);
}

static const char *name_of(const struct event *event)
{
    if (event->reservation != NULL)
        return event->reservation->name;
    return event->meeting != NULL ? event->meeting->name : NULL;
}

static void tell(struct watcher *watcher, const char *text)
{
    size_t queued = varlink_call_queued(watcher->call);

    if (queued <= QUEUE_MAX)
        watcher->snapshot = 0;
    if (queued > QUEUE_MAX + watcher->snapshot) {
        varlink_call_error(watcher->call, "io.meetingd.Overrun", "{}");
        watcher_free(watcher);
        return;
    }
    varlink_call_continue(watcher->call, text);
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

static void on_changed(struct cache_listener *listener, const struct event *event)
{
    struct monitor *monitor = CONTAINER_OF(listener, struct monitor, listener);
    char *texts[] = {[WIRE_WITHOUT_PASSWORDS] = NULL, [WIRE_WITH_PASSWORDS] = NULL};

    for (struct watcher *watcher = monitor->watchers, *next; watcher != NULL; watcher = next) {
        next = watcher->next;
        if (watcher->name != NULL && !str_equal(watcher->name, name_of(event)))
            continue;
        if (texts[watcher->secrets] == NULL)
            texts[watcher->secrets] = event_text(monitor, event, watcher->secrets);
        tell(watcher, texts[watcher->secrets]);
    }
    for (size_t i = 0; i < ELEMENTS(texts); i++)
        secret_free(texts[i]);
}

struct monitor *monitor_new(struct cache *cache, const struct clock *clock)
{
    struct monitor *monitor = xalloc(sizeof(*monitor));

    monitor->cache = cache;
    monitor->clock = clock;
    monitor->listener.changed = on_changed;
    cache_listen(cache, &monitor->listener);
    return monitor;
}

struct monitor *monitor_free(struct monitor *monitor)
{
    if (monitor == NULL)
        return NULL;
    cache_unlisten(&monitor->listener);
    free(monitor);
    return NULL;
}

static bool is_lately(const struct meeting *meeting, int64_t now_ms)
{
    return meeting->status != MEETING_ENDED || now_ms - meeting->observed_at < MS_PER_DAY;
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

static void on_end(struct varlink_call *call, void *data)
{
    (void)call;
    watcher_free(data);
}

void monitor_watch(struct monitor *monitor, struct varlink_call *call, const char *name, bool with_passwords)
{
    struct watcher *watcher = xalloc(sizeof(*watcher));
    char *text;

    watcher->call = call;
    watcher->name = xstrdup(name);
    watcher->secrets = with_passwords ? WIRE_WITH_PASSWORDS : WIRE_WITHOUT_PASSWORDS;
    watcher->next = monitor->watchers;
    watcher->link = &monitor->watchers;
    if (watcher->next != NULL)
        watcher->next->link = &watcher->next;
    monitor->watchers = watcher;
    varlink_call_on_end(call, on_end, watcher);
    text = snapshot_text(monitor, name, watcher->secrets);
    watcher->snapshot = strlen(text);
    varlink_call_continue(call, text);
    secret_free(text);
}

void monitor_look_again(struct monitor *monitor, const struct interface *interface)
{
    for (struct watcher *watcher = monitor->watchers; watcher != NULL; watcher = watcher->next)
        watcher->secrets = interface_secrets(interface, watcher->call);
}
