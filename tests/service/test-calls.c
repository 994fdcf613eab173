/* sync/calls: the one gate to Feishu, on a real loop, with a scripted Feishu and the test's own clock. */
#include "lib/test.h"

#include <signal.h>

#include "base/base.h"
#include "feishu/http.h"
#include "lib/fake-feishu.h"
#include "lib/turn.h"
#include "sync/calls.h"

/* 2026-11-23 09:30:00 in Shanghai. */
#define NOW_MS INT64_C(1795397400000)
/* 2026-12-01 00:00:00 in Shanghai. */
#define MONTH_TURNS_MS INT64_C(1796054400000)

struct fixture {
    uv_loop_t loop;
    struct fake_clock clock;
    struct timers *timers;
    struct test_time time;
    struct fake_feishu *fake;
    struct http *http;
    struct app app;
    struct app *apps[1];
    struct feishu *client;
    struct calls *calls;
    struct ledger *ledger; /* NULL: the calls are not counted */
    bool http_closed;
    bool stopped;
    /* What was called back. */
    size_t answered;
    size_t wanted; /* for reached() */
    struct feishu_result last;
    size_t cancelled;
};

static size_t polls(const struct fixture *fixture)
{
    return fixture->fake->counts[FEISHU_GET_ACTIVE_MEETING];
}

static void script_polls(struct fixture *fixture, struct fake_feishu_script script)
{
    fake_feishu_script(fixture->fake, FEISHU_GET_ACTIVE_MEETING, script);
}

/* Every call is answered, but for those whose answer never comes. */
static bool calls_are_settled(void *data)
{
    const struct fixture *fixture = data;
    struct calls_status status;

    calls_status(fixture->calls, 0, &status);
    return status.under_way <= fixture->fake->held;
}

static void settle(void *data)
{
    struct fixture *fixture = data;

    test_turn_until(&fixture->time, calls_are_settled, fixture);
}

static int set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fake_clock_init(&fixture->clock, NOW_MS);
    assert_int_equal(timers_new(&fixture->timers, NULL, &fixture->clock.clock, NULL), 0);
    fixture->time =
        (struct test_time){.loop = &fixture->loop, .timers = fixture->timers, .clock = &fixture->clock};
    fixture->fake = fake_feishu_new(&fixture->loop);
    assert_int_equal(http_new(&fixture->http, &fixture->loop, fixture->timers, NULL), 0);
    fixture->app = (struct app){
        .name = (char *)"default",
        .base_url = (char *)fake_http_url(fixture->fake->http),
        .app_id = (char *)"cli_made_up",
        .app_secret = (char *)"made-up-secret",
        .owner_id = (char *)"ou_owner",
        .timeout_ms = 10000,
        .rate_per_minute = 1000,
        .rate_per_second = 50,
        .month_timezone = (char *)"Asia/Shanghai",
    };
    fixture->apps[0] = &fixture->app;
    assert_int_equal(feishu_new(&fixture->client, fixture->http, &fixture->clock.clock, &fixture->app, NULL),
                     0);
    fixture->calls = calls_new(fixture->timers, fixture->apps, &fixture->client, 1);
    fixture->time.settle = settle;
    fixture->time.data = fixture;
    *state = fixture;
    return 0;
}

static void note_stopped(void *data)
{
    ((struct fixture *)data)->stopped = true;
}

static void note_http_closed(void *data)
{
    ((struct fixture *)data)->http_closed = true;
}

static bool has_stopped(void *data)
{
    return ((struct fixture *)data)->stopped;
}

static bool http_has_closed(void *data)
{
    return ((struct fixture *)data)->http_closed;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (!fixture->stopped) {
        calls_stop(fixture->calls, note_stopped, fixture);
        test_pass_until(&fixture->time, 100, MS_PER_MINUTE, has_stopped, fixture);
    }
    fixture->time.settle = NULL;
    calls_free(fixture->calls);
    ledger_free(fixture->ledger);
    http_close(fixture->http, note_http_closed, fixture);
    test_turn_until(&fixture->time, http_has_closed, fixture);
    feishu_free(fixture->client);
    timers_close(fixture->timers, NULL, NULL);
    fake_feishu_free(fixture->fake);
    test_loop_end(&fixture->loop);
    free(fixture);
    return 0;
}

