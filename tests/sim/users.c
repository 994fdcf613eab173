#include "sim/users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/member.h"

static const char *const kind_names[ID_KINDS] = {"open_id", "union_id", "user_id"};
static const char *const prefixes[ID_KINDS] = {"ou_", "on_", ""};
static const char *const standings[] = {"good", "absent", "other_app", "other_tenant"};

int id_kind_parse(const char *text)
{
    for (int kind = 0; kind < ID_KINDS; kind++) {
        if (str_equal(kind_names[kind], text))
            return kind;
    }
    return -1;
}

void users_fini(struct users *users)
{
    while (users->first != NULL) {
        struct user *gone = users->first;

        users->first = gone->next;
        for (int kind = 0; kind < ID_KINDS; kind++)
            free(gone->ids[kind]);
        free(gone);
    }
}

static bool has_prefix(const char *id, enum id_kind kind)
{
    return strncmp(id, prefixes[kind], strlen(prefixes[kind])) == 0;
}

static bool well_formed(enum id_kind kind, const char *id)
{
    if (id == NULL || strlen(id) <= strlen(prefixes[kind]))
        return false;
    if (kind == ID_USER)
        return !has_prefix(id, ID_OPEN) && !has_prefix(id, ID_UNION);
    return has_prefix(id, kind);
}

static struct user *find(const struct users *users, enum id_kind kind, const char *id)
{
    struct user *user = users->first;

    while (user != NULL && !str_equal(user->ids[kind], id))
        user = user->next;
    return user;
}

/* The ids that were not told follow from the first one that was. */
static void complete(struct user *user)
{
    for (int from = 0; from < ID_KINDS; from++) {
        if (user->ids[from] == NULL)
            continue;
        for (int kind = 0; kind < ID_KINDS; kind++) {
            if (user->ids[kind] != NULL)
                continue;
            if (user->user_type == USER_TYPE_LARK && well_formed((enum id_kind)from, user->ids[from]))
                user->ids[kind] = xasprintf("%s%s", prefixes[kind], user->ids[from] + strlen(prefixes[from]));
            else
                user->ids[kind] = xstrdup(user->ids[from]);
        }
        return;
    }
}

static struct user *add(struct users *users, int user_type)
{
    struct user *user = xalloc(sizeof(*user));

    user->user_type = user_type;
    user->next = users->first;
    users->first = user;
    return user;
}

struct user *users_named(struct users *users, enum id_kind kind, const char *id, int user_type)
{
    struct user *user = find(users, kind, id);

    if (user != NULL)
        return user;
    user = add(users, user_type);
    user->ids[kind] = xstrdup(id);
    complete(user);
    return user;
}

struct user *users_meant(struct users *users, enum id_kind kind, const char *id, bool declared_only)
{
    struct user *user;

    if (!well_formed(kind, id))
        return NULL;
    user = users_named(users, kind, id, USER_TYPE_LARK);
    return declared_only && !user->declared ? NULL : user;
}

int users_declare(struct users *users, struct json_object *object, struct error *error)
{
    const char *standing = member_text(object, "standing");
    struct user *user = NULL;
    size_t place = 0;
    bool told = false;

    while (standing != NULL && place < ELEMENTS(standings) && strcmp(standing, standings[place]) != 0)
        place++;
    if (place == ELEMENTS(standings))
        return error_set(error, -EINVAL, "standing: good, absent, other_app or other_tenant");
    for (int kind = 0; kind < ID_KINDS && user == NULL; kind++) {
        const char *id = member_text(object, kind_names[kind]);

        told = told || id != NULL;
        if (id != NULL)
            user = find(users, (enum id_kind)kind, id);
    }
    if (!told)
        return error_set(error, -EINVAL, "open_id, union_id or user_id");
    if (user == NULL)
        user = add(users, (int)member_int(object, "user_type", USER_TYPE_LARK));
    for (int kind = 0; kind < ID_KINDS; kind++) {
        const char *id = member_text(object, kind_names[kind]);

        if (id != NULL)
            str_set(&user->ids[kind], id);
    }
    complete(user);
    user->standing = (enum user_standing)place;
    user->declared = true;
    return 0;
}
