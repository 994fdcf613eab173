/* varlink: the socket's file, its lock, the descriptor that is passed in, and the end of the server. */
#include "test-varlink-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* ---- somebody removes the lock file while we take it; see Makefile.am */

static const char *remove_before_lock;

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

int __wrap_flock(int fd, int operation)
{
    if (remove_before_lock != NULL) {
        assert_int_equal(unlink(remove_before_lock), 0);
        remove_before_lock = NULL;
    }
    return __real_flock(fd, operation);
}

/* ---- sockets of others */

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    assert_true(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path));
    return address;
}

/* A socket that is bound to a path, and listens where `backlog` is not negative. */
static int foreign_socket(const char *path, int type, int backlog)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    if (backlog >= 0)
        assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static int try_connect(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int failure = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;

    close(fd);
    return failure;
}

static void expect_served(struct fixture *fixture)
{
    int client = client_new(fixture);

    client_ask(fixture, client, ECHO_CALL, ECHO_REPLY);
    close(client);
    turn(fixture);
}

static void expect_refused(struct fixture *fixture, const char *path, int code, const char *text)
{
    struct error error = {0};

    assert_int_equal(varlink_server_listen(fixture->server, path, &error), code);
    assert_int_equal(error.code, code);
    if (strstr(error.text, text) == NULL)
        fail_msg("the error should say \"%s\", and says: %s", text, error.text);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(varlink_server_listen(fixture->server, path, NULL), code);
}

static bool exists(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0;
}

/* ---- the file */

static void the_file_is_for_user_and_group(void **state)
{
    static const mode_t masks[] = {0, 022, 077, 0777};
    mode_t before = umask(022);

    (void)state;
    for (size_t i = 0; i < ELEMENTS(masks); i++) {
        CLEANUP_FREE char *lock = NULL;
        struct fixture fixture;
        struct stat found;

        fixture_init(&fixture, NULL);
        umask(masks[i]);
        assert_int_equal(varlink_server_listen(fixture.server, fixture.path, NULL), 0);
        assert_int_equal(umask(022), masks[i]);
        assert_int_equal(lstat(fixture.path, &found), 0);
        assert_int_equal(found.st_mode, S_IFSOCK | 0660);
        lock = xasprintf("%s.lock", fixture.path);
        assert_int_equal(lstat(lock, &found), 0);
        assert_int_equal(found.st_mode & 0177, 0);
        expect_served(&fixture);
        fixture_fini(&fixture);
    }
    umask(before);
}

static void a_second_daemon_is_kept_out(void **state)
{
    struct fixture first, second;

    (void)state;
    fixture_init_listening(&first, NULL);
    fixture_init(&second, NULL);
    expect_refused(&second, first.path, -EADDRINUSE, "another daemon");
    /* Even where the first one's file has gone. */
    assert_int_equal(unlink(first.path), 0);
    expect_refused(&second, first.path, -EADDRINUSE, "another daemon");
    assert_false(exists(first.path));
    varlink_server_close(first.server, 0, fixture_closed, &first);
    first.server = NULL;
    test_run_until(&first.loop, &first.closed);
    assert_int_equal(varlink_server_listen(second.server, first.path, NULL), 0);
    varlink_server_close(second.server, 0, fixture_closed, &second);
    second.server = NULL;
    test_run_until(&second.loop, &second.closed);
    fixture_fini(&first);
    fixture_fini(&second);
}

static void what_a_dead_daemon_left_is_taken_over(void **state)
{
    CLEANUP_FREE char *lock = NULL;
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, NULL);
    lock = xasprintf("%s.lock", fixture.path);
    close(foreign_socket(fixture.path, SOCK_STREAM, 1));
    close(open(lock, O_CREAT | O_CLOEXEC | O_WRONLY, 0600));
    assert_int_equal(try_connect(fixture.path), ECONNREFUSED);
    assert_int_equal(varlink_server_listen(fixture.server, fixture.path, NULL), 0);
    expect_served(&fixture);
    fixture_fini(&fixture);
}

