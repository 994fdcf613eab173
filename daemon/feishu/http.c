/*
 * libcurl's multi interface on libuv's loop.
 *
 * libcurl tells which sockets it wants watched (on_socket) and when it wants to be woken (on_timeout); both
 * end in act(), which lets libcurl work, then takes all its finished transfers, then calls back whoever is
 * owed an answer. Whatever ends a call early (cancelling, the deadline, a failure inside libcurl, the end of
 * all) takes it from libcurl and marks it; the next turn of the loop calls back. So a callback never comes
 * from inside http_start(), http_cancel() or libcurl, and each comes once.
 */
#include "feishu/http.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/log.h"
#include "feishu/http-call.h"

/* libcurl has forgotten to ask for a wake-up before; this often it is woken anyway while calls are under way.
 */
#define KICK_MS 1000

/* Connections at once, of all apps; what comes over it waits, within its time. */
#define CONNECTIONS_MAX      100L
#define CONNECTIONS_KEPT_MAX 16L

struct call_list {
    struct http_call *first, *last;
};

struct http {
    uv_loop_t *loop;
    struct timers *timers;
    CURLM *multi;
    struct timer wanted; /* the wake-up that libcurl asked for */
    struct timer kick;
    struct timer turn; /* calls that ended outside act() are owed an answer */
    struct call_list running;
    struct call_list ended;
    size_t sockets; /* poll handles that are not closed yet */
    uint64_t opened;
    /* The last call that left was not answered in time. The other end of a connection that many calls share
     * can be dead while its host still acknowledges everything; libcurl would use it for ever. */
    bool timed_out;
    bool closing;
    void (*closed)(void *data);
    void *closed_data;
};

/* One for each time that libcurl announces a socket: the number of a closed descriptor can come back before
 * libuv has closed the handle that watched it. */
struct http_socket {
    struct http *http;
    uv_poll_t poll;
    int events; /* UV_READABLE, UV_WRITABLE: what libcurl wants now */
};

static void list_add(struct call_list *list, struct http_call *call)
{
    call->next = NULL;
    call->previous = list->last;
    if (list->last != NULL)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
}

static void list_remove(struct call_list *list, struct http_call *call)
{
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        list->first = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    else
        list->last = call->previous;
}

/* The call's result stands; it is called back at the next chance. */
static void mark_ended(struct http_call *call)
{
    struct http *http = call->http;

    call->ended = true;
    timer_stop(&call->deadline);
    list_remove(&http->running, call);
    list_add(&http->ended, call);
    timer_start_in(&http->turn, 0);
}

/* Never from inside one of libcurl's callbacks. */
static void detach(struct http_call *call)
{
    if (call->attached)
        curl_multi_remove_handle(call->http->multi, call->easy);
    call->attached = false;
}

/* Detached at once: what has not left by now does not leave any more. */
static void end_call(struct http_call *call, int result, const char *reason)
{
    if (call->ended)
        return;
    http_call_fail(call, result, reason);
    detach(call);
    mark_ended(call);
}

static void note_time_out(struct http *http, const struct http_call *call)
{
    if (call->result == 0)
        http->timed_out = false;
    else if (call->result == -ETIMEDOUT && http_call_may_have_left(call))
        http->timed_out = true;
}

/* Calls back all that have ended by now; what ends meanwhile has its own turn. */
static void deliver(struct http *http)
{
    struct call_list ended = http->ended;

    http->ended = (struct call_list){NULL, NULL};
    while (ended.first != NULL) {
        struct http_call *call = ended.first;

        list_remove(&ended, call);
        detach(call);
        note_time_out(http, call);
        http_call_report(call);
        http_call_free(call);
    }
}

/* Takes every finished transfer, also where libcurl says that none runs any more: its last messages come
 * then. */
static void drain(struct http *http)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        struct http_call *call = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        if (call->ended)
            continue;
        http_call_conclude(call, message->data.result);
        mark_ended(call);
    }
}

static int make_multi(struct http *http);

/* After an error of the multi handle nobody knows how its transfers stand: all of them fail, and a new handle
 * takes its place. */
static void rebuild(struct http *http, CURLMcode code)
{
    CURLM *old = http->multi;

    log_error(NULL, "libcurl failed (%s): all requests to Feishu under way are given up",
              curl_multi_strerror(code));
    for (struct http_call *call = http->ended.first; call != NULL; call = call->next)
        detach(call);
    while (http->running.first != NULL) {
        struct http_call *call = http->running.first;

        detach(call);
        end_call(call, -EIO, "libcurl failed: the request was given up");
    }
    curl_multi_cleanup(old);
    timer_stop(&http->wanted);
    if (make_multi(http) < 0)
        abort(); /* out of memory, as in xalloc() */
}

/* Lets libcurl work. Only from the loop. */
static void act(struct http *http, curl_socket_t fd, int flags)
{
    int running;
    CURLMcode code = curl_multi_socket_action(http->multi, fd, flags, &running);

    if (code == CURLM_OK)
        drain(http);
    else
        rebuild(http, code);
    deliver(http);
}

static void on_socket_event(uv_poll_t *poll, int status, int events);

static void on_socket_closed(uv_handle_t *handle);

static void watch(struct http_socket *context)
{
    int result = uv_poll_start(&context->poll, context->events, on_socket_event);

    if (result < 0)
        log_error(NULL, "cannot watch a connection: %s", uv_strerror(result));
}

