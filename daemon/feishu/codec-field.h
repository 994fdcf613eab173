/* Single fields of JSON objects, checked for their type; json-c's own getters turn anything into something.
 * Inside the codec. */
#ifndef MEETINGD_FEISHU_CODEC_FIELD_H
#define MEETINGD_FEISHU_CODEC_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/str.h"
#include "model/model.h"

/* 9999-12-31T23:59:59Z: no time of Feishu's is later, and no sum of two overflows. */
#define TIME_MAX_S INT64_C(253402300799)

/* The member, NULL where it is absent, null, or `object` is no object. */
struct json_object *field(struct json_object *object, const char *name);

/* The member if it has the type, else NULL. */
struct json_object *field_of_type(struct json_object *object, const char *name, enum json_type type);

/* A string without NUL inside; NULL where the member is none. Borrowed. */
const char *field_text(struct json_object *object, const char *name);

/* An id: a string that is not empty, or a whole number that json-c has not clamped. The caller frees it. */
char *field_id(struct json_object *object, const char *name);
char *json_id(struct json_object *value);

/* The id of a reservation or a meeting: as above, and "0" is none either, since Feishu numbers them. */
char *field_record_id(struct json_object *object, const char *name);

/* A whole number, or a string of decimal digits; false for anything else. */
bool json_number(struct json_object *value, int64_t *ret);

/* A number from 0 to `most`; UNKNOWN for anything else. */
int64_t field_count(struct json_object *object, const char *name, int64_t most);

/* A Unix time in seconds. Feishu writes "0" where there is none: UNKNOWN. */
int64_t field_time(struct json_object *object, const char *name);

/* One of Feishu's enumerations, which begin at 1: 0 or anything else is 0, not told. */
int field_enum(struct json_object *object, const char *name);

/* true, false, also as 1, 0 or their names. */
enum flag field_flag(struct json_object *object, const char *name);

/* Adds the ids of an array, skipping what is none. */
void add_ids(struct json_object *array, struct string_list *list);

/* Overwrites every string value below `value`. */
void wipe_strings(struct json_object *value);

#endif
