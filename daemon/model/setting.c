#include "model/setting.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"

static const char *const names[SETTINGS] = {
    [SETTING_TOPIC] = "topic",
    [SETTING_ACTION_PERMISSIONS] = "action_permissions",
    [SETTING_MEETING_INITIAL_TYPE] = "meeting_initial_type",
    [SETTING_MEETING_CONNECT] = "meeting_connect",
    [SETTING_AUTO_RECORD] = "auto_record",
    [SETTING_ASSIGN_HOST_LIST] = "assign_host_list",
    [SETTING_PASSWORD] = "password",
    [SETTING_CALL_SETTING] = "call_setting",
};

const char *setting_name(enum setting setting)
{
    return names[setting];
}

unsigned settings_set(const struct meeting_settings *settings)
{
    unsigned set = 0;

    if (settings->topic != NULL)
        set |= SETTING_BIT(SETTING_TOPIC);
    if (settings->action_permissions_set)
        set |= SETTING_BIT(SETTING_ACTION_PERMISSIONS);
    if (settings->meeting_initial_type != 0)
        set |= SETTING_BIT(SETTING_MEETING_INITIAL_TYPE);
    if (settings->meeting_connect != FLAG_UNSET)
        set |= SETTING_BIT(SETTING_MEETING_CONNECT);
    if (settings->auto_record != FLAG_UNSET)
        set |= SETTING_BIT(SETTING_AUTO_RECORD);
    if (settings->assign_host_list_set)
        set |= SETTING_BIT(SETTING_ASSIGN_HOST_LIST);
    if (settings->password != NULL)
        set |= SETTING_BIT(SETTING_PASSWORD);
    if (settings->callee != NULL)
        set |= SETTING_BIT(SETTING_CALL_SETTING);
    return set;
}

/* Members are set apart by a comma, lines by a newline; neither is left inside one. */
static void append_member(struct buffer *text, const char *member)
{
    for (const char *c = member != NULL ? member : ""; *c != '\0'; c++) {
        if (*c == ',' || *c == '\\')
            buffer_append_char(text, '\\');
        if (*c == '\n')
            buffer_append_text(text, "\\n");
        else
            buffer_append_char(text, *c);
    }
    buffer_append_char(text, ',');
}

static void append_list(struct buffer *text, const struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        append_member(text, list->items[i]);
}

static void append_permissions(struct buffer *text, const struct meeting_settings *settings)
{
    for (size_t i = 0; i < settings->action_permission_count; i++) {
        const struct action_permission *entry = &settings->action_permissions[i];

        for (size_t j = 0; j < entry->count; j++) {
            const struct permission_checker *checker = &entry->checkers[j];

            buffer_printf(text, "%d/%d/%d:", entry->permission, checker->check_field, checker->check_mode);
            append_list(text, &checker->check_list);
        }
    }
}

static void append_callee(struct buffer *text, const struct callee *callee)
{
    buffer_printf(text, "%d:", callee->user_type);
    append_member(text, callee->id);
    append_member(text, callee->nickname);
    append_member(text, callee->main_address);
}

static void append_setting(struct buffer *text, const struct meeting_settings *settings, enum setting setting)
{
    buffer_printf(text, "%s=", names[setting]);
    switch (setting) {
    case SETTING_TOPIC:
        append_member(text, settings->topic);
        break;
    case SETTING_ACTION_PERMISSIONS:
        append_permissions(text, settings);
        break;
    case SETTING_MEETING_INITIAL_TYPE:
        buffer_printf(text, "%d", settings->meeting_initial_type);
        break;
    case SETTING_MEETING_CONNECT:
        buffer_printf(text, "%d", settings->meeting_connect == FLAG_YES);
        break;
    case SETTING_AUTO_RECORD:
        buffer_printf(text, "%d", settings->auto_record == FLAG_YES);
        break;
    case SETTING_ASSIGN_HOST_LIST:
        append_list(text, &settings->assign_host_list);
        break;
    case SETTING_PASSWORD:
        append_member(text, settings->password);
        break;
    case SETTING_CALL_SETTING:
    default:
        append_callee(text, settings->callee);
        break;
    }
    buffer_append_char(text, '\n');
}

/* The lines of the settings in `set`. */
static char *text_of(const struct meeting_settings *settings, unsigned set)
{
    struct buffer text = BUFFER_EMPTY;
    char *result;

    for (enum setting setting = 0; setting < SETTINGS; setting++) {
        if ((set & SETTING_BIT(setting)) != 0)
            append_setting(&text, settings, setting);
    }
    result = xstrdup(text.length > 0 ? text.data : "");
    if (text.length > 0)
        explicit_bzero(text.data, text.length);
    buffer_fini(&text);
    return result;
}

char *settings_text(const struct meeting_settings *settings)
{
    return text_of(settings, settings_set(settings));
}

