/*
 * One run of a program: started without a shell, in a session of its own, with real pipes (a program may open
 * /dev/stdin, which libuv's socket pairs do not take), and with nothing else of the daemon's. It ends when
 * the program does; what it leaves behind in its session is killed, and whoever still holds its output is not
 * waited for.
 */
#ifndef MEETINGD_SYNC_HOOKS_RUN_H
#define MEETINGD_SYNC_HOOKS_RUN_H

#include "base/timer.h"
#include "sync/hooks-occasion.h"

struct hooks_run;

/* How it ended. */
struct hooks_end {
    int error;     /* 0, or the negative errno value for which it was not started */
    int exit_code; /* where `error` and `signal` are 0 */
    int signal;    /* 0: it was ended by none */
    bool timed_out;
    bool stopped; /* by hooks_run_stop() */
    const struct string_list *output;
};

struct hooks_run_options {
    uv_loop_t *loop;
    struct timers *timers;
    const struct hook *hook;   /* until the start returns */
    struct occasion *occasion; /* likewise; it takes a reference of its own */
    /* Comes once, from the loop, also where it could not be started; the run is gone after it. */
    void (*ended)(void *data, const struct hooks_end *end);
    void *data;
};

struct hooks_run *hooks_run_start(const struct hooks_run_options *options);

/* Ends it before its time: SIGTERM, and a second later SIGKILL. */
void hooks_run_stop(struct hooks_run *run);

#endif
