/* ListHooks and TestHook. */
#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "interface/parts.h"

void hooks_handle_list(struct varlink_call *call, void *data)
{
    const struct hooks *hooks = ((const struct interface *)data)->options.hooks;
    struct buffer text = BUFFER_EMPTY;

    buffer_append_text(&text, "{\"hooks\":[");
    for (size_t i = 0; i < hooks_count(hooks); i++) {
        struct hooks_view view;

        hooks_view(hooks, i, &view);
        if (i > 0)
            buffer_append_char(&text, ',');
        wire_hook(&text, &(struct wire_hook){
                             .hook = view.hook,
                             .running = view.running,
                             .waiting = (int64_t)view.waiting,
                             .runs = (int64_t)view.runs,
                             .failures = (int64_t)view.failures,
                             .dropped = (int64_t)view.dropped,
                             .last_run_at = view.last_run_at,
                             .last_problem = view.last_problem,
                         });
    }
    buffer_append_text(&text, "]}");
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
}

/* `call` is NULL once the connection has gone: the hook is run all the same. */
struct testing {
    struct varlink_call *call;
};

static void on_gone(struct varlink_call *call, void *data)
{
    (void)call;
    ((struct testing *)data)->call = NULL;
}

static void answer(struct varlink_call *call, const struct hooks_end *end, const char *problem)
{
    bool exited = end->error == 0 && end->signal == 0;
    struct buffer text = BUFFER_EMPTY;

    wire_hook_test(&text, &(struct wire_hook_test){
                              .exit_code = exited ? end->exit_code : UNKNOWN,
                              .signal = end->signal != 0 ? end->signal : UNKNOWN,
                              .timed_out = end->timed_out,
                              .output = end->output,
                              .problem = problem,
                          });
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
}

static void on_tested(void *data, const struct hooks_end *end, const char *problem)
{
    struct testing *testing = data;

    if (testing->call != NULL && end != NULL)
        answer(testing->call, end, problem);
    else if (testing->call != NULL)
        interface_refuse(testing->call, "io.meetingd.Unavailable", "reason", problem);
    free(testing);
}

void hooks_handle_test(struct varlink_call *call, void *data)
{
    struct hooks *hooks = ((const struct interface *)data)->options.hooks;
    struct testing *testing = xalloc(sizeof(*testing));
    const char *name = NULL;
    int result;

    varlink_call_string(call, "name", &name);
    testing->call = call;
    varlink_call_on_end(call, on_gone, testing);
    result = hooks_test(hooks, name, on_tested, testing);
    if (result == 0)
        return;
    free(testing);
    if (result == -ENOENT) {
        CLEANUP_FREE char *what = xasprintf("hook %s", name);

        interface_refuse(call, "io.meetingd.NotFound", "what", what);
    } else {
        interface_refuse(call, "io.meetingd.Unavailable", "reason",
                         result == -EBUSY ? "other tests of this hook wait: try it again when they have ended"
                                          : "meetingd is stopping");
    }
}
