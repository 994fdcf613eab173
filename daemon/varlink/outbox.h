/* Inside varlink: messages on their way out, in order. */
#ifndef MEETINGD_VARLINK_OUTBOX_H
#define MEETINGD_VARLINK_OUTBOX_H

#include <stddef.h>

#define OUTBOX_PARTS 8

struct outbox_part {
    const char *data;
    size_t length;
};

struct outbox {
    struct outbox_message *first, **last;
    size_t sent;   /* bytes of the first one that have gone */
    size_t size;   /* bytes that wait */
    size_t *total; /* counts what waits in several outboxes together */
};

void outbox_init(struct outbox *outbox, size_t *total);
void outbox_fini(struct outbox *outbox);

/* Adds one message, copied together from its parts, but for the `sent` bytes at its start that have gone. */
void outbox_add(struct outbox *outbox, const struct outbox_part *parts, size_t count, size_t sent);

/* Sends a message, of at most OUTBOX_PARTS parts, as it stands, without a copy: where nothing waits before
 * it. `ret_sent` is how many bytes went, none where the socket is full. 0, or as outbox_send(). */
int outbox_send_at_once(const struct outbox_part *parts, size_t count, int fd, size_t *ret_sent);

/* Sends what the socket takes. `ret_moved` is how many bytes that were. 0, also where the socket is full, or
 * a negative errno value: the peer takes nothing any more. */
int outbox_send(struct outbox *outbox, int fd, size_t *ret_moved);

#endif
