/*
 * A reply of the daemon's: its text as it came, and its meaning with all strings made harmless for a
 * terminal.
 *
 * What comes from the socket is not trusted to be well-formed: everything is looked at before it is used, and
 * a member that is absent, null or of another type is simply not there.
 */
#ifndef MEETINGCTL_REPLY_H
#define MEETINGCTL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "base/error.h"

struct reply {
    char *text; /* the whole message */
    size_t length;
    struct json_object *root;
    struct json_object *parameters; /* borrowed; NULL: none */
    const char *error;              /* borrowed; NULL: it went well */
    bool continues;
};

/* Reads a message, which is taken over in any case; -EBADMSG for what is no reply. */
int reply_read(struct reply *ret, char *take_text, size_t length, struct error *error);
void reply_fini(struct reply *reply);

/* Appends the parameters' text as it came, on one line. Where `careful` (for a terminal), what a terminal
 * might obey is written as \u escapes, which mean the same. */
void reply_append_parameters(struct buffer *out, const struct reply *reply, bool careful);

/* A text of the parameters' as it came, with whatever is in it: for what is not shown on a terminal, or not
 * as one line. NULL where there is none. The caller frees it. */
char *reply_text(const struct reply *reply, const char *member);

/* A list collected from several replies: the objects, and the text of the items with commas between. */
struct list {
    struct json_object *items; /* an array */
    struct buffer text;
};

void list_init(struct list *list);
void list_fini(struct list *list);

/* Adds what the reply's array `member` holds. -EBADMSG where it has none. */
int list_add(struct list *list, const struct reply *reply, const char *member, struct error *error);

/* Adds the object that the reply has as `member`. -EBADMSG where it has none. */
int list_add_object(struct list *list, const struct reply *reply, const char *member, struct error *error);

/* Appends the items' text, as reply_append_parameters(). */
void list_append_text(struct buffer *out, const struct list *list, bool careful);

size_t list_count(const struct list *list);
struct json_object *list_item(const struct list *list, size_t index);

/* Members of an object (which may be NULL). The text is clean and borrowed; NULL where there is none. */
const char *member_text(struct json_object *object, const char *name);
bool member_int(struct json_object *object, const char *name, int64_t *ret);
/* 0 where there is none: of what is always told. */
int64_t member_number(struct json_object *object, const char *name);
/* False also where it is not known. */
bool member_true(struct json_object *object, const char *name);
/* NULL where there is none. */
struct json_object *member_object(struct json_object *object, const char *name);
struct json_object *member_array(struct json_object *object, const char *name);
/* The item of an array (which may be NULL) if it is text, else NULL; the count of an array. */
const char *item_text(struct json_object *array, size_t index);
size_t array_count(struct json_object *array);

/* The text; or, where there is none, another word. */
const char *text_or(const char *text, const char *otherwise);

#endif
