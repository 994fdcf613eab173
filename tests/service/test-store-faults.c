/* store: any change of the disk and any statement may fail; what was answered with 0 is there afterwards,
 * whole. */
#include "service/test-store-fixture.h"

#include <errno.h>

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

/* Each has its turn; but under valgrind, where a run takes a second, one in so many. */
static unsigned stride(void)
{
    return getenv("MEETINGD_VALGRIND") != NULL ? 23 : 1;
}

/* Lets change after change of the disk fail, until a run gets through without reaching the one that would. */
static void fail_each_change(struct fixture *fixture, int code, int system, bool for_good)
{
    unsigned after = 0, refused = 0;
    bool failed;

    do {
        struct run run = {.fixture = fixture};

        start_anew(fixture);
        faulty_fail(after, code, system, for_good);
        run_through(&run);
        failed = faulty_heal();
        refused += !run.opened;
        assert_kept(&run);
        after += stride();
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
        fail_statement(after);
        run_through(&run);
        statements.armed = false;
        assert_kept(&run);
        after += stride();
    } while (statements.failed);
    assert_true(after > 100);
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
        fail_statement(after);
        result = store_load(fixture->store, 0, count_reservation, count_meeting, &count, &error);
        statements.armed = false;
        assert_int_equal(count, result == 0 ? 2 * RECORDS : 0);
        assert_int_equal(error.code, result);
        after += stride();
    } while (statements.failed);
    assert_true(after > 100);
}

/* Also a test that failed leaves a disk that is well. */
static int tear_down(void **state)
{
    faulty_heal();
    statements.armed = false;
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
    };

    faulty_install();
    return cmocka_run_group_tests_name("store: faults", tests, NULL, NULL);
}
