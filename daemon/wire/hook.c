/* Hooks, and what came of a test of one. What a hook runs is not told: its arguments may be anybody's secret.
 */
#include "wire/object.h"
#include "wire/wire.h"

static struct json_object *kinds_array(const struct hook *hook)
{
    struct json_object *array = json_object_new_array();

    for (enum event_kind kind = 0; kind < EVENT_KINDS; kind++) {
        if ((hook->on.kinds & UINT32_C(1) << kind) != 0)
            json_object_array_add(array, json_object_new_string(event_kind_name(kind)));
    }
    return array;
}

void wire_hook(struct buffer *out, const struct wire_hook *shown)
{
    const struct hook *hook = shown->hook;
    struct json_object *object = json_object_new_object();

    object_string(object, "name", hook->name);
    json_object_object_add(object, "on", kinds_array(hook));
    object_strings(object, "reservation", &hook->reservations);
    object_int(object, "timeout", hook->timeout_ms);
    object_bool(object, "running", shown->running);
    object_int(object, "waiting", shown->waiting);
    object_int(object, "runs", shown->runs);
    object_int(object, "failures", shown->failures);
    object_int(object, "dropped", shown->dropped);
    object_int(object, "last_run_at", shown->last_run_at);
    object_string(object, "last_problem", shown->last_problem);
    object_write(out, object);
}

void wire_hook_test(struct buffer *out, const struct wire_hook_test *test)
{
    struct json_object *object = json_object_new_object();

    object_int(object, "exit_code", test->exit_code);
    object_int(object, "signal", test->signal);
    object_bool(object, "timed_out", test->timed_out);
    object_strings(object, "output", test->output);
    object_string(object, "problem", test->problem);
    object_write(out, object);
}
