/* store and retention: what is over for longer than it is kept goes; what is needed stays. */
#include "service/test-store-fixture.h"

#include "base/base.h"
#include "lib/fake-clock.h"
#include "retention.h"

#define NOW    INT64_C(1800000000)
#define DAY    INT64_C(86400)
#define BEFORE (NOW - 365 * DAY)

static void put_reservation(struct fixture *fixture, const char *key, const char *name,
                            enum reservation_state state, int64_t start_time)
{
    struct reservation *reservation = reservation_new(key);

    reservation->name = name != NULL ? xstrdup(name) : NULL;
    reservation->state = state;
    reservation->start_time = start_time;
    reservation->end_time = start_time != UNKNOWN ? start_time + 1800 : UNKNOWN;
    assert_int_equal(fixture_put(fixture, reservation), 0);
    reservation_free(reservation);
}

static void put_meeting(struct fixture *fixture, const char *id, const char *reservation, int64_t start_time,
                        size_t people)
{
    struct meeting *meeting = meeting_new(id);

    meeting->reservation = reservation != NULL ? xstrdup(reservation) : NULL;
    meeting->start_time = start_time;
    meeting->end_time = start_time + 900;
    meeting->status = MEETING_ENDED;
    for (size_t i = 0; i < people; i++) {
        struct attendee *attendee = attendance_add(&meeting->attendance);

        attendee_add_stay(attendee)->joined = start_time;
        attendee_add_role(attendee, ROLE_HOST)->since = start_time;
        meeting_add_participant(meeting)->user_type = 1;
    }
    assert_int_equal(fixture_put_meeting(fixture, meeting), 0);
    meeting_free(meeting);
}

static void note_pruned(void *data, int result, const struct error *error)
{
    struct fixture *fixture = data;

    fixture->answers++;
    fixture->result = result;
    assert_null(error);
}

/* All parts of it; returns how many there were. */
static unsigned prune(struct fixture *fixture, int64_t before)
{
    unsigned parts = 0;

    do {
        store_prune(fixture->store, before, note_pruned, fixture);
        fixture_wait(fixture, fixture->answers + 1);
        assert_true(fixture->result >= 0);
        parts++;
    } while (fixture->result > 0);
    return parts;
}

#define COUNT(fixture, what) fixture_query(fixture, "SELECT count(*) FROM " what)

static void the_old_goes_and_the_needed_stays(void **state)
{
    struct fixture *fixture = *state;
    int64_t old = BEFORE - DAY;

    fixture_open(fixture);
    put_reservation(fixture, "a@1", "a", RESERVATION_ENDED, old);
    put_meeting(fixture, "11", "a@1", old, 3);
    put_meeting(fixture, "12", "a@1", old + 900, 3);
    put_reservation(fixture, "a@2", "a", RESERVATION_ENDED, BEFORE + DAY);
    put_meeting(fixture, "21", "a@2", BEFORE + DAY, 3);
    /* A plan's last one stays, and the last meeting of it. */
    put_reservation(fixture, "gone@1", "gone", RESERVATION_ENDED, old);
    put_meeting(fixture, "31", "gone@1", old, 1);
    put_meeting(fixture, "32", "gone@1", old + 900, 1);
    /* Nobody knows whether it was made; one may still go on. */
    put_reservation(fixture, "u@1", "u", RESERVATION_UNCERTAIN, old);
    put_reservation(fixture, "u@2", "u", RESERVATION_LIVE, old + DAY);
    put_meeting(fixture, "41", "u@2", old + DAY, 1);
    put_reservation(fixture, "u@3", "u", RESERVATION_ENDED, old);
    put_reservation(fixture, "u@4", "u", RESERVATION_ENDED, NOW);
    /* One for a plan that goes on: its meetings of old go. */
    put_reservation(fixture, "s", "s", RESERVATION_RESERVED, NOW);
    put_meeting(fixture, "51", "s", old - DAY, 1);
    put_meeting(fixture, "52", "s", old, 1);
    put_meeting(fixture, "53", "s", NOW, 1);
    /* Of no reservation, or of one that is no more. */
    put_meeting(fixture, "61", NULL, old, 1);
    put_meeting(fixture, "62", "dropped", old, 1);
    put_meeting(fixture, "63", NULL, NOW, 1);
    prune(fixture, BEFORE);
    assert_int_equal(COUNT(fixture, "reservations WHERE key IN ('a@1', 'u@3')"), 0);
    assert_int_equal(COUNT(fixture, "reservations"), 6);
    assert_int_equal(COUNT(fixture, "meetings WHERE id IN ('21', '32', '41', '53', '63')"), 5);
    assert_int_equal(COUNT(fixture, "meetings"), 5);
    assert_int_equal(COUNT(fixture, "attendees"), 7);
    assert_int_equal(COUNT(fixture, "stays"), 7);
    assert_int_equal(COUNT(fixture, "role_stretches"), 7);
    assert_int_equal(COUNT(fixture, "participants"), 7);
    assert_int_equal(prune(fixture, BEFORE), 1);
    assert_int_equal(COUNT(fixture, "meetings"), 5);
}

