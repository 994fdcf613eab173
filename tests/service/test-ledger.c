/* sync/ledger on a real store: what was spent outlives the process, however it ended, and is never less than
 * it was. */
#include "lib/test.h"

#include <signal.h>

#include "base/base.h"
#include "lib/turn.h"
#include "sync/ledger.h"

/* 2026-11-23 09:30:00 in Shanghai, and the seconds from there to December. */
#define NOW_S       INT64_C(1795397400)
#define DECEMBER_IN (INT64_C(1796054400) - NOW_S)

struct fixture {
    uv_loop_t loop;
    struct fake_clock clock;
    struct timers *timers;
    struct test_time time;
    char *directory, *path;
    struct app apps[2];
    struct app *app_list[2];
    struct store *store;
    struct ledger *ledger;
    bool room, done;
};

static void note_room(void *data)
{
    ((struct fixture *)data)->room = true;
}

static bool has_room(void *data)
{
    return ((struct fixture *)data)->room;
}

static void note_done(void *data)
{
    ((struct fixture *)data)->done = true;
}

static bool is_done(void *data)
{
    return ((struct fixture *)data)->done;
}

static void open_ledger(struct fixture *fixture)
{
    assert_int_equal(store_open(&fixture->store, &fixture->loop, fixture->path, NULL), 0);
    fixture->ledger = ledger_new(fixture->timers, fixture->store, fixture->app_list, 2);
    ledger_on_room(fixture->ledger, note_room, fixture);
}

/* Without a settlement: as if the process had been killed after its last commit. */
static void close_ledger(struct fixture *fixture)
{
    fixture->done = false;
    store_close(fixture->store, note_done, fixture);
    test_turn_until(&fixture->time, is_done, fixture);
    ledger_free(fixture->ledger);
}

static int set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fake_clock_init(&fixture->clock, NOW_S * MS_PER_SECOND);
    assert_int_equal(timers_new(&fixture->timers, NULL, &fixture->clock.clock, NULL), 0);
    fixture->time =
        (struct test_time){.loop = &fixture->loop, .timers = fixture->timers, .clock = &fixture->clock};
    fixture->directory = test_make_directory();
    fixture->path = xasprintf("%s/meetingd.db", fixture->directory);
    fixture->apps[0] = (struct app){.name = (char *)"default",
                                    .app_id = (char *)"cli_a",
                                    .monthly_calls = 1000,
                                    .monthly_share = 50,
                                    .month_timezone = (char *)"Asia/Shanghai"};
    fixture->apps[1] = (struct app){
        .name = (char *)"second", .app_id = (char *)"cli_b", .month_timezone = (char *)"Asia/Shanghai"};
    fixture->app_list[0] = &fixture->apps[0];
    fixture->app_list[1] = &fixture->apps[1];
    open_ledger(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_FREE char *command = xasprintf("rm -rf '%s'", fixture->directory);

    close_ledger(fixture);
    timers_close(fixture->timers, NULL, NULL);
    test_loop_end(&fixture->loop);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a name of our own making */
    free(fixture->directory);
    free(fixture->path);
    free(fixture);
    return 0;
}

/* One call, as the gate makes it: when the ledger lets it. */
static enum ledger_answer spend(struct fixture *fixture, size_t app, bool change, const char *reservation,
                                const char *name)
{
    enum ledger_answer answer;

    for (;;) {
        fixture->room = false;
        answer = ledger_ask(fixture->ledger, app, 0, change);
        if (answer != LEDGER_WAITS)
            break;
        test_turn_until(&fixture->time, has_room, fixture);
    }
    if (answer == LEDGER_YES)
        ledger_count(fixture->ledger, app, change ? FEISHU_APPLY : FEISHU_GET_ACTIVE_MEETING, reservation,
                     name);
    return answer;
}

static int64_t used(struct fixture *fixture, size_t app)
{
    struct ledger_month month;

    ledger_month(fixture->ledger, app, &month);
    return month.used;
}

static void nothing_leaves_before_its_claim_is_on_the_disk(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(ledger_ask(fixture->ledger, 0, 0, false), LEDGER_WAITS);
    assert_int_equal(ledger_ask(fixture->ledger, 0, 0, true), LEDGER_WAITS);
    test_turn_until(&fixture->time, has_room, fixture);
    assert_int_equal(ledger_ask(fixture->ledger, 0, 0, false), LEDGER_YES);
    /* An app without a limit is counted, and never waits. */
    assert_int_equal(ledger_ask(fixture->ledger, 1, 0, false), LEDGER_YES);
}

static void what_was_spent_outlives_a_process_that_ended_without_a_word(void **state)
{
    struct fixture *fixture = *state;
    int64_t spent = 0;

    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 30; i++) {
            assert_int_equal(spend(fixture, 0, false, "standup@1", "standup"), LEDGER_YES);
            spent++;
        }
        close_ledger(fixture);
        open_ledger(fixture);
        assert_true(used(fixture, 0) >= spent);
        assert_true(used(fixture, 0) <= spent + INT64_C(30) * (round + 1));
    }
}

struct sums {
    int64_t standup, apply, all;
};

static void add_count(void *data, const char *name, enum feishu_api api, int64_t calls)
{
    struct sums *sums = data;

    sums->all += calls;
    sums->standup += name != NULL && strcmp(name, "standup") == 0 ? calls : 0;
    sums->apply += api == FEISHU_APPLY ? calls : 0;
}

