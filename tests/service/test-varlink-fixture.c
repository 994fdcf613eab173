#include "test-varlink-fixture.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "varlink/turns.h"

/* More than anything here needs. */
#define TURNS 64

/* ---- io.test */

static void echo(struct varlink_call *call, void *data)
{
    struct fixture *fixture = data;
    struct buffer text = BUFFER_EMPTY;
    const char *string;
    const char *const *strings;
    int64_t number;
    bool flag;
    size_t count;

    fixture->handled++;
    fixture->peer = *varlink_call_peer(call);
    buffer_append_text(&text, "{\"got\":[");
    if (varlink_call_string(call, "text", &string))
        buffer_printf(&text, "\"%s\",", string);
    if (varlink_call_int(call, "number", &number))
        buffer_printf(&text, "%" PRId64 ",", number);
    if (varlink_call_bool(call, "flag", &flag))
        buffer_printf(&text, "%s,", flag ? "true" : "false");
    count = varlink_call_strings(call, "list", &strings);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&text, "\"%s\",", strings[i]);
    if (varlink_call_object(call, "object", &string))
        buffer_printf(&text, "%s,", string);
    buffer_printf(&text, "%s]}", varlink_call_more(call) ? "\"more\"" : "\"one\"");
    varlink_call_reply(call, text.data);
    buffer_fini(&text);
}

static void need(struct varlink_call *call, void *data)
{
    const char *text;
    int64_t number;

    ((struct fixture *)data)->handled++;
    assert_true(varlink_call_string(call, "text", &text));
    assert_true(varlink_call_int(call, "number", &number));
    /* What was not declared is never there, nor is it of another type. */
    assert_false(varlink_call_string(call, "number", &text));
    assert_false(varlink_call_int(call, "nothing", &number));
    varlink_call_reply(call, "{}");
}

static void on_ended(struct varlink_call *call, void *data)
{
    struct held *held = data;
    struct fixture *fixture = held->fixture;

    assert_ptr_equal(held->call, call);
    held->call = NULL;
    fixture->ended++;
    if (fixture->close_on_end && fixture->server != NULL) {
        struct varlink_server *server = fixture->server;

        fixture->server = NULL;
        varlink_server_close(server, 1000, fixture_closed, fixture);
    }
}

static void hold(struct varlink_call *call, void *data)
{
    struct fixture *fixture = data;
    struct held *held = &fixture->held[fixture->held_count++];

    assert_true(fixture->held_count <= HELD_MAX);
    fixture->handled++;
    held->fixture = fixture;
    held->call = call;
    varlink_call_on_end(call, on_ended, held);
}

/* `count` answers of `size` bytes each, all at once. */
static void many(struct varlink_call *call, void *data)
{
    int64_t count = 1, size = 0;
    CLEANUP_FREE char *text = NULL;

    ((struct fixture *)data)->handled++;
    varlink_call_int(call, "count", &count);
    varlink_call_int(call, "size", &size);
    text = xasprintf("{\"pad\":\"%0*d\"}", (int)size, 0);
    for (; count > 1; count--)
        varlink_call_continue(call, text);
    varlink_call_reply(call, text);
}

/* What takes a whole round's time. */
static void take_long(struct varlink_call *call, void *data)
{
    uint64_t until = uv_hrtime() + (TURNS_ROUND_MS + 20) * UINT64_C(1000000);

    ((struct fixture *)data)->handled++;
    while (uv_hrtime() < until)
        ;
    varlink_call_reply(call, "{}");
}

static void answer_error(struct varlink_call *call, void *data)
{
    ((struct fixture *)data)->handled++;
    varlink_call_error(call, "io.test.Failed", "{\"why\":\"so\"}");
}

static void close_server(struct varlink_call *call, void *data)
{
    struct fixture *fixture = data;

    fixture->handled++;
    varlink_server_close(fixture->server, fixture->close_in_handler, fixture_closed, fixture);
    fixture->server = NULL;
    varlink_call_reply(call, "{}");
}

static const struct varlink_parameter echo_parameters[] = {
    {"text", VARLINK_STRING, false},  {"number", VARLINK_INT, false},    {"flag", VARLINK_BOOL, false},
    {"list", VARLINK_STRINGS, false}, {"object", VARLINK_OBJECT, false},
};

