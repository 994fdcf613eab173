/* libical 3.0.16 keeps zones, and how it names them, in tables that all threads share and fills them without
 * a lock. Whoever lets it look there holds this one. */
#ifndef MEETINGD_MODEL_SCHEDULE_LOCK_H
#define MEETINGD_MODEL_SCHEDULE_LOCK_H

void schedule_lock(void);
void schedule_unlock(void);

#endif
