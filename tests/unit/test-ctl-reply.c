/* ctl: replies from whatever is at the socket. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "ctl/raw.h"
#include "ctl/reply.h"
#include "ctl/text.h"

static int read_text(struct reply *ret, const char *text)
{
    struct error error;

    return reply_read(ret, xstrdup(text), strlen(text), &error);
}

static struct reply good(const char *text)
{
    struct reply reply;

    if (read_text(&reply, text) < 0)
        fail_msg("not taken: %s", text);
    return reply;
}

static void what_is_no_reply_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "null",
        "[]",
        "7",
        "\"text\"",
        "{",
        "{} x",
        "{}{}",
        "{\"parameters\":[]}",
        "{\"parameters\":7}",
        "{\"error\":7}",
        "{\"error\":{}}",
        "{'parameters':{}}",
        "{\"parameters\":{'a':1}}",
        "{\"parameters\":{},}",
        "{\"p\\u0061rameters\":{}}", /* the same member, but its text would not be found */
        "{\"parameters\":{\"a\":1}",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        struct reply reply = {.text = NULL};

        if (read_text(&reply, texts[i]) != -EBADMSG)
            fail_msg("taken: %s", texts[i]);
        assert_null(reply.text);
    }
}

static void nesting_has_an_end(void **state)
{
    struct buffer text = BUFFER_EMPTY;
    struct reply reply;

    (void)state;
    buffer_append_text(&text, "{\"parameters\":{\"a\":");
    for (int i = 0; i < 100000; i++)
        buffer_append_char(&text, '[');
    assert_int_equal(reply_read(&reply, text.data, text.length, NULL), -EBADMSG);
}

static void members_are_read_by_their_type(void **state)
{
    struct reply reply =
        good("{\"parameters\":{\"s\":\"x\",\"i\":7,\"t\":true,\"f\":false,\"n\":null,\"d\":1.5,\"o\":{},"
             "\"a\":[\"y\",1]},\"continues\":true}");
    struct json_object *p = reply.parameters;
    int64_t value = 77;

    (void)state;
    assert_true(reply.continues);
    assert_null(reply.error);
    assert_string_equal(member_text(p, "s"), "x");
    assert_true(member_int(p, "i", &value));
    assert_int_equal(value, 7);
    assert_true(member_true(p, "t"));
    assert_non_null(member_object(p, "o"));
    assert_int_equal(array_count(member_array(p, "a")), 2);
    assert_string_equal(item_text(member_array(p, "a"), 0), "y");
    assert_null(item_text(member_array(p, "a"), 1));
    assert_null(item_text(member_array(p, "a"), 2));
    value = 77;
    for (const char *const *name = (const char *const[]){"s", "t", "n", "d", "o", "a", "missing", NULL};
         *name; name++) {
        assert_false(member_int(p, *name, &value));
        assert_int_equal(value, 77);
        assert_false(strcmp(*name, "s") != 0 && member_text(p, *name) != NULL);
        assert_false(strcmp(*name, "t") != 0 && member_true(p, *name));
        assert_false(strcmp(*name, "o") != 0 && member_object(p, *name) != NULL);
        assert_false(strcmp(*name, "a") != 0 && member_array(p, *name) != NULL);
    }
    assert_null(member_text(NULL, "s"));
    assert_null(member_object(member_array(p, "a"), "s"));
    assert_int_equal(array_count(NULL), 0);
    reply_fini(&reply);
    reply = good("{\"error\":\"io.meetingd.NotFound\"}");
    assert_string_equal(reply.error, "io.meetingd.NotFound");
    assert_null(reply.parameters);
    reply_fini(&reply);
    reply = good("{\"parameters\":null,\"error\":null,\"continues\":null}");
    assert_null(reply.error);
    assert_false(reply.continues);
    reply_fini(&reply);
}

static void texts_are_harmless_everywhere(void **state)
{
    struct reply reply =
        good("{\"parameters\":{\"a\":[{\"b\":[\"x\\u001b[31m\xe2\x80\xae\xff\"]}],\"z\":\"a\\u0000z\"},"
             "\"error\":\"io.\\u009bx\"}");
    struct json_object *a = member_array(reply.parameters, "a");

    (void)state;
    assert_string_equal(item_text(member_array(json_object_array_get_idx(a, 0), "b"), 0),
                        "x\xef\xbf\xbd[31m\xef\xbf\xbd\xef\xbf\xbd");
    assert_string_equal(member_text(reply.parameters, "z"), "a\xef\xbf\xbdz");
    assert_string_equal(reply.error, "io.\xef\xbf\xbdx");
    reply_fini(&reply);
}

static void check_json(const char *text, bool careful, const char *wanted)
{
    struct reply reply = good(text);
    struct buffer out = BUFFER_EMPTY;

    reply_append_parameters(&out, &reply, careful);
    assert_string_equal(out.data, wanted);
    buffer_fini(&out);
    reply_fini(&reply);
}

