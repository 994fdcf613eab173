#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "reply.h"
#include "secret.h"

/* Feishu's limits. */
#define HOSTS_MAX    10
#define PASSWORD_MIN 4
#define PASSWORD_MAX 9

enum { INITIAL_TYPE_GROUP = 1, INITIAL_TYPE_CALL = 2 };
enum { FIELD_USER_TYPE = 2 };
enum { USER_TYPE_LARK = 1, USER_TYPE_PSTN = 6 };

const char *const settings_names[SETTINGS] = {
    [SETTING_TOPIC] = "topic",
    [SETTING_MEETING_INITIAL_TYPE] = "meeting-initial-type",
    [SETTING_AUTO_RECORD] = "auto-record",
    [SETTING_MEETING_CONNECT] = "meeting-connect",
    [SETTING_PASSWORD] = "password",
    [SETTING_ASSIGN_HOST_LIST] = "assign-host-list",
    [SETTING_ACTION_PERMISSION] = "action-permission",
    [SETTING_CALLEE_ID] = "callee-id",
    [SETTING_CALLEE_USER_TYPE] = "callee-user-type",
    [SETTING_CALLEE_NICKNAME] = "callee-nickname",
    [SETTING_CALLEE_MAIN_ADDRESS] = "callee-main-address",
};

/* A name and Feishu's number for it; both are taken. */
struct word {
    const char *name;
    int number;
};

static const struct word initial_types[] = {{"group", INITIAL_TYPE_GROUP}, {"call", INITIAL_TYPE_CALL}};
static const struct word callee_types[] = {{"pstn", USER_TYPE_PSTN}};
static const struct word permissions[] = {{"host", 1}, {"invite", 2}, {"join", 3}};
static const struct word fields[] = {{"user_id", 1}, {"user_type", FIELD_USER_TYPE}, {"tenant_id", 3}};
static const struct word modes[] = {{"allow", 1}, {"deny", 2}};
static const struct word user_types[] = {
    {"lark", USER_TYPE_LARK}, {"rooms", 2}, {"pstn", USER_TYPE_PSTN}, {"sip", 7}};

static bool is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int find_word(const char *text, const struct word *words, size_t count, int *ret, struct error *error)
{
    CLEANUP(buffer_fini) struct buffer known = BUFFER_EMPTY;

    for (size_t i = 0; i < count; i++) {
        CLEANUP_FREE char *number = xasprintf("%d", words[i].number);

        if (strcmp(text, words[i].name) == 0 || strcmp(text, number) == 0) {
            *ret = words[i].number;
            return 0;
        }
        buffer_printf(&known, "%s%s (%s)",
                      i == 0          ? ""
                      : i + 1 < count ? ", "
                                      : " or ",
                      words[i].name, number);
    }
    return error_set(error, -EINVAL, "'%s' is not known here: write %s", text, known.data);
}

#define FIND_WORD(text, words, ret, error) find_word((text), (words), ELEMENTS(words), (ret), (error))

static int read_bool(const char *text, bool *ret, struct error *error)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

    for (size_t i = 0; i < ELEMENTS(words); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return 0;
        }
    }
    return error_set(error, -EINVAL, "'%s' is neither yes nor no", text);
}

int settings_check_id(const char *value, struct error *error)
{
    if (*value == '\0')
        return error_set(error, -EINVAL,
                         "an id is empty: write one such as ou_84aad35d084aa403a838cf73ee18467");
    for (const char *c = value; *c != '\0'; c++) {
        if (!isgraph((unsigned char)*c) || *c == ',')
            return error_set(error, -EINVAL, "'%s' is no id: ids are letters, digits, _ and -", value);
    }
    return 0;
}

/* The next item between commas, without blanks around it; empty ones are skipped; NULL at the end. The caller
 * frees it. */
static char *next_item(const char **text)
{
    while (**text != '\0') {
        const char *start = *text + strspn(*text, " \t"), *end = start + strcspn(start, ",");

        *text = *end == ',' ? end + 1 : end;
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (end > start)
            return xstrndup(start, (size_t)(end - start));
    }
    return NULL;
}

static char *next_word(const char **text)
{
    const char *start = *text + strspn(*text, " \t");

    *text = start + strcspn(start, " \t");
    return xstrndup(start, (size_t)(*text - start));
}

static struct json_object *sub_object(struct json_object *object, const char *name)
{
    struct json_object *member = member_object(object, name);

    if (member == NULL) {
        member = json_object_new_object();
        json_object_object_add(object, name, member);
    }
    return member;
}

static void set_text(struct json_object *object, const char *name, const char *value)
{
    json_object_object_add(object, name, json_object_new_string(value));
}

