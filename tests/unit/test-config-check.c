/* config/check: what concerns several keys, or several sections; and the names of sections. */
#include "lib/load-text.h"

#define PLAN_LINE(text) PLAN_TEXT text "\n"
#define P               "a.conf:8: [reservation p] "
#define CALL            "meeting_initial_type = call\n"
#define ADDRESS         "callee_main_address = +86-02187654321\n"

static void names_of_plans(void **state)
{
    static const struct {
        const char *name, *mistake;
    } bad[] = {
        {"reservation 42", "a plan's name is not of digits alone: add a letter"},
        {"reservation a@b", "a plan's name holds no @: write another character"},
        {"reservation", "a plan needs a name: write [reservation NAME]"},
        {"reservation a\tb", "the name holds a control character: remove it"},
        {"app default", "the app called default is written [app]"},
        {"app a/b", "an app's name holds no /: write another character"},
        {"daemon x", "the section takes no name: write its first word alone"},
        {"poll 1", "the section takes no name: write its first word alone"},
    };
    struct buffer name = BUFFER_EMPTY;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        CLEANUP_FREE char *text = xasprintf("%s[%s]\n%s", APP_TEXT, bad[i].name,
                                            bad[i].name[0] == 'r'   ? "reserve_id = 1\n"
                                            : bad[i].name[0] == 'a' ? "app_id = 1\n"
                                                                    : "");

        expect_problem(text, "a.conf:4: [", bad[i].mistake);
    }
    for (int i = 0; i < 64; i++)
        buffer_append_text(&name, "会");
    for (int i = 64; i <= 65; i++) {
        CLEANUP_FREE char *text = xasprintf("%s[reservation %s]\nreserve_id = 1\n", APP_TEXT, name.data);

        if (i == 64)
            config_free(load_good(text));
        else
            expect_problem(text, "a.conf:4: [reservation 会会",
                           "the name is longer than 64 characters: write a shorter one");
        buffer_append_text(&name, "会");
    }
    buffer_fini(&name);
    config_free(load_good(APP_TEXT "[reservation 4 2]\nreserve_id = 1\n[reservation 四十二]\nreserve_id = 2\n"
                                   "[reservation Call the front desk]\nreserve_id = 3\n"));
}

static void names_are_case_sensitive(void **state)
{
    struct config *config =
        load_good(APP_TEXT "[reservation A]\nreserve_id = 1\n[reservation a]\nreserve_id = 2\n");

    (void)state;
    assert_int_equal(config->plans.count, 2);
    config_free(config);
    expect_problem("[Daemon]\n", "a.conf:1: [Daemon]: ", "the section is not known: did you mean [daemon]?");
    expect_problem("[poll]\nLive = 5s\n",
                   "a.conf:2: [poll] Live: ", "the key is not known: did you mean live?");
}

static void what_a_plan_must_have(void **state)
{
    (void)state;
    expect_problems(
        APP_TEXT "[reservation p]\n",
        "a.conf:4: [reservation p] start: the key is missing: write when the meeting begins, such as "
        "2026-11-23 09:30\n"
        "a.conf:4: [reservation p] duration: the key is missing: write how long the meeting is meant "
        "to be, such as 30min\n");
    /* A key that may be the one that was meant is not missing beside. */
    expect_problem(APP_TEXT "[reservation p]\nstrat = 2026-11-23 09:30\nduration = 5min\n",
                   "a.conf:5: [reservation p] strat: ", "the key is not known: did you mean start?");
    expect_problem("[app]\napp_id = a\n[reservation p]\nstart = 2026-11-23 09:30\nduration = 5min\n",
                   "a.conf:3: [reservation p] owner_id: ",
                   "the reservation would have no owner, and Feishu asks for one: write owner_id here, or in "
                   "[app] for all its plans");
    expect_problem("[app]\nowner_id = ou_a\n", "a.conf:1: [app] app_id: ",
                   "the key is missing: write the app's id, such as cli_9f5343c580712544");
    expect_problem("[app second]\n", "a.conf:1: [app second] app_id: ",
                   "the key is missing: write the app's id, such as cli_9f5343c580712544");
    expect_problem("[app]\n[reservation p]\nreserve_id = 1\n", "a.conf:1: [app] app_id: the key is missing",
                   "such as cli_9f5343c580712544");
    /* As it is shipped. */
    config_free(load_good("[app]\n"));
}

