/*
 * reload: the configuration is read again while the daemon runs. It is loaded and checked on another thread;
 * then the driver takes the plans; then all else that can change while it runs follows. One with mistakes, or
 * one that the driver refuses, changes nothing.
 *
 * A request that comes while one is worked on is not answered by it: what it is about may have been read
 * before.
 */
#ifndef MEETINGD_RELOAD_H
#define MEETINGD_RELOAD_H

#include "config/config.h"
#include "interface/interface.h"
#include "sync/driver.h"
#include "sync/hooks.h"

struct reload;

/* All borrowed until it has stopped. */
struct reload_options {
    uv_loop_t *loop;
    const struct clock *clock;
    struct driver *driver;
    struct spending *spending; /* NULL: none */
    struct hooks *hooks;       /* NULL: none */
    struct interface *interface;
    const char *path;
    struct config **config;     /* the running one; it is freed when another one takes its place */
    struct configuration *told; /* kept in step with it */
    void (*began)(void *data);  /* a run begins */
    void (*ended)(void *data);  /* it has ended, well or not, and those who asked are told next */
    void *data;
};

struct reload *reload_new(const struct reload_options *options);

/* Only when nothing is under way. NULL is fine; returns NULL. */
struct reload *reload_free(struct reload *reload);

/* Asks for a run that begins after this. `done` (which may be NULL) comes once, from the loop. `force`: as
 * driver_set_plans(). Requests that wait together share a run, which is forced where one of them is. Returns
 * -ESHUTDOWN after reload_stop(); then `done` does not come. */
int reload_request(struct reload *reload, bool force, interface_reloaded_cb *done, void *data);

/* Begins no further run. Returns whether one is under way: then `stopped(data)` comes from the loop when it
 * has ended, and whoever waits has been told; else it does not come. */
bool reload_stop(struct reload *reload, void (*stopped)(void *data), void *data);

#endif
