/* watch: changes as they happen, one line each, until the reader goes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "describe.h"
#include "stream.h"
#include "text.h"

struct watch {
    struct ctl *ctl;
    char *told; /* the last line, without its time */
};

/* ", 2 in the room" */
static void append_room(struct buffer *line, struct json_object *meeting)
{
    int64_t count;

    if (member_int(meeting, "in_meeting", &count))
        buffer_printf(line, ", %" PRId64 " in the room", count);
}

static void append_person(struct buffer *line, struct json_object *event, const char *verb)
{
    struct json_object *participant = member_object(event, "participant");
    const char *id = member_text(participant, "id");
    char kind[USER_TYPE_SIZE];

    buffer_printf(line, "%s", id != NULL ? id : "somebody");
    if (strcmp(describe_user_type(participant, kind), "-") != 0 &&
        strcmp(describe_user_type(participant, kind), "lark") != 0)
        buffer_printf(line, " (%s)", describe_user_type(participant, kind));
    buffer_printf(line, " %s", verb);
    append_room(line, member_object(event, "meeting"));
}

/* " after 25min" and ", at most 3 at a time", as far as it is known; `lead` goes before the former. Returns
 * whether that is. */
static bool append_length(struct buffer *line, const struct ctl *ctl, struct json_object *meeting,
                          const char *lead)
{
    char length[TIMES_TEXT_SIZE];
    bool known = strcmp(describe_length(ctl, meeting, length), "-") != 0;
    int64_t peak;

    if (known)
        buffer_printf(line, " %s %s", lead, length);
    if (member_int(meeting, "peak", &peak))
        buffer_printf(line, ", at most %" PRId64 " at a time", peak);
    return known;
}

/* Of a meeting that has ended nothing changes, but it may become known how long it was. */
static bool append_changes_of_ended(struct buffer *line, const struct ctl *ctl, struct json_object *meeting)
{
    buffer_append_text(line, "meeting");
    return append_length(line, ctl, meeting, "lasted");
}

/* What one change of a meeting in progress says to a person; most say nothing. */
static void append_change(struct buffer *line, struct json_object *change, struct json_object *meeting)
{
    const char *field = member_text(change, "field"), *before = member_text(change, "before"),
               *after = member_text(change, "after"), *ability = describe_ability(field);
    bool used = str_equal(after, "true");

    if (member_object(change, "participant") != NULL)
        return; /* who came and went has lines of its own */
    if (str_equal(field, "status"))
        buffer_printf(line, ", %s", describe_meeting_state(meeting));
    else if (str_equal(field, "host_user") && after != NULL)
        buffer_printf(line, ", host is now %s", after);
    else if (str_equal(field, "topic") && after != NULL)
        buffer_printf(line, ", topic is now %s", after);
    else if (ability != NULL && (used || str_equal(before, "true")))
        buffer_printf(line, ", %s %s", ability, used ? "used" : "no longer used");
}

/* Returns whether there is something that no other line tells. */
static bool append_changes(struct buffer *line, const struct ctl *ctl, struct json_object *event)
{
    struct json_object *meeting = member_object(event, "meeting"), *changes = member_array(event, "changes");
    CLEANUP(buffer_fini) struct buffer words = BUFFER_EMPTY;

    if (strcmp(describe_meeting_state(meeting), "ended") == 0)
        return append_changes_of_ended(line, ctl, meeting);
    for (size_t i = 0; i < array_count(changes); i++)
        append_change(&words, json_object_array_get_idx(changes, i), meeting);
    if (words.length == 0)
        return false;
    buffer_printf(line, "meeting changed: %s", words.data + strlen(", "));
    append_room(line, meeting);
    return true;
}

