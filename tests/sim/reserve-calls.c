/* The calls about reservations (feishu-api.md 1.2 to 1.6). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/handlers.h"
#include "sim/member.h"
#include "sim/reserve-view.h"
#include "sim/validate.h"
#include "sim/wishes.h"

#define EXPIRY_MAX_S (INT64_C(30) * 24 * 3600)

/* False: answered. */
static bool read_end_time(struct call *call, int64_t *ret)
{
    int64_t end_time = digits(member_text(call->body, "end_time"));

    if (end_time < 0 || end_time > call->now_s + EXPIRY_MAX_S ||
        (end_time <= call->now_s && call->sim->switches.past_end_time == 0)) {
        answer_param_error(call, "end_time", "Unix seconds, at most 30 days from now");
        return false;
    }
    *ret = end_time;
    return true;
}

static bool refuse_owner(struct call *call, const struct user *user)
{
    static const int64_t malformed[ID_KINDS] = {99992351, 99992363, 99992359};
    static const int64_t other_tenant[ID_KINDS] = {99992352, 99992381, 99992364};

    if (call->sim->switches.owner_error == 0)
        answer_param_error(call, "owner_id", "not a user of this tenant");
    else if (call->sim->switches.owner_error == 2)
        answer_error(call->answer, 403, 121005, "no permission");
    else if (user != NULL && user->standing == USER_OTHER_APP)
        answer_error(call->answer, 400, 99992361, "open_id cross app");
    else if (user != NULL && user->standing == USER_OTHER_TENANT)
        answer_error(call->answer, 400, other_tenant[call->id_kind], "user of another tenant");
    else
        answer_error(call->answer, 400, malformed[call->id_kind], "not exist user id");
    return false;
}

/* Whose reservation it will be; false: answered. */
static bool read_owner(struct call *call, struct user **ret)
{
    struct user *user;

    /* With a user's token the parameter has no effect. */
    if (call->token->kind == TOKEN_USER) {
        *ret = call->token->user;
        return true;
    }
    user = users_meant(&call->sim->users, call->id_kind, member_text(call->body, "owner_id"),
                       call->sim->switches.users == 1);
    if (user == NULL || user->standing != USER_GOOD)
        return refuse_owner(call, user);
    *ret = user;
    return true;
}

static void set_password(struct call *call, struct reserve *reserve, const char *password)
{
    char random[7];

    dice_word(&call->sim->dice, DICE_DIGITS, sizeof(random) - 1, random);
    if (password != NULL)
        str_set(&reserve->password, *password != '\0' ? password : NULL);
    else
        str_set(&reserve->password, call->sim->switches.default_password == 1 ? random : NULL);
}

static bool needs_end_time(struct json_object *settings)
{
    return member_int(settings, "meeting_initial_type", 1) == 1;
}

static void apply(struct call *call, struct json_object *invalid_hosts)
{
    struct json_object *settings = member(call->body, "meeting_settings");
    int64_t end_time = call->now_s + EXPIRY_MAX_S;
    struct reserve *reserve;
    struct user *owner;

    if ((needs_end_time(settings) || member(call->body, "end_time") != NULL) &&
        !read_end_time(call, &end_time))
        return;
    if (!read_owner(call, &owner) || !wishes_check(call, settings, invalid_hosts))
        return;
    wishes_drop_hosts(settings, invalid_hosts);
    reserve = reserves_add(&call->sim->reserves, NULL, call->now_s, &call->sim->dice);
    reserve->app_id = xstrdup(call->app->app_id);
    reserve->tenant = xstrdup(call->app->tenant);
    reserve->owner = owner;
    reserve->by_user = call->token->kind == TOKEN_USER;
    reserve->end_time = end_time;
    json_object_put(reserve->settings);
    reserve->settings = wishes_convert(&call->sim->users, settings, call->id_kind, ID_OPEN);
    set_password(call, reserve, member_text(settings, "password"));
    answer_data(call->answer, reserve_view_data(call, reserve, VIEW_APPLY, invalid_hosts));
}

void handle_apply(struct call *call)
{
    struct json_object *invalid_hosts = json_object_new_array();

    apply(call, invalid_hosts);
    json_object_put(invalid_hosts);
}

bool is_own(const struct call *call, const struct reserve *reserve)
{
    if (call->sim->switches.ownership == OWNED_BY_ANY)
        return true;
    if (!str_equal(reserve->tenant, call->app->tenant))
        return false;
    if (call->token->kind == TOKEN_USER)
        return reserve->owner == call->token->user;
    return call->sim->switches.ownership == OWNED_BY_TENANT || str_equal(reserve->app_id, call->app->app_id);
}

