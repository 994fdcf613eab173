#include "actions.h"

#include <inttypes.h>

#include "base/base.h"
#include "describe.h"
#include "table.h"

static const struct table_column columns[] = {
    {.title = "WHEN"},
    {.title = "DUE", .leaves = 2},
    {.title = "ACTION"},
    {.title = "WHICH", .minimum = 8, .yields = 4},
    {.title = "CALLS", .leaves = 1, .right = true},
    {.title = "REASON", .minimum = 16, .yields = 3},
};

static enum style style_of(const char *action)
{
    if (str_equal(action, "create"))
        return STYLE_GOOD;
    return str_equal(action, "delete") ? STYLE_WARNING : STYLE_PLAIN;
}

/* What is due goes as soon as Feishu's limits let it: the time at which it fell due tells nobody anything. */
static void time_cells(const struct ctl *ctl, struct table *table, struct json_object *action)
{
    char text[TIMES_TEXT_SIZE];
    int64_t at;

    if (!member_int(action, "at", &at)) {
        table_cell(table, STYLE_PLAIN, NULL);
        table_cell(table, STYLE_PLAIN, NULL);
    } else if (at <= ctl->times.now_ms / MS_PER_SECOND) {
        table_cell(table, STYLE_PLAIN, "now");
        table_cell(table, STYLE_PLAIN, NULL);
    } else {
        table_cell(table, STYLE_PLAIN, times_format_day(&ctl->times, at, false, text));
        table_cell(table, STYLE_PLAIN, times_relative(&ctl->times, at, text));
    }
}

static void add_row(const struct ctl *ctl, struct table *table, struct json_object *action)
{
    const char *what = member_text(action, "action");
    int64_t calls;

    time_cells(ctl, table, action);
    table_cell(table, style_of(what), what);
    table_cell(table, STYLE_PLAIN, describe_name(action));
    if (member_int(action, "calls", &calls))
        table_printf(table, STYLE_PLAIN, "%" PRId64, calls);
    else
        table_cell(table, STYLE_PLAIN, NULL);
    table_cell(table, STYLE_PLAIN, member_text(action, "reason"));
}

void actions_write(struct ctl *ctl, struct json_object *actions)
{
    struct table *table;

    if (array_count(actions) == 0)
        return;
    table = table_new(columns, ELEMENTS(columns));
    for (size_t i = 0; i < array_count(actions); i++)
        add_row(ctl, table, json_object_array_get_idx(actions, i));
    table_write(table, &ctl->output, !ctl->options->no_legend);
    table_free(table);
}

int64_t actions_calls(struct json_object *actions)
{
    int64_t sum = 0, calls;

    for (size_t i = 0; i < array_count(actions); i++) {
        if (member_int(json_object_array_get_idx(actions, i), "calls", &calls))
            sum += calls;
    }
    return sum;
}
