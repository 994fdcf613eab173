/* reload: a run for those who asked before it, the next one for those who ask meanwhile; nothing changes
 * where the file is wrong or the driver refuses; a stop at any point. The driver's part is the test's own. */
#include "lib/test.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/log.h"
#include "interface/interface.h"
#include "lib/sync-house.h"
#include "reload.h"

#define APP "[app]\napp_id = cli_made_up\nowner_id = ou_owner\napp_secret_file = %s\n"

struct fixture {
    struct sync_house *house;
    char *path, *secret;
    struct config *config;
    struct configuration told;
    struct interface *interface;
    struct reload *reload;
    struct buffer steps; /* what happened, a line each */
    bool stopped, interface_closed;
};

/* What the driver was given, and has not answered yet. */
static struct {
    const struct plan_list *plans;
    bool force;
    driver_planned_cb *callback;
    void *data;
} planning;

void __wrap_driver_set_plans(struct driver *driver, const struct plan_list *plans, bool force,
                             driver_planned_cb *callback, void *data);

void __wrap_driver_set_plans(struct driver *driver, const struct plan_list *plans, bool force,
                             driver_planned_cb *callback, void *data)
{
    (void)driver;
    assert_null(planning.callback);
    planning.plans = plans;
    planning.force = force;
    planning.callback = callback;
    planning.data = data;
}

static bool is_planning(void *data)
{
    (void)data;
    return planning.callback != NULL;
}

