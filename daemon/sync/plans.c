/* Plans and entries brought together: at the start, when the file was read again, and as occurrences come
 * into view. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "base/message-id.h"
#include "sync/pass.h"

#define SECONDS_PER_DAY INT64_C(86400)

static int64_t now_s(const struct driver *driver)
{
    return clock_wall_seconds(driver->clock);
}

/* ---- entries that are new or may have something to do */

static int compare_starts(const void *left, const void *right)
{
    const struct reservation *a = (*(struct entry *const *)left)->record,
                             *b = (*(struct entry *const *)right)->record;
    uint64_t x = (uint64_t)a->start_time, y = (uint64_t)b->start_time; /* UNKNOWN is the largest */

    if (x != y)
        return x < y ? -1 : 1;
    return strcmp(a->key, b->key);
}

/* All entries, the nearest first: that is the order in which calls leave. The caller frees it. */
static struct entry **by_start(const struct driver *driver, size_t *ret_count)
{
    struct entry **sorted = xcalloc(driver->count, sizeof(struct entry *));
    size_t count = 0;

    for (size_t i = 0; i < driver->count; i++) {
        if (!driver->entries[i]->forgotten)
            sorted[count++] = driver->entries[i];
    }
    if (count > 0)
        qsort(sorted, count, sizeof(struct entry *), compare_starts);
    *ret_count = count;
    return sorted;
}

/* `only` is one plan, or NULL for all. */
static void set_going(struct driver *driver, const struct plan *only)
{
    size_t count;
    struct entry **sorted = by_start(driver, &count);

    for (size_t i = 0; i < count; i++) {
        if (sorted[i]->forgotten ||
            (only != NULL && sorted[i]->plan != only && !str_equal(sorted[i]->record->name, only->name)))
            continue;
        entry_renew_way_out(sorted[i]);
        entry_schedule_look(sorted[i]);
        entry_decide(sorted[i]);
    }
    free(sorted);
}

static bool long_over(const struct reservation *record, int64_t now)
{
    int64_t end = record->end_time > record->expire_time ? record->end_time : record->expire_time;

    if (record->unwanted && reservation_is_made(record))
        return false;
    return (record->state == RESERVATION_EXPIRED || record->state == RESERVATION_DELETED ||
            record->state == RESERVATION_FAILED || record->passed) &&
           end != UNKNOWN && end < now - LATELY_S;
}

static void retire_old(struct driver *driver)
{
    size_t count;
    struct entry **sorted = by_start(driver, &count);
    int64_t now = now_s(driver);

    for (size_t i = 0; i < count; i++) {
        bool last = sorted[i]->record->name != NULL;

        if (!long_over(sorted[i]->record, now) || sorted[i]->busy || sorted[i]->looking ||
            sorted[i]->history_busy || sorted[i]->saving > 0)
            continue;
        for (size_t j = i + 1; j < count && last; j++)
            last = !str_equal(sorted[j]->record->name, sorted[i]->record->name);
        if (!last)
            driver_retire(driver, sorted[i]);
    }
    free(sorted);
}

static void await_next_view(struct driver *driver)
{
    int64_t due = timetable_due_at(&driver->timetable);

    if (due == UNKNOWN || driver->stopping)
        timer_stop(&driver->view_timer);
    else
        timer_start_at(&driver->view_timer, due * MS_PER_SECOND);
}

/* How far each plan's view has to reach for what is on record. */
static void note_reach(const struct driver *driver, struct timetable *timetable)
{
    for (size_t i = 0; i < driver->count; i++) {
        const struct reservation *record = driver->entries[i]->record;
        struct timed_plan *timed = timetable_find(timetable, record->name);

        if (timed != NULL && record->start_time != UNKNOWN && reservation_in_force(record, now_s(driver)) &&
            record->start_time + SECONDS_PER_DAY > timed->until_s)
            timed->until_s = record->start_time + SECONDS_PER_DAY;
    }
}

