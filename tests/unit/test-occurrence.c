/* model/occurrence and model/schedule-walk: when a plan's occurrences are, and what it costs to know. */
#include "lib/test.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <libical/ical.h>

#include "base/base.h"
#include "model/occurrence.h"

/* How often libical was asked for a next day, and how far the thread's clock goes ahead with each look. */
static unsigned steps;
static int64_t clock_leap_ms;

struct icaltimetype __real_icalrecur_iterator_next(
    icalrecur_iterator *iterator); /* NOLINT: the linker's name */
struct icaltimetype __wrap_icalrecur_iterator_next(icalrecur_iterator *iterator); /* NOLINT */

struct icaltimetype __wrap_icalrecur_iterator_next(icalrecur_iterator *iterator) /* NOLINT */
{
    __atomic_add_fetch(&steps, 1, __ATOMIC_RELAXED);
    return __real_icalrecur_iterator_next(iterator);
}

int __real_clock_gettime(clockid_t clock, struct timespec *now); /* NOLINT */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now); /* NOLINT */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) /* NOLINT */
{
    static int64_t ahead_ms;

    if (clock != CLOCK_THREAD_CPUTIME_ID || clock_leap_ms == 0)
        return __real_clock_gettime(clock, now);
    ahead_ms += clock_leap_ms;
    *now =
        (struct timespec){.tv_sec = ahead_ms / MS_PER_SECOND, .tv_nsec = ahead_ms % MS_PER_SECOND * 1000000};
    return 0;
}

static struct plan *make(const char *start, const char *zone, const char *rrule)
{
    struct plan *plan = plan_new("p");

    plan->has_start = true;
    assert_int_equal(local_time_parse(start, &plan->start), 0);
    plan->timezone = xstrdup(zone);
    plan->duration_s = 1800;
    plan->rrule = xstrdup(rrule);
    return plan;
}

static void exclude(struct plan *plan, const char *time, bool whole_day)
{
    struct exdate exdate = {.whole_day = whole_day};

    assert_int_equal(local_time_parse(time, &exdate.time), 0);
    plan->exdates = xrealloc(plan->exdates, plan->exdate_count + 1, sizeof(*plan->exdates));
    plan->exdates[plan->exdate_count++] = exdate;
}

static int64_t at(const char *time, const char *zone)
{
    struct local_time local;
    int64_t unix_time;

    assert_int_equal(local_time_parse(time, &local), 0);
    assert_int_equal(local_time_to_unix(&local, zone, &unix_time), 0);
    return unix_time;
}

/* The plan, which goes then, has these starts from `from` to `until` (UTC), by its zone's clocks. */
static void expect(struct plan *plan, const char *from, const char *until, const char *starts,
                   const char *skipped)
{
    struct occurrence_list list = {0};
    char text[4096] = "", gaps[1024] = "";
    struct error error;
    int r = plan_occurrences(plan, at(from, "UTC"), at(until, "UTC"), 1000, &list, &error);

    if (r < 0)
        fail_msg("%s: %s", plan->rrule, error.text);
    for (size_t i = 0; i < list.count; i++) {
        char time[LOCAL_TIME_SIZE];
        struct local_time local;
        size_t length = strlen(text);

        assert_int_equal(local_time_from_unix(list.items[i].start_time, plan->timezone, &local), 0);
        assert_int_equal(list.items[i].end_time, list.items[i].start_time + plan->duration_s);
        local_time_format(&local, time);
        assert_int_equal(strncmp(time, list.items[i].date, strlen(list.items[i].date)), 0);
        snprintf(text + length, sizeof(text) - length, "%s%s", length > 0 ? ", " : "", time);
    }
    for (size_t i = 0; i < list.skipped_count; i++) {
        char time[LOCAL_TIME_SIZE];
        size_t length = strlen(gaps);

        snprintf(gaps + length, sizeof(gaps) - length, "%s%s", length > 0 ? ", " : "",
                 local_time_format(&list.skipped[i], time));
    }
    assert_string_equal(text, starts);
    assert_string_equal(gaps, skipped);
    occurrence_list_fini(&list);
    plan_free(plan);
}

