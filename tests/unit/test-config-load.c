/* config/config, config/load, config/draft: files come together as one configuration. */
#include "lib/load-text.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "config/report.h"

struct place {
    char *directory; /* absolute */
    char *main;      /* meetingd.conf in it */
};

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static char *path_in(const struct place *place, const char *name)
{
    return xasprintf("%s/%s", place->directory, name);
}

static void write_in(const struct place *place, const char *name, const char *text)
{
    CLEANUP_FREE char *path = path_in(place, name);

    write_file(path, text);
}

static int set_up(void **state)
{
    struct place *place = xalloc(sizeof(*place));
    CLEANUP_FREE char *name = test_make_directory();
    CLEANUP_FREE char *here = getcwd(NULL, 0);

    place->directory = xasprintf("%s/%s", here, name);
    place->main = path_in(place, "meetingd.conf");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    CLEANUP_FREE char *command = xasprintf("rm -rf '%s'", place->directory);

    /* Where a test failed half-way. */
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(place->directory, 0700), 0);
    /* NOLINTNEXTLINE(cert-env33-c): the path is the test's own */
    assert_int_equal(system(command), 0);
    free(place->directory);
    free(place->main);
    free(place);
    return 0;
}

static struct loaded load_place(const struct place *place)
{
    struct loaded loaded = {0};
    struct config_report report;

    loaded.result = config_load(place->main, &loaded.config, &report);
    load_collect(&loaded, &report);
    return loaded;
}

/* The files of the place have these mistakes and warnings; %s stands for its directory. */
static void expect_in_place(const struct place *place, const char *const *lines, size_t count)
{
    struct loaded loaded = load_place(place);
    struct buffer expected = BUFFER_EMPTY;

    for (size_t i = 0; i < count; i++)
        buffer_printf(&expected, "%s/%s\n", place->directory, lines[i]);
    assert_string_equal(loaded.problems, expected.data);
    buffer_fini(&expected);
    loaded_fini(&loaded);
}

#define EXPECT_IN_PLACE(place, ...)                                                                          \
    expect_in_place((place), (const char *const[]){__VA_ARGS__},                                             \
                    ELEMENTS(((const char *const[]){__VA_ARGS__})))

static void an_empty_file_means_the_defaults(void **state)
{
    struct config *config = load_good("");

    (void)state;
    assert_string_equal(config->socket, "/run/meetingd/io.meetingd");
    assert_string_equal(config->state, "/var/lib/meetingd/meetingd.db");
    assert_non_null(config->timezone);
    assert_int_equal(config->log_level, LOG_LEVEL_INFO);
    assert_int_equal(config->operators.count, 2);
    assert_string_equal(config->operators.items[0], "root");
    assert_string_equal(config->operators.items[1], "@meetingd-admin");
    assert_int_equal(config->on_uncertain, ON_UNCERTAIN_RETRY);
    assert_int_equal(config->poll.live_ms, 10000);
    assert_int_equal(config->poll.starting_ms, 10000);
    assert_int_equal(config->poll.early_ms, 600000);
    assert_int_equal(config->poll.overdue_ms, 30000);
    assert_int_equal(config->poll.cooling_ms, 120000);
    assert_int_equal(config->poll.idle_ms, 300000);
    assert_true(config->poll.participants);
    assert_int_equal(config->app_count, 0);
    assert_int_equal(config->plans.count, 0);
    config_free(config);
}

static void a_plan_and_its_app_get_their_defaults(void **state)
{
    struct config *config = load_good(PLAN_TEXT);
    const struct app *app = config_find_app(config, "default");
    const struct plan *plan = config->plans.items[0];
    const struct meeting_settings nothing = {0};

    (void)state;
    assert_string_equal(app->base_url, "https://open.feishu.cn");
    assert_string_equal(app->app_id, "cli_a");
    assert_int_equal(app->user_id_type, USER_ID_TYPE_OPEN_ID);
    assert_null(app->ca_file);
    assert_null(app->app_secret);
    assert_int_equal(app->timeout_ms, 10000);
    assert_int_equal(app->rate_per_minute, 1000);
    assert_int_equal(app->rate_per_second, 50);
    assert_string_equal(plan->name, "p");
    assert_string_equal(plan->app, "default");
    assert_string_equal(plan->owner_id, "ou_owner");
    assert_string_equal(plan->file, "a.conf");
    assert_int_equal(plan->line, 4);
    assert_int_equal(plan->create_ahead_ms, 24 * MS_PER_HOUR);
    assert_int_equal(plan->expire_after_ms, MS_PER_HOUR);
    /* What is not written is not sent. */
    assert_true(meeting_settings_equal(&plan->meeting_settings, &nothing));
    config_free(config);
}

