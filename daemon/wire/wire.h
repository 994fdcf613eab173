/*
 * wire: records and events as JSON text, once, for the socket and for hooks. The text is that of one JSON
 * object, compact, with the names of io.meetingd's types; what is not known is left out.
 */
#ifndef MEETINGD_WIRE_WIRE_H
#define MEETINGD_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/str.h"
#include "model/event.h"
#include "model/meeting.h"
#include "model/phase.h"
#include "model/reservation.h"

/* Who reads decides whether meeting passwords are in the text. */
enum wire_secrets { WIRE_WITHOUT_PASSWORDS, WIRE_WITH_PASSWORDS };

enum wire_detail { WIRE_WITHOUT_PARTICIPANTS, WIRE_WITH_PARTICIPANTS, WIRE_WITH_ATTENDANCE };

/* A meeting with what is known of its polling. */
struct wire_meeting {
    const struct meeting *meeting;
    struct following following;
    bool stale;
    int64_t now_s; /* whoever is in the room stays until then */
};

/* A reservation with the same. */
struct wire_followed {
    const struct reservation *reservation;
    struct following following;
    bool stale;
};

/* Each appends one object to `out`. */
void wire_followed(struct buffer *out, const struct wire_followed *followed, enum wire_secrets secrets);
void wire_reservation(struct buffer *out, const struct reservation *reservation, enum wire_secrets secrets);
void wire_meeting(struct buffer *out, const struct wire_meeting *meeting, enum wire_detail detail,
                  enum wire_secrets secrets);

/* One row of a meeting's attendance; whoever is in the room stays until now_s. */
void wire_attendance(struct buffer *out, const struct meeting *meeting, const struct attendee *attendee,
                     int64_t now_s);

/* `reservation` and `meeting` belong to the event's; NULL where it has none. */
void wire_event(struct buffer *out, const struct event *event, const struct wire_followed *reservation,
                const struct wire_meeting *meeting, enum wire_secrets secrets);

/* What is done at Feishu, or would be done. */
struct wire_action {
    const char *action;
    const char *name, *occurrence, *reserve_id; /* NULL: none */
    int64_t at;
    int calls;
    const char *reason;
};
void wire_action(struct buffer *out, const struct wire_action *action);

/* An array of strings. */
void wire_strings(struct buffer *out, const struct string_list *list);

/* A JSON string with its quotes; "null" for NULL. */
void wire_string(struct buffer *out, const char *text);

#endif
