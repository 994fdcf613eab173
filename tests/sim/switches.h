/*
 * What Feishu's documents leave open, as switches: each has the choices that its readers allow, and the first
 * is the default. README lists them with the places of the documents.
 */
#ifndef SIM_SWITCHES_H
#define SIM_SWITCHES_H

#include <json-c/json.h>

#include "base/error.h"

enum no_active {
    NO_ACTIVE_404,
    NO_ACTIVE_EMPTY,
    NO_ACTIVE_NULL,
    NO_ACTIVE_ABSENT,
    NO_ACTIVE_EMPTY_ID,
    NO_ACTIVE_STATUS3
};
enum active_shape { SHAPE_INSIDE, SHAPE_BESIDE, SHAPE_PAGE };
enum running_time { RUNNING_ZERO, RUNNING_ABSENT, RUNNING_OTHER };
enum numbers { NUMBERS_STRINGS, NUMBERS_INTS, NUMBERS_MIXED };
enum expired_renew { RENEW_KEEP, RENEW_NEW_NUMBER, RENEW_REFUSED };
enum ownership { OWNED_BY_APP, OWNED_BY_TENANT, OWNED_BY_ANY };

/* Each choice's number is its place in the table; an int is a plain number, or one of two or three choices
 * of which the first is 0. */
struct switches {
    int no_active;
    int active_shape;
    int active_ability; /* 0: always, 1: never */
    int end_time_running;
    int final_leave_running;
    int numbers;
    int accumulated;      /* 0: people, 1: joins */
    int user_id_lists;    /* 0: without rooms, phones and SIP devices, 1: with them */
    int device_rows;      /* 0: one for all of somebody's devices, 1: each its own */
    int left_rows;        /* 0: who has left stays in the list, 1: and does not */
    int expire_status;    /* 0: as documented, 1: zero */
    int default_password; /* 0: none, 1: random */
    int password_shown;   /* 0: yes, 1: no */
    int app_link_id;      /* 0: the placeholder, 1: filled in */
    int url_digits;       /* 0: its own, 1: the meeting's number */
    int region;           /* 0: feishu, 1: lark */
    int host_error;       /* 0: told in a list, 1: 123004 */
    int owner_error;      /* 0: 121003, 1: a gateway's code, 2: 121005 */
    int callee_error;     /* 0: 121002, 1: 121003 */
    int param_error;      /* 0: 121003, 1: 99992402 */
    int past_end_time;    /* 0: refused, 1: accepted */
    int users;            /* 0: any well-formed id, 1: only those that were declared */
    int unknown_fields;   /* 0: ignored, 1: 121003 */
    int update;           /* 0: merge, 1: replace */
    int update_empty;     /* 0: stored, 1: ignored */
    int update_connect;   /* 0: ignored, 1: 121002 */
    int expired_renew;
    int delete_ends_meeting; /* 0: no, 1: yes */
    int expiry_ends_meeting; /* 0: no, 1: yes */
    int ownership;
    int secret_error; /* 0: 10014, 1: 10015, 2: 99991543 */
    int token_status; /* 0: 400, 1: 401, 2: 200 */
    int expired_code; /* 0: 99991663 for tenant tokens, 1: 99991677 */
    int token_life_s;
    int token_reuse_s;
    int revoked_token; /* 0: a new one follows, 1: the same is handed out again */
    int ip_status;     /* 0: 400, 1: 403 */
    int user_id_scope; /* 0: refused without it, 1: left empty */
    int rate_per_minute;
    int rate_per_second;
    int rate_list_per_minute;
    int rate_token_per_minute;
    int rate_window;  /* 0: fixed, 1: sliding */
    int rate_status;  /* 0: 429, 1: 400 */
    int rate_headers; /* 0: yes, 1: no */
    int quota;
    int quota_tokens; /* 0: token calls count, 1: they do not */
};

void switches_init(struct switches *switches);

/* Sets what the object names; nothing is set where one of them is wrong. */
int switches_set(struct switches *switches, struct json_object *object, struct error *error);

/* {name: choice}. The caller puts it. */
struct json_object *switches_json(const struct switches *switches);

#endif
