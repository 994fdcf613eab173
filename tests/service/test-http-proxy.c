/* feishu/http-proxy: which proxy the environment means, for which hosts. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "feishu/http-call.h"
#include "feishu/http-proxy.h"

static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                        "http_proxy",  "no_proxy",    "NO_PROXY"};

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(variables); i++)
        unsetenv(variables[i]);
    return 0;
}

static void check(const char *host, const char *name)
{
    struct proxy proxy;

    assert_int_equal(proxy_find(&proxy, host), 0);
    if (name == NULL) {
        assert_null(proxy.variable);
        assert_null(proxy.name);
        assert_null(proxy.url);
    } else {
        assert_string_equal(proxy.name, name);
    }
    proxy_fini(&proxy);
}

static void the_first_variable_that_is_set_counts(void **state)
{
    (void)state;
    check("open.feishu.cn", NULL);
    setenv("http_proxy", "http://p0", 1); /* of no concern for https:// */
    check("open.feishu.cn", NULL);
    setenv("ALL_PROXY", "http://p4", 1);
    check("open.feishu.cn", "the proxy p4:1080 (ALL_PROXY)");
    setenv("all_proxy", "http://p3", 1);
    check("open.feishu.cn", "the proxy p3:1080 (all_proxy)");
    setenv("HTTPS_PROXY", "http://p2", 1);
    check("open.feishu.cn", "the proxy p2:1080 (HTTPS_PROXY)");
    setenv("https_proxy", "http://p1", 1);
    check("open.feishu.cn", "the proxy p1:1080 (https_proxy)");
    setenv("https_proxy", "", 1);
    check("open.feishu.cn", "the proxy p2:1080 (HTTPS_PROXY)");
    setenv("NO_PROXY", "open.feishu.cn", 1);
    check("open.feishu.cn", NULL);
    check("open.larksuite.com", "the proxy p2:1080 (HTTPS_PROXY)");
    setenv("no_proxy", "larksuite.com", 1);
    check("open.feishu.cn", "the proxy p2:1080 (HTTPS_PROXY)");
    check("open.larksuite.com", NULL);
}

