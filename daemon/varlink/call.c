#include "varlink/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"

struct varlink_call {
    struct connection *connection;
    struct request request;
    struct parameters parameters;
    uint64_t *errors;
    void (*ended)(struct varlink_call *call, void *data);
    void *ended_data;
    void (*drained)(struct varlink_call *call, void *data);
};

struct varlink_call *call_begin(struct connection *connection, struct request *take_request, uint64_t *errors)
{
    struct varlink_call *call = xalloc(sizeof(*call));

    call->connection = connection;
    call->request = *take_request;
    *take_request = (struct request){.message = NULL};
    call->errors = errors;
    connection_begin(connection, call, !call->request.oneway);
    return call;
}

const struct request *call_request(const struct varlink_call *call)
{
    return &call->request;
}

static void call_free(struct varlink_call *call)
{
    parameters_fini(&call->parameters);
    request_fini(&call->request);
    free(call);
}

void call_lost(struct varlink_call *call)
{
    if (call->ended != NULL)
        call->ended(call, call->ended_data);
    call_free(call);
}

bool call_read_parameters(struct varlink_call *call, const struct varlink_method *method)
{
    const char *wrong;

    if (parameters_init(&call->parameters, method, call->request.parameters, &wrong) == 0)
        return true;
    varlink_call_invalid(call, wrong);
    return false;
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
    return connection_peer(call->connection);
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
    return connection_queued(call->connection);
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
        connection_send(call->connection, parts, count, true);
    connection_done(call->connection);
    call_free(call);
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

    (*call->errors)++;
    end_call(call, parts, ELEMENTS(parts));
}

void varlink_call_continue(struct varlink_call *call, const char *parameters)
{
    const struct outbox_part parts[] = {part("{\"parameters\":"), part(parameters),
                                        end_part(",\"continues\":true}")};

    connection_send(call->connection, parts, ELEMENTS(parts), false);
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