/* Made by hand a moment ago and refused: it has no slot, and is not old. */
static void what_has_no_time_is_as_old_as_its_last_word(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = reservation_new("@hand");

    fixture_open(fixture);
    reservation->state = RESERVATION_FAILED;
    reservation->attempted_at = NOW * MS_PER_SECOND;
    assert_int_equal(fixture_put(fixture, reservation), 0);
    prune(fixture, BEFORE);
    assert_int_equal(COUNT(fixture, "reservations"), 1);
    prune(fixture, NOW + 1);
    assert_int_equal(COUNT(fixture, "reservations"), 0);
    reservation_free(reservation);
}

static int64_t pages(const struct fixture *fixture, const char *what)
{
    CLEANUP_FREE char *sql = xasprintf("PRAGMA %s", what);

    return fixture_query(fixture, sql);
}

/* Years of the same use the same room. */
static void freed_room_is_used_again(void **state)
{
    struct fixture *fixture = *state;
    int64_t after_a_year = 0;

    fixture_open(fixture);
    for (int64_t year = 0; year < 4; year++) {
        for (int i = 0; i < 50; i++) {
            CLEANUP_FREE char *id = xasprintf("%d%02d", (int)year, i);

            put_meeting(fixture, id, NULL, NOW + year * 365 * DAY + i, 40);
        }
        assert_true(prune(fixture, NOW + year * 365 * DAY) > (year > 0 ? 1 : 0));
        if (year == 1)
            after_a_year = pages(fixture, "page_count");
    }
    assert_true(pages(fixture, "page_count") < after_a_year + after_a_year / 10);
}

/* ---- by the clock */

static void note_done(void *data)
{
    *(bool *)data = true;
}