static void note_answer(void *data, const struct feishu_result *result, const struct feishu_reserve *reserve,
                        struct meeting *take_meeting)
{
    struct fixture *fixture = data;

    (void)reserve;
    meeting_free(take_meeting);
    fixture->answered++;
    fixture->cancelled += result->outcome == FEISHU_CANCELLED;
    fixture->last = *result;
}

static void submit(struct fixture *fixture, enum feishu_api api, enum call_class class,
                   const char *reserve_id)
{
    struct meeting_settings settings;
    struct call_request request = {
        .app = "default",
        .api = api,
        .class = class,
        .reserve_id = reserve_id,
        .end_time = NOW_MS / 1000 + 3600,
        .owner_id = "ou_owner",
        .settings = &settings,
    };

    meeting_settings_init(&settings);
    assert_non_null(calls_submit(fixture->calls, &request, note_answer, fixture));
}

static void poll(struct fixture *fixture, size_t count)
{
    for (size_t i = 0; i < count; i++)
        submit(fixture, FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_REST, "1");
}

static bool answers_are_there(void *data)
{
    const struct fixture *fixture = data;

    return fixture->answered >= fixture->wanted;
}

static bool polls_are_there(void *data)
{
    const struct fixture *fixture = data;

    return polls(fixture) >= fixture->wanted;
}

static bool time_has_passed(void *data)
{
    const struct fixture *fixture = data;

    return fixture->clock.wall_ms >= NOW_MS + 4 * MS_PER_SECOND;
}

static bool apply_is_there(void *data)
{
    return ((struct fixture *)data)->fake->counts[FEISHU_APPLY] > 0;
}

/* Lets time pass until so many more answers have come; returns how long it took. */
static int64_t wait_for_answers(struct fixture *fixture, size_t more, int64_t step_ms, int64_t most_ms)
{
    fixture->wanted = fixture->answered + more;
    return test_pass_until(&fixture->time, step_ms, most_ms, answers_are_there, fixture);
}

static void what_matters_most_leaves_first(void **state)
{
    struct fixture *fixture = *state;
    const char *order;

    /* The first leaves at once; the others wait for their slots and are sorted meanwhile. */
    submit(fixture, FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_REST, "first");
    submit(fixture, FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_REST, "rest");
    submit(fixture, FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_NOW, "now1");
    submit(fixture, FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_NOW, "now2");
    submit(fixture, FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_CHANGE, "change");
    wait_for_answers(fixture, 5, 10, 2000);
    order = fixture->fake->order.data;
    assert_non_null(strstr(order, "/first/"));
    assert_true(strstr(order, "/first/") < strstr(order, "/change/"));
    assert_true(strstr(order, "/change/") < strstr(order, "/now1/"));
    assert_true(strstr(order, "/now1/") < strstr(order, "/now2/"));
    assert_true(strstr(order, "/now2/") < strstr(order, "/rest/"));
}

static void calls_leave_evenly(void **state)
{
    struct fixture *fixture = *state;
    int64_t took;

    poll(fixture, 101);
    took = wait_for_answers(fixture, 101, 10, 10000);
    /* 100 gaps of 60 ms and a little more. */
    assert_in_range(took, 6000, 6200);
}

static void polls_without_answer_hold_up_no_change(void **state)
{
    struct fixture *fixture = *state;

    script_polls(fixture, (struct fake_feishu_script){.manner = FAKE_FEISHU_HOLDS});
    poll(fixture, 60);
    /* By now all could have left, and none has timed out. */
    test_pass_until(&fixture->time, 100, 5000, time_has_passed, fixture);
    assert_int_equal(polls(fixture), 24);
    submit(fixture, FEISHU_APPLY, CALL_CLASS_CHANGE, NULL);
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.api, FEISHU_APPLY);
    assert_int_equal(fixture->last.outcome, FEISHU_OK);
}

