/* Helpers for libuv's loop. */
#ifndef MEETINGD_BASE_LOOP_H
#define MEETINGD_BASE_LOOP_H

#include <uv.h>

/* Runs the loop until nothing is left to do, then closes it. Returns how many handles were still there (each
 * is logged as an error: a part forgot to close it); 0 is the only good answer. */
int loop_finish(uv_loop_t *loop);

#endif
