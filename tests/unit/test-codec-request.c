/* The bodies of requests, byte for byte: every field of feishu-api.md 1.2 and 1.4 set alone, all at once, and
 * not at all. */
#include "lib/test.h"

#include "base/base.h"
#include "feishu/codec.h"

#define END 1608888867

static void set_nothing(struct meeting_settings *settings)
{
    (void)settings;
}

static void set_topic(struct meeting_settings *settings)
{
    str_set(&settings->topic, "my meeting");
}

static void set_empty_topic(struct meeting_settings *settings)
{
    str_set(&settings->topic, "");
}

/* JSON's own signs, a slash (which json-c would escape), Chinese, and something beyond U+FFFF. */
static void set_hard_topic(struct meeting_settings *settings)
{
    str_set(&settings->topic, "a/b \"c\" \\ \n\t\x01 每日站会 😀");
}

static void set_no_permissions(struct meeting_settings *settings)
{
    settings->action_permissions_set = true;
}

/* Two lines of one permission are one entry with two checkers, and another permission is another entry. */
static void set_permissions(struct meeting_settings *settings)
{
    struct permission_checker *checker =
        meeting_settings_add_checker(settings, PERMISSION_HOST, CHECK_FIELD_USER_ID, CHECK_MODE_ALLOW);

    string_list_add(&checker->check_list, "ou_a");
    string_list_add(&checker->check_list, "ou_b");
    checker = meeting_settings_add_checker(settings, PERMISSION_JOIN, CHECK_FIELD_TENANT_ID, CHECK_MODE_DENY);
    string_list_add(&checker->check_list, "2ca1d211f64f6438");
    checker =
        meeting_settings_add_checker(settings, PERMISSION_HOST, CHECK_FIELD_USER_TYPE, CHECK_MODE_ALLOW);
    string_list_add(&checker->check_list, "2");
    meeting_settings_add_checker(settings, PERMISSION_INVITE, CHECK_FIELD_USER_TYPE, CHECK_MODE_DENY);
}

static void set_group(struct meeting_settings *settings)
{
    settings->meeting_initial_type = MEETING_INITIAL_TYPE_GROUP;
}

static void set_call(struct meeting_settings *settings)
{
    settings->meeting_initial_type = MEETING_INITIAL_TYPE_CALL;
}

static void set_connect(struct meeting_settings *settings)
{
    settings->meeting_connect = FLAG_YES;
}

static void set_no_connect(struct meeting_settings *settings)
{
    settings->meeting_connect = FLAG_NO;
}

static void set_record(struct meeting_settings *settings)
{
    settings->auto_record = FLAG_YES;
}

static void set_no_record(struct meeting_settings *settings)
{
    settings->auto_record = FLAG_NO;
}

static void set_hosts(struct meeting_settings *settings)
{
    settings->assign_host_list_set = true;
    string_list_add(&settings->assign_host_list, "ou_a");
    string_list_add(&settings->assign_host_list, "ou_b");
}

static void set_no_hosts(struct meeting_settings *settings)
{
    settings->assign_host_list_set = true;
}

static void set_password(struct meeting_settings *settings)
{
    str_set(&settings->password, "0971024");
}

static void set_no_password(struct meeting_settings *settings)
{
    str_set(&settings->password, "");
}

static void set_callee(struct meeting_settings *settings)
{
    settings->callee = xalloc(sizeof(*settings->callee));
    str_set(&settings->callee->id, "ou_3ec3f6a28a0d08c45d895276e8e5e19b");
    settings->callee->user_type = USER_TYPE_PSTN;
    str_set(&settings->callee->nickname, "dodo");
    str_set(&settings->callee->main_address, "+86-02187654321");
}

static void set_bare_callee(struct meeting_settings *settings)
{
    settings->callee = xalloc(sizeof(*settings->callee));
    settings->callee->user_type = USER_TYPE_PSTN;
}

static void set_callee_address(struct meeting_settings *settings)
{
    set_bare_callee(settings);
    str_set(&settings->callee->main_address, "+86-13800000000");
}

static void set_all(struct meeting_settings *settings)
{
    set_topic(settings);
    set_permissions(settings);
    set_call(settings);
    set_connect(settings);
    set_no_record(settings);
    set_hosts(settings);
    set_password(settings);
    set_callee(settings);
}

#define PERMISSIONS                                                                                          \
    "\"action_permissions\":["                                                                               \
    "{\"permission\":1,\"permission_checkers\":["                                                            \
    "{\"check_field\":1,\"check_mode\":1,\"check_list\":[\"ou_a\",\"ou_b\"]},"                               \
    "{\"check_field\":2,\"check_mode\":1,\"check_list\":[\"2\"]}]},"                                         \
    "{\"permission\":3,\"permission_checkers\":["                                                            \
    "{\"check_field\":3,\"check_mode\":2,\"check_list\":[\"2ca1d211f64f6438\"]}]},"                          \
    "{\"permission\":2,\"permission_checkers\":["                                                            \
    "{\"check_field\":2,\"check_mode\":2,\"check_list\":[]}]}]"
#define CALLEE                                                                                               \
    "\"call_setting\":{\"callee\":{\"id\":\"ou_3ec3f6a28a0d08c45d895276e8e5e19b\",\"user_type\":6,"          \
    "\"pstn_sip_info\":{\"nickname\":\"dodo\",\"main_address\":\"+86-02187654321\"}}}"
