#include "outlook.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/str.h"
#include "engine/forecast.h"

#define MONTH_S INT64_C(2592000)

/* Feishu's basic plan, all apps of a tenant together (feishu-api.md 4). */
#define BASIC_CALLS 10000

/* More are not in a month; a rule that makes more is a mistake. */
#define OCCURRENCES_MOST 4096

static void add_plan(struct forecast *forecast, const struct plan *plan, const struct poll_settings *poll,
                     int64_t now_s)
{
    struct occurrence_list occurrences = {0};
    struct error error; /* a rule that cannot be read was reported */

    plan_occurrences(plan, now_s - FORECAST_REACH_S, now_s + MONTH_S + FORECAST_REACH_S, OCCURRENCES_MOST,
                     &occurrences, &error);
    forecast_add_plan(forecast, plan, &occurrences, poll, now_s, now_s + MONTH_S);
    occurrence_list_fini(&occurrences);
}

static void print_app(const struct app *app, const struct forecast *forecast, double calls, FILE *out,
                      FILE *warnings)
{
    int64_t share = app->monthly_calls * app->monthly_share / 100;

    fprintf(out,
            "app %s: about %.0f calls in the next 30 days (%.0f looks at meetings, %.0f at others, "
            "%.0f changes, %.0f for the history and tokens)\n",
            app->name, calls, forecast->looks.now + forecast->looks.early, forecast->looks.rest,
            forecast->changes, calls - forecast_calls(forecast) + forecast->history);
    if (app->monthly_calls > 0 && calls > (double)share)
        fprintf(out,
                "app %s: its share is %" PRId64
                " a month: looks will be stretched so that they last (meetingctl quota)\n",
                app->name, share);
    if (app->monthly_calls == 0 && calls > BASIC_CALLS)
        fprintf(warnings,
                "warning: app %s: Feishu's basic plan has %d calls a month for all apps of a tenant, and "
                "monthly_calls is not set: set it to what yours has\n",
                app->name, BASIC_CALLS);
}

void outlook_print(const struct config *config, int64_t now_s, FILE *out, FILE *warnings)
{
    for (size_t i = 0; i < config->app_count; i++) {
        struct forecast forecast = {0};
        size_t plans = 0;

        for (size_t j = 0; j < config->plans.count; j++) {
            if (!str_equal(config->plans.items[j]->app, config->apps[i]->name))
                continue;
            add_plan(&forecast, config->plans.items[j], &config->poll, now_s);
            plans++;
        }
        if (plans > 0)
            print_app(config->apps[i], &forecast,
                      forecast_calls(&forecast) + forecast_tokens(now_s, now_s + MONTH_S), out, warnings);
    }
}
