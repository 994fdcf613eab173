#include "varlink/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"

/* A longer message is not kept for the next one to be compared with. */
#define KEPT_MAX ((size_t)512)

struct varlink_call {
    struct caller *caller;
    struct request request;
    struct parameters parameters;
    const struct varlink_method *method; /* once its parameters have been read */
    void *data;                          /* its handler's */
    const char *text;                    /* the message; borrowed until the method runs */
    size_t length;
    char *kept; /* the same, owned; NULL where it is not kept */
    void (*ended)(struct varlink_call *call, void *data);
    void *ended_data;
    void (*drained)(struct varlink_call *call, void *data);
};

static void call_free(struct varlink_call *call)
{
    if (call == NULL)
        return;
    parameters_fini(&call->parameters);
    request_fini(&call->request);
    free(call->kept);
    free(call);
}

/* The caller's last call where its message was the same; it has left the caller then. */
static struct varlink_call *take_last(struct caller *caller, const char *text, size_t length)
{
    struct varlink_call *last = caller->last;

    caller->last = NULL;
    if (last == NULL || (last->length == length && memcmp(last->kept, text, length) == 0))
        return last;
    call_free(last);
    return NULL;
}

int call_begin(struct varlink_call **ret, struct caller *caller, const char *text, size_t length)
{
    struct varlink_call *call = take_last(caller, text, length);

    if (call == NULL) {
        struct request request;
        int result = request_init(&request, text, length);

        if (result < 0)
            return result;
        call = xalloc(sizeof(*call));
        call->caller = caller;
        call->request = request;
        call->text = text;
        call->length = length;
    }
    connection_begin(caller->connection, call, !call->request.oneway);
    *ret = call;
    return 0;
}

/* The caller may say the same again, and often does: the next room sign's look is like the last. What takes
 * an object is not kept, as there may be a password in it, nor what goes on for long. What was
 * read of a short, plain message is not much. */
static bool is_worth_keeping(const struct varlink_call *call)
{
    if (call->length > KEPT_MAX || !call->request.plain || call->method->needs_more)
        return false;
    for (size_t i = 0; i < call->method->parameter_count; i++) {
        if (call->method->parameters[i].type == VARLINK_OBJECT)
            return false;
    }
    return true;
}

/* The call is over; it becomes its caller's last. */
static void put_away(struct varlink_call *call)
{
    if (call->kept == NULL || call->caller->last != NULL) {
        call_free(call);
        return;
    }
    call->ended = NULL;
    call->drained = NULL;
    call->caller->last = call;
}

void caller_fini(struct caller *caller)
{
    call_free(caller->last);
    caller->last = NULL;
}

const struct request *call_request(const struct varlink_call *call)
{
    return &call->request;
}

const struct varlink_method *call_method(const struct varlink_call *call, void **ret_data)
{
    *ret_data = call->data;
    return call->method;
}

const char *varlink_call_text(const struct varlink_call *call)
{
    return call->kept;
}

void call_lost(struct varlink_call *call)
{
    if (call->ended != NULL)
        call->ended(call, call->ended_data);
    call_free(call);
}

bool call_read_parameters(struct varlink_call *call, const struct varlink_method *method, void *data)
{
    const char *wrong;

    if (parameters_init(&call->parameters, method, call->request.parameters, &wrong) < 0) {
        varlink_call_invalid(call, wrong);
        return false;
    }
    call->method = method;
    call->data = data;
    if (is_worth_keeping(call))
        call->kept = xstrdup(call->text);
    call->text = NULL;
    return true;
}

bool varlink_call_string(const struct varlink_call *call, const char *name, const char **ret)
{
    const struct parameter_value *value = parameters_find(&call->parameters, name, VARLINK_STRING);

    if (value != NULL)
        *ret = json_object_get_string(value->json);
    return value != NULL;
}

bool varlink_call_int(const struct varlink_call *call, const char *name, int64_t *ret)
{
    const struct parameter_value *value = parameters_find(&call->parameters, name, VARLINK_INT);

    if (value != NULL)
        *ret = json_object_get_int64(value->json);
    return value != NULL;
}