static const struct varlink_parameter need_parameters[] = {
    {"text", VARLINK_STRING, true},
    {"number", VARLINK_INT, true},
};

static const struct varlink_parameter many_parameters[] = {
    {"count", VARLINK_INT, false},
    {"size", VARLINK_INT, false},
};

#define PARAMETERS(array) .parameters = (array), .parameter_count = ELEMENTS(array)

static const struct varlink_method methods[] = {
    {.name = "Echo", PARAMETERS(echo_parameters), .handle = echo},
    {.name = "Need", PARAMETERS(need_parameters), .handle = need},
    {.name = "Hold", .handle = hold},
    {.name = "Watch", .needs_more = true, .handle = hold},
    {.name = "Many", PARAMETERS(many_parameters), .handle = many},
    {.name = "TakeLong", .handle = take_long},
    {.name = "Fail", .handle = answer_error},
    {.name = "Secret", PARAMETERS(need_parameters), .privilege = 7, .handle = need},
    {.name = "CloseServer", .handle = close_server},
};

const struct varlink_interface test_interface = {
    .name = "io.test",
    .description = "interface io.test\n",
    .methods = methods,
    .method_count = ELEMENTS(methods),
};

static bool allowed(void *data, const struct varlink_peer *peer, int privilege)
{
    struct fixture *fixture = data;

    assert_int_equal(peer->uid, getuid());
    fixture->asked++;
    fixture->privilege = privilege;
    return privilege == 0 || fixture->permitted;
}

/* ---- the fixture */

static int fixtures; /* that there are now */
static size_t descriptors_before;

/* How many this process has open. */
static size_t descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(directory);
    while ((entry = readdir(directory)) != NULL)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

void fixture_init(struct fixture *fixture, const struct varlink_options *limits)
{
    struct varlink_options options = limits != NULL ? *limits : (struct varlink_options){.vendor = NULL};

    *fixture = (struct fixture){.server = NULL};
    /* The first loop of a process opens what all loops share. */
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    if (fixtures++ == 0)
        descriptors_before = descriptors();
    options.vendor = "V";
    options.product = "P \"quoted\"";
    options.version = "1";
    options.url = "http://x/";
    options.interface = &test_interface;
    options.data = fixture;
    options.allowed = allowed;
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fake_clock_init(&fixture->clock, 1000000);
    assert_int_equal(timers_new(&fixture->timers, NULL, &fixture->clock.clock, NULL), 0);
    assert_int_equal(varlink_server_new(&fixture->server, &fixture->loop, fixture->timers, &options, NULL),
                     0);
    fixture->directory = test_make_directory();
    fixture->path = xasprintf("%s/socket", fixture->directory);
}

void fixture_init_listening(struct fixture *fixture, const struct varlink_options *limits)
{
    struct error error;

    fixture_init(fixture, limits);
    if (varlink_server_listen(fixture->server, fixture->path, &error) != 0)
        fail_msg("%s", error.text);
}

void fixture_closed(void *data)
{
    struct fixture *fixture = data;

    assert_false(fixture->closed);
    fixture->closed = true;
}

void fixture_fini(struct fixture *fixture)
{
    if (fixture->server != NULL)
        varlink_server_close(fixture->server, 0, fixture_closed, fixture);
    assert_false(fixture->closed && fixture->server != NULL);
    test_run_until(&fixture->loop, &fixture->closed);
    test_loop_end(&fixture->loop);
    assert_int_equal(timers_next_in(fixture->timers), -1);
    timers_close(fixture->timers, NULL, NULL);
    if (--fixtures == 0)
        assert_int_equal(descriptors(), descriptors_before);
    for (size_t i = 0; i < fixture->held_count; i++)
        assert_null(fixture->held[i].call);
    /* Neither the socket nor its lock is left. */
    assert_int_equal(rmdir(fixture->directory), 0);
    free(fixture->directory);
    free(fixture->path);
}

