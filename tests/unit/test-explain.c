/* engine/explain: the reasons in words. */
#include "lib/test.h"

#include "base/base.h"
#include "engine/explain.h"

#define START INT64_C(1795397400)

static const struct poll_settings settings = {
    .live_ms = 10000,
    .starting_ms = 10000,
    .early_ms = 600000,
    .overdue_ms = 30000,
    .cooling_ms = 120000,
    .idle_ms = 300000,
};

static void expect(const struct explain_view *view, const char *wanted)
{
    CLEANUP_FREE char *reason = explain_reason(view);

    assert_string_equal(reason, wanted);
}

static void each_phase_says_what_it_means(void **state)
{
    struct reservation *reservation = reservation_new("a");
    struct explain_view view = {
        .reservation = reservation, .settings = &settings, .now_s = START - 10000, .stretch = 1};

    (void)state;
    reservation->start_time = START;
    reservation->end_time = START + 1800;
    view.phase = PHASE_IDLE;
    expect(&view, "nothing is expected until 10min before its slot; [poll] idle = 5min");
    view.phase = PHASE_STARTING;
    expect(&view, "its slot is about to begin; [poll] starting = 10s");
    view.now_s = START + 60;
    expect(&view, "its slot has begun, and no meeting has been seen; [poll] starting = 10s");
    view.phase = PHASE_LIVE;
    expect(&view, "its meeting is in progress; [poll] live = 10s");
    string_list_add(&reservation->meetings, "m");
    view.phase = PHASE_STARTING;
    expect(&view, "its meeting has ended inside the slot: people may come back; [poll] starting = 10s");
    view.now_s = START + 2000;
    view.phase = PHASE_OVERDUE;
    expect(&view, "its slot is over, and its meeting goes on; [poll] overdue = 30s");
    view.phase = PHASE_COOLING;
    expect(&view, "its slot is over and its meeting has ended: people may come back; [poll] cooling = 2min");
    view.phase = PHASE_IDLE;
    expect(&view, "its slot has been over for long, and nobody is expected back; [poll] idle = 5min");
    reservation_free(reservation);
}

static void nothing_is_looked_at_for_a_reason(void **state)
{
    static const struct {
        enum reservation_state state;
        const char *reason;
    } cases[] = {
        {RESERVATION_PLANNED, "it is not reserved yet, so there is nothing to look at"},
        {RESERVATION_UNCERTAIN, "nobody knows whether it was reserved: see meetingctl resolve"},
        {RESERVATION_FAILED, "it could not be reserved"},
        {RESERVATION_DELETED, "it was deleted"},
        {RESERVATION_EXPIRED, "it has expired"},
    };
    struct reservation *reservation = reservation_new("a");
    struct explain_view view = {
        .reservation = reservation, .phase = PHASE_DONE, .settings = &settings, .stretch = 1};
    struct poll_settings never = settings;

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        reservation->state = cases[i].state;
        expect(&view, cases[i].reason);
    }
    never.idle_ms = 0;
    view.settings = &never;
    view.phase = PHASE_IDLE;
    expect(&view, "it has no timetable, and no meeting is in progress; [poll] idle = 0: it is not looked at");
    reservation_free(reservation);
}

static void what_stretches_is_named(void **state)
{
    struct reservation *reservation = reservation_new("a");
    struct explain_view view = {.reservation = reservation,
                                .phase = PHASE_LIVE,
                                .settings = &settings,
                                .stretch = 3.72,
                                .limit = BUDGET_MONTH,
                                .failures = 2};

    (void)state;
    expect(&view,
           "its meeting is in progress; [poll] live = 10s, stretched 3.7 times to 37s, because the "
           "month's calls have to last until it turns (meetingctl quota); longer while Feishu does not "
           "answer: 2 looks in a row went without");
    view.limit = BUDGET_RATE;
    view.failures = 0;
    expect(&view,
           "its meeting is in progress; [poll] live = 10s, stretched 3.7 times to 37s, because so many "
           "are looked at that Feishu's rate limit has to be shared");
    reservation_free(reservation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_phase_says_what_it_means),
        cmocka_unit_test(nothing_is_looked_at_for_a_reason),
        cmocka_unit_test(what_stretches_is_named),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
