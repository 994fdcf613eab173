/*
 * engine: decisions, pure: state and the time in, what to do and when out. No loop, no I/O, no clock of its
 * own.
 *
 * poller: in which phase a reservation is and when it is looked at next.
 */
#ifndef MEETINGD_ENGINE_POLLER_H
#define MEETINGD_ENGINE_POLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/meeting.h"
#include "model/phase.h"
#include "model/plan.h"
#include "model/reservation.h"

/* The phase at `now_s` (Unix seconds). `active` is the meeting in progress, or NULL. A reservation can be
 * looked at once it exists and until it expires or is deleted. */
enum phase poller_phase(const struct reservation *reservation, const struct meeting *active,
                        const struct poll_settings *settings, int64_t now_s);

/* Milliseconds between two looks in a phase; 0: none. */
int64_t poller_interval_ms(enum phase phase, const struct poll_settings *settings);

/*
 * When to look next (Unix ms), or UNKNOWN for never: an interval after the last look, or at the next change
 * of phase by the clock, whichever is first; at once where there was no look yet. `failures` looks in a row
 * that got no answer make the interval longer, up to five minutes, with `random` jitter.
 */
int64_t poller_next_ms(const struct reservation *reservation, const struct meeting *active,
                       const struct poll_settings *settings, int64_t last_look_ms, int failures,
                       uint32_t random, int64_t now_ms);

/* Whether figures seen at `observed_at_ms` are older than they should be: more than two intervals of the
 * phase and half a minute. A meeting that has ended does not age. */
bool poller_stale(const struct meeting *meeting, const struct following *following, int64_t now_ms);

#endif
