#include "wire/quota.h"

#include <inttypes.h>
#include <stdio.h>

#include "wire/object.h"

/* With two digits: more would only be noise. */
static void object_double(struct json_object *object, const char *name, double value)
{
    char text[32];

    snprintf(text, sizeof(text), "%.2f", value);
    json_object_object_add(object, name, json_object_new_double_s(value, text));
}

static struct json_object *app_object(const struct wire_app_quota *app)
{
    struct json_object *object = json_object_new_object(), *by_api = json_object_new_object();
    char month[24];

    snprintf(month, sizeof(month), "%04" PRId64 "-%02" PRId64, app->month / 100, app->month % 100);
    object_string(object, "app", app->app);
    object_string(object, "app_id", app->app_id);
    object_string(object, "base_url", app->base_url);
    object_string(object, "month", month);
    object_int(object, "started_at", app->started_at);
    object_int(object, "ends_at", app->ends_at);
    object_int(object, "monthly_calls", app->monthly_calls);
    object_int(object, "monthly_share", app->monthly_share);
    object_int(object, "limit", app->limit);
    object_int(object, "used", app->used);
    object_int(object, "kept", app->kept);
    object_int(object, "forecast", app->forecast);
    object_int(object, "expected", app->expected);
    object_double(object, "stretch_now", app->stretch_now);
    object_double(object, "stretch_rest", app->stretch_rest);
    object_bool(object, "spent", app->spent);
    for (size_t i = 0; i < app->by_api_count; i++)
        object_int(by_api, app->by_api[i].api, app->by_api[i].calls);
    json_object_object_add(object, "by_api", by_api);
    return object;
}

static struct json_object *plan_object(const struct wire_plan_quota *plan)
{
    struct json_object *object = json_object_new_object();

    object_string(object, "name", plan->name);
    object_string(object, "app", plan->app);
    object_int(object, "used", plan->used);
    object_int(object, "forecast", plan->forecast);
    return object;
}

void wire_quota(struct buffer *out, const struct wire_quota *quota)
{
    struct json_object *object = json_object_new_object(), *apps = json_object_new_array(),
                       *plans = json_object_new_array();

    for (size_t i = 0; i < quota->app_count; i++)
        json_object_array_add(apps, app_object(&quota->apps[i]));
    json_object_object_add(object, "apps", apps);
    for (size_t i = 0; i < quota->plan_count; i++)
        json_object_array_add(plans, plan_object(&quota->plans[i]));
    json_object_object_add(object, "plans", plans);
    object_write(out, object);
}

void wire_explanation(struct buffer *out, const struct wire_explanation *explanation)
{
    const struct reservation *reservation = explanation->reservation;
    const struct following *following = &explanation->following;
    struct json_object *object = json_object_new_object();

    object_string(object, "name", reservation->name);
    object_string(object, "occurrence", reservation->occurrence);
    object_string(object, "app", reservation->app);
    object_string(object, "reserve_id", reservation->reserve_id);
    object_string(object, "state", reservation_state_name(reservation->state));
    object_string(object, "phase", phase_name(following->phase));
    object_int(object, "configured_interval",
               explanation->configured_ms > 0 ? explanation->configured_ms : UNKNOWN);
    object_double(object, "stretch", explanation->stretch);
    object_int(object, "interval", following->interval_ms > 0 ? following->interval_ms : UNKNOWN);
    object_string(object, "reason", explanation->reason);
    object_int(object, "last_poll_at", following->last_poll_at);
    object_int(object, "next_poll_at", following->next_poll_at);
    object_int(object, "calls", explanation->calls);
    object_string(object, "held_back", explanation->held_back);
    object_write(out, object);
}
