/* model/schedule-rule and model/day: which rules are taken, and which days they allow. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "model/day.h"
#include "model/schedule-rule.h"

static void days_are_numbered(void **state)
{
    int number = day_number(1969, 12, 1), weekday = 1; /* a Monday */

    (void)state;
    assert_int_equal(day_number(1970, 1, 1), 0);
    assert_int_equal(day_number(2000, 3, 1) - day_number(2000, 2, 28), 2);
    assert_int_equal(day_number(2100, 3, 1) - day_number(2100, 2, 28), 1);
    for (int year = 1969; year <= YEAR_MAX; year++) {
        for (int month = year == 1969 ? 12 : 1; month <= 12; month++) {
            int days = month == 2 ? 28 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
                                  : 30 + (month == 4 || month == 6 || month == 9 || month == 11 ? 0 : 1);

            assert_int_equal(day_count_of_month(year, month), days);
            for (int day = 1; day <= days; day++, number++, weekday = (weekday + 1) % 7) {
                int back[3];

                day_date(number, &back[0], &back[1], &back[2]);
                if (day_number(year, month, day) != number || back[0] != year || back[1] != month ||
                    back[2] != day || day_weekday(number) != weekday)
                    fail_msg("%d-%d-%d", year, month, day);
            }
        }
    }
}

static void rules_are_read(void **state)
{
    struct rule rule;

    (void)state;
    assert_int_equal(rule_parse("FREQ=DAILY", &rule, NULL), 0);
    assert_int_equal(rule.frequency, RULE_DAILY);
    assert_int_equal(rule.interval, 1);
    assert_int_equal(rule.end, RULE_ENDLESS);
    assert_int_equal(rule.week_start, 1);
    assert_int_equal(
        rule_parse("COUNT=12 ; byday = fr,-1mo, FR ;FREQ=monthly;INTERVAL=2;WKST=SU;BYSETPOS=1,-1", &rule,
                   NULL),
        0);
    assert_int_equal(rule.frequency, RULE_MONTHLY);
    assert_int_equal(rule.interval, 2);
    assert_int_equal(rule.end, RULE_COUNT);
    assert_int_equal(rule.count, 12);
    assert_int_equal(rule.week_start, 0);
    assert_int_equal(rule.weekday_count, 2); /* in the week's order, and once */
    assert_int_equal(rule.weekdays[0].weekday, 1);
    assert_int_equal(rule.weekdays[0].position, -1);
    assert_int_equal(rule.weekdays[1].weekday, 5);
    assert_int_equal(rule.position_count, 2);
    assert_int_equal(
        rule_parse("FREQ=YEARLY;BYMONTH=3,12;BYMONTHDAY=-1,+31;UNTIL=20301231T235959Z", &rule, NULL), 0);
    assert_true(rule.months[3] && rule.months[12] && !rule.months[1]);
    assert_int_equal(rule.month_days[0], -1);
    assert_int_equal(rule.month_days[1], 31);
    assert_int_equal(rule.end, RULE_UNTIL_UTC);
    assert_memory_equal(&rule.until, &((struct local_time){2030, 12, 31, 23, 59, 59}), sizeof(rule.until));
    assert_int_equal(rule_parse("FREQ=DAILY;UNTIL=20301231t093000", &rule, NULL), 0);
    assert_int_equal(rule.end, RULE_UNTIL_LOCAL);
    assert_int_equal(rule.until.hour, 9);
    /* A day includes all of it. */
    assert_int_equal(rule_parse("FREQ=DAILY;UNTIL=20301231", &rule, NULL), 0);
    assert_int_equal(rule.end, RULE_UNTIL_LOCAL);
    assert_int_equal(rule.until.hour * 10000 + rule.until.minute * 100 + rule.until.second, 235959);
}

