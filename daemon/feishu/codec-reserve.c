/* A reservation, as apply, update and get answer it (feishu-api.md 1.3, 1.4, 1.6). */
#include "feishu/codec.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "feishu/codec-field.h"

/* Three permissions with three kinds of checkers make sense; a list of thousands is hostile. */
#define CHECKERS_MAX 1000

static void read_permissions(struct json_object *object, struct meeting_settings *settings)
{
    struct json_object *entries = field_of_type(object, "action_permissions", json_type_array);
    size_t left = CHECKERS_MAX;

    if (entries == NULL)
        return;
    settings->action_permissions_set = true;
    for (size_t i = 0; i < json_object_array_length(entries); i++) {
        struct json_object *entry = json_object_array_get_idx(entries, i);
        struct json_object *checkers = field_of_type(entry, "permission_checkers", json_type_array);
        int permission = field_enum(entry, "permission");

        for (size_t j = 0; checkers != NULL && permission != 0 && j < json_object_array_length(checkers);
             j++) {
            struct json_object *item = json_object_array_get_idx(checkers, j);
            struct json_object *list = field_of_type(item, "check_list", json_type_array);
            int check_field = field_enum(item, "check_field"), check_mode = field_enum(item, "check_mode");
            struct permission_checker *checker;

            if (check_field == 0 || check_mode == 0)
                continue;
            if (left-- == 0)
                return;
            checker = meeting_settings_add_checker(settings, permission, check_field, check_mode);
            if (list != NULL)
                add_ids(list, &checker->check_list);
        }
    }
}

static void read_hosts(struct json_object *object, struct meeting_settings *settings)
{
    struct json_object *hosts = field_of_type(object, "assign_host_list", json_type_array);

    if (hosts == NULL)
        return;
    settings->assign_host_list_set = true;
    for (size_t i = 0; i < json_object_array_length(hosts); i++) {
        CLEANUP_FREE char *id = field_id(json_object_array_get_idx(hosts, i), "id");

        if (id != NULL)
            string_list_add(&settings->assign_host_list, id);
    }
}

static void read_callee(struct json_object *object, struct meeting_settings *settings)
{
    struct json_object *item = field_of_type(field(object, "call_setting"), "callee", json_type_object);
    struct json_object *info = field(item, "pstn_sip_info");

    if (item == NULL)
        return;
    settings->callee = xalloc(sizeof(*settings->callee));
    settings->callee->id = field_id(item, "id");
    settings->callee->user_type = field_enum(item, "user_type");
    settings->callee->nickname = xstrdup(field_text(info, "nickname"));
    settings->callee->main_address = xstrdup(field_text(info, "main_address"));
}

static void read_settings(struct json_object *reserve, struct feishu_reserve *ret)
{
    struct json_object *object = field_of_type(reserve, "meeting_settings", json_type_object);
    struct meeting_settings *settings = &ret->meeting_settings;

    if (object == NULL)
        return;
    ret->meeting_settings_known = true;
    settings->topic = xstrdup(field_text(object, "topic"));
    read_permissions(object, settings);
    settings->meeting_initial_type = field_enum(object, "meeting_initial_type");
    settings->meeting_connect = field_flag(object, "meeting_connect");
    settings->auto_record = field_flag(object, "auto_record");
    read_hosts(object, settings);
    settings->password = xstrdup(field_text(object, "password"));
    read_callee(object, settings);
}

int codec_reserve(const struct codec_answer *answer, struct feishu_reserve *ret, struct error *error)
{
    struct json_object *reserve = field(answer->data, "reserve");
    struct json_object *correction = field(answer->data, "reserve_correction_check_info");
    struct json_object *invalid = field_of_type(correction, "invalid_host_id_list", json_type_array);

    if (reserve == NULL)
        return error_set(error, -ENOENT, "the answer has no reservation in it");
    if (!json_object_is_type(reserve, json_type_object))
        return error_set(error, -EBADMSG, "the answer's reserve is not an object");
    *ret = (struct feishu_reserve){
        .id = field_record_id(reserve, "id"),
        .meeting_no = field_id(reserve, "meeting_no"),
        .password = xstrdup(field_text(reserve, "password")),
        .url = xstrdup(field_text(reserve, "url")),
        .app_link = xstrdup(field_text(reserve, "app_link")),
        .live_link = xstrdup(field_text(reserve, "live_link")),
        .end_time = field_time(reserve, "end_time"),
        .expire_status = field_count(reserve, "expire_status", INT32_MAX),
        .reserve_user_id = field_id(reserve, "reserve_user_id"),
    };
    read_settings(reserve, ret);
    if (invalid != NULL)
        add_ids(invalid, &ret->invalid_host_id_list);
    return 0;
}

void codec_reserve_fini(struct feishu_reserve *reserve)
{
    free(reserve->id);
    free(reserve->meeting_no);
    secret_free(reserve->password);
    free(reserve->url);
    free(reserve->app_link);
    free(reserve->live_link);
    free(reserve->reserve_user_id);
    meeting_settings_fini(&reserve->meeting_settings);
    string_list_fini(&reserve->invalid_host_id_list);
}
