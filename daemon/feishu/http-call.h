/*
 * One HTTP request on its way, inside the room's http: an easy handle with all that it points to, and what is
 * told about it in the end. http.c drives it.
 */
#ifndef MEETINGD_FEISHU_HTTP_CALL_H
#define MEETINGD_FEISHU_HTTP_CALL_H

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/timer.h"
#include "feishu/http-proxy.h"
#include "feishu/http.h"

/* Feishu's headers are some hundred bytes. */
#define HTTP_HEADERS_MAX ((size_t)64 * 1024)

struct lane;

struct http_call {
    struct http *http;
    struct http_call *next, *previous; /* in one of http's lists */
    struct lane *lane;                 /* NULL: on none, or not any more */
    bool ended;                        /* `result` and `reason` stand; the callback is still owed */
    struct timer deadline;
    CURL *easy;
    http_cb *callback;
    void *data;

    char *method;
    char *url;
    char *host; /* for messages; never NULL */
    char *ca_file;
    char *body; /* secret */
    struct proxy proxy;
    bool tls;
    bool fresh_connection;
    bool distrust_old; /* kept connections that are not new are left alone */
    int64_t timeout_ms;
    struct curl_slist *headers; /* secret: the bearer token is in it */
    uint64_t *opened;           /* counts connections */

    bool connects;        /* has opened a socket, and not only used one that was there */
    bool left_before;     /* something of it had been sent by then */
    struct buffer answer; /* secret */
    size_t header_bytes;
    bool too_large;
    int result;
    char reason[400];
    char curl_text[CURL_ERROR_SIZE];
};

/* A call with its easy handle set up. Where the request cannot be made at all (a URL that is none, plain http
 * to another machine) the call comes back with `result` and `reason` filled in. With `distrust_old` kept
 * connections that are not new are closed instead of used. `opened` counts the connections that are opened
 * for it. */
struct http_call *http_call_new(const struct http_request *request, bool distrust_old, uint64_t *opened,
                                http_cb *callback, void *data);

/* Only when it is on no lane. Secrets are overwritten. */
void http_call_free(struct http_call *call);

/* Puts down how the call ended, from libcurl's code. */
void http_call_conclude(struct http_call *call, CURLcode code);

/* The same for an end that libcurl did not bring about. -ETIMEDOUT gets a reason of its own, that names what
 * was waited for; `reason` may then be NULL. */
void http_call_fail(struct http_call *call, int result, const char *reason);

/* Whether anything of the request may have left. Once the call has ended. */
bool http_call_may_have_left(const struct http_call *call);

/* Calls the callback with what was concluded. */
void http_call_report(struct http_call *call);

#endif
