/* config/reader: text into sections, keys and values, each with its line. */
#include "lib/test.h"

#include "base/base.h"
#include "base/buffer.h"
#include "config/reader.h"
#include "config/report.h"

/* Reads the text and writes down what came out: "[section]@line", "key=value@line", with marks for what was
 * reported, then the reports. */
static char *read_bytes(const char *data, size_t length)
{
    struct report_source source = {.path = (char *)"f", .order = 0};
    struct report report = {0};
    struct config_report problems;
    struct buffer seen = BUFFER_EMPTY;
    struct reader_text text;
    /* Of exactly this size, so that a tool sees who reads beyond its end. */
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, data, length);
    reader_read(&text, copy, length, &source, &report);
    free(copy);
    for (size_t i = 0; i < text.section_count; i++) {
        const struct reader_section *section = &text.sections[i];

        if (section->name != NULL)
            buffer_printf(&seen, "[%s]@%u%s", section->name, section->line, section->broken ? " broken" : "");
        if (section->incomplete)
            buffer_append_text(&seen, " incomplete");
        if (section->name != NULL || section->incomplete)
            buffer_append_text(&seen, "\n");
        for (size_t j = 0; j < section->count; j++) {
            const struct reader_key *key = &text.keys[section->first + j];

            buffer_printf(&seen, "%s=%s@%u%s", key->name, key->value, key->line,
                          key->broken ? " broken" : "");
            if (key->inner_line > 0)
                buffer_printf(&seen, " inner %u", key->inner_line);
            buffer_append_text(&seen, "\n");
        }
    }
    reader_fini(&text);
    report_finish(&report, &problems);
    for (size_t i = 0; i < problems.count; i++) {
        CLEANUP_FREE char *problem = config_problem_text(&problems.problems[i]);

        buffer_printf(&seen, "%s\n", problem);
    }
    config_report_fini(&problems);
    return buffer_take(&seen);
}

static void expect_bytes(const char *data, size_t length, const char *expected)
{
    char *seen = read_bytes(data, length);

    assert_string_equal(seen, expected);
    free(seen);
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), expected);
}

static void sections_and_keys_are_found(void **state)
{
    (void)state;
    expect("[a]\nk = v\n\n[b c]\nk=v w\n", "[a]@1\nk=v@2\n[b c]@4\nk=v w@5\n");
    expect("[a]\nk = v", "[a]@1\nk=v@2\n");
    expect("[ a \t]  \nk\t =\t v \t\nempty =\n", "[a]@1\nk=v@2\nempty=@3\n");
    expect("[每日 站会]\ntopic = 早上好 = 你好\n", "[每日 站会]@1\ntopic=早上好 = 你好@2\n");
    expect("[a]b]\n[[c]]\n", "[a]b]@1\n[[c]]@2\n");
    expect("k = before any section\n", "k=before any section@1\n");
    expect("", "");
    expect("\n\n \n\t\n", "");
}

static void line_ends_and_a_mark_at_the_start_are_taken(void **state)
{
    (void)state;
    expect("\xef\xbb\xbf[a]\r\nk = v\r\n  w\r\n\r\n# c\r\nl = \r\n", "[a]@1\nk=v w@2\nl=@6\n");
    expect("\xef\xbb\xbf", "");
    expect("[a]\r\nk = v\n[b]\r\n", "[a]@1\nk=v@2\n[b]@3\n");
    /* Elsewhere the mark is a character as any other, and no white space. */
    expect("[a]\n\xef\xbb\xbfk = v\n", "[a]@1\n\xef\xbb\xbfk=v@2\n");
}

static void comments_stand_on_lines_of_their_own(void **state)
{
    (void)state;
    expect("# one\n;two\n  # three\n\t; four\n[a]\nk = v # w ; x\n#l = m\n", "[a]@5\nk=v # w ; x@6\n");
    expect("[a]\nk = v\n  # not w\n  w\n", "[a]@1\nk=v w@2\n");
}

static void indented_lines_continue_a_value(void **state)
{
    (void)state;
    expect("[a]\nk = v\n  w  \n\tx\nl = m\n", "[a]@1\nk=v w x@2\nl=m@5\n");
    expect("[a]\nk =\n  v\n", "[a]@1\nk=v@2\n");
    expect("[a]\nk = v\n\n  w\n", "[a]@1\nk=v w@2\n");
    expect("[a]\nk = v\n [b]\n", "[a]@1\nk=v [b]@2\n");
    expect("[a]\nk = v\n w", "[a]@1\nk=v w@2\n");
    /* The shortest lines leave no room to spare. */
    expect("[a]\nk=\n v\n w\n x\n", "[a]@1\nk=v w x@2\n");
}

