/* How calls are spent, and why, as JSON text (io.meetingd.Quota, io.meetingd.Explanation). */
#ifndef MEETINGD_WIRE_QUOTA_H
#define MEETINGD_WIRE_QUOTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "model/phase.h"
#include "model/reservation.h"

struct wire_api_calls {
    const char *api;
    int64_t calls;
};

struct wire_app_quota {
    const char *app;
    const char *app_id;
    const char *base_url;
    int64_t month; /* 202611 */
    int64_t started_at, ends_at;
    int64_t monthly_calls; /* UNKNOWN: no limit */
    int64_t monthly_share; /* UNKNOWN without a limit */
    int64_t limit;         /* the same */
    int64_t used, kept, forecast, expected;
    double stretch_now, stretch_rest;
    bool spent;
    struct wire_api_calls *by_api;
    size_t by_api_count;
};

struct wire_plan_quota {
    const char *name;
    const char *app;
    int64_t used, forecast;
};

struct wire_quota {
    const struct wire_app_quota *apps;
    size_t app_count;
    const struct wire_plan_quota *plans;
    size_t plan_count;
};

void wire_quota(struct buffer *out, const struct wire_quota *quota);

struct wire_explanation {
    const struct reservation *reservation;
    struct following following;
    int64_t configured_ms; /* the interval of the phase, as configured; 0: none */
    double stretch;
    const char *reason;
    const char *held_back; /* NULL: nothing */
    int64_t calls;
};

void wire_explanation(struct buffer *out, const struct wire_explanation *explanation);

#endif
