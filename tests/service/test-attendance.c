/*
 * The ledger against the truth, through everything: a made-up meeting is held in the simulator, with people
 * who come and go with their devices, the driver looks at it by its own timetable and is stopped and started
 * meanwhile, and what it has written down must be true. Time is simulated on both sides.
 */
#include "lib/test.h"

#include "base/base.h"
#include "base/str.h"
#include "lib/attendance-truth.h"
#include "lib/sim-process.h"
#include "lib/sync-house.h"

#define KEY      "standup@20261123T013100Z" /* a minute from HOUSE_NOW_S */
#define SETTLE_S 60

struct hall {
    struct sync_house *house;
    struct sim_process sim;
    struct truth *truth; /* of the meeting that goes on */
    char *meeting;       /* its id; NULL: nobody has seen it yet */
    int64_t joins;
};

static int set_up(void **state)
{
    static const char *const arguments[] = {"--seed", "1", "--records", "0", NULL};
    struct hall *hall = xalloc(sizeof(*hall));
    void *house;

    sim_start(&hall->sim, arguments);
    sync_house_set_up(&house);
    hall->house = house;
    hall->house->app.base_url = hall->sim.url;
    hall->house->app.app_id = (char *)"cli_9f5343c580712544";
    hall->house->app.app_secret = (char *)"sim-secret";
    *state = hall;
    return 0;
}

static int tear_down(void **state)
{
    struct hall *hall = *state;
    void *house = hall->house;

    sync_house_tear_down(&house);
    sim_stop(&hall->sim);
    free(hall->truth);
    free(hall->meeting);
    free(hall);
    return 0;
}

/* ---- time */

static int64_t now_s(const struct hall *hall)
{
    return clock_wall_seconds(&hall->house->clock.clock);
}

static void set_clock(struct hall *hall)
{
    sim_control(&hall->sim, "clock", "{\"freeze\":true,\"set_s\":%lld}", (long long)now_s(hall));
}

/* A second of the daemon's, if anything is due in it. What is due at its end belongs to the next. */
static void pass_second(struct hall *hall)
{
    int64_t until_ms = hall->house->clock.boot_ms + MS_PER_SECOND;
    int64_t next_ms = hall->house->running ? timers_next_in(hall->house->timers) : -1;

    if (next_ms < 0 || next_ms > 998) {
        fake_clock_pass(&hall->house->clock, MS_PER_SECOND);
        return;
    }
    set_clock(hall);
    sync_house_pass(hall->house, 998); /* or one more */
    fake_clock_pass(&hall->house->clock, until_ms - hall->house->clock.boot_ms);
}

/* ---- the meeting */

static void move(struct hall *hall, const struct person *person, int device, bool comes)
{
    sim_control(&hall->sim, "meeting",
                "{\"topic\":\"每日站会\",\"action\":\"%s\",\"id\":\"%s\",\"device\":%d}",
                comes ? "join" : "leave", person->id, device);
    hall->joins += comes;
}

static void move_all(struct hall *hall, int second)
{
    bool moved = false;

    for (int i = 0; i < TRUTH_PEOPLE; i++) {
        const struct person *person = &hall->truth->people[i];

        for (int device = 0; device < TRUTH_DEVICES; device++) {
            const bool *in = person->devices[device].in;

            if (in[second] == (second > 0 && in[second - 1]))
                continue;
            if (!moved)
                set_clock(hall);
            moved = true;
            move(hall, person, device, in[second]);
        }
    }
}

static const struct meeting *seen_meeting(struct hall *hall)
{
    const struct meeting *meeting;

    if (!hall->house->running)
        return NULL;
    if (hall->meeting == NULL) {
        meeting = cache_active_meeting(hall->house->cache, KEY);
        if (meeting != NULL)
            hall->meeting = xstrdup(meeting->id);
    }
    return hall->meeting != NULL ? cache_meeting(hall->house->cache, hall->meeting) : NULL;
}

/* Notes whether there was a look, and returns its second; UNKNOWN: none yet. */
static int64_t note_look(struct hall *hall)
{
    const struct meeting *meeting = seen_meeting(hall);
    int64_t second;

    if (meeting == NULL)
        return UNKNOWN;
    second = meeting->attendance.looked_at - hall->truth->start_s;
    if (meeting->status == MEETING_ENDED && second > TRUTH_SECONDS)
        second = TRUTH_SECONDS;
    assert_in_range(second, 0, TRUTH_SECONDS);
    hall->truth->looked[second] = true;
    return second;
}

