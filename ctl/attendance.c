/* attendance: who was in which meeting, from when to when, how long; as a table, or as CSV. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "csv.h"
#include "describe.h"
#include "raw.h"
#include "table.h"

#define DAY_S INT64_C(86400)

/* What is shown where nobody says since when. */
#define LATELY_S (7 * DAY_S)

static const struct table_column columns[] = {
    {.title = "MEETING", .minimum = 10, .yields = 2},
    {.title = "PARTICIPANT", .minimum = 12, .yields = 3},
    {.title = "KIND", .leaves = 1},
    {.title = "JOINED"},
    {.title = "LEFT", .leaves = 5},
    {.title = "FOR", .right = true},
    {.title = "SHARE", .leaves = 4, .right = true},
    {.title = "STAYS", .leaves = 3, .right = true},
    {.title = "ROLE", .leaves = 2},
};

/* The fields of io.meetingd.Attendance, in the CSV's order. */
static const char *const fields[] = {
    "meeting_id",
    "name",
    "occurrence",
    "id",
    "user_type",
    "is_host",
    "is_cohost",
    "is_external",
    "first_join_time",
    "final_leave_time",
    "in_meeting_duration",
    "share",
    "difference",
    "devices",
    "stays",
    "roles",
};

struct attending {
    struct table *table;
    const char *occurrence; /* only that one's; NULL: all */
    size_t rows, meetings;
    char *meeting_id; /* of the last row */
};

/* A number with a fraction, and one that happens to have none. */
static bool member_share(struct json_object *row, double *ret)
{
    struct json_object *value;

    if (!json_object_object_get_ex(row, "share", &value) ||
        (!json_object_is_type(value, json_type_double) && !json_object_is_type(value, json_type_int)))
        return false;
    *ret = json_object_get_double(value);
    return isfinite(*ret) != 0;
}

static bool is_wanted(const struct ctl *ctl, const struct attending *attending, struct json_object *row)
{
    double share;

    if (attending->occurrence != NULL && !str_equal(attending->occurrence, member_text(row, "occurrence")))
        return false;
    /* Whose share nobody knows has not been shown to have stayed. */
    return ctl->options->min_share == 0 ||
           (member_share(row, &share) && share * 10000 >= (double)ctl->options->min_share);
}

/* ---- CSV */

static void csv_member(struct ctl *ctl, struct json_object *row, const char *field)
{
    struct buffer *out = &ctl->output.text;
    struct json_object *value;

    if (!json_object_object_get_ex(row, field, &value) || value == NULL)
        csv_empty(out);
    else if (json_object_is_type(value, json_type_int))
        csv_int(out, json_object_get_int64(value));
    else if (json_object_is_type(value, json_type_boolean))
        csv_text(out, json_object_get_boolean(value) ? "yes" : "no");
    else
        csv_text(out, member_text(row, field));
}

static void csv_member_time(struct ctl *ctl, struct json_object *row, const char *field)
{
    char text[TIMES_TEXT_SIZE];
    int64_t time;

    csv_text(&ctl->output.text,
             member_int(row, field, &time) && time > 0 ? csv_time(&ctl->times, time, text) : NULL);
}

/* "FROM/TO FROM/TO", as ISO 8601 writes intervals; an open one ends in "..". With the role before it. */
static void csv_intervals(struct ctl *ctl, struct json_object *row, const char *field, const char *from,
                          const char *to)
{
    struct json_object *array = member_array(row, field);
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char time[TIMES_TEXT_SIZE];
    int64_t value;

    for (size_t i = 0; i < array_count(array); i++) {
        struct json_object *item = json_object_array_get_idx(array, i);
        const char *role = member_text(item, "role");

        if (!member_int(item, from, &value))
            continue;
        buffer_printf(&text, "%s%s%s%s/", text.length > 0 ? " " : "", role != NULL ? role : "",
                      role != NULL ? ":" : "", csv_time(&ctl->times, value, time));
        buffer_append_text(&text, member_int(item, to, &value) ? csv_time(&ctl->times, value, time) : "..");
    }
    csv_text(&ctl->output.text, text.data);
}

