#include "sim/relay.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "base/buffer.h"

#define BACKLOG 1024

/* Bytes that one side has not taken yet; the other side's are left in the kernel above it. */
#define QUEUE_MAX ((size_t)512 * 1024)

struct relays {
    uv_tcp_t listener;
    struct timers *timers;
    struct relays_callbacks callbacks;
    struct relay *first;
    size_t count;
    int64_t numbers;
    int port;
    bool closing;
    bool listener_closed;
    char scratch[64 * 1024];
};

struct relay {
    struct relays *relays;
    uv_tcp_t client;
    uv_pipe_t inner;
    int handles;    /* that are not closed yet */
    bool has_inner; /* the pair to the server was made */
    bool in_server; /* until relay_release() */
    bool closing;
    bool server_ended; /* its end of the pair said EOF */
    bool ended;        /* nothing more goes to the client */
    int64_t number;
    struct hold hold;
    bool answered;
    struct buffer held;
    struct timer timer;
    struct timer client_end;
    struct relay *previous;
    struct relay *next;
};

/* A write that the kernel did not take at once. */
struct sending {
    uv_write_t request;
    struct relay *relay;
    uv_stream_t *source;
    char data[];
};

static void on_timer(struct timer *timer);

static void free_relays_if_over(struct relays *relays)
{
    if (relays->closing && relays->listener_closed && relays->first == NULL)
        free(relays);
}

static void free_relay_if_over(struct relay *relay)
{
    struct relays *relays = relay->relays;

    if (relay->handles > 0 || relay->in_server)
        return;
    if (relay->previous != NULL)
        relay->previous->next = relay->next;
    else
        relays->first = relay->next;
    if (relay->next != NULL)
        relay->next->previous = relay->previous;
    relays->count--;
    buffer_fini(&relay->held);
    free(relay);
    free_relays_if_over(relays);
}

static void on_closed(uv_handle_t *handle)
{
    struct relay *relay = handle->data;

    relay->handles--;
    free_relay_if_over(relay);
}

static void end(struct relay *relay, bool reset)
{
    if (relay->closing)
        return;
    relay->closing = true;
    timer_stop(&relay->timer);
    timer_stop(&relay->client_end);
    if (!reset || uv_tcp_close_reset(&relay->client, on_closed) != 0)
        uv_close((uv_handle_t *)&relay->client, on_closed);
    if (relay->has_inner)
        uv_close((uv_handle_t *)&relay->inner, on_closed);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct relay *relay = request->handle->data;
    bool request_is_clients = request->handle == (uv_stream_t *)&relay->client;

    (void)status;
    free(request);
    if (request_is_clients && relay->ended)
        end(relay, false);
}

static void shut_down(struct relay *relay, uv_stream_t *stream)
{
    uv_shutdown_t *request = xalloc(sizeof(*request));

    if (uv_shutdown(request, stream, on_shutdown) != 0) {
        free(request);
        end(relay, false);
    }
}

/* Everything that is still to go out goes, and then FIN. */
static void end_in_order(struct relay *relay)
{
    if (relay->closing || relay->ended)
        return;
    relay->ended = true;
    shut_down(relay, (uv_stream_t *)&relay->client);
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct relay *relay = handle->data;

    (void)suggested;
    *ret = uv_buf_init(relay->relays->scratch, sizeof(relay->relays->scratch));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer);

static void on_written(uv_write_t *request, int status)
{
    struct sending *sending = CONTAINER_OF(request, struct sending, request);
    struct relay *relay = sending->relay;
    uv_stream_t *source = sending->source;
    size_t queued = uv_stream_get_write_queue_size(request->handle);

    free(sending);
    if (status < 0)
        end(relay, false);
    else if (!relay->closing && !relay->ended && queued < QUEUE_MAX)
        uv_read_start(source, on_allocate, on_read); /* no effect where it is reading */
}

/* Writes, and stops reading from `source` where the other side does not keep up. */
static void pass(struct relay *relay, uv_stream_t *source, uv_stream_t *target, char *data, size_t length)
{
    uv_buf_t buffer = uv_buf_init(data, (unsigned)length);
    struct sending *sending;
    int done;

    if (relay->closing || length == 0)
        return;
    done = uv_try_write(target, &buffer, 1);
    if (done < 0 && done != UV_EAGAIN) {
        end(relay, false);
        return;
    }
    if (done > 0 && (size_t)done == length)
        return;
    if (done > 0) {
        data += done;
        length -= (size_t)done;
    }
    sending = xalloc(sizeof(*sending) + length);
    sending->relay = relay;
    sending->source = source;
    memcpy(sending->data, data, length);
    buffer = uv_buf_init(sending->data, (unsigned)length);
    if (uv_write(&sending->request, target, &buffer, 1, on_written) != 0) {
        free(sending);
        end(relay, false);
        return;
    }
    if (uv_stream_get_write_queue_size(target) >= QUEUE_MAX)
        uv_read_stop(source);
}

