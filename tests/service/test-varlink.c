/* varlink: what is said on the socket, by well-behaved clients and by others. */
#include "test-varlink-fixture.h"

#include <sys/socket.h>

#include <json-c/json.h>

#define ERROR(name, parameters) "{\"error\":\"org.varlink.service." name "\",\"parameters\":" parameters "}"
#define INVALID(parameter)      ERROR("InvalidParameter", "{\"parameter\":\"" parameter "\"}")
#define GOT(what)               "{\"parameters\":{\"got\":[" what "]}}"

struct exchange {
    const char *request, *answer;
};

static void exchange_all(const struct exchange *exchanges, size_t count)
{
    struct fixture fixture;
    int client;

    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    for (size_t i = 0; i < count; i++)
        client_ask(&fixture, client, exchanges[i].request, exchanges[i].answer);
    close(client);
    fixture_fini(&fixture);
}

static void parameters_are_checked(void **state)
{
    static const struct exchange exchanges[] = {
        {"{\"method\":\"io.test.Echo\"}", GOT("\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":null}", GOT("\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{}}", GOT("\"one\"")},
        {" {\"parameters\" : {\"text\":\"\xe4\xbc\x9a/\"},\n\"method\":\"io.test.Echo\"}\r\n ",
         GOT("\"\xe4\xbc\x9a/\",\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\\u4f1a\"}}",
         GOT("\"\xe4\xbc\x9a\",\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"flag\":false,\"list\":[],\"object\":{}}}",
         GOT("false,{},\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"flag\":true,\"list\":[\"a\",\"b\"],"
         "\"object\":{\"url\":\"a/b\",\"x\":[1.5]}}}",
         GOT("true,\"a\",\"b\",{\"url\":\"a/b\",\"x\":[1.5]},\"one\"")},
        /* null is the same as absent */
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":null,\"number\":null,\"other\":null}}",
         GOT("\"one\"")},
        {"{\"method\":\"io.test.Need\",\"parameters\":{\"text\":\"\",\"number\":0}}", OK},
        {"{\"method\":\"io.test.Need\",\"parameters\":{\"text\":\"\"}}", INVALID("number")},
        {"{\"method\":\"io.test.Need\",\"parameters\":{\"text\":null,\"number\":1}}", INVALID("text")},
        {"{\"method\":\"io.test.Need\"}", INVALID("text")},
        {"{\"method\":\"io.test.Need\",\"parameters\":{\"text\":\"\",\"number\":1,\"a\\\"b\":0}}",
         INVALID("a\\\"b")},
        {"{\"method\":\"io.test.Hold\",\"parameters\":{\"text\":\"\"}}", INVALID("text")},
        /* types */
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":1}}", INVALID("text")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":[\"a\"]}}", INVALID("text")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"a\\u0000b\"}}", INVALID("text")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":\"1\"}}", INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":1.0}}", INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":true}}", INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"flag\":0}}", INVALID("flag")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"flag\":\"true\"}}", INVALID("flag")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"list\":\"a\"}}", INVALID("list")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"list\":[\"a\",1]}}", INVALID("list")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"list\":[\"a\",null]}}", INVALID("list")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"list\":[\"a\\u0000b\"]}}", INVALID("list")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":[]}}", INVALID("object")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":\"{}\"}}", INVALID("object")},
        /* ranges */
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":9223372036854775807}}",
         GOT("9223372036854775807,\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":-9223372036854775807}}",
         GOT("-9223372036854775807,\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":9223372036854775808}}", INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":18446744073709551615}}", INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":99999999999999999999999}}",
         INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":-9223372036854775809}}", INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":-99999999999999999999999}}",
         INVALID("number")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":{\"a\":[{\"b\":9223372036854775808}]}}}",
         INVALID("object")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":{\"a\":[NaN]}}}", INVALID("object")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":{\"a\":[-Infinity]}}}", INVALID("object")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"object\":{\"a\":1e999}}}", INVALID("object")},
        {"{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":NaN}}", INVALID("number")},
    };

    (void)state;
    exchange_all(exchanges, ELEMENTS(exchanges));
}