static void an_api_over_its_rate_rests_and_no_other(void **state)
{
    struct fixture *fixture = *state;
    struct calls_status status;
    int64_t took;

    script_polls(fixture, (struct fake_feishu_script){
                              .status = 429,
                              .headers = "x-ogw-ratelimit-limit: 1000\r\nx-ogw-ratelimit-reset: 52\r\n",
                              .body = "{\"code\":99991400,\"msg\":\"request trigger frequency limit\"}"});
    poll(fixture, 1);
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.outcome, FEISHU_RATE);
    assert_in_range(calls_pause_ms(fixture->calls, 0, FEISHU_GET_ACTIVE_MEETING), 51000, 52000);
    assert_int_equal(calls_pause_ms(fixture->calls, 0, FEISHU_APPLY), 0);
    script_polls(fixture, (struct fake_feishu_script){.status = 200});
    poll(fixture, 3);
    submit(fixture, FEISHU_APPLY, CALL_CLASS_CHANGE, NULL);
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.api, FEISHU_APPLY);
    calls_status(fixture->calls, 0, &status);
    assert_int_equal(status.waiting, 3);
    assert_int_equal(status.paused_until, UNKNOWN);
    took = wait_for_answers(fixture, 1, 100, 60000);
    assert_in_range(took, 50000, 52200);
    assert_int_equal(polls(fixture), 2);
    wait_for_answers(fixture, 2, 10, 1000);
    assert_int_equal(calls_answers(fixture->calls, 0)->counts[FEISHU_TOKEN][ANSWER_GOOD], 1);
    assert_int_equal(calls_answers(fixture->calls, 0)->counts[FEISHU_GET_ACTIVE_MEETING][ANSWER_GOOD], 3);
}

static void tokens_over_their_rate_hold_up_the_app(void **state)
{
    struct fixture *fixture = *state;
    struct calls_status status;
    int64_t took;

    fake_feishu_script_once(fixture->fake, FEISHU_TOKEN,
                            (struct fake_feishu_script){.status = 429,
                                                        .headers = "x-ogw-ratelimit-reset: 30\r\n",
                                                        .body = "{\"code\":99991400,\"msg\":\"limit\"}"});
    poll(fixture, 1);
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.outcome, FEISHU_RATE);
    assert_int_equal(fixture->last.api, FEISHU_TOKEN);
    calls_status(fixture->calls, 0, &status);
    assert_int_equal(status.paused_until, NOW_MS + 30000);
    poll(fixture, 1);
    took = wait_for_answers(fixture, 1, 100, MS_PER_MINUTE);
    assert_in_range(took, 29000, 30200);
    assert_int_equal(fixture->fake->counts[FEISHU_TOKEN], 2);
}

static void a_rest_of_no_length_is_a_second(void **state)
{
    struct fixture *fixture = *state;
    int64_t took;

    script_polls(fixture, (struct fake_feishu_script){.status = 429,
                                                      .headers = "x-ogw-ratelimit-reset: 0\r\n",
                                                      .body = "{\"code\":99991400,\"msg\":\"limit\"}"});
    poll(fixture, 3);
    took = wait_for_answers(fixture, 3, 100, 10000);
    assert_in_range(took, 2000, 2300);
}

static void note_list(void *data, const struct feishu_result *result, const struct string_list *ids,
                      const char *page_token)
{
    struct fixture *fixture = data;

    (void)page_token;
    fixture->answered++;
    fixture->last = *result;
    assert_non_null(ids);
}

static void lists_by_number_have_a_limit_of_their_own(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = {.app = "default",
                                   .api = FEISHU_LIST_BY_NO,
                                   .class = CALL_CLASS_REST,
                                   .meeting_no = "112000358",
                                   .start_time = NOW_MS / 1000 - 3600,
                                   .end_time = NOW_MS / 1000,
                                   .listed = note_list};
    int64_t took;

    for (int i = 0; i < 11; i++)
        assert_non_null(calls_submit(fixture->calls, &request, NULL, fixture));
    took = wait_for_answers(fixture, 11, 10, MS_PER_MINUTE);
    assert_int_equal(fixture->last.outcome, FEISHU_OK);
    /* A hundred a minute: ten gaps of 600 ms and a little more. */
    assert_in_range(took, 6000, 6200);
}

