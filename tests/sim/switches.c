#include "sim/switches.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/member.h"

#define CHOICES_MAX 6

struct entry {
    const char *name;
    size_t offset;
    const char *choices[CHOICES_MAX + 1]; /* none: a number from 0 */
    int otherwise;
};

/* clang-format off */
#define CHOICE(name, ...) {#name, offsetof(struct switches, name), {__VA_ARGS__, NULL}, 0}
#define NUMBER(name, otherwise) {#name, offsetof(struct switches, name), {NULL}, otherwise}

static const struct entry entries[] = {
    CHOICE(no_active, "404", "empty", "null", "absent", "empty_id", "status3"),
    CHOICE(active_shape, "inside", "beside", "page"),
    CHOICE(active_ability, "always", "never"),
    CHOICE(end_time_running, "0", "absent", "expiry"),
    CHOICE(final_leave_running, "0", "absent", "join"),
    CHOICE(numbers, "strings", "ints", "mixed"),
    CHOICE(accumulated, "people", "joins"),
    CHOICE(user_id_lists, "people", "all"),
    CHOICE(device_rows, "one", "each"),
    CHOICE(left_rows, "listed", "gone"),
    CHOICE(expire_status, "documented", "zero"),
    CHOICE(default_password, "none", "random"),
    CHOICE(password_shown, "yes", "no"),
    CHOICE(app_link_id, "placeholder", "filled"),
    CHOICE(url_digits, "own", "meeting_no"),
    CHOICE(region, "feishu", "lark"),
    CHOICE(host_error, "list", "123004"),
    CHOICE(owner_error, "121003", "gateway", "121005"),
    CHOICE(callee_error, "121002", "121003"),
    CHOICE(param_error, "121003", "99992402"),
    CHOICE(past_end_time, "refused", "accepted"),
    CHOICE(users, "any", "declared"),
    CHOICE(unknown_fields, "ignored", "121003"),
    CHOICE(update, "merge", "replace"),
    CHOICE(update_empty, "stored", "ignored"),
    CHOICE(update_connect, "ignored", "121002"),
    CHOICE(expired_renew, "keep", "new_number", "refused"),
    CHOICE(delete_ends_meeting, "no", "yes"),
    CHOICE(expiry_ends_meeting, "no", "yes"),
    CHOICE(ownership, "app", "tenant", "any"),
    CHOICE(secret_error, "10014", "10015", "99991543"),
    CHOICE(token_status, "400", "401", "200"),
    CHOICE(expired_code, "99991663", "99991677"),
    NUMBER(token_life_s, 7200),
    NUMBER(token_reuse_s, 1800),
    CHOICE(revoked_token, "new", "same"),
    CHOICE(ip_status, "400", "403"),
    CHOICE(user_id_scope, "refused", "empty"),
    NUMBER(rate_per_minute, 1000),
    NUMBER(rate_per_second, 50),
    NUMBER(rate_list_per_minute, 100),
    NUMBER(rate_token_per_minute, 0),
    CHOICE(rate_window, "fixed", "sliding"),
    CHOICE(rate_status, "429", "400"),
    CHOICE(rate_headers, "yes", "no"),
    NUMBER(quota, 0),
    CHOICE(quota_tokens, "yes", "no"),
};
/* clang-format on */

static int *place(struct switches *switches, const struct entry *entry)
{
    return (int *)(void *)((char *)switches + entry->offset);
}

void switches_init(struct switches *switches)
{
    for (size_t i = 0; i < ELEMENTS(entries); i++)
        *place(switches, &entries[i]) = entries[i].otherwise;
}

static int set_number(int *place, const struct entry *entry, struct json_object *value, struct error *error)
{
    int64_t number = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : -1;

    if (number < 0 || number > INT32_MAX)
        return error_set(error, -EINVAL, "%s: a number from 0", entry->name);
    *place = (int)number;
    return 0;
}

static int set_choice(int *place, const struct entry *entry, struct json_object *value, struct error *error)
{
    const char *text = json_object_get_string(value);

    if (json_object_is_type(value, json_type_boolean))
        text = json_object_get_boolean(value) ? "yes" : "no";
    for (int i = 0; entry->choices[i] != NULL; i++) {
        if (str_equal(text, entry->choices[i])) {
            *place = i;
            return 0;
        }
    }
    error_set(error, -EINVAL, "%s: not %s", entry->name, text != NULL ? text : "null");
    for (int i = 0; entry->choices[i] != NULL; i++)
        error_prefix(error, -EINVAL, "%s", entry->choices[i]);
    return -EINVAL;
}

static int set_one(struct switches *switches, const char *name, struct json_object *value,
                   struct error *error)
{
    for (size_t i = 0; i < ELEMENTS(entries); i++) {
        if (strcmp(entries[i].name, name) != 0)
            continue;
        if (entries[i].choices[0] == NULL)
            return set_number(place(switches, &entries[i]), &entries[i], value, error);
        return set_choice(place(switches, &entries[i]), &entries[i], value, error);
    }
    return error_set(error, -ENOENT, "%s: no such switch", name);
}

int switches_set(struct switches *switches, struct json_object *object, struct error *error)
{
    struct switches changed = *switches;

    json_object_object_foreach(object, name, value)
    {
        int result = set_one(&changed, name, value, error);

        if (result < 0)
            return result;
    }
    *switches = changed;
    return 0;
}

struct json_object *switches_json(const struct switches *switches)
{
    struct json_object *object = json_object_new_object();

    for (size_t i = 0; i < ELEMENTS(entries); i++) {
        int value = *(const int *)(const void *)((const char *)switches + entries[i].offset);

        if (entries[i].choices[0] == NULL)
            put_int(object, entries[i].name, value);
        else
            put_text(object, entries[i].name, entries[i].choices[value]);
    }
    return object;
}
