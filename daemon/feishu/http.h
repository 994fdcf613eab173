/*
 * HTTP requests: libcurl's multi interface driven by libuv. Knows nothing of Feishu.
 *
 * One struct http serves all apps. Connections are reused, HTTP/2 is used where the server offers it,
 * redirects are not followed, plain http is refused except for loopback addresses, proxy environment
 * variables are honoured, and told by name where a proxy fails.
 */
#ifndef MEETINGD_FEISHU_HTTP_H
#define MEETINGD_FEISHU_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "base/error.h"
#include "base/timer.h"

struct http;
struct http_call;

/* An answer over this size ends the call with -EMSGSIZE. */
#define HTTP_ANSWER_MAX ((size_t)8 * 1024 * 1024)

struct http_request {
    const char *method; /* "GET", "POST", "PUT", "DELETE" */
    const char *url;
    const char *bearer;    /* secret: the Authorization header's token; NULL: none */
    const char *body;      /* JSON; NULL: none */
    const char *ca_file;   /* additional CA bundle; NULL: none */
    bool fresh_connection; /* one of its own over HTTP/1.1, so that libcurl never sends the request twice */
    int64_t timeout_ms;    /* of the whole call, connecting included */
};

struct http_answer {
    int result;         /* 0: there is an answer, whatever its status; else a negative errno value */
    const char *reason; /* for a person, where result is not 0: what failed and what to do; never NULL */
    bool sent;          /* whether anything of the request may have left */
    int status;         /* also beside a result, where the answer had begun; 0: none came */
    const char *body;   /* followed by a NUL; never NULL */
    size_t length;
    const char *content_type;  /* "" without one */
    const char *log_id;        /* X-Tt-Logid, else X-Request-Id; "" without one */
    int64_t ratelimit_reset_s; /* x-ogw-ratelimit-reset; UNKNOWN: none */
    int64_t server_time;       /* Date, Unix seconds; UNKNOWN: none */
};

/* The answer is borrowed for the time of the call. */
typedef void http_cb(void *data, const struct http_answer *answer);

/* The process must ignore SIGPIPE. */
int http_new(struct http **ret, uv_loop_t *loop, struct timers *timers, struct error *error);

/* Ends every call (-ECANCELED, from the loop), then closes; `closed(data)` comes when all is gone and freed.
 */
void http_close(struct http *http, void (*closed)(void *data), void *data);

/* Starts a request; all of it is copied. The callback comes exactly once, from the loop. */
struct http_call *http_start(struct http *http, const struct http_request *request, http_cb *callback,
                             void *data);

/* The callback comes from the loop with -ECANCELED. */
void http_cancel(struct http_call *call);

/* The timers that were given to http_new(), for whoever has to call back from the loop's next turn. */
struct timers *http_timers(const struct http *http);

/* For tests and metrics: connections that were opened so far. */
uint64_t http_connections_opened(const struct http *http);

#endif
