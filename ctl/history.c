/* history: past reservations and meetings, the newest first. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "table.h"

#define DAY_S INT64_C(86400)

/* What is shown where nobody says since when, and what is asked for at a time: of long histories only the
 * table is in memory. */
#define LATELY_S (7 * DAY_S)
#define WINDOW_S (7 * DAY_S)

static const struct table_column columns[] = {
    {.title = "WHEN"},
    {.title = "NAME", .minimum = 8, .yields = 2},
    {.title = "STATE"},
    {.title = "FOR", .right = true},
    {.title = "PEAK", .leaves = 4, .right = true},
    {.title = "PEOPLE", .leaves = 5, .right = true},
    {.title = "HOST", .minimum = 8, .yields = 2, .leaves = 3},
    {.title = "MEETING ID", .leaves = 2},
    {.title = "TOPIC", .minimum = 8, .leaves = 1},
};

/* A row to be: a meeting, or a reservation without one. */
struct event {
    struct json_object *object; /* the list's */
    bool is_meeting;
    int64_t when;
};

struct window {
    int64_t since, until; /* behind since and up to until */
    bool last;            /* what touches `since` is in it, too */
    struct event *events;
    size_t count;
};

/* When it began; without a timetable a reservation stands where it expired. */
static bool when(struct json_object *object, bool is_meeting, int64_t *ret)
{
    return member_int(object, "start_time", ret) ||
           member_int(object, is_meeting ? "create_time" : "expire_time", ret);
}

static bool is_past(struct json_object *reservation, int64_t now_s)
{
    int64_t end;

    if (member_int(reservation, "end_time", &end) || member_int(reservation, "expire_time", &end))
        return end <= now_s;
    return true;
}

