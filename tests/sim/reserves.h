/* The reservations that Feishu keeps. */
#ifndef SIM_RESERVES_H
#define SIM_RESERVES_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "sim/dice.h"
#include "sim/users.h"

struct meeting;

#define ID_SIZE         24
#define MEETING_NO_SIZE 10

struct reserve {
    char id[ID_SIZE];
    char meeting_no[MEETING_NO_SIZE];
    char url_no[MEETING_NO_SIZE];
    char live_word[16];
    char *password; /* NULL: none */
    char *app_id;
    char *tenant;
    struct user *owner;
    bool by_user;     /* made with a user's token: the user's alone */
    int64_t end_time; /* the expiry, seconds */
    bool deleted;
    struct json_object *settings; /* as in the request, with open_ids and without the password */
    struct meeting *running;      /* NULL: no meeting now */
    struct meeting *last;         /* NULL: none ever */
    struct reserve *next;         /* in the order they were made */
};

struct lh_table;

struct reserves {
    struct reserve *first;
    struct reserve *last;
    struct lh_table *by_id;
};

void reserves_init(struct reserves *reserves);
void reserves_fini(struct reserves *reserves);

/* A reservation with an id (NULL: a new one), a number of its own, empty settings and nothing else. NULL
 * where the id is taken. */
struct reserve *reserves_add(struct reserves *reserves, const char *id, int64_t now_s, struct dice *dice);

/* Deleted ones too; NULL: never was. */
struct reserve *reserves_find(const struct reserves *reserves, const char *id);

/* The newest that is there with the topic; NULL: none. */
struct reserve *reserves_with_topic(const struct reserves *reserves, const char *topic);

/* A number that no other reservation has that has not expired. */
void reserves_new_number(struct reserves *reserves, struct reserve *reserve, int64_t now_s,
                         struct dice *dice);

/* About 19 digits, growing with time, as Feishu's ids are. */
void make_id(char ret[ID_SIZE], int64_t now_s, struct dice *dice);

#endif
