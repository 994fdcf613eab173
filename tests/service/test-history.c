/* sync/history: meetings that nobody saw are found afterwards, and each one's last figures are read; once,
 * and within what Feishu keeps. */
#include "lib/test.h"

#include "base/base.h"
#include "lib/sync-house.h"

#define STANDUP "standup@20261123T014000Z" /* ten minutes from HOUSE_NOW_S */
#define SLOT_S  (HOUSE_NOW_S + 600)

#define ANSWER(...) ((struct fake_feishu_script){.body = (__VA_ARGS__)})

/* A meeting of a minute that nobody saw, as list_by_no and meeting detail tell it. */
static const char listed[] =
    "{\"code\":0,\"data\":{\"has_more\":false,\"page_token\":\"\",\"meeting_briefs\":"
    "[{\"id\":\"71\",\"topic\":\"t\",\"meeting_no\":\"112000358\"}]}}";
static const char detail[] =
    "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"topic\":\"t\",\"meeting_no\":\"112000358\","
    "\"status\":3,"
    "\"start_time\":\"1795398001\",\"end_time\":\"1795398061\",\"participant_count\":\"2\","
    "\"participant_count_accumulated\":\"3\",\"participants\":[{\"id\":\"ou_ann\",\"user_type\":1,"
    "\"first_join_time\":\"1795398001\",\"final_leave_time\":\"1795398060\",\"in_meeting_duration\":\"59\","
    "\"status\":4}],\"ability\":{\"use_video\":true}}}}";
static const char no_scope[] =
    "{\"code\":99991672,\"msg\":\"Access denied. One of the following scopes is required: "
    "[vc:meeting:readonly]\"}";

static size_t lists(const struct sync_house *house)
{
    return sync_house_count(house, FEISHU_LIST_BY_NO);
}

static size_t details(const struct sync_house *house)
{
    return sync_house_count(house, FEISHU_GET_MEETING);
}

/* The number of a query parameter of the last list_by_no; UNKNOWN where there is none. */
static int64_t last_asked(const struct sync_house *house, const char *name)
{
    CLEANUP_FREE char *wanted = xasprintf("%s=", name);
    const char *at = NULL, *next = house->feishu->order.data, *value;

    while (next != NULL && (next = strstr(next, "/list_by_no?")) != NULL)
        at = next++;
    value = at != NULL ? strstr(at, wanted) : NULL;
    return value != NULL ? strtoll(value + strlen(wanted), NULL, 10) : UNKNOWN;
}

static void a_meeting_that_nobody_saw_is_found_once(void **state)
{
    struct sync_house *house = *state;
    const struct meeting *meeting;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    fake_feishu_script(house->feishu, FEISHU_GET_MEETING, ANSWER(detail));
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    sync_house_pass(house, 95 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 0); /* the slot is not over for long enough */
    sync_house_pass(house, 15 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 1);
    assert_int_equal(details(house), 1);
    meeting = cache_meeting(house->cache, "71");
    assert_non_null(meeting);
    assert_int_equal(meeting->status, MEETING_ENDED);
    assert_int_equal(meeting->end_time, 1795398061);
    assert_int_equal(meeting->participant_count_accumulated, 3);
    assert_int_equal(meeting->participants[0].in_meeting_duration, 59);
    assert_int_equal(meeting->in_meeting, 0);
    assert_int_equal(meeting->attendance.count, 1);
    assert_int_equal(meeting->attendance.attendees[0].stays[0].joined, 1795398001);
    assert_int_equal(meeting->attendance.attendees[0].stays[0].left, 1795398060);
    assert_int_equal(meeting->ability.use_video, FLAG_YES);
    assert_string_equal(meeting->occurrence, STANDUP);
    assert_string_equal(sync_house_shown(house, STANDUP)->meetings.items[0], "71");
    assert_non_null(strstr(house->events.data, "meeting_ended 71\n"));
    /* From apply to expiry, and not beyond: the number is given to others then. */
    assert_int_equal(last_asked(house, "start_time"), HOUSE_NOW_S);
    assert_int_equal(last_asked(house, "end_time"), SLOT_S + 1800 + 3600);
    assert_int_equal(last_asked(house, "meeting_no"), 112000358);
    /* And that was all, after a restart too. */
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 50 * MS_PER_HOUR);
    assert_int_equal(lists(house), 1);
    assert_int_equal(details(house), 1);
}

