/* Turns of a loop whose timers follow the test's own clock: timers_new() without a loop, fired by hand, so
 * that hours pass at once and nothing waits for them. */
#ifndef MEETINGD_TESTS_TURN_H
#define MEETINGD_TESTS_TURN_H

#include "base/timer.h"
#include "lib/fake-clock.h"
#include "lib/test.h"

/* What is ready now is done: sockets, then timers that are due by the test's clock. */
static inline void test_turn(uv_loop_t *loop, struct timers *timers)
{
    uv_run(loop, UV_RUN_NOWAIT);
    timers_fire(timers);
}

/* Turns until `reached(data)`; time stands still meanwhile. Fails the test where it is never reached. */
static inline void test_turn_until(uv_loop_t *loop, struct timers *timers, bool (*reached)(void *data),
                                   void *data)
{
    for (int turns = 0; !reached(data); turns++) {
        if (turns == 200000)
            fail_msg("the test waits in vain");
        test_turn(loop, timers);
        usleep(50);
    }
}

/* Lets time go by, from one timer to the next but at most `step_ms` at once, with turns in between, until
 * `reached(data)`. Returns the milliseconds that passed; fails the test where more than `most_ms` would. */
static inline int64_t test_pass_until(uv_loop_t *loop, struct timers *timers, struct fake_clock *clock,
                                      int64_t step_ms, int64_t most_ms, bool (*reached)(void *data),
                                      void *data)
{
    int64_t passed = 0;

    for (;;) {
        int64_t step;

        /* What the step set off over sockets takes some turns. */
        for (int turns = 0; turns < 20 && !reached(data); turns++) {
            test_turn(loop, timers);
            usleep(50);
        }
        if (reached(data))
            return passed;
        if (passed >= most_ms)
            fail_msg("not reached in %lld ms", (long long)most_ms);
        step = timers_next_in(timers);
        if (step < 1 || step > step_ms)
            step = step == 0 ? 1 : step_ms;
        fake_clock_pass(clock, step);
        passed += step;
    }
}

#endif
