/* Calls against a scripted peer: tokens that are refused and renewed, cancelling in every state, closing, two
 * apps, many calls at once. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "lib/api-fixture.h"

/* ---- tokens */

static void a_refused_token_is_renewed_once(void **state)
{
    struct fixture *fixture = *state;
    static const int64_t codes[] = {99991663, 99991664, 99991665, 99991668, 99991671, 99991677};
    struct outcome outcome = {.done = false};

    for (size_t i = 0; i < ELEMENTS(codes); i++) {
        CLEANUP_FREE char *body =
            xasprintf("{\"code\":%lld,\"msg\":\"token t-a-1 is bad\"}", (long long)codes[i]);

        for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
            const struct step once[] = {{400, WHOLE, body}, {200, WHOLE, RESERVE}, {.status = 0}};
            const struct step always[] = {{400, WHOLE, body}, {.status = 0}};
            unsigned operations = fixture->operations, tokens = fixture->tokens;

            /* The second time it is good. */
            fixture->steps = once;
            api_run(fixture, (enum feishu_api)api, &outcome);
            assert_int_equal(outcome.result.outcome, FEISHU_OK);
            assert_int_equal(fixture->operations, operations + 2);
            assert_int_equal(fixture->tokens, tokens + (tokens == 0 ? 2 : 1));
            /* Never: two requests, and then an end. */
            operations = fixture->operations;
            tokens = fixture->tokens;
            fixture->steps = always;
            api_run(fixture, (enum feishu_api)api, &outcome);
            assert_int_equal(outcome.result.outcome, FEISHU_BAD_TOKEN);
            assert_int_equal(outcome.result.api, api);
            assert_int_equal(outcome.result.code, codes[i]);
            assert_true(outcome.result.surely_not_done);
            assert_int_equal(fixture->operations, operations + 2);
            assert_int_equal(fixture->tokens, tokens + 1);
            assert_int_equal(feishu_token_state(fixture->clients[0].feishu), FEISHU_TOKEN_REFUSED);
            /* Brings a good one again. */
            api_run_one(fixture, FEISHU_DELETE, &(struct step){200, WHOLE, NO_MEETING}, &outcome);
            assert_int_equal(feishu_token_state(fixture->clients[0].feishu), FEISHU_TOKEN_VALID);
        }
    }
    outcome_fini(&outcome);
}

static void the_same_token_again_ends_the_call(void **state)
{
    struct fixture *fixture = *state;
    static const struct step bad[] = {{400, WHOLE, BAD_TOKEN}, {.status = 0}};
    struct outcome outcome = {.done = false};

    fixture->same_token = true;
    fixture->steps = bad;
    api_run(fixture, FEISHU_APPLY, &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_BAD_TOKEN);
    assert_int_equal(outcome.result.api, FEISHU_TOKEN);
    assert_true(outcome.result.surely_not_done);
    assert_int_equal(fixture->operations, 1);
    assert_int_equal(fixture->tokens, 2);
    outcome_fini(&outcome);
}

/* All that were refused with one token wait for one new one. */
static void many_refused_calls_share_a_renewal(void **state)
{
    struct fixture *fixture = *state;
    static const struct step good[] = {{200, WHOLE, RESERVE}, {.status = 0}};
    struct outcome outcomes[60] = {0};

    fixture->steps = good;
    fixture->refuse_first = true;
    for (size_t i = 0; i < ELEMENTS(outcomes); i++)
        api_begin(&fixture->clients[0], i % 3 == 0 ? FEISHU_APPLY : FEISHU_GET, &outcomes[i]);
    for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
        test_run_until(&fixture->loop, &outcomes[i].done);
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].result.outcome, FEISHU_OK);
        outcome_fini(&outcomes[i]);
    }
    assert_int_equal(fixture->tokens, 2);
    assert_int_equal(fixture->operations, 2 * ELEMENTS(outcomes));
    assert_int_equal(fixture->clients[0].counted[FEISHU_TOKEN], 2);
    assert_int_equal(fixture->clients[0].counted[FEISHU_APPLY], 2 * ELEMENTS(outcomes) / 3);
}

static void without_a_token_nothing_leaves(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[FEISHU_APIS] = {0};

    fixture->token_body = "{\"code\":10014,\"msg\":\"app secret s3cr3t invalid\"}";
    fixture->hold_tokens = true;
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        api_begin(&fixture->clients[0], (enum feishu_api)api, &outcomes[api]);
    while (fixture->tokens == 0)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    api_let_tokens_go(fixture);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
        const struct feishu_result *result = &outcomes[api].result;

        test_run_until(&fixture->loop, &outcomes[api].done);
        assert_int_equal(result->api, FEISHU_TOKEN);
        assert_int_equal(result->outcome, FEISHU_BAD_TOKEN);
        assert_int_equal(result->code, 10014);
        assert_true(result->surely_not_done);
        assert_string_equal(result->message,
                            "token: HTTP 200, code 10014 (app secret *** invalid): check app_id, "
                            "app_secret and region: an app of Feishu is none of Lark's");
        outcome_fini(&outcomes[api]);
    }
    assert_int_equal(fixture->tokens, 1);
    assert_int_equal(fixture->operations, 0);
    assert_int_equal(feishu_token_state(fixture->clients[0].feishu), FEISHU_TOKEN_REFUSED);
}

