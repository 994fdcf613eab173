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

#define MIDDLE (UINT32_MAX / 2 + 1) /* of the jitter: none */

/* One that was looked at then, at the configured intervals. */
static struct pace looked(int64_t at_ms)
{
    return (struct pace){.last_look_ms = at_ms, .stretch = {1, 1}, .renewed_ms = UNKNOWN, .random = MIDDLE};
}

static int64_t next_look(const struct reservation *reservation, const struct poll_settings *with,
                         struct pace pace, int64_t now_ms)
{
    return poller_next_ms(reservation, NULL, with, &pace, now_ms);
}

static void looks_come_an_interval_apart_or_at_the_next_phase(void **state)
{
    struct reservation *reservation = made();
    int64_t now = (INT64_C(1) * START - 1000) * 1000;
    struct poll_settings never = settings;

    (void)state;
    assert_int_equal(next_look(reservation, &settings, looked(UNKNOWN), now), now);
    assert_int_equal(next_look(reservation, &settings, looked(now), now), now + 300000);
    /* The starting phase begins before the idle interval is over; its first look is anywhere in its first
     * interval. */
    now = (INT64_C(1) * START - 700) * 1000;
    assert_in_range(next_look(reservation, &settings, looked(now), now) - (INT64_C(1) * START - 600) * 1000,
                    7499, 7501);
    never.idle_ms = 0;
    assert_in_range(next_look(reservation, &never, looked(UNKNOWN), now) - (INT64_C(1) * START - 600) * 1000,
                    7499, 7501);
    now = INT64_C(1) * START * 1000;
    assert_int_equal(next_look(reservation, &settings, looked(now - 1000), now), now + 14000);
    assert_int_equal(next_look(reservation, &settings, looked(now - 99000), now), now);
    now = (INT64_C(1) * END + 3600) * 1000;
    assert_int_equal(next_look(reservation, &settings, looked(now), now), UNKNOWN);
    reservation_free(reservation);
}

static void jitter_is_a_twentieth(void **state)
{
    struct reservation *reservation = made();
    int64_t now = INT64_C(1) * START * 1000;
    struct pace pace = looked(now);

    (void)state;
    pace.random = 0;
    assert_int_equal(next_look(reservation, &settings, pace, now), now + 14250);
    pace.random = UINT32_MAX;
    assert_int_equal(next_look(reservation, &settings, pace, now), now + 15750);
    reservation_free(reservation);
}

static void over_budget_intervals_and_early_stretch_alike(void **state)
{
    struct reservation *reservation = made();
    int64_t early = (INT64_C(1) * START - 600) * 1000, start = INT64_C(1) * START * 1000;
    struct pace pace = looked(start + 5000);

    (void)state;
    pace.stretch[POLL_CLASS_NOW] = 4;
    assert_int_equal(next_look(reservation, &settings, pace, start + 6000), start + 65000);
    /* With a quarter of `early` left the first look is not before start - 150 s, and then within a minute. */
    pace.last_look_ms = early - 60000;
    assert_in_range(next_look(reservation, &settings, pace, early + 1000) - start, -120001, -119999);
    pace.random = 0;
    pace.stretch[POLL_CLASS_REST] = 4;
    assert_int_equal(next_look(reservation, &settings, pace, early - 1000), start - 150000);
    pace.random = MIDDLE;
    pace.stretch[POLL_CLASS_REST] = 2;
    pace.last_look_ms = early - 3500000;
    assert_int_equal(poller_interval_ms(PHASE_IDLE, &settings, &pace), 600000);
    assert_int_equal(next_look(reservation, &settings, pace, early - 3500000), early - 2900000);
    reservation_free(reservation);
}

static void a_new_month_is_not_waited_for_long(void **state)
{
    struct reservation *reservation = made();
    int64_t now = (INT64_C(1) * START - 7000) * 1000;
    struct pace pace = looked(now);

    (void)state;
    reservation->start_time = reservation->end_time = UNKNOWN;
    pace.stretch[POLL_CLASS_REST] = 10000;
    pace.renewed_ms = now + 50000;
    assert_in_range(next_look(reservation, &settings, pace, now) - pace.renewed_ms, 149999, 150001);
    pace.renewed_ms = now; /* it has turned already */
    assert_true(next_look(reservation, &settings, pace, now) > now + INT64_C(2000000000));
    reservation_free(reservation);
}

static void nothing_that_can_wait_comes_at_the_full_or_half_hour(void **state)
{
    struct reservation *reservation = made();
    int64_t peak = INT64_C(1) * START * 1000 - INT64_C(7200000); /* 07:30 */

    (void)state;
    for (int64_t off = -15000; off < 15000; off += 1000) {
        int64_t next = next_look(reservation, &settings, looked(peak + off - 300000), peak - 300000);

        assert_true(next >= peak + 15000 && next <= peak + 75000);
    }
    assert_int_equal(next_look(reservation, &settings, looked(peak - 16000 - 300000), peak - 316000),
                     peak - 16000);
    assert_int_equal(next_look(reservation, &settings, looked(peak + 15000 - 300000), peak - 300000),
                     peak + 15000);
    reservation_free(reservation);
}

static void people_are_not_expected_back_for_ever(void **state)
{
    struct reservation *reservation = made();

    (void)state;
    reservation->expire_time = END + 86400;
    string_list_add(&reservation->meetings, "m");
    assert_int_equal(poller_phase(reservation, NULL, &settings, END + 3599), PHASE_COOLING);
    assert_int_equal(poller_phase(reservation, NULL, &settings, END + 3600), PHASE_IDLE);
    reservation_free(reservation);
}

static void failures_make_it_wait_longer(void **state)
{
    struct reservation *reservation = made();
    int64_t now = INT64_C(1) * START * 1000;
    struct pace pace = looked(now);

    (void)state;
    pace.random = 0;
    pace.failures = 1;
    assert_int_equal(next_look(reservation, &settings, pace, now), now + 15000);
    pace.failures = 3;
    assert_int_equal(next_look(reservation, &settings, pace, now), now + 60000);
    pace.random = UINT32_MAX;
    assert_int_equal(next_look(reservation, &settings, pace, now), now + 30000);
    pace.random = 0;
    pace.failures = 50;
    assert_int_equal(next_look(reservation, &settings, pace, now), now + 300000);
    reservation_free(reservation);
}

static void old_figures_are_stale(void **state)
{
    struct reservation *reservation = made();
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
    assert_true(poller_reservation_stale(reservation, &following, 1000000));
    reservation->observed_at = 1000000;
    assert_false(poller_reservation_stale(reservation, &following, 1050000));
    assert_true(poller_reservation_stale(reservation, &following, 1050001));
    following.phase = PHASE_DONE;
    assert_false(poller_reservation_stale(reservation, &following, 9000000));
    reservation_free(reservation);
    meeting_free(meeting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_follow_the_timetable),
        cmocka_unit_test(nobody_came),
        cmocka_unit_test(without_a_timetable_it_is_idle_or_live),
        cmocka_unit_test(looks_come_an_interval_apart_or_at_the_next_phase),
        cmocka_unit_test(jitter_is_a_twentieth),
        cmocka_unit_test(over_budget_intervals_and_early_stretch_alike),
        cmocka_unit_test(a_new_month_is_not_waited_for_long),
        cmocka_unit_test(nothing_that_can_wait_comes_at_the_full_or_half_hour),
        cmocka_unit_test(people_are_not_expected_back_for_ever),
        cmocka_unit_test(failures_make_it_wait_longer),
        cmocka_unit_test(old_figures_are_stale),
    };

    return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
