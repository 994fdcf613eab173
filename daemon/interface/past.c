/*
 * Questions about the past: answered from the store, slice by slice, and from the cache, which knows better
 * what both have. Of a list that is asked for with `more` never more than a slice is in memory; the next one
 * is read once the reader has taken most of what was sent.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "interface/parts.h"

/* A list comes in slices of so many, where the caller takes several answers. */
#define SLICE 100

/* An answer that is one message is no longer than that: clients do not read much longer ones. */
#define WHOLE_MAX ((size_t)8 * 1024 * 1024)

/* No further slice is read while more waits for the reader. */
#define QUEUED_MAX ((size_t)256 * 1024)

enum asked { ASKED_RESERVATIONS, ASKED_MEETINGS, ASKED_ATTENDANCE };

static const char *const names[] = {"reservations", "meetings", "rows"};

/* A question on its way to its answer; it goes with the call. */
struct asking {
    const struct interface *interface;
    struct varlink_call *call;
    enum wire_secrets secrets; /* as of the part that is written */
    enum asked asked;
    struct filter filter;
    const char *occurrence, *id; /* the call's, of one thing: with these, and the filter's name */
    struct store_read *read;     /* NULL: not under way */
    char *after;                 /* the store's last one so far; NULL: none yet */
    int64_t after_start;
    struct buffer text;
    size_t count; /* in the slice that is being written */
};

/* What the store and the cache have of a part of the list, in its order. */
struct part {
    const void **items;
    size_t count;
};

static void asking_free(struct asking *asking)
{
    if (asking->text.data != NULL)
        explicit_bzero(asking->text.data, asking->text.length);
    buffer_fini(&asking->text);
    free(asking->after);
    free(asking);
}

static void on_call_ended(struct varlink_call *call, void *data)
{
    struct asking *asking = data;

    (void)call;
    if (asking->read != NULL)
        store_cancel(asking->interface->options.store, asking->read);
    asking_free(asking);
}

static struct asking *asking_new(const struct interface *interface, struct varlink_call *call,
                                 enum asked asked)
{
    struct asking *asking = xalloc(sizeof(*asking));

    asking->interface = interface;
    asking->call = call;
    asking->asked = asked;
    asking->after_start = UNKNOWN;
    buffer_init(&asking->text);
    varlink_call_on_end(call, on_call_ended, asking);
    return asking;
}

static void refuse(struct asking *asking, const char *error, const char *member, const char *value)
{
    interface_refuse(asking->call, error, member, value);
    asking_free(asking);
}

/* ---- writing */

static void begin_slice(struct asking *asking)
{
    buffer_printf(&asking->text, "{\"%s\":[", names[asking->asked]);
    asking->count = 0;
}

/* Makes room for the next item. */
static void next_item(struct asking *asking)
{
    if (asking->count == SLICE && varlink_call_more(asking->call)) {
        buffer_append_text(&asking->text, "]}");
        varlink_call_continue(asking->call, asking->text.data);
        explicit_bzero(asking->text.data, asking->text.length);
        buffer_clear(&asking->text);
        begin_slice(asking);
    }
    if (asking->count++ > 0)
        buffer_append_char(&asking->text, ',');
}

static void write_attendance(struct asking *asking, const struct meeting *meeting)
{
    int64_t now_s = clock_wall_seconds(asking->interface->clock);

    for (size_t i = 0; i < meeting->attendance.count; i++) {
        next_item(asking);
        wire_attendance(&asking->text, meeting, &meeting->attendance.attendees[i], now_s);
    }
}

static void write_reservation(struct asking *asking, const struct reservation *reservation)
{
    const struct interface *interface = asking->interface;
    struct wire_followed followed =
        interface_followed(interface->options.cache, interface->clock, reservation);

    wire_followed(&asking->text, &followed, asking->secrets);
}

static void write_meeting(struct asking *asking, const struct meeting *meeting, enum wire_detail detail)
{
    const struct interface *interface = asking->interface;
    struct wire_meeting shown = interface_meeting(interface->options.cache, interface->clock, meeting);

    wire_meeting(&asking->text, &shown, detail, asking->secrets);
}

