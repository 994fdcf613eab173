/* What changed between two looks at a meeting. */
#ifndef MEETINGD_ENGINE_CHANGES_H
#define MEETINGD_ENGINE_CHANGES_H

#include "model/event.h"
#include "model/meeting.h"

/* What Feishu said of the meeting that it did not say before, but for durations, which always differ: none
 * where nothing changed. `changes` is empty before. */
void changes_of_meeting(const struct meeting *before, const struct meeting *after,
                        struct event_changes *changes);

/* `told` is called with participant_joined and participant_left for everyone who came into the room or went
 * between the two, by the attendance of each (`before` NULL: everyone who is in came in), in the attendance's
 * order. The participant is their row in the list of `after`, or that of `before` where it vanished. */
void changes_of_participants(const struct meeting *before, const struct meeting *after,
                             void (*told)(void *data, enum event_kind kind, const struct attendee *attendee,
                                          const struct participant *participant),
                             void *data);

#endif
