/* config/check-schedule and config/preview: rrule, exdate, link and on_remove, and what the plans come to. */
#include "lib/load-text.h"

#include "model/schedule.h"

/* PLAN_TEXT starts at Monday, 2026-11-23 09:30 UTC; `text` begins in line 8. */
#define P "a.conf:8: [reservation p] "

static void keys_are_read(void **state)
{
    struct config *config =
        load_good(PLAN_TEXT "rrule = FREQ=WEEKLY;BYDAY=MO,\n  WE\n"
                            "exdate = 2026-11-25, 2026-11-30 09:30\nexdate = 2026-12-02 09:30:00\n"
                            "link = standing\non_remove = keep\n");
    const struct plan *plan = config->plans.items[0];

    (void)state;
    assert_string_equal(plan->rrule, "FREQ=WEEKLY;BYDAY=MO, WE");
    assert_int_equal(plan->exdate_count, 3);
    assert_true(plan->exdates[0].whole_day);
    assert_false(plan->exdates[1].whole_day || plan->exdates[2].whole_day);
    assert_memory_equal(&plan->exdates[1].time, &((struct local_time){2026, 11, 30, 9, 30, 0}),
                        sizeof(struct local_time));
    assert_int_equal(plan->link, PLAN_LINK_STANDING);
    assert_int_equal(plan->on_remove, ON_REMOVE_KEEP);
    assert_int_equal(plan->last_end_time, UNKNOWN);
    config_free(config);

    config = load_good(PLAN_TEXT);
    plan = config->plans.items[0];
    assert_null(plan->rrule);
    assert_int_equal(plan->exdate_count, 0);
    assert_int_equal(plan->link, PLAN_LINK_OCCURRENCE);
    assert_int_equal(plan->on_remove, ON_REMOVE_DELETE);
    assert_int_equal(plan->last_end_time, 1795428000);
    config_free(config);
}

