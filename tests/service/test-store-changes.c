/* store: recent changes are kept without a hole, or said to be incomplete. */
#include "service/test-store-fixture.h"

#include <sqlite3.h>

#include "base/base.h"
#include "base/clock.h"

#define NOW_MS INT64_C(1795397400000)

#define MIB ((size_t)1024 * 1024)

static struct store_change *make(uint64_t sequence, int64_t time, size_t size)
{
    struct store_change *change = xalloc(sizeof(*change));

    change->sequence = sequence;
    change->time = time;
    change->name = xstrdup(sequence % 2 == 0 ? "even" : "odd");
    change->subject = xstrdup("subject");
    change->text = xasprintf("%0*d", (int)size, (int)sequence);
    change->secret_text = sequence % 3 == 0 ? xasprintf("secret %d", (int)sequence) : NULL;
    return change;
}

static void put(struct fixture *fixture, uint64_t sequence, int64_t time, size_t size)
{
    store_put_change(fixture->store, make(sequence, time, size));
}

static void look(struct fixture *fixture, struct store_reading *reading)
{
    store_read_changes(fixture->store, reading, fixture_note, fixture);
    fixture_wait(fixture, fixture->answers + 1);
    assert_int_equal(fixture->result, 0);
}

/* What is read since a number begins behind it, or is an overrun where `first` is 0. */
static void expect_since(struct fixture *fixture, uint64_t since, uint64_t first)
{
    struct store_reading reading = {.since = since, .until = 1000000};

    look(fixture, &reading);
    assert_int_equal(reading.overrun, first == 0);
    assert_int_equal(reading.count > 0 ? reading.changes[0].sequence : 0, first);
    store_reading_clear(&reading);
}

static void changes_come_back_as_they_were(void **state)
{
    struct fixture *fixture = *state;
    struct store_reading reading = {.since = 2, .until = 8, .name = (char *)"even"};

    fixture_open(fixture);
    for (uint64_t sequence = 1; sequence <= 10; sequence++)
        put(fixture, sequence, NOW_MS + (int64_t)sequence, 5);
    look(fixture, &reading);
    assert_false(reading.overrun);
    assert_int_equal(reading.count, 3);
    assert_int_equal(reading.until, 8);
    for (size_t i = 0; i < 3; i++) {
        const struct store_change *change = &reading.changes[i];
        CLEANUP_FREE char *text = xasprintf("%05d", (int)(4 + 2 * i));

        assert_int_equal(change->sequence, 4 + 2 * i);
        assert_int_equal(change->time, NOW_MS + 4 + 2 * (int64_t)i);
        assert_string_equal(change->name, "even");
        assert_string_equal(change->subject, "subject");
        assert_string_equal(change->text, text);
        if (change->sequence == 6)
            assert_string_equal(change->secret_text, "secret 6");
        else
            assert_null(change->secret_text);
    }
    store_reading_clear(&reading);
    fixture_close(fixture);
}

static void many_come_in_pieces(void **state)
{
    struct fixture *fixture = *state;
    struct store_reading reading = {.until = 700};
    uint64_t next = 1;

    fixture_open(fixture);
    for (uint64_t sequence = 1; sequence <= 700; sequence++)
        put(fixture, sequence, NOW_MS, sequence > 600 ? 20000 : 5);
    while (reading.since < 700) {
        size_t size = 0;

        reading.until = 700;
        look(fixture, &reading);
        assert_in_range(reading.count, 1, 256);
        for (size_t i = 0; i < reading.count; i++) {
            assert_int_equal(reading.changes[i].sequence, next++);
            size += strlen(reading.changes[i].text);
        }
        assert_true(size < MIB / 4 + 20000);
        assert_int_equal(reading.until, next - 1);
        reading.since = reading.until;
    }
    store_reading_clear(&reading);
    fixture_close(fixture);
}

static void what_is_kept_is_bounded(void **state)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    /* In number, */
    put(fixture, 1, NOW_MS, 5);
    put(fixture, 2, NOW_MS, 5);
    put(fixture, 10001, NOW_MS, 5);
    expect_since(fixture, 0, 0);
    expect_since(fixture, 1, 2);
    /* in age, */
    put(fixture, 10002, NOW_MS + 7 * MS_PER_DAY + 1, 5);
    expect_since(fixture, 10000, 0);
    expect_since(fixture, 10001, 10002);
    /* and in size. */
    for (uint64_t sequence = 10003; sequence < 10043; sequence++) {
        put(fixture, sequence, NOW_MS + 7 * MS_PER_DAY + 1, MIB);
        expect_since(fixture, sequence - 1, sequence);
    }
    expect_since(fixture, 10010, 0);
    expect_since(fixture, 10011, 10012);
    /* All the same after a stop in order. */
    store_settle_sequences(fixture->store, 10043);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(store_next_sequence(fixture->store), 10043);
    expect_since(fixture, 10010, 0);
    expect_since(fixture, 10011, 10012);
    assert_int_equal(fixture_query(fixture, "SELECT sum(size) = changes_size FROM changes, sequences"), 1);
    fixture_close(fixture);
}