static void a_plan_names_an_app_that_is_there(void **state)
{
    (void)state;
    expect_problem(PLAN_LINE("app = defualt"), P "app: ", "there is no [app defualt]: did you mean default?");
    expect_problem(PLAN_LINE("app = other"),
                   P "app: ", "there is no [app other]: add that section, or write another app's name");
    expect_problem(PLAN_LINE("app ="),
                   P "app: ", "the value is empty: write the name of an app, or default, or remove the line");
    config_free(load_good(PLAN_LINE("app = default")));
    expect_problem(
        "[app b]\napp_id = a\nowner_id = o\n[reservation p]\nstart = 2026-11-23 09:30\nduration = 5min\n",
        "a.conf:4: [reservation p] app: ",
        "no app is called default: write the app's name here, or add [app]");
    /* Once is enough. */
    expect_problem(
        "[reservation p]\nreserve_id = 1\n[reservation q]\nreserve_id = 2\n",
        "a.conf:1: [reservation p] app: ", "there is no app to reserve with: add [app] with its app_id");
}

static void a_start_is_a_time_that_clocks_show(void **state)
{
    (void)state;
    expect_problem(APP_TEXT
                   "[reservation p]\nstart = 2026-03-29 02:30\nduration = 5min\ntimezone = Europe/Berlin\n",
                   "a.conf:5: [reservation p] start: ",
                   "this time is skipped in Europe/Berlin, where clocks are put forward over it: write an "
                   "earlier or a later one");
    expect_problem("[daemon]\ntimezone = Europe/Berlin\n" APP_TEXT
                   "[reservation p]\nstart = 2026-03-29 02:30\nduration = 5min\n",
                   "a.conf:7: [reservation p] start: this time is skipped in Europe/Berlin", "a later one");
    config_free(load_good(APP_TEXT
                          "[reservation p]\nstart = 2026-03-29 03:00\nduration = 5min\n"
                          "timezone = Europe/Berlin\n[reservation long ago]\nstart = 1999-12-31 23:59\n"
                          "duration = 1h\ntimezone = Asia/Shanghai\n"));
}

static void thirty_days_are_the_most(void **state)
{
    (void)state;
    config_free(load_good(APP_TEXT
                          "[reservation p]\nstart = 2026-11-23 09:30\nduration = 1h\ncreate_ahead = 28d\n"
                          "expire_after = 47h\n"));
    expect_problem(
        PLAN_LINE("create_ahead = 30d"), P "create_ahead: ",
        "create_ahead, duration and expire_after are 30d 1h together, and Feishu keeps a reservation "
        "for 30d at most: write a shorter time");
    expect_problem(APP_TEXT "[reservation p]\nstart = 2026-11-23 09:30\nduration = 30d\n",
                   "a.conf:6: [reservation p] duration: ", "write a shorter time");
    expect_problem(APP_TEXT "[reservation p]\nstart = 2026-11-23 09:30\nduration = 1s\ncreate_ahead = 0\n"
                            "expire_after = 30d\n",
                   "a.conf:8: [reservation p] expire_after: ", "write a shorter time");
}

static void ten_hosts_are_the_most(void **state)
{
    (void)state;
    config_free(load_good(PLAN_LINE("assign_host_list = a,b,c,d,e,f,g,h,i,j")));
    expect_problem(PLAN_LINE("assign_host_list = a,b,c,d,e,f,g,h,i,j,k"),
                   P "assign_host_list: ", "these are 11 hosts, and Feishu takes at most 10: remove some");
}

