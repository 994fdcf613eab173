#include "base/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#include "base/base.h"

/* Enough for most entries; a group of thousands takes more. */
#define ENTRY_SIZE     1024
#define ENTRY_SIZE_MAX ((size_t)16 << 20)

bool accounts_find_user(const char *name, uid_t *ret)
{
    CLEANUP_FREE char *data = NULL;
    struct passwd entry, *found = NULL;
    int result = ERANGE;

    for (size_t size = ENTRY_SIZE; result == ERANGE && size <= ENTRY_SIZE_MAX; size *= 2) {
        data = xrealloc(data, size, 1);
        result = getpwnam_r(name, &entry, data, size, &found);
    }
    if (result != 0 || found == NULL)
        return false;
    *ret = entry.pw_uid;
    return true;
}

bool accounts_find_group(const char *name, gid_t *ret)
{
    CLEANUP_FREE char *data = NULL;
    struct group entry, *found = NULL;
    int result = ERANGE;

    for (size_t size = ENTRY_SIZE; result == ERANGE && size <= ENTRY_SIZE_MAX; size *= 2) {
        data = xrealloc(data, size, 1);
        result = getgrnam_r(name, &entry, data, size, &found);
    }
    if (result != 0 || found == NULL)
        return false;
    *ret = entry.gr_gid;
    return true;
}
