#include "varlink/turns.h"

#include "base/base.h"

/* libuv looks at the clock when it begins a turn of the loop and when it has heard of descriptors. */
static bool time_is_over(const struct turns *turns)
{
    return uv_hrtime() / 1000000 > uv_now(turns->idle.loop) + TURNS_ROUND_MS;
}

static void on_idle(uv_idle_t *idle)
{
    struct turns *turns = CONTAINER_OF(idle, struct turns, idle);

    /* Who waits anew meanwhile is for the round after this one: the loop looks at its descriptors between. */
    if (turns->round == NULL) {
        turns->round = turns->waiting;
        turns->waiting = NULL;
        turns->end = &turns->waiting;
        if (turns->round != NULL)
            turns->round->link = &turns->round;
    }
    while (turns->round != NULL) {
        struct turn *turn = turns->round;

        turn_cancel(turn);
        turn->take(turn);
        if (time_is_over(turns))
            break;
    }
    if (turns->round == NULL && turns->waiting == NULL)
        uv_idle_stop(idle);
}

bool turns_over(const struct turns *turns)
{
    return turns->round != NULL || time_is_over(turns);
}

void turns_init(struct turns *turns, uv_loop_t *loop)
{
    *turns = (struct turns){.end = &turns->waiting};
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
    turn->next = NULL;
    turn->link = turns->end;
    *turns->end = turn;
    turns->end = &turn->next;
    uv_idle_start(&turns->idle, on_idle);
}

void turn_cancel(struct turn *turn)
{
    if (turn->link == NULL)
        return;
    *turn->link = turn->next;
    if (turn->next != NULL)
        turn->next->link = turn->link;
    else if (turn->turns->end == &turn->next)
        turn->turns->end = turn->link;
    turn->link = NULL;
}