/* Stops the daemon, and starts it when it has missed something. */
static void restart_sometimes(struct hall *hall, int second, int *down_until)
{
    if (hall->house->running && truth_dice(hall->truth, 600) == 0) {
        sync_house_stop(hall->house);
        *down_until = second + 1 + (int)truth_dice(hall->truth, 200);
    } else if (!hall->house->running && second >= *down_until) {
        set_clock(hall);
        sync_house_start(hall->house);
    }
}

static void check_durations(const struct hall *hall, const struct meeting *meeting)
{
    for (size_t i = 0; i < meeting->attendance.count; i++) {
        const struct attendee *attendee = &meeting->attendance.attendees[i];
        const struct person *person = &hall->truth->people[strtol(attendee->id + 3, NULL, 10)];

        assert_int_equal(attendee->in_meeting_duration, person->any.stayed[TRUTH_SECONDS]);
        assert_int_equal(attendee->first_join_time, hall->truth->start_s + person->any.first[TRUTH_SECONDS]);
    }
}

static void end_meeting(struct hall *hall)
{
    const struct meeting *meeting;

    if (!hall->house->running)
        sync_house_start(hall->house);
    set_clock(hall);
    sim_control(&hall->sim, "meeting", "{\"topic\":\"每日站会\",\"action\":\"end\"}");
    for (int i = 0; i < SETTLE_S; i++)
        pass_second(hall);
    meeting = seen_meeting(hall);
    assert_non_null(meeting);
    assert_int_equal(meeting->status, MEETING_ENDED);
    note_look(hall);
    truth_check(hall->truth, meeting, TRUTH_SECONDS);
    if (!hall->truth->row_for_each_device)
        check_durations(hall, meeting);
}

static void hold_meeting(struct hall *hall, uint64_t seed, bool each, bool gone)
{
    int down_until = 0;

    str_set(&hall->meeting, NULL);
    free(hall->truth);
    hall->truth = truth_new(seed, now_s(hall));
    hall->truth->row_for_each_device = each;
    hall->truth->lists_who_left = !gone;
    hall->truth->tells_all_times = true;
    set_clock(hall);
    sim_control(&hall->sim, "meeting", "{\"topic\":\"每日站会\",\"action\":\"start\"}");
    for (int second = 0; second < TRUTH_SECONDS; second++) {
        int64_t looked;

        move_all(hall, second);
        restart_sometimes(hall, second, &down_until);
        pass_second(hall);
        looked = note_look(hall);
        if (looked != UNKNOWN && truth_dice(hall->truth, 200) == 0)
            truth_check(hall->truth, seen_meeting(hall), (int)looked);
    }
    end_meeting(hall);
}

/* One meeting after another under one reservation. Under valgrind one manner is enough. */
static void hold_meetings(void **state, uint64_t seed, int count, bool each, bool gone)
{
    struct hall *hall = *state;

    if (getenv("MEETINGD_VALGRIND") != NULL && (!each || !gone))
        return;
    sync_house_plan(hall->house, "standup", 60)->duration_s = INT64_C(4) * 3600;
    hall->house->poll.live_ms = (int64_t)(10 + seed % 15) * MS_PER_SECOND;
    set_clock(hall);
    /* The end is told in both ways. */
    sim_control(&hall->sim, "set", "{\"device_rows\":\"%s\",\"left_rows\":\"%s\",\"no_active\":\"%s\"}",
                each ? "each" : "one", gone ? "gone" : "listed", each ? "status3" : "404");
    sync_house_start(hall->house);
    sync_house_wait_for(hall->house, KEY, RESERVATION_RESERVED, MS_PER_SECOND);
    fake_clock_pass(&hall->house->clock, MS_PER_SECOND - hall->house->clock.wall_ms % MS_PER_SECOND);
    for (int i = 0; i < count; i++)
        hold_meeting(hall, seed + (uint64_t)i, each, gone);
    assert_true(hall->joins > INT64_C(400) * count);
}

static void devices_share_a_row(void **state)
{
    hold_meetings(state, 1, 2, false, false);
}

static void who_has_left_is_not_in_the_list(void **state)
{
    hold_meetings(state, 11, 1, false, true);
}

static void each_device_has_a_row(void **state)
{
    hold_meetings(state, 21, 1, true, false);
}

static void each_device_has_a_row_while_it_is_in(void **state)
{
    hold_meetings(state, 38, 1, true, true);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(devices_share_a_row),
        TEST(who_has_left_is_not_in_the_list),
        TEST(each_device_has_a_row),
        TEST(each_device_has_a_row_while_it_is_in),
    };

    return cmocka_run_group_tests_name("attendance", tests, NULL, NULL);
}
