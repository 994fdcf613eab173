#include "reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "raw.h"
#include "text.h"

/* The deepest that io.meetingd nests is a dozen. */
#define DEPTH_MAX 64

/* Makes every string below `value` harmless. json-c bounds the depth. */
static void clean(struct json_object *value) // NOLINT(misc-no-recursion)
{
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            clean(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            clean(json_object_array_get_idx(value, i));
    } else if (json_object_is_type(value, json_type_string)) {
        CLEANUP_FREE char *text =
            text_clean(json_object_get_string(value), (size_t)json_object_get_string_len(value));

        json_object_set_string(value, text);
    }
}

static struct json_object *parse(const char *text, size_t length)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *root;

    if (tokener == NULL)
        abort(); /* out of memory */
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    root = json_tokener_parse_ex(tokener, text, (int)length);
    if (json_tokener_get_error(tokener) != json_tokener_success ||
        json_tokener_get_parse_end(tokener) != length) {
        json_object_put(root);
        root = NULL;
    }
    json_tokener_free(tokener);
    return root;
}

int reply_read(struct reply *ret, char *take_text, size_t length, struct error *error)
{
    struct reply reply = {.text = take_text, .length = length};
    struct raw whole = {take_text, length}, parameters;
    struct json_object *value;

    reply.root = parse(take_text, length);
    if (!json_object_is_type(reply.root, json_type_object))
        goto bad;
    if (json_object_object_get_ex(reply.root, "parameters", &value) && value != NULL) {
        /* The same members must be found in the text, for --json. */
        if (!json_object_is_type(value, json_type_object) || !raw_member(whole, "parameters", &parameters))
            goto bad;
        reply.parameters = value;
    }
    clean(reply.root);
    if (json_object_object_get_ex(reply.root, "error", &value) && value != NULL) {
        if (!json_object_is_type(value, json_type_string))
            goto bad;
        reply.error = json_object_get_string(value);
    }
    reply.continues = member_true(reply.root, "continues");
    *ret = reply;
    return 0;
bad:
    reply_fini(&reply);
    return error_set(error, -EBADMSG, "the answer is no Varlink reply");
}

void reply_fini(struct reply *reply)
{
    json_object_put(reply->root);
    if (reply->text != NULL)
        explicit_bzero(reply->text, reply->length);
    free(reply->text);
    *reply = (struct reply){.text = NULL};
}

void reply_append_parameters(struct buffer *out, const struct reply *reply, bool careful)
{
    struct raw whole = {reply->text, reply->length}, parameters = {"{}", 2};

    if (reply->parameters != NULL)
        raw_member(whole, "parameters", &parameters);
    raw_append(out, parameters, careful);
}

void list_init(struct list *list)
{
    list->items = json_object_new_array();
    buffer_init(&list->text);
}

void list_fini(struct list *list)
{
    json_object_put(list->items);
    list->items = NULL;
    if (list->text.data != NULL)
        explicit_bzero(list->text.data, list->text.length);
    buffer_fini(&list->text);
}

static void add_text(struct list *list, struct raw text)
{
    if (text.length == 0)
        return;
    if (list->text.length > 0)
        buffer_append_char(&list->text, ',');
    buffer_append(&list->text, text.data, text.length);
}

/* The text of a member of the parameters. */
static bool find_raw(const struct reply *reply, const char *member, struct raw *ret)
{
    struct raw whole = {reply->text, reply->length}, parameters;

    return raw_member(whole, "parameters", &parameters) && raw_member(parameters, member, ret);
}

char *reply_text(const struct reply *reply, const char *member)
{
    struct json_object *value;
    struct raw text;
    char *copy;

    if (!find_raw(reply, member, &text))
        return NULL;
    value = parse(text.data, text.length);
    copy = json_object_is_type(value, json_type_string) ? xstrdup(json_object_get_string(value)) : NULL;
    json_object_put(value);
    return copy;
}

int list_add(struct list *list, const struct reply *reply, const char *member, struct error *error)
{
    struct json_object *array = member_array(reply->parameters, member);
    struct raw text;

    if (array == NULL || !find_raw(reply, member, &text))
        return error_set(error, -EBADMSG, "the answer has no %s", member);
    for (size_t i = 0; i < json_object_array_length(array); i++)
        json_object_array_add(list->items, json_object_get(json_object_array_get_idx(array, i)));
    add_text(list, raw_inside(text));
    return 0;
}

int list_add_object(struct list *list, const struct reply *reply, const char *member, struct error *error)
{
    struct json_object *object = member_object(reply->parameters, member);
    struct raw text;

    if (object == NULL || !find_raw(reply, member, &text))
        return error_set(error, -EBADMSG, "the answer has no %s", member);
    json_object_array_add(list->items, json_object_get(object));
    add_text(list, text);
    return 0;
}

void list_append_text(struct buffer *out, const struct list *list, bool careful)
{
    raw_append(out, (struct raw){list->text.data, list->text.length}, careful);
}

size_t list_count(const struct list *list)
{
    return json_object_array_length(list->items);
}

struct json_object *list_item(const struct list *list, size_t index)
{
    return json_object_array_get_idx(list->items, index);
}

static struct json_object *member_of(struct json_object *object, const char *name, enum json_type type)
{
    struct json_object *value;

    if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, name, &value) ||
        !json_object_is_type(value, type))
        return NULL;
    return value;
}

const char *member_text(struct json_object *object, const char *name)
{
    struct json_object *value = member_of(object, name, json_type_string);

    return value != NULL ? json_object_get_string(value) : NULL;
}

bool member_int(struct json_object *object, const char *name, int64_t *ret)
{
    struct json_object *value = member_of(object, name, json_type_int);

    if (value == NULL)
        return false;
    *ret = json_object_get_int64(value);
    return true;
}

int64_t member_number(struct json_object *object, const char *name)
{
    int64_t value = 0;

    member_int(object, name, &value);
    return value;
}

bool member_true(struct json_object *object, const char *name)
{
    struct json_object *value = member_of(object, name, json_type_boolean);

    return value != NULL && json_object_get_boolean(value);
}

struct json_object *member_object(struct json_object *object, const char *name)
{
    return member_of(object, name, json_type_object);
}

struct json_object *member_array(struct json_object *object, const char *name)
{
    return member_of(object, name, json_type_array);
}

const char *item_text(struct json_object *array, size_t index)
{
    struct json_object *item = array != NULL ? json_object_array_get_idx(array, index) : NULL;

    return json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL;
}

size_t array_count(struct json_object *array)
{
    return array != NULL ? json_object_array_length(array) : 0;
}

const char *text_or(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}