/* The daemon was away when the slot was over: it asks when it is back, but never about a number that is
 * somebody else's by then. */
static void what_was_missed_while_away_is_found(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    sync_house_stop(house);
    fake_clock_pass(&house->clock, 30 * MS_PER_DAY);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    fake_feishu_script(house->feishu, FEISHU_GET_MEETING, ANSWER(detail));
    sync_house_start(house);
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 1);
    assert_non_null(cache_meeting(house->cache, "71"));
    assert_int_equal(last_asked(house, "end_time"), SLOT_S + 1800 + 3600);
}

static void nothing_is_asked_that_feishu_has_forgotten(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_SECOND);
    sync_house_stop(house);
    fake_clock_pass(&house->clock, 91 * MS_PER_DAY);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(lists(house), 0);
}

static void the_last_figures_are_read(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(
        house->feishu, FEISHU_GET_ACTIVE_MEETING,
        ANSWER("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":2,\"participants\":["
               "{\"id\":\"ou_ann\",\"user_type\":1,\"status\":2}]}}}"));
    fake_feishu_script(house->feishu, FEISHU_GET_MEETING, ANSWER(detail));
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, MS_PER_MINUTE);
    assert_int_equal(details(house), 0);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, (struct fake_feishu_script){.status = 200});
    sync_house_wait_for(house, STANDUP, RESERVATION_RESERVED, MS_PER_MINUTE);
    sync_house_pass(house, MS_PER_SECOND);
    assert_int_equal(details(house), 1);
    assert_int_equal(cache_meeting(house->cache, "71")->end_time, 1795398061);
    assert_int_equal(cache_meeting(house->cache, "71")->participants[0].in_meeting_duration, 59);
    assert_non_null(strstr(house->events.data, "meeting_ended 71\n"));
    /* The list afterwards has it, and nothing is to be read again. */
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    sync_house_pass(house, 3 * MS_PER_HOUR);
    assert_int_equal(lists(house), 1);
    assert_int_equal(details(house), 1);
}

static void without_the_scope_nothing_is_asked_again(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    sync_house_plan(house, "later", 7200);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO,
                       (struct fake_feishu_script){.status = 400, .body = no_scope});
    sync_house_start(house);
    sync_house_pass(house, 10 * MS_PER_HOUR);
    assert_int_equal(lists(house), 1);
    /* It is no trouble of the reservation's. */
    assert_null(sync_house_shown(house, STANDUP)->problem.message);
    /* The next run asks again, once: the scope may be there by now. */
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 10 * MS_PER_HOUR);
    assert_int_equal(lists(house), 2);
}

static void a_failure_is_tried_again(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script_once(house->feishu, FEISHU_LIST_BY_NO,
                            (struct fake_feishu_script){.status = 500, .body = "{\"code\":121001}"});
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    fake_feishu_script_once(house->feishu, FEISHU_GET_MEETING,
                            (struct fake_feishu_script){.status = 500, .body = "{\"code\":121001}"});
    fake_feishu_script(house->feishu, FEISHU_GET_MEETING, ANSWER(detail));
    sync_house_start(house);
    sync_house_pass(house, 3 * MS_PER_HOUR);
    assert_int_equal(lists(house), 2);
    assert_int_equal(details(house), 2);
    assert_non_null(cache_meeting(house->cache, "71"));
}

static void all_pages_are_read(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script_once(house->feishu, FEISHU_LIST_BY_NO,
                            ANSWER("{\"code\":0,\"data\":{\"has_more\":true,\"page_token\":\"p 2\","
                                   "\"meeting_briefs\":[{\"id\":\"70\"}]}}"));
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    sync_house_start(house);
    sync_house_pass(house, 3 * MS_PER_HOUR);
    assert_int_equal(lists(house), 2);
    assert_int_equal(details(house), 2);
    assert_non_null(strstr(house->feishu->order.data, "&page_token=p%202\n"));
}