static void everything_of_a_meeting_is_read(void **state)
{
    struct config *config = load_good(
        "[daemon]\ntimezone = Asia/Shanghai\n[app second]\napp_id = cli_b\nbase_url = http://127.0.0.1:1\n"
        "[reservation 前台 电话]\napp = second\nowner_id = ou_x\ntopic = Front desk\nstart = 2026-11-24 "
        "10:00\n"
        "duration = 10min\ncreate_ahead = 1h\nexpire_after = 5min\nmeeting_initial_type = call\n"
        "meeting_connect = yes\npassword =\ncallee_id = ou_c\ncallee_user_type = 6\ncallee_nickname = dodo\n"
        "callee_main_address = +86-02187654321\nauto_record = no\n");
    const struct plan *plan = config->plans.items[0];
    const struct meeting_settings *settings = &plan->meeting_settings;

    (void)state;
    assert_string_equal(plan->name, "前台 电话");
    assert_string_equal(plan->app, "second");
    assert_string_equal(plan->owner_id, "ou_x");
    assert_string_equal(plan->timezone, "Asia/Shanghai");
    assert_int_equal(plan->duration_s, 600);
    assert_int_equal(plan->create_ahead_ms, MS_PER_HOUR);
    assert_int_equal(plan->expire_after_ms, 5 * MS_PER_MINUTE);
    assert_string_equal(settings->topic, "Front desk");
    assert_int_equal(settings->meeting_initial_type, MEETING_INITIAL_TYPE_CALL);
    assert_int_equal(settings->meeting_connect, FLAG_YES);
    assert_int_equal(settings->auto_record, FLAG_NO);
    assert_string_equal(settings->password, "");
    assert_string_equal(settings->callee->id, "ou_c");
    assert_int_equal(settings->callee->user_type, USER_TYPE_PSTN);
    assert_string_equal(settings->callee->nickname, "dodo");
    assert_string_equal(config_find_app(config, "second")->base_url, "http://127.0.0.1:1");
    assert_null(config_find_app(config, "default"));
    config_free(config);
}

static void in_one_file_lists_grow_and_the_rest_stands_once(void **state)
{
    (void)state;
    expect_problems(
        "[daemon]\noperators = root\nlog_level = debug\noperators = daemon\nlog_level = info\n"
        "[poll]\nlive = 5s\n[daemon]\non_uncertain = hold\n",
        "a.conf:5: [daemon] log_level: the key stands already in line 3, and takes one value: keep "
        "one of the two\n"
        "a.conf:8: [daemon]: the section stands already in line 1 of this file: move its keys there\n");
    /* The keys of the second are looked at all the same. */
    expect_problems(PLAN_TEXT "[reservation p]\nduration = long\n",
                    "a.conf:8: [reservation p]: the section stands already in line 4 of this file: move its "
                    "keys there\n"
                    "a.conf:9: [reservation p] duration: \"long\" is no time span: write one such as 500ms, "
                    "10s, 5min or 1h 30min\n");
}

static void a_later_file_replaces_key_by_key(void **state)
{
    struct loaded loaded = load_two("[daemon]\noperators = root, daemon\nlog_level = debug\n" PLAN_TEXT
                                    "topic = old\npassword = 1234\nassign_host_list = ou_a\n"
                                    "action_permission = host user_id allow ou_a\n[reservation q]\n"
                                    "start = 2026-11-24 09:30\nduration = 1h\ntimezone = UTC\n",
                                    "[daemon]\noperators =\noperators = daemon\n[reservation p]\npassword =\n"
                                    "action_permission = join user_id deny ou_b\nassign_host_list =\n"
                                    "duration = 45min\n");
    const struct config *config = loaded.config;
    const struct plan *plan;

    (void)state;
    assert_string_equal(loaded.problems, "");
    assert_int_equal(config->operators.count, 1);
    assert_string_equal(config->operators.items[0], "daemon");
    assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(config->plans.count, 2);
    plan = config->plans.items[0];
    assert_string_equal(plan->name, "p");
    assert_int_equal(plan->line, 7);
    assert_int_equal(plan->duration_s, 45 * 60);
    assert_string_equal(plan->meeting_settings.topic, "old");
    assert_string_equal(plan->meeting_settings.password, "");
    assert_true(plan->meeting_settings.assign_host_list_set);
    assert_int_equal(plan->meeting_settings.assign_host_list.count, 0);
    assert_int_equal(plan->meeting_settings.action_permission_count, 1);
    assert_int_equal(plan->meeting_settings.action_permissions[0].permission, PERMISSION_JOIN);
    loaded_fini(&loaded);

    loaded = load_two("[daemon]\noperators = root\n", "[daemon]\noperators = daemon\n");
    assert_int_equal(loaded.config->operators.count, 1);
    loaded_fini(&loaded);
}

