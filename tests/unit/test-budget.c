/* engine/budget: what is stretched, and by how much. */
#include "lib/test.h"

#include <math.h>

#include "engine/budget.h"

static const struct poll_settings settings = {
    .live_ms = 10000,
    .starting_ms = 10000,
    .early_ms = 600000,
    .overdue_ms = 30000,
    .cooling_ms = 120000,
    .idle_ms = 300000,
};

static void follow(struct budget *budget, enum phase phase, int count)
{
    while (count-- > 0)
        budget_enter(budget, phase);
}

static void assert_near(double value, double wanted)
{
    if (fabs(value - wanted) > wanted / 1000)
        fail_msg("%f, not %f", value, wanted);
}

static void within_the_rate_nothing_is_stretched(void **state)
{
    enum budget_limit limit;
    struct budget budget;

    (void)state;
    budget_init(&budget, &settings, 1000, 50);
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, &limit) == 1);
    assert_int_equal(limit, BUDGET_FREE);
    follow(&budget, PHASE_LIVE, 100);
    follow(&budget, PHASE_IDLE, 1000);
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, NULL) == 1);
    assert_true(budget_stretch(&budget, POLL_CLASS_REST, &limit) == 1);
    assert_int_equal(limit, BUDGET_FREE);
}

static void the_rest_gives_way_first(void **state)
{
    enum budget_limit limit;
    struct budget budget;

    (void)state;
    budget_init(&budget, &settings, 1000, 50);
    follow(&budget, PHASE_LIVE, 150);  /* 900 a minute */
    follow(&budget, PHASE_IDLE, 1000); /* 200 a minute, and 100 are left */
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, NULL) == 1);
    assert_near(budget_stretch(&budget, POLL_CLASS_REST, &limit), 2);
    assert_int_equal(limit, BUDGET_RATE);
}

static void nobody_starves(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, &settings, 1000, 50);
    follow(&budget, PHASE_LIVE, 2000); /* 12,000 a minute, of which 950 are left */
    follow(&budget, PHASE_IDLE, 1000); /* 200 a minute, of which 50 are kept */
    assert_near(budget_stretch(&budget, POLL_CLASS_NOW, NULL), 12000.0 / 950);
    assert_near(budget_stretch(&budget, POLL_CLASS_REST, NULL), 4);
    for (int i = 0; i < 1000; i++)
        budget_leave(&budget, PHASE_IDLE);
    assert_near(budget_stretch(&budget, POLL_CLASS_NOW, NULL), 12);
}

static void the_tighter_window_counts(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, &settings, 6000, 1);
    follow(&budget, PHASE_LIVE, 20); /* two a second */
    assert_near(budget_stretch(&budget, POLL_CLASS_NOW, NULL), 2);
}

static void a_month_that_is_too_small_stretches(void **state)
{
    struct demand demand = {.now = 9500, .rest = 3000};
    enum budget_limit limit;
    struct budget budget;

    (void)state;
    budget_init(&budget, &settings, 1000, 50);
    budget_set_month(&budget, &demand, 20000);
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, NULL) == 1);
    budget_set_month(&budget, &demand, 5000);
    assert_near(budget_stretch(&budget, POLL_CLASS_NOW, &limit), 2);
    assert_int_equal(limit, BUDGET_MONTH);
    assert_near(budget_stretch(&budget, POLL_CLASS_REST, NULL), 12);
    budget_set_month(&budget, &demand, INFINITY);
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, NULL) == 1);
}

/* With `early` shrunk by the same factor, both together are what is left. */
static void early_shrinks_along(void **state)
{
    struct demand demand = {.now = 6000, .early = 3000};
    struct budget budget;
    double stretch;

    (void)state;
    budget_init(&budget, &settings, 1000, 50);
    budget_set_month(&budget, &demand, 1000);
    stretch = budget_stretch(&budget, POLL_CLASS_NOW, NULL);
    assert_near(demand.now / stretch + demand.early / stretch / stretch, 1000);
}

static void of_nothing_nothing_is_spent(void **state)
{
    struct demand demand = {.now = 6000, .rest = 100};
    struct budget budget;

    (void)state;
    budget_init(&budget, &settings, 1000, 50);
    budget_set_month(&budget, &demand, 0);
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, NULL) == BUDGET_STRETCH_MAX);
    assert_true(budget_stretch(&budget, POLL_CLASS_REST, NULL) == BUDGET_STRETCH_MAX);
    budget_set_month(&budget, &demand, -50);
    assert_true(budget_stretch(&budget, POLL_CLASS_NOW, NULL) == BUDGET_STRETCH_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_the_rate_nothing_is_stretched),
        cmocka_unit_test(the_rest_gives_way_first),
        cmocka_unit_test(nobody_starves),
        cmocka_unit_test(the_tighter_window_counts),
        cmocka_unit_test(a_month_that_is_too_small_stretches),
        cmocka_unit_test(early_shrinks_along),
        cmocka_unit_test(of_nothing_nothing_is_spent),
    };

    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