static void a_living_socket_is_left_alone(void **state)
{
    struct fixture fixture;
    struct sockaddr_un address;
    int foreign, waiting[16];

    (void)state;
    fixture_init(&fixture, NULL);
    foreign = foreign_socket(fixture.path, SOCK_STREAM, 8);
    expect_refused(&fixture, fixture.path, -EADDRINUSE, "another program answers");
    assert_int_equal(try_connect(fixture.path), 0);
    /* Even where it is too busy to accept. */
    address = address_of(fixture.path);
    for (size_t i = 0; i < ELEMENTS(waiting); i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(waiting[i], (struct sockaddr *)&address, sizeof(address));
    }
    assert_int_equal(try_connect(fixture.path), EAGAIN);
    expect_refused(&fixture, fixture.path, -EADDRINUSE, "another program answers");
    for (size_t i = 0; i < ELEMENTS(waiting); i++)
        close(waiting[i]);
    close(foreign);
    unlink(fixture.path);
    /* And where it is of another kind. */
    foreign = foreign_socket(fixture.path, SOCK_DGRAM, -1);
    expect_refused(&fixture, fixture.path, -EPROTOTYPE, "cannot find out");
    assert_true(exists(fixture.path));
    close(foreign);
    unlink(fixture.path);
    fixture_fini(&fixture);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    struct fixture fixture;
    char content[8] = "";
    int file;

    (void)state;
    fixture_init(&fixture, NULL);
    file = open(fixture.path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_int_equal(write(file, "text", 4), 4);
    expect_refused(&fixture, fixture.path, -EEXIST, "no socket");
    assert_int_equal(pread(file, content, sizeof(content), 0), 4);
    assert_string_equal(content, "text");
    close(file);
    assert_int_equal(unlink(fixture.path), 0);
    assert_int_equal(mkdir(fixture.path, 0700), 0);
    expect_refused(&fixture, fixture.path, -EEXIST, "no socket");
    assert_int_equal(rmdir(fixture.path), 0);
    /* A link is not followed to where it may point. */
    assert_int_equal(symlink("nowhere", fixture.path), 0);
    expect_refused(&fixture, fixture.path, -EEXIST, "no socket");
    assert_int_equal(unlink(fixture.path), 0);
    fixture_fini(&fixture);
}

static void a_path_must_fit(void **state)
{
    struct fixture fixture;
    char path[110];
    size_t longest = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    (void)state;
    fixture_init(&fixture, NULL);
    memset(path, 'x', sizeof(path));
    memcpy(path, fixture.path, strlen(fixture.path));
    path[longest + 1] = '\0';
    expect_refused(&fixture, path, -ENAMETOOLONG, "108 bytes where 107");
    path[longest] = '\0';
    assert_false(exists(path));
    free(fixture.path);
    fixture.path = xstrdup(path);
    assert_int_equal(varlink_server_listen(fixture.server, path, NULL), 0);
    assert_true(exists(path));
    expect_served(&fixture);
    fixture_fini(&fixture);

    fixture_init(&fixture, NULL);
    expect_refused(&fixture, "", -EINVAL, "empty");
    expect_refused(&fixture, "/nowhere/at/all", -ENOENT, "/nowhere/at/all.lock");
    /* What failed does not stand in the way of a later try. */
    assert_int_equal(varlink_server_listen(fixture.server, fixture.path, NULL), 0);
    expect_served(&fixture);
    fixture_fini(&fixture);
}

static void a_lock_that_was_removed_is_taken_again(void **state)
{
    CLEANUP_FREE char *lock = NULL;
    struct fixture first, second;

    (void)state;
    fixture_init(&first, NULL);
    fixture_init(&second, NULL);
    lock = xasprintf("%s.lock", first.path);
    remove_before_lock = lock;
    assert_int_equal(varlink_server_listen(first.server, first.path, NULL), 0);
    assert_null(remove_before_lock);
    assert_true(exists(lock));
    expect_refused(&second, first.path, -EADDRINUSE, "another daemon");
    fixture_fini(&first);
    fixture_fini(&second);
}

static void nothing_is_inherited(void **state)
{
    struct fixture fixture;
    bool before[64];
    int client, made = 0;

    (void)state;
    for (int fd = 0; fd < (int)ELEMENTS(before); fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    for (int fd = 0; fd < (int)ELEMENTS(before); fd++) {
        int flags = fcntl(fd, F_GETFD);

        if (flags < 0 || before[fd])
            continue;
        made++;
        assert_int_equal(flags & FD_CLOEXEC, FD_CLOEXEC);
    }
    /* The socket, its lock, both ends of a connection, and the loop's. */
    assert_true(made > 4);
    close(client);
    fixture_fini(&fixture);
}

/* ---- a descriptor that is passed in */

static void a_passed_socket_is_served_and_left(void **state)
{
    struct fixture fixture;
    int passed, systemd;

    (void)state;
    fixture_init(&fixture, NULL);
    passed = foreign_socket(fixture.path, SOCK_STREAM, 8);
    systemd = fcntl(passed, F_DUPFD_CLOEXEC, 0);
    assert_int_equal(fcntl(passed, F_SETFD, 0), 0);
    assert_int_equal(varlink_server_listen_fd(fixture.server, passed, NULL), 0);
    assert_int_equal(fcntl(passed, F_GETFD), FD_CLOEXEC);
    expect_served(&fixture);
    varlink_server_close(fixture.server, 0, fixture_closed, &fixture);
    fixture.server = NULL;
    test_run_until(&fixture.loop, &fixture.closed);
    /* Whoever passed it goes on with it. */
    assert_int_equal(fcntl(passed, F_GETFD), -1);
    assert_int_equal(try_connect(fixture.path), 0);
    close(systemd);
    assert_int_equal(unlink(fixture.path), 0);
    fixture_fini(&fixture);
}

static void what_is_no_listening_socket_is_refused(void **state)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct fixture fixture;
    struct error error;
    int wrong[7], pipes[2], pair[2], tcp;

    (void)state;
    fixture_init(&fixture, NULL);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(tcp, (struct sockaddr *)&loopback, sizeof(loopback)), 0);
    assert_int_equal(listen(tcp, 1), 0);
    wrong[0] = pipes[0];
    wrong[1] = pair[0];
    wrong[2] = tcp;
    wrong[3] = foreign_socket(fixture.path, SOCK_STREAM, -1); /* bound, and not listening */
    unlink(fixture.path);
    wrong[4] = foreign_socket(fixture.path, SOCK_DGRAM, -1);
    unlink(fixture.path);
    wrong[5] = foreign_socket(fixture.path, SOCK_SEQPACKET, 1);
    unlink(fixture.path);
    wrong[6] = 9999;
    for (size_t i = 0; i < ELEMENTS(wrong); i++) {
        assert_int_equal(varlink_server_listen_fd(fixture.server, wrong[i], &error), -EINVAL);
        assert_non_null(strstr(error.text, "listening Unix stream socket"));
        /* It stays the caller's. */
        assert_int_equal(close(wrong[i]), i == 6 ? -1 : 0);
    }
    close(pipes[1]);
    close(pair[1]);
    fixture_fini(&fixture);
}

