/* Inside varlink: the lock file that keeps a second daemon away from a socket. */
#ifndef MEETINGD_VARLINK_LOCK_H
#define MEETINGD_VARLINK_LOCK_H

#include "base/error.h"

/* Takes PATH.lock and returns its descriptor; -EADDRINUSE where somebody else has it. */
int lock_take(const char *path, struct error *error);

/* Removes PATH.lock and lets go of it. */
void lock_release(int fd, const char *path);

#endif