void turn(struct fixture *fixture)
{
    for (int i = 0; i < TURNS; i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

void pass(struct fixture *fixture, int64_t ms)
{
    fake_clock_pass(&fixture->clock, ms);
    timers_fire(fixture->timers);
    turn(fixture);
}

int client_new(struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_true(client >= 0);
    assert_true(strlen(fixture->path) < sizeof(address.sun_path));
    memcpy(address.sun_path, fixture->path, strlen(fixture->path));
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    turn(fixture);
    return client;
}

void client_send(struct fixture *fixture, int client, const void *data, size_t length)
{
    const char *bytes = data;
    int idle = 0;

    while (length > 0) {
        ssize_t sent = send(client, bytes, length, MSG_NOSIGNAL);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
            idle = 0;
        } else if (errno != EAGAIN || ++idle > TURNS) {
            fail_msg("cannot send: %s", strerror(errno));
        }
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

void client_say(struct fixture *fixture, int client, const char *text)
{
    client_send(fixture, client, text, strlen(text) + 1);
}

/* Up to and with the next NUL; NULL where the connection ended or nothing comes, which errno tells. */
static char *hear(struct fixture *fixture, int client)
{
    struct buffer text = BUFFER_EMPTY;
    char chunk[65536];
    int idle = 0;

    for (;;) {
        ssize_t got = recv(client, chunk, sizeof(chunk), MSG_PEEK);
        const char *end;

        if (got <= 0) {
            if (got < 0 && errno == EAGAIN && ++idle <= TURNS) {
                uv_run(&fixture->loop, UV_RUN_NOWAIT);
                continue;
            }
            if (got == 0)
                errno = 0;
            assert_int_equal(text.length, 0); /* never half a message */
            buffer_fini(&text);
            return NULL;
        }
        idle = 0;
        end = memchr(chunk, '\0', (size_t)got);
        if (end != NULL)
            got = end - chunk + 1;
        assert_int_equal(recv(client, chunk, (size_t)got, 0), got);
        buffer_append(&text, chunk, (size_t)got);
        if (end != NULL)
            return buffer_take(&text);
    }
}

char *client_hear(struct fixture *fixture, int client)
{
    char *text = hear(fixture, client);

    if (text == NULL)
        fail_msg("no answer: %s", errno == 0 ? "the connection ended" : strerror(errno));
    return text;
}

void client_expect(struct fixture *fixture, int client, const char *text)
{
    CLEANUP_FREE char *heard = client_hear(fixture, client);

    assert_string_equal(heard, text);
}

void client_ask(struct fixture *fixture, int client, const char *text, const char *answer)
{
    client_say(fixture, client, text);
    client_expect(fixture, client, answer);
}

void client_expect_silence(struct fixture *fixture, int client)
{
    CLEANUP_FREE char *heard = hear(fixture, client);

    if (heard != NULL)
        fail_msg("there should be no answer, and there is %s", heard);
    assert_int_equal(errno, EAGAIN);
}

void client_expect_end(struct fixture *fixture, int client)
{
    CLEANUP_FREE char *heard = hear(fixture, client);

    if (heard != NULL)
        fail_msg("the connection should have ended, and there is %s", heard);
    /* What the server had not read shows as a reset. */
    assert_true(errno == 0 || errno == ECONNRESET);
    close(client);
}

size_t connections(const struct fixture *fixture)
{
    struct varlink_server_counts counts;

    varlink_server_counts(fixture->server, &counts);
    return counts.connections;
}

void ask_many(struct fixture *fixture, int client, int count, size_t size)
{
    CLEANUP_FREE char *request =
        xasprintf("{\"method\":\"io.test.Many\",\"more\":true,\"parameters\":{\"count\":%d,\"size\":%zu}}",
                  count, size);

    client_say(fixture, client, request);
    turn(fixture);
}

void hear_many(struct fixture *fixture, int client, int count, size_t size)
{
    for (int i = 0; i < count; i++) {
        CLEANUP_FREE char *heard = client_hear(fixture, client);

        assert_int_equal(strlen(heard), strlen("{\"parameters\":{\"pad\":\"\"}}") + size +
                                            (i < count - 1 ? strlen(",\"continues\":true") : 0));
        assert_int_equal(strstr(heard, "continues") != NULL, i < count - 1);
    }
}

void expect_idle(struct fixture *fixture)
{
    struct pollfd backend = {.fd = uv_backend_fd(&fixture->loop), .events = POLLIN};

    turn(fixture);
    assert_int_equal(uv_backend_timeout(&fixture->loop), -1);
    assert_int_equal(poll(&backend, 1, 0), 0);
}