static void csv_share(struct ctl *ctl, struct json_object *row)
{
    char text[32];
    double share;

    if (member_share(row, &share)) {
        snprintf(text, sizeof(text), "%.4f", share);
        csv_text(&ctl->output.text, text);
    } else {
        csv_empty(&ctl->output.text);
    }
}

static void write_csv(struct ctl *ctl, struct json_object *row)
{
    char kind[USER_TYPE_SIZE];

    for (size_t i = 0; i < ELEMENTS(fields); i++) {
        const char *field = fields[i];

        if (strcmp(field, "user_type") == 0)
            csv_text(&ctl->output.text, describe_user_type(row, kind));
        else if (strcmp(field, "first_join_time") == 0 || strcmp(field, "final_leave_time") == 0)
            csv_member_time(ctl, row, field);
        else if (strcmp(field, "share") == 0)
            csv_share(ctl, row);
        else if (strcmp(field, "stays") == 0)
            csv_intervals(ctl, row, field, "joined", "left");
        else if (strcmp(field, "roles") == 0)
            csv_intervals(ctl, row, field, "since", "until");
        else
            csv_member(ctl, row, field);
    }
    csv_end_line(&ctl->output.text);
}

/* ---- the table */

/* When they first came, and when they left for good: as Feishu told, else as was seen. */
static bool joined_at(struct json_object *row, int64_t *ret)
{
    struct json_object *stays = member_array(row, "stays");

    return (member_int(row, "first_join_time", ret) && *ret > 0) ||
           (array_count(stays) > 0 && member_int(json_object_array_get_idx(stays, 0), "joined", ret));
}

static bool left_at(struct json_object *row, int64_t *ret)
{
    struct json_object *stays = member_array(row, "stays");
    size_t count = array_count(stays);

    return (count > 0 && member_int(json_object_array_get_idx(stays, count - 1), "left", ret)) ||
           (member_int(row, "final_leave_time", ret) && *ret > 0);
}

static bool is_in(struct json_object *row)
{
    struct json_object *stays = member_array(row, "stays");
    size_t count = array_count(stays);
    int64_t left;

    return count > 0 && !member_int(json_object_array_get_idx(stays, count - 1), "left", &left);
}

static void time_cell(const struct ctl *ctl, struct table *table, bool known, int64_t time)
{
    char text[TIMES_TEXT_SIZE];

    table_cell(table, STYLE_PLAIN, known ? times_format_short(&ctl->times, time, text) : NULL);
}

static void add_row(const struct ctl *ctl, struct table *table, struct json_object *row)
{
    const char *rank = member_true(row, "is_host") ? "host" : member_true(row, "is_cohost") ? "cohost" : "";
    bool external = member_true(row, "is_external");
    CLEANUP_FREE char *role =
        xasprintf("%s%s%s", rank, external && *rank != '\0' ? ", " : "", external ? "external" : "");
    const char *meeting = member_text(row, "occurrence");
    char kind[USER_TYPE_SIZE], text[TIMES_TEXT_SIZE];
    int64_t time = 0;
    bool known;
    double share;

    if (meeting == NULL)
        meeting = member_text(row, "name");
    table_cell(table, STYLE_PLAIN, meeting != NULL ? meeting : member_text(row, "meeting_id"));
    table_cell(table, STYLE_PLAIN, member_text(row, "id"));
    table_cell(table, STYLE_PLAIN, describe_user_type(row, kind));
    known = joined_at(row, &time);
    time_cell(ctl, table, known, time);
    if (is_in(row)) {
        table_cell(table, STYLE_GOOD, "in the room");
    } else {
        known = left_at(row, &time);
        time_cell(ctl, table, known, time);
    }
    table_cell(table, STYLE_PLAIN,
               member_int(row, "in_meeting_duration", &time) ? times_span(time, text) : NULL);
    if (member_share(row, &share))
        table_printf(table, STYLE_PLAIN, "%.0f%%", floor(share * 100));
    else
        table_cell(table, STYLE_PLAIN, NULL);
    table_printf(table, STYLE_PLAIN, "%zu", array_count(member_array(row, "stays")));
    table_cell(table, STYLE_PLAIN, role);
}