static void urls_are_named_without_their_secrets(void **state)
{
    static const struct {
        const char *url;
        const char *address; /* NULL: none that can be */
        bool tunnels;
    } cases[] = {
        {"http://proxy.example:3128", "proxy.example:3128", true},
        {"http://proxy.example:3128/", "proxy.example:3128", true},
        {"proxy.example:3128", "proxy.example:3128", true},
        {"10.1.2.3", "10.1.2.3:1080", true},
        {"HTTP://proxy.example", "proxy.example:1080", true},
        {"https://proxy.example", "proxy.example:443", true},
        {"socks5h://proxy.example", "proxy.example:1080", false},
        {"socks4a://proxy.example:9", "proxy.example:9", false},
        {"http://user:hunter2@[::1]:8080", "[::1]:8080", true},
        {"user:hunter2@proxy.example:3128", "proxy.example:3128", true},
        {"http://user:hunter2%40@proxy.example:3128", "proxy.example:3128", true},
        {"http://hunter2@proxy.example", "proxy.example:1080", true},
        {"gopher://user:hunter2@proxy.example", NULL, false},
        {"http://user:hunter2@", NULL, false},
        {"http://user:hunter2@proxy.example:port", NULL, false},
        {"http://user:hun ter2@proxy example", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *name = xasprintf("the proxy %s (https_proxy)", cases[i].address);
        struct proxy proxy;
        int result;

        setenv("https_proxy", cases[i].url, 1);
        result = proxy_find(&proxy, "open.feishu.cn");
        assert_string_equal(proxy.variable, "https_proxy");
        if (cases[i].address == NULL) {
            if (result != -EINVAL || proxy.name != NULL || proxy.url != NULL)
                fail_msg("%s is taken", cases[i].url);
            continue;
        }
        if (result != 0 || strcmp(proxy.name, name) != 0 || strcmp(proxy.url, cases[i].url) != 0 ||
            proxy.tunnels != cases[i].tunnels)
            fail_msg("%s: %d, %s", cases[i].url, result, proxy.name);
        proxy_fini(&proxy);
    }
}

static void exempt_hosts(void **state)
{
    static const struct {
        const char *list;
        const char *host;
        bool exempt;
    } cases[] = {
        {"*", "open.feishu.cn", true},
        {"*", "[::1]", true},
        {"", "open.feishu.cn", false},
        {" , ,", "open.feishu.cn", false},
        {"open.feishu.cn", "open.feishu.cn", true},
        {"OPEN.Feishu.cn", "open.feishu.CN", true},
        {"feishu.cn", "open.feishu.cn", true},
        {".feishu.cn", "open.feishu.cn", true},
        {".feishu.cn", "feishu.cn", true},
        {"feishu.cn.", "open.feishu.cn", true},
        {"feishu.cn", "open.feishu.cn.", true},
        {"eishu.cn", "open.feishu.cn", false},
        {"open.feishu.cn", "feishu.cn", false},
        {"open.feishu.cn.evil.example", "open.feishu.cn", false},
        {"feishu.cn.example", "feishu.cn", false},
        {".", "open.feishu.cn", false},
        {"localhost,feishu.cn", "open.feishu.cn", true},
        {"localhost, feishu.cn", "open.feishu.cn", true},
        {"localhost feishu.cn", "open.feishu.cn", true},
        {"localhost\tfeishu.cn ,", "open.feishu.cn", true},
        {"*.feishu.cn", "open.feishu.cn", false}, /* libcurl's rules have no such pattern */
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1/32", "127.0.0.1", true},
        {"10.0.0.0/8", "10.200.3.4", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.168.64.0/18", "192.168.127.255", true},
        {"192.168.64.0/18", "192.168.128.0", false},
        {"0.0.0.0/0", "8.8.8.8", true},
        {"10.0.0.0/33", "10.0.0.0", false},
        {"10.0.0.0/", "10.0.0.0", false},
        {"10.0.0.0/-8", "10.0.0.0", false},
        {"10.0.0.0/8x", "10.0.0.1", false},
        {"0.1", "10.0.0.1", false}, /* addresses have no names above them */
        {"10.0.0.0/8", "10.example", false},
        {"::1", "[::1]", true},
        {"0:0::1", "[::1]", true},
        {"::1", "[::2]", false},
        {"fd00::/8", "[fdab::1]", true},
        {"fd00::/8", "[fe80::1]", false},
        {"2001:db8::/33", "[2001:db8:7fff::1]", true},
        {"2001:db8::/33", "[2001:db8:8000::1]", false},
        {"::1/128", "[::1]", true},
        {"127.0.0.1", "[::1]", false},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        if (proxy_exempts(cases[i].list, cases[i].host) != cases[i].exempt)
            fail_msg("\"%s\" and %s", cases[i].list, cases[i].host);
    }
}

/* A libcurl that cannot do with the proxy says so with its URL. */
static void words_with_its_password_are_not_told(void **state)
{
    const struct http_request request = {
        .method = "GET", .url = "https://open.feishu.cn/", .timeout_ms = 1000};
    uint64_t opened = 0;
    struct http_call *call;

    (void)state;
    setenv("https_proxy", "https://user:hunter2@proxy.example", 1);
    call = http_call_new(&request, false, &opened, NULL, NULL);
    assert_int_equal(call->result, 0);
    snprintf(call->curl_text, sizeof(call->curl_text), "Unsupported proxy '%s'", call->proxy.url);
    http_call_conclude(call, CURLE_NOT_BUILT_IN);
    assert_ptr_equal(
        strstr(call->reason, "the request to the proxy proxy.example:443 (https_proxy) failed: "),
        call->reason);
    assert_null(strstr(call->reason, "hunter2"));
    http_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_variable_that_is_set_counts, clear, clear),
        cmocka_unit_test_setup_teardown(urls_are_named_without_their_secrets, clear, clear),
        cmocka_unit_test(exempt_hosts),
        cmocka_unit_test_setup_teardown(words_with_its_password_are_not_told, clear, clear),
    };

    return cmocka_run_group_tests_name("http-proxy", tests, NULL, NULL);
}