static void forget_socket(struct http_socket *context)
{
    /* The descriptor may be closed as soon as libcurl has been told, so libuv must let go of it now. */
    uv_poll_stop(&context->poll);
    uv_close((uv_handle_t *)&context->poll, on_socket_closed);
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
    struct http_socket *context = poll->data;
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
    act(context->http, fd, flags);
    /* An error has stopped the handle; where libcurl still wants the socket, it goes on. The memory is good
     * until the close callback, which cannot have come yet. */
    if (status < 0 && !uv_is_closing((uv_handle_t *)poll))
        watch(context);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct http *http = user;
    struct http_socket *context = known;

    (void)easy; /* may be a handle of libcurl's own */
    if (what == CURL_POLL_REMOVE) {
        if (context != NULL) {
            curl_multi_assign(http->multi, fd, NULL);
            forget_socket(context);
        }
        return 0;
    }
    if (context == NULL) {
        int result;

        context = xalloc(sizeof(*context));
        context->http = http;
        result = uv_poll_init_socket(http->loop, &context->poll, fd);
        if (result < 0) {
            log_error(NULL, "cannot watch a connection: %s", uv_strerror(result));
            free(context);
            return -1;
        }
        context->poll.data = context;
        http->sockets++;
        curl_multi_assign(http->multi, fd, context);
    }
    context->events =
        ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    watch(context);
    return 0;
}

/* libcurl must not be called from here. */
static int on_timeout(CURLM *multi, long timeout_ms, void *user)
{
    struct http *http = user;

    (void)multi;
    if (timeout_ms < 0)
        timer_stop(&http->wanted);
    else
        timer_start_in(&http->wanted, timeout_ms);
    return 0;
}

static int make_multi(struct http *http)
{
    http->multi = curl_multi_init();
    if (http->multi == NULL)
        return -ENOMEM;
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS_MAX);
    curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    return 0;
}

static void on_wanted(struct timer *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_kick(struct timer *timer)
{
    struct http *http = timer->data;

    if (http->running.first == NULL)
        return;
    timer_start_in(&http->kick, KICK_MS);
    act(http, CURL_SOCKET_TIMEOUT, 0);
}

static void on_deadline(struct timer *timer)
{
    end_call(timer->data, -ETIMEDOUT, NULL);
}

/* When the last connection has been closed as well. */
static void finish_close(struct http *http)
{
    void (*closed)(void *data) = http->closed;
    void *data = http->closed_data;

    timer_stop(&http->wanted);
    timer_stop(&http->kick);
    timer_stop(&http->turn);
    free(http);
    curl_global_cleanup();
    if (closed != NULL)
        closed(data);
}

static void on_socket_closed(uv_handle_t *handle)
{
    struct http_socket *context = handle->data;
    struct http *http = context->http;

    free(context);
    http->sockets--;
    if (http->multi == NULL && http->sockets == 0)
        finish_close(http);
}

static void on_turn(struct timer *timer)
{
    struct http *http = timer->data;
    CURLM *multi = http->multi;

    deliver(http);
    if (!http->closing || http->running.first != NULL || http->ended.first != NULL)
        return;
    /* Calls on_socket() for the connections that were kept. */
    curl_multi_cleanup(multi);
    http->multi = NULL;
    if (http->sockets == 0)
        finish_close(http);
}

int http_new(struct http **ret, uv_loop_t *loop, struct timers *timers, struct error *error)
{
    struct http *http;
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);

    if (code != CURLE_OK)
        return error_set(error, -EIO, "cannot start libcurl: %s", curl_easy_strerror(code));
    http = xalloc(sizeof(*http));
    http->loop = loop;
    http->timers = timers;
    timer_init(&http->wanted, timers, on_wanted, http);
    timer_init(&http->kick, timers, on_kick, http);
    timer_init(&http->turn, timers, on_turn, http);
    if (make_multi(http) < 0) {
        free(http);
        curl_global_cleanup();
        return error_set(error, -ENOMEM, "cannot start libcurl: out of memory");
    }
    *ret = http;
    return 0;
}

void http_close(struct http *http, void (*closed)(void *data), void *data)
{
    http->closing = true;
    http->closed = closed;
    http->closed_data = data;
    while (http->running.first != NULL)
        end_call(http->running.first, -ECANCELED, "meetingd is stopping");
    timer_start_in(&http->turn, 0);
}

struct http_call *http_start(struct http *http, const struct http_request *request, http_cb *callback,
                             void *data)
{
    struct http_call *call = http_call_new(request, http->timed_out, &http->opened, callback, data);
    CURLMcode code;

    call->http = http;
    timer_init(&call->deadline, http->timers, on_deadline, call);
    list_add(&http->running, call);
    if (call->result != 0) {
        mark_ended(call);
        return call;
    }
    if (http->closing) {
        end_call(call, -ECANCELED, "meetingd is stopping");
        return call;
    }
    code = curl_multi_add_handle(http->multi, call->easy);
    if (code != CURLM_OK) {
        end_call(call, -EIO, curl_multi_strerror(code));
        return call;
    }
    call->attached = true;
    /* Counts the time that the machine is suspended, and the wait for a connection; libcurl counts neither.
     */
    timer_start_in(&call->deadline, call->timeout_ms);
    if (!timer_running(&http->kick))
        timer_start_in(&http->kick, KICK_MS);
    return call;
}

void http_cancel(struct http_call *call)
{
    if (call->ended)
        http_call_fail(call, -ECANCELED, "cancelled");
    else
        end_call(call, -ECANCELED, "cancelled");
}

struct timers *http_timers(const struct http *http)
{
    return http->timers;
}

uint64_t http_connections_opened(const struct http *http)
{
    return http->opened;
}