static void a_probe_asks_for_the_token(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {.done = false};

    for (unsigned i = 1; i <= 3; i++) {
        api_run(fixture, FEISHU_TOKEN, &outcome);
        assert_int_equal(outcome.result.outcome, FEISHU_OK);
        assert_int_equal(outcome.result.api, FEISHU_TOKEN);
        assert_false(outcome.has_reserve);
        assert_int_equal(fixture->tokens, i);
    }
    fixture->token_body = "not Feishu";
    api_run(fixture, FEISHU_TOKEN, &outcome);
    assert_int_equal(outcome.result.outcome, FEISHU_TRANSIENT);
    assert_int_equal(fixture->operations, 0);
    outcome_fini(&outcome);
}

/* ---- cancelling */

static void check_cancelled(const struct outcome *outcome, enum feishu_api api, bool surely_not_done)
{
    CLEANUP_FREE char *message = xasprintf("%s: cancelled", feishu_api_name(api));

    assert_int_equal(outcome->calls, 1);
    assert_int_equal(outcome->result.outcome, FEISHU_CANCELLED);
    assert_int_equal(outcome->result.api, api);
    assert_int_equal(outcome->result.surely_not_done, surely_not_done);
    assert_string_equal(outcome->result.message, message);
    assert_false(outcome->has_reserve);
    assert_null(outcome->meeting);
}

/* Cancels a call that does not end by itself, twice. */
static void cancel(struct fixture *fixture, struct feishu_call *call, struct outcome *outcome)
{
    feishu_call_cancel(call);
    feishu_call_cancel(call);
    assert_false(outcome->done);
    test_run_until(&fixture->loop, &outcome->done);
}

