/*
 * interface: io.meetingd on the socket. methods is the table (name, who may, handler), access says who the
 * peer is, queries answer from the cache, monitor tells of changes, health says how things are;
 * io.meetingd.varlink is the interface's text. operate hands an
 * operator's wishes to the driver. Nothing here calls Feishu or changes what is known.
 */
#ifndef MEETINGD_INTERFACE_INTERFACE_H
#define MEETINGD_INTERFACE_INTERFACE_H

#include "base/timer.h"
#include "feishu/api.h"
#include "interface/access.h"
#include "model/plan.h"
#include "store/store.h"
#include "sync/cache.h"
#include "sync/calls.h"
#include "sync/driver.h"
#include "sync/spending.h"
#include "varlink/varlink.h"

struct interface;

/* All borrowed for the interface's life. */
struct interface_options {
    uv_loop_t *loop;
    struct timers *timers;
    struct cache *cache;
    struct calls *calls;
    struct driver *driver;
    struct spending *spending;
    struct store *store;
    struct app *const *apps;
    struct feishu *const *clients; /* beside the apps */
    size_t app_count;
    const struct plan_list *plans;
    const struct poll_settings *poll;
    const struct string_list *operators;
    const char *state_path;
    const char *configuration_path;
};

int interface_new(struct interface **ret, const struct interface_options *options, struct error *error);

/* One of them makes the socket answer. */
int interface_listen(struct interface *interface, const char *path, struct error *error);
int interface_listen_fd(struct interface *interface, int fd, struct error *error);

/* Takes no new connections; those that are there are still served. */
void interface_stop(struct interface *interface);

/* Sends what is queued for a short while, ends all connections, frees; `closed(data)` comes from the loop. */
void interface_close(struct interface *interface, void (*closed)(void *data), void *data);

#endif
