/*
 * Which proxy a host is reached through, by the environment: https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY,
 * the first that is set; no_proxy, NO_PROXY. libcurl can read them itself, but does not tell afterwards which
 * it used, and who reads of a failure must learn whose it is.
 */
#ifndef MEETINGD_FEISHU_HTTP_PROXY_H
#define MEETINGD_FEISHU_HTTP_PROXY_H

#include <stdbool.h>

struct proxy {
    const char *variable; /* where it was found; NULL: no proxy is used */
    char *url;            /* secret: a user and a password may be in it */
    char *name;           /* for messages: "the proxy HOST:PORT (https_proxy)" */
    bool tunnels;         /* by HTTP's CONNECT; false: SOCKS */
};

/* The proxy for an https:// URL of this host (IPv6 in brackets). -EINVAL: what the variable holds is no URL
 * of a proxy; only `variable` is set then. */
int proxy_find(struct proxy *ret, const char *host);

void proxy_fini(struct proxy *proxy);

/* Whether `list`, as of no_proxy, names the host: "*" alone for all, and else, with commas or blanks between
 * them, names that stand for all below them as well, addresses, and networks as 10.0.0.0/8. */
bool proxy_exempts(const char *list, const char *host);

#endif
