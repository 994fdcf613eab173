/* A client that is stopped: what has not left does not leave, what has left comes to its end. */
#include "lib/test.h"

#include "base/base.h"
#include "lib/api-fixture.h"

static const struct step good[] = {{200, WHOLE, RESERVE}, {.status = 0}};
static const struct step refused[] = {{400, WHOLE, BAD_TOKEN}, {200, WHOLE, RESERVE}, {.status = 0}};

static void check_cancelled(const struct outcome *outcome, enum feishu_api api, const char *why)
{
    CLEANUP_FREE char *message = xasprintf("%s: %s", feishu_api_name(api), why);

    assert_int_equal(outcome->calls, 1);
    assert_int_equal(outcome->result.outcome, FEISHU_CANCELLED);
    assert_int_equal(outcome->result.api, api);
    assert_true(outcome->result.surely_not_done);
    assert_string_equal(outcome->result.message, message);
    assert_false(outcome->has_reserve);
    assert_null(outcome->meeting);
}

/* Starts a call and lets it come so far that its request has left. */
static struct feishu_call *begin_and_leave(struct fixture *fixture, enum feishu_api api,
                                           struct outcome *outcome)
{
    unsigned operations = fixture->operations;
    struct feishu_call *call = api_begin(&fixture->clients[0], api, outcome);

    while (fixture->operations == operations)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_false(outcome->done);
    return call;
}

/* Gives the peer every chance to be asked for something, and shows that it was not. */
static void check_nothing_leaves(struct fixture *fixture, unsigned operations, unsigned tokens)
{
    struct outcome outcome = {.done = false};
    unsigned others = fixture->clients[1].counted[FEISHU_GET];

    /* The other app's client is not stopped, and its call goes the same way. */
    fixture->hold_tokens = false;
    fixture->steps = good;
    api_begin(&fixture->clients[1], FEISHU_GET, &outcome);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result.outcome, FEISHU_OK);
    assert_int_equal(fixture->clients[1].counted[FEISHU_GET], others + 1);
    assert_int_equal(fixture->operations, operations + 1);
    assert_int_equal(fixture->tokens, tokens + 1);
    outcome_fini(&outcome);
}

static void who_waits_for_a_token_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct client *client = &fixture->clients[0];
    struct outcome outcomes[FEISHU_APIS] = {0};
    uint64_t began = uv_hrtime();

    fixture->hold_tokens = true;
    for (int api = FEISHU_TOKEN; api < FEISHU_APIS; api++)
        api_begin(client, (enum feishu_api)api, &outcomes[api]);
    while (fixture->tokens == 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    feishu_stop(client->feishu);
    feishu_stop(client->feishu);
    for (int api = FEISHU_TOKEN; api < FEISHU_APIS; api++)
        assert_false(outcomes[api].done);
    for (int api = FEISHU_TOKEN; api < FEISHU_APIS; api++) {
        test_run_until(&fixture->loop, &outcomes[api].done);
        check_cancelled(&outcomes[api], (enum feishu_api)api, "meetingd is stopping");
        outcome_fini(&outcomes[api]);
    }
    /* The peer never answers; the request for the token was given up long before its own end. */
    assert_true((uv_hrtime() - began) / 1000000 < LONG_MS / 2);
    check_nothing_leaves(fixture, 0, 1);
    assert_int_equal(client->counted[FEISHU_TOKEN], 1);
}

static void what_has_left_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct client *client = &fixture->clients[0];
    struct outcome outcomes[FEISHU_APIS] = {0};

    fixture->steps = good;
    api_run(fixture, FEISHU_TOKEN, &outcomes[0]);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        api_begin(client, (enum feishu_api)api, &outcomes[api]);
    feishu_stop(client->feishu);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
        test_run_until(&fixture->loop, &outcomes[api].done);
        assert_int_equal(outcomes[api].calls, 1);
        assert_int_equal(outcomes[api].result.outcome, FEISHU_OK);
        outcome_fini(&outcomes[api]);
    }
    outcome_fini(&outcomes[0]);
    check_nothing_leaves(fixture, FEISHU_APIS - 1, 1);
}

