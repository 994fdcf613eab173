#include "wire/read.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <json-c/json.h>

#include "base/base.h"

/* A string that C can hold: without a NUL in it. */
static bool is_text(struct json_object *value)
{
    return json_object_is_type(value, json_type_string) &&
           strlen(json_object_get_string(value)) == (size_t)json_object_get_string_len(value);
}

/* Each reads one member into the settings; false where its type is wrong. */
static bool read_text(struct json_object *value, char **ret)
{
    if (!is_text(value))
        return false;
    secret_free(*ret);
    *ret = xstrdup(json_object_get_string(value));
    return true;
}

static bool read_number(struct json_object *value, int *ret)
{
    int64_t number = json_object_get_int64(value);

    if (!json_object_is_type(value, json_type_int) || number < 1 || number > INT_MAX)
        return false;
    *ret = (int)number;
    return true;
}

static bool read_flag(struct json_object *value, enum flag *ret)
{
    if (!json_object_is_type(value, json_type_boolean))
        return false;
    *ret = flag_of(json_object_get_boolean(value));
    return true;
}

/* The member of an object, NULL where it is absent or null. */
static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value;

    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

/* Whether an object has no members but these. */
static bool only_has(struct json_object *object, const char *const *names, size_t count)
{
    json_object_object_foreach(object, name, value)
    {
        bool known = false;

        (void)value;
        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(names[i], name) == 0;
        if (!known)
            return false;
    }
    return true;
}

static bool read_checker(struct json_object *value, int permission, struct meeting_settings *settings)
{
    static const char *const names[] = {"check_field", "check_mode", "check_list"};
    struct json_object *list;
    struct permission_checker *checker;
    int check_field, check_mode;

    if (!json_object_is_type(value, json_type_object) || !only_has(value, names, ELEMENTS(names)) ||
        !read_number(member(value, "check_field"), &check_field) ||
        !read_number(member(value, "check_mode"), &check_mode))
        return false;
    list = member(value, "check_list");
    if (!json_object_is_type(list, json_type_array))
        return false;
    checker = meeting_settings_add_checker(settings, permission, check_field, check_mode);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);

        if (!is_text(item))
            return false;
        string_list_add(&checker->check_list, json_object_get_string(item));
    }
    return true;
}

static bool read_permissions(struct json_object *value, struct meeting_settings *settings)
{
    static const char *const names[] = {"permission", "permission_checkers"};

    if (!json_object_is_type(value, json_type_array))
        return false;
    settings->action_permissions_set = true;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *entry = json_object_array_get_idx(value, i), *checkers;
        int permission;

        if (!json_object_is_type(entry, json_type_object) || !only_has(entry, names, ELEMENTS(names)) ||
            !read_number(member(entry, "permission"), &permission))
            return false;
        checkers = member(entry, "permission_checkers");
        if (!json_object_is_type(checkers, json_type_array))
            return false;
        for (size_t j = 0; j < json_object_array_length(checkers); j++) {
            if (!read_checker(json_object_array_get_idx(checkers, j), permission, settings))
                return false;
        }
    }
    return true;
}

static bool read_hosts(struct json_object *value, struct meeting_settings *settings)
{
    static const char *const names[] = {"user_type", "id"};

    if (!json_object_is_type(value, json_type_array))
        return false;
    settings->assign_host_list_set = true;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *host = json_object_array_get_idx(value, i);
        int user_type = USER_TYPE_LARK;

        if (!json_object_is_type(host, json_type_object) || !only_has(host, names, ELEMENTS(names)) ||
            !is_text(member(host, "id")) ||
            (member(host, "user_type") != NULL && !read_number(member(host, "user_type"), &user_type)) ||
            user_type != USER_TYPE_LARK)
            return false;
        string_list_add(&settings->assign_host_list, json_object_get_string(member(host, "id")));
    }
    return true;
}

static bool read_call_setting(struct json_object *value, struct meeting_settings *settings)
{
    static const char *const setting_names[] = {"callee"},
                             *const names[] = {"id", "user_type", "pstn_sip_info"},
                             *const info_names[] = {"nickname", "main_address"};
    struct json_object *callee, *info;

    if (!json_object_is_type(value, json_type_object) ||
        !only_has(value, setting_names, ELEMENTS(setting_names)))
        return false;
    callee = member(value, "callee");
    if (!json_object_is_type(callee, json_type_object) || !only_has(callee, names, ELEMENTS(names)))
        return false;
    settings->callee = xalloc(sizeof(*settings->callee));
    settings->callee->user_type = USER_TYPE_PSTN; /* required by Feishu, and all that it takes */
    info = member(callee, "pstn_sip_info");
    if ((member(callee, "id") != NULL && !read_text(member(callee, "id"), &settings->callee->id)) ||
        (member(callee, "user_type") != NULL &&
         !read_number(member(callee, "user_type"), &settings->callee->user_type)))
        return false;
    if (info == NULL)
        return true;
    return json_object_is_type(info, json_type_object) && only_has(info, info_names, ELEMENTS(info_names)) &&
           (member(info, "nickname") == NULL ||
            read_text(member(info, "nickname"), &settings->callee->nickname)) &&
           (member(info, "main_address") == NULL ||
            read_text(member(info, "main_address"), &settings->callee->main_address));
}

/* One member of the settings; NULL where it is good, else its name. */
static const char *read_member(const char *name, struct json_object *value, struct meeting_settings *settings)
{
    if (value == NULL)
        return NULL;
    if (strcmp(name, "topic") == 0)
        return read_text(value, &settings->topic) ? NULL : "topic";
    if (strcmp(name, "password") == 0)
        return read_text(value, &settings->password) ? NULL : "password";
    if (strcmp(name, "meeting_initial_type") == 0)
        return read_number(value, &settings->meeting_initial_type) ? NULL : "meeting_initial_type";
    if (strcmp(name, "meeting_connect") == 0)
        return read_flag(value, &settings->meeting_connect) ? NULL : "meeting_connect";
    if (strcmp(name, "auto_record") == 0)
        return read_flag(value, &settings->auto_record) ? NULL : "auto_record";
    if (strcmp(name, "action_permissions") == 0)
        return read_permissions(value, settings) ? NULL : "action_permissions";
    if (strcmp(name, "assign_host_list") == 0)
        return read_hosts(value, settings) ? NULL : "assign_host_list";
    if (strcmp(name, "call_setting") == 0)
        return read_call_setting(value, settings) ? NULL : "call_setting";
    return "meeting_settings";
}

int wire_read_settings(const char *json, struct meeting_settings *ret, const char **ret_member)
{
    struct json_object *object = json_tokener_parse(json);
    struct meeting_settings settings;
    const char *mistake = NULL;

    meeting_settings_init(&settings);
    if (!json_object_is_type(object, json_type_object)) {
        mistake = "meeting_settings";
    } else {
        json_object_object_foreach(object, name, value)
        {
            mistake = read_member(name, value, &settings);
            if (mistake != NULL)
                break;
        }
    }
    json_object_put(object);
    if (mistake != NULL) {
        meeting_settings_fini(&settings);
        *ret_member = mistake;
        return -EINVAL;
    }
    *ret = settings;
    return 0;
}
