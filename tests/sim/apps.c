#include "sim/apps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "sim/member.h"

static const char *const states[] = {"enabled", "disabled", "unavailable"};
static const char *const default_scopes[] = {"vc:reserve", "vc:reserve:readonly", "vc:meeting:readonly",
                                             "contact:user.employee_id:readonly"};

static struct app *add(struct apps *apps, const char *app_id)
{
    struct app *app = xalloc(sizeof(*app));

    app->app_id = xstrdup(app_id);
    app->secret = xstrdup(DEFAULT_SECRET);
    app->tenant = xstrdup(DEFAULT_TENANT);
    for (size_t i = 0; i < ELEMENTS(default_scopes); i++)
        string_list_add(&app->scopes, default_scopes[i]);
    app->next = apps->first;
    apps->first = app;
    return app;
}

void apps_init(struct apps *apps)
{
    apps->first = NULL;
    add(apps, DEFAULT_APP);
}

void apps_fini(struct apps *apps)
{
    while (apps->first != NULL) {
        struct app *gone = apps->first;

        apps->first = gone->next;
        free(gone->app_id);
        free(gone->secret);
        free(gone->tenant);
        string_list_fini(&gone->scopes);
        string_list_fini(&gone->ip_allow);
        for (int api = 0; api < API_COUNT; api++)
            rate_fini(&gone->rates[api]);
        free(gone);
    }
}

struct app *apps_find(const struct apps *apps, const char *app_id)
{
    struct app *app = apps->first;

    while (app != NULL && !str_equal(app->app_id, app_id))
        app = app->next;
    return app;
}

static void set_list(struct string_list *list, struct json_object *object, const char *name)
{
    struct json_object *array = member_typed(object, name, json_type_array);

    if (array == NULL)
        return;
    string_list_fini(list);
    for (size_t i = 0; i < json_object_array_length(array); i++)
        string_list_add(list, json_object_get_string(json_object_array_get_idx(array, i)));
}

int apps_set(struct apps *apps, struct json_object *object, struct error *error)
{
    const char *app_id = member_text(object, "app_id"), *state = member_text(object, "state");
    size_t place = 0;
    struct app *app;

    while (state != NULL && place < ELEMENTS(states) && strcmp(state, states[place]) != 0)
        place++;
    if (place == ELEMENTS(states))
        return error_set(error, -EINVAL, "state: enabled, disabled or unavailable");
    app = apps_find(apps, app_id != NULL ? app_id : DEFAULT_APP);
    if (app == NULL)
        app = add(apps, app_id);
    if (member_text(object, "app_secret") != NULL)
        str_set(&app->secret, member_text(object, "app_secret"));
    if (member_text(object, "tenant") != NULL)
        str_set(&app->tenant, member_text(object, "tenant"));
    if (state != NULL)
        app->state = (enum app_state)place;
    set_list(&app->scopes, object, "scopes");
    set_list(&app->ip_allow, object, "ip_allow");
    return 0;
}

static struct json_object *list_json(const struct string_list *list)
{
    struct json_object *array = json_object_new_array();

    for (size_t i = 0; i < list->count; i++)
        json_object_array_add(array, json_object_new_string(list->items[i]));
    return array;
}

struct json_object *apps_json(const struct apps *apps)
{
    struct json_object *array = json_object_new_array();

    for (const struct app *app = apps->first; app != NULL; app = app->next) {
        struct json_object *object = json_object_new_object();

        put_text(object, "app_id", app->app_id);
        put_text(object, "tenant", app->tenant);
        put_text(object, "state", states[app->state]);
        put(object, "scopes", list_json(&app->scopes));
        put(object, "ip_allow", list_json(&app->ip_allow));
        json_object_array_add(array, object);
    }
    return array;
}