static void an_adopted_one_is_asked_about_each_day_and_after_a_time_away(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "board", 0);

    plan->has_start = false;
    plan->reserve_id = xstrdup("77");
    fake_feishu_script(
        house->feishu, FEISHU_GET,
        ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"77\",\"meeting_no\":\"112000358\"}}}"));
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 1);
    assert_true(last_asked(house, "end_time") - last_asked(house, "start_time") <= 86400 + 300);
    sync_house_pass(house, 23 * MS_PER_HOUR);
    assert_int_equal(lists(house), 1);
    sync_house_pass(house, 2 * MS_PER_HOUR);
    assert_int_equal(lists(house), 2);
    /* An hour of overlap. */
    assert_in_range(last_asked(house, "end_time") - last_asked(house, "start_time"), 25 * 3600 - 600,
                    25 * 3600 + 600);
    /* Feishu is away for an hour, and then there again. */
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                       (struct fake_feishu_script){.manner = FAKE_FEISHU_RESETS});
    sync_house_pass(house, MS_PER_HOUR);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, (struct fake_feishu_script){.status = 200});
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 3);
    /* A restart is a time away too. */
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 4);
}

/* A room in which they meet each day: what is over is the store's, and is not told again when Feishu lists
 * it. */
static void meetings_that_are_long_over_leave_memory_and_are_not_told_again(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "board", 0);
    struct meeting *const *meetings;

    plan->has_start = false;
    plan->reserve_id = xstrdup("77");
    fake_feishu_script(
        house->feishu, FEISHU_GET,
        ANSWER("{\"code\":0,\"data\":{\"reserve\":{\"id\":\"77\",\"meeting_no\":\"112000358\"}}}"));
    sync_house_start(house);
    for (int id = 71; id < 75; id++) {
        CLEANUP_FREE char *body = xasprintf(
            "{\"code\":0,\"data\":{\"meeting\":{\"id\":\"%d\",\"status\":2,\"start_time\":\"%lld\"}}}", id,
            (long long)clock_wall_seconds(&house->clock.clock));

        fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                           (struct fake_feishu_script){.body = body});
        sync_house_wait_for(house, "board", RESERVATION_LIVE, MS_PER_HOUR);
        fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                           (struct fake_feishu_script){.status = 200});
        sync_house_wait_for(house, "board", RESERVATION_RESERVED, MS_PER_HOUR);
        sync_house_pass(house, 25 * MS_PER_HOUR);
    }
    assert_int_equal(cache_meetings(house->cache, &meetings), 1);
    assert_null(cache_meeting(house->cache, "71"));
    assert_non_null(cache_meeting(house->cache, "74"));
    for (int run = 0; run < 2; run++) {
        size_t asked = lists(house), read = details(house);

        fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
        fake_feishu_script(house->feishu, FEISHU_GET_MEETING, ANSWER(detail));
        sync_house_pass(house, 25 * MS_PER_HOUR);
        assert_true(lists(house) > asked);
        assert_int_equal(details(house), read);
        assert_null(cache_meeting(house->cache, "71"));
        sync_house_stop(house);
        sync_house_start(house);
        assert_int_equal(cache_meetings(house->cache, &meetings), 1);
    }
    assert_null(strstr(strstr(house->events.data, "meeting_ended 71\n") + 1, "meeting_ended 71\n"));
}

/* ---- nobody came */

#define NO_LIST ANSWER("{\"code\":0,\"data\":{\"has_more\":false,\"meeting_briefs\":[]}}")

static int told(const struct sync_house *house, const char *line)
{
    int count = 0;

    for (const char *at = house->events.data; at != NULL && (at = strstr(at, line)) != NULL; at++)
        count++;
    return count;
}

/* Once it is certain, and once for all. */
static void an_occurrence_to_which_nobody_came_is_told_once(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, NO_LIST);
    sync_house_start(house);
    sync_house_pass(house, 95 * MS_PER_MINUTE);
    assert_int_equal(told(house, "no_show"), 0);
    sync_house_pass(house, 15 * MS_PER_MINUTE);
    assert_int_equal(told(house, "no_show " STANDUP "\n"), 1);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 50 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show"), 1);
}

/* Feishu's list counts, whatever the daemon has seen. */
static void one_that_passed_while_the_daemon_was_away_is_settled_afterwards(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    sync_house_plan(house, "other", 1200);
    sync_house_start(house);
    sync_house_pass(house, MS_PER_SECOND);
    sync_house_stop(house);
    fake_clock_pass(&house->clock, 2 * MS_PER_DAY);
    /* Nobody was at one of them, and somebody at the other. */
    fake_feishu_script_once(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, NO_LIST);
    fake_feishu_script(house->feishu, FEISHU_GET_MEETING, ANSWER(detail));
    sync_house_start(house);
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 2);
    assert_int_equal(told(house, "no_show"), 1);
}

