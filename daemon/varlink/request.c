#include "varlink/request.h"

#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"

/* The deepest request that means something has eight levels. */
#define DEPTH_MAX 32

/* How many members the objects of a JSON text have: each has its colon. */
static size_t members_in_text(const char *text)
{
    bool in_string = false;
    size_t count = 0;

    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            in_string = !in_string;
        else if (in_string && *c == '\\')
            c++; /* the text is JSON: something follows */
        else if (!in_string && *c == ':')
            count++;
    }
    return count;
}

static size_t members_in(struct json_object *value)
{
    size_t count = 0;

    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            count += members_in(json_object_array_get_idx(value, i));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            count += 1 + members_in(member);
        }
    }
    return count;
}

static struct json_object *parse(const char *text, size_t length)
{
    struct json_tokener *tokener;
    struct json_object *message;

    if (length == 0 || utf8_valid_length(text, length) != length)
        return NULL;
    tokener = json_tokener_new_ex(DEPTH_MAX);
    if (tokener == NULL)
        return NULL;
    /* Refuses comments, bytes after the end but white space, and what else is no JSON. */
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    message = json_tokener_parse_ex(tokener, text, (int)length);
    if (json_tokener_get_error(tokener) != json_tokener_success ||
        !json_object_is_type(message, json_type_object) ||
        /* A name that comes twice means one thing to us and may mean another to whoever checked the message
         * before. */
        members_in_text(text) != members_in(message)) {
        json_object_put(message);
        message = NULL;
    }
    json_tokener_free(tokener);
    return message;
}

/* Null is the same as absent. */
static bool read_member(struct json_object *message, const char *name, json_type type,
                        struct json_object **ret)
{
    struct json_object *value;

    if (!json_object_object_get_ex(message, name, &value) || value == NULL) {
        *ret = NULL;
        return true;
    }
    *ret = value;
    return json_object_is_type(value, type);
}

static bool read_flag(struct json_object *message, const char *name, bool *ret)
{
    struct json_object *value;

    if (!read_member(message, name, json_type_boolean, &value))
        return false;
    *ret = value != NULL && json_object_get_boolean(value);
    return true;
}

static bool is_plain(struct json_object *message)
{
    static const char *const known[] = {"method", "parameters", "more", "oneway", "upgrade"};
    int count = 0;

    for (size_t i = 0; i < ELEMENTS(known); i++)
        count += json_object_object_get_ex(message, known[i], NULL);
    return json_object_object_length(message) == count;
}

int request_init(struct request *ret, const char *text, size_t length)
{
    struct request request = {.message = parse(text, length)};

    if (request.message == NULL)
        return -EBADMSG;
    if (!read_member(request.message, "method", json_type_string, &request.method) ||
        request.method == NULL ||
        !read_member(request.message, "parameters", json_type_object, &request.parameters) ||
        !read_flag(request.message, "more", &request.more) ||
        !read_flag(request.message, "oneway", &request.oneway) ||
        !read_flag(request.message, "upgrade", &request.upgrade)) {
        request_fini(&request);
        return -EBADMSG;
    }
    request.plain = is_plain(request.message);
    *ret = request;
    return 0;
}

void request_fini(struct request *request)
{
    json_object_put(request->message);
    request->message = NULL;
}

const char *request_string(struct json_object *value)
{
    const char *text;

    if (!json_object_is_type(value, json_type_string))
        return NULL;
    text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}
