/* interface/metrics-plans: what is told of each plan, and of how many. */
#include "lib/test.h"

#include "base/base.h"
#include "interface/parts.h"
#include "lib/fake-clock.h"

#define NOW_S INT64_C(1795397400)

struct fixture {
    struct fake_clock clock;
    struct plan_list plans;
    struct configuration configuration;
    struct interface interface;
    struct buffer text;
};

static int set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));

    fake_clock_init(&fixture->clock, NOW_S * MS_PER_SECOND);
    fixture->configuration.plans = &fixture->plans;
    fixture->interface.clock = &fixture->clock.clock;
    fixture->interface.options.configuration = &fixture->configuration;
    fixture->interface.options.cache = cache_new(&fixture->clock.clock, 1);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    cache_free(fixture->interface.options.cache);
    plan_list_fini(&fixture->plans);
    buffer_fini(&fixture->text);
    free(fixture);
    return 0;
}

static void add_reservation(struct fixture *fixture, const char *key, const char *plan,
                            enum reservation_state state, int64_t start_s)
{
    struct reservation *reservation = reservation_new(key);

    reservation->name = xstrdup(plan);
    reservation->state = state;
    reservation->start_time = start_s;
    reservation->end_time = start_s == UNKNOWN ? UNKNOWN : start_s + 1800;
    reservation->meeting_settings.topic = xstrdup("a topic");
    cache_put_reservation(fixture->interface.options.cache, reservation);
}

static void add_meeting(struct fixture *fixture, const char *id, const char *plan, int64_t status,
                        int64_t in_meeting)
{
    struct meeting *meeting = meeting_new(id);

    meeting->reservation = xstrdup("none");
    meeting->name = xstrdup(plan);
    meeting->status = status;
    meeting->in_meeting = in_meeting;
    cache_put_meeting(fixture->interface.options.cache, meeting);
}

static const char *render(struct fixture *fixture)
{
    struct openmetrics out = {.text = &fixture->text};

    buffer_clear(&fixture->text);
    metrics_write_plans(&fixture->interface, &out);
    return fixture->text.data;
}

static void has(const char *text, const char *line)
{
    CLEANUP_FREE char *whole = xasprintf("\n%s\n", line);

    if (strstr(text, whole) == NULL)
        fail_msg("no line %s in:\n%s", line, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("%s in:\n%s", part, text);
}

static void the_current_or_next_occurrence_is_told(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    plan_list_take(&fixture->plans, plan_new("daily"));
    plan_list_take(&fixture->plans, plan_new("past"));
    plan_list_take(&fixture->plans, plan_new("far \"off\""));
    plan_list_take(&fixture->plans, plan_new("gone"));
    plan_list_take(&fixture->plans, plan_new("adopted"));
    add_reservation(fixture, "d3", "daily", RESERVATION_PLANNED, NOW_S + 90000);
    add_reservation(fixture, "d1", "daily", RESERVATION_ENDED, NOW_S - 86400);
    add_reservation(fixture, "d2", "daily", RESERVATION_RESERVED, NOW_S + 3600);
    add_reservation(fixture, "p1", "past", RESERVATION_ENDED, NOW_S - 86400);
    add_reservation(fixture, "g1", "gone", RESERVATION_DELETED, NOW_S + 60);
    add_reservation(fixture, "a1", "adopted", RESERVATION_LIVE, UNKNOWN);
    add_reservation(fixture, "@1", NULL, RESERVATION_LIVE, NOW_S);
    add_reservation(fixture, "x1", "no such plan", RESERVATION_LIVE, NOW_S);
    text = render(fixture);
    has(text, "meetingd_plan_state{plan=\"daily\",state=\"reserved\"} 1");
    has(text, "meetingd_plan_start_timestamp_seconds{plan=\"daily\"} 1795401000");
    has(text, "meetingd_plan_state{plan=\"past\",state=\"ended\"} 1");
    has(text, "meetingd_plan_state{plan=\"gone\",state=\"deleted\"} 1");
    has(text, "meetingd_plan_state{plan=\"adopted\",state=\"live\"} 1");
    has(text, "meetingd_plan_in_meeting{plan=\"far \\\"off\\\"\"} 0");
    has_not(text, "meetingd_plan_state{plan=\"far");
    has_not(text, "seconds{plan=\"past");
    has_not(text, "seconds{plan=\"gone");
    has_not(text, "seconds{plan=\"adopted");
    has_not(text, "no such plan");
    has_not(text, "topic");
    has(text, "meetingd_plans_left_out 0");
}

static void who_is_in_is_counted_as_far_as_known(void **state)
{
    struct fixture *fixture = *state;
    const char *text;

    plan_list_take(&fixture->plans, plan_new("two"));
    plan_list_take(&fixture->plans, plan_new("unknown"));
    add_meeting(fixture, "1", "two", MEETING_IN_PROGRESS, 3);
    add_meeting(fixture, "2", "two", MEETING_CALLING, 4);
    add_meeting(fixture, "3", "two", MEETING_ENDED, 50);
    add_meeting(fixture, "4", NULL, MEETING_IN_PROGRESS, 60);
    add_meeting(fixture, "5", "unknown", MEETING_IN_PROGRESS, UNKNOWN);
    add_meeting(fixture, "6", "unknown", MEETING_IN_PROGRESS, 2);
    text = render(fixture);
    has(text, "meetingd_plan_in_meeting{plan=\"two\"} 7");
    has_not(text, "in_meeting{plan=\"unknown");
}

static void series_are_bounded(void **state)
{
    struct fixture *fixture = *state;
    const char *text;
    char name[24];

    assert_non_null(strstr(render(fixture), "meetingd_plans_left_out 0\n"));
    for (int i = 0; i < 1002; i++) {
        snprintf(name, sizeof(name), "plan%d", i);
        plan_list_take(&fixture->plans, plan_new(name));
        add_reservation(fixture, name, name, RESERVATION_PLANNED, NOW_S + i);
    }
    text = render(fixture);
    has(text, "meetingd_plans_left_out 2");
    for (int i = 0; i < 1002; i++) {
        CLEANUP_FREE char *line =
            xasprintf("meetingd_plan_start_timestamp_seconds{plan=\"plan%d\"} %lld", i, (long long)NOW_S + i);

        if (i < 1000)
            has(text, line);
        else
            has_not(text, line);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_current_or_next_occurrence_is_told),
        TEST(who_is_in_is_counted_as_far_as_known),
        TEST(series_are_bounded),
    };

    return cmocka_run_group_tests_name("metrics-plans", tests, NULL, NULL);
}
