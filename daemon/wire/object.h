/* Inside wire: members of json-c objects, with what is not known left out. */
#ifndef MEETINGD_WIRE_OBJECT_H
#define MEETINGD_WIRE_OBJECT_H

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/str.h"
#include "model/model.h"

/* NULL, UNKNOWN and FLAG_UNSET add nothing. */
void object_string(struct json_object *object, const char *name, const char *value);
void object_int(struct json_object *object, const char *name, int64_t value);
void object_flag(struct json_object *object, const char *name, enum flag value);
void object_bool(struct json_object *object, const char *name, bool value);
void object_strings(struct json_object *object, const char *name, const struct string_list *list);

/* An array of strings; the caller's. */
struct json_object *object_array(const struct string_list *list);

/* A problem that has a message. */
void object_problem(struct json_object *object, const char *name, const struct problem *problem);

/* Appends the object's text and frees it. */
void object_write(struct buffer *out, struct json_object *take_object);

#endif