static void calls_and_meetings_take_different_keys(void **state)
{
    (void)state;
    config_free(load_good(PLAN_LINE(CALL ADDRESS "auto_record = no")));
    expect_problem(PLAN_LINE(CALL ADDRESS "auto_record = yes"), "a.conf:10: [reservation p] auto_record: ",
                   "Feishu records no calls: write no, or meeting_initial_type = group");
    expect_problem(PLAN_LINE(CALL), "a.conf:4: [reservation p] callee_main_address: the key is missing",
                   "such as +86-02187654321");
    expect_problems(
        PLAN_LINE(ADDRESS "callee_id = a\ncallee_user_type = pstn\ncallee_nickname = n"),
        P "callee_main_address: only a call has a callee: write meeting_initial_type = call, or remove "
          "the line\n"
          "a.conf:9: [reservation p] callee_id: only a call has a callee: write meeting_initial_type = "
          "call, or remove the line\n"
          "a.conf:10: [reservation p] callee_user_type: only a call has a callee: write "
          "meeting_initial_type = call, or remove the line\n"
          "a.conf:11: [reservation p] callee_nickname: only a call has a callee: write "
          "meeting_initial_type = call, or remove the line\n");
    expect_problem(PLAN_LINE(CALL ADDRESS "callee_user_type = rooms"),
                   "a.conf:10: [reservation p] callee_user_type: ",
                   "Feishu calls telephones only as yet: write pstn (6), not rooms");
    expect_problem(PLAN_LINE(CALL ADDRESS "callee_user_type = fax"),
                   "a.conf:10: [reservation p] callee_user_type: ",
                   "write lark (1), rooms (2), doc (3), neo (4), neo_guest (5), pstn (6) or sip (7)");
}

static void an_adopted_plan_takes_a_timetable_alone(void **state)
{
    static const char *const refused[] = {"topic = x",
                                          "create_ahead = 1h",
                                          "expire_after = 1h",
                                          "owner_id = ou_a",
                                          "auto_record = no",
                                          "password =",
                                          "meeting_connect = no",
                                          "assign_host_list = a",
                                          "callee_id = a",
                                          "callee_nickname = a",
                                          "callee_main_address = +86-1",
                                          "meeting_initial_type = group",
                                          "action_permission = host user_id allow a"};
    struct config *config = load_good(
        "[app]\napp_id = a\n[reservation p]\nreserve_id = 1\napp = default\nstart = 2026-11-23 09:30\n"
        "duration = 40d\ntimezone = Asia/Shanghai\n[reservation q]\nreserve_id = 2\n");
    const struct plan *timed = config->plans.items[0], *untimed = config->plans.items[1];

    (void)state;
    assert_string_equal(timed->reserve_id, "1");
    assert_true(timed->has_start);
    assert_int_equal(timed->duration_s, 40 * 24 * 3600);
    assert_false(untimed->has_start);
    assert_int_equal(untimed->duration_s, UNKNOWN);
    config_free(config);
    for (size_t i = 0; i < ELEMENTS(refused); i++) {
        CLEANUP_FREE char *text = xasprintf("%s[reservation p]\nreserve_id = 1\n%s\n", APP_TEXT, refused[i]);

        expect_problem(
            text, "a.conf:6: [reservation p] ",
            "a plan with reserve_id follows a reservation that is made elsewhere and takes only app, "
            "start, duration, timezone, rrule and exdate beside it: remove the line, or reserve_id");
    }
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 1\nduration = 1h\n",
                   "a.conf:4: [reservation p] start: ",
                   "the key is missing: write when the meeting begins, such as 2026-11-23 09:30");
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 1\nstart = 2026-11-23 09:30\n",
                   "a.conf:4: [reservation p] duration: ",
                   "the key is missing: write how long the meeting is meant to be, such as 30min");
}

static void a_reservation_is_followed_once(void **state)
{
    (void)state;
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 1\n[reservation q]\nreserve_id = 1\n",
                   "a.conf:7: [reservation q] reserve_id: ",
                   "[reservation p] follows this reservation already: keep one of the two");
    expect_problem(APP_TEXT "[app b]\napp_id = b\n[reservation p]\nreserve_id = 1\n[reservation q]\napp = b\n"
                            "reserve_id = 1\n",
                   "a.conf:10: [reservation q] reserve_id: ",
                   "[reservation p] follows this reservation already: keep one of the two");
    expect_problem(APP_TEXT "[reservation p]\nreserve_id = 1\n[reservation p]\nreserve_id = 1\n",
                   "a.conf:6: [reservation p]: ",
                   "the section stands already in line 4 of this file: move its keys there");
}

