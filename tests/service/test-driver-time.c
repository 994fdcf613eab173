/* sync/driver: what time brings: occurrences come into view, are renewed, extended, lost, and pass. */
#include "lib/test.h"

#include <string.h>

#include "base/base.h"
#include "lib/sync-house.h"

#define STANDUP "standup@20261123T014000Z" /* ten minutes from the house's now */
#define DAY_2   "standup@20261124T014000Z"
#define DAY_3   "standup@20261125T014000Z"

#define ANSWER(...) ((struct fake_feishu_script){.body = (__VA_ARGS__)})
#define MEETING                                                                                              \
    "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":2,\"start_time\":\"1795397400\"}}}"

static const struct fake_feishu_script unknown = {.status = 404,
                                                  .body = "{\"code\":121004,\"msg\":\"data not exist\"}"};
static const struct fake_feishu_script unavailable = {.status = 503, .body = "{}"};
static const struct fake_feishu_script good = {.status = 200};

static struct plan *daily(struct sync_house *house, const char *rrule)
{
    struct plan *plan = sync_house_plan(house, "standup", 600);

    plan->rrule = xstrdup(rrule);
    house->poll.idle_ms = MS_PER_HOUR; /* there are many days */
    house->poll.starting_ms = 5 * MS_PER_MINUTE;
    return plan;
}

static void load(struct sync_house *house)
{
    assert_int_equal(sync_house_load(house, false, NULL, NULL), 0);
    sync_house_pass(house, 2 * MS_PER_SECOND);
}

static void each_occurrence_is_made_when_it_comes_into_view(void **state)
{
    struct sync_house *house = *state;

    daily(house, "FREQ=DAILY");
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    /* The next one is known. */
    assert_int_equal(sync_house_shown(house, DAY_2)->state, RESERVATION_PLANNED);
    /* And no more, however often the file is read. */
    load(house);
    load(house);
    assert_null(cache_reservation(house->cache, DAY_3));
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_shown(house, DAY_2)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_shown(house, DAY_3)->state, RESERVATION_PLANNED);
    /* Ten days and a restart later. */
    sync_house_pass(house, 5 * MS_PER_DAY);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_DAY);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 12);
    /* What is long over is not kept in view. */
    assert_null(cache_reservation(house->cache, STANDUP));
    assert_null(cache_reservation(house->cache, "standup@20261130T014000Z"));
}

static void an_exdate_takes_its_occurrence_away_and_gives_it_back(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = daily(house, "FREQ=DAILY");

    plan->create_ahead_ms = 3 * MS_PER_DAY;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    plan->exdates = xalloc(sizeof(*plan->exdates));
    plan->exdates[0] = (struct exdate){.time = {2026, 11, 24, 0, 0, 0}, .whole_day = true};
    plan->exdate_count = 1;
    load(house);
    assert_int_equal(sync_house_shown(house, DAY_2)->state, RESERVATION_DELETED);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_shown(house, DAY_3)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
    plan->exdate_count = 0;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 4);
    assert_int_equal(sync_house_shown(house, DAY_2 "#2")->state, RESERVATION_RESERVED);
    /* A view that got shorter takes nothing away. */
    plan->create_ahead_ms = MS_PER_HOUR;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
}

