/* The daemon's own state as JSON text (io.meetingd.Status). */
#ifndef MEETINGD_WIRE_STATUS_H
#define MEETINGD_WIRE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/str.h"
#include "model/model.h"
#include "model/reservation.h"

struct wire_api {
    const char *api;
    int64_t answered_at;
    struct problem refused; /* borrowed texts; message NULL: it is not */
};

struct wire_app {
    const char *name;
    const char *base_url;
    const char *token; /* "none", "valid", "refused" */
    int64_t token_expires_at;
    int64_t rate_per_minute, rate_per_second;
    int64_t calls;
    int64_t waiting;
    int64_t under_way;
    int64_t paused_until;
    int64_t last_success_at;
    int64_t month_used, month_limit, month_forecast; /* calls; the limit UNKNOWN: none */
    struct problem last_error;                       /* borrowed texts; message NULL: none */
    bool clock_known;
    int64_t clock_ahead;   /* seconds */
    struct wire_api *apis; /* borrowed */
    size_t api_count;
};

struct wire_status {
    const char *version;
    int64_t pid, started_at, uptime;
    bool healthy;
    const char *health;
    int64_t sequence;
    const struct wire_app *apps;
    size_t app_count;
    int64_t plans, meetings, live, participants, problems;
    int64_t reservations[RESERVATION_STATES];
    struct {
        const char *path;
        bool failing;
        const char *error; /* NULL: none */
        int64_t written, failed, waiting, slowest_ms, busy_ms;
    } store;
    struct {
        int64_t connections, accepted, refused, requests;
    } socket;
    const char *configuration;
    int64_t loaded_at;
    bool operator; /* whether whoever asks is one */
    struct {
        int64_t at; /* 0: there was none */
        const struct string_list *problems, *restart;
    } last_reload;
};

void wire_status(struct buffer *out, const struct wire_status *status);

#endif
