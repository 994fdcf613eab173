#include "sim/rate.h"

#include <string.h>

#include "base/base.h"

void rate_fini(struct rate *rate)
{
    buffer_fini(&rate->minute.times);
    buffer_fini(&rate->second.times);
}

static int64_t time_at(const struct window *window, size_t index)
{
    int64_t time;

    memcpy(&time, window->times.data + index * sizeof(time), sizeof(time));
    return time;
}

/* Drops what is over. Fixed windows begin where the clock's minute or second does. */
static void move_on(struct window *window, bool sliding, int64_t length_ms, int64_t now_ms)
{
    size_t over = 0, count = window->times.length / sizeof(int64_t);

    if (!sliding) {
        int64_t begins_ms = now_ms - now_ms % length_ms;

        if (window->begun_ms != begins_ms)
            window->used = 0;
        window->begun_ms = begins_ms;
        return;
    }
    while (over < count && time_at(window, over) <= now_ms - length_ms)
        over++;
    if (over > 0)
        buffer_consume(&window->times, over * sizeof(int64_t));
}

static bool is_full(struct window *window, bool sliding, int64_t limit, int64_t length_ms, int64_t now_ms,
                    struct rate_refusal *refusal)
{
    int64_t used, free_ms;

    if (limit == 0)
        return false;
    move_on(window, sliding, length_ms, now_ms);
    used = sliding ? (int64_t)(window->times.length / sizeof(int64_t)) : window->used;
    if (used < limit)
        return false;
    /* A limit that was lowered lets a call in once fewer than it are left. */
    free_ms = (sliding ? time_at(window, (size_t)(used - limit)) : window->begun_ms) + length_ms;
    *refusal = (struct rate_refusal){.limit = limit,
                                     .reset_s = (free_ms - now_ms + MS_PER_SECOND - 1) / MS_PER_SECOND};
    return true;
}

static void count(struct window *window, bool sliding, int64_t limit, int64_t now_ms)
{
    if (limit == 0)
        return;
    if (sliding)
        buffer_append(&window->times, &now_ms, sizeof(now_ms));
    else
        window->used++;
}

bool rate_take(struct rate *rate, const struct rate_limits *limits, int64_t now_ms,
               struct rate_refusal *ret_refusal)
{
    if (is_full(&rate->minute, limits->sliding, limits->per_minute, MS_PER_MINUTE, now_ms, ret_refusal) ||
        is_full(&rate->second, limits->sliding, limits->per_second, MS_PER_SECOND, now_ms, ret_refusal))
        return false;
    count(&rate->minute, limits->sliding, limits->per_minute, now_ms);
    count(&rate->second, limits->sliding, limits->per_second, now_ms);
    return true;
}
