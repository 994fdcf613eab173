/* sync/hooks-output: what a program writes becomes lines that are clean, short and few. */
#include "lib/test.h"

#include "base/base.h"
#include "sync/hooks-output.h"

static void collect(void *data, const char *line)
{
    buffer_printf(data, "%s\n", line);
}

/* What is told of a text that comes in pieces of `step` bytes. The caller frees it. */
static char *tell(const char *text, size_t length, size_t step)
{
    struct hooks_output output = {0};
    struct buffer told = BUFFER_EMPTY;

    for (size_t at = 0; at < length; at += step)
        hooks_output_add(&output, text + at, length - at < step ? length - at : step, collect, &told);
    hooks_output_end(&output, collect, &told);
    return told.data != NULL ? buffer_take(&told) : xstrdup("");
}

static void lines_are_told_clean_whatever_the_pieces(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"", ""},
        {"a\nb\n", "a\nb\n"},
        {"a\n\n\nb", "a\nb\n"},
        {"a\r\nb\r\n", "a\nb\n"},
        {"会议 door\n", "会议 door\n"},
        {"a\tb\033[31mc\177\n", "a b?[31mc?\n"},
        {"a\xc2\x9b"
         "31m\n",
         "a?31m\n"},
        {"a\xff\xc3 \n", "a?? \n"},
        {"cut \xe4\xbc\n", "cut ??\n"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        for (size_t step = 1; step < 5; step++) {
            CLEANUP_FREE char *told = tell(cases[i].text, strlen(cases[i].text), step);

            assert_string_equal(told, cases[i].told);
        }
    }
}

static void a_nul_is_no_end(void **state)
{
    CLEANUP_FREE char *told = tell("a\0b\nc\n", 6, 6);

    (void)state;
    assert_string_equal(told, "a?b\nc\n");
}

static void a_long_line_is_cut(void **state)
{
    static const size_t steps[] = {1, 7, 1000, 100000};
    struct buffer text = BUFFER_EMPTY;

    (void)state;
    for (int i = 0; i < 3000; i++)
        buffer_append_text(&text, "会");
    buffer_append_text(&text, "\nnext\n");
    for (size_t i = 0; i < ELEMENTS(steps); i++) {
        CLEANUP_FREE char *told = tell(text.data, text.length, steps[i]);
        size_t length = strlen(told);

        assert_true(length <= HOOKS_OUTPUT_BYTES + strlen("…\nnext\n"));
        assert_string_equal(told + length - strlen("…\nnext\n"), "…\nnext\n");
    }
    buffer_fini(&text);
}

static void too_many_lines_are_said_once(void **state)
{
    struct buffer text = BUFFER_EMPTY;
    CLEANUP_FREE char *told = NULL;
    int lines = 0;

    (void)state;
    for (int i = 0; i < 100000; i++)
        buffer_append_text(&text, "y\n");
    told = tell(text.data, text.length, 4096);
    for (const char *at = told; *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, HOOKS_OUTPUT_LINES + 1);
    assert_non_null(strstr(told, "y\n(what it writes further is dropped)\n"));
    buffer_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_told_clean_whatever_the_pieces),
        cmocka_unit_test(a_nul_is_no_end),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(too_many_lines_are_said_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
