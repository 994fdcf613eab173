/* sync/driver: what must not be lost or made twice, whatever the clock, the file or an operator does
 * meanwhile. */
#include "lib/test.h"

#include "base/base.h"
#include "lib/sync-house.h"
#include "sync/operate.h"

#define STANDUP    "standup@20261123T014000Z" /* ten minutes from the house's now */
#define LATER      "standup@20261123T113000Z" /* ten hours from it */
#define FIRST_ID   "6900000000000000001"
#define MAY_EXIST  "a second one may exist"
#define TEN_HOURS  INT64_C(36000)
#define FORTY_DAYS (40 * MS_PER_DAY)

#define ANSWER(...) ((struct fake_feishu_script){.body = (__VA_ARGS__)})

static const struct fake_feishu_script good = {.status = 200};
static const struct fake_feishu_script resets = {.manner = FAKE_FEISHU_RESETS};
static const struct fake_feishu_script forbids = {.status = 403,
                                                  .body = "{\"code\":121005,\"msg\":\"no permission\"}"};
static const struct fake_feishu_script gone = {.status = 404,
                                               .body = "{\"code\":121004,\"msg\":\"data not exist\"}"};
static const struct fake_feishu_script rests = {.status = 429,
                                                .headers = "x-ogw-ratelimit-reset: 120\r\n",
                                                .body = "{\"code\":99991400,\"msg\":\"limit\"}"};
static const struct fake_feishu_script goes_on = {
    .body = "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":2}}}"};

static void set_clock(struct sync_house *house, int64_t by_ms)
{
    house->clock.wall_ms += by_ms;
    driver_clock_jumped(house->driver);
}

/* How an operation ended. */
struct ending {
    int count;
    bool sent;
    bool made; /* there is a reservation, and it is reserved */
};

static void note_ending(void *data, const struct operated *operated)
{
    struct ending *ending = data;

    ending->count++;
    ending->sent = operated->reason == NULL;
    ending->made = operated->reason == NULL && operated->reservation != NULL &&
                   operated->reservation->state == RESERVATION_RESERVED;
}

/* ---- what the reader must go on being told */

static void that_a_second_may_exist_outlives_another_problem(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script_once(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_MINUTE);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, forbids);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, STANDUP)->problem.code, 121005);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, MAY_EXIST));
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, good);
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, STANDUP)->problem.code, 0);
    assert_non_null(sync_house_shown(house, STANDUP)->problem.message);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, MAY_EXIST));
}

static void a_crash_during_the_repeat_tells_of_both(void **state)
{
    struct sync_house *house = *state;
    struct reservation *record = reservation_new(STANDUP);

    sync_house_start(house);
    record->name = xstrdup("standup");
    record->occurrence = xstrdup(STANDUP);
    record->app = xstrdup("default");
    record->owner_id = xstrdup("ou_owner");
    record->start_time = HOUSE_NOW_S + 600;
    record->end_time = HOUSE_NOW_S + 2400;
    record->state = RESERVATION_RESERVING;
    record->repeated = true;
    record->attempted_at = HOUSE_NOW_S * 1000;
    store_put_reservation(house->store, record, NULL, NULL);
    reservation_free(record);
    sync_house_stop(house);
    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_UNCERTAIN);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, "a second one may exist"));
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
}

static void one_that_an_operator_deleted_was_not_deleted_elsewhere(void **state)
{
    struct sync_house *house = *state;
    struct ending ending = {0};
    const char *told;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, goes_on);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, MS_PER_MINUTE);
    assert_int_equal(operate_delete(house->driver, FIRST_ID, note_ending, &ending), 0);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(ending.count, 1);
    /* The meeting goes on without its reservation, and ends. */
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_DELETED);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, gone);
    fake_feishu_script(house->feishu, FEISHU_GET, gone);
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(cache_meeting(house->cache, "71")->status, MEETING_ENDED);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_DELETED);
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
    told = strstr(house->events.data, "reservation_deleted");
    assert_non_null(told);
    assert_null(strstr(told + 1, "reservation_deleted"));
}

/* ---- never blindly made twice */

static void an_operators_retry_begins_no_round_of_its_own(void **state)
{
    struct sync_house *house = *state;
    struct ending ending = {0};

    sync_house_plan(house, "standup", TEN_HOURS);
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    fake_feishu_script(house->feishu, FEISHU_APPLY, rests);
    assert_int_equal(operate_resolve(house->driver, LATER, SETTLE_RETRY, NULL, note_ending, &ending), 0);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(ending.count, 1);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    fake_feishu_script(house->feishu, FEISHU_APPLY, good);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    assert_int_equal(sync_house_shown(house, LATER)->state, RESERVATION_UNCERTAIN);
}

