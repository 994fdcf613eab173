/* sync/driver: plans become reservations, once; meetings are followed; nothing is lost over a restart. */
#include "lib/test.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/base.h"
#include "lib/sync-house.h"

#define STANDUP "standup@20261123T014000Z" /* ten minutes from the house's now */

#define ANSWER(...) ((struct fake_feishu_script){.body = (__VA_ARGS__)})

static const struct fake_feishu_script resets = {.manner = FAKE_FEISHU_RESETS};
static const struct fake_feishu_script refuses = {.status = 400,
                                                  .body = "{\"code\":121003,\"msg\":\"param error\"}"};

static void write_meeting(char *text, size_t size, int status, const char *people)
{
    snprintf(text, size,
             "{\"code\":0,\"msg\":\"success\",\"data\":{\"meeting\":{\"id\":\"71\",\"status\":%d,"
             "\"start_time\":\"%lld\",\"participants\":[%s]}}}",
             status, (long long)HOUSE_NOW_S, people);
}

static void a_due_plan_is_applied_once(void **state)
{
    struct sync_house *house = *state;
    const struct reservation *shown;

    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    shown = sync_house_shown(house, STANDUP);
    assert_string_equal(shown->reserve_id, "6900000000000000001");
    assert_string_equal(shown->meeting_no, "112000358");
    assert_null(shown->problem.message);
    assert_string_equal(house->feishu->last_body[FEISHU_APPLY].data,
                        "{\"end_time\":\"1795403400\",\"owner_id\":\"ou_owner\","
                        "\"meeting_settings\":{\"topic\":\"每日站会\"}}");
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
}

static void one_that_is_far_off_waits(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", INT64_C(3) * 86400);
    sync_house_start(house);
    sync_house_pass(house, 2 * MS_PER_DAY - 1000);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
    sync_house_pass(house, 2000);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
}