static int set_flag(struct json_object *settings, const char *name, const char *value, struct error *error)
{
    bool flag = false;
    int result = read_bool(value, &flag, error);

    if (result == 0)
        json_object_object_add(settings, name, json_object_new_boolean(flag));
    return result;
}

static int set_number(struct json_object *object, const char *name, const char *value,
                      const struct word *words, size_t count, struct error *error)
{
    int number = 0, result = find_word(value, words, count, &number, error);

    if (result == 0)
        json_object_object_add(object, name, json_object_new_int(number));
    return result;
}

static int set_password(struct json_object *settings, const char *value, struct error *error)
{
    char *typed = NULL;
    size_t length;
    int result = 0;

    if (strcmp(value, "-") == 0) {
        result = secret_read("Password: ", &typed, error);
        if (result < 0)
            return result;
        value = typed;
    }
    length = strlen(value);
    /* Whatever is wrong, it is not shown. */
    if (length > 0 && (!is_number(value) || length < PASSWORD_MIN || length > PASSWORD_MAX))
        result = error_set(error, -EINVAL, "a password is %d to %d digits, or nothing for none", PASSWORD_MIN,
                           PASSWORD_MAX);
    else
        set_text(settings, "password", value);
    secret_free(typed);
    return result;
}

static int set_hosts(struct json_object *settings, const char *value, struct error *error)
{
    struct json_object *hosts = json_object_new_array();
    int result = 0;
    char *item;

    while (result == 0 && (item = next_item(&value)) != NULL) {
        struct json_object *host = json_object_new_object();

        result = settings_check_id(item, error);
        json_object_object_add(host, "user_type", json_object_new_int(USER_TYPE_LARK));
        set_text(host, "id", item);
        json_object_array_add(hosts, host);
        free(item);
    }
    if (result == 0 && json_object_array_length(hosts) > HOSTS_MAX)
        result = error_set(error, -EINVAL, "these are %zu hosts, and Feishu takes at most %d",
                           json_object_array_length(hosts), HOSTS_MAX);
    if (result == 0)
        json_object_object_add(settings, "assign_host_list", hosts);
    else
        json_object_put(hosts);
    return result;
}

static int add_checked(struct json_object *list, int check_field, const char *item, struct error *error)
{
    CLEANUP_FREE char *number = NULL;
    int type = 0, result;

    if (check_field != FIELD_USER_TYPE) {
        result = settings_check_id(item, error);
    } else {
        result = FIND_WORD(item, user_types, &type, error);
        number = xasprintf("%d", type);
    }
    if (result == 0)
        json_object_array_add(list, json_object_new_string(number != NULL ? number : item));
    return result;
}

/* The checkers of a permission; the entry is made where there is none. */
static struct json_object *checkers_of(struct json_object *settings, int permission)
{
    struct json_object *all = member_array(settings, "action_permissions"), *entry, *checkers;

    if (all == NULL) {
        all = json_object_new_array();
        json_object_object_add(settings, "action_permissions", all);
    }
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        int64_t number;

        entry = json_object_array_get_idx(all, i);
        if (member_int(entry, "permission", &number) && number == permission)
            return member_array(entry, "permission_checkers");
    }
    entry = json_object_new_object();
    checkers = json_object_new_array();
    json_object_object_add(entry, "permission", json_object_new_int(permission));
    json_object_object_add(entry, "permission_checkers", checkers);
    json_object_array_add(all, entry);
    return checkers;
}

/* PERMISSION FIELD MODE LIST. */
static int add_permission(struct json_object *settings, const char *value, struct error *error)
{
    CLEANUP_FREE char *permission_word = next_word(&value), *field_word = next_word(&value),
                      *mode_word = next_word(&value);
    int permission = 0, field = 0, mode = 0, result;
    struct json_object *list, *checker;
    char *item;

    if (*mode_word == '\0')
        return error_set(error, -EINVAL,
                         "write PERMISSION FIELD MODE LIST, such as \"host user_id allow ou_a, ou_b\"");
    if ((result = FIND_WORD(permission_word, permissions, &permission, error)) < 0 ||
        (result = FIND_WORD(field_word, fields, &field, error)) < 0 ||
        (result = FIND_WORD(mode_word, modes, &mode, error)) < 0)
        return result;
    list = json_object_new_array();
    while (result == 0 && (item = next_item(&value)) != NULL) {
        result = add_checked(list, field, item, error);
        free(item);
    }
    if (result == 0 && json_object_array_length(list) == 0)
        result =
            error_set(error, -EINVAL, "the list is missing: write what is checked for, such as ou_a, ou_b");
    if (result < 0) {
        json_object_put(list);
        return result;
    }
    checker = json_object_new_object();
    json_object_object_add(checker, "check_field", json_object_new_int(field));
    json_object_object_add(checker, "check_mode", json_object_new_int(mode));
    json_object_object_add(checker, "check_list", list);
    json_object_array_add(checkers_of(settings, permission), checker);
    return 0;
}

