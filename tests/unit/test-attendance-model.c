/*
 * engine/attendance against the truth: made-up meetings in which people come and go with their devices, as
 * Feishu may tell them in several ways, are looked at now and then; what the ledger says must be true.
 */
#include "lib/test.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/buffer.h"
#include "engine/attendance.h"

enum { SECONDS = 3000, PEOPLE = 24, DEVICES = 2, MEETINGS = 40 };

#define START INT64_C(1795397400)

/* How Feishu tells a meeting. */
struct manner {
    bool row_for_each_device;
    bool lists_who_left;
    bool tells_first, tells_last, tells_duration;
    bool durations_run; /* or are counted when somebody leaves */
    int lag_s;          /* of Feishu's clock before ours */
};

/* One device, or all of somebody's together, at each second. */
struct track {
    bool in[SECONDS + 1];
    int32_t first[SECONDS + 1], last[SECONDS + 1], stayed[SECONDS + 1]; /* as known then */
};

struct person {
    char id[16];
    struct track devices[DEVICES];
    struct track any;
};

struct world {
    uint64_t random;
    struct manner manner;
    struct person people[PEOPLE];
    bool looked[SECONDS + 1]; /* the list was told */
    struct meeting *meeting;
    int64_t joins;
};

static uint32_t dice(struct world *world, uint32_t sides)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world->random >> 33) % sides;
}

/* ---- the truth */

static void live(struct world *world, struct track *track, uint32_t restless)
{
    bool in = false;

    for (int second = 0; second < SECONDS; second++) {
        if (dice(world, restless) == 0) {
            in = !in;
            world->joins += in;
        }
        track->in[second] = in;
    }
}

static void add_up(struct track *track)
{
    int32_t first = UNKNOWN, last = UNKNOWN, stayed = 0;

    for (int second = 0; second <= SECONDS; second++) {
        bool was = second > 0 && track->in[second - 1];

        if (track->in[second] && first == UNKNOWN)
            first = second;
        if (was && !track->in[second])
            last = second;
        stayed += was;
        track->first[second] = first;
        track->last[second] = last;
        track->stayed[second] = stayed;
    }
}

/* Some come once and stay, others cannot keep still, and most leave the second device alone. */
static void make_person(struct world *world, struct person *person)
{
    live(world, &person->devices[0], 20 + dice(world, 1000));
    live(world, &person->devices[1], 300 + dice(world, 8000));
    for (int second = 0; second <= SECONDS; second++)
        person->any.in[second] = person->devices[0].in[second] || person->devices[1].in[second];
    add_up(&person->devices[0]);
    add_up(&person->devices[1]);
    add_up(&person->any);
}

static struct world *make_world(uint64_t seed)
{
    struct world *world = xalloc(sizeof(*world));

    world->random = seed * 77 + 1;
    world->manner = (struct manner){
        .row_for_each_device = dice(world, 2) == 0,
        .lists_who_left = dice(world, 4) != 0,
        .tells_first = dice(world, 4) != 0,
        .tells_last = dice(world, 4) != 0,
        .tells_duration = dice(world, 4) != 0,
        .durations_run = dice(world, 4) != 0,
        .lag_s = (int)dice(world, 5) - 2,
    };
    for (int i = 0; i < PEOPLE; i++) {
        snprintf(world->people[i].id, sizeof(world->people[i].id), "ou_%d", i);
        make_person(world, &world->people[i]);
    }
    return world;
}

/* ---- what Feishu tells of it */

static void tell_row(const struct world *world, struct meeting *meeting, const char *id,
                     const struct track *track, int second)
{
    const struct manner *manner = &world->manner;
    bool in = track->in[second];
    struct participant *row;

    if (track->first[second] == UNKNOWN || (!in && !manner->lists_who_left))
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
    while (!manner->durations_run && second > 0 && track->in[second])
        second--;
    row->in_meeting_duration = track->stayed[second];
}

static void look(struct world *world, int second, bool ended)
{
    struct meeting *meeting = meeting_new("m");

    meeting->start_time = START;
    meeting->status = ended ? MEETING_ENDED : MEETING_IN_PROGRESS;
    meeting->end_time = ended ? START + SECONDS : UNKNOWN;
    meeting->observed_at = (START + second) * MS_PER_SECOND + dice(world, 1000);
    meeting->participants_known = true;
    if (second > SECONDS)
        second = SECONDS;
    for (int i = 0; i < PEOPLE; i++) {
        const struct person *person = &world->people[i];

        for (int device = 0; world->manner.row_for_each_device && device < DEVICES; device++)
            tell_row(world, meeting, person->id, &person->devices[device], second);
        if (!world->manner.row_for_each_device)
            tell_row(world, meeting, person->id, &person->any, second);
    }
    if (world->meeting != NULL)
        attendance_copy(&meeting->attendance, &world->meeting->attendance);
    meeting_free(world->meeting);
    world->meeting = meeting;
    world->looked[second] = true;
    attendance_look(meeting);
}

