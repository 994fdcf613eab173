/* config/values, config/lists: what each type of value takes, and what it says of the rest. */
#include "lib/load-text.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "config/values.h"

/* Line PLAN_LINES + 1 is `line`. */
static char *plan_with(const char *line)
{
    return xasprintf("%s%s\n", PLAN_TEXT, line);
}

static struct config *good_plan(const char *line)
{
    CLEANUP_FREE char *text = plan_with(line);

    return load_good(text);
}

static void bad_plan(const char *line, const char *key, const char *end)
{
    CLEANUP_FREE char *text = plan_with(line);
    CLEANUP_FREE char *begin = xasprintf("a.conf:%d: [reservation p] %s: ", PLAN_LINES + 1, key);

    expect_problem(text, begin, end);
}

static void bad_line(const char *section, const char *line, const char *end)
{
    CLEANUP_FREE char *key = xstrndup(line, strcspn(line, " "));
    CLEANUP_FREE char *text = xasprintf("[%s]\n%s\n", section, line);
    CLEANUP_FREE char *begin = xasprintf("a.conf:2: [%s] %s: ", section, key);

    expect_problem(text, begin, end);
}

static void bad_app(const char *line, const char *end)
{
    CLEANUP_FREE char *key = xstrndup(line, strcspn(line, " "));
    CLEANUP_FREE char *text = xasprintf("%s%s\n", APP_TEXT, line);
    CLEANUP_FREE char *begin = xasprintf("a.conf:%d: [app] %s: ", APP_LINES + 1, key);

    expect_problem(text, begin, end);
}

static struct config *good_app(const char *line)
{
    CLEANUP_FREE char *text = xasprintf("%s%s\n", APP_TEXT, line);

    return load_good(text);
}

static void booleans(void **state)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1", "No", "YES"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(words); i++) {
        CLEANUP_FREE char *text = xasprintf("[poll]\nparticipants = %s\n", words[i]);
        CLEANUP_FREE char *line = xasprintf("auto_record = %s", words[i]);
        struct config *poll = load_good(text), *plan = good_plan(line);

        assert_int_equal(poll->poll.participants, i % 2 == 1);
        assert_int_equal(plan->plans.items[0]->meeting_settings.auto_record, i % 2 == 1 ? FLAG_YES : FLAG_NO);
        config_free(poll);
        config_free(plan);
    }
    bad_line("poll", "participants = maybe",
             "\"maybe\" is neither yes nor no: write yes, true, on, 1 or no, false, off, 0");
    bad_line("poll",
             "participants =", "\"\" is neither yes nor no: write yes, true, on, 1 or no, false, off, 0");
}

static void spans(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"10s", 10000},         {"5min", 300000},  {"1h 30min", 5400000}, {"30d", INT64_C(2592000000)},
        {"500ms", 500},         {"100ms", 100},    {"1h30min", 5400000},  {"2", 2000},
        {"1week", 604800000LL}, {"0.5min", 30000}, {"1 h  5 s", 3605000}};
    static const char no_span[] = " is no time span: write one such as 500ms, 10s, 5min or 1h 30min";

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        CLEANUP_FREE char *text = xasprintf("[poll]\nlive = %s\n", good[i].text);
        struct config *config = load_good(text);

        assert_int_equal(config->poll.live_ms, good[i].ms);
        config_free(config);
    }
    {
        struct config *config = load_good("[poll]\nidle = 0\nearly = 0\n");

        assert_int_equal(config->poll.idle_ms, 0);
        assert_int_equal(config->poll.early_ms, 0);
        config_free(config);
    }
    bad_line("poll", "live = soon", no_span);
    bad_line("poll", "live =", no_span);
    bad_line("poll", "live = -10s", no_span);
    bad_line("poll", "live = 10 parsecs", no_span);
    bad_line("poll", "live = 99ms", "99ms is too short: write a time span of at least 100ms");
    bad_line("poll", "live = 0", "0 is too short: write a time span of at least 100ms");
    bad_line("poll", "live = 2000y", "2000y is too long: write a time span of at most 365000d");
    bad_app("timeout = 2h", "2h is too long: write a time span of at most 1h");
    bad_line("poll", "idle = 50ms",
             "50ms is too short: write a time span of at least 100ms, or 0 for not at all");
    bad_line("poll", "live = 10s # as fast as that",
             "write one such as 500ms, 10s, 5min or 1h 30min (a comment stands on a line of its own)");
}

