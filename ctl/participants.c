/* participants: who is in, since when, for how long. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "table.h"

enum { STATUS_CALLING = 1, STATUS_IN_MEETING = 2, STATUS_RINGING = 3, STATUS_LEFT = 4 };

static const struct table_column columns[] = {
    {.title = "PARTICIPANT", .minimum = 12, .yields = 2},
    {.title = "KIND", .leaves = 1},
    {.title = "STATUS"},
    {.title = "SINCE", .leaves = 3},
    {.title = "FOR", .right = true},
    {.title = "ROLE", .leaves = 2},
};

/* The rows are those of the attendance; of whom it does not know, who is being called, those of Feishu's
 * list. */

static struct json_object *last_stay(struct json_object *row)
{
    struct json_object *stays = member_array(row, "stays");
    size_t count = array_count(stays);

    return count > 0 ? json_object_array_get_idx(stays, count - 1) : NULL;
}

static int64_t status_of(struct json_object *row)
{
    int64_t status = 0, left;

    if (member_int(row, "status", &status))
        return status;
    return last_stay(row) != NULL && !member_int(last_stay(row), "left", &left) ? STATUS_IN_MEETING
                                                                                : STATUS_LEFT;
}

static int64_t joined_at(struct json_object *row)
{
    struct json_object *first = array_count(member_array(row, "stays")) > 0
                                    ? json_object_array_get_idx(member_array(row, "stays"), 0)
                                    : NULL;
    int64_t time = INT64_MAX;

    if (!member_int(first, "joined", &time))
        member_int(row, "first_join_time", &time);
    return time;
}

/* Since when they are in, or gone. */
static bool since(struct json_object *row, int64_t *ret)
{
    bool left = status_of(row) == STATUS_LEFT;

    if (last_stay(row) != NULL)
        return member_int(last_stay(row), left ? "left" : "joined", ret);
    return member_int(row, left ? "final_leave_time" : "first_join_time", ret) && *ret > 0;
}

/* Those in the room first, then by when they came. */
static int compare(const void *a, const void *b)
{
    struct json_object *x = *(struct json_object *const *)a, *y = *(struct json_object *const *)b;
    bool x_in = status_of(x) == STATUS_IN_MEETING, y_in = status_of(y) == STATUS_IN_MEETING;
    int64_t x_time = joined_at(x), y_time = joined_at(y);

    if (x_in != y_in)
        return x_in ? -1 : 1;
    return x_time < y_time ? -1 : x_time > y_time;
}

static bool is_called(struct json_object *participant)
{
    return status_of(participant) == STATUS_CALLING || status_of(participant) == STATUS_RINGING;
}

static const char *status_word(int64_t status)
{
    static const char *const words[] = {"-", "calling", "in", "ringing", "left"};

    return status > 0 && status < (int64_t)ELEMENTS(words) ? words[status] : "-";
}

/* Whether they have a role now, by the attendance. */
static bool holds(struct json_object *row, const char *role)
{
    struct json_object *roles = member_array(row, "roles");
    int64_t until;

    for (size_t i = 0; i < array_count(roles); i++) {
        struct json_object *stretch = json_object_array_get_idx(roles, i);

        if (str_equal(member_text(stretch, "role"), role) && !member_int(stretch, "until", &until))
            return true;
    }
    return false;
}

static void append_role(struct buffer *text, struct json_object *row, const char *member, const char *role)
{
    bool had = status_of(row) == STATUS_IN_MEETING && member_array(row, "roles") != NULL && !holds(row, role);

    if (member_true(row, member))
        buffer_printf(text, "%s%s%s", text->length > 0 ? ", " : "", had ? "was " : "", role);
}

/* "host, external, 2 devices" */
static void append_roles(struct buffer *text, struct json_object *row)
{
    int64_t devices;

    append_role(text, row, "is_host", "host");
    if (!holds(row, "host"))
        append_role(text, row, "is_cohost", "cohost");
    if (member_true(row, "is_external"))
        buffer_printf(text, "%sexternal", text->length > 0 ? ", " : "");
    if (member_int(row, "devices", &devices) && devices > 1)
        buffer_printf(text, "%s%" PRId64 " devices", text->length > 0 ? ", " : "", devices);
}

static void add_row(const struct ctl *ctl, struct table *table, struct json_object *row)
{
    CLEANUP(buffer_fini) struct buffer roles = BUFFER_EMPTY;
    char kind[USER_TYPE_SIZE], text[TIMES_TEXT_SIZE];
    int64_t status = status_of(row), value;

    append_roles(&roles, row);
    table_cell(table, STYLE_PLAIN, member_text(row, "id"));
    table_cell(table, STYLE_PLAIN, describe_user_type(row, kind));
    table_cell(table, status == STATUS_IN_MEETING ? STYLE_GOOD : STYLE_FAINT, status_word(status));
    table_cell(table, STYLE_PLAIN, since(row, &value) ? times_format_short(&ctl->times, value, text) : NULL);
    table_cell(table, STYLE_PLAIN,
               member_int(row, "in_meeting_duration", &value) ? times_span(value, text) : NULL);
    table_cell(table, STYLE_PLAIN, roles.data);
}

