#include "varlink/framing.h"

#include <errno.h>
#include <string.h>

/* What is read at a time, and what a connection may hold on to while it is idle. */
#define CHUNK ((size_t)4095)

void framing_init(struct framing *framing, size_t message_max)
{
    *framing = (struct framing){.in = BUFFER_EMPTY, .message_max = message_max};
}

void framing_fini(struct framing *framing)
{
    if (framing->in.data != NULL)
        explicit_bzero(framing->in.data, framing->in.capacity);
    buffer_fini(&framing->in);
}

char *framing_room(struct framing *framing, size_t *ret_size)
{
    size_t left, wanted;

    /* The part of a message that is there moves to the front: once for each read, not for each message. */
    if (framing->start > 0)
        buffer_consume(&framing->in, framing->start);
    framing->start = 0;
    left = framing->message_max + 1 - framing->in.length;
    wanted = framing->in.length > CHUNK ? framing->in.length : CHUNK;
    *ret_size = wanted < left ? wanted : left;
    buffer_reserve(&framing->in, *ret_size);
    return framing->in.data + framing->in.length;
}

void framing_add(struct framing *framing, size_t length)
{
    framing->in.length += length;
    framing->in.data[framing->in.length] = '\0';
}

bool framing_has_message(struct framing *framing)
{
    size_t from = framing->start + framing->searched;
    const char *end;

    if (framing->in.length == from)
        return false;
    end = memchr(framing->in.data + from, '\0', framing->in.length - from);
    framing->searched =
        end != NULL ? (size_t)(end - framing->in.data) - framing->start : framing->in.length - framing->start;
    return end != NULL;
}

int framing_next(struct framing *framing, const char **ret, size_t *ret_length)
{
    if (!framing_has_message(framing))
        return framing->searched > framing->message_max ? -EMSGSIZE : 0;
    *ret = framing->in.data + framing->start;
    *ret_length = framing->searched;
    framing->message = framing->searched + 1;
    return 1;
}

void framing_drop(struct framing *framing)
{
    explicit_bzero(framing->in.data + framing->start, framing->message);
    framing->start += framing->message;
    framing->searched = 0;
    framing->message = 0;
    if (framing->start < framing->in.length)
        return;
    framing->start = 0;
    if (framing->in.capacity > CHUNK + 1)
        framing_fini(framing);
    else
        buffer_clear(&framing->in);
}

bool framing_has_more(const struct framing *framing)
{
    return framing->in.length > framing->start + framing->message;
}

bool framing_has_part(const struct framing *framing)
{
    return framing->in.length > framing->start;
}
