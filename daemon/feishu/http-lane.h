/*
 * A lane: one of libcurl's multi handles on libuv's loop, with the connections it opens and keeps. Transfers
 * on different lanes know nothing of each other. It is embedded in its owner, http.c.
 */
#ifndef MEETINGD_FEISHU_HTTP_LANE_H
#define MEETINGD_FEISHU_HTTP_LANE_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>
#include <uv.h>

#include "base/timer.h"

struct lane;

/* All come from the loop, none from inside libcurl, and none from inside a function of this header. */
struct lane_events {
    /* A transfer has come to its end, and is to be removed. */
    void (*done)(void *owner, CURL *easy, CURLcode code);
    /* Nobody knows any more how the lane's transfers stand: all have to be removed now. The lane itself is as
     * good as new afterwards. */
    void (*broke)(void *owner, struct lane *lane, CURLMcode code);
    /* libcurl has worked. After `done` and `broke`; the one from which callers may be told. */
    void (*acted)(void *owner);
    /* After lane_close(): the last connection is closed as well. */
    void (*closed)(void *owner);
};

struct lane {
    const struct lane_events *events;
    void *owner;
    uv_loop_t *loop;
    CURLM *multi;        /* NULL: closed */
    struct timer wanted; /* the wake-up that libcurl asked for */
    size_t sockets;      /* poll handles that are not closed yet */
};

/* -ENOMEM or 0; everything is borrowed until the lane is closed. */
int lane_init(struct lane *lane, uv_loop_t *loop, struct timers *timers, const struct lane_events *events,
              void *owner);

/* Only without transfers. Connections that were kept are closed, which takes some turns of the loop. May be
 * repeated. */
void lane_close(struct lane *lane);

/* Whether nothing is left of it: its memory may go. */
bool lane_is_closed(const struct lane *lane);

/* Starts a transfer. */
CURLMcode lane_add(struct lane *lane, CURL *easy);

/* Ends one, at whatever stage it is. */
void lane_remove(struct lane *lane, CURL *easy);

/* Lets libcurl look at its own times, whether or not it has asked for that. Only from the loop. */
void lane_kick(struct lane *lane);

#endif
