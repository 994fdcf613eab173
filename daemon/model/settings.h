/*
 * meeting_settings: what a reservation asks of its meeting, under Feishu's names and with Feishu's numbers
 * (feishu-api.md 1.2). All zero: nothing is set, and what is not set is not sent.
 */
#ifndef MEETINGD_MODEL_SETTINGS_H
#define MEETINGD_MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "model/model.h"

enum { PERMISSION_HOST = 1, PERMISSION_INVITE = 2, PERMISSION_JOIN = 3 };
enum { CHECK_FIELD_USER_ID = 1, CHECK_FIELD_USER_TYPE = 2, CHECK_FIELD_TENANT_ID = 3 };
enum { CHECK_MODE_ALLOW = 1, CHECK_MODE_DENY = 2 };
enum { MEETING_INITIAL_TYPE_GROUP = 1, MEETING_INITIAL_TYPE_CALL = 2 };

/* Kinds of users and participants (feishu-api.md 1.7). */
enum {
    USER_TYPE_LARK = 1,
    USER_TYPE_ROOMS = 2,
    USER_TYPE_DOC = 3,
    USER_TYPE_NEO = 4,
    USER_TYPE_NEO_GUEST = 5,
    USER_TYPE_PSTN = 6,
    USER_TYPE_SIP = 7,
};

#define ASSIGN_HOSTS_MAX 10 /* feishu-api.md 1.2: more is refused with 123003 */
#define PASSWORD_MIN     4
#define PASSWORD_MAX     9

struct permission_checker {
    int check_field;
    int check_mode;
    struct string_list check_list;
};

/* One permission and its checkers, which combine by OR. */
struct action_permission {
    int permission;
    struct permission_checker *checkers;
    size_t count;
};

struct callee {
    char *id;
    int user_type; /* 0: not set */
    char *nickname;
    char *main_address;
};

struct meeting_settings {
    char *topic;                 /* NULL: not set */
    bool action_permissions_set; /* an empty list that is set is sent as one */
    struct action_permission *action_permissions;
    size_t action_permission_count;
    int meeting_initial_type;  /* 0: not set */
    enum flag meeting_connect; /* cannot be updated */
    enum flag auto_record;
    bool assign_host_list_set;
    struct string_list assign_host_list; /* user ids; Feishu takes lark users only */
    char *password;                      /* secret. NULL: not set; "": none */
    struct callee *callee;               /* NULL: no call_setting */
};

void meeting_settings_init(struct meeting_settings *settings);
void meeting_settings_fini(struct meeting_settings *settings);
void meeting_settings_copy(struct meeting_settings *to, const struct meeting_settings *from);
bool meeting_settings_equal(const struct meeting_settings *a, const struct meeting_settings *b);

/* What `under` becomes when what is set in `over` is laid over it; `ret` is written anew. */
void meeting_settings_merge(const struct meeting_settings *under, const struct meeting_settings *over,
                            struct meeting_settings *ret);

/* Adds a checker to the entry of its permission, which is made where there is none yet. Returns the checker,
 * whose check_list the caller fills. */
struct permission_checker *meeting_settings_add_checker(struct meeting_settings *settings, int permission,
                                                        int check_field, int check_mode);

#endif