/* A meeting was listed that cannot be read: somebody was there, or nobody knows. */
static void what_is_not_certain_is_not_told(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, ANSWER(listed));
    fake_feishu_script(house->feishu, FEISHU_GET_MEETING,
                       (struct fake_feishu_script){.status = 404, .body = "{\"code\":121004}"});
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_HOUR);
    assert_int_equal(lists(house), 1);
    assert_int_equal(details(house), 1);
    assert_int_equal(told(house, "no_show"), 0);
}

/* An app that may not read the list: the looks in the slot tell, where there were no others. */
static void without_the_scope_only_a_slot_that_was_watched_is_told(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    sync_house_plan(house, "later", INT64_C(4) * 3600);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO,
                       (struct fake_feishu_script){.status = 400, .body = no_scope});
    sync_house_start(house);
    sync_house_pass(house, 3 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show " STANDUP "\n"), 1);
    /* In the middle of the other one's slot the daemon is away for a while. */
    sync_house_pass(house, 70 * MS_PER_MINUTE);
    sync_house_stop(house);
    fake_clock_pass(&house->clock, 5 * MS_PER_MINUTE);
    sync_house_start(house);
    sync_house_pass(house, 5 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show"), 1);
}

static void a_standing_one_is_settled_occurrence_by_occurrence(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "board", 600);

    plan->link = PLAN_LINK_STANDING;
    plan->rrule = xstrdup("FREQ=DAILY;COUNT=3");
    plan->last_end_time = SLOT_S + INT64_C(2) * 86400 + 1800;
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, NO_LIST);
    sync_house_start(house);
    sync_house_pass(house, 100 * MS_PER_MINUTE);
    assert_int_equal(told(house, "no_show"), 0);
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(told(house, "no_show"), 1);
    sync_house_pass(house, 24 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show"), 2);
    sync_house_stop(house);
    sync_house_start(house);
    sync_house_pass(house, 12 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show"), 2);
    /* Somebody comes to the third. */
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                       ANSWER("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":2}}}"));
    sync_house_pass(house, 12 * MS_PER_HOUR);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, (struct fake_feishu_script){.status = 200});
    sync_house_pass(house, 24 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show"), 2);
}

static void a_standing_one_without_the_scope_is_settled_by_looks(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "board", 600);

    plan->link = PLAN_LINK_STANDING;
    plan->rrule = xstrdup("FREQ=DAILY;COUNT=3");
    plan->last_end_time = SLOT_S + INT64_C(2) * 86400 + 1800;
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO,
                       (struct fake_feishu_script){.status = 400, .body = no_scope});
    sync_house_start(house);
    sync_house_pass(house, 35 * MS_PER_MINUTE);
    assert_int_equal(told(house, "no_show"), 0);
    sync_house_pass(house, 24 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show board\n"), 1);
    sync_house_pass(house, 48 * MS_PER_HOUR);
    assert_int_equal(told(house, "no_show board\n"), 3);
}

/* The scope comes after looks have told: of the slot that was left, or where it still stands. */
static void what_looks_have_told_is_not_told_by_the_list(void **state)
{
    struct sync_house *house = *state;
    struct plan *plan = sync_house_plan(house, "board", 600);
    struct buffer actions = {0};
    struct error error;

    plan->link = PLAN_LINK_STANDING;
    plan->rrule = xstrdup("FREQ=DAILY;COUNT=3");
    plan->last_end_time = SLOT_S + INT64_C(2) * 86400 + 1800;
    sync_house_plan(house, "once", 1200);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO,
                       (struct fake_feishu_script){.status = 400, .body = no_scope});
    sync_house_start(house);
    sync_house_pass(house, 55 * MS_PER_MINUTE);
    assert_int_equal(told(house, "no_show"), 2);
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, NO_LIST);
    assert_int_equal(sync_house_load(house, false, &actions, &error), 0);
    sync_house_pass(house, 5 * MS_PER_HOUR);
    assert_true(lists(house) > 2);
    assert_int_equal(told(house, "no_show"), 2);
    buffer_fini(&actions);
}