static void the_last_end_is_known(void **state)
{
    static const struct {
        const char *text;
        int64_t end;
    } cases[] = {
        {"rrule = FREQ=DAILY;COUNT=2\n", 1795428000 + 86400},
        {"rrule = FREQ=DAILY;COUNT=3\nexdate = 2026-11-25\n", 1795428000 + 86400},
        {"rrule = FREQ=DAILY;UNTIL=20261124\n", 1795428000 + 86400},
        {"rrule = FREQ=DAILY\n", UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *text = xasprintf("%s%s", PLAN_TEXT, cases[i].text);
        struct config *config = load_good(text);

        assert_int_equal(config->plans.items[0]->last_end_time, cases[i].end);
        config_free(config);
    }
}

static void lists_of_exdates_follow_the_files(void **state)
{
    struct loaded loaded = load_two(PLAN_TEXT "rrule = FREQ=DAILY\nexdate = 2026-11-24, 2026-11-25\n",
                                    "[reservation p]\nexdate = 2026-11-26\n");

    (void)state;
    assert_string_equal(loaded.problems, "");
    assert_int_equal(loaded.config->plans.items[0]->exdate_count, 1);
    assert_int_equal(loaded.config->plans.items[0]->exdates[0].time.day, 26);
    loaded_fini(&loaded);
    loaded = load_two(PLAN_TEXT "rrule = FREQ=DAILY\nexdate = 2026-11-24\n", "[reservation p]\nexdate =\n");
    assert_string_equal(loaded.problems, "");
    assert_int_equal(loaded.config->plans.items[0]->exdate_count, 0);
    loaded_fini(&loaded);
}

static void values_that_are_none(void **state)
{
    (void)state;
    expect_problem(PLAN_TEXT "rrule =\n", P "rrule: the value is empty: write a rule such as FREQ=DAILY",
                   "or remove the line");
    expect_problem(PLAN_TEXT "rrule = FREQ=HOURLY\n",
                   P "rrule: ", "FREQ=HOURLY is not supported: write DAILY, WEEKLY, MONTHLY or YEARLY");
    expect_problem(PLAN_TEXT "rrule = FREQ=DAILY\nrrule = FREQ=WEEKLY\n",
                   "a.conf:9: [reservation p] rrule: ", "keep one of the two");
    expect_problem(
        PLAN_TEXT "rrule = FREQ=DAILY\nexdate = Christmas\n",
        "a.conf:9: [reservation p] exdate: \"Christmas\" is neither a day nor a time of the calendar: ",
        "write one such as 2026-12-25 or 2026-12-25 09:30");
    expect_problem(PLAN_TEXT "rrule = FREQ=DAILY\nexdate = 2026-02-29\n",
                   "a.conf:9: [reservation p] exdate: \"2026-02-29\" is neither a day nor a time",
                   "2026-12-25 09:30");
    expect_problem(PLAN_TEXT "rrule = FREQ=DAILY\nexdate = 20261225T093000\n",
                   "a.conf:9: [reservation p] exdate: \"20261225T093000\" is neither a day",
                   "2026-12-25 09:30");
    expect_problem(PLAN_TEXT "exdate = 2500-01-01\n",
                   P "exdate: ", "is too far away: write a year up to 2499");
    expect_problem(PLAN_TEXT "link = forever\n",
                   P "link: ", "\"forever\" is not known here: write occurrence or standing");
    expect_problem(PLAN_TEXT "on_remove = forget\n",
                   P "on_remove: ", "\"forget\" is not known here: write delete or keep");
}

static void a_start_is_the_first_occurrence(void **state)
{
    (void)state;
    expect_problem(
        PLAN_TEXT "rrule = FREQ=WEEKLY;BYDAY=TU,TH\n", "a.conf:5: [reservation p] start: ",
        "the rule does not give 2026-11-23 09:30, and a plan's start is its first occurrence: write "
        "2026-11-24 09:30, the next time that it gives, or another rrule");
    expect_problem(PLAN_TEXT "rrule = FREQ=MONTHLY;BYDAY=-1FR\n", "a.conf:5: [reservation p] start: ",
                   "write 2026-11-27 09:30, the next time that it gives, or another rrule");
    expect_problem(PLAN_TEXT "rrule = FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n",
                   P "rrule: ", "no day of the calendar is as the rule asks for: write one that gives days");
    expect_problem(APP_TEXT "[reservation p]\nrrule = FREQ=DAILY\nduration = 30min\n",
                   "a.conf:4: [reservation p] start: ", "such as 2026-11-23 09:30");
    /* Nothing more is said of a plan whose start is no good itself. */
    expect_problem(APP_TEXT
                   "[reservation p]\nstart = 2026-03-29 02:30\nduration = 5min\ntimezone = Europe/Berlin\n"
                   "rrule = FREQ=WEEKLY;BYDAY=MO\n",
                   "a.conf:5: [reservation p] start: this time is skipped", "a later one");
}

static void a_plan_has_an_occurrence(void **state)
{
    (void)state;
    expect_problem(PLAN_TEXT "rrule = FREQ=DAILY;UNTIL=20261122\n", P "rrule: ",
                   "the rule ends before the plan's start: write a later UNTIL, or an earlier start");
    expect_problem(PLAN_TEXT "rrule = FREQ=DAILY;COUNT=2\nexdate = 2026-11-23, 2026-11-24\n",
                   "a.conf:9: [reservation p] exdate: ",
                   "the plan has no occurrence but what exdate leaves out: remove some of it, or the plan");
    expect_problem(PLAN_TEXT "exdate = 2026-11-23\n", P "exdate: the plan has no occurrence but",
                   "or the plan");
    /* A rule gives one a day at the most: a shorter interval is refused, and create_ahead has 30 days. */
    expect_problem(PLAN_TEXT "rrule = FREQ=DAILY\ncreate_ahead = 101d\n",
                   "a.conf:9: [reservation p] create_ahead: ", "write a shorter time");
}

static void an_exdate_of_no_use_is_warned_of(void **state)
{
    (void)state;
    expect_problems(PLAN_TEXT
                    "rrule = FREQ=WEEKLY\nexdate = 2026-11-30, 2026-12-01\nexdate = 2026-12-07 10:30\n",
                    "a.conf:10: warning: [reservation p] exdate: the plan has no occurrence at 2026-12-01 "
                    "that could be left out: "
                    "write the day or the time of one, or remove it\n"
                    "a.conf:10: warning: [reservation p] exdate: the plan has no occurrence at 2026-12-07 "
                    "10:30 that could be left "
                    "out: write the day or the time of one, or remove it\n");
}

static void an_adopted_plan_has_a_timetable_too(void **state)
{
    static const char *const refused[] = {"link = standing", "on_remove = keep"};
    struct config *config = load_good(
        "[app]\napp_id = a\n[reservation p]\nreserve_id = 1\nstart = 2026-11-23 09:30\nduration = 1h\n"
        "timezone = UTC\nrrule = FREQ=DAILY;COUNT=2\nexdate = 2026-11-24\n");

    (void)state;
    assert_string_equal(config->plans.items[0]->rrule, "FREQ=DAILY;COUNT=2");
    assert_int_equal(config->plans.items[0]->last_end_time, 1795429800);
    config_free(config);
    for (size_t i = 0; i < ELEMENTS(refused); i++) {
        CLEANUP_FREE char *text = xasprintf("%s[reservation p]\nreserve_id = 1\n%s\n", APP_TEXT, refused[i]);

        expect_problem(text, "a.conf:6: [reservation p] ", "remove the line, or reserve_id");
    }
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 1\nrrule = FREQ=DAILY\n",
                   "a.conf:4: [reservation p] start: the key is missing", "2026-11-23 09:30");
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 1\nexdate = 2026-11-23\n",
                   "a.conf:4: [reservation p] start: the key is missing", "2026-11-23 09:30");
}

