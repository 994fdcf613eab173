/*
 * The driver with all that it drives, but for the socket: a real store in a directory of its own, the real
 * client and gate, a scripted Feishu, and the test's own clock. It can be stopped and started again like the
 * daemon.
 */
#ifndef MEETINGD_TESTS_SYNC_HOUSE_H
#define MEETINGD_TESTS_SYNC_HOUSE_H

#include "base/timer.h"
#include "feishu/http.h"
#include "lib/fake-feishu.h"
#include "lib/turn.h"
#include "store/store.h"
#include "sync/cache.h"
#include "sync/calls.h"
#include "sync/driver.h"

/* 2026-11-23 09:30:00 in Shanghai. */
#define HOUSE_NOW_S INT64_C(1795397400)

struct sync_house {
    uv_loop_t loop;
    struct fake_clock clock;
    struct timers *timers;
    struct test_time time;
    struct fake_feishu *feishu;
    char *directory;
    char *path; /* of the store */
    struct app app;
    struct app *apps[1];
    struct plan_list plans;
    struct poll_settings poll;
    enum on_uncertain on_uncertain;

    /* Between start and stop. */
    struct http *http;
    struct feishu *client;
    struct calls *calls;
    struct store *store;
    struct cache *cache;
    struct driver *driver;
    struct cache_listener listener;
    bool running;
    bool step_done;    /* of stopping */
    bool written_down; /* all that the store was given before it was asked */

    struct buffer events; /* kinds of all that was announced, a line each, with who it is about */
};

/* For cmocka; the house is not started yet. */
int sync_house_set_up(void **state);
int sync_house_tear_down(void **state);

/* A plan whose slot begins `in_s` from now and lasts half an hour, at the end of the plans. */
struct plan *sync_house_plan(struct sync_house *house, const char *name, int64_t in_s);

void sync_house_start(struct sync_house *house);
void sync_house_stop(struct sync_house *house);

/* Gives the driver the plans again as they are now, as a reload does. Returns 0 and the actions as lines
 * "KIND OCCURRENCE" in `actions`, or why not in `error`. The plans are changed in place: not while it runs.
 */
int sync_house_load(struct sync_house *house, bool force, struct buffer *actions, struct error *error);

/* Takes a plan out; the caller frees it after the next load. */
struct plan *sync_house_remove_plan(struct sync_house *house, const char *name);

/* Lets `ms` pass, with all that happens meanwhile. */
void sync_house_pass(struct sync_house *house, int64_t ms);

/* Lets time pass, at most `most_ms`, until the reservation is in a state. */
void sync_house_wait_for(struct sync_house *house, const char *key, enum reservation_state state,
                         int64_t most_ms);

/* As it is shown now; never NULL. */
const struct reservation *sync_house_shown(const struct sync_house *house, const char *key);

size_t sync_house_count(const struct sync_house *house, enum feishu_api api);

#endif