static void names_are_found_whole(void **state)
{
    static const struct exchange exchanges[] = {
        {"{\"method\":\"io.test.Nothing\"}", ERROR("MethodNotFound", "{\"method\":\"io.test.Nothing\"}")},
        {"{\"method\":\"io.test.echo\"}", ERROR("MethodNotFound", "{\"method\":\"io.test.echo\"}")},
        {"{\"method\":\"io.test.\"}", ERROR("MethodNotFound", "{\"method\":\"io.test.\"}")},
        {"{\"method\":\"io.test.EchoEcho\"}", ERROR("MethodNotFound", "{\"method\":\"io.test.EchoEcho\"}")},
        {"{\"method\":\"Echo\"}", ERROR("MethodNotFound", "{\"method\":\"Echo\"}")},
        {"{\"method\":\"\"}", ERROR("MethodNotFound", "{\"method\":\"\"}")},
        {"{\"method\":\"io.test.Echo\\u0000\"}",
         ERROR("MethodNotFound", "{\"method\":\"io.test.Echo\\u0000\"}")},
        {"{\"method\":\"io.tes.Echo\"}", ERROR("InterfaceNotFound", "{\"interface\":\"io.tes\"}")},
        {"{\"method\":\"io.test.x.Echo\"}", ERROR("InterfaceNotFound", "{\"interface\":\"io.test.x\"}")},
        {"{\"method\":\".Echo\"}", ERROR("InterfaceNotFound", "{\"interface\":\"\"}")},
        {"{\"method\":\"org.varlink.service.Echo\"}",
         ERROR("MethodNotFound", "{\"method\":\"org.varlink.service.Echo\"}")},
    };

    (void)state;
    exchange_all(exchanges, ELEMENTS(exchanges));
}

static void the_service_describes_itself(void **state)
{
    static const struct exchange exchanges[] = {
        {"{\"method\":\"org.varlink.service.GetInfo\"}",
         "{\"parameters\":{\"vendor\":\"V\",\"product\":\"P \\\"quoted\\\"\",\"version\":\"1\",\"url\":"
         "\"http://x/\",\"interfaces\":[\"io.test\",\"org.varlink.service\"]}}"},
        {"{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{\"x\":1}}", INVALID("x")},
        {"{\"method\":\"org.varlink.service.GetInterfaceDescription\"}", INVALID("interface")},
        {"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":\"io.x\"}"
         "}",
         ERROR("InterfaceNotFound", "{\"interface\":\"io.x\"}")},
        {"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":"
         "\"io.test\"}}",
         "{\"parameters\":{\"description\":\"interface io.test\\n\"}}"},
    };
    struct fixture fixture;
    char *heard;
    int client;

    (void)state;
    exchange_all(exchanges, ELEMENTS(exchanges));
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_say(&fixture, client,
               "{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":"
               "\"org.varlink.service\"}}");
    heard = client_hear(&fixture, client);
    assert_non_null(strstr(heard, "interface org.varlink.service\\n"));
    assert_non_null(strstr(heard, "error ExpectedMore ()\\n"));
    free(heard);
    /* It is for everyone who may open the socket. */
    assert_int_equal(fixture.asked, 0);
    close(client);
    fixture_fini(&fixture);
}

static void access_is_asked_before_all_else(void **state)
{
    static const char secret[] =
        "{\"method\":\"io.test.Secret\",\"parameters\":{\"text\":\"\",\"number\":1}}";
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_ask(&fixture, client, secret, ERROR("PermissionDenied", "{}"));
    client_ask(&fixture, client, "{\"method\":\"io.test.Secret\",\"parameters\":{\"x\":1}}",
               ERROR("PermissionDenied", "{}"));
    assert_int_equal(fixture.asked, 2);
    assert_int_equal(fixture.privilege, 7);
    assert_int_equal(fixture.handled, 0);
    fixture.permitted = true;
    client_ask(&fixture, client, secret, OK);
    assert_int_equal(fixture.handled, 1);
    close(client);
    fixture_fini(&fixture);
}