static void what_is_wrong_with_a_rule_is_said(void **state)
{
    static const struct {
        const char *text, *begin, *end;
    } bad[] = {
        {"", "a part of the rule is empty: ", "one ; between two"},
        {"FREQ=DAILY;", "a part of the rule is empty: ", "one ; between two"},
        {"BYDAY=MO", "FREQ is missing: ", "WEEKLY, MONTHLY or YEARLY"},
        {"FREQ", "FREQ has no value: ", "or remove it"},
        {"FREQ=DAILY;BYDAY=", "BYDAY has no value: ", "or remove it"},
        {"FREQ=HOURLY", "FREQ=HOURLY is not supported: ", "write DAILY, WEEKLY, MONTHLY or YEARLY"},
        {"FREQ=SECONDLY", "FREQ=SECONDLY is not supported: ", "MONTHLY or YEARLY"},
        {"RRULE:FREQ=DAILY", "the rule alone belongs here: ", "remove RRULE:"},
        {"FREQ=DAILY;FREQ=DAILY", "FREQ stands twice: ", "keep one of the two"},
        {"FREQ=DAILY;BYHOUR=9", "BYHOUR is not supported: ", "the hour is that of start"},
        {"FREQ=YEARLY;BYWEEKNO=9", "BYWEEKNO is not supported: ", "the hour is that of start"},
        {"FREQ=YEARLY;BYYEARDAY=9", "BYYEARDAY is not supported: ", "the hour is that of start"},
        {"FREQ=DAILY;RSCALE=HEBREW", "RSCALE is not supported: ", "the hour is that of start"},
        {"FREQ=DAILY;COUNT=0", "COUNT=0 is no number from 1 to 999999: ", "write one"},
        {"FREQ=DAILY;COUNT=1000000", "COUNT=1000000 is no number", "write one"},
        {"FREQ=DAILY;COUNT=4294967297", "COUNT=4294967297 is no number", "write one"},
        {"FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is no number from 1 to 9999: ", "write one"},
        {"FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1 is no number", "write one"},
        {"FREQ=DAILY;INTERVAL=65537", "INTERVAL=65537 is no number", "write one"},
        {"FREQ=DAILY;COUNT=2;UNTIL=20301231", "COUNT and UNTIL do not go together: ", "keep one of the two"},
        {"FREQ=DAILY;UNTIL=20300231", "UNTIL=20300231 is no time of the calendar: ", "(UTC)"},
        {"FREQ=DAILY;UNTIL=2030-12-31", "UNTIL=2030-12-31 is no time", "(UTC)"},
        {"FREQ=DAILY;UNTIL=20301231T240000Z", "UNTIL=20301231T240000Z is no time", "(UTC)"},
        {"FREQ=DAILY;UNTIL=20301231Z", "UNTIL=20301231Z is no time", "(UTC)"},
        {"FREQ=DAILY;UNTIL=20301231T2359", "UNTIL=20301231T2359 is no time", "(UTC)"},
        {"FREQ=WEEKLY;BYDAY=MO,XX", "BYDAY: \"XX\" is no day: ", "-1FR for the last of a month"},
        {"FREQ=WEEKLY;BYDAY=MO,", "BYDAY: \"\" is no day: ", "last of a month"},
        {"FREQ=MONTHLY;BYDAY=0MO", "BYDAY: \"0MO\" is no day: ", "last of a month"},
        {"FREQ=MONTHLY;BYDAY=MO1", "BYDAY: \"MO1\" is no day: ", "last of a month"},
        {"FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO counts within a month or a year: ", "or FREQ=MONTHLY or YEARLY"},
        {"FREQ=DAILY;BYDAY=-1SU", "BYDAY=-1SU counts within a month or a year: write SU alone", "or YEARLY"},
        {"FREQ=MONTHLY;BYDAY=6MO", "BYDAY=6MO: no month has so many: ", "write a number up to 5"},
        {"FREQ=YEARLY;BYMONTH=2;BYDAY=-6MO", "BYDAY=-6MO: no month has so many: ", "up to 5"},
        {"FREQ=YEARLY;BYDAY=54MO", "BYDAY=54MO: no year has so many: ", "write a number up to 53"},
        {"FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY: \"0\" does not fit: ", "to count from the end"},
        {"FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY: \"32\" does not fit: ", "from the end"},
        {"FREQ=MONTHLY;BYMONTHDAY=1;BYMONTHDAY=2", "BYMONTHDAY stands twice: ", "one of the two"},
        {"FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY: ", "or FREQ=MONTHLY"},
        {"FREQ=YEARLY;BYMONTHDAY=1",
         "BYMONTHDAY goes with FREQ=YEARLY only beside BYMONTH: ", "FREQ=MONTHLY"},
        {"FREQ=DAILY;BYMONTHDAY=-1", "BYMONTHDAY=-1 does not go with FREQ=DAILY: ", "a number above 0"},
        {"FREQ=YEARLY;BYMONTH=13", "BYMONTH: \"13\" is no month: ", "write numbers from 1 to 12"},
        {"FREQ=YEARLY;BYMONTH=2L", "BYMONTH: \"2L\" is no month: ", "from 1 to 12"},
        {"FREQ=YEARLY;BYMONTH=1,,2", "BYMONTH: \"\" is no month: ", "from 1 to 12"},
        {"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS: \"367\" does not fit: ", "from the end"},
        {"FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS chooses among days that another part names: ", "BYMONTH"},
        {"FREQ=WEEKLY;WKST=1", "WKST=1 is no day: ", "SA or SU"},
        {"FREQ=DAILY;每天=1", "每天 is not supported: ", "the hour is that of start"},
        {"FREQ=a-word-that-is-much-longer-than-all-others", "FREQ=a-word-that-is-much-longer-than-… is not",
         "YEARLY"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct rule rule = {.interval = 77};
        struct error error = {0};
        size_t length, end = strlen(bad[i].end);

        if (rule_parse(bad[i].text, &rule, &error) != -EINVAL)
            fail_msg("%s is taken", bad[i].text);
        assert_int_equal(rule.interval, 77);
        length = strlen(error.text);
        if (strncmp(error.text, bad[i].begin, strlen(bad[i].begin)) != 0 || length < end ||
            strcmp(error.text + length - end, bad[i].end) != 0)
            fail_msg("%s: %s", bad[i].text, error.text);
    }
}

/* libical has no room for more, and a list that is longer must not be written behind its end. */
static void lists_are_bounded(void **state)
{
    static const struct {
        const char *begin, *item;
        int most;
    } lists[] = {
        {"FREQ=MONTHLY;BYMONTHDAY=", "%d", RULE_MONTH_DAYS_MAX},
        {"FREQ=YEARLY;BYDAY=", "%dMO", RULE_WEEKDAYS_MAX},
        {"FREQ=YEARLY;BYMONTH=1;BYSETPOS=", "%d", RULE_POSITIONS_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(lists); i++) {
        for (int more = 0; more <= 1; more++) {
            char text[1024];
            int length = snprintf(text, sizeof(text), "%s", lists[i].begin), number = 0;
            struct rule rule;

            for (int n = 0; n < lists[i].most + more; n++) {
                number = number > 0 ? -number : 1 - number;
                length += snprintf(text + length, sizeof(text) - (size_t)length, n > 0 ? "," : "%s", "");
                length +=
                    snprintf(text + length, sizeof(text) - (size_t)length, i == 1 ? "%dMO" : "%d", number);
            }
            assert_int_equal(rule_parse(text, &rule, NULL), more ? -EINVAL : 0);
        }
    }
}

static void check_days(const char *text, const char *first, const char *const *expected)
{
    struct local_time time;
    struct rule rule;
    int day, year;

    assert_int_equal(rule_parse(text, &rule, NULL), 0);
    assert_int_equal(local_time_parse(first, &time), 0);
    day = day_number(time.year, time.month, time.day);
    year = time.year;
    rule_complete(&rule, day);
    for (; time.year == year; day_date(++day, &time.year, &time.month, &time.day)) {
        char name[LOCAL_TIME_SIZE];
        bool allowed = rule_allows(&rule, day), wanted;

        local_time_format(&time, name);
        wanted = *expected != NULL && strncmp(name, *expected, strlen(*expected)) == 0;
        if (allowed != wanted)
            fail_msg("%s: %s is %s", text, name, allowed ? "allowed" : "not allowed");
        expected += wanted ? 1 : 0;
    }
    assert_null(*expected);
}

static void days_are_allowed(void **state)
{
    (void)state;
    check_days("FREQ=YEARLY", "2026-11-24 09:30", (const char *const[]){"2026-11-24", NULL});
    check_days("FREQ=MONTHLY", "2026-10-31 09:30", (const char *const[]){"2026-10-31", "2026-12-31", NULL});
    check_days("FREQ=WEEKLY", "2026-12-14 09:30",
               (const char *const[]){"2026-12-14", "2026-12-21", "2026-12-28", NULL});
    check_days(
        "FREQ=MONTHLY;BYMONTHDAY=-1,30", "2026-10-15 09:30",
        (const char *const[]){"2026-10-30", "2026-10-31", "2026-11-30", "2026-12-30", "2026-12-31", NULL});
    check_days("FREQ=MONTHLY;BYDAY=1MO,-1FR", "2026-11-01 09:30",
               (const char *const[]){"2026-11-02", "2026-11-27", "2026-12-07", "2026-12-25", NULL});
    check_days("FREQ=YEARLY;BYDAY=1MO,-1TH,20TU", "2026-01-01 09:30",
               (const char *const[]){"2026-01-05", "2026-05-19", "2026-12-31", NULL});
    check_days("FREQ=YEARLY;BYMONTH=5;BYDAY=2SU", "2026-01-01 09:30",
               (const char *const[]){"2026-05-10", NULL});
    check_days("FREQ=DAILY;BYMONTH=12;BYDAY=MO;BYMONTHDAY=7,14,22", "2026-01-01 09:30",
               (const char *const[]){"2026-12-07", "2026-12-14", NULL});
    check_days("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-01-01 09:30", (const char *const[]){NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_numbered),
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(what_is_wrong_with_a_rule_is_said),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(days_are_allowed),
    };

    return cmocka_run_group_tests_name("schedule-rule", tests, NULL, NULL);
}
