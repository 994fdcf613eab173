/* wire/read: settings from the socket, strictly. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "wire/read.h"
#include "wire/wire.h"

static void settings_come_back_as_they_went_out(void **state)
{
    static const char text[] =
        "{\"topic\":\"每日站会\",\"action_permissions\":[{\"permission\":1,\"permission_checkers\":[{\"check_"
        "field\":1,"
        "\"check_mode\":1,\"check_list\":[\"ou_a\"]},{\"check_field\":2,\"check_mode\":2,\"check_list\":["
        "\"6\",\"7\"]}]}],"
        "\"meeting_initial_type\":2,\"meeting_connect\":true,\"auto_record\":false,"
        "\"assign_host_list\":[{\"user_type\":1,\"id\":\"ou_b\"}],\"password\":\"\","
        "\"call_setting\":{\"callee\":{\"id\":\"ou_c\",\"user_type\":6,"
        "\"pstn_sip_info\":{\"nickname\":\"dodo\",\"main_address\":\"+86-02187654321\"}}}}";
    struct reservation *reservation = reservation_new("x");
    struct buffer written = BUFFER_EMPTY;
    const char *wrong = NULL;

    (void)state;
    assert_int_equal(wire_read_settings(text, &reservation->meeting_settings, &wrong), 0);
    wire_reservation(&written, reservation, WIRE_WITH_PASSWORDS);
    assert_non_null(strstr(written.data, text));
    buffer_fini(&written);
    reservation_free(reservation);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        {"[]", "meeting_settings"},
        {"{", "meeting_settings"},
        {"{\"topci\":\"x\"}", "meeting_settings"},
        {"{\"topic\":7}", "topic"},
        {"{\"topic\":\"a\\u0000b\"}", "topic"},
        {"{\"password\":971024}", "password"},
        {"{\"auto_record\":1}", "auto_record"},
        {"{\"meeting_connect\":\"yes\"}", "meeting_connect"},
        {"{\"meeting_initial_type\":\"1\"}", "meeting_initial_type"},
        {"{\"meeting_initial_type\":99999999999}", "meeting_initial_type"},
        {"{\"action_permissions\":{}}", "action_permissions"},
        {"{\"action_permissions\":[{\"permission\":1}]}", "action_permissions"},
        {"{\"action_permissions\":[{\"permission\":1,\"permission_checkers\":[{\"check_field\":1,\"check_"
         "mode\":1,"
         "\"check_list\":[7]}]}]}",
         "action_permissions"},
        {"{\"assign_host_list\":[\"ou_a\"]}", "assign_host_list"},
        {"{\"assign_host_list\":[{\"id\":\"ou_a\",\"user_type\":2}]}", "assign_host_list"},
        {"{\"assign_host_list\":[{\"id\":\"ou_a\",\"name\":\"x\"}]}", "assign_host_list"},
        {"{\"call_setting\":{}}", "call_setting"},
        {"{\"call_setting\":{\"callee\":{\"pstn_sip_info\":\"x\"}}}", "call_setting"},
    };
    struct meeting_settings settings;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        const char *wrong = NULL;

        assert_int_equal(wire_read_settings(cases[i].text, &settings, &wrong), -EINVAL);
        assert_string_equal(wrong, cases[i].wrong);
    }
}

static void null_is_not_set(void **state)
{
    struct meeting_settings settings;
    const char *wrong;

    (void)state;
    assert_int_equal(wire_read_settings("{\"topic\":null,\"password\":null}", &settings, &wrong), 0);
    assert_null(settings.topic);
    assert_null(settings.password);
    meeting_settings_fini(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_come_back_as_they_went_out),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(null_is_not_set),
    };

    return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
