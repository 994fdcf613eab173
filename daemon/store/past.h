/*
 * What the store holds of the past, asked for in slices: a slice is one short transaction, so that a long
 * list neither keeps the log from being written back nor fills memory. Whoever wants more asks again behind
 * the last one that they got.
 */
#ifndef MEETINGD_STORE_PAST_H
#define MEETINGD_STORE_PAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/meeting.h"
#include "model/reservation.h"

enum past_kind {
    PAST_RESERVATIONS, /* by start, those without one last; then by key */
    PAST_MEETINGS,     /* the newest first, those without a start last; then by id, backwards */

    /* One or none: */
    PAST_RESERVATION_OF_NAME, /* a plan's last */
    PAST_RESERVATION_OF_OCCURRENCE,
    PAST_RESERVATION_OF_RESERVE_ID,
    PAST_MEETING_OF_ID,
    PAST_MEETING_OF_RESERVE_ID, /* its last */
    PAST_KINDS
};

/* What is read with a meeting, beside its own columns. */
enum {
    MEETING_WITH_PARTICIPANTS = 1 << 0,
    MEETING_WITH_ATTENDANCE = 1 << 1,
    MEETING_WHOLE = MEETING_WITH_PARTICIPANTS | MEETING_WITH_ATTENDANCE
};

struct past_question {
    enum past_kind kind;
    const char *text; /* what the kind names; of a list the plan, NULL: any */
    unsigned with;    /* MEETING_WITH_… */

    /* Of a list. */
    int64_t since, until; /* Unix seconds, of what touches that time; UNKNOWN: no bound */
    const char *after;    /* go on behind the one with this key or id; NULL: from the beginning */
    int64_t after_start;  /* and this start; UNKNOWN: it had none */
    size_t most;          /* fewer come where there are no more, or they have many attendees */
};

/* Of what was asked for; a slot that is set to NULL has been taken. */
struct past_answer {
    struct reservation **reservations;
    struct meeting **meetings;
    size_t count;
    bool complete; /* there is nothing behind these */
};

void past_answer_fini(struct past_answer *answer);

/* From when to when one is in a list's time: Unix seconds, UNKNOWN where nothing is known of it. */
int64_t past_reservation_begin(const struct reservation *reservation);
int64_t past_reservation_end(const struct reservation *reservation);
int64_t past_meeting_begin(const struct meeting *meeting);
int64_t past_meeting_end(const struct meeting *meeting);

/* Whether something is in such a time. */
bool past_in_time(int64_t begin, int64_t end, int64_t since, int64_t until);

#endif
