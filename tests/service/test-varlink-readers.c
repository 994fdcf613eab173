/* varlink: clients that read slowly, or not at all. */
#include "test-varlink-fixture.h"

#include <errno.h>
#include <sys/socket.h>

#define TAKE_LONG "{\"method\":\"io.test.TakeLong\"}"

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

/* Where calls take their time, timers have theirs between them, and nobody is forgotten. */
static void calls_that_take_long_leave_the_loop_its_time(void **state)
{
    struct fixture fixture;
    int clients[3];

    (void)state;
    fixture_init_listening(&fixture, NULL);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        clients[i] = client_new(&fixture);
    for (size_t i = 0; i < ELEMENTS(clients); i++)
        assert_true(send(clients[i], TAKE_LONG, sizeof(TAKE_LONG), 0) == sizeof(TAKE_LONG));
    for (int turns = 0; fixture.handled < (int)ELEMENTS(clients); turns++) {
        int handled = fixture.handled;

        assert_true(turns < 10);
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
        /* Two where one was last among those whose turn it was, and the other the first that was heard of. */
        assert_in_range(fixture.handled - handled, 0, 2);
        if (turns == 0)
            assert_int_equal(fixture.handled, 1);
    }
    for (size_t i = 0; i < ELEMENTS(clients); i++) {
        client_expect(&fixture, clients[i], OK);
        close(clients[i]);
    }
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
        cmocka_unit_test(calls_that_take_long_leave_the_loop_its_time),
    };

    return cmocka_run_group_tests_name("varlink-readers", tests, NULL, NULL);
}
