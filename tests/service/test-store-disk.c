/* store: disks that fill up, fail or hang; writing goes on when it can. What is a batch, and what fails with
 * it. */
#include "service/test-store-fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include <sqlite3.h>

#include "base/base.h"
#include "service/test-store-vfs.h"

/* ---- failing and healing */

static void a_full_disk_is_told_and_heals(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *first = make_reservation(1), *second = make_reservation(2);
    struct store_health health;
    struct loaded loaded;

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, first), 0);
    faulty_fail(0, SQLITE_FULL, ENOSPC, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fixture_put(fixture, second), -ENOSPC);
        assert_non_null(strstr(fixture->error.text, "make room"));
        assert_non_null(strstr(fixture->error.text, fixture->path));
    }
    store_health(fixture->store, &health);
    assert_true(health.failing);
    assert_non_null(strstr(health.error, "full"));
    assert_int_equal(health.failed, 3);
    assert_int_equal(health.written, 1);
    assert_int_equal(health.waiting, 0);
    /* What was there can be read all the same. */
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 1);
    loaded_fini(&loaded);
    assert_true(faulty_heal());
    assert_int_equal(fixture_put(fixture, second), 0);
    store_health(fixture->store, &health);
    assert_false(health.failing);
    assert_string_equal(health.error, "");
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 2);
    assert_same_reservation(loaded.reservations[1], second);
    loaded_fini(&loaded);
    reservation_free(first);
    reservation_free(second);
}

/* The kernel's own refusal: the file may not grow. */
static void a_limit_of_the_file_is_a_full_disk(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);
    struct rlimit before, low;
    unsigned written = 0;

    fixture_open(fixture);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    low = before;
    low.rlim_cur = (rlim_t)512 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    while (fixture_put(fixture, reservation) == 0) {
        CLEANUP_FREE char *key = xasprintf("key %u", written++);

        str_set(&reservation->key, key);
        assert_true(written < 10000);
    }
    assert_int_equal(fixture->result, -EFBIG);
    assert_non_null(strstr(fixture->error.text, "make room"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    fixture_close(fixture);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM reservations"), written + 1);
    reservation_free(reservation);
}

static void another_programs_lock_is_told_and_heals(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);
    sqlite3 *other;

    fixture_open(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(fixture_put(fixture, reservation), -EBUSY);
    assert_non_null(strstr(fixture->error.text, "another program has locked it"));
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    /* One who only looks disturbs nobody. */
    assert_int_equal(sqlite3_exec(other, "BEGIN; SELECT * FROM reservations", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    reservation_free(reservation);
}

/* Written into a file that nobody will find again is not written. */
static void a_moved_file_is_told_and_heals(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);
    CLEANUP_FREE char *moved = xasprintf("%s.moved", fixture->path);

    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    assert_int_equal(rename(fixture->path, moved), 0);
    assert_int_equal(fixture_put(fixture, reservation), -ESTALE);
    assert_non_null(strstr(fixture->error.text, "put it back"));
    assert_int_equal(rename(moved, fixture->path), 0);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    reservation_free(reservation);
}

/* ---- batches */

/* One put holds the thread up at its writing; what is queued meanwhile is the next batch. */
static void begin_batch(struct fixture *fixture)
{
    faulty_hold();
    store_claim_sequences(fixture->store, 1000, fixture_note, fixture);
    assert_true(faulty_wait_until_held());
}

static void what_waits_together_is_one_commit(void **state)
{
    struct fixture *fixture = *state;
    struct store_health health;
    unsigned syncs;

    fixture_open(fixture);
    syncs = faulty_log_syncs();
    begin_batch(fixture);
    for (unsigned i = 0; i < 1000; i++) {
        struct reservation *reservation = make_reservation(i);

        store_put_reservation(fixture->store, reservation, fixture_note, fixture);
        reservation_free(reservation);
    }
    store_health(fixture->store, &health);
    assert_int_equal(health.waiting, 1001);
    assert_int_equal(fixture->answers, 0);
    faulty_release();
    fixture_wait(fixture, 1001);
    store_health(fixture->store, &health);
    assert_int_equal(health.commits, 2);
    assert_int_equal(health.written, 1001);
    assert_true(faulty_log_syncs() - syncs <= 4);
    fixture_close(fixture);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM reservations"), 1000);
}

static void check_synced(void *data, int result, const struct error *error)
{
    unsigned *answers = data;

    assert_int_equal(result, 0);
    assert_null(error);
    assert_false(faulty_log_unsynced());
    (*answers)++;
}

/* Also where a process is killed a written log survives; after a power cut only a synced one does. */
static void an_answer_comes_after_the_sync(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);
    unsigned answers = 0, syncs;

    fixture_open(fixture);
    for (unsigned i = 0; i < 20; i++) {
        syncs = faulty_log_syncs();
        store_put_reservation(fixture->store, reservation, check_synced, &answers);
        while (answers == i)
            fixture_turn(fixture);
        assert_true(faulty_log_syncs() > syncs);
    }
    reservation_free(reservation);
}

static void keep_result(void *data, int result, const struct error *error)
{
    (void)error;
    *(int *)data = result;
}

/* Puts ten reservations in one batch; one of them, and only that one, is refused by a trigger. */
static void refuse_one(struct fixture *fixture, const char *trigger)
{
    struct store_health before, health;
    int results[10];
    struct loaded loaded;

    fixture_open(fixture);
    fixture_execute(fixture, trigger);
    store_health(fixture->store, &before);
    begin_batch(fixture);
    for (size_t i = 0; i < ELEMENTS(results); i++) {
        CLEANUP_FREE char *key = xasprintf("key %zu", i);
        struct reservation *reservation = make_reservation((unsigned)i);

        str_set(&reservation->key, key);
        results[i] = 1;
        store_put_reservation(fixture->store, reservation, keep_result, &results[i]);
        reservation_free(reservation);
    }
    faulty_release();
    while (results[ELEMENTS(results) - 1] == 1)
        fixture_turn(fixture);
    for (size_t i = 0; i < ELEMENTS(results); i++)
        assert_true(i == 6 ? results[i] < 0 : results[i] == 0);
    store_health(fixture->store, &health);
    assert_int_equal(health.failed - before.failed, 1);
    assert_false(health.failing); /* the last one was written */
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 9);
    loaded_fini(&loaded);
}

