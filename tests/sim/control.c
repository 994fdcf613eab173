#include "sim/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/meeting-view.h"
#include "sim/member.h"
#include "sim/reserve-view.h"
#include "sim/scenario.h"
#include "sim/wishes.h"

#define DAY_S INT64_C(86400)

static int do_fault(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    int result = 0;

    if (member_bool(body, "clear", false))
        faults_clear(&sim->faults);
    if (member(body, "kind") != NULL)
        result = faults_add(&sim->faults, body, error);
    else if (member(body, "clear") == NULL)
        result = error_set(error, -EINVAL, "kind, or clear");
    if (result == 0)
        *ret = faults_json(&sim->faults);
    return result;
}

static int do_set(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    int result = switches_set(&sim->switches, body, error);

    if (result == 0)
        *ret = switches_json(&sim->switches);
    return result;
}

/* A reservation that somebody made in another way. {id, meeting_no, topic, password, owner_id, end_time, app,
 * tenant, meeting_settings}, all of it optional. */
static int do_reserve(struct sim *sim, struct json_object *body, struct json_object **ret,
                      struct error *error)
{
    const char *app_id = member_text(body, "app"), *tenant = member_text(body, "tenant");
    const char *number = member_text(body, "meeting_no"), *owner = member_text(body, "owner_id");
    struct json_object *settings = member_typed(body, "meeting_settings", json_type_object);
    int64_t now_s = moment_s(&sim->moment);
    const struct app *app;
    struct reserve *reserve;

    if (number != NULL && strlen(number) != MEETING_NO_SIZE - 1)
        return error_set(error, -EINVAL, "meeting_no: nine digits");
    reserve = reserves_add(&sim->reserves, member_text(body, "id"), now_s, &sim->dice);
    if (reserve == NULL)
        return error_set(error, -EEXIST, "id: taken, or too long");
    app = apps_find(&sim->apps, app_id != NULL ? app_id : DEFAULT_APP);
    reserve->app_id = xstrdup(app_id != NULL ? app_id : DEFAULT_APP);
    if (tenant == NULL)
        tenant = app != NULL ? app->tenant : DEFAULT_TENANT;
    reserve->tenant = xstrdup(tenant);
    reserve->owner = users_named(&sim->users, ID_OPEN, owner != NULL ? owner : "ou_owner", USER_TYPE_LARK);
    reserve->password = xstrdup(member_text(body, "password"));
    reserve->end_time = member_int(body, "end_time", now_s + 30 * DAY_S);
    if (number != NULL)
        memcpy(reserve->meeting_no, number, MEETING_NO_SIZE);
    if (settings != NULL) {
        json_object_put(reserve->settings);
        reserve->settings = wishes_convert(&sim->users, settings, ID_OPEN, ID_OPEN);
    }
    put_text(reserve->settings, "topic", member_text(body, "topic"));
    *ret = reserve_view_state(sim, reserve);
    scenario_reserved(sim->scenario);
    return 0;
}

static int do_revoke(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    int64_t count = tokens_revoke(&sim->tokens, member_text(body, "app_id"), member_int(body, "number", 0));

    (void)error;
    *ret = json_object_new_object();
    put_int(*ret, "revoked", count);
    return 0;
}

static int do_app(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    int result = apps_set(&sim->apps, body, error);

    if (result == 0)
        *ret = apps_json(&sim->apps);
    return result;
}

static int do_user(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    int result = users_declare(&sim->users, body, error);

    if (result == 0)
        *ret = json_object_new_object();
    return result;
}

/* A user's token, as it would come out of the browser's dance: {app_id, user, expires_in, jwt, scopes}. */
static int do_user_token(struct sim *sim, struct json_object *body, struct json_object **ret,
                         struct error *error)
{
    const char *app_id = member_text(body, "app_id"), *user = member_text(body, "user");
    struct app *app = apps_find(&sim->apps, app_id != NULL ? app_id : DEFAULT_APP);
    struct json_object *scopes = member_typed(body, "scopes", json_type_array);
    struct token *token;

    if (app == NULL || user == NULL)
        return error_set(error, -EINVAL, "app_id of an app, and user");
    token = tokens_issue_user(&sim->tokens, app, users_named(&sim->users, ID_OPEN, user, USER_TYPE_LARK),
                              member_bool(body, "jwt", true),
                              moment_ms(&sim->moment) + member_int(body, "expires_in", 7200) * MS_PER_SECOND,
                              &sim->dice);
    if (scopes != NULL)
        string_list_fini(&token->scopes);
    for (size_t i = 0; scopes != NULL && i < json_object_array_length(scopes); i++)
        string_list_add(&token->scopes, json_object_get_string(json_object_array_get_idx(scopes, i)));
    *ret = json_object_new_object();
    put_text(*ret, "access_token", token->text);
    put_int(*ret, "number", token->number);
    return 0;
}

