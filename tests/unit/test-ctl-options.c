/* ctl: the command line, and the settings in it. */
#include "lib/test.h"

#include <errno.h>
#include <time.h>

#include "base/base.h"
#include "base/str.h"
#include "ctl/options.h"

/* 2026-11-23 01:30:05 UTC. */
#define NOW INT64_C(1795397405)

#define ARGUMENTS_MAX 16

/* A command line of our own, which the reader may write into. */
struct line {
    struct string_list words;
    char *argv[ARGUMENTS_MAX];
    struct options options;
    struct error error;
    int result;
};

static void read_line(struct line *line, const char *const *words)
{
    *line = (struct line){.error = {.text = ""}};
    string_list_add(&line->words, "meetingctl");
    for (; *words != NULL; words++)
        string_list_add(&line->words, *words);
    assert_true(line->words.count < ARGUMENTS_MAX);
    for (size_t i = 0; i < line->words.count; i++)
        line->argv[i] = line->words.items[i];
    line->result = options_read(&line->options, (int)line->words.count, line->argv, NOW * 1000, &line->error);
}

static void line_fini(struct line *line)
{
    options_fini(&line->options);
    string_list_fini(&line->words);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The line is taken, and its settings are these. */
static void check_settings(const char *const *words, const char *wanted)
{
    struct line line;
    const char *got;

    read_line(&line, words);
    if (line.result < 0)
        fail_msg("refused: %s", line.error.text);
    got = line.options.settings != NULL
              ? json_object_to_json_string_ext(line.options.settings, JSON_C_TO_STRING_PLAIN)
              : "none";
    assert_string_equal(got, wanted);
    line_fini(&line);
}

/* The line is refused, with this in the reason. */
static void check_refused(const char *const *words, const char *reason)
{
    struct line line;

    read_line(&line, words);
    if (line.result != -EINVAL)
        fail_msg("taken, and ought to be refused: %s", reason);
    if (strstr(line.error.text, reason) == NULL)
        fail_msg("'%s' is not in: %s", reason, line.error.text);
    line_fini(&line);
}

static void options_stand_before_and_behind_the_command(void **state)
{
    struct line line;

    (void)state;
    read_line(&line, WORDS("--json", "list", "a", "--state", "live,failed", "b", "--all", "--state=ended",
                           "--socket", "/x", "--utc", "--no-pager", "--no-legend"));
    assert_int_equal(line.result, 0);
    assert_string_equal(line.options.command->name, "list");
    assert_int_equal(line.options.argument_count, 2);
    assert_string_equal(line.options.arguments[0], "a");
    assert_string_equal(line.options.arguments[1], "b");
    assert_int_equal(line.options.states.count, 3);
    assert_string_equal(line.options.states.items[2], "ended");
    assert_string_equal(line.options.socket, "/x");
    assert_true(line.options.json && line.options.all && line.options.utc && line.options.no_pager &&
                line.options.no_legend);
    line_fini(&line);
    read_line(&line, WORDS("show", "--", "--odd"));
    assert_int_equal(line.result, 0);
    assert_string_equal(line.options.arguments[0], "--odd");
    assert_string_equal(line.options.socket, "/run/meetingd/io.meetingd");
    line_fini(&line);
    read_line(&line, WORDS("--utc"));
    assert_int_equal(line.result, 0);
    assert_string_equal(line.options.command->name, "");
    line_fini(&line);
    /* Help is given however wrong the rest is. */
    read_line(&line, WORDS("nonsense", "--help"));
    assert_int_equal(line.result, 0);
    assert_true(line.options.help);
    line_fini(&line);
    read_line(&line, WORDS("--version"));
    assert_true(line.result == 0 && line.options.version);
    line_fini(&line);
}

static void wrong_lines_are_refused_with_what_would_be_right(void **state)
{
    (void)state;
    check_refused(WORDS("lst"), "did you mean list?");
    check_refused(WORDS("particpants", "x"), "did you mean participants?");
    check_refused(WORDS("frobnicate"), "there is no command 'frobnicate'");
    check_refused(WORDS("complet"), "there is no command");
    check_refused(WORDS("list", "--sate", "live"), "did you mean --state?");
    check_refused(WORDS("list", "--frobnicate=1"), "there is no option --frobnicate");
    check_refused(WORDS("-x"), "there is no option -x");
    check_refused(WORDS("list", "--socket"), "--socket needs a value");
    check_refused(WORDS("list", "--json=yes"), "--json takes no value");
    check_refused(WORDS("list", "--state", "lve"), "did you mean live?");
    check_refused(WORDS("list", "--state", "live,"), "there is no state ''");
    check_refused(WORDS("list", "--active"), "--active is no option of list");
    check_refused(WORDS("--topic", "x"), "--topic is no option of meetingctl without a command");
    check_refused(WORDS("check", "--json"), "--json is no option of check");
    check_refused(WORDS("update", "7", "--app", "x"), "--app is no option of update");
    check_refused(WORDS("show"), "show needs NAME");
    check_refused(WORDS("show", "a", "b"), "show does not take 'b'");
    check_refused(WORDS("status", "a"), "status does not take 'a'");
    check_refused(WORDS("show", ""), "empty");
    check_refused(WORDS("show", "a\xff"), "no UTF-8");
    check_refused(WORDS("reserve", "--topic", "x"), "--end-time");
    check_refused(WORDS("update", "7"), "something to change");
    check_refused(WORDS("update", "7", "--meeting-connect", "yes"), "--meeting-connect");
}

static void the_time_limit_comes_from_the_environment(void **state)
{
    struct line line;

    (void)state;
    setenv("MEETINGCTL_TIMEOUT", "1min 500ms", 1);
    read_line(&line, WORDS("status"));
    assert_int_equal(line.options.timeout_ms, 60500);
    line_fini(&line);
    setenv("MEETINGCTL_TIMEOUT", "soon", 1);
    check_refused(WORDS("status"), "MEETINGCTL_TIMEOUT");
    setenv("MEETINGCTL_TIMEOUT", "0", 1);
    check_refused(WORDS("status"), "MEETINGCTL_TIMEOUT");
    unsetenv("MEETINGCTL_TIMEOUT");
}

static void the_end_is_in_the_future_and_within_feishus_limit(void **state)
{
    struct line line;

    (void)state;
    read_line(&line, WORDS("reserve", "--end-time", "+2h", "--app", "b", "--owner-id", "ou_b"));
    assert_int_equal(line.result, 0);
    assert_int_equal(line.options.end_time, NOW + 7200);
    assert_string_equal(line.options.app, "b");
    assert_string_equal(line.options.owner_id, "ou_b");
    line_fini(&line);
    /* --utc holds for times that stand before it, too. */
    read_line(&line, WORDS("reserve", "--end-time", "2026-11-23 02:30:05", "--utc"));
    assert_int_equal(line.result, 0);
    assert_int_equal(line.options.end_time, NOW + 3600);
    line_fini(&line);
    read_line(&line, WORDS("update", "7", "--end-time", "+30d"));
    assert_int_equal(line.result, 0);
    line_fini(&line);
    check_refused(WORDS("reserve", "--end-time", "now"), "not in the future");
    check_refused(WORDS("reserve", "--end-time", "-1s"), "not in the future");
    check_refused(WORDS("update", "7", "--end-time", "+2592001s"), "more than 30 days");
    check_refused(WORDS("reserve", "--end-time", "whenever"), "no time");
    check_refused(WORDS("reserve", "--end-time", "+1h", "--owner-id", "a b"), "no id");
    check_refused(WORDS("reserve", "--end-time", "+1h", "--app", ""), "--app");
}

#define RESERVE(...) WORDS("reserve", "--end-time", "+1h", __VA_ARGS__)

static void times_and_shares_are_read(void **state)
{
    struct line line;

    (void)state;
    read_line(&line, WORDS("attendance", "a", "--since", "-7d", "--until", "1795397405", "--min-share",
                           "12.5%", "--csv"));
    assert_int_equal(line.result, 0);
    assert_true(line.options.has_since && line.options.has_until && line.options.csv);
    assert_int_equal(line.options.since, NOW - INT64_C(7) * 86400);
    assert_int_equal(line.options.until, NOW);
    assert_int_equal(line.options.min_share, 1250);
    line_fini(&line);
    /* A day is its beginning. */
    read_line(&line, WORDS("history", "--until", "2026-11-23", "--utc"));
    assert_int_equal(line.result, 0);
    assert_int_equal(line.options.until, 1795392000);
    assert_false(line.options.has_since);
    line_fini(&line);
    check_refused(WORDS("history", "--csv"), "--csv is no option of history");
    check_refused(WORDS("list", "--since", "-7d"), "--since is no option of list");
    check_refused(WORDS("history", "--since", "monday"), "--since: 'monday' is no time");
    check_refused(WORDS("history", "--since", "-1d", "--until", "-2d"), "--since is later than --until");
    check_refused(WORDS("attendance", "--min-share", "85%%"), "'85%%' is no share");
    check_refused(WORDS("attendance", "--min-share", "nan"), "'nan' is no share");
    check_refused(WORDS("attendance", "--min-share", "-1"), "'-1' is no share");
    check_refused(WORDS("attendance", "--min-share", "%"), "'%' is no share");
    check_refused(WORDS("attendance", "--csv", "--json"), "one of --json and --csv");
}

static void settings_become_feishus_words_and_numbers(void **state)
{
    (void)state;
    check_settings(WORDS("reserve", "--end-time", "+1h"), "none");
    check_settings(RESERVE("--topic", "每日站会"), "{\"topic\":\"每日站会\"}");
    check_settings(RESERVE("--meeting-initial-type", "group"), "{\"meeting_initial_type\":1}");
    check_settings(RESERVE("--meeting-initial-type=1"), "{\"meeting_initial_type\":1}");
    check_settings(RESERVE("--auto-record", "On", "--meeting-connect", "0"),
                   "{\"auto_record\":true,\"meeting_connect\":false}");
    check_settings(RESERVE("--password", "0971"), "{\"password\":\"0971\"}");
    check_settings(RESERVE("--password", ""), "{\"password\":\"\"}");
    check_settings(
        RESERVE("--assign-host-list", " ou_a,ou_b , "),
        "{\"assign_host_list\":[{\"user_type\":1,\"id\":\"ou_a\"},{\"user_type\":1,\"id\":\"ou_b\"}]}");
    check_settings(RESERVE("--assign-host-list", ""), "{\"assign_host_list\":[]}");
    check_settings(RESERVE("--action-permission", "host user_id allow ou_a, ou_b", "--action-permission",
                           "3  user_type deny rooms,6", "--action-permission", "host tenant_id 2 t1"),
                   "{\"action_permissions\":[{\"permission\":1,\"permission_checkers\":["
                   "{\"check_field\":1,\"check_mode\":1,\"check_list\":[\"ou_a\",\"ou_b\"]},"
                   "{\"check_field\":3,\"check_mode\":2,\"check_list\":[\"t1\"]}]},"
                   "{\"permission\":3,\"permission_checkers\":["
                   "{\"check_field\":2,\"check_mode\":2,\"check_list\":[\"2\",\"6\"]}]}]}");
    check_settings(
        RESERVE("--meeting-initial-type", "call", "--callee-id", "ou_c", "--callee-user-type", "pstn",
                "--callee-nickname", "dodo", "--callee-main-address", "+86-02187654321"),
        "{\"meeting_initial_type\":2,\"call_setting\":{\"callee\":{\"user_type\":6,\"id\":\"ou_c\","
        "\"pstn_sip_info\":{\"nickname\":\"dodo\",\"main_address\":\"+86-02187654321\"}}}}");
    /* The reservation may be a call already. */
    check_settings(WORDS("update", "7", "--callee-nickname", "d", "--callee-main-address", "+86-13800000000"),
                   "{\"call_setting\":{\"callee\":{\"user_type\":6,\"pstn_sip_info\":{\"nickname\":\"d\","
                   "\"main_address\":\"+86-13800000000\"}}}}");
}

static void wrong_settings_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    check_refused(RESERVE("--topic", ""), "--topic: the topic is empty");
    check_refused(RESERVE("--topic", "a\xff"), "--topic: the value is no UTF-8");
    check_refused(RESERVE("--meeting-initial-type", "3"), "write group (1) or call (2)");
    check_refused(RESERVE("--auto-record", "maybe"), "neither yes nor no");
    check_refused(RESERVE("--password", "123"), "4 to 9 digits");
    check_refused(RESERVE("--password", "1234567890"), "4 to 9 digits");
    check_refused(RESERVE("--password", "12a4"), "4 to 9 digits");
    check_refused(RESERVE("--assign-host-list", "a,b,c,d,e,f,g,h,i,j,k"), "11 hosts");
    check_refused(RESERVE("--assign-host-list", "a b"), "no id");
    check_refused(RESERVE("--action-permission", ""), "PERMISSION FIELD MODE LIST");
    check_refused(RESERVE("--action-permission", "host user_id allow"), "the list is missing");
    check_refused(RESERVE("--action-permission", "hosts user_id allow a"),
                  "write host (1), invite (2) or join (3)");
    check_refused(RESERVE("--action-permission", "host user allow a"), "'user'");
    check_refused(RESERVE("--action-permission", "host user_type allow doc"), "'doc'");
    check_refused(RESERVE("--callee-nickname", "d"), "only a call has a callee");
    check_refused(RESERVE("--meeting-initial-type", "call"), "--callee-main-address");
    check_refused(RESERVE("--meeting-initial-type", "call", "--callee-main-address", "02187654321"),
                  "telephone");
    check_refused(
        RESERVE("--meeting-initial-type", "call", "--callee-main-address", "+86-1", "--auto-record", "yes"),
        "records no calls");
    check_refused(RESERVE("--callee-user-type", "lark"), "write pstn (6)");
    check_refused(WORDS("update", "7", "--meeting-initial-type", "group", "--callee-nickname", "d"),
                  "only a call");
}

