/*
 * Fuzz target: a recurrence rule; in further lines may stand the plan's start, its time zone and an exdate.
 * By hand, in the top directory:
 *
 *   clang -g -O1 -D_GNU_SOURCE -Idaemon -Itests -fsanitize=fuzzer,address,undefined -o fuzz-rule \
 *       tests/fuzz/fuzz-rule.c daemon/base/?*.c daemon/model/?*.c -luv -lical -lsystemd -lpthread -lm
 *   ./fuzz-rule -max_len=256 -dict=tests/fuzz/rule.dict NEW-INPUTS tests/fuzz/corpus/rule
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/str.h"
#include "lib/fuzz.h"
#include "model/day.h"
#include "model/occurrence.h"
#include "model/schedule-rule.h"

#define MOST 40

/* assert() would go with NDEBUG. */
static void must(bool condition)
{
    if (!condition)
        abort();
}

/* A rule that takes too long is told as such. */
static bool good(int result, const struct error *error)
{
    must(result == 0 || result == -EINVAL || result == -ETIMEDOUT);
    must(result == 0 || error->text[0] != '\0');
    must(result == 0 || utf8_valid_length(error->text, strlen(error->text)) == strlen(error->text));
    return result == 0;
}

/* The next line of the input; the caller frees it. */
static char *next_line(const char **at, const char *end)
{
    const char *line = *at, *feed = memchr(line, '\n', (size_t)(end - line)),
               *stop = feed != NULL ? feed : end;

    *at = feed != NULL ? feed + 1 : end;
    return xstrndup(line, strnlen(line, (size_t)(stop - line)));
}

static struct plan *read_plan(const char *at, const char *end)
{
    struct plan *plan = plan_new("p");
    char *start, *zone, *exdate;

    plan->rrule = next_line(&at, end);
    start = next_line(&at, end);
    zone = next_line(&at, end);
    exdate = next_line(&at, end);
    plan->has_start = true;
    plan->duration_s = 1800;
    if (local_time_parse(start, &plan->start) < 0 || plan->start.year > YEAR_MAX)
        plan->start = (struct local_time){2026, 11, 23, 9, 30, 0};
    plan->timezone = xstrdup(timezone_known(zone) ? zone : "Europe/Berlin");
    plan->exdates = xcalloc(1, sizeof(*plan->exdates));
    if (local_time_parse(exdate, &plan->exdates[0].time) == 0)
        plan->exdate_count = 1;
    free(start);
    free(zone);
    free(exdate);
    return plan;
}

/* In order, one a day, and as the rule allows. */
static void check_list(const struct plan *plan, const struct occurrence_list *list)
{
    struct rule rule;

    must(rule_parse(plan->rrule, &rule, NULL) == 0);
    rule_complete(&rule, day_number(plan->start.year, plan->start.month, plan->start.day));
    must(list->count <= MOST);
    for (size_t i = 0; i < list->count; i++) {
        struct local_time local;

        must(i == 0 || strcmp(list->items[i - 1].date, list->items[i].date) < 0);
        must(list->items[i].end_time == list->items[i].start_time + plan->duration_s);
        must(local_time_from_unix(list->items[i].start_time, plan->timezone, &local) == 0);
        must(local.hour == plan->start.hour && local.minute == plan->start.minute);
        must(rule_allows(&rule, day_number(local.year, local.month, local.day)));
    }
}

/* Whoever looks later sees the same. */
static void check_later_view(const struct plan *plan, const struct occurrence_list *list)
{
    struct occurrence_list later = {0};
    size_t middle = list->count / 2;
    struct error error;

    if (list->count == 0)
        return;
    if (good(plan_occurrences(plan, list->items[middle].start_time, INT64_MAX, list->count - middle, &later,
                              &error),
             &error)) {
        must(later.count == list->count - middle);
        for (size_t i = 0; i < later.count; i++) {
            must(later.items[i].start_time == list->items[middle + i].start_time);
            must(strcmp(later.items[i].date, list->items[middle + i].date) == 0);
        }
    }
    occurrence_list_fini(&later);
}

static void check_end(const struct plan *plan, const struct occurrence_list *list)
{
    int64_t end = UNKNOWN;
    struct error error;

    if (!good(plan_last_end(plan, &end, &error), &error) || end == UNKNOWN)
        return;
    if (list->count < MOST)
        must(end == (list->count > 0 ? list->items[list->count - 1].end_time : 0));
    else
        must(end >= list->items[list->count - 1].end_time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    struct plan *plan = read_plan(text, text + size);
    struct occurrence_list list = {0};
    struct local_time first;
    struct rule rule;
    struct error error;
    bool used;

    if (good(rule_parse(plan->rrule, &rule, &error), &error)) {
        must(plan_first_time(plan, &first, &error) <= 1);
        if (good(plan_occurrences(plan, INT64_MIN, INT64_MAX, MOST, &list, &error), &error)) {
            check_list(plan, &list);
            check_later_view(plan, &list);
            check_end(plan, &list);
        }
        must(plan_exdates_used(plan, &used, &error) <= 0);
    }
    occurrence_list_fini(&list);
    plan_free(plan);
    return 0;
}
