/*
 * Users and devices, and the forms of their ids: open_id (ou_...), union_id (on_...), user_id (free).
 *
 * Whoever is named without having been declared has ids that are made from the one given: ou_ann, on_ann and
 * ann are one person. Rooms, phones and SIP devices have one id, whatever was asked for.
 */
#ifndef SIM_USERS_H
#define SIM_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/error.h"

enum id_kind { ID_OPEN, ID_UNION, ID_USER, ID_KINDS };

enum user_standing { USER_GOOD, USER_ABSENT, USER_OTHER_APP, USER_OTHER_TENANT };

#define USER_TYPE_LARK 1
#define USER_TYPE_ROOM 2
#define USER_TYPE_PSTN 6
#define USER_TYPE_SIP  7

struct user {
    char *ids[ID_KINDS];
    int user_type;
    enum user_standing standing;
    bool declared;
    struct user *next;
};

struct users {
    struct user *first;
};

/* "open_id", "union_id", "user_id"; -1 for another word. */
int id_kind_parse(const char *text);

void users_fini(struct users *users);

/* Whoever has the id; made where there is none yet. */
struct user *users_named(struct users *users, enum id_kind kind, const char *id, int user_type);

/* Who would be meant by the id in a request: NULL where it has not the form of its kind. With
 * `declared_only`, also where nobody declared it. */
struct user *users_meant(struct users *users, enum id_kind kind, const char *id, bool declared_only);

/* {open_id, union_id, user_id, user_type, standing: good|absent|other_app|other_tenant}; one id is enough. */
int users_declare(struct users *users, struct json_object *object, struct error *error);

#endif
