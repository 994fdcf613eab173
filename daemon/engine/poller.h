/*
 * engine: decisions, pure: state and the time in, what to do and when out. No loop, no I/O, no clock of its
 * own.
 *
 * poller: in which phase a reservation is and when it is looked at next; budget: how far looks have to be
 * stretched; forecast: what a month of them costs.
 */
#ifndef MEETINGD_ENGINE_POLLER_H
#define MEETINGD_ENGINE_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/budget.h"
#include "model/meeting.h"
#include "model/phase.h"
#include "model/plan.h"
#include "model/reservation.h"

/* So long after the slot's end people are expected to come back; then nothing is expected any more. */
#define POLLER_COOLING_MAX_S INT64_C(3600)

/* The phase at `now_s` (Unix seconds). `active` is the meeting in progress, or NULL. A reservation can be
 * looked at once it exists and until it expires or is deleted. */
enum phase poller_phase(const struct reservation *reservation, const struct meeting *active,
                        const struct poll_settings *settings, int64_t now_s);

/* How a reservation has been looked at so far, and what may be spent on it. */
struct pace {
    int64_t last_look_ms;         /* Unix ms, good or not; UNKNOWN: there was no look yet */
    int failures;                 /* looks in a row that got no answer */
    double stretch[POLL_CLASSES]; /* at least 1 */
    int64_t renewed_ms; /* Unix ms at which there is a new month to spend; UNKNOWN: does not matter */
    uint32_t random;
};

/* Milliseconds between two looks in a phase, stretched; 0: none. */
int64_t poller_interval_ms(enum phase phase, const struct poll_settings *settings, const struct pace *pace);

/*
 * When to look next (Unix ms), or UNKNOWN for never: about an interval after the last look, or after the next
 * change of phase by the clock, whichever is first; at once where there was no look yet. Many that follow the
 * same timetable are spread by `random`: each interval by a twentieth, the first look in a phase over a whole
 * interval of it, and looks for which nothing is urgent keep away from the full and the half hour
 * (feishu-api.md 4). Over budget, looks before a slot's start begin later by the same factor by which
 * intervals grow; none waits for longer than an interval of the phase once there is a new month to spend.
 * Failures make the interval longer, up to five minutes.
 */
int64_t poller_next_ms(const struct reservation *reservation, const struct meeting *active,
                       const struct poll_settings *settings, const struct pace *pace, int64_t now_ms);

/* Whether figures seen at `observed_at_ms` are older than they should be: more than two intervals of the
 * phase and half a minute. A meeting that has ended does not age. */
bool poller_stale(const struct meeting *meeting, const struct following *following, int64_t now_ms);

/* The same of what is known of a reservation; one that is not looked at does not age. */
bool poller_reservation_stale(const struct reservation *reservation, const struct following *following,
                              int64_t now_ms);

/* From when on (Unix ms) each of these is so, as long as nothing but the clock changes; INT64_MAX: never. */
int64_t poller_stale_from(const struct meeting *meeting, const struct following *following);
int64_t poller_reservation_stale_from(const struct reservation *reservation,
                                      const struct following *following);

#endif
