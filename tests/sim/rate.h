/* Feishu's windows: so many calls a minute and so many a second, whichever is hit first (feishu-api.md 4). */
#ifndef SIM_RATE_H
#define SIM_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct window {
    int64_t begun_ms;    /* fixed: when the present window began */
    int64_t used;        /* fixed: calls in it */
    struct buffer times; /* sliding: int64_t, when each counted call came */
};

/* All zero: no call yet. */
struct rate {
    struct window minute;
    struct window second;
};

struct rate_limits {
    int64_t per_minute; /* 0: none */
    int64_t per_second; /* 0: none */
    bool sliding;
};

struct rate_refusal {
    int64_t limit;
    int64_t reset_s; /* until the window that was hit lets calls in again, rounded up */
};

void rate_fini(struct rate *rate);

/* Counts a call and returns true, or refuses it, counts nothing, and tells which limit it was. */
bool rate_take(struct rate *rate, const struct rate_limits *limits, int64_t now_ms,
               struct rate_refusal *ret_refusal);

#endif