static void times(void **state)
{
    struct config *config =
        load_good(APP_TEXT "[reservation p]\nstart = 2026-11-23 09:30:15\nduration = 1500s\n"
                           "timezone = America/New_York\n");
    const struct plan *plan = config->plans.items[0];
    static const char no_time[] = " is no time of the calendar: write one such as 2026-11-23 09:30 or "
                                  "2026-11-23 09:30:00";

    (void)state;
    assert_true(plan->has_start);
    assert_memory_equal(&plan->start, &((struct local_time){2026, 11, 23, 9, 30, 15}), sizeof(plan->start));
    assert_int_equal(plan->duration_s, 1500);
    assert_string_equal(plan->timezone, "America/New_York");
    config_free(config);
    expect_problem(APP_TEXT "[reservation p]\nstart = 2026-02-30 09:30\nduration = 5min\n",
                   "a.conf:5: [reservation p] start: \"2026-02-30 09:30\"", no_time);
    expect_problem(APP_TEXT "[reservation p]\nstart = tomorrow\nduration = 5min\n",
                   "a.conf:5: [reservation p] start: \"tomorrow\"", no_time);
    expect_problem(APP_TEXT "[reservation p]\nstart = 2500-01-01 00:00\nduration = 5min\n",
                   "a.conf:5: [reservation p] start: ", "is too far away: write a year up to 2499");
    bad_line("daemon", "timezone = Asia/Shangai",
             "\"Asia/Shangai\" is no time zone of the system's database: write a name such as Asia/Shanghai "
             "(\"timedatectl list-timezones\" shows them)");
}

static void numbers(void **state)
{
    struct config *config = good_app("rate_per_minute = 60");

    (void)state;
    assert_int_equal(config->apps[0]->rate_per_minute, 60);
    assert_int_equal(config->apps[0]->rate_per_second, 50);
    config_free(config);
    bad_app("rate_per_minute = many", "\"many\" is no whole number: write one from 1 to 1000000");
    bad_app("rate_per_minute = -1", "\"-1\" is no whole number: write one from 1 to 1000000");
    bad_app("monthly_share = most", "\"most\" is no percentage: write one such as 80%");
    bad_app("monthly_share = %", "\"%\" is no percentage: write one such as 80%");
    bad_app("monthly_share = 101%", "101 is out of range: write a number from 1 to 100");
    bad_app("monthly_calls = 10k", "\"10k\" is no whole number: write one from 0 to 1000000000");
    bad_app("rate_per_second = 0", "0 is out of range: write a number from 1 to 1000000");
    bad_app("rate_per_second = 99999999999999999999",
            "99999999999999999999 is out of range: write a number from 1 to 1000000");
}

static void ids(void **state)
{
    struct config *config = good_plan("owner_id = ou_b");

    (void)state;
    assert_string_equal(config->plans.items[0]->owner_id, "ou_b");
    config_free(config);
    bad_plan("owner_id = ou_a ou_b", "owner_id",
             "is no id: write letters, digits, _ and -, without white space (commas separate the items of a "
             "list)");
    bad_plan("owner_id = ou_a,ou_b", "owner_id",
             "is no id: write letters, digits, _ and -, without white space");
    bad_plan("owner_id = 张三", "owner_id",
             "\"张三\" is no id: write letters, digits, _ and -, without white space");
    bad_plan(
        "owner_id =", "owner_id",
        "the value is empty: write an id such as ou_84aad35d084aa403a838cf73ee18467, or remove the line");
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 69x\n", "a.conf:5: [reservation p] reserve_id: ",
                   "\"69x\" is not all digits: write an id such as 6911188411932033028");
}

static void texts(void **state)
{
    struct config *config = good_plan("topic = 每日站会 # 1");

    (void)state;
    assert_string_equal(config->plans.items[0]->meeting_settings.topic, "每日站会 # 1");
    config_free(config);
    bad_plan("topic =", "topic", "the value is empty: write a text, or remove the line");
}