/* ---- the end */

static void after_stop_those_who_are_there_are_served(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_say(&fixture, client, HOLD);
    turn(&fixture);
    varlink_server_stop(fixture.server);
    varlink_server_stop(fixture.server);
    assert_false(exists(fixture.path));
    assert_int_equal(try_connect(fixture.path), ENOENT);
    varlink_call_reply(fixture.held[0].call, "{}");
    fixture.held[0].call = NULL;
    client_expect(&fixture, client, OK);
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    close(client);
    turn(&fixture);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

static void a_file_that_took_the_sockets_place_stays(void **state)
{
    struct fixture fixture;
    int foreign;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    assert_int_equal(unlink(fixture.path), 0);
    foreign = foreign_socket(fixture.path, SOCK_STREAM, 1);
    varlink_server_stop(fixture.server);
    assert_int_equal(try_connect(fixture.path), 0);
    close(foreign);
    assert_int_equal(unlink(fixture.path), 0);
    fixture_fini(&fixture);
}

static void a_server_without_clients_closes(void **state)
{
    struct fixture fixture;

    (void)state;
    for (int flush_ms = 0; flush_ms < 2; flush_ms++) {
        fixture_init(&fixture, NULL);
        if (flush_ms == 1)
            assert_int_equal(varlink_server_listen(fixture.server, fixture.path, NULL), 0);
        varlink_server_close(fixture.server, flush_ms, fixture_closed, &fixture);
        fixture.server = NULL;
        assert_false(fixture.closed); /* from the loop */
        fixture_fini(&fixture);
    }
}

static void open_calls_are_told_of_the_end(void **state)
{
    struct fixture fixture;
    int clients[5];

    (void)state;
    fixture_init_listening(&fixture, NULL);
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        clients[i] = client_new(&fixture);
        client_say(&fixture, clients[i], i % 2 == 0 ? HOLD : WATCH);
        turn(&fixture);
    }
    client_say(&fixture, clients[4], ECHO_CALL);
    assert_int_equal(shutdown(clients[2], SHUT_WR), 0);
    varlink_call_continue(fixture.held[3].call, "{\"last\":1}");
    varlink_server_close(fixture.server, 1000, fixture_closed, &fixture);
    fixture.server = NULL;
    /* Not from inside the close; until then the calls are there. */
    assert_int_equal(fixture.ended, 0);
    varlink_call_continue(fixture.held[1].call, "{\"last\":2}");
    varlink_call_reply(fixture.held[0].call, "{\"last\":3}");
    fixture.held[0].call = NULL;
    test_run_until(&fixture.loop, &fixture.closed);
    assert_int_equal(fixture.ended, 4);
    client_expect(&fixture, clients[0], "{\"parameters\":{\"last\":3}}");
    client_expect(&fixture, clients[1], "{\"parameters\":{\"last\":2},\"continues\":true}");
    client_expect(&fixture, clients[3], "{\"parameters\":{\"last\":1},\"continues\":true}");
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        client_expect_end(&fixture, clients[i]);
    fixture_fini(&fixture);
    assert_int_equal(fixture.ended, 4);
    assert_int_equal(fixture.handled, 5);
}

