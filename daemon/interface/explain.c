/* Explain and GetQuota. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "engine/explain.h"
#include "interface/parts.h"
#include "wire/quota.h"

/* What the budget makes of a phase of an app; without an app of that name, nothing. */
static void read_budget(const struct interface *interface, const char *app, struct explain_view *view)
{
    struct spending *spending = interface->options.spending;
    int at = spending_app(spending, app);
    struct spending_view spent;

    view->stretch = 1;
    view->limit = BUDGET_FREE;
    if (at < 0)
        return;
    spending_view(spending, (size_t)at, &spent);
    view->stretch = spent.stretch[poll_class_of(view->phase)];
    view->limit = spent.limit[poll_class_of(view->phase)];
}

static int64_t calls_of(const struct interface *interface, const struct reservation *reservation)
{
    int at = spending_app(interface->options.spending, reservation->app);

    return at >= 0 ? ledger_calls(spending_ledger(interface->options.spending), (size_t)at, reservation->key)
                   : 0;
}

/* A look that is due, and does not leave. */
static char *held_back(const struct interface *interface, const struct reservation *reservation,
                       const struct following *following)
{
    if (following->phase == PHASE_DONE)
        return NULL;
    return calls_held_back(interface->options.calls, reservation->app, FEISHU_GET_ACTIVE_MEETING,
                           poll_class_of(following->phase) == POLL_CLASS_NOW ? CALL_CLASS_NOW
                                                                             : CALL_CLASS_REST);
}

void explain_handle(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const struct interface_options *parts = &interface->options;
    const char *name = NULL, *occurrence = NULL;
    const struct reservation *reservation;
    struct buffer text = BUFFER_EMPTY;
    struct wire_explanation explanation;
    struct explain_view view;

    varlink_call_string(call, "name", &name);
    varlink_call_string(call, "occurrence", &occurrence);
    if (name == NULL && occurrence == NULL) {
        varlink_call_invalid(call, "name");
        return;
    }
    reservation = interface_find_reservation(interface, name, occurrence, NULL);
    if (reservation == NULL) {
        interface_refuse(call, "io.meetingd.NotFound", "what", name != NULL ? name : occurrence);
        return;
    }
    explanation = (struct wire_explanation){
        .reservation = reservation,
        .following = interface_following(parts, interface->clock, reservation),
    };
    view = (struct explain_view){
        .reservation = reservation,
        .phase = explanation.following.phase,
        .settings = driver_poll(parts->driver),
        .now_s = clock_wall_seconds(interface->clock),
        .failures = explanation.following.failures,
    };
    read_budget(interface, reservation->app, &view);
    CLEANUP_FREE char *reason = explain_reason(&view);
    CLEANUP_FREE char *held = held_back(interface, reservation, &explanation.following);
    explanation.configured_ms = poll_interval_ms(view.phase, driver_poll(parts->driver));
    explanation.stretch = view.stretch;
    explanation.reason = reason;
    explanation.held_back = held;
    explanation.calls = calls_of(interface, reservation);
    buffer_append_text(&text, "{\"explanation\":");
    wire_explanation(&text, &explanation);
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
}

/* ---- GetQuota */

/* What the ledger counted, on its way to where it is shown. */
struct counting {
    int64_t by_api[FEISHU_APIS];
    struct wire_plan_quota **sorted; /* by name */
    size_t plan_count;
};

static int compare_plans(const void *a, const void *b)
{
    return strcmp((*(const struct wire_plan_quota *const *)a)->name,
                  (*(const struct wire_plan_quota *const *)b)->name);
}

static void take_count(void *data, const char *name, enum feishu_api api, int64_t calls)
{
    struct counting *counting = data;
    struct wire_plan_quota wanted = {.name = name}, *key = &wanted, **found;

    counting->by_api[api] += calls;
    if (name == NULL || counting->plan_count == 0)
        return;
    found = bsearch(&key, counting->sorted, counting->plan_count, sizeof(*counting->sorted), compare_plans);
    if (found != NULL)
        (*found)->used += calls;
}

static void describe_app(const struct interface *interface, size_t at, struct counting *counting,
                         struct wire_api_calls *by_api, struct wire_app_quota *ret)
{
    const struct app *app = interface->options.apps[at];
    struct spending_view view;
    bool limited;

    spending_view(interface->options.spending, at, &view);
    limited = view.month.limit != UNKNOWN;
    *ret = (struct wire_app_quota){
        .app = app->name,
        .app_id = app->app_id,
        .base_url = app->base_url,
        .month = view.month.month,
        .started_at = view.month.started_at,
        .ends_at = view.month.ends_at,
        .monthly_calls = limited ? app->monthly_calls : UNKNOWN,
        .monthly_share = limited ? app->monthly_share : UNKNOWN,
        .limit = view.month.limit,
        .used = view.month.used,
        .kept = limited ? view.month.kept : UNKNOWN,
        .forecast = view.forecast,
        .expected = view.expected,
        .stretch_now = view.stretch[POLL_CLASS_NOW],
        .stretch_rest = view.stretch[POLL_CLASS_REST],
        .spent = limited && view.month.used >= view.month.limit - view.month.kept,
        .by_api = by_api,
    };
    memset(counting->by_api, 0, sizeof(counting->by_api));
    ledger_each(spending_ledger(interface->options.spending), at, take_count, counting);
    for (enum feishu_api api = 0; api < FEISHU_APIS; api++) {
        if (counting->by_api[api] > 0)
            by_api[ret->by_api_count++] =
                (struct wire_api_calls){feishu_api_name(api), counting->by_api[api]};
    }
}

void quota_handle(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const struct interface_options *parts = &interface->options;
    struct wire_app_quota *apps = xcalloc(parts->app_count + 1, sizeof(*apps));
    struct wire_api_calls *by_api = xcalloc((parts->app_count + 1) * FEISHU_APIS, sizeof(*by_api));
    struct wire_plan_quota *plans = xcalloc(parts->configuration->plans->count + 1, sizeof(*plans));
    struct counting counting = {.plan_count = parts->configuration->plans->count};
    struct buffer text = BUFFER_EMPTY;

    counting.sorted = xcalloc(counting.plan_count + 1, sizeof(struct wire_plan_quota *));
    for (size_t i = 0; i < counting.plan_count; i++) {
        plans[i] = (struct wire_plan_quota){.name = parts->configuration->plans->items[i]->name,
                                            .app = parts->configuration->plans->items[i]->app};
        counting.sorted[i] = &plans[i];
    }
    qsort(counting.sorted, counting.plan_count, sizeof(*counting.sorted), compare_plans);
    for (size_t i = 0; i < parts->app_count; i++)
        describe_app(interface, i, &counting, &by_api[i * FEISHU_APIS], &apps[i]);
    for (size_t i = 0; i < counting.plan_count; i++)
        plans[i].forecast = plans[i].used + spending_to_come(interface->options.spending,
                                                             parts->configuration->plans->items[i]);
    buffer_append_text(&text, "{\"quota\":");
    wire_quota(&text, &(struct wire_quota){apps, parts->app_count, plans, counting.plan_count});
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
    free(counting.sorted);
    free(plans);
    free(by_api);
    free(apps);
}
