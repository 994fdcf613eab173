#include "reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/message-id.h"
#include "base/work.h"
#include "restart.h"

/* A file with more is no configuration at all; all are in the log. */
#define PROBLEMS_MAX 1000

struct request {
    struct request *next;
    interface_reloaded_cb *done;
    void *data;
};

struct reload {
    struct reload_options options;
    struct request *waiting, **waiting_end, *served;
    bool running;
    bool force, next_force; /* of the run, and of the next one */
    struct reload_result last;

    /* Of the run; the first three are the worker's until it is done. */
    struct config *next;
    struct config_report report;
    struct access *access;
    struct reload_result result;

    void (*stopped)(void *data); /* NULL: not stopping */
    void *stopped_data;
};

struct reload *reload_new(const struct reload_options *options)
{
    struct reload *reload = xalloc(sizeof(*reload));

    reload->options = *options;
    reload->waiting_end = &reload->waiting;
    return reload;
}

static void result_fini(struct reload_result *result)
{
    string_list_fini(&result->problems);
    string_list_fini(&result->restart);
}

struct reload *reload_free(struct reload *reload)
{
    if (reload == NULL)
        return NULL;
    result_fini(&reload->last);
    free(reload);
    return NULL;
}

/* ---- the end of a run */

static void answer(struct request *take_requests, const struct reload_result *result,
                   const struct action_list *actions)
{
    while (take_requests != NULL) {
        struct request *request = take_requests;

        take_requests = request->next;
        if (request->done != NULL)
            request->done(request->data, result, actions);
        free(request);
    }
}

/* All that wait now. */
static struct request *take_waiting(struct reload *reload)
{
    struct request *requests = reload->waiting;

    reload->waiting = NULL;
    reload->waiting_end = &reload->waiting;
    return requests;
}

static void begin(struct reload *reload);

/* Tells everyone; what was loaded and not taken goes. `result` is NULL where the daemon stops instead. */
static void finish(struct reload *reload, const struct reload_result *result,
                   const struct action_list *actions)
{
    struct request *served = reload->served;

    reload->next = config_free(reload->next);
    reload->access = access_free(reload->access);
    reload->served = NULL;
    reload->running = false;
    reload->options.ended(reload->options.data);
    answer(served, result, actions);
    if (reload->stopped != NULL) {
        answer(take_waiting(reload), NULL, NULL);
        reload->stopped(reload->stopped_data);
    } else if (reload->waiting != NULL) {
        begin(reload);
    }
}

static void show_result(struct reload *reload)
{
    result_fini(&reload->last);
    reload->last = reload->result;
    reload->last.at = clock_wall_seconds(reload->options.clock);
    reload->result = (struct reload_result){0};
    reload->options.told->last_reload = &reload->last;
}

static void refuse(struct reload *reload)
{
    string_list_fini(&reload->result.restart);
    show_result(reload);
    log_error(&(struct log_subject){.message_id = MESSAGE_CONFIGURATION_REFUSED},
              "the configuration was not reloaded, and the one before is in force");
    finish(reload, &reload->last, NULL);
}

/* ---- a configuration without mistakes */

static void log_restart(const struct string_list *restart)
{
    struct buffer text = BUFFER_EMPTY;

    for (size_t i = 0; i < restart->count; i++)
        buffer_printf(&text, "%s%s", i > 0 ? ", " : "", restart->items[i]);
    if (restart->count > 0)
        log_warning(NULL, "only a restart makes these take effect: %s", text.data);
    buffer_fini(&text);
}

/* The driver follows the new plans: the old configuration is nobody's any more. */
static void take(struct reload *reload)
{
    struct configuration *told = reload->options.told;
    struct config *next = reload->next, *old = *reload->options.config;

    restart_keep(old, next);
    *reload->options.config = next;
    reload->next = NULL;
    driver_set_poll(reload->options.driver, &next->poll, next->on_uncertain);
    if (reload->options.spending != NULL) {
        spending_set_poll(reload->options.spending, &next->poll);
        spending_set_plans(reload->options.spending, &next->plans);
    }
    if (reload->options.hooks != NULL)
        hooks_set(reload->options.hooks, &next->hooks);
    log_set_level(next->log_level);
    interface_set_access(reload->options.interface, reload->access);
    reload->access = NULL;
    told->plans = &next->plans;
    told->loaded_at = clock_wall_seconds(reload->options.clock);
    config_free(old);
}

