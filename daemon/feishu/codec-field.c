#include "feishu/codec-field.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json_visit.h>

#include "base/base.h"

struct json_object *field(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    if (!json_object_is_type(object, json_type_object))
        return NULL;
    json_object_object_get_ex(object, name, &value);
    return value;
}

struct json_object *field_of_type(struct json_object *object, const char *name, enum json_type type)
{
    struct json_object *value = field(object, name);

    return value != NULL && json_object_is_type(value, type) ? value : NULL;
}

static const char *value_text(struct json_object *value)
{
    const char *text;

    if (value == NULL || !json_object_is_type(value, json_type_string))
        return NULL;
    text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

const char *field_text(struct json_object *object, const char *name)
{
    return value_text(field(object, name));
}

char *json_id(struct json_object *value)
{
    const char *text = value_text(value);
    uint64_t number;

    if (text != NULL)
        return *text != '\0' ? xstrdup(text) : NULL;
    if (value == NULL || !json_object_is_type(value, json_type_int) || json_object_get_int64(value) <= 0)
        return NULL;
    /* json-c turns whatever is larger into this value. */
    number = json_object_get_uint64(value);
    return number < UINT64_MAX ? xasprintf("%" PRIu64, number) : NULL;
}

char *field_id(struct json_object *object, const char *name)
{
    return json_id(field(object, name));
}

char *field_record_id(struct json_object *object, const char *name)
{
    char *id = field_id(object, name);

    if (id != NULL && strcmp(id, "0") == 0) {
        free(id);
        return NULL;
    }
    return id;
}

bool json_number(struct json_object *value, int64_t *ret)
{
    const char *text = value_text(value);
    char *end;
    long long number;

    if (text != NULL) {
        const char *digits = *text == '-' ? text + 1 : text;

        if (*digits < '0' || *digits > '9')
            return false;
        errno = 0;
        number = strtoll(text, &end, 10);
        if (errno != 0 || *end != '\0')
            return false;
        *ret = number;
        return true;
    }
    if (value == NULL || !json_object_is_type(value, json_type_int))
        return false;
    *ret = json_object_get_int64(value);
    /* json-c clamps to the ends of the range. */
    return *ret != INT64_MAX && *ret != INT64_MIN;
}

int64_t field_count(struct json_object *object, const char *name, int64_t most)
{
    int64_t number;

    if (!json_number(field(object, name), &number) || number < 0 || number > most)
        return UNKNOWN;
    return number;
}

int64_t field_time(struct json_object *object, const char *name)
{
    int64_t seconds = field_count(object, name, TIME_MAX_S);

    return seconds > 0 ? seconds : UNKNOWN;
}

int field_enum(struct json_object *object, const char *name)
{
    int64_t number = field_count(object, name, INT_MAX);

    return number > 0 ? (int)number : 0;
}

enum flag field_flag(struct json_object *object, const char *name)
{
    struct json_object *value = field(object, name);
    const char *text = value_text(value);
    int64_t number;

    if (value == NULL)
        return FLAG_UNSET;
    if (json_object_is_type(value, json_type_boolean))
        return flag_of(json_object_get_boolean(value));
    if (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        return flag_of(*text == 't');
    if (json_number(value, &number) && (number == 0 || number == 1))
        return flag_of((int)number);
    return FLAG_UNSET;
}

void add_ids(struct json_object *array, struct string_list *list)
{
    for (size_t i = 0; i < json_object_array_length(array); i++) {
        char *id = json_id(json_object_array_get_idx(array, i));

        if (id != NULL)
            string_list_add(list, id);
        free(id);
    }
}

static int wipe_one(struct json_object *value, int flags, struct json_object *parent, const char *key,
                    size_t *index, void *data)
{
    (void)flags;
    (void)parent;
    (void)key;
    (void)index;
    (void)data;
    if (json_object_is_type(value, json_type_string))
        explicit_bzero((char *)json_object_get_string(value), (size_t)json_object_get_string_len(value));
    return JSON_C_VISIT_RETURN_CONTINUE;
}

void wipe_strings(struct json_object *value)
{
    if (value != NULL)
        json_c_visit(value, 0, wipe_one, NULL);
}
