#include "wire/object.h"

void object_string(struct json_object *object, const char *name, const char *value)
{
    if (value != NULL)
        json_object_object_add(object, name, json_object_new_string(value));
}

void object_int(struct json_object *object, const char *name, int64_t value)
{
    if (value != UNKNOWN)
        json_object_object_add(object, name, json_object_new_int64(value));
}

void object_flag(struct json_object *object, const char *name, enum flag value)
{
    if (value != FLAG_UNSET)
        object_bool(object, name, value == FLAG_YES);
}

void object_bool(struct json_object *object, const char *name, bool value)
{
    json_object_object_add(object, name, json_object_new_boolean(value));
}

struct json_object *object_array(const struct string_list *list)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < list->count; i++)
        json_object_array_add(array, json_object_new_string(list->items[i]));
    return array;
}

void object_strings(struct json_object *object, const char *name, const struct string_list *list)
{
    json_object_object_add(object, name, object_array(list));
}

void object_problem(struct json_object *object, const char *name, const struct problem *problem)
{
    struct json_object *member;

    if (problem->message == NULL)
        return;
    member = json_object_new_object();
    object_int(member, "code", problem->code != 0 ? problem->code : UNKNOWN);
    object_string(member, "message", problem->message);
    object_string(member, "log_id", problem->log_id);
    object_int(member, "at", problem->at);
    object_int(member, "retry_at", problem->retry_at != 0 ? problem->retry_at : UNKNOWN);
    json_object_object_add(object, name, member);
}

void object_write(struct buffer *out, struct json_object *take_object)
{
    size_t length;
    const char *text = json_object_to_json_string_length(
        take_object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

    buffer_append(out, text, length);
    json_object_put(take_object);
}
