/* Explain and GetQuota. */
#include <math.h>
#include <stdlib.h>

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

    return at >= 0 ? ledger_calls(spending_ledger(interface->options.spending), (size_t)at, reservation->key,
                                  NULL, FEISHU_APIS)
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
        interface_not_found(call, name != NULL ? name : occurrence);
        return;
    }
    explanation = (struct wire_explanation){
        .reservation = reservation,
        .following = interface_following(parts, interface->clock, reservation),
    };
    view = (struct explain_view){
        .reservation = reservation,
        .phase = explanation.following.phase,
        .settings = parts->poll,
        .now_s = clock_wall_seconds(interface->clock),
        .failures = explanation.following.failures,
    };
    read_budget(interface, reservation->app, &view);
    CLEANUP_FREE char *reason = explain_reason(&view);
    CLEANUP_FREE char *held = held_back(interface, reservation, &explanation.following);
    explanation.configured_ms = poll_interval_ms(view.phase, parts->poll);
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

static void describe_app(const struct interface *interface, size_t at, struct wire_api_calls *by_api,
                         struct wire_app_quota *ret)
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
    for (enum feishu_api api = 0; api < FEISHU_APIS; api++) {
        int64_t calls = ledger_calls(spending_ledger(interface->options.spending), at, NULL, NULL, api);

        if (calls > 0)
            by_api[ret->by_api_count++] = (struct wire_api_calls){feishu_api_name(api), calls};
    }
}

static void describe_plan(const struct interface *interface, const struct plan *plan,
                          struct wire_plan_quota *ret)
{
    int64_t to_come;

    *ret = (struct wire_plan_quota){.name = plan->name, .app = plan->app};
    spending_plan(interface->options.spending, plan, &ret->used, &to_come);
    ret->forecast = ret->used + to_come;
}

void quota_handle(struct varlink_call *call, void *data)
{
    const struct interface *interface = data;
    const struct interface_options *parts = &interface->options;
    struct wire_app_quota *apps = xcalloc(parts->app_count + 1, sizeof(*apps));
    struct wire_api_calls *by_api = xcalloc((parts->app_count + 1) * FEISHU_APIS, sizeof(*by_api));
    struct wire_plan_quota *plans = xcalloc(parts->plans->count + 1, sizeof(*plans));
    struct buffer text = BUFFER_EMPTY;

    for (size_t i = 0; i < parts->app_count; i++)
        describe_app(interface, i, &by_api[i * FEISHU_APIS], &apps[i]);
    for (size_t i = 0; i < parts->plans->count; i++)
        describe_plan(interface, parts->plans->items[i], &plans[i]);
    buffer_append_text(&text, "{\"quota\":");
    wire_quota(&text, &(struct wire_quota){apps, parts->app_count, plans, parts->plans->count});
    buffer_append_char(&text, '}');
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
    free(plans);
    free(by_api);
    free(apps);
}
