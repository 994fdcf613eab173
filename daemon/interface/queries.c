/* Questions that are answered from the cache. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "engine/poller.h"
#include "interface/parts.h"

/* A list comes in slices of so many, where the caller takes several answers. */
#define SLICE 100

bool interface_is_current(const struct reservation *reservation, int64_t now_s)
{
    int64_t over = reservation->end_time;

    if (over == UNKNOWN)
        return reservation->state != RESERVATION_DELETED && reservation->state != RESERVATION_EXPIRED;
    return now_s - over < LATELY_S || reservation->state == RESERVATION_LIVE;
}

/* From when on (Unix ms) one that is current is none by the clock alone. */
static int64_t current_until_ms(const struct reservation *reservation)
{
    if (reservation->end_time == UNKNOWN || reservation->state == RESERVATION_LIVE)
        return INT64_MAX;
    return (reservation->end_time + LATELY_S) * MS_PER_SECOND;
}

struct following interface_following(const struct interface_options *parts, const struct clock *clock,
                                     const struct reservation *reservation)
{
    struct following following = cache_following(parts->cache, reservation->key);

    /* The clock turns a phase before the next look does. */
    following.phase = poller_phase(reservation, cache_active_meeting(parts->cache, reservation->key),
                                   driver_poll(parts->driver), clock_wall_seconds(clock));
    return following;
}

struct wire_followed interface_followed(const struct cache *cache, const struct clock *clock,
                                        const struct reservation *reservation)
{
    struct wire_followed shown = {.reservation = reservation,
                                  .following = cache_following(cache, reservation->key)};

    shown.stale = poller_reservation_stale(reservation, &shown.following, clock_wall_ms(clock));
    return shown;
}

struct wire_meeting interface_meeting(const struct cache *cache, const struct clock *clock,
                                      const struct meeting *meeting)
{
    struct wire_meeting shown = {.meeting = meeting,
                                 .following = cache_following(cache, meeting->reservation),
                                 .now_s = clock_wall_seconds(clock)};

    shown.stale = poller_stale(meeting, &shown.following, clock_wall_ms(clock));
    return shown;
}

/* An answer on its way. It holds from `now_ms` until before `until_ms` (Unix ms), as far as it is up to the
 * clock. */
struct answer {
    struct string_list texts;
    int64_t now_ms, until_ms;
};

static void answer_begin(struct answer *answer, const struct interface *interface)
{
    *answer = (struct answer){.now_ms = clock_wall_ms(interface->clock), .until_ms = INT64_MAX};
}

/* Something that is in it is otherwise from `at_ms` on. */
static void answer_holds_until(struct answer *answer, int64_t at_ms)
{
    if (at_ms < answer->until_ms)
        answer->until_ms = at_ms;
}

static void answer_add(struct answer *answer, struct buffer *take_text)
{
    struct string_list *texts = &answer->texts;

    texts->items = xrealloc(texts->items, texts->count + 1, sizeof(*texts->items));
    texts->items[texts->count++] = buffer_take(take_text);
}

static void send_texts(struct varlink_call *call, const struct string_list *texts)
{
    for (size_t i = 0; i + 1 < texts->count; i++)
        varlink_call_continue(call, texts->items[i]);
    varlink_call_reply(call, texts->items[texts->count - 1]);
}

/* Sends it, and keeps it for whoever asks the same. */
static void answer_send(struct answer *answer, const struct interface *interface, struct varlink_call *call)
{
    const char *question = varlink_call_text(call);
    const struct string_list *kept =
        question != NULL ? prepared_keep(interface->prepared, question, interface_secrets(interface, call),
                                         &answer->texts, answer->now_ms, answer->until_ms)
                         : NULL;

    send_texts(call, kept != NULL ? kept : &answer->texts);
    prepared_wipe(&answer->texts);
}

