/*
 * A model of Feishu behind the client's own functions (feishu/api.h), for simulations without a network: it
 * is linked in the client's place. It knows a token's life, counts strictly over sliding windows of a minute
 * and a second, and over the month, and answers when its time has come on the simulation's timers.
 */
#ifndef MEETINGD_TESTS_POLL_FEISHU_H
#define MEETINGD_TESTS_POLL_FEISHU_H

#include "base/timer.h"
#include "feishu/api.h"

struct poll_feishu;

/* What the model asks of whoever runs it; the meeting is in the answer of get_active_meeting, NULL: none. */
struct poll_feishu_world {
    struct meeting *(*active)(void *data, const char *reserve_id);
    char *(*applied)(void *data, int64_t end_time); /* the new reservation's id */
    void *data;
};

struct poll_feishu *poll_feishu_new(struct timers *timers, const struct app *app,
                                    const struct poll_feishu_world *world);
void poll_feishu_free(struct poll_feishu *model);

/* To be handed to calls_new(). */
struct feishu *poll_feishu_client(struct poll_feishu *model);

struct poll_feishu_counts {
    uint64_t requests;   /* all, tokens too */
    uint64_t polls;      /* get_active_meeting */
    uint64_t violations; /* requests that would have been refused for the rate, by windows of any shape */
    uint64_t month;      /* requests of this month in China */
    uint64_t month_most; /* of the month that had most */
    uint64_t peak;       /* polls within 15 s of a full or half hour */
};

void poll_feishu_counts(const struct poll_feishu *model, struct poll_feishu_counts *ret);

#endif
