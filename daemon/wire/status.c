#include "wire/status.h"

#include "wire/object.h"

static struct json_object *api_object(const struct wire_api *api)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "api", api->api);
    object_int(object, "answered_at", api->answered_at);
    object_problem(object, "refused", &api->refused);
    return object;
}

static struct json_object *app_object(const struct wire_app *app)
{
    struct json_object *object = json_object_new_object(), *apis = json_object_new_array();

    object_string(object, "name", app->name);
    object_string(object, "base_url", app->base_url);
    object_string(object, "token", app->token);
    object_int(object, "token_expires_at", app->token_expires_at);
    object_int(object, "rate_per_minute", app->rate_per_minute);
    object_int(object, "rate_per_second", app->rate_per_second);
    object_int(object, "calls", app->calls);
    object_int(object, "waiting", app->waiting);
    object_int(object, "under_way", app->under_way);
    object_int(object, "paused_until", app->paused_until);
    object_int(object, "last_success_at", app->last_success_at);
    object_int(object, "month_used", app->month_used);
    object_int(object, "month_limit", app->month_limit);
    object_int(object, "month_forecast", app->month_forecast);
    object_problem(object, "last_error", &app->last_error);
    if (app->clock_known)
        json_object_object_add(object, "clock_ahead", json_object_new_int64(app->clock_ahead));
    for (size_t i = 0; i < app->api_count; i++)
        json_object_array_add(apis, api_object(&app->apis[i]));
    json_object_object_add(object, "apis", apis);
    return object;
}

static struct json_object *counts_object(const struct wire_status *status)
{
    struct json_object *object = json_object_new_object(), *states = json_object_new_object();

    object_int(object, "plans", status->plans);
    for (int state = 0; state < RESERVATION_STATES; state++)
        object_int(states, reservation_state_name((enum reservation_state)state),
                   status->reservations[state]);
    json_object_object_add(object, "reservations", states);
    object_int(object, "meetings", status->meetings);
    object_int(object, "live", status->live);
    object_int(object, "participants", status->participants);
    object_int(object, "problems", status->problems);
    return object;
}

static struct json_object *store_object(const struct wire_status *status)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "path", status->store.path);
    object_bool(object, "failing", status->store.failing);
    object_string(object, "error", status->store.error);
    object_int(object, "written", status->store.written);
    object_int(object, "failed", status->store.failed);
    object_int(object, "waiting", status->store.waiting);
    object_int(object, "slowest_ms", status->store.slowest_ms);
    object_int(object, "busy_ms", status->store.busy_ms);
    return object;
}

static struct json_object *socket_object(const struct wire_status *status)
{
    struct json_object *object = json_object_new_object();

    object_int(object, "connections", status->socket.connections);
    object_int(object, "accepted", status->socket.accepted);
    object_int(object, "refused", status->socket.refused);
    object_int(object, "requests", status->socket.requests);
    return object;
}

static struct json_object *reload_object(const struct wire_status *status)
{
    struct json_object *object = json_object_new_object();

    object_int(object, "at", status->last_reload.at);
    object_strings(object, "problems", status->last_reload.problems);
    object_strings(object, "restart", status->last_reload.restart);
    return object;
}

void wire_status(struct buffer *out, const struct wire_status *status)
{
    struct json_object *object = json_object_new_object(), *apps = json_object_new_array();

    object_string(object, "version", status->version);
    object_int(object, "pid", status->pid);
    object_int(object, "started_at", status->started_at);
    object_int(object, "uptime", status->uptime);
    object_bool(object, "healthy", status->healthy);
    object_string(object, "health", status->health);
    object_int(object, "sequence", status->sequence);
    for (size_t i = 0; i < status->app_count; i++)
        json_object_array_add(apps, app_object(&status->apps[i]));
    json_object_object_add(object, "apps", apps);
    json_object_object_add(object, "counts", counts_object(status));
    json_object_object_add(object, "store", store_object(status));
    json_object_object_add(object, "socket", socket_object(status));
    object_string(object, "configuration", status->configuration);
    object_int(object, "loaded_at", status->loaded_at);
    object_bool(object, "operator", status->operator);
    if (status->last_reload.at != 0)
        json_object_object_add(object, "last_reload", reload_object(status));
    object_write(out, object);
}
