/* Inside varlink: a request's parameters, checked against what the method declares. */
#ifndef MEETINGD_VARLINK_PARAMETERS_H
#define MEETINGD_VARLINK_PARAMETERS_H

#include <json-c/json.h>

#include "varlink/varlink.h"

/* The value of one declared parameter; what is read out of it is borrowed from the JSON value. */
struct parameter_value {
    struct json_object *json; /* NULL: absent */
    const char **strings;     /* of VARLINK_STRINGS */
};

struct parameters {
    const struct varlink_method *method;
    struct parameter_value *values; /* beside the method's parameters */
};

/* 0, or -EINVAL with the name of the parameter that is missing, not known, of the wrong type or out of range;
 * the name is borrowed from `object` or `method`. `object` may be NULL; it must stay. */
int parameters_init(struct parameters *ret, const struct varlink_method *method, struct json_object *object,
                    const char **ret_wrong);
void parameters_fini(struct parameters *parameters);

/* The value of the parameter with this name and type, NULL where it is absent. */
const struct parameter_value *parameters_find(const struct parameters *parameters, const char *name,
                                              enum varlink_type type);

#endif
