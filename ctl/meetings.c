/* meetings: those now and lately. */
#include <inttypes.h>
#include <stdio.h>

#include "describe.h"
#include "table.h"

static const struct table_column columns[] = {
    {"NAME", 8, 0, false},  {"BEGAN", 0, 6, false},      {"FOR", 0, 3, true},
    {"STATE", 0, 0, false}, {"IN ROOM", 0, 0, true},     {"PEAK", 0, 2, true},
    {"AGE", 0, 5, true},    {"MEETING ID", 0, 4, false}, {"TOPIC", 8, 1, false},
};

static void count_cell(struct table *table, struct json_object *meeting, const char *member, enum style style)
{
    int64_t count;

    if (member_int(meeting, member, &count))
        table_printf(table, style, "%" PRId64, count);
    else
        table_cell(table, STYLE_PLAIN, NULL);
}

static void add_row(const struct ctl *ctl, struct table *table, struct json_object *meeting)
{
    const char *name = member_text(meeting, "name"), *state = describe_meeting_state(meeting);
    enum style fresh = member_true(meeting, "stale") ? STYLE_WARNING : STYLE_PLAIN;
    char text[AGE_SIZE];
    int64_t began;

    table_cell(table, STYLE_PLAIN, name != NULL ? name : member_text(meeting, "reserve_id"));
    table_cell(table, STYLE_PLAIN,
               member_int(meeting, "start_time", &began) ? times_format(&ctl->times, began, false, text)
                                                         : NULL);
    table_cell(table, STYLE_PLAIN, describe_length(ctl, meeting, text));
    table_cell(table, describe_state_style(state), state);
    count_cell(table, meeting, "in_meeting", fresh);
    count_cell(table, meeting, "peak", STYLE_PLAIN);
    table_cell(table, fresh, describe_age(ctl, meeting, text));
    table_cell(table, STYLE_PLAIN, member_text(meeting, "id"));
    table_cell(table, STYLE_PLAIN, member_text(meeting, "topic"));
}

static void write_meetings(struct ctl *ctl, const struct list *meetings)
{
    struct table *table = table_new(columns, ELEMENTS(columns));
    size_t count = list_count(meetings);
    bool legend = !ctl->options->no_legend;

    for (size_t i = 0; i < count; i++)
        add_row(ctl, table, list_item(meetings, i));
    if (count > 0)
        table_write(table, &ctl->output, legend);
    table_free(table);
    if (!legend)
        return;
    if (count > 0)
        buffer_append_char(&ctl->output.text, '\n');
    if (count > 0)
        describe_note(ctl, STYLE_PLAIN, "%zu meeting%s%s.", count, count == 1 ? "" : "s",
                      ctl->times.utc ? "; times are UTC" : "");
    else
        describe_note(ctl, STYLE_PLAIN, "%s",
                      ctl->options->active ? "No meeting is in progress." : "No meetings.");
}

int command_meetings(struct ctl *ctl)
{
    struct json_object *parameters = NULL;
    struct list meetings;
    int code;

    if (ctl->options->active) {
        parameters = json_object_new_object();
        json_object_object_add(parameters, "active", json_object_new_boolean(true));
    }
    code = ctl_list(ctl, "ListMeetings", "meetings", parameters, &meetings);
    if (code != 0)
        return code;
    if (ctl->options->json)
        ctl_write_json_lists(ctl, "meetings", &meetings, 1);
    else
        write_meetings(ctl, &meetings);
    list_fini(&meetings);
    return EXIT_DONE;
}