/* An answer that never comes ends after the app's time, with nothing told about what was done. */
static void what_is_not_answered_ends_in_time(void **state)
{
    struct fixture *fixture = *state;
    static const struct step stall[] = {{200, STALL, ""}, {.status = 0}};
    struct outcome outcome = {.done = false};

    fixture->clients[0].app.timeout_ms = 500;
    fixture->steps = stall;
    begin_and_leave(fixture, FEISHU_APPLY, &outcome);
    feishu_stop(fixture->clients[0].feishu);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    assert_false(outcome.result.surely_not_done);
    check_nothing_leaves(fixture, 1, 1);
    outcome_fini(&outcome);
}

/* Refused after the stop: that is the answer, and nobody asks for another token. */
static void what_is_refused_is_not_repeated(void **state)
{
    struct fixture *fixture = *state;
    struct client *client = &fixture->clients[0];
    struct outcome outcomes[FEISHU_APIS] = {0};

    api_run(fixture, FEISHU_TOKEN, &outcomes[0]);
    fixture->refuse_first = true;
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        api_begin(client, (enum feishu_api)api, &outcomes[api]);
    feishu_stop(client->feishu);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
        test_run_until(&fixture->loop, &outcomes[api].done);
        assert_int_equal(outcomes[api].calls, 1);
        assert_int_equal(outcomes[api].result.outcome, FEISHU_BAD_TOKEN);
        assert_int_equal(outcomes[api].result.api, api);
        assert_int_equal(outcomes[api].result.code, 99991663);
        assert_true(outcomes[api].result.surely_not_done);
        outcome_fini(&outcomes[api]);
    }
    outcome_fini(&outcomes[0]);
    assert_int_equal(client->counted[FEISHU_TOKEN], 1);
    fixture->refuse_first = false;
    check_nothing_leaves(fixture, FEISHU_APIS - 1, 1);
}

/* Refused before the stop, and waiting for the token to be repeated with. */
static void between_the_refusal_and_the_repeat(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {.done = false};

    fixture->steps = refused;
    api_run(fixture, FEISHU_TOKEN, &outcome);
    fixture->hold_tokens = true;
    api_begin(&fixture->clients[0], FEISHU_APPLY, &outcome);
    while (fixture->tokens == 1)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->operations, 1);
    feishu_stop(fixture->clients[0].feishu);
    assert_false(outcome.done);
    test_run_until(&fixture->loop, &outcome.done);
    check_cancelled(&outcome, FEISHU_APPLY, "meetingd is stopping");
    assert_int_equal(fixture->clients[0].counted[FEISHU_APPLY], 1);
    check_nothing_leaves(fixture, 1, 2);
    outcome_fini(&outcome);
}

/* With a token at hand, with one that wants to be renewed, and without one. */
static void new_calls_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct client *client = &fixture->clients[0];
    struct outcome outcome = {.done = false};

    fixture->steps = good;
    api_run(fixture, FEISHU_TOKEN, &outcome);
    feishu_stop(client->feishu);
    for (int age = 0; age < 3; age++) {
        for (int api = FEISHU_TOKEN; api < FEISHU_APIS; api++) {
            api_begin(client, (enum feishu_api)api, &outcome);
            test_run_until(&fixture->loop, &outcome.done);
            check_cancelled(&outcome, (enum feishu_api)api, "meetingd is stopping");
        }
        fake_clock_pass(&fixture->clock, age == 0 ? 7100 * MS_PER_SECOND : 3 * MS_PER_HOUR);
    }
    check_nothing_leaves(fixture, 0, 1);
    assert_int_equal(client->counted[FEISHU_TOKEN], 1);
    outcome_fini(&outcome);
}

