/*
 * A file of things that happen by themselves, each at its time: {"set": {...}, "reservations": [...],
 * "events": [...]}. An event about a reservation that is not there yet waits for it, and those about the same
 * reservation behind it wait with it.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/error.h"
#include "sim/sim.h"

/* Reads the file, does what it has for the start, and starts the clock of its events. */
int scenario_new(struct scenario **ret, struct sim *sim, const char *path, struct error *error);

/* NULL is fine. */
void scenario_free(struct scenario *scenario);

/* A reservation was made: somebody may have waited for it. NULL is fine. */
void scenario_reserved(struct scenario *scenario);

/* Events that are still to come; 0 for NULL. */
int64_t scenario_waiting(const struct scenario *scenario);

#endif