static void parameters_come_out_byte_for_byte(void **state)
{
    static const char *const texts[] = {
        "{}",
        "{ }",
        "{\"id\":\"6911188411932033028\",\"big\":123456789012345678901234567890}",
        "{\"float\":7.072374382340243459e18}",
        "{\"esc\":\"\\u6bcf\\/\\\\\\\"}{][,:\",\"e\\\"x\":[1 , 2,{ \"a\" : [ ] }]}",
        "{\"每日\":\"站会\",\"parameters\":{\"x\":1},\"n\":null,\"t\":true,\"neg\":-1.5E+10}",
        "{\"a\":\"\\\\\",\"b\":\"c\"}",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(texts); i++) {
        CLEANUP_FREE char *
            first = xasprintf("{\"parameters\":%s}", texts[i]),
           *last = xasprintf(" { \"x\" : [{\"parameters\":2}] , \"parameters\" :\t%s , \"continues\" : true}",
                             texts[i]),
           *twice = xasprintf("{\"parameters\":{\"no\":1},\"parameters\":%s}", texts[i]);

        check_json(first, false, texts[i]);
        check_json(first, true, texts[i]);
        check_json(last, false, texts[i]);
        check_json(twice, false, texts[i]);
    }
    check_json("{}", false, "{}");
    check_json("{\"parameters\":null}", false, "{}");
}

static void json_is_one_line_and_valid(void **state)
{
    (void)state;
    check_json("{\"parameters\":{\n\"a\": \"x\"\r\n}}", false, "{ \"a\": \"x\"  }");
    check_json("{\"parameters\":{\"a\":\"x\ny\x01\"}}", false, "{\"a\":\"x\\u000ay\\u0001\"}");
    check_json("{\"parameters\":{\"a\":\"x\xff\xe6\xaf\"}}", false,
               "{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
    /* An escaped quote does not end the string. */
    check_json("{\"parameters\":{\"a\":\"\\\"\n\"}}", false, "{\"a\":\"\\\"\\u000a\"}");
    /* A backslash before the first byte of a longer character is kept as it came. */
    check_json("{\"parameters\":{\"a\":\"\\u00e9\\n\"}}", false, "{\"a\":\"\\u00e9\\n\"}");
    check_json("{\"parameters\":{\"a\":\"\xe2\x80\xaex\xc2\x9b\x7f\"}}", false,
               "{\"a\":\"\xe2\x80\xaex\xc2\x9b\x7f\"}");
    check_json("{\"parameters\":{\"a\":\"\xe2\x80\xaex\xc2\x9b\x7f 每 \xf3\xa0\x81\x81\"}}", true,
               "{\"a\":\"\\u202ex\\u009b\\u007f 每 \\udb40\\udc41\"}");
}

static void lists_are_joined(void **state)
{
    struct reply first = good("{\"parameters\":{\"items\":[{\"a\":1}, {\"a\":2} ]}}"),
                 empty = good("{\"parameters\":{\"items\":[ ]}}"),
                 second = good("{\"parameters\":{\"items\":[{\"a\":3}]}}"),
                 one = good("{\"parameters\":{\"item\":{\"a\":4}}}"),
                 bad = good("{\"parameters\":{\"items\":7}}");
    struct buffer out = BUFFER_EMPTY;
    struct list list;
    int64_t value;

    (void)state;
    list_init(&list);
    assert_int_equal(list_add(&list, &empty, "items", NULL), 0);
    assert_int_equal(list_add(&list, &first, "items", NULL), 0);
    assert_int_equal(list_add(&list, &empty, "items", NULL), 0);
    assert_int_equal(list_add(&list, &second, "items", NULL), 0);
    assert_int_equal(list_add_object(&list, &one, "item", NULL), 0);
    assert_int_equal(list_add(&list, &bad, "items", NULL), -EBADMSG);
    assert_int_equal(list_add(&list, &one, "items", NULL), -EBADMSG);
    assert_int_equal(list_add_object(&list, &first, "items", NULL), -EBADMSG);
    assert_int_equal(list_count(&list), 4);
    assert_true(member_int(list_item(&list, 3), "a", &value));
    assert_int_equal(value, 4);
    list_append_text(&out, &list, false);
    assert_string_equal(out.data, "{\"a\":1}, {\"a\":2},{\"a\":3},{\"a\":4}");
    buffer_fini(&out);
    list_fini(&list);
    reply_fini(&first);
    reply_fini(&empty);
    reply_fini(&second);
    reply_fini(&one);
    reply_fini(&bad);
}

static void a_text_may_come_as_it_is(void **state)
{
    struct reply reply = good("{\"parameters\":{\"a\":\"x\\ny\\u001b\\\"\",\"b\":7,\"c\":null}}");
    CLEANUP_FREE char *text = reply_text(&reply, "a");

    (void)state;
    assert_string_equal(text, "x\ny\x1b\"");
    assert_null(reply_text(&reply, "b"));
    assert_null(reply_text(&reply, "c"));
    assert_null(reply_text(&reply, "d"));
    reply_fini(&reply);
}

static int set_locale(void **state)
{
    (void)state;
    text_set_locale();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_reply_is_refused),
        cmocka_unit_test(nesting_has_an_end),
        cmocka_unit_test(members_are_read_by_their_type),
        cmocka_unit_test(texts_are_harmless_everywhere),
        cmocka_unit_test(parameters_come_out_byte_for_byte),
        cmocka_unit_test(json_is_one_line_and_valid),
        cmocka_unit_test(lists_are_joined),
        cmocka_unit_test(a_text_may_come_as_it_is),
    };

    return cmocka_run_group_tests(tests, set_locale, NULL);
}