#define MONTHLY(name, id, rest) "[app" name "]\napp_id = " id "\nmonthly_calls = 10000\n" rest

static void a_tenant_s_shares_are_a_hundred_per_cent_at_most(void **state)
{
    static const char text[] =
        "with this one, the apps of a tenant with monthly_calls = 10000 have 160% of it together: write "
        "smaller shares (apps of another tenant are known by another monthly_calls)";

    (void)state;
    expect_problem(MONTHLY("", "a", "") MONTHLY(" b", "b", "monthly_share = 80%\n"),
                   "a.conf:7: [app b] monthly_share: ", text);
    expect_problem(MONTHLY("", "a", "") MONTHLY(" b", "b", ""), "a.conf:4: [app b] monthly_share: ", text);
    config_free(load_good(MONTHLY("", "a", "") MONTHLY(" b", "b", "monthly_share = 20\n")));
    /* One app, two sections; another tenant; another Feishu; no limit. */
    config_free(load_good(MONTHLY("", "a", "") MONTHLY(" b", "a", "")));
    config_free(load_good(MONTHLY("", "a", "") "[app b]\napp_id = b\nmonthly_calls = 10001\n"));
    config_free(load_good(MONTHLY("", "a", "") MONTHLY(" b", "b", "region = lark\n")));
    config_free(load_good("[app]\napp_id = a\n[app b]\napp_id = b\n"));
}

static void what_is_odd_is_warned_of(void **state)
{
    (void)state;
    expect_problem(
        "[app]\napp_id = a\nuser_id_type = user_id\n", "a.conf:3: warning: [app] user_id_type: ",
        "Feishu leaves rooms, telephones and SIP devices out of the lists then: open_id keeps them");
    expect_problems(
        "[app]\napp_id = a\nrate_per_minute = 1001\nrate_per_second = 51\n",
        "a.conf:3: warning: [app] rate_per_minute: Feishu's own limit is 1000, and it refuses more "
        "where that was not raised\n"
        "a.conf:4: warning: [app] rate_per_second: Feishu's own limit is 50, and it refuses more where "
        "that was not raised\n");
    expect_problems(
        "[daemon]\noperators = root, no-such-user, @no-such-group, alice@example.com\n",
        "a.conf:2: warning: [daemon] operators: there is no user no-such-user on this machine\n"
        "a.conf:2: warning: [daemon] operators: there is no group @no-such-group on this machine\n"
        "a.conf:2: warning: [daemon] operators: there is no user alice@example.com on this machine\n");
}

static void a_key_that_was_swallowed_is_noticed_and_not_shown(void **state)
{
    (void)state;
    /* Text may hold such a line; nothing else may. */
    expect_problem(PLAN_LINE("topic = x\n  password = 971024"), "a.conf:9: warning: [reservation p] topic: ",
                   "the line is indented and so continues topic: if it is a key of its own, remove the white "
                   "space at its start");
    expect_problem(
        PLAN_LINE("app = x\n  password = 971024"), "a.conf:9: [reservation p] app: ",
        "the line is indented and so continues app: if it is a key of its own, remove the white space "
        "at its start");
    expect_problem(
        APP_TEXT "app_secret_file = /x\n  app_secret = s3cret\n", "a.conf:5: [app] app_secret_file: ",
        "the line is indented and so continues app_secret_file: if it is a key of its own, remove the "
        "white space at its start");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_plans),
        cmocka_unit_test(names_are_case_sensitive),
        cmocka_unit_test(what_a_plan_must_have),
        cmocka_unit_test(a_plan_names_an_app_that_is_there),
        cmocka_unit_test(a_start_is_a_time_that_clocks_show),
        cmocka_unit_test(thirty_days_are_the_most),
        cmocka_unit_test(ten_hosts_are_the_most),
        cmocka_unit_test(calls_and_meetings_take_different_keys),
        cmocka_unit_test(an_adopted_plan_takes_a_timetable_alone),
        cmocka_unit_test(a_reservation_is_followed_once),
        cmocka_unit_test(a_tenant_s_shares_are_a_hundred_per_cent_at_most),
        cmocka_unit_test(what_is_odd_is_warned_of),
        cmocka_unit_test(a_key_that_was_swallowed_is_noticed_and_not_shown),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