/* ---- both */

static int take_slice(struct ctl *ctl, const struct list *slice, void *data)
{
    struct attending *attending = data;

    for (size_t i = 0; i < list_count(slice); i++) {
        struct json_object *row = list_item(slice, i);

        if (!is_wanted(ctl, attending, row))
            continue;
        attending->rows++;
        if (!str_equal(attending->meeting_id, member_text(row, "meeting_id")))
            attending->meetings++;
        str_set(&attending->meeting_id, member_text(row, "meeting_id"));
        if (ctl->options->csv)
            write_csv(ctl, row);
        else
            add_row(ctl, attending->table, row);
    }
    return ctl->options->csv ? ctl_push(ctl) : 0;
}

static void write_titles(struct ctl *ctl)
{
    for (size_t i = 0; i < ELEMENTS(fields); i++)
        csv_text(&ctl->output.text, fields[i]);
    csv_end_line(&ctl->output.text);
}

static void write_legend(struct ctl *ctl, const struct attending *attending, struct json_object *parameters)
{
    char since[TIMES_TEXT_SIZE] = "";
    int64_t time;

    if (member_int(parameters, "since", &time))
        times_format(&ctl->times, time, false, since);
    if (attending->rows > 0)
        describe_note(ctl, STYLE_PLAIN, "%zu attendance%s in %zu meeting%s%s%s%s.", attending->rows,
                      attending->rows == 1 ? "" : "s", attending->meetings,
                      attending->meetings == 1 ? "" : "s", *since != '\0' ? " since " : "", since,
                      ctl->times.utc ? "; times are UTC" : "");
    else
        describe_note(ctl, STYLE_PLAIN, "Nobody was there%s%s%s.",
                      ctl->options->min_share > 0 ? " for so long" : "", *since != '\0' ? " since " : "",
                      since);
}

/* Which time is asked for; else the last days. */
static void add_times(const struct ctl *ctl, struct json_object *parameters)
{
    const struct options *options = ctl->options;
    int64_t until = options->has_until ? options->until : ctl->times.now_ms / MS_PER_SECOND;

    json_object_object_add(parameters, "since",
                           json_object_new_int64(options->has_since ? options->since : until - LATELY_S));
    if (options->has_until)
        json_object_object_add(parameters, "until", json_object_new_int64(options->until));
}

/* An occurrence is of a plan, and its meetings begin about when it says: NAME@20261123T013000Z. */
static int add_occurrence(const struct ctl *ctl, const char *occurrence, struct json_object *parameters)
{
    const char *at = strrchr(occurrence, '@');
    struct tm tm = {0};
    const char *end = strptime(at + 1, "%Y%m%dT%H%M%SZ", &tm);
    int64_t start = (int64_t)timegm(&tm);

    if (end == NULL || *end != '\0') {
        complain("'%s' is no occurrence: they are written as standup@20261123T013000Z", occurrence);
        return EXIT_USAGE;
    }
    json_object_object_add(parameters, "name",
                           json_object_new_string_len(occurrence, (int)(at - occurrence)));
    if (ctl->options->has_since || ctl->options->has_until) {
        add_times(ctl, parameters);
    } else {
        json_object_object_add(parameters, "since", json_object_new_int64(start - DAY_S));
        json_object_object_add(parameters, "until", json_object_new_int64(start + 31 * DAY_S));
    }
    return 0;
}