static void write_item(struct asking *asking, const void *item)
{
    if (asking->asked == ASKED_ATTENDANCE) {
        write_attendance(asking, item);
        return;
    }
    next_item(asking);
    if (asking->asked == ASKED_RESERVATIONS)
        write_reservation(asking, item);
    else
        write_meeting(asking, item, WIRE_WITHOUT_PARTICIPANTS);
}

static void reply(struct asking *asking)
{
    varlink_call_reply(asking->call, asking->text.data);
    asking_free(asking);
}

/* One message would be too long, and the caller takes no more than one: they are told to. */
static bool refuse_too_long(struct asking *asking)
{
    if (varlink_call_more(asking->call) || asking->text.length <= WHOLE_MAX)
        return false;
    varlink_call_error(asking->call, "org.varlink.service.ExpectedMore", "{}");
    asking_free(asking);
    return true;
}

/* ---- a list */

static bool lists_reservations(const struct asking *asking)
{
    return asking->asked == ASKED_RESERVATIONS;
}

static int compare(const struct asking *asking, const void *a, const void *b)
{
    return lists_reservations(asking) ? interface_compare_reservations(&a, &b)
                                      : interface_compare_meetings(&a, &b);
}

/* Something to compare with: an item of this place in the list. */
static const void *at_place(const struct asking *asking, struct reservation *reservation,
                            struct meeting *meeting)
{
    *reservation = (struct reservation){.key = asking->after, .start_time = asking->after_start};
    *meeting = (struct meeting){.id = asking->after, .start_time = asking->after_start};
    return lists_reservations(asking) ? (const void *)reservation : meeting;
}

/* The cache's items that are behind `after` and not behind `last`; NULL: all of a side. */
static void add_cached(const struct asking *asking, const void *after, const void *last, struct part *part)
{
    const struct cache *cache = asking->interface->options.cache;
    struct reservation *const *reservations;
    struct meeting *const *meetings;
    size_t count = lists_reservations(asking) ? cache_reservations(cache, &reservations)
                                              : cache_meetings(cache, &meetings);

    part->items = xrealloc(part->items, part->count + count, sizeof(*part->items));
    for (size_t i = 0; i < count; i++) {
        const void *item = lists_reservations(asking) ? (const void *)reservations[i] : meetings[i];
        bool wanted = lists_reservations(asking)
                          ? interface_wants_reservation(&asking->filter, reservations[i])
                          : interface_wants_meeting(&asking->filter, meetings[i]);

        if (wanted && (after == NULL || compare(asking, item, after) > 0) &&
            (last == NULL || compare(asking, item, last) <= 0))
            part->items[part->count++] = item;
    }
}

/* The store's items, but those that the cache has as well. */
static void add_stored(const struct asking *asking, const struct past_answer *answer, struct part *part)
{
    const struct cache *cache = asking->interface->options.cache;

    part->items = xcalloc(answer->count, sizeof(*part->items));
    for (size_t i = 0; i < answer->count; i++) {
        if (lists_reservations(asking)) {
            if (cache_reservation(cache, answer->reservations[i]->key) == NULL &&
                interface_wants_reservation(&asking->filter, answer->reservations[i]))
                part->items[part->count++] = answer->reservations[i];
        } else if (cache_meeting(cache, answer->meetings[i]->id) == NULL &&
                   interface_wants_meeting(&asking->filter, answer->meetings[i])) {
            part->items[part->count++] = answer->meetings[i];
        }
    }
}

static void write_part(struct asking *asking, const struct past_answer *answer)
{
    struct part part = {NULL, 0};
    struct reservation reservation;
    struct meeting meeting;
    const void *after = asking->after != NULL ? at_place(asking, &reservation, &meeting) : NULL;
    const void *last = NULL;

    if (!answer->complete)
        last = lists_reservations(asking) ? (const void *)answer->reservations[answer->count - 1]
                                          : answer->meetings[answer->count - 1];
    add_stored(asking, answer, &part);
    add_cached(asking, after, last, &part);
    if (part.count > 0)
        qsort(part.items, part.count, sizeof(*part.items),
              lists_reservations(asking) ? interface_compare_reservations : interface_compare_meetings);
    for (size_t i = 0; i < part.count; i++)
        write_item(asking, part.items[i]);
    free(part.items);
}

