/* engine/matching: which record is which plan's occurrence, and which nobody wants. */
#include "lib/test.h"

#include <string.h>

#include "base/base.h"
#include "engine/matching.h"
#include "model/setting.h"

#define NOW INT64_C(1795397400) /* 2026-11-23 09:30 in Shanghai */
#define DAY INT64_C(86400)

#define MOST 64

/* Plans, their occurrences and the records on the table. */
struct table {
    struct match_plan plans[MOST];
    struct occurrence occurrences[MOST][4];
    size_t taken[MOST][4];
    size_t plan_count;
    struct match_record records[MOST];
    struct reservation *owned[MOST];
    size_t record_count;
};

static int set_up(void **state)
{
    *state = xalloc(sizeof(struct table));
    return 0;
}

static int tear_down(void **state)
{
    struct table *table = *state;

    for (size_t i = 0; i < table->plan_count; i++)
        plan_free((struct plan *)table->plans[i].plan);
    for (size_t i = 0; i < table->record_count; i++)
        reservation_free(table->owned[i]);
    free(table);
    return 0;
}

/* `days` occurrences, from tomorrow on. */
static struct plan *add_plan(struct table *table, const char *name, size_t days)
{
    struct plan *plan = plan_new(name);
    struct match_plan *matched = &table->plans[table->plan_count];

    plan->app = xstrdup("default");
    plan->owner_id = xstrdup("ou_owner");
    plan->has_start = true;
    plan->duration_s = 1800;
    plan->rrule = days > 1 ? xstrdup("FREQ=DAILY") : NULL;
    plan->meeting_settings.topic = xstrdup("每日站会");
    for (size_t i = 0; i < days; i++) {
        struct occurrence *occurrence = &table->occurrences[table->plan_count][i];

        snprintf(occurrence->date, sizeof(occurrence->date), "2026-11-%02u", 24U + (unsigned)i);
        occurrence->start_time = NOW + (int64_t)(i + 1) * DAY;
        occurrence->end_time = occurrence->start_time + 1800;
    }
    *matched = (struct match_plan){
        .plan = plan,
        .occurrences = table->occurrences[table->plan_count],
        .count = days,
        .taken = table->taken[table->plan_count],
    };
    table->plan_count++;
    return plan;
}

/* The reservation that was made for a plan's occurrence. */
static struct reservation *add_record(struct table *table, const struct plan *plan, unsigned day)
{
    CLEANUP_FREE char *key = xasprintf("%s %zu", plan->name, table->record_count);
    struct reservation *record = reservation_new(key);

    record->name = xstrdup(plan->name);
    record->app = xstrdup("default");
    record->owner_id = xstrdup("ou_owner");
    record->date = xasprintf("2026-11-%02u", 24 + day);
    record->start_time = NOW + (int64_t)(day + 1) * DAY;
    record->end_time = record->start_time + 1800;
    record->state = RESERVATION_RESERVED;
    record->reserve_id = xasprintf("69%zu", table->record_count);
    record->expire_time = record->end_time + 3600;
    meeting_settings_copy(&record->meeting_settings, &plan->meeting_settings);
    record->applied = settings_text(&plan->meeting_settings);
    table->owned[table->record_count] = record;
    table->records[table->record_count++].record = record;
    return record;
}

static void match(struct table *table)
{
    matching_match(table->plans, table->plan_count, table->records, table->record_count, NOW);
}

static enum verdict verdict(struct table *table, size_t record)
{
    match(table);
    return table->records[record].verdict;
}

static void an_occurrence_is_known_by_its_date(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 3);

    add_record(table, plan, 1);
    add_record(table, plan, 0);
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_WANTED);
    assert_int_equal(table->records[0].occurrence, 1);
    assert_int_equal(table->records[1].occurrence, 0);
    assert_true(table->taken[0][0] == 1 && table->taken[0][1] == 0 && table->taken[0][2] == MATCHING_NONE);
    /* Another hour on that day is the same, another day is not. */
    table->occurrences[0][1].start_time += 7200;
    assert_int_equal(verdict(table, 0), VERDICT_WANTED);
    snprintf(table->occurrences[0][1].date, OCCURRENCE_DATE_SIZE, "2026-11-30");
    assert_int_equal(verdict(table, 0), VERDICT_UNWANTED);
    /* A record of old knows no date: it goes by its start. */
    str_set(&table->owned[1]->date, NULL);
    assert_int_equal(verdict(table, 1), VERDICT_WANTED);
}

static void a_one_off_is_known_by_its_section(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 1);
    struct reservation *record = add_record(table, plan, 5);

    assert_int_equal(verdict(table, 0), VERDICT_WANTED);
    /* But the one of the very day is nearer. */
    add_record(table, plan, 0);
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_UNWANTED);
    assert_int_equal(table->records[1].verdict, VERDICT_WANTED);
    /* What has run out serves nobody. */
    record->state = RESERVATION_EXPIRED;
    assert_int_equal(verdict(table, 0), VERDICT_LEFT);
}

