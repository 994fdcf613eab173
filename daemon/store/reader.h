/*
 * Inside store: a connection that only reads, on a thread of its own, so that no question about the past
 * keeps what is to be written waiting. Both begin with the first question.
 */
#ifndef MEETINGD_STORE_READER_H
#define MEETINGD_STORE_READER_H

#include <uv.h>

#include "store/store.h"

struct reader;

/* `path` is the database's, which is open. */
int reader_new(struct reader **ret, uv_loop_t *loop, const char *path, struct error *error);

/* As store_ask() and store_cancel(). */
struct store_read *reader_ask(struct reader *reader, const struct past_question *question,
                              store_read_cb *callback, void *data);
void reader_cancel(struct reader *reader, struct store_read *read);

/* Closes the connection: what is being read is given up, what waits comes back with -ECANCELED, and so does
 * what is asked later. `closed(data)` comes from the loop. */
void reader_close(struct reader *reader, void (*closed)(void *data), void *data);

/* Once it is closed: answers what was asked since, and frees. */
void reader_free(struct reader *reader);

#endif
