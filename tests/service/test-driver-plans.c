/* sync/driver: what an edit of the file does at Feishu: what changed and nothing else. */
#include "lib/test.h"

#include <errno.h>
#include <string.h>

#include "base/base.h"
#include "lib/sync-house.h"
#include "sync/operate.h"

#define STANDUP "standup@20261123T014000Z" /* ten minutes from the house's now */
#define REVIEW  "review@20261123T020000Z"  /* half an hour */

#define FIRST_ID "6900000000000000001"

#define ANSWER(...) ((struct fake_feishu_script){.body = (__VA_ARGS__)})
#define MEETING                                                                                              \
    "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":2,\"start_time\":\"1795397400\"}}}"

static const struct fake_feishu_script unknown = {.status = 404,
                                                  .body = "{\"code\":121004,\"msg\":\"data not exist\"}"};
static const struct fake_feishu_script good = {.status = 200};

/* Two plans whose reservations are made. */
static struct plan *start_with_two(struct sync_house *house)
{
    struct plan *plan = sync_house_plan(house, "standup", 600);

    sync_house_plan(house, "review", 1800);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    sync_house_wait_for(house, REVIEW, RESERVATION_RESERVED, MS_PER_SECOND);
    return plan;
}

/* Where a path was asked for the last time. */
static const char *last_place(const struct sync_house *house, const char *what)
{
    const char *last = NULL;

    for (const char *at = house->feishu->order.data; (at = strstr(at, what)) != NULL; at++)
        last = at;
    assert_non_null(last);
    return last;
}

static void load(struct sync_house *house)
{
    assert_int_equal(sync_house_load(house, false, NULL, NULL), 0);
    sync_house_pass(house, 2 * MS_PER_SECOND);
}

static void assert_last(const struct sync_house *house, enum feishu_api api, const char *body)
{
    assert_string_equal(house->feishu->last_body[api].data, body);
}

static void a_changed_setting_is_one_update_with_it_alone(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);
    struct buffer actions = BUFFER_EMPTY;

    plan->meeting_settings.auto_record = FLAG_YES;
    assert_int_equal(sync_house_load(house, false, &actions, NULL), 0);
    assert_string_equal(actions.data, "update " STANDUP "\n");
    sync_house_pass(house, 2 * MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_last(house, FEISHU_UPDATE, "{\"meeting_settings\":{\"auto_record\":true}}");
    /* Whether the rest stayed is looked up once. */
    assert_int_equal(sync_house_count(house, FEISHU_GET), 1);
    assert_int_equal(sync_house_shown(house, STANDUP)->meeting_settings.auto_record, FLAG_YES);
    assert_int_equal(sync_house_shown(house, STANDUP)->revision, 0);
    /* The same again is nothing, after a restart too. */
    load(house);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_int_equal(sync_house_count(house, FEISHU_GET), 1);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    buffer_fini(&actions);
}

static void an_update_that_was_not_answered_is_repeated(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    fake_feishu_script_once(house->feishu, FEISHU_UPDATE,
                            (struct fake_feishu_script){.manner = FAKE_FEISHU_RESETS});
    str_set(&plan->meeting_settings.topic, "周会");
    load(house);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, "not updated yet"));
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 2);
    assert_last(house, FEISHU_UPDATE, "{\"meeting_settings\":{\"topic\":\"周会\"}}");
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
    assert_int_equal(sync_house_shown(house, STANDUP)->revision, 1);
}

static void that_a_second_may_exist_outlives_a_get_that_fails(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600);

    fake_feishu_script_once(house->feishu, FEISHU_APPLY,
                            (struct fake_feishu_script){.manner = FAKE_FEISHU_RESETS});
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_MINUTE);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, "a second one may exist"));
    fake_feishu_script(house->feishu, FEISHU_GET, (struct fake_feishu_script){.status = 503, .body = "{}"});
    plan->meeting_settings.auto_record = FLAG_YES;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_true(sync_house_shown(house, STANDUP)->problem.retry_at > 0);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, "a second one may exist"));
}

static void what_feishu_refuses_is_a_problem_until_the_file_changes(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    fake_feishu_script(
        house->feishu, FEISHU_UPDATE,
        (struct fake_feishu_script){.status = 400, .body = "{\"code\":121003,\"msg\":\"param error\"}"});
    str_set(&plan->meeting_settings.topic, "周会");
    load(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_int_equal(sync_house_shown(house, STANDUP)->problem.code, 121003);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVED);
    fake_feishu_script(house->feishu, FEISHU_UPDATE, good);
    str_set(&plan->meeting_settings.topic, "晨会");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 2);
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
}