static void an_indented_line_that_looks_like_a_key_is_noted(void **state)
{
    (void)state;
    expect("[a]\nk = v\n  w\n  password =1\n  l=2\n", "[a]@1\nk=v w password =1 l=2@2 inner 4\n");
    expect("[a]\nk = v\n  a b = c\n  = d\n  2x = 3\n", "[a]@1\nk=v a b = c = d 2x = 3@2\n");
}

static void every_indented_line_with_nothing_above_is_a_mistake(void **state)
{
    (void)state;
    expect("  k = v\n[a]\n  k = v\n  l = w\nm = x\n",
           " incomplete\n[a]@2 incomplete\nm=x@5\n"
           "f:1: the line is indented, and there is no value above it to continue: remove the white space at "
           "its start\n"
           "f:3: [a]: the line is indented, and there is no value above it to continue: remove the white "
           "space at its start\n"
           "f:4: [a]: the line is indented, and there is no value above it to continue: remove the white "
           "space at its start\n");
}

static void lines_that_mean_nothing_are_mistakes(void **state)
{
    (void)state;
    expect("[a]\nsecret words\n  and more of it\n= v\nk = v\n",
           "[a]@1 incomplete\nk=v@5\n"
           "f:2: [a]: this line is no [section], no comment and has no =: write key = value\n"
           "f:4: [a]: no key stands before the =: write key = value\n");
    expect("[a\nk = v\n[b] # c\n[]\n[\n",
           "[a]@1 broken\nk=v@2\n[b]@3 broken\n[]@4 broken\n[]@5 broken\n"
           "f:1: [a]: the section's name does not end: write ] at the end of the line\n"
           "f:3: [b]: more text follows the section's ]: a comment stands on a line of its own\n"
           "f:4: []: the section has no name: write one between [ and ]\n"
           "f:5: []: the section's name does not end: write ] at the end of the line\n");
}

static void what_is_no_text_is_a_mistake_with_its_line(void **state)
{
    static const char nul[] = "[a]\nk = v\0w\nl = m\n";

    (void)state;
    expect_bytes(nul, sizeof(nul) - 1,
                 "[a]@1\nk=v?w@2 broken\nl=m@3\nf:2: [a] k: the line holds a NUL byte: remove it\n");
    expect("[a]\nk = \xff\n# \xc0\xaf\n[b\xed\xa0\x80]\nl = m\n  \xe4\xbd\n",
           "[a]@1\nk=?@2 broken\n[b???]@4 broken\nl=m ??@5 broken\n"
           "f:2: [a] k: the line is not valid UTF-8: save the file in that encoding\n"
           "f:3: [a]: the line is not valid UTF-8: save the file in that encoding\n"
           "f:4: [b???]: the line is not valid UTF-8: save the file in that encoding\n"
           "f:6: [b???] l: the line is not valid UTF-8: save the file in that encoding\n");
    expect("[a]\nk = \x1b[2J\n",
           "[a]@1\nk=?[2J@2 broken\nf:2: [a] k: the line holds a control character: remove it\n");
    expect("[a]\nno key \x01 here\n",
           "[a]@1 incomplete\nf:2: [a]: the line holds a control character: remove it\n");
    /* Lines that end in CR alone: the comment would be all there is. */
    expect("# c\r[a]\rk = v\r", "f:1: a carriage return stands inside the line: end lines with LF or CRLF\n");
}

static void lines_have_any_length(void **state)
{
    enum { LENGTH = 3000000 };
    struct buffer text = BUFFER_EMPTY, expected = BUFFER_EMPTY;

    (void)state;
    buffer_append_text(&text, "[a]\nk = ");
    buffer_append_text(&expected, "[a]@1\nk=");
    for (int i = 0; i < LENGTH; i++) {
        buffer_append_char(&text, 'x');
        buffer_append_char(&expected, 'x');
    }
    buffer_append_text(&text, "\nl = m\n");
    buffer_append_text(&expected, "@2\nl=m@3\n");
    expect_bytes(text.data, text.length, expected.data);
    buffer_fini(&text);
    buffer_fini(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_and_keys_are_found),
        cmocka_unit_test(line_ends_and_a_mark_at_the_start_are_taken),
        cmocka_unit_test(comments_stand_on_lines_of_their_own),
        cmocka_unit_test(indented_lines_continue_a_value),
        cmocka_unit_test(an_indented_line_that_looks_like_a_key_is_noted),
        cmocka_unit_test(every_indented_line_with_nothing_above_is_a_mistake),
        cmocka_unit_test(lines_that_mean_nothing_are_mistakes),
        cmocka_unit_test(what_is_no_text_is_a_mistake_with_its_line),
        cmocka_unit_test(lines_have_any_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
