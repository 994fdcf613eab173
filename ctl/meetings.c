/* meetings: those now and lately. */
#include <inttypes.h>
#include <stdio.h>

#include "describe.h"
#include "table.h"

static const struct table_column columns[] = {
    {.title = "NAME", .minimum = 8, .yields = 2},  {.title = "BEGAN", .leaves = 6},
    {.title = "FOR", .leaves = 3, .right = true},  {.title = "STATE"},
    {.title = "IN ROOM", .right = true},           {.title = "PEAK", .leaves = 2, .right = true},
    {.title = "AGE", .leaves = 5, .right = true},  {.title = "MEETING ID", .leaves = 4},
    {.title = "TOPIC", .minimum = 8, .leaves = 1},
};

static void add_row(const struct ctl *ctl, struct table *table, struct json_object *meeting)
{
    const char *name = member_text(meeting, "name"), *state = describe_meeting_state(meeting);
    char text[TIMES_TEXT_SIZE];
    int64_t value;

    table_cell(table, STYLE_PLAIN, name != NULL ? name : member_text(meeting, "reserve_id"));
    table_cell(table, STYLE_PLAIN,
               member_int(meeting, "start_time", &value) ? times_format_day(&ctl->times, value, false, text)
                                                         : NULL);
    table_cell(table, STYLE_PLAIN, describe_length(ctl, meeting, text));
    table_cell(table, describe_state_style(state), state);
    describe_room_cell(table, meeting);
    if (member_int(meeting, "peak", &value))
        table_printf(table, STYLE_PLAIN, "%" PRId64, value);
    else
        table_cell(table, STYLE_PLAIN, NULL);
    table_cell(table, member_true(meeting, "stale") ? STYLE_WARNING : STYLE_PLAIN,
               describe_age(ctl, meeting, text));
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
