#include "wire/wire.h"

#include <stdlib.h>

#include "base/base.h"
#include "wire/attendance.h"
#include "wire/object.h"

static struct json_object *permissions_object(const struct meeting_settings *settings)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < settings->action_permission_count; i++) {
        const struct action_permission *entry = &settings->action_permissions[i];
        struct json_object *member = json_object_new_object(), *checkers = json_object_new_array();

        for (size_t j = 0; j < entry->count; j++) {
            struct json_object *checker = json_object_new_object();

            object_int(checker, "check_field", entry->checkers[j].check_field);
            object_int(checker, "check_mode", entry->checkers[j].check_mode);
            object_strings(checker, "check_list", &entry->checkers[j].check_list);
            json_object_array_add(checkers, checker);
        }
        object_int(member, "permission", entry->permission);
        json_object_object_add(member, "permission_checkers", checkers);
        json_object_array_add(array, member);
    }
    return array;
}

static struct json_object *hosts_object(const struct string_list *hosts)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < hosts->count; i++) {
        struct json_object *host = json_object_new_object();

        object_int(host, "user_type", USER_TYPE_LARK);
        object_string(host, "id", hosts->items[i]);
        json_object_array_add(array, host);
    }
    return array;
}

static struct json_object *call_setting_object(const struct callee *callee)
{
    struct json_object *setting = json_object_new_object(), *member = json_object_new_object();

    object_string(member, "id", callee->id);
    object_int(member, "user_type", callee->user_type != 0 ? callee->user_type : UNKNOWN);
    if (callee->nickname != NULL || callee->main_address != NULL) {
        struct json_object *info = json_object_new_object();

        object_string(info, "nickname", callee->nickname);
        object_string(info, "main_address", callee->main_address);
        json_object_object_add(member, "pstn_sip_info", info);
    }
    json_object_object_add(setting, "callee", member);
    return setting;
}

static struct json_object *settings_object(const struct meeting_settings *settings, enum wire_secrets secrets)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "topic", settings->topic);
    if (settings->action_permissions_set)
        json_object_object_add(object, "action_permissions", permissions_object(settings));
    object_int(object, "meeting_initial_type",
               settings->meeting_initial_type != 0 ? settings->meeting_initial_type : UNKNOWN);
    object_flag(object, "meeting_connect", settings->meeting_connect);
    object_flag(object, "auto_record", settings->auto_record);
    if (settings->assign_host_list_set)
        json_object_object_add(object, "assign_host_list", hosts_object(&settings->assign_host_list));
    if (secrets == WIRE_WITH_PASSWORDS)
        object_string(object, "password", settings->password);
    if (settings->callee != NULL)
        json_object_object_add(object, "call_setting", call_setting_object(settings->callee));
    return object;
}

/* One reservation for many occurrences has as many uids. */
static void object_uid(struct json_object *object, const struct reservation *reservation)
{
    bool single = (reservation->standing || reservation->adopted) && reservation->date != NULL;
    const char *base = reservation->uid != NULL ? reservation->uid : reservation->key;
    CLEANUP_FREE char *uid = single ? xasprintf("%s/%s", base, reservation->date) : xstrdup(base);

    object_string(object, "uid", uid);
    object_int(object, "revision", reservation->revision);
}

