/* Inside varlink: the text of a request becomes its parts. */
#ifndef MEETINGD_VARLINK_REQUEST_H
#define MEETINGD_VARLINK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

struct request {
    struct json_object *message;    /* owns all the rest */
    struct json_object *method;     /* a string */
    struct json_object *parameters; /* an object, or NULL */
    bool more, oneway, upgrade;
    bool plain; /* no member is unknown */
};

/* -EBADMSG for what is no request: not one JSON object in UTF-8, nested too deeply, with a name twice in an
 * object, without a method, or with a member of the wrong type. Members that are not known are left alone. */
int request_init(struct request *ret, const char *text, size_t length);
void request_fini(struct request *request);

/* The string of a JSON value; NULL for what is none, or has a NUL in it, which no name or id has. */
const char *request_string(struct json_object *value);

#endif