static void a_standing_reservation_serves_all_occurrences(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = daily(house, "FREQ=DAILY");
    const struct reservation *shown;

    plan->link = PLAN_LINK_STANDING;
    plan->create_ahead_ms = 2 * MS_PER_DAY;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    shown = sync_house_shown(house, "standup");
    assert_int_equal(shown->state, RESERVATION_RESERVED);
    assert_string_equal(shown->occurrence, STANDUP);
    assert_int_equal(shown->expire_time, HOUSE_NOW_S + INT64_C(30) * 86400 - 3600);
    /* All that are in view stand under it. */
    assert_string_equal(sync_house_shown(house, DAY_2)->reserve_id, shown->reserve_id);
    assert_string_equal(sync_house_shown(house, DAY_2)->meeting_no, shown->meeting_no);
    assert_int_equal(sync_house_shown(house, DAY_2)->state, RESERVATION_RESERVED);
    assert_null(cache_reservation(house->cache, "standup@20261126T014000Z"));
    /* A meeting today is today's. */
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(MEETING));
    sync_house_wait_for(house, "standup", RESERVATION_LIVE, 15 * MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, DAY_2)->state, RESERVATION_RESERVED);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, good);
    sync_house_pass(house, 3 * MS_PER_HOUR);
    assert_string_equal(sync_house_shown(house, "standup")->occurrence, DAY_2);
    assert_int_equal(sync_house_shown(house, "standup")->meetings.count, 0);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_ENDED);
    assert_string_equal(sync_house_shown(house, STANDUP)->meetings.items[0], "71");
    sync_house_stop(house);
    sync_house_start(house);
    assert_string_equal(sync_house_shown(house, "standup")->occurrence, DAY_2);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_ENDED);
    /* It is renewed when half of its time is over, each time. */
    sync_house_pass(house, 14 * MS_PER_DAY);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 0);
    sync_house_pass(house, 2 * MS_PER_DAY);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    sync_house_pass(house, 30 * MS_PER_DAY);
    assert_in_range(sync_house_count(house, FEISHU_UPDATE), 2, 3);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    assert_string_equal(sync_house_shown(house, "standup")->reserve_id, "6900000000000000001");
}

static void a_standing_one_that_was_lost_is_made_anew(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = daily(house, "FREQ=DAILY");

    plan->link = PLAN_LINK_STANDING;
    sync_house_start(house);
    sync_house_pass(house, 3 * MS_PER_DAY);
    fake_feishu_script_once(house->feishu, FEISHU_GET, unknown);
    fake_feishu_script_once(house->feishu, FEISHU_GET_ACTIVE_MEETING, unknown);
    sync_house_pass(house, 7 * MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_shown(house, "standup")->state, RESERVATION_DELETED);
    assert_non_null(strstr(sync_house_shown(house, "standup")->problem.message, "new number"));
    assert_int_equal(sync_house_shown(house, "standup#2")->state, RESERVATION_RESERVED);
    /* So is one that expired because nobody was there to renew it. */
    sync_house_stop(house);
    house->clock.wall_ms += 31 * MS_PER_DAY;
    house->clock.boot_ms += 31 * MS_PER_DAY;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
}

/* The store keeps it, though it is not loaded any more. */
static void a_standing_one_that_comes_back_leaves_the_old_one_on_record(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = daily(house, "FREQ=DAILY"), *again;

    plan->link = PLAN_LINK_STANDING;
    sync_house_start(house);
    sync_house_pass(house, 3 * MS_PER_DAY);
    plan = sync_house_remove_plan(house, "standup");
    load(house);
    plan_free(plan);
    assert_int_equal(sync_house_shown(house, "standup")->state, RESERVATION_DELETED);
    sync_house_stop(house);
    house->clock.wall_ms += 40 * MS_PER_DAY;
    house->clock.boot_ms += 40 * MS_PER_DAY;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_null(cache_reservation(house->cache, "standup"));
    again = daily(house, "FREQ=DAILY");
    again->link = PLAN_LINK_STANDING;
    load(house);
    assert_int_equal(sync_house_shown(house, "standup#2")->state, RESERVATION_RESERVED);
    assert_null(cache_reservation(house->cache, "standup"));
    assert_true(store_has_reservation(house->store, "standup"));
}

static void links_change_without_a_new_reservation(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = daily(house, "FREQ=DAILY");

    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    plan->link = PLAN_LINK_STANDING;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1); /* it is kept for longer now */
    assert_true(sync_house_shown(house, STANDUP)->standing);
    plan->link = PLAN_LINK_OCCURRENCE;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 2);
    assert_int_equal(sync_house_shown(house, STANDUP)->expire_time, HOUSE_NOW_S + 600 + 1800 + 3600);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

static void a_meeting_that_goes_on_keeps_its_reservation(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(MEETING));
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_HOUR);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_LIVE);
    assert_true(sync_house_shown(house, STANDUP)->expire_time > clock_wall_seconds(&house->clock.clock));
    assert_in_range(sync_house_count(house, FEISHU_UPDATE), 4, 6);
    /* Feishu's trouble does not make it a storm. */
    fake_feishu_script(house->feishu, FEISHU_UPDATE,
                       (struct fake_feishu_script){.status = 400, .body = "{\"code\":121003}"});
    sync_house_pass(house, 2 * MS_PER_HOUR);
    assert_in_range(sync_house_count(house, FEISHU_UPDATE), 10, 60);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, good);
    sync_house_wait_for(house, STANDUP, RESERVATION_EXPIRED, 2 * MS_PER_HOUR);
}