static void note_place(struct asking *asking, const struct past_answer *answer)
{
    size_t last = answer->count - 1;

    if (lists_reservations(asking)) {
        str_set(&asking->after, answer->reservations[last]->key);
        asking->after_start = answer->reservations[last]->start_time;
    } else {
        str_set(&asking->after, answer->meetings[last]->id);
        asking->after_start = answer->meetings[last]->start_time;
    }
}

static void ask(struct asking *asking);

static void on_drained(struct varlink_call *call, void *data)
{
    (void)call;
    ask(data);
}

/* The store has answered. False: it could not, and the call has been told. */
static bool has_read(struct asking *asking, int result, const struct error *error)
{
    asking->read = NULL;
    asking->secrets = interface_secrets(asking->interface, asking->call);
    if (result < 0)
        refuse(asking, "io.meetingd.Unavailable", "reason", error->text);
    return result >= 0;
}

static void on_slice(void *data, int result, const struct error *error, struct past_answer *answer)
{
    struct asking *asking = data;

    if (!has_read(asking, result, error))
        return;
    write_part(asking, answer);
    if (answer->complete) {
        buffer_append_text(&asking->text, "]}");
        reply(asking);
        return;
    }
    note_place(asking, answer);
    if (refuse_too_long(asking))
        return;
    if (varlink_call_queued(asking->call) > QUEUED_MAX) {
        varlink_call_on_drained(asking->call, on_drained);
    } else {
        ask(asking);
    }
}

static void ask(struct asking *asking)
{
    struct past_question question = {
        .kind = lists_reservations(asking) ? PAST_RESERVATIONS : PAST_MEETINGS,
        .text = asking->filter.name,
        .with = MEETING_WITH_ATTENDANCE, /* a meeting's figures come from it */
        .since = asking->filter.since,
        .until = asking->filter.until,
        .after = asking->after,
        .after_start = asking->after_start,
        .most = SLICE,
    };

    asking->read = store_ask(asking->interface->options.store, &question, on_slice, asking);
}

static void list(const struct interface *interface, struct varlink_call *call, enum asked asked,
                 const struct filter *filter)
{
    struct asking *asking = asking_new(interface, call, asked);

    asking->filter = *filter;
    begin_slice(asking);
    ask(asking);
}

/* What is not over is in the cache. */
static bool may_be_over(const struct filter *filter)
{
    for (size_t i = 0; i < filter->state_count; i++) {
        int state = reservation_state_from_name(filter->states[i]);

        if (state == RESERVATION_ENDED || state == RESERVATION_EXPIRED || state == RESERVATION_FAILED ||
            state == RESERVATION_DELETED)
            return true;
    }
    return filter->state_count == 0;
}

bool past_has_reservations(const struct filter *filter)
{
    return may_be_over(filter) && (filter->name != NULL || filter->state_count > 0 ||
                                   filter->since != UNKNOWN || filter->until != UNKNOWN);
}

bool past_has_meetings(const struct filter *filter)
{
    return filter->active != FLAG_YES &&
           (filter->name != NULL || filter->since != UNKNOWN || filter->until != UNKNOWN);
}

void past_list_reservations(const struct interface *interface, struct varlink_call *call,
                            const struct filter *filter)
{
    list(interface, call, ASKED_RESERVATIONS, filter);
}

void past_list_meetings(const struct interface *interface, struct varlink_call *call,
                        const struct filter *filter)
{
    list(interface, call, ASKED_MEETINGS, filter);
}

/* ---- one thing */

static void not_found(struct asking *asking)
{
    const char *what = asking->filter.name;

    if (what == NULL)
        what = asking->occurrence != NULL ? asking->occurrence : asking->id;
    refuse(asking, "io.meetingd.NotFound", "what", what);
}

