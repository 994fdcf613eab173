/* ctl: what reaches a terminal, how wide it is, and tables. */
#include "lib/test.h"

#include <locale.h>

#include "base/base.h"
#include "base/str.h"
#include "ctl/table.h"
#include "ctl/text.h"

#define BAD "\xef\xbf\xbd"

static void check_clean(const char *text, size_t length, const char *wanted)
{
    char *got = text_clean(text, length);

    assert_string_equal(got, wanted);
    assert_int_equal(utf8_valid_length(got, strlen(got)), strlen(got));
    free(got);
}

static void what_a_terminal_obeys_does_not_pass(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", ""},
        {"每日站会", "每日站会"},
        {"a\033[31mb", "a" BAD "[31mb"},
        {"a\tb\nc\rd", "a b c d"},
        {"bell\a\b\x7f", "bell" BAD BAD BAD},
        {"c1 \xc2\x9b"
         "31m \xc2\x85x",
         "c1 " BAD "31m  x"},
        {"bidi \xe2\x80\xaegpj.exe", "bidi " BAD "gpj.exe"},
        {"isolate \xe2\x81\xa6x\xe2\x81\xa9", "isolate " BAD "x" BAD},
        {"marks \xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "marks " BAD BAD BAD},
        {"lines \xe2\x80\xa8\xe2\x80\xa9.", "lines   ."},
        {"bom \xef\xbb\xbf, soft\xc2\xadhyphen, tag\xf3\xa0\x81\x81",
         "bom " BAD ", soft" BAD "hyphen, tag" BAD},
        {"bad \xff\xc0\x80\xe6\xaf", "bad " BAD BAD BAD BAD BAD},
        {"half \xe6\xaf!", "half " BAD BAD "!"},
        {"surrogate \xed\xa0\x80", "surrogate " BAD BAD BAD},
        {"e\xcc\x81 \xf0\x9f\x98\x80", "e\xcc\x81 \xf0\x9f\x98\x80"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        check_clean(cases[i].text, strlen(cases[i].text), cases[i].wanted);
    check_clean("a\0b", 3, "a" BAD "b");
}

/* Every byte pair: whatever comes out is valid and has nothing that a terminal obeys. */
static void no_two_bytes_pass_that_are_harmful(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        char text[] = {(char)(pair >> 8), (char)(pair & 0xff)};
        char *got = text_clean(text, sizeof(text));
        size_t length = strlen(got);

        assert_int_equal(utf8_valid_length(got, length), length);
        for (size_t i = 0; i < length; i++) {
            assert_true((unsigned char)got[i] >= 0x20 && got[i] != 0x7f);
            assert_false((unsigned char)got[i] == 0xc2 && (unsigned char)got[i + 1] < 0xa0);
        }
        free(got);
    }
}

static void widths_are_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("每日站会"), 8);
    assert_int_equal(text_width("e\xcc\x81"), 1);
    assert_int_equal(text_width("\xf0\x9f\x98\x80"), 2);
    assert_int_equal(text_width("한글"), 4);
    assert_int_equal(text_width("ＡＢ"), 4);
}

/* What is seen as one picture has the width of one, and is cut as one. */
static void pictures_are_wide_whatever_is_joined_to_them(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {
        {"\U0001F468\u200D\U0001F469\u200D\U0001F467", 2}, /* a family */
        {"\U0001F44D\U0001F3FD", 2},                       /* a thumb with a skin's tone */
        {"\u2764\uFE0F", 2},                               /* a heart as a picture */
        {"\u2764\uFE0E", 1},                               /* and as text */
        {"1\uFE0F\u20E3", 2},                              /* a keycap */
        {"\U0001F1E8\U0001F1F3", 2},                       /* a flag */
        {"\U0001F1E8\U0001F1F3\U0001F1E9\U0001F1EA", 4},
        {"\U0001F3F3\uFE0F\u200D\U0001F308", 2}, /* a flag of many colours */
        {"a\uFE0F", 1},
        {"a\u200Db", 2}, /* no pictures, nothing joined */
        {"\u200D", 0},
        {"站\u200D\U0001F308", 2},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        if (text_width(cases[i].text) != cases[i].width)
            fail_msg("case %zu: %zu columns", i, text_width(cases[i].text));
    }
}

