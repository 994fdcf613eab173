/* How a call ended: whether anything of it may have left, and the reason for a person. */
#include "feishu/http-call.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* Bytes that only reached a proxy (CONNECT) count as sent as far as libcurl goes, but on a connection that
 * was opened for it nothing of a request leaves before the TLS handshake is done. A call whose first
 * connection was a kept one, and dead, may have left on that; a fresh one has never had such. */
bool http_call_may_have_left(const struct http_call *call)
{
    if (info_long(call, CURLINFO_REQUEST_SIZE) == 0)
        return false;
    return !(call->tls && call->connects && (call->fresh_connection || !call->left_before) &&
             info_number(call, CURLINFO_APPCONNECT_TIME_T) == 0);
}

/* Whether the call has come no further than to its proxy. */
static bool is_at_proxy(const struct http_call *call)
{
    if (call->proxy.name == NULL)
        return false;
    if (!call->connects) /* waits for an address, or has used a connection that was there */
        return info_long(call, CURLINFO_REQUEST_SIZE) == 0;
    if (call->proxy.tunnels)
        return info_long(call, CURLINFO_HTTP_CONNECTCODE) / 100 != 2;
    return info_number(call, CURLINFO_CONNECT_TIME_T) == 0;
}

/* Whom the call had to do with when it ended. */
static const char *peer(const struct http_call *call)
{
    return is_at_proxy(call) ? call->proxy.name : call->host;
}

/* What was waited for: words, and whom they are about ("" for nobody else than the peer). */
static const char *wait_of(const struct http_call *call, const char **ret_whom)
{
    bool resolved = info_number(call, CURLINFO_NAMELOOKUP_TIME_T) != 0;

    *ret_whom = "";
    if (is_at_proxy(call)) {
        if (info_long(call, CURLINFO_REQUEST_SIZE) == 0) /* no CONNECT has left */
            return resolved ? "while connecting" : "while looking up its address";
        *ret_whom = call->host;
        return "while connecting to ";
    }
    if (info_long(call, CURLINFO_RESPONSE_CODE) != 0)
        return "while its answer was coming in";
    if (call->proxy.name != NULL && call->connects && info_number(call, CURLINFO_APPCONNECT_TIME_T) == 0) {
        *ret_whom = call->proxy.name;
        return "while connecting through ";
    }
    if (http_call_may_have_left(call))
        return "while waiting for the answer";
    /* TCP, or TLS. */
    return resolved ? "while connecting" : "while looking up its address";
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

void http_call_fail(struct http_call *call, int result, const char *reason)
{
    const char *whom, *what;

    if (result != -ETIMEDOUT) {
        fail_with(call, result, "%s", reason);
        return;
    }
    what = wait_of(call, &whom);
    fail_with(call, result, "%s did not answer within %" PRId64 ".%" PRId64 " s (%s%s)", peer(call),
              call->timeout_ms / 1000, call->timeout_ms % 1000 / 100, what, whom);
}

/* libcurl's own words on it, without its prefix for certificates; not where they have the proxy's URL in
 * them, whose password is nobody's business. */
static const char *details(const struct http_call *call, CURLcode code)
{
    static const char prefix[] = "SSL certificate problem: ";

    if (call->curl_text[0] == '\0' ||
        (call->proxy.url != NULL && strstr(call->curl_text, call->proxy.url) != NULL))
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

static void conclude_no_tunnel(struct http_call *call, long status)
{
    if (status == 407)
        fail_with(call, -ECONNREFUSED, "%s asks for a user and a password (HTTP 407): check them in %s",
                  call->proxy.name, call->proxy.variable);
    else
        fail_with(call, -ECONNREFUSED, "%s refused to connect to %s (HTTP %ld): check %s and no_proxy",
                  call->proxy.name, call->host, status, call->proxy.variable);
}

static void conclude_no_connection(struct http_call *call, CURLcode code)
{
    int number = (int)info_long(call, CURLINFO_OS_ERRNO);

    if (number != 0)
        fail_with(call, -number, "cannot connect to %s: %s", peer(call), strerror(number));
    else
        fail_with(call, -ENOTCONN, "cannot connect to %s: %s", peer(call), details(call, code));
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
                  peer(call), HTTP_ANSWER_MAX >> 20, HTTP_HEADERS_MAX >> 10);
        return;
    }
    if (connect_status != 0 && connect_status / 100 != 2) {
        conclude_no_tunnel(call, connect_status);
        return;
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        fail_with(call, -EHOSTUNREACH, "cannot find the address of %s: check the name, and the DNS",
                  peer(call));
        break;
    case CURLE_COULDNT_CONNECT:
        conclude_no_connection(call, code);
        break;
    case CURLE_PROXY: /* SOCKS */
        fail_with(call, -ECONNREFUSED, "%s did not connect to %s: %s", call->proxy.name, call->host,
                  details(call, code));
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        fail_with(call, -EKEYREJECTED, "the certificate of %s is not trusted: %s; %s", peer(call),
                  details(call, code), certificate_advice(call));
        break;
    case CURLE_SSL_CACERT_BADFILE:
        fail_with(call, -ENOKEY, "cannot read the CA certificates in %s: check the file",
                  call->ca_file != NULL ? call->ca_file : "the system's bundle");
        break;
    case CURLE_SSL_CONNECT_ERROR:
        fail_with(call, -EPROTO, "cannot make a TLS connection to %s: %s", peer(call), details(call, code));
        break;
    case CURLE_OPERATION_TIMEDOUT:
        http_call_fail(call, -ETIMEDOUT, NULL);
        break;
    case CURLE_GOT_NOTHING:
        fail_with(call, -ECONNRESET, "%s closed the connection without an answer", peer(call));
        break;
    case CURLE_PARTIAL_FILE:
        fail_with(call, -ECONNRESET, "the answer of %s was cut short", peer(call));
        break;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        fail_with(call, -ECONNRESET, "the connection to %s broke: %s", peer(call), details(call, code));
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        fail_with(call, -EPROTO, "%s does not speak HTTP as expected: %s", peer(call), details(call, code));
        break;
    default:
        fail_with(call, -EIO, "the request to %s failed: %s", peer(call), details(call, code));
        break;
    }
}
