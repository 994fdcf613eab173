/* meeting_settings: what a request may wish (feishu-api.md 1.2), and how its user ids are kept. */
#ifndef SIM_WISHES_H
#define SIM_WISHES_H

#include <stdbool.h>

#include <json-c/json.h>

#include "sim/users.h"

struct call;

/* Looks at the values. False: the call was answered. Hosts that are not usable are taken into
 * `ret_invalid_hosts` (the caller's list), under the id that the request had. */
bool wishes_check(struct call *call, struct json_object *settings, struct json_object *invalid_hosts);

/* The reservation is made without the hosts that are not usable. */
void wishes_drop_hosts(struct json_object *settings, struct json_object *invalid_hosts);

/* A copy with the ids in another form, and without the password. The caller puts it. */
struct json_object *wishes_convert(struct users *users, struct json_object *settings, enum id_kind from,
                                   enum id_kind to);

/* Stores `changes` (with open_ids) in `settings`, by the update switches. */
void wishes_update(struct call *call, struct json_object **settings, struct json_object *changes);

#endif
