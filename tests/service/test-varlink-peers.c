/* varlink: clients that are slow, silent, too many, or gone. */
#include "test-varlink-fixture.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define OK         "{\"parameters\":{}}"
#define ECHO_CALL  "{\"method\":\"io.test.Echo\"}"
#define ECHO_REPLY "{\"parameters\":{\"got\":[\"one\"]}}"
#define HOLD       "{\"method\":\"io.test.Hold\"}"
#define WATCH      "{\"method\":\"io.test.Watch\",\"more\":true}"

/* More than a socket holds. */
#define LARGE ((size_t)4 * 1024 * 1024)

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

/* ---- readers */

static void ask_many(struct fixture *fixture, int client, int count, size_t size)
{
    CLEANUP_FREE char *request =
        xasprintf("{\"method\":\"io.test.Many\",\"more\":true,\"parameters\":{\"count\":%d,\"size\":%zu}}",
                  count, size);

    client_say(fixture, client, request);
    turn(fixture);
}

static void hear_many(struct fixture *fixture, int client, int count, size_t size)
{
    for (int i = 0; i < count; i++) {
        CLEANUP_FREE char *heard = client_hear(fixture, client);

        assert_int_equal(strlen(heard), strlen("{\"parameters\":{\"pad\":\"\"}}") + size +
                                            (i < count - 1 ? strlen(",\"continues\":true") : 0));
        assert_int_equal(strstr(heard, "continues") != NULL, i < count - 1);
    }
}

static void a_handlers_answer_is_taken_whole(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    ask_many(&fixture, client, 1, LARGE);
    hear_many(&fixture, client, 1, LARGE);
    ask_many(&fixture, client, 500, 10000);
    hear_many(&fixture, client, 500, 10000);
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    close(client);
    fixture_fini(&fixture);
}

static void a_watcher_that_does_not_read_is_let_go(void **state)
{
    struct fixture fixture;
    CLEANUP_FREE char *event = xasprintf("{\"event\":\"%01000d\"}", 0);
    int slow, other, told = 0;
    size_t most = 0;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    slow = client_new(&fixture);
    other = client_new(&fixture);
    client_say(&fixture, slow, WATCH);
    client_say(&fixture, other, WATCH);
    for (; fixture.ended == 0 && told < 10000; told++) {
        struct varlink_call *call = fixture.held[0].call;

        varlink_call_continue(call, event);
        /* Whatever was decided: the call is there as long as its handler was not told. */
        if (varlink_call_queued(call) > most)
            most = varlink_call_queued(call);
        assert_int_equal(fixture.ended, 0);
        varlink_call_continue(fixture.held[1].call, "{}");
        turn(&fixture);
        client_expect(&fixture, other, "{\"parameters\":{},\"continues\":true}");
    }
    assert_int_equal(fixture.ended, 1);
    assert_in_range(most, 1048577, 1048576 + 2000);
    assert_int_equal(connections(&fixture), 1);
    varlink_call_reply(fixture.held[1].call, "{}");
    fixture.held[1].call = NULL;
    client_expect(&fixture, other, OK);
    close(slow);
    close(other);
    fixture_fini(&fixture);
    assert_int_equal(fixture.ended, 1);
}

static void the_last_answer_goes_out_over_the_limit(void **state)
{
    const struct varlink_options limits = {.queue_max = 100000};
    struct fixture fixture;
    CLEANUP_FREE char *event = xasprintf("{\"event\":\"%01000000d\"}", 0);
    CLEANUP_FREE char *heard = NULL;
    int client;

    (void)state;
    fixture_init_listening(&fixture, &limits);
    client = client_new(&fixture);
    client_say(&fixture, client, WATCH);
    varlink_call_continue(fixture.held[0].call, event);
    assert_true(varlink_call_queued(fixture.held[0].call) > 100000);
    varlink_call_error(fixture.held[0].call, "io.test.Overrun", "{}");
    fixture.held[0].call = NULL;
    turn(&fixture);
    heard = client_hear(&fixture, client);
    assert_non_null(strstr(heard, "continues"));
    client_expect(&fixture, client, "{\"error\":\"io.test.Overrun\",\"parameters\":{}}");
    client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    close(client);
    fixture_fini(&fixture);
    assert_int_equal(fixture.ended, 0);
}