static void swap_timetable(struct driver *driver, struct timetable *take)
{
    for (size_t i = 0; i < driver->timetable.count; i++) {
        for (size_t j = 0; j < driver->timetable.items[i].rows.count; j++)
            cache_drop_reservation(driver->options.cache, driver->timetable.items[i].rows.items[j]);
    }
    timetable_fini(&driver->timetable);
    driver->timetable = *take;
    *take = (struct timetable){NULL, 0};
}

/* ---- at the start */

void driver_begin_plans(struct driver *driver)
{
    struct outlooks outlooks;
    struct pass pass;

    timetable_init(&driver->timetable, driver->options.plans);
    note_reach(driver, &driver->timetable);
    outlooks_begin(&outlooks, &driver->timetable, now_s(driver));
    outlooks_run(&outlooks);
    outlooks_take(&outlooks);
    outlooks_fini(&outlooks);
    pass_begin(&pass, driver, &driver->timetable, NULL);
    pass.load = true;
    driver->held = matching_deletes_too_much(pass.records, pass.record_count, &pass.deleted, &pass.of);
    if (driver->held) {
        log_error(
            &(struct log_subject){.message_id = MESSAGE_DELETIONS_HELD_BACK},
            "the configuration would delete %zu of %zu reservations, and that is more than it may without "
            "being asked: nothing is deleted; correct it, or say meetingctl reload --force",
            pass.deleted, pass.of);
        pass_keep_all(&pass);
    }
    pass_carry_out(&pass);
    pass_add_wishes(&pass);
    pass_end(&pass);
    for (size_t i = 0; i < driver->count; i++) {
        const struct reservation *record = driver->entries[i]->record;
        struct log_subject subject = entry_subject(driver->entries[i], NULL);

        if (record->state == RESERVATION_RESERVING)
            entry_become_uncertain(driver->entries[i]);
        if (record->state == RESERVATION_UNCERTAIN) {
            subject.message_id = MESSAGE_RESERVATION_UNCERTAIN;
            log_warning(&subject, "%s: uncertain: %s", record->key, record->problem.message);
        }
    }
    retire_old(driver);
    set_going(driver, NULL);
    await_next_view(driver);
}

/* ---- as time goes by */

static void start_loading(struct driver *driver);

static void match_again(struct driver *driver, const struct plan *only)
{
    struct pass pass;

    pass_begin(&pass, driver, &driver->timetable, only);
    if (driver->held)
        pass_keep_all(&pass);
    pass_carry_out_wanted(&pass);
    pass_add_wishes(&pass);
    pass_end(&pass);
    set_going(driver, only);
}

static void on_worked_out(void *data)
{
    struct driver *driver = CONTAINER_OF(data, struct driver, outlooks);

    driver->planning = false;
    if (!driver->stopping && driver->loading == NULL) {
        outlooks_take(&driver->outlooks);
        match_again(driver, driver->outlooks.count == 1 ? driver->outlooks.items[0].plan->plan : NULL);
        retire_old(driver);
        await_next_view(driver);
    }
    outlooks_fini(&driver->outlooks);
    if (driver->loading != NULL)
        start_loading(driver);
}

void driver_work_out_plans(struct driver *driver)
{
    if (driver->planning || driver->stopping)
        return;
    note_reach(driver, &driver->timetable);
    outlooks_begin(&driver->outlooks, &driver->timetable, now_s(driver));
    if (driver->outlooks.count == 0) {
        outlooks_fini(&driver->outlooks);
        await_next_view(driver); /* the clock was set back */
        return;
    }
    driver->planning = true;
    work_start(driver->options.loop, outlooks_run, on_worked_out, &driver->outlooks);
}

void driver_reconsider(struct driver *driver, const struct plan *plan)
{
    if (!driver->stopping && timetable_find(&driver->timetable, plan->name) != NULL)
        match_again(driver, plan);
}

/* ---- when the file was read again */

