#include "retention.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "model/model.h"

#define FIRST_MS (2 * MS_PER_MINUTE)
#define DAILY_MS MS_PER_DAY
#define AGAIN_MS MS_PER_HOUR

/* Clocks that are set at all differ by less. */
#define AHEAD_MOST_MS (5 * MS_PER_MINUTE)

/* Between two parts, so that a year's worth leaves the disk to others. */
#define PAUSE_MS 50

struct retention {
    struct timer timer;
    struct store *store;
    retention_clock_cb *clock_ahead;
    void *data;
    int64_t history_ms;
    bool busy; /* the store has been asked */
    bool told; /* that the clock is ahead */
    bool stopped;
};

static void on_pruned(void *data, int result, const struct error *error)
{
    struct retention *retention = data;

    (void)error; /* the store has said it */
    retention->busy = false;
    if (retention->stopped)
        return;
    if (result > 0)
        timer_start_in(&retention->timer, PAUSE_MS);
    else
        timer_start_in(&retention->timer, result < 0 ? AGAIN_MS : DAILY_MS);
}

/* What is removed does not come back: by a clock that nobody has compared, as at a boot without a network, or
 * that is known to be ahead, nothing is. */
static bool is_clock_trusted(struct retention *retention)
{
    int64_t ahead_ms = retention->clock_ahead(retention->data);
    bool is_ahead = ahead_ms != UNKNOWN && ahead_ms > AHEAD_MOST_MS;

    if (is_ahead && !retention->told)
        log_warning(NULL,
                    "this machine's clock is %" PRId64 " s ahead of Feishu's: nothing is removed from the "
                    "history until it is set",
                    ahead_ms / MS_PER_SECOND);
    retention->told = is_ahead;
    return ahead_ms != UNKNOWN && !is_ahead;
}

static void on_timer(struct timer *timer)
{
    struct retention *retention = timer->data;
    int64_t now_ms = clock_wall_ms(timers_clock(timer->timers));

    if (!is_clock_trusted(retention)) {
        timer_start_in(&retention->timer, AGAIN_MS);
        return;
    }
    retention->busy = true;
    store_prune(retention->store, (now_ms - retention->history_ms) / MS_PER_SECOND, on_pruned, retention);
}

struct retention *retention_new(struct timers *timers, struct store *store, int64_t history_ms,
                                retention_clock_cb *clock_ahead, void *data)
{
    struct retention *retention = xalloc(sizeof(*retention));

    retention->store = store;
    retention->history_ms = history_ms;
    retention->clock_ahead = clock_ahead;
    retention->data = data;
    timer_init(&retention->timer, timers, on_timer, retention);
    timer_start_in(&retention->timer, FIRST_MS);
    return retention;
}

void retention_set(struct retention *retention, int64_t history_ms)
{
    bool sooner = history_ms < retention->history_ms;

    retention->history_ms = history_ms;
    /* Who keeps less from now on may have thought twice by then. */
    if (sooner && !retention->busy && !retention->stopped)
        timer_start_in(&retention->timer, FIRST_MS);
}

void retention_stop(struct retention *retention)
{
    if (retention == NULL)
        return;
    retention->stopped = true;
    timer_stop(&retention->timer);
}

struct retention *retention_free(struct retention *retention)
{
    free(retention);
    return NULL;
}