static void check_cut(const char *text, size_t width, const char *wanted)
{
    char *got = text_cut(text, width);

    assert_string_equal(got, wanted);
    assert_true(text_width(got) <= width);
    free(got);
}

static void a_cut_is_between_characters_and_shown(void **state)
{
    (void)state;
    check_cut("abc", 3, "abc");
    check_cut("abcd", 3, "ab…");
    check_cut("每日站会", 8, "每日站会");
    check_cut("每日站会", 7, "每日站…");
    check_cut("每日站会", 6, "每日…");
    check_cut("e\xcc\x81xyz", 2, "e\xcc\x81…");
    check_cut("abc", 1, "…");
    check_cut("每", 1, "…");
    check_cut("abc", 0, "");
    check_cut("\U0001F468\u200D\U0001F469x", 2, "…");
    check_cut("\U0001F468\u200D\U0001F469xy", 3, "\U0001F468\u200D\U0001F469…");
    check_cut("\U0001F1E8\U0001F1F3\U0001F1E9\U0001F1EA", 3, "\U0001F1E8\U0001F1F3…");
}

static void check_wrap(const char *text, size_t indent, size_t width, const char *wanted)
{
    struct buffer out = BUFFER_EMPTY;

    text_wrap(&out, text, indent, width);
    assert_string_equal(out.data, wanted);
    buffer_fini(&out);
}

static void sentences_are_wrapped_and_words_are_whole(void **state)
{
    (void)state;
    check_wrap("one two three", 0, 0, "one two three");
    check_wrap("one two three four five", 0, 18, "one two three four\nfive");
    check_wrap("one two three four fiv", 4, 22, "one two three four\n    fiv");
    check_wrap("see https://vc.feishu.cn/j/337736498 now", 0, 20,
               "see\nhttps://vc.feishu.cn/j/337736498\nnow");
    check_wrap("每日站会每日站会每日站会", 0, 16, "每日站会每日站会\n每日站会");
    check_wrap("too narrow to wrap", 10, 20, "too narrow to wrap");
    check_wrap("", 2, 40, "");
}

static const struct table_column columns[] = {
    {.title = "NAME", .minimum = 6, .yields = 2},
    {.title = "COUNT", .right = true},
    {.title = "TOPIC", .minimum = 8, .leaves = 2},
    {.title = "LINK", .leaves = 1},
};

static void check_table(size_t width, bool titles, const char *wanted)
{
    struct table *table = table_new(columns, ELEMENTS(columns));
    struct output output = {.text = BUFFER_EMPTY, .width = width};

    table_cell(table, STYLE_GOOD, "standup-early");
    table_printf(table, STYLE_PLAIN, "%d", 7);
    table_cell(table, STYLE_PLAIN, "每日站会 of all");
    table_cell(table, STYLE_PLAIN, "https://x/1");
    table_cell(table, STYLE_PLAIN, "站会");
    table_cell(table, STYLE_PLAIN, NULL);
    table_cell(table, STYLE_PLAIN, "");
    table_cell(table, STYLE_PLAIN, NULL);
    table_write(table, &output, titles);
    assert_string_equal(output.text.data, wanted);
    buffer_fini(&output.text);
    table_free(table);
}

