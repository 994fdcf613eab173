/* store: disks that fill up, fail or hang, statements that fail, and a process that is killed: what was
 * answered with 0 is there afterwards, and writing goes on when it can. */
#include "service/test-store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <sqlite3.h>

#include "base/base.h"
#include "service/test-store-vfs.h"

/* ---- the n-th statement */

/* Calls of sqlite3_step() and sqlite3_exec() by the store: the one with this number (0: the next) fails. */
static struct {
    bool armed, failed;
    unsigned after;
} statements;

int __real_sqlite3_step(sqlite3_stmt *statement);
int __real_sqlite3_exec(sqlite3 *handle, const char *sql, int (*row)(void *, int, char **, char **),
                        void *data, char **message);
int __wrap_sqlite3_step(sqlite3_stmt *statement);
int __wrap_sqlite3_exec(sqlite3 *handle, const char *sql, int (*row)(void *, int, char **, char **),
                        void *data, char **message);

static bool statement_fails(void)
{
    if (!statements.armed)
        return false;
    if (statements.after-- > 0)
        return false;
    statements.armed = false;
    statements.failed = true;
    return true;
}

int __wrap_sqlite3_step(sqlite3_stmt *statement)
{
    return statement_fails() ? SQLITE_NOMEM : __real_sqlite3_step(statement);
}

int __wrap_sqlite3_exec(sqlite3 *handle, const char *sql, int (*row)(void *, int, char **, char **),
                        void *data, char **message)
{
    return statement_fails() ? SQLITE_NOMEM : __real_sqlite3_exec(handle, sql, row, data, message);
}

static void fail_statement(unsigned after)
{
    statements.armed = true;
    statements.failed = false;
    statements.after = after;
}

/* ---- runs that fail somewhere, and what must be true afterwards */

enum { RECORDS = 2 };

struct run {
    struct fixture *fixture;
    int put[RECORDS], put_meeting[RECORDS]; /* the answers; 1: none yet */
    int dropped;
    unsigned answers;
    bool opened;
};

struct run_answer {
    struct run *run;
    int *result;
};

static void note_result(void *data, int result, const struct error *error)
{
    const struct run_answer *answer = data;

    assert_int_equal(*answer->result, 1); /* comes once */
    assert_int_equal(error != NULL, result != 0);
    if (error != NULL)
        assert_non_null(strstr(error->text, "meetingd.db"));
    *answer->result = result;
    answer->run->answers++;
}

/* Opens, writes some records one by one and some together, drops one, closes; any of it may fail. */
static void run_through(struct run *run)
{
    struct fixture *fixture = run->fixture;
    struct run_answer answers[2 * RECORDS + 1];
    struct reservation *dropped = make_reservation(1000);
    struct error error;
    size_t count = 0;

    run->answers = 0;
    run->dropped = 1;
    run->opened = store_open(&fixture->store, &fixture->loop, fixture->path, &error) == 0;
    for (size_t i = 0; run->opened && i < RECORDS; i++) {
        struct reservation *reservation = make_reservation((unsigned)i);
        struct meeting *meeting = make_meeting((unsigned)i);

        run->put[i] = run->put_meeting[i] = 1;
        answers[count] = (struct run_answer){run, &run->put[i]};
        store_put_reservation(fixture->store, reservation, note_result, &answers[count++]);
        answers[count] = (struct run_answer){run, &run->put_meeting[i]};
        store_put_meeting(fixture->store, meeting, note_result, &answers[count++]);
        while (i < RECORDS / 2 && run->answers < count)
            fixture_turn(fixture);
        reservation_free(reservation);
        meeting_free(meeting);
    }
    if (run->opened) {
        store_put_reservation(fixture->store, dropped, NULL, NULL);
        answers[count] = (struct run_answer){run, &run->dropped};
        store_drop_reservation(fixture->store, dropped->key, note_result, &answers[count++]);
        fixture_close(fixture);
        assert_int_equal(run->answers, count);
    }
    reservation_free(dropped);
}

