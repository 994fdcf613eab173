/* feishu/http: calls that are cancelled, transports that are closed, libcurl that fails. */
#include "lib/test.h"

#include <errno.h>

#include <curl/curl.h>

#include "base/base.h"
#include "test-http-fixture.h"

static CURLM *last_added;    /* where the last transfer went */
static CURLM *multi_to_fail; /* its next socket_action fails; NULL: none's */

CURLMcode __real_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode __real_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int flags, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int flags, int *running);

CURLMcode __wrap_curl_multi_add_handle(CURLM *multi, CURL *easy)
{
    last_added = multi;
    return __real_curl_multi_add_handle(multi, easy);
}

CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t fd, int flags, int *running)
{
    if (multi == multi_to_fail) {
        multi_to_fail = NULL;
        return CURLM_INTERNAL_ERROR;
    }
    return __real_curl_multi_socket_action(multi, fd, flags, running);
}

static void a_call_can_be_cancelled_at_any_stage(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};
    static const enum script scripts[] = {STALL, STALL_IN_HEADERS, STALL_IN_BODY, ANSWER};

    /* At once. */
    http_cancel(http_get(fixture, LONG_MS, false, &outcome));
    assert_false(outcome.done);
    test_run_until(&fixture->loop, &outcome.done);
    assert_int_equal(outcome.result, -ECANCELED);
    assert_false(outcome.sent);
    /* While the name is being resolved; twice. */
    outcome_fini(&outcome);
    {
        struct http_call *call = http_start(
            fixture->http,
            &(struct http_request){.method = "GET", .url = "https://" NO_NAME "/", .timeout_ms = LONG_MS},
            http_note, &outcome);

        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        if (!outcome.done) {
            http_cancel(call);
            http_cancel(call);
            test_run_until(&fixture->loop, &outcome.done);
            assert_int_equal(outcome.result, -ECANCELED);
        }
    }
    /* When the request has arrived, and whatever the peer does next. */
    for (size_t i = 0; i < ELEMENTS(scripts); i++) {
        outcome_fini(&outcome);
        fixture->script = scripts[i];
        fixture->cancel_on_request = http_get(fixture, LONG_MS, false, &outcome);
        test_run_until(&fixture->loop, &outcome.done);
        assert_int_equal(outcome.result, -ECANCELED);
        assert_true(outcome.sent);
        for (int turn = 0; turn < 20; turn++)
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        assert_int_equal(outcome.calls, 1);
    }
    http_run(fixture, ANSWER, LONG_MS, false, &outcome);
    assert_int_equal(outcome.result, 0);
    outcome_fini(&outcome);
}

struct pair {
    struct fixture *fixture;
    struct outcome mine;
    struct http_call *other;
    struct outcome others;
};

static void note_and_cancel_other(void *data, const struct http_answer *answer)
{
    struct pair *pair = data;

    http_note(&pair->mine, answer);
    if (!pair->others.done)
        http_cancel(pair->other);
}

static void a_callback_may_start_and_cancel_calls(void **state)
{
    struct fixture *fixture = *state;
    struct pair pair = {.fixture = fixture};
    struct outcome next = {0};

    fixture->script = ANSWER;
    http_start(
        fixture->http,
        &(struct http_request){.method = "GET", .url = fake_http_url(fixture->fake), .timeout_ms = LONG_MS},
        note_and_cancel_other, &pair);
    pair.other = http_get(fixture, LONG_MS, false, &pair.others);
    test_run_until(&fixture->loop, &pair.mine.done);
    test_run_until(&fixture->loop, &pair.others.done);
    assert_int_equal(pair.mine.calls, 1);
    assert_int_equal(pair.others.calls, 1);
    outcome_fini(&pair.mine);
    outcome_fini(&pair.others);
    http_run(fixture, ANSWER, LONG_MS, false, &next);
    assert_int_equal(next.result, 0);
    outcome_fini(&next);
}

