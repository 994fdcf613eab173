#include "sync/cache.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"

/* A thing by one of its names: tsearch(3)'s trees hold these. */
struct name {
    char *text;
    size_t index; /* into the array of the things */
};

struct cache {
    const struct clock *clock;
    uint64_t next_sequence;
    uint64_t generation;
    struct cache_listener *listeners;

    struct reservation **reservations;
    struct following *followings; /* beside them */
    char **active;                /* id of the meeting in progress, beside them; NULL: none */
    size_t reservation_count;
    void *by_key;

    struct meeting **meetings;
    size_t meeting_count;
    void *by_meeting_id;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static struct name *find_name(void *const *tree, const char *text)
{
    struct name wanted = {.text = (char *)text};
    void *const *found = text != NULL ? tfind(&wanted, tree, compare_names) : NULL;

    return found != NULL ? *found : NULL;
}

static void add_name(void **tree, const char *text, size_t index)
{
    struct name *name = xalloc(sizeof(*name));

    name->text = xstrdup(text);
    name->index = index;
    if (tsearch(name, tree, compare_names) == NULL)
        abort();
}

static void name_free(void *item)
{
    struct name *name = item;

    free(name->text);
    free(name);
}

static void remove_name(void **tree, const char *text)
{
    struct name *name = find_name(tree, text);

    if (name == NULL)
        return;
    tdelete(name, tree, compare_names);
    name_free(name);
}

struct cache *cache_new(const struct clock *clock, uint64_t first_sequence)
{
    struct cache *cache = xalloc(sizeof(*cache));

