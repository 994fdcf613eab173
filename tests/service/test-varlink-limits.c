/* varlink: each limit that is reached is told of once, and again only after it was left alone. */
#include "test-varlink-fixture.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/log.h"

static int said; /* warnings and errors */
static char *last_said;
static bool short_of_descriptors;

void __wrap_log_write(enum log_level level, const struct log_subject *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int __real_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags);

void __wrap_log_write(enum log_level level, const struct log_subject *subject, const char *format, ...)
{
    va_list arguments;

    (void)subject;
    if (level > LOG_LEVEL_WARNING)
        return;
    said++;
    free(last_said);
    va_start(arguments, format);
    last_said = xvasprintf(format, arguments);
    va_end(arguments);
}

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    if (short_of_descriptors) {
        errno = EMFILE;
        return -1;
    }
    return __real_accept4(fd, address, length, flags);
}

static void send_too_much(struct fixture *fixture, int client)
{
    char much[2000];

    memset(much, ' ', sizeof(much));
    assert_true(send(client, much, sizeof(much), 0) > 0);
    client_expect_end(fixture, client);
}

static void send_half(struct fixture *fixture, int client)
{
    assert_true(send(client, ECHO_CALL, 10, 0) > 0);
    turn(fixture);
    pass(fixture, 10000);
    client_expect_end(fixture, client);
}

static void read_nothing(struct fixture *fixture, int client)
{
    ask_many(fixture, client, 1, LARGE);
    pass(fixture, 10000);
    assert_int_equal(connections(fixture), 0);
    close(client);
}

static void watch_and_read_nothing(struct fixture *fixture, int client)
{
    struct held *held = &fixture->held[fixture->held_count];
    CLEANUP_FREE char *event = xasprintf("{\"event\":\"%01000000d\"}", 0);

    client_say(fixture, client, WATCH);
    varlink_call_continue(held->call, event);
    varlink_call_continue(held->call, event);
    turn(fixture);
    assert_null(held->call);
    close(client);
}

static void come_in_numbers(struct fixture *fixture, int client)
{
    int second = client_new(fixture);

    client_expect_end(fixture, client_new(fixture)); /* the third of this user */
    close(client);
    close(second);
    turn(fixture);
}

static void find_no_descriptor(struct fixture *fixture, int client)
{
    int second;

    short_of_descriptors = true;
    second = client_new(fixture);
    short_of_descriptors = false;
    pass(fixture, 1000);
    assert_int_equal(connections(fixture), 2);
    close(client);
    close(second);
    turn(fixture);
}

static void each_limit_is_told_of_once(void **state)
{
    static const struct {
        void (*reach)(struct fixture *fixture, int client);
        const char *text;
    } limits[] = {
        {send_too_much, "its message is too long"},
        {send_half, "it did not end its message in time"},
        {read_nothing, "it did not take its answers in time"},
        {watch_and_read_nothing, "it reads too slowly"},
        {come_in_numbers, "has 2 connections, the most that one user may have"},
        {find_no_descriptor, "cannot accept a client: Too many open files"},
    };
    const struct varlink_options options = {
        .connections_max = 10, .connections_per_user_max = 2, .message_max = 1000, .queue_max = 500000};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(limits); i++) {
        struct fixture fixture;

        fixture_init_listening(&fixture, &options);
        said = 0;
        for (int times = 1; times <= 6; times++) {
            limits[i].reach(&fixture, client_new(&fixture));
            assert_int_equal(said, 1);
            assert_non_null(strstr(last_said, limits[i].text));
            /* It goes on, so it is no news. */
            pass(&fixture, 9 * MS_PER_MINUTE);
        }
        pass(&fixture, MS_PER_MINUTE);
        limits[i].reach(&fixture, client_new(&fixture));
        assert_int_equal(said, 2);
        fixture_fini(&fixture);
    }
}

static void too_few_descriptors_are_told_of(void **state)
{
    struct rlimit before, low;
    struct fixture fixture;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = (struct rlimit){.rlim_cur = 1000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    said = 0;
    fixture_init(&fixture, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(said, 1);
    assert_non_null(strstr(last_said, "1000 descriptors"));
    assert_non_null(strstr(last_said, "LimitNOFILE= to 4224"));
    fixture_fini(&fixture);
}

static int tear_down(void **state)
{
    (void)state;
    free(last_said);
    last_said = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_is_told_of_once),
        cmocka_unit_test(too_few_descriptors_are_told_of),
    };

    return cmocka_run_group_tests_name("varlink limits", tests, NULL, tear_down);
}
