/* ctl: the lines of iCalendar. */
#include "lib/test.h"

#include "base/base.h"
#include "base/str.h"
#include "ctl/ical.h"

static void check_text(const char *text, const char *wanted)
{
    struct buffer out = BUFFER_EMPTY;

    ical_text(&out, "X", text);
    assert_string_equal(out.data, wanted);
    buffer_fini(&out);
}

static void what_the_format_means_something_by_is_escaped(void **state)
{
    (void)state;
    check_text("", "X:\r\n");
    check_text("每日站会", "X:每日站会\r\n");
    check_text("a;b,c\\d:e\"f", "X:a\\;b\\,c\\\\d:e\"f\r\n");
    check_text("one\ntwo\n", "X:one\\ntwo\\n\r\n");
    check_text("a\r\nBEGIN:VEVENT", "X:a \\nBEGIN:VEVENT\r\n");
    check_text("a\tb\x01\x7f"
               "c",
               "X:a b  c\r\n");
}

/* What a reader makes of folded lines; each is checked on the way. The caller frees it. */
static char *unfold(const char *text)
{
    struct buffer whole = BUFFER_EMPTY;

    while (*text != '\0') {
        const char *end = strstr(text, "\r\n");
        size_t length;

        assert_non_null(end);
        length = (size_t)(end - text);
        assert_true(length <= 75);
        /* Each piece is whole characters. */
        assert_int_equal(utf8_valid_length(text, length), length);
        if (*text == ' ') {
            assert_true(whole.length > 0 && length > 1);
            buffer_append(&whole, text + 1, length - 1);
        } else {
            assert_true(whole.length == 0);
            buffer_append(&whole, text, length);
        }
        text = end + 2;
    }
    return buffer_take(&whole);
}

/* Characters of one to four bytes at every place where a line may break. */
static void long_lines_are_folded_between_characters(void **state)
{
    static const char *const characters[] = {"x", "é", "会", "\xf0\x9f\x98\x80", "\\"};

    (void)state;
    for (size_t which = 0; which < ELEMENTS(characters); which++) {
        for (size_t lead = 0; lead < 80; lead++) {
            struct buffer value = BUFFER_EMPTY, out = BUFFER_EMPTY;
            char *wanted, *got;

            for (size_t i = 0; i < lead; i++)
                buffer_append_char(&value, 'a');
            for (size_t i = 0; i < 90; i++)
                buffer_append_text(&value, characters[which]);
            ical_line(&out, "SUMMARY", value.data);
            wanted = xasprintf("SUMMARY:%s", value.data);
            got = unfold(out.data);
            assert_string_equal(got, wanted);
            free(got);
            free(wanted);
            buffer_fini(&value);
            buffer_fini(&out);
        }
    }
}

static void a_line_of_75_bytes_is_not_folded(void **state)
{
    struct buffer out = BUFFER_EMPTY;
    char value[75];

    (void)state;
    memset(value, 'v', sizeof(value));
    value[73] = '\0';
    ical_line(&out, "X", value);
    assert_int_equal(out.length, 77);
    buffer_clear(&out);
    value[73] = 'v';
    value[74] = '\0';
    ical_line(&out, "X", value);
    assert_string_equal(out.data + 75, "\r\n v\r\n");
    buffer_fini(&out);
}

static void times_are_utc(void **state)
{
    static const struct {
        int64_t unix_s;
        const char *wanted;
    } cases[] = {{0, "X:19700101T000000Z\r\n"},
                 {1795397400, "X:20261123T013000Z\r\n"},
                 {951782400, "X:20000229T000000Z\r\n"},
                 {253402300799, "X:99991231T235959Z\r\n"}};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct buffer out = BUFFER_EMPTY;

        assert_true(ical_has_time(cases[i].unix_s));
        ical_time(&out, "X", cases[i].unix_s);
        assert_string_equal(out.data, cases[i].wanted);
        buffer_fini(&out);
    }
    assert_false(ical_has_time(-1));
    assert_false(ical_has_time(253402300800));
    assert_false(ical_has_time(INT64_MAX));
}

static void an_address_is_known_from_other_text(void **state)
{
    static const char *const good[] = {"https://vc.feishu.cn/j/337736498", "https://x/?a=1&b=%20#f",
                                       "a+b-c.1:x"},
                             *const bad[] = {"",
                                             "vc.feishu.cn/j/1",
                                             ":x",
                                             "1http://x",
                                             "htt ps:x",
                                             "https://a b",
                                             "https://\r\n",
                                             "https://会",
                                             "https://\"",
                                             "https://x\\y",
                                             "java\nscript:x"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(good); i++)
        assert_true(ical_is_uri(good[i]));
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        assert_false(ical_is_uri(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_format_means_something_by_is_escaped),
        cmocka_unit_test(long_lines_are_folded_between_characters),
        cmocka_unit_test(a_line_of_75_bytes_is_not_folded),
        cmocka_unit_test(times_are_utc),
        cmocka_unit_test(an_address_is_known_from_other_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
