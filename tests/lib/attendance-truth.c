#include "lib/attendance-truth.h"

#include <inttypes.h>

#include "base/base.h"
#include "lib/test.h"

uint32_t truth_dice(struct truth *truth, uint32_t sides)
{
    truth->random = truth->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(truth->random >> 33) % sides;
}

/* ---- the truth */

static void live(struct truth *truth, struct track *track, uint32_t restless)
{
    bool in = false;

    for (int second = 10; second < TRUTH_SECONDS; second++) {
        if (truth_dice(truth, restless) == 0) {
            in = !in;
            truth->joins += in;
        }
        track->in[second] = in;
    }
}

static void add_up(struct track *track)
{
    int32_t first = UNKNOWN, last = UNKNOWN, stayed = 0;

    for (int second = 0; second <= TRUTH_SECONDS; second++) {
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
static void make_person(struct truth *truth, struct person *person)
{
    live(truth, &person->devices[0], 15 + truth_dice(truth, 300));
    live(truth, &person->devices[1], 200 + truth_dice(truth, 4000));
    for (int second = 0; second <= TRUTH_SECONDS; second++)
        person->any.in[second] = person->devices[0].in[second] || person->devices[1].in[second];
    add_up(&person->devices[0]);
    add_up(&person->devices[1]);
    add_up(&person->any);
}

struct truth *truth_new(uint64_t seed, int64_t start_s)
{
    struct truth *truth = xalloc(sizeof(*truth));

    truth->random = seed * 77 + 1;
    truth->start_s = start_s;
    for (int i = 0; i < TRUTH_PEOPLE; i++) {
        snprintf(truth->people[i].id, sizeof(truth->people[i].id), "ou_%d", i);
        make_person(truth, &truth->people[i]);
    }
    return truth;
}

/* ---- whether the ledger is true */

#define AGREES (ATTENDANCE_AGREES_S + 3) /* and Feishu's clock may lag */

/* One row of the ledger under examination. */
struct examined {
    const struct truth *truth;
    const struct person *person;
    const struct attendee *attendee;
    int second; /* now */
};

#define EXPECT(condition, ...)                                                                               \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            print_case(examined);                                                                            \
            fail_msg(__VA_ARGS__);                                                                           \
        }                                                                                                    \
    } while (0)

static void print_moves(const char *name, const struct track *track)
{
    print_message("  %s:", name);
    for (int second = 0; second <= TRUTH_SECONDS; second++) {
        if (track->in[second] != (second > 0 && track->in[second - 1]))
            print_message(" %s%d", track->in[second] ? "+" : "-", second);
    }
    print_message("\n");
}

/* As a second of the truth; what is not known stays so. */
static int64_t second_of(const struct examined *examined, int64_t time_s)
{
    return time_s != UNKNOWN ? time_s - examined->truth->start_s : UNKNOWN;
}

static struct stay stay_of(const struct examined *examined, size_t place)
{
    const struct stay *stay = &examined->attendee->stays[place];

    return (struct stay){
        .joined_after = second_of(examined, stay->joined_after),
        .joined = second_of(examined, stay->joined),
        .left = second_of(examined, stay->left),
        .left_before = second_of(examined, stay->left_before),
    };
}

static void print_case(const struct examined *examined)
{
    print_message("%s, at %d, duration %" PRId64 "\n", examined->person->id, examined->second,
                  examined->attendee->in_meeting_duration);
    for (size_t i = 0; i < examined->attendee->stay_count; i++) {
        struct stay stay = stay_of(examined, i);

        print_message("  %" PRId64 "<%" PRId64 "-%" PRId64 "<%" PRId64 "\n", stay.joined_after, stay.joined,
                      stay.left, stay.left_before);
    }
    print_moves("first device", &examined->person->devices[0]);
    print_moves("second device", &examined->person->devices[1]);
}

/* Stays are in order, and apart. */
static void check_order(const struct examined *examined)
{
    int64_t left = 0;

    for (size_t i = 0; i < examined->attendee->stay_count; i++) {
        struct stay stay = stay_of(examined, i);
        bool is_open = stay.left == UNKNOWN, is_last = i + 1 == examined->attendee->stay_count;

        EXPECT(left <= stay.joined + AGREES, "two stays at a time");
        EXPECT(stay.joined_after <= stay.joined, "came before they could");
        EXPECT(is_open == (stay.left_before == UNKNOWN), "half a leave");
        EXPECT(!is_open || is_last, "an open stay before another");
        EXPECT(is_open || (stay.joined <= stay.left && stay.left <= stay.left_before),
               "went before they came");
        left = stay.left;
    }
}