static void tables_give_way_in_their_order(void **state)
{
    (void)state;
    check_table(0, true,
                "NAME           COUNT  TOPIC            LINK\n"
                "standup-early      7  每日站会 of all  https://x/1\n"
                "站会               -  -                -\n");
    check_table(0, false,
                "standup-early  7  每日站会 of all  https://x/1\n"
                "站会           -  -                -\n");
    /* The topic yields first, */
    check_table(45, true,
                "NAME           COUNT  TOPIC       LINK\n"
                "standup-early      7  每日站会 …  https://x/1\n"
                "站会               -  -           -\n");
    /* then the link goes, and the topic has room again, */
    check_table(38, true,
                "NAME           COUNT  TOPIC\n"
                "standup-early      7  每日站会 of all\n"
                "站会               -  -\n");
    /* then the topic goes and the name yields, */
    check_table(17, true,
                "NAME        COUNT\n"
                "standup-e…      7\n"
                "站会            -\n");
    /* and what never fits is cut at the edge. */
    check_table(9, true,
                "NAME    …\n"
                "stand…  7\n"
                "站会    -\n");
}

static void a_cell_has_a_shorter_text_before_it_is_cut(void **state)
{
    static const struct table_column brief[] = {
        {.title = "N", .minimum = 3, .yields = 2},
        {.title = "LINK", .briefs = 1, .leaves = 3},
    };
    static const struct {
        size_t width;
        const char *wanted;
    } cases[] = {
        {18, "standup  https://x\nreview   -\n"},
        {17, "standup  x\nreview   -\n"},
        {9, "stand…  x\nreview  -\n"},
        {5, "stan…\nrevi…\n"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct table *table = table_new(brief, ELEMENTS(brief));
        struct output output = {.text = BUFFER_EMPTY, .width = cases[i].width};

        table_cell(table, STYLE_PLAIN, "standup");
        table_cell(table, STYLE_PLAIN, "https://x");
        table_brief(table, "x");
        table_cell(table, STYLE_PLAIN, "review");
        table_cell(table, STYLE_PLAIN, NULL);
        table_write(table, &output, false);
        assert_string_equal(output.text.data, cases[i].wanted);
        buffer_fini(&output.text);
        table_free(table);
    }
}

static void colours_are_around_texts_alone(void **state)
{
    struct table *table = table_new(columns, 2);
    struct output output = {.text = BUFFER_EMPTY, .colour = true};

    (void)state;
    table_cell(table, STYLE_GOOD, "a");
    table_cell(table, STYLE_PLAIN, "1");
    table_write(table, &output, true);
    assert_string_equal(output.text.data,
                        "\033[1mNAME\033[0m  \033[1mCOUNT\033[0m\n\033[32ma\033[0m         1\n");
    buffer_fini(&output.text);
    table_free(table);
}

static void a_word_for_the_shell_is_quoted_where_it_must_be(void **state)
{
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"站会@20261124T010000Z", "站会@20261124T010000Z"},
        {"@20261124T010000Z-1", "@20261124T010000Z-1"},
        {"/etc/meetingd/meetingd.conf", "/etc/meetingd/meetingd.conf"},
        {"", "''"},
        {"door light", "'door light'"},
        {"it's $HOME", "'it'\\''s $HOME'"},
        {"a;b", "'a;b'"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        char *got = text_quoted(cases[i].text);

        assert_string_equal(got, cases[i].wanted);
        free(got);
    }
}

static int set_locale(void **state)
{
    (void)state;
    /* A locale that is not UTF-8, or not installed, is what the client must cope with. */
    setenv("LC_ALL", "POSIX", 1);
    text_set_locale();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_obeys_does_not_pass),
        cmocka_unit_test(no_two_bytes_pass_that_are_harmful),
        cmocka_unit_test(widths_are_columns),
        cmocka_unit_test(pictures_are_wide_whatever_is_joined_to_them),
        cmocka_unit_test(a_cut_is_between_characters_and_shown),
        cmocka_unit_test(sentences_are_wrapped_and_words_are_whole),
        cmocka_unit_test(a_word_for_the_shell_is_quoted_where_it_must_be),
        cmocka_unit_test(tables_give_way_in_their_order),
        cmocka_unit_test(a_cell_has_a_shorter_text_before_it_is_cut),
        cmocka_unit_test(colours_are_around_texts_alone),
    };

    return cmocka_run_group_tests(tests, set_locale, NULL);
}