/* A change is worth no commit of its own. */
static void changes_go_along_with_what_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);
    struct store_health before, after;

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    store_health(fixture->store, &before);
    put(fixture, 1, NOW_MS, 5);
    put(fixture, 2, NOW_MS, 5);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    store_health(fixture->store, &after);
    assert_int_equal(after.commits, before.commits + 1);
    assert_int_equal(after.written, before.written + 3);
    assert_int_equal(after.waiting, 0);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM changes"), 2);
    put(fixture, 3, NOW_MS, 5);
    store_settle_sequences(fixture->store, 4);
    fixture_close(fixture);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM changes"), 3);
    reservation_free(reservation);
}

static void a_change_that_is_not_written_is_missed(void **state)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    put(fixture, 1, NOW_MS, 5);
    put(fixture, 2, NOW_MS, 5);
    expect_since(fixture, 0, 1);
    fixture_execute(fixture, "INSERT INTO changes (sequence, time, size, text) VALUES (3, 0, 0, '')");
    put(fixture, 3, NOW_MS, 5); /* cannot be written */
    put(fixture, 4, NOW_MS, 5);
    expect_since(fixture, 2, 0);
    expect_since(fixture, 3, 4);
    store_settle_sequences(fixture->store, 5);
    fixture_close(fixture);
    fixture_open(fixture);
    expect_since(fixture, 2, 0);
    expect_since(fixture, 3, 4);
    fixture_close(fixture);
}

static void a_run_that_did_not_end_in_order_is_missed(void **state)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    store_claim_sequences(fixture->store, 1001, NULL, NULL);
    put(fixture, 1, NOW_MS, 5);
    fixture_close(fixture);
    for (int i = 0; i < 2; i++) { /* also where nothing was written in between */
        fixture_open(fixture);
        assert_int_equal(store_next_sequence(fixture->store), 1001);
        expect_since(fixture, 0, 0);
        expect_since(fixture, 1, 0);
        expect_since(fixture, 999, 0);
        if (i == 0)
            fixture_close(fixture);
    }
    put(fixture, 1001, NOW_MS, 5);
    expect_since(fixture, 999, 0);
    expect_since(fixture, 1000, 1001);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM changes"), 1);
    store_settle_sequences(fixture->store, 1002);
    fixture_close(fixture);
    fixture_open(fixture);
    expect_since(fixture, 999, 0);
    expect_since(fixture, 1000, 1001);
    fixture_close(fixture);
}

/* Nothing could be written when the numbers were claimed, and later it could. */
static void numbers_that_were_not_claimed_are_not_given_again(void **state)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    for (uint64_t sequence = 1; sequence <= 3; sequence++)
        put(fixture, sequence, NOW_MS, 5);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_int_equal(store_next_sequence(fixture->store), 4);
    expect_since(fixture, 2, 0); /* nobody knows whether there were more */
    put(fixture, 4, NOW_MS, 5);
    expect_since(fixture, 2, 0);
    expect_since(fixture, 3, 4);
    fixture_close(fixture);
}

/* More than what the thread has taken already and what may wait behind that. */
#define HANGING 24

static void hang(struct fixture *fixture, struct store_change *changes[HANGING])
{
    sqlite3 *other;

    fixture_open(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < HANGING; i++)
        store_put_change(fixture->store, changes[i]);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    /* Most found no room; the others may not have been written for as long. */
    expect_since(fixture, 0, 0);
    put(fixture, HANGING + 1, NOW_MS, 5);
    expect_since(fixture, 0, 0);
    expect_since(fixture, HANGING, HANGING + 1);
    fixture_close(fixture);
}

static void a_disk_that_hangs_costs_changes_and_no_memory(void **state)
{
    struct store_change *changes[HANGING];

    for (size_t i = 0; i < HANGING; i++)
        changes[i] = make(i + 1, NOW_MS, MIB);
    hang(*state, changes);
}

static void what_operators_get_counts_as_well(void **state)
{
    struct store_change *changes[HANGING];

    for (size_t i = 0; i < HANGING; i++) {
        changes[i] = make(i + 1, NOW_MS, MIB);
        secret_free(changes[i]->secret_text);
        changes[i]->secret_text = changes[i]->text;
        changes[i]->text = xstrdup("");
    }
    hang(*state, changes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(changes_come_back_as_they_were),
        TEST(many_come_in_pieces),
        TEST(what_is_kept_is_bounded),
        TEST(changes_go_along_with_what_is_written),
        TEST(a_change_that_is_not_written_is_missed),
        TEST(a_run_that_did_not_end_in_order_is_missed),
        TEST(numbers_that_were_not_claimed_are_not_given_again),
        TEST(a_disk_that_hangs_costs_changes_and_no_memory),
        TEST(what_operators_get_counts_as_well),
    };

    return cmocka_run_group_tests_name("store: changes", tests, NULL, NULL);
}