/* Feishu's month is the wall clock's: one that is set over its turn finds the next one. */
static void a_clock_that_is_set_over_the_month_s_turn_ends_its_rest(void **state)
{
    struct fixture *fixture = *state;
    struct calls_status status;

    script_polls(fixture,
                 (struct fake_feishu_script){.status = 429, .body = "{\"code\":99991403,\"msg\":\"quota\"}"});
    poll(fixture, 1);
    wait_for_answers(fixture, 1, 10, 1000);
    script_polls(fixture, (struct fake_feishu_script){.status = 200});
    fixture->clock.wall_ms = MONTH_TURNS_MS - MS_PER_HOUR;
    calls_clock_jumped(fixture->calls);
    calls_status(fixture->calls, 0, &status);
    assert_in_range(status.paused_until, MONTH_TURNS_MS + 5000, MONTH_TURNS_MS + MS_PER_MINUTE);
    poll(fixture, 1);
    assert_in_range(wait_for_answers(fixture, 1, MS_PER_MINUTE, 2 * MS_PER_HOUR), 59 * MS_PER_MINUTE,
                    62 * MS_PER_MINUTE);
    assert_int_equal(fixture->last.outcome, FEISHU_OK);
}

/* Its clock, or the zone of its month, may be another: the old month's refusal is not taken for the new
 * one's.
 */
static void a_refusal_when_the_month_has_just_begun_rests_for_an_hour(void **state)
{
    struct fixture *fixture = *state;
    struct calls_status status;

    fake_clock_pass(&fixture->clock, MONTH_TURNS_MS + 2000 - NOW_MS);
    script_polls(fixture,
                 (struct fake_feishu_script){.status = 429, .body = "{\"code\":99991403,\"msg\":\"quota\"}"});
    poll(fixture, 1);
    wait_for_answers(fixture, 1, 10, 1000);
    calls_status(fixture->calls, 0, &status);
    assert_in_range(status.paused_until, MONTH_TURNS_MS + MS_PER_HOUR, MONTH_TURNS_MS + MS_PER_HOUR + 5000);
}

/* From now on calls are counted, and there are so many. */
static void limit_month(struct fixture *fixture, int64_t calls, int64_t kept)
{
    fixture->app.monthly_calls = calls;
    fixture->app.monthly_share = 100;
    fixture->ledger = ledger_new(fixture->timers, NULL, fixture->apps, 1);
    ledger_keep(fixture->ledger, 0, kept);
    calls_use_ledger(fixture->calls, fixture->ledger);
}

static void looks_stop_where_the_rest_of_the_month_is_kept_for_changes(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_FREE char *held = NULL, *changes_held = NULL;
    struct calls_status status;
    struct call_request impatient = {
        .app = "default", .api = FEISHU_GET, .class = CALL_CLASS_NOW, .reserve_id = "1", .impatient = true};

    limit_month(fixture, 60, 30);
    poll(fixture, 100);
    fixture->wanted = 26; /* and the token; each might have cost four */
    test_pass_until(&fixture->time, 100, MS_PER_MINUTE, polls_are_there, fixture);
    submit(fixture, FEISHU_APPLY, CALL_CLASS_CHANGE, NULL);
    test_pass_until(&fixture->time, 100, MS_PER_MINUTE, apply_is_there, fixture);
    fake_clock_pass(&fixture->clock, MS_PER_HOUR);
    settle(fixture);
    assert_int_equal(polls(fixture), 26);
    calls_status(fixture->calls, 0, &status);
    assert_true(status.month_spent);
    assert_int_equal(status.month_ends_at, MONTH_TURNS_MS / 1000);
    assert_true(status.waiting > 0);
    held = calls_held_back(fixture->calls, "default", FEISHU_GET_ACTIVE_MEETING, CALL_CLASS_NOW);
    assert_non_null(strstr(held, "this month's calls are spent"));
    changes_held = calls_held_back(fixture->calls, "default", FEISHU_APPLY, CALL_CLASS_CHANGE);
    assert_null(changes_held);
    /* Somebody who waits is told at once. */
    assert_non_null(calls_submit(fixture->calls, &impatient, note_answer, fixture));
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.outcome, FEISHU_CANCELLED);
    assert_non_null(strstr(fixture->last.message, "this month's calls are spent"));
    /* The others go on when the month has turned, a little later than on the stroke. */
    fake_clock_pass(&fixture->clock, MONTH_TURNS_MS - fixture->clock.wall_ms - 1000);
    fixture->wanted = polls(fixture);
    test_turn(&fixture->time);
    assert_int_equal(polls(fixture), fixture->wanted);
    fixture->wanted = 40;
    test_pass_until(&fixture->time, 100, 2 * MS_PER_MINUTE, polls_are_there, fixture);
}

