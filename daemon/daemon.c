#include "daemon.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "base/base.h"
#include "base/log.h"
#include "base/loop.h"
#include "feishu/http.h"
#include "interface/health.h"
#include "interface/interface.h"
#include "notify.h"
#include "reload.h"
#include "retention.h"
#include "store/store.h"
#include "sync/driver.h"
#include "sync/hooks.h"
#include "watchdog.h"

/* The whole stop takes no longer than this; only an apply that is under way gets its own time-out besides. */
#define STOP_MS (5 * MS_PER_SECOND)

/* Changes that come together make one STATUS line. */
#define STATUS_DELAY_MS 200
#define BUSY_LOOK_MS    MS_PER_SECOND

/* Before the store is closed, what its answers still bring about is written too: an intent that came back
 * during the stop is put back. */
#define STORE_ROUNDS 2

enum { SIGNAL_TERM, SIGNAL_INT, SIGNAL_HUP, SIGNALS };

struct daemon {
    struct config *config; /* the running one; reload changes it */
    struct configuration configuration;
    uv_loop_t loop;
    uv_signal_t signals[SIGNALS];
    struct timers *timers;
    struct http *http;
    struct feishu **clients; /* beside config->apps */
    struct calls *calls;
    struct ledger *ledger;
    struct spending *spending;
    struct store *store;
    struct cache *cache;
    struct driver *driver;
    struct hooks *hooks;
    struct interface *interface;
    struct reload *reload;
    struct retention *retention;
    struct interface_options parts;
    struct cache_listener listener;
    struct timer status_timer;
    struct timer guard;
    struct watchdog watchdog;
    char status[HEALTH_TEXT_SIZE];
    bool stopping;
    int stopping_parts; /* which have to end before the store is told */
    int store_rounds;
    int exit_code;
};

/* ---- how things are */

static void tell_status(struct timer *timer)
{
    struct daemon *daemon = timer->data;
    struct health health;

    if (daemon->stopping)
        return; /* which has a line of its own */
    health_read(&daemon->parts, &health);
    /* How long the store takes over its work is told by nothing but another look. */
    if (health.store_busy)
        timer_start_in(timer, BUSY_LOOK_MS);
    if (strcmp(health.text, daemon->status) == 0)
        return;
    memcpy(daemon->status, health.text, sizeof(daemon->status));
    notify_status(daemon->status);
}

static void status_may_differ(void *data)
{
    struct daemon *daemon = data;

    if (!daemon->stopping && !timer_running(&daemon->status_timer))
        timer_start_in(&daemon->status_timer, STATUS_DELAY_MS);
}

static void on_change(struct cache_listener *listener, const struct event *event)
{
    (void)event;
    status_may_differ(CONTAINER_OF(listener, struct daemon, listener));
}

static void on_clock_jump(void *data)
{
    struct daemon *daemon = data;

    log_notice(NULL, "the clock was set; timetables are looked at again");
    if (daemon->driver != NULL && !daemon->stopping)
        driver_clock_jumped(daemon->driver);
}

/* As the answers of all apps tell; the worst of them. */
static int64_t clock_ahead(void *data)
{
    const struct daemon *daemon = data;
    int64_t ahead_ms = UNKNOWN;

    for (size_t i = 0; i < daemon->config->app_count; i++) {
        struct calls_status status;

        calls_status(daemon->calls, i, &status);
        if (!status.clock_known)
            continue;
        if (ahead_ms == UNKNOWN)
            ahead_ms = 0;
        if (status.clock_ahead_ms > ahead_ms)
            ahead_ms = status.clock_ahead_ms;
    }
    return ahead_ms;
}

/* ---- stopping, step by step */

static void report_handle(uv_handle_t *handle, void *data)
{
    (void)data;
    log_error(NULL, "still open: a %s handle%s", uv_handle_type_name(uv_handle_get_type(handle)),
              uv_is_closing(handle) ? " (closing)" : "");
}

