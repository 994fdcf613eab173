#include "sim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <microhttpd.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "sim/member.h"

/* More than any request of this API. */
#define BODY_MAX        ((size_t)4 * 1024 * 1024)
#define CONNECTIONS_MAX 8192u

struct server {
    struct sim *sim;
    struct timers *timers;
    struct relays *relays;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    struct timer again;
    struct relay *adding; /* while MHD_add_connection() runs */
};

/* What is kept of a request while it comes in. */
struct incoming {
    char *uri;
    struct buffer body;
    bool begun;
    bool too_large;
    bool answered; /* by us: its bytes may be held */
};

static void run(struct server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;

    MHD_run(server->daemon);
    /* Connections have no time-outs: what is told here is work that is left. */
    if (MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES)
        timer_start_in(&server->again, (int64_t)timeout_ms);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_again(struct timer *timer)
{
    run(timer->data);
}

static enum MHD_Result add_value(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct json_object *object = data;

    (void)kind;
    if (strcasecmp(name, MHD_HTTP_HEADER_AUTHORIZATION) != 0)
        put_text(object, name, value != NULL ? value : "");
    return MHD_YES;
}

static struct relay *relay_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

static void client_address(struct MHD_Connection *connection, char ret[INET_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr_in *address = (const void *)info->client_addr;

    ret[0] = '\0';
    inet_ntop(AF_INET, &address->sin_addr, ret, INET_ADDRSTRLEN);
}

/* A body whose length libmicrohttpd is not told: it would add a true Content-Length beside the wrong one. */
struct body {
    size_t length;
    char data[];
};

static ssize_t read_body(void *data, uint64_t position, char *to, size_t most)
{
    const struct body *body = data;
    size_t left = body->length - (size_t)position;

    if (left == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    memcpy(to, body->data + position, left < most ? left : most);
    return (ssize_t)(left < most ? left : most);
}

/* Says a length, sends what there is, and ends the connection. */
static struct MHD_Response *make_response_of_told_length(const struct answer *answer)
{
    struct body *body = xalloc(sizeof(*body) + answer->length);
    struct MHD_Response *response;
    char length[24];

    body->length = answer->length;
    memcpy(body->data, answer->text, answer->length);
    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, read_body, body, free);
    MHD_set_response_options(
        response, (enum MHD_ResponseFlags)(MHD_RF_INSANITY_HEADER_CONTENT_LENGTH | MHD_RF_HTTP_1_0_SERVER),
        MHD_RO_END);
    snprintf(length, sizeof(length), "%" PRId64, answer->told_length);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_LENGTH, length);
    return response;
}

static struct MHD_Response *make_response(const struct answer *answer)
{
    struct MHD_Response *response =
        answer->told_length >= 0
            ? make_response_of_told_length(answer)
            : MHD_create_response_from_buffer(answer->length, answer->text, MHD_RESPMEM_MUST_COPY);

    if (answer->content_type != NULL)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    for (size_t i = 0; i < answer->headers_count; i++)
        MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    return response;
}

static enum MHD_Result answer_request(struct server *server, struct MHD_Connection *connection,
                                      struct incoming *incoming, const char *path, const char *method)
{
    struct relay *relay = relay_of(connection);
    char address[INET_ADDRSTRLEN];
    struct request request = {
        .method = method,
        .path = path,
        .uri = incoming->uri,
        .query = json_object_new_object(),
        .headers = json_object_new_object(),
        .authorization =
            MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION),
        .address = address,
        .body = incoming->body.data,
        .length = incoming->body.length,
        .connection = relay_number(relay),
    };
    struct MHD_Response *response;
    struct answer answer;
    struct hold hold;
    enum MHD_Result result;

    client_address(connection, address);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_value, request.query);
    MHD_get_connection_values(connection, MHD_HEADER_KIND, add_value, request.headers);
    sim_answer(server->sim, &request, &answer, &hold);
    if (hold.kind != HOLD_NOTHING)
        relay_hold(relay, &hold);
    response = make_response(&answer);
    result = MHD_queue_response(connection, (unsigned)answer.status, response);
    MHD_destroy_response(response);
    answer_fini(&answer);
    json_object_put(request.query);
    json_object_put(request.headers);
    incoming->answered = true;
    return result;
}