/* Cancelling goes on working, and tells of itself. */
static void calls_are_cancelled_after_a_stop(void **state)
{
    struct fixture *fixture = *state;
    static const struct step stall[] = {{200, STALL, ""}, {.status = 0}};
    struct client *client = &fixture->clients[0];
    struct outcome left = {.done = false}, waits = {.done = false}, late = {.done = false};
    struct feishu_call *left_call, *waiting_call, *late_call;

    fixture->steps = stall;
    left_call = begin_and_leave(fixture, FEISHU_APPLY, &left);
    fake_clock_pass(&fixture->clock, 3 * MS_PER_HOUR); /* the token has expired */
    fixture->hold_tokens = true;
    waiting_call = api_begin(client, FEISHU_UPDATE, &waits);
    feishu_stop(client->feishu);
    late_call = api_begin(client, FEISHU_DELETE, &late);
    feishu_call_cancel(left_call);
    feishu_call_cancel(waiting_call);
    feishu_call_cancel(late_call);
    assert_false(left.done || waits.done || late.done);
    test_run_until(&fixture->loop, &left.done);
    test_run_until(&fixture->loop, &waits.done);
    test_run_until(&fixture->loop, &late.done);
    check_cancelled(&waits, FEISHU_UPDATE, "cancelled");
    check_cancelled(&late, FEISHU_DELETE, "cancelled");
    assert_int_equal(left.calls, 1);
    assert_int_equal(left.result.outcome, FEISHU_CANCELLED);
    assert_false(left.result.surely_not_done); /* it had left */
    outcome_fini(&left);
    outcome_fini(&waits);
    outcome_fini(&late);
}

struct stopper {
    struct feishu *feishu;
    struct outcome mine;
};

static void note_and_stop(void *data, const struct feishu_result *result,
                          const struct feishu_reserve *reserve)
{
    struct stopper *stopper = data;

    outcome_note_reserve(&stopper->mine, result, reserve);
    feishu_stop(stopper->feishu);
}

/* Several wait for one token; the first that gets it stops the client. */
static void a_callback_may_stop(void **state)
{
    struct fixture *fixture = *state;
    struct client *client = &fixture->clients[0];
    struct stopper stopper = {.feishu = client->feishu};
    struct outcome outcomes[FEISHU_APIS] = {0};

    feishu_probe(client->feishu, note_and_stop, &stopper);
    for (int api = FEISHU_TOKEN; api < FEISHU_APIS; api++)
        api_begin(client, (enum feishu_api)api, &outcomes[api]);
    test_run_until(&fixture->loop, &stopper.mine.done);
    assert_int_equal(stopper.mine.result.outcome, FEISHU_OK);
    for (int api = FEISHU_TOKEN; api < FEISHU_APIS; api++) {
        test_run_until(&fixture->loop, &outcomes[api].done);
        check_cancelled(&outcomes[api], (enum feishu_api)api, "meetingd is stopping");
        outcome_fini(&outcomes[api]);
    }
    check_nothing_leaves(fixture, 0, 1);
    outcome_fini(&stopper.mine);
}

/* A token that is being renewed while the old one serves: nobody waits, and the client can be freed. */
static void a_renewal_is_given_up(void **state)
{
    struct fixture *fixture = *state;
    struct client *client = &fixture->clients[0];
    struct outcome outcome = {.done = false};

    fixture->steps = good;
    api_run(fixture, FEISHU_TOKEN, &outcome);
    fixture->hold_tokens = true;
    fake_clock_pass(&fixture->clock, 7100 * MS_PER_SECOND);
    api_run(fixture, FEISHU_GET, &outcome);
    while (fixture->tokens == 1)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    feishu_stop(client->feishu);
    client->feishu = feishu_free(client->feishu);
    check_nothing_leaves(fixture, 1, 2);
    outcome_fini(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_waits_for_a_token_comes_back, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(what_has_left_is_answered, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(what_is_not_answered_ends_in_time, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(what_is_refused_is_not_repeated, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(between_the_refusal_and_the_repeat, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(new_calls_come_back, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(calls_are_cancelled_after_a_stop, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(a_callback_may_stop, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(a_renewal_is_given_up, api_fixture_start, api_fixture_end),
    };

    return cmocka_run_group_tests_name("api-stop", tests, NULL, NULL);
}
