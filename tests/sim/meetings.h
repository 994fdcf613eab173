/* The meetings under the reservations, and who is in them. */
#ifndef SIM_MEETINGS_H
#define SIM_MEETINGS_H

#include "sim/reserves.h"

enum meeting_status { MEETING_CALLING = 1, MEETING_GOING_ON = 2, MEETING_OVER = 3 };
enum person_status { PERSON_CALLED = 1, PERSON_IN = 2, PERSON_RINGING = 3, PERSON_OUT = 4 };

enum ability {
    USE_VIDEO,
    USE_AUDIO,
    USE_SHARE_SCREEN,
    USE_FOLLOW_SCREEN,
    USE_RECORDING,
    USE_PSTN,
    ABILITIES
};

extern const char *const ability_names[ABILITIES];

/* A participant: a row of the list. */
struct person {
    struct user *user;
    int device;       /* where each has a row of its own; else 0 */
    uint32_t devices; /* that are in: a bit for each, where they share the row */
    int user_type;
    enum person_status status;
    int64_t first_join_s; /* 0: never in */
    int64_t join_s;       /* the present stay */
    int64_t leave_s;      /* 0: never left */
    int64_t stayed_s;     /* former stays */
    bool is_cohost;
    bool is_external;
};

struct meeting {
    char id[ID_SIZE];
    char meeting_no[MEETING_NO_SIZE];
    char *topic;
    struct reserve *reserve;
    enum meeting_status status;
    int64_t create_s;
    int64_t start_s;
    int64_t end_s;     /* 0: not over */
    struct user *host; /* NULL: none */
    bool abilities[ABILITIES];
    struct person *people;
    size_t people_count;
    int64_t peak;
    int64_t joins;
    struct meeting *next; /* newer */
};

struct lh_table;

struct meetings {
    struct meeting *first;
    struct meeting *last;
    struct lh_table *by_id;
};

void meetings_init(struct meetings *meetings);
void meetings_fini(struct meetings *meetings);

/* Starts a meeting under a reservation that has none now. `id` NULL: a new one. NULL where the id is taken.
 */
struct meeting *meetings_start(struct meetings *meetings, struct reserve *reserve, const char *id,
                               int64_t now_s, struct dice *dice);

struct meeting *meetings_find(const struct meetings *meetings, const char *id);

/* More than any test needs. */
#define DEVICES_MAX 32

/* The user's row for a device, made where there is none yet. */
struct person *meeting_person(struct meeting *meeting, struct user *user, int device);

/* How many users have been in. */
int64_t meeting_count_people(const struct meeting *meeting);

/* Everything that follows from a new status: stays, peak, accumulated count. */
void meeting_set_status(struct meeting *meeting, struct person *person, enum person_status status,
                        int64_t now_s);

/* Everybody leaves, and the reservation has no meeting any more. */
void meeting_end(struct meeting *meeting, int64_t now_s);

int64_t person_duration_s(const struct person *person, int64_t now_s);

#endif
