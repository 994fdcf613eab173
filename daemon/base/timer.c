#include "base/timer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/base.h"

enum { HEAP_BOOT, HEAP_WALL, HEAPS };

struct heap {
    struct timer **items; /* items[0] is not used */
    size_t count;
    size_t capacity;
    int fd; /* timerfd, -1 without a loop */
    uv_poll_t poll;
    int64_t armed_ms; /* what the descriptor is set to; -1: to nothing */
};

struct timers {
    uv_loop_t *loop;
    const struct clock *clock;
    struct heap heaps[HEAPS];
    uint64_t started;
    bool firing;
    int polls_open;
    void (*closed)(void *data);
    void *closed_data;
    void (*jumped)(void *data);
    void *jumped_data;
};

/* A wall-clock descriptor that no timer needs is still armed far ahead, so that a jump is noticed. */
#define FAR_AHEAD_MS (INT64_C(365) * MS_PER_DAY)

static int64_t heap_now(const struct timers *timers, int heap)
{
    return heap == HEAP_BOOT ? clock_boot_ms(timers->clock) : clock_wall_ms(timers->clock);
}

static bool before(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct heap *heap, struct timer *timer, size_t index)
{
    heap->items[index] = timer;
    timer->index = index;
}

static void sift_up(struct heap *heap, struct timer *timer, size_t index)
{
    while (index > 1 && before(timer, heap->items[index / 2])) {
        place(heap, heap->items[index / 2], index);
        index /= 2;
    }
    place(heap, timer, index);
}

static void sift_down(struct heap *heap, struct timer *timer, size_t index)
{
    for (;;) {
        size_t child = index * 2;

        if (child > heap->count)
            break;
        if (child < heap->count && before(heap->items[child + 1], heap->items[child]))
            child++;
        if (!before(heap->items[child], timer))
            break;
        place(heap, heap->items[child], index);
        index = child;
    }
    place(heap, timer, index);
}

static void heap_remove(struct heap *heap, struct timer *timer)
{
    size_t index = timer->index;
    struct timer *last = heap->items[heap->count--];

    timer->index = 0;
    if (last == timer)
        return;
    if (index > 1 && before(last, heap->items[index / 2]))
        sift_up(heap, last, index);
    else
        sift_down(heap, last, index);
}

/* Sets the descriptor to the heap's first deadline, if it is not set to that already. */
static void arm(struct timers *timers, int which)
{
    struct heap *heap = &timers->heaps[which];
    struct itimerspec when = {0};
    int64_t due = heap->count > 0 ? heap->items[1]->due_ms : -1;

    if (heap->fd < 0 || timers->firing)
        return;
    if (due < 0 && which == HEAP_WALL)
        due = heap->armed_ms > heap_now(timers, which) ? heap->armed_ms
                                                       : heap_now(timers, which) + FAR_AHEAD_MS;
    if (due == heap->armed_ms)
        return;
    if (due >= 0) {
        when.it_value.tv_sec = (time_t)(due / 1000);
        when.it_value.tv_nsec = (long)(due % 1000) * 1000000;
        if (when.it_value.tv_sec == 0 && when.it_value.tv_nsec == 0)
            when.it_value.tv_nsec = 1;
    }
    heap->armed_ms = due;
    timerfd_settime(heap->fd,
                    which == HEAP_WALL ? TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET : TFD_TIMER_ABSTIME,
                    &when, NULL);
}

static void on_descriptor(uv_poll_t *poll, int status, int events)
{
    struct timers *timers = poll->data;
    int which = poll == &timers->heaps[HEAP_WALL].poll ? HEAP_WALL : HEAP_BOOT;
    uint64_t expirations;
    ssize_t got = read(timers->heaps[which].fd, &expirations, sizeof(expirations));
    bool jumped = got < 0 && errno == ECANCELED;

    (void)status;
    (void)events;
    if (got < 0 && errno == EAGAIN)
        return;
    timers->heaps[which].armed_ms = -1;
    if (jumped && timers->jumped != NULL)
        timers->jumped(timers->jumped_data);
    timers_fire(timers);
}