static void a_month_that_is_used_up_rests_until_it_turns(void **state)
{
    struct fixture *fixture = *state;
    struct calls_status status;

    script_polls(fixture,
                 (struct fake_feishu_script){.status = 429, .body = "{\"code\":99991403,\"msg\":\"quota\"}"});
    poll(fixture, 1);
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.outcome, FEISHU_QUOTA);
    calls_status(fixture->calls, 0, &status);
    assert_true(status.failing);
    assert_in_range(status.paused_until, MONTH_TURNS_MS + 5000, MONTH_TURNS_MS + MS_PER_MINUTE);
    script_polls(fixture, (struct fake_feishu_script){.status = 200});
    poll(fixture, 1);
    /* Not an hour before, but then. */
    fake_clock_pass(&fixture->clock, MONTH_TURNS_MS - NOW_MS - MS_PER_HOUR);
    for (int i = 0; i < 100; i++)
        test_turn(&fixture->time);
    assert_int_equal(polls(fixture), 1);
    wait_for_answers(fixture, 1, MS_PER_MINUTE, 2 * MS_PER_HOUR);
    calls_status(fixture->calls, 0, &status);
    assert_false(status.failing);
    assert_int_equal(status.paused_until, UNKNOWN);
}

static void the_impatient_are_not_kept_waiting(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = {
        .app = "default", .api = FEISHU_GET_ACTIVE_MEETING, .class = CALL_CLASS_NOW, .reserve_id = "1"};

    /* The first finds the month used up; two wait for their slots meanwhile, and one of them can wait. */
    script_polls(fixture,
                 (struct fake_feishu_script){.status = 429, .body = "{\"code\":99991403,\"msg\":\"quota\"}"});
    poll(fixture, 1);
    poll(fixture, 1);
    request.impatient = true;
    assert_non_null(calls_submit(fixture->calls, &request, note_answer, fixture));
    wait_for_answers(fixture, 2, 10, 1000);
    assert_int_equal(fixture->cancelled, 1);
    assert_int_equal(polls(fixture), 1);
    /* One that comes while it rests is told at once, and from the loop. */
    assert_non_null(calls_submit(fixture->calls, &request, note_answer, fixture));
    assert_int_equal(fixture->answered, 2);
    wait_for_answers(fixture, 1, 10, 1000);
    assert_int_equal(fixture->last.outcome, FEISHU_CANCELLED);
    assert_true(fixture->last.surely_not_done);
    assert_non_null(strstr(fixture->last.message, "held back"));
    assert_int_equal(polls(fixture), 1);
}

static void an_app_that_gets_no_answers_is_tried_ever_more_seldom(void **state)
{
    struct fixture *fixture = *state;
    struct calls_status status;
    int64_t took;

    script_polls(fixture, (struct fake_feishu_script){.status = 500, .body = "oops"});
    poll(fixture, 3);
    wait_for_answers(fixture, 3, 10, 2000);
    calls_status(fixture->calls, 0, &status);
    assert_true(status.failing);
    assert_non_null(strstr(status.message, "get_active_meeting"));
    assert_int_not_equal(status.paused_until, UNKNOWN);
    poll(fixture, 40);
    took = wait_for_answers(fixture, 8, 100, 10 * MS_PER_MINUTE);
    /* At the ordinary pace it would be half a second. */
    assert_true(took > MS_PER_MINUTE);
    script_polls(fixture, (struct fake_feishu_script){.status = 200});
    wait_for_answers(fixture, 1, 100, 2 * MS_PER_MINUTE);
    calls_status(fixture->calls, 0, &status);
    assert_false(status.failing);
    took = wait_for_answers(fixture, 31, 10, 10 * MS_PER_SECOND);
    assert_in_range(took, 0, 2200);
}