/* ---- whether the ledger is true */

#define AGREES (ATTENDANCE_AGREES_S + 3) /* and Feishu's clock may lag */

#define EXPECT(condition, ...)                                                                               \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            print_case(person, attendee);                                                                    \
            fail_msg(__VA_ARGS__);                                                                           \
        }                                                                                                    \
    } while (0)

static void print_moves(const char *name, const struct track *track)
{
    print_message("  %s:", name);
    for (int second = 0; second <= SECONDS; second++) {
        if (track->in[second] != (second > 0 && track->in[second - 1]))
            print_message(" %s%d", track->in[second] ? "+" : "-", second);
    }
    print_message("\n");
}

static void print_case(const struct person *person, const struct attendee *attendee)
{
    print_message("%s, duration %" PRId64 "\n", attendee->id, attendee->in_meeting_duration);
    for (size_t i = 0; i < attendee->stay_count; i++)
        print_message("  %" PRId64 "<%" PRId64 "-%" PRId64 "<%" PRId64 "\n",
                      attendee->stays[i].joined_after - START, attendee->stays[i].joined - START,
                      attendee->stays[i].left - START, attendee->stays[i].left_before - START);
    print_moves("first device", &person->devices[0]);
    print_moves("second device", &person->devices[1]);
}

static int64_t low(const struct stay *stay)
{
    return stay->joined_after != UNKNOWN ? stay->joined_after - START : 0;
}

static int64_t high(const struct stay *stay, int second)
{
    return stay->left_before != UNKNOWN ? stay->left_before - START : second;
}

/* Stays are in order, and apart. */
static void check_order(const struct person *person, const struct attendee *attendee)
{
    for (size_t i = 0; i < attendee->stay_count; i++) {
        const struct stay *stay = &attendee->stays[i];
        bool is_last = i + 1 == attendee->stay_count;

        EXPECT(stay->joined_after <= stay->joined, "came before they could");
        EXPECT((stay->left == UNKNOWN) == (stay->left_before == UNKNOWN), "half a leave");
        EXPECT(stay->left != UNKNOWN || is_last, "an open stay before another");
        EXPECT(stay->left == UNKNOWN || (stay->joined <= stay->left && stay->left <= stay->left_before),
               "went before they came");
        EXPECT(is_last || stay->left <= stay[1].joined, "two stays at a time");
    }
}

static bool track_moved(const struct track *track, bool in, int64_t from, int64_t until)
{
    for (int64_t at = from - AGREES; at <= until + AGREES; at++) {
        if (at >= 0 && at <= SECONDS && track->in[at] == in && (at == 0 || track->in[at - 1] != in))
            return true;
    }
    return false;
}

/* Whether they went, or came, within some seconds. One of two devices may be gone before anybody looked. */
static bool moved(const struct person *person, bool in, int64_t from, int64_t until)
{
    return track_moved(&person->any, in, from, until) || track_moved(&person->devices[0], in, from, until) ||
           track_moved(&person->devices[1], in, from, until);
}

/* Each join and leave of the ledger was one. */
static void check_moves(const struct person *person, const struct attendee *attendee, int second)
{
    for (size_t i = 0; i < attendee->stay_count; i++) {
        const struct stay *stay = &attendee->stays[i];

        EXPECT(moved(person, true, low(stay), stay->joined - START), "stay %zu: nobody came then", i);
        EXPECT(stay->left == UNKNOWN || moved(person, false, stay->left - START, high(stay, second)),
               "stay %zu: nobody went then", i);
    }
}

static bool ledger_has(const struct attendee *attendee, int second, int64_t slack)
{
    for (size_t i = 0; i < attendee->stay_count; i++) {
        const struct stay *stay = &attendee->stays[i];

        if (second >= stay->joined - START - slack &&
            (stay->left == UNKNOWN || second <= stay->left - START + slack))
            return true;
    }
    return false;
}