static void nothing_leaves_that_cannot_be_written_down(void **state)
{
    struct sync_house *house = *state;
    struct rlimit saved, none = {0, RLIM_INFINITY};
    const struct reservation *shown;

    sync_house_plan(house, "standup", 86400 + 60); /* due in a minute */
    sync_house_start(house);
    sync_house_pass(house, 1000);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
    none.rlim_max = saved.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    sync_house_pass(house, MS_PER_MINUTE + 1000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
    shown = sync_house_shown(house, "standup@20261124T013100Z");
    assert_int_equal(shown->state, RESERVATION_PLANNED);
    assert_non_null(shown->problem.message);
    assert_true(shown->problem.retry_at > 0);
    /* The disk has room again. */
    sync_house_wait_for(house, "standup@20261124T013100Z", RESERVATION_RESERVED, 10 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
}

static void an_apply_without_answer_is_repeated_once_when_feishu_answers(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", INT64_C(3) * 3600);
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_wait_for(house, "standup@20261123T043000Z", RESERVATION_UNCERTAIN, MS_PER_SECOND);
    /* Then nothing answers for an hour. */
    fake_feishu_script(house->feishu, FEISHU_TOKEN, resets);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    fake_feishu_script(house->feishu, FEISHU_TOKEN, (struct fake_feishu_script){.status = 200});
    fake_feishu_script(house->feishu, FEISHU_APPLY, (struct fake_feishu_script){.status = 200});
    sync_house_wait_for(house, "standup@20261123T043000Z", RESERVATION_RESERVED, 2 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_non_null(strstr(sync_house_shown(house, "standup@20261123T043000Z")->problem.message,
                           "a second one may exist"));
}

static void twice_without_answer_is_enough(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 7200);
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_pass(house, 10 * MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    sync_house_pass(house, MS_PER_HOUR);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_shown(house, "standup@20261123T033000Z")->state, RESERVATION_UNCERTAIN);
}

static void a_repeat_that_is_refused_leaves_it_uncertain(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 7200);
    fake_feishu_script_once(house->feishu, FEISHU_APPLY, resets);
    fake_feishu_script(house->feishu, FEISHU_APPLY, refuses);
    sync_house_start(house);
    sync_house_pass(house, 10 * MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_shown(house, "standup@20261123T033000Z")->state, RESERVATION_UNCERTAIN);
    assert_int_equal(sync_house_shown(house, "standup@20261123T033000Z")->problem.code, 121003);
    sync_house_stop(house);
    fake_feishu_script(house->feishu, FEISHU_APPLY, (struct fake_feishu_script){.status = 200});
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

static void a_repeat_that_did_not_happen_waits_for_its_time(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 7200);
    fake_feishu_script_once(house->feishu, FEISHU_APPLY, resets);
    fake_feishu_script(house->feishu, FEISHU_APPLY,
                       (struct fake_feishu_script){.status = 429,
                                                   .headers = "x-ogw-ratelimit-reset: 300\r\n",
                                                   .body = "{\"code\":99991400,\"msg\":\"limit\"}"});
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    fake_feishu_script(house->feishu, FEISHU_APPLY, (struct fake_feishu_script){.status = 200});
    sync_house_pass(house, 3 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    sync_house_wait_for(house, "standup@20261123T033000Z", RESERVATION_RESERVED, 3 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
}

static void a_refused_one_has_failed_until_the_next_start(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 7200);
    fake_feishu_script(house->feishu, FEISHU_APPLY, refuses);
    sync_house_start(house);
    sync_house_wait_for(house, "standup@20261123T033000Z", RESERVATION_FAILED, MS_PER_SECOND);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    sync_house_stop(house);
    fake_feishu_script(house->feishu, FEISHU_APPLY, (struct fake_feishu_script){.status = 200});
    sync_house_start(house);
    sync_house_wait_for(house, "standup@20261123T033000Z", RESERVATION_RESERVED, MS_PER_SECOND);
}

static void hosts_that_feishu_did_not_take_are_a_problem_of_what_exists(void **state)
{
    struct sync_house *house = *state;
    const struct reservation *shown;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(
        house->feishu, FEISHU_APPLY,
        ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"5\"},\"reserve_correction_check_info\":"
               "{\"invalid_host_id_list\":[\"ou_gone\"]}}}"));
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    shown = sync_house_shown(house, STANDUP);
    assert_int_equal(shown->invalid_host_id_list.count, 1);
    assert_non_null(strstr(shown->problem.message, "ou_gone"));
}

static void a_meeting_is_followed_from_start_to_end(void **state)
{
    struct sync_house *house = *state;
    char text[600];
    const char *ann = "{\"id\":\"ou_ann\",\"user_type\":1,\"status\":2}",
               *both = "{\"id\":\"ou_ann\",\"user_type\":1,\"status\":2},"
                       "{\"id\":\"ou_bo\",\"user_type\":1,\"status\":2}";
    const struct meeting *meeting;

    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    write_meeting(text, sizeof(text), 2, ann);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(text));
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, 15 * MS_PER_SECOND);
    write_meeting(text, sizeof(text), 2, both);
    sync_house_pass(house, 11 * MS_PER_SECOND);
    meeting = cache_active_meeting(house->cache, STANDUP);
    assert_non_null(meeting);
    assert_int_equal(meeting->in_meeting, 2);
    assert_string_equal(meeting->occurrence, STANDUP);
    write_meeting(text, sizeof(text), 2, ann);
    sync_house_pass(house, 11 * MS_PER_SECOND);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, (struct fake_feishu_script){.status = 200});
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, 15 * MS_PER_SECOND);
    meeting = cache_meeting(house->cache, "71");
    assert_int_equal(meeting->status, MEETING_ENDED);
    assert_int_equal(meeting->peak, 2);
    assert_string_equal(sync_house_shown(house, STANDUP)->meetings.items[0], "71");
    assert_string_equal(house->events.data, "reservation_created " STANDUP "\n"
                                            "meeting_started 71\n"
                                            "participant_joined ou_ann\n"
                                            "reservation_updated " STANDUP "\n"
                                            "meeting_changed 71\n"
                                            "participant_joined ou_bo\n"
                                            "meeting_changed 71\n"
                                            "participant_left ou_bo\n"
                                            "meeting_ended 71\n"
                                            "reservation_updated " STANDUP "\n");
    /* The slot ends, and at last the reservation. */
    sync_house_wait_for(house, STANDUP, RESERVATION_ENDED, MS_PER_HOUR);
    /* Each look makes its figures younger. */
    assert_true(house->clock.wall_ms - sync_house_shown(house, STANDUP)->observed_at < MS_PER_MINUTE);
    sync_house_pass(house, 2 * MS_PER_HOUR);
}

