#include "varlink/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/base.h"

static int read_groups(struct varlink_peer *peer, int fd)
{
    socklen_t size = 32 * sizeof(gid_t);

    for (;;) {
        gid_t *groups = xcalloc(size / sizeof(gid_t), sizeof(gid_t));

        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
            peer->groups = groups;
            peer->group_count = size / sizeof(gid_t);
            return 0;
        }
        free(groups);
        /* The kernel says how much room it needs. */
        if (errno != ERANGE)
            return -errno;
    }
}

int peer_init(struct varlink_peer *peer, int fd)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return -errno;
    *peer = (struct varlink_peer){
        .pid = credentials.pid,
        .uid = credentials.uid,
        .gid = credentials.gid,
    };
    return read_groups(peer, fd);
}

void peer_fini(struct varlink_peer *peer)
{
    /* The outside sees the list as const; it is ours. */
    free((gid_t *)(uintptr_t)peer->groups);
    *peer = (struct varlink_peer){.groups = NULL};
}
