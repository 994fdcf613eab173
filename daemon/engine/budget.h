/*
 * budget: by how much looks are stretched so that they fit into what may be spent: the calls that one API
 * takes in a minute and a second, and what is left of the month's quota.
 *
 * There are two classes: what matters now (meetings that are starting, live or overdue) and the rest. Over
 * budget all intervals of a class become longer by one factor, so that nobody starves; the rest keeps a small
 * part of the budget for itself, whatever the first class could use.
 */
#ifndef MEETINGD_ENGINE_BUDGET_H
#define MEETINGD_ENGINE_BUDGET_H

#include <stdint.h>

#include "model/phase.h"
#include "model/plan.h"

enum poll_class {
    POLL_CLASS_NOW,  /* starting, live, overdue */
    POLL_CLASS_REST, /* idle, cooling */
    POLL_CLASSES
};

enum poll_class poll_class_of(enum phase phase);

/* Milliseconds between two looks in a phase, as configured; 0: none. */
int64_t poll_interval_ms(enum phase phase, const struct poll_settings *settings);

/* Calls in a time to come, were they made at the configured intervals. */
struct demand {
    double early; /* between `early` and the start of a slot; belongs to the first class */
    double now;   /* all else of the first class */
    double rest;
};

/* What holds a class back. */
enum budget_limit { BUDGET_FREE, BUDGET_RATE, BUDGET_MONTH };

struct budget {
    const struct poll_settings *settings;
    double calls_per_ms; /* that the limits of the API let through */
    int64_t followed[PHASES];
    double month[POLL_CLASSES]; /* the stretch that the month asks for */
};

/* `settings` are borrowed. Nothing is followed, and the month is not limited. */
void budget_init(struct budget *budget, const struct poll_settings *settings, int64_t rate_per_minute,
                 int64_t rate_per_second);

/* Other intervals, borrowed too. */
void budget_set_poll(struct budget *budget, const struct poll_settings *settings);

/* A reservation has come into a phase, or left it. Done is no phase in which anything is followed. */
void budget_enter(struct budget *budget, enum phase phase);
void budget_leave(struct budget *budget, enum phase phase);

/* What is left of the month: `calls` for looks, which would take `demand` at the configured intervals.
 * INFINITY: no limit. */
void budget_set_month(struct budget *budget, const struct demand *demand, double calls);

/* The factor of a class, at least 1, at most BUDGET_STRETCH_MAX; `ret_limit` says why, and may be NULL. */
double budget_stretch(const struct budget *budget, enum poll_class class, enum budget_limit *ret_limit);

#define BUDGET_STRETCH_MAX 10000.0

#endif
