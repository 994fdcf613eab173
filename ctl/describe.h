/* Reservations and meetings in words: as lines of "label: value", and as what tables say of them. */
#ifndef MEETINGCTL_DESCRIBE_H
#define MEETINGCTL_DESCRIBE_H

#include "ctl.h"
#include "table.h"

/* One line, with the value wrapped to the width. */
void describe_line(struct ctl *ctl, const char *label, enum style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A heading with a dot in the colour of how things are. */
void describe_heading(struct ctl *ctl, enum style style, const char *text);

/* A sentence below a table, wrapped to the width. */
void describe_note(struct ctl *ctl, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Everything about a reservation. */
void describe_reservation(struct ctl *ctl, struct json_object *reservation);

/* Everything about a meeting, but its participants. */
void describe_meeting(struct ctl *ctl, struct json_object *meeting);

/* A meeting's participants as a table; those in the room first. */
void describe_participants(struct ctl *ctl, struct json_object *meeting);

/* What a reservation is called: its occurrence, else the plan's name, its id, its topic. Borrowed; never
 * NULL. */
const char *describe_name(struct json_object *reservation);

/* "5s", or "-": how old the figures of a thing are. Returns `text`. */
char *describe_age(const struct ctl *ctl, struct json_object *thing, char text[TIMES_TEXT_SIZE]);

/* The next cell: how many are in a meeting (which may be NULL), "2", "2 stale" or "-". */
void describe_room_cell(struct table *table, struct json_object *meeting);

/* The name of a function that a meeting can use, by the member of its ability; NULL: that is none. */
const char *describe_ability(const char *member);

enum style describe_state_style(const char *state);

/* "live", "calling", "ended", or "-". */
const char *describe_meeting_state(struct json_object *meeting);

/* "lark", "rooms", …, as the configuration has them. Returns `text` or a constant. */
#define USER_TYPE_SIZE 24
const char *describe_user_type(struct json_object *user, char text[USER_TYPE_SIZE]);

/* How long a meeting has lasted, or did; "-" where that is not known. Returns `text`. */
char *describe_length(const struct ctl *ctl, struct json_object *meeting, char text[TIMES_TEXT_SIZE]);

#endif
