/* What changed between two looks at a meeting. */
#ifndef MEETINGD_ENGINE_CHANGES_H
#define MEETINGD_ENGINE_CHANGES_H

#include "model/event.h"
#include "model/meeting.h"

/* `told` is called with participant_joined and participant_left for everyone who came in or went since
 * `before` (NULL: everyone who is in came in), in the order of the list; participants are known by id and
 * user_type, and one without an id by nothing, so such are only counted by the meeting. The participant
 * belongs to `after`, or to `before` where it vanished from the list. */
void changes_of_participants(const struct meeting *before, const struct meeting *after,
                             void (*told)(void *data, enum event_kind kind,
                                          const struct participant *participant),
                             void *data);

#endif