static void what_is_queued_is_sent_for_a_while(void **state)
{
    enum { SIZE = 4 * 1024 * 1024 };
    static const char request[] = "{\"method\":\"io.test.Many\",\"parameters\":{\"size\":4194304}}";
    struct fixture fixture;
    int reads, stalls;
    char *heard, chunk[4096];

    (void)state;
    fixture_init_listening(&fixture, NULL);
    reads = client_new(&fixture);
    stalls = client_new(&fixture);
    client_say(&fixture, reads, request);
    client_say(&fixture, stalls, request);
    client_say(&fixture, stalls, ECHO_CALL);
    turn(&fixture);
    varlink_server_close(fixture.server, 2000, fixture_closed, &fixture);
    fixture.server = NULL;
    heard = client_hear(&fixture, reads);
    assert_int_equal(strlen(heard), strlen("{\"parameters\":{\"pad\":\"\"}}") + SIZE);
    free(heard);
    client_expect_end(&fixture, reads);
    pass(&fixture, 1999);
    assert_false(fixture.closed);
    pass(&fixture, 1);
    assert_true(fixture.closed);
    /* The answer was cut, and no other was begun. */
    while (recv(stalls, chunk, sizeof(chunk), 0) > 0)
        assert_null(memchr(chunk, '\0', sizeof(chunk)));
    assert_int_equal(fixture.handled, 2);
    close(stalls);
    fixture_fini(&fixture);
}

