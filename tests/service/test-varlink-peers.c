/* varlink: clients that are silent, too many, or not to be known. */
#include "test-varlink-fixture.h"

#include <errno.h>
#include <sys/socket.h>

/* ---- system calls that fail when a test wants it; see Makefile.am */

static int accept_failure; /* an errno value, or 0 */
static int accept_failures_left;
static int accepts;
static int peer_failure;
static gid_t many_groups[100];
static bool show_many_groups;

int __real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __real_getsockopt(int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size);

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    accepts++;
    if (accept_failure != 0 && accept_failures_left > 0) {
        accept_failures_left--;
        errno = accept_failure;
        return -1;
    }
    return __real_accept4(fd, address, size, flags);
}

int __wrap_getsockopt(int fd, int level, int option, void *value, socklen_t *size)
{
    if (option == SO_PEERCRED && peer_failure != 0) {
        errno = peer_failure;
        return -1;
    }
    if (option == SO_PEERGROUPS && show_many_groups) {
        bool fits = *size >= sizeof(many_groups);

        *size = sizeof(many_groups);
        if (fits)
            memcpy(value, many_groups, sizeof(many_groups));
        else
            errno = ERANGE;
        return fits ? 0 : -1;
    }
    return __real_getsockopt(fd, level, option, value, size);
}

/* ---- time */

static void a_message_must_end_in_time(void **state)
{
    struct fixture fixture;
    char rest_and_next[sizeof(ECHO_CALL)];
    int client, patient;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    patient = client_new(&fixture);
    /* An idle connection has all the time. */
    pass(&fixture, MS_PER_DAY);
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    pass(&fixture, MS_PER_DAY);
    client_send(&fixture, client, ECHO_CALL, 1);
    turn(&fixture);
    /* Another byte is no reason to wait longer. */
    for (size_t i = 1; i < 10; i++) {
        pass(&fixture, 1000);
        client_send(&fixture, client, &ECHO_CALL[i], 1);
        turn(&fixture);
    }
    pass(&fixture, 999);
    assert_int_equal(connections(&fixture), 2);
    pass(&fixture, 1);
    client_expect_end(&fixture, client);
    assert_int_equal(connections(&fixture), 1);

    /* While a call is open the next message is not read, and its time does not run. */
    client_say(&fixture, patient, HOLD);
    client_send(&fixture, patient, ECHO_CALL, 10);
    turn(&fixture);
    pass(&fixture, MS_PER_DAY);
    varlink_call_reply(fixture.held[0].call, "{}");
    fixture.held[0].call = NULL;
    client_expect(&fixture, patient, OK);
    turn(&fixture);
    pass(&fixture, 9999);
    client_send(&fixture, patient, &ECHO_CALL[10], sizeof(ECHO_CALL) - 10);
    client_expect(&fixture, patient, ECHO_REPLY);
    /* A message that follows at once has its own time. */
    client_send(&fixture, patient, ECHO_CALL, 10);
    turn(&fixture);
    pass(&fixture, 9000);
    memcpy(rest_and_next, &ECHO_CALL[10], sizeof(ECHO_CALL) - 10);
    memcpy(rest_and_next + sizeof(ECHO_CALL) - 10, ECHO_CALL, 10);
    client_send(&fixture, patient, rest_and_next, sizeof(rest_and_next));
    client_expect(&fixture, patient, ECHO_REPLY);
    pass(&fixture, 9999);
    assert_int_equal(connections(&fixture), 1);
    pass(&fixture, 1);
    client_expect_end(&fixture, patient);
    fixture_fini(&fixture);
}

/* ---- too many */

static void a_full_server_lets_others_wait(void **state)
{
    const struct varlink_options limits = {.connections_max = 3, .connections_per_user_max = 100};
    struct varlink_server_counts counts;
    struct fixture fixture;
    int clients[5];

    (void)state;
    fixture_init_listening(&fixture, &limits);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        clients[i] = client_new(&fixture);
    assert_int_equal(connections(&fixture), 3);
    assert_int_equal(send(clients[3], ECHO_CALL, sizeof(ECHO_CALL), 0), sizeof(ECHO_CALL));
    client_expect_silence(&fixture, clients[3]);
    accepts = 0;
    turn(&fixture);
    assert_int_equal(accepts, 0);
    client_ask(&fixture, clients[0], ECHO_CALL, ECHO_REPLY);
    close(clients[1]);
    turn(&fixture);
    client_expect(&fixture, clients[3], ECHO_REPLY);
    assert_int_equal(connections(&fixture), 3);
    /* Who stops waiting is no trouble. */
    close(clients[4]);
    close(clients[0]);
    close(clients[2]);
    close(clients[3]);
    turn(&fixture);
    assert_int_equal(connections(&fixture), 0);
    clients[0] = client_new(&fixture);
    client_ask(&fixture, clients[0], ECHO_CALL, ECHO_REPLY);
    varlink_server_counts(fixture.server, &counts);
    assert_int_equal(counts.refused, 0);
    assert_int_equal(counts.accepted, 6);
    close(clients[0]);
    fixture_fini(&fixture);
}