static void paths(void **state)
{
    char *directory = test_make_directory(), *here = getcwd(NULL, 0);
    CLEANUP_FREE char *file = xasprintf("%s/%s/ca.pem", here, directory);
    CLEANUP_FREE char *line = xasprintf("ca_file = %s", file);
    CLEANUP_FREE char *missing = xasprintf("ca_file = %s.not", file);
    CLEANUP_FREE char *folder = xasprintf("ca_file = %s/%s", here, directory);
    char longest[120];
    struct config *config;
    int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    config = good_app(line);
    assert_string_equal(config->apps[0]->ca_file, file);
    config_free(config);
    config = good_app("ca_file =");
    assert_null(config->apps[0]->ca_file);
    config_free(config);
    bad_app(missing,
            "cannot be read: No such file or directory: write the path of a file with CA certificates");
    bad_app(folder, "cannot be read: Is a directory: write the path of a file with CA certificates");
    bad_app("ca_file = ca.pem", "\"ca.pem\" is no absolute path: write one that begins with /");
    bad_line("daemon", "state = meetingd.db",
             "\"meetingd.db\" is no absolute path: write one that begins with /");

    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "socket = /", strlen("socket = /"));
    longest[strlen("socket = ") + 107] = '\0';
    {
        CLEANUP_FREE char *text = xasprintf("[daemon]\n%s\n", longest);

        config = load_good(text);
        assert_int_equal(strlen(config->socket), 107);
        config_free(config);
    }
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "socket = /", strlen("socket = /"));
    longest[strlen("socket = ") + 108] = '\0';
    bad_line("daemon", longest,
             "the path has 108 bytes and a Unix socket's at most 107: write a shorter one");
    unlink(file);
    rmdir(directory);
    free(directory);
    free(here);
}

static void urls(void **state)
{
    static const struct {
        const char *text, *url;
    } good[] = {
        {"https://open.feishu.cn", "https://open.feishu.cn"},
        {"https://open.feishu.cn/", "https://open.feishu.cn"},
        {"https://gateway.example:8443//", "https://gateway.example:8443"},
        {"http://localhost:8080", "http://localhost:8080"},
        {"http://127.0.0.1", "http://127.0.0.1"},
        {"http://127.200.3.4:1", "http://127.200.3.4:1"},
        {"http://[::1]:65535/", "http://[::1]:65535"},
        {"https://[2001:db8::1]", "https://[2001:db8::1]"},
    };
    static const char *const remote[] = {"http://open.feishu.cn",    "http://localhost.example",
                                         "http://127.0.0.1.example", "http://[::2]",
                                         "http://128.0.0.1",         "http://local"};
    static const char *const odd[] = {"https://",       "https://host/path",  "https://user:pw@host",
                                      "https://host:0", "https://host:70000", "https://host?q",
                                      "https://[::1",   "https://ho st",      "https://host:"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        CLEANUP_FREE char *line = xasprintf("base_url = %s", good[i].text);
        struct config *config = good_app(line);

        assert_string_equal(config->apps[0]->base_url, good[i].url);
        config_free(config);
    }
    for (size_t i = 0; i < ELEMENTS(remote); i++) {
        CLEANUP_FREE char *line = xasprintf("base_url = %s", remote[i]);

        bad_app(line,
                "http:// is for loopback addresses (127.0.0.0/8, [::1], localhost) alone: write https://");
    }
    for (size_t i = 0; i < ELEMENTS(odd); i++) {
        CLEANUP_FREE char *line = xasprintf("base_url = %s", odd[i]);

        bad_app(line, "the URL is more or less than scheme, host and port: write one such as "
                      "https://open.feishu.cn or https://open.feishu.cn:443");
    }
    bad_app("base_url = open.feishu.cn",
            "the URL begins with no https://: write one such as https://open.feishu.cn");
}

static void words(void **state)
{
    struct config *config = load_good("[daemon]\nlog_level = debug\non_uncertain = hold\n[app]\napp_id = a\n"
                                      "region = lark\nuser_id_type = union_id\n");

    (void)state;
    assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(config->on_uncertain, ON_UNCERTAIN_HOLD);
    assert_string_equal(config->apps[0]->base_url, "https://open.larksuite.com");
    assert_int_equal(config->apps[0]->user_id_type, USER_ID_TYPE_UNION_ID);
    config_free(config);
    config = good_plan("meeting_initial_type = 1");
    assert_int_equal(config->plans.items[0]->meeting_settings.meeting_initial_type,
                     MEETING_INITIAL_TYPE_GROUP);
    config_free(config);
    bad_line("daemon", "log_level = Info",
             "\"Info\" is not known here: write error, warning, notice, info or debug");
    bad_line("daemon", "on_uncertain = 0", "\"0\" is not known here: write retry or hold");
    bad_app("region = china", "\"china\" is not known here: write feishu or lark");
    bad_app("user_id_type = email", "\"email\" is not known here: write open_id, union_id or user_id");
    bad_plan("meeting_initial_type = 3", "meeting_initial_type",
             "\"3\" is not known here: write group (1) or call (2)");
}

