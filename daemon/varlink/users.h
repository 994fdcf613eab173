/* Inside varlink: what the connections of one user have in common. */
#ifndef MEETINGD_VARLINK_USERS_H
#define MEETINGD_VARLINK_USERS_H

#include <stddef.h>
#include <sys/types.h>

struct user {
    struct user *next, **link;
    uid_t uid;
    size_t connections;
    size_t queued; /* bytes that wait on all of them */
};

/* The user, made where it is not in the list, with one connection more. The list has only those who are
 * connected. */
struct user *user_enter(struct user **list, uid_t uid);

/* One connection less; the user goes with the last. */
void user_leave(struct user *user);

#endif
