/*
 * model: the values that the whole house talks about (reservation, meeting, participant, plan, app, event)
 * and the rules that belong to them alone. No I/O, no loop, no JSON.
 *
 * Names are Feishu's own. What is not known is UNKNOWN, NULL or FLAG_UNSET, never 0.
 */
#ifndef MEETINGD_MODEL_MODEL_H
#define MEETINGD_MODEL_MODEL_H

#include <stdint.h>

/* A time, count or duration that nobody has told us. */
#define UNKNOWN INT64_C(-1)

/* What has been over for less is at hand, and shown, like what is not over. */
#define LATELY_S (INT64_C(24) * 3600)

/* A boolean that may not have been set, or told. */
enum flag { FLAG_UNSET, FLAG_NO, FLAG_YES };

static inline enum flag flag_of(int value)
{
    return value ? FLAG_YES : FLAG_NO;
}

/* Which kind of user id an app's calls carry and get (feishu-api.md 1.1). */
enum user_id_type { USER_ID_TYPE_OPEN_ID, USER_ID_TYPE_UNION_ID, USER_ID_TYPE_USER_ID, USER_ID_TYPES };

/* "open_id", "union_id", "user_id". */
const char *user_id_type_name(enum user_id_type type);

/* -1 for a name that is none. */
int user_id_type_from_name(const char *name);

/* What went wrong last with a thing that exists, in words for a person. All zero: no problem. */
struct problem {
    int64_t code;     /* Feishu's; 0: none of Feishu's */
    char *message;    /* NULL: no problem */
    char *log_id;     /* Feishu's, for their support; may be NULL */
    int64_t at;       /* Unix seconds */
    int64_t retry_at; /* Unix seconds; 0: not repeated by itself */
};

void problem_copy(struct problem *to, const struct problem *from);
void problem_fini(struct problem *problem);

#endif
