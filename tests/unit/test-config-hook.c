/* config: [hook NAME], what it is run at and how its command line is split. */
#include "lib/load-text.h"

#include "config/values.h"

#define HOOK_TEXT  PLAN_TEXT "[hook door light]\n"
#define HOOK_LINES (PLAN_LINES + 1)

/* The arguments with | between them, or the mistake. The caller frees it. */
static char *split(const char *text)
{
    const struct value_rule rule = {NULL, 0, 0, false};
    struct string_list arguments = {NULL, 0};
    struct buffer shown = BUFFER_EMPTY;
    struct error error;

    if (value_exec(text, &rule, &arguments, &error) < 0) {
        assert_int_equal(arguments.count, 0);
        return xstrdup(error.text);
    }
    for (size_t i = 0; i < arguments.count; i++)
        buffer_printf(&shown, "%s%s", i > 0 ? "|" : "", arguments.items[i]);
    string_list_fini(&arguments);
    return buffer_take(&shown);
}

static void a_command_line_is_split_as_systemd_does(void **state)
{
    static const struct {
        const char *text, *arguments;
    } cases[] = {
        {"/bin/true", "/bin/true"},
        {"/bin/x --room 3", "/bin/x|--room|3"},
        {"  /bin/x \t a  ", "/bin/x|a"},
        {"/bin/x \"a b\" 'c d'", "/bin/x|a b|c d"},
        {"/bin/x --name=\"a b\"c", "/bin/x|--name=a bc"},
        {"/bin/x '' \"\"", "/bin/x||"},
        {"/bin/x \"it's\" 'say \"x\"'", "/bin/x|it's|say \"x\""},
        {"/bin/x a\\ b", "\"\\ \" begins no escape that is known: write \\\\ for a backslash"},
        {"/bin/x a\\sb", "/bin/x|a b"},
        {"/bin/x \\\\ \\\" \\'", "/bin/x|\\|\"|'"},
        {"/bin/x 'a\\'b'", "/bin/x|a'b"},
        {"/bin/x \\a\\b\\f\\n\\r\\t\\v", "/bin/x|\a\b\f\n\r\t\v"},
        {"/bin/x \\x41\\102\\u00e9\\U0001f600", "/bin/x|AB\xc3\xa9\xf0\x9f\x98\x80"},
        {"/bin/x $HOME ${HOME} %n * ~", "/bin/x|$HOME|${HOME}|%n|*|~"},
        {"\"/opt/my hooks/x\" y", "/opt/my hooks/x|y"},
        {"/bin/会议 门", "/bin/会议|门"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *arguments = split(cases[i].text);

        assert_string_equal(arguments, cases[i].arguments);
    }
}

static void a_command_line_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *text, *mistake;
    } cases[] = {
        {"", "the value is empty"},
        {"   ", "the value is empty"},
        {"door-light", "\"door-light\" is not the absolute path of a program"},
        {"-/bin/true", "is not the absolute path"},
        {"''", "\"\" is not the absolute path"},
        {"/usr/bin/", "is not the absolute path"},
        {"/bin/x \"a b", "the quote \" is not closed"},
        {"/bin/x it's", "the quote ' is not closed"},
        {"/bin/x \\q", "\"\\q\" begins no escape"},
        {"/bin/x \\", "\"\\\" begins no escape"},
        {"/bin/x \\é", "\"\\\" begins no escape"},
        {"/bin/x \\x4", "\"\\x\" begins no escape"},
        {"/bin/x \\x00", "\"\\x\" begins no escape"},
        {"/bin/x \\000", "\"\\0\" begins no escape"},
        {"/bin/x \\777", "\"\\7\" begins no escape"},
        {"/bin/x \\ud800", "\"\\u\" begins no escape"},
        {"/bin/x \\U00110000", "\"\\U\" begins no escape"},
    };
    struct buffer many = BUFFER_EMPTY;
    CLEANUP_FREE char *mistake = NULL;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP_FREE char *text = split(cases[i].text);

        if (strstr(text, cases[i].mistake) == NULL)
            fail_msg("%s: %s", cases[i].text, text);
    }
    buffer_append_text(&many, "/bin/x");
    for (int i = 0; i < 300; i++)
        buffer_append_text(&many, " x");
    mistake = split(many.data);
    assert_non_null(strstr(mistake, "more than 256 arguments"));
    buffer_fini(&many);
}

static void a_hook_is_read(void **state)
{
    struct config *config = load_good(HOOK_TEXT "on = meeting_started, participant_left\n"
                                                "on = no_show\n"
                                                "reservation = p\n"
                                                "exec = /bin/true --room 3\n"
                                                "timeout = 2min\n"
                                                "[hook all]\n"
                                                "on = host_missing\n"
                                                "exec = /bin/true\n");
    const struct hook *hook = hook_list_find(&config->hooks, "door light"),
                      *all = hook_list_find(&config->hooks, "all");
    struct hook *copy;

    (void)state;
    assert_int_equal(config->hooks.count, 2);
    assert_int_equal(hook->on.first, EVENT_MEETING_STARTED);
    assert_int_equal(hook->timeout_ms, 120000);
    assert_int_equal(hook->exec.count, 3);
    assert_true(hook_wants(hook, EVENT_MEETING_STARTED, "p"));
    assert_true(hook_wants(hook, EVENT_NO_SHOW, "p"));
    assert_false(hook_wants(hook, EVENT_MEETING_ENDED, "p"));
    assert_false(hook_wants(hook, EVENT_MEETING_STARTED, "q"));
    assert_false(hook_wants(hook, EVENT_MEETING_STARTED, NULL));
    assert_true(hook_wants(all, EVENT_HOST_MISSING, NULL));
    assert_int_equal(all->timeout_ms, 10000);
    copy = hook_copy(hook);
    config_free(config);
    assert_string_equal(copy->exec.items[2], "3");
    hook_free(copy);
}