static void a_password_has_three_states(void **state)
{
    static const char *const bad[] = {"123", "1234567890", "12a4", "1234 # secret", "１２３４"};
    struct config *config = load_good(PLAN_TEXT);

    (void)state;
    assert_null(config->plans.items[0]->meeting_settings.password);
    config_free(config);
    config = good_plan("password =");
    assert_string_equal(config->plans.items[0]->meeting_settings.password, "");
    config_free(config);
    config = good_plan("password = 1234");
    assert_string_equal(config->plans.items[0]->meeting_settings.password, "1234");
    config_free(config);
    config = good_plan("password = 123456789");
    assert_string_equal(config->plans.items[0]->meeting_settings.password, "123456789");
    config_free(config);
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        CLEANUP_FREE char *line = xasprintf("password = %s", bad[i]);

        bad_plan(line, "password",
                 i == 3 ? "or nothing for none (a comment stands on a line of its own)"
                        : "the password is not 4 to 9 digits: write that many digits, or nothing for none");
    }
}

static void lists(void **state)
{
    struct config *config = load_good("[daemon]\noperators = root,@root , \noperators=daemon\n");
    const struct meeting_settings *settings;

    (void)state;
    assert_int_equal(config->operators.count, 3);
    assert_string_equal(config->operators.items[1], "@root");
    assert_string_equal(config->operators.items[2], "daemon");
    config_free(config);
    bad_line("daemon", "operators = root @root",
             "is neither a user nor a @group: write names with commas between them");
    bad_line("daemon", "operators = root, @",
             "\"@\" is neither a user nor a @group: write names with commas between them");
    bad_line("daemon", "operators = @@root",
             "\"@@root\" is neither a user nor a @group: write names with commas between them");

    config = good_plan("assign_host_list = ou_a,\n  ou_b\nassign_host_list = ou_c");
    settings = &config->plans.items[0]->meeting_settings;
    assert_true(settings->assign_host_list_set);
    assert_int_equal(settings->assign_host_list.count, 3);
    assert_string_equal(settings->assign_host_list.items[2], "ou_c");
    config_free(config);
    config = good_plan("assign_host_list = ou_a\nassign_host_list =");
    settings = &config->plans.items[0]->meeting_settings;
    assert_true(settings->assign_host_list_set);
    assert_int_equal(settings->assign_host_list.count, 0);
    config_free(config);
    bad_plan("assign_host_list = ou_a，ou_b", "assign_host_list",
             "is no id: write letters, digits, _ and -, without white space");
}