/* Whether it is what all of the call's arguments mean. */
static bool is_meant(const struct asking *asking, const struct past_answer *answer)
{
    const struct reservation *reservation;

    if (answer->count == 0)
        return false;
    if (asking->asked != ASKED_RESERVATIONS)
        return asking->id == NULL || asking->asked == ASKED_ATTENDANCE ||
               str_equal(asking->id, answer->meetings[0]->reserve_id);
    reservation = answer->reservations[0];
    return (asking->filter.name == NULL || str_equal(asking->filter.name, reservation->name)) &&
           (asking->id == NULL || str_equal(asking->id, reservation->reserve_id));
}

static void reply_attendance(struct asking *asking, const struct meeting *meeting)
{
    begin_slice(asking);
    write_attendance(asking, meeting);
    if (refuse_too_long(asking))
        return;
    buffer_append_text(&asking->text, "]}");
    reply(asking);
}

static void on_one(void *data, int result, const struct error *error, struct past_answer *answer)
{
    struct asking *asking = data;

    if (!has_read(asking, result, error))
        return;
    if (!is_meant(asking, answer)) {
        not_found(asking);
        return;
    }
    if (asking->asked == ASKED_ATTENDANCE) {
        reply_attendance(asking, answer->meetings[0]);
        return;
    }
    if (asking->asked == ASKED_RESERVATIONS) {
        buffer_append_text(&asking->text, "{\"reservation\":");
        write_reservation(asking, answer->reservations[0]);
        buffer_append_char(&asking->text, '}');
    } else {
        buffer_append_text(&asking->text, "{\"meeting\":");
        write_meeting(asking, answer->meetings[0], WIRE_WITH_ATTENDANCE);
        buffer_append_char(&asking->text, '}');
    }
    reply(asking);
}

static void get(struct asking *asking, enum past_kind kind, const char *text, unsigned with)
{
    struct past_question question = {.kind = kind, .text = text, .with = with};

    asking->read = store_ask(asking->interface->options.store, &question, on_one, asking);
}

void past_get_reservation(const struct interface *interface, struct varlink_call *call, const char *name,
                          const char *occurrence, const char *reserve_id)
{
    struct asking *asking = asking_new(interface, call, ASKED_RESERVATIONS);

    asking->filter.name = name;
    asking->occurrence = occurrence;
    asking->id = reserve_id;
    if (occurrence != NULL)
        get(asking, PAST_RESERVATION_OF_OCCURRENCE, occurrence, 0);
    else if (reserve_id != NULL)
        get(asking, PAST_RESERVATION_OF_RESERVE_ID, reserve_id, 0);
    else
        get(asking, PAST_RESERVATION_OF_NAME, name, 0);
}

void past_get_meeting(const struct interface *interface, struct varlink_call *call, const char *meeting_id,
                      const char *reserve_id)
{
    struct asking *asking = asking_new(interface, call, ASKED_MEETINGS);

    asking->id = reserve_id;
    asking->occurrence = meeting_id; /* that is named where there is none */
    if (meeting_id != NULL)
        get(asking, PAST_MEETING_OF_ID, meeting_id, MEETING_WHOLE);
    else
        get(asking, PAST_MEETING_OF_RESERVE_ID, reserve_id, MEETING_WHOLE);
}

/* ---- attendance */

void past_get_attendance(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const struct meeting *meeting;
    const char *meeting_id = NULL;
    struct asking *asking;
    struct filter filter;

    if (!interface_read_filter(call, &filter))
        return;
    if (!varlink_call_string(call, "meeting_id", &meeting_id)) {
        list(interface, call, ASKED_ATTENDANCE, &filter);
        return;
    }
    asking = asking_new(interface, call, ASKED_ATTENDANCE);
    asking->id = meeting_id;
    meeting = cache_meeting(interface->options.cache, meeting_id);
    if (meeting == NULL) {
        get(asking, PAST_MEETING_OF_ID, meeting_id, MEETING_WITH_ATTENDANCE);
        return;
    }
    reply_attendance(asking, meeting);
}
