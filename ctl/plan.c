/* plan: what the reconciler will do, when, and what it costs. */
#include <inttypes.h>

#include "actions.h"
#include "describe.h"

#define DAY_S (INT64_C(24) * 3600)

/* Feishu's basic plan, all apps of a tenant together. */
#define BASIC_CALLS 10000

/* API calls of the actions that are done before `until_s` (Unix seconds). */
static int64_t calls_before(struct json_object *actions, int64_t until_s)
{
    int64_t sum = 0, at, calls;

    for (size_t i = 0; i < array_count(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);

        if (member_int(action, "at", &at) && at < until_s && member_int(action, "calls", &calls))
            sum += calls;
    }
    return sum;
}

static void add_legend(struct ctl *ctl, struct json_object *actions)
{
    int64_t all = actions_calls(actions),
            soon = calls_before(actions, ctl->times.now_ms / MS_PER_SECOND + DAY_S);

    if (array_count(actions) == 0) {
        describe_note(ctl, STYLE_PLAIN, "Nothing to do: all is as the configuration says.");
        return;
    }
    describe_note(ctl, STYLE_PLAIN,
                  "%zu action%s, %" PRId64 " API call%s; %" PRId64 " call%s in the next 24h%s.",
                  array_count(actions), array_count(actions) == 1 ? "" : "s", all, all == 1 ? "" : "s", soon,
                  soon == 1 ? "" : "s", ctl->times.utc ? "; times are UTC" : "");
}

/* What the month comes to, looks at meetings included. */
static void add_month(struct ctl *ctl, struct json_object *app)
{
    const char *name = member_text(app, "app");
    int64_t used, forecast, monthly_calls = 0;

    if (name == NULL || !member_int(app, "used", &used) || !member_int(app, "forecast", &forecast))
        return;
    describe_note(ctl, STYLE_PLAIN,
                  "App %s: about %" PRId64 " calls this month, of which %" PRId64
                  " %s made (meetingctl quota).",
                  name, forecast, used, used == 1 ? "is" : "are");
    member_int(app, "monthly_calls", &monthly_calls);
    if (monthly_calls == 0 && forecast > BASIC_CALLS)
        describe_note(
            ctl, STYLE_WARNING,
            "Feishu's basic plan has %d a month for all apps of a tenant: set monthly_calls to what "
            "yours has.",
            BASIC_CALLS);
}

static int write_plan(struct ctl *ctl, struct json_object *actions)
{
    struct json_object *apps;
    struct reply reply;
    int code;

    actions_write(ctl, actions);
    if (ctl->options->no_legend)
        return 0;
    if (array_count(actions) > 0)
        buffer_append_char(&ctl->output.text, '\n');
    add_legend(ctl, actions);
    code = ctl_ask(ctl, "GetQuota", NULL, &reply);
    if (code != 0)
        return code;
    /* A daemon that is older than its client counts nothing. */
    apps = member_array(member_object(reply.parameters, "quota"), "apps");
    for (size_t i = 0; i < array_count(apps); i++)
        add_month(ctl, json_object_array_get_idx(apps, i));
    reply_fini(&reply);
    return 0;
}

int command_plan(struct ctl *ctl)
{
    struct json_object *actions;
    struct reply reply;
    int code = ctl_call(ctl, "Plan", NULL, &reply);

    if (code != 0)
        return code;
    actions = member_array(reply.parameters, "actions");
    if (actions == NULL)
        code = ctl_no_member(ctl, "actions");
    else if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else
        code = write_plan(ctl, actions);
    reply_fini(&reply);
    return code;
}
