#include "feishu/http-call.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/base.h"
#include "model/model.h"

/* How long the kernel waits for a peer that acknowledges nothing. Without it a multiplexed connection through
 * a path that swallows everything (a NAT that forgot, a network that changed) stays in use for a quarter of
 * an hour, and every call on it times out. */
#define UNACKNOWLEDGED_MS 15000

/* A mended ca_file or CA bundle is noticed after this long. */
#define CA_CACHE_S 60L

/* While calls time out, a kept connection over this age is not used; libcurl knows whole seconds. */
#define DISTRUSTED_AGE_S 1L

#define RATELIMIT_RESET_MAX_S (INT64_C(31) * 24 * 3600)

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct http_call *call = user;
    size_t length = size * count;

    if (length > HTTP_ANSWER_MAX - call->answer.length) {
        call->too_large = true;
        return length + 1; /* anything but `length` ends the transfer */
    }
    buffer_append(&call->answer, data, length);
    return length;
}

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct http_call *call = user;
    size_t length = size * count;

    (void)data;
    if (length > HTTP_HEADERS_MAX - call->header_bytes) {
        call->too_large = true;
        return length + 1;
    }
    call->header_bytes += length;
    return length;
}

/* libcurl's own sockets would be inherited by the programs that hooks run. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_call *call = user;
    unsigned unacknowledged_ms = UNACKNOWLEDGED_MS;
    long sent = 0;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (address->family == AF_INET || address->family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof(unacknowledged_ms));
    (*call->opened)++;
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &sent);
    call->connects = true;
    call->left_before = call->left_before || sent > 0;
    return fd;
}

static bool is_loopback(const char *host)
{
    size_t length = strlen(host);
    struct in_addr v4;

    /* libcurl itself resolves "localhost" to loopback addresses, whatever the DNS says. */
    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    return length > 0 && inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static bool read_url(struct http_call *call)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL;
    bool good = url != NULL && curl_url_set(url, CURLUPART_URL, call->url, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK;

    call->host = xstrdup(host != NULL ? host : "?");
    if (!good)
        http_call_fail(call, -EINVAL, "the base URL is not a URL: check base_url");
    else if (strcmp(scheme, "https") == 0)
        call->tls = true;
    else if (strcmp(scheme, "http") != 0 || !is_loopback(call->host))
        http_call_fail(call, -EINVAL,
                       "only https:// is used, and http:// for a loopback address alone: check base_url");
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return call->result == 0;
}

static bool find_proxy(struct http_call *call)
{
    CLEANUP_FREE char *reason = NULL;

    if (!call->tls || proxy_find(&call->proxy, call->host) == 0)
        return true;
    reason = xasprintf("%s is not the URL of a proxy: check it", call->proxy.variable);
    http_call_fail(call, -EHOSTUNREACH, reason);
    return false;
}

static void add_header(struct http_call *call, const char *line)
{
    struct curl_slist *headers = curl_slist_append(call->headers, line);

    if (headers == NULL)
        abort(); /* out of memory, as in xalloc() */
    call->headers = headers;
}

static void add_headers(struct http_call *call, const char *bearer)
{
    if (bearer != NULL) {
        char *line = xasprintf("Authorization: Bearer %s", bearer);

        add_header(call, line);
        secret_free(line);
    }
    if (call->body != NULL)
        add_header(call, "Content-Type: application/json; charset=utf-8");
    /* A request that waits for "100 Continue" may be sent twice by libcurl (417). */
    add_header(call, "Expect:");
}

#define SET(option, value)                                                                                   \
    do {                                                                                                     \
        if (code == CURLE_OK)                                                                                \
            code = curl_easy_setopt(call->easy, option, value);                                              \
    } while (0)

static CURLcode set_request(struct http_call *call)
{
    CURLcode code = CURLE_OK;

    SET(CURLOPT_URL, call->url);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_USERAGENT, "meetingd/" PACKAGE_VERSION);
    SET(CURLOPT_HTTPHEADER, call->headers);
    if (strcmp(call->method, "GET") == 0) {
        SET(CURLOPT_HTTPGET, 1L);
    } else {
        SET(CURLOPT_CUSTOMREQUEST, call->method);
        if (call->body != NULL) {
            SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(call->body));
            SET(CURLOPT_POSTFIELDS, call->body);
        }
    }
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, call);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, call);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_PRIVATE, call);
    SET(CURLOPT_ERRORBUFFER, call->curl_text);
    return code;
}

