/* Inside varlink: who is at the other end of a connection. */
#ifndef MEETINGD_VARLINK_PEER_H
#define MEETINGD_VARLINK_PEER_H

#include "varlink/varlink.h"

/* Asks the kernel; the groups are the peer's when it connected. */
int peer_init(struct varlink_peer *peer, int fd);
void peer_fini(struct varlink_peer *peer);

#endif
