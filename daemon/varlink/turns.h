/* Inside varlink: what has to wait for the loop's next turn, so that a send neither recurses nor frees. */
#ifndef MEETINGD_VARLINK_TURNS_H
#define MEETINGD_VARLINK_TURNS_H

#include <stdbool.h>

#include <uv.h>

/* Embedded in its owner; cancel it before its memory goes. */
struct turn {
    struct turns *turns;
    void (*take)(struct turn *turn);
    struct turn *next, **link; /* link: NULL while it does not wait */
};

struct turns {
    uv_idle_t idle; /* active while somebody waits: the loop does not sleep then */
    struct turn *waiting;
    struct turn *round; /* those whose turn it is now */
    void (*closed)(struct turns *turns);
};

void turns_init(struct turns *turns, uv_loop_t *loop);

/* Nobody may wait any more. `closed` comes from the loop. */
void turns_close(struct turns *turns, void (*closed)(struct turns *turns));

void turn_init(struct turn *turn, struct turns *turns, void (*take)(struct turn *turn));

/* `take` is called once, from the loop. No effect where it waits already. */
void turn_wait(struct turn *turn);

/* No effect where it does not wait. */
void turn_cancel(struct turn *turn);

#endif
