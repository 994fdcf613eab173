/* varlink: what cannot be read, and what is left of what was. */
#include "test-varlink-fixture.h"

#include <sys/socket.h>

#include "varlink/framing.h"

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        literal, sizeof(literal)                                                                             \
    }

static void what_is_no_request_ends_the_connection(void **state)
{
    static const struct {
        const char *data;
        size_t length;
    } mistakes[] = {
        TEXT(""),
        TEXT("\0\0\0"),
        TEXT("garbage"),
        TEXT("GET / HTTP/1.1\r\n\r\n"),
        TEXT("\x16\x03\x01\x02\xff\xfe"),
        TEXT("null"),
        TEXT("1"),
        TEXT("\"text\""),
        TEXT("[]"),
        TEXT("[{\"method\":\"io.test.Echo\"}]"),
        TEXT("{}"),
        TEXT("{\"method\":\"io.test.Echo\""),
        TEXT("{\"method\":\"io.test.Echo\"}}"),
        TEXT("{\"method\":\"io.test.Echo\"} x"),
        TEXT("{\"method\":\"io.test.Echo\"}{\"method\":\"io.test.Echo\"}"),
        TEXT("{'method':'io.test.Echo'}"),
        TEXT("{\"method\":\"io.test.Echo\",}"),
        TEXT("{\"method\":\"io.test.Echo\" /* no */}"),
        TEXT("{\"method\":null}"),
        TEXT("{\"method\":1}"),
        TEXT("{\"method\":[\"io.test.Echo\"]}"),
        TEXT("{\"parameters\":{}}"),
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":[]}"),
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":\"{}\"}"),
        TEXT("{\"method\":\"io.test.Echo\",\"more\":1}"),
        TEXT("{\"method\":\"io.test.Echo\",\"oneway\":\"true\"}"),
        TEXT("{\"method\":\"io.test.Echo\",\"upgrade\":{}}"),
        /* a name twice, in the message or deep inside, and however it is written */
        TEXT("{\"method\":\"io.test.Echo\",\"method\":\"io.test.Secret\"}"),
        TEXT("{\"method\":\"io.test.Echo\",\"m\\u0065thod\":\"io.test.Secret\"}"),
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":{\"a\":[{\"b\":1,\"b\":1}]}}}"),
        /* not UTF-8, in a place where it could pass */
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xff\"}}"),
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xc0\xaf\"}}"),
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xed\xa0\x80\"}}"),
        TEXT("{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xe4\xbc\"}}"),
    };
    struct varlink_server_counts counts;
    struct fixture fixture;
    int bystander;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    bystander = client_new(&fixture);
    for (size_t i = 0; i < ELEMENTS(mistakes); i++) {
        int client = client_new(&fixture);

        /* What was right before it is answered; what comes after is not looked at. */
        client_say(&fixture, client, "{\"method\":\"io.test.Echo\"}");
        client_expect(&fixture, client, ECHO_REPLY);
        assert_true(send(client, mistakes[i].data, mistakes[i].length, 0) > 0);
        assert_true(send(client, "{\"method\":\"io.test.Echo\"}", 26, 0) > 0);
        client_expect_end(&fixture, client);
        assert_int_equal(fixture.handled, i + 1);
    }
    varlink_server_counts(fixture.server, &counts);
    assert_int_equal(counts.requests, ELEMENTS(mistakes));
    assert_int_equal(counts.connections, 1);
    client_ask(&fixture, bystander, "{\"method\":\"io.test.Echo\"}", ECHO_REPLY);
    close(bystander);
    fixture_fini(&fixture);
}

static char *nested(int levels)
{
    struct buffer text = BUFFER_EMPTY;

    buffer_append_text(&text, "{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":{\"a\":");
    for (int i = 0; i < levels; i++)
        buffer_append_char(&text, '[');
    for (int i = 0; i < levels; i++)
        buffer_append_char(&text, ']');
    buffer_append_text(&text, "}}}");
    return buffer_take(&text);
}

static void deep_nesting_is_refused(void **state)
{
    static const int too_deep[] = {31, 100, 30000};
    struct fixture fixture;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    for (size_t i = 0; i < ELEMENTS(too_deep); i++) {
        CLEANUP_FREE char *good = nested(20), *bad = nested(too_deep[i]);
        int client = client_new(&fixture);
        char *heard;

        client_say(&fixture, client, good);
        heard = client_hear(&fixture, client);
        assert_non_null(strstr(heard, "{\"a\":[[[["));
        free(heard);
        client_say(&fixture, client, bad);
        client_expect_end(&fixture, client);
    }
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

static void what_was_read_is_wiped(void **state)
{
    static const char bytes[] = {'s', 'e', 'c', 'r', 'e', 't', '\0', 'n', 'e', 'x', 't'};
    struct framing framing;
    const char *message;
    size_t size, length;
    char *room;

    (void)state;
    framing_init(&framing, 1000);
    room = framing_room(&framing, &size);
    memcpy(room, bytes, sizeof(bytes));
    framing_add(&framing, sizeof(bytes));
    assert_int_equal(framing_next(&framing, &message, &length), 1);
    assert_string_equal(message, "secret");
    assert_int_equal(length, 6);
    framing_drop(&framing);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(room[i], 0);
    assert_true(framing_has_part(&framing));
    assert_int_equal(framing_next(&framing, &message, &length), 0);
    framing_fini(&framing);
}

/* Noise of many kinds, always the same: the server lives, and the next client is served. */
static void noise_does_no_harm(void **state)
{
    struct fixture fixture;
    uint32_t seed = 12345;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    for (int round = 0; round < 200; round++) {
        static const char request[] =
            "{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"x\",\"number\":17,\"object\":{\"a\":[1,"
            "2]}},\"oneway\":true}";
        char noise[sizeof(request)];
        int client = client_new(&fixture);

        memcpy(noise, request, sizeof(noise));
        for (int change = 0; change <= round % 4; change++) {
            seed = seed * 1664525 + 1013904223;
            noise[(seed >> 8) % (sizeof(noise) - 1)] = (char)(seed >> 24);
        }
        (void)!send(client, noise, sizeof(noise), MSG_NOSIGNAL);
        turn(&fixture);
        close(client);
    }
    turn(&fixture);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_request_ends_the_connection),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(what_was_read_is_wiped),
        cmocka_unit_test(noise_does_no_harm),
    };

    return cmocka_run_group_tests_name("varlink-garbage", tests, NULL, NULL);
}
