/* store: a process that is killed while it writes leaves all that was answered with 0. */
#include "service/test-store-fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"

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

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_answered_survives_a_kill),
    };

    return cmocka_run_group_tests_name("store: kill", tests, NULL, NULL);
}
