#include "model/occurrence.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/base.h"

static void add(struct occurrence_list *list, const struct plan *plan, const struct local_time *local,
                int64_t start_time)
{
    struct occurrence *occurrence;

    list->items = xrealloc(list->items, list->count + 1, sizeof(*list->items));
    occurrence = &list->items[list->count++];
    snprintf(occurrence->date, sizeof(occurrence->date), "%04u-%02u-%02u", (unsigned)local->year % 10000U,
             (unsigned)local->month % 100U, (unsigned)local->day % 100U);
    occurrence->start_time = start_time;
    occurrence->end_time = start_time + plan->duration_s;
}

int plan_occurrences(const struct plan *plan, int64_t from_s, int64_t until_s, size_t most,
                     struct occurrence_list *list, struct error *error)
{
    int64_t start;

    (void)until_s;
    (void)error;
    if (!plan->has_start || most == 0 || local_time_to_unix(&plan->start, plan->timezone, &start) < 0 ||
        start + plan->duration_s <= from_s)
        return 0;
    add(list, plan, &plan->start, start);
    return 0;
}

void occurrence_list_fini(struct occurrence_list *list)
{
    free(list->items);
    *list = (struct occurrence_list){NULL, 0};
}

char *occurrence_name(const char *name, int64_t start_time)
{
    time_t start = (time_t)start_time;
    char text[32];
    struct tm utc;

    gmtime_r(&start, &utc);
    strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &utc);
    return xasprintf("%s@%s", name, text);
}
