/* The store: a disk that is slow is told once, and once when it is not any more. */
#include "test-store-fixture.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"

/* Each look at the clock takes so long. */
static atomic_llong step_ms;
static atomic_llong now_ms;

static char *said;

int64_t __wrap_clock_boot_ms(const struct clock *clock);
void __wrap_log_write(enum log_level level, const struct log_subject *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

int64_t __wrap_clock_boot_ms(const struct clock *clock)
{
    (void)clock;
    return atomic_fetch_add(&now_ms, atomic_load(&step_ms));
}

void __wrap_log_write(enum log_level level, const struct log_subject *subject, const char *format, ...)
{
    va_list arguments;

    (void)level;
    (void)subject;
    assert_null(said);
    va_start(arguments, format);
    said = xvasprintf(format, arguments);
    va_end(arguments);
}

static void expect_said(const char *words)
{
    if (words == NULL) {
        assert_null(said);
        return;
    }
    assert_non_null(said);
    assert_non_null(strstr(said, words));
    free(said);
    said = NULL;
}

/* Writes, each time in so many milliseconds, and the loop hears of it later. */
static void write_unheard(struct fixture *fixture, int64_t takes_ms)
{
    struct store_health health;
    uint64_t before;

    store_health(fixture->store, &health);
    before = health.written;
    atomic_store(&step_ms, takes_ms);
    store_claim_sequences(fixture->store, 1000, fixture_note, fixture);
    do {
        usleep(1000);
        store_health(fixture->store, &health);
    } while (health.written == before && health.failed == 0);
}

static void a_slow_write_is_told_also_where_a_quick_one_follows_at_once(void **state)
{
    struct fixture *fixture = *state;

    fixture_open(fixture);
    write_unheard(fixture, 1);
    fixture_wait(fixture, 1);
    expect_said(NULL);
    write_unheard(fixture, STORE_SLOW_MS + 1000);
    write_unheard(fixture, 1);
    fixture_wait(fixture, 3);
    expect_said("its disk is slow");
    write_unheard(fixture, STORE_SLOW_MS + 1000);
    fixture_wait(fixture, 4);
    expect_said(NULL);
    write_unheard(fixture, 1);
    fixture_wait(fixture, 5);
    expect_said("in time again");
    fixture_close(fixture);
    expect_said(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_write_is_told_also_where_a_quick_one_follows_at_once,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("store-slow", tests, NULL, NULL);
}