/* "每日站会: live for 25min, 2 in the room, at most 3 at a time; as of 5s ago". */
static void add_legend(struct ctl *ctl, struct json_object *meeting)
{
    const char *topic = member_text(meeting, "topic");
    bool stale = member_true(meeting, "stale");
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char span[TIMES_TEXT_SIZE];
    int64_t value;

    buffer_printf(&text, "%s: %s", topic != NULL ? topic : "Meeting", describe_meeting_state(meeting));
    if (strcmp(describe_length(ctl, meeting, span), "-") != 0)
        buffer_printf(&text, "%s for %s",
                      strcmp(describe_meeting_state(meeting), "ended") == 0 ? ", lasted" : "", span);
    if (member_int(meeting, "in_meeting", &value))
        buffer_printf(&text, ", %" PRId64 " in the room", value);
    if (member_int(meeting, "peak", &value))
        buffer_printf(&text, ", at most %" PRId64 " at a time", value);
    if (member_int(meeting, "observed_at", &value))
        buffer_printf(&text, "; as of %s ago%s", times_age(&ctl->times, value, span),
                      stale ? ", which is stale" : "");
    describe_note(ctl, stale ? STYLE_WARNING : STYLE_PLAIN, "%s", text.data);
}

void describe_participants(struct ctl *ctl, struct json_object *meeting)
{
    struct json_object *participants = member_array(meeting, "participants"),
                       *attendance = member_array(meeting, "attendance");
    size_t most = array_count(participants) + array_count(attendance), count = 0;
    CLEANUP_FREE struct json_object **sorted = xcalloc(most, sizeof(*sorted));
    struct table *table = table_new(columns, ELEMENTS(columns));

    for (size_t i = 0; i < array_count(attendance); i++)
        sorted[count++] = json_object_array_get_idx(attendance, i);
    for (size_t i = 0; i < array_count(participants); i++) {
        struct json_object *participant = json_object_array_get_idx(participants, i);

        if (attendance == NULL || is_called(participant))
            sorted[count++] = participant;
    }
    qsort(sorted, count, sizeof(*sorted), compare);
    for (size_t i = 0; i < count; i++)
        add_row(ctl, table, sorted[i]);
    if (count > 0)
        table_write(table, &ctl->output, !ctl->options->no_legend);
    else if (!ctl->options->no_legend)
        buffer_append_text(&ctl->output.text, participants != NULL
                                                  ? "Nobody has been seen.\n"
                                                  : "Who is in is not known: the list was not asked for.\n");
    table_free(table);
    if (!ctl->options->no_legend)
        add_legend(ctl, meeting);
}

/* No meeting has been under the reservation yet, which is no mistake of whoever asks, but no answer either.
 */
static int no_meeting(struct ctl *ctl, struct json_object *reservation)
{
    const char *state = member_text(reservation, "state");
    char relative[TIMES_TEXT_SIZE];
    int64_t start;

    if (member_int(reservation, "start_time", &start))
        complain("no meeting has been seen under %s (%s, %s %s)", describe_name(reservation),
                 state != NULL ? state : "-",
                 start > ctl->times.now_ms / MS_PER_SECOND ? "starts" : "started",
                 times_relative(&ctl->times, start, relative));
    else
        complain("no meeting has been seen under %s (%s)", describe_name(reservation),
                 state != NULL ? state : "-");
    return EXIT_REFUSED;
}

static struct json_object *by(const char *member, const char *value)
{
    struct json_object *parameters = json_object_new_object();

    json_object_object_add(parameters, member, json_object_new_string(value));
    return parameters;
}

/* Digits are a meeting's id, else a reservation's. */
static int ask_by_id(struct ctl *ctl, const char *id, struct reply *ret)
{
    int code = ctl_ask(ctl, "GetMeeting", by("meeting_id", id), ret);

    if (code == 0 && refusal_is_not_found(ret)) {
        reply_fini(ret);
        code = ctl_ask(ctl, "GetMeeting", by("reserve_id", id), ret);
    }
    return code;
}

static int ask_by_name(struct ctl *ctl, const char *name, struct reply *ret)
{
    struct json_object *reservation;
    struct reply found;
    const char *reserve_id;
    int code = ctl_ask(ctl, "GetReservation", ctl_which(name), &found);

    if (code != 0)
        return code;
    if (found.error != NULL) {
        *ret = found;
        return 0;
    }
    reservation = member_object(found.parameters, "reservation");
    reserve_id = member_text(reservation, "reserve_id");
    if (reserve_id == NULL) {
        code = no_meeting(ctl, reservation);
    } else {
        code = ctl_ask(ctl, "GetMeeting", by("reserve_id", reserve_id), ret);
        if (code == 0 && refusal_is_not_found(ret)) {
            reply_fini(ret);
            code = no_meeting(ctl, reservation);
        }
    }
    reply_fini(&found);
    return code;
}

int command_participants(struct ctl *ctl)
{
    const char *which = ctl->options->arguments[0];
    struct json_object *meeting;
    struct reply reply;
    int code = ctl_is_id(which) ? ask_by_id(ctl, which, &reply) : ask_by_name(ctl, which, &reply);

    if (code != 0)
        return code;
    meeting = member_object(reply.parameters, "meeting");
    if (reply.error != NULL)
        code = refusal_report(ctl, &reply, which);
    else if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (meeting == NULL)
        code = ctl_no_member(ctl, "meeting");
    else
        describe_participants(ctl, meeting);
    reply_fini(&reply);
    return code;
}
