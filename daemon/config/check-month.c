#include "config/check-month.h"

#include <inttypes.h>

#include "base/str.h"

static const struct app *app_of(const struct draft *draft)
{
    return &((const struct app_values *)draft->values)->app;
}

/* An app whose part of a month is told, and makes sense. */
static bool has_share(const struct draft *draft)
{
    return draft->kind == SECTION_APP && draft_good(draft, KEY_MONTHLY_CALLS) &&
           draft_good(draft, KEY_MONTHLY_SHARE) && app_of(draft)->monthly_calls > 0 &&
           app_of(draft)->app_id != NULL;
}

static bool is_one_tenant(const struct app *a, const struct app *b)
{
    return a->monthly_calls == b->monthly_calls && str_equal(a->base_url, b->base_url);
}

/* Two sections may stand for one app: it has one share. */
static bool is_counted(const struct drafts *drafts, size_t at, const struct app *app)
{
    for (size_t i = 0; i < at; i++) {
        if (has_share(drafts->items[i]) && str_equal(app_of(drafts->items[i])->app_id, app->app_id))
            return true;
    }
    return false;
}

static int64_t shares_up_to(const struct drafts *drafts, size_t last)
{
    const struct app *app = app_of(drafts->items[last]);
    int64_t shares = 0;

    for (size_t i = 0; i <= last; i++) {
        const struct draft *other = drafts->items[i];

        if (has_share(other) && is_one_tenant(app_of(other), app) && !is_counted(drafts, i, app_of(other)))
            shares += app_of(other)->monthly_share;
    }
    return shares;
}

void check_months(const struct drafts *drafts, struct report *report)
{
    for (size_t i = 0; i < drafts->count; i++) {
        int64_t shares;

        if (!has_share(drafts->items[i]) || is_counted(drafts, i, app_of(drafts->items[i])))
            continue;
        shares = shares_up_to(drafts, i);
        if (shares > 100)
            draft_report(drafts->items[i], report, CONFIG_MISTAKE, KEY_MONTHLY_SHARE,
                         "with this one, the apps of a tenant with monthly_calls = %" PRId64 " have %" PRId64
                         "%% of it together: write smaller shares (apps of another tenant "
                         "are known by another monthly_calls)",
                         app_of(drafts->items[i])->monthly_calls, shares);
    }
}