/* Messages that were read since the last question. */
static int parsed;

struct json_object *__real_json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int length);
struct json_object *__wrap_json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int length);

struct json_object *__wrap_json_tokener_parse_ex(struct json_tokener *tokener, const char *text, int length)
{
    parsed++;
    return __real_json_tokener_parse_ex(tokener, text, length);
}

static int parsed_now(void)
{
    int now = parsed;

    parsed = 0;
    return now;
}

static void the_same_bytes_are_read_once(void **state)
{
    static const char one[] = "{\"method\":\"io.test.Many\",\"parameters\":{\"size\":1}}",
                      two[] = "{\"method\":\"io.test.Many\",\"parameters\":{\"size\":2}}",
                      secret[] =
                          "{\"method\":\"io.test.Secret\",\"parameters\":{\"text\":\"\",\"number\":1}}";
    struct fixture fixture;
    static const char odd[] = "{\"method\":\"io.test.Many\",\"parameters\":{\"size\":1},\"odd\":1}";
    CLEANUP_FREE char *large =
        xasprintf("{\"method\":\"io.test.Many\",\"parameters\":{\"size\":1}%500s}", "");
    int client, other;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    other = client_new(&fixture);
    parsed = 0;
    for (int i = 0; i < 3; i++)
        client_ask(&fixture, client, one, "{\"parameters\":{\"pad\":\"0\"}}");
    assert_int_equal(parsed_now(), 1);
    /* As long, and not the same; and each connection has its own. */
    client_ask(&fixture, client, two, "{\"parameters\":{\"pad\":\"00\"}}");
    client_ask(&fixture, client, one, "{\"parameters\":{\"pad\":\"0\"}}");
    client_ask(&fixture, other, one, "{\"parameters\":{\"pad\":\"0\"}}");
    assert_int_equal(parsed_now(), 3);
    /* Who may is asked each time. */
    for (int i = 0; i < 4; i++) {
        fixture.permitted = i % 2 == 0;
        client_ask(&fixture, client, secret, i % 2 == 0 ? OK : ERROR("PermissionDenied", "{}"));
    }
    assert_int_equal(fixture.asked, 6 + 4);
    assert_int_equal(parsed_now(), 1);
    /* Calls that are answered later, by an error too. */
    for (size_t i = 0; i < 6; i++) {
        struct held *held = &fixture.held[i];

        client_say(&fixture, client, HOLD);
        turn(&fixture);
        assert_int_equal(fixture.held_count, i + 1);
        if (i % 2 == 0)
            varlink_call_reply(held->call, "{}");
        else
            varlink_call_error(held->call, "io.test.No", "{}");
        held->call = NULL;
        client_expect(&fixture, client, i % 2 == 0 ? OK : "{\"error\":\"io.test.No\",\"parameters\":{}}");
    }
    assert_int_equal(parsed_now(), 1);
    assert_int_equal(fixture.ended, 0);
    /* What is long or odd, or may have a secret in it, is not kept. */
    for (int i = 0; i < 2; i++)
        client_ask(&fixture, client, large, "{\"parameters\":{\"pad\":\"0\"}}");
    for (int i = 0; i < 2; i++)
        client_ask(&fixture, client, odd, "{\"parameters\":{\"pad\":\"0\"}}");
    for (int i = 0; i < 2; i++)
        client_ask(&fixture, client, ECHO_CALL, ECHO_REPLY);
    assert_int_equal(parsed_now(), 6);
    /* One that is open again when its connection goes. */
    client_ask(&fixture, client, one, "{\"parameters\":{\"pad\":\"0\"}}");
    client_say(&fixture, other, HOLD);
    turn(&fixture);
    varlink_call_reply(fixture.held[6].call, "{}");
    fixture.held[6].call = NULL;
    client_expect(&fixture, other, OK);
    client_say(&fixture, other, HOLD);
    turn(&fixture);
    close(client);
    close(other);
    turn(&fixture);
    assert_int_equal(fixture.ended, 1);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

static void the_peer_is_known(void **state)
{
    struct fixture fixture;
    gid_t groups[256];
    int client, count = getgroups(ELEMENTS(groups), groups);

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_ask(&fixture, client, "{\"method\":\"io.test.Echo\"}", GOT("\"one\""));
    assert_int_equal(fixture.peer.uid, geteuid());
    assert_int_equal(fixture.peer.gid, getegid());
    assert_int_equal(fixture.peer.pid, getpid());
    assert_int_equal(fixture.peer.group_count, count);
    for (int i = 0; i < count; i++)
        assert_int_equal(fixture.peer.groups[i], groups[i]);
    close(client);
    fixture_fini(&fixture);
}

static void oneway_is_never_answered(void **state)
{
    static const char *const requests[] = {
        "{\"method\":\"io.test.Echo\",\"oneway\":true}",
        "{\"method\":\"io.test.Fail\",\"oneway\":true}",
        "{\"method\":\"io.test.Nothing\",\"oneway\":true}",
        "{\"method\":\"io.nothing.Nothing\",\"oneway\":true}",
        "{\"method\":\"io.test.Secret\",\"oneway\":true}",
        "{\"method\":\"io.test.Need\",\"oneway\":true}",
        "{\"method\":\"io.test.Echo\",\"oneway\":true,\"upgrade\":true}",
        "{\"method\":\"io.test.Echo\",\"oneway\":true,\"more\":true}",
        "{\"method\":\"io.test.Watch\",\"oneway\":true,\"more\":true}",
        "{\"method\":\"org.varlink.service.GetInfo\",\"oneway\":true}",
    };
    struct varlink_server_counts counts;
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    for (size_t i = 0; i < ELEMENTS(requests); i++)
        client_say(&fixture, client, requests[i]);
    /* The first thing to come is the answer to what comes after. */
    client_ask(&fixture, client, "{\"method\":\"io.test.Echo\",\"oneway\":false}", GOT("\"one\""));
    assert_int_equal(fixture.handled, 4);
    varlink_server_counts(fixture.server, &counts);
    assert_int_equal(counts.requests, ELEMENTS(requests) + 1);
    assert_int_equal(counts.errors, 7);
    close(client);
    fixture_fini(&fixture);
}

static void more_brings_many_answers(void **state)
{
    static const struct exchange exchanges[] = {
        /* where there is one, it has no `continues` */
        {"{\"method\":\"io.test.Echo\",\"more\":true}", GOT("\"more\"")},
        {"{\"method\":\"io.test.Echo\",\"more\":false}", GOT("\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"more\":null,\"oneway\":null,\"upgrade\":null,\"hint\":7}",
         GOT("\"one\"")},
        {"{\"method\":\"io.test.Fail\",\"more\":true}",
         "{\"error\":\"io.test.Failed\",\"parameters\":{\"why\":\"so\"}}"},
        {"{\"method\":\"io.test.Watch\"}", ERROR("ExpectedMore", "{}")},
        {"{\"method\":\"io.test.Watch\",\"more\":false}", ERROR("ExpectedMore", "{}")},
        {"{\"method\":\"io.test.Echo\",\"upgrade\":false}", GOT("\"one\"")},
        {"{\"method\":\"io.test.Echo\",\"upgrade\":true}", INVALID("upgrade")},
    };
    struct fixture fixture;
    int client;

    (void)state;
    exchange_all(exchanges, ELEMENTS(exchanges));
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    client_ask(&fixture, client, "{\"method\":\"io.test.Many\",\"more\":true,\"parameters\":{\"count\":3}}",
               "{\"parameters\":{\"pad\":\"0\"},\"continues\":true}");
    client_expect(&fixture, client, "{\"parameters\":{\"pad\":\"0\"},\"continues\":true}");
    client_expect(&fixture, client, "{\"parameters\":{\"pad\":\"0\"}}");

    /* The connection is busy while it goes on; the answers come when there are any. */
    client_say(&fixture, client, "{\"method\":\"io.test.Watch\",\"more\":true}");
    client_say(&fixture, client, "{\"method\":\"io.test.Echo\"}");
    client_expect_silence(&fixture, client);
    varlink_call_continue(fixture.held[0].call, "{\"a\":1}");
    assert_int_equal(varlink_call_queued(fixture.held[0].call), 0);
    client_expect(&fixture, client, "{\"parameters\":{\"a\":1},\"continues\":true}");
    client_expect_silence(&fixture, client);
    varlink_call_error(fixture.held[0].call, "io.test.Failed", "{}");
    fixture.held[0].call = NULL;
    client_expect(&fixture, client, "{\"error\":\"io.test.Failed\",\"parameters\":{}}");
    client_expect(&fixture, client, GOT("\"one\""));
    assert_int_equal(fixture.ended, 0);
    close(client);
    fixture_fini(&fixture);
    assert_int_equal(fixture.ended, 0);
}

static void an_answer_may_come_later(void **state)
{
    struct fixture fixture;
    int one, two;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    one = client_new(&fixture);
    two = client_new(&fixture);
    client_say(&fixture, one, "{\"method\":\"io.test.Hold\"}");
    client_say(&fixture, two, "{\"method\":\"io.test.Hold\"}");
    client_say(&fixture, two, "{\"method\":\"io.test.Hold\"}");
    assert_int_equal(fixture.held_count, 2);
    varlink_call_reply(fixture.held[1].call, "{\"b\":2}");
    fixture.held[1].call = NULL;
    client_expect(&fixture, two, "{\"parameters\":{\"b\":2}}");
    turn(&fixture);
    assert_int_equal(fixture.held_count, 3);
    client_expect_silence(&fixture, one);
    varlink_call_invalid(fixture.held[0].call, "x");
    fixture.held[0].call = NULL;
    client_expect(&fixture, one, INVALID("x"));
    varlink_call_reply(fixture.held[2].call, "{}");
    fixture.held[2].call = NULL;
    client_expect(&fixture, two, OK);
    close(one);
    close(two);
    turn(&fixture);
    assert_int_equal(connections(&fixture), 0);
    fixture_fini(&fixture);
}

/* ---- many at once, and piece by piece */

static void a_long_pipeline_is_answered_in_order(void **state)
{
    enum { COUNT = 1000 };
    struct buffer requests = BUFFER_EMPTY;
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    for (int i = 0; i < COUNT; i++) {
        buffer_printf(&requests, "{\"method\":\"io.test.Echo\",\"parameters\":{\"number\":%d}}", i);
        buffer_append_char(&requests, '\0');
    }
    client_send(&fixture, client, requests.data, requests.length);
    for (int i = 0; i < COUNT; i++) {
        CLEANUP_FREE char *expected = xasprintf("{\"parameters\":{\"got\":[%d,\"one\"]}}", i);

        client_expect(&fixture, client, expected);
    }
    client_expect_silence(&fixture, client);
    assert_int_equal(fixture.handled, COUNT);
    buffer_fini(&requests);
    close(client);
    fixture_fini(&fixture);
}

static void one_client_does_not_keep_the_others_waiting(void **state)
{
    enum { COUNT = 600 };
    static const char request[] = "{\"method\":\"io.test.Echo\",\"oneway\":true}";
    struct buffer requests = BUFFER_EMPTY;
    struct fixture fixture;
    int busy, other, turns = 0;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    busy = client_new(&fixture);
    other = client_new(&fixture);
    for (int i = 0; i < COUNT; i++)
        buffer_append(&requests, request, sizeof(request));
    assert_int_equal(send(busy, requests.data, requests.length, 0), requests.length);
    assert_int_equal(send(other, "{\"method\":\"io.test.Hold\"}", 26, 0), 26);
    while (fixture.handled < COUNT + 1) {
        int before = fixture.handled;

        assert_int_equal(uv_run(&fixture.loop, UV_RUN_NOWAIT), 1);
        /* Two rounds of 32, and the other's. */
        assert_in_range(fixture.handled - before, 1, 65);
        if (turns++ == 1)
            assert_int_equal(fixture.held_count, 1);
    }
    varlink_call_reply(fixture.held[0].call, "{}");
    fixture.held[0].call = NULL;
    client_expect(&fixture, other, OK);
    buffer_fini(&requests);
    close(busy);
    close(other);
    fixture_fini(&fixture);
}

static void a_message_may_come_in_pieces(void **state)
{
    static const char request[] = "{\"method\":\"io.test.Echo\",\"parameters\":{\"text\":\"\xe4\xbc\x9a\"}}";
    struct fixture fixture;
    int client;

    (void)state;
    fixture_init_listening(&fixture, NULL);
    client = client_new(&fixture);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(request); i++)
            client_send(&fixture, client, &request[i], 1);
        client_expect(&fixture, client, GOT("\"\xe4\xbc\x9a\",\"one\""));
    }
    /* The end of one and the beginning of the next together. */
    client_send(&fixture, client, request, 10);
    client_send(&fixture, client, request + 10, sizeof(request) - 10);
    client_send(&fixture, client, request, sizeof(request) - 1);
    client_expect(&fixture, client, GOT("\"\xe4\xbc\x9a\",\"one\""));
    client_expect_silence(&fixture, client);
    client_send(&fixture, client, "", 1);
    client_expect(&fixture, client, GOT("\"\xe4\xbc\x9a\",\"one\""));
    close(client);
    fixture_fini(&fixture);
}

