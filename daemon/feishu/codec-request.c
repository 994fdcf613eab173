/* The bodies of requests (feishu-api.md 1.2, 1.4, 3.1). */
#include "feishu/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "feishu/codec-field.h"

static struct json_object *made(struct json_object *value)
{
    if (value == NULL)
        abort(); /* out of memory, as in xalloc() */
    return value;
}

static struct json_object *add(struct json_object *object, const char *name, struct json_object *value)
{
    json_object_object_add_ex(object, name, made(value), JSON_C_OBJECT_ADD_CONSTANT_KEY);
    return value;
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
    if (text != NULL)
        add(object, name, json_object_new_string(text));
}

static void add_enum(struct json_object *object, const char *name, int number)
{
    if (number != 0)
        add(object, name, json_object_new_int(number));
}

static void add_flag(struct json_object *object, const char *name, enum flag flag)
{
    if (flag != FLAG_UNSET)
        add(object, name, json_object_new_boolean(flag == FLAG_YES));
}

static void add_time(struct json_object *object, const char *name, int64_t seconds)
{
    char text[24];

    if (seconds == UNKNOWN)
        return;
    snprintf(text, sizeof(text), "%" PRId64, seconds);
    add(object, name, json_object_new_string(text));
}

static void add_texts(struct json_object *object, const char *name, const struct string_list *list)
{
    struct json_object *array = add(object, name, json_object_new_array());

    for (size_t i = 0; i < list->count; i++)
        json_object_array_add(array, made(json_object_new_string(list->items[i])));
}

/* The text of a finished object, which is overwritten and freed. */
static char *take_text(struct json_object *take_object)
{
    size_t length;
    const char *text = json_object_to_json_string_length(
        take_object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    char *copy;

    if (text == NULL)
        abort(); /* out of memory, as in xalloc() */
    copy = xstrndup(text, length);
    explicit_bzero((char *)text, length);
    wipe_strings(take_object);
    json_object_put(take_object);
    return copy;
}

static void add_permissions(struct json_object *object, const struct meeting_settings *settings)
{
    struct json_object *entries;

    if (!settings->action_permissions_set)
        return;
    entries = add(object, "action_permissions", json_object_new_array());
    for (size_t i = 0; i < settings->action_permission_count; i++) {
        const struct action_permission *permission = &settings->action_permissions[i];
        struct json_object *entry = made(json_object_new_object());
        struct json_object *checkers;

        json_object_array_add(entries, entry);
        add(entry, "permission", json_object_new_int(permission->permission));
        checkers = add(entry, "permission_checkers", json_object_new_array());
        for (size_t j = 0; j < permission->count; j++) {
            const struct permission_checker *checker = &permission->checkers[j];
            struct json_object *item = made(json_object_new_object());

            json_object_array_add(checkers, item);
            add(item, "check_field", json_object_new_int(checker->check_field));
            add(item, "check_mode", json_object_new_int(checker->check_mode));
            add_texts(item, "check_list", &checker->check_list);
        }
    }
}

static void add_callee(struct json_object *object, const struct callee *callee)
{
    struct json_object *item;

    if (callee == NULL)
        return;
    item = add(add(object, "call_setting", json_object_new_object()), "callee", json_object_new_object());
    add_text(item, "id", callee->id);
    add_enum(item, "user_type", callee->user_type);
    if (callee->nickname != NULL || callee->main_address != NULL) {
        struct json_object *info = add(item, "pstn_sip_info", json_object_new_object());

        add_text(info, "nickname", callee->nickname);
        add_text(info, "main_address", callee->main_address);
    }
}

static void add_hosts(struct json_object *object, const struct meeting_settings *settings)
{
    struct json_object *hosts;

    if (!settings->assign_host_list_set)
        return;
    hosts = add(object, "assign_host_list", json_object_new_array());
    for (size_t i = 0; i < settings->assign_host_list.count; i++) {
        struct json_object *host = made(json_object_new_object());

        json_object_array_add(hosts, host);
        add(host, "user_type", json_object_new_int(USER_TYPE_LARK));
        add_text(host, "id", settings->assign_host_list.items[i]);
    }
}

/* meeting_connect cannot be updated. */
static struct json_object *encode_settings(const struct meeting_settings *settings, bool for_update)
{
    struct json_object *object = made(json_object_new_object());

    add_text(object, "topic", settings->topic);
    add_permissions(object, settings);
    add_enum(object, "meeting_initial_type", settings->meeting_initial_type);
    if (!for_update)
        add_flag(object, "meeting_connect", settings->meeting_connect);
    add_callee(object, settings->callee);
    add_flag(object, "auto_record", settings->auto_record);
    add_hosts(object, settings);
    add_text(object, "password", settings->password);
    return object;
}

char *codec_token_request(const char *app_id, const char *app_secret)
{
    struct json_object *body = made(json_object_new_object());

    add_text(body, "app_id", app_id);
    add_text(body, "app_secret", app_secret);
    return take_text(body);
}

char *codec_apply_request(int64_t end_time, const char *owner_id, const struct meeting_settings *settings)
{
    struct json_object *body = made(json_object_new_object());

    add_time(body, "end_time", end_time);
    add_text(body, "owner_id", owner_id);
    add(body, "meeting_settings", encode_settings(settings, false));
    return take_text(body);
}

char *codec_update_request(int64_t end_time, const struct meeting_settings *settings)
{
    struct json_object *body = made(json_object_new_object());

    add_time(body, "end_time", end_time);
    if (settings != NULL) {
        struct json_object *encoded = encode_settings(settings, true);

        /* Feishu's pages disagree on what an empty value does. */
        if (json_object_object_length(encoded) > 0)
            add(body, "meeting_settings", encoded);
        else
            json_object_put(encoded);
    }
    return take_text(body);
}