static struct json_object *reservation_object(const struct reservation *reservation,
                                              enum wire_secrets secrets)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "name", reservation->name);
    object_string(object, "occurrence", reservation->occurrence);
    object_string(object, "app", reservation->app);
    object_string(object, "state", reservation_state_name(reservation->state));
    object_string(object, "topic", reservation->meeting_settings.topic);
    object_int(object, "start_time", reservation->start_time);
    object_int(object, "end_time", reservation->end_time);
    object_int(object, "expire_time", reservation->expire_time);
    object_string(object, "reserve_id", reservation->reserve_id);
    object_string(object, "meeting_no", reservation->meeting_no);
    object_string(object, "url", reservation->url);
    object_string(object, "app_link", reservation->app_link);
    object_string(object, "live_link", reservation->live_link);
    if (secrets == WIRE_WITH_PASSWORDS)
        object_string(object, "password", reservation->password);
    json_object_object_add(object, "meeting_settings",
                           settings_object(&reservation->meeting_settings, secrets));
    object_string(object, "reserve_user_id", reservation->reserve_user_id);
    object_int(object, "expire_status", reservation->expire_status);
    object_strings(object, "meetings", &reservation->meetings);
    object_strings(object, "invalid_host_id_list", &reservation->invalid_host_id_list);
    object_int(object, "observed_at", reservation->observed_at);
    object_problem(object, "problem", &reservation->problem);
    object_uid(object, reservation);
    return object;
}

static struct json_object *participant_object(const struct participant *participant)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "id", participant->id);
    object_int(object, "user_type", participant->user_type);
    object_int(object, "first_join_time", participant->first_join_time);
    object_int(object, "final_leave_time", participant->final_leave_time);
    object_int(object, "in_meeting_duration", participant->in_meeting_duration);
    object_flag(object, "is_host", participant->is_host);
    object_flag(object, "is_cohost", participant->is_cohost);
    object_flag(object, "is_external", participant->is_external);
    object_int(object, "status", participant->status);
    return object;
}

static struct json_object *ability_object(const struct ability *ability)
{
    struct json_object *object = json_object_new_object();

    object_flag(object, "use_video", ability->use_video);
    object_flag(object, "use_audio", ability->use_audio);
    object_flag(object, "use_share_screen", ability->use_share_screen);
    object_flag(object, "use_follow_screen", ability->use_follow_screen);
    object_flag(object, "use_recording", ability->use_recording);
    object_flag(object, "use_pstn", ability->use_pstn);
    return object;
}

static struct json_object *host_object(const struct meeting *meeting)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "id", meeting->host_user_id);
    object_int(object, "user_type", meeting->host_user_type);
    return object;
}

static void add_participants(struct json_object *object, const struct meeting *meeting)
{
    struct json_object *array;

    if (!meeting->participants_known)
        return;
    array = json_object_new_array_ext((int)meeting->participants_count);
    for (size_t i = 0; i < meeting->participants_count; i++)
        json_object_array_add(array, participant_object(&meeting->participants[i]));
    json_object_object_add(object, "participants", array);
}

static struct json_object *meeting_object(const struct wire_meeting *shown, enum wire_detail detail,
                                          enum wire_secrets secrets)
{
    const struct meeting *meeting = shown->meeting;
    struct json_object *object = json_object_new_object();

    object_string(object, "id", meeting->id);
    object_string(object, "app", meeting->app);
    object_string(object, "name", meeting->name);
    object_string(object, "occurrence", meeting->occurrence);
    object_string(object, "reserve_id", meeting->reserve_id);
    object_string(object, "topic", meeting->topic);
    object_string(object, "url", meeting->url);
    object_string(object, "meeting_no", meeting->meeting_no);
    if (secrets == WIRE_WITH_PASSWORDS)
        object_string(object, "password", meeting->password);
    object_int(object, "create_time", meeting->create_time);
    object_int(object, "start_time", meeting->start_time);
    object_int(object, "end_time", meeting->end_time);
    if (meeting->host_user_id != NULL)
        json_object_object_add(object, "host_user", host_object(meeting));
    object_int(object, "status", meeting->status);
    object_int(object, "participant_count", meeting->participant_count);
    object_int(object, "participant_count_accumulated", meeting->participant_count_accumulated);
    object_int(object, "in_meeting", meeting->in_meeting);
    object_int(object, "peak", meeting->peak);
    if (detail != WIRE_WITHOUT_PARTICIPANTS)
        add_participants(object, meeting);
    json_object_object_add(object, "ability", ability_object(&meeting->ability));
    attendance_add_figures(object, meeting);
    if (detail == WIRE_WITH_ATTENDANCE)
        attendance_add_rows(object, meeting, shown->now_s);
    object_int(object, "observed_at", meeting->observed_at);
    object_bool(object, "stale", shown->stale);
    object_string(object, "phase",
                  phase_name(meeting->status == MEETING_ENDED ? PHASE_DONE : shown->following.phase));
    object_int(object, "next_poll_at",
               meeting->status == MEETING_ENDED ? UNKNOWN : shown->following.next_poll_at);
    return object;
}