static void one_user_cannot_fill_the_memory(void **state)
{
    const struct varlink_options limits = {.queue_max = 1000};
    struct fixture fixture;
    int one, two, three;

    (void)state;
    fixture_init_listening(&fixture, &limits);
    one = client_new(&fixture);
    two = client_new(&fixture);
    three = client_new(&fixture);
    ask_many(&fixture, one, 1, LARGE);
    ask_many(&fixture, two, 10, LARGE);
    /* What fits into the socket does not wait, and is not counted. */
    client_ask(&fixture, three, ECHO_CALL, ECHO_REPLY);
    assert_int_equal(connections(&fixture), 2);
    hear_many(&fixture, one, 1, LARGE);
    /* There is room again. */
    ask_many(&fixture, three, 3, 130000);
    hear_many(&fixture, three, 3, 130000);
    close(one);
    close(two);
    close(three);
    fixture_fini(&fixture);
}

static void only_progress_gives_a_reader_more_time(void **state)
{
    struct fixture fixture;
    char chunk[65536];
    int slow, other;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    slow = client_new(&fixture);
    other = client_new(&fixture);
    ask_many(&fixture, slow, 1, LARGE);
    for (int i = 0; i < 3; i++) {
        pass(&fixture, 9999);
        assert_int_equal(connections(&fixture), 2);
        assert_true(recv(slow, chunk, sizeof(chunk), 0) > 0);
        while (recv(slow, chunk, sizeof(chunk), 0) > 0) {
        }
        turn(&fixture);
    }
    pass(&fixture, 9999);
    client_ask(&fixture, other, ECHO_CALL, ECHO_REPLY);
    assert_int_equal(connections(&fixture), 2);
    pass(&fixture, 1);
    assert_int_equal(connections(&fixture), 1);
    /* Who has nothing to read has all the time. */
    pass(&fixture, MS_PER_DAY);
    client_ask(&fixture, other, ECHO_CALL, ECHO_REPLY);
    close(slow);
    close(other);
    fixture_fini(&fixture);
}

static void news_give_a_reader_no_more_time(void **state)
{
    struct fixture fixture;
    CLEANUP_FREE char *event = xasprintf("{\"event\":\"%0500000d\"}", 0);
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_say(&fixture, client, WATCH);
    varlink_call_continue(fixture.held[0].call, event);
    pass(&fixture, 5000);
    varlink_call_continue(fixture.held[0].call, "{}");
    pass(&fixture, 4999);
    assert_int_equal(fixture.ended, 0);
    pass(&fixture, 1);
    assert_int_equal(fixture.ended, 1);
    close(client);
    fixture_fini(&fixture);
}

static void a_flood_without_reading_is_held_back(void **state)
{
    static const char request[] = "{\"method\":\"io.test.Many\",\"parameters\":{\"size\":10000}}";
    struct fixture fixture;
    int flood, other, sent = 0, idle = 0, handled;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    flood = client_new(&fixture);
    other = client_new(&fixture);
    while (idle < 10) {
        ssize_t went = send(flood, request, sizeof(request), MSG_DONTWAIT);

        if (went < 0) {
            assert_int_equal(errno, EAGAIN);
            turn(&fixture);
            idle++;
        } else {
            assert_int_equal(went, sizeof(request));
            sent++;
        }
    }
    /* Not worked on, as nobody takes the answers: the socket's buffer and a little more. */
    handled = fixture.handled;
    assert_true(handled > 0 && handled < 60);
    assert_true(sent > handled + 100);
    client_ask(&fixture, other, ECHO_CALL, ECHO_REPLY);
    pass(&fixture, 5000);
    /* Nothing was lost. */
    for (int i = 0; i < sent; i++) {
        CLEANUP_FREE char *heard = client_hear(&fixture, flood);

        assert_int_equal(strlen(heard), strlen("{\"parameters\":{\"pad\":\"\"}}") + 10000);
    }
    client_expect_silence(&fixture, flood);
    assert_int_equal(fixture.handled, sent + 1);
    close(flood);
    close(other);
    fixture_fini(&fixture);
}

