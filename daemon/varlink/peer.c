#include "varlink/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/base.h"

static int read_groups(struct peer *peer, int fd)
{
    socklen_t size = 32 * sizeof(gid_t);

    for (;;) {
        gid_t *groups = xcalloc(size / sizeof(gid_t), sizeof(gid_t));

        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
            peer->groups = groups;
            peer->known.groups = groups;
            peer->known.group_count = size / sizeof(gid_t);
            return 0;
        }
        free(groups);
        /* The kernel says how much room it needs. */
        if (errno != ERANGE)
            return -errno;
    }
}

int peer_init(struct peer *peer, int fd)
{
    struct ucred credentials;
    socklen_t size = sizeof(credentials);

    *peer = (struct peer){.groups = NULL};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return -errno;
    peer->known.pid = credentials.pid;
    peer->known.uid = credentials.uid;
    peer->known.gid = credentials.gid;
    return read_groups(peer, fd);
}

void peer_fini(struct peer *peer)
{
    free(peer->groups);
    *peer = (struct peer){.groups = NULL};
}
