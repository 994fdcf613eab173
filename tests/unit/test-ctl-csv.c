/* ctl/csv: cells that every reader takes apart as they were meant, and no spreadsheet carries out. */
#include "lib/test.h"

#include <time.h>

#include "base/base.h"
#include "ctl/csv.h"

static void cells_are_quoted_where_they_must(void **state)
{
    static const struct {
        const char *text, *cell;
    } cases[] = {
        {"ou_a", "ou_a"},
        {"张三", "张三"},
        {"a b", "\"a b\""},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"", "\"\""},
        {NULL, "\"\""},
        /* What a spreadsheet would carry out. */
        {"=1+1", "\"'=1+1\""},
        {"+49", "\"'+49\""},
        {"-1", "\"'-1\""},
        {"@sum(a1)", "\"'@sum(a1)\""},
        {"\tx", "\"'\tx\""},
        {"a=1", "a=1"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        CLEANUP(buffer_fini) struct buffer out = BUFFER_EMPTY;

        csv_text(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].cell);
    }
}

static void cells_make_lines(void **state)
{
    CLEANUP(buffer_fini) struct buffer out = BUFFER_EMPTY;

    (void)state;
    for (int line = 0; line < 2; line++) {
        csv_empty(&out);
        csv_text(&out, "a");
        csv_int(&out, -5);
        csv_empty(&out);
        csv_end_line(&out);
    }
    assert_string_equal(out.data, "\"\",a,-5,\"\"\n\"\",a,-5,\"\"\n");
}

static void times_say_their_zone(void **state)
{
    struct times local = {.utc = false}, utc = {.utc = true};
    char text[TIMES_TEXT_SIZE];

    (void)state;
    setenv("TZ", "Asia/Shanghai", 1);
    tzset();
    assert_string_equal(csv_time(&local, 1795397405, text), "2026-11-23T09:30:05+08:00");
    assert_string_equal(csv_time(&utc, 1795397405, text), "2026-11-23T01:30:05Z");
    setenv("TZ", "America/St_Johns", 1);
    tzset();
    assert_string_equal(csv_time(&local, 1795397405, text), "2026-11-22T22:00:05-03:30");
    assert_string_equal(csv_time(&local, -1, text), "");
    assert_string_equal(csv_time(&local, INT64_MAX, text), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_quoted_where_they_must),
        cmocka_unit_test(cells_make_lines),
        cmocka_unit_test(times_say_their_zone),
    };

    return cmocka_run_group_tests_name("ctl: CSV", tests, NULL, NULL);
}