/* ---- clients that go */

static void who_only_stops_sending_gets_its_answers(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    /* Two whole requests after the one that waits, and half a one, which is nothing. */
    client_say(&fixture, client, HOLD);
    client_say(&fixture, client, ECHO_CALL);
    client_say(&fixture, client, HOLD);
    client_send(&fixture, client, ECHO_CALL, 10);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    turn(&fixture);
    assert_int_equal(fixture.held_count, 1);
    varlink_call_reply(fixture.held[0].call, "{\"a\":1}");
    fixture.held[0].call = NULL;
    client_expect(&fixture, client, "{\"parameters\":{\"a\":1}}");
    client_expect(&fixture, client, ECHO_REPLY);
    client_expect_silence(&fixture, client);
    pass(&fixture, MS_PER_DAY);
    assert_int_equal(fixture.held_count, 2);
    varlink_call_reply(fixture.held[1].call, "{\"b\":1}");
    fixture.held[1].call = NULL;
    client_expect(&fixture, client, "{\"parameters\":{\"b\":1}}");
    client_expect_end(&fixture, client);
    assert_int_equal(connections(&fixture), 0);

    /* All at once, and a long answer. */
    client = client_new(&fixture);
    client_say(&fixture, client, ECHO_CALL);
    ask_many(&fixture, client, 1, LARGE);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    turn(&fixture);
    client_expect(&fixture, client, ECHO_REPLY);
    hear_many(&fixture, client, 1, LARGE);
    client_expect_end(&fixture, client);

    /* Nothing at all. */
    client = client_new(&fixture);
    assert_int_equal(shutdown(client, SHUT_WR), 0);
    client_expect_end(&fixture, client);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
    assert_int_equal(fixture.ended, 0);
}

/* A loop that has nothing to do must sleep: a descriptor that is ready and not served would wake it again and
 * again. */
static void expect_idle(struct fixture *fixture)
{
    struct pollfd backend = {.fd = uv_backend_fd(&fixture->loop), .events = POLLIN};

    turn(fixture);
    assert_int_equal(uv_backend_timeout(&fixture->loop), -1);
    assert_int_equal(poll(&backend, 1, 0), 0);
}

enum before_going { NOTHING, MORE_REQUESTS, HALF_CLOSE, UNREAD, STOPS_READING, WAYS };

static void who_goes_is_noticed_while_a_call_is_open(void **state)
{
    (void)state;
    for (int way = NOTHING; way < WAYS; way++) {
        struct fixture fixture;
        int client;

        fixture_init_listening(&fixture, NULL);
        client = client_new(&fixture);
        client_say(&fixture, client, WATCH);
        turn(&fixture);
        if (way == MORE_REQUESTS) {
            for (int i = 0; i < 100; i++)
                client_say(&fixture, client, ECHO_CALL);
        } else if (way == HALF_CLOSE) {
            assert_int_equal(shutdown(client, SHUT_WR), 0);
        } else if (way == UNREAD) {
            varlink_call_continue(fixture.held[0].call, "{}");
        } else if (way == STOPS_READING) {
            assert_int_equal(shutdown(client, SHUT_RD), 0);
        }
        turn(&fixture);
        assert_int_equal(fixture.ended, 0);
        expect_idle(&fixture);
        close(client);
        turn(&fixture);
        assert_int_equal(fixture.ended, 1);
        assert_int_equal(connections(&fixture), 0);
        /* What was sent after the call that nobody waits for any more is not begun. */
        assert_int_equal(fixture.handled, 1);
        fixture_fini(&fixture);
        assert_int_equal(fixture.ended, 1);
    }
}

