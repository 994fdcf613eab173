/* Members of JSON objects, read with their type checked, and written. */
#ifndef SIM_MEMBER_H
#define SIM_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* The member, or NULL where there is none, where it is null, or where `object` is NULL or no object. */
struct json_object *member(struct json_object *object, const char *name);

/* The member where it has the type, else NULL. */
struct json_object *member_typed(struct json_object *object, const char *name, enum json_type type);

/* The string, or NULL. Lives as long as the object. */
const char *member_text(struct json_object *object, const char *name);

int64_t member_int(struct json_object *object, const char *name, int64_t otherwise);
bool member_bool(struct json_object *object, const char *name, bool otherwise);

/* Seconds with a fraction, as milliseconds. */
int64_t member_seconds_ms(struct json_object *object, const char *name, int64_t otherwise_ms);

/* Adds a member; the value is taken. put_text() adds nothing for NULL. */
void put(struct json_object *object, const char *name, struct json_object *take_value);
void put_text(struct json_object *object, const char *name, const char *text);
void put_int(struct json_object *object, const char *name, int64_t number);
void put_bool(struct json_object *object, const char *name, bool flag);

/* One strict JSON value and nothing behind it, or NULL. The caller puts it. */
struct json_object *json_read(const char *text, size_t length);

/* As Feishu writes JSON. Lives as long as `value`. */
const char *json_write(struct json_object *value, size_t *ret_length);

/* A list without items, or any other value without content: "", {}, null. */
bool json_is_empty(struct json_object *value);

/* Decimal digits alone, at most 18 of them; -1 otherwise. */
int64_t digits(const char *text);

#endif