/* The stop took too long, or somebody insists: say what was left, and go. What matters is in the store. */
static void give_up(struct daemon *daemon, const char *why)
{
    log_error(NULL, "%s; ending without waiting further", why);
    uv_walk(&daemon->loop, report_handle, NULL);
    _exit(1);
}

static void on_guard(struct timer *timer)
{
    give_up(timer->data, "the stop did not end in time");
}

static void close_signals(struct daemon *daemon)
{
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
}

static void on_timers_closed(void *data)
{
    close_signals(data);
}

static void close_timers(void *data)
{
    struct daemon *daemon = data;

    daemon->store = NULL;
    timer_stop(&daemon->guard);
    timer_stop(&daemon->status_timer);
    timers_close(daemon->timers, on_timers_closed, daemon);
}

static void close_store(void *data)
{
    struct daemon *daemon = data;

    daemon->http = NULL;
    watchdog_stop(&daemon->watchdog);
    retention_stop(daemon->retention);
    if (daemon->store != NULL)
        store_close(daemon->store, close_timers, daemon);
    else
        close_timers(daemon);
}

static void close_http(void *data)
{
    struct daemon *daemon = data;

    daemon->interface = NULL;
    if (daemon->http != NULL)
        http_close(daemon->http, close_store, daemon);
    else
        close_store(daemon);
}

static void close_interface(struct daemon *daemon)
{
    if (daemon->interface != NULL)
        interface_close(daemon->interface, close_http, daemon);
    else
        close_http(daemon);
}

/* The store answers in order: when this comes back, so has all that was written before. */
static void on_store_round(void *data, int result, const struct error *error)
{
    struct daemon *daemon = data;

    (void)result;
    (void)error;
    if (++daemon->store_rounds < STORE_ROUNDS) {
        store_claim_sequences(daemon->store, cache_sequence(daemon->cache) + 1, on_store_round, daemon);
        return;
    }
    store_settle_sequences(daemon->store, cache_sequence(daemon->cache) + 1);
    close_interface(daemon);
}

static void on_part_stopped(void *data)
{
    struct daemon *daemon = data;

    if (--daemon->stopping_parts > 0)
        return;
    ledger_settle(daemon->ledger);
    store_claim_sequences(daemon->store, cache_sequence(daemon->cache) + 1, on_store_round, daemon);
}

static int64_t longest_timeout_ms(const struct config *config)
{
    int64_t longest = 0;

    for (size_t i = 0; i < config->app_count; i++) {
        if (config->apps[i]->timeout_ms > longest)
            longest = config->apps[i]->timeout_ms;
    }
    return longest;
}

static void stop(struct daemon *daemon)
{
    daemon->stopping = true;
    notify_stopping();
    log_notice(NULL, "stopping");
    timer_start_in(&daemon->guard,
                   STOP_MS + (calls_applying(daemon->calls) ? longest_timeout_ms(daemon->config) : 0));
    interface_stop(daemon->interface);
    driver_stop(daemon->driver);
    daemon->stopping_parts = 1;
    daemon->stopping_parts += reload_stop(daemon->reload, on_part_stopped, daemon) ? 1 : 0;
    daemon->stopping_parts += hooks_stop(daemon->hooks, on_part_stopped, daemon) ? 1 : 0;
    calls_stop(daemon->calls, on_part_stopped, daemon);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    if (number == SIGHUP && !daemon->stopping)
        reload_request(daemon->reload, false, NULL, NULL);
    else if (number != SIGHUP && daemon->stopping)
        give_up(daemon, "told to stop a second time");
    else if (number != SIGHUP)
        stop(daemon);
}

/* ---- reloading */

static void on_reload_began(void *data)
{
    (void)data;
    notify_reloading();
}