static int check_phone(const char *value, struct error *error)
{
    size_t prefix = *value == '+' ? strspn(value + 1, "0123456789") : 0;
    const char *dash = value + 1 + prefix;

    if (prefix == 0 || prefix > 4 || *dash != '-' || !is_number(dash + 1) || strlen(dash + 1) > 20)
        return error_set(error, -EINVAL, "'%s' is no telephone number: write one such as +86-02187654321",
                         value);
    return 0;
}

static int set_callee(struct json_object *settings, enum setting setting, const char *value,
                      struct error *error)
{
    struct json_object *callee = sub_object(sub_object(settings, "call_setting"), "callee");
    int result = 0;

    /* A telephone, which is all that Feishu can call (and wants to be told). */
    if (!json_object_object_get_ex(callee, "user_type", NULL))
        json_object_object_add(callee, "user_type", json_object_new_int(USER_TYPE_PSTN));
    if (setting == SETTING_CALLEE_USER_TYPE)
        return set_number(callee, "user_type", value, callee_types, ELEMENTS(callee_types), error);
    if (setting == SETTING_CALLEE_ID)
        result = settings_check_id(value, error);
    else if (setting == SETTING_CALLEE_MAIN_ADDRESS)
        result = check_phone(value, error);
    else if (*value == '\0')
        result = error_set(error, -EINVAL, "the nickname is empty");
    if (result < 0)
        return result;
    if (setting == SETTING_CALLEE_ID)
        set_text(callee, "id", value);
    else
        set_text(sub_object(callee, "pstn_sip_info"),
                 setting == SETTING_CALLEE_MAIN_ADDRESS ? "main_address" : "nickname", value);
    return 0;
}

static int set(struct json_object *settings, enum setting setting, const char *value, struct error *error)
{
    switch (setting) {
    case SETTING_TOPIC:
        if (*value == '\0')
            return error_set(error, -EINVAL, "the topic is empty");
        set_text(settings, "topic", value);
        return 0;
    case SETTING_MEETING_INITIAL_TYPE:
        return set_number(settings, "meeting_initial_type", value, initial_types, ELEMENTS(initial_types),
                          error);
    case SETTING_AUTO_RECORD:
        return set_flag(settings, "auto_record", value, error);
    case SETTING_MEETING_CONNECT:
        return set_flag(settings, "meeting_connect", value, error);
    case SETTING_PASSWORD:
        return set_password(settings, value, error);
    case SETTING_ASSIGN_HOST_LIST:
        return set_hosts(settings, value, error);
    case SETTING_ACTION_PERMISSION:
        return add_permission(settings, value, error);
    default:
        return set_callee(settings, setting, value, error);
    }
}

int settings_set(struct json_object *settings, enum setting setting, const char *value, struct error *error)
{
    size_t length = strlen(value);

    if (utf8_valid_length(value, length) < length)
        return error_set(error, -EINVAL, "--%s: the value is no UTF-8", settings_names[setting]);
    if (set(settings, setting, value, error) < 0)
        return error_prefix(error, -EINVAL, "--%s", settings_names[setting]);
    return 0;
}

int settings_check(struct json_object *settings, bool whole, struct error *error)
{
    struct json_object *call_setting = member_object(settings, "call_setting"),
                       *callee = member_object(call_setting, "callee");
    int64_t type = INITIAL_TYPE_GROUP;
    bool told = member_int(settings, "meeting_initial_type", &type), call = type == INITIAL_TYPE_CALL;

    if (call_setting != NULL && !call && (whole || told))
        return error_set(error, -EINVAL,
                         "only a call has a callee: write --meeting-initial-type call as well");
    if (call && member_true(settings, "auto_record"))
        return error_set(error, -EINVAL, "--auto-record: Feishu records no calls");
    if (callee != NULL && !whole &&
        member_text(member_object(callee, "pstn_sip_info"), "main_address") == NULL)
        return error_set(
            error, -EINVAL,
            "a callee is changed as a whole: write --callee-main-address, the telephone number, too");
    if (call && whole && member_text(member_object(callee, "pstn_sip_info"), "main_address") == NULL)
        return error_set(error, -EINVAL, "a call needs --callee-main-address, the telephone number");
    return 0;
}
