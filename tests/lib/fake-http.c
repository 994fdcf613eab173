#include "lib/fake-http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "base/buffer.h"
#include "lib/test.h"

struct fake_connection {
    struct fake_http *fake;
    struct fake_connection *next, *previous;
    uv_tcp_t tcp;
    struct buffer in;
    unsigned number;
    unsigned requests;
};

struct fake_http {
    uv_tcp_t listener;
    fake_http_serve *serve;
    void *data;
    char url[40];
    unsigned port;
    unsigned connections;
    unsigned requests;
    struct fake_connection *first;
    size_t open; /* handles */
    char chunk[65536];
};

struct sending {
    uv_write_t write;
    char data[];
};

static void drop_handle(struct fake_http *fake)
{
    if (--fake->open == 0)
        free(fake);
}

static void on_connection_closed(uv_handle_t *handle)
{
    struct fake_connection *connection = handle->data;
    struct fake_http *fake = connection->fake;

    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        fake->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    buffer_fini(&connection->in);
    free(connection);
    drop_handle(fake);
}

static void on_sent(uv_write_t *write, int status)
{
    (void)status;
    free(write->data);
}

void fake_http_send(struct fake_connection *connection, const void *data, size_t length)
{
    struct sending *sending = xalloc(sizeof(*sending) + length);
    uv_buf_t part = uv_buf_init(sending->data, (unsigned)length);

    memcpy(sending->data, data, length);
    sending->write.data = sending;
    if (uv_is_closing((uv_handle_t *)&connection->tcp) ||
        uv_write(&sending->write, (uv_stream_t *)&connection->tcp, &part, 1, on_sent) < 0)
        free(sending);
}

void fake_http_answer(struct fake_connection *connection, int status, const char *headers, const char *body)
{
    struct buffer text = BUFFER_EMPTY;

    buffer_printf(&text, "HTTP/1.1 %d Whatever\r\n%sContent-Length: %zu\r\n\r\n", status,
                  headers != NULL ? headers : "Content-Type: application/json; charset=utf-8\r\n",
                  strlen(body));
    buffer_append_text(&text, body);
    fake_http_send(connection, text.data, text.length);
    buffer_fini(&text);
}

static void on_shut_down(uv_shutdown_t *request, int status)
{
    uv_handle_t *handle = (uv_handle_t *)request->handle;

    (void)status;
    if (!uv_is_closing(handle))
        uv_close(handle, on_connection_closed);
    free(request);
}

void fake_http_end(struct fake_connection *connection)
{
    uv_shutdown_t *request = xalloc(sizeof(*request));

    uv_read_stop((uv_stream_t *)&connection->tcp);
    if (uv_shutdown(request, (uv_stream_t *)&connection->tcp, on_shut_down) < 0)
        free(request);
}

void fake_http_reset(struct fake_connection *connection)
{
    assert_int_equal(uv_tcp_close_reset(&connection->tcp, on_connection_closed), 0);
}

static size_t body_length(const char *head)
{
    const char *line = strcasestr(head, "\r\nContent-Length:");

    return line != NULL ? strtoul(line + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* Hands on one whole request; false where there is none yet. */
static bool serve_one(struct fake_connection *connection)
{
    char *end = connection->in.data != NULL ? strstr(connection->in.data, "\r\n\r\n") : NULL;
    char method[16], target[2048], *head, *body;
    size_t head_length, length;

    if (end == NULL || uv_is_closing((uv_handle_t *)&connection->tcp))
        return false;
    head_length = (size_t)(end - connection->in.data) + 4;
    head = xstrndup(connection->in.data, head_length);
    length = body_length(head);
    if (connection->in.length < head_length + length) {
        free(head);
        return false;
    }
    body = xstrndup(connection->in.data + head_length, length);
    buffer_consume(&connection->in, head_length + length);
    assert_int_equal(sscanf(head, "%15s %2047s", method, target), 2);
    connection->fake->requests++;
    connection->requests++;
    connection->fake->serve(connection->fake->data, &(struct fake_request){
                                                        .connection = connection,
                                                        .connection_number = connection->number,
                                                        .number = connection->requests,
                                                        .method = method,
                                                        .target = target,
                                                        .head = head,
                                                        .body = body,
                                                    });
    free(head);
    free(body);
    return true;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct fake_connection *connection = handle->data;

    (void)suggested;
    *room = uv_buf_init(connection->fake->chunk, sizeof(connection->fake->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *data)
{
    struct fake_connection *connection = stream->data;

    if (length < 0) {
        if (!uv_is_closing((uv_handle_t *)stream))
            uv_close((uv_handle_t *)stream, on_connection_closed);
        return;
    }
    buffer_append(&connection->in, data->base, (size_t)length);
    while (serve_one(connection)) {
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct fake_http *fake = listener->data;
    struct fake_connection *connection = xalloc(sizeof(*connection));

    assert_int_equal(status, 0);
    assert_int_equal(uv_tcp_init(listener->loop, &connection->tcp), 0);
    connection->tcp.data = connection;
    connection->fake = fake;
    connection->number = ++fake->connections;
    connection->next = fake->first;
    if (fake->first != NULL)
        fake->first->previous = connection;
    fake->first = connection;
    fake->open++;
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&connection->tcp), 0);
    assert_int_equal(uv_read_start((uv_stream_t *)&connection->tcp, on_room, on_read), 0);
}

struct fake_http *fake_http_new(uv_loop_t *loop, fake_http_serve *serve, void *data)
{
    struct fake_http *fake = xalloc(sizeof(*fake));
    struct sockaddr_in address;
    int length = sizeof(address);

    fake->serve = serve;
    fake->data = data;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_init(loop, &fake->listener), 0);
    fake->listener.data = fake;
    fake->open = 1;
    assert_int_equal(uv_tcp_bind(&fake->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&fake->listener, 256, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&fake->listener, (struct sockaddr *)&address, &length), 0);
    fake->port = ntohs(address.sin_port);
    snprintf(fake->url, sizeof(fake->url), "http://127.0.0.1:%u", fake->port);
    return fake;
}

static void on_listener_closed(uv_handle_t *handle)
{
    drop_handle(handle->data);
}

void fake_http_close(struct fake_http *fake)
{
    for (struct fake_connection *connection = fake->first; connection != NULL;
         connection = connection->next) {
        if (!uv_is_closing((uv_handle_t *)&connection->tcp))
            uv_close((uv_handle_t *)&connection->tcp, on_connection_closed);
    }
    uv_close((uv_handle_t *)&fake->listener, on_listener_closed);
}

const char *fake_http_url(const struct fake_http *fake)
{
    return fake->url;
}

unsigned fake_http_port(const struct fake_http *fake)
{
    return fake->port;
}

unsigned fake_http_connections(const struct fake_http *fake)
{
    return fake->connections;
}

unsigned fake_http_requests(const struct fake_http *fake)
{
    return fake->requests;
}

const char *fake_http_header(const struct fake_request *request, const char *name)
{
    static char value[16384];
    size_t length = strlen(name);

    for (const char *line = strstr(request->head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *from = line + length + 1 + strspn(line + length + 1, " ");

            snprintf(value, sizeof(value), "%.*s", (int)strcspn(from, "\r"), from);
            return value;
        }
    }
    return NULL;
}