/* Turns the loop until the store has nothing left to do. */
static void settle(struct fixture *fixture)
{
    struct store_health health;

    do {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        store_health(fixture->store, &health);
    } while (health.waiting > 0);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void pass(struct fixture *fixture, struct fake_clock *clock, struct timers *timers, int64_t ms)
{
    for (; ms > 0; ms -= MS_PER_MINUTE) {
        fake_clock_pass(clock, MS_PER_MINUTE);
        timers_fire(timers);
        settle(fixture);
    }
}

static int64_t tell_ahead(void *data)
{
    return *(int64_t *)data;
}

static void it_is_looked_after_daily(void **state)
{
    struct fixture *fixture = *state;
    struct fake_clock clock;
    struct timers *timers;
    struct retention *retention;
    int64_t ahead_ms = 0;
    bool closed = false;

    fake_clock_init(&clock, NOW * MS_PER_SECOND);
    assert_int_equal(timers_new(&timers, NULL, &clock.clock, NULL), 0);
    fixture_open(fixture);
    put_meeting(fixture, "1", NULL, BEFORE - DAY, 1);
    put_meeting(fixture, "2", NULL, BEFORE + DAY / 2, 1);
    put_meeting(fixture, "3", NULL, NOW - 20 * DAY, 1);
    put_meeting(fixture, "4", NULL, NOW - DAY, 1);
    retention = retention_new(timers, fixture->store, 365 * MS_PER_DAY, tell_ahead, &ahead_ms);
    pass(fixture, &clock, timers, MS_PER_MINUTE);
    assert_int_equal(COUNT(fixture, "meetings"), 4);
    pass(fixture, &clock, timers, 2 * MS_PER_MINUTE);
    assert_int_equal(COUNT(fixture, "meetings"), 3);
    pass(fixture, &clock, timers, MS_PER_DAY);
    assert_int_equal(COUNT(fixture, "meetings"), 2);
    retention_set(retention, 10 * MS_PER_DAY);
    pass(fixture, &clock, timers, 3 * MS_PER_MINUTE);
    assert_int_equal(COUNT(fixture, "meetings"), 1);
    /* It ends in the middle. */
    pass(fixture, &clock, timers, MS_PER_DAY - 4 * MS_PER_MINUTE);
    retention_stop(retention);
    store_close(fixture->store, note_done, &closed);
    test_run_until(&fixture->loop, &closed);
    fixture->store = NULL;
    retention_free(retention);
    timers_close(timers, NULL, NULL);
}

/* By a clock that may be years ahead nothing is removed. */
static void only_a_clock_that_is_right_counts(void **state)
{
    struct fixture *fixture = *state;
    int64_t ahead_ms = UNKNOWN;
    struct fake_clock clock;
    struct timers *timers;
    struct retention *retention;
    bool closed = false;

    fake_clock_init(&clock, NOW * MS_PER_SECOND);
    assert_int_equal(timers_new(&timers, NULL, &clock.clock, NULL), 0);
    fixture_open(fixture);
    put_meeting(fixture, "1", NULL, BEFORE - DAY, 1);
    put_meeting(fixture, "2", NULL, BEFORE + DAY, 1);
    put_meeting(fixture, "3", NULL, NOW - DAY, 1);
    retention = retention_new(timers, fixture->store, 365 * MS_PER_DAY, tell_ahead, &ahead_ms);
    pass(fixture, &clock, timers, 3 * MS_PER_HOUR);
    assert_int_equal(COUNT(fixture, "meetings"), 3);
    ahead_ms = 1000 * MS_PER_DAY;
    pass(fixture, &clock, timers, 3 * MS_PER_HOUR);
    assert_int_equal(COUNT(fixture, "meetings"), 3);
    /* Within the hour after it was set. */
    ahead_ms = 5 * MS_PER_MINUTE;
    pass(fixture, &clock, timers, MS_PER_HOUR);
    assert_int_equal(COUNT(fixture, "meetings"), 2);
    /* And each day anew. */
    ahead_ms = 6 * MS_PER_MINUTE;
    pass(fixture, &clock, timers, 3 * MS_PER_DAY);
    assert_int_equal(COUNT(fixture, "meetings"), 2);
    ahead_ms = 0;
    pass(fixture, &clock, timers, MS_PER_HOUR);
    assert_int_equal(COUNT(fixture, "meetings"), 1);
    retention_stop(retention);
    store_close(fixture->store, note_done, &closed);
    test_run_until(&fixture->loop, &closed);
    fixture->store = NULL;
    retention_free(retention);
    timers_close(timers, NULL, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_old_goes_and_the_needed_stays), TEST(what_has_no_time_is_as_old_as_its_last_word),
        TEST(freed_room_is_used_again),          TEST(it_is_looked_after_daily),
        TEST(only_a_clock_that_is_right_counts),
    };

    return cmocka_run_group_tests_name("store: what is removed", tests, NULL, NULL);
}
