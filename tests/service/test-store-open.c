/* store: what does not open is refused with a text that helps; nobody else's file is touched. */
#include "service/test-store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "store/schema.h"

static void write_file(const char *path, const void *data, size_t length)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static char *read_file(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    char *data;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    *ret_length = (size_t)status.st_size;
    data = xalloc(*ret_length);
    assert_int_equal(fread(data, 1, *ret_length, file), *ret_length);
    assert_int_equal(fclose(file), 0);
    return data;
}

/* ---- paths */

static void a_missing_directory_is_named(void **state)
{
    struct fixture *fixture = *state;
    char *good = fixture->path;
    CLEANUP_FREE char *text =
        xasprintf("the directory ./%s/none does not exist: make it", fixture->directory);

    fixture->path = xasprintf("%s/none/meetingd.db", fixture->directory);
    fixture_expect_refusal(fixture, -ENOENT, text);
    free(fixture->path);
    /* A file stands where the directory should be. */
    write_file(good, "", 0);
    fixture->path = xasprintf("%s/meetingd.db", good);
    fixture_expect_refusal(fixture, -ENOTDIR, "does not exist: make it");
    free(fixture->path);
    fixture->path = good;
}

static void what_is_no_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char *good = fixture->path;

    fixture->path = xstrdup(fixture->directory);
    fixture_expect_refusal(fixture, -EISDIR, "check the owner and mode");
    free(fixture->path);
    fixture->path = good;
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    fixture_expect_refusal(fixture, -EINVAL, "no regular file");
}

/* The names that SQLite gives a meaning are files like any other. */
static void a_strange_name_is_a_name(void **state)
{
    struct fixture *fixture = *state;
    char *good = fixture->path;
    struct reservation *reservation = reservation_new("key");
    struct loaded loaded;

    fixture->path = xstrdup(":memory:");
    for (int run = 0; run < 2; run++) {
        fixture_open(fixture);
        fixture_load(fixture, &loaded);
        assert_int_equal(loaded.reservation_count, run);
        loaded_fini(&loaded);
        assert_int_equal(fixture_put(fixture, reservation), 0);
        fixture_close(fixture);
    }
    assert_int_equal(unlink(fixture->path), 0);
    free(fixture->path);
    fixture->path = good;
    reservation_free(reservation);
}

/* Root may write anywhere: the test goes as somebody else meanwhile. */
static void a_directory_that_cannot_be_written_is_told(void **state)
{
    struct fixture *fixture = *state;
    bool root = geteuid() == 0;

    assert_int_equal(chmod(fixture->directory, 0555), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    fixture_expect_refusal(fixture, -EACCES, "check the owner and mode of the file and its directory");
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(fixture->directory, 0700), 0);
    assert_int_equal(access(fixture->path, F_OK), -1);
}

/* ---- contents */

static void an_empty_file_becomes_a_store(void **state)
{
    struct fixture *fixture = *state;
    struct reservation *reservation = make_reservation(1);
    CLEANUP_FREE char *version =
        xasprintf("SELECT user_version = %d FROM pragma_user_version", SCHEMA_VERSION);
    CLEANUP_FREE char *id =
        xasprintf("SELECT application_id = %d FROM pragma_application_id", SCHEMA_APPLICATION_ID);

    write_file(fixture->path, "", 0);
    fixture_open(fixture);
    assert_int_equal(fixture_put(fixture, reservation), 0);
    fixture_close(fixture);
    assert_int_equal(fixture_query(fixture, version), 1);
    assert_int_equal(fixture_query(fixture, id), 1);
    reservation_free(reservation);
}

/* Version 0: a database without tables. */
static void an_empty_database_becomes_a_store(void **state)
{
    struct fixture *fixture = *state;

    fixture_execute(fixture, "CREATE TABLE gone (a); DROP TABLE gone; VACUUM");
    fixture_open(fixture);
    fixture_close(fixture);
    assert_int_equal(fixture_query(fixture, "SELECT count(*) FROM sequences"), 1);
}