/* {advance_s}, {set_s: Unix seconds}, {freeze: true or false}. */
static int do_clock(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    int64_t set_s = member_int(body, "set_s", -1);
    struct json_object *freeze = member_typed(body, "freeze", json_type_boolean);

    (void)error;
    if (freeze != NULL)
        moment_freeze(&sim->moment, json_object_get_boolean(freeze));
    if (set_s >= 0)
        moment_move(&sim->moment, set_s * MS_PER_SECOND - moment_ms(&sim->moment));
    moment_move(&sim->moment, member_seconds_ms(body, "advance_s", 0));
    *ret = json_object_new_object();
    put_int(*ret, "time_ms", moment_ms(&sim->moment));
    return 0;
}

/* Forgets the records. */
static int do_forget(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error)
{
    (void)body;
    (void)error;
    records_clear(&sim->records);
    *ret = json_object_new_object();
    return 0;
}

static const struct {
    const char *verb;
    int (*run)(struct sim *sim, struct json_object *body, struct json_object **ret, struct error *error);
} verbs[] = {
    {"fault", do_fault},
    {"set", do_set},
    {"meeting", control_meeting},
    {"reserve", do_reserve},
    {"revoke", do_revoke},
    {"app", do_app},
    {"user", do_user},
    {"user_token", do_user_token},
    {"clock", do_clock},
    {"forget", do_forget},
};

int control_do(struct sim *sim, const char *verb, struct json_object *body, struct json_object **ret,
               struct error *error)
{
    for (size_t i = 0; i < ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].verb, verb) == 0)
            return verbs[i].run(sim, body, ret, error);
    }
    return error_set(error, -ENOENT, "no such control call");
}

static struct json_object *state(struct sim *sim)
{
    struct json_object *object = json_object_new_object(), *reservations = json_object_new_array();
    struct json_object *meetings = json_object_new_array(), *counts = json_object_new_object();

    for (const struct reserve *reserve = sim->reserves.first; reserve != NULL; reserve = reserve->next)
        json_object_array_add(reservations, reserve_view_state(sim, reserve));
    for (const struct meeting *meeting = sim->meetings.first; meeting != NULL; meeting = meeting->next)
        json_object_array_add(meetings, meeting_view_state(sim, meeting));
    for (int api = 0; api < API_COUNT; api++)
        put_int(counts, route_name((enum api)api), sim->counts[api]);
    put_int(counts, "unknown", sim->counts[API_COUNT]);
    put_int(object, "time_ms", moment_ms(&sim->moment));
    put(object, "reservations", reservations);
    put(object, "meetings", meetings);
    put(object, "apps", apps_json(&sim->apps));
    put(object, "tokens", tokens_json(&sim->tokens));
    put(object, "quota", quota_json(&sim->quota));
    put(object, "counts", counts);
    put(object, "faults", faults_json(&sim->faults));
    put(object, "switches", switches_json(&sim->switches));
    if (sim->relays != NULL)
        put_int(object, "connections", (int64_t)relays_count(sim->relays));
    put_int(object, "waiting", scenario_waiting(sim->scenario));
    return object;
}

static void answer_look(struct sim *sim, const struct request *request, const char *what,
                        struct answer *answer)
{
    struct json_object *found;

    if (strcmp(what, "state") == 0) {
        answer_json(answer, 200, 0, state(sim));
    } else if (strcmp(what, "requests") == 0) {
        found = json_object_new_object();
        put(found, "requests", records_json(&sim->records, member_text(request->query, "api")));
        put_int(found, "total", sim->records.total);
        answer_json(answer, 200, 0, found);
    } else {
        answer_text(answer, 404, "text/plain; charset=utf-8", xstrdup("no such control call"), 20);
    }
}

void control_answer(struct sim *sim, const struct request *request, struct answer *answer)
{
    const char *verb = request->path + strlen("/_sim/");
    struct json_object *body, *result = NULL;
    struct error error;

    if (strcmp(request->method, "GET") == 0) {
        answer_look(sim, request, verb, answer);
        return;
    }
    body = request->length > 0 ? json_read(request->body, request->length) : json_object_new_object();
    if (!json_object_is_type(body, json_type_object))
        error_set(&error, -EINVAL, "the body is not a JSON object");
    else if (control_do(sim, verb, body, &result, &error) == 0)
        answer_json(answer, 200, 0, result);
    if (result == NULL)
        answer_text(answer, 400, "text/plain; charset=utf-8", xstrdup(error.text), strlen(error.text));
    json_object_put(body);
}
