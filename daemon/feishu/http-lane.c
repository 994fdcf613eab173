/*
 * libcurl tells which sockets it wants watched (on_socket) and when it wants to be woken (on_timeout); both
 * end in act(), which lets libcurl work, then takes all its finished transfers, then gives the owner its
 * chance.
 */
#include "feishu/http-lane.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"

/* Connections at once, of all apps; what comes over it waits, within its time. */
#define CONNECTIONS_MAX      50L
#define CONNECTIONS_KEPT_MAX 16L

/* One for each time that libcurl announces a socket: the number of a closed descriptor can come back before
 * libuv has closed the handle that watched it. */
struct lane_socket {
    struct lane *lane;
    uv_poll_t poll;
    int events; /* UV_READABLE, UV_WRITABLE: what libcurl wants now */
};

/* Takes every finished transfer, also where libcurl says that none runs any more: its last messages come
 * then. */
static void drain(struct lane *lane)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(lane->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            lane->events->done(lane->owner, message->easy_handle, message->data.result);
    }
}

static int make_multi(struct lane *lane);

/* After an error of the multi handle a new one takes its place. */
static void rebuild(struct lane *lane, CURLMcode code)
{
    lane->events->broke(lane->owner, lane, code);
    curl_multi_cleanup(lane->multi);
    timer_stop(&lane->wanted);
    if (make_multi(lane) < 0)
        abort(); /* out of memory, as in xalloc() */
}

/* Lets libcurl work. Only from the loop. */
static void act(struct lane *lane, curl_socket_t fd, int flags)
{
    int running;
    CURLMcode code = curl_multi_socket_action(lane->multi, fd, flags, &running);

    if (code == CURLM_OK)
        drain(lane);
    else
        rebuild(lane, code);
    lane->events->acted(lane->owner);
}

static void on_socket_event(uv_poll_t *poll, int status, int events);

static void on_socket_closed(uv_handle_t *handle)
{
    struct lane_socket *context = handle->data;
    struct lane *lane = context->lane;

    free(context);
    lane->sockets--;
    if (lane_is_closed(lane))
        lane->events->closed(lane->owner);
}

static void watch(struct lane_socket *context)
{
    int result = uv_poll_start(&context->poll, context->events, on_socket_event);

    if (result < 0)
        log_error(NULL, "cannot watch a connection: %s", uv_strerror(result));
}

static void forget_socket(struct lane_socket *context)
{
    /* The descriptor may be closed as soon as libcurl has been told, so libuv must let go of it now. */
    uv_poll_stop(&context->poll);
    uv_close((uv_handle_t *)&context->poll, on_socket_closed);
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
    struct lane_socket *context = poll->data;
    int flags = 0;
    uv_os_fd_t fd;

    if (uv_fileno((uv_handle_t *)poll, &fd) < 0)
        return;
    if (status < 0)
        flags |= CURL_CSELECT_ERR;
    if ((events & UV_READABLE) != 0)
        flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        flags |= CURL_CSELECT_OUT;
    act(context->lane, fd, flags);
    /* An error has stopped the handle; where libcurl still wants the socket, it goes on. The memory is good
     * until the close callback, which cannot have come yet. */
    if (status < 0 && !uv_is_closing((uv_handle_t *)poll))
        watch(context);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct lane *lane = user;
    struct lane_socket *context = known;

    (void)easy; /* may be a handle of libcurl's own */
    if (what == CURL_POLL_REMOVE) {
        if (context != NULL) {
            curl_multi_assign(lane->multi, fd, NULL);
            forget_socket(context);
        }
        return 0;
    }
    if (context == NULL) {
        int result;

        context = xalloc(sizeof(*context));
        context->lane = lane;
        result = uv_poll_init_socket(lane->loop, &context->poll, fd);
        if (result < 0) {
            log_error(NULL, "cannot watch a connection: %s", uv_strerror(result));
            free(context);
            return -1;
        }
        context->poll.data = context;
        lane->sockets++;
        curl_multi_assign(lane->multi, fd, context);
    }
    context->events =
        ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    watch(context);
    return 0;
}

/* libcurl must not be called from here. */
static int on_timeout(CURLM *multi, long timeout_ms, void *user)
{
    struct lane *lane = user;

    (void)multi;
    if (timeout_ms < 0)
        timer_stop(&lane->wanted);
    else
        timer_start_in(&lane->wanted, timeout_ms);
    return 0;
}

static int make_multi(struct lane *lane)
{
    lane->multi = curl_multi_init();
    if (lane->multi == NULL)
        return -ENOMEM;
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(lane->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS_MAX);
    curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    return 0;
}

static void on_wanted(struct timer *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

int lane_init(struct lane *lane, uv_loop_t *loop, struct timers *timers, const struct lane_events *events,
              void *owner)
{
    lane->events = events;
    lane->owner = owner;
    lane->loop = loop;
    lane->sockets = 0;
    timer_init(&lane->wanted, timers, on_wanted, lane);
    return make_multi(lane);
}

void lane_close(struct lane *lane)
{
    if (lane->multi == NULL)
        return;
    /* Calls on_socket() for the connections that were kept. */
    curl_multi_cleanup(lane->multi);
    lane->multi = NULL;
    timer_stop(&lane->wanted);
}

bool lane_is_closed(const struct lane *lane)
{
    return lane->multi == NULL && lane->sockets == 0;
}

CURLMcode lane_add(struct lane *lane, CURL *easy)
{
    return curl_multi_add_handle(lane->multi, easy);
}

void lane_remove(struct lane *lane, CURL *easy)
{
    curl_multi_remove_handle(lane->multi, easy);
}

void lane_kick(struct lane *lane)
{
    act(lane, CURL_SOCKET_TIMEOUT, 0);
}
