/* Inside wire: an attendee's object. */
#ifndef MEETINGD_WIRE_ATTENDANCE_H
#define MEETINGD_WIRE_ATTENDANCE_H

#include <json-c/json.h>

#include "model/meeting.h"

/* The caller's. */
struct json_object *attendance_object(const struct meeting *meeting, const struct attendee *attendee,
                                      int64_t now_s);

#endif
