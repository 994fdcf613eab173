#include "sync/spending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "base/str.h"

#define COUNT_EVERY_MS (10 * MS_PER_MINUTE)
#define COUNT_SHARE    100

/* Kept for changes beyond those that are foreseen: so many, and one part in so many of the month. */
#define KEPT_LEAST 20
#define KEPT_SHARE 100

/* Looks into the history have at most this part of what is left, and of the month. */
#define HISTORY_SHARE 0.2

/* One of them: a list, and a meeting's detail. */
#define HISTORY_COSTS 2

/* A meeting that goes on past its slot is taken to go on for so long. */
#define OVERDUE_GOES_ON_MS MS_PER_HOUR

/* No plan has more in a month. */
#define OCCURRENCES_MOST 4096

/* A plan, as far as its timetable goes, with its occurrences around this month. */
struct foreseen {
    struct plan *plan;
    int app;
    struct occurrence_list occurrences;
};

/* All plans. Their rules may take long to work out: that is done on another thread where there is a loop. */
struct foresight {
    struct spending *spending;
    struct foreseen *items;
    size_t count;
    int64_t now_s;
};

struct purse {
    const struct app *app;
    struct budget budget;
    struct forecast to_come; /* until the month turns, at the configured intervals */
    double tokens;
    int64_t counted_at; /* boot ms; UNKNOWN: not yet */
    int64_t counted_used;
    int64_t counted_month;
    bool limited;
    int64_t renewed_at;                 /* Unix seconds at which the month turns */
    double history_part;                /* of the looks into the history that may be made, 0 to 1 */
    double history_spent, history_most; /* calls of this month, as far as this run knows */
    bool told;                          /* the log knows that looks are stretched */
};

struct spending {
    const struct clock *clock;
    struct ledger *ledger;
    const struct poll_settings *poll;
    struct purse *purses;
    size_t count;
    uv_loop_t *loop; /* NULL: nothing is done on another thread */
    struct foresight foresight;
    struct foresight *under_way; /* the newest one; NULL: none is */
    int64_t read_until;          /* Unix seconds up to which occurrences were worked out */
};

int spending_app(const struct spending *spending, const char *name)
{
    for (size_t i = 0; i < spending->count; i++) {
        if (str_equal(spending->purses[i].app->name, name))
            return (int)i;
    }
    return -1;
}

struct spending *spending_new(uv_loop_t *loop, const struct clock *clock, struct ledger *ledger,
                              struct app *const *apps, size_t count, const struct poll_settings *poll)
{
    struct spending *spending = xalloc(sizeof(*spending));

    spending->loop = loop;
    spending->clock = clock;
    spending->ledger = ledger;
    spending->poll = poll;
    spending->purses = xcalloc(count, sizeof(*spending->purses));
    spending->count = count;
    for (size_t i = 0; i < count; i++) {
        spending->purses[i].app = apps[i];
        spending->purses[i].counted_at = UNKNOWN;
        budget_init(&spending->purses[i].budget, poll, apps[i]->rate_per_minute, apps[i]->rate_per_second);
    }
    return spending;
}

static void foresight_fini(struct foresight *foresight)
{
    for (size_t i = 0; i < foresight->count; i++) {
        plan_free(foresight->items[i].plan);
        occurrence_list_fini(&foresight->items[i].occurrences);
    }
    free(foresight->items);
    foresight->items = NULL;
    foresight->count = 0;
}

struct spending *spending_free(struct spending *spending)
{
    if (spending == NULL)
        return NULL;
    foresight_fini(&spending->foresight);
    free(spending->purses);
    free(spending);
    return NULL;
}

/* ---- what is to come */

static void count_anew(struct spending *spending)
{
    for (size_t i = 0; i < spending->count; i++)
        spending->purses[i].counted_at = UNKNOWN;
}

/* On any thread. Those of a rule that cannot be worked out are left out, which is told elsewhere. */
static void foresight_run(void *data)
{
    struct foresight *foresight = data;
    int64_t from_s = foresight->now_s - FORECAST_REACH_S, until_s = foresight->now_s + 2 * FORECAST_REACH_S;

    for (size_t i = 0; i < foresight->count; i++) {
        struct foreseen *foreseen = &foresight->items[i];
        struct error error;

        plan_occurrences(foreseen->plan, from_s, until_s, OCCURRENCES_MOST, &foreseen->occurrences, &error);
    }
}