static void permissions_are_grouped(void **state)
{
    struct config *config = good_plan("action_permission = host user_id allow ou_a, ou_b\n"
                                      "action_permission = invite 2 1 lark, 2, pstn,7\n"
                                      "action_permission = 1\ttenant_id deny 2ca1d211f64f6438");
    const struct meeting_settings *settings = &config->plans.items[0]->meeting_settings;
    const struct action_permission *host = &settings->action_permissions[0], *invite = host + 1;

    (void)state;
    assert_true(settings->action_permissions_set);
    assert_int_equal(settings->action_permission_count, 2);
    assert_int_equal(host->permission, PERMISSION_HOST);
    assert_int_equal(host->count, 2);
    assert_int_equal(host->checkers[0].check_field, CHECK_FIELD_USER_ID);
    assert_int_equal(host->checkers[0].check_mode, CHECK_MODE_ALLOW);
    assert_int_equal(host->checkers[0].check_list.count, 2);
    assert_string_equal(host->checkers[0].check_list.items[1], "ou_b");
    assert_int_equal(host->checkers[1].check_field, CHECK_FIELD_TENANT_ID);
    assert_int_equal(host->checkers[1].check_mode, CHECK_MODE_DENY);
    assert_int_equal(invite->permission, PERMISSION_INVITE);
    assert_int_equal(invite->checkers[0].check_list.count, 4);
    assert_string_equal(invite->checkers[0].check_list.items[0], "1");
    assert_string_equal(invite->checkers[0].check_list.items[1], "2");
    assert_string_equal(invite->checkers[0].check_list.items[2], "6");
    assert_string_equal(invite->checkers[0].check_list.items[3], "7");
    config_free(config);
    bad_plan("action_permission = own user_id allow ou_a", "action_permission",
             "the permission: \"own\" is not known here: write host (1), invite (2) or join (3)");
    bad_plan("action_permission = host name allow ou_a", "action_permission",
             "the field: \"name\" is not known here: write user_id (1), user_type (2) or tenant_id (3)");
    bad_plan("action_permission = host user_id perhaps ou_a", "action_permission",
             "the mode: \"perhaps\" is not known here: write allow (1) or deny (2)");
    bad_plan("action_permission = host user_id", "action_permission",
             "the mode is missing: write PERMISSION FIELD MODE LIST, such as host user_id allow ou_a, ou_b");
    bad_plan("action_permission = host user_id allow ,", "action_permission",
             "the list is missing: write what is checked for after the mode, such as ou_a, ou_b");
    bad_plan("action_permission = host user_type allow doc", "action_permission",
             "the user type: \"doc\" is not known here: write lark (1), rooms (2), pstn (6) or sip (7)");
    bad_plan("action_permission = host user_type allow 3", "action_permission",
             "the user type: \"3\" is not known here: write lark (1), rooms (2), pstn (6) or sip (7)");
    bad_plan("action_permission = host user_id allow ou_a ou_b", "action_permission",
             "without white space (commas separate the items of a list)");
}

static void telephone_numbers(void **state)
{
    static const char call[] = "meeting_initial_type = call\ncallee_main_address = ";
    static const char *const bad[] = {"02187654321",
                                      "+8602187654321",
                                      "+86-",
                                      "+-123",
                                      "+86-021 8765",
                                      "+86-021-876",
                                      "+86666-1",
                                      "+86-123456789012345678901",
                                      ""};
    CLEANUP_FREE char *good = xasprintf("%s+86-02187654321", call);
    CLEANUP_FREE char *abroad = xasprintf("%s%s+1-2025550123\n", PLAN_TEXT, call);
    struct config *config = good_plan(good);
    const struct meeting_settings *settings = &config->plans.items[0]->meeting_settings;

    (void)state;
    assert_int_equal(settings->meeting_initial_type, MEETING_INITIAL_TYPE_CALL);
    assert_string_equal(settings->callee->main_address, "+86-02187654321");
    assert_int_equal(settings->callee->user_type, USER_TYPE_PSTN);
    config_free(config);
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        CLEANUP_FREE char *text = xasprintf("%s%s%s\n", PLAN_TEXT, call, bad[i]);

        expect_problem(text, "a.conf:9: [reservation p] callee_main_address: \"",
                       "is no telephone number: write +, the country's prefix, - and the number with its "
                       "area code, such as +86-02187654321");
    }
    expect_problem(abroad, "a.conf:9: warning: [reservation p] callee_main_address: ",
                   "Feishu calls numbers of mainland China only, which begin with +86-");
}

static void what_is_long_or_would_move_a_terminal_is_shown_as_text(void **state)
{
    CLEANUP_FREE char *line =
        xasprintf("region = \xc2\x9b%s",
                  "每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每");

    (void)state;
    /* 96 bytes, less what would be half a character. */
    bad_app(line, "\"??每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每每…\" is not known here: "
                  "write feishu or "
                  "lark");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans),
        cmocka_unit_test(spans),
        cmocka_unit_test(times),
        cmocka_unit_test(numbers),
        cmocka_unit_test(ids),
        cmocka_unit_test(texts),
        cmocka_unit_test(paths),
        cmocka_unit_test(urls),
        cmocka_unit_test(words),
        cmocka_unit_test(a_password_has_three_states),
        cmocka_unit_test(lists),
        cmocka_unit_test(permissions_are_grouped),
        cmocka_unit_test(telephone_numbers),
        cmocka_unit_test(what_is_long_or_would_move_a_terminal_is_shown_as_text),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
