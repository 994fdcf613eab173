/* interface/access: who is an operator. */
#include "lib/test.h"

#include <grp.h>
#include <unistd.h>

#include "base/log.h"
#include "interface/access.h"

#define SOMEBODY 54321

static struct access *access_of(const char *first, const char *second)
{
    struct string_list operators = {NULL, 0};
    struct access *access;

    log_set_level(LOG_LEVEL_ERROR);
    if (first != NULL)
        string_list_add(&operators, first);
    if (second != NULL)
        string_list_add(&operators, second);
    access = access_new(&operators);
    string_list_fini(&operators);
    return access;
}

static void root_and_our_own_user_are_operators(void **state)
{
    struct access *access = access_of(NULL, NULL);
    struct varlink_peer root = {.uid = 0, .gid = SOMEBODY}, own = {.uid = geteuid(), .gid = SOMEBODY},
                        somebody = {.uid = SOMEBODY, .gid = SOMEBODY};

    (void)state;
    assert_true(access_is_operator(access, &root));
    assert_true(access_is_operator(access, &own));
    assert_false(access_is_operator(access, &somebody));
    assert_true(access_allows(access, &somebody, PRIVILEGE_READ));
    assert_false(access_allows(access, &somebody, PRIVILEGE_OPERATE));
    access_free(access);
}

static void named_users_and_groups_are_operators(void **state)
{
    struct access *access = access_of("daemon", "@tty");
    const struct group *tty = getgrnam("tty");
    gid_t groups[] = {100, 0};
    struct varlink_peer by_user = {.uid = 1, .gid = SOMEBODY}, by_own_group = {.uid = SOMEBODY},
                        by_other_group = {.uid = SOMEBODY,
                                          .gid = SOMEBODY,
                                          .groups = groups,
                                          .group_count = 2},
                        somebody = {.uid = SOMEBODY, .gid = SOMEBODY, .groups = groups, .group_count = 1};

    (void)state;
    assert_non_null(tty);
    by_own_group.gid = tty->gr_gid;
    groups[1] = tty->gr_gid;
    assert_true(access_is_operator(access, &by_user));
    assert_true(access_is_operator(access, &by_own_group));
    assert_true(access_is_operator(access, &by_other_group));
    assert_false(access_is_operator(access, &somebody));
    access_free(access);
}

static void names_that_do_not_exist_open_nothing(void **state)
{
    struct access *access = access_of("no-such-user", "@no-such-group");
    struct varlink_peer somebody = {.uid = SOMEBODY, .gid = SOMEBODY};

    (void)state;
    assert_false(access_is_operator(access, &somebody));
    access_free(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_and_our_own_user_are_operators),
        cmocka_unit_test(named_users_and_groups_are_operators),
        cmocka_unit_test(names_that_do_not_exist_open_nothing),
    };

    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