/* What was known stays until this comes; of several the newest counts. */
static void on_foreseen(void *data)
{
    struct foresight *foresight = data;
    struct spending *spending = foresight->spending;

    if (spending->under_way == foresight) {
        foresight_fini(&spending->foresight);
        spending->foresight = *foresight;
        spending->under_way = NULL;
        count_anew(spending);
    } else {
        foresight_fini(foresight);
    }
    free(foresight);
}

static void foresee(struct spending *spending, struct foresight *take)
{
    take->spending = spending;
    take->now_s = clock_wall_seconds(spending->clock);
    spending->read_until = take->now_s + FORECAST_REACH_S;
    spending->under_way = take;
    if (spending->loop != NULL) {
        work_start(spending->loop, foresight_run, on_foreseen, take);
        return;
    }
    foresight_run(take);
    on_foreseen(take);
}

static void add_plan(struct foresight *foresight, const struct spending *spending, const struct plan *plan)
{
    foresight->items[foresight->count++] =
        (struct foreseen){.plan = plan_copy_timetable(plan), .app = spending_app(spending, plan->app)};
}

void spending_set_plans(struct spending *spending, const struct plan_list *plans)
{
    struct foresight *foresight = xalloc(sizeof(*foresight));

    foresight->items = xcalloc(plans->count, sizeof(*foresight->items));
    for (size_t i = 0; i < plans->count; i++)
        add_plan(foresight, spending, plans->items[i]);
    foresee(spending, foresight);
}

/* The same plans, from now on. */
static void foresee_again(struct spending *spending)
{
    struct foresight *foresight;

    if (spending->under_way != NULL)
        return;
    foresight = xalloc(sizeof(*foresight));
    foresight->items = xcalloc(spending->foresight.count, sizeof(*foresight->items));
    for (size_t i = 0; i < spending->foresight.count; i++)
        add_plan(foresight, spending, spending->foresight.items[i].plan);
    foresee(spending, foresight);
}

void spending_set_poll(struct spending *spending, const struct poll_settings *poll)
{
    spending->poll = poll;
    for (size_t i = 0; i < spending->count; i++)
        budget_set_poll(&spending->purses[i].budget, poll);
    count_anew(spending);
}

void spending_clock_jumped(struct spending *spending)
{
    foresee_again(spending);
    count_anew(spending);
}

static void say_stretch(struct purse *purse)
{
    double stretch = purse->budget.month[POLL_CLASS_NOW], rest = purse->budget.month[POLL_CLASS_REST];
    struct log_subject subject = {.app = purse->app->name};
    bool stretched = stretch > 1 || rest > 1;

    if (stretched == purse->told)
        return;
    purse->told = stretched;
    if (stretched)
        log_notice(&subject,
                   "app %s: the month's calls are not enough for the configured intervals; those of meetings "
                   "are stretched by %.1f, all others by %.1f (meetingctl quota)",
                   purse->app->name, stretch, rest);
    else
        log_notice(&subject, "app %s: the month's calls are enough again for the configured intervals",
                   purse->app->name);
}

/* Looks that the timetables do not foresee: at meetings past their slots. */
static double unforeseen(const struct spending *spending, const struct purse *purse)
{
    return spending->poll->overdue_ms > 0
               ? (double)purse->budget.followed[PHASE_OVERDUE] * (double)OVERDUE_GOES_ON_MS /
                     (double)spending->poll->overdue_ms
               : 0;
}

static void count_month(struct spending *spending, size_t app, const struct ledger_month *month)
{
    struct purse *purse = &spending->purses[app];
    int64_t now_s = clock_wall_seconds(spending->clock);
    double kept, history, left = INFINITY;

    if (now_s >= spending->read_until)
        foresee_again(spending);
    purse->to_come = (struct forecast){0};
    for (size_t i = 0; i < spending->foresight.count; i++) {
        const struct foreseen *foreseen = &spending->foresight.items[i];

        if (foreseen->app == (int)app)
            forecast_add_plan(&purse->to_come, foreseen->plan, &foreseen->occurrences, spending->poll, now_s,
                              month->ends_at);
    }
    purse->to_come.looks.now += unforeseen(spending, purse);
    purse->tokens = forecast_tokens(now_s, month->ends_at);
    purse->limited = month->limit != UNKNOWN;
    purse->renewed_at = month->ends_at;
    purse->history_part = 1;
    if (purse->counted_month != month->month)
        purse->history_spent = 0;
    if (purse->limited) {
        kept = purse->to_come.changes + KEPT_LEAST +
               (double)month->limit / KEPT_SHARE * (double)(month->ends_at - now_s) /
                   (double)(month->ends_at - month->started_at);
        left = fmax((double)(month->limit - month->used) - kept - purse->tokens, 0);
        history = fmin(purse->to_come.history, left * HISTORY_SHARE);
        if (purse->to_come.history > 0)
            purse->history_part = history / purse->to_come.history;
        left -= history;
        purse->history_most = (double)month->limit * HISTORY_SHARE;
        ledger_keep(spending->ledger, app, (int64_t)kept);
    }
    budget_set_month(&purse->budget, &purse->to_come.looks, left);
    purse->counted_at = clock_boot_ms(spending->clock);
    purse->counted_used = month->used;
    purse->counted_month = month->month;
    say_stretch(purse);
}

