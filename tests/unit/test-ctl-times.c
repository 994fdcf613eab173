/* ctl: times as people give and read them. */
#include "lib/test.h"

#include <errno.h>
#include <time.h>

#include "base/base.h"
#include "ctl/times.h"

/* 2026-11-23 09:30:05 in Shanghai, 01:30:05 UTC. */
#define NOW INT64_C(1795397405)

static const struct times local = {.now_ms = NOW * 1000 + 250},
                          utc = {.now_ms = NOW * 1000 + 250, .utc = true};

static int64_t parse(const struct times *times, const char *text)
{
    struct error error = {.text = ""};
    int64_t value = -1;

    if (times_parse(times, text, &value, &error) < 0)
        fail_msg("%s", error.text);
    return value;
}

static void each_form_is_taken(void **state)
{
    (void)state;
    assert_int_equal(parse(&local, "1795397405"), NOW);
    assert_int_equal(parse(&local, "0"), 0);
    assert_int_equal(parse(&local, "now"), NOW);
    assert_int_equal(parse(&local, "+2h"), NOW + 7200);
    assert_int_equal(parse(&local, "-7d"), NOW - 604800);
    assert_int_equal(parse(&local, "+1h 30min"), NOW + 5400);
    assert_int_equal(parse(&local, "2026-11-23 09:30"), NOW - 5);
    assert_int_equal(parse(&local, "2026-11-23 09:30:05"), NOW);
    assert_int_equal(parse(&local, "2026-11-23T09:30:05"), NOW);
    assert_int_equal(parse(&local, "2026-11-23"), NOW - 5 - 34200);
    assert_int_equal(parse(&local, "today"), NOW - 5 - 34200);
    assert_int_equal(parse(&local, "yesterday"), NOW - 5 - 34200 - 86400);
    assert_int_equal(parse(&local, "tomorrow"), NOW - 5 - 34200 + 86400);
    assert_int_equal(parse(&utc, "2026-11-23 01:30:05"), NOW);
    assert_int_equal(parse(&utc, "today"), NOW - 5405);
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "soon",
        "2h",
        "+",
        "-",
        "+x",
        "--1h",
        "+-1h",
        "2026-11",
        "2026-02-30 09:30",
        "2026-13-01",
        "2026-11-23 24:00",
        "2026-11-23 09",
        "2026-11-23 09:30:61",
        "2026-11-23 09:30 ",
        "2026-11-23  09:30",
        "1795397405000",
        "99999999999999999999999",
        "-100000d",
        "2026-11-23 9:30",
        "0x10",
        "1e9",
        "Today",
        "+inf",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        struct error error;
        int64_t value = 77;

        if (times_parse(&local, texts[i], &value, &error) != -EINVAL)
            fail_msg("'%s' was taken as %lld", texts[i], (long long)value);
        assert_int_equal(value, 77);
        assert_non_null(strstr(error.text, "no time"));
    }
}

/* Berlin, 2026: clocks go from 02:00 to 03:00 on 29 March, and back on 25 October. */
static void clocks_that_are_put_forward_skip_an_hour(void **state)
{
    struct times berlin = {.now_ms = INT64_C(1774742400000)}; /* 2026-03-29 00:00 UTC: 01:00 there */
    int64_t value;

    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    assert_int_equal(times_parse(&berlin, "2026-03-29 02:30", &value, NULL), -EINVAL);
    assert_int_equal(parse(&berlin, "2026-03-29 03:30"), 1774747800);
    assert_int_equal(parse(&berlin, "today"), 1774742400 - 3600);
    assert_int_equal(parse(&berlin, "tomorrow"), 1774742400 - 3600 + 23 * 3600);
    setenv("TZ", "Asia/Shanghai", 1);
    tzset();
}

static void moments_are_written(void **state)
{
    char text[TIMES_TEXT_SIZE];

    (void)state;
    assert_string_equal(times_format(&local, NOW, false, text), "2026-11-23 09:30");
    assert_string_equal(times_format(&local, NOW, true, text), "2026-11-23 09:30:05");
    assert_string_equal(times_format(&utc, NOW, false, text), "2026-11-23 01:30");
    assert_string_equal(times_format(&local, INT64_MAX, false, text), "?");
    assert_string_equal(times_format(&local, -1, false, text), "?");
    assert_string_equal(times_format_short(&local, NOW + 3600, text), "10:30");
    assert_string_equal(times_format_short(&local, NOW + 86400, text), "2026-11-24 09:30");
    assert_string_equal(times_format_short(&utc, NOW - 5406, text), "2026-11-22 23:59");
    assert_string_equal(times_format_short(&utc, INT64_MAX, text), "?");
}

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)

