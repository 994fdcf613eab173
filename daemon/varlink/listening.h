/* Inside varlink: the listening socket: its file, the lock beside it, the descriptor that was passed in. */
#ifndef MEETINGD_VARLINK_LISTENING_H
#define MEETINGD_VARLINK_LISTENING_H

#include <sys/types.h>

#include "base/error.h"

struct listening {
    int fd;      /* -1: none */
    int lock_fd; /* -1: none */
    char *path;  /* NULL for a descriptor that was passed in */
    dev_t device;
    ino_t inode; /* of our socket file */
};

void listening_init(struct listening *listening);

/* As varlink_server_listen() and varlink_server_listen_fd(). */
int listening_open(struct listening *listening, const char *path, struct error *error);
int listening_adopt(struct listening *listening, int fd, struct error *error);

/* No other client gets in; our own socket file goes. The lock stays. */
void listening_stop(struct listening *listening);

/* Lets the next daemon in. */
void listening_fini(struct listening *listening);

#endif
