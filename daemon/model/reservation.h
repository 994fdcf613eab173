/* A reservation: what the plan asks for one occurrence, and what Feishu made of it. */
#ifndef MEETINGD_MODEL_RESERVATION_H
#define MEETINGD_MODEL_RESERVATION_H

#include "model/model.h"
#include "model/settings.h"

enum reservation_state {
    RESERVATION_PLANNED,   /* not asked for yet, or refused in a way that is tried again */
    RESERVATION_RESERVING, /* the intent is on disk; the request may be on its way */
    RESERVATION_UNCERTAIN, /* asked for, and nobody knows whether Feishu made it */
    RESERVATION_RESERVED,  /* made; also between two meetings inside the slot */
    RESERVATION_LIVE,      /* its meeting goes on */
    RESERVATION_ENDED,     /* the slot is over, a meeting was seen */
    RESERVATION_EXPIRED,   /* Feishu's expiry has passed; the number is released */
    RESERVATION_FAILED,    /* refused for good; an operator or an edit of the plan has to help */
    RESERVATION_DELETED,
    RESERVATION_STATES
};

/* Who has ended a deleted one. */
enum reservation_end {
    RESERVATION_END_NONE,
    RESERVATION_END_OPERATOR, /* by hand: it is not made again, unless its section changes */
    RESERVATION_END_FILE,     /* no plan wanted it any more */
    RESERVATION_END_LOST,     /* Feishu did not know it any more, and nobody here had deleted it */
};

struct reservation {
    /* Who it is. `key` is unique and never changes: the occurrence for a plan's (NAME@START, and #2 behind a
     * second one of it), the plan's name for an adopted one without a timetable, a made-up word that begins
     * with '@' for one that was made by hand. */
    char *key;
    char *uid; /* for calendars: stays when the reservation is made anew or its section renamed; NULL: the key
                */
    char *name;       /* the plan's; NULL: made by hand */
    char *occurrence; /* NAME@START, START in UTC as 20261123T013000Z; NULL: none */
    char *app;
    char *date;    /* the local day of its occurrence; NULL: it has no timetable, or a record of old */
    bool adopted;  /* made elsewhere (reserve_id in the file): followed, never written */
    bool standing; /* one for all occurrences of its plan: its slot is the current or next one */
    bool passed; /* an occurrence of a standing or adopted one that has passed: history, nothing is done about
                    it */

    /* What the plan wants. */
    char *owner_id;
    int64_t start_time; /* of the slot, Unix seconds; UNKNOWN: no timetable */
    int64_t end_time;   /* of the slot */
    bool kept;          /* on_remove = keep: stays at Feishu when its plan goes */
    bool unwanted;      /* no plan wants it any more: to be deleted, unless its meeting goes on */

    /* What Feishu has, as far as we told it or were told. */
    struct meeting_settings meeting_settings;

    /* What the file said when it was last applied: settings_text() and the expiry asked for. What an operator
     * has changed since by hand stays until the file says something else. */
    char *applied;          /* secret; NULL: made by hand, not made yet, or a record of old */
    int64_t applied_expiry; /* Unix seconds; UNKNOWN like `applied` */
    bool unverified;        /* updated with a part of its settings: whether the rest stayed is to be seen */
    bool replaces;          /* it did not: for its app an update has to carry all settings */

    /* How it stands. */
    enum reservation_state state;
    struct problem problem;
    int64_t attempted_at; /* Unix ms of the last apply's intent; UNKNOWN: never asked for */
    int attempts;         /* refused ones in a row, for the back-off */
    bool repeated;        /* an uncertain apply was repeated: a second reservation may exist */
    enum reservation_end end;
    int left_over; /* settings that the file does not set any more and Feishu cannot forget (setting.h) */
    int revision;  /* grows with each change of what a calendar shows */

    /* What Feishu said. */
    char *reserve_id;
    char *meeting_no;
    char *url;
    char *app_link;
    char *live_link;
    char *password;      /* secret */
    int64_t expire_time; /* Feishu's end_time: when the reservation expires, Unix seconds */
    char *reserve_user_id;
    int64_t expire_status; /* 1 not expired, 2 expired; Feishu's samples show 0; UNKNOWN: not told */
    struct string_list invalid_host_id_list;
    struct string_list meetings; /* meeting ids, oldest first */
    int64_t observed_at;         /* Unix ms of Feishu's last word on it; UNKNOWN: never */
};

/* "planned", "reserving", … as product.md section 4 writes them; -1 for a name that is none. */
const char *reservation_state_name(enum reservation_state state);
int reservation_state_from_name(const char *name);

/* Whether it was made and is there, as far as its state says: reserved, live or ended. */
bool reservation_is_made(const struct reservation *reservation);

/* Whether Feishu may hold it at `now_s`: asked for, and neither over nor given up. */
bool reservation_in_force(const struct reservation *reservation, int64_t now_s);

/* A planned reservation about which nothing is known. */
struct reservation *reservation_new(const char *key);
struct reservation *reservation_free(struct reservation *reservation);
struct reservation *reservation_copy(const struct reservation *reservation);

/* Replaces the problem; `message` NULL clears it. */
void reservation_set_problem(struct reservation *reservation, int64_t code, const char *message,
                             const char *log_id, int64_t at, int64_t retry_at);

#endif