static void a_mistake_stands_where_it_was_made(void **state)
{
    struct loaded loaded =
        load_two("[app]\napp_id = a\n[reservation p]\nstart = 2026-11-23 09:30\nowner_id = o\n"
                 "create_ahead = 29d\nduration = 1h\n",
                 "[poll]\nlive = 1\n[reservation p]\nexpire_after = 30d\n");

    (void)state;
    assert_string_equal(
        loaded.problems,
        "b.conf:4: [reservation p] expire_after: create_ahead, duration and expire_after are "
        "59d 1h together, and Feishu keeps a reservation for 30d at most: write a shorter time\n");
    loaded_fini(&loaded);
}

static void what_a_later_file_replaces_is_looked_at_anew(void **state)
{
    struct loaded loaded =
        load_two(APP_TEXT "[reservation p]\nstart = soon\nduration = 5min\ntimezone = Europe/Berlin\n",
                 "[reservation p]\nstart = 2026-03-29 02:30\n");

    (void)state;
    assert_int_equal(loaded.mistakes, 2);
    assert_non_null(strstr(loaded.problems, "a.conf:5: [reservation p] start: \"soon\" is no time"));
    assert_non_null(strstr(loaded.problems, "b.conf:2: [reservation p] start: this time is skipped"));
    loaded_fini(&loaded);
}

static void all_mistakes_come_in_the_order_of_files_and_lines(void **state)
{
    struct loaded loaded =
        load_two("[poll]\nlive = 1ms\n[app]\nowner_id = ou o\ntimeout = never\n[nonsense]\n",
                 "[pol]\nlive = 2ms\n[reservation p]\nduration = 5min\n");
    static const char *const begins[] = {
        "a.conf:2: [poll] live: ",   "a.conf:3: [app] app_id: ",         "a.conf:4: [app] owner_id: ",
        "a.conf:5: [app] timeout: ", "a.conf:6: [nonsense]: ",           "b.conf:1: [pol]: ",
        "b.conf:2: [pol] live: ",    "b.conf:3: [reservation p] start: "};
    const char *line = loaded.problems;

    (void)state;
    assert_int_equal(loaded.mistakes, ELEMENTS(begins));
    for (size_t i = 0; i < ELEMENTS(begins); i++) {
        assert_memory_equal(line, begins[i], strlen(begins[i]));
        line = strchr(line, '\n') + 1;
    }
    loaded_fini(&loaded);
}

static void drop_ins_are_read_in_lexical_order(void **state)
{
    const struct place *place = *state;
    CLEANUP_FREE char *directory = path_in(place, "meetingd.conf.d");
    struct loaded loaded;

    write_in(place, "meetingd.conf", PLAN_TEXT "topic = main\n[poll]\nlive = 1s\nearly = 1s\n");
    assert_int_equal(mkdir(directory, 0700), 0);
    write_in(place, "meetingd.conf.d/20.conf", "[reservation p]\ntopic = twenty\n[poll]\nlive = 2s\n");
    write_in(place, "meetingd.conf.d/10.conf",
             "[reservation p]\ntopic = ten\n[reservation 十]\n"
             "start = 2026-11-23 10:00\nduration = 1h\n");
    write_in(place, "meetingd.conf.d/100.conf", "[poll]\nlive = 3s\nearly = 3s\n");
    write_in(place, "meetingd.conf.d/.hidden.conf", "nonsense");
    write_in(place, "meetingd.conf.d/30.conf.bak", "nonsense");
    write_in(place, "meetingd.conf.d/.conf", "nonsense");
    write_in(place, "meetingd.conf.d/README", "nonsense");
    loaded = load_place(place);
    assert_string_equal(loaded.problems, "");
    assert_string_equal(loaded.config->plans.items[0]->meeting_settings.topic, "twenty");
    assert_int_equal(loaded.config->poll.live_ms, 2000);
    assert_int_equal(loaded.config->poll.early_ms, 3000);
    assert_int_equal(loaded.config->plans.count, 2);
    assert_string_equal(loaded.config->plans.items[1]->name, "十");
    assert_string_equal(strrchr(loaded.config->plans.items[1]->file, '/'), "/10.conf");
    assert_int_equal(loaded.config->plans.items[1]->line, 3);
    loaded_fini(&loaded);

    write_in(place, "meetingd.conf.d/20.conf", "[poll]\nlive = x\n");
    write_in(place, "meetingd.conf.d/10.conf", "[poll]\nlive = y\n");
    EXPECT_IN_PLACE(place,
                    "meetingd.conf.d/10.conf:2: [poll] live: \"y\" is no time span: write one such as 500ms, "
                    "10s, 5min or 1h 30min",
                    "meetingd.conf.d/20.conf:2: [poll] live: \"x\" is no time span: write one such as 500ms, "
                    "10s, 5min or 1h 30min");
}