static void another_owner_is_another_reservation(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 2);
    struct reservation *record = add_record(table, plan, 0);

    str_set(&plan->owner_id, "ou_another");
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_SUPERSEDED);
    assert_int_equal(table->records[0].plan, 0);
    assert_int_equal(table->taken[0][0], MATCHING_NONE);
    /* The one that takes its place is found. */
    str_set(&add_record(table, plan, 0)->owner_id, "ou_another");
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_SUPERSEDED);
    assert_int_equal(table->taken[0][0], 1);
    str_set(&plan->owner_id, "ou_owner");
    str_set(&table->owned[1]->owner_id, "ou_owner");
    plan->meeting_settings.meeting_connect = FLAG_YES;
    assert_int_equal(verdict(table, 0), VERDICT_SUPERSEDED);
    /* What is not set is what Feishu takes it for. */
    plan->meeting_settings.meeting_connect = FLAG_NO;
    plan->meeting_settings.meeting_initial_type = MEETING_INITIAL_TYPE_GROUP;
    assert_int_equal(verdict(table, 0), VERDICT_WANTED);
    plan->meeting_settings.meeting_initial_type = MEETING_INITIAL_TYPE_CALL;
    assert_int_equal(verdict(table, 0), VERDICT_SUPERSEDED);
    /* One that was not made yet takes it over. */
    record->state = RESERVATION_PLANNED;
    table->owned[1]->state = RESERVATION_DELETED;
    assert_int_equal(verdict(table, 0), VERDICT_WANTED);
}

static void what_no_plan_asks_for_is_judged(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 1);
    struct reservation *record = add_record(table, plan, 0);

    str_set(&plan->name, "another");
    str_set(&plan->meeting_settings.topic, "周会");
    assert_int_equal(verdict(table, 0), VERDICT_UNWANTED);
    record->kept = true;
    assert_int_equal(verdict(table, 0), VERDICT_LEFT);
    record->kept = false;
    record->end_time = NOW;
    assert_int_equal(verdict(table, 0), VERDICT_LEFT);
    record->state = RESERVATION_LIVE; /* it goes on */
    assert_int_equal(verdict(table, 0), VERDICT_UNWANTED);
    record->state = RESERVATION_PLANNED;
    assert_int_equal(verdict(table, 0), VERDICT_FORGOTTEN);
    record->state = RESERVATION_FAILED;
    assert_int_equal(verdict(table, 0), VERDICT_FORGOTTEN);
    record->state = RESERVATION_DELETED;
    assert_int_equal(verdict(table, 0), VERDICT_LEFT);
    record->state = RESERVATION_RESERVED;
    record->end_time = NOW + DAY;
    record->adopted = true;
    assert_int_equal(verdict(table, 0), VERDICT_FORGOTTEN);
    record->adopted = false;
    str_set(&record->name, NULL); /* by hand */
    assert_int_equal(verdict(table, 0), VERDICT_LEFT);
    /* A rule that could not be worked out says nothing against its records. */
    str_set(&record->name, "another");
    table->plans[0].count = 0;
    assert_int_equal(verdict(table, 0), VERDICT_UNWANTED);
    table->plans[0].unknown = true;
    assert_int_equal(verdict(table, 0), VERDICT_LEFT);
}

static void a_renamed_section_keeps_what_it_had(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 3);

    add_record(table, plan, 0);
    add_record(table, plan, 2);
    str_set(&plan->name, "站会");
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_WANTED);
    assert_true(table->records[0].renamed);
    assert_int_equal(table->records[1].occurrence, 2);
    assert_true(table->taken[0][0] == 0 && table->taken[0][1] == MATCHING_NONE && table->taken[0][2] == 1);
    /* Changed besides, it is another one. */
    str_set(&plan->meeting_settings.topic, "周会");
    assert_int_equal(verdict(table, 0), VERDICT_UNWANTED);
    str_set(&plan->meeting_settings.topic, "每日站会");
    table->occurrences[0][2].start_time += 60;
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_UNWANTED);
    assert_int_equal(table->records[1].verdict, VERDICT_UNWANTED);
}

static void two_that_are_alike_are_not_taken_for_each_other(void **state)
{
    struct table *table = *state;
    struct plan *first = add_plan(table, "first", 1), *second = add_plan(table, "second", 1);

    add_record(table, first, 0);
    add_record(table, second, 0);
    str_set(&second->name, "third");
    match(table);
    assert_int_equal(table->records[0].plan, 0);
    assert_int_equal(table->records[1].plan, 1);
    /* Both renamed: each plan has one, whichever. */
    str_set(&first->name, "fourth");
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_WANTED);
    assert_int_equal(table->records[1].verdict, VERDICT_WANTED);
    assert_true(table->records[0].plan != table->records[1].plan);
}

