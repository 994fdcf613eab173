/* The tenant token while all goes well: fetched once for all, kept, renewed, given up. */
#include "lib/test.h"

#include "base/base.h"
#include "test-token-fixture.h"

static void it_is_fetched_once_and_kept(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    assert_null(token_now(fixture->token));
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_NONE);
    assert_int_equal(token_expires_at(fixture->token), UNKNOWN);
    assert_int_equal(fake_http_requests(fixture->fake), 0);
    waiter_expect(fixture, &waiter, "t-first");
    assert_int_equal(waiter.result.outcome, FEISHU_OK);
    assert_int_equal(waiter.result.api, FEISHU_TOKEN);
    assert_int_equal(waiter.result.server_time, 1795397400);
    assert_string_equal(waiter.result.log_id, "2026log");
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_VALID);
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 7200);
    fake_clock_pass(&fixture->clock, MS_PER_HOUR);
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 1);
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    /* The request, as feishu-api.md 3.1 has it. */
    assert_ptr_equal(strstr(fixture->seen.data, "POST " TOKEN_PATH " HTTP/1.1\r\n"), fixture->seen.data);
    assert_non_null(strstr(fixture->seen.data, "\r\nContent-Type: application/json; charset=utf-8\r\n"));
    assert_null(strstr(fixture->seen.data, "Authorization"));
    assert_non_null(strstr(fixture->seen.data,
                           "\r\n\r\n{\"app_id\":\"cli_9f5343c580712544\",\"app_secret\":\"" APP_SECRET
                           "\"}"));
    waiter_fini(&waiter);
}

static void many_share_one_fetch(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiters[200] = {0};

    fixture->hold = true;
    for (size_t i = 0; i < ELEMENTS(waiters); i++)
        waiter_begin(fixture, &waiters[i]);
    waiters[0].cancels = &waiters[199]; /* while they are being called back */
    token_run_until_requests(fixture, 1);
    token_wait_cancel(&waiters[5].wait);
    token_wait_cancel(&waiters[5].wait);
    token_let_go(fixture);
    test_run_until(&fixture->loop, &waiters[198].done);
    for (size_t i = 0; i < ELEMENTS(waiters); i++) {
        assert_int_equal(waiters[i].calls, i != 5 && i != 199);
        if (waiters[i].calls > 0)
            assert_string_equal(waiters[i].text, "t-first");
        waiter_fini(&waiters[i]);
    }
    assert_int_equal(fake_http_requests(fixture->fake), 1);
    assert_int_equal(fixture->counted, 1);
}

static void it_is_renewed_while_it_serves(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    waiter_expect(fixture, &waiter, "t-first");
    fixture->text = "t-second";
    fake_clock_pass(&fixture->clock, (7200 - 180) * MS_PER_SECOND - 1);
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 1);
    fake_clock_pass(&fixture->clock, 1);
    assert_string_equal(token_now(fixture->token), "t-first"); /* nobody waits for the new one */
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 2);
    token_run_until(fixture, "t-second");
    assert_int_equal(fixture->counted, 2);
    assert_int_equal(token_asked_at(fixture->token), START_MS / 1000 + 7200 - 180);
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 7200 - 180 + 7200);
    waiter_fini(&waiter);
}

/* With 30 minutes or more left Feishu gives the same token again, with the rest of its life. */
static void the_same_token_may_come_again(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    waiter_expect(fixture, &waiter, "t-first");
    fake_clock_pass(&fixture->clock, 2633 * MS_PER_SECOND);
    fixture->expire_s = 4567;
    waiter_expect(fixture, &waiter, "t-first");
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 7200);
    assert_string_equal(token_now(fixture->token), "t-first");
    /* Also, and against the rule, at the time of renewal: it is not asked for with every call then. */
    fake_clock_pass(&fixture->clock, (4567 - 180) * MS_PER_SECOND);
    fixture->expire_s = 180;
    assert_non_null(token_now(fixture->token));
    waiter_expect(fixture, &waiter, "t-first"); /* waits for the one on its way */
    fake_clock_pass(&fixture->clock, 29 * MS_PER_SECOND);
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 3);
    waiter_fini(&waiter);
}

/* A clock that is set makes no token old; time in which the machine slept does. */
static void only_real_time_counts(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    waiter_expect(fixture, &waiter, "t-first");
    fixture->clock.wall_ms += 365 * MS_PER_DAY;
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(token_expires_at(fixture->token), START_MS / 1000 + 365 * INT64_C(86400) + 7200);
    fixture->clock.wall_ms = 0;
    assert_string_equal(token_now(fixture->token), "t-first");
    assert_int_equal(fixture->counted, 1);
    fixture->clock.boot_ms += 7200 * MS_PER_SECOND;
    assert_null(token_now(fixture->token));
    assert_int_equal(token_state(fixture->token), FEISHU_TOKEN_NONE);
    waiter_fini(&waiter);
}

/* A short life is shared out: some of it to renew in, the least of it unused. */
static void a_short_life_is_used(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    fixture->expire_s = 100;
    waiter_expect(fixture, &waiter, "t-first");
    fake_clock_pass(&fixture->clock, 74 * MS_PER_SECOND);
    assert_non_null(token_now(fixture->token));
    assert_int_equal(fixture->counted, 1);
    fixture->hold = true;
    fake_clock_pass(&fixture->clock, 1 * MS_PER_SECOND);
    assert_non_null(token_now(fixture->token));
    assert_int_equal(fixture->counted, 2);
    fake_clock_pass(&fixture->clock, 14 * MS_PER_SECOND);
    assert_non_null(token_now(fixture->token));
    fake_clock_pass(&fixture->clock, 1 * MS_PER_SECOND);
    assert_null(token_now(fixture->token));
    waiter_begin(fixture, &waiter); /* for the one on its way */
    token_run_until_requests(fixture, 2);
    fixture->text = "t-second";
    fixture->expire_s = 0;
    token_let_go(fixture);
    test_run_until(&fixture->loop, &waiter.done);
    /* Without any life it still serves those who waited for it, and no one else. */
    assert_string_equal(waiter.text, "t-second");
    assert_null(token_now(fixture->token));
    assert_int_equal(fixture->counted, 2);
    waiter_fini(&waiter);
}

static void it_may_be_freed_while_it_is_fetched(void **state)
{
    struct fixture *fixture = *state;
    struct waiter waiter = {.done = false};

    fixture->hold = true;
    waiter_begin(fixture, &waiter);
    token_run_until_requests(fixture, 1);
    token_wait_cancel(&waiter.wait);
    fixture->token = token_free(fixture->token);
    assert_null(fixture->token);
    assert_null(token_free(NULL));
    for (int i = 0; i < 20; i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(waiter.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_fetched_once_and_kept, token_fixture_start, token_fixture_end),
        cmocka_unit_test_setup_teardown(many_share_one_fetch, token_fixture_start, token_fixture_end),
        cmocka_unit_test_setup_teardown(it_is_renewed_while_it_serves, token_fixture_start,
                                        token_fixture_end),
        cmocka_unit_test_setup_teardown(the_same_token_may_come_again, token_fixture_start,
                                        token_fixture_end),
        cmocka_unit_test_setup_teardown(only_real_time_counts, token_fixture_start, token_fixture_end),
        cmocka_unit_test_setup_teardown(a_short_life_is_used, token_fixture_start, token_fixture_end),
        cmocka_unit_test_setup_teardown(it_may_be_freed_while_it_is_fetched, token_fixture_start,
                                        token_fixture_end),
    };

    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
