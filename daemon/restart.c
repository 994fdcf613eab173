#include "restart.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* "[app]" or "[app NAME]", then `rest`. */
static void add_app(struct string_list *list, const struct app *app, const char *rest)
{
    bool is_default = strcmp(app->name, "default") == 0;
    CLEANUP_FREE char *text =
        xasprintf("[app%s%s]%s", is_default ? "" : " ", is_default ? "" : app->name, rest);

    string_list_add(list, text);
}

static void compare_app(const struct app *running, const struct app *next, struct string_list *ret)
{
    const struct {
        const char *key;
        bool same;
    } keys[] = {
        {" base_url or region", str_equal(running->base_url, next->base_url)},
        {" app_id", str_equal(running->app_id, next->app_id)},
        {" app_secret_file", str_equal(running->app_secret, next->app_secret)},
        {" user_id_type", running->user_id_type == next->user_id_type},
        {" ca_file", str_equal(running->ca_file, next->ca_file)},
        {" timeout", running->timeout_ms == next->timeout_ms},
        {" rate_per_minute", running->rate_per_minute == next->rate_per_minute},
        {" rate_per_second", running->rate_per_second == next->rate_per_second},
        {" monthly_calls", running->monthly_calls == next->monthly_calls},
        {" monthly_share", running->monthly_share == next->monthly_share},
        {" month_timezone", str_equal(running->month_timezone, next->month_timezone)},
    };

    for (size_t i = 0; i < ELEMENTS(keys); i++) {
        if (!keys[i].same)
            add_app(ret, running, keys[i].key);
    }
}

void restart_compare(const struct config *running, const struct config *next, struct string_list *ret)
{
    if (!str_equal(running->socket, next->socket))
        string_list_add(ret, "[daemon] socket");
    if (!str_equal(running->state, next->state))
        string_list_add(ret, "[daemon] state");
    for (size_t i = 0; i < running->app_count; i++) {
        const struct app *app = config_find_app(next, running->apps[i]->name);

        if (app != NULL)
            compare_app(running->apps[i], app, ret);
        else
            add_app(ret, running->apps[i], " (removed)");
    }
    for (size_t i = 0; i < next->app_count; i++) {
        if (config_find_app(running, next->apps[i]->name) == NULL)
            add_app(ret, next->apps[i], " (new: its plans wait)");
    }
}

static void swap_texts(char **a, char **b)
{
    char *text = *a;

    *a = *b;
    *b = text;
}

void restart_keep(struct config *running, struct config *next)
{
    struct app **apps = running->apps;
    size_t count = running->app_count;

    for (size_t i = 0; i < running->app_count; i++) {
        const struct app *app = config_find_app(next, running->apps[i]->name);

        if (app != NULL)
            str_set(&running->apps[i]->owner_id, app->owner_id);
    }
    swap_texts(&running->socket, &next->socket);
    swap_texts(&running->state, &next->state);
    running->apps = next->apps;
    running->app_count = next->app_count;
    next->apps = apps;
    next->app_count = count;
}
