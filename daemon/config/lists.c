/* The types of values that are lists. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "config/report.h"
#include "config/values.h"
#include "model/day.h"
#include "model/plan.h"

#define BLANKS " \t"

#define SHOW(text) report_show((text), (char[REPORT_SHOWN_SIZE]){0})

char *value_next_item(const char **text)
{
    while (**text != '\0') {
        const char *start = *text + strspn(*text, BLANKS), *end = start + strcspn(start, ",");

        *text = *end == ',' ? end + 1 : end;
        while (end > start && strchr(BLANKS, end[-1]) != NULL)
            end--;
        if (end > start)
            return xstrndup(start, (size_t)(end - start));
    }
    return NULL;
}

int value_ids(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    char *item;
    int r = 0;

    (void)rule;
    while (r == 0 && (item = value_next_item(&text)) != NULL) {
        r = value_check_id(item, error);
        if (r == 0)
            string_list_add(field, item);
        free(item);
    }
    return r;
}

int value_operators(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    char *item;
    int r = 0;

    (void)rule;
    while (r == 0 && (item = value_next_item(&text)) != NULL) {
        const char *name = item[0] == '@' ? item + 1 : item;

        /* Directories that are not the machine's own have names such as alice@example.com. */
        if (name[0] == '\0' || name[0] == '@' || strpbrk(name, BLANKS ":/") != NULL)
            r = error_set(error, -EINVAL,
                          "\"%s\" is neither a user nor a @group: write names with commas between them",
                          SHOW(item));
        else
            string_list_add(field, item);
        free(item);
    }
    return r;
}

/* The next word between blanks; "" at the end. The caller frees it. */
static char *next_word(const char **text)
{
    const char *start = *text + strspn(*text, BLANKS);

    *text = start + strcspn(start, BLANKS);
    return xstrndup(start, (size_t)(*text - start));
}

static int find_next_word(const char **text, const char *what, const struct value_word *words, int *ret,
                          struct error *error)
{
    CLEANUP_FREE char *word = next_word(text);

    if (word[0] == '\0')
        return error_set(
            error, -EINVAL,
            "the %s is missing: write PERMISSION FIELD MODE LIST, such as host user_id allow ou_a, ou_b",
            what);
    if (value_find_word(word, words, true, ret, error) < 0)
        return error_prefix(error, -EINVAL, "the %s", what);
    return 0;
}

/* One item of a check_list, as Feishu has it. */
static int add_checked(struct string_list *list, int check_field, const char *item, struct error *error)
{
    static const struct value_word user_types[] = {{"lark", USER_TYPE_LARK},
                                                   {"rooms", USER_TYPE_ROOMS},
                                                   {"pstn", USER_TYPE_PSTN},
                                                   {"sip", USER_TYPE_SIP},
                                                   {NULL, 0}};
    char number[2] = "";
    int type;

    if (check_field == CHECK_FIELD_USER_TYPE) {
        if (value_find_word(item, user_types, true, &type, error) < 0)
            return error_prefix(error, -EINVAL, "the user type");
        number[0] = (char)('0' + type);
        item = number;
    } else if (value_check_id(item, error) < 0) {
        return -EINVAL;
    }
    string_list_add(list, item);
    return 0;
}

int value_action_permission(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    static const struct value_word permissions[] = {
        {"host", PERMISSION_HOST}, {"invite", PERMISSION_INVITE}, {"join", PERMISSION_JOIN}, {NULL, 0}};
    static const struct value_word fields[] = {{"user_id", CHECK_FIELD_USER_ID},
                                               {"user_type", CHECK_FIELD_USER_TYPE},
                                               {"tenant_id", CHECK_FIELD_TENANT_ID},
                                               {NULL, 0}};
    static const struct value_word modes[] = {
        {"allow", CHECK_MODE_ALLOW}, {"deny", CHECK_MODE_DENY}, {NULL, 0}};
    struct string_list list = {NULL, 0};
    int permission = 0, check_field = 0, check_mode = 0, r;
    char *item;

    (void)rule;
    r = find_next_word(&text, "permission", permissions, &permission, error);
    if (r == 0)
        r = find_next_word(&text, "field", fields, &check_field, error);
    if (r == 0)
        r = find_next_word(&text, "mode", modes, &check_mode, error);
    while (r == 0 && (item = value_next_item(&text)) != NULL) {
        r = add_checked(&list, check_field, item, error);
        free(item);
    }
    if (r == 0 && list.count == 0)
        r = error_set(error, -EINVAL,
                      "the list is missing: write what is checked for after the mode, such as ou_a, ou_b");
    if (r == 0)
        meeting_settings_add_checker(field, permission, check_field, check_mode)->check_list = list;
    else
        string_list_fini(&list);
    return r;
}

/* "2026-12-25", "2026-12-25 09:30" or "2026-12-25 09:30:00". */
static int read_exdate(const char *text, struct exdate *ret, struct error *error)
{
    CLEANUP_FREE char *midnight = xasprintf("%s 00:00", text);

    ret->whole_day = local_time_parse(midnight, &ret->time) == 0;
    if (!ret->whole_day && local_time_parse(text, &ret->time) < 0)
        return error_set(
            error, -EINVAL,
            "\"%s\" is neither a day nor a time of the calendar: write one such as 2026-12-25 or "
            "2026-12-25 09:30",
            SHOW(text));
    if (ret->time.year > YEAR_MAX)
        return error_set(error, -EINVAL, "%s is too far away: write a year up to %d", SHOW(text), YEAR_MAX);
    return 0;
}

int value_exdates(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct plan *plan = field;
    char *item;
    int r = 0;

    (void)rule;
    while (r == 0 && (item = value_next_item(&text)) != NULL) {
        struct exdate exdate;

        r = read_exdate(item, &exdate, error);
        free(item);
        if (r < 0)
            break;
        /* Grows at each power of two. */
        if ((plan->exdate_count & (plan->exdate_count - 1)) == 0)
            plan->exdates = xrealloc(plan->exdates, plan->exdate_count > 0 ? plan->exdate_count * 2 : 1,
                                     sizeof(*plan->exdates));
        plan->exdates[plan->exdate_count++] = exdate;
    }
    return r;
}

void value_clear_list(void *field)
{
    string_list_fini(field);
}

void value_clear_action_permissions(void *field)
{
    struct meeting_settings *settings = field, old;

    meeting_settings_init(&old);
    old.action_permissions = settings->action_permissions;
    old.action_permission_count = settings->action_permission_count;
    meeting_settings_fini(&old);
    settings->action_permissions = NULL;
    settings->action_permission_count = 0;
}

void value_clear_exdates(void *field)
{
    struct plan *plan = field;

    free(plan->exdates);
    plan->exdates = NULL;
    plan->exdate_count = 0;
}