static void one_that_is_once(void **state)
{
    struct plan *plan = make("2026-11-23 09:30", "Asia/Shanghai", NULL);

    (void)state;
    expect(plan, "2026-11-23 02:00", "2026-11-24 00:00", "", ""); /* it has just ended */
    plan = make("2026-11-23 09:30", "Asia/Shanghai", NULL);
    expect(plan, "2026-11-23 01:59:59", "2026-11-23 02:00", "2026-11-23 09:30", "");
    /* The first one after the view is there too. */
    plan = make("2026-11-23 09:30", "Asia/Shanghai", NULL);
    expect(plan, "2020-01-01 00:00", "2020-01-02 00:00", "2026-11-23 09:30", "");
    plan = make("2026-11-23 09:30", "Asia/Shanghai", NULL);
    exclude(plan, "2026-11-23 00:00", true);
    expect(plan, "2020-01-01 00:00", "2020-01-02 00:00", "", "");
    plan = make("1970-01-01 00:00", "Asia/Shanghai", "FREQ=YEARLY");
    expect(plan, "1970-01-01 00:00", "1971-01-01 00:00", "1971-01-01 00:00, 1972-01-01 00:00", "");
    plan = plan_new("p");
    plan->timezone = xstrdup("UTC");
    expect(plan, "2020-01-01 00:00", "2030-01-01 00:00", "", "");
}

static void the_clock_shows_the_same_in_summer_and_winter(void **state)
{
    struct occurrence_list list = {0};
    struct plan *plan = make("2026-03-27 09:30", "Europe/Berlin", "FREQ=DAILY");

    (void)state;
    assert_int_equal(plan_occurrences(plan, 0, at("2026-03-30 00:00", "UTC"), 10, &list, NULL), 0);
    assert_int_equal(list.count, 4);
    assert_int_equal(list.items[0].start_time, at("2026-03-27 08:30", "UTC"));
    assert_int_equal(list.items[1].start_time, at("2026-03-28 08:30", "UTC"));
    assert_int_equal(list.items[2].start_time, at("2026-03-29 07:30", "UTC"));
    assert_int_equal(list.items[3].start_time, at("2026-03-30 07:30", "UTC"));
    occurrence_list_fini(&list);
    plan_free(plan);
    expect(make("2026-10-26 09:30", "America/New_York", "FREQ=WEEKLY;BYDAY=MO,FR"), "2026-10-26 00:00",
           "2026-11-06 00:00", "2026-10-26 09:30, 2026-10-30 09:30, 2026-11-02 09:30, 2026-11-06 09:30", "");
}

static void a_time_that_there_is_not_is_skipped_and_told(void **state)
{
    (void)state;
    expect(make("2026-03-28 02:30", "Europe/Berlin", "FREQ=DAILY"), "2026-03-28 00:00", "2026-03-31 00:00",
           "2026-03-28 02:30, 2026-03-30 02:30, 2026-03-31 02:30", "2026-03-29 02:30");
    /* Midnight itself, half an hour, and a whole day. */
    expect(make("2018-11-03 00:00", "America/Sao_Paulo", "FREQ=DAILY"), "2018-11-03 00:00",
           "2018-11-05 00:00", "2018-11-03 00:00, 2018-11-05 00:00", "2018-11-04 00:00");
    expect(make("2026-10-03 02:15", "Australia/Lord_Howe", "FREQ=DAILY"), "2026-10-02 00:00",
           "2026-10-04 12:00", "2026-10-03 02:15, 2026-10-05 02:15", "2026-10-04 02:15");
    expect(make("2011-12-29 09:30", "Pacific/Apia", "FREQ=DAILY"), "2011-12-29 00:00", "2011-12-30 12:00",
           "2011-12-29 09:30, 2011-12-31 09:30", "2011-12-30 09:30");
    /* Not in view: nothing to tell. */
    expect(make("2026-03-28 02:30", "Europe/Berlin", "FREQ=DAILY"), "2026-03-30 00:00", "2026-03-30 01:00",
           "2026-03-30 02:30, 2026-03-31 02:30", "");
}

static void of_a_time_that_there_is_twice_the_first_is_meant(void **state)
{
    struct plan *plan = make("2026-10-24 02:30", "Europe/Berlin", "FREQ=DAILY");
    struct occurrence_list list = {0};

    (void)state;
    assert_int_equal(plan_occurrences(plan, 0, 0, 2, &list, NULL), 0);
    assert_int_equal(list.count, 1); /* the first one after the view ends it */
    assert_int_equal(plan_occurrences(plan, 0, INT64_MAX, 3, &list, NULL), 0);
    assert_int_equal(list.count, 4); /* at most so many more */
    assert_int_equal(list.items[2].start_time, at("2026-10-25 00:30", "UTC"));
    assert_int_equal(list.items[3].start_time, at("2026-10-26 01:30", "UTC"));
    occurrence_list_fini(&list);
    plan_free(plan);
}