static void the_next_occurrences_are_shown(void **state)
{
    struct config *config = load_good(
        APP_TEXT
        "[reservation standup]\nstart = 2026-11-23 09:30\nduration = 30min\ntimezone = Asia/Shanghai\n"
        "rrule = FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\nexdate = 2026-11-26\n"
        "[reservation night]\nstart = 2026-03-28 02:30\nduration = 30min\ntimezone = Europe/Berlin\n"
        "rrule = FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=28\n"
        "[reservation once]\nstart = 2026-11-25 09:30:15\nduration = 30min\ntimezone = UTC\n"
        "[reservation over]\nstart = 2026-11-24 09:30\nduration = 30min\ntimezone = UTC\n"
        "[reservation board]\nreserve_id = 1\n"
        "[reservation a name that is longer than all the others]\nstart = 2027-01-01 10:00\nduration = 1h\n"
        "timezone = UTC\n");
    CLEANUP_FREE char *text = config_preview(config, 1795514400); /* 2026-11-24 10:00 UTC */

    (void)state;
    assert_string_equal(
        text, "standup  Wed 2026-11-25 09:30, Fri 2026-11-27 09:30, Mon 2026-11-30 09:30 Asia/Shanghai\n"
              "night    Tue 2028-03-28 02:30, Wed 2029-03-28 02:30, Thu 2030-03-28 02:30 Europe/Berlin "
              "(clocks are put forward "
              "over 2027-03-28 02:30)\n"
              "once     Wed 2026-11-25 09:30:15 UTC\n"
              "over     over since Tue 2026-11-24 10:00 UTC\n"
              "board    no timetable\n"
              "a name that is longer than all the others  Fri 2027-01-01 10:00 UTC\n");
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(the_last_end_is_known),
        cmocka_unit_test(lists_of_exdates_follow_the_files),
        cmocka_unit_test(values_that_are_none),
        cmocka_unit_test(a_start_is_the_first_occurrence),
        cmocka_unit_test(a_plan_has_an_occurrence),
        cmocka_unit_test(an_exdate_of_no_use_is_warned_of),
        cmocka_unit_test(an_adopted_plan_has_a_timetable_too),
        cmocka_unit_test(the_next_occurrences_are_shown),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