static enum MHD_Result refuse_body(struct MHD_Connection *connection)
{
    char text[] = "request entity too large";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof(text) - 1, text, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_CONTENT_TOO_LARGE, response);

    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_length, void **context)
{
    struct incoming *incoming = *context;

    (void)version;
    if (!incoming->begun) {
        incoming->begun = true;
        return MHD_YES;
    }
    if (*upload_length > 0) {
        /* Of a body that is too large the rest is read and dropped, so that its sender sees the answer. */
        incoming->too_large = incoming->too_large || incoming->body.length + *upload_length > BODY_MAX;
        if (!incoming->too_large)
            buffer_append(&incoming->body, upload, *upload_length);
        *upload_length = 0;
        return MHD_YES;
    }
    if (incoming->too_large)
        return refuse_body(connection);
    return answer_request(data, connection, incoming, path, method);
}

static void *on_uri(void *data, const char *uri, struct MHD_Connection *connection)
{
    struct incoming *incoming = xalloc(sizeof(*incoming));

    (void)data;
    (void)connection;
    incoming->uri = xstrdup(uri);
    return incoming;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct incoming *incoming = *context;

    (void)data;
    (void)why;
    if (incoming == NULL)
        return;
    if (incoming->answered)
        relay_answered(relay_of(connection));
    free(incoming->uri);
    buffer_fini(&incoming->body);
    free(incoming);
    *context = NULL;
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = data;

    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = server->adding;
    } else if (*context != NULL) {
        relay_release(*context);
        *context = NULL;
    }
}

static int on_accepted(void *data, struct relay *relay, int fd, const struct sockaddr_in *address)
{
    struct server *server = data;
    enum MHD_Result result;

    server->adding = relay;
    /* On failure too the descriptor is closed. */
    result = MHD_add_connection(server->daemon, fd, (const struct sockaddr *)address, sizeof(*address));
    server->adding = NULL;
    if (result != MHD_YES)
        return -EIO;
    timer_start_in(&server->again, 0);
    return 0;
}

static struct hold on_connecting(void *data)
{
    struct server *server = data;

    return sim_connecting(server->sim);
}

/* What clients do wrong is no news. */
static void drop_log(void *data, const char *format, va_list arguments)
{
    (void)data;
    (void)format;
    (void)arguments;
}

static struct MHD_Daemon *start_daemon(struct server *server, const struct server_options *options)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, options->tls_cert},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, options->tls_key},
        {MHD_OPTION_END, 0, NULL},
    };

    if (options->tls_cert == NULL)
        tls[0] = tls[2];
    else
        flags |= MHD_USE_TLS;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, drop_log,
                            NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
                            MHD_OPTION_CONNECTION_TIMEOUT, 0u, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                            server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                            MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_END);
}

static int start(struct server *server, uv_loop_t *loop, const struct server_options *options,
                 struct error *error)
{
    struct relays_callbacks callbacks = {
        .accepted = on_accepted, .connecting = on_connecting, .data = server};
    const union MHD_DaemonInfo *info;
    int result;

    server->daemon = start_daemon(server, options);
    if (server->daemon == NULL)
        return error_set(error, -EIO, "the HTTP server does not start%s",
                         options->tls_cert != NULL ? ": check the certificate and the key" : "");
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    result = uv_poll_init(loop, &server->poll, info->epoll_fd);
    if (result < 0) {
        MHD_stop_daemon(server->daemon);
        return error_set(error, result, "the HTTP server cannot be watched: %s", uv_strerror(result));
    }
    server->poll.data = server;
    uv_poll_start(&server->poll, UV_READABLE, on_poll);
    timer_init(&server->again, server->timers, on_again, server);
    return relays_new(&server->relays, loop, server->timers, options->port, &callbacks, error);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

int server_new(struct server **ret, uv_loop_t *loop, struct sim *sim, const struct server_options *options,
               struct error *error)
{
    struct server *server = xalloc(sizeof(*server));
    int result;

    server->sim = sim;
    server->timers = sim->timers;
    result = start(server, loop, options, error);
    if (result < 0 && server->poll.data != NULL) {
        server_close(server);
        return result;
    }
    if (result < 0) {
        free(server);
        return result;
    }
    sim->relays = server->relays;
    *ret = server;
    return 0;
}

int server_port(const struct server *server)
{
    return relays_port(server->relays);
}

void server_close(struct server *server)
{
    timer_stop(&server->again);
    uv_poll_stop(&server->poll);
    MHD_stop_daemon(server->daemon);
    if (server->relays != NULL)
        relays_close(server->relays);
    uv_close((uv_handle_t *)&server->poll, on_poll_closed);
}