static void answer_plans(int result, const char *error_text)
{
    driver_planned_cb *callback = planning.callback;
    struct action_list actions = {NULL, 0};
    struct error error;

    error_set(&error, result, "%s", error_text);
    action_list_add(&actions, ACTION_UPDATE)->at = 5;
    planning.callback = NULL;
    callback(planning.data, result, result == 0 ? &actions : NULL, &error);
    action_list_fini(&actions);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(chmod(path, 0600), 0);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void configure(const struct fixture *fixture, const char *more)
{
    CLEANUP_FREE char *app = xasprintf(APP, fixture->secret), *text = xasprintf("%s%s", app, more);

    write_file(fixture->path, text);
}

static void on_began(void *data)
{
    buffer_append_text(&((struct fixture *)data)->steps, "began\n");
}

static void on_ended(void *data)
{
    buffer_append_text(&((struct fixture *)data)->steps, "ended\n");
}

static int unused_reload(void *data, bool force, interface_reloaded_cb *done, void *done_data)
{
    (void)data;
    (void)force;
    (void)done;
    (void)done_data;
    return -ESHUTDOWN;
}

static int set_up(void **state)
{
    struct fixture *fixture = xalloc(sizeof(*fixture));
    struct config_report report;
    struct sync_house *house;
    char cwd[4096];

    assert_int_equal(sync_house_set_up((void **)&fixture->house), 0);
    house = fixture->house;
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    fixture->path = xasprintf("%s/%s/meetingd.conf", cwd, house->directory);
    fixture->secret = xasprintf("%s/%s/secret", cwd, house->directory);
    write_file(fixture->secret, "made-up-secret\n");
    configure(fixture, "");
    assert_int_equal(config_load(fixture->path, &fixture->config, &report), 0);
    config_report_fini(&report);
    log_set_level(LOG_LEVEL_ERROR);
    sync_house_start(house);
    fixture->told = (struct configuration){.path = fixture->path, .plans = &fixture->config->plans};
    assert_int_equal(interface_new(&fixture->interface,
                                   &(struct interface_options){
                                       .loop = &house->loop,
                                       .timers = house->timers,
                                       .cache = house->cache,
                                       .calls = house->calls,
                                       .driver = house->driver,
                                       .store = house->store,
                                       .apps = fixture->config->apps,
                                       .clients = &house->client,
                                       .app_count = 1,
                                       .operators = &fixture->config->operators,
                                       .state_path = house->path,
                                       .configuration = &fixture->told,
                                       .reload = unused_reload,
                                   },
                                   NULL),
                     0);
    fixture->reload = reload_new(&(struct reload_options){
        .loop = &house->loop,
        .clock = &house->clock.clock,
        .driver = house->driver,
        .interface = fixture->interface,
        .path = fixture->path,
        .config = &fixture->config,
        .told = &fixture->told,
        .began = on_began,
        .ended = on_ended,
        .data = fixture,
    });
    planning.callback = NULL;
    buffer_append_text(&fixture->steps, "");
    *state = fixture;
    return 0;
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

static bool is_true(void *data)
{
    return *(const bool *)data;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    interface_close(fixture->interface, on_closed, &fixture->interface_closed);
    test_turn_until(&fixture->house->time, is_true, &fixture->interface_closed);
    reload_free(fixture->reload);
    sync_house_stop(fixture->house);
    config_free(fixture->config);
    assert_int_equal(sync_house_tear_down((void **)&fixture->house), 0);
    free(fixture->path);
    free(fixture->secret);
    buffer_fini(&fixture->steps);
    free(fixture);
    return 0;
}

/* Somebody who asks. */
struct asking {
    struct fixture *fixture;
    const char *name;
};

static void on_done(void *data, const struct reload_result *result, const struct action_list *actions)
{
    const struct asking *asking = data;
    struct buffer *steps = &asking->fixture->steps;

    if (result == NULL)
        buffer_printf(steps, "%s: stopping\n", asking->name);
    else if (result->problems.count > 0)
        buffer_printf(steps, "%s: %zu problems\n", asking->name, result->problems.count);
    else
        buffer_printf(steps, "%s: %zu actions, %zu for a restart\n", asking->name, actions->count,
                      result->restart.count);
}

static struct asking ask(struct fixture *fixture, const char *name)
{
    return (struct asking){fixture, name};
}

static bool has_ended(void *data)
{
    const struct fixture *fixture = data;

    return strstr(fixture->steps.data, "ended\n") != NULL;
}

static void wait_for_plans(struct fixture *fixture)
{
    test_turn_until(&fixture->house->time, is_planning, NULL);
}

/* Time in the store's and the driver's hands passes. */
static void wait_for_end(struct fixture *fixture)
{
    test_turn_until(&fixture->house->time, has_ended, fixture);
}

static void a_good_file_takes_the_place_of_the_running_one(void **state)
{
    struct fixture *fixture = *state;
    struct asking asking = ask(fixture, "a");
    const struct app *app = fixture->config->apps[0];
    const struct config *before = fixture->config;

    configure(fixture, "timeout = 11s\n[reservation board]\nreserve_id = 6911188411932033028\n[daemon]\n"
                       "log_level = warning\n");
    assert_int_equal(reload_request(fixture->reload, false, on_done, &asking), 0);
    assert_string_equal(fixture->steps.data, "began\n");
    wait_for_plans(fixture);
    assert_ptr_equal(fixture->config, before);
    assert_int_equal(planning.plans->count, 1);
    assert_false(planning.force);
    answer_plans(0, "");
    assert_string_equal(fixture->steps.data, "began\nended\na: 1 actions, 1 for a restart\n");
    assert_ptr_not_equal(fixture->config, before);
    assert_ptr_equal(fixture->told.plans, planning.plans);
    assert_ptr_equal(fixture->told.plans, &fixture->config->plans);
    assert_ptr_equal(fixture->config->apps[0], app);
    assert_int_equal(app->timeout_ms, 10000);
    assert_string_equal(fixture->told.last_reload->restart.items[0], "[app] timeout");
    assert_int_equal(fixture->told.loaded_at, HOUSE_NOW_S);
    assert_int_equal(fixture->told.last_reload->at, HOUSE_NOW_S);
    assert_true(log_wants(LOG_LEVEL_WARNING));
    assert_non_null(strstr(fixture->house->events.data, "configuration_reloaded -\n"));
    log_set_level(LOG_LEVEL_ERROR);
}

static void mistakes_change_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct asking asking = ask(fixture, "a");
    const struct config *before = fixture->config;

    configure(fixture, "nonsense = 1\n[reservation p]\nstart = never\n");
    assert_int_equal(reload_request(fixture->reload, true, on_done, &asking), 0);
    wait_for_end(fixture);
    assert_string_equal(fixture->steps.data, "began\nended\na: 3 problems\n");
    assert_ptr_equal(fixture->config, before);
    assert_ptr_equal(fixture->told.plans, &before->plans);
    assert_non_null(strstr(fixture->told.last_reload->problems.items[0], "meetingd.conf:5: [app] nonsense"));
    assert_null(planning.callback);
    assert_null(fixture->house->events.data);
}

static void an_app_without_its_secret_is_a_mistake(void **state)
{
    struct fixture *fixture = *state;
    struct asking asking = ask(fixture, "a");

    write_file(fixture->path, "[app]\napp_id = cli_made_up\nowner_id = ou_owner\n");
    assert_int_equal(reload_request(fixture->reload, false, on_done, &asking), 0);
    wait_for_end(fixture);
    assert_string_equal(fixture->steps.data, "began\nended\na: 1 problems\n");
    assert_non_null(strstr(fixture->told.last_reload->problems.items[0], "has no secret"));
}

static void a_refusal_names_the_way_round_it(void **state)
{
    struct fixture *fixture = *state;
    struct asking asking = ask(fixture, "a");
    const struct config *before = fixture->config;

    assert_int_equal(reload_request(fixture->reload, false, on_done, &asking), 0);
    wait_for_plans(fixture);
    answer_plans(-EPERM, "it would delete 11 of 12 reservations");
    assert_string_equal(fixture->steps.data, "began\nended\na: 1 problems\n");
    assert_string_equal(
        fixture->told.last_reload->problems.items[0],
        "it would delete 11 of 12 reservations: meetingctl reload --force does it all the same");
    assert_int_equal(fixture->told.last_reload->restart.count, 0);
    assert_ptr_equal(fixture->config, before);
}

static void what_is_asked_meanwhile_gets_a_run_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct asking a = ask(fixture, "a"), b = ask(fixture, "b"), c = ask(fixture, "c"), d = ask(fixture, "d");

    assert_int_equal(reload_request(fixture->reload, false, on_done, &a), 0);
    assert_int_equal(reload_request(fixture->reload, false, on_done, &b), 0); /* while it is loaded */
    wait_for_plans(fixture);
    assert_false(planning.force);
    assert_int_equal(reload_request(fixture->reload, true, on_done, &c), 0); /* while the driver plans */
    assert_int_equal(reload_request(fixture->reload, false, NULL, NULL), 0);
    answer_plans(0, "");
    assert_string_equal(fixture->steps.data, "began\nended\na: 1 actions, 0 for a restart\nbegan\n");
    wait_for_plans(fixture);
    assert_true(planning.force);
    assert_int_equal(reload_request(fixture->reload, false, on_done, &d), 0);
    answer_plans(0, "");
    wait_for_plans(fixture);
    assert_false(planning.force);
    answer_plans(0, "");
    assert_string_equal(fixture->steps.data, "began\nended\na: 1 actions, 0 for a restart\n"
                                             "began\nended\nb: 1 actions, 0 for a restart\n"
                                             "c: 1 actions, 0 for a restart\n"
                                             "began\nended\nd: 1 actions, 0 for a restart\n");
}