/* What a look saw is what the ledger says; and who surely was in was: but for what fell between two looks. */
static void check_looks(const struct world *world, const struct person *person,
                        const struct attendee *attendee, int second)
{
    for (int at = 0; at <= second; at++) {
        if (!world->looked[at])
            continue;
        if (person->any.in[at])
            EXPECT(ledger_has(attendee, at, AGREES), "seen in at %d", at);
        else
            EXPECT(!ledger_has(attendee, at, -AGREES), "seen out at %d", at);
    }
}

/* Absences and visits that lie between two looks, which nobody can see but by Feishu's times. */
static int hidden(const struct world *world, const struct person *person, int second)
{
    int hidden = 0, moves = 0;

    for (int at = 1; at <= second; at++) {
        moves += person->any.in[at] != person->any.in[at - 1];
        if (world->looked[at]) {
            hidden += moves / 2;
            moves = 0;
        }
    }
    return hidden + moves / 2;
}

/* Feishu's figure, or the truth where it tells none, lies between what is sure and what is possible. */
static void check_sum(const struct world *world, const struct person *person, const struct attendee *attendee,
                      int second)
{
    struct attendee_time time = attendee_time(attendee, START, START + second);
    const struct manner *manner = &world->manner;
    int64_t truth = person->any.stayed[second];
    int64_t slack = AGREES * (1 + hidden(world, person, second));

    if (hidden(world, person, second) == 0 && (manner->lists_who_left || !manner->row_for_each_device)) {
        EXPECT(truth >= time.sure - AGREES, "%" PRId64 " s are not sure: %" PRId64, time.sure, truth);
        EXPECT(truth <= time.possible + AGREES, "%" PRId64 " s are possible: %" PRId64, time.possible, truth);
    } else if (manner->tells_first && manner->tells_duration && manner->durations_run &&
               manner->lists_who_left && !manner->row_for_each_device) {
        EXPECT(truth >= time.sure - slack, "%" PRId64 " s are not sure: %" PRId64, time.sure, truth);
    }
    EXPECT(time.difference == UNKNOWN || time.duration - time.sure == time.difference,
           "the difference is wrong");
    EXPECT(time.difference != UNKNOWN || llabs(time.duration - time.sure) <= ATTENDANCE_AGREES_S,
           "a difference is not shown");
}

static const struct attendee *find(const struct world *world, const char *id)
{
    const struct attendance *attendance = &world->meeting->attendance;

    for (size_t i = 0; i < attendance->count; i++) {
        if (strcmp(attendance->attendees[i].id, id) == 0)
            return &attendance->attendees[i];
    }
    return NULL;
}

static void check(const struct world *world, int second)
{
    for (int i = 0; i < PEOPLE; i++) {
        const struct person *person = &world->people[i];
        const struct attendee *attendee = find(world, person->id);

        for (int at = 0; attendee == NULL && at <= second; at++)
            assert_false(world->looked[at] && person->any.in[at]);
        if (attendee == NULL)
            continue;
        check_order(person, attendee);
        check_moves(person, attendee, second);
        check_looks(world, person, attendee, second);
        check_sum(world, person, attendee, second);
    }
}

/* ---- the meetings */

static int64_t run(uint64_t seed)
{
    struct world *world = make_world(seed);
    const struct manner *manner = &world->manner;
    int64_t joins = world->joins;

    print_message("# meeting %" PRIu64 ": %s, %s, first %d, last %d, duration %d %s, lag %d\n", seed,
                  manner->row_for_each_device ? "devices" : "people",
                  manner->lists_who_left ? "all" : "who is in", manner->tells_first, manner->tells_last,
                  manner->tells_duration, manner->durations_run ? "runs" : "at leaving", manner->lag_s);
    uint32_t pace = 2 + dice(world, 40);

    for (int second = (int)dice(world, 100); second < SECONDS; second += 1 + (int)dice(world, pace)) {
        look(world, second, false);
        if (dice(world, 50) == 0)
            check(world, second);
        /* Now and then nobody looks for long. */
        if (dice(world, 60) == 0)
            second += (int)dice(world, 600);
    }
    look(world, SECONDS + (int)dice(world, 60), true);
    check(world, SECONDS);
    /* And its detail, later. */
    look(world, SECONDS + 300, true);
    check(world, SECONDS);
    meeting_free(world->meeting);
    free(world);
    return joins;
}

static void the_ledger_is_true(void **state)
{
    int64_t joins = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= MEETINGS; seed++) {
        joins += run(seed);
    }
    assert_true(joins > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ledger_is_true),
    };

    return cmocka_run_group_tests_name("attendance: model", tests, NULL, NULL);
}