static void assert_unchanged(struct fixture *fixture, int result, const char *text)
{
    size_t before_length, after_length;
    CLEANUP_FREE char *before = read_file(fixture->path, &before_length), *after = NULL;

    fixture_expect_refusal(fixture, result, text);
    after = read_file(fixture->path, &after_length);
    assert_int_equal(before_length, after_length);
    assert_memory_equal(before, after, before_length);
}

static void what_is_no_database_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char text[10000];

    memset(text, 'x', sizeof(text));
    write_file(fixture->path, text, sizeof(text));
    assert_unchanged(fixture, -EBADMSG, "check `state` in the configuration");
    write_file(fixture->path, "# meetingd.conf\n", 16);
    assert_unchanged(fixture, -EBADMSG, "check `state` in the configuration");
}

static void another_programs_database_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture_execute(fixture, "CREATE TABLE theirs (a)");
    assert_unchanged(fixture, -EMEDIUMTYPE, "another program's");
    fixture_execute(fixture, "DROP TABLE theirs; PRAGMA application_id = 77");
    assert_unchanged(fixture, -EMEDIUMTYPE, "another program's");
    fixture_execute(fixture, "PRAGMA application_id = 0; PRAGMA user_version = 1");
    assert_unchanged(fixture, -EMEDIUMTYPE, "another program's");
}

static void a_newer_version_is_refused(void **state)
{
    struct fixture *fixture = *state;
    CLEANUP_FREE char *sql = xasprintf("PRAGMA user_version = %d", SCHEMA_VERSION + 1);

    fixture_open(fixture);
    fixture_close(fixture);
    fixture_execute(fixture, sql);
    assert_unchanged(fixture, -EPROTONOSUPPORT, "install that version again");
}

/* ---- damage */

/* Opens and loads what may be damaged. Whether it was refused; a refusal says why. */
static bool is_refused(struct fixture *fixture)
{
    struct error error = {0};
    size_t count = 0;
    int result = store_open(&fixture->store, &fixture->loop, fixture->path, &error);

    if (result == 0) {
        result = store_load(fixture->store, 0, count_reservation, count_meeting, &count, &error);
        if (result < 0)
            assert_int_equal(count, 0);
        fixture_close(fixture);
    }
    if (result == 0)
        return false;
    assert_int_equal(error.code, result);
    assert_non_null(strstr(error.text, fixture->path));
    return true;
}

static void fill(struct fixture *fixture)
{
    fixture_open(fixture);
    for (unsigned i = 0; i < 20; i++) {
        struct reservation *reservation = make_reservation(i);
        struct meeting *meeting = make_meeting(i);

        store_put_reservation(fixture->store, reservation, NULL, NULL);
        store_put_meeting(fixture->store, meeting, NULL, NULL);
        reservation_free(reservation);
        meeting_free(meeting);
    }
    fixture_close(fixture);
}

/* Each page once full of rubbish: refused, or not noticed where it was an index that loading does not need.
 */
static void a_damaged_page_is_refused(void **state)
{
    enum { PAGE = 4096 };
    struct fixture *fixture = *state;
    size_t length, refused = 0, pages;
    CLEANUP_FREE char *good = NULL;

    fill(fixture);
    good = read_file(fixture->path, &length);
    pages = length / PAGE;
    assert_true(pages > 20);
    for (size_t page = 0; page < pages; page++) {
        CLEANUP_FREE char *bad = xalloc(length);

        memcpy(bad, good, length);
        memset(bad + page * PAGE, 0x5a, PAGE);
        write_file(fixture->path, bad, length);
        refused += is_refused(fixture);
    }
    if (refused < pages * 3 / 4)
        fail_msg("%zu of %zu damaged pages were noticed", refused, pages);
    write_file(fixture->path, good, length);
    assert_false(is_refused(fixture));
}