static void a_call_can_be_cancelled_in_every_state(void **state)
{
    struct fixture *fixture = *state;
    static const struct step good[] = {{200, WHOLE, RESERVE}, {.status = 0}};
    static const struct step stall[] = {{200, STALL, ""}, {.status = 0}};
    static const struct step refused[] = {{400, WHOLE, BAD_TOKEN}, {200, WHOLE, RESERVE}, {.status = 0}};
    struct client *client = &fixture->clients[0];
    struct outcome outcome = {.done = false}, other = {.done = false};
    struct feishu_call *call;

    for (int number = FEISHU_TOKEN; number < FEISHU_APIS; number++) {
        enum feishu_api api = (enum feishu_api)number;
        unsigned operations, tokens;

        /* While it waits for the token; another that waits as well is not touched. */
        fake_clock_pass(&fixture->clock, 3 * MS_PER_HOUR); /* the last one has expired */
        fixture->steps = good;
        call = api_begin(client, api, &outcome);
        api_begin(client, FEISHU_GET, &other);
        operations = fixture->operations;
        cancel(fixture, call, &outcome);
        check_cancelled(&outcome, api, true);
        test_run_until(&fixture->loop, &other.done);
        assert_int_equal(other.result.outcome, FEISHU_OK);
        assert_int_equal(fixture->operations, operations + 1);
        if (api == FEISHU_TOKEN)
            continue;

        /* Before its request has left. */
        cancel(fixture, api_begin(client, api, &outcome), &outcome);
        check_cancelled(&outcome, api, true);

        /* While the answer is waited for: nobody knows. */
        fixture->steps = stall;
        operations = fixture->operations;
        call = api_begin(client, api, &outcome);
        while (fixture->operations == operations)
            uv_run(&fixture->loop, UV_RUN_ONCE);
        cancel(fixture, call, &outcome);
        check_cancelled(&outcome, api, false);

        /* While the answer is on its way. */
        fixture->steps = good;
        fixture->cancel_on_request = api_begin(client, api, &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        for (int turn = 0; turn < 20; turn++)
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        check_cancelled(&outcome, api, false);

        /* While it waits for a new token, refused with the old one. */
        fixture->steps = refused;
        fixture->hold_tokens = true;
        operations = fixture->operations;
        tokens = fixture->tokens;
        call = api_begin(client, api, &outcome);
        while (fixture->tokens == tokens)
            uv_run(&fixture->loop, UV_RUN_ONCE);
        cancel(fixture, call, &outcome);
        check_cancelled(&outcome, api, true);
        assert_int_equal(fixture->operations, operations + 1);
        api_let_tokens_go(fixture);
        api_run(fixture, api, &other);
        assert_int_equal(other.result.outcome, FEISHU_OK);
    }
    /* Before it is told that it was no reserve_id. */
    outcome_fini(&outcome);
    call = feishu_delete(client->feishu, "", outcome_note_reserve, &outcome);
    cancel(fixture, call, &outcome);
    check_cancelled(&outcome, FEISHU_DELETE, true);
    outcome_fini(&outcome);
    outcome_fini(&other);
}

struct pair {
    struct outcome mine;
    struct feishu_call *other;
};

static void note_and_cancel_other(void *data, const struct feishu_result *result,
                                  const struct feishu_reserve *reserve)
{
    struct pair *pair = data;

    outcome_note_reserve(&pair->mine, result, reserve);
    feishu_call_cancel(pair->other);
}

/* Two wait for a token that does not come; the first to be told cancels the second, which is owed its own
 * end. */
static void a_callback_may_cancel_who_waits_beside_it(void **state)
{
    struct fixture *fixture = *state;
    struct pair pair = {.other = NULL};
    struct outcome other = {.done = false};

    fixture->token_body = "{\"code\":10014,\"msg\":\"app secret invalid\"}";
    feishu_get(fixture->clients[0].feishu, ID, note_and_cancel_other, &pair);
    pair.other = api_begin(&fixture->clients[0], FEISHU_APPLY, &other);
    test_run_until(&fixture->loop, &pair.mine.done);
    assert_false(other.done);
    test_run_until(&fixture->loop, &other.done);
    assert_int_equal(pair.mine.result.outcome, FEISHU_BAD_TOKEN);
    check_cancelled(&other, FEISHU_APPLY, true);
    outcome_fini(&pair.mine);
    outcome_fini(&other);
}

static void closing_the_transport_ends_every_call(void **state)
{
    struct fixture *fixture = *state;
    static const struct step stall[] = {{200, STALL, ""}, {.status = 0}};
    struct outcome outcomes[2 * FEISHU_APIS] = {0};

    fixture->steps = stall;
    /* The first app's wait for answers, the second's for their token. */
    api_run(fixture, FEISHU_TOKEN, &outcomes[0]);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        api_begin(&fixture->clients[0], (enum feishu_api)api, &outcomes[api]);
    while (fixture->operations < FEISHU_APIS - 1)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    fixture->hold_tokens = true;
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        api_begin(&fixture->clients[1], (enum feishu_api)api, &outcomes[FEISHU_APIS + api]);
    http_close(fixture->http, api_note_http_closed, fixture);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++)
        assert_false(outcomes[api].done);
    for (int api = FEISHU_APPLY; api < FEISHU_APIS; api++) {
        test_run_until(&fixture->loop, &outcomes[api].done);
        test_run_until(&fixture->loop, &outcomes[FEISHU_APIS + api].done);
        assert_int_equal(outcomes[api].result.outcome, FEISHU_CANCELLED);
        assert_false(outcomes[api].result.surely_not_done);
        assert_int_equal(outcomes[FEISHU_APIS + api].result.outcome, FEISHU_CANCELLED);
        assert_true(outcomes[FEISHU_APIS + api].result.surely_not_done);
    }
    for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
        assert_true(outcomes[i].calls <= 1);
        outcome_fini(&outcomes[i]);
    }
    test_run_until(&fixture->loop, &fixture->http_closed);
    fixture->http_closed = false;
    assert_int_equal(http_new(&fixture->http, &fixture->loop, fixture->timers, NULL), 0);
}

/* ---- more than one */

static void what_is_no_reserve_id_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const struct step good[] = {{200, WHOLE, RESERVE}, {.status = 0}};
    struct outcome outcome = {.done = false};
    char id[130] = "";

    fixture->steps = good;
    feishu_get(fixture->clients[0].feishu, id, outcome_note_reserve, &outcome);
    assert_false(outcome.done);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result.outcome, FEISHU_PERMANENT);
    assert_true(outcome.result.surely_not_done);
    assert_string_equal(outcome.result.message, "get: this is no reserve_id: Feishu's have some 19 digits");
    memset(id, '7', 129);
    outcome_fini(&outcome);
    feishu_get_active_meeting(fixture->clients[0].feishu, id, false, outcome_note_meeting, &outcome);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result.outcome, FEISHU_PERMANENT);
    assert_int_equal(fixture->tokens + fixture->operations, 0);
    id[128] = '\0';
    outcome_fini(&outcome);
    feishu_get(fixture->clients[0].feishu, id, outcome_note_reserve, &outcome);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result.outcome, FEISHU_OK);
    outcome_fini(&outcome);
}