static void days_have_names_for_people(void **state)
{
    static const struct {
        int64_t away;
        const char *text, *brief;
    } cases[] = {
        {0, "today 09:30", "today 09:30"},
        {14 * HOUR, "today 23:30", "today 23:30"},
        {15 * HOUR, "tomorrow 00:30", "Tue 00:30"},
        {38 * HOUR, "tomorrow 23:30", "Tue 23:30"},
        {-10 * HOUR, "yesterday 23:30", "22 Nov 23:30"},
        {2 * DAY, "Wed 25 Nov 09:30", "Wed 09:30"},
        {6 * DAY, "Sun 29 Nov 09:30", "Sun 09:30"},
        {7 * DAY, "Mon 30 Nov 09:30", "30 Nov 09:30"},
        {-2 * DAY, "Sat 21 Nov 09:30", "21 Nov 09:30"},
        {60 * DAY, "Fri 22 Jan 09:30", "22 Jan 09:30"},
        {200 * DAY, "2027-06-11 09:30", "2027-06-11"},
        {-400 * DAY, "2025-10-19 09:30", "2025-10-19"},
    };
    struct times people = local, abroad = utc;
    char text[TIMES_TEXT_SIZE];

    (void)state;
    people.words = true;
    abroad.words = true;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        assert_string_equal(times_format_day(&people, NOW + cases[i].away, false, text), cases[i].text);
        assert_string_equal(times_format_day(&people, NOW + cases[i].away, true, text), cases[i].brief);
    }
    assert_string_equal(times_format_until(&people, NOW + DAY, NOW + DAY + HOUR, text), "10:30");
    assert_string_equal(times_format_until(&people, NOW, NOW + DAY, text), "2026-11-24 09:30");
    assert_string_equal(times_format_until(&people, INT64_MIN, NOW, text), "2026-11-23 09:30");
    assert_string_equal(times_format_until(&local, NOW, NOW + HOUR, text), "2026-11-23 10:30");
    assert_string_equal(times_format_day(&abroad, NOW - 5406, false, text), "yesterday 23:59");
    assert_string_equal(times_format_day(&people, INT64_MAX, false, text), "?");
    assert_string_equal(times_format_day(&local, NOW, false, text), "2026-11-23 09:30");
}

static void distances_are_written(void **state)
{
    static const struct {
        int64_t away;
        const char *text;
    } cases[] = {
        {0, "now"},          {1, "in 1s"},        {59, "in 59s"},       {60, "in 1min"},
        {7200, "in 2h"},     {7230, "in 2h"},     {7500, "in 2h 5min"}, {86400, "in 1d"},
        {90000, "in 1d 1h"}, {2599200, "in 30d"}, {-300, "5min ago"},   {-NOW, "20780d ago"},
    };
    char text[TIMES_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        assert_string_equal(times_relative(&local, NOW + cases[i].away, text), cases[i].text);
    assert_string_equal(times_relative(&local, INT64_MAX, text), "?");
    assert_string_equal(times_relative(&local, INT64_MIN, text), "?");
    assert_string_equal(times_age(&local, NOW * 1000 - 5000, text), "5s");
    assert_string_equal(times_age(&local, NOW * 1000 + 900, text), "0s");
    assert_string_equal(times_age(&local, INT64_MAX, text), "?");
    assert_string_equal(times_between(NOW, NOW + 90, text), "1min");
    assert_string_equal(times_between(NOW, NOW - 1, text), "?");
    assert_string_equal(times_between(INT64_MIN, INT64_MAX, text), "?");
    assert_string_equal(times_between(INT64_MAX, INT64_MIN, text), "?");
    assert_string_equal(times_between(0, INT64_MAX, text), "?");
    assert_string_equal(times_span(-4, text), "0s");
    assert_string_equal(times_span(INT64_MAX, text), "106751991167300d");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_is_taken),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(clocks_that_are_put_forward_skip_an_hour),
        cmocka_unit_test(moments_are_written),
        cmocka_unit_test(days_have_names_for_people),
        cmocka_unit_test(distances_are_written),
    };

    setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
