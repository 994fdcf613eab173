#include "interface/access.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/accounts.h"
#include "base/base.h"
#include "base/log.h"

struct access {
    uid_t *users;
    size_t user_count;
    gid_t *groups;
    size_t group_count;
};

static void add_group(struct access *access, const char *name)
{
    gid_t group;

    if (!accounts_find_group(name, &group)) {
        log_warning(NULL, "[daemon] operators: there is no group '%s'; nobody is an operator by it", name);
        return;
    }
    access->groups = xrealloc(access->groups, access->group_count + 1, sizeof(*access->groups));
    access->groups[access->group_count++] = group;
}

static void add_user(struct access *access, const char *name)
{
    uid_t user;

    if (!accounts_find_user(name, &user)) {
        log_warning(NULL, "[daemon] operators: there is no user '%s'", name);
        return;
    }
    access->users = xrealloc(access->users, access->user_count + 1, sizeof(*access->users));
    access->users[access->user_count++] = user;
}

struct access *access_new(const struct string_list *operators)
{
    struct access *access = xalloc(sizeof(*access));

    access->users = xcalloc(2, sizeof(*access->users));
    access->users[access->user_count++] = 0;
    access->users[access->user_count++] = geteuid();
    for (size_t i = 0; i < operators->count; i++) {
        const char *name = operators->items[i];

        if (name[0] == '@')
            add_group(access, name + 1);
        else
            add_user(access, name);
    }
    return access;
}

struct access *access_free(struct access *access)
{
    if (access == NULL)
        return NULL;
    free(access->users);
    free(access->groups);
    free(access);
    return NULL;
}

static bool in_group(const struct varlink_peer *peer, gid_t group)
{
    if (peer->gid == group)
        return true;
    for (size_t i = 0; i < peer->group_count; i++) {
        if (peer->groups[i] == group)
            return true;
    }
    return false;
}

bool access_is_operator(const struct access *access, const struct varlink_peer *peer)
{
    for (size_t i = 0; i < access->user_count; i++) {
        if (access->users[i] == peer->uid)
            return true;
    }
    for (size_t i = 0; i < access->group_count; i++) {
        if (in_group(peer, access->groups[i]))
            return true;
    }
    return false;
}

bool access_allows(const struct access *access, const struct varlink_peer *peer, enum privilege privilege)
{
    return privilege == PRIVILEGE_READ || access_is_operator(access, peer);
}
