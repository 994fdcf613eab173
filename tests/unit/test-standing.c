/* sync: what an app's answers say of its clock and its scopes. */
#include "lib/test.h"

#include <string.h>

#include "base/base.h"
#include "lib/fake-clock.h"
#include "model/model.h"
#include "sync/standing.h"

static struct fake_clock clock_of_test;
static struct limiter limiters[FEISHU_APIS];
static const struct app app = {.name = (char *)"default"};

static struct feishu_result answer(enum feishu_api api, enum feishu_outcome outcome, int64_t code)
{
    return (struct feishu_result){
        .api = api, .outcome = outcome, .code = code, .server_time = UNKNOWN, .retry_after_ms = UNKNOWN};
}

static void dated(struct standing *standing, int64_t server_time, int64_t latency_ms)
{
    struct feishu_result result = answer(FEISHU_GET, FEISHU_OK, 0);

    result.server_time = server_time;
    result.latency_ms = latency_ms;
    standing_note(standing, &result);
}

static void the_clock_is_held_against_each_date(void **state)
{
    struct standing standing;

    (void)state;
    fake_clock_init(&clock_of_test, INT64_C(1795397400000));
    standing_init(&standing, &app, &clock_of_test.clock, limiters);
    assert_false(standing.clock_known);
    standing_note(&standing, &(struct feishu_result){.outcome = FEISHU_TRANSIENT, .server_time = UNKNOWN});
    assert_false(standing.clock_known);
    dated(&standing, 1795397300, 1000);
    assert_true(standing.clock_known);
    assert_int_equal(standing.clock_ahead_ms, 99000);
    /* One that took long tells less, */
    dated(&standing, 1795397400, 9000);
    assert_int_equal(standing.clock_ahead_ms, 99000);
    dated(&standing, 1795397460, 0);
    assert_int_equal(standing.clock_ahead_ms, -60500);
    /* and nothing is known of a clock that was set. */
    standing_clock_jumped(&standing);
    assert_false(standing.clock_known);
}

static void a_scope_that_is_missing_is_known_until_it_is_there(void **state)
{
    struct feishu_result result = answer(FEISHU_UPDATE, FEISHU_PERMISSION, 99991672);
    struct standing standing;

    (void)state;
    fake_clock_init(&clock_of_test, INT64_C(1795397400000));
    standing_init(&standing, &app, &clock_of_test.clock, limiters);
    assert_int_equal(standing.apis[FEISHU_UPDATE].answered_at, UNKNOWN);
    strcpy(result.message, "[vc:reserve]");
    standing_note(&standing, &result);
    assert_true(standing.apis[FEISHU_UPDATE].refused);
    assert_string_equal(standing.apis[FEISHU_UPDATE].message, "[vc:reserve]");
    assert_int_equal(standing.apis[FEISHU_UPDATE].answered_at, UNKNOWN);
    assert_false(standing.apis[FEISHU_GET].refused);
    /* What says nothing of it changes nothing. */
    result = answer(FEISHU_UPDATE, FEISHU_RATE, 99991400);
    standing_note(&standing, &result);
    result = answer(FEISHU_UPDATE, FEISHU_PERMISSION, 99991401);
    standing_note(&standing, &result);
    assert_true(standing.apis[FEISHU_UPDATE].refused);
    result = answer(FEISHU_UPDATE, FEISHU_NOT_FOUND, 121004);
    standing_note(&standing, &result);
    assert_false(standing.apis[FEISHU_UPDATE].refused);
    assert_int_equal(standing.apis[FEISHU_UPDATE].answered_at, 1795397400);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_held_against_each_date),
        cmocka_unit_test(a_scope_that_is_missing_is_known_until_it_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