/* A request whose text has so many bytes, without the NUL. */
static char *request_of(size_t length)
{
    static const char head[] = "{\"method\":\"io.test.Need\",\"parameters\":{\"number\":1,\"text\":\"",
                      tail[] = "\"}}";

    return xasprintf("%s%0*d%s", head, (int)(length - strlen(head) - strlen(tail)), 0, tail);
}

static void a_message_has_a_greatest_length(void **state)
{
    static const size_t limits[] = {100, 4095, 4096, 5000, 65536};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(limits); i++) {
        struct varlink_options options = {.message_max = limits[i] == 65536 ? 0 : limits[i]};
        CLEANUP_FREE char *fits = request_of(limits[i]), *longer = request_of(limits[i] + 1);
        struct fixture fixture;
        int client;

        fixture_init_listening(&fixture, &options);
        client = client_new(&fixture);
        client_ask(&fixture, client, fits, OK);
        client_ask(&fixture, client, fits, OK);
        /* Without its NUL, and with other messages before it. */
        client_say(&fixture, client, "{\"method\":\"io.test.Echo\"}");
        client_send(&fixture, client, longer, limits[i]);
        client_expect(&fixture, client, GOT("\"one\""));
        client_expect_silence(&fixture, client);
        client_send(&fixture, client, longer + limits[i], 1);
        client_expect_end(&fixture, client);
        assert_int_equal(fixture.handled, 3);
        assert_int_equal(connections(&fixture), 0);
        fixture_fini(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_checked),
        cmocka_unit_test(names_are_found_whole),
        cmocka_unit_test(the_service_describes_itself),
        cmocka_unit_test(access_is_asked_before_all_else),
        cmocka_unit_test(the_same_bytes_are_read_once),
        cmocka_unit_test(the_peer_is_known),
        cmocka_unit_test(oneway_is_never_answered),
        cmocka_unit_test(more_brings_many_answers),
        cmocka_unit_test(an_answer_may_come_later),
        cmocka_unit_test(a_long_pipeline_is_answered_in_order),
        cmocka_unit_test(one_client_does_not_keep_the_others_waiting),
        cmocka_unit_test(a_message_may_come_in_pieces),
        cmocka_unit_test(a_message_has_a_greatest_length),
    };

    return cmocka_run_group_tests_name("varlink", tests, NULL, NULL);
}