struct reserve *own_reserve(struct call *call)
{
    struct reserve *reserve = reserves_find(&call->sim->reserves, call->id);

    if (reserve == NULL || reserve->deleted) {
        answer_error(call->answer, 404, 121004, "data not exist");
        return NULL;
    }
    if (!is_own(call, reserve)) {
        answer_error(call->answer, 403, 121005, "no permission");
        return NULL;
    }
    reserve_settle(call->sim, reserve);
    return reserve;
}

void reserve_settle(struct sim *sim, struct reserve *reserve)
{
    if (sim->switches.expiry_ends_meeting == 1 && reserve->running != NULL &&
        reserve->end_time <= moment_s(&sim->moment))
        meeting_end(reserve->running, reserve->end_time);
}

/* A reservation past its expiry that is to live on; false: answered. */
static bool renew_expired(struct call *call, struct reserve *reserve)
{
    switch (call->sim->switches.expired_renew) {
    case RENEW_REFUSED:
        answer_error(call->answer, 404, 121004, "data not exist");
        return false;
    case RENEW_NEW_NUMBER:
        reserves_new_number(&call->sim->reserves, reserve, call->now_s, &call->sim->dice);
        return true;
    default:
        return true;
    }
}

static void update_settings(struct call *call, struct reserve *reserve, struct json_object *settings)
{
    struct json_object *changes = wishes_convert(&call->sim->users, settings, call->id_kind, ID_OPEN);
    const char *password = member_text(settings, "password");
    const struct switches *switches = &call->sim->switches;

    wishes_update(call, &reserve->settings, changes);
    json_object_put(changes);
    if (password != NULL && (*password != '\0' || switches->update_empty == 0))
        set_password(call, reserve, password);
    else if (password == NULL && switches->update == 1)
        set_password(call, reserve, NULL);
}

/* What the reservation would wish afterwards, for the rules that concern several members. */
static struct json_object *wishes_afterwards(struct call *call, const struct reserve *reserve,
                                             struct json_object *settings)
{
    struct json_object *whole = wishes_convert(&call->sim->users, reserve->settings, ID_OPEN, call->id_kind);

    /* Only the changes are looked at for their values; the kind of meeting comes from before. */
    json_object_object_foreach(settings, name, value)
    {
        put(whole, name, json_object_get(value));
    }
    return whole;
}

static void update(struct call *call, struct reserve *reserve, struct json_object *invalid_hosts)
{
    struct json_object *settings = member(call->body, "meeting_settings"), *whole;
    int64_t end_time = reserve->end_time;
    bool good;

    if (member(call->body, "end_time") != NULL && !read_end_time(call, &end_time))
        return;
    if (settings != NULL) {
        if (call->sim->switches.update_connect == 1 && member(settings, "meeting_connect") != NULL) {
            answer_error(call->answer, 400, 121002, "not support");
            return;
        }
        whole = wishes_afterwards(call, reserve, settings);
        good = wishes_check(call, whole, invalid_hosts);
        json_object_put(whole);
        if (!good)
            return;
    }
    if (reserve->end_time <= call->now_s && !renew_expired(call, reserve))
        return;
    reserve->end_time = end_time;
    if (settings != NULL) {
        wishes_drop_hosts(settings, invalid_hosts);
        update_settings(call, reserve, settings);
    }
    answer_data(call->answer, reserve_view_data(call, reserve, VIEW_UPDATE, invalid_hosts));
}

void handle_update(struct call *call)
{
    struct reserve *reserve = own_reserve(call);
    struct json_object *invalid_hosts;

    if (reserve == NULL)
        return;
    invalid_hosts = json_object_new_array();
    update(call, reserve, invalid_hosts);
    json_object_put(invalid_hosts);
}

void handle_delete(struct call *call)
{
    struct reserve *reserve = own_reserve(call);

    if (reserve == NULL)
        return;
    reserve->deleted = true;
    if (call->sim->switches.delete_ends_meeting == 1 && reserve->running != NULL)
        meeting_end(reserve->running, call->now_s);
    answer_data(call->answer, json_object_new_object());
}

void handle_get(struct call *call)
{
    struct reserve *reserve = own_reserve(call);

    if (reserve != NULL)
        answer_data(call->answer, reserve_view_data(call, reserve, VIEW_GET, NULL));
}