static void count_if_old(struct spending *spending, size_t app)
{
    struct purse *purse = &spending->purses[app];
    struct ledger_month month;

    ledger_month(spending->ledger, app, &month);
    if (purse->counted_at == UNKNOWN || purse->counted_month != month.month ||
        clock_boot_ms(spending->clock) - purse->counted_at >= COUNT_EVERY_MS ||
        (month.limit != UNKNOWN && month.used - purse->counted_used > month.limit / COUNT_SHARE))
        count_month(spending, app, &month);
}

/* ---- what it asks of the looks */

void spending_move(struct spending *spending, const char *app, enum phase from, enum phase to)
{
    int at = from != to ? spending_app(spending, app) : -1;

    if (at < 0)
        return;
    if (from != PHASE_DONE)
        budget_leave(&spending->purses[at].budget, from);
    if (to != PHASE_DONE)
        budget_enter(&spending->purses[at].budget, to);
}

void spending_pace(struct spending *spending, const char *app, struct pace *pace)
{
    int at = spending_app(spending, app);

    pace->renewed_ms = UNKNOWN;
    for (enum poll_class class = 0; class < POLL_CLASSES; class ++)
        pace->stretch[class] = 1;
    if (at < 0)
        return;
    count_if_old(spending, (size_t)at);
    for (enum poll_class class = 0; class < POLL_CLASSES; class ++)
        pace->stretch[class] = budget_stretch(&spending->purses[at].budget, class, NULL);
    if (spending->purses[at].limited)
        pace->renewed_ms = spending->purses[at].renewed_at * MS_PER_SECOND;
}

bool spending_allows_history(struct spending *spending, const char *app, uint32_t random)
{
    int at = spending_app(spending, app);
    struct purse *purse;

    if (at < 0)
        return true;
    count_if_old(spending, (size_t)at);
    purse = &spending->purses[at];
    if ((double)random / UINT32_MAX >= purse->history_part)
        return false;
    /* What has piled up for weeks is in no forecast, and may not take the month from the meetings to come. */
    if (purse->limited && purse->history_spent >= purse->history_most)
        return false;
    purse->history_spent += HISTORY_COSTS;
    return true;
}

/* ---- what is told */

void spending_view(struct spending *spending, size_t app, struct spending_view *ret)
{
    struct purse *purse = &spending->purses[app];
    const struct forecast *to_come = &purse->to_come;
    double other;

    count_if_old(spending, app);
    ledger_month(spending->ledger, app, &ret->month);
    for (enum poll_class class = 0; class < POLL_CLASSES; class ++)
        ret->stretch[class] = budget_stretch(&purse->budget, class, &ret->limit[class]);
    other = to_come->changes + to_come->history * purse->history_part + purse->tokens;
    ret->forecast = ret->month.used + (int64_t)(forecast_calls(to_come) + purse->tokens);
    ret->expected = ret->month.used + (int64_t)(other +
                                                to_come->looks.early / (purse->budget.month[POLL_CLASS_NOW] *
                                                                        purse->budget.month[POLL_CLASS_NOW]) +
                                                to_come->looks.now / purse->budget.month[POLL_CLASS_NOW] +
                                                to_come->looks.rest / purse->budget.month[POLL_CLASS_REST]);
}

int64_t spending_to_come(struct spending *spending, const struct plan *plan)
{
    struct forecast forecast = {0};

    for (size_t i = 0; i < spending->foresight.count; i++) {
        const struct foreseen *foreseen = &spending->foresight.items[i];
        struct ledger_month month;

        if (!str_equal(foreseen->plan->name, plan->name) || foreseen->app < 0)
            continue;
        ledger_month(spending->ledger, (size_t)foreseen->app, &month);
        forecast_add_plan(&forecast, plan, &foreseen->occurrences, spending->poll,
                          clock_wall_seconds(spending->clock), month.ends_at);
    }
    return (int64_t)forecast_calls(&forecast);
}

struct ledger *spending_ledger(const struct spending *spending)
{
    return spending->ledger;
}