static void closing_ends_every_call(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcomes[20] = {0};
    struct outcome kept = {0}, late = {0};

    http_run(fixture, ANSWER, LONG_MS, false, &kept); /* leaves an idle connection */
    fixture->script = STALL;
    for (size_t i = 0; i < 19; i++)
        http_get(fixture, LONG_MS, i % 2 == 0, &outcomes[i]);
    while (fake_http_requests(fixture->fake) < 15)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    http_start(fixture->http,
               &(struct http_request){.method = "GET", .url = "https://" NO_NAME "/", .timeout_ms = LONG_MS},
               http_note, &outcomes[19]);
    http_close(fixture->http, http_note_closed, fixture);
    http_get(fixture, LONG_MS, false, &late); /* too late, but it is told so */
    for (size_t i = 0; i < 20; i++)
        assert_false(outcomes[i].done);
    test_run_until(&fixture->loop, &fixture->http_closed);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].result, -ECANCELED);
        outcome_fini(&outcomes[i]);
    }
    assert_int_equal(late.result, -ECANCELED);
    outcome_fini(&late);
    outcome_fini(&kept);
    fixture->http = NULL;
}

struct late {
    struct fixture *fixture;
    struct outcome in_time, late;
    bool started;
};

/* Comes once in a turn, after what has happened and before handles are gone. */
static void start_late(uv_check_t *check)
{
    struct late *late = check->data;

    if (!late->in_time.done || late->started)
        return;
    assert_false(late->fixture->http_closed);
    http_get(late->fixture, LONG_MS, false, &late->late);
    late->started = true;
}

/* A call that is started while the last connections are being closed is owed its end as well. */
static void a_call_on_a_closing_transport_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct late late = {.fixture = fixture};
    struct outcome kept = {0};
    uv_check_t check;

    http_run(fixture, ANSWER, LONG_MS, true, &kept);
    outcome_fini(&kept);
    uv_check_init(&fixture->loop, &check);
    check.data = &late;
    uv_check_start(&check, start_late);
    fixture->script = STALL;
    http_get(fixture, LONG_MS, false, &late.in_time);
    while (fake_http_requests(fixture->fake) < 2)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    http_close(fixture->http, http_note_closed, fixture);
    test_run_until(&fixture->loop, &fixture->http_closed);
    fixture->http = NULL;
    assert_true(late.started);
    assert_int_equal(late.in_time.result, -ECANCELED);
    assert_int_equal(late.late.calls, 1);
    assert_int_equal(late.late.result, -ECANCELED);
    outcome_fini(&late.in_time);
    outcome_fini(&late.late);
    uv_close((uv_handle_t *)&check, NULL);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

/* After an error of a multi handle as a whole, all its calls fail and the next ones go well; the calls on the
 * other, fresh connections beside shared ones, are not touched. */
static void a_failing_libcurl_is_replaced(void **state)
{
    struct fixture *fixture = *state;
    unsigned requests = 0;

    for (int fresh = 0; fresh < 2; fresh++) {
        struct outcome outcomes[3] = {0};
        struct outcome next = {0}, other = {0};
        struct http_call *call;

        http_run(fixture, ANSWER, LONG_MS, false, &next); /* leaves an idle connection */
        fixture->script = STALL;
        call = http_get(fixture, LONG_MS, fresh == 0, &other);
        for (size_t i = 0; i < 3; i++)
            http_get(fixture, LONG_MS, fresh != 0, &outcomes[i]);
        requests += 5;
        while (fake_http_requests(fixture->fake) < requests)
            uv_run(&fixture->loop, UV_RUN_ONCE);
        multi_to_fail = last_added;
        for (size_t i = 0; i < 3; i++) {
            test_run_until(&fixture->loop, &outcomes[i].done);
            assert_int_equal(outcomes[i].calls, 1);
            assert_int_equal(outcomes[i].result, -EIO);
            assert_true(outcomes[i].sent);
            outcome_fini(&outcomes[i]);
        }
        http_run(fixture, ANSWER, LONG_MS, fresh != 0, &next);
        requests++;
        assert_int_equal(next.result, 0);
        assert_false(other.done);
        http_cancel(call);
        test_run_until(&fixture->loop, &other.done);
        assert_int_equal(other.result, -ECANCELED);
        outcome_fini(&other);
        outcome_fini(&next);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_can_be_cancelled_at_any_stage, http_fixture_start,
                                        http_fixture_end),
        cmocka_unit_test_setup_teardown(a_callback_may_start_and_cancel_calls, http_fixture_start,
                                        http_fixture_end),
        cmocka_unit_test_setup_teardown(closing_ends_every_call, http_fixture_start, http_fixture_end),
        cmocka_unit_test_setup_teardown(a_call_on_a_closing_transport_is_told, http_fixture_start,
                                        http_fixture_end),
        cmocka_unit_test_setup_teardown(a_failing_libcurl_is_replaced, http_fixture_start, http_fixture_end),
    };

    return cmocka_run_group_tests_name("http-life", tests, NULL, NULL);
}