static void append_meeting(struct buffer *line, const struct ctl *ctl, struct json_object *event,
                           const char *verb)
{
    struct json_object *meeting = member_object(event, "meeting");
    const char *topic = member_text(meeting, "topic");

    buffer_printf(line, "meeting %s", verb);
    if (strcmp(verb, "ended") == 0)
        append_length(line, ctl, meeting, "after");
    else
        append_room(line, meeting);
    if (topic != NULL && *topic != '\0')
        buffer_printf(line, ": %s", topic);
}

static void append_reservation(struct buffer *line, struct json_object *event, const char *verb)
{
    struct json_object *reservation = member_object(event, "reservation"),
                       *problem = member_object(reservation, "problem");
    const char *number = member_text(reservation, "meeting_no");

    buffer_printf(line, "reservation %s", verb);
    if (strcmp(verb, "updated") == 0 && member_text(reservation, "state") != NULL)
        buffer_printf(line, ": %s", member_text(reservation, "state"));
    if (number != NULL && strcmp(verb, "deleted") != 0)
        buffer_printf(line, ", number %s", number);
    if (problem != NULL)
        buffer_printf(line, ": %s", text_or(member_text(problem, "message"), ""));
}

static void append_snapshot(struct buffer *line, struct json_object *event)
{
    struct json_object *reservations = member_array(event, "reservations"),
                       *meetings = member_array(event, "meetings");
    size_t count = array_count(reservations), live = 0;

    for (size_t i = 0; i < array_count(meetings); i++)
        live += strcmp(describe_meeting_state(json_object_array_get_idx(meetings, i)), "live") == 0;
    buffer_printf(line, "watching: %zu reservation%s, %zu live meeting%s", count, count == 1 ? "" : "s", live,
                  live == 1 ? "" : "s");
}

/* What happened; a kind that this program does not know is told by its own name. Returns whether it is worth
 * a line: who came and went has lines of its own. */
static bool append_event(struct buffer *line, const struct ctl *ctl, struct json_object *event,
                         const char *kind)
{
    static const char reservation[] = "reservation_", meeting[] = "meeting_";

    if (strcmp(kind, "snapshot") == 0)
        append_snapshot(line, event);
    else if (strcmp(kind, "participant_joined") == 0)
        append_person(line, event, "joined");
    else if (strcmp(kind, "participant_left") == 0)
        append_person(line, event, "left");
    else if (strncmp(kind, reservation, strlen(reservation)) == 0)
        append_reservation(line, event, kind + strlen(reservation));
    else if (strcmp(kind, "meeting_changed") == 0)
        return append_changes(line, ctl, event);
    else if (strncmp(kind, meeting, strlen(meeting)) == 0)
        append_meeting(line, ctl, event, kind + strlen(meeting));
    else if (strcmp(kind, "configuration_reloaded") == 0)
        buffer_append_text(line, "configuration reloaded");
    else if (strcmp(kind, "host_missing") == 0) {
        buffer_append_text(line, "host missing");
        append_room(line, member_object(event, "meeting"));
    } else if (strcmp(kind, "no_show") == 0)
        buffer_append_text(line, "nobody came");
    else
        buffer_append_text(line, kind);
    return true;
}

static enum style style_of(const char *kind)
{
    if (strcmp(kind, "meeting_started") == 0 || strcmp(kind, "participant_joined") == 0)
        return STYLE_GOOD;
    if (strcmp(kind, "reservation_failed") == 0 || strcmp(kind, "reservation_uncertain") == 0)
        return STYLE_BAD;
    if (strcmp(kind, "host_missing") == 0 || strcmp(kind, "no_show") == 0)
        return STYLE_WARNING;
    return STYLE_PLAIN;
}

