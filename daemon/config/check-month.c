#include "config/check-month.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"

/* An app whose part of a month is told, and makes sense, with its place in the files. */
struct part {
    const struct draft *draft;
    const struct app *app;
    size_t place;
};

static bool read_part(const struct draft *draft, size_t place, struct part *ret)
{
    if (draft->kind != SECTION_APP || !draft_good(draft, KEY_MONTHLY_CALLS) ||
        !draft_good(draft, KEY_MONTHLY_SHARE))
        return false;
    *ret = (struct part){draft, &((const struct app_values *)draft->values)->app, place};
    return ret->app->monthly_calls > 0 && ret->app->app_id != NULL && ret->app->base_url != NULL;
}

static int compare_tenants(const struct app *a, const struct app *b)
{
    if (a->monthly_calls != b->monthly_calls)
        return a->monthly_calls < b->monthly_calls ? -1 : 1;
    return strcmp(a->base_url, b->base_url);
}

/* Those of one tenant together, and of one app; the first in the files first. */
static int compare_apps(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    int order = compare_tenants(a->app, b->app);

    if (order == 0)
        order = strcmp(a->app->app_id, b->app->app_id);
    return order != 0 ? order : a->place < b->place ? -1 : 1;
}

static int compare_places(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    int order = compare_tenants(a->app, b->app);

    return order != 0 ? order : a->place < b->place ? -1 : 1;
}

/* Two sections may stand for one app: it has one share, the first one's. */
static size_t drop_repeated(struct part *parts, size_t count)
{
    size_t kept = 0;

    qsort(parts, count, sizeof(*parts), compare_apps);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_tenants(parts[kept - 1].app, parts[i].app) == 0 &&
            str_equal(parts[kept - 1].app->app_id, parts[i].app->app_id))
            continue;
        parts[kept++] = parts[i];
    }
    return kept;
}

void check_months(const struct drafts *drafts, struct report *report)
{
    CLEANUP_FREE struct part *parts = xcalloc(drafts->count + 1, sizeof(*parts));
    size_t count = 0;
    int64_t shares = 0;

    for (size_t i = 0; i < drafts->count; i++)
        count += read_part(drafts->items[i], i, &parts[count]);
    count = drop_repeated(parts, count);
    qsort(parts, count, sizeof(*parts), compare_places);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || compare_tenants(parts[i - 1].app, parts[i].app) != 0)
            shares = 0;
        shares += parts[i].app->monthly_share;
        if (shares > 100)
            draft_report(parts[i].draft, report, CONFIG_MISTAKE, KEY_MONTHLY_SHARE,
                         "with this one, the apps of a tenant with monthly_calls = %" PRId64 " have %" PRId64
                         "%% of it together: write smaller shares (apps of another tenant are known by "
                         "another monthly_calls)",
                         parts[i].app->monthly_calls, shares);
    }
}
