/* status: how the daemon and its parts are. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "describe.h"

static void up_line(struct ctl *ctl, struct json_object *status)
{
    char since[TIMES_TEXT_SIZE], span[TIMES_TEXT_SIZE];

    describe_line(ctl, "Up", STYLE_PLAIN, "for %s, since %s; pid %" PRId64,
                  times_span(member_number(status, "uptime"), span),
                  times_format(&ctl->times, member_number(status, "started_at"), false, since),
                  member_number(status, "pid"));
}

static void configuration_line(struct ctl *ctl, struct json_object *status)
{
    const char *path = member_text(status, "configuration");
    char relative[TIMES_TEXT_SIZE];

    if (path != NULL)
        describe_line(ctl, "Config", STYLE_PLAIN, "%s, read %s", path,
                      times_relative(&ctl->times, member_number(status, "loaded_at"), relative));
}

/* What the last reload left open: why it was refused, or what waits for a restart. */
static void reload_lines(struct ctl *ctl, struct json_object *reload)
{
    struct json_object *problems = member_array(reload, "problems"),
                       *restart = member_array(reload, "restart");
    char relative[TIMES_TEXT_SIZE];

    if (array_count(problems) > 0)
        describe_line(ctl, "Reload", STYLE_BAD,
                      "refused %s:", times_relative(&ctl->times, member_number(reload, "at"), relative));
    for (size_t i = 0; i < array_count(problems); i++)
        describe_line(ctl, "", STYLE_BAD, "%s", text_or(item_text(problems, i), "-"));
    for (size_t i = 0; i < array_count(restart); i++)
        describe_line(ctl, i == 0 ? "Restart" : "", STYLE_WARNING, "%s%s", i == 0 ? "needed for " : "",
                      text_or(item_text(restart, i), "-"));
}

static void count_lines(struct ctl *ctl, struct json_object *counts)
{
    static const char *const states[] = {"live",   "reserved", "planned", "reserving", "uncertain",
                                         "failed", "ended",    "expired", "deleted"};
    struct json_object *reservations = member_object(counts, "reservations");
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    int64_t problems = member_number(counts, "problems");

    for (size_t i = 0; i < ELEMENTS(states); i++) {
        int64_t count = member_number(reservations, states[i]);

        if (count > 0)
            buffer_printf(&text, "%s%" PRId64 " %s", text.length > 0 ? ", " : "", count, states[i]);
    }
    describe_line(ctl, "Plans", STYLE_PLAIN, "%" PRId64, member_number(counts, "plans"));
    describe_line(ctl, "Reserved", STYLE_PLAIN, "%s", text.length > 0 ? text.data : "none");
    describe_line(ctl, "Meetings", STYLE_PLAIN,
                  "%" PRId64 " known, %" PRId64 " live, %" PRId64 " in the room",
                  member_number(counts, "meetings"), member_number(counts, "live"),
                  member_number(counts, "participants"));
    if (problems > 0)
        describe_line(ctl, "Problems", STYLE_BAD, "%" PRId64 " (see: meetingctl list)", problems);
}

static void store_line(struct ctl *ctl, struct json_object *store)
{
    const char *path = text_or(member_text(store, "path"), "-");

    if (member_true(store, "failing"))
        describe_line(ctl, "Store", STYLE_BAD, "%s: cannot be written: %s", path,
                      text_or(member_text(store, "error"), "-"));
    else
        describe_line(ctl, "Store", STYLE_PLAIN,
                      "%s; %" PRId64 " written, %" PRId64 " failed, %" PRId64 " waiting, slowest %" PRId64
                      " ms",
                      path, member_number(store, "written"), member_number(store, "failed"),
                      member_number(store, "waiting"), member_number(store, "slowest_ms"));
}

static void socket_line(struct ctl *ctl, struct json_object *socket)
{
    describe_line(ctl, "Socket", STYLE_PLAIN,
                  "%" PRId64 " connected, %" PRId64 " accepted, %" PRId64 " refused, %" PRId64 " requests",
                  member_number(socket, "connections"), member_number(socket, "accepted"),
                  member_number(socket, "refused"), member_number(socket, "requests"));
}

