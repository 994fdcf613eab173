#include "varlink/parameters.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "varlink/request.h"

/* json-c holds a number that does not fit at the nearest one that does. INT64_MIN, which cannot be told from
 * smaller ones, is refused with them. */
static bool int_in_range(struct json_object *value)
{
    int64_t number = json_object_get_int64(value);

    return number != INT64_MIN && (number < INT64_MAX || json_object_get_uint64(value) == INT64_MAX);
}

/* Whether all numbers inside are numbers, which NaN and Infinity are not, and are what was sent. */
static bool numbers_in_range(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_int:
        return int_in_range(value);
    case json_type_double:
        return isfinite(json_object_get_double(value));
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            if (!numbers_in_range(json_object_array_get_idx(value, i)))
                return false;
        }
        return true;
    case json_type_object: {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            if (!numbers_in_range(member))
                return false;
        }
        return true;
    }
    default:
        return true;
    }
}

static bool read_strings(struct parameter_value *value)
{
    size_t count;

    if (!json_object_is_type(value->json, json_type_array))
        return false;
    count = json_object_array_length(value->json);
    value->strings = xcalloc(count, sizeof(*value->strings));
    for (size_t i = 0; i < count; i++) {
        value->strings[i] = request_string(json_object_array_get_idx(value->json, i));
        if (value->strings[i] == NULL)
            return false;
    }
    return true;
}

static bool read_value(struct parameter_value *value, enum varlink_type type)
{
    switch (type) {
    case VARLINK_BOOL:
        return json_object_is_type(value->json, json_type_boolean);
    case VARLINK_INT:
        return json_object_is_type(value->json, json_type_int) && int_in_range(value->json);
    case VARLINK_STRING:
        return request_string(value->json) != NULL;
    case VARLINK_STRINGS:
        return read_strings(value);
    case VARLINK_OBJECT:
        return json_object_is_type(value->json, json_type_object) && numbers_in_range(value->json);
    }
    return false;
}

static bool is_declared(const struct varlink_method *method, const char *name)
{
    for (size_t i = 0; i < method->parameter_count; i++) {
        if (strcmp(method->parameters[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The first parameter that the method does not have, or NULL. */
static const char *find_unknown(const struct varlink_method *method, struct json_object *object)
{
    json_object_object_foreach(object, name, value)
    {
        if (value != NULL && !is_declared(method, name))
            return name;
    }
    return NULL;
}

int parameters_init(struct parameters *ret, const struct varlink_method *method, struct json_object *object,
                    const char **ret_wrong)
{
    struct parameters parameters = {.method = method};
    const char *wrong = object != NULL ? find_unknown(method, object) : NULL;

    if (wrong != NULL) {
        *ret_wrong = wrong;
        return -EINVAL;
    }
    parameters.values = xcalloc(method->parameter_count, sizeof(*parameters.values));
    for (size_t i = 0; i < method->parameter_count; i++) {
        const struct varlink_parameter *declared = &method->parameters[i];
        struct parameter_value *value = &parameters.values[i];

        if (object != NULL)
            json_object_object_get_ex(object, declared->name, &value->json);
        if (value->json == NULL ? declared->required : !read_value(value, declared->type)) {
            *ret_wrong = declared->name;
            parameters_fini(&parameters);
            return -EINVAL;
        }
    }
    *ret = parameters;
    return 0;
}

void parameters_fini(struct parameters *parameters)
{
    for (size_t i = 0; parameters->values != NULL && i < parameters->method->parameter_count; i++)
        free(parameters->values[i].strings);
    free(parameters->values);
    parameters->values = NULL;
}

const struct parameter_value *parameters_find(const struct parameters *parameters, const char *name,
                                              enum varlink_type type)
{
    for (size_t i = 0; i < parameters->method->parameter_count; i++) {
        const struct varlink_parameter *declared = &parameters->method->parameters[i];

        if (declared->type == type && strcmp(declared->name, name) == 0)
            return parameters->values[i].json != NULL ? &parameters->values[i] : NULL;
    }
    return NULL;
}
