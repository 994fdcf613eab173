/* engine/poller: phases and intervals by the timetable. */
#include "lib/test.h"

#include "base/base.h"
#include "engine/poller.h"

#define START 1795397400 /* 2026-11-23 09:30 in Shanghai */
#define END   (START + 1800)

static const struct poll_settings settings = {
    .live_ms = 10000,
    .starting_ms = 15000,
    .early_ms = 600000,
    .overdue_ms = 30000,
    .cooling_ms = 120000,
    .idle_ms = 300000,
    .participants = true,
};

static struct reservation *made(void)
{
    struct reservation *reservation = reservation_new("standup@20261123T013000Z");

    reservation->state = RESERVATION_RESERVED;
    reservation->reserve_id = xstrdup("1");
    reservation->start_time = START;
    reservation->end_time = END;
    reservation->expire_time = END + 3600;
    return reservation;
}

static void phases_follow_the_timetable(void **state)
{
    struct reservation *reservation = made();
    struct meeting *meeting = meeting_new("m");

    (void)state;
    assert_int_equal(poller_phase(reservation, NULL, &settings, START - 601), PHASE_IDLE);
    assert_int_equal(poller_phase(reservation, NULL, &settings, START - 600), PHASE_STARTING);
    assert_int_equal(poller_phase(reservation, meeting, &settings, START - 601), PHASE_LIVE);
    assert_int_equal(poller_phase(reservation, meeting, &settings, START + 1), PHASE_LIVE);
    assert_int_equal(poller_phase(reservation, meeting, &settings, END), PHASE_OVERDUE);
    assert_int_equal(poller_phase(reservation, meeting, &settings, END + 4000), PHASE_OVERDUE);
    string_list_add(&reservation->meetings, "m");
    assert_int_equal(poller_phase(reservation, NULL, &settings, END - 1), PHASE_STARTING);
    assert_int_equal(poller_phase(reservation, NULL, &settings, END), PHASE_COOLING);
    assert_int_equal(poller_phase(reservation, NULL, &settings, END + 3600), PHASE_DONE);
    reservation->state = RESERVATION_DELETED;
    assert_int_equal(poller_phase(reservation, NULL, &settings, START), PHASE_DONE);
    reservation_free(reservation);
    meeting_free(meeting);
}

static void nobody_came(void **state)
{
    struct reservation *reservation = made();

    (void)state;
    assert_int_equal(poller_phase(reservation, NULL, &settings, END), PHASE_IDLE);
    reservation_free(reservation);
}

static void without_a_timetable_it_is_idle_or_live(void **state)
{
    struct reservation *reservation = made();
    struct meeting *meeting = meeting_new("m");

    (void)state;
    reservation->start_time = UNKNOWN;
    reservation->end_time = UNKNOWN;
    reservation->expire_time = UNKNOWN;
    assert_int_equal(poller_phase(reservation, NULL, &settings, START), PHASE_IDLE);
    assert_int_equal(poller_phase(reservation, meeting, &settings, START), PHASE_LIVE);
    reservation_free(reservation);
    meeting_free(meeting);
}

static void looks_come_an_interval_apart_or_at_the_next_phase(void **state)
{
    struct reservation *reservation = made();
    int64_t now = (INT64_C(1) * START - 1000) * 1000;
    struct poll_settings never = settings;

    (void)state;
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, UNKNOWN, 0, 0, now), now);
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 0, 0, now), now + 300000);
    /* The starting phase begins before the idle interval is over. */
    now = (INT64_C(1) * START - 700) * 1000;
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 0, 0, now),
                     (INT64_C(1) * START - 600) * 1000);
    never.idle_ms = 0;
    assert_int_equal(poller_next_ms(reservation, NULL, &never, UNKNOWN, 0, 0, now),
                     (INT64_C(1) * START - 600) * 1000);
    now = INT64_C(1) * START * 1000;
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now - 1000, 0, 0, now), now + 14000);
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now - 99000, 0, 0, now), now);
    now = (INT64_C(1) * END + 3600) * 1000;
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 0, 0, now), UNKNOWN);
    reservation_free(reservation);
}

static void failures_make_it_wait_longer(void **state)
{
    struct reservation *reservation = made();
    int64_t now = INT64_C(1) * START * 1000;

    (void)state;
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 1, 0, now), now + 15000);
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 3, 0, now), now + 60000);
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 3, UINT32_MAX, now), now + 30000);
    assert_int_equal(poller_next_ms(reservation, NULL, &settings, now, 50, 0, now), now + 300000);
    reservation_free(reservation);
}

static void old_figures_are_stale(void **state)
{
    struct meeting *meeting = meeting_new("m");
    struct following following = {.phase = PHASE_LIVE, .interval_ms = 10000};

    (void)state;
    meeting->status = MEETING_IN_PROGRESS;
    assert_true(poller_stale(meeting, &following, 1000000));
    meeting->observed_at = 1000000;
    assert_false(poller_stale(meeting, &following, 1050000));
    assert_true(poller_stale(meeting, &following, 1050001));
    meeting->status = MEETING_ENDED;
    assert_false(poller_stale(meeting, &following, 9000000));
    meeting_free(meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_follow_the_timetable),
        cmocka_unit_test(nobody_came),
        cmocka_unit_test(without_a_timetable_it_is_idle_or_live),
        cmocka_unit_test(looks_come_an_interval_apart_or_at_the_next_phase),
        cmocka_unit_test(failures_make_it_wait_longer),
        cmocka_unit_test(old_figures_are_stale),
    };

    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
