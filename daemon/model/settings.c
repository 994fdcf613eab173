#include "model/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

void meeting_settings_init(struct meeting_settings *settings)
{
    memset(settings, 0, sizeof(*settings));
}

static void callee_free(struct callee *callee)
{
    if (callee == NULL)
        return;
    free(callee->id);
    free(callee->nickname);
    free(callee->main_address);
    free(callee);
}

void meeting_settings_fini(struct meeting_settings *settings)
{
    free(settings->topic);
    for (size_t i = 0; i < settings->action_permission_count; i++) {
        struct action_permission *entry = &settings->action_permissions[i];

        for (size_t j = 0; j < entry->count; j++)
            string_list_fini(&entry->checkers[j].check_list);
        free(entry->checkers);
    }
    free(settings->action_permissions);
    string_list_fini(&settings->assign_host_list);
    secret_free(settings->password);
    callee_free(settings->callee);
    meeting_settings_init(settings);
}

static struct callee *callee_copy(const struct callee *from)
{
    struct callee *to;

    if (from == NULL)
        return NULL;
    to = xalloc(sizeof(*to));
    to->id = xstrdup(from->id);
    to->user_type = from->user_type;
    to->nickname = xstrdup(from->nickname);
    to->main_address = xstrdup(from->main_address);
    return to;
}

static void permissions_copy(struct meeting_settings *to, const struct meeting_settings *from)
{
    to->action_permissions_set = from->action_permissions_set;
    for (size_t i = 0; i < from->action_permission_count; i++) {
        const struct action_permission *entry = &from->action_permissions[i];

        for (size_t j = 0; j < entry->count; j++) {
            const struct permission_checker *checker = &entry->checkers[j];

            string_list_copy(&meeting_settings_add_checker(to, entry->permission, checker->check_field,
                                                           checker->check_mode)
                                  ->check_list,
                             &checker->check_list);
        }
    }
}

void meeting_settings_merge(const struct meeting_settings *under, const struct meeting_settings *over,
                            struct meeting_settings *ret)
{
    meeting_settings_init(ret);
    ret->topic = xstrdup(over->topic != NULL ? over->topic : under->topic);
    permissions_copy(ret, over->action_permissions_set ? over : under);
    ret->meeting_initial_type =
        over->meeting_initial_type != 0 ? over->meeting_initial_type : under->meeting_initial_type;
    ret->meeting_connect =
        over->meeting_connect != FLAG_UNSET ? over->meeting_connect : under->meeting_connect;
    ret->auto_record = over->auto_record != FLAG_UNSET ? over->auto_record : under->auto_record;
    ret->assign_host_list_set = over->assign_host_list_set || under->assign_host_list_set;
    string_list_copy(&ret->assign_host_list,
                     over->assign_host_list_set ? &over->assign_host_list : &under->assign_host_list);
    ret->password = xstrdup(over->password != NULL ? over->password : under->password);
    ret->callee = callee_copy(over->callee != NULL ? over->callee : under->callee);
}

void meeting_settings_copy(struct meeting_settings *to, const struct meeting_settings *from)
{
    struct meeting_settings nothing;

    meeting_settings_init(&nothing);
    meeting_settings_merge(&nothing, from, to);
}

static bool permissions_equal(const struct meeting_settings *a, const struct meeting_settings *b)
{
    if (a->action_permissions_set != b->action_permissions_set ||
        a->action_permission_count != b->action_permission_count)
        return false;
    for (size_t i = 0; i < a->action_permission_count; i++) {
        const struct action_permission *x = &a->action_permissions[i], *y = &b->action_permissions[i];

        if (x->permission != y->permission || x->count != y->count)
            return false;
        for (size_t j = 0; j < x->count; j++) {
            if (x->checkers[j].check_field != y->checkers[j].check_field ||
                x->checkers[j].check_mode != y->checkers[j].check_mode ||
                !string_list_equal(&x->checkers[j].check_list, &y->checkers[j].check_list))
                return false;
        }
    }
    return true;
}

static bool callees_equal(const struct callee *a, const struct callee *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return str_equal(a->id, b->id) && a->user_type == b->user_type && str_equal(a->nickname, b->nickname) &&
           str_equal(a->main_address, b->main_address);
}

bool meeting_settings_equal(const struct meeting_settings *a, const struct meeting_settings *b)
{
    return str_equal(a->topic, b->topic) && permissions_equal(a, b) &&
           a->meeting_initial_type == b->meeting_initial_type && a->meeting_connect == b->meeting_connect &&
           a->auto_record == b->auto_record && a->assign_host_list_set == b->assign_host_list_set &&
           string_list_equal(&a->assign_host_list, &b->assign_host_list) &&
           str_equal(a->password, b->password) && callees_equal(a->callee, b->callee);
}

static struct action_permission *find_or_add_permission(struct meeting_settings *settings, int permission)
{
    struct action_permission *entry;

    for (size_t i = 0; i < settings->action_permission_count; i++) {
        if (settings->action_permissions[i].permission == permission)
            return &settings->action_permissions[i];
    }
    settings->action_permissions =
        xrealloc(settings->action_permissions, settings->action_permission_count + 1, sizeof(*entry));
    entry = &settings->action_permissions[settings->action_permission_count++];
    *entry = (struct action_permission){.permission = permission};
    return entry;
}

struct permission_checker *meeting_settings_add_checker(struct meeting_settings *settings, int permission,
                                                        int check_field, int check_mode)
{
    struct action_permission *entry = find_or_add_permission(settings, permission);
    struct permission_checker *checker;

    settings->action_permissions_set = true;
    entry->checkers = xrealloc(entry->checkers, entry->count + 1, sizeof(*checker));
    checker = &entry->checkers[entry->count++];
    *checker = (struct permission_checker){.check_field = check_field, .check_mode = check_mode};
    return checker;
}