static void stopping_cancels_all_but_an_apply_that_has_left(void **state)
{
    struct fixture *fixture = *state;

    script_polls(fixture, (struct fake_feishu_script){.manner = FAKE_FEISHU_HOLDS});
    fake_feishu_script(fixture->fake, FEISHU_APPLY, (struct fake_feishu_script){.manner = FAKE_FEISHU_HOLDS});
    submit(fixture, FEISHU_APPLY, CALL_CLASS_CHANGE, NULL);
    submit(fixture, FEISHU_APPLY, CALL_CLASS_CHANGE, NULL); /* waits for its slot */
    poll(fixture, 2);
    test_turn_until(&fixture->time, apply_is_there, fixture);
    fixture->wanted = 1;
    test_turn_until(&fixture->time, polls_are_there, fixture);
    assert_true(calls_applying(fixture->calls));
    calls_stop(fixture->calls, note_stopped, fixture);
    poll(fixture, 1); /* nothing new is taken */
    fixture->wanted = 4;
    test_turn_until(&fixture->time, answers_are_there, fixture);
    assert_int_equal(fixture->cancelled, 4);
    assert_false(fixture->stopped);
    assert_true(calls_applying(fixture->calls));
    fake_http_answer(fixture->fake->last_on[FEISHU_APPLY], 200, NULL,
                     "{\"code\":0,\"data\":{\"reserve\":{\"id\":\"7\"}}}");
    test_turn_until(&fixture->time, has_stopped, fixture);
    assert_int_equal(fixture->last.outcome, FEISHU_OK);
    assert_int_equal(fixture->answered, 5);
    assert_int_equal(fixture->fake->counts[FEISHU_APPLY], 1);
}

static void an_apply_that_waits_for_its_token_does_not_leave_any_more(void **state)
{
    struct fixture *fixture = *state;

    fake_feishu_script(fixture->fake, FEISHU_TOKEN, (struct fake_feishu_script){.manner = FAKE_FEISHU_HOLDS});
    submit(fixture, FEISHU_APPLY, CALL_CLASS_CHANGE, NULL);
    while (fixture->fake->counts[FEISHU_TOKEN] == 0)
        test_turn(&fixture->time);
    calls_stop(fixture->calls, note_stopped, fixture);
    test_turn_until(&fixture->time, has_stopped, fixture);
    assert_int_equal(fixture->cancelled, 1);
    assert_true(fixture->last.surely_not_done);
    assert_int_equal(fixture->fake->counts[FEISHU_APPLY], 0);
}

static void an_app_that_is_not_there_is_no_place_to_call(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = {.app = "other", .api = FEISHU_GET, .reserve_id = "1"};

    assert_null(calls_submit(fixture->calls, &request, note_answer, fixture));
    assert_null(calls_app(fixture->calls, "other"));
    assert_string_equal(calls_app(fixture->calls, NULL)->name, "default");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_matters_most_leaves_first),
        TEST(calls_leave_evenly),
        TEST(polls_without_answer_hold_up_no_change),
        TEST(an_api_over_its_rate_rests_and_no_other),
        TEST(tokens_over_their_rate_hold_up_the_app),
        TEST(a_rest_of_no_length_is_a_second),
        TEST(lists_by_number_have_a_limit_of_their_own),
        TEST(a_clock_that_is_set_over_the_month_s_turn_ends_its_rest),
        TEST(a_refusal_when_the_month_has_just_begun_rests_for_an_hour),
        TEST(looks_stop_where_the_rest_of_the_month_is_kept_for_changes),
        TEST(a_month_that_is_used_up_rests_until_it_turns),
        TEST(the_impatient_are_not_kept_waiting),
        TEST(an_app_that_gets_no_answers_is_tried_ever_more_seldom),
        TEST(stopping_cancels_all_but_an_apply_that_has_left),
        TEST(an_apply_that_waits_for_its_token_does_not_leave_any_more),
        TEST(an_app_that_is_not_there_is_no_place_to_call),
    };

    return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