/* What was answered with 0 is there, whole; what was not is there whole or not at all. */
static void assert_kept(const struct run *run)
{
    struct loaded loaded;
    size_t found;

    assert_int_equal(fixture_query(run->fixture, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
                     1);
    fixture_open(run->fixture);
    fixture_load(run->fixture, &loaded);
    for (unsigned i = 0; run->opened && i < RECORDS; i++) {
        struct reservation *reservation = make_reservation(i);
        struct meeting *meeting = make_meeting(i);

        found = 0;
        for (size_t j = 0; j < loaded.reservation_count; j++) {
            if (strcmp(loaded.reservations[j]->key, reservation->key) == 0) {
                assert_same_reservation(loaded.reservations[j], reservation);
                found++;
            }
        }
        assert_true(found == 1 || (found == 0 && run->put[i] < 0));
        found = 0;
        for (size_t j = 0; j < loaded.meeting_count; j++) {
            if (strcmp(loaded.meetings[j]->id, meeting->id) == 0) {
                assert_same_meeting(loaded.meetings[j], meeting);
                found++;
            }
        }
        assert_true(found == 1 || (found == 0 && run->put_meeting[i] < 0));
        reservation_free(reservation);
        meeting_free(meeting);
    }
    for (size_t i = 0; i < loaded.reservation_count; i++)
        assert_true(strncmp(loaded.reservations[i]->key, "预定 1000@", 10) != 0 || run->dropped < 0);
    loaded_fini(&loaded);
    /* And it can be written. */
    assert_int_equal(fixture_put(run->fixture, &(struct reservation){.key = (char[]){"after"}}), 0);
    fixture_close(run->fixture);
}

static void start_anew(const struct fixture *fixture)
{
    static const char *const endings[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < ELEMENTS(endings); i++) {
        CLEANUP_FREE char *path = xasprintf("%s%s", fixture->path, endings[i]);

        (void)unlink(path);
    }
}

/* Lets change after change of the disk fail, until a run gets through without reaching the one that would. */
static void fail_each_change(struct fixture *fixture, int code, int system, bool for_good)
{
    unsigned after = 0, refused = 0;
    bool failed;

    do {
        struct run run = {.fixture = fixture};

        start_anew(fixture);
        faulty_fail(after++, code, system, for_good);
        run_through(&run);
        failed = faulty_heal();
        refused += !run.opened;
        assert_kept(&run);
    } while (failed);
    assert_true(after > 30);
    assert_true(refused > 0);
}

static void any_write_may_find_the_disk_full(void **state)
{
    fail_each_change(*state, SQLITE_FULL, ENOSPC, false);
}

static void the_disk_may_stay_full_from_any_write_on(void **state)
{
    fail_each_change(*state, SQLITE_FULL, ENOSPC, true);
}

static void any_write_may_fail(void **state)
{
    fail_each_change(*state, SQLITE_IOERR_WRITE, EIO, false);
}

static void the_disk_may_die_at_any_write(void **state)
{
    fail_each_change(*state, SQLITE_IOERR_WRITE, EIO, true);
}

static void any_statement_may_fail(void **state)
{
    struct fixture *fixture = *state;
    unsigned after = 0;

    do {
        struct run run = {.fixture = fixture};

        start_anew(fixture);
        fail_statement(after++);
        run_through(&run);
        statements.armed = false;
        assert_kept(&run);
    } while (statements.failed);
    assert_true(after > 100);
}

static void count_reservation(void *data, struct reservation *take)
{
    (*(size_t *)data)++;
    reservation_free(take);
}

static void count_meeting(void *data, struct meeting *take)
{
    (*(size_t *)data)++;
    meeting_free(take);
}

static void a_load_comes_whole_or_not_at_all(void **state)
{
    struct fixture *fixture = *state;
    struct run run = {.fixture = fixture};
    unsigned after = 0;
    size_t count;

    run_through(&run);
    fixture_open(fixture);
    do {
        struct error error = {0};
        int result;

        count = 0;
        fail_statement(after++);
        result = store_load(fixture->store, count_reservation, count_meeting, &count, &error);
        statements.armed = false;
        assert_int_equal(count, result == 0 ? 2 * RECORDS : 0);
        assert_int_equal(error.code, result);
    } while (statements.failed);
    assert_true(after > 100);
}

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

/* Puts ten reservations in one batch; one of them, and only that one, is refused by a trigger. */
static void refuse_one(struct fixture *fixture, const char *trigger)
{
    struct store_health before, health;
    struct run run = {.fixture = fixture};
    struct run_answer answers[10];
    int results[ELEMENTS(answers)];
    struct loaded loaded;

    fixture_open(fixture);
    fixture_execute(fixture, trigger);
    store_health(fixture->store, &before);
    begin_batch(fixture);
    for (size_t i = 0; i < ELEMENTS(answers); i++) {
        CLEANUP_FREE char *key = xasprintf("key %zu", i);
        struct reservation *reservation = make_reservation((unsigned)i);

        str_set(&reservation->key, key);
        results[i] = 1;
        answers[i] = (struct run_answer){&run, &results[i]};
        store_put_reservation(fixture->store, reservation, note_result, &answers[i]);
        reservation_free(reservation);
    }
    faulty_release();
    while (run.answers < ELEMENTS(answers))
        fixture_turn(fixture);
    for (size_t i = 0; i < ELEMENTS(answers); i++)
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
    store_close(fixture->store, note_closed, &closed);
    while (ticks < 100)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_false(closed);
    assert_int_equal(fixture->answers, 0);
    faulty_release();
    test_run_until(&fixture->loop, &closed);
    assert_int_equal(fixture->answers, 1);
    fixture->store = NULL;
    uv_close((uv_handle_t *)&idle, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

/* ---- kill -9 */

struct writer {
    struct fixture fixture;
    int report;
    unsigned next;
};

struct written {
    struct writer *writer;
    unsigned number;
};

static void write_next(struct writer *writer);

/* Tells the parent, and goes on. */
static void report_written(void *data, int result, const struct error *error)
{
    struct written *written = data;

    (void)error;
    if (result < 0 ||
        write(written->writer->report, &written->number, sizeof(written->number)) != sizeof(written->number))
        _exit(1);
    write_next(written->writer);
    free(written);
}

static void write_next(struct writer *writer)
{
    struct written *written = xalloc(sizeof(*written));
    struct reservation *reservation;

    written->writer = writer;
    written->number = writer->next++;
    reservation = make_reservation(written->number);
    store_put_reservation(writer->fixture.store, reservation, report_written, written);
    reservation_free(reservation);
}

/* Writes reservations until it is killed, some at a time. */
static void write_for_ever(const char *path, int report, unsigned first, unsigned at_a_time)
{
    struct writer writer = {.report = report, .next = first};

    if (uv_loop_init(&writer.fixture.loop) < 0 ||
        store_open(&writer.fixture.store, &writer.fixture.loop, path, NULL) < 0)
        _exit(1);
    for (unsigned i = 0; i < at_a_time; i++)
        write_next(&writer);
    uv_run(&writer.fixture.loop, UV_RUN_DEFAULT);
    _exit(1);
}

/* Kills a writer after `kill_after` reports. All that was reported, also while it died, must be there.
 * Returns how many there are. */
static unsigned kill_a_writer(struct fixture *fixture, unsigned first, unsigned kill_after,
                              unsigned at_a_time)
{
    int report[2], status;
    unsigned number, reported = 0;
    struct loaded loaded;
    pid_t child;

    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(report[0]);
        write_for_ever(fixture->path, report[1], first, at_a_time);
    }
    close(report[1]);
    while (read(report[0], &number, sizeof(number)) == sizeof(number)) {
        assert_int_equal(number, first + reported);
        if (++reported == kill_after)
            assert_int_equal(kill(child, SIGKILL), 0);
    }
    close(report[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(reported >= kill_after);
    fixture_open(fixture);
    fixture_load(fixture, &loaded);
    assert_true(loaded.reservation_count >= first + reported);
    assert_true(loaded.reservation_count <= first + reported + at_a_time);
    for (unsigned i = 0; i < loaded.reservation_count; i++) {
        struct reservation *reservation = make_reservation(i);

        assert_same_reservation(loaded.reservations[i], reservation);
        reservation_free(reservation);
    }
    number = (unsigned)loaded.reservation_count;
    loaded_fini(&loaded);
    fixture_close(fixture);
    return number;
}

static void what_was_answered_survives_a_kill(void **state)
{
    struct fixture *fixture = *state;
    unsigned count = 0;

    for (unsigned i = 0; i < 24; i++)
        count = kill_a_writer(fixture, count, 1 + i * 5 % 17, 1 + i % 4 * 3);
    assert_int_equal(fixture_query(fixture, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

/* Also a test that failed leaves a disk that is well. */
static int tear_down(void **state)
{
    struct rlimit limit;

    faulty_release();
    faulty_heal();
    statements.armed = false;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    return fixture_tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_write_may_find_the_disk_full),
        TEST(the_disk_may_stay_full_from_any_write_on),
        TEST(any_write_may_fail),
        TEST(the_disk_may_die_at_any_write),
        TEST(any_statement_may_fail),
        TEST(a_load_comes_whole_or_not_at_all),
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
        TEST(what_was_answered_survives_a_kill),
    };

    faulty_install();
    return cmocka_run_group_tests_name("store: faults", tests, NULL, NULL);
}