/* Away in the middle of a long slot. After that Feishu lists nothing, or does not say; and then it does. */
static void long_slot(struct sync_house *house, bool certain, bool restarts)
{
    struct plan *plan = sync_house_plan(house, "board", 600);

    plan->link = PLAN_LINK_STANDING;
    plan->rrule = xstrdup("FREQ=DAILY;COUNT=2");
    plan->duration_s = INT64_C(4) * 3600;
    plan->last_end_time = SLOT_S + 86400 + plan->duration_s;
    fake_feishu_script(house->feishu, FEISHU_LIST_BY_NO, NO_LIST);
    sync_house_start(house);
    sync_house_pass(house, 130 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 1);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING,
                       (struct fake_feishu_script){.manner = FAKE_FEISHU_RESETS});
    sync_house_pass(house, MS_PER_HOUR);
    fake_feishu_script(house->feishu, FEISHU_GET_ACTIVE_MEETING, (struct fake_feishu_script){.status = 200});
    if (!certain)
        fake_feishu_script_once(house->feishu, FEISHU_LIST_BY_NO,
                                (struct fake_feishu_script){.status = 400, .body = "{\"code\":121003}"});
    sync_house_pass(house, 10 * MS_PER_MINUTE);
    assert_int_equal(lists(house), 2);
    if (restarts) {
        sync_house_stop(house);
        sync_house_start(house);
        sync_house_pass(house, 10 * MS_PER_MINUTE);
        assert_int_equal(lists(house), 3);
    }
    sync_house_pass(house, 3 * MS_PER_HOUR);
    assert_int_equal(lists(house), restarts ? 4 : 3);
}

static void what_was_certain_in_parts_is_told(void **state)
{
    long_slot(*state, true, false);
    assert_int_equal(told(*state, "no_show"), 1);
}

/* What the part before did not say, the one after does not know; of the next day all is known. */
static void what_was_not_certain_before_is_not_told(void **state)
{
    long_slot(*state, false, false);
    assert_int_equal(told(*state, "no_show"), 0);
    sync_house_pass(*state, 24 * MS_PER_HOUR);
    assert_int_equal(told(*state, "no_show"), 1);
}

static void what_was_not_certain_before_a_restart_is_not_told(void **state)
{
    long_slot(*state, false, true);
    assert_int_equal(told(*state, "no_show"), 0);
}

static void a_host_who_is_missing_is_told(void **state)
{
    struct sync_house *house = *state;

    sync_house_plan(house, "standup", 600);
    fake_feishu_script(
        house->feishu, FEISHU_GET_ACTIVE_MEETING,
        ANSWER("{\"code\":0,\"data\":{\"meeting\":{\"id\":\"71\",\"status\":2,\"participants\":["
               "{\"id\":\"ou_ann\",\"user_type\":1,\"is_host\":false,\"status\":2}]}}}"));
    sync_house_start(house);
    sync_house_wait_for(house, STANDUP, RESERVATION_LIVE, MS_PER_MINUTE);
    sync_house_pass(house, 4 * MS_PER_MINUTE + 30 * MS_PER_SECOND);
    assert_int_equal(told(house, "host_missing"), 0);
    sync_house_pass(house, MS_PER_MINUTE);
    assert_int_equal(told(house, "host_missing 71\n"), 1);
    sync_house_pass(house, MS_PER_HOUR);
    assert_int_equal(told(house, "host_missing"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sync_house_set_up, sync_house_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_meeting_that_nobody_saw_is_found_once),
        TEST(what_was_missed_while_away_is_found),
        TEST(nothing_is_asked_that_feishu_has_forgotten),
        TEST(the_last_figures_are_read),
        TEST(without_the_scope_nothing_is_asked_again),
        TEST(a_failure_is_tried_again),
        TEST(all_pages_are_read),
        TEST(an_adopted_one_is_asked_about_each_day_and_after_a_time_away),
        TEST(meetings_that_are_long_over_leave_memory_and_are_not_told_again),
        TEST(an_occurrence_to_which_nobody_came_is_told_once),
        TEST(one_that_passed_while_the_daemon_was_away_is_settled_afterwards),
        TEST(what_is_not_certain_is_not_told),
        TEST(without_the_scope_only_a_slot_that_was_watched_is_told),
        TEST(a_standing_one_is_settled_occurrence_by_occurrence),
        TEST(a_standing_one_without_the_scope_is_settled_by_looks),
        TEST(what_looks_have_told_is_not_told_by_the_list),
        TEST(what_was_certain_in_parts_is_told),
        TEST(what_was_not_certain_before_is_not_told),
        TEST(what_was_not_certain_before_a_restart_is_not_told),
        TEST(a_host_who_is_missing_is_told),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
