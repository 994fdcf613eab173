/* ctl: OpenMetrics text as Prometheus's older one. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "ctl/exposition.h"

static void check(const char *openmetrics, const char *wanted)
{
    struct buffer out = BUFFER_EMPTY;

    assert_int_equal(exposition_append(&out, openmetrics), 0);
    assert_string_equal(out.data != NULL ? out.data : "", wanted);
    buffer_fini(&out);
}

static void families_are_named_as_their_samples(void **state)
{
    (void)state;
    check("# TYPE a counter\n# HELP a Some.\na_total{x=\"1\"} 5\n# EOF\n",
          "# TYPE a_total counter\n# HELP a_total Some.\na_total{x=\"1\"} 5\n");
    check("# TYPE b_seconds gauge\n# UNIT b_seconds seconds\n# HELP b_seconds Some.\nb_seconds 1.5\n# EOF\n",
          "# TYPE b_seconds gauge\n# HELP b_seconds Some.\nb_seconds 1.5\n");
    check("# TYPE c info\n# HELP c Some.\nc_info{v=\"# EOF\"} 1\n# EOF\n",
          "# TYPE c_info gauge\n# HELP c_info Some.\nc_info{v=\"# EOF\"} 1\n");
    check("# TYPE d histogram\nd_bucket{le=\"+Inf\"} 1\nd_sum 2\nd_count 1\n# TYPE e unknown\ne 1\n# EOF\n",
          "# TYPE d histogram\nd_bucket{le=\"+Inf\"} 1\nd_sum 2\nd_count 1\n# TYPE e untyped\ne 1\n");
    check("# EOF\n", "");
    check("# EOF", "");
}

static void quotation_marks_of_helps_stand_alone(void **state)
{
    (void)state;
    check("# TYPE a gauge\n# HELP a \\\"x\\\" \\\\\" \\n \\\\\\\"\n# EOF\n",
          "# TYPE a gauge\n# HELP a \"x\" \\\\\" \\n \\\\\"\n");
}

static void what_is_cut_or_goes_on_is_refused(void **state)
{
    static const char *const bad[] = {
        "",         "a 1\n",     "# TYPE a gauge\na 1\n# EO", "# EOF\na 1\n", "# HELP a \\\\\n",
        "# HELP\n", "# TYPE a\n"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        struct buffer out = BUFFER_EMPTY;

        assert_int_equal(exposition_append(&out, bad[i]), -EBADMSG);
        buffer_fini(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_are_named_as_their_samples),
        cmocka_unit_test(quotation_marks_of_helps_stand_alone),
        cmocka_unit_test(what_is_cut_or_goes_on_is_refused),
    };

    return cmocka_run_group_tests_name("exposition", tests, NULL, NULL);
}
