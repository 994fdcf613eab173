/*
 * A month, or an hour, of meetings that are followed by the real poller, budget, ledger and gate, on a clock
 * of its own, against a model of Feishu: what tests/bench/poll-sim prints, and what tests hold it to.
 */
#ifndef MEETINGD_TESTS_POLL_HOUSE_H
#define MEETINGD_TESTS_POLL_HOUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/poll-feishu.h"

enum poll_event { POLL_EVENT_START, POLL_EVENT_END, POLL_EVENT_JOIN, POLL_EVENT_LEAVE, POLL_EVENTS };

struct poll_scenario {
    int plans;             /* one meeting a working day each */
    int64_t monthly_calls; /* 0: no limit */
    int64_t monthly_share; /* per cent */
    int64_t days;          /* from the first of a month */
    /* In place of plans: so many meetings that go on from the start to the end. */
    int live;
    int64_t live_ms;
    bool together; /* they all begin in the middle of that time, at once, as their slots do */
    uint32_t seed;
};

/* Something that happened, and when it was seen. */
struct poll_moment {
    int slot;
    enum poll_event kind;
    int64_t at_ms;    /* Unix ms */
    int64_t delay_ms; /* until it was seen; UNKNOWN: never */
};

struct poll_slot_life {
    int64_t made_ms, early_ms, expires_ms;
};

struct poll_outcome {
    struct poll_feishu_counts feishu;
    struct poll_moment *moments; /* by slot, then by time */
    size_t moment_count;
    struct poll_slot_life *slots;
    size_t slot_count;
    uint64_t meetings;
    uint64_t unseen;     /* meetings that no look found in progress */
    double age_ms;       /* mean, of the head-count while a meeting goes on */
    int64_t longest_ms;  /* the longest time between two looks at a meeting in progress */
    uint64_t wakes;      /* of the clock */
    uint64_t idle_wakes; /* those that brought about nothing */
    int64_t limit;       /* calls a month; UNKNOWN: none */
    uint64_t created, never_created;
};

void poll_house_run(const struct poll_scenario *scenario, struct poll_outcome *ret);
void poll_outcome_fini(struct poll_outcome *outcome);

/* Delays of one kind in ascending order; the caller frees them. Those that were never seen are left out. */
int64_t *poll_outcome_delays(const struct poll_outcome *outcome, enum poll_event kind, size_t *ret_count);

#endif