/* The line of a setting in a text, and how long it is; NULL where there is none. */
static const char *find_line(const char *text, enum setting setting, size_t *ret_length)
{
    size_t length = strlen(names[setting]);

    while (text != NULL && *text != '\0') {
        const char *end = strchr(text, '\n');

        if (end == NULL)
            return NULL;
        if (strncmp(text, names[setting], length) == 0 && text[length] == '=') {
            *ret_length = (size_t)(end + 1 - text);
            return text;
        }
        text = end + 1;
    }
    return NULL;
}

unsigned settings_differing(const char *text, const struct meeting_settings *settings)
{
    unsigned set = settings_set(settings), differing = 0;

    for (enum setting setting = 0; setting < SETTINGS; setting++) {
        unsigned bit = SETTING_BIT(setting);
        size_t length = 0;
        const char *line = find_line(text, setting, &length);
        char *now = (set & bit) != 0 ? text_of(settings, bit) : NULL;

        if ((line == NULL) != (now == NULL) ||
            (line != NULL && now != NULL && (strlen(now) != length || strncmp(line, now, length) != 0)))
            differing |= bit;
        secret_free(now);
    }
    return differing;
}

char *settings_names(unsigned set)
{
    struct buffer text = BUFFER_EMPTY;
    char *result;

    for (enum setting setting = 0; setting < SETTINGS; setting++) {
        if ((set & SETTING_BIT(setting)) == 0)
            continue;
        if (text.length > 0)
            buffer_append_text(&text, ", ");
        buffer_append_text(&text, names[setting]);
    }
    result = xstrdup(text.length > 0 ? text.data : "");
    buffer_fini(&text);
    return result;
}

void settings_pick(const struct meeting_settings *settings, unsigned set, struct meeting_settings *ret)
{
    struct meeting_settings all;

    meeting_settings_copy(&all, settings);
    meeting_settings_init(ret);
    if ((set & SETTING_BIT(SETTING_TOPIC)) != 0) {
        ret->topic = all.topic;
        all.topic = NULL;
    }
    if ((set & SETTING_BIT(SETTING_ACTION_PERMISSIONS)) != 0) {
        ret->action_permissions_set = true;
        ret->action_permissions = all.action_permissions;
        ret->action_permission_count = all.action_permission_count;
        all.action_permissions = NULL;
        all.action_permission_count = 0;
    }
    if ((set & SETTING_BIT(SETTING_MEETING_INITIAL_TYPE)) != 0)
        ret->meeting_initial_type = all.meeting_initial_type;
    if ((set & SETTING_BIT(SETTING_MEETING_CONNECT)) != 0)
        ret->meeting_connect = all.meeting_connect;
    if ((set & SETTING_BIT(SETTING_AUTO_RECORD)) != 0)
        ret->auto_record = all.auto_record == FLAG_YES ? FLAG_YES : FLAG_NO;
    if ((set & SETTING_BIT(SETTING_ASSIGN_HOST_LIST)) != 0) {
        ret->assign_host_list_set = true;
        ret->assign_host_list = all.assign_host_list;
        all.assign_host_list = (struct string_list){NULL, 0};
    }
    if ((set & SETTING_BIT(SETTING_PASSWORD)) != 0) {
        ret->password = all.password;
        all.password = NULL;
    }
    if ((set & SETTING_BIT(SETTING_CALL_SETTING)) != 0) {
        ret->callee = all.callee;
        all.callee = NULL;
    }
    meeting_settings_fini(&all);
}

unsigned settings_left_over(const struct meeting_settings *settings, const struct meeting_settings *at_feishu)
{
    return settings_set(at_feishu) & ~settings_set(settings) &
           (SETTING_BIT(SETTING_TOPIC) | SETTING_BIT(SETTING_PASSWORD));
}

unsigned settings_gone(const struct meeting_settings *expected, const struct meeting_settings *told)
{
    unsigned gone = 0;

    if (expected->topic != NULL && expected->topic[0] != '\0' &&
        (told->topic == NULL || told->topic[0] == '\0'))
        gone |= SETTING_BIT(SETTING_TOPIC);
    if (expected->action_permission_count > 0 && told->action_permission_count == 0)
        gone |= SETTING_BIT(SETTING_ACTION_PERMISSIONS);
    if (expected->auto_record == FLAG_YES && told->auto_record != FLAG_YES)
        gone |= SETTING_BIT(SETTING_AUTO_RECORD);
    if (expected->assign_host_list.count > 0 && told->assign_host_list.count == 0)
        gone |= SETTING_BIT(SETTING_ASSIGN_HOST_LIST);
    /* An absent password is one that get does not tell. */
    if (expected->password != NULL && expected->password[0] != '\0' && told->password != NULL &&
        told->password[0] == '\0')
        gone |= SETTING_BIT(SETTING_PASSWORD);
    if (expected->callee != NULL && told->callee == NULL)
        gone |= SETTING_BIT(SETTING_CALL_SETTING);
    return gone;
}