static void to_client(struct relay *relay, char *data, size_t length)
{
    pass(relay, (uv_stream_t *)&relay->inner, (uv_stream_t *)&relay->client, data, length);
}

static void from_server(struct relay *relay, char *data, size_t length)
{
    if (relay->hold.kind == HOLD_NOTHING)
        to_client(relay, data, length);
    else if (relay->hold.kind != HOLD_NEVER)
        buffer_append(&relay->held, data, length);
}

/* Passes the client's FIN on once the server has read all before it. libmicrohttpd takes a read that did not
 * fill its buffer for the last word of its edge-triggered epoll: a FIN that came with the bytes before it
 * would never be seen. */
static void on_client_end(struct timer *timer)
{
    struct relay *relay = timer->data;
    uv_stream_t *inner = (uv_stream_t *)&relay->inner;
    uv_os_fd_t fd;
    int unread = 0;

    if (relay->server_ended || uv_fileno((uv_handle_t *)inner, &fd) != 0)
        return;
    if (uv_stream_get_write_queue_size(inner) > 0 || (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0))
        timer_start_in(timer, 1);
    else
        shut_down(relay, inner);
}

static void on_server_end(struct relay *relay)
{
    relay->server_ended = true;
    if (relay->hold.kind == HOLD_NOTHING)
        end_in_order(relay);
    else if (relay->hold.kind == HOLD_NEVER)
        end(relay, false); /* the client had said its last word before */
    else
        relay_answered(relay); /* what is held still has to go */
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct relay *relay = stream->data;
    bool is_client = stream == (uv_stream_t *)&relay->client;

    if (length == 0)
        return;
    if (length < 0) {
        if (length != UV_EOF || (is_client && relay->hold.kind == HOLD_NEVER) || !relay->has_inner)
            end(relay, false);
        else if (is_client)
            timer_start_in(&relay->client_end, 0);
        else
            on_server_end(relay);
        return;
    }
    if (!relay->has_inner)
        return; /* a client that nobody listens to */
    if (is_client)
        pass(relay, stream, (uv_stream_t *)&relay->inner, buffer->base, (size_t)length);
    else
        from_server(relay, buffer->base, (size_t)length);
}

/* Takes what the server has sent and the loop has not read yet. */
static void drain(struct relay *relay)
{
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)&relay->inner, &fd) != 0)
        return;
    for (;;) {
        ssize_t length = read(fd, relay->relays->scratch, sizeof(relay->relays->scratch));

        if (length <= 0)
            return;
        from_server(relay, relay->relays->scratch, (size_t)length);
    }
}

void relay_hold(struct relay *relay, const struct hold *hold)
{
    if (relay->closing || relay->hold.kind != HOLD_NOTHING)
        return;
    drain(relay);
    relay->hold = *hold;
    relay->answered = false;
}

static void give_garbage(struct relay *relay)
{
    char garbage[] = "\x16\x03\x01\x7f\xff this is no answer \x01\x02\x03\r\n\r\n";

    to_client(relay, garbage, sizeof(garbage) - 1);
    end_in_order(relay);
}

/* A part of what is held, before the connection ends. */
static void give_part(struct relay *relay)
{
    if (relay->hold.part && relay->held.length > relay->hold.drop)
        to_client(relay, relay->held.data, relay->held.length - relay->hold.drop);
    buffer_clear(&relay->held);
}

static void stop_holding(struct relay *relay)
{
    relay->hold.kind = HOLD_NOTHING;
    if (relay->server_ended)
        end_in_order(relay);
}

static void let_go(struct relay *relay)
{
    to_client(relay, relay->held.data, relay->held.length);
    buffer_clear(&relay->held);
    stop_holding(relay);
}

/* At least the time that was asked for: timers count whole milliseconds. */
static void wait_for_it(struct relay *relay)
{
    timer_start_in(&relay->timer, relay->hold.ms > 0 ? relay->hold.ms + 1 : 0);
}

static void dribble(struct relay *relay)
{
    size_t length = relay->hold.bytes < relay->held.length ? relay->hold.bytes : relay->held.length;

    to_client(relay, relay->held.data, length);
    buffer_consume(&relay->held, length);
    if (relay->closing)
        return;
    if (relay->held.length > 0)
        wait_for_it(relay);
    else
        stop_holding(relay);
}

void relay_answered(struct relay *relay)
{
    if (relay->closing || relay->hold.kind == HOLD_NOTHING || relay->answered)
        return;
    relay->answered = true;
    drain(relay);
    switch (relay->hold.kind) {
    case HOLD_NOTHING:
    case HOLD_NEVER:
        break;
    case HOLD_DELAY:
    case HOLD_DRIBBLE:
        wait_for_it(relay);
        break;
    case HOLD_RESET:
        give_part(relay);
        end(relay, true);
        break;
    case HOLD_CLOSE:
        give_part(relay);
        end_in_order(relay);
        break;
    case HOLD_GARBAGE:
        give_garbage(relay);
        break;
    }
}