static void check_last(struct plan *plan, const char *expected)
{
    int64_t end = 77;

    assert_int_equal(plan_last_end(plan, &end, NULL), 0);
    assert_int_equal(end, expected == NULL      ? UNKNOWN
                          : expected[0] == '\0' ? 0
                                                : at(expected, plan->timezone));
    plan_free(plan);
}

/* RFC 5545, 3.3.10: what has no local time is not counted; an exdate takes away what was counted. */
static void what_count_counts(void **state)
{
    struct plan *plan = make("2026-03-28 02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=3");

    (void)state;
    expect(plan, "2026-01-01 00:00", "2027-01-01 00:00",
           "2026-03-28 02:30, 2026-03-30 02:30, 2026-03-31 02:30", "2026-03-29 02:30");
    plan = make("2026-03-28 02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=3");
    exclude(plan, "2026-03-30 02:30", false);
    expect(plan, "2026-01-01 00:00", "2027-01-01 00:00", "2026-03-28 02:30, 2026-03-31 02:30",
           "2026-03-29 02:30");
    /* Once it is done, the gap behind it is not the plan's. */
    expect(make("2026-03-28 02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=1"), "2026-01-01 00:00",
           "2027-01-01 00:00", "2026-03-28 02:30", "");
    check_last(make("2026-03-28 02:30", "Europe/Berlin", "FREQ=DAILY;COUNT=3"), "2026-03-31 03:00");
    /* However late one looks, it is counted from the start. */
    expect(make("2020-01-01 10:00", "UTC", "FREQ=YEARLY;COUNT=8"), "2025-06-01 00:00", "2099-01-01 00:00",
           "2026-01-01 10:00, 2027-01-01 10:00", "");
}

static void until_when(void **state)
{
    (void)state;
    expect(make("2026-11-23 23:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=20261125"), "2026-11-01 00:00",
           "2027-01-01 00:00", "2026-11-23 23:30, 2026-11-24 23:30, 2026-11-25 23:30", "");
    expect(make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=20261125T093000"), "2026-11-01 00:00",
           "2027-01-01 00:00", "2026-11-23 09:30, 2026-11-24 09:30, 2026-11-25 09:30", "");
    expect(make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=20261125T092959"), "2026-11-01 00:00",
           "2027-01-01 00:00", "2026-11-23 09:30, 2026-11-24 09:30", "");
    expect(make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=20261125T013000Z"), "2026-11-01 00:00",
           "2027-01-01 00:00", "2026-11-23 09:30, 2026-11-24 09:30, 2026-11-25 09:30", "");
    expect(make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=20261125T012959Z"), "2026-11-01 00:00",
           "2027-01-01 00:00", "2026-11-23 09:30, 2026-11-24 09:30", "");
    expect(make("2026-11-23 18:00", "America/New_York", "FREQ=DAILY;UNTIL=20261124T230000Z"),
           "2026-11-01 00:00", "2027-01-01 00:00", "2026-11-23 18:00, 2026-11-24 18:00", "");
    /* In an hour that there is twice: UTC knows which one is meant. */
    expect(make("2026-10-24 02:30", "Europe/Berlin", "FREQ=DAILY;UNTIL=20261025T011500Z"), "2026-10-01 00:00",
           "2027-01-01 00:00", "2026-10-24 02:30, 2026-10-25 02:30", "");
}

static void when_the_last_one_ends(void **state)
{
    struct plan *plan = make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=20261125");

    (void)state;
    exclude(plan, "2026-11-25 00:00", true);
    check_last(plan, "2026-11-24 10:00");
    check_last(make("2026-11-23 09:30", "Asia/Shanghai", NULL), "2026-11-23 10:00");
    check_last(make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY"), NULL);
    check_last(make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=99991231"), NULL);
    check_last(make("1980-02-29 09:30", "UTC", "FREQ=YEARLY;UNTIL=21040101"), "2096-02-29 10:00");
    check_last(make("2026-11-23 09:30", "UTC", "FREQ=DAILY;UNTIL=20261122"), "");
    plan = plan_new("p");
    plan->timezone = xstrdup("UTC");
    check_last(plan, NULL);
}

static void exdates_that_are_of_no_use_are_found(void **state)
{
    static const char *const rules[] = {NULL, "FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;INTERVAL=2;COUNT=3"};
    static const bool expected[][5] = {{true, false, false, false, false},
                                       {true, true, false, false, true},
                                       {true, true, false, false, false}};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rules); i++) {
        struct plan *plan = make("2026-11-23 09:30", "Asia/Shanghai", rules[i]);
        bool used[5];

        exclude(plan, "2026-11-23 00:00", true);
        exclude(plan, "2026-11-25 09:30", false);
        exclude(plan, "2026-11-25 10:30", false);
        exclude(plan, "2026-11-26 00:00", true);
        exclude(plan, "2026-11-29 09:30", false);
        assert_int_equal(plan_exdates_used(plan, used, NULL), 0);
        assert_memory_equal(used, expected[i], sizeof(used));
        plan_free(plan);
    }
}

