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

struct plan *plan_copy_timetable(const struct plan *from)
{
    struct plan *to = plan_new(from->name);

    to->app = xstrdup(from->app);
    to->reserve_id = xstrdup(from->reserve_id);
    to->timezone = xstrdup(from->timezone);
    to->has_start = from->has_start;
    to->start = from->start;
    to->duration_s = from->duration_s;
    to->rrule = xstrdup(from->rrule);
    to->exdate_count = from->exdate_count;
    to->exdates = xcalloc(from->exdate_count, sizeof(*to->exdates));
    for (size_t i = 0; i < from->exdate_count; i++)
        to->exdates[i] = from->exdates[i];
    to->last_end_time = from->last_end_time;
    to->link = from->link;
    to->on_remove = from->on_remove;
    to->create_ahead_ms = from->create_ahead_ms;
    to->expire_after_ms = from->expire_after_ms;
    return to;
}

void plan_list_take(struct plan_list *list, struct plan *plan)
{
    /* Grows at each power of two. */
    if ((list->count & (list->count - 1)) == 0)
        list->items = xrealloc(list->items, list->count > 0 ? list->count * 2 : 1, sizeof(*list->items));
    list->items[list->count++] = plan;
}

void plan_list_fini(struct plan_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        plan_free(list->items[i]);
    free(list->items);
    *list = (struct plan_list){NULL, 0};
}