/* Whether the call has been answered by what was prepared. */
static bool answer_prepared(const struct interface *interface, struct varlink_call *call)
{
    const char *question = varlink_call_text(call);
    const struct string_list *texts =
        question != NULL ? prepared_find(interface->prepared, question, interface_secrets(interface, call))
                         : NULL;

    if (texts != NULL)
        send_texts(call, texts);
    return texts != NULL;
}

/* A list being made: `{"NAME":[…]}`, whole or in slices. */
struct list {
    struct answer *answer;
    const char *name;
    bool sliced;
    struct buffer text;
    size_t count;
};

static void list_begin(struct list *list)
{
    buffer_printf(&list->text, "{\"%s\":[", list->name);
    list->count = 0;
}

/* Makes room for the next item. */
static void list_next(struct list *list)
{
    if (list->count == SLICE && list->sliced) {
        buffer_append_text(&list->text, "]}");
        answer_add(list->answer, &list->text);
        list_begin(list);
    }
    if (list->count++ > 0)
        buffer_append_char(&list->text, ',');
}

static void list_end(struct list *list)
{
    buffer_append_text(&list->text, "]}");
    answer_add(list->answer, &list->text);
}

bool interface_read_filter(struct varlink_call *call, struct filter *ret)
{
    bool active;

    *ret = (struct filter){.since = UNKNOWN, .until = UNKNOWN};
    varlink_call_string(call, "name", &ret->name);
    /* There is nothing before 1970. */
    if (varlink_call_int(call, "since", &ret->since) && ret->since < 0)
        ret->since = 0;
    if (varlink_call_int(call, "until", &ret->until) && ret->until < 0)
        ret->until = 0;
    if (varlink_call_bool(call, "active", &active))
        ret->active = flag_of(active);
    ret->state_count = varlink_call_strings(call, "state", &ret->states);
    for (size_t i = 0; i < ret->state_count; i++) {
        if (reservation_state_from_name(ret->states[i]) < 0) {
            varlink_call_invalid(call, "state");
            return false;
        }
    }
    return true;
}

static bool is_filtered(const struct filter *filter)
{
    return filter->name != NULL || filter->state_count > 0 || filter->since != UNKNOWN ||
           filter->until != UNKNOWN;
}

bool interface_wants_reservation(const struct filter *filter, const struct reservation *reservation)
{
    bool any_state = filter->state_count == 0;

    for (size_t i = 0; i < filter->state_count && !any_state; i++)
        any_state = strcmp(filter->states[i], reservation_state_name(reservation->state)) == 0;
    return any_state && (filter->name == NULL || str_equal(filter->name, reservation->name)) &&
           past_in_time(past_reservation_begin(reservation), past_reservation_end(reservation), filter->since,
                        filter->until);
}

bool interface_wants_meeting(const struct filter *filter, const struct meeting *meeting)
{
    bool active = meeting->status != MEETING_ENDED;

    return (filter->active == FLAG_UNSET || (filter->active == FLAG_YES) == active) &&
           (filter->name == NULL || str_equal(filter->name, meeting->name)) &&
           past_in_time(past_meeting_begin(meeting), active ? UNKNOWN : past_meeting_end(meeting),
                        filter->since, filter->until);
}

int interface_compare_reservations(const void *a, const void *b)
{
    const struct reservation *x = *(const struct reservation *const *)a,
                             *y = *(const struct reservation *const *)b;
    uint64_t x_start = (uint64_t)x->start_time,
             y_start = (uint64_t)y->start_time; /* UNKNOWN is the largest */

    if (x_start != y_start)
        return x_start < y_start ? -1 : 1;
    return strcmp(x->key, y->key);
}

