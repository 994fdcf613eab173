/* base/timer: order, restart, jumps, and the descriptors on a real loop. */
#include "lib/test.h"

#include "base/base.h"
#include "base/timer.h"
#include "lib/fake-clock.h"

struct record {
    int fired[64];
    size_t count;
};

static struct record record;

static void note(struct timer *timer)
{
    record.fired[record.count++] = *(int *)timer->data;
}

static void due_timers_fire_in_order(void **state)
{
    struct fake_clock fake;
    struct timers *timers;
    struct timer timer[20];
    int number[20];

    (void)state;
    record.count = 0;
    fake_clock_init(&fake, 1000000);
    assert_int_equal(timers_new(&timers, NULL, &fake.clock, NULL), 0);
    assert_int_equal(timers_next_in(timers), -1);
    for (int i = 0; i < 20; i++) {
        number[i] = (i * 7) % 20;
        timer_init(&timer[i], timers, note, &number[i]);
        timer_start_in(&timer[i], INT64_C(10) * number[i]);
    }
    timer_stop(&timer[0]); /* number 0 */
    timer_stop(&timer[0]);
    assert_false(timer_running(&timer[0]));
    timer_start_in(&timer[1], 195); /* number 7 goes last */
    assert_int_equal(timers_next_in(timers), 10);
    timers_fire(timers);
    assert_int_equal(record.count, 0);
    fake_clock_pass(&fake, 100);
    timers_fire(timers);
    assert_int_equal(record.count, 9);
    fake_clock_pass(&fake, 100);
    assert_int_equal(timers_next_in(timers), 0);
    timers_fire(timers);
    assert_int_equal(record.count, 19);
    for (size_t i = 1; i < 18; i++)
        assert_true(record.fired[i] > record.fired[i - 1]);
    assert_int_equal(record.fired[18], 7);
    timers_close(timers, NULL, NULL);
}

static void wall_timers_follow_a_jump(void **state)
{
    struct fake_clock fake;
    struct timers *timers;
    struct timer boot, wall;
    int one = 1, two = 2;

    (void)state;
    record.count = 0;
    fake_clock_init(&fake, 1000000);
    assert_int_equal(timers_new(&timers, NULL, &fake.clock, NULL), 0);
    timer_init(&boot, timers, note, &one);
    timer_init(&wall, timers, note, &two);
    timer_start_in(&boot, MS_PER_HOUR);
    timer_start_at(&wall, 1000000 + MS_PER_DAY);
    fake.wall_ms += MS_PER_DAY; /* set by hand */
    timers_fire(timers);
    assert_int_equal(record.count, 1);
    assert_int_equal(record.fired[0], 2);
    fake_clock_pass(&fake, MS_PER_HOUR);
    timers_fire(timers);
    assert_int_equal(record.count, 2);
    timers_close(timers, NULL, NULL);
}

static void restart(struct timer *timer)
{
    note(timer);
    timer_start_in(timer, 0);
}

static void a_timer_that_restarts_itself_fires_once_a_round(void **state)
{
    struct fake_clock fake;
    struct timers *timers;
    struct timer busy, other;
    int one = 1, two = 2;

    (void)state;
    record.count = 0;
    fake_clock_init(&fake, 0);
    assert_int_equal(timers_new(&timers, NULL, &fake.clock, NULL), 0);
    timer_init(&busy, timers, restart, &one);
    timer_init(&other, timers, note, &two);
    timer_start_in(&busy, 0);
    timer_start_in(&other, 0);
    timers_fire(timers);
    assert_int_equal(record.count, 2);
    timers_fire(timers);
    assert_int_equal(record.count, 3);
    assert_int_equal(record.fired[2], 1);
    timers_close(timers, NULL, NULL);
}

static void set_flag(void *data)
{
    *(bool *)data = true;
}

static bool both_fired;

static void count_to_two(struct timer *timer)
{
    note(timer);
    both_fired = record.count == 2;
}

static void descriptors_wake_the_loop(void **state)
{
    struct timers *timers;
    struct timer boot, wall;
    uv_loop_t loop;
    bool closed = false;
    int one = 1, two = 2;

    (void)state;
    record.count = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(timers_new(&timers, &loop, clock_system(), NULL), 0);
    timer_init(&boot, timers, count_to_two, &one);
    timer_init(&wall, timers, count_to_two, &two);
    timer_start_in(&boot, 20);
    timer_start_at(&wall, clock_wall_ms(clock_system()) + 10);
    test_run_until(&loop, &both_fired);
    timer_start_in(&boot, MS_PER_HOUR);
    timers_close(timers, set_flag, &closed);
    test_run_until(&loop, &closed);
    test_loop_end(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_timers_fire_in_order),
        cmocka_unit_test(wall_timers_follow_a_jump),
        cmocka_unit_test(a_timer_that_restarts_itself_fires_once_a_round),
        cmocka_unit_test(descriptors_wake_the_loop),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
