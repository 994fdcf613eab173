/* A meeting, as get_active_meeting answers it (feishu-api.md 1.7). */
#include "feishu/codec.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "feishu/codec-field.h"

#define COUNT_MAX INT64_C(1000000000)

/* The API's pages have every field inside `meeting`, the resource's page has some beside it. */
static struct json_object *holder(struct json_object *data, const char *name)
{
    struct json_object *meeting = field(data, "meeting");

    return field(meeting, name) != NULL ? meeting : data;
}

static int64_t enum_or_unknown(struct json_object *object, const char *name)
{
    int number = field_enum(object, name);

    return number != 0 ? number : UNKNOWN;
}

static void read_participant(struct json_object *object, struct participant *participant)
{
    participant->id = field_id(object, "id");
    participant->user_type = enum_or_unknown(object, "user_type");
    participant->first_join_time = field_time(object, "first_join_time");
    participant->final_leave_time = field_time(object, "final_leave_time");
    participant->in_meeting_duration = field_count(object, "in_meeting_duration", TIME_MAX_S);
    participant->is_host = field_flag(object, "is_host");
    participant->is_cohost = field_flag(object, "is_cohost");
    participant->is_external = field_flag(object, "is_external");
    participant->status = enum_or_unknown(object, "status");
    /* Whoever is in has not left for the last time, whatever stands there. */
    if (participant->status == PARTICIPANT_IN_MEETING)
        participant->final_leave_time = UNKNOWN;
}

static void read_participants(struct json_object *data, struct meeting *meeting)
{
    struct json_object *list = field_of_type(holder(data, "participants"), "participants", json_type_array);

    if (list == NULL)
        return;
    meeting->participants_known = true;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);

        if (json_object_is_type(item, json_type_object))
            read_participant(item, meeting_add_participant(meeting));
    }
}

static void read_ability(struct json_object *data, struct ability *ability)
{
    struct json_object *object = field(holder(data, "ability"), "ability");

    ability->use_video = field_flag(object, "use_video");
    ability->use_audio = field_flag(object, "use_audio");
    ability->use_share_screen = field_flag(object, "use_share_screen");
    ability->use_follow_screen = field_flag(object, "use_follow_screen");
    ability->use_recording = field_flag(object, "use_recording");
    ability->use_pstn = field_flag(object, "use_pstn");
}

static char *text_of(struct json_object *data, const char *name)
{
    return xstrdup(field_text(holder(data, name), name));
}

static void read_meeting(struct json_object *data, bool with_participants, struct meeting *meeting)
{
    struct json_object *host = field(holder(data, "host_user"), "host_user");

    meeting->topic = text_of(data, "topic");
    meeting->url = text_of(data, "url");
    meeting->meeting_no = field_id(holder(data, "meeting_no"), "meeting_no");
    meeting->password = text_of(data, "password");
    meeting->create_time = field_time(holder(data, "create_time"), "create_time");
    meeting->start_time = field_time(holder(data, "start_time"), "start_time");
    meeting->host_user_id = field_id(host, "id");
    meeting->host_user_type = enum_or_unknown(host, "user_type");
    meeting->meeting_connect = field_flag(holder(data, "meeting_connect"), "meeting_connect");
    meeting->status = enum_or_unknown(holder(data, "status"), "status");
    if (meeting->status == MEETING_ENDED)
        meeting->end_time = field_time(holder(data, "end_time"), "end_time");
    meeting->participant_count =
        field_count(holder(data, "participant_count"), "participant_count", COUNT_MAX);
    meeting->participant_count_accumulated = field_count(holder(data, "participant_count_accumulated"),
                                                         "participant_count_accumulated", COUNT_MAX);
    if (with_participants)
        read_participants(data, meeting);
    read_ability(data, &meeting->ability);
    meeting_count(meeting);
}

/* The id may be left out, be empty, or 0; anything else that is none is a mistake. */
static bool says_none(struct json_object *id)
{
    int64_t number;

    if (id == NULL || (json_object_is_type(id, json_type_string) && json_object_get_string_len(id) == 0))
        return true;
    return json_number(id, &number) && number == 0;
}

int codec_meeting(const struct codec_answer *answer, bool with_participants, struct meeting **ret,
                  struct error *error)
{
    struct json_object *object = field(answer->data, "meeting");
    CLEANUP_FREE char *id = field_record_id(object, "id");
    struct meeting *meeting;

    if (object != NULL && !json_object_is_type(object, json_type_object))
        return error_set(error, -EBADMSG, "the answer's meeting is not an object");
    if (id == NULL) {
        if (!says_none(field(object, "id")))
            return error_set(error, -EBADMSG, "the answer's meeting has an id that is none");
        *ret = NULL;
        return 0;
    }
    meeting = meeting_new(id);
    read_meeting(answer->data, with_participants, meeting);
    *ret = meeting;
    return 0;
}
