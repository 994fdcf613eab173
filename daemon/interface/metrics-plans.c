/* GetMetrics: what is told of each plan. So many plans could be too many series for whoever keeps them: only
 * the first thousand have some. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "interface/parts.h"

/* Plans with series of their own. */
#define PLANS_MAX 1000

/* What is told of one. */
struct series {
    const char *name;
    const struct reservation *current; /* its current, next, else last one; NULL: none is known */
    int64_t in_meeting;                /* UNKNOWN: a meeting goes on, and who is in it is not known */
};

/* The plans by name. Of many thousand reservations each is looked up once: in a sorted list that would take
 * several times as long, and libc's hash tables are slow with names that differ in their last characters
 * alone.
 */
struct table {
    struct series *items;
    size_t count;
    struct series **slots; /* some of them NULL */
    size_t mask;           /* one less than there are slots: a power of two */
};

/* Where the plan is, or would be. */
static struct series **table_slot(const struct table *table, const char *name)
{
    size_t at = str_hash(name) & table->mask;

    while (table->slots[at] != NULL && strcmp(table->slots[at]->name, name) != 0)
        at = (at + 1) & table->mask;
    return &table->slots[at];
}

static void table_init(struct table *table, const struct plan_list *plans)
{
    size_t slots = 1;

    table->count = plans->count < PLANS_MAX ? plans->count : PLANS_MAX;
    while (slots <= 2 * table->count)
        slots *= 2;
    table->mask = slots - 1;
    table->slots = xcalloc(slots, sizeof(struct series *));
    table->items = xcalloc(table->count + 1, sizeof(*table->items));
    for (size_t i = 0; i < table->count; i++) {
        table->items[i].name = plans->items[i]->name;
        *table_slot(table, table->items[i].name) = &table->items[i];
    }
}

static void table_fini(struct table *table)
{
    free(table->slots);
    free(table->items);
}

/* NULL: the plan has none. */
static struct series *table_find(const struct table *table, const char *name)
{
    return name != NULL ? *table_slot(table, name) : NULL;
}

static void read_reservations(const struct interface *interface, const struct table *table)
{
    int64_t now_s = clock_wall_seconds(interface->clock);
    struct reservation *const *reservations;
    size_t count = cache_reservations(interface->options.cache, &reservations);

    for (size_t i = 0; i < count; i++) {
        struct series *series = table_find(table, reservations[i]->name);

        if (series != NULL && (series->current == NULL || interface_distance(reservations[i], now_s) <
                                                              interface_distance(series->current, now_s)))
            series->current = reservations[i];
    }
}

static void read_meetings(const struct interface *interface, const struct table *table)
{
    struct meeting *const *meetings;
    size_t count = cache_meetings(interface->options.cache, &meetings);

    for (size_t i = 0; i < count; i++) {
        struct series *series =
            meetings[i]->status != MEETING_ENDED ? table_find(table, meetings[i]->name) : NULL;

        if (series == NULL)
            continue;
        if (meetings[i]->in_meeting == UNKNOWN || series->in_meeting == UNKNOWN)
            series->in_meeting = UNKNOWN;
        else
            series->in_meeting += meetings[i]->in_meeting;
    }
}

/* When the current or the next occurrence starts; UNKNOWN: none is known. */
static int64_t start_of(const struct series *series, int64_t now_s)
{
    const struct reservation *current = series->current;

    if (current == NULL || current->start_time == UNKNOWN || current->state == RESERVATION_DELETED ||
        current->end_time <= now_s)
        return UNKNOWN;
    return current->start_time;
}

void metrics_write_plans(const struct interface *interface, struct openmetrics *out)
{
    const struct plan_list *plans = interface->options.configuration->plans;
    int64_t now_s = clock_wall_seconds(interface->clock);
    struct table table;

    table_init(&table, plans);
    read_reservations(interface, &table);
    read_meetings(interface, &table);
    openmetrics_begin(out, OPENMETRICS_GAUGE, "meetingd_plans_left_out", NULL,
                      "Plans beyond the first 1000, which have no series of their own.");
    openmetrics_int(out, (int64_t)(plans->count - table.count), NULL);
    openmetrics_begin(out, OPENMETRICS_GAUGE, "meetingd_plan_in_meeting", NULL,
                      "Participants who are in the plan's meetings now.");
    for (size_t i = 0; i < table.count; i++)
        openmetrics_int(out, table.items[i].in_meeting, LABELS("plan", table.items[i].name));
    openmetrics_begin(out, OPENMETRICS_GAUGE, "meetingd_plan_state", NULL,
                      "1 for the state of the plan's current, next, else last reservation.");
    for (size_t i = 0; i < table.count; i++) {
        if (table.items[i].current != NULL)
            openmetrics_int(out, 1,
                            LABELS("plan", table.items[i].name, "state",
                                   reservation_state_name(table.items[i].current->state)));
    }
    openmetrics_begin(out, OPENMETRICS_GAUGE, "meetingd_plan_start_timestamp_seconds", "seconds",
                      "When the plan's current or next occurrence starts, as far as it is known.");
    for (size_t i = 0; i < table.count; i++)
        openmetrics_int(out, start_of(&table.items[i], now_s), LABELS("plan", table.items[i].name));
    table_fini(&table);
}