/* What is done about the difference: what is new, is not wanted any more, or is to be changed now. */
static void list_actions(const struct pass *pass, struct action_list *list)
{
    const struct driver *driver = pass->driver;

    for (size_t i = 0; i < pass->record_count; i++) {
        struct action_list about = {0};
        struct reconciler_view view;

        if (pass->entries[i] == NULL)
            continue;
        view = entry_view(pass->entries[i]);
        reconciler_look_ahead(pass->entries[i]->plan, pass->entries[i]->record, &view, &about);
        for (size_t j = 0; j < about.count; j++) {
            if (pass->touched[i] || (about.items[j].kind == ACTION_UPDATE)) {
                *action_list_add(list, about.items[j].kind) = about.items[j];
                about.items[j] = (struct action){.kind = ACTION_UPDATE};
            }
        }
        action_list_fini(&about);
    }
    for (size_t i = pass->first_new; i < driver->count; i++) {
        struct reconciler_view view = entry_view(driver->entries[i]);

        reconciler_look_ahead(driver->entries[i]->plan, driver->entries[i]->record, &view, list);
    }
    action_list_sort(list);
}

static void refuse(struct loading *loading, int result, const struct error *error)
{
    loading->callback(loading->data, result, &(struct action_list){0}, error);
    timetable_fini(&loading->timetable);
    free(loading);
}

static void carry_out_load(struct driver *driver, struct loading *loading, struct pass *pass)
{
    struct action_list actions = {0};

    pass->load = true;
    driver->held = false;
    string_list_fini(&driver->history_off); /* scopes may have been added */
    swap_timetable(driver, &loading->timetable);
    pass_carry_out(pass);
    pass_add_wishes(pass);
    list_actions(pass, &actions);
    pass_end(pass);
    loading->callback(loading->data, 0, &actions, NULL);
    action_list_fini(&actions);
    free(loading);
    retire_old(driver);
    set_going(driver, NULL);
    await_next_view(driver);
}

static void on_loaded(void *data)
{
    struct driver *driver = CONTAINER_OF(data, struct driver, outlooks);
    struct loading *loading = driver->loading;
    const struct error *failure;
    struct error error;
    struct pass pass;

    driver->planning = false;
    driver->loading = NULL;
    failure = outlooks_take(&driver->outlooks);
    if (driver->stopping || failure != NULL) {
        if (failure != NULL)
            error = *failure;
        else
            error_set(&error, -ECANCELED, "the daemon is stopping");
        outlooks_fini(&driver->outlooks);
        refuse(loading, error.code, &error);
        return;
    }
    outlooks_fini(&driver->outlooks);
    pass_begin(&pass, driver, &loading->timetable, NULL);
    if (!loading->force &&
        matching_deletes_too_much(pass.records, pass.record_count, &pass.deleted, &pass.of)) {
        error_set(
            &error, -EPERM,
            "this would delete %zu of %zu reservations, and that is more than it may without being asked",
            pass.deleted, pass.of);
        pass_end(&pass);
        refuse(loading, -EPERM, &error);
        return;
    }
    carry_out_load(driver, loading, &pass);
}

static void start_loading(struct driver *driver)
{
    note_reach(driver, &driver->loading->timetable);
    outlooks_begin(&driver->outlooks, &driver->loading->timetable, now_s(driver));
    driver->planning = true;
    work_start(driver->options.loop, outlooks_run, on_loaded, &driver->outlooks);
}

void driver_set_plans(struct driver *driver, const struct plan_list *plans, bool force,
                      driver_planned_cb *callback, void *data)
{
    struct loading *loading = xalloc(sizeof(*loading));

    timetable_init(&loading->timetable, plans);
    loading->force = force;
    loading->callback = callback;
    loading->data = data;
    driver->loading = loading;
    if (!driver->planning)
        start_loading(driver);
}

void driver_look_ahead(const struct driver *driver, struct action_list *list)
{
    for (size_t i = 0; i < driver->count; i++) {
        struct reconciler_view view;

        if (driver->entries[i]->forgotten)
            continue;
        view = entry_view(driver->entries[i]);
        reconciler_look_ahead(driver->entries[i]->plan, driver->entries[i]->record, &view, list);
    }
    action_list_sort(list);
}
