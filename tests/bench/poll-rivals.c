#include "bench/poll-rivals.h"

#include <math.h>
#include <stdlib.h>

#include "base/base.h"

static double at(const int64_t *sorted, size_t count, double part)
{
    return count > 0 ? (double)sorted[(size_t)(part * (double)(count - 1))] : 0;
}

static void take_delays(const struct poll_outcome *outcome, struct poll_figures *ret)
{
    for (enum poll_event kind = 0; kind < POLL_EVENTS; kind++) {
        size_t count;
        int64_t *delays = poll_outcome_delays(outcome, kind, &count);

        ret->p50_ms[kind] = at(delays, count, 0.5);
        ret->p99_ms[kind] = at(delays, count, 0.99);
        free(delays);
    }
}

void figures_of_outcome(const struct poll_outcome *outcome, struct poll_figures *ret)
{
    *ret = (struct poll_figures){.calls = (double)outcome->feishu.requests, .age_ms = outcome->age_ms};
    take_delays(outcome, ret);
}

static double lifetime_ms(const struct poll_outcome *outcome)
{
    double sum = 0;

    for (size_t i = 0; i < outcome->slot_count; i++)
        sum += (double)(outcome->slots[i].expires_ms - outcome->slots[i].made_ms);
    return sum;
}

/* The same moments with other delays; the caller frees them. */
static struct poll_outcome copy_of(const struct poll_outcome *outcome)
{
    struct poll_outcome copy = *outcome;

    copy.moments = xcalloc(outcome->moment_count + 1, sizeof(*copy.moments));
    for (size_t i = 0; i < outcome->moment_count; i++)
        copy.moments[i] = outcome->moments[i];
    return copy;
}

/* A number between 0 and 1 that belongs to a slot. */
static double phase_of(int slot)
{
    return (double)((uint32_t)slot * 2654435761U) / 4294967296.0;
}

void figures_of_interval(const struct poll_outcome *outcome, double interval_ms, struct poll_figures *ret)
{
    struct poll_outcome copy = copy_of(outcome);

    for (size_t i = 0; i < copy.moment_count; i++) {
        struct poll_moment *moment = &copy.moments[i];
        double since = fmod((double)moment->at_ms + phase_of(moment->slot) * interval_ms, interval_ms);

        moment->delay_ms = (int64_t)(interval_ms - since);
    }
    *ret = (struct poll_figures){.calls = lifetime_ms(outcome) / interval_ms, .age_ms = interval_ms / 2};
    take_delays(&copy, ret);
    free(copy.moments);
}

double interval_for_calls(const struct poll_outcome *outcome, double calls)
{
    return lifetime_ms(outcome) / fmax(calls, 1);
}

double interval_near_slots(const struct poll_outcome *outcome, double calls)
{
    double sum = 0;

    for (size_t i = 0; i < outcome->slot_count; i++)
        sum += (double)(outcome->slots[i].expires_ms - outcome->slots[i].early_ms);
    return sum / fmax(calls, 1);
}

double interval_for_delay(const struct poll_outcome *outcome, double delay_ms)
{
    (void)outcome;
    return 2 * delay_ms; /* the moments know nothing of the looks */
}

/* ---- the oracle */

/* Moments that share a look, at the last of them. */
struct group {
    size_t last;         /* moment */
    size_t size;         /* 0: taken into another */
    size_t next, before; /* groups of the same slot; the group itself: none */
    unsigned version;
};

struct merge {
    double cost;
    size_t group; /* goes into the one after it */
    unsigned version;
};

struct heap {
    struct merge *items;
    size_t count;
};

static void heap_push(struct heap *heap, struct merge merge)
{
    size_t i = heap->count++;

    for (; i > 0 && heap->items[(i - 1) / 2].cost > merge.cost; i = (i - 1) / 2)
        heap->items[i] = heap->items[(i - 1) / 2];
    heap->items[i] = merge;
}

static struct merge heap_pop(struct heap *heap)
{
    struct merge least = heap->items[0], moved = heap->items[--heap->count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->items[child + 1].cost < heap->items[child].cost)
            child++;
        if (heap->items[child].cost >= moved.cost)
            break;
        heap->items[i] = heap->items[child];
        i = child;
    }
    heap->items[i] = moved;
    return least;
}

static void offer(struct heap *heap, const struct poll_outcome *outcome, const struct group *groups,
                  size_t group)
{
    const struct group *this = &groups[group];

    if (this->next != group)
        heap_push(heap, (struct merge){.cost = (double)this->size *
                                               (double)(outcome->moments[groups[this->next].last].at_ms -
                                                        outcome->moments[this->last].at_ms),
                                       .group = group,
                                       .version = this->version});
}

static void merge_into_next(struct group *groups, size_t group)
{
    struct group *this = &groups[group], *next = &groups[this->next];

    next->size += this->size;
    next->version++;
    next->before = this->before == group ? this->next : this->before;
    if (this->before != group) {
        groups[this->before].next = this->next;
        groups[this->before].version++;
    }
    this->size = 0;
    this->version++;
}

void figures_of_oracle(const struct poll_outcome *outcome, size_t calls, struct poll_figures *ret)
{
    size_t count = outcome->moment_count, left = count;
    struct group *groups = xcalloc(count + 1, sizeof(*groups));
    struct heap heap = {xcalloc(4 * count + 1, sizeof(*heap.items)), 0};
    struct poll_outcome copy = copy_of(outcome);

    for (size_t i = 0; i < count; i++)
        groups[i] = (struct group){
            .last = i,
            .size = 1,
            .next = i + 1 < count && outcome->moments[i + 1].slot == outcome->moments[i].slot ? i + 1 : i,
            .before = i > 0 && outcome->moments[i - 1].slot == outcome->moments[i].slot ? i - 1 : i,
        };
    for (size_t i = 0; i < count; i++)
        offer(&heap, outcome, groups, i);
    while (left > calls && heap.count > 0) {
        struct merge merge = heap_pop(&heap);
        size_t next = groups[merge.group].next, before = groups[merge.group].before;

        if (groups[merge.group].size == 0 || groups[merge.group].version != merge.version)
            continue;
        merge_into_next(groups, merge.group);
        left--;
        offer(&heap, outcome, groups, next);
        if (before != merge.group)
            offer(&heap, outcome, groups, before);
    }
    for (size_t i = count, look = 0; i-- > 0;) {
        if (groups[i].size > 0)
            look = i;
        copy.moments[i].delay_ms = outcome->moments[look].at_ms - outcome->moments[i].at_ms;
    }
    *ret = (struct poll_figures){.calls = (double)left, .age_ms = 0};
    take_delays(&copy, ret);
    free(copy.moments);
    free(heap.items);
    free(groups);
}
