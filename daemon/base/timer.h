/*
 * Timers on the injected clock: two deadline heaps, one of boot time and one of wall time, behind one timerfd
 * each. libuv's own timers do not count the time that the machine was suspended, so nothing else in the
 * daemon keeps time.
 *
 * A wall-clock timer fires at its instant even where the clock was set in between (the descriptor is armed
 * with TFD_TIMER_CANCEL_ON_SET), and whoever asked is told of the jump.
 *
 * Where there is no loop (tests, simulations), the owner moves its clock and calls timers_fire().
 */
#ifndef MEETINGD_BASE_TIMER_H
#define MEETINGD_BASE_TIMER_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "base/clock.h"
#include "base/error.h"

struct timers;
struct timer;

/* Called from the loop when a timer is due. The timer is stopped by then and may be started again or freed.
 */
typedef void timer_cb(struct timer *timer);

/* Embedded in its owner; stop it before its memory goes. */
struct timer {
    struct timers *timers;
    timer_cb *callback;
    void *data;
    int64_t due_ms;
    uint64_t order; /* of the start: timers due at the same instant fire in the order they were started */
    size_t index;   /* in its heap, from 1; 0 while stopped */
    int heap;
};

/* `loop` may be NULL: then only timers_fire() fires. */
int timers_new(struct timers **ret, uv_loop_t *loop, const struct clock *clock, struct error *error);

/* Stops everything, closes the descriptors and frees; `closed(data)` comes once that is done, from the loop,
 * or at once where there is no loop. `closed` may be NULL. */
void timers_close(struct timers *timers, void (*closed)(void *data), void *data);

/* `jumped(data)` is called from the loop whenever the wall clock was set. */
void timers_on_clock_jump(struct timers *timers, void (*jumped)(void *data), void *data);

const struct clock *timers_clock(const struct timers *timers);

void timer_init(struct timer *timer, struct timers *timers, timer_cb *callback, void *data);

/* Fires once, `delay_ms` of boot time from now (at the loop's next turn where that is 0 or less). A running
 * timer is started anew. */
void timer_start_in(struct timer *timer, int64_t delay_ms);

/* Fires once when the wall clock reads `wall_ms` or later. A running timer is started anew. */
void timer_start_at(struct timer *timer, int64_t wall_ms);

/* No effect on a timer that is not running. */
void timer_stop(struct timer *timer);

bool timer_running(const struct timer *timer);

/* Fires all that is due now by the clock. */
void timers_fire(struct timers *timers);

/* Milliseconds until the next timer is due, 0 where one is due, -1 where none runs. */
int64_t timers_next_in(const struct timers *timers);

#endif