static void a_user_has_only_so_many(void **state)
{
    const struct varlink_options limits = {.connections_max = 100, .connections_per_user_max = 2};
    struct varlink_server_counts counts;
    struct fixture fixture;
    int one, two;

    (void)state;
    fixture_init_listening(&fixture, &limits);
    one = client_new(&fixture);
    two = client_new(&fixture);
    for (int i = 0; i < 40; i++)
        client_expect_end(&fixture, client_new(&fixture));
    client_ask(&fixture, one, ECHO_CALL, ECHO_REPLY);
    close(two);
    turn(&fixture);
    two = client_new(&fixture);
    client_ask(&fixture, two, ECHO_CALL, ECHO_REPLY);
    varlink_server_counts(fixture.server, &counts);
    assert_int_equal(counts.refused, 40);
    assert_int_equal(counts.accepted, 3);
    assert_int_equal(counts.connections, 2);
    close(one);
    close(two);
    fixture_fini(&fixture);
}

static void hundreds_are_served(void **state)
{
    struct fixture fixture;
    int clients[300];

    (void)state;
    fixture_init_listening(&fixture, NULL);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        clients[i] = client_new(&fixture);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        client_ask(&fixture, clients[i], ECHO_CALL, ECHO_REPLY);
    assert_int_equal(connections(&fixture), ELEMENTS(clients));
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        close(clients[i]);
    turn(&fixture);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

static void accept_may_fail(void **state)
{
    static const int failures[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(failures); i++) {
        struct fixture fixture;
        int first, second;

        fixture_init_listening(&fixture, NULL);
        first = client_new(&fixture);
        client_ask(&fixture, first, ECHO_CALL, ECHO_REPLY);
        accept_failure = failures[i];
        accept_failures_left = 3;
        accepts = 0;
        second = client_new(&fixture);
        assert_int_equal(send(second, ECHO_CALL, sizeof(ECHO_CALL), 0), sizeof(ECHO_CALL));
        turn(&fixture);
        assert_int_equal(accepts, 1); /* and not again and again */
        expect_idle(&fixture);
        client_ask(&fixture, first, ECHO_CALL, ECHO_REPLY);
        pass(&fixture, 999);
        assert_int_equal(accepts, 1);
        pass(&fixture, 1);
        assert_int_equal(accepts, 2);
        client_expect_silence(&fixture, second);
        /* Whoever leaves makes room. */
        close(first);
        turn(&fixture);
        assert_int_equal(accepts, 3);
        pass(&fixture, 1000);
        client_expect(&fixture, second, ECHO_REPLY);
        close(second);
        accept_failure = 0;
        fixture_fini(&fixture);
    }
}

static void a_client_that_left_before_accept_is_skipped(void **state)
{
    static const int failures[] = {ECONNABORTED, EINTR};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(failures); i++) {
        struct fixture fixture;
        int client;

        fixture_init_listening(&fixture, NULL);
        accept_failure = failures[i];
        accept_failures_left = 5;
        client = client_new(&fixture);
        client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
        accept_failure = 0;
        close(client);
        fixture_fini(&fixture);
    }
}

static void a_client_that_nobody_knows_is_refused(void **state)
{
    struct varlink_server_counts counts;
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    peer_failure = EINVAL;
    client_expect_end(&fixture, client_new(&fixture));
    peer_failure = 0;
    client = client_new(&fixture);
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    varlink_server_counts(fixture.server, &counts);
    assert_int_equal(counts.refused, 1);
    close(client);
    fixture_fini(&fixture);
}

static void a_client_may_have_many_groups(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(many_groups); i++)
        many_groups[i] = (gid_t)(1000 + i);
    fixture_init_listening(&fixture, NULL);
    show_many_groups = true;
    client = client_new(&fixture);
    show_many_groups = false;
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    assert_int_equal(fixture.peer.group_count, ELEMENTS(many_groups));
    assert_memory_equal(fixture.peer.groups, many_groups, sizeof(many_groups));
    close(client);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_must_end_in_time),
        cmocka_unit_test(a_full_server_lets_others_wait),
        cmocka_unit_test(a_user_has_only_so_many),
        cmocka_unit_test(hundreds_are_served),
        cmocka_unit_test(accept_may_fail),
        cmocka_unit_test(a_client_that_left_before_accept_is_skipped),
        cmocka_unit_test(a_client_that_nobody_knows_is_refused),
        cmocka_unit_test(a_client_may_have_many_groups),
    };

    return cmocka_run_group_tests_name("varlink-peers", tests, NULL, NULL);
}
