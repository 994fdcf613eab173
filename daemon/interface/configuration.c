/* Plan and Reload: what the configuration will bring about, and reading it again. */
#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "interface/parts.h"

static void append_actions(struct buffer *text, const struct action_list *actions)
{
    buffer_append_text(text, "\"actions\":[");
    for (size_t i = 0; i < actions->count; i++) {
        const struct action *action = &actions->items[i];
        struct wire_action shown = {
            .action = action_kind_name(action->kind),
            .name = action->name,
            .occurrence = action->occurrence,
            .reserve_id = action->reserve_id,
            .at = action->at,
            .calls = action->calls,
            .reason = action->reason,
        };

        if (i > 0)
            buffer_append_char(text, ',');
        wire_action(text, &shown);
    }
    buffer_append_char(text, ']');
}

void configuration_plan(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    struct action_list actions = {NULL, 0};
    struct buffer text = BUFFER_EMPTY;

    driver_look_ahead(interface->options.driver, &actions);
    buffer_append_char(&text, '{');
    append_actions(&text, &actions);
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
    action_list_fini(&actions);
}

/* `call` is NULL once the connection has gone: the configuration is read all the same. */
struct waiting {
    struct in_flight *in_flight;
    struct varlink_call *call;
};

static void on_gone(struct varlink_call *call, void *data)
{
    (void)call;
    ((struct waiting *)data)->call = NULL;
}

static void refuse_by_stop(struct varlink_call *call)
{
    interface_refuse(call, "io.meetingd.Unavailable", "reason", "meetingd is stopping");
}

static void answer(struct varlink_call *call, const struct reload_result *result,
                   const struct action_list *actions)
{
    struct buffer text = BUFFER_EMPTY;

    if (result->problems.count > 0) {
        buffer_append_text(&text, "{\"problems\":");
        wire_strings(&text, &result->problems);
        buffer_append_char(&text, '}');
        varlink_call_error(call, "io.meetingd.ConfigInvalid", text.data);
    } else {
        buffer_append_char(&text, '{');
        append_actions(&text, actions);
        buffer_append_text(&text, ",\"restart\":");
        wire_strings(&text, &result->restart);
        buffer_append_char(&text, '}');
        varlink_call_reply(call, text.data);
    }
    buffer_fini(&text);
}

static void on_reloaded(void *data, const struct reload_result *result, const struct action_list *actions)
{
    struct waiting *waiting = data;

    if (waiting->call != NULL && result == NULL)
        refuse_by_stop(waiting->call);
    else if (waiting->call != NULL)
        answer(waiting->call, result, actions);
    in_flight_end(waiting->in_flight);
    free(waiting);
}

void configuration_reload(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const struct interface_options *options = &interface->options;
    struct waiting *waiting;
    bool force = false;

    varlink_call_bool(call, "force", &force);
    if (!in_flight_begin(interface->in_flight, call))
        return;
    waiting = xalloc(sizeof(*waiting));
    waiting->in_flight = interface->in_flight;
    waiting->call = call;
    varlink_call_on_end(call, on_gone, waiting);
    if (options->reload(options->reload_data, force, on_reloaded, waiting) == 0)
        return;
    in_flight_end(interface->in_flight);
    free(waiting);
    refuse_by_stop(call);
}