/* A refused one is shown until a good one, also while the next is worked on. */
static void a_result_is_shown_until_the_next_is_there(void **state)
{
    struct fixture *fixture = *state;

    configure(fixture, "nonsense = 1\n");
    assert_int_equal(reload_request(fixture->reload, false, NULL, NULL), 0);
    wait_for_end(fixture);
    configure(fixture, "");
    assert_int_equal(reload_request(fixture->reload, false, NULL, NULL), 0);
    wait_for_plans(fixture);
    assert_int_equal(fixture->told.last_reload->problems.count, 1);
    answer_plans(0, "");
    assert_int_equal(fixture->told.last_reload->problems.count, 0);
}

static void a_stop_while_it_is_loaded(void **state)
{
    struct fixture *fixture = *state;
    struct asking a = ask(fixture, "a"), b = ask(fixture, "b");
    const struct config *before = fixture->config;

    assert_int_equal(reload_request(fixture->reload, false, on_done, &a), 0);
    assert_int_equal(reload_request(fixture->reload, false, on_done, &b), 0);
    assert_true(reload_stop(fixture->reload, on_closed, &fixture->stopped));
    assert_int_equal(reload_request(fixture->reload, false, on_done, &b), -ESHUTDOWN);
    assert_false(fixture->stopped);
    test_turn_until(&fixture->house->time, is_true, &fixture->stopped);
    assert_string_equal(fixture->steps.data, "began\nended\na: stopping\nb: stopping\n");
    assert_ptr_equal(fixture->config, before);
    assert_null(planning.callback);
}

static void a_stop_while_the_driver_plans(void **state)
{
    struct fixture *fixture = *state;
    struct asking a = ask(fixture, "a"), b = ask(fixture, "b");

    assert_int_equal(reload_request(fixture->reload, false, on_done, &a), 0);
    wait_for_plans(fixture);
    assert_int_equal(reload_request(fixture->reload, false, on_done, &b), 0);
    assert_true(reload_stop(fixture->reload, on_closed, &fixture->stopped));
    answer_plans(0, "");
    assert_true(fixture->stopped);
    assert_string_equal(fixture->steps.data, "began\nended\na: 1 actions, 0 for a restart\nb: stopping\n");
    assert_ptr_equal(fixture->told.plans, planning.plans); /* the driver has them */
}

static void a_stop_while_nothing_is_asked(void **state)
{
    struct fixture *fixture = *state;

    assert_false(reload_stop(fixture->reload, on_closed, &fixture->stopped));
    assert_int_equal(reload_request(fixture->reload, false, NULL, NULL), -ESHUTDOWN);
    assert_string_equal(fixture->steps.data, "");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_file_takes_the_place_of_the_running_one),
        TEST(mistakes_change_nothing),
        TEST(an_app_without_its_secret_is_a_mistake),
        TEST(a_refusal_names_the_way_round_it),
        TEST(what_is_asked_meanwhile_gets_a_run_of_its_own),
        TEST(a_result_is_shown_until_the_next_is_there),
        TEST(a_stop_while_it_is_loaded),
        TEST(a_stop_while_the_driver_plans),
        TEST(a_stop_while_nothing_is_asked),
    };

    return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