static void the_last_word_on_a_meeting_forgets_nobody(void **state)
{
    struct sync_house *house = *state;
    char text[600];
    const struct meeting *meeting;

    sync_house_plan(house, "standup", 600);
    write_meeting(text, sizeof(text), 2, "{\"id\":\"ou_ann\",\"user_type\":1,\"status\":2}");
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(text));
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, MS_PER_MINUTE);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                       ANSWER("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":3}}}"));
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_MINUTE);
    meeting = cache_meeting(house->cache, "71");
    assert_int_equal(meeting->status, MEETING_ENDED);
    assert_int_equal(meeting->participants_count, 1);
    assert_string_equal(meeting->participants[0].id, "ou_ann");
    assert_int_equal(meeting->participants[0].status, PARTICIPANT_LEFT);
    assert_int_equal(meeting->in_meeting, 0);
}

static void a_restart_during_a_meeting_shows_it_at_once(void **state)
{
    struct sync_house *house = *state;
    char text[600];

    sync_house_plan(house, "standup", 600);
    write_meeting(text, sizeof(text), 2, "{\"id\":\"ou_ann\",\"user_type\":1,\"status\":2}");
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(text));
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, MS_PER_MINUTE);
    sync_house_stop(house);
    fake_clock_pass(&house->clock, MS_PER_HOUR);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, resets);
    sync_house_start(house);
    assert_string_equal(cache_active_meeting(house->cache, STANDUP)->id, "71");
    assert_int_equal(cache_active_meeting(house->cache, STANDUP)->in_meeting, 1);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_LIVE);
    buffer_clear(&house->events);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(text));
    sync_house_pass(house, MS_PER_MINUTE);
    /* Who was in before is not told of again. */
    assert_null(strstr(house->events.data != NULL ? house->events.data : "", "joined"));
}

static void one_that_was_deleted_elsewhere_is_found_out(void **state)
{
    struct sync_house *house = *state;
    static const struct fake_feishu_script gone = {.status = 404,
                                                   .body = "{\"code\":121004,\"msg\":\"data not exist\"}"};

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, gone);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    /* "No meeting now" may be all that it means: asked once, and not with each look. */
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_GET), 1);
    sync_house_stop(house);
    fake_feishu_script(house->feishu, FEISHU_GET, gone);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_DELETED, MS_PER_MINUTE);
    assert_non_null(sync_house_shown(house, STANDUP)->problem.message);
    /* Another one takes its place; but where that is lost as well, it is not made again and again. */
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    sync_house_wait_for(house, STANDUP "#2", RESERVATION_DELETED, MS_PER_MINUTE);
    sync_house_pass(house, MS_PER_HOUR / 2);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

/* A plan that follows a reservation made elsewhere. */
static void adopt(struct sync_house *house)
{
    struct plan *plan = plan_new("board");

    plan->app = xstrdup("default");
    plan->timezone = xstrdup("UTC");
    plan->reserve_id = xstrdup("6911188411932033028");
    plan->duration_s = UNKNOWN;
    plan_list_take(&house->plans, plan);
}

static void an_adopted_one_is_described_and_followed(void **state)
{
    struct sync_house *house = *state;

    adopt(house);
    fake_feishu_script(
        house->feishu, FEISHU_GET,
        ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"6911188411932033028\",\"meeting_no\":"
               "\"235812466\",\"expire_status\":0,\"meeting_settings\":{\"topic\":\"董事会\"}}}}"));
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_string_equal(sync_house_shown(house, "board")->meeting_no, "235812466");
    assert_string_equal(sync_house_shown(house, "board")->meeting_settings.topic, "董事会");
    assert_null(sync_house_shown(house, "board")->occurrence);
    sync_house_pass(house, 20 * MS_PER_MINUTE);
    assert_in_range(sync_house_count(house, FEISHU_GET_ACTIVE_MEETING), 4, 6);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
}

