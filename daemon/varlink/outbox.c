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

void outbox_add(struct outbox *outbox, const struct outbox_part *parts, size_t count, size_t sent)
{
    struct outbox_message *message;
    size_t length = 0;

    for (size_t i = 0; i < count; i++)
        length += parts[i].length;
    length -= sent;
    if (length == 0)
        return;
    message = xalloc(sizeof(*message) + length);
    for (size_t i = 0; i < count; i++) {
        size_t skip = sent < parts[i].length ? sent : parts[i].length;

        memcpy(message->data + message->length, parts[i].data + skip, parts[i].length - skip);
        message->length += parts[i].length - skip;
        sent -= skip;
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

/* What the socket takes of it now. 0 with nothing in `ret_sent` where it is full. */
static int send_parts(const struct iovec *parts, size_t count, int fd, size_t *ret_sent)
{
    const struct msghdr header = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
    ssize_t sent;

    *ret_sent = 0;
    do
        sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM)
        return -errno;
    if (sent > 0)
        *ret_sent = (size_t)sent;
    return 0;
}

int outbox_send_at_once(const struct outbox_part *parts, size_t count, int fd, size_t *ret_sent)
{
    struct iovec vector[OUTBOX_PARTS];

    for (size_t i = 0; i < count; i++)
        vector[i] = (struct iovec){.iov_base = (char *)parts[i].data, .iov_len = parts[i].length};
    return send_parts(vector, count, fd, ret_sent);
}

int outbox_send(struct outbox *outbox, int fd, size_t *ret_moved)
{
    size_t moved = 0;

    while (outbox->first != NULL) {
        struct iovec parts[TOGETHER];
        size_t count = 0, skip = outbox->sent, sent;
        int result;

        for (struct outbox_message *message = outbox->first; message != NULL && count < TOGETHER;
             message = message->next) {
            parts[count].iov_base = message->data + skip;
            parts[count++].iov_len = message->length - skip;
            skip = 0;
        }
        result = send_parts(parts, count, fd, &sent);
        if (result < 0)
            return result;
        if (sent == 0)
            break;
        moved += sent;
        count_sent(outbox, sent);
    }
    *ret_moved = moved;
    return 0;
}