static void without_time_nothing_is_waited_for(void **state)
{
    static const char request[] = "{\"method\":\"io.test.Many\",\"parameters\":{\"size\":4194304}}";
    struct fixture fixture;
    int client, half;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    half = client_new(&fixture);
    client_say(&fixture, client, request);
    client_send(&fixture, half, request, 10);
    turn(&fixture);
    varlink_server_close(fixture.server, 0, fixture_closed, &fixture);
    fixture.server = NULL;
    test_run_until(&fixture.loop, &fixture.closed);
    client_expect_end(&fixture, half);
    close(client);
    fixture_fini(&fixture);
}

static void a_handler_may_close_the_server(void **state)
{
    (void)state;
    for (int flush_ms = 0; flush_ms <= 1000; flush_ms += 1000) {
        struct fixture fixture;
        int client, other;

        fixture_init_listening(&fixture, NULL);
        fixture.close_in_handler = flush_ms;
        client = client_new(&fixture);
        other = client_new(&fixture);
        client_say(&fixture, other, HOLD);
        turn(&fixture);
        assert_int_equal(
            send(client, "{\"method\":\"io.test.CloseServer\"}\0" ECHO_CALL, 33 + sizeof(ECHO_CALL), 0),
            33 + sizeof(ECHO_CALL));
        test_run_until(&fixture.loop, &fixture.closed);
        if (flush_ms > 0)
            client_expect(&fixture, client, OK);
        client_expect_end(&fixture, client);
        client_expect_end(&fixture, other);
        assert_int_equal(fixture.ended, 1);
        assert_int_equal(fixture.handled, 2);
        fixture_fini(&fixture);
    }
}

/* Those who went just before are closing then, and are no longer there for anybody. */
static void a_call_that_ends_may_close_the_server(void **state)
{
    struct fixture fixture;
    int gone, holding, other;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    fixture.close_on_end = true;
    gone = client_new(&fixture);
    holding = client_new(&fixture);
    other = client_new(&fixture);
    client_say(&fixture, holding, HOLD);
    client_say(&fixture, other, WATCH);
    turn(&fixture);
    close(gone);
    close(holding);
    test_run_until(&fixture.loop, &fixture.closed);
    client_expect_end(&fixture, other);
    assert_int_equal(fixture.ended, 2);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_for_user_and_group),
        cmocka_unit_test(a_second_daemon_is_kept_out),
        cmocka_unit_test(what_a_dead_daemon_left_is_taken_over),
        cmocka_unit_test(a_living_socket_is_left_alone),
        cmocka_unit_test(what_is_no_socket_is_left_alone),
        cmocka_unit_test(a_path_must_fit),
        cmocka_unit_test(a_lock_that_was_removed_is_taken_again),
        cmocka_unit_test(nothing_is_inherited),
        cmocka_unit_test(a_passed_socket_is_served_and_left),
        cmocka_unit_test(what_is_no_listening_socket_is_refused),
        cmocka_unit_test(after_stop_those_who_are_there_are_served),
        cmocka_unit_test(a_file_that_took_the_sockets_place_stays),
        cmocka_unit_test(a_server_without_clients_closes),
        cmocka_unit_test(open_calls_are_told_of_the_end),
        cmocka_unit_test(what_is_queued_is_sent_for_a_while),
        cmocka_unit_test(without_time_nothing_is_waited_for),
        cmocka_unit_test(a_handler_may_close_the_server),
        cmocka_unit_test(a_call_that_ends_may_close_the_server),
    };

    return cmocka_run_group_tests_name("varlink-listen", tests, NULL, NULL);
}
