/* quota: the month's calls. */
#include <inttypes.h>
#include <stdlib.h>

#include "describe.h"
#include "table.h"

static const struct table_column columns[] = {
    {.title = "PLAN", .minimum = 8, .yields = 1},
    {.title = "USED", .right = true},
    {.title = "FORECAST", .right = true},
};

static double factor(struct json_object *app, const char *member)
{
    struct json_object *value;

    if (app == NULL || !json_object_object_get_ex(app, member, &value) ||
        !(json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int)))
        return 1;
    return json_object_get_double(value);
}

static void api_line(struct ctl *ctl, struct json_object *by_api)
{
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

    if (by_api == NULL)
        return;
    json_object_object_foreach(by_api, api, calls)
    {
        if (json_object_is_type(calls, json_type_int))
            buffer_printf(&text, "%s%s %" PRId64, text.length > 0 ? ", " : "", api,
                          json_object_get_int64(calls));
    }
    if (text.length > 0)
        describe_line(ctl, "By API", STYLE_PLAIN, "%s", text.data);
}

static void stretch_line(struct ctl *ctl, struct json_object *app)
{
    double now = factor(app, "stretch_now"), rest = factor(app, "stretch_rest");

    if (now > 1 || rest > 1)
        describe_line(ctl, "Stretched", STYLE_WARNING,
                      "intervals of starting, live and overdue meetings %.1f times, all others %.1f times",
                      now, rest);
}

static void write_app(struct ctl *ctl, struct json_object *app)
{
    const char *name = member_text(app, "app"), *month = member_text(app, "month");
    bool spent = member_true(app, "spent");
    char moment[TIMES_TEXT_SIZE], relative[TIMES_TEXT_SIZE];
    int64_t limit, ends_at = member_number(app, "ends_at"), used = member_number(app, "used");
    CLEANUP_FREE char *heading = xasprintf("App %s, %s: %" PRId64 " call%s", name != NULL ? name : "-",
                                           month != NULL ? month : "-", used, used == 1 ? "" : "s");

    describe_heading(ctl, spent ? STYLE_BAD : STYLE_GOOD, heading);
    if (member_int(app, "limit", &limit))
        describe_line(ctl, "Limit", STYLE_PLAIN,
                      "%" PRId64 ", %" PRId64 "%% of the tenant's %" PRId64 "; %" PRId64
                      " are kept for reservations",
                      limit, member_number(app, "monthly_share"), member_number(app, "monthly_calls"),
                      member_number(app, "kept"));
    else
        describe_line(ctl, "Limit", STYLE_PLAIN, "none (monthly_calls = 0)");
    describe_line(ctl, "Forecast", STYLE_PLAIN,
                  "%" PRId64 " at the configured intervals, %" PRId64 " as they are stretched",
                  member_number(app, "forecast"), member_number(app, "expected"));
    stretch_line(ctl, app);
    describe_line(ctl, spent ? "Rests until" : "Turns", spent ? STYLE_BAD : STYLE_PLAIN, "%s, %s",
                  times_format(&ctl->times, ends_at, false, moment),
                  times_relative(&ctl->times, ends_at, relative));
    api_line(ctl, member_object(app, "by_api"));
}

/* Those that cost most first. */
static int compare(const void *a, const void *b)
{
    int64_t x = member_number(*(struct json_object *const *)a, "forecast"),
            y = member_number(*(struct json_object *const *)b, "forecast");

    return x != y ? (x > y ? -1 : 1) : 0;
}

static void write_plans(struct ctl *ctl, struct json_object *plans)
{
    size_t count = array_count(plans);
    CLEANUP_FREE struct json_object **sorted = xcalloc(count + 1, sizeof(*sorted));
    struct table *table = table_new(columns, ELEMENTS(columns));

    for (size_t i = 0; i < count; i++)
        sorted[i] = json_object_array_get_idx(plans, i);
    qsort(sorted, count, sizeof(*sorted), compare);
    for (size_t i = 0; i < count; i++) {
        table_cell(table, STYLE_PLAIN, member_text(sorted[i], "name"));
        table_printf(table, STYLE_PLAIN, "%" PRId64, member_number(sorted[i], "used"));
        table_printf(table, STYLE_PLAIN, "%" PRId64, member_number(sorted[i], "forecast"));
    }
    if (count > 0) {
        buffer_append_char(&ctl->output.text, '\n');
        table_write(table, &ctl->output, !ctl->options->no_legend);
    }
    table_free(table);
}

static void write_quota(struct ctl *ctl, struct json_object *quota)
{
    struct json_object *apps = member_array(quota, "apps");

    for (size_t i = 0; i < array_count(apps); i++) {
        if (i > 0)
            buffer_append_char(&ctl->output.text, '\n');
        write_app(ctl, json_object_array_get_idx(apps, i));
    }
    write_plans(ctl, member_array(quota, "plans"));
}

int command_quota(struct ctl *ctl)
{
    struct json_object *quota;
    struct reply reply;
    int code = ctl_call(ctl, "GetQuota", NULL, &reply);

    if (code != 0)
        return code;
    quota = member_object(reply.parameters, "quota");
    if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (quota == NULL)
        code = ctl_no_member(ctl, "quota");
    else
        write_quota(ctl, quota);
    reply_fini(&reply);
    return code;
}
