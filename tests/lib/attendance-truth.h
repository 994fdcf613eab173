/*
 * The truth about who was in a made-up meeting, second by second, and whether a ledger says nothing else.
 */
#ifndef MEETINGD_TESTS_ATTENDANCE_TRUTH_H
#define MEETINGD_TESTS_ATTENDANCE_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/meeting.h"

enum { TRUTH_SECONDS = 1500, TRUTH_PEOPLE = 60, TRUTH_DEVICES = 2 };

/* One device, or all of somebody's together, at each second. */
struct track {
    bool in[TRUTH_SECONDS + 1];
    int32_t first[TRUTH_SECONDS + 1], last[TRUTH_SECONDS + 1], stayed[TRUTH_SECONDS + 1]; /* as known then */
};

struct person {
    char id[16];
    struct track devices[TRUTH_DEVICES];
    struct track any;
};

struct truth {
    uint64_t random;
    int64_t start_s; /* Unix seconds of second 0 */
    struct person people[TRUTH_PEOPLE];
    bool looked[TRUTH_SECONDS + 1]; /* to be set for each look that had the list */
    int64_t joins;

    /* How Feishu tells it. */
    bool row_for_each_device; /* with an own first_join_time and so on */
    bool lists_who_left;
    bool tells_all_times; /* and its durations run with the clock */
};

/* People who come and go at random. The caller frees it. */
struct truth *truth_new(uint64_t seed, int64_t start_s);

/* Less than `sides`. */
uint32_t truth_dice(struct truth *truth, uint32_t sides);

/* Fails the test where the meeting's attendance is not true at a second: each join and leave within its
 * bounds, every look's finding in it, the sums, and differences shown. */
void truth_check(const struct truth *truth, const struct meeting *meeting, int second);

#endif