static void an_update_of_what_feishu_has_no_more_makes_another_one(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    /* It has expired there, by Feishu's clock: the number is released. */
    fake_feishu_script_once(house->feishu, FEISHU_UPDATE, unknown);
    plan->start.minute += 15;
    load(house);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_DELETED);
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, "another one"));
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    assert_int_equal(sync_house_shown(house, "standup@20261123T015500Z")->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

static void a_token_that_dies_at_a_create_makes_nothing_twice(void **state)
{
    struct sync_house *house = *state;

    fake_feishu_script_once(
        house->feishu, FEISHU_APPLY,
        (struct fake_feishu_script){.status = 400,
                                    .body = "{\"code\":99991663,\"msg\":\"Invalid access token\"}"});
    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

static void a_moved_time_keeps_the_number(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    plan->start.minute += 15;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_last(house, FEISHU_UPDATE, "{\"end_time\":\"1795404300\"}");
    assert_int_equal(sync_house_count(house, FEISHU_GET), 0);
    assert_string_equal(sync_house_shown(house, STANDUP)->occurrence, "standup@20261123T015500Z");
    assert_string_equal(sync_house_shown(house, STANDUP)->reserve_id, FIRST_ID);
    assert_int_equal(sync_house_shown(house, STANDUP)->revision, 1);
    /* Another day is the same one-off too. */
    plan->start.day += 2;
    load(house);
    assert_string_equal(sync_house_shown(house, STANDUP)->reserve_id, FIRST_ID);
    assert_string_equal(sync_house_shown(house, STANDUP)->date, "2026-11-25");
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

static void what_feishu_cannot_change_is_made_anew(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    str_set(&plan->owner_id, "ou_another");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    assert_non_null(strstr(house->feishu->last_body[FEISHU_APPLY].data, "ou_another"));
    assert_int_equal(sync_house_shown(house, STANDUP "#2")->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_DELETED);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
    /* The new one is first. */
    assert_true(last_place(house, "reserves/" FIRST_ID "\n") > last_place(house, "reserves/apply"));
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
}

static void the_old_one_stays_while_the_new_one_cannot_be_made(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    fake_feishu_script(house->feishu, FEISHU_APPLY,
                       (struct fake_feishu_script){.status = 400, .body = "{\"code\":121003}"});
    str_set(&plan->owner_id, "ou_nobody");
    load(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, STANDUP "#2")->state, RESERVATION_FAILED);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    /* And is the plan's again when that is mended. */
    str_set(&plan->owner_id, "ou_owner");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    assert_null(cache_reservation(house->cache, STANDUP "#2"));
}

static void a_renamed_section_keeps_its_reservation(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    str_set(&plan->name, "站会");
    load(house);
    assert_string_equal(sync_house_shown(house, STANDUP)->name, "站会");
    assert_string_equal(sync_house_shown(house, STANDUP)->occurrence, "站会@20261123T014000Z");
    assert_string_equal(sync_house_shown(house, STANDUP)->reserve_id, FIRST_ID);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 0);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

static void two_plans_with_the_same_topic_stay_two(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house), *other = house->plans.items[1];

    /* The same in everything but the name; then one of them gets the other's old name. */
    other->start = plan->start;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    str_set(&plan->name, "third");
    load(house);
    assert_string_equal(sync_house_shown(house, STANDUP)->name, "third");
    assert_string_equal(sync_house_shown(house, REVIEW)->name, "review");
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

static void a_removed_plan_takes_its_reservation_along(void **state)
{
    struct sync_house *house = *state;
    struct buffer actions = BUFFER_EMPTY;
    struct plan *plan;

    start_with_two(house);
    plan = sync_house_remove_plan(house, "standup");
    /* Nothing is deleted that may have a meeting. */
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                       (struct fake_feishu_script){.status = 500, .body = "{}"});
    sync_house_pass(house, 15 * MS_PER_SECOND);
    assert_int_equal(sync_house_load(house, false, &actions, NULL), 0);
    plan_free(plan);
    assert_string_equal(actions.data, "delete " STANDUP "\n");
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, good);
    sync_house_wait_for(house, STANDUP, RESERVATION_DELETED, 10 * MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
    assert_int_equal(sync_house_shown(house, REVIEW)->state, RESERVATION_RESERVED);
    /* One that comes back is made again. */
    sync_house_plan(house, "standup", 1200);
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 3);
    buffer_fini(&actions);
}