void wire_reservation(struct buffer *out, const struct reservation *reservation, enum wire_secrets secrets)
{
    object_write(out, reservation_object(reservation, secrets));
}

static struct json_object *followed_object(const struct wire_followed *followed, enum wire_secrets secrets)
{
    struct json_object *object = reservation_object(followed->reservation, secrets);

    object_bool(object, "stale", followed->stale);
    object_string(object, "phase", phase_name(followed->following.phase));
    object_int(object, "next_poll_at", followed->following.next_poll_at);
    return object;
}

void wire_followed(struct buffer *out, const struct wire_followed *followed, enum wire_secrets secrets)
{
    object_write(out, followed_object(followed, secrets));
}

void wire_meeting(struct buffer *out, const struct wire_meeting *meeting, enum wire_detail detail,
                  enum wire_secrets secrets)
{
    object_write(out, meeting_object(meeting, detail, secrets));
}

static struct json_object *change_object(const struct event_change *change)
{
    struct json_object *object = json_object_new_object(), *participant;

    object_string(object, "field", change->field);
    if (change->participant) {
        participant = json_object_new_object();
        object_string(participant, "id", change->id);
        object_int(participant, "user_type", change->user_type);
        json_object_object_add(object, "participant", participant);
    }
    object_string(object, "before", change->before);
    object_string(object, "after", change->after);
    return object;
}

static struct json_object *changes_object(const struct event_changes *changes)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < changes->count; i++)
        json_object_array_add(array, change_object(&changes->items[i]));
    return array;
}

void wire_event(struct buffer *out, const struct event *event, const struct wire_followed *reservation,
                const struct wire_meeting *meeting, enum wire_secrets secrets)
{
    struct json_object *object = json_object_new_object();

    object_int(object, "sequence", (int64_t)event->sequence);
    object_int(object, "time", event->time);
    object_string(object, "kind", event_kind_name(event->kind));
    if (reservation != NULL)
        json_object_object_add(object, "reservation", followed_object(reservation, secrets));
    if (meeting != NULL)
        json_object_object_add(
            object, "meeting",
            meeting_object(meeting,
                           event->participant != NULL ? WIRE_WITHOUT_PARTICIPANTS : WIRE_WITH_PARTICIPANTS,
                           secrets));
    if (event->participant != NULL)
        json_object_object_add(object, "participant", participant_object(event->participant));
    if (event->attendee != NULL)
        json_object_object_add(
            object, "attendance",
            attendance_object(event->meeting, event->attendee, event->time / MS_PER_SECOND));
    if (event->changes != NULL)
        json_object_object_add(object, "changes", changes_object(event->changes));
    object_write(out, object);
}

void wire_action(struct buffer *out, const struct wire_action *action)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "action", action->action);
    object_string(object, "name", action->name);
    object_string(object, "occurrence", action->occurrence);
    object_string(object, "reserve_id", action->reserve_id);
    object_int(object, "at", action->at);
    object_int(object, "calls", action->calls);
    object_string(object, "reason", action->reason);
    object_write(out, object);
}

void wire_strings(struct buffer *out, const struct string_list *list)
{
    object_write(out, object_array(list));
}

void wire_string(struct buffer *out, const char *text)
{
    if (text == NULL)
        buffer_append_text(out, "null");
    else
        object_write(out, json_object_new_string(text));
}