/* libical, sent to another week, would go on with the weekday at which it stood. */
static void days_are_looked_up_in_any_order(void **state)
{
    static const char *const days[] = {"2026-12-04 00:00", "2026-11-25 00:00", "2026-12-02 00:00",
                                       "2026-12-30 00:00"};
    struct plan *plan = make("2026-11-23 09:30", "Asia/Shanghai", "FREQ=WEEKLY;BYDAY=MO,WE,FR");
    bool used[ELEMENTS(days)];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(days); i++)
        exclude(plan, days[i], true);
    assert_int_equal(plan_exdates_used(plan, used, NULL), 0);
    for (size_t i = 0; i < ELEMENTS(days); i++)
        assert_true(used[i]);
    plan_free(plan);
}

static void where_the_first_one_would_be(void **state)
{
    static const struct {
        const char *rrule, *first;
    } cases[] = {
        {NULL, "2026-11-24 09:30"},
        {"FREQ=DAILY", "2026-11-24 09:30"},
        {"FREQ=WEEKLY;BYDAY=MO", "2026-11-30 09:30"},
        {"FREQ=DAILY;INTERVAL=7;BYDAY=WE", "2026-11-25 09:30"}, /* a start that the interval allows */
        {"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;UNTIL=20200101", "2026-11-30 09:30"},
        {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29 09:30"},
        {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", NULL},
        {"FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO", NULL},
        {"FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct plan *plan = make("2026-11-24 09:30", "UTC", cases[i].rrule);
        struct local_time first;
        char text[LOCAL_TIME_SIZE];

        assert_int_equal(plan_first_time(plan, &first, NULL), cases[i].first != NULL);
        if (cases[i].first != NULL)
            assert_string_equal(local_time_format(&first, text), cases[i].first);
        plan_free(plan);
    }
}

static unsigned steps_of(const char *start, const char *rrule)
{
    struct plan *plan = make(start, "Asia/Shanghai", rrule);
    struct occurrence_list list = {0};
    unsigned before = steps;

    assert_int_equal(plan_occurrences(plan, at("2026-11-23 00:00", "UTC"), at("2026-11-30 00:00", "UTC"),
                                      1000, &list, NULL),
                     0);
    assert_in_range(list.count, 1, 8);
    occurrence_list_fini(&list);
    plan_free(plan);
    return steps - before;
}

static void what_began_long_ago_costs_no_more(void **state)
{
    static const char *const rules[] = {"FREQ=DAILY",
                                        "FREQ=WEEKLY;BYDAY=TH",
                                        "FREQ=WEEKLY;INTERVAL=3",
                                        "FREQ=MONTHLY",
                                        "FREQ=DAILY;UNTIL=20261127",
                                        "FREQ=YEARLY",
                                        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"};
    struct plan *plan;
    int64_t end;
    unsigned before;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(rules); i++) {
        bool choosing = strstr(rules[i], "BYSETPOS") != NULL; /* looks at whole months */

        assert_in_range(steps_of("2026-11-19 09:30", rules[i]), 1, choosing ? 70 : 12);
        assert_in_range(steps_of("1970-01-01 09:30", rules[i]), 1, choosing ? 70 : 12);
    }
    /* So does its end. */
    plan = make("1970-01-01 09:30", "Asia/Shanghai", "FREQ=DAILY;UNTIL=24991231");
    before = steps;
    assert_int_equal(plan_last_end(plan, &end, NULL), 0);
    assert_in_range(steps - before, 1, 40);
    plan_free(plan);
}

static void an_evaluation_ends_in_time(void **state)
{
    static const char *const never[] = {"FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO",
                                        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
                                        "FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-3"};
    struct plan *plan = make("1970-01-01 09:30", "Asia/Shanghai", "FREQ=DAILY;COUNT=20000");
    struct occurrence_list list = {0};
    struct error error;
    int64_t end = 77;
    bool used;

    (void)state;
    assert_int_equal(plan_occurrences(plan, 0, INT64_MAX, 1, &list, NULL), 0);
    exclude(plan, "2026-11-23 00:00", true);
    clock_leap_ms = 600; /* enough for some days */
    assert_int_equal(plan_occurrences(plan, 0, INT64_MAX, 100, &list, &error), -ETIMEDOUT);
    assert_string_equal(error.text,
                        "the rule takes longer than 1 s to work out: write a simpler one, or a later start");
    assert_int_equal(list.count, 1);
    assert_int_equal(plan_last_end(plan, &end, &error), -ETIMEDOUT);
    assert_int_equal(end, 77);
    assert_int_equal(plan_exdates_used(plan, &used, &error), -ETIMEDOUT);
    clock_leap_ms = 0;
    occurrence_list_fini(&list);
    plan_free(plan);
    /* libical by itself would search up to the year 20000 for these: it is not asked. */
    for (size_t i = 0; i < ELEMENTS(never); i++) {
        plan = make("2026-11-23 09:30", "UTC", never[i]);
        steps = 0;
        assert_int_equal(plan_occurrences(plan, 0, INT64_MAX, 100, &list, NULL), 0);
        assert_int_equal(list.count + steps, 0);
        plan_free(plan);
    }
}

static void what_cannot_be_read_appends_nothing(void **state)
{
    struct plan *plan = make("2026-11-23 09:30", "UTC", "FREQ=HOURLY");
    struct occurrence_list list = {0};
    struct local_time first;
    struct error error;
    int64_t end;
    bool used;

    (void)state;
    assert_int_equal(plan_occurrences(plan, 0, INT64_MAX, 1, &list, &error), -EINVAL);
    assert_string_equal(error.text, "FREQ=HOURLY is not supported: write DAILY, WEEKLY, MONTHLY or YEARLY");
    assert_int_equal(plan_last_end(plan, &end, NULL), -EINVAL);
    assert_int_equal(plan_exdates_used(plan, &used, NULL), -EINVAL);
    assert_int_equal(plan_first_time(plan, &first, NULL), -EINVAL);
    plan_free(plan);
    plan = make("2026-11-23 09:30", "Mars/Olympus", "FREQ=DAILY");
    assert_int_equal(plan_occurrences(plan, 0, INT64_MAX, 1, &list, &error), -EINVAL);
    assert_string_equal(error.text, "Mars/Olympus is no time zone of the system's database");
    plan_free(plan);
    assert_int_equal(list.count, 0);
}

static void names_are_in_utc(void **state)
{
    CLEANUP_FREE char *name = occurrence_name("站会", at("2026-11-23 09:30", "Asia/Shanghai"));

    (void)state;
    assert_string_equal(name, "站会@20261123T013000Z");
}

/* Zones that no other test has touched, so that they are loaded here. */
static const char *const far_zones[] = {"Asia/Tokyo",      "America/Denver", "Europe/Helsinki",
                                        "Australia/Perth", "Africa/Lagos",   "America/Bogota",
                                        "Asia/Kolkata",    "Asia/Calcutta"};

static void *evaluate(void *data)
{
    int64_t *sum = data;

    for (size_t i = 0; i < 8 * ELEMENTS(far_zones); i++) {
        struct plan *plan =
            make("2026-03-02 09:30", far_zones[i % ELEMENTS(far_zones)], "FREQ=WEEKLY;BYDAY=MO,WE");
        struct occurrence_list list = {0};

        if (plan_occurrences(plan, 0, INT64_MAX, 20, &list, NULL) == 0 && list.count == 20)
            *sum += list.items[19].start_time;
        occurrence_list_fini(&list);
        plan_free(plan);
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    int64_t sums[4] = {0}, alone = 0;
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < ELEMENTS(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, evaluate, &sums[i]), 0);
    for (size_t i = 0; i < ELEMENTS(threads); i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    evaluate(&alone);
    assert_true(alone > 0);
    for (size_t i = 0; i < ELEMENTS(threads); i++)
        assert_int_equal(sums[i], alone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(one_that_is_once),
        cmocka_unit_test(the_clock_shows_the_same_in_summer_and_winter),
        cmocka_unit_test(a_time_that_there_is_not_is_skipped_and_told),
        cmocka_unit_test(of_a_time_that_there_is_twice_the_first_is_meant),
        cmocka_unit_test(what_count_counts),
        cmocka_unit_test(until_when),
        cmocka_unit_test(when_the_last_one_ends),
        cmocka_unit_test(exdates_that_are_of_no_use_are_found),
        cmocka_unit_test(days_are_looked_up_in_any_order),
        cmocka_unit_test(where_the_first_one_would_be),
        cmocka_unit_test(what_began_long_ago_costs_no_more),
        cmocka_unit_test(an_evaluation_ends_in_time),
        cmocka_unit_test(what_cannot_be_read_appends_nothing),
        cmocka_unit_test(names_are_in_utc),
    };

    return cmocka_run_group_tests_name("occurrence", tests, NULL, NULL);
}