static void on_planned(void *data, int result, const struct action_list *actions, const struct error *error)
{
    struct reload *reload = data;
    size_t plans = reload->next->plans.count;

    if (result < 0) {
        CLEANUP_FREE char *problem = xasprintf(
            "%s%s", error->text, result == -EPERM ? ": meetingctl reload --force does it all the same" : "");

        log_error(NULL, "%s", problem);
        string_list_add(&reload->result.problems, problem);
        refuse(reload);
        return;
    }
    take(reload);
    show_result(reload);
    log_notice(NULL, "configuration reloaded: %zu plan%s, %zu change%s at Feishu", plans,
               plans == 1 ? "" : "s", actions->count, actions->count == 1 ? "" : "s");
    log_restart(&reload->last.restart);
    driver_announce(reload->options.driver, EVENT_CONFIGURATION_RELOADED);
    finish(reload, &reload->last, actions);
}

/* ---- loading */

static void add_mistakes(struct reload *reload)
{
    struct string_list *problems = &reload->result.problems;
    size_t left = reload->report.mistakes;

    for (size_t i = 0; i < reload->report.count && problems->count < PROBLEMS_MAX; i++) {
        CLEANUP_FREE char *text = NULL;

        if (reload->report.problems[i].severity != CONFIG_MISTAKE)
            continue;
        text = config_problem_text(&reload->report.problems[i]);
        string_list_add(problems, text);
        left--;
    }
    if (left > 0) {
        CLEANUP_FREE char *text = xasprintf("%zu more are not listed: mend these first", left);

        string_list_add(problems, text);
    }
}

/* As at the start, an app that cannot log in is found now. */
static void add_missing_secrets(struct reload *reload)
{
    for (size_t i = 0; i < reload->next->app_count; i++) {
        CLEANUP_FREE char *problem = config_secret_problem(reload->next->apps[i]);

        if (problem == NULL)
            continue;
        log_error(NULL, "%s", problem);
        string_list_add(&reload->result.problems, problem);
    }
}

/* On a thread of its own: files, users and groups may be far away. */
static void load(void *data)
{
    struct reload *reload = data;

    if (config_load(reload->options.path, &reload->next, &reload->report) == 0)
        reload->access = access_new(&reload->next->operators);
    config_report_log(&reload->report);
}

static void on_loaded(void *data)
{
    struct reload *reload = data;

    add_mistakes(reload);
    config_report_fini(&reload->report);
    if (reload->next != NULL)
        add_missing_secrets(reload);
    if (reload->stopped != NULL) {
        result_fini(&reload->result);
        finish(reload, NULL, NULL);
    } else if (reload->result.problems.count > 0) {
        refuse(reload);
    } else {
        restart_compare(*reload->options.config, reload->next, &reload->result.restart);
        driver_set_plans(reload->options.driver, &reload->next->plans, reload->force, on_planned, reload);
    }
}

static void begin(struct reload *reload)
{
    log_notice(NULL, "reloading the configuration");
    reload->running = true;
    reload->served = take_waiting(reload);
    reload->force = reload->next_force;
    reload->next_force = false;
    reload->options.began(reload->options.data);
    work_start(reload->options.loop, load, on_loaded, reload);
}

int reload_request(struct reload *reload, bool force, interface_reloaded_cb *done, void *data)
{
    struct request *request;

    if (reload->stopped != NULL)
        return -ESHUTDOWN;
    request = xalloc(sizeof(*request));
    request->done = done;
    request->data = data;
    *reload->waiting_end = request;
    reload->waiting_end = &request->next;
    reload->next_force |= force;
    if (!reload->running)
        begin(reload);
    return 0;
}

bool reload_stop(struct reload *reload, void (*stopped)(void *data), void *data)
{
    reload->stopped = stopped;
    reload->stopped_data = data;
    return reload->running;
}
