/*
 * Who is not there: a meeting that goes on without a host, and an occurrence to which nobody came. Both are
 * told from what looks have found; a word that is late is better than one that is wrong.
 */
#ifndef MEETINGD_ENGINE_ABSENCE_H
#define MEETINGD_ENGINE_ABSENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/meeting.h"
#include "model/reservation.h"

/* A meeting goes on for so long without a host until that is told. */
#define ABSENCE_HOST_MS (5 * INT64_C(60000))

/* Between two looks that are further apart than this, people may have come and gone. */
#define ABSENCE_GAP_MS (2 * INT64_C(60000))

/* The time since which a meeting has been without a host. All zero: no meeting was looked at. */
struct host_watch {
    char *meeting_id;
    int64_t missing_ms; /* Unix ms of the first look of the stretch; UNKNOWN: nobody misses one */
    int64_t looked_ms;  /* of the last one */
    bool told;          /* this stretch was */
};

/* Takes over what a look at a meeting has found. Returns whether it is to be told now that its host is
 * missing: once for each stretch in which people are there without one. A look without the list of
 * participants, or one that tells of nobody whether they are the host, says nothing, and after a time without
 * looks, in which a host may have come, the five minutes begin anew. */
bool host_watch_look(struct host_watch *watch, const struct meeting *meeting, int64_t now_ms);
void host_watch_fini(struct host_watch *watch);

/* Looks under a reservation, without a gap. */
struct slot_watch {
    int64_t since_ms;  /* Unix ms of the first one; UNKNOWN: there was none */
    int64_t looked_ms; /* of the last one */
    int64_t
        watched;  /* the end (Unix seconds) of the last slot that was watched from its start; UNKNOWN: none */
    int64_t told; /* the end of the last slot that was told of; UNKNOWN: none */
};

void slot_watch_init(struct slot_watch *watch);

/* Takes note of a look that Feishu has answered. */
void slot_watch_look(struct slot_watch *watch, const struct reservation *reservation, int64_t now_ms);

/* The reservation's slot is over: it counts as watched where the last look was a short time before. */
void slot_watch_close(struct slot_watch *watch, const struct reservation *reservation, int64_t now_ms);

/* Whether it is to be told now that nobody came: the reservation's slot is over, and looks in all of it have
 * found no meeting; once for each slot. */
bool absence_by_looks(struct slot_watch *watch, const struct reservation *reservation);

/* When an occurrence has been for good (Unix seconds): nobody is expected back, or it expires. */
int64_t absence_over_at(const struct reservation *reservation);

/* Whether an occurrence was made, and no meeting of it is known. */
bool absence_is_unattended(const struct reservation *reservation);

/* What is known now of Feishu's own list of meetings; Unix seconds. */
struct absence_known {
    int64_t from;  /* all meetings since then, */
    int64_t until; /* and up to then; */
    int64_t told;  /* what was over by then was settled before */
};

/* Whether it is to be told now that nobody came, as Feishu says; once for each slot, which looks may have
 * told already. */
bool absence_by_history(struct slot_watch *watch, const struct reservation *reservation,
                        const struct absence_known *known);

#endif
