/* A change, as listeners get it: what it was, when, and the thing as it stands after it. */
#ifndef MEETINGD_MODEL_EVENT_H
#define MEETINGD_MODEL_EVENT_H

#include <stdint.h>

#include "model/meeting.h"
#include "model/reservation.h"

enum event_kind {
    EVENT_RESERVATION_CREATED,
    EVENT_RESERVATION_UPDATED,
    EVENT_RESERVATION_DELETED,
    EVENT_RESERVATION_UNCERTAIN,
    EVENT_RESERVATION_FAILED,
    EVENT_RESERVATION_EXPIRED,
    EVENT_MEETING_STARTED,
    EVENT_MEETING_CHANGED,
    EVENT_MEETING_ENDED,
    EVENT_PARTICIPANT_JOINED,
    EVENT_PARTICIPANT_LEFT,
    EVENT_CONFIGURATION_RELOADED, /* about nothing else */
    EVENT_HOST_MISSING,           /* the meeting has gone on for a while without a host in it */
    EVENT_NO_SHOW,                /* the occurrence is over, and nobody came */
    EVENT_KINDS
};

/* What Feishu says differently than before: of the meeting, or of one in its list. Numbers and booleans are
 * written as in JSON. */
struct event_change {
    const char *field; /* as the meeting or the participant has it; constant */
    bool participant;
    char *id; /* of the participant; NULL: not told */
    int64_t user_type;
    char *before; /* NULL: was not known; the same for a password, which is not told here */
    char *after;
};

struct event_changes {
    struct event_change *items;
    size_t count;
};

/* A new one at the end, which says nothing yet; valid until the next is added. */
struct event_change *event_changes_add(struct event_changes *changes, const char *field);
void event_changes_fini(struct event_changes *changes);

/* Borrows what it is about; members that do not apply are NULL. */
struct event {
    uint64_t sequence; /* grows by one with each change, also across restarts (with gaps) */
    int64_t time;      /* Unix ms */
    enum event_kind kind;
    const struct reservation *reservation;
    const struct meeting *meeting;
    const struct participant *participant;
    const struct attendee *attendee;     /* the participant's row of the meeting's attendance */
    const struct event_changes *changes; /* of the meeting */
};

/* The name of the plan that it is about; borrowed, NULL: none. */
const char *event_plan_name(const struct event *event);

/* "reservation_created", … as product.md section 4 writes them. */
const char *event_kind_name(enum event_kind kind);

#endif
