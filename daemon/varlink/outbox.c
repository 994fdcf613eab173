#include "varlink/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/base.h"

/* Messages that go into one system call. */
#define TOGETHER 32

struct outbox_message {
    struct outbox_message *next;
    size_t length;
    char data[];
};

void outbox_init(struct outbox *outbox, size_t *total)
{
    *outbox = (struct outbox){.last = &outbox->first, .total = total};
}

static void drop_first(struct outbox *outbox)
{
    struct outbox_message *message = outbox->first;

    outbox->first = message->next;
    if (outbox->first == NULL)
        outbox->last = &outbox->first;
    outbox->sent = 0;
    /* There may be a meeting's password in it. */
    explicit_bzero(message->data, message->length);
    free(message);
}

void outbox_fini(struct outbox *outbox)
{
    while (outbox->first != NULL)
        drop_first(outbox);
    *outbox->total -= outbox->size;
    outbox->size = 0;
}

void outbox_add(struct outbox *outbox, const struct outbox_part *parts, size_t count)
{
    struct outbox_message *message;
    size_t length = 0;

    for (size_t i = 0; i < count; i++)
        length += parts[i].length;
    message = xalloc(sizeof(*message) + length);
    for (size_t i = 0; i < count; i++) {
        memcpy(message->data + message->length, parts[i].data, parts[i].length);
        message->length += parts[i].length;
    }
    *outbox->last = message;
    outbox->last = &message->next;
    outbox->size += length;
    *outbox->total += length;
}

static void count_sent(struct outbox *outbox, size_t moved)
{
    outbox->size -= moved;
    *outbox->total -= moved;
    outbox->sent += moved;
    while (outbox->first != NULL && outbox->sent >= outbox->first->length) {
        size_t more = outbox->sent - outbox->first->length;

        drop_first(outbox);
        outbox->sent = more;
    }
}

int outbox_send(struct outbox *outbox, int fd, size_t *ret_moved)
{
    size_t moved = 0;

    while (outbox->first != NULL) {
        struct iovec parts[TOGETHER];
        struct msghdr header = {.msg_iov = parts};
        size_t skip = outbox->sent;
        ssize_t sent;

        for (struct outbox_message *message = outbox->first; message != NULL && header.msg_iovlen < TOGETHER;
             message = message->next) {
            parts[header.msg_iovlen].iov_base = message->data + skip;
            parts[header.msg_iovlen++].iov_len = message->length - skip;
            skip = 0;
        }
        sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
            return -errno;
        if (sent < 0)
            break;
        moved += (size_t)sent;
        count_sent(outbox, (size_t)sent);
    }
    *ret_moved = moved;
    return 0;
}
