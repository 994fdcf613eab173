/*
 * interface: io.meetingd on the socket. methods is the table (name, who may, handler), access says who the
 * peer is, queries answer from the cache, prepared keeps their answers as long as they hold, monitor tells of
 * changes, health says how things are, metrics says it in figures; io.meetingd.varlink is the interface's
 * text. operate hands an operator's wishes to the driver, configuration those that concern the configuration
 * to the daemon, hooks has a hook tested. Nothing here calls Feishu or changes what is known.
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
#include "sync/hooks.h"
#include "sync/spending.h"
#include "varlink/varlink.h"

struct interface;

/* What a reload came to. */
struct reload_result {
    int64_t at;                  /* Unix seconds */
    struct string_list problems; /* why it was refused; empty: it was taken */
    struct string_list restart;  /* what changed and is only read at the start; where it was taken */
};

/* The configuration as it is told of. Whoever loads it changes this in place. */
struct configuration {
    const char *path;
    int64_t loaded_at; /* Unix seconds */
    const struct plan_list *plans;
    const struct reload_result *last_reload; /* NULL: there was none */
};

/* `result` is NULL where the daemon stops; `actions` is what is done at Feishu about a configuration that was
 * taken, else NULL. Both are borrowed for the call's time. */
typedef void interface_reloaded_cb(void *data, const struct reload_result *result,
                                   const struct action_list *actions);

/* All borrowed for the interface's life. */
struct interface_options {
    uv_loop_t *loop;
    struct timers *timers;
    struct cache *cache;
    struct calls *calls;
    struct driver *driver;
    struct spending *spending;
    struct hooks *hooks;
    struct store *store;
    struct app *const *apps;
    struct feishu *const *clients; /* beside the apps */
    size_t app_count;
    const struct string_list *operators; /* until interface_new() returns */
    const char *state_path;
    const struct configuration *configuration;
    /* Reads the configuration again, in a run that begins after this; `done` comes once, from the loop.
     * Returns -ESHUTDOWN, and it does not come, where the daemon stops. */
    int (*reload)(void *data, bool force, interface_reloaded_cb *done, void *done_data);
    void *reload_data;
};

int interface_new(struct interface **ret, const struct interface_options *options, struct error *error);

/* One of them makes the socket answer. */
int interface_listen(struct interface *interface, const char *path, struct error *error);
int interface_listen_fd(struct interface *interface, int fd, struct error *error);

/* Appends an event's JSON, as Monitor tells it to who may see no passwords. */
void interface_write_event(const struct interface *interface, const struct event *event, struct buffer *out);

/* Other people are operators from now on. */
void interface_set_access(struct interface *interface, struct access *take);

/* Takes no new connections; those that are there are still served. */
void interface_stop(struct interface *interface);

/* Sends what is queued for a short while, ends all connections, frees; `closed(data)` comes from the loop. */
void interface_close(struct interface *interface, void (*closed)(void *data), void *data);

#endif
