/* sync/limiter: no window of any shape sees more than its limit, and little of it is left unused. */
#include "lib/test.h"

#include "base/base.h"
#include "sync/limiter.h"

/* Runs at full load for `run_ms`; returns the calls, and the most that any sliding window of `window_ms` saw.
 */
static int64_t run(int64_t per_minute, int64_t per_second, int64_t run_ms, int64_t window_ms,
                   int64_t *ret_most)
{
    struct limiter limiter;
    int64_t *sent = calloc((size_t)run_ms, sizeof(*sent));
    int64_t count = 0, first = 0, now = 5;

    assert_non_null(sent);
    *ret_most = 0;
    limiter_init(&limiter, per_minute, per_second);
    while (now < run_ms) {
        int64_t wait = limiter_wait_ms(&limiter, now);

        if (wait > 0) {
            now += wait + (count % 3 == 0); /* timers are late now and then */
            continue;
        }
        limiter_spend(&limiter, now);
        sent[count++] = now;
        while (sent[first] <= now - window_ms)
            first++;
        if (count - first > *ret_most)
            *ret_most = count - first;
    }
    free(sent);
    return count;
}

static void both_windows_hold_at_full_load(void **state)
{
    int64_t most, count;

    (void)state;
    count = run(1000, 50, 10 * MS_PER_MINUTE, MS_PER_MINUTE, &most);
    assert_true(most <= 1000);
    assert_true(count >= 9800);
    run(1000, 50, 10 * MS_PER_MINUTE, MS_PER_SECOND, &most);
    assert_true(most <= 50);
    run(1000, 5, 10 * MS_PER_MINUTE, MS_PER_SECOND, &most);
    assert_true(most <= 5);
}

static void a_pause_holds_and_is_followed_by_no_burst(void **state)
{
    struct limiter limiter;

    (void)state;
    limiter_init(&limiter, 1000, 50);
    assert_int_equal(limiter_wait_ms(&limiter, 100), 0);
    limiter_spend(&limiter, 100);
    limiter_pause(&limiter, 52000, 100);
    limiter_pause(&limiter, 1000, 100); /* a shorter one does not end it */
    assert_int_equal(limiter_wait_ms(&limiter, 100), 52000);
    assert_int_equal(limiter_wait_ms(&limiter, 52100), 0);
    limiter_spend(&limiter, 52100);
    assert_true(limiter_wait_ms(&limiter, 52100) >= 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_windows_hold_at_full_load),
        cmocka_unit_test(a_pause_holds_and_is_followed_by_no_burst),
    };

    return cmocka_run_group_tests_name("limiter", tests, NULL, NULL);
}