void queries_list_reservations(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    struct reservation *const *all;
    size_t count = cache_reservations(interface->options.cache, &all), kept = 0;
    struct answer answer;
    struct list list = {
        .answer = &answer, .name = "reservations", .sliced = varlink_call_more(call), .text = BUFFER_EMPTY};
    enum wire_secrets secrets = interface_secrets(interface, call);
    const struct reservation **sorted;
    struct filter filter;

    if (answer_prepared(interface, call) || !interface_read_filter(call, &filter))
        return;
    if (past_has_reservations(&filter)) {
        past_list_reservations(interface, call, &filter);
        return;
    }
    answer_begin(&answer, interface);
    sorted = xcalloc(count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        if (is_filtered(&filter) ? !interface_wants_reservation(&filter, all[i])
                                 : !interface_is_current(all[i], answer.now_ms / MS_PER_SECOND))
            continue;
        sorted[kept++] = all[i];
        if (!is_filtered(&filter))
            answer_holds_until(&answer, current_until_ms(all[i]));
    }
    qsort(sorted, kept, sizeof(*sorted), interface_compare_reservations);
    list_begin(&list);
    for (size_t i = 0; i < kept; i++) {
        struct wire_followed followed =
            interface_followed(interface->options.cache, interface->clock, sorted[i]);

        list_next(&list);
        wire_followed(&list.text, &followed, secrets);
        if (!followed.stale)
            answer_holds_until(&answer, poller_reservation_stale_from(sorted[i], &followed.following));
    }
    free(sorted);
    list_end(&list);
    answer_send(&answer, interface, call);
}

int64_t interface_distance(const struct reservation *reservation, int64_t now_s)
{
    /* Another one may have taken its place. */
    if (reservation->state == RESERVATION_DELETED)
        return INT64_MAX / 4 * 3 +
               (reservation->start_time == UNKNOWN ? 0 : imaxabs(now_s - reservation->start_time));
    if (reservation->start_time == UNKNOWN || reservation->state == RESERVATION_LIVE)
        return 0;
    if (now_s < reservation->start_time)
        return 1 + reservation->start_time - now_s;
    if (now_s < reservation->end_time)
        return 0;
    return INT64_MAX / 2 + (now_s - reservation->end_time);
}

const struct reservation *interface_find_reservation(const struct interface *interface, const char *name,
                                                     const char *occurrence, const char *reserve_id)
{
    struct reservation *const *all;
    size_t count = cache_reservations(interface->options.cache, &all);
    const struct reservation *best = NULL;
    int64_t now_s = clock_wall_seconds(interface->clock);

    for (size_t i = 0; i < count; i++) {
        const struct reservation *reservation = all[i];

        if ((name != NULL && !str_equal(name, reservation->name)) ||
            (occurrence != NULL && !str_equal(occurrence, reservation->occurrence) &&
             !str_equal(occurrence, reservation->key)) ||
            (reserve_id != NULL && !str_equal(reserve_id, reservation->reserve_id)))
            continue;
        if (best == NULL || interface_distance(reservation, now_s) < interface_distance(best, now_s))
            best = reservation;
    }
    return best;
}

void queries_get_reservation(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *name = NULL, *occurrence = NULL, *reserve_id = NULL;
    const struct reservation *reservation;
    struct wire_followed followed;
    struct buffer text = BUFFER_EMPTY;

    varlink_call_string(call, "name", &name);
    varlink_call_string(call, "occurrence", &occurrence);
    varlink_call_string(call, "reserve_id", &reserve_id);
    if (name == NULL && occurrence == NULL && reserve_id == NULL) {
        varlink_call_invalid(call, "name");
        return;
    }
    reservation = interface_find_reservation(interface, name, occurrence, reserve_id);
    if (reservation == NULL) {
        past_get_reservation(interface, call, name, occurrence, reserve_id);
        return;
    }
    buffer_append_text(&text, "{\"reservation\":");
    followed = interface_followed(interface->options.cache, interface->clock, reservation);
    wire_followed(&text, &followed, interface_secrets(interface, call));
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    explicit_bzero(text.data, text.length);
    buffer_fini(&text);
}

int interface_compare_meetings(const void *a, const void *b)
{
    const struct meeting *x = *(const struct meeting *const *)a, *y = *(const struct meeting *const *)b;

    if (x->start_time != y->start_time)
        return x->start_time > y->start_time ? -1 : 1;
    return strcmp(y->id, x->id);
}