/* Whoever asked may be gone as soon as they have their answer: systemd knows by then. */
static void on_reload_ended(void *data)
{
    struct daemon *daemon = data;

    retention_set(daemon->retention, daemon->config->history_ms);
    if (daemon->stopping)
        return;
    tell_status(&daemon->status_timer);
    notify_ready();
}

static int ask_reload(void *data, bool force, interface_reloaded_cb *done, void *done_data)
{
    return reload_request(((struct daemon *)data)->reload, force, done, done_data);
}

/* ---- starting */

static void start_signals(struct daemon *daemon)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t set;

    sigemptyset(&set);
    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
        sigaddset(&set, numbers[i]);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void restore_reservation(void *data, struct reservation *take)
{
    driver_restore_reservation(((struct daemon *)data)->driver, take);
}

static void restore_meeting(void *data, struct meeting *take)
{
    driver_restore_meeting(((struct daemon *)data)->driver, take);
}

static int start_clients(struct daemon *daemon, struct error *error)
{
    const struct config *config = daemon->config;
    int result = http_new(&daemon->http, &daemon->loop, daemon->timers, error);

    if (result < 0)
        return result;
    daemon->clients = xcalloc(config->app_count, sizeof(struct feishu *));
    for (size_t i = 0; i < config->app_count; i++) {
        result = feishu_new(&daemon->clients[i], daemon->http, timers_clock(daemon->timers), config->apps[i],
                            error);
        if (result < 0)
            return error_prefix(error, result, "app %s", config->apps[i]->name);
    }
    daemon->calls = calls_new(daemon->timers, config->apps, daemon->clients, config->app_count);
    calls_on_health(daemon->calls, status_may_differ, daemon);
    return 0;
}

static int start_store(struct daemon *daemon, struct error *error)
{
    int result = store_open(&daemon->store, &daemon->loop, daemon->config->state, error);

    if (result < 0)
        return result;
    daemon->cache = cache_new(timers_clock(daemon->timers), store_next_sequence(daemon->store));
    daemon->ledger =
        ledger_new(daemon->timers, daemon->store, daemon->config->apps, daemon->config->app_count);
    calls_use_ledger(daemon->calls, daemon->ledger);
    daemon->spending = spending_new(&daemon->loop, timers_clock(daemon->timers), daemon->ledger,
                                    daemon->config->apps, daemon->config->app_count, &daemon->config->poll);
    spending_set_plans(daemon->spending, &daemon->config->plans);
    daemon->driver = driver_new(&(struct driver_options){
        .loop = &daemon->loop,
        .timers = daemon->timers,
        .store = daemon->store,
        .calls = daemon->calls,
        .cache = daemon->cache,
        .plans = &daemon->config->plans,
        .poll = &daemon->config->poll,
        .on_uncertain = daemon->config->on_uncertain,
        .spending = daemon->spending,
    });
    return store_load(daemon->store, clock_wall_seconds(timers_clock(daemon->timers)) - LATELY_S,
                      restore_reservation, restore_meeting, daemon, error);
}

static void write_event(void *data, const struct event *event, struct buffer *out)
{
    interface_write_event(((struct daemon *)data)->interface, event, out);
}

static void start_hooks(struct daemon *daemon)
{
    daemon->hooks = hooks_new(&(struct hooks_options){
        .loop = &daemon->loop,
        .timers = daemon->timers,
        .cache = daemon->cache,
        .settings = &daemon->config->hooks,
        .event_text = write_event,
        .data = daemon,
    });
}

