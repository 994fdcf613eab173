#include "varlink/turns.h"

#include "base/base.h"

static void on_idle(uv_idle_t *idle)
{
    struct turns *turns = CONTAINER_OF(idle, struct turns, idle);

    /* Who waits anew meanwhile is for the round after this one: the loop looks at its descriptors between. */
    turns->round = turns->waiting;
    turns->waiting = NULL;
    if (turns->round != NULL)
        turns->round->link = &turns->round;
    while (turns->round != NULL) {
        struct turn *turn = turns->round;

        turn_cancel(turn);
        turn->take(turn);
    }
    if (turns->waiting == NULL)
        uv_idle_stop(idle);
}

void turns_init(struct turns *turns, uv_loop_t *loop)
{
    *turns = (struct turns){.waiting = NULL};
    uv_idle_init(loop, &turns->idle);
}

static void on_closed(uv_handle_t *handle)
{
    struct turns *turns = CONTAINER_OF(handle, struct turns, idle);

    turns->closed(turns);
}

void turns_close(struct turns *turns, void (*closed)(struct turns *turns))
{
    turns->closed = closed;
    uv_close((uv_handle_t *)&turns->idle, on_closed);
}

void turn_init(struct turn *turn, struct turns *turns, void (*take)(struct turn *turn))
{
    *turn = (struct turn){.turns = turns, .take = take};
}

void turn_wait(struct turn *turn)
{
    struct turns *turns = turn->turns;

    if (turn->link != NULL)
        return;
    turn->next = turns->waiting;
    turn->link = &turns->waiting;
    if (turn->next != NULL)
        turn->next->link = &turn->next;
    turns->waiting = turn;
    uv_idle_start(&turns->idle, on_idle);
}

void turn_cancel(struct turn *turn)
{
    if (turn->link == NULL)
        return;
    *turn->link = turn->next;
    if (turn->next != NULL)
        turn->next->link = turn->link;
    turn->link = NULL;
}
