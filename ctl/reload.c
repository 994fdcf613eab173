/* reload: the daemon reads its configuration again, and says what it does about it. */
#include <inttypes.h>
#include <string.h>

#include "actions.h"
#include "describe.h"

static void write_reloaded(struct ctl *ctl, struct json_object *actions, struct json_object *restart)
{
    size_t count = array_count(actions);
    int64_t calls = actions_calls(actions);

    actions_write(ctl, actions);
    if (!ctl->options->no_legend) {
        if (count > 0)
            buffer_append_char(&ctl->output.text, '\n');
        if (count == 0)
            describe_note(ctl, STYLE_PLAIN, "Configuration reloaded. Nothing is to be done at Feishu.");
        else
            describe_note(ctl, STYLE_PLAIN,
                          "Configuration reloaded. %zu change%s at Feishu, %" PRId64 " call%s.", count,
                          count == 1 ? "" : "s", calls, calls == 1 ? "" : "s");
    }
    for (size_t i = 0; i < array_count(restart); i++)
        describe_note(ctl, STYLE_WARNING, "! only after a restart of meetingd: %s",
                      item_text(restart, i) != NULL ? item_text(restart, i) : "?");
}

int command_reload(struct ctl *ctl)
{
    struct json_object *parameters = json_object_new_object(), *actions, *restart;
    struct reply reply;
    int code;

    if (ctl->options->force)
        json_object_object_add(parameters, "force", json_object_new_boolean(true));
    code = ctl_call(ctl, "Reload", parameters, &reply);
    if (code != 0)
        return code;
    actions = member_array(reply.parameters, "actions");
    restart = member_array(reply.parameters, "restart");
    if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (actions == NULL)
        code = ctl_no_member(ctl, "actions");
    else
        write_reloaded(ctl, actions, restart);
    reply_fini(&reply);
    return code;
}
