/* Inside varlink: who is at the other end of a connection. */
#ifndef MEETINGD_VARLINK_PEER_H
#define MEETINGD_VARLINK_PEER_H

#include "varlink/varlink.h"

struct peer {
    struct varlink_peer known; /* as the outside sees it */
    gid_t *groups;             /* what known.groups borrows */
};

/* Asks the kernel; the groups are the peer's when it connected. */
int peer_init(struct peer *peer, int fd);
void peer_fini(struct peer *peer);

#endif