static void on_remove_keep_keeps_it(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = start_with_two(house);

    plan->on_remove = ON_REMOVE_KEEP;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 0);
    plan = sync_house_remove_plan(house, "standup");
    load(house);
    plan_free(plan);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_RESERVED);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    /* And is its plan's when that comes back. */
    sync_house_plan(house, "standup", 600)->start = house->plans.items[0]->start;
    house->plans.items[1]->start.hour = 1;
    house->plans.items[1]->start.minute = 40;
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

static void nothing_is_deleted_under_a_meeting(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan;

    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, ANSWER(MEETING));
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, 15 * MS_PER_MINUTE);
    plan = sync_house_remove_plan(house, "standup");
    load(house);
    plan_free(plan);
    sync_house_pass(house, MS_PER_HOUR / 2);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, good);
    sync_house_wait_for(house, STANDUP, RESERVATION_DELETED, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
}

static void a_deletion_that_feishu_answers_with_not_found_is_done(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan;

    start_with_two(house);
    fake_feishu_script(house->feishu, FEISHU_DELETE, unknown);
    plan = sync_house_remove_plan(house, "standup");
    load(house);
    plan_free(plan);
    assert_int_equal(sync_house_shown(house, STANDUP)->state, RESERVATION_DELETED);
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 1);
}

static void feishu_that_replaces_gets_all_settings(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600);

    plan->meeting_settings.auto_record = FLAG_YES;
    plan->meeting_settings.meeting_connect = FLAG_YES;
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    fake_feishu_script(house->feishu, FEISHU_GET,
                       ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"" FIRST_ID
                              "\",\"meeting_settings\":{\"topic\":\"周会\",\"auto_record\":false}}}}"));
    str_set(&plan->meeting_settings.topic, "周会");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 2);
    assert_last(house, FEISHU_UPDATE, "{\"meeting_settings\":{\"topic\":\"周会\",\"auto_record\":true}}");
    assert_int_equal(sync_house_count(house, FEISHU_GET), 1);
    /* It is remembered: all of them, and no look. */
    sync_house_stop(house);
    str_set(&plan->meeting_settings.topic, "晨会");
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 3);
    assert_last(house, FEISHU_UPDATE, "{\"meeting_settings\":{\"topic\":\"晨会\",\"auto_record\":true}}");
    assert_int_equal(sync_house_count(house, FEISHU_GET), 1);
}

static void a_removed_key_goes_back_to_what_is_neutral(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600);

    plan->meeting_settings.auto_record = FLAG_YES;
    plan->meeting_settings.assign_host_list_set = true;
    string_list_add(&plan->meeting_settings.assign_host_list, "ou_a");
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    plan->meeting_settings.auto_record = FLAG_UNSET;
    plan->meeting_settings.assign_host_list_set = false;
    string_list_fini(&plan->meeting_settings.assign_host_list);
    str_set(&plan->meeting_settings.topic, NULL);
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_last(house, FEISHU_UPDATE,
                "{\"meeting_settings\":{\"auto_record\":false,\"assign_host_list\":[]}}");
    /* There is nothing neutral for a topic. */
    assert_non_null(strstr(sync_house_shown(house, STANDUP)->problem.message, "topic"));
    load(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_non_null(sync_house_shown(house, STANDUP)->problem.message);
    str_set(&plan->meeting_settings.topic, "周会");
    load(house);
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
}

static void note_operated(void *data, const struct operated *operated)
{
    *(bool *)data = operated->result != NULL && operated->result->outcome == FEISHU_OK;
}

static void what_an_operator_changed_stays_until_the_file_says_something_else(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "standup", 600);
    struct meeting_settings settings = {.topic = (char *)"by hand"};
    bool done = false;

    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    assert_int_equal(
        operate_update(house->driver, FIRST_ID, HOUSE_NOW_S + 90000, &settings, note_operated, &done), 0);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_true(done);
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 1);
    assert_string_equal(sync_house_shown(house, STANDUP)->meeting_settings.topic, "by hand");
    str_set(&plan->meeting_settings.topic, "周会");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_UPDATE), 2);
    assert_last(house, FEISHU_UPDATE, "{\"meeting_settings\":{\"topic\":\"周会\"}}");
    /* What was deleted by hand is not made again either. */
    assert_int_equal(operate_delete(house->driver, FIRST_ID, note_operated, &done), 0);
    sync_house_pass(house, MS_PER_SECOND);
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 1);
    str_set(&plan->meeting_settings.topic, "晨会");
    load(house);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 2);
}

