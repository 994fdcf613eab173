/*
 * engine/attendance against the truth: made-up meetings in which people come and go with their devices, as
 * Feishu may tell them in several ways, are looked at now and then; what the ledger says must be true.
 */
#include "lib/test.h"

#include <inttypes.h>

#include "base/base.h"
#include "engine/attendance.h"
#include "lib/attendance-truth.h"

#define START INT64_C(1795397400)

/* How Feishu tells a meeting, beside what the truth has to know of it. */
struct manner {
    bool tells_first, tells_last, tells_duration;
    bool durations_run; /* or are counted when somebody leaves */
    int lag_s;          /* of Feishu's clock before ours */
};

struct world {
    struct truth *truth;
    struct manner manner;
    struct meeting *meeting;
};

static void make_manner(struct world *world)
{
    struct truth *truth = world->truth;
    struct manner *manner = &world->manner;

    truth->row_for_each_device = truth_dice(truth, 2) == 0;
    truth->lists_who_left = truth_dice(truth, 4) != 0;
    manner->tells_first = truth_dice(truth, 4) != 0;
    manner->tells_last = truth_dice(truth, 4) != 0;
    manner->tells_duration = truth_dice(truth, 4) != 0;
    manner->durations_run = truth_dice(truth, 4) != 0;
    manner->lag_s = (int)truth_dice(truth, 5) - 2;
    truth->tells_all_times =
        manner->tells_first && manner->tells_last && manner->tells_duration && manner->durations_run;
}

/* The last second at which they were out, up to which a stay has been counted. */
static int last_left(const struct track *track, int second)
{
    for (; second > 0; second--) {
        if (!track->in[second])
            break;
    }
    return second;
}

static void tell_row(const struct world *world, struct meeting *meeting, const char *id,
                     const struct track *track, int second)
{
    const struct manner *manner = &world->manner;
    bool in = track->in[second];
    struct participant *row;

    if (track->first[second] == UNKNOWN || (!in && !world->truth->lists_who_left))
        return;
    row = meeting_add_participant(meeting);
    row->id = xstrdup(id);
    row->user_type = 1;
    row->status = in ? PARTICIPANT_IN_MEETING : PARTICIPANT_LEFT;
    if (manner->tells_first)
        row->first_join_time = START + track->first[second] - manner->lag_s;
    if (manner->tells_last && !in)
        row->final_leave_time = START + track->last[second] - manner->lag_s;
    if (!manner->tells_duration)
        return;
    row->in_meeting_duration = track->stayed[manner->durations_run ? second : last_left(track, second)];
}

static void look(struct world *world, int second, bool ended)
{
    struct meeting *meeting = meeting_new("m");

    meeting->start_time = START;
    meeting->status = ended ? MEETING_ENDED : MEETING_IN_PROGRESS;
    meeting->end_time = ended ? START + TRUTH_SECONDS : UNKNOWN;
    meeting->observed_at = (START + second) * MS_PER_SECOND + truth_dice(world->truth, 1000);
    meeting->participants_known = true;
    if (second > TRUTH_SECONDS)
        second = TRUTH_SECONDS;
    for (int i = 0; i < TRUTH_PEOPLE; i++) {
        const struct person *person = &world->truth->people[i];

        for (int device = 0; world->truth->row_for_each_device && device < TRUTH_DEVICES; device++)
            tell_row(world, meeting, person->id, &person->devices[device], second);
        if (!world->truth->row_for_each_device)
            tell_row(world, meeting, person->id, &person->any, second);
    }
    if (world->meeting != NULL)
        attendance_copy(&meeting->attendance, &world->meeting->attendance);
    meeting_free(world->meeting);
    world->meeting = meeting;
    world->truth->looked[second] = true;
    attendance_look(meeting);
}

static void run(uint64_t seed)
{
    struct world world = {.truth = truth_new(seed, START)};
    struct truth *truth = world.truth;
    uint32_t pace = 10 + truth_dice(truth, 30);

    make_manner(&world);
    print_message("# meeting %" PRIu64 ": %s, %s, first %d, last %d, duration %d %s, lag %d\n", seed,
                  truth->row_for_each_device ? "devices" : "people",
                  truth->lists_who_left ? "all" : "who is in", world.manner.tells_first,
                  world.manner.tells_last, world.manner.tells_duration,
                  world.manner.durations_run ? "runs" : "at leaving", world.manner.lag_s);
    for (int second = (int)truth_dice(truth, 100); second < TRUTH_SECONDS;
         second += 1 + (int)truth_dice(truth, pace)) {
        look(&world, second, false);
        if (truth_dice(truth, 50) == 0)
            truth_check(truth, world.meeting, second);
        /* Now and then nobody looks for long. */
        if (truth_dice(truth, 60) == 0)
            second += (int)truth_dice(truth, 600);
    }
    look(&world, TRUTH_SECONDS + (int)truth_dice(truth, 60), true);
    truth_check(truth, world.meeting, TRUTH_SECONDS);
    /* And its detail, later. */
    look(&world, TRUTH_SECONDS + 300, true);
    truth_check(truth, world.meeting, TRUTH_SECONDS);
    meeting_free(world.meeting);
    free(truth);
}

static void the_ledger_is_true(void **state)
{
    const uint64_t most = getenv("MEETINGD_VALGRIND") != NULL ? 3 : 30;

    (void)state;
    for (uint64_t seed = 1; seed <= most; seed++)
        run(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_is_true),
    };

    return cmocka_run_group_tests_name("attendance: model", tests, NULL, NULL);
}
