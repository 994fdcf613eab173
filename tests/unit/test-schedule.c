/* model/schedule: local times and zones. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "model/schedule.h"

static void times_are_read(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T09:30",
        "2026-11-31 09:30",
        "2026-02-29 09:30",
        "2026-13-01 09:30",
        "2026-11-23 24:00",
        "2026-11-23 9:30",
        "2026-11-23 09:30:",
        "2026-11-23 09:30:60",
        "2026-11-23 09:30 ",
        "26-11-23 09:30",
    };
    struct local_time time;

    (void)state;
    assert_int_equal(local_time_parse("2026-11-23 09:30", &time), 0);
    assert_int_equal(time.year * 10000 + time.month * 100 + time.day, 20261123);
    assert_int_equal(time.hour * 10000 + time.minute * 100 + time.second, 93000);
    assert_int_equal(local_time_parse("2028-02-29 23:59:59", &time), 0);
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_int_equal(local_time_parse(bad[i], &time), -EINVAL);
}

static void zones_are_known_by_name(void **state)
{
    char *system = timezone_system();

    (void)state;
    assert_true(timezone_known("Asia/Shanghai"));
    assert_false(timezone_known("/Asia/Shanghai"));
    assert_true(timezone_known("UTC"));
    assert_false(timezone_known("Asia/Shangai"));
    assert_false(timezone_known(""));
    assert_true(timezone_known(system));
    free(system);
}

static void check(const char *text, const char *zone, int64_t expected)
{
    struct local_time time, back;
    int64_t unix_time;

    assert_int_equal(local_time_parse(text, &time), 0);
    assert_int_equal(local_time_to_unix(&time, zone, &unix_time), 0);
    assert_int_equal(unix_time, expected);
    assert_int_equal(local_time_from_unix(unix_time, zone, &back), 0);
    assert_memory_equal(&time, &back, sizeof(time));
}

static void times_are_converted(void **state)
{
    struct local_time skipped = {2026, 3, 29, 2, 30, 0};
    int64_t unix_time;

    (void)state;
    check("2026-11-23 09:30", "Asia/Shanghai", 1795397400);
    check("2026-11-23 09:30", "UTC", 1795426200);
    check("2026-07-01 12:00", "Europe/Berlin", 1782900000);
    check("2026-12-01 12:00", "Europe/Berlin", 1796122800);
    /* Shown twice on 25 October 2026: the first one, in summer time. */
    check("2026-10-25 02:30", "Europe/Berlin", 1792888200);
    check("2026-11-01 01:30", "America/New_York", 1793511000);
    check("2026-04-05 01:45", "Australia/Lord_Howe", 1775313900);
    assert_int_equal(local_time_to_unix(&skipped, "Europe/Berlin", &unix_time), -ENOENT);
    assert_int_equal(local_time_to_unix(&skipped, "Mars/Olympus", &unix_time), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(zones_are_known_by_name),
        cmocka_unit_test(times_are_converted),
    };

    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