static void one_that_fails_takes_no_other_along(void **state)
{
    refuse_one(*state, "CREATE TRIGGER refuse BEFORE INSERT ON reservations WHEN new.key = 'key 6' "
                       "BEGIN SELECT raise(ABORT, 'refused'); END");
}

static void one_that_ends_the_transaction_takes_no_other_along(void **state)
{
    refuse_one(*state, "CREATE TRIGGER refuse BEFORE INSERT ON reservations WHEN new.key = 'key 6' "
                       "BEGIN SELECT raise(ROLLBACK, 'refused'); END");
}

static void a_failing_commit_fails_the_whole_batch(void **state)
{
    struct fixture *fixture = *state;
    struct store_health health;
    struct loaded loaded;
    unsigned changes;

    fixture_open(fixture);
    for (unsigned i = 0; i < 2; i++) { /* the first one begins the log */
        changes = faulty_changes();
        store_claim_sequences(fixture->store, 10 + i, fixture_note, fixture);
        fixture_wait(fixture, i + 1);
        changes = faulty_changes() - changes;
    }
    begin_batch(fixture);
    for (unsigned i = 0; i < 10; i++) {
        struct reservation *reservation = make_reservation(i);

        store_put_reservation(fixture->store, reservation, fixture_note, fixture);
        reservation_free(reservation);
    }
    faulty_fail(changes, SQLITE_IOERR_WRITE, EIO, true); /* after those of the claim that is held */
    faulty_release();
    fixture_wait(fixture, 13);
    assert_int_equal(fixture->result, -EIO);
    faulty_heal();
    store_health(fixture->store, &health);
    assert_int_equal(health.failed, 10);
    assert_int_equal(health.written, 3);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.reservation_count, 0);
    loaded_fini(&loaded);
}

/* ---- a disk that hangs */

static void a_hanging_disk_costs_memory_for_each_meeting_only(void **state)
{
    struct fixture *fixture = *state;
    struct store_health health;
    struct loaded loaded;

    fixture_open(fixture);
    begin_batch(fixture);
    for (unsigned look = 0; look < 100; look++) {
        for (unsigned i = 0; i < 3; i++) {
            struct meeting *meeting = make_meeting(i);

            meeting->observed_at = look;
            store_put_meeting(fixture->store, meeting, NULL, NULL);
            meeting_free(meeting);
        }
    }
    store_health(fixture->store, &health);
    assert_int_equal(health.waiting, 1 + 3);
    faulty_release();
    store_claim_sequences(fixture->store, 6, fixture_note, fixture);
    fixture_wait(fixture, 2);
    fixture_load(fixture, &loaded);
    assert_int_equal(loaded.meeting_count, 3);
    for (unsigned i = 0; i < 3; i++) {
        struct meeting *meeting = make_meeting(i);

        meeting->observed_at = 99;
        assert_same_meeting(loaded.meetings[i], meeting);
        meeting_free(meeting);
    }
    loaded_fini(&loaded);
}

static void note_closed(void *data)
{
    *(bool *)data = true;
}

static void note_tick(uv_idle_t *idle)
{
    (*(unsigned *)idle->data)++;
}

/* The loop turns while the last commit hangs. */
static void a_close_does_not_block_the_loop(void **state)
{
    struct fixture *fixture = *state;
    bool closed = false;
    unsigned ticks = 0;
    uv_idle_t idle = {.data = &ticks};

    fixture_open(fixture);
    begin_batch(fixture);
    assert_int_equal(uv_idle_init(&fixture->loop, &idle), 0);
    assert_int_equal(uv_idle_start(&idle, note_tick), 0);
    (void)alarm(60); /* ends the test where the loop stands still for good */
    store_close(fixture->store, note_closed, &closed);
    while (ticks < 100)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_false(closed);
    assert_int_equal(fixture->answers, 0);
    faulty_release();
    test_run_until(&fixture->loop, &closed);
    (void)alarm(0);
    assert_int_equal(fixture->answers, 1);
    fixture->store = NULL;
    uv_close((uv_handle_t *)&idle, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

/* Also a test that failed leaves a disk that is well. */
static int tear_down(void **state)
{
    struct rlimit limit;

    faulty_release();
    faulty_heal();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return fixture_tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_is_told_and_heals),
        TEST(a_limit_of_the_file_is_a_full_disk),
        TEST(another_programs_lock_is_told_and_heals),
        TEST(a_moved_file_is_told_and_heals),
        TEST(what_waits_together_is_one_commit),
        TEST(an_answer_comes_after_the_sync),
        TEST(one_that_fails_takes_no_other_along),
        TEST(one_that_ends_the_transaction_takes_no_other_along),
        TEST(a_failing_commit_fails_the_whole_batch),
        TEST(a_hanging_disk_costs_memory_for_each_meeting_only),
        TEST(a_close_does_not_block_the_loop),
    };

    faulty_install();
    return cmocka_run_group_tests_name("store: disk", tests, NULL, NULL);
}
