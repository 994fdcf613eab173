/* What happens in meetings: people come and go, abilities are used, hosts change. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/control.h"
#include "sim/meeting-view.h"
#include "sim/member.h"

struct reserve *control_reserve(const struct sim *sim, struct json_object *body)
{
    const char *id = member_text(body, "reserve_id"), *topic = member_text(body, "topic");
    struct reserve *reserve = id != NULL ? reserves_find(&sim->reserves, id) : NULL;

    if (id == NULL && topic != NULL)
        reserve = reserves_with_topic(&sim->reserves, topic);
    return reserve;
}

struct action {
    const char *name;
    int (*run)(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error);
};

/* Who is meant by "id", or by one of the three kinds of ids. */
static struct user *user_of(struct sim *sim, struct json_object *body, const char *id_member,
                            struct error *error)
{
    const char *id = member_text(body, id_member);
    int user_type = (int)member_int(body, "user_type", USER_TYPE_LARK);
    struct json_object *ids;
    struct user *user;

    if (id == NULL) {
        error_set(error, -EINVAL, "%s: who?", id_member);
        return NULL;
    }
    if (member_text(body, "union_id") != NULL || member_text(body, "user_id") != NULL) {
        ids = json_object_new_object();
        put_text(ids, "open_id", id);
        put_text(ids, "union_id", member_text(body, "union_id"));
        put_text(ids, "user_id", member_text(body, "user_id"));
        put_int(ids, "user_type", user_type);
        users_declare(&sim->users, ids, NULL);
        json_object_put(ids);
    }
    user = users_named(&sim->users, ID_OPEN, id, user_type);
    return user;
}

static int set_person(struct sim *sim, struct meeting *meeting, struct json_object *body,
                      enum person_status status, struct error *error)
{
    struct user *user = user_of(sim, body, "id", error);
    int64_t device = member_int(body, "device", 0);
    bool shared = sim->switches.device_rows == 0;
    struct person *person;

    if (user == NULL)
        return -EINVAL;
    if (device < 0 || device >= DEVICES_MAX)
        return error_set(error, -EINVAL, "device: 0 to %d", DEVICES_MAX - 1);
    person = meeting_person(meeting, user, shared ? 0 : (int)device);
    person->user_type = (int)member_int(body, "user_type", person->user_type);
    person->is_external = member_bool(body, "is_external", person->is_external);
    person->is_cohost = member_bool(body, "is_cohost", person->is_cohost);
    person->devices &= ~(UINT32_C(1) << device);
    person->devices |= (uint32_t)(status == PERSON_IN) << device;
    /* Whoever leaves with one device of several stays. */
    if (person->devices != 0)
        status = PERSON_IN;
    meeting_set_status(meeting, person, status, moment_s(&sim->moment));
    return 0;
}

static int join(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error)
{
    int64_t status = member_int(body, "status", PERSON_IN);

    if (status < PERSON_CALLED || status > PERSON_OUT)
        return error_set(error, -EINVAL, "status: 1 to 4");
    return set_person(sim, meeting, body, (enum person_status)status, error);
}

static int leave(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error)
{
    return set_person(sim, meeting, body, PERSON_OUT, error);
}

static int set_host(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error)
{
    struct user *user = user_of(sim, body, "id", error);

    if (user == NULL)
        return -EINVAL;
    meeting->host = user;
    return 0;
}

static int set_cohost(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error)
{
    struct user *user = user_of(sim, body, "id", error);

    if (user == NULL)
        return -EINVAL;
    meeting_person(meeting, user, 0)->is_cohost = member_bool(body, "on", true);
    return 0;
}

static int set_abilities(struct sim *sim, struct meeting *meeting, struct json_object *body,
                         struct error *error)
{
    (void)sim;
    (void)error;
    for (int ability = 0; ability < ABILITIES; ability++)
        meeting->abilities[ability] = member_bool(body, ability_names[ability], meeting->abilities[ability]);
    return 0;
}

static int go_on(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error)
{
    (void)sim;
    (void)body;
    (void)error;
    meeting->status = MEETING_GOING_ON;
    return 0;
}

static int end(struct sim *sim, struct meeting *meeting, struct json_object *body, struct error *error)
{
    (void)body;
    (void)error;
    meeting_end(meeting, moment_s(&sim->moment));
    return 0;
}

static const struct action actions[] = {
    {"join", join},         {"leave", leave},           {"host", set_host},
    {"cohost", set_cohost}, {"ability", set_abilities}, {"answered", go_on},
    {"end", end},
};

static int start(struct sim *sim, struct reserve *reserve, struct json_object *body, struct meeting **ret,
                 struct error *error)
{
    int64_t status = member_int(body, "status", MEETING_GOING_ON);
    struct user *host = reserve->owner;
    struct meeting *meeting;

    if (reserve->running != NULL)
        return error_set(error, -EEXIST, "a meeting is going on already");
    if (status != MEETING_CALLING && status != MEETING_GOING_ON)
        return error_set(error, -EINVAL, "status: 1 or 2");
    if (member_text(body, "host") != NULL)
        host = user_of(sim, body, "host", error);
    meeting =
        meetings_start(&sim->meetings, reserve, member_text(body, "id"), moment_s(&sim->moment), &sim->dice);
    if (meeting == NULL)
        return error_set(error, -EEXIST, "id: taken, or too long");
    meeting->status = (enum meeting_status)status;
    meeting->host = host;
    /* A meeting that began before anybody could see it. */
    meeting->start_s -= member_int(body, "ago_s", 0);
    meeting->create_s -= member_int(body, "ago_s", 0);
    *ret = meeting;
    return 0;
}

static int run(struct sim *sim, const char *name, struct meeting *meeting, struct json_object *body,
               struct error *error)
{
    for (size_t i = 0; i < ELEMENTS(actions); i++) {
        if (str_equal(name, actions[i].name))
            return actions[i].run(sim, meeting, body, error);
    }
    return error_set(error, -EINVAL, "action: no such action");
}

int control_meeting(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    const char *name = member_text(body, "action"), *id = member_text(body, "meeting_id");
    struct reserve *reserve = control_reserve(sim, body);
    struct meeting *meeting = id != NULL ? meetings_find(&sim->meetings, id) : NULL;
    int result;

    if (meeting == NULL && reserve == NULL)
        return error_set(error, -ENOENT, "no such reservation or meeting");
    if (str_equal(name, "start") && reserve != NULL) {
        result = start(sim, reserve, body, &meeting, error);
    } else {
        if (meeting == NULL)
            meeting = reserve->running;
        if (meeting == NULL || meeting->status == MEETING_OVER)
            return error_set(error, -ENOENT, "no meeting is going on");
        result = run(sim, name, meeting, body, error);
    }
    if (result == 0)
        *ret = meeting_view_state(sim, meeting);
    return result;
}
