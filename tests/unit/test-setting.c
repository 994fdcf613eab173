/* model/setting: what differs, what is sent for it, and what a partial update has taken away. */
#include "lib/test.h"

#include <string.h>

#include "base/base.h"
#include "model/setting.h"

static void fill(struct meeting_settings *settings)
{
    meeting_settings_init(settings);
    settings->topic = xstrdup("站会, line\nbreak\\");
    settings->auto_record = FLAG_YES;
    settings->meeting_initial_type = MEETING_INITIAL_TYPE_GROUP;
    settings->assign_host_list_set = true;
    string_list_add(&settings->assign_host_list, "ou_a");
    settings->password = xstrdup("971024");
    string_list_add(
        &meeting_settings_add_checker(settings, PERMISSION_HOST, CHECK_FIELD_USER_ID, CHECK_MODE_ALLOW)
             ->check_list,
        "ou_a");
    settings->callee = xalloc(sizeof(*settings->callee));
    settings->callee->user_type = USER_TYPE_PSTN;
    settings->callee->main_address = xstrdup("+86-02187654321");
}

static void assert_differing(const char *text, const struct meeting_settings *settings, unsigned expected)
{
    assert_int_equal(settings_differing(text, settings), expected);
}

static void each_change_is_seen_alone(void **state)
{
    struct meeting_settings settings;
    char *text;

    (void)state;
    fill(&settings);
    text = settings_text(&settings);
    assert_differing(text, &settings, 0);
    str_set(&settings.topic, "站会, line\nbreak");
    assert_differing(text, &settings, SETTING_BIT(SETTING_TOPIC));
    str_set(&settings.topic, "站会, line\nbreak\\");
    string_list_add(&settings.assign_host_list, "ou_b");
    assert_differing(text, &settings, SETTING_BIT(SETTING_ASSIGN_HOST_LIST));
    free(settings.assign_host_list.items[--settings.assign_host_list.count]);
    str_set(&settings.callee->nickname, "dodo");
    assert_differing(text, &settings, SETTING_BIT(SETTING_CALL_SETTING));
    str_set(&settings.callee->nickname, NULL);
    string_list_add(&settings.action_permissions[0].checkers[0].check_list, "ou_c");
    settings.auto_record = FLAG_NO;
    assert_differing(text, &settings,
                     SETTING_BIT(SETTING_ACTION_PERMISSIONS) | SETTING_BIT(SETTING_AUTO_RECORD));
    /* An empty password is one, and none is none. */
    str_set(&settings.password, "");
    assert_true(settings_differing(text, &settings) & SETTING_BIT(SETTING_PASSWORD));
    secret_free(text);
    text = settings_text(&settings);
    str_set(&settings.password, NULL);
    assert_differing(text, &settings, SETTING_BIT(SETTING_PASSWORD));
    /* Lists do not run into each other. */
    secret_free(text);
    meeting_settings_fini(&settings);
    settings.assign_host_list_set = true;
    string_list_add(&settings.assign_host_list, "a,b");
    text = settings_text(&settings);
    string_list_fini(&settings.assign_host_list);
    string_list_add(&settings.assign_host_list, "a");
    string_list_add(&settings.assign_host_list, "b");
    assert_differing(text, &settings, SETTING_BIT(SETTING_ASSIGN_HOST_LIST));
    assert_differing(NULL, &settings, SETTING_BIT(SETTING_ASSIGN_HOST_LIST));
    secret_free(text);
    meeting_settings_fini(&settings);
}

static void what_was_removed_is_neutral_where_it_can_be(void **state)
{
    struct meeting_settings settings, none = {0}, sent;
    unsigned all = SETTING_BIT(SETTINGS) - 1;

    (void)state;
    fill(&settings);
    settings_pick(&settings, SETTING_BIT(SETTING_TOPIC) | SETTING_BIT(SETTING_AUTO_RECORD), &sent);
    assert_int_equal(settings_set(&sent), SETTING_BIT(SETTING_TOPIC) | SETTING_BIT(SETTING_AUTO_RECORD));
    assert_string_equal(sent.topic, settings.topic);
    meeting_settings_fini(&sent);
    settings_pick(&settings, all, &sent);
    assert_true(meeting_settings_equal(&sent, &settings));
    meeting_settings_fini(&sent);
    settings_pick(&none, all, &sent);
    assert_int_equal(settings_set(&sent), SETTING_BIT(SETTING_AUTO_RECORD) |
                                              SETTING_BIT(SETTING_ASSIGN_HOST_LIST) |
                                              SETTING_BIT(SETTING_ACTION_PERMISSIONS));
    assert_int_equal(sent.auto_record, FLAG_NO);
    meeting_settings_fini(&sent);
    assert_int_equal(settings_left_over(&none, &settings),
                     SETTING_BIT(SETTING_TOPIC) | SETTING_BIT(SETTING_PASSWORD));
    assert_int_equal(settings_left_over(&settings, &settings), 0);
    meeting_settings_fini(&settings);
}

static void what_is_gone_is_told_from_what_is_another_one(void **state)
{
    struct meeting_settings expected, told;

    (void)state;
    fill(&expected);
    meeting_settings_copy(&told, &expected);
    str_set(&told.topic, "another");
    str_set(&told.password, NULL); /* get need not tell it */
    assert_int_equal(settings_gone(&expected, &told), 0);
    told.auto_record = FLAG_NO;
    string_list_fini(&told.assign_host_list);
    str_set(&told.password, "");
    assert_int_equal(settings_gone(&expected, &told), SETTING_BIT(SETTING_AUTO_RECORD) |
                                                          SETTING_BIT(SETTING_ASSIGN_HOST_LIST) |
                                                          SETTING_BIT(SETTING_PASSWORD));
    meeting_settings_fini(&told);
    assert_int_equal(settings_gone(&expected, &told) & SETTING_BIT(SETTING_TOPIC),
                     SETTING_BIT(SETTING_TOPIC));
    assert_int_equal(settings_gone(&told, &expected), 0);
    meeting_settings_fini(&expected);
}

static void names_are_feishus(void **state)
{
    char *names = settings_names(SETTING_BIT(SETTING_TOPIC) | SETTING_BIT(SETTING_CALL_SETTING));

    (void)state;
    assert_string_equal(names, "topic, call_setting");
    free(names);
    names = settings_names(0);
    assert_string_equal(names, "");
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_seen_alone),
        cmocka_unit_test(what_was_removed_is_neutral_where_it_can_be),
        cmocka_unit_test(what_is_gone_is_told_from_what_is_another_one),
        cmocka_unit_test(names_are_feishus),
    };

    return cmocka_run_group_tests_name("setting", tests, NULL, NULL);
}
