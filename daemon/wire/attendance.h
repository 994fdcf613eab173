/* Inside wire: an attendee's object. */
#ifndef MEETINGD_WIRE_ATTENDANCE_H
#define MEETINGD_WIRE_ATTENDANCE_H

#include <json-c/json.h>

#include "model/meeting.h"

/* The caller's. */
struct json_object *attendance_object(const struct meeting *meeting, const struct attendee *attendee,
                                      int64_t now_s);

/* Adds what the attendance of a meeting comes to, as of the last look. */
void attendance_add_figures(struct json_object *object, const struct meeting *meeting);

/* Adds a row for each attendee, as of now_s. */
void attendance_add_rows(struct json_object *object, const struct meeting *meeting, int64_t now_s);

#endif
