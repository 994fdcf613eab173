#include "sim/wishes.h"

#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/call.h"
#include "sim/member.h"
#include "sim/validate.h"

#define HOSTS_MAX 10

enum { TYPE_GROUP = 1, TYPE_CALL = 2 };
enum { CHECK_USER_ID = 1, CHECK_USER_TYPE = 2, CHECK_TENANT = 3 };

static bool password_is_good(const char *password)
{
    size_t length = strlen(password);

    return length == 0 || (length >= 4 && length <= 9 && strspn(password, DICE_DIGITS) == length);
}

static bool number_between(struct json_object *object, const char *name, int64_t lowest, int64_t highest)
{
    int64_t number = member_int(object, name, lowest);

    return number >= lowest && number <= highest;
}

/* The values of a check_list that is about user types. */
static bool are_user_types(struct json_object *list)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *text = json_object_get_string(json_object_array_get_idx(list, i));

        if (!str_equal(text, "1") && !str_equal(text, "2") && !str_equal(text, "6") && !str_equal(text, "7"))
            return false;
    }
    return true;
}

static bool checker_is_good(struct json_object *checker)
{
    return number_between(checker, "check_field", CHECK_USER_ID, CHECK_TENANT) &&
           number_between(checker, "check_mode", 1, 2) &&
           (member_int(checker, "check_field", 0) != CHECK_USER_TYPE ||
            are_user_types(member(checker, "check_list")));
}

static bool permissions_are_good(struct json_object *permissions)
{
    for (size_t i = 0; permissions != NULL && i < json_object_array_length(permissions); i++) {
        struct json_object *permission = json_object_array_get_idx(permissions, i);
        struct json_object *checkers = member(permission, "permission_checkers");

        if (!number_between(permission, "permission", 1, 3))
            return false;
        for (size_t j = 0; j < json_object_array_length(checkers); j++) {
            if (!checker_is_good(json_object_array_get_idx(checkers, j)))
                return false;
        }
    }
    return true;
}

/* "+86-" and the number: only those of mainland China. */
static bool address_is_good(const char *address)
{
    size_t length;

    if (address == NULL || strncmp(address, "+86-", 4) != 0)
        return false;
    length = strlen(address + 4);
    return length >= 5 && length <= 15 && strspn(address + 4, DICE_DIGITS) == length;
}

static bool check_callee(struct call *call, struct json_object *settings)
{
    struct json_object *callee = member(member(settings, "call_setting"), "callee");

    if (callee == NULL) {
        if (call->route->api == API_APPLY) {
            answer_param_error(call, "meeting_settings.call_setting", "a call needs a callee");
            return false;
        }
        return true;
    }
    if (member_int(callee, "user_type", 0) != USER_TYPE_PSTN) {
        if (call->sim->switches.callee_error == 0)
            answer_error(call->answer, 400, 121002, "not support");
        else
            answer_error(call->answer, 400, 121003, "param error");
        return false;
    }
    if (!address_is_good(member_text(member(callee, "pstn_sip_info"), "main_address"))) {
        answer_param_error(call, "meeting_settings.call_setting.callee.pstn_sip_info.main_address",
                           "not a mainland China number");
        return false;
    }
    return true;
}

static bool host_is_usable(struct call *call, struct json_object *host)
{
    const struct user *user = users_meant(&call->sim->users, call->id_kind, member_text(host, "id"),
                                          call->sim->switches.users == 1);

    return user != NULL && user->standing == USER_GOOD && user->user_type == USER_TYPE_LARK &&
           member_int(host, "user_type", 1) == 1;
}

static bool check_hosts(struct call *call, struct json_object *hosts, struct json_object *invalid_hosts)
{
    if (hosts == NULL)
        return true;
    if (json_object_array_length(hosts) > HOSTS_MAX) {
        answer_error(call->answer, 400, 123003, "assign host exceed max limit 10");
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(hosts); i++) {
        struct json_object *host = json_object_array_get_idx(hosts, i);
        const char *id = member_text(host, "id");

        if (host_is_usable(call, host))
            continue;
        if (call->sim->switches.host_error == 1) {
            answer_error(call->answer, 400, 123004, "assign host error");
            return false;
        }
        json_object_array_add(invalid_hosts, json_object_new_string(id != NULL ? id : ""));
    }
    return true;
}