static void a_cut_file_is_refused(void **state)
{
    struct fixture *fixture = *state;
    size_t length;
    CLEANUP_FREE char *good = NULL;

    fill(fixture);
    good = read_file(fixture->path, &length);
    for (size_t cut = 100; cut < length; cut += 4096) {
        write_file(fixture->path, good, cut);
        assert_true(is_refused(fixture));
    }
}

static void values_that_cannot_be_are_refused(void **state)
{
    static const char *const updates[] = {
        "UPDATE reservations SET state = 'dreaming'",
        "UPDATE reservations SET adopted = 7",
        "UPDATE reservations SET meeting_settings_auto_record = 2",
        "UPDATE reservations SET attempts = 5000000000",
        "UPDATE permission_checkers SET check_field = 5000000000",
        "UPDATE callees SET user_type = -5000000000",
        "UPDATE meetings SET use_video = -1",
        "UPDATE participants SET is_host = 3",
        "UPDATE attendees SET is_host = 3",
        "UPDATE attendees SET position = position + 20",
        "UPDATE stays SET attendee = attendee + 20",
        "UPDATE role_stretches SET role = 2",
        "UPDATE role_stretches SET role = -1",
        "UPDATE sequences SET below = 0",
        "DELETE FROM sequences",
    };
    struct fixture *fixture = *state;
    size_t length;
    CLEANUP_FREE char *good = NULL;

    fill(fixture);
    good = read_file(fixture->path, &length);
    for (size_t i = 0; i < ELEMENTS(updates); i++) {
        fixture_execute(fixture, updates[i]);
        if (!is_refused(fixture))
            fail_msg("not refused: %s", updates[i]);
        write_file(fixture->path, good, length);
    }
    assert_false(is_refused(fixture));
}

/* ---- others */

/* A process that holds the store until its standard input, so to speak, ends. */
static pid_t start_holder(struct fixture *fixture, int *ret_until)
{
    int ready[2], until[2];
    char byte;
    pid_t child;

    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(until, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fixture own = {.path = fixture->path};

        close(until[1]);
        if (uv_loop_init(&own.loop) < 0 || store_open(&own.store, &own.loop, own.path, NULL) < 0)
            _exit(1);
        if (write(ready[1], "r", 1) != 1 || read(until[0], &byte, 1) != 0)
            _exit(1);
        fixture_close(&own);
        _exit(uv_loop_close(&own.loop) == 0 ? 0 : 1);
    }
    close(ready[1]);
    close(until[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    *ret_until = until[1];
    return child;
}

static void a_second_meetingd_is_refused(void **state)
{
    struct fixture *fixture = *state;
    int until, status;
    pid_t holder = start_holder(fixture, &until);

    fixture_expect_refusal(fixture, -EBUSY, "in use by another meetingd");
    close(until);
    assert_int_equal(waitpid(holder, &status, 0), holder);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fixture_open(fixture);
}

/* The lock goes with the process. */
static void a_killed_meetingd_leaves_no_lock(void **state)
{
    struct fixture *fixture = *state;
    int until, status;
    pid_t holder = start_holder(fixture, &until);

    fixture_expect_refusal(fixture, -EBUSY, "in use by another meetingd");
    assert_int_equal(kill(holder, SIGKILL), 0);
    assert_int_equal(waitpid(holder, &status, 0), holder);
    close(until);
    fixture_open(fixture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_directory_is_named),   TEST(what_is_no_file_is_refused),
        TEST(a_strange_name_is_a_name),       TEST(a_directory_that_cannot_be_written_is_told),
        TEST(an_empty_file_becomes_a_store),  TEST(an_empty_database_becomes_a_store),
        TEST(what_is_no_database_is_refused), TEST(another_programs_database_is_refused),
        TEST(a_newer_version_is_refused),     TEST(a_damaged_page_is_refused),
        TEST(a_cut_file_is_refused),          TEST(values_that_cannot_be_are_refused),
        TEST(a_second_meetingd_is_refused),   TEST(a_killed_meetingd_leaves_no_lock),
    };

    return cmocka_run_group_tests_name("store: opening", tests, NULL, NULL);
}