static void of_one_reservation_for_all_there_is_one(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 3);
    struct reservation *early = add_record(table, plan, 0), *late = add_record(table, plan, 1);

    plan->link = PLAN_LINK_STANDING;
    match(table);
    assert_int_equal(table->plans[0].record, 0);
    assert_int_equal(table->records[1].verdict, VERDICT_UNWANTED);
    /* The one that is for all already is it. */
    late->standing = true;
    match(table);
    assert_int_equal(table->plans[0].record, 1);
    assert_int_equal(table->records[1].occurrence, 1);
    assert_int_equal(table->records[0].verdict, VERDICT_UNWANTED);
    /* Where its slot has passed it goes on by itself. */
    early->state = RESERVATION_DELETED;
    str_set(&late->date, "2026-11-22");
    late->start_time = NOW - 7200;
    late->end_time = NOW - 3600;
    match(table);
    assert_int_equal(table->records[1].verdict, VERDICT_WANTED);
    assert_int_equal(table->records[1].occurrence, MATCHING_NONE);
    /* What has passed is history. */
    late->passed = true;
    match(table);
    assert_int_equal(table->plans[0].record, MATCHING_NONE);
    assert_int_equal(table->records[1].verdict, VERDICT_LEFT);
}

static void what_was_deleted_stays_so_or_not(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 2);
    struct reservation *record = add_record(table, plan, 0), *second;

    record->state = RESERVATION_DELETED;
    record->end = RESERVATION_END_OPERATOR;
    match(table);
    assert_int_equal(table->records[0].verdict, VERDICT_TAKEN);
    assert_int_equal(table->taken[0][0], 0);
    str_set(&plan->meeting_settings.topic, "周会");
    match(table);
    assert_int_equal(table->taken[0][0], MATCHING_NONE);
    str_set(&plan->meeting_settings.topic, "每日站会");
    record->end = RESERVATION_END_FILE;
    match(table);
    assert_int_equal(table->taken[0][0], MATCHING_NONE);
    /* What was lost is made anew, but not a third time within a day. */
    record->end = RESERVATION_END_LOST;
    record->attempted_at = (NOW - 3600) * 1000;
    match(table);
    assert_int_equal(table->taken[0][0], MATCHING_NONE);
    second = add_record(table, plan, 0);
    second->state = RESERVATION_DELETED;
    second->end = RESERVATION_END_LOST;
    second->attempted_at = (NOW - 1800) * 1000;
    match(table);
    assert_true(table->taken[0][0] != MATCHING_NONE);
    record->attempted_at -= DAY * 1000;
    match(table);
    assert_int_equal(table->taken[0][0], MATCHING_NONE);
}

static void adopted_ones_go_by_their_id(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "board", 1);
    struct reservation *record = add_record(table, plan, 0);

    plan->reserve_id = xstrdup("691");
    record->adopted = true;
    assert_int_equal(verdict(table, 0), VERDICT_FORGOTTEN);
    str_set(&record->reserve_id, "691");
    match(table);
    assert_int_equal(table->plans[0].record, 0);
    str_set(&plan->name, "董事会");
    match(table);
    assert_int_equal(table->plans[0].record, 0);
    assert_true(table->records[0].renamed);
}

static void too_much_is_more_than_ten_and_more_than_half(void **state)
{
    struct table *table = *state;
    struct plan *plan = add_plan(table, "standup", 1);
    size_t deleted, of;

    for (unsigned i = 0; i < 22; i++)
        add_record(table, plan, 0)->state = RESERVATION_RESERVED;
    match(table);
    assert_true(matching_deletes_too_much(table->records, 22, &deleted, &of));
    assert_int_equal(deleted, 21);
    assert_int_equal(of, 22);
    for (size_t i = 0; i < 22; i++)
        table->records[i].verdict = i < 11 ? VERDICT_UNWANTED : VERDICT_WANTED;
    assert_false(matching_deletes_too_much(table->records, 22, &deleted, &of));
    assert_true(matching_deletes_too_much(table->records, 21, &deleted, &of));
    assert_false(matching_deletes_too_much(table->records, 10, &deleted, &of));
    /* What is on its way out already was asked for before. */
    table->owned[0]->unwanted = true;
    assert_false(matching_deletes_too_much(table->records, 21, &deleted, &of));
    assert_int_equal(deleted, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_occurrence_is_known_by_its_date),
        TEST(a_one_off_is_known_by_its_section),
        TEST(another_owner_is_another_reservation),
        TEST(what_no_plan_asks_for_is_judged),
        TEST(a_renamed_section_keeps_what_it_had),
        TEST(two_that_are_alike_are_not_taken_for_each_other),
        TEST(of_one_reservation_for_all_there_is_one),
        TEST(what_was_deleted_stays_so_or_not),
        TEST(adopted_ones_go_by_their_id),
        TEST(too_much_is_more_than_ten_and_more_than_half),
    };

    return cmocka_run_group_tests_name("matching", tests, NULL, NULL);
}
