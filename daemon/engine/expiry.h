/*
 * expiry: until when a reservation is to be kept. Feishu's end_time is the reservation's expiry, at most 30
 * days from the moment of the call (feishu-api.md 1.2); after it the meeting number is released.
 */
#ifndef MEETINGD_ENGINE_EXPIRY_H
#define MEETINGD_ENGINE_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/plan.h"
#include "model/reservation.h"

#define EXPIRY_MAX_S (INT64_C(30) * 24 * 3600)

/* For clocks that differ, and for a call that waits. */
#define EXPIRY_MARGIN_S INT64_C(3600)

/* A reservation that is to be kept for longer than Feishu takes at once is renewed when so much is left. */
#define EXPIRY_RENEW_S (INT64_C(15) * 24 * 3600)

/* One whose meeting goes on gets so much more when so little is left. */
#define EXPIRY_EXTEND_BEFORE_S INT64_C(900)
#define EXPIRY_EXTEND_BY_S     INT64_C(3600)

/* A change of the expiry. */
struct expiry_change {
    int64_t end_time; /* what Feishu is told, Unix seconds; UNKNOWN: nothing */
    int64_t applied;  /* what counts as applied from the file then */
    int64_t again_at; /* Unix seconds at which there may be a change; UNKNOWN: not by the clock */
    bool renews;      /* only so that it does not run out */
};

/* The first instant (Unix seconds) at which a planned reservation is made: create_ahead before its start, and
 * not before its whole slot with the time after it fits into what Feishu takes. */
int64_t expiry_create_at(const struct plan *plan, const struct reservation *reservation);

/* The expiry of a reservation that is made at `now_s`: the slot's end and expire_after; of a standing one, as
 * late as Feishu takes, but not beyond the plan's last occurrence. */
int64_t expiry_at_creation(const struct plan *plan, const struct reservation *reservation, int64_t now_s);

/* How the expiry of one that exists is to be changed at `now_s` for what its plan says. */
struct expiry_change expiry_for_plan(const struct plan *plan, const struct reservation *reservation,
                                     bool meeting_in_progress, int64_t now_s);

/* The same, so that the meeting under it does not lose its reservation. */
struct expiry_change expiry_for_meeting(const struct reservation *reservation, int64_t now_s);

#endif
