/*
 * Turns of a loop whose timers follow the test's own clock (timers_new() without a loop, fired by hand), so
 * that hours pass at once. Time stands still until all that is under way has come to its end: how long
 * anything takes on the machine decides nothing.
 */
#ifndef MEETINGD_TESTS_TURN_H
#define MEETINGD_TESTS_TURN_H

#include "base/timer.h"
#include "lib/fake-clock.h"
#include "lib/test.h"

struct test_time {
    uv_loop_t *loop;
    struct timers *timers;
    struct fake_clock *clock;
    /* Turns until nothing is under way that ends by itself; NULL: there never is. */
    void (*settle)(void *data);
    void *data;
};

/* What is ready now is done: sockets, then timers that are due by the test's clock. */
static inline void test_turn(const struct test_time *time)
{
    uv_run(time->loop, UV_RUN_NOWAIT);
    timers_fire(time->timers);
}

/* Turns until `reached(data)`; time stands still meanwhile. Fails the test where it is never reached. */
static inline void test_turn_until(const struct test_time *time, bool (*reached)(void *data), void *data)
{
    for (int turns = 0; !reached(data); turns++) {
        if (turns == 1000000)
            fail_msg("the test waits in vain");
        test_turn(time);
        if (!reached(data))
            usleep(50);
    }
}

/* Lets time go by, from one timer to the next but at most `step_ms` at once, until `reached(data)`. Returns
 * the milliseconds that passed; fails the test where more than `most_ms` would. */
static inline int64_t test_pass_until(const struct test_time *time, int64_t step_ms, int64_t most_ms,
                                      bool (*reached)(void *data), void *data)
{
    int64_t passed = 0;

    for (;;) {
        int64_t step;

        test_turn(time);
        if (time->settle != NULL)
            time->settle(time->data);
        if (reached(data))
            return passed;
        if (passed >= most_ms)
            fail_msg("not reached in %lld ms", (long long)most_ms);
        step = timers_next_in(time->timers);
        if (step < 1 || step > step_ms)
            step = step == 0 ? 1 : step_ms;
        if (step > most_ms - passed)
            step = most_ms - passed;
        fake_clock_pass(time->clock, step);
        passed += step;
    }
}

#endif
