/* Which calls there are, and the shape of their parameters (feishu-api.md 1.2, 1.4, 6). */
#include <string.h>

#include "base/base.h"
#include "sim/call.h"
#include "sim/handlers.h"

/* clang-format off */
#define END {NULL, FIELD_STRING, false, NULL, NULL, 0}
#define OPTIONAL(name, type) {name, type, false, NULL, NULL, 0}
#define REQUIRED(name, type) {name, type, true, NULL, NULL, 0}
#define USER_ID_TYPE {"user_id_type", FIELD_STRING, false, NULL, "open_id|union_id|user_id", 0}

static const struct field checker[] = {
    REQUIRED("check_field", FIELD_INT), REQUIRED("check_mode", FIELD_INT),
    REQUIRED("check_list", FIELD_STRINGS), END,
};
static const struct field permission[] = {
    REQUIRED("permission", FIELD_INT), {"permission_checkers", FIELD_OBJECTS, true, checker, NULL, 0}, END,
};
static const struct field pstn_sip_info[] = {
    OPTIONAL("nickname", FIELD_STRING), REQUIRED("main_address", FIELD_STRING), END,
};
static const struct field callee[] = {
    OPTIONAL("id", FIELD_STRING), REQUIRED("user_type", FIELD_INT),
    {"pstn_sip_info", FIELD_OBJECT, false, pstn_sip_info, NULL, 0}, END,
};
static const struct field call_setting[] = {{"callee", FIELD_OBJECT, true, callee, NULL, 0}, END};
static const struct field assign_host[] = {
    OPTIONAL("user_type", FIELD_INT), OPTIONAL("id", FIELD_STRING), END,
};
static const struct field meeting_settings[] = {
    OPTIONAL("topic", FIELD_STRING),
    {"action_permissions", FIELD_OBJECTS, false, permission, NULL, 0},
    OPTIONAL("meeting_initial_type", FIELD_INT),
    OPTIONAL("meeting_connect", FIELD_BOOL),
    {"call_setting", FIELD_OBJECT, false, call_setting, NULL, 0},
    OPTIONAL("auto_record", FIELD_BOOL),
    {"assign_host_list", FIELD_OBJECTS, false, assign_host, NULL, 0},
    OPTIONAL("password", FIELD_STRING),
    END,
};
static const struct field apply_body[] = {
    OPTIONAL("end_time", FIELD_STRING), OPTIONAL("owner_id", FIELD_STRING),
    {"meeting_settings", FIELD_OBJECT, true, meeting_settings, NULL, 0}, END,
};
static const struct field update_body[] = {
    OPTIONAL("end_time", FIELD_STRING),
    {"meeting_settings", FIELD_OBJECT, false, meeting_settings, NULL, 0}, END,
};
static const struct field id_query[] = {USER_ID_TYPE, END};
static const struct field active_query[] = {OPTIONAL("with_participants", FIELD_BOOL), USER_ID_TYPE, END};
static const struct field meeting_query[] = {
    OPTIONAL("with_participants", FIELD_BOOL), OPTIONAL("with_meeting_ability", FIELD_BOOL),
    {"query_mode", FIELD_INT, false, NULL, NULL, 1}, USER_ID_TYPE, END,
};
static const struct field list_query[] = {
    REQUIRED("meeting_no", FIELD_STRING), REQUIRED("start_time", FIELD_INT), REQUIRED("end_time", FIELD_INT),
    OPTIONAL("page_token", FIELD_STRING), {"page_size", FIELD_INT, false, NULL, NULL, 50}, END,
};

#define AUTH "/open-apis/auth/v3/"
#define VC   "/open-apis/vc/v1/"

static const struct route routes[] = {
    {API_TOKEN, "token", "POST", AUTH "tenant_access_token/internal", NULL, NULL, NULL, handle_token},
    {API_TOKEN, "token", "POST", AUTH "tenant_access_token/internal/", NULL, NULL, NULL, handle_token},
    {API_APP_TOKEN, "app_token", "POST", AUTH "app_access_token/internal", NULL, NULL, NULL, handle_token},
    {API_APP_TOKEN, "app_token", "POST", AUTH "app_access_token/internal/", NULL, NULL, NULL, handle_token},
    {API_APPLY, "apply", "POST", VC "reserves/apply", "vc:reserve", id_query, apply_body, handle_apply},
    {API_UPDATE, "update", "PUT", VC "reserves/:id", "vc:reserve", id_query, update_body, handle_update},
    {API_DELETE, "delete", "DELETE", VC "reserves/:id", "vc:reserve", NULL, NULL, handle_delete},
    {API_GET, "get", "GET", VC "reserves/:id", "vc:reserve:readonly", id_query, NULL, handle_get},
    {API_ACTIVE, "active", "GET", VC "reserves/:id/get_active_meeting", "vc:reserve:readonly", active_query,
     NULL, handle_active},
    {API_LIST_BY_NO, "list_by_no", "GET", VC "meetings/list_by_no", "vc:meeting:readonly", list_query, NULL,
     handle_list_by_no},
    {API_MEETING, "meeting", "GET", VC "meetings/:id", "vc:meeting:readonly", meeting_query, NULL,
     handle_meeting},
};
/* clang-format on */

/* Where the pattern has ":id", the path's segment is told. */
static bool matches(const char *pattern, const char *path, const char **ret_id, size_t *ret_length)
{
    size_t length;

    while (*pattern != '\0') {
        if (strncmp(pattern, ":id", 3) != 0) {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        length = strcspn(path, "/");
        if (length == 0)
            return false;
        *ret_id = path;
        *ret_length = length;
        path += length;
        pattern += 3;
    }
    return *path == '\0';
}

const struct route *route_find(const char *method, const char *path, char **ret_id)
{
    for (size_t i = 0; i < ELEMENTS(routes); i++) {
        const char *id = NULL;
        size_t length = 0;

        if (strcmp(routes[i].method, method) != 0 || !matches(routes[i].path, path, &id, &length))
            continue;
        *ret_id = id != NULL ? xstrndup(id, length) : NULL;
        return &routes[i];
    }
    return NULL;
}

const char *route_name(enum api api)
{
    for (size_t i = 0; i < ELEMENTS(routes); i++) {
        if (routes[i].api == api)
            return routes[i].name;
    }
    return "unknown";
}
