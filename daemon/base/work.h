/* Work that takes too long for the loop. */
#ifndef MEETINGD_BASE_WORK_H
#define MEETINGD_BASE_WORK_H

#include <pthread.h>

#include <uv.h>

/* Runs `run(data)` on a thread of libuv's pool, then `done(data)` from the loop; always both, in that order.
 * What `data` points to belongs to `run` until then. The loop stays alive meanwhile. */
void work_start(uv_loop_t *loop, void (*run)(void *data), void (*done)(void *data), void *data);

/* A thread of one's own, which no signal reaches: those are the loop's. `name` is what tools show. Returns 0
 * or a negative errno. */
int work_thread(pthread_t *ret, const char *name, void *(*run)(void *data), void *data);

#endif