#define HOSTS "\"assign_host_list\":[{\"user_type\":1,\"id\":\"ou_a\"},{\"user_type\":1,\"id\":\"ou_b\"}]"

/* What stands inside meeting_settings; `updated` NULL: the same as in apply. */
static const struct {
    void (*set)(struct meeting_settings *settings);
    const char *applied;
    const char *updated;
} cases[] = {
    {set_nothing, "", NULL},
    {set_topic, "\"topic\":\"my meeting\"", NULL},
    {set_empty_topic, "\"topic\":\"\"", NULL},
    {set_hard_topic, "\"topic\":\"a/b \\\"c\\\" \\\\ \\n\\t\\u0001 每日站会 😀\"", NULL},
    {set_no_permissions, "\"action_permissions\":[]", NULL},
    {set_permissions, PERMISSIONS, NULL},
    {set_group, "\"meeting_initial_type\":1", NULL},
    {set_call, "\"meeting_initial_type\":2", NULL},
    {set_connect, "\"meeting_connect\":true", ""},
    {set_no_connect, "\"meeting_connect\":false", ""},
    {set_record, "\"auto_record\":true", NULL},
    {set_no_record, "\"auto_record\":false", NULL},
    {set_hosts, HOSTS, NULL},
    {set_no_hosts, "\"assign_host_list\":[]", NULL},
    {set_password, "\"password\":\"0971024\"", NULL},
    {set_no_password, "\"password\":\"\"", NULL},
    {set_callee, CALLEE, NULL},
    {set_bare_callee, "\"call_setting\":{\"callee\":{\"user_type\":6}}", NULL},
    {set_callee_address,
     "\"call_setting\":{\"callee\":{\"user_type\":6,\"pstn_sip_info\":{\"main_address\":\"+86-13800000000\"}}"
     "}",
     NULL},
    {set_all,
     "\"topic\":\"my meeting\"," PERMISSIONS ",\"meeting_initial_type\":2,\"meeting_connect\":true," CALLEE
     ",\"auto_record\":false," HOSTS ",\"password\":\"0971024\"",
     "\"topic\":\"my meeting\"," PERMISSIONS ",\"meeting_initial_type\":2," CALLEE
     ",\"auto_record\":false," HOSTS ",\"password\":\"0971024\""},
};

static void check_apply(int64_t end_time, const char *owner_id, const struct meeting_settings *settings,
                        const char *start, const char *inside)
{
    CLEANUP_FREE char *expected = xasprintf("{%s\"meeting_settings\":{%s}}", start, inside);
    char *body = codec_apply_request(end_time, owner_id, settings);

    assert_string_equal(body, expected);
    secret_free(body);
}

static void apply_sends_what_is_set_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct meeting_settings settings;

        meeting_settings_init(&settings);
        cases[i].set(&settings);
        check_apply(END, "ou_owner", &settings, "\"end_time\":\"1608888867\",\"owner_id\":\"ou_owner\",",
                    cases[i].applied);
        check_apply(END, NULL, &settings, "\"end_time\":\"1608888867\",", cases[i].applied);
        check_apply(UNKNOWN, NULL, &settings, "", cases[i].applied);
        meeting_settings_fini(&settings);
    }
}

static void check_update(int64_t end_time, const struct meeting_settings *settings, const char *expected)
{
    char *body = codec_update_request(end_time, settings);

    assert_string_equal(body, expected);
    secret_free(body);
}

static void update_leaves_out_what_cannot_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const char *inside = cases[i].updated != NULL ? cases[i].updated : cases[i].applied;
        /* Without anything inside, meeting_settings itself is left out: nobody knows what an empty one does.
         */
        bool empty = *inside == '\0';
        CLEANUP_FREE char *both =
            empty ? xstrdup("{\"end_time\":\"1608888867\"}")
                  : xasprintf("{\"end_time\":\"1608888867\",\"meeting_settings\":{%s}}", inside);
        CLEANUP_FREE char *alone = empty ? xstrdup("{}") : xasprintf("{\"meeting_settings\":{%s}}", inside);
        struct meeting_settings settings;

        meeting_settings_init(&settings);
        cases[i].set(&settings);
        check_update(END, &settings, both);
        check_update(UNKNOWN, &settings, alone);
        meeting_settings_fini(&settings);
    }
    check_update(END, NULL, "{\"end_time\":\"1608888867\"}");
    check_update(UNKNOWN, NULL, "{}");
}

/* Times are decimal text, whatever their size. */
static void end_time_is_text(void **state)
{
    struct meeting_settings settings;

    (void)state;
    meeting_settings_init(&settings);
    check_apply(0, NULL, &settings, "\"end_time\":\"0\",", "");
    check_apply(INT64_C(4102444800), NULL, &settings, "\"end_time\":\"4102444800\",", "");
    check_apply(INT64_MAX, NULL, &settings, "\"end_time\":\"9223372036854775807\",", "");
}

static void token_request_has_two_members(void **state)
{
    char *body = codec_token_request("cli_9f5343c580712544", "s\"e/c\\ret");

    (void)state;
    assert_string_equal(body, "{\"app_id\":\"cli_9f5343c580712544\",\"app_secret\":\"s\\\"e/c\\\\ret\"}");
    secret_free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apply_sends_what_is_set_and_nothing_else),
        cmocka_unit_test(update_leaves_out_what_cannot_change),
        cmocka_unit_test(end_time_is_text),
        cmocka_unit_test(token_request_has_two_members),
    };

    return cmocka_run_group_tests_name("codec-request", tests, NULL, NULL);
}