static int start_interface(struct daemon *daemon, struct error *error)
{
    const struct config *config = daemon->config;
    int passed = notify_passed_socket(error), result;

    if (passed < -1)
        return passed;
    daemon->parts = (struct interface_options){
        .loop = &daemon->loop,
        .timers = daemon->timers,
        .cache = daemon->cache,
        .calls = daemon->calls,
        .driver = daemon->driver,
        .spending = daemon->spending,
        .hooks = daemon->hooks,
        .store = daemon->store,
        .apps = config->apps,
        .clients = daemon->clients,
        .app_count = config->app_count,
        .operators = &config->operators,
        .state_path = config->state,
        .configuration = &daemon->configuration,
        .reload = ask_reload,
        .reload_data = daemon,
    };
    result = interface_new(&daemon->interface, &daemon->parts, error);
    if (result < 0)
        return result;
    daemon->reload = reload_new(&(struct reload_options){
        .loop = &daemon->loop,
        .clock = timers_clock(daemon->timers),
        .driver = daemon->driver,
        .spending = daemon->spending,
        .hooks = daemon->hooks,
        .interface = daemon->interface,
        .path = daemon->configuration.path,
        .config = &daemon->config,
        .told = &daemon->configuration,
        .began = on_reload_began,
        .ended = on_reload_ended,
        .data = daemon,
    });
    daemon->listener.changed = on_change;
    cache_listen(daemon->cache, &daemon->listener);
    return passed >= 0 ? interface_listen_fd(daemon->interface, passed, error)
                       : interface_listen(daemon->interface, config->socket, error);
}

static int start(struct daemon *daemon, struct error *error)
{
    int result = start_clients(daemon, error);

    if (result == 0)
        result = start_store(daemon, error);
    if (result < 0)
        return result;
    start_hooks(daemon);
    result = start_interface(daemon, error);
    if (result < 0)
        return result;
    daemon->retention =
        retention_new(daemon->timers, daemon->store, daemon->config->history_ms, clock_ahead, daemon);
    driver_start(daemon->driver);
    notify_ready();
    watchdog_start(&daemon->watchdog, daemon->timers, daemon->store);
    tell_status(&daemon->status_timer);
    log_notice(NULL, "meetingd %s: %zu plan%s, %zu app%s; answering on %s", PACKAGE_VERSION,
               daemon->config->plans.count, daemon->config->plans.count == 1 ? "" : "s",
               daemon->config->app_count, daemon->config->app_count == 1 ? "" : "s", daemon->config->socket);
    return 0;
}

static void free_parts(struct daemon *daemon)
{
    hooks_free(daemon->hooks);
    driver_free(daemon->driver);
    spending_free(daemon->spending);
    calls_free(daemon->calls);
    ledger_free(daemon->ledger);
    for (size_t i = 0; daemon->clients != NULL && i < daemon->config->app_count; i++)
        feishu_free(daemon->clients[i]);
    free(daemon->clients);
    cache_free(daemon->cache);
    reload_free(daemon->reload);
    retention_free(daemon->retention);
    config_free(daemon->config);
}

int daemon_run(struct config *take_config, const char *path)
{
    struct daemon *daemon = xalloc(sizeof(*daemon));
    struct error error;
    int exit_code;

    daemon->config = take_config;
    if (uv_loop_init(&daemon->loop) < 0 ||
        timers_new(&daemon->timers, &daemon->loop, clock_system(), &error) < 0) {
        log_error(NULL, "cannot make the event loop");
        config_free(take_config);
        free(daemon);
        return 1;
    }
    daemon->configuration = (struct configuration){
        .path = path,
        .loaded_at = clock_wall_seconds(clock_system()),
        .plans = &take_config->plans,
    };
    timer_init(&daemon->status_timer, daemon->timers, tell_status, daemon);
    timer_init(&daemon->guard, daemon->timers, on_guard, daemon);
    timers_on_clock_jump(daemon->timers, on_clock_jump, daemon);
    start_signals(daemon);
    if (start(daemon, &error) < 0) {
        log_error(NULL, "%s", error.text);
        daemon->exit_code = 1;
        daemon->stopping = true;
        close_interface(daemon);
    }
    if (loop_finish(&daemon->loop) > 0)
        daemon->exit_code = 1;
    free_parts(daemon);
    exit_code = daemon->exit_code;
    if (exit_code == 0)
        log_notice(NULL, "stopped");
    free(daemon);
    return exit_code;
}