static void an_adopted_one_that_feishu_does_not_know_has_failed(void **state)
{
    struct sync_house *house = *state;

    adopt(house);
    fake_feishu_script(
        house->feishu, FEISHU_GET,
        (struct fake_feishu_script){.status = 404, .body = "{\"code\":121004,\"msg\":\"data not exist\"}"});
    sync_house_start(house);
    sync_house_wait_for(house, "board", RESERVATION_FAILED, MS_PER_MINUTE);
    assert_non_null(strstr(sync_house_shown(house, "board")->problem.message, "check reserve_id"));
    /* The id was mended at Feishu's side: the next start looks again. */
    sync_house_stop(house);
    fake_feishu_script(house->feishu, FEISHU_GET, (struct fake_feishu_script){.status = 200});
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_shown(house, "board")->state, RESERVATION_RESERVED);
    assert_null(sync_house_shown(house, "board")->problem.message);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
}

static void an_intent_without_answer_is_uncertain_after_a_crash(void **state)
{
    struct sync_house *house = *state;
    struct reservation *record = reservation_new("@20261123T010000Z-1");

    /* What a daemon that was killed leaves behind. */
    house->on_uncertain = ON_UNCERTAIN_HOLD;
    sync_house_start(house);
    record->app = xstrdup("default");
    record->state = RESERVATION_RESERVING;
    record->attempted_at = HOUSE_NOW_S * 1000;
    store_put_reservation(house->store, record, NULL, NULL);
    reservation_free(record);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, "@20261123T010000Z-1")->state, RESERVATION_UNCERTAIN);
    assert_non_null(strstr(house->events.data, "reservation_uncertain @20261123T010000Z-1"));
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
}

static void a_clock_that_was_set_moves_the_timetable(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", INT64_C(3) * 86400);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    house->clock.wall_ms += 2 * MS_PER_DAY;
    driver_clock_jumped(house->driver);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    /* And back: what was seen later than now does not hold up the next look. */
    house->clock.wall_ms -= 10 * MS_PER_DAY;
    driver_clock_jumped(house->driver);
    sync_house_pass(house, 6 * MS_PER_MINUTE);
    assert_in_range(sync_house_count(house, FEISHU_GET_ACTIVE_MEETING), 1, 3);
}

static void a_thousand_plans_are_made_once_each(void **state)
{
    struct sync_house *house = *state;
    size_t made = 0;

    for (int i = 0; i < 1000; i++) {
        char name[24];

        snprintf(name, sizeof(name), "plan %d", i);
        sync_house_plan(house, name, 7200);
    }
    sync_house_start(house);
    for (int i = 0; i < 60 && sync_house_count(house, FEISHU_APPLY) < 1000; i++)
        sync_house_pass(house, 100);
    sync_house_stop(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1000);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    for (size_t i = 0; i < house->plans.count; i++) {
        CLEANUP_FREE char *key = xasprintf("%s@20261123T033000Z", house->plans.items[i]->name);

        made += sync_house_shown(house, key)->state == RESERVATION_RESERVED;
    }
    assert_int_equal(made, 1000);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sync_house_set_up, sync_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_due_plan_is_applied_once),
        TEST(one_that_is_far_off_waits),
        TEST(nothing_leaves_that_cannot_be_written_down),
        TEST(an_apply_without_answer_is_repeated_once_when_feishu_answers),
        TEST(twice_without_answer_is_enough),
        TEST(a_repeat_that_is_refused_leaves_it_uncertain),
        TEST(a_repeat_that_did_not_happen_waits_for_its_time),
        TEST(a_refused_one_has_failed_until_the_next_start),
        TEST(hosts_that_feishu_did_not_take_are_a_problem_of_what_exists),
        TEST(a_meeting_is_followed_from_start_to_end),
        TEST(the_last_word_on_a_meeting_forgets_nobody),
        TEST(a_restart_during_a_meeting_shows_it_at_once),
        TEST(one_that_was_deleted_elsewhere_is_found_out),
        TEST(an_adopted_one_is_described_and_followed),
        TEST(an_adopted_one_that_feishu_does_not_know_has_failed),
        TEST(an_intent_without_answer_is_uncertain_after_a_crash),
        TEST(a_clock_that_was_set_moves_the_timetable),
        TEST(a_thousand_plans_are_made_once_each),
    };

    return cmocka_run_group_tests_name("driver", tests, NULL, NULL);
}
