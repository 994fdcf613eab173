/* restart: which keys only count at the start, and that they keep their running values. */
#include "lib/load-text.h"
#include "restart.h"

#define WITH(daemon, app)                                                                                    \
    "[daemon]\ntimezone = UTC\n" daemon "[app]\napp_id = cli_a\nowner_id = ou_owner\n" app

static void expect_restart(const char *running_text, const char *next_text, const char *names)
{
    struct config *running = load_good(running_text), *next = load_good(next_text);
    struct string_list list = {NULL, 0};
    struct buffer text = BUFFER_EMPTY;

    restart_compare(running, next, &list);
    buffer_append_text(&text, "");
    for (size_t i = 0; i < list.count; i++)
        buffer_printf(&text, "%s\n", list.items[i]);
    assert_string_equal(text.data, names);
    buffer_fini(&text);
    string_list_fini(&list);
    config_free(running);
    config_free(next);
}

static void what_counts_at_once_is_not_named(void **state)
{
    (void)state;
    expect_restart(
        WITH("", ""),
        "[daemon]\ntimezone = Asia/Shanghai\nlog_level = debug\noperators = root\non_uncertain = hold\n"
        "[poll]\nlive = 1s\n[app]\napp_id = cli_a\nowner_id = ou_other\n"
        "[reservation p]\nstart = 2026-11-23 09:30\nduration = 30min\n",
        "");
}

static void each_key_is_named(void **state)
{
    (void)state;
    expect_restart(WITH("", ""), WITH("socket = /run/other\n", ""), "[daemon] socket\n");
    expect_restart(WITH("", ""), WITH("state = /var/other\n", ""), "[daemon] state\n");
    expect_restart(WITH("", ""), WITH("", "region = lark\n"), "[app] base_url or region\n");
    expect_restart(WITH("", ""), "[daemon]\ntimezone = UTC\n[app]\napp_id = cli_b\nowner_id = ou_owner\n",
                   "[app] app_id\n");
    expect_restart(WITH("", ""), WITH("", "user_id_type = union_id\n"), "[app] user_id_type\n");
    expect_restart(WITH("", ""), WITH("", "ca_file = /dev/null\n"), "[app] ca_file\n");
    expect_restart(WITH("", ""), WITH("", "timeout = 11s\n"), "[app] timeout\n");
    expect_restart(WITH("", ""), WITH("", "rate_per_minute = 11\n"), "[app] rate_per_minute\n");
    expect_restart(WITH("", ""),
                   WITH("", "monthly_calls = 10000\nmonthly_share = 50%\nmonth_timezone = UTC\n"),
                   "[app] monthly_calls\n[app] monthly_share\n[app] month_timezone\n");
    expect_restart(WITH("", ""), WITH("", "rate_per_second = 11\n"), "[app] rate_per_second\n");
    expect_restart(WITH("", "[app sales]\napp_id = cli_s\n"),
                   WITH("", "[app sales]\napp_id = cli_s\ntimeout = 1s\n"), "[app sales] timeout\n");
}

static void apps_come_and_go(void **state)
{
    (void)state;
    expect_restart(WITH("", "[app old]\napp_id = cli_o\n"), WITH("", "[app 新]\napp_id = cli_n\n"),
                   "[app old] (removed)\n[app 新] (new: its plans wait)\n");
}

static void a_secret_is_compared_and_not_shown(void **state)
{
    struct config *running = load_good(WITH("", "")), *next = load_good(WITH("", ""));
    struct string_list list = {NULL, 0};

    (void)state;
    running->apps[0]->app_secret = xstrdup("before");
    next->apps[0]->app_secret = xstrdup("before");
    restart_compare(running, next, &list);
    assert_int_equal(list.count, 0);
    next->apps[0]->app_secret[0] = 'B';
    restart_compare(running, next, &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0], "[app] app_secret_file");
    string_list_fini(&list);
    config_free(running);
    config_free(next);
}

static void what_runs_goes_over_to_the_next(void **state)
{
    struct config *running =
                      load_good(WITH("socket = /run/one\n", "[app gone]\napp_id = cli_g\nowner_id = ou_g\n")),
                  *next = load_good("[daemon]\ntimezone = UTC\nsocket = /run/two\nlog_level = debug\n"
                                    "[app]\napp_id = cli_b\nowner_id = ou_next\n");
    struct app *app = running->apps[0], **apps = running->apps;

    (void)state;
    restart_keep(running, next);
    config_free(running);
    assert_string_equal(next->socket, "/run/one");
    assert_int_equal(next->log_level, LOG_LEVEL_DEBUG);
    assert_ptr_equal(next->apps, apps);
    assert_ptr_equal(next->apps[0], app);
    assert_int_equal(next->app_count, 2);
    assert_string_equal(app->app_id, "cli_a");
    assert_string_equal(app->owner_id, "ou_next");
    assert_string_equal(next->apps[1]->owner_id, "ou_g");
    config_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_counts_at_once_is_not_named),
        cmocka_unit_test(each_key_is_named),
        cmocka_unit_test(apps_come_and_go),
        cmocka_unit_test(a_secret_is_compared_and_not_shown),
        cmocka_unit_test(what_runs_goes_over_to_the_next),
    };

    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
