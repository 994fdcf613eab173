#include "feishu/http-proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/base.h"

static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

/* libcurl takes these, and repeats the whole URL where it does not take it. */
static const struct scheme {
    const char *name;
    const char *port; /* libcurl's, where the URL has none */
    bool tunnels;
} schemes[] = {
    {"http", "1080", true},     {"https", "443", true},     {"socks", "1080", false},
    {"socks4", "1080", false},  {"socks4a", "1080", false}, {"socks5", "1080", false},
    {"socks5h", "1080", false},
};

/* As libcurl: an empty variable is none. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static const struct scheme *find_scheme(const char *name)
{
    for (size_t i = 0; i < ELEMENTS(schemes); i++) {
        if (strcasecmp(schemes[i].name, name) == 0)
            return &schemes[i];
    }
    return NULL;
}

static int read_url(struct proxy *proxy, const char *text)
{
    CURLU *url = curl_url();
    char *name = NULL, *host = NULL, *port = NULL;
    const struct scheme *scheme = NULL;

    if (url != NULL &&
        curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_SCHEME, &name, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        scheme = find_scheme(name);
    if (scheme != NULL) {
        curl_url_get(url, CURLUPART_PORT, &port, 0);
        proxy->name =
            xasprintf("the proxy %s:%s (%s)", host, port != NULL ? port : scheme->port, proxy->variable);
        proxy->url = xstrdup(text);
        proxy->tunnels = scheme->tunnels;
    }
    curl_free(name);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    return scheme != NULL ? 0 : -EINVAL;
}

int proxy_find(struct proxy *ret, const char *host)
{
    const char *text = NULL, *list = environment("no_proxy");
    struct proxy proxy = {.variable = NULL};
    int result = 0;

    if (list == NULL)
        list = environment("NO_PROXY");
    for (size_t i = 0; i < ELEMENTS(variables) && text == NULL; i++) {
        text = environment(variables[i]);
        proxy.variable = variables[i];
    }
    if (text == NULL || (list != NULL && proxy_exempts(list, host)))
        proxy.variable = NULL;
    else
        result = read_url(&proxy, text);
    *ret = proxy;
    return result;
}

void proxy_fini(struct proxy *proxy)
{
    secret_free(proxy->url);
    free(proxy->name);
}

/* Whether `entry`, an address or a network, holds the address. */
static bool holds_address(const char *entry, int family, const unsigned char *address)
{
    unsigned long length = family == AF_INET ? 32 : 128, bits = length;
    unsigned char network[16], mask;
    const char *slash = strchr(entry, '/');
    CLEANUP_FREE char *base = xstrndup(entry, slash != NULL ? (size_t)(slash - entry) : strlen(entry));

    if (slash != NULL) {
        char *end;

        bits = strtoul(slash + 1, &end, 10);
        if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || bits > length)
            return false;
    }
    if (inet_pton(family, base, network) != 1 || memcmp(network, address, bits / 8) != 0)
        return false;
    mask = (unsigned char)(0xff00U >> bits % 8);
    return mask == 0 || ((network[bits / 8] ^ address[bits / 8]) & mask) == 0;
}

/* Whether `entry` is the name, or one that it is below. Both without dots at the end. */
static bool holds_name(const char *entry, const char *name)
{
    size_t length, name_length = strlen(name);

    if (*entry == '.')
        entry++;
    length = strlen(entry);
    if (length == 0 || length > name_length || strcasecmp(entry, name + name_length - length) != 0)
        return false;
    return length == name_length || name[name_length - length - 1] == '.';
}

static char *without_end(const char *text, size_t length, char end)
{
    return xstrndup(text, length > 0 && text[length - 1] == end ? length - 1 : length);
}

bool proxy_exempts(const char *list, const char *host)
{
    static const char between[] = ", \t";
    CLEANUP_FREE char *name =
        *host == '[' ? without_end(host + 1, strlen(host + 1), ']') : without_end(host, strlen(host), '.');
    unsigned char address[16];
    int family = AF_UNSPEC;

    if (strcmp(list, "*") == 0)
        return true;
    if (inet_pton(AF_INET, name, address) == 1)
        family = AF_INET;
    else if (inet_pton(AF_INET6, name, address) == 1)
        family = AF_INET6;
    while (*(list += strspn(list, between)) != '\0') {
        size_t length = strcspn(list, between);
        CLEANUP_FREE char *entry = without_end(list, length, '.');

        if (family != AF_UNSPEC ? holds_address(entry, family, address) : holds_name(entry, name))
            return true;
        list += length;
    }
    return false;
}