void queries_list_meetings(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    struct meeting *const *all;
    size_t count = cache_meetings(interface->options.cache, &all), kept = 0;
    struct answer answer;
    struct list list = {
        .answer = &answer, .name = "meetings", .sliced = varlink_call_more(call), .text = BUFFER_EMPTY};
    enum wire_secrets secrets = interface_secrets(interface, call);
    const struct meeting **sorted;
    struct filter filter;

    if (answer_prepared(interface, call) || !interface_read_filter(call, &filter))
        return;
    if (past_has_meetings(&filter)) {
        past_list_meetings(interface, call, &filter);
        return;
    }
    answer_begin(&answer, interface);
    sorted = xcalloc(count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        if (interface_wants_meeting(&filter, all[i]))
            sorted[kept++] = all[i];
    }
    qsort(sorted, kept, sizeof(*sorted), interface_compare_meetings);
    list_begin(&list);
    for (size_t i = 0; i < kept; i++) {
        struct wire_meeting meeting =
            interface_meeting(interface->options.cache, interface->clock, sorted[i]);

        list_next(&list);
        wire_meeting(&list.text, &meeting, WIRE_WITHOUT_PARTICIPANTS, secrets);
        if (!meeting.stale)
            answer_holds_until(&answer, poller_stale_from(sorted[i], &meeting.following));
    }
    free(sorted);
    list_end(&list);
    answer_send(&answer, interface, call);
}

/* The active meeting of a reservation, else its last. */
static const struct meeting *meeting_by_reserve_id(const struct interface *interface, const char *reserve_id)
{
    const struct cache *cache = interface->options.cache;
    const struct reservation *reservation = cache_reservation_by_id(cache, reserve_id);
    const struct meeting *meeting;

    if (reservation == NULL)
        return NULL;
    meeting = cache_active_meeting(cache, reservation->key);
    if (meeting == NULL && reservation->meetings.count > 0)
        meeting = cache_meeting(cache, reservation->meetings.items[reservation->meetings.count - 1]);
    return meeting;
}

void queries_get_meeting(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const char *meeting_id = NULL, *reserve_id = NULL;
    const struct meeting *meeting;
    struct wire_meeting shown;
    struct buffer text = BUFFER_EMPTY;
    struct answer answer;

    if (answer_prepared(interface, call))
        return;
    varlink_call_string(call, "meeting_id", &meeting_id);
    varlink_call_string(call, "reserve_id", &reserve_id);
    if (meeting_id == NULL && reserve_id == NULL) {
        varlink_call_invalid(call, "meeting_id");
        return;
    }
    meeting = meeting_id != NULL ? cache_meeting(interface->options.cache, meeting_id)
                                 : meeting_by_reserve_id(interface, reserve_id);
    if (meeting == NULL) {
        past_get_meeting(interface, call, meeting_id, reserve_id);
        return;
    }
    if (reserve_id != NULL && !str_equal(meeting->reserve_id, reserve_id)) {
        interface_refuse(call, "io.meetingd.NotFound", "what", meeting_id != NULL ? meeting_id : reserve_id);
        return;
    }
    answer_begin(&answer, interface);
    shown = interface_meeting(interface->options.cache, interface->clock, meeting);
    buffer_append_text(&text, "{\"meeting\":");
    wire_meeting(&text, &shown, WIRE_WITH_ATTENDANCE, interface_secrets(interface, call));
    buffer_append_char(&text, '}');
    answer_add(&answer, &text);
    /* What runs on while people are in is told in whole seconds. */
    if (meeting->status != MEETING_ENDED)
        answer_holds_until(&answer, (answer.now_ms / MS_PER_SECOND + 1) * MS_PER_SECOND);
    if (!shown.stale)
        answer_holds_until(&answer, poller_stale_from(meeting, &shown.following));
    answer_send(&answer, interface, call);
}