static void an_app_needs_a_secret(void **state)
{
    struct fixture *fixture = *state;
    struct app app = {.name = (char *)"second"};
    struct feishu *feishu = NULL;
    struct error error;

    assert_int_equal(feishu_new(&feishu, fixture->http, &fixture->clock.clock, &app, &error), -ENOKEY);
    assert_string_equal(error.text,
                        "app second has no secret: set app_secret_file, or give systemd the credential "
                        "app_secret");
    assert_null(feishu);
    assert_null(feishu_free(NULL));
}

/* Two apps share the transport and nothing else. */
static void two_apps_side_by_side(void **state)
{
    struct fixture *fixture = *state;
    static const struct step good[] = {{200, WHOLE, RESERVE}, {.status = 0}};
    struct outcome first = {.done = false}, second = {.done = false};

    fixture->clients[1].app.user_id_type = USER_ID_TYPE_UNION_ID;
    fixture->steps = good;
    api_begin(&fixture->clients[0], FEISHU_GET, &first);
    test_run_until(&fixture->loop, &first.done);
    api_begin(&fixture->clients[1], FEISHU_GET, &second);
    test_run_until(&fixture->loop, &second.done);
    assert_string_equal(fixture->lines.data,
                        "GET " RESERVES "/" ID "?user_id_type=open_id | Bearer t-a-1 | - | \n"
                        "GET " RESERVES "/" ID "?user_id_type=union_id | Bearer t-b-2 | - | \n");
    /* One's token is refused for good, the other goes on. */
    fixture->refuse_first = true; /* of t-a-1 alone */
    fixture->token_body = "{\"code\":10014,\"msg\":\"app secret invalid\"}";
    api_begin(&fixture->clients[0], FEISHU_APPLY, &first);
    test_run_until(&fixture->loop, &first.done);
    api_begin(&fixture->clients[1], FEISHU_APPLY, &second);
    test_run_until(&fixture->loop, &second.done);
    assert_int_equal(first.result.outcome, FEISHU_BAD_TOKEN);
    assert_int_equal(first.result.api, FEISHU_TOKEN);
    assert_int_equal(second.result.outcome, FEISHU_OK);
    assert_int_equal(feishu_token_state(fixture->clients[0].feishu), FEISHU_TOKEN_REFUSED);
    assert_int_equal(feishu_token_expires_at(fixture->clients[0].feishu), UNKNOWN);
    assert_int_equal(feishu_token_state(fixture->clients[1].feishu), FEISHU_TOKEN_VALID);
    assert_true(feishu_token_expires_at(fixture->clients[1].feishu) > INT64_C(1795397400));
    assert_int_equal(fixture->clients[0].counted[FEISHU_TOKEN], 2);
    assert_int_equal(fixture->clients[1].counted[FEISHU_TOKEN], 1);
    assert_int_equal(fixture->clients[1].counted[FEISHU_GET], 1);
    assert_int_equal(fixture->clients[1].counted[FEISHU_APPLY], 1);
    outcome_fini(&first);
    outcome_fini(&second);
}

/* Every call gets its own answer. */
static void many_calls_at_once(void **state)
{
    struct fixture *fixture = *state;
    static const struct step echo[] = {{200, WHOLE, NULL}, {.status = 0}};
    static struct outcome outcomes[400];

    fixture->steps = echo;
    for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
        CLEANUP_FREE char *id = xasprintf("%zu", 1000 + i);

        feishu_get(fixture->clients[i % 2].feishu, id, outcome_note_reserve, &outcomes[i]);
    }
    for (size_t i = 0; i < ELEMENTS(outcomes); i++) {
        CLEANUP_FREE char *id = xasprintf("%zu", 1000 + i);

        test_run_until(&fixture->loop, &outcomes[i].done);
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].result.outcome, FEISHU_OK);
        assert_string_equal(outcomes[i].meeting_no, id);
        outcome_fini(&outcomes[i]);
    }
    assert_int_equal(fixture->tokens, 2);
    assert_int_equal(fixture->operations, ELEMENTS(outcomes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_refused_token_is_renewed_once, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(the_same_token_again_ends_the_call, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(many_refused_calls_share_a_renewal, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(without_a_token_nothing_leaves, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(a_probe_asks_for_the_token, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(a_call_can_be_cancelled_in_every_state, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(a_callback_may_cancel_who_waits_beside_it, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(closing_the_transport_ends_every_call, api_fixture_start,
                                        api_fixture_end),
        cmocka_unit_test_setup_teardown(what_is_no_reserve_id_is_refused, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(an_app_needs_a_secret, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(two_apps_side_by_side, api_fixture_start, api_fixture_end),
        cmocka_unit_test_setup_teardown(many_calls_at_once, api_fixture_start, api_fixture_end),
    };

    return cmocka_run_group_tests_name("api-calls", tests, NULL, NULL);
}
