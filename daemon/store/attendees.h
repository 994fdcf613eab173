/* The attendance of a meeting as rows. */
#ifndef MEETINGD_STORE_ATTENDEES_H
#define MEETINGD_STORE_ATTENDEES_H

#include "store/records.h"

/* Writes who was in the meeting that stands at `place`: rows that are as they were are left alone. An
 * attendee never has fewer stays or roles than were written before. */
int attendees_put(struct records *records, int64_t place, const struct attendance *attendance,
                  struct error *error);

/* Adds them to the attendance, which has none yet. */
int attendees_read(struct records *records, int64_t place, struct attendance *attendance,
                   struct error *error);

#endif