static bool track_moved(const struct track *track, bool in, int64_t from, int64_t until)
{
    for (int64_t at = from - AGREES; at <= until + AGREES; at++) {
        if (at >= 0 && at <= TRUTH_SECONDS && track->in[at] == in && (at == 0 || track->in[at - 1] != in))
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
static void check_moves(const struct examined *examined)
{
    for (size_t i = 0; i < examined->attendee->stay_count; i++) {
        struct stay stay = stay_of(examined, i);
        int64_t after = stay.joined_after != UNKNOWN ? stay.joined_after : 0;

        EXPECT(moved(examined->person, true, after, stay.joined), "stay %zu: nobody came then", i);
        EXPECT(stay.left == UNKNOWN || moved(examined->person, false, stay.left, stay.left_before),
               "stay %zu: nobody went then", i);
    }
}

static bool ledger_has(const struct examined *examined, int second, int64_t slack)
{
    for (size_t i = 0; i < examined->attendee->stay_count; i++) {
        struct stay stay = stay_of(examined, i);

        if (second >= stay.joined - slack && (stay.left == UNKNOWN || second <= stay.left + slack))
            return true;
    }
    return false;
}

/* An absence that is too short to be told from clocks that differ. */
static bool is_short(const struct examined *examined, int at)
{
    const bool *in = examined->person->any.in;
    int from = at, until = at;

    while (from > 0 && !in[from - 1])
        from--;
    while (until < TRUTH_SECONDS && !in[until])
        until++;
    return from > 0 && until < TRUTH_SECONDS && until - from <= AGREES;
}

/* What a look saw is what the ledger says. */
static void check_looks(const struct examined *examined)
{
    for (int at = 0; at <= examined->second; at++) {
        if (!examined->truth->looked[at])
            continue;
        if (examined->person->any.in[at])
            EXPECT(ledger_has(examined, at, AGREES), "seen in at %d", at);
        else
            EXPECT(!ledger_has(examined, at, -AGREES) || is_short(examined, at), "seen out at %d", at);
    }
}

/* Seconds of absence between two looks at which somebody was in, or before they left for good: short ones
 * cannot be told from clocks that differ. Sets whether there was any move that no look has seen. */
static int64_t blurred(const struct examined *examined, bool *ret_hidden)
{
    const bool *in = examined->person->any.in;
    int64_t blurred = 0, out = 0, out_before_in = 0;
    int moves = 0;
    bool was_in = false;

    *ret_hidden = false;
    for (int at = 1; at <= examined->second; at++) {
        moves += in[at] != in[at - 1];
        out += !in[at];
        if (in[at])
            out_before_in = out;
        if (!examined->truth->looked[at] && at < examined->second)
            continue;
        if (was_in)
            blurred += out_before_in < AGREES ? out_before_in : AGREES;
        *ret_hidden = *ret_hidden || moves > 1;
        was_in = in[at];
        moves = 0;
        out = out_before_in = 0;
    }
    return blurred;
}

/* The truth lies between what is sure and what is possible, and Feishu's figure agrees or the difference is
 * shown. */
static void check_sum(const struct examined *examined)
{
    const struct truth *truth = examined->truth;
    struct attendee_time time =
        attendee_time(examined->attendee, truth->start_s, truth->start_s + examined->second);
    int64_t stayed = examined->person->any.stayed[examined->second];
    bool hidden;
    int64_t slack = AGREES + blurred(examined, &hidden);
    bool one_row = truth->lists_who_left || !truth->row_for_each_device;

    if (!hidden && one_row)
        EXPECT(stayed <= time.possible + AGREES, "%" PRId64 " s are possible: %" PRId64, time.possible,
               stayed);
    if (!hidden || (truth->tells_all_times && truth->lists_who_left && !truth->row_for_each_device))
        EXPECT(stayed >= time.sure - slack, "%" PRId64 " s are not sure: %" PRId64, time.sure, stayed);
    EXPECT(time.difference == UNKNOWN || time.duration - time.sure == time.difference,
           "the difference is wrong");
    EXPECT(time.difference != UNKNOWN || llabs(time.duration - time.sure) <= ATTENDANCE_AGREES_S,
           "a difference is not shown");
}

static const struct attendee *find(const struct meeting *meeting, const char *id)
{
    const struct attendance *attendance = &meeting->attendance;

    for (size_t i = 0; i < attendance->count; i++) {
        if (strcmp(attendance->attendees[i].id, id) == 0)
            return &attendance->attendees[i];
    }
    return NULL;
}

void truth_check(const struct truth *truth, const struct meeting *meeting, int second)
{
    for (int i = 0; i < TRUTH_PEOPLE; i++) {
        struct examined examined = {truth, &truth->people[i], find(meeting, truth->people[i].id), second};

        for (int at = 0; examined.attendee == NULL && at <= second; at++)
            assert_false(truth->looked[at] && examined.person->any.in[at]);
        if (examined.attendee == NULL)
            continue;
        check_order(&examined);
        check_moves(&examined);
        check_looks(&examined);
        check_sum(&examined);
    }
}