static void an_edit_during_an_apply_follows_it(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600), *gone;

    fake_feishu_script_once(house->feishu, FEISHU_APPLY,
                            (struct fake_feishu_script){.manner = FAKE_FEISHU_HOLDS});
    sync_house_plan(house, "review", 1200);
    house->on_uncertain = ON_UNCERTAIN_HOLD;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVING);
    str_set(&plan->meeting_settings.topic, "周会");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 0);
    /* Its answer never comes; and then its plan goes too: nothing is known to be deleted. */
    sync_house_wait_for(house, STANDUP, RESERVATION_UNCERTAIN, MS_PER_MINUTE);
    gone = sync_house_remove_plan(house, "standup");
    load(house);
    plan_free(gone);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_UNCERTAIN);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

static void a_plan_that_goes_while_it_waits_is_not_made(void **state)
{
    struct sync_house *house = *state;
    struct plan *gone, *edited;

    fake_feishu_script_once(house->feishu, FEISHU_APPLY,
                            (struct fake_feishu_script){.status = 429,
                                                        .headers = "x-ogw-ratelimit-reset: 60\r\n",
                                                        .body = "{\"code\":99991400,\"msg\":\"limit\"}"});
    sync_house_plan(house, "first", 300);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    /* These come while the API rests. */
    sync_house_plan(house, "standup", 600);
    edited = sync_house_plan(house, "review", 900);
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    gone = sync_house_remove_plan(house, "standup");
    str_set(&edited->owner_id, "ou_another");
    load(house);
    plan_free(gone);
    sync_house_pass(house, 2 * MS_PER_MINUTE);
    assert_null(cache_reservation(house->cache, STANDUP));
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    assert_int_equal(sync_house_shown(house, "review@20261123T014500Z")->state, RESERVATION_RESERVED);
    assert_string_equal(sync_house_shown(house, "review@20261123T014500Z")->owner_id, "ou_another");
    assert_non_null(strstr(house->feishu->last_body[FEISHU_APPLY].data, "ou_another"));
}

static void the_nearest_is_made_first(void **state)
{
    struct sync_house *house = *state;
    const char *last;

    house->app.rate_per_minute = 600;
    house->app.rate_per_second = 10;
    for (int i = 100; i > 0; i--) {
        CLEANUP_FREE char *name = xasprintf("plan%d", i);

        sync_house_plan(house, name, 3600 + i * 60);
    }
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    /* Evenly, and not one after the other's answer. */
    assert_in_range(sync_house_count(house, FEISHU_APPLY), 9, 11);
    assert_int_equal(sync_house_shown(house, "plan1@20261123T023100Z")->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_shown(house, "plan8@20261123T023800Z")->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_shown(house, "plan20@20261123T025000Z")->state, RESERVATION_PLANNED);
    /* One that is needed at once overtakes those that wait. */
    sync_house_plan(house, "urgent", 60);
    assert_int_equal(sync_house_load(house, false, NULL, NULL), 0);
    sync_house_pass(house, 300);
    last = house->feishu->last_body[FEISHU_APPLY].data;
    assert_non_null(last);
    assert_int_equal(sync_house_shown(house, "urgent@20261123T013100Z")->state, RESERVATION_RESERVED);
    sync_house_pass(house, 10 * MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 101);
}

