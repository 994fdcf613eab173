#include "store/tables.h"

#include "base/base.h"
#include "model/meeting.h"
#include "model/reservation.h"

/* The type follows from the member's; a state, which the compiler takes for a flag, says so itself. */
#define TYPE_OF(structure, member)                                                                           \
    _Generic(((structure *)0)->member, char *                                                                \
             : COLUMN_TEXT, int64_t                                                                          \
             : COLUMN_INTEGER, int                                                                           \
             : COLUMN_INT, bool                                                                              \
             : COLUMN_BOOL, enum flag                                                                        \
             : COLUMN_FLAG)

#define NAMED(name, structure, member)                                                                       \
    {                                                                                                        \
        name, TYPE_OF(structure, member), offsetof(structure, member)                                        \
    }

#define COLUMNS(items)                                                                                       \
    {                                                                                                        \
        items, ELEMENTS(items)                                                                               \
    }

#define MEMBER(member)  NAMED(#member, struct reservation, member)
#define SETTING(member) NAMED("meeting_settings_" #member, struct reservation, meeting_settings.member)
#define PROBLEM(member) NAMED("problem_" #member, struct reservation, problem.member)

static const struct column reservation_items[] = {
    MEMBER(key),
    MEMBER(name),
    MEMBER(occurrence),
    MEMBER(app),
    MEMBER(adopted),
    MEMBER(owner_id),
    MEMBER(start_time),
    MEMBER(end_time),
    SETTING(topic),
    SETTING(action_permissions_set),
    SETTING(meeting_initial_type),
    SETTING(meeting_connect),
    SETTING(auto_record),
    SETTING(assign_host_list_set),
    SETTING(password),
    {"state", COLUMN_STATE, offsetof(struct reservation, state)},
    PROBLEM(code),
    PROBLEM(message),
    PROBLEM(log_id),
    PROBLEM(at),
    PROBLEM(retry_at),
    MEMBER(attempted_at),
    MEMBER(attempts),
    MEMBER(repeated),
    MEMBER(reserve_id),
    MEMBER(meeting_no),
    MEMBER(url),
    MEMBER(app_link),
    MEMBER(live_link),
    MEMBER(password),
    MEMBER(expire_time),
    MEMBER(reserve_user_id),
    MEMBER(expire_status),
    MEMBER(observed_at),
    MEMBER(uid),
    MEMBER(date),
    MEMBER(standing),
    MEMBER(passed),
    MEMBER(kept),
    MEMBER(unwanted),
    MEMBER(applied),
    MEMBER(applied_expiry),
    MEMBER(unverified),
    {"ended_by", COLUMN_INT, offsetof(struct reservation, end)},
    MEMBER(left_over),
    MEMBER(revision),
    MEMBER(replaces),
};

const struct columns reservation_columns = COLUMNS(reservation_items);

const struct list_member reservation_lists[RESERVATION_LISTS] = {
    {"assign_host_list", offsetof(struct reservation, meeting_settings.assign_host_list)},
    {"invalid_host_id_list", offsetof(struct reservation, invalid_host_id_list)},
    {"meetings", offsetof(struct reservation, meetings)},
};

#undef MEMBER
#define MEMBER(member) NAMED(#member, struct callee, member)

static const struct column callee_items[] = {
    MEMBER(id),
    MEMBER(user_type),
    MEMBER(nickname),
    MEMBER(main_address),
};

const struct columns callee_columns = COLUMNS(callee_items);

#undef MEMBER
#define MEMBER(member) NAMED(#member, struct permission_checker, member)

static const struct column checker_items[] = {
    MEMBER(check_field),
    MEMBER(check_mode),
};

const struct columns checker_columns = COLUMNS(checker_items);

#undef MEMBER
#define MEMBER(member)  NAMED(#member, struct meeting, member)
#define ABILITY(member) NAMED(#member, struct meeting, ability.member)
#define LEDGER(member)  NAMED(#member, struct meeting, attendance.member)
#define SEEN(member)    NAMED("seen_" #member, struct meeting, attendance.seen.member)

static const struct column meeting_items[] = {
    MEMBER(id),
    MEMBER(app),
    MEMBER(reservation),
    MEMBER(reserve_id),
    MEMBER(name),
    MEMBER(occurrence),
    MEMBER(topic),
    MEMBER(url),
    MEMBER(meeting_no),
    MEMBER(password),
    MEMBER(create_time),
    MEMBER(start_time),
    MEMBER(end_time),
    MEMBER(host_user_id),
    MEMBER(host_user_type),
    MEMBER(meeting_connect),
    MEMBER(status),
    MEMBER(participant_count),
    MEMBER(participant_count_accumulated),
    MEMBER(participants_known),
    ABILITY(use_video),
    ABILITY(use_audio),
    ABILITY(use_share_screen),
    ABILITY(use_follow_screen),
    ABILITY(use_recording),
    ABILITY(use_pstn),
    MEMBER(in_meeting),
    MEMBER(peak),
    MEMBER(observed_at),
    LEDGER(looked_at),
    LEDGER(peak_at),
    SEEN(use_video),
    SEEN(use_audio),
    SEEN(use_share_screen),
    SEEN(use_follow_screen),
    SEEN(use_recording),
    SEEN(use_pstn),
    LEDGER(durations_run),
};

const struct columns meeting_columns = COLUMNS(meeting_items);

#undef MEMBER
#define MEMBER(member) NAMED(#member, struct participant, member)

static const struct column participant_items[] = {
    MEMBER(id),
    MEMBER(user_type),
    MEMBER(first_join_time),
    MEMBER(final_leave_time),
    MEMBER(in_meeting_duration),
    MEMBER(is_host),
    MEMBER(is_cohost),
    MEMBER(is_external),
    MEMBER(status),
};

const struct columns participant_columns = COLUMNS(participant_items);

#undef MEMBER
#define MEMBER(member) NAMED(#member, struct attendee, member)

static const struct column attendee_items[] = {
    MEMBER(id),          MEMBER(user_type),       MEMBER(is_host),          MEMBER(is_cohost),
    MEMBER(is_external), MEMBER(first_join_time), MEMBER(final_leave_time), MEMBER(in_meeting_duration),
    MEMBER(devices),     MEMBER(observed_at),
};

const struct columns attendee_columns = COLUMNS(attendee_items);

#undef MEMBER
#define MEMBER(member) NAMED(#member, struct stay, member)

static const struct column stay_items[] = {
    MEMBER(joined_after),
    MEMBER(joined),
    NAMED("\"left\"", struct stay, left), /* a word of SQL's */
    MEMBER(left_before),
};

const struct columns stay_columns = COLUMNS(stay_items);

#undef MEMBER
#define MEMBER(member) NAMED(#member, struct role_stretch, member)

static const struct column role_items[] = {
    {"role", COLUMN_INT, offsetof(struct role_stretch, role)},
    MEMBER(since),
    MEMBER(until),
};

const struct columns role_columns = COLUMNS(role_items);