static void two_uncertain_ones_are_not_settled_as_the_same(void **state)
{
    struct sync_house *house = *state;
    struct ending first = {0}, second = {0};

    house->on_uncertain = ON_UNCERTAIN_HOLD;
    sync_house_plan(house, "standup", 600);
    sync_house_plan(house, "review", 600);
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    fake_feishu_script(
        house->feishu, FEISHU_GET,
        ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"5\",\"meeting_no\":\"112000359\"}}}"));
    assert_int_equal(operate_resolve(house->driver, STANDUP, SETTLE_AS, "5", note_ending, &first), 0);
    assert_int_equal(
        operate_resolve(house->driver, "review@20261123T014000Z", SETTLE_AS, "5", note_ending, &second), 0);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(first.count, 1);
    assert_int_equal(second.count, 1);
    assert_int_equal(first.made + second.made, 1);
    assert_false(first.sent && second.sent);
    assert_int_equal((sync_house_shown(house, STANDUP)->state == RESERVATION_RESERVED) +
                         (sync_house_shown(house, "review@20261123T014000Z")->state == RESERVATION_RESERVED),
                     1);
}

/* ---- never lost */

static void a_plan_that_takes_another_reservation_keeps_the_record_of_its_own(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600);
    const struct reservation *own, *adopted;

    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    sync_house_stop(house);
    plan->reserve_id = xstrdup("6911188411932033028");
    fake_feishu_script(house->feishu, FEISHU_GET,
                       ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"6911188411932033028\"}}}"));
    /* With the change, and with what that has left in the store. */
    for (int starts = 0; starts < 2; starts++) {
        sync_house_start(house);
        sync_house_pass(house, MS_PER_MINUTE);
        own = cache_reservation_by_id(house->cache, FIRST_ID);
        adopted = cache_reservation_by_id(house->cache, "6911188411932033028");
        assert_non_null(own);
        assert_non_null(adopted);
        /* Its plan does not want it any more. */
        assert_int_equal(own->state, RESERVATION_DELETED);
        assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
        assert_false(own->adopted);
        assert_true(adopted->adopted);
        sync_house_stop(house);
    }
    /* And back: one of its own is made again. */
    free(plan->reserve_id);
    plan->reserve_id = NULL;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_shown(house, STANDUP "#2")->state, RESERVATION_RESERVED);
    assert_null(cache_reservation_by_id(house->cache, "6911188411932033028"));
}

static void of_two_records_of_an_occurrence_the_uncertain_one_is_settled(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600);
    struct ending ending = {0};

    /* An adopted one, and then one of its own for the same time. */
    house->on_uncertain = ON_UNCERTAIN_HOLD;
    plan->reserve_id = xstrdup("6911188411932033028");
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    sync_house_stop(house);
    free(plan->reserve_id);
    plan->reserve_id = NULL;
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    fake_feishu_script(house->feishu, FEISHU_APPLY, good);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    assert_int_equal(operate_resolve(house->driver, STANDUP, SETTLE_RETRY, NULL, note_ending, &ending), 0);
    sync_house_pass(house, MS_PER_SECOND);
    assert_true(ending.made);
    assert_non_null(cache_reservation_by_id(house->cache, FIRST_ID));
}

/* ---- the clock */

static void a_clock_that_is_set_back_holds_up_no_attempt(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", TEN_HOURS);
    fake_feishu_script(house->feishu, FEISHU_APPLY, rests);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    fake_feishu_script(house->feishu, FEISHU_APPLY, good);
    set_clock(house, -8 * MS_PER_HOUR);
    /* Feishu's own time is still kept. */
    sync_house_pass(house, 110 * MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    sync_house_wait_for(house, LATER, RESERVATION_RESERVED, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

static void nor_does_one_that_was_set_back_while_the_daemon_was_down(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", TEN_HOURS);
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house);
    sync_house_wait_for(house, LATER, RESERVATION_UNCERTAIN, MS_PER_SECOND);
    sync_house_stop(house);
    house->clock.wall_ms -= 8 * MS_PER_HOUR;
    fake_feishu_script(house->feishu, FEISHU_APPLY, good);
    sync_house_start(house);
    sync_house_wait_for(house, LATER, RESERVATION_RESERVED, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

static void a_good_answer_from_before_the_clock_was_set_back_counts_for_nothing(void **state)
{
    struct sync_house *house = *state;
    struct calls_status status;

    sync_house_plan(house, "standup", TEN_HOURS);
    fake_feishu_script(house->feishu, FEISHU_APPLY, resets);
    sync_house_start(house); /* the token was good */
    sync_house_wait_for(house, LATER, RESERVATION_UNCERTAIN, MS_PER_SECOND);
    fake_feishu_script(house->feishu, FEISHU_TOKEN, good);
    sync_house_pass(house, 0);
    fake_feishu_script(house->feishu, FEISHU_TOKEN, resets);
    set_clock(house, -8 * MS_PER_HOUR);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    calls_status(house->calls, 0, &status);
    assert_true(status.failing);
    fake_feishu_script(house->feishu, FEISHU_TOKEN, good);
    fake_feishu_script(house->feishu, FEISHU_APPLY, good);
    sync_house_wait_for(house, LATER, RESERVATION_RESERVED, 2 * MS_PER_MINUTE);
}

static void what_expired_by_a_wrong_clock_only_comes_back(void **state)
{
    struct sync_house *house = *state;
    size_t looks;

    sync_house_plan(house, "standup", TEN_HOURS);
    sync_house_start(house);
    sync_house_wait_for(house, LATER, RESERVATION_RESERVED, MS_PER_SECOND);
    set_clock(house, FORTY_DAYS);
    sync_house_wait_for(house, LATER, RESERVATION_EXPIRED, MS_PER_SECOND);
    sync_house_stop(house);
    sync_house_start(house); /* as after a boot with that clock */
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_shown(house, LATER)->state, RESERVATION_EXPIRED);
    set_clock(house, -FORTY_DAYS);
    sync_house_wait_for(house, LATER, RESERVATION_RESERVED, MS_PER_SECOND);
    looks = sync_house_count(house, FEISHU_GET_ACTIVE_MEETING);
    sync_house_pass(house, 11 * MS_PER_MINUTE);
    assert_in_range(sync_house_count(house, FEISHU_GET_ACTIVE_MEETING), looks + 2, looks + 3);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
}

static void what_ended_by_a_wrong_clock_only_comes_back(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, goes_on);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, MS_PER_MINUTE);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, good);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_MINUTE);
    set_clock(house, MS_PER_HOUR);
    sync_house_wait_for(house, STANDUP, RESERVATION_ENDED, MS_PER_SECOND);
    set_clock(house, -MS_PER_HOUR);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
}

