/* A meeting and its participants, as get_active_meeting tells them (feishu-api.md 1.7). */
#ifndef MEETINGD_MODEL_MEETING_H
#define MEETINGD_MODEL_MEETING_H

#include <stdbool.h>
#include <stddef.h>

#include "model/attendance.h"
#include "model/model.h"

enum { MEETING_CALLING = 1, MEETING_IN_PROGRESS = 2, MEETING_ENDED = 3 };

enum { PARTICIPANT_CALLING = 1, PARTICIPANT_IN_MEETING = 2, PARTICIPANT_RINGING = 3, PARTICIPANT_LEFT = 4 };

struct participant {
    char *id;          /* may be NULL: Feishu leaves it out for some phones */
    int64_t user_type; /* USER_TYPE_…; UNKNOWN: not told */
    int64_t first_join_time;
    int64_t final_leave_time;    /* Unix seconds; UNKNOWN while in the meeting or not told */
    int64_t in_meeting_duration; /* seconds */
    enum flag is_host;
    enum flag is_cohost;
    enum flag is_external;
    int64_t status; /* PARTICIPANT_…; UNKNOWN: not told */
};

/* Which of a meeting's functions have been used. */
struct ability {
    enum flag use_video;
    enum flag use_audio;
    enum flag use_share_screen;
    enum flag use_follow_screen;
    enum flag use_recording;
    enum flag use_pstn;
};

struct meeting {
    char *id; /* never the 9-digit number */

    /* Where it belongs. */
    char *app;
    char *reservation; /* the key of its reservation */
    char *reserve_id;
    char *name;       /* the plan's; NULL: none */
    char *occurrence; /* NULL: none */

    /* What Feishu said. */
    char *topic;
    char *url;
    char *meeting_no;
    char *password; /* secret */
    int64_t create_time;
    int64_t start_time;
    int64_t end_time;   /* UNKNOWN while it goes on: what Feishu then puts there means nothing */
    char *host_user_id; /* NULL: no host told */
    int64_t host_user_type;
    enum flag meeting_connect;
    int64_t status;            /* MEETING_… */
    int64_t participant_count; /* Feishu's: a peak, not who is in now */
    int64_t participant_count_accumulated;
    bool participants_known; /* the list was asked for and came */
    struct participant *participants;
    size_t participants_count;
    size_t participants_room; /* for how many there is memory */
    struct ability ability;

    /* What follows from it. */
    int64_t in_meeting;  /* participants with status 2, at the last look; UNKNOWN without a list */
    int64_t peak;        /* the most that were in at once, as far as seen or told */
    int64_t observed_at; /* Unix ms */
    struct attendance attendance;
};

struct meeting *meeting_new(const char *id);
struct meeting *meeting_free(struct meeting *meeting);
struct meeting *meeting_copy(const struct meeting *meeting);

/* A new, empty participant at the end of the list; valid until the next one is added. */
struct participant *meeting_add_participant(struct meeting *meeting);

/* Counts in_meeting from the participants and raises peak to it. */
void meeting_count(struct meeting *meeting);

/* Unix seconds up to which it has lasted: its end, or now_s while it goes on. */
int64_t meeting_until(const struct meeting *meeting, int64_t now_s);

void participant_copy(struct participant *to, const struct participant *from);
void participant_fini(struct participant *participant);

#endif