static void a_password_is_gone_from_the_line_and_from_errors(void **state)
{
    struct line line;

    (void)state;
    read_line(&line, RESERVE("--password", "971024"));
    assert_int_equal(line.result, 0);
    for (size_t i = 0; i < line.words.count; i++)
        assert_null(strstr(line.words.items[i], "971024"));
    line_fini(&line);
    read_line(&line, RESERVE("--password=secret971024"));
    assert_int_equal(line.result, -EINVAL);
    assert_null(strstr(line.error.text, "971024"));
    for (size_t i = 0; i < line.words.count; i++)
        assert_null(strstr(line.words.items[i], "971024"));
    line_fini(&line);
}

static void the_help_fits_and_names_everything(void **state)
{
    char *help = options_help();

    (void)state;
    for (size_t i = 1; i < command_count; i++) {
        CLEANUP_FREE char *shown = xasprintf("\n  %s", commands[i].name);

        if (commands[i].summary != NULL)
            assert_non_null(strstr(help, shown));
    }
    for (const char *line = help; *line != '\0';) {
        size_t length = strcspn(line, "\n");

        if (length > 80)
            fail_msg("a line of the help has %zu columns: %.*s", length, (int)length, line);
        line += length + 1;
    }
    free(help);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_and_behind_the_command),
        cmocka_unit_test(wrong_lines_are_refused_with_what_would_be_right),
        cmocka_unit_test(the_time_limit_comes_from_the_environment),
        cmocka_unit_test(the_end_is_in_the_future_and_within_feishus_limit),
        cmocka_unit_test(times_and_shares_are_read),
        cmocka_unit_test(settings_become_feishus_words_and_numbers),
        cmocka_unit_test(wrong_settings_are_refused_before_anything_is_sent),
        cmocka_unit_test(a_password_is_gone_from_the_line_and_from_errors),
        cmocka_unit_test(the_help_fits_and_names_everything),
    };

    unsetenv("MEETINGCTL_TIMEOUT");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
