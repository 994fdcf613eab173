/* Inside varlink: cuts what comes in into messages, each ended by a NUL. */
#ifndef MEETINGD_VARLINK_FRAMING_H
#define MEETINGD_VARLINK_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct framing {
    struct buffer in; /* never more than one message of the greatest size */
    size_t start;     /* where the next message begins */
    size_t searched;  /* from there up to here is no NUL */
    size_t message;   /* the length of the message that framing_next() gave out, with its NUL; 0: none */
    size_t message_max;
};

void framing_init(struct framing *framing, size_t message_max);
void framing_fini(struct framing *framing);

/* Where further bytes go; there is always room for one where framing_next() found nothing. */
char *framing_room(struct framing *framing, size_t *ret_size);
void framing_add(struct framing *framing, size_t length);

/* The next whole message, as a string; it stays until framing_drop(). 1 for one, 0 where none is whole yet,
 * -EMSGSIZE where it gets too long. */
int framing_next(struct framing *framing, const char **ret, size_t *ret_length);

/* Done with the message; its bytes, which may be a secret, are wiped. */
void framing_drop(struct framing *framing);

bool framing_has_message(struct framing *framing);

/* Whether anything stands behind the message that framing_next() gave out. */
bool framing_has_more(const struct framing *framing);

/* Whether a message has begun and is not whole. */
bool framing_has_part(const struct framing *framing);

#endif
