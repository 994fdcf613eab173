/* plan: what the reconciler will do, when, and what it costs. */
#include <inttypes.h>

#include "actions.h"
#include "describe.h"

#define DAY_S (INT64_C(24) * 3600)

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

static void write_plan(struct ctl *ctl, struct json_object *actions)
{
    actions_write(ctl, actions);
    if (ctl->options->no_legend)
        return;
    if (array_count(actions) > 0)
        buffer_append_char(&ctl->output.text, '\n');
    add_legend(ctl, actions);
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
        write_plan(ctl, actions);
    reply_fini(&reply);
    return code;
}
