#include "sim/meeting-view.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"
#include "sim/member.h"
#include "sim/reserve-view.h"

/* What the documents have as a string of digits. */
static void put_digits(struct json_object *object, const struct sim *sim, const char *name, int64_t number)
{
    char text[24];

    if (sim->switches.numbers == NUMBERS_INTS) {
        put_int(object, name, number);
        return;
    }
    snprintf(text, sizeof(text), "%" PRId64, number);
    put_text(object, name, text);
}

/* Counts: the other way round where numbers are mixed. */
static void put_count(struct json_object *object, const struct sim *sim, const char *name, int64_t number)
{
    if (sim->switches.numbers == NUMBERS_MIXED)
        put_int(object, name, number);
    else
        put_digits(object, sim, name, number);
}

/* What the documents have as an int. */
static void put_plain(struct json_object *object, const struct sim *sim, const char *name, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, number);
    if (sim->switches.numbers == NUMBERS_MIXED)
        put_text(object, name, text);
    else
        put_int(object, name, number);
}

/* A time that has not come yet: what the documents' samples leave open. */
static void put_time_to_come(struct json_object *object, const struct sim *sim, const char *name, int form,
                             int64_t other)
{
    if (form == RUNNING_ZERO)
        put_digits(object, sim, name, 0);
    else if (form == RUNNING_OTHER)
        put_digits(object, sim, name, other);
}

static struct json_object *person_json(const struct sim *sim, const struct meeting *meeting,
                                       const struct person *person, enum id_kind kind)
{
    int64_t now_s = moment_s(&sim->moment);
    struct json_object *object = json_object_new_object();

    put_text(object, "id", person->user->ids[kind]);
    put_digits(object, sim, "first_join_time", person->first_join_s);
    if (person->status == PERSON_OUT)
        put_digits(object, sim, "final_leave_time", person->leave_s);
    else
        put_time_to_come(object, sim, "final_leave_time", sim->switches.final_leave_running,
                         person->first_join_s);
    put_count(object, sim, "in_meeting_duration", person_duration_s(person, now_s));
    put_plain(object, sim, "user_type", person->user_type);
    put_bool(object, "is_host", person->user == meeting->host);
    put_bool(object, "is_cohost", person->is_cohost);
    put_bool(object, "is_external", person->is_external);
    put_plain(object, sim, "status", (int64_t)person->status);
    return object;
}

static bool is_device(const struct person *person)
{
    return person->user_type == USER_TYPE_ROOM || person->user_type == USER_TYPE_PSTN ||
           person->user_type == USER_TYPE_SIP;
}

static struct json_object *people_json(const struct sim *sim, const struct meeting *meeting,
                                       enum id_kind kind)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < meeting->people_count; i++) {
        const struct person *person = &meeting->people[i];

        if (kind == ID_USER && sim->switches.user_id_lists == 0 && is_device(person))
            continue;
        if (sim->switches.left_rows == 1 && person->status == PERSON_OUT && meeting->status != MEETING_OVER)
            continue;
        json_object_array_add(array, person_json(sim, meeting, person, kind));
    }
    return array;
}

static struct json_object *abilities_json(const struct meeting *meeting)
{
    struct json_object *object = json_object_new_object();

    for (int ability = 0; ability < ABILITIES; ability++)
        put_bool(object, ability_names[ability], meeting->abilities[ability]);
    return object;
}

static void put_counts(struct json_object *object, const struct sim *sim, const struct meeting *meeting)
{
    put_count(object, sim, "participant_count", meeting->peak);
    put_count(object, sim, "participant_count_accumulated",
              sim->switches.accumulated == 1 ? meeting->joins : meeting_count_people(meeting));
}

static void put_host(struct json_object *object, const struct sim *sim, const struct meeting *meeting,
                     enum id_kind kind)
{
    struct json_object *host;

    if (meeting->host == NULL)
        return;
    host = json_object_new_object();
    put_text(host, "id", meeting->host->ids[kind]);
    put_plain(host, sim, "user_type", meeting->host->user_type);
    put(object, "host_user", host);
}

static void put_heading(struct json_object *object, const struct sim *sim, const struct meeting *meeting)
{
    const struct reserve *reserve = meeting->reserve;

    put_text(object, "id", meeting->id);
    put_text(object, "topic", meeting->topic != NULL ? meeting->topic : "");
    put_meeting_url(object, sim, reserve);
    put_text(object, "meeting_no", meeting->meeting_no);
    if (sim->switches.password_shown == 0)
        put_text(object, "password", reserve->password != NULL ? reserve->password : "");
    put_digits(object, sim, "create_time", meeting->create_s);
    put_digits(object, sim, "start_time", meeting->start_s);
    if (meeting->status == MEETING_OVER)
        put_digits(object, sim, "end_time", meeting->end_s);
    else
        put_time_to_come(object, sim, "end_time", sim->switches.end_time_running, reserve->end_time);
}

struct json_object *meeting_view(struct sim *sim, const struct meeting *meeting,
                                 const struct meeting_view *view)
{
    struct json_object *object = json_object_new_object();

    put_heading(object, sim, meeting);
    put_host(object, sim, meeting, view->id_kind);
    put_bool(object, "meeting_connect", member_bool(meeting->reserve->settings, "meeting_connect", false));
    put_plain(object, sim, "status", (int64_t)meeting->status);
    put_counts(object, sim, meeting);
    if (view->participants)
        put(object, "participants", people_json(sim, meeting, view->id_kind));
    if (view->ability)
        put(object, "ability", abilities_json(meeting));
    return object;
}

struct json_object *meeting_view_state(struct sim *sim, const struct meeting *meeting)
{
    struct meeting_view view = {.id_kind = ID_OPEN, .participants = true, .ability = true};
    struct json_object *object = meeting_view(sim, meeting, &view);

    put_text(object, "reserve_id", meeting->reserve->id);
    return object;
}
