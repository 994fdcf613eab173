/* wait: until a meeting has begun, has ended, or has so many people in it. The daemon tells when; nobody asks
 * again and again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/span.h"
#include "describe.h"
#include "stream.h"

struct wait {
    struct ctl *ctl;
    const char *name;
    struct reply asked;       /* for the reservation that the name means now */
    struct json_object *slot; /* that reservation */
    int64_t began_s;          /* Unix seconds */
    int64_t deadline_ms;      /* boot time; negative: none */
};

static bool is_over(struct json_object *meeting)
{
    return strcmp(describe_meeting_state(meeting), "ended") == 0;
}

/* In progress, with as many people as are waited for. */
static bool is_enough(const struct wait *wait, struct json_object *meeting)
{
    const struct options *options = wait->ctl->options;
    int64_t in_meeting;

    if (is_over(meeting) || strcmp(describe_meeting_state(meeting), "calling") == 0)
        return false;
    if (options->started)
        return true;
    return member_int(meeting, "in_meeting", &in_meeting) && in_meeting >= options->participants;
}

/* Of one slot, by the occurrence or, where there is none, by the reservation. */
static bool is_of_slot(const struct wait *wait, struct json_object *thing)
{
    const char *occurrence = member_text(wait->slot, "occurrence");

    if (occurrence != NULL)
        return str_equal(occurrence, member_text(thing, "occurrence"));
    return str_equal(member_text(wait->slot, "reserve_id"), member_text(thing, "reserve_id"));
}

/* Only what is over for a day is not in a snapshot. */
static bool slot_is_long_over(const struct wait *wait, struct json_object *reservations)
{
    int64_t end_time;

    for (size_t i = 0; i < array_count(reservations); i++) {
        if (is_of_slot(wait, json_object_array_get_idx(reservations, i)))
            return false;
    }
    return member_int(wait->slot, "end_time", &end_time) && end_time < wait->began_s;
}

static bool has_ended(const struct wait *wait, struct json_object *snapshot)
{
    struct json_object *meetings = member_array(snapshot, "meetings");
    bool seen = false;

    for (size_t i = 0; i < array_count(meetings); i++) {
        struct json_object *meeting = json_object_array_get_idx(meetings, i);

        if (!is_over(meeting))
            return false;
        seen |= is_of_slot(wait, meeting);
    }
    return seen || (array_count(member_array(wait->slot, "meetings")) > 0 &&
                    slot_is_long_over(wait, member_array(snapshot, "reservations")));
}

/* It is not one of long ago that has only been found now. */
static bool ends_now(const struct wait *wait, struct json_object *meeting)
{
    int64_t end_time;

    return is_over(meeting) && (is_of_slot(wait, meeting) || !member_int(meeting, "end_time", &end_time) ||
                                end_time >= wait->began_s);
}

/* Whether an event brings what is waited for. */
static bool decides(const struct wait *wait, struct json_object *event)
{
    bool ended = wait->ctl->options->ended;
    struct json_object *meeting = member_object(event, "meeting"), *meetings;

    if (meeting != NULL)
        return ended ? ends_now(wait, meeting) : is_enough(wait, meeting);
    if (!str_equal(member_text(event, "kind"), "snapshot"))
        return false;
    if (ended)
        return has_ended(wait, event);
    meetings = member_array(event, "meetings");
    for (size_t i = 0; i < array_count(meetings); i++) {
        if (is_enough(wait, json_object_array_get_idx(meetings, i)))
            return true;
    }
    return false;
}

static int out_of_time(const struct wait *wait)
{
    char span[SPAN_TEXT_SIZE];

    if (wait->ctl->options->wait_ms == 0) {
        complain("%s: it is not so now", wait->name);
        return EXIT_OUT_OF_TIME;
    }
    complain("%s: waited %s in vain", wait->name, span_format(wait->ctl->options->wait_ms, span));
    return EXIT_OUT_OF_TIME;
}

/* Returns an exit code, or -1 to go on. */
static int follow(struct wait *wait, struct stream *stream)
{
    struct ctl *ctl = wait->ctl;
    struct reply reply;
    bool decided;

    switch (stream_next(stream, wait->deadline_ms, NULL, 0, &reply)) {
    case STREAM_EVENT:
        decided = decides(wait, member_object(reply.parameters, "event"));
        if (decided && ctl->options->json)
            ctl_write_json(ctl, &reply);
        reply_fini(&reply);
        return decided ? EXIT_DONE : -1;
    case STREAM_LOST:
        complain("%s: %s; waiting for the daemon to come back", ctl->options->socket, stream_why(stream));
        return -1;
    case STREAM_TIME:
        return out_of_time(wait);
    case STREAM_END:
        return stream_code(stream);
    default:
        return -1; /* a snapshot that follows a gap tells as well how things are */
    }
}

/* Asks which slot the name means; a name that is misspelt would be waited for in vain. */
static int find_slot(struct wait *wait)
{
    struct ctl *ctl = wait->ctl;
    int code = ctl_ask(ctl, "GetReservation", ctl_which(wait->name), &wait->asked);

    if (code != 0)
        return wait->deadline_ms >= 0 && clock_boot_ms(clock_system()) >= wait->deadline_ms ? EXIT_OUT_OF_TIME
                                                                                            : code;
    if (wait->asked.error != NULL)
        code = refusal_report(ctl, &wait->asked, wait->name);
    wait->slot = member_object(wait->asked.parameters, "reservation");
    if (code == 0 && wait->slot == NULL)
        code = ctl_no_member(ctl, "reservation");
    if (code != 0)
        reply_fini(&wait->asked);
    return code;
}

static int wait_for_it(struct wait *wait)
{
    struct stream *stream;
    int code = find_slot(wait);

    if (code != 0)
        return code;
    stream = stream_new(wait->ctl, wait->name);
    do
        code = follow(wait, stream);
    while (code < 0);
    stream_free(stream);
    reply_fini(&wait->asked);
    return code;
}

int command_wait(struct ctl *ctl)
{
    const struct options *given = ctl->options;
    struct options options = *given;
    struct wait wait = {
        .ctl = ctl,
        .name = given->arguments[0],
        .began_s = clock_wall_seconds(clock_system()),
        .deadline_ms = -1,
    };
    int code;

    if (ctl_is_id(wait.name) || strchr(wait.name, '@') != NULL) {
        complain("wait: '%s' is no plan's name", wait.name);
        return EXIT_USAGE;
    }
    if (given->has_wait) {
        wait.deadline_ms = clock_boot_ms(clock_system()) + given->wait_ms;
        /* A single answer takes no longer than all of it. */
        if (given->wait_ms > 0 && (options.timeout_ms == 0 || options.timeout_ms > given->wait_ms))
            options.timeout_ms = given->wait_ms;
    }
    ctl->options = &options;
    code = wait_for_it(&wait);
    ctl->options = given;
    return code;
}