static int open_descriptor(struct timers *timers, int which)
{
    struct heap *heap = &timers->heaps[which];
    int result;

    heap->fd =
        timerfd_create(which == HEAP_BOOT ? CLOCK_BOOTTIME : CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (heap->fd < 0)
        return -errno;
    result = uv_poll_init(timers->loop, &heap->poll, heap->fd);
    if (result < 0) {
        close(heap->fd);
        heap->fd = -1;
        return result;
    }
    heap->poll.data = timers;
    timers->polls_open++;
    return uv_poll_start(&heap->poll, UV_READABLE, on_descriptor);
}

int timers_new(struct timers **ret, uv_loop_t *loop, const struct clock *clock, struct error *error)
{
    struct timers *timers = xalloc(sizeof(*timers));

    timers->loop = loop;
    timers->clock = clock;
    for (int which = 0; which < HEAPS; which++) {
        timers->heaps[which].fd = -1;
        timers->heaps[which].armed_ms = -1;
    }
    for (int which = 0; loop != NULL && which < HEAPS; which++) {
        int result = open_descriptor(timers, which);

        if (result < 0) {
            timers_close(timers, NULL, NULL);
            return error_set(error, result, "cannot make a timer descriptor: %s", strerror(-result));
        }
        arm(timers, which);
    }
    *ret = timers;
    return 0;
}

static void finish_close(struct timers *timers)
{
    void (*closed)(void *data) = timers->closed;
    void *data = timers->closed_data;

    for (int which = 0; which < HEAPS; which++)
        free(timers->heaps[which].items);
    free(timers);
    if (closed != NULL)
        closed(data);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct timers *timers = handle->data;

    if (--timers->polls_open == 0)
        finish_close(timers);
}

void timers_close(struct timers *timers, void (*closed)(void *data), void *data)
{
    timers->closed = closed;
    timers->closed_data = data;
    for (int which = 0; which < HEAPS; which++) {
        struct heap *heap = &timers->heaps[which];

        while (heap->count > 0)
            heap_remove(heap, heap->items[1]);
        if (heap->fd >= 0) {
            uv_poll_stop(&heap->poll);
            close(heap->fd);
            heap->fd = -1;
            uv_close((uv_handle_t *)&heap->poll, on_poll_closed);
        }
    }
    if (timers->polls_open == 0)
        finish_close(timers);
}

void timers_on_clock_jump(struct timers *timers, void (*jumped)(void *data), void *data)
{
    timers->jumped = jumped;
    timers->jumped_data = data;
}

const struct clock *timers_clock(const struct timers *timers)
{
    return timers->clock;
}

void timer_init(struct timer *timer, struct timers *timers, timer_cb *callback, void *data)
{
    *timer = (struct timer){.timers = timers, .callback = callback, .data = data};
}

static void start(struct timer *timer, int which, int64_t due_ms)
{
    struct timers *timers = timer->timers;
    struct heap *heap = &timers->heaps[which];

    timer_stop(timer);
    if (heap->count + 1 >= heap->capacity) {
        heap->capacity = heap->capacity > 0 ? heap->capacity * 2 : 16;
        heap->items = xrealloc(heap->items, heap->capacity, sizeof(struct timer *));
    }
    timer->heap = which;
    timer->due_ms = due_ms;
    timer->order = timers->started++;
    sift_up(heap, timer, ++heap->count);
    arm(timers, which);
}

void timer_start_in(struct timer *timer, int64_t delay_ms)
{
    start(timer, HEAP_BOOT, clock_boot_ms(timer->timers->clock) + (delay_ms > 0 ? delay_ms : 0));
}

void timer_start_at(struct timer *timer, int64_t wall_ms)
{
    start(timer, HEAP_WALL, wall_ms > 0 ? wall_ms : 0);
}

void timer_stop(struct timer *timer)
{
    if (timer->index == 0)
        return;
    heap_remove(&timer->timers->heaps[timer->heap], timer);
    arm(timer->timers, timer->heap);
}

bool timer_running(const struct timer *timer)
{
    return timer->index != 0;
}

/* Fires what was started before this round and is due; what a callback starts waits for the next turn of the
 * loop, so that a timer that restarts itself at 0 does not starve the rest. */
static void fire_heap(struct timers *timers, int which, uint64_t round)
{
    struct heap *heap = &timers->heaps[which];
    int64_t now = heap_now(timers, which);

    while (heap->count > 0 && heap->items[1]->due_ms <= now && heap->items[1]->order < round) {
        struct timer *timer = heap->items[1];

        heap_remove(heap, timer);
        timer->callback(timer);
    }
}

void timers_fire(struct timers *timers)
{
    uint64_t round = timers->started;

    timers->firing = true;
    for (int which = 0; which < HEAPS; which++)
        fire_heap(timers, which, round);
    timers->firing = false;
    for (int which = 0; which < HEAPS; which++)
        arm(timers, which);
}

int64_t timers_next_in(const struct timers *timers)
{
    int64_t next = -1;

    for (int which = 0; which < HEAPS; which++) {
        const struct heap *heap = &timers->heaps[which];
        int64_t left;

        if (heap->count == 0)
            continue;
        left = heap->items[1]->due_ms - heap_now(timers, which);
        if (left < 0)
            left = 0;
        if (next < 0 || left < next)
            next = left;
    }
    return next;
}
