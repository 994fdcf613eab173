#include "sim/member.h"

#include <string.h>

#include "base/base.h"

/* Deeper than any body of this API; what is deeper is refused. */
#define DEPTH_MAX 64

struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (!json_object_is_type(object, json_type_object))
        return NULL;
    json_object_object_get_ex(object, name, &value);
    return value;
}

struct json_object *member_typed(struct json_object *object, const char *name, enum json_type type)
{
    struct json_object *value = member(object, name);

    return value != NULL && json_object_is_type(value, type) ? value : NULL;
}

const char *member_text(struct json_object *object, const char *name)
{
    struct json_object *value = member_typed(object, name, json_type_string);

    return value != NULL ? json_object_get_string(value) : NULL;
}

int64_t member_int(struct json_object *object, const char *name, int64_t otherwise)
{
    struct json_object *value = member_typed(object, name, json_type_int);

    return value != NULL ? json_object_get_int64(value) : otherwise;
}

bool member_bool(struct json_object *object, const char *name, bool otherwise)
{
    struct json_object *value = member_typed(object, name, json_type_boolean);

    return value != NULL ? json_object_get_boolean(value) : otherwise;
}

int64_t member_seconds_ms(struct json_object *object, const char *name, int64_t otherwise_ms)
{
    struct json_object *value = member(object, name);
    double seconds;

    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return otherwise_ms;
    seconds = json_object_get_double(value);
    return seconds > -1e12 && seconds < 1e12 ? (int64_t)(seconds * 1000) : otherwise_ms;
}

void put(struct json_object *object, const char *name, struct json_object *take_value)
{
    json_object_object_add(object, name, take_value);
}

void put_text(struct json_object *object, const char *name, const char *text)
{
    if (text != NULL)
        put(object, name, json_object_new_string(text));
}

void put_int(struct json_object *object, const char *name, int64_t number)
{
    put(object, name, json_object_new_int64(number));
}

void put_bool(struct json_object *object, const char *name, bool flag)
{
    put(object, name, json_object_new_boolean(flag));
}

struct json_object *json_read(const char *text, size_t length)
{
    struct json_tokener *tokener;
    struct json_object *value;

    if (text == NULL || length > INT32_MAX - 1)
        return NULL;
    tokener = json_tokener_new_ex(DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With its NUL, so that a number at the end is known to be whole. */
    value = json_tokener_parse_ex(tokener, text, (int)length + 1);
    if (json_tokener_get_error(tokener) != json_tokener_success ||
        json_tokener_get_parse_end(tokener) < length) {
        json_object_put(value);
        value = NULL;
    }
    json_tokener_free(tokener);
    return value;
}

const char *json_write(struct json_object *value, size_t *ret_length)
{
    return json_object_to_json_string_length(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
                                             ret_length);
}

bool json_is_empty(struct json_object *value)
{
    if (json_object_is_type(value, json_type_array))
        return json_object_array_length(value) == 0;
    if (json_object_is_type(value, json_type_string))
        return json_object_get_string_len(value) == 0;
    if (json_object_is_type(value, json_type_object))
        return json_object_object_length(value) == 0;
    return value == NULL;
}

int64_t digits(const char *text)
{
    int64_t number = 0;
    size_t length = text != NULL ? strlen(text) : 0;

    if (length == 0 || length > 18)
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + (*text - '0');
    }
    return number;
}