bool varlink_call_bool(const struct varlink_call *call, const char *name, bool *ret)
{
    const struct parameter_value *value = parameters_find(&call->parameters, name, VARLINK_BOOL);

    if (value != NULL)
        *ret = json_object_get_boolean(value->json);
    return value != NULL;
}

size_t varlink_call_strings(const struct varlink_call *call, const char *name, const char *const **ret)
{
    const struct parameter_value *value = parameters_find(&call->parameters, name, VARLINK_STRINGS);

    if (value == NULL)
        return 0;
    *ret = value->strings;
    return json_object_array_length(value->json);
}

bool varlink_call_object(const struct varlink_call *call, const char *name, const char **ret)
{
    const struct parameter_value *value = parameters_find(&call->parameters, name, VARLINK_OBJECT);

    if (value != NULL)
        *ret = json_object_to_json_string_ext(value->json,
                                              JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    return value != NULL;
}

bool varlink_call_more(const struct varlink_call *call)
{
    /* Nobody hears the answers to a oneway call: not many either. */
    return call->request.more && !call->request.oneway;
}

const struct varlink_peer *varlink_call_peer(const struct varlink_call *call)
{
    return connection_peer(call->caller->connection);
}

void varlink_call_on_end(struct varlink_call *call, void (*ended)(struct varlink_call *call, void *data),
                         void *data)
{
    call->ended = ended;
    call->ended_data = data;
}

void varlink_call_on_drained(struct varlink_call *call,
                             void (*drained)(struct varlink_call *call, void *data))
{
    call->drained = drained;
}

void call_drained(struct varlink_call *call)
{
    void (*drained)(struct varlink_call * call, void *data) = call->drained;

    call->drained = NULL;
    if (drained != NULL)
        drained(call, call->ended_data);
}

size_t varlink_call_queued(const struct varlink_call *call)
{
    return connection_queued(call->caller->connection);
}

static struct outbox_part part(const char *text)
{
    return (struct outbox_part){.data = text, .length = strlen(text)};
}

/* With the NUL that ends each message. */
static struct outbox_part end_part(const char *text)
{
    return (struct outbox_part){.data = text, .length = strlen(text) + 1};
}

static void end_call(struct varlink_call *call, const struct outbox_part *parts, size_t count)
{
    if (!call->request.oneway)
        connection_send(call->caller->connection, parts, count, true);
    connection_done(call->caller->connection);
    put_away(call);
}

void varlink_call_reply(struct varlink_call *call, const char *parameters)
{
    const struct outbox_part parts[] = {part("{\"parameters\":"), part(parameters), end_part("}")};

    end_call(call, parts, ELEMENTS(parts));
}

void varlink_call_error(struct varlink_call *call, const char *error, const char *parameters)
{
    const struct outbox_part parts[] = {part("{\"error\":\""), part(error), part("\",\"parameters\":"),
                                        part(parameters), end_part("}")};

    (*call->caller->errors)++;
    end_call(call, parts, ELEMENTS(parts));
}

void varlink_call_continue(struct varlink_call *call, const char *parameters)
{
    const struct outbox_part parts[] = {part("{\"parameters\":"), part(parameters),
                                        end_part(",\"continues\":true}")};

    connection_send(call->caller->connection, parts, ELEMENTS(parts), false);
}

void call_refuse(struct varlink_call *call, const char *name, const char *member,
                 struct json_object *take_value)
{
    struct json_object *parameters = json_object_new_object();
    CLEANUP_FREE char *error = xasprintf("org.varlink.service.%s", name);

    if (member != NULL)
        json_object_object_add(parameters, member, take_value);
    varlink_call_error(
        call, error,
        json_object_to_json_string_ext(parameters, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(parameters);
}

void varlink_call_invalid(struct varlink_call *call, const char *parameter)
{
    call_refuse(call, "InvalidParameter", "parameter", json_object_new_string(parameter));
}
