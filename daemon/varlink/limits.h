/* Inside varlink: a limit that is reached is told of once, however often that happens: again only after it
 * was left alone for a while. */
#ifndef MEETINGD_VARLINK_LIMITS_H
#define MEETINGD_VARLINK_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum limit {
    LIMIT_CONNECTIONS,      /* of all users */
    LIMIT_USER_CONNECTIONS, /* of one */
    LIMIT_DESCRIPTORS,      /* accept() failed */
    LIMIT_MESSAGE,          /* its size */
    LIMIT_UNFINISHED,       /* the time for the rest of a message */
    LIMIT_STALLED,          /* the time for a reader to take something */
    LIMIT_QUEUE,            /* what waits on a connection */
    LIMIT_USER_QUEUES,      /* on all of one user's */
    LIMITS
};

struct limits {
    const struct clock *clock;
    int64_t reached_ms[LIMITS]; /* when last, boot time; 0: never */
};

/* A limit is reached: whether that is to be told of. */
bool limits_reached(struct limits *limits, enum limit limit);

#endif