static void six_hours_without_feishu_lose_nothing(void **state)
{
    struct sync_house *house = *state;
    struct plan *early = sync_house_plan(house, "early", 3600), *late;
    size_t before;

    early->create_ahead_ms = MS_PER_HOUR;
    late = sync_house_plan(house, "late", INT64_C(7) * 3600);
    late->create_ahead_ms = 6 * MS_PER_HOUR;
    sync_house_plan(house, "standing", INT64_C(4) * 3600)->link = PLAN_LINK_STANDING;
    for (int api = 0; api < FEISHU_APIS; api++)
        fake_feishu_script(house->feishu, (enum feishu_api)api, unavailable);
    sync_house_start(house);
    sync_house_pass(house, 6 * MS_PER_HOUR);
    assert_int_equal(sync_house_shown(house, "early@20261123T023000Z")->state, RESERVATION_FAILED);
    assert_non_null(strstr(sync_house_shown(house, "early@20261123T023000Z")->problem.message, "has passed"));
    assert_int_equal(sync_house_shown(house, "late@20261123T083000Z")->state, RESERVATION_PLANNED);
    before = sync_house_count(house, FEISHU_APPLY);
    assert_int_equal(before, 0);
    for (int api = 0; api < FEISHU_APIS; api++)
        fake_feishu_script(house->feishu, (enum feishu_api)api, good);
    sync_house_wait_for(house, "late@20261123T083000Z", RESERVATION_RESERVED, 6 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
}

static void a_clock_that_is_set_by_a_day_makes_nothing_twice(void **state)
{
    struct sync_house *house = *state;

    daily(house, "FREQ=DAILY");
    sync_house_start(house);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    /* Forward: the day after tomorrow comes into view. */
    house->clock.wall_ms += MS_PER_DAY;
    driver_clock_jumped(house->driver);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    /* Back by two: all that is there stays there, and what lies between is made once. */
    house->clock.wall_ms -= 2 * MS_PER_DAY;
    driver_clock_jumped(house->driver);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_in_range(sync_house_count(house, FEISHU_APPLY), 3, 4);
    house->clock.wall_ms += MS_PER_DAY;
    driver_clock_jumped(house->driver);
    sync_house_pass(house, 3 * MS_PER_DAY);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 5);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

static void a_suspend_over_an_occurrence_is_told(void **state)
{
    struct sync_house *house = *state;

    daily(house, "FREQ=DAILY")->create_ahead_ms = MS_PER_MINUTE;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 0);
    house->clock.wall_ms += 2 * MS_PER_DAY;
    house->clock.boot_ms += 2 * MS_PER_DAY;
    driver_clock_jumped(house->driver);
    sync_house_pass(house, MS_PER_SECOND);
    assert_non_null(strstr(house->events.data, "reservation_failed " STANDUP));
    assert_int_equal(sync_house_shown(house, DAY_3)->state, RESERVATION_PLANNED);
    sync_house_pass(house, 11 * MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, DAY_3)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
}

static void what_comes_is_listed_by_time(void **state)
{
    struct sync_house *house = *state;
    struct action_list list = {0};

    daily(house, "FREQ=DAILY");
    sync_house_plan(house, "soon", INT64_C(2) * 86400);
    sync_house_plan(house, "standing", 600)->link = PLAN_LINK_STANDING;
    house->plans.items[2]->rrule = xstrdup("FREQ=DAILY");
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    driver_look_ahead(house->driver, &list);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.items[0].kind, ACTION_CREATE);
    assert_string_equal(list.items[0].occurrence, DAY_2);
    assert_int_equal(list.items[0].at, HOUSE_NOW_S + 600);
    assert_string_equal(list.items[1].name, "soon");
    assert_int_equal(list.items[1].at, HOUSE_NOW_S + 86400);
    assert_int_equal(list.items[2].kind, ACTION_RENEW);
    assert_int_equal(list.items[2].at, HOUSE_NOW_S + INT64_C(15) * 86400 - 3600);
    action_list_fini(&list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sync_house_set_up, sync_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_occurrence_is_made_when_it_comes_into_view),
        TEST(an_exdate_takes_its_occurrence_away_and_gives_it_back),
        TEST(a_standing_reservation_serves_all_occurrences),
        TEST(a_standing_one_that_was_lost_is_made_anew),
        TEST(a_standing_one_that_comes_back_leaves_the_old_one_on_record),
        TEST(links_change_without_a_new_reservation),
        TEST(a_meeting_that_goes_on_keeps_its_reservation),
        TEST(an_edit_during_an_apply_follows_it),
        TEST(a_plan_that_goes_while_it_waits_is_not_made),
        TEST(the_nearest_is_made_first),
        TEST(six_hours_without_feishu_lose_nothing),
        TEST(a_clock_that_is_set_by_a_day_makes_nothing_twice),
        TEST(a_suspend_over_an_occurrence_is_told),
        TEST(what_comes_is_listed_by_time),
    };

    return cmocka_run_group_tests_name("driver: time", tests, NULL, NULL);
}
