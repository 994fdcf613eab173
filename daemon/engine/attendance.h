/*
 * The ledger of who was in a meeting. Feishu tells a list, which is a snapshot, and for each in it three
 * times: first_join_time, final_leave_time and in_meeting_duration. Each look at it goes into the ledger that
 * the looks before have made.
 *
 * Who came between two looks was let in between them, and so on; Feishu's times say it more exactly wherever
 * they agree with the looks. How much in_meeting_duration has grown says how long somebody was in between two
 * looks, and so shows who left and came back unseen. Times that make no sense are passed over.
 *
 * One attendee is one id and user_type, whatever devices they come with; without an id, one user_type and
 * first_join_time. They come and go by whether any device of theirs is in.
 */
#ifndef MEETINGD_ENGINE_ATTENDANCE_H
#define MEETINGD_ENGINE_ATTENDANCE_H

#include "model/meeting.h"

/* More attendees of a meeting than this, and more stays or roles of one of them, are not written down. */
#define ATTENDEES_MAX 10000
#define STAYS_MAX     1000

/* Takes what Feishu said of a meeting at its observed_at into its attendance, which is the one of the look
 * before. Without a list (it was not asked for, or did not come) nothing is known of who came or went; but a
 * meeting that has ended everybody has left. */
void attendance_look(struct meeting *meeting);

/* The same where Feishu said only that the meeting goes on no more: its list is that of the look before. */
void attendance_end(struct meeting *meeting);

/* The row of an attendee in a meeting's list, one that is in where there is one; NULL: none. */
const struct participant *attendance_row(const struct meeting *meeting, const struct attendee *attendee);

#endif
