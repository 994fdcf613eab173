/* sync/answers and model/histogram: what is counted, and that nobody outside can make the counts grow. */
#include "lib/test.h"

#include "base/base.h"
#include "sync/answers.h"

static void note(struct answers *answers, int http_status, int64_t code, enum feishu_outcome outcome,
                 int64_t latency_ms)
{
    struct feishu_result result = {
        .api = FEISHU_GET,
        .http_status = http_status,
        .code = code,
        .outcome = outcome,
        .latency_ms = latency_ms,
    };

    answers_note(answers, &result);
}

static uint64_t count(const struct answers *answers, const char *name)
{
    char text[ANSWER_TEXT_SIZE];

    for (size_t i = 0; i < ANSWERS; i++) {
        if (strcmp(answer_text(i, text), name) == 0)
            return answers->counts[FEISHU_GET][i];
    }
    fail_msg("no answer is called %s", name);
    return 0;
}

static void answers_are_counted_by_code(void **state)
{
    struct answers answers = {0};
    uint64_t sum = 0;

    (void)state;
    note(&answers, 200, 0, FEISHU_OK, 40);
    note(&answers, 200, 0, FEISHU_OK, 60);
    note(&answers, 404, 121004, FEISHU_NOT_FOUND, 10);
    note(&answers, 429, 99991400, FEISHU_RATE, 5);
    note(&answers, 0, 0, FEISHU_TRANSIENT, 10000);
    note(&answers, 502, 0, FEISHU_TRANSIENT, 3);
    note(&answers, 400, 777777, FEISHU_PERMANENT, 3);
    note(&answers, 400, INT64_MIN, FEISHU_PERMANENT, 3);
    note(&answers, 0, 0, FEISHU_CANCELLED, 3);
    assert_int_equal(count(&answers, "0"), 2);
    assert_int_equal(count(&answers, "121004"), 1);
    assert_int_equal(count(&answers, "99991400"), 1);
    assert_int_equal(count(&answers, "none"), 1);
    assert_int_equal(count(&answers, "other"), 3);
    for (size_t i = 0; i < ANSWERS; i++)
        sum += answers.counts[FEISHU_GET][i];
    assert_int_equal(sum, 8);
    assert_int_equal(answers.counts[FEISHU_APPLY][ANSWER_GOOD], 0);
    /* No answer took no time to answer. */
    assert_int_equal(answers.latency[FEISHU_GET].sum_ms, 40 + 60 + 10 + 5 + 3 + 3 + 3);
}

static void every_answer_has_a_name_of_its_own(void **state)
{
    char a[ANSWER_TEXT_SIZE], b[ANSWER_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < ANSWERS; i++) {
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(answer_text(i, a), answer_text(j, b));
    }
}

static void times_fall_into_their_classes(void **state)
{
    struct histogram histogram = {.sum_ms = 0};

    (void)state;
    for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
        assert_true(i == 0 || histogram_bounds_ms[i] > histogram_bounds_ms[i - 1]);
        histogram_add(&histogram, histogram_bounds_ms[i]);
        histogram_add(&histogram, histogram_bounds_ms[i] + 1);
    }
    assert_int_equal(histogram.classes[0], 1);
    for (int i = 1; i < HISTOGRAM_BOUNDS; i++)
        assert_int_equal(histogram.classes[i], 2);
    assert_int_equal(histogram.classes[HISTOGRAM_BOUNDS], 1);
    histogram_add(&histogram, -5);
    assert_int_equal(histogram.classes[0], 2);
    assert_int_equal(histogram.sum_ms, 2 * (25 + 50 + 100 + 250 + 500 + 1000 + 2500 + 5000 + 10000) + 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_counted_by_code),
        cmocka_unit_test(every_answer_has_a_name_of_its_own),
        cmocka_unit_test(times_fall_into_their_classes),
    };

    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
