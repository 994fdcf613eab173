#include "sync/timetable.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"

/* No plan has more occurrences in view: there is one a day at most, create_ahead is 30 days at most, and what
 * is on record reaches no further. */
#define VIEW_MAX 200

#define AGAIN_AFTER_FAILURE_S INT64_C(60)

static int compare_plans(const void *a, const void *b)
{
    return strcmp(((const struct timed_plan *)a)->plan->name, ((const struct timed_plan *)b)->plan->name);
}

void timetable_init(struct timetable *timetable, const struct plan_list *plans)
{
    timetable->items = xcalloc(plans->count, sizeof(*timetable->items));
    timetable->count = plans->count;
    for (size_t i = 0; i < plans->count; i++) {
        timetable->items[i].plan = plans->items[i];
        timetable->items[i].again_at_s = 0;
    }
    if (plans->count > 0)
        qsort(timetable->items, timetable->count, sizeof(*timetable->items), compare_plans);
}

void timetable_fini(struct timetable *timetable)
{
    for (size_t i = 0; i < timetable->count; i++) {
        occurrence_list_fini(&timetable->items[i].view);
        string_list_fini(&timetable->items[i].rows);
    }
    free(timetable->items);
    *timetable = (struct timetable){NULL, 0};
}

struct timed_plan *timetable_find(const struct timetable *timetable, const char *name)
{
    struct plan wanted = {.name = (char *)name};
    struct timed_plan key = {.plan = &wanted};

    if (name == NULL || timetable->count == 0)
        return NULL;
    return bsearch(&key, timetable->items, timetable->count, sizeof(key), compare_plans);
}

int64_t timetable_due_at(const struct timetable *timetable)
{
    int64_t due = UNKNOWN;

    for (size_t i = 0; i < timetable->count; i++) {
        int64_t again = timetable->items[i].again_at_s;

        if (again != UNKNOWN && (due == UNKNOWN || again < due))
            due = again;
    }
    return due;
}

void outlooks_begin(struct outlooks *outlooks, struct timetable *timetable, int64_t now_s)
{
    outlooks->items = xcalloc(timetable->count, sizeof(*outlooks->items));
    outlooks->count = 0;
    outlooks->now_s = now_s;
    for (size_t i = 0; i < timetable->count; i++) {
        struct timed_plan *timed = &timetable->items[i];
        int64_t until = now_s + timed->plan->create_ahead_ms / MS_PER_SECOND;

        if (timed->again_at_s == UNKNOWN || timed->again_at_s > now_s)
            continue;
        outlooks->items[outlooks->count++] =
            (struct outlook){.plan = timed, .until_s = timed->until_s > until ? timed->until_s : until};
    }
}

void outlooks_run(void *data)
{
    struct outlooks *outlooks = data;

    for (size_t i = 0; i < outlooks->count; i++) {
        struct outlook *outlook = &outlooks->items[i];

        outlook->result = plan_occurrences(outlook->plan->plan, outlooks->now_s, outlook->until_s, VIEW_MAX,
                                           &outlook->view, &outlook->error);
    }
}

/* The rule gives times that clocks in the zone do not show: each is told once. */
static void tell_skipped(struct timed_plan *timed)
{
    struct log_subject subject = {.reservation = timed->plan->name};

    for (size_t i = 0; i < timed->view.skipped_count; i++) {
        char text[LOCAL_TIME_SIZE];

        local_time_format(&timed->view.skipped[i], text);
        if (strcmp(text, timed->told) <= 0)
            continue;
        memcpy(timed->told, text, sizeof(text));
        log_warning(&subject, "%s: clocks in %s are put forward over %s: there is no occurrence then",
                    timed->plan->name, timed->plan->timezone, text);
    }
}

static void take(struct outlook *outlook, int64_t now_s)
{
    struct timed_plan *timed = outlook->plan;
    const struct occurrence *last;

    occurrence_list_fini(&timed->view);
    timed->view = outlook->view;
    outlook->view = (struct occurrence_list){0};
    tell_skipped(timed);
    timed->unknown = false;
    timed->again_at_s = UNKNOWN;
    if (timed->view.count == 0 || timed->plan->rrule == NULL)
        return;
    last = &timed->view.items[timed->view.count - 1];
    if (last->start_time < outlook->until_s && timed->view.count < VIEW_MAX)
        return; /* there is none after it */
    timed->again_at_s = last->start_time - timed->plan->create_ahead_ms / MS_PER_SECOND;
    if (timed->again_at_s <= now_s)
        timed->again_at_s = now_s + AGAIN_AFTER_FAILURE_S; /* more than can be in view at once */
}

const struct error *outlooks_take(struct outlooks *outlooks)
{
    const struct error *first = NULL;

    for (size_t i = 0; i < outlooks->count; i++) {
        struct outlook *outlook = &outlooks->items[i];
        struct log_subject subject = {.reservation = outlook->plan->plan->name};

        if (outlook->result == 0) {
            take(outlook, outlooks->now_s);
            continue;
        }
        if (first == NULL)
            first = &outlook->error;
        log_error(&subject, "[reservation %s] rrule: %s; its occurrences stay as they were known",
                  outlook->plan->plan->name, outlook->error.text);
        outlook->plan->unknown = true;
        outlook->plan->again_at_s = outlooks->now_s + AGAIN_AFTER_FAILURE_S;
    }
    return first;
}

void outlooks_fini(struct outlooks *outlooks)
{
    for (size_t i = 0; i < outlooks->count; i++)
        occurrence_list_fini(&outlooks->items[i].view);
    free(outlooks->items);
    *outlooks = (struct outlooks){0};
}