static CURLcode set_connection(struct http_call *call)
{
    CURLcode code = CURLE_OK;

    SET(CURLOPT_PROTOCOLS_STR, call->tls ? "https" : "http");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, call);
    /* The whole time is watched by http.c; told here as well, libcurl shares the time out among a host's
     * addresses. */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)call->timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    /* Found already; and what is not encrypted stays on this machine, without one. */
    SET(CURLOPT_PROXY, call->proxy.url != NULL ? call->proxy.url : "");
    SET(CURLOPT_NOPROXY, "");
    if (call->ca_file != NULL) {
        /* CAINFO takes the place of the system's bundle; the system's hashed directory stays beside it. */
        SET(CURLOPT_CAINFO, call->ca_file);
        SET(CURLOPT_CAPATH, "/etc/ssl/certs");
    }
    SET(CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_S);
    if (call->fresh_connection) {
        /* libcurl sends a request again, POST too, when a connection that others use as well dies without an
         * answer. So this one is nobody else's: not reused, not kept, and not shared by HTTP/2 streams in
         * the meantime, which would mark it as reused. */
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_FORBID_REUSE, 1L);
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    } else {
        SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        /* Many calls at once wait to see whether they can share the first one's connection. */
        SET(CURLOPT_PIPEWAIT, call->tls ? 1L : 0L);
        if (call->distrust_old)
            SET(CURLOPT_MAXLIFETIME_CONN, DISTRUSTED_AGE_S);
    }
    return code;
}

struct http_call *http_call_new(const struct http_request *request, bool distrust_old, uint64_t *opened,
                                http_cb *callback, void *data)
{
    struct http_call *call = xalloc(sizeof(*call));
    CURLcode code;

    call->callback = callback;
    call->data = data;
    call->method = xstrdup(request->method);
    call->url = xstrdup(request->url);
    call->ca_file = xstrdup(request->ca_file);
    call->body = xstrdup(request->body);
    call->fresh_connection = request->fresh_connection;
    call->distrust_old = distrust_old;
    call->timeout_ms = request->timeout_ms;
    call->opened = opened;
    call->easy = curl_easy_init();
    if (call->easy == NULL)
        abort(); /* out of memory, as in xalloc() */
    add_headers(call, request->bearer);
    if (!read_url(call) || !find_proxy(call))
        return call;
    code = set_request(call);
    if (code == CURLE_OK)
        code = set_connection(call);
    if (code != CURLE_OK)
        http_call_conclude(call, code);
    return call;
}

void http_call_free(struct http_call *call)
{
    curl_easy_cleanup(call->easy);
    for (struct curl_slist *header = call->headers; header != NULL; header = header->next)
        explicit_bzero(header->data, strlen(header->data));
    curl_slist_free_all(call->headers);
    if (call->answer.data != NULL)
        explicit_bzero(call->answer.data, call->answer.capacity);
    buffer_fini(&call->answer);
    secret_free(call->body);
    free(call->method);
    free(call->url);
    free(call->host);
    proxy_fini(&call->proxy);
    free(call->ca_file);
    free(call);
}

static const char *header(const struct http_call *call, const char *name)
{
    struct curl_header *found;

    if (curl_easy_header(call->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
        return NULL;
    return found->value;
}

static int64_t read_ratelimit_reset(const char *text)
{
    char *end;
    long long seconds;

    if (text == NULL || *text < '0' || *text > '9')
        return UNKNOWN;
    seconds = strtoll(text, &end, 10);
    return *end == '\0' && seconds <= RATELIMIT_RESET_MAX_S ? seconds : UNKNOWN;
}

static int64_t read_date(const char *text)
{
    time_t seconds = text != NULL ? curl_getdate(text, NULL) : -1;

    return seconds > 0 ? (int64_t)seconds : UNKNOWN;
}

void http_call_report(struct http_call *call)
{
    const char *type = header(call, "Content-Type"), *log_id = header(call, "X-Tt-Logid");
    bool answered = call->result == 0;
    long status = 0;

    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    if (log_id == NULL)
        log_id = header(call, "X-Request-Id");
    call->callback(call->data,
                   &(struct http_answer){
                       .result = call->result,
                       .reason = call->reason,
                       .sent = http_call_may_have_left(call),
                       .status = (int)status,
                       .body = answered && call->answer.data != NULL ? call->answer.data : "",
                       .length = answered ? call->answer.length : 0,
                       .content_type = type != NULL ? type : "",
                       .log_id = log_id != NULL ? log_id : "",
                       .ratelimit_reset_s = read_ratelimit_reset(header(call, "x-ogw-ratelimit-reset")),
                       .server_time = read_date(header(call, "Date")),
                   });
}
