/* How an app stands with Feishu: what its answers say of it, and for how long it, or one of its APIs, rests
 * because of them (feishu-api.md 3.3, 4). The gate's own part; calls.c reads its members. */
#ifndef MEETINGD_SYNC_STANDING_H
#define MEETINGD_SYNC_STANDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "feishu/api.h"
#include "model/plan.h"
#include "sync/limiter.h"

/* What an API's last answer says of the app's right to it. */
struct api_standing {
    int64_t answered_at; /* Unix seconds of the last answer that a right is needed for; UNKNOWN: none */
    bool refused;        /* the app has not the scope; until an answer shows that it has */
    int64_t refused_at;  /* Unix seconds */
    int64_t code;
    char message[400];
    char log_id[64];
};

struct standing {
    const struct app *app;
    const struct clock *clock;
    struct limiter *limiters; /* of each API */
    int limited[FEISHU_APIS]; /* times in a row that the API was over its rate */
    int failures;             /* in a row */
    int64_t paused_ms;        /* boot time until which the app rests; 0: it does not */
    int64_t paused_until;     /* the same in Unix ms, to be shown */
    int64_t good_answer_at;
    bool failing; /* there was no good answer since the last failure */
    struct feishu_result last_failure;
    int64_t failed_at;
    struct api_standing apis[FEISHU_APIS];
    bool clock_known; /* there was an answer with a date since the clock was last set */
    int64_t
        clock_ahead_ms; /* by which this machine's clock is ahead of Feishu's; half a second is rounding */
    bool month_used_up; /* by Feishu's own word (99991403); the pause is for the rest of it */
};

/* All are borrowed; `limiters` are FEISHU_APIS of them. */
void standing_init(struct standing *standing, const struct app *app, const struct clock *clock,
                   struct limiter *limiters);

/* Takes an answer, or its absence, into account; logs when it begins or ends to fail. */
void standing_note(struct standing *standing, const struct feishu_result *result);

/* Whether so many calls in a row failed that one at a time is enough to try. */
bool standing_fails(const struct standing *standing);

/* The wall clock was set: a good answer that seems to be of a time to come counts for nothing. */
void standing_clock_jumped(struct standing *standing);

#endif
