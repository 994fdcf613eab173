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

/* How long the loop gives its time to those whose turn it is, and to those that it hears of, before it looks
 * at everything else: at timers, the watchdog's among them. */
#define TURNS_ROUND_MS 100

struct turns {
    uv_idle_t idle;              /* active while somebody waits: the loop does not sleep then */
    struct turn *waiting, **end; /* in the order in which they came */
    struct turn *round;          /* those whose turn it is before theirs */
    void (*closed)(struct turns *turns);
};

void turns_init(struct turns *turns, uv_loop_t *loop);

/* Nobody may wait any more. `closed` comes from the loop. */
void turns_close(struct turns *turns, void (*closed)(struct turns *turns));

void turn_init(struct turn *turn, struct turns *turns, void (*take)(struct turn *turn));

/* Whether the time is over, or others wait already: what can wait waits for its turn. From the loop only. */
bool turns_over(const struct turns *turns);

/* `take` is called once, from the loop. No effect where it waits already. */
void turn_wait(struct turn *turn);

/* No effect where it does not wait. */
void turn_cancel(struct turn *turn);

#endif
