/* wire/openmetrics: the text, byte by byte. */
#include "lib/test.h"

#include "base/base.h"
#include "model/model.h"
#include "wire/openmetrics.h"

static void families_have_their_heads_and_samples(void **state)
{
    struct buffer text = BUFFER_EMPTY;
    struct openmetrics out = {.text = &text};

    (void)state;
    openmetrics_begin(&out, OPENMETRICS_GAUGE, "a_seconds", "seconds", "One\nand \"two\" \\.");
    openmetrics_ms(&out, 1500, NULL);
    openmetrics_ms(&out, -1500, LABELS("a", ""));
    openmetrics_ms(&out, 60000, LABELS("b", "每日", "c", "x\"y\\z\nw"));
    openmetrics_ms(&out, UNKNOWN, LABELS("d", "not known"));
    openmetrics_begin(&out, OPENMETRICS_COUNTER, "b", NULL, "Two.");
    openmetrics_int(&out, 7, LABELS("a", "1"));
    openmetrics_int(&out, UNKNOWN, NULL);
    openmetrics_begin(&out, OPENMETRICS_INFO, "c", NULL, "Three.");
    openmetrics_int(&out, 1, LABELS("version", "1"));
    openmetrics_begin(&out, OPENMETRICS_GAUGE, "d_ratio", "ratio", "Four.");
    openmetrics_double(&out, 1.256, NULL);
    openmetrics_end(&out);
    assert_string_equal(text.data, "# TYPE a_seconds gauge\n"
                                   "# UNIT a_seconds seconds\n"
                                   "# HELP a_seconds One\\nand \\\"two\\\" \\\\.\n"
                                   "a_seconds 1.5\n"
                                   "a_seconds{a=\"\"} -1.5\n"
                                   "a_seconds{b=\"每日\",c=\"x\\\"y\\\\z\\nw\"} 60\n"
                                   "# TYPE b counter\n"
                                   "# HELP b Two.\n"
                                   "b_total{a=\"1\"} 7\n"
                                   "# TYPE c info\n"
                                   "# HELP c Three.\n"
                                   "c_info{version=\"1\"} 1\n"
                                   "# TYPE d_ratio gauge\n"
                                   "# UNIT d_ratio ratio\n"
                                   "# HELP d_ratio Four.\n"
                                   "d_ratio 1.26\n"
                                   "# EOF\n");
    buffer_fini(&text);
}

static void histograms_add_up(void **state)
{
    struct histogram histogram = {.sum_ms = 0};
    struct buffer text = BUFFER_EMPTY;
    struct openmetrics out = {.text = &text};

    (void)state;
    histogram_add(&histogram, 10);
    histogram_add(&histogram, 30);
    histogram_add(&histogram, 700);
    histogram_add(&histogram, 20000);
    openmetrics_begin(&out, OPENMETRICS_HISTOGRAM, "h_seconds", "seconds", "Long.");
    openmetrics_histogram(&out, &histogram, LABELS("api", "get"));
    assert_non_null(strstr(text.data, "\nh_seconds_bucket{api=\"get\",le=\"0.025\"} 1\n"
                                      "h_seconds_bucket{api=\"get\",le=\"0.05\"} 2\n"));
    assert_non_null(strstr(text.data, "le=\"0.5\"} 2\nh_seconds_bucket{api=\"get\",le=\"1\"} 3\n"));
    assert_non_null(strstr(text.data, "le=\"10\"} 3\nh_seconds_bucket{api=\"get\",le=\"+Inf\"} 4\n"
                                      "h_seconds_sum{api=\"get\"} 20.74\nh_seconds_count{api=\"get\"} 4\n"));
    buffer_clear(&text);
    openmetrics_histogram(&out, &histogram, NULL);
    assert_non_null(strstr(text.data, "h_seconds_bucket{le=\"0.025\"} 1\n"));
    assert_non_null(strstr(text.data, "h_seconds_count 4\n"));
    buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_have_their_heads_and_samples),
        cmocka_unit_test(histograms_add_up),
    };

    return cmocka_run_group_tests_name("openmetrics", tests, NULL, NULL);
}
