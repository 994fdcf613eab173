/*
 * A stream of the daemon's changes that outlives the daemon: when the connection goes it is made again, with
 * pauses that grow, and goes on behind the last change that was seen, so that none is missing and none comes
 * twice. Where that cannot be, the stream says so and begins anew with a snapshot.
 */
#ifndef MEETINGCTL_STREAM_H
#define MEETINGCTL_STREAM_H

#include <poll.h>

#include "ctl.h"

/* Descriptors that are waited for beside the daemon. */
#define STREAM_OTHERS_MAX 4

struct stream;

enum stream_news {
    STREAM_EVENT,  /* a reply with an event; a snapshot is the first, and the one after a gap */
    STREAM_LOST,   /* the connection has gone, and is being made again; said once for each time */
    STREAM_GAP,    /* changes between the last event and the next, which is a snapshot, may be missing */
    STREAM_TIME,   /* the deadline has come */
    STREAM_OTHER,  /* something is to be seen in the `revents` of the others */
    STREAM_SIGNAL, /* a signal was handled */
    STREAM_END,    /* no more comes; it was reported, and stream_code() is the exit code */
};

/* Of one plan's changes, or of all (NULL). Connects when it is asked first. */
struct stream *stream_new(struct ctl *ctl, const char *name);
struct stream *stream_free(struct stream *stream);

/* Waits for what is next: until `deadline_ms` (boot time; negative: for ever), or until one of `others` has
 * something (poll(2); a descriptor that is only written to, with no `events`, shows that its reader has
 * gone). With STREAM_EVENT there is a reply, which the caller ends with reply_fini(). A daemon that is not
 * there at the first time, refuses, or makes no sense, is reported, and the end. */
enum stream_news stream_next(struct stream *stream, int64_t deadline_ms, struct pollfd *others,
                             size_t other_count, struct reply *ret);

/* After STREAM_LOST: why. */
const char *stream_why(const struct stream *stream);

/* After STREAM_END: the exit code. */
int stream_code(const struct stream *stream);

#endif