static void what_cannot_be_read_is_a_mistake(void **state)
{
    const struct place *place = *state;
    CLEANUP_FREE char *drop_ins = path_in(place, "meetingd.conf.d");
    CLEANUP_FREE char *link = path_in(place, "meetingd.conf.d/b.conf");
    CLEANUP_FREE char *folder = path_in(place, "meetingd.conf.d/a.conf");

    EXPECT_IN_PLACE(place,
                    "meetingd.conf: the file cannot be read: No such file or directory: write the file, or "
                    "name another one with --config");
    assert_int_equal(mkdir(drop_ins, 0700), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(symlink("nowhere", link), 0);
    write_in(place, "meetingd.conf.d/c.conf", "[poll]\nlife = 1\n");
    EXPECT_IN_PLACE(
        place,
        "meetingd.conf: the file cannot be read: No such file or directory: write the file, or "
        "name another one with --config",
        "meetingd.conf.d/a.conf: the file cannot be read: Is a directory: write the path of a file",
        "meetingd.conf.d/b.conf: the file cannot be read: No such file or directory: remove the "
        "link, or write the file that it names",
        "meetingd.conf.d/c.conf:2: [poll] life: the key is not known: did you mean live?");
}

static void a_drop_in_directory_that_is_none_is_a_mistake(void **state)
{
    const struct place *place = *state;

    write_in(place, "meetingd.conf", "");
    write_in(place, "meetingd.conf.d", "");
    EXPECT_IN_PLACE(place,
                    "meetingd.conf.d: the directory cannot be read: Not a directory: make it a directory, or "
                    "remove it");
}

/* Root reads everything, so it is tried as somebody else. */
static void what_is_closed_is_a_mistake(void **state)
{
    const struct place *place = *state;

    write_in(place, "meetingd.conf", "");
    assert_int_equal(chmod(place->directory, 0), 0);
    if (geteuid() == 0)
        assert_int_equal(seteuid(65534), 0);
    EXPECT_IN_PLACE(
        place, "meetingd.conf: the file cannot be read: Permission denied: let the daemon's user read it",
        "meetingd.conf.d: the directory cannot be read: Permission denied: let the daemon's user read it");
    if (getuid() == 0)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(place->directory, 0700), 0);
}

static void something_without_an_end_is_a_mistake(void **state)
{
    const struct place *place = *state;

    assert_int_equal(symlink("/dev/zero", place->main), 0);
    EXPECT_IN_PLACE(place, "meetingd.conf: the file cannot be read: File too large: write it anew");
}

static void too_many_mistakes_are_counted(void **state)
{
    struct report report = {0};
    struct report_source source = {.path = (char *)"f", .order = 0};
    struct config_report problems;
    CLEANUP_FREE char *text = NULL;

    (void)state;
    for (unsigned i = 0; i < REPORT_MAX + 3; i++)
        report_add(&report, i == REPORT_MAX ? CONFIG_WARNING : CONFIG_MISTAKE, &source, i + 1, NULL, NULL,
                   "wrong");
    report_finish(&report, &problems);
    assert_int_equal(problems.count, REPORT_MAX + 1);
    assert_int_equal(problems.mistakes, REPORT_MAX + 2);
    text = config_problem_text(&problems.problems[REPORT_MAX]);
    assert_string_equal(text, "f: note: 3 more are not listed: mend these first");
    config_report_fini(&problems);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_file_means_the_defaults),
        cmocka_unit_test(a_plan_and_its_app_get_their_defaults),
        cmocka_unit_test(everything_of_a_meeting_is_read),
        cmocka_unit_test(in_one_file_lists_grow_and_the_rest_stands_once),
        cmocka_unit_test(a_later_file_replaces_key_by_key),
        cmocka_unit_test(a_mistake_stands_where_it_was_made),
        cmocka_unit_test(what_a_later_file_replaces_is_looked_at_anew),
        cmocka_unit_test(all_mistakes_come_in_the_order_of_files_and_lines),
        TEST(drop_ins_are_read_in_lexical_order),
        TEST(what_cannot_be_read_is_a_mistake),
        TEST(a_drop_in_directory_that_is_none_is_a_mistake),
        TEST(what_is_closed_is_a_mistake),
        TEST(something_without_an_end_is_a_mistake),
        cmocka_unit_test(too_many_mistakes_are_counted),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
