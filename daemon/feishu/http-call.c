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

/* Feishu's headers are some hundred bytes. */
#define HEADERS_MAX ((size_t)64 * 1024)

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
    if (length > HEADERS_MAX - call->header_bytes) {
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
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0)
        return CURL_SOCKET_BAD;
    if (address->family == AF_INET || address->family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof(unacknowledged_ms));
    (*call->opened)++;
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
    /* What is not encrypted stays on this machine: no proxy. */
    if (!call->tls)
        SET(CURLOPT_PROXY, "");
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
    if (!read_url(call))
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
    free(call->ca_file);
    free(call);
}

static int64_t info_number(const struct http_call *call, CURLINFO info)
{
    curl_off_t number = 0;

    curl_easy_getinfo(call->easy, info, &number);
    return number;
}

static long info_long(const struct http_call *call, CURLINFO info)
{
    long number = 0;

    curl_easy_getinfo(call->easy, info, &number);
    return number;
}

/* Whether anything of the request may have left. Bytes that only reached a proxy (CONNECT) count as sent as
 * far as libcurl goes, but on a connection of its own nothing of a request leaves before the TLS handshake is
 * done. */
bool http_call_may_have_left(const struct http_call *call)
{
    if (info_long(call, CURLINFO_REQUEST_SIZE) == 0)
        return false;
    return !(call->tls && call->fresh_connection && info_number(call, CURLINFO_APPCONNECT_TIME_T) == 0);
}

static const char *what_was_waited_for(const struct http_call *call)
{
    if (info_long(call, CURLINFO_RESPONSE_CODE) != 0)
        return "while its answer was coming in";
    if (http_call_may_have_left(call))
        return "while waiting for the answer";
    if (info_number(call, CURLINFO_NAMELOOKUP_TIME_T) == 0)
        return "while looking up its address";
    /* TCP, the proxy, or TLS. */
    return "while connecting";
}

void http_call_fail(struct http_call *call, int result, const char *reason)
{
    call->result = result;
    if (result == -ETIMEDOUT)
        snprintf(call->reason, sizeof(call->reason),
                 "%s did not answer within %" PRId64 ".%" PRId64 " s (%s)", call->host,
                 call->timeout_ms / 1000, call->timeout_ms % 1000 / 100, what_was_waited_for(call));
    else
        snprintf(call->reason, sizeof(call->reason), "%s", reason);
}

static void fail_with(struct http_call *call, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail_with(struct http_call *call, int result, const char *format, ...)
{
    va_list arguments;

    call->result = result;
    va_start(arguments, format);
    vsnprintf(call->reason, sizeof(call->reason), format, arguments);
    va_end(arguments);
}

/* libcurl's own words on it, without its prefix for certificates. */
static const char *details(const struct http_call *call, CURLcode code)
{
    static const char prefix[] = "SSL certificate problem: ";

    if (call->curl_text[0] == '\0')
        return curl_easy_strerror(code);
    if (strncmp(call->curl_text, prefix, sizeof(prefix) - 1) == 0)
        return call->curl_text + sizeof(prefix) - 1;
    return call->curl_text;
}

/* What to do about a certificate, by OpenSSL's verdict; libcurl compares names itself, before it notes one.
 */
static const char *certificate_advice(const struct http_call *call)
{
    switch (info_long(call, CURLINFO_SSL_VERIFYRESULT)) {
    case 0:  /* X509_V_OK */
    case 1:  /* X509_V_ERR_UNSPECIFIED */
    case 62: /* X509_V_ERR_HOSTNAME_MISMATCH */
    case 64: /* X509_V_ERR_IP_ADDRESS_MISMATCH */
        return "check base_url, and what stands between this machine and that host";
    case 9:  /* X509_V_ERR_CERT_NOT_YET_VALID */
    case 10: /* X509_V_ERR_CERT_HAS_EXPIRED */
        return "check this machine's clock; if it is right, the certificate has to be renewed there";
    default:
        return "if this authority is to be trusted, put its certificate into ca_file";
    }
}

static void conclude_no_connection(struct http_call *call, CURLcode code)
{
    int number = (int)info_long(call, CURLINFO_OS_ERRNO);

    if (number != 0)
        fail_with(call, -number, "cannot connect to %s: %s", call->host, strerror(number));
    else
        fail_with(call, -ENOTCONN, "cannot connect to %s: %s", call->host, details(call, code));
}

void http_call_conclude(struct http_call *call, CURLcode code)
{
    long connect_status = info_long(call, CURLINFO_HTTP_CONNECTCODE);

    if (code == CURLE_OK) {
        call->result = 0;
        return;
    }
    if (call->too_large) {
        fail_with(call, -EMSGSIZE, "the answer of %s is too large (over %zu MiB, or over %zu KiB of headers)",
                  call->host, HTTP_ANSWER_MAX >> 20, HEADERS_MAX >> 10);
        return;
    }
    if (connect_status != 0 && connect_status / 100 != 2) {
        fail_with(call, -ECONNREFUSED,
                  "the proxy refused to connect to %s (HTTP %ld): check https_proxy and no_proxy", call->host,
                  connect_status);
        return;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        fail_with(call, -EHOSTUNREACH, "cannot find the address of %s: check the name, and the DNS",
                  call->host);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
        fail_with(call, -EHOSTUNREACH, "cannot find the address of the proxy: check https_proxy");
        break;
    case CURLE_COULDNT_CONNECT:
        conclude_no_connection(call, code);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        fail_with(call, -EKEYREJECTED, "the certificate of %s is not trusted: %s; %s", call->host,
                  details(call, code), certificate_advice(call));
        break;
    case CURLE_SSL_CACERT_BADFILE:
        fail_with(call, -ENOKEY, "cannot read the CA certificates in %s: check the file",
                  call->ca_file != NULL ? call->ca_file : "the system's bundle");
        break;
    case CURLE_SSL_CONNECT_ERROR:
        fail_with(call, -EPROTO, "cannot make a TLS connection to %s: %s", call->host, details(call, code));
        break;
    case CURLE_OPERATION_TIMEDOUT:
        http_call_fail(call, -ETIMEDOUT, NULL);
        break;
    case CURLE_GOT_NOTHING:
        fail_with(call, -ECONNRESET, "%s closed the connection without an answer", call->host);
        break;
    case CURLE_PARTIAL_FILE:
        fail_with(call, -ECONNRESET, "the answer of %s was cut short", call->host);
        break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        fail_with(call, -ECONNRESET, "the connection to %s broke: %s", call->host, details(call, code));
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        fail_with(call, -EPROTO, "%s does not speak HTTP as expected: %s", call->host, details(call, code));
        break;
    default:
        fail_with(call, -EIO, "the request to %s failed: %s", call->host, details(call, code));
        break;
    }
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

    if (log_id == NULL)
        log_id = header(call, "X-Request-Id");
    call->callback(call->data,
                   &(struct http_answer){
                       .result = call->result,
                       .reason = call->reason,
                       .sent = http_call_may_have_left(call),
                       .status = (int)info_long(call, CURLINFO_RESPONSE_CODE),
                       .body = answered && call->answer.data != NULL ? call->answer.data : "",
                       .length = answered ? call->answer.length : 0,
                       .content_type = type != NULL ? type : "",
                       .log_id = log_id != NULL ? log_id : "",
                       .ratelimit_reset_s = read_ratelimit_reset(header(call, "x-ogw-ratelimit-reset")),
                       .server_time = read_date(header(call, "Date")),
                   });
}
