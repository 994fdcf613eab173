/* Who may what on the socket: readers are all who can open it; operators are root, the daemon's own user, and
 * those named by `operators` in the configuration. */
#ifndef MEETINGD_INTERFACE_ACCESS_H
#define MEETINGD_INTERFACE_ACCESS_H

#include "base/str.h"
#include "varlink/varlink.h"

struct access;

enum privilege {
    PRIVILEGE_READ,   /* everybody who can connect */
    PRIVILEGE_OPERATE /* changes things */
};

/* Looks the users and @groups up, once; a name that does not exist is logged as a warning. Blocks: call it
 * before the loop runs, or on another thread. */
struct access *access_new(const struct string_list *operators);
struct access *access_free(struct access *access);

bool access_is_operator(const struct access *access, const struct varlink_peer *peer);
bool access_allows(const struct access *access, const struct varlink_peer *peer, enum privilege privilege);

#endif
