/* JSON text from the socket back into the model. */
#ifndef MEETINGD_WIRE_READ_H
#define MEETINGD_WIRE_READ_H

#include "model/settings.h"

/* Reads io.meetingd's MeetingSettings. Strict: returns -EINVAL, and the name of the member that is unknown or
 * of the wrong type in `ret_member` (a constant, or "meeting_settings" for the whole). The settings are
 * written on success only. */
int wire_read_settings(const char *json, struct meeting_settings *ret, const char **ret_member);

#endif