static void a_later_file_replaces_what_it_names(void **state)
{
    struct loaded loaded = load_two(HOOK_TEXT "on = meeting_started\nreservation = p\nexec = /bin/false x\n",
                                    "[hook door light]\non = no_show\nreservation =\nexec = /bin/true\n");
    const struct hook *hook;

    (void)state;
    assert_string_equal(loaded.problems, "");
    hook = hook_list_find(&loaded.config->hooks, "door light");
    assert_int_equal(hook->on.kinds, UINT32_C(1) << EVENT_NO_SHOW);
    assert_int_equal(hook->on.first, EVENT_NO_SHOW);
    assert_int_equal(hook->reservations.count, 0);
    assert_int_equal(hook->exec.count, 1);
    assert_string_equal(hook->exec.items[0], "/bin/true");
    loaded_fini(&loaded);
}

static void every_mistake_has_its_line_and_what_would_be_right(void **state)
{
    (void)state;
    expect_problems(
        HOOK_TEXT "on = meeting_start, meeting_ended\nreservation = q\nexec = true\ntimeout = soon\n",
        "a.conf:9: [hook door light] on: \"meeting_start\" is no event: did you mean meeting_started?\n"
        "a.conf:10: [hook door light] reservation: there is no [reservation q]: did you mean p?\n"
        "a.conf:11: [hook door light] exec: \"true\" is not the absolute path of a program: write one such "
        "as "
        "/usr/local/bin/door-light\n"
        "a.conf:12: [hook door light] timeout: \"soon\" is no time span: write one such as 500ms, 10s, 5min "
        "or 1h "
        "30min\n");
    expect_problems(
        HOOK_TEXT, "a.conf:8: [hook door light] on: the key is missing: write the events that it is run at, "
                   "such as meeting_started\n"
                   "a.conf:8: [hook door light] exec: the key is missing: write the program's absolute path, "
                   "and its arguments\n");
    expect_problem(HOOK_TEXT "on =\nexec = /bin/true\n", "a.conf:9: [hook door light] on: no event is left",
                   "");
    expect_problem(HOOK_TEXT "on = snapshot\nexec = /bin/true\n",
                   "a.conf:9: [hook door light] on: \"snapshot\" is no event: write one such as "
                   "meeting_started; meetingd.conf(5) lists them",
                   "");
    expect_problem(
        HOOK_TEXT "on = no_show\nexec = /bin/true\nreservation = whole company\n",
        "a.conf:11: [hook door light] reservation: there is no [reservation whole company]: write the "
        "name of a plan, or remove it for every plan",
        "");
    expect_problem(HOOK_TEXT "on = no_show\nexec = /bin/true\nexe = x\n",
                   "a.conf:11: [hook door light] exe: the key is not known: did you mean exec?", "");
    expect_problem(HOOK_TEXT "on = no_show\nexec = /bin/true\nexec = /bin/false\n",
                   "a.conf:11: [hook door light] exec: the key stands already in line 10", "");
    expect_problem(PLAN_TEXT "[hook]\non = no_show\nexec = /bin/true\n",
                   "a.conf:8: [hook]: a hook needs a name: write [hook NAME]", "");
    expect_problem(PLAN_TEXT "[hok x]\non = no_show\nexec = /bin/true\n",
                   "a.conf:8: [hok x]: the section is not known: did you mean [hook NAME]?", "");
}

static void what_may_still_be_mended_is_a_warning(void **state)
{
    (void)state;
    expect_problem(HOOK_TEXT "on = no_show\nexec = /nowhere/x\n",
                   "a.conf:10: warning: [hook door light] exec: /nowhere/x cannot be run: No such file", "");
    expect_problem(HOOK_TEXT "on = no_show\nexec = /etc/passwd\n",
                   "a.conf:10: warning: [hook door light] exec: /etc/passwd is no program", "");
    expect_problem(
        HOOK_TEXT "on = no_show\nexec = /bin/echo x > /tmp/y\n",
        "a.conf:10: warning: [hook door light] exec: > is handed to the program, as no shell reads "
        "this line",
        "");
}

static void the_preview_shows_hooks(void **state)
{
    struct config *config = load_good(HOOK_TEXT "on = meeting_started, no_show\nreservation = p\n"
                                                "exec = /bin/true --token 971024abc\n");
    CLEANUP_FREE char *preview = config_preview(config, 0);

    (void)state;
    assert_non_null(strstr(preview, "\nhook door light: meeting_started, no_show of p runs /bin/true\n"));
    /* Arguments can be anybody's secret. */
    assert_null(strstr(preview, "971024abc"));
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_line_is_split_as_systemd_does),
        cmocka_unit_test(a_command_line_that_is_none_is_refused),
        cmocka_unit_test(a_hook_is_read),
        cmocka_unit_test(a_later_file_replaces_what_it_names),
        cmocka_unit_test(every_mistake_has_its_line_and_what_would_be_right),
        cmocka_unit_test(what_may_still_be_mended_is_a_warning),
        cmocka_unit_test(the_preview_shows_hooks),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