static int open_inner(struct relay *relay)
{
    struct sockaddr_in address = {0};
    int length = sizeof(address), pair[2], result;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    uv_pipe_init(relay->relays->listener.loop, &relay->inner, 0);
    relay->inner.data = relay;
    relay->has_inner = true;
    relay->handles++;
    result = uv_pipe_open(&relay->inner, pair[0]);
    if (result < 0) {
        close(pair[0]);
        close(pair[1]);
        return result;
    }
    uv_tcp_getpeername(&relay->client, (struct sockaddr *)&address, &length);
    relay->in_server = true;
    result = relay->relays->callbacks.accepted(relay->relays->callbacks.data, relay, pair[1], &address);
    if (result < 0) {
        relay->in_server = false;
        return result;
    }
    uv_read_start((uv_stream_t *)&relay->inner, on_allocate, on_read);
    uv_read_start((uv_stream_t *)&relay->client, on_allocate, on_read);
    return 0;
}

static void on_timer(struct timer *timer)
{
    struct relay *relay = timer->data;

    if (!relay->has_inner) {
        /* A connection that waited before its first byte was read. */
        relay->hold.kind = HOLD_NOTHING;
        if (open_inner(relay) < 0)
            end(relay, false);
    } else if (relay->hold.kind == HOLD_DRIBBLE) {
        dribble(relay);
    } else {
        let_go(relay);
    }
}

/* A connection that something is done to before anything came over it. */
static void connect_with_fault(struct relay *relay)
{
    switch (relay->hold.kind) {
    case HOLD_NOTHING:
        if (open_inner(relay) < 0)
            end(relay, false);
        break;
    case HOLD_RESET:
        end(relay, true);
        break;
    case HOLD_CLOSE:
        end(relay, false);
        break;
    case HOLD_GARBAGE:
        give_garbage(relay);
        break;
    case HOLD_DELAY:
    case HOLD_DRIBBLE:
        wait_for_it(relay);
        break;
    case HOLD_NEVER:
        uv_read_start((uv_stream_t *)&relay->client, on_allocate, on_read);
        break;
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct relays *relays = listener->data;
    struct relay *relay;

    if (status < 0)
        return;
    relay = xalloc(sizeof(*relay));
    relay->relays = relays;
    relay->number = ++relays->numbers;
    timer_init(&relay->timer, relays->timers, on_timer, relay);
    timer_init(&relay->client_end, relays->timers, on_client_end, relay);
    uv_tcp_init(listener->loop, &relay->client);
    relay->client.data = relay;
    relay->handles = 1;
    relay->next = relays->first;
    if (relays->first != NULL)
        relays->first->previous = relay;
    relays->first = relay;
    relays->count++;
    if (uv_accept(listener, (uv_stream_t *)&relay->client) != 0) {
        end(relay, false);
        return;
    }
    uv_tcp_nodelay(&relay->client, 1);
    relay->hold = relays->callbacks.connecting(relays->callbacks.data);
    connect_with_fault(relay);
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct relays *relays = handle->data;

    relays->listener_closed = true;
    free_relays_if_over(relays);
}

static int listen_on(struct relays *relays, int port)
{
    struct sockaddr_in address;
    int length = sizeof(address), result;

    uv_ip4_addr("127.0.0.1", port, &address);
    result = uv_tcp_bind(&relays->listener, (const struct sockaddr *)&address, 0);
    if (result == 0)
        result = uv_listen((uv_stream_t *)&relays->listener, BACKLOG, on_connection);
    if (result == 0)
        result = uv_tcp_getsockname(&relays->listener, (struct sockaddr *)&address, &length);
    relays->port = ntohs(address.sin_port);
    return result;
}

int relays_new(struct relays **ret, uv_loop_t *loop, struct timers *timers, int port,
               const struct relays_callbacks *callbacks, struct error *error)
{
    struct relays *relays = xalloc(sizeof(*relays));
    int result;

    relays->timers = timers;
    relays->callbacks = *callbacks;
    uv_tcp_init(loop, &relays->listener);
    relays->listener.data = relays;
    result = listen_on(relays, port);
    if (result < 0) {
        relays_close(relays);
        return error_set(error, result, "cannot listen on port %d: %s", port, uv_strerror(result));
    }
    *ret = relays;
    return 0;
}

int relays_port(const struct relays *relays)
{
    return relays->port;
}

size_t relays_count(const struct relays *relays)
{
    return relays->count;
}

void relays_close(struct relays *relays)
{
    struct relay *next;

    relays->closing = true;
    uv_close((uv_handle_t *)&relays->listener, on_listener_closed);
    for (struct relay *relay = relays->first; relay != NULL; relay = next) {
        next = relay->next;
        end(relay, false);
    }
}

int64_t relay_number(const struct relay *relay)
{
    return relay->number;
}

void relay_release(struct relay *relay)
{
    relay->in_server = false;
    free_relay_if_over(relay);
}
