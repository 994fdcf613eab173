/* The machine's users and groups, by name. They may be asked of a server far away: both block, and may be
 * called on any thread. */
#ifndef MEETINGD_BASE_ACCOUNTS_H
#define MEETINGD_BASE_ACCOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

/* False where there is none of this name, or where it cannot be found out. */
bool accounts_find_user(const char *name, uid_t *ret);
bool accounts_find_group(const char *name, gid_t *ret);

#endif