static void add_events(const struct ctl *ctl, struct window *window, const struct list *list, bool is_meeting)
{
    size_t count = list_count(list);

    window->events = xrealloc(window->events, window->count + count, sizeof(*window->events));
    for (size_t i = 0; i < count; i++) {
        struct json_object *object = list_item(list, i);
        int64_t time;

        /* A reservation's meetings speak for it. */
        if (!is_meeting && (array_count(member_array(object, "meetings")) > 0 ||
                            !is_past(object, ctl->times.now_ms / MS_PER_SECOND)))
            continue;
        if (when(object, is_meeting, &time) && time <= window->until &&
            (time > window->since || window->last))
            window->events[window->count++] = (struct event){object, is_meeting, time};
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    return x->when == y->when ? 0 : x->when > y->when ? -1 : 1;
}

/* How many different people were in it, as far as that was seen, else as Feishu counts. */
static const char *people(struct json_object *meeting)
{
    int64_t value;

    return member_int(meeting, "attendees", &value) ? "attendees" : "participant_count_accumulated";
}

static void number_cell(struct table *table, struct json_object *object, const char *member)
{
    int64_t value;

    if (member_int(object, member, &value))
        table_printf(table, STYLE_PLAIN, "%" PRId64, value);
    else
        table_cell(table, STYLE_PLAIN, NULL);
}

static void add_row(const struct ctl *ctl, struct table *table, const struct event *event)
{
    struct json_object *object = event->object;
    const char *state = event->is_meeting ? describe_meeting_state(object) : member_text(object, "state");
    const char *name = member_text(object, "name");
    char text[TIMES_TEXT_SIZE];

    table_cell(table, STYLE_PLAIN, times_format(&ctl->times, event->when, false, text));
    table_cell(table, STYLE_PLAIN, name != NULL ? name : member_text(object, "reserve_id"));
    table_cell(table, describe_state_style(state), state);
    table_cell(table, STYLE_PLAIN, event->is_meeting ? describe_length(ctl, object, text) : NULL);
    number_cell(table, object, "peak");
    number_cell(table, object, people(object));
    table_cell(table, STYLE_PLAIN, member_text(member_object(object, "host_user"), "id"));
    table_cell(table, STYLE_PLAIN, event->is_meeting ? member_text(object, "id") : NULL);
    table_cell(table, STYLE_PLAIN, member_text(object, "topic"));
}

static struct json_object *filter(const struct ctl *ctl, int64_t since, int64_t until)
{
    struct json_object *parameters = json_object_new_object();

    if (ctl->options->argument_count > 0)
        json_object_object_add(parameters, "name", json_object_new_string(ctl->options->arguments[0]));
    json_object_object_add(parameters, "since", json_object_new_int64(since));
    json_object_object_add(parameters, "until", json_object_new_int64(until));
    return parameters;
}

/* Nothing has been: also where nothing can have been, as the name is misspelt? */
static int check_name(struct ctl *ctl)
{
    const char *name = ctl->options->argument_count > 0 ? ctl->options->arguments[0] : NULL;

    return name != NULL ? ctl_check_name(ctl, name, name) : 0;
}

static int add_window(struct ctl *ctl, struct window *window, struct table *table)
{
    struct list reservations, meetings;
    int code = ctl_list(ctl, "ListReservations", "reservations", filter(ctl, window->since, window->until),
                        &reservations);

    if (code != 0)
        return code;
    code = ctl_list(ctl, "ListMeetings", "meetings", filter(ctl, window->since, window->until), &meetings);
    if (code == 0) {
        add_events(ctl, window, &reservations, false);
        add_events(ctl, window, &meetings, true);
        if (window->count > 0)
            qsort(window->events, window->count, sizeof(*window->events), newest_first);
        for (size_t i = 0; i < window->count; i++)
            add_row(ctl, table, &window->events[i]);
        list_fini(&meetings);
    }
    free(window->events);
    list_fini(&reservations);
    return code;
}

static int write_table(struct ctl *ctl, int64_t since, int64_t until)
{
    struct table *table = table_new(columns, ELEMENTS(columns));
    bool legend = !ctl->options->no_legend;
    char text[TIMES_TEXT_SIZE];
    size_t rows = 0;
    int code = 0;

    for (int64_t to = until; code == 0;) {
        struct window window = {.since = to - WINDOW_S > since ? to - WINDOW_S : since, .until = to};

        window.last = window.since == since;
        code = add_window(ctl, &window, table);
        rows += window.count;
        to = window.since;
        if (window.last)
            break;
    }
    if (code == 0 && rows == 0)
        code = check_name(ctl);
    if (code == 0 && rows > 0)
        table_write(table, &ctl->output, legend);
    table_free(table);
    if (code != 0 || !legend)
        return code;
    if (rows > 0)
        buffer_append_char(&ctl->output.text, '\n');
    times_format(&ctl->times, since, false, text);
    if (rows > 0)
        describe_note(ctl, STYLE_PLAIN, "%zu since %s%s.", rows, text,
                      ctl->times.utc ? "; times are UTC" : "");
    else
        describe_note(ctl, STYLE_PLAIN, "Nothing since %s.", text);
    return code;
}

static int write_json(struct ctl *ctl, int64_t since, int64_t until)
{
    bool any = false;
    int code;

    buffer_append_char(&ctl->output.text, '{');
    code = ctl_stream_json(ctl, "ListReservations", "reservations", filter(ctl, since, until), &any);
    buffer_append_char(&ctl->output.text, ',');
    if (code == 0)
        code = ctl_stream_json(ctl, "ListMeetings", "meetings", filter(ctl, since, until), &any);
    buffer_append_text(&ctl->output.text, "}\n");
    if (code > 0)
        buffer_clear(&ctl->output.text);
    if (code == 0 && !any)
        code = check_name(ctl);
    return code == NOBODY_READS ? EXIT_DONE : code;
}

int command_history(struct ctl *ctl)
{
    const struct options *options = ctl->options;
    int64_t until = options->has_until ? options->until : ctl->times.now_ms / MS_PER_SECOND;
    int64_t since = options->has_since ? options->since : until - LATELY_S;

    if (options->argument_count > 0 &&
        (ctl_is_id(options->arguments[0]) || strchr(options->arguments[0], '@') != NULL)) {
        complain("history: '%s' is no plan's name; see meetingctl show %s", options->arguments[0],
                 options->arguments[0]);
        return EXIT_USAGE;
    }
    if (since > until)
        since = until;
    return options->json ? write_json(ctl, since, until) : write_table(ctl, since, until);
}