/* ---- what waits for Feishu */

static size_t count_states(const struct sync_house *house, enum reservation_state state)
{
    struct reservation *const *all;
    size_t count = cache_reservations(house->cache, &all), found = 0;

    for (size_t i = 0; i < count; i++)
        found += all[i]->state == state;
    return found;
}

static void what_waits_for_feishu_is_not_open_after_a_crash(void **state)
{
    struct sync_house *house = *state;

    for (int i = 0; i < 100; i++) {
        char name[24];

        snprintf(name, sizeof(name), "plan %d", i);
        sync_house_plan(house, name, TEN_HOURS);
    }
    fake_feishu_script(house->feishu, FEISHU_APPLY, rests);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    /* Those for which there was a place have been refused, and all others have no intent. */
    assert_in_range(sync_house_count(house, FEISHU_APPLY), 1, 50);
    assert_int_equal(count_states(house, RESERVATION_RESERVING), 0);
    assert_int_equal(count_states(house, RESERVATION_PLANNED), 100);
    fake_feishu_script(house->feishu, FEISHU_APPLY, good);
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(count_states(house, RESERVATION_RESERVED), 100);
}

static void one_whose_slot_has_passed_while_it_waited_is_not_made(void **state)
{
    struct sync_house *house = *state;
    struct plan *early;

    /* The first one's refusal holds the second up until its slot is over. */
    sync_house_plan(house, "standup", TEN_HOURS);
    early = sync_house_plan(house, "early", 120);
    early->duration_s = 600;
    early->create_ahead_ms = 60000;
    fake_feishu_script_once(house->feishu, FEISHU_APPLY,
                            (struct fake_feishu_script){.status = 429,
                                                        .headers = "x-ogw-ratelimit-reset: 1800\r\n",
                                                        .body = "{\"code\":99991400,\"msg\":\"limit\"}"});
    sync_house_start(house);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_shown(house, LATER)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_shown(house, "early@20261123T013200Z")->state, RESERVATION_FAILED);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

/* ---- numbers of changes */

static void numbers_that_could_not_be_claimed_are_claimed_again(void **state)
{
    struct sync_house *house = *state;
    CLEANUP_FREE char *moved = xasprintf("%s.moved", house->path);
    uint64_t last;

    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(rename(house->path, moved), 0);
    for (int i = 0; i < 600; i++)
        driver_announce(house->driver, EVENT_CONFIGURATION_RELOADED);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(rename(moved, house->path), 0);
    driver_announce(house->driver, EVENT_CONFIGURATION_RELOADED);
    last = cache_sequence(house->cache);
    sync_house_stop(house);
    sync_house_start(house);
    assert_true(store_next_sequence(house->store) > last + 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sync_house_set_up, sync_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(that_a_second_may_exist_outlives_another_problem),
        TEST(a_crash_during_the_repeat_tells_of_both),
        TEST(one_that_an_operator_deleted_was_not_deleted_elsewhere),
        TEST(an_operators_retry_begins_no_round_of_its_own),
        TEST(two_uncertain_ones_are_not_settled_as_the_same),
        TEST(a_plan_that_takes_another_reservation_keeps_the_record_of_its_own),
        TEST(of_two_records_of_an_occurrence_the_uncertain_one_is_settled),
        TEST(a_clock_that_is_set_back_holds_up_no_attempt),
        TEST(nor_does_one_that_was_set_back_while_the_daemon_was_down),
        TEST(a_good_answer_from_before_the_clock_was_set_back_counts_for_nothing),
        TEST(what_expired_by_a_wrong_clock_only_comes_back),
        TEST(what_ended_by_a_wrong_clock_only_comes_back),
        TEST(what_waits_for_feishu_is_not_open_after_a_crash),
        TEST(one_whose_slot_has_passed_while_it_waited_is_not_made),
        TEST(numbers_that_could_not_be_claimed_are_claimed_again),
    };

    return cmocka_run_group_tests_name("driver-crash", tests, NULL, NULL);
}
