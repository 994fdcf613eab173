/*
 * cache: what is known now, as it is shown to anyone: reservations, their meetings, and how they are
 * followed; sequence numbers for the changes, and the listeners that are told of them. The driver alone
 * writes to it; what it puts here is in the store already, or is an observation that may be lost.
 */
#ifndef MEETINGD_SYNC_CACHE_H
#define MEETINGD_SYNC_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/event.h"
#include "model/meeting.h"
#include "model/phase.h"
#include "model/reservation.h"

struct cache;

/* Embedded in its owner. `changed` is called for each change, in order, from inside the function that made
 * it; it must not change the cache, and may unlisten. */
struct cache_listener {
    struct cache_listener *next, **link;
    void (*changed)(struct cache_listener *listener, const struct event *event);
};

/* Sequence numbers start at `first_sequence`. */
struct cache *cache_new(const struct clock *clock, uint64_t first_sequence);
struct cache *cache_free(struct cache *cache);

void cache_listen(struct cache *cache, struct cache_listener *listener);
void cache_unlisten(struct cache_listener *listener);

/* The number of the newest change. */
uint64_t cache_sequence(const struct cache *cache);

/* Puts a reservation in, or in the place of the one with its key. */
void cache_put_reservation(struct cache *cache, struct reservation *take);

/* Feishu has said again how things are under a reservation, and nothing has changed (Unix ms). */
void cache_reservation_observed(struct cache *cache, const char *key, int64_t observed_at);

/* Forgets one. */
void cache_drop_reservation(struct cache *cache, const char *key);

/* Forgets the meetings of a reservation. */
void cache_forget_meetings(struct cache *cache, const char *key);

/* Forgets the meetings of a reservation that were over before a time (Unix seconds), but its last one. */
void cache_forget_ended(struct cache *cache, const char *key, int64_t before);

/* Puts a meeting in, or in the place of the one with its id. */
void cache_put_meeting(struct cache *cache, struct meeting *take);

void cache_set_following(struct cache *cache, const char *key, const struct following *following);

/* Another number whenever anything that the cache holds has changed, announced or not. */
uint64_t cache_generation(const struct cache *cache);

/* Gives the change a number and the time, and tells the listeners. What it is about is borrowed. */
void cache_announce(struct cache *cache, const struct event *about);

/* Look-ups. What they return is valid until the next change of the cache; NULL where there is none. */
const struct reservation *cache_reservation(const struct cache *cache, const char *key);
const struct reservation *cache_reservation_by_id(const struct cache *cache, const char *reserve_id);
const struct meeting *cache_meeting(const struct cache *cache, const char *id);

/* The meeting in progress under a reservation. */
const struct meeting *cache_active_meeting(const struct cache *cache, const char *key);

/* How a reservation is followed; phase done for one that is not known. */
struct following cache_following(const struct cache *cache, const char *key);

/* How each is followed, beside cache_reservations(). */
const struct following *cache_followings(const struct cache *cache);

/* All, in the order in which they came. */
size_t cache_reservations(const struct cache *cache, struct reservation *const **ret);
size_t cache_meetings(const struct cache *cache, struct meeting *const **ret);

#endif
