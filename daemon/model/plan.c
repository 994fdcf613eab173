#include "model/plan.h"

#include <stdlib.h>

#include "base/base.h"

struct app *app_free(struct app *app)
{
    if (app == NULL)
        return NULL;
    free(app->name);
    free(app->base_url);
    free(app->app_id);
    secret_free(app->app_secret);
    free(app->owner_id);
    free(app->ca_file);
    free(app->month_timezone);
    free(app);
    return NULL;
}

struct plan *plan_new(const char *name)
{
    struct plan *plan = xalloc(sizeof(*plan));

    plan->name = xstrdup(name);
    plan->duration_s = UNKNOWN;
    plan->last_end_time = UNKNOWN;
    return plan;
}

struct plan *plan_free(struct plan *plan)
{
    if (plan == NULL)
        return NULL;
    free(plan->name);
    free(plan->app);
    free(plan->reserve_id);
    free(plan->owner_id);
    free(plan->timezone);
    free(plan->rrule);
    free(plan->exdates);
    meeting_settings_fini(&plan->meeting_settings);
    free(plan->file);
    free(plan);
    return NULL;
}

void plan_list_take(struct plan_list *list, struct plan *plan)
{
    /* Grows at each power of two. */
    if ((list->count & (list->count - 1)) == 0)
        list->items = xrealloc(list->items, list->count > 0 ? list->count * 2 : 1, sizeof(*list->items));
    list->items[list->count++] = plan;
}

struct plan *plan_list_find(const struct plan_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i]->name, name))
            return list->items[i];
    }
    return NULL;
}

void plan_list_fini(struct plan_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        plan_free(list->items[i]);
    free(list->items);
    *list = (struct plan_list){NULL, 0};
}