/* "2026-11-23 09:31:05  standup@…  ou_a joined, 2 in the room", within the width. */
static void write_event(struct watch *watch, struct json_object *event)
{
    struct ctl *ctl = watch->ctl;
    struct json_object *reservation = member_object(event, "reservation"),
                       *meeting = member_object(event, "meeting");
    const char *kind = member_text(event, "kind"), *name = member_text(reservation, "name");
    CLEANUP(buffer_fini) struct buffer line = BUFFER_EMPTY;
    CLEANUP_FREE char *cut = NULL;
    char text[TIMES_TEXT_SIZE];
    size_t words = 0; /* where they begin in the line */
    int64_t time_ms;

    if (kind == NULL)
        kind = "an event without a kind";
    if (name == NULL)
        name = member_text(meeting, "name");
    if (name == NULL && reservation != NULL)
        name = describe_name(reservation);
    if (name == NULL)
        name = member_text(meeting, "reserve_id");
    if (member_int(event, "time", &time_ms))
        buffer_printf(&line, "%s  ", times_format(&ctl->times, time_ms / MS_PER_SECOND, true, text));
    words = line.length;
    if (name != NULL)
        buffer_printf(&line, "%s  ", name);
    if (!append_event(&line, ctl, event, kind))
        return;
    /* What has changed of a reservation may be nothing that a line tells. */
    if (strcmp(kind, "reservation_updated") == 0 && str_equal(watch->told, line.data + words))
        return;
    str_set(&watch->told, line.data + words);
    cut = ctl->output.width > 0 ? text_cut(line.data, ctl->output.width) : xstrdup(line.data);
    output_styled(&ctl->output, style_of(kind), cut);
    buffer_append_char(&ctl->output.text, '\n');
}

/* A name that is misspelt would be watched for ever, in silence. */
static void check_snapshot(const struct ctl *ctl, struct json_object *event)
{
    if (ctl->options->argument_count > 0 && array_count(member_array(event, "reservations")) == 0 &&
        array_count(member_array(event, "meetings")) == 0)
        complain("nothing is known of '%s' now; watching for it all the same", ctl->options->arguments[0]);
}

/* Shows an event. Returns an exit code, or -1 to go on. */
static int show(struct watch *watch, const struct reply *reply)
{
    struct ctl *ctl = watch->ctl;
    struct json_object *event = member_object(reply->parameters, "event");

    ctl->times.now_ms = clock_wall_ms(clock_system());
    if (str_equal(member_text(event, "kind"), "snapshot"))
        check_snapshot(ctl, event);
    if (ctl->options->json)
        ctl_write_json(ctl, reply);
    else
        write_event(watch, event);
    if (output_flush(&ctl->output))
        return -1;
    if (errno != 0)
        complain("standard output: %s", strerror(errno));
    return errno != 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* Returns an exit code, or -1 to go on. */
static int follow(struct watch *watch, struct stream *stream)
{
    /* Once nobody reads any more there is nothing to wait for. */
    struct pollfd reader = {.fd = STDOUT_FILENO, .events = 0};
    struct reply reply;
    int code = -1;

    switch (stream_next(stream, -1, &reader, 1, &reply)) {
    case STREAM_EVENT:
        code = show(watch, &reply);
        reply_fini(&reply);
        return code;
    case STREAM_LOST:
        complain("%s: %s; waiting for the daemon to come back", watch->ctl->options->socket,
                 stream_why(stream));
        return -1;
    case STREAM_GAP:
        complain("changes may be missing here: how things are now, and what happens from now on");
        return -1;
    case STREAM_OTHER:
        return EXIT_DONE;
    case STREAM_END:
        return stream_code(stream);
    default:
        return -1;
    }
}

int command_watch(struct ctl *ctl)
{
    const char *name = ctl->options->argument_count > 0 ? ctl->options->arguments[0] : NULL;
    struct watch watch = {.ctl = ctl};
    struct stream *stream;
    int code;

    if (name != NULL && (ctl_is_id(name) || strchr(name, '@') != NULL)) {
        complain("watch: '%s' is no plan's name, and only plans are watched one by one", name);
        return EXIT_USAGE;
    }
    stream = stream_new(ctl, name);
    do
        code = follow(&watch, stream);
    while (code < 0);
    free(watch.told);
    stream_free(stream);
    return code;
}