static void app_error_line(struct ctl *ctl, struct json_object *problem)
{
    const char *message = member_text(problem, "message"), *log_id = member_text(problem, "log_id");
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;
    char relative[TIMES_TEXT_SIZE];
    int64_t at;

    buffer_append_text(&text, text_or(message, "-"));
    if (log_id != NULL && (message == NULL || strstr(message, log_id) == NULL))
        buffer_printf(&text, " (log id %s)", log_id);
    if (member_int(problem, "at", &at))
        buffer_printf(&text, ", %s", times_relative(&ctl->times, at, relative));
    describe_line(ctl, "Last error", STYLE_BAD, "%s", text.data);
}

static void app_lines(struct ctl *ctl, struct json_object *app)
{
    struct json_object *problem = member_object(app, "last_error");
    const char *token = text_or(member_text(app, "token"), "-");
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY, month = BUFFER_EMPTY;
    char moment[TIMES_TEXT_SIZE];
    int64_t value;

    buffer_printf(&text, "token %s", token);
    if (member_int(app, "token_expires_at", &value))
        buffer_printf(&text, " until %s", times_format(&ctl->times, value, false, moment));
    buffer_printf(&text, "; %" PRId64 " call%s, %" PRId64 " waiting", member_number(app, "calls"),
                  member_number(app, "calls") == 1 ? "" : "s", member_number(app, "waiting"));
    if (member_int(app, "last_success_at", &value))
        buffer_printf(&text, "; last good answer %s", times_relative(&ctl->times, value, moment));
    buffer_printf(&month, "%" PRId64, member_number(app, "month_used"));
    if (member_int(app, "month_limit", &value))
        buffer_printf(&month, " of %" PRId64 " calls", value);
    else
        buffer_append_text(&month, member_number(app, "month_used") == 1 ? " call" : " calls");
    describe_line(ctl, "App", STYLE_PLAIN, "%s at %s", text_or(member_text(app, "name"), "-"),
                  text_or(member_text(app, "base_url"), "-"));
    describe_line(ctl, "", strcmp(token, "refused") == 0 ? STYLE_BAD : STYLE_PLAIN, "%s", text.data);
    describe_line(ctl, "Month", STYLE_PLAIN, "%s used, about %" PRId64 " foreseen (meetingctl quota)",
                  month.data, member_number(app, "month_forecast"));
    if (member_int(app, "paused_until", &value) && value > ctl->times.now_ms / MS_PER_SECOND)
        describe_line(ctl, "Paused", STYLE_WARNING, "goes on %s", times_relative(&ctl->times, value, moment));
    if (problem != NULL)
        app_error_line(ctl, problem);
}

static void write_status(struct ctl *ctl, struct json_object *status)
{
    struct json_object *apps = member_array(status, "apps");
    CLEANUP_FREE char *heading = xasprintf("meetingd %s: %s", text_or(member_text(status, "version"), "-"),
                                           text_or(member_text(status, "health"), "-"));

    describe_heading(ctl, member_true(status, "healthy") ? STYLE_GOOD : STYLE_BAD, heading);
    up_line(ctl, status);
    configuration_line(ctl, status);
    reload_lines(ctl, member_object(status, "last_reload"));
    count_lines(ctl, member_object(status, "counts"));
    store_line(ctl, member_object(status, "store"));
    socket_line(ctl, member_object(status, "socket"));
    for (size_t i = 0; i < array_count(apps); i++)
        app_lines(ctl, json_object_array_get_idx(apps, i));
}

int command_status(struct ctl *ctl)
{
    struct json_object *status;
    struct reply reply;
    int code = ctl_call(ctl, "GetStatus", NULL, &reply);

    if (code != 0)
        return code;
    status = member_object(reply.parameters, "status");
    if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (status == NULL)
        code = ctl_no_member(ctl, "status");
    else
        write_status(ctl, status);
    reply_fini(&reply);
    return code;
}