static void an_orderly_end_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct sums sums = {0, 0, 0};

    for (int i = 0; i < 33; i++)
        spend(fixture, 0, false, "standup@1", "standup");
    for (int i = 0; i < 7; i++)
        spend(fixture, 0, true, "standup@2", "standup");
    for (int i = 0; i < 3; i++)
        spend(fixture, 0, false, NULL, NULL);
    spend(fixture, 1, false, "other", "other");
    ledger_settle(fixture->ledger);
    close_ledger(fixture);
    open_ledger(fixture);
    assert_int_equal(used(fixture, 0), 43);
    assert_int_equal(used(fixture, 1), 1);
    assert_int_equal(ledger_calls(fixture->ledger, 0, "standup@1"), 33);
    assert_int_equal(ledger_calls(fixture->ledger, 1, "standup@1"), 0);
    ledger_each(fixture->ledger, 0, add_count, &sums);
    assert_int_equal(sums.standup, 40);
    assert_int_equal(sums.apply, 7);
    assert_int_equal(sums.all, 43);
}

static void the_share_is_never_overspent(void **state)
{
    struct fixture *fixture = *state;
    int64_t polls = 0, changes = 0;

    ledger_keep(fixture->ledger, 0, 50);
    while (spend(fixture, 0, false, "a", "a") == LEDGER_YES)
        polls++;
    assert_in_range(polls, 500 - 50 - 4, 500 - 50);
    while (spend(fixture, 0, true, "a", "a") == LEDGER_YES)
        changes++;
    assert_in_range(polls + changes, 500 - 4, 500);
    assert_int_equal(spend(fixture, 0, false, "a", "a"), LEDGER_SPENT);
    assert_int_equal(spend(fixture, 1, false, "a", "a"), LEDGER_YES);
    close_ledger(fixture);
    open_ledger(fixture);
    assert_int_equal(spend(fixture, 0, true, "a", "a"), LEDGER_SPENT);
}

static void what_is_under_way_may_cost_four_each(void **state)
{
    struct fixture *fixture = *state;

    while (used(fixture, 0) < 500 - 40)
        spend(fixture, 0, false, "a", "a");
    assert_int_equal(spend(fixture, 0, false, "a", "a"), LEDGER_YES);
    assert_int_equal(ledger_ask(fixture->ledger, 0, 9, true), LEDGER_SPENT);
}

static void a_new_month_begins_in_its_zone(void **state)
{
    struct fixture *fixture = *state;
    struct ledger_month month;

    while (spend(fixture, 0, true, "a", "a") == LEDGER_YES)
        ;
    ledger_month(fixture->ledger, 0, &month);
    assert_int_equal(month.month, 202611);
    assert_int_equal(month.ends_at, NOW_S + DECEMBER_IN);
    fake_clock_pass(&fixture->clock, (DECEMBER_IN - 1) * MS_PER_SECOND);
    assert_int_equal(spend(fixture, 0, true, "a", "a"), LEDGER_SPENT);
    fake_clock_pass(&fixture->clock, MS_PER_SECOND);
    assert_int_equal(spend(fixture, 0, true, "a", "a"), LEDGER_YES);
    assert_int_equal(used(fixture, 0), 1);
    /* A reservation's calls are those of the month before, too. */
    assert_true(ledger_calls(fixture->ledger, 0, "a") > 490);
    /* A clock that is set back finds the old month as it was. */
    fixture->clock.wall_ms -= 2 * MS_PER_DAY;
    assert_int_equal(spend(fixture, 0, true, "a", "a"), LEDGER_SPENT);
    close_ledger(fixture);
    open_ledger(fixture);
    assert_int_equal(spend(fixture, 0, true, "a", "a"), LEDGER_SPENT);
}

static void two_sections_of_one_app_have_one_account(void **state)
{
    struct fixture *fixture = *state;

    close_ledger(fixture);
    fixture->apps[1] = fixture->apps[0];
    open_ledger(fixture);
    while (spend(fixture, 0, true, "a", "a") == LEDGER_YES)
        ;
    assert_int_equal(spend(fixture, 1, true, "a", "a"), LEDGER_SPENT);
}

static bool store_is_idle(void *data)
{
    struct store_health health;

    store_health(((struct fixture *)data)->store, &health);
    return health.waiting == 0;
}

/* Claims that cannot be written: what was claimed before is spent, and no more until the disk is back. */
static void a_disk_that_fails_stops_it(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_FREE char *away = xasprintf("%s.away", fixture->directory);
    int64_t calls = 0;

    spend(fixture, 0, false, "a", "a");
    /* A store whose file is not in its place any more refuses to write. */
    assert_int_equal(rename(fixture->directory, away), 0);
    while (ledger_ask(fixture->ledger, 0, 0, false) == LEDGER_YES) {
        ledger_count(fixture->ledger, 0, FEISHU_GET_ACTIVE_MEETING, "a", "a");
        calls++;
    }
    assert_in_range(calls, 1, 40);
    fixture->room = false;
    test_turn_until(&fixture->time, store_is_idle, fixture);
    test_turn(&fixture->time);
    assert_false(fixture->room);
    assert_int_equal(ledger_ask(fixture->ledger, 0, 0, true), LEDGER_WAITS);
    assert_int_equal(rename(away, fixture->directory), 0);
    test_pass_until(&fixture->time, MS_PER_SECOND, 6 * MS_PER_SECOND, has_room, fixture);
    assert_int_equal(spend(fixture, 0, false, "a", "a"), LEDGER_YES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_leaves_before_its_claim_is_on_the_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_spent_outlives_a_process_that_ended_without_a_word, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_orderly_end_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_share_is_never_overspent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_under_way_may_cost_four_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_month_begins_in_its_zone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_sections_of_one_app_have_one_account, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_stops_it, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