static void who_goes_is_noticed_when_it_is_told_something(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_say(&fixture, client, WATCH);
    turn(&fixture);
    close(client);
    /* The handler is faster than the loop; the call is there until it was told. */
    varlink_call_continue(fixture.held[0].call, "{}");
    varlink_call_continue(fixture.held[0].call, "{}");
    assert_int_equal(fixture.ended, 0);
    turn(&fixture);
    assert_int_equal(fixture.ended, 1);

    /* And where it answers for the last time, it is not told. */
    client = client_new(&fixture);
    client_say(&fixture, client, WATCH);
    turn(&fixture);
    close(client);
    varlink_call_continue(fixture.held[1].call, "{}");
    varlink_call_reply(fixture.held[1].call, "{}");
    fixture.held[1].call = NULL;
    turn(&fixture);
    assert_int_equal(fixture.ended, 1);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

static void who_goes_leaves_oneway_calls_behind(void **state)
{
    static const char hold[] = "{\"method\":\"io.test.Hold\",\"oneway\":true}",
                      echo[] = "{\"method\":\"io.test.Echo\",\"oneway\":true}";
    struct buffer echoes = BUFFER_EMPTY;
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_say(&fixture, client, hold);
    turn(&fixture);
    for (int i = 0; i < 100; i++)
        client_say(&fixture, client, echo);
    close(client);
    turn(&fixture);
    expect_idle(&fixture);
    assert_int_equal(fixture.ended, 0);
    assert_int_equal(fixture.handled, 1);
    assert_int_equal(connections(&fixture), 1);
    varlink_call_reply(fixture.held[0].call, "{}");
    fixture.held[0].call = NULL;
    turn(&fixture);
    assert_int_equal(fixture.handled, 101);
    assert_int_equal(connections(&fixture), 0);

    /* With an answer that was not read, which the kernel tells as an error. */
    client = client_new(&fixture);
    client_say(&fixture, client, ECHO_CALL);
    client_say(&fixture, client, hold);
    turn(&fixture);
    for (int i = 0; i < 300; i++)
        buffer_append(&echoes, echo, sizeof(echo));
    client_send(&fixture, client, echoes.data, echoes.length);
    buffer_fini(&echoes);
    close(client);
    turn(&fixture);
    expect_idle(&fixture);
    varlink_call_reply(fixture.held[1].call, "{}");
    fixture.held[1].call = NULL;
    turn(&fixture);
    assert_int_equal(fixture.handled, 403);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

static void who_goes_at_any_moment_is_let_go(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    for (int way = 0; way < 6; way++) {
        int client = client_new(&fixture);

        if (way == 1)
            client_send(&fixture, client, ECHO_CALL, 10);
        else if (way == 2)
            client_say(&fixture, client, ECHO_CALL);
        else if (way == 3)
            (void)!send(client, ECHO_CALL ECHO_CALL, sizeof(ECHO_CALL ECHO_CALL), 0);
        else if (way == 4)
            ask_many(&fixture, client, 3, LARGE);
        else if (way == 5)
            (void)!shutdown(client, SHUT_RDWR);
        if (way == 4)
            turn(&fixture);
        close(client);
        turn(&fixture);
        assert_int_equal(connections(&fixture), 0);
    }
    fixture_fini(&fixture);
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
        cmocka_unit_test(a_handlers_answer_is_taken_whole),
        cmocka_unit_test(a_watcher_that_does_not_read_is_let_go),
        cmocka_unit_test(the_last_answer_goes_out_over_the_limit),
        cmocka_unit_test(one_user_cannot_fill_the_memory),
        cmocka_unit_test(only_progress_gives_a_reader_more_time),
        cmocka_unit_test(news_give_a_reader_no_more_time),
        cmocka_unit_test(a_flood_without_reading_is_held_back),
        cmocka_unit_test(who_only_stops_sending_gets_its_answers),
        cmocka_unit_test(who_goes_is_noticed_while_a_call_is_open),
        cmocka_unit_test(who_goes_is_noticed_when_it_is_told_something),
        cmocka_unit_test(who_goes_leaves_oneway_calls_behind),
        cmocka_unit_test(who_goes_at_any_moment_is_let_go),
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