static int read_subject(const struct ctl *ctl, struct attending *attending, struct json_object *parameters)
{
    const char *subject = ctl->options->argument_count > 0 ? ctl->options->arguments[0] : NULL;

    if (subject != NULL && strchr(subject, '@') != NULL) {
        attending->occurrence = subject;
        return add_occurrence(ctl, subject, parameters);
    }
    if (subject != NULL)
        json_object_object_add(parameters, ctl_is_id(subject) ? "meeting_id" : "name",
                               json_object_new_string(subject));
    if (subject == NULL || !ctl_is_id(subject))
        add_times(ctl, parameters);
    return 0;
}

/* Nobody was there: also where nobody can have been, as the name is misspelt? */
static int check_subject(struct ctl *ctl, struct json_object *parameters)
{
    const char *name = member_text(parameters, "name");

    return name != NULL ? ctl_check_name(ctl, name, ctl->options->arguments[0]) : 0;
}

static int push_wanted(struct ctl *ctl, const struct list *slice, void *data)
{
    struct attending *attending = data;

    for (size_t i = 0; i < list_count(slice); i++) {
        struct json_object *row = list_item(slice, i);
        const char *text;

        if (!is_wanted(ctl, attending, row))
            continue;
        text = json_object_to_json_string_ext(row, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        buffer_append_text(&ctl->output.text, attending->rows++ > 0 ? "," : "");
        raw_append(&ctl->output.text, (struct raw){text, strlen(text)}, ctl->output.terminal);
    }
    return ctl_push(ctl);
}

/* The answer as it came, or those of its rows that are asked for. */
static int stream_json(struct ctl *ctl, struct attending *attending, struct json_object *parameters)
{
    bool any = false;
    int code;

    buffer_append_char(&ctl->output.text, '{');
    if (attending->occurrence != NULL || ctl->options->min_share > 0) {
        buffer_append_text(&ctl->output.text, "\"rows\":[");
        code = ctl_each(ctl, "GetAttendance", "rows", json_object_get(parameters), push_wanted, attending);
        buffer_append_char(&ctl->output.text, ']');
        any = attending->rows > 0;
    } else {
        code = ctl_stream_json(ctl, "GetAttendance", "rows", json_object_get(parameters), &any);
    }
    buffer_append_text(&ctl->output.text, "}\n");
    if (code > 0)
        buffer_clear(&ctl->output.text);
    return code == 0 && !any ? check_subject(ctl, parameters) : code;
}

static int write_rows(struct ctl *ctl, struct attending *attending, struct json_object *parameters)
{
    int code;

    if (ctl->options->csv && !ctl->options->no_legend)
        write_titles(ctl);
    attending->table = table_new(columns, ELEMENTS(columns));
    code = ctl_each(ctl, "GetAttendance", "rows", json_object_get(parameters), take_slice, attending);
    if (code == 0 && attending->rows == 0)
        code = check_subject(ctl, parameters);
    if (code == 0 && !ctl->options->csv) {
        if (attending->rows > 0)
            table_write(attending->table, &ctl->output, !ctl->options->no_legend);
        if (attending->rows > 0 && !ctl->options->no_legend)
            buffer_append_char(&ctl->output.text, '\n');
        if (!ctl->options->no_legend)
            write_legend(ctl, attending, parameters);
    }
    table_free(attending->table);
    free(attending->meeting_id);
    return code;
}

int command_attendance(struct ctl *ctl)
{
    struct json_object *parameters = json_object_new_object();
    struct attending attending = {NULL};
    int code = read_subject(ctl, &attending, parameters);

    if (code == 0 && ctl->options->json)
        code = stream_json(ctl, &attending, parameters);
    else if (code == 0)
        code = write_rows(ctl, &attending, parameters);
    json_object_put(parameters);
    return code == NOBODY_READS ? EXIT_DONE : code;
}