    cache->clock = clock;
    cache->next_sequence = first_sequence;
    return cache;
}

struct cache *cache_free(struct cache *cache)
{
    if (cache == NULL)
        return NULL;
    for (size_t i = 0; i < cache->reservation_count; i++) {
        reservation_free(cache->reservations[i]);
        free(cache->active[i]);
    }
    free(cache->reservations);
    free(cache->followings);
    free(cache->active);
    tdestroy(cache->by_key, name_free);
    for (size_t i = 0; i < cache->meeting_count; i++)
        meeting_free(cache->meetings[i]);
    free(cache->meetings);
    tdestroy(cache->by_meeting_id, name_free);
    free(cache);
    return NULL;
}

void cache_listen(struct cache *cache, struct cache_listener *listener)
{
    struct cache_listener **link = &cache->listeners;

    while (*link != NULL)
        link = &(*link)->next;
    listener->next = NULL;
    listener->link = link;
    *link = listener;
}

void cache_unlisten(struct cache_listener *listener)
{
    if (listener->link == NULL)
        return;
    *listener->link = listener->next;
    if (listener->next != NULL)
        listener->next->link = listener->link;
    listener->next = NULL;
    listener->link = NULL;
}

uint64_t cache_sequence(const struct cache *cache)
{
    return cache->next_sequence - 1;
}

uint64_t cache_generation(const struct cache *cache)
{
    return cache->generation;
}

/* Room for one more where the count is a power of two. */
static void *grow(void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return items;
    return xrealloc(items, count > 0 ? count * 2 : 1, size);
}

void cache_put_reservation(struct cache *cache, struct reservation *take)
{
    struct name *name = find_name(&cache->by_key, take->key);
    size_t count = cache->reservation_count;

    cache->generation++;
    if (name != NULL) {
        reservation_free(cache->reservations[name->index]);
        cache->reservations[name->index] = take;
        return;
    }
    cache->reservations = grow(cache->reservations, count, sizeof(*cache->reservations));
    cache->followings = grow(cache->followings, count, sizeof(*cache->followings));
    cache->active = grow(cache->active, count, sizeof(*cache->active));
    cache->reservations[count] = take;
    cache->followings[count] =
        (struct following){.phase = PHASE_DONE, .last_poll_at = UNKNOWN, .next_poll_at = UNKNOWN};
    cache->active[count] = NULL;
    add_name(&cache->by_key, take->key, count);
    cache->reservation_count++;
}

void cache_reservation_observed(struct cache *cache, const char *key, int64_t observed_at)
{
    const struct name *name = find_name(&cache->by_key, key);

    cache->generation++;
    if (name != NULL)
        cache->reservations[name->index]->observed_at = observed_at;
}

void cache_drop_reservation(struct cache *cache, const char *key)
{
    struct name *name = find_name(&cache->by_key, key);
    size_t index, last = cache->reservation_count - 1;

    if (name == NULL)
        return;
    cache->generation++;
    index = name->index;
    remove_name(&cache->by_key, key);
    reservation_free(cache->reservations[index]);
    free(cache->active[index]);
    if (index != last) {
        cache->reservations[index] = cache->reservations[last];
        cache->followings[index] = cache->followings[last];
        cache->active[index] = cache->active[last];
        find_name(&cache->by_key, cache->reservations[index]->key)->index = index;
    }
    cache->reservation_count--;
}

static bool was_over(const struct meeting *meeting, int64_t time)
{
    int64_t end = meeting->end_time != UNKNOWN ? meeting->end_time : meeting->observed_at / MS_PER_SECOND;

    return meeting->status == MEETING_ENDED && end < time;
}

/* The same as the store's idea of it. NULL: there is none. */
static const struct meeting *last_meeting(const struct cache *cache, const char *key)
{
    const struct meeting *last = NULL;

    for (size_t i = 0; i < cache->meeting_count; i++) {
        const struct meeting *meeting = cache->meetings[i];

        if (str_equal(meeting->reservation, key) &&
            (last == NULL || meeting->start_time > last->start_time ||
             (meeting->start_time == last->start_time && strcmp(meeting->id, last->id) > 0)))
            last = meeting;
    }
    return last;
}

/* Those of a reservation that were over before a time, but the one with the id `spared`; UNKNOWN: all. */
static void forget_meetings(struct cache *cache, const char *key, int64_t before, const char *spared)
{
    size_t kept = 0;

    cache->generation++;
    for (size_t i = 0; i < cache->meeting_count; i++) {
        struct meeting *meeting = cache->meetings[i];

        if (str_equal(meeting->reservation, key) && !str_equal(meeting->id, spared) &&
            (before == UNKNOWN || was_over(meeting, before))) {
            remove_name(&cache->by_meeting_id, meeting->id);
            meeting_free(meeting);
            continue;
        }
        if (kept != i) {
            cache->meetings[kept] = meeting;
            find_name(&cache->by_meeting_id, meeting->id)->index = kept;
        }
        kept++;
    }
    cache->meeting_count = kept;
}

void cache_forget_meetings(struct cache *cache, const char *key)
{
    forget_meetings(cache, key, UNKNOWN, NULL);
}

void cache_forget_ended(struct cache *cache, const char *key, int64_t before)
{
    const struct meeting *last = last_meeting(cache, key);

    forget_meetings(cache, key, before, last != NULL ? last->id : NULL);
}

static void note_active(struct cache *cache, const struct meeting *meeting)
{
    struct name *name = find_name(&cache->by_key, meeting->reservation);

    if (name == NULL)
        return;
    if (meeting->status != MEETING_ENDED)
        str_set(&cache->active[name->index], meeting->id);
    else if (str_equal(cache->active[name->index], meeting->id))
        str_set(&cache->active[name->index], NULL);
}

void cache_put_meeting(struct cache *cache, struct meeting *take)
{
    struct name *name = find_name(&cache->by_meeting_id, take->id);

    cache->generation++;
    note_active(cache, take);
    if (name != NULL) {
        meeting_free(cache->meetings[name->index]);
        cache->meetings[name->index] = take;
        return;
    }
    cache->meetings = grow(cache->meetings, cache->meeting_count, sizeof(*cache->meetings));
    cache->meetings[cache->meeting_count] = take;
    add_name(&cache->by_meeting_id, take->id, cache->meeting_count++);
}

void cache_set_following(struct cache *cache, const char *key, const struct following *following)
{
    struct name *name = find_name(&cache->by_key, key);

    cache->generation++;
    if (name != NULL)
        cache->followings[name->index] = *following;
}

void cache_announce(struct cache *cache, const struct event *about)
{
    struct event event = *about;

    event.sequence = cache->next_sequence++;
    event.time = clock_wall_ms(cache->clock);
    for (struct cache_listener *listener = cache->listeners, *next; listener != NULL; listener = next) {
        next = listener->next;
        listener->changed(listener, &event);
    }
}

const struct reservation *cache_reservation(const struct cache *cache, const char *key)
{
    const struct name *name = find_name(&cache->by_key, key);

    return name != NULL ? cache->reservations[name->index] : NULL;
}

const struct reservation *cache_reservation_by_id(const struct cache *cache, const char *reserve_id)
{
    for (size_t i = 0; i < cache->reservation_count; i++) {
        if (reserve_id != NULL && str_equal(cache->reservations[i]->reserve_id, reserve_id))
            return cache->reservations[i];
    }
    return NULL;
}

const struct meeting *cache_meeting(const struct cache *cache, const char *id)
{
    const struct name *name = find_name(&cache->by_meeting_id, id);

    return name != NULL ? cache->meetings[name->index] : NULL;
}

const struct meeting *cache_active_meeting(const struct cache *cache, const char *key)
{
    const struct name *name = find_name(&cache->by_key, key);

    return name != NULL ? cache_meeting(cache, cache->active[name->index]) : NULL;
}

struct following cache_following(const struct cache *cache, const char *key)
{
    const struct name *name = find_name(&cache->by_key, key);

    if (name == NULL)
        return (struct following){.phase = PHASE_DONE, .last_poll_at = UNKNOWN, .next_poll_at = UNKNOWN};
    return cache->followings[name->index];
}

const struct following *cache_followings(const struct cache *cache)
{
    return cache->followings;
}

size_t cache_reservations(const struct cache *cache, struct reservation *const **ret)
{
    *ret = cache->reservations;
    return cache->reservation_count;
}

size_t cache_meetings(const struct cache *cache, struct meeting *const **ret)
{
    *ret = cache->meetings;
    return cache->meeting_count;
}
