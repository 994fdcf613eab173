/*
 * Prints the occurrences of plans, for tests/system/schedule.py. Each line of standard input is one plan,
 * with tabs between
 *
 *   START  ZONE  DURATION  RRULE  EXDATES  FROM  UNTIL  MOST
 *
 * where RRULE and EXDATES (with commas) may be empty, and gives a line of output: "error TEXT", or the last
 * occurrence's end, then the occurrences' starts, then the times that are skipped, with tabs between these
 * three and commas between the items.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "model/occurrence.h"

enum {
    FIELD_START,
    FIELD_ZONE,
    FIELD_DURATION,
    FIELD_RRULE,
    FIELD_EXDATES,
    FIELD_FROM,
    FIELD_UNTIL,
    FIELD_MOST,
    FIELDS
};

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "occurrences: %s is no good\n", what);
    exit(EXIT_FAILURE);
}

static void add_exdate(struct plan *plan, const char *text)
{
    struct exdate exdate = {.whole_day = strchr(text, ' ') == NULL};
    CLEANUP_FREE char *time = xasprintf("%s%s", text, exdate.whole_day ? " 00:00" : "");

    must(local_time_parse(time, &exdate.time) == 0, text);
    plan->exdates = xrealloc(plan->exdates, plan->exdate_count + 1, sizeof(*plan->exdates));
    plan->exdates[plan->exdate_count++] = exdate;
}

static struct plan *make_plan(char *const fields[FIELDS])
{
    struct plan *plan = plan_new("p");
    char *exdates = fields[FIELD_EXDATES];

    plan->has_start = true;
    must(local_time_parse(fields[FIELD_START], &plan->start) == 0, fields[FIELD_START]);
    plan->timezone = xstrdup(fields[FIELD_ZONE]);
    plan->duration_s = strtoll(fields[FIELD_DURATION], NULL, 10);
    if (fields[FIELD_RRULE][0] != '\0')
        plan->rrule = xstrdup(fields[FIELD_RRULE]);
    if (exdates[0] == '\0')
        return plan;
    for (char *item; (item = strsep(&exdates, ",")) != NULL;)
        add_exdate(plan, item);
    return plan;
}

static void print(const struct plan *plan, const struct occurrence_list *list, int64_t last_end)
{
    char text[LOCAL_TIME_SIZE];

    printf("%lld\t", (long long)last_end);
    for (size_t i = 0; i < list->count; i++) {
        must(list->items[i].end_time == list->items[i].start_time + plan->duration_s, "an end");
        must(i == 0 || strcmp(list->items[i - 1].date, list->items[i].date) < 0, "a date");
        printf("%s%lld", i > 0 ? "," : "", (long long)list->items[i].start_time);
    }
    putchar('\t');
    for (size_t i = 0; i < list->skipped_count; i++)
        printf("%s%s", i > 0 ? "," : "", local_time_format(&list->skipped[i], text));
    putchar('\n');
}

static void answer(char *line)
{
    struct occurrence_list list = {0};
    struct error error = {0};
    char *fields[FIELDS];
    struct plan *plan;
    int64_t last_end;

    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = strsep(&line, "\t");
        must(fields[i] != NULL, "a line");
    }
    plan = make_plan(fields);
    if (plan_last_end(plan, &last_end, &error) < 0 ||
        plan_occurrences(plan, strtoll(fields[FIELD_FROM], NULL, 10), strtoll(fields[FIELD_UNTIL], NULL, 10),
                         strtoul(fields[FIELD_MOST], NULL, 10), &list, &error) < 0)
        printf("error %s\n", error.text);
    else
        print(plan, &list, last_end);
    occurrence_list_fini(&list);
    plan_free(plan);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    while ((length = getline(&line, &size, stdin)) > 0) {
        line[length - 1] = '\0';
        answer(line);
    }
    free(line);
    return EXIT_SUCCESS;
}