/* A plan far enough that nothing is asked for it. */
static void add_plans(struct sync_house *house, int count)
{
    for (int i = 0; i < count; i++) {
        CLEANUP_FREE char *name = xasprintf("plan%02d", i);

        sync_house_plan(house, name, 3600 + i);
    }
}

static void remove_plans(struct sync_house *house, int from, int to, struct plan **ret)
{
    for (int i = from; i < to; i++) {
        CLEANUP_FREE char *name = xasprintf("plan%02d", i);

        ret[i] = sync_house_remove_plan(house, name);
    }
}

static void a_file_that_deletes_most_is_refused(void **state)
{
    struct sync_house *house = *state;
    struct plan *removed[24] = {NULL};
    struct error error;

    add_plans(house, 24);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 24);
    remove_plans(house, 0, 13, removed);
    assert_int_equal(sync_house_load(house, false, NULL, &error), -EPERM);
    assert_non_null(strstr(error.text, "13 of 24"));
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
    /* Not more than half is fine. */
    plan_list_take(&house->plans, removed[12]);
    removed[12] = NULL;
    assert_int_equal(sync_house_load(house, false, NULL, &error), 0);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 12);
    /* A start holds back what a reload would refuse, and force lets it. */
    remove_plans(house, 12, 24, removed);
    sync_house_stop(house);
    for (int i = 0; i < 24; i++)
        plan_free(removed[i]);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 12);
    assert_int_equal(sync_house_load(house, false, NULL, &error), -EPERM);
    assert_int_equal(sync_house_load(house, true, NULL, &error), 0);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 24);
}

static void what_a_start_holds_back_is_not_made_anew_either(void **state)
{
    struct sync_house *house = *state;

    add_plans(house, 12);
    for (size_t i = 0; i < house->plans.count; i++)
        house->plans.items[i]->rrule = xstrdup("FREQ=DAILY");
    house->poll.idle_ms = MS_PER_HOUR;
    house->poll.starting_ms = 5 * MS_PER_MINUTE;
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 12);
    sync_house_stop(house);
    for (size_t i = 0; i < house->plans.count; i++)
        str_set(&house->plans.items[i]->owner_id, "ou_another");
    sync_house_start(house);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 12);
    /* The next day's are new, and those of today are left, though the timetable was looked at again. */
    sync_house_pass(house, 2 * MS_PER_HOUR);
    assert_int_equal(sync_house_count(house, FEISHU_APPLY), 24);
    assert_int_equal(sync_house_count(house, FEISHU_DELETE), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sync_house_set_up, sync_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_changed_setting_is_one_update_with_it_alone),
        TEST(an_update_that_was_not_answered_is_repeated),
        TEST(that_a_second_may_exist_outlives_a_get_that_fails),
        TEST(what_feishu_refuses_is_a_problem_until_the_file_changes),
        TEST(an_update_of_what_feishu_has_no_more_makes_another_one),
        TEST(a_token_that_dies_at_a_create_makes_nothing_twice),
        TEST(a_moved_time_keeps_the_number),
        TEST(what_feishu_cannot_change_is_made_anew),
        TEST(the_old_one_stays_while_the_new_one_cannot_be_made),
        TEST(a_renamed_section_keeps_its_reservation),
        TEST(two_plans_with_the_same_topic_stay_two),
        TEST(a_removed_plan_takes_its_reservation_along),
        TEST(on_remove_keep_keeps_it),
        TEST(nothing_is_deleted_under_a_meeting),
        TEST(a_deletion_that_feishu_answers_with_not_found_is_done),
        TEST(feishu_that_replaces_gets_all_settings),
        TEST(a_removed_key_goes_back_to_what_is_neutral),
        TEST(what_an_operator_changed_stays_until_the_file_says_something_else),
        TEST(a_file_that_deletes_most_is_refused),
        TEST(what_a_start_holds_back_is_not_made_anew_either),
    };

    return cmocka_run_group_tests_name("driver: plans", tests, NULL, NULL);
}
