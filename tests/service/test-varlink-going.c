/* varlink: clients that go, at whatever moment. */
#include "test-varlink-fixture.h"

#include <errno.h>
#include <sys/socket.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_only_stops_sending_gets_its_answers),
        cmocka_unit_test(who_goes_is_noticed_while_a_call_is_open),
        cmocka_unit_test(who_goes_is_noticed_when_it_is_told_something),
        cmocka_unit_test(who_goes_leaves_oneway_calls_behind),
        cmocka_unit_test(who_goes_at_any_moment_is_let_go),
    };

    return cmocka_run_group_tests_name("varlink-going", tests, NULL, NULL);
}