static bool is_in_list(struct json_object *list, const char *text)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (str_equal(json_object_get_string(json_object_array_get_idx(list, i)), text))
            return true;
    }
    return false;
}

void wishes_drop_hosts(struct json_object *settings, struct json_object *invalid_hosts)
{
    struct json_object *hosts = member(settings, "assign_host_list");

    for (size_t i = hosts != NULL ? json_object_array_length(hosts) : 0; i > 0; i--) {
        const char *id = member_text(json_object_array_get_idx(hosts, i - 1), "id");

        if (is_in_list(invalid_hosts, id != NULL ? id : ""))
            json_object_array_del_idx(hosts, i - 1, 1);
    }
}

bool wishes_check(struct call *call, struct json_object *settings, struct json_object *invalid_hosts)
{
    const char *password = member_text(settings, "password");
    bool is_call = member_int(settings, "meeting_initial_type", TYPE_GROUP) == TYPE_CALL;

    if (!number_between(settings, "meeting_initial_type", TYPE_GROUP, TYPE_CALL)) {
        answer_param_error(call, "meeting_settings.meeting_initial_type", "1 or 2");
        return false;
    }
    if (is_call && member_bool(settings, "auto_record", false)) {
        answer_error(call->answer, 400, 123002, "record param error");
        return false;
    }
    if (is_call && !check_callee(call, settings))
        return false;
    if (!permissions_are_good(member(settings, "action_permissions"))) {
        answer_param_error(call, "meeting_settings.action_permissions", "a value is out of range");
        return false;
    }
    if (password != NULL && !password_is_good(password)) {
        answer_param_error(call, "meeting_settings.password", "4 to 9 digits, or empty");
        return false;
    }
    return check_hosts(call, member(settings, "assign_host_list"), invalid_hosts);
}

static void convert_id(struct users *users, struct json_object *object, const char *name, enum id_kind from,
                       enum id_kind to)
{
    const char *id = member_text(object, name);

    if (id != NULL)
        put_text(object, name, users_named(users, from, id, USER_TYPE_LARK)->ids[to]);
}

static void convert_list(struct users *users, struct json_object *list, enum id_kind from, enum id_kind to)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *id = json_object_get_string(json_object_array_get_idx(list, i));

        json_object_array_put_idx(
            list, i, json_object_new_string(users_named(users, from, id, USER_TYPE_LARK)->ids[to]));
    }
}

static void convert_permissions(struct users *users, struct json_object *permissions, enum id_kind from,
                                enum id_kind to)
{
    for (size_t i = 0; permissions != NULL && i < json_object_array_length(permissions); i++) {
        struct json_object *checkers =
            member(json_object_array_get_idx(permissions, i), "permission_checkers");

        for (size_t j = 0; j < json_object_array_length(checkers); j++) {
            struct json_object *checker = json_object_array_get_idx(checkers, j);

            if (member_int(checker, "check_field", 0) == CHECK_USER_ID)
                convert_list(users, member(checker, "check_list"), from, to);
        }
    }
}

struct json_object *wishes_convert(struct users *users, struct json_object *settings, enum id_kind from,
                                   enum id_kind to)
{
    struct json_object *copy = NULL, *hosts;

    if (json_object_deep_copy(settings, &copy, NULL) != 0)
        return json_object_new_object();
    json_object_object_del(copy, "password");
    convert_permissions(users, member(copy, "action_permissions"), from, to);
    hosts = member(copy, "assign_host_list");
    for (size_t i = 0; hosts != NULL && i < json_object_array_length(hosts); i++)
        convert_id(users, json_object_array_get_idx(hosts, i), "id", from, to);
    convert_id(users, member(member(copy, "call_setting"), "callee"), "id", from, to);
    return copy;
}

void wishes_update(struct call *call, struct json_object **settings, struct json_object *changes)
{
    const struct switches *switches = &call->sim->switches;
    struct json_object *connect = json_object_get(member(*settings, "meeting_connect"));

    if (switches->update == 1) {
        json_object_put(*settings);
        *settings = json_object_new_object();
    }
    json_object_object_foreach(changes, name, value)
    {
        if (switches->update_empty == 0 || !json_is_empty(value))
            put(*settings, name, json_object_get(value));
    }
    /* It stays as apply had it. */
    json_object_object_del(*settings, "meeting_connect");
    if (connect != NULL)
        put(*settings, "meeting_connect", connect);
}
