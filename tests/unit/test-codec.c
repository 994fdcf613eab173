/* The envelope of answers, the token's, and text that is no answer at all. */
#include "lib/test.h"

#include <errno.h>

#include "base/base.h"
#include "base/buffer.h"
#include "lib/codec-check.h"

/* ---- the envelope */

static void text_that_is_no_answer(void **state)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"", "the answer is not a JSON object"},
        {"404 page not found", "the answer is not a JSON object"},
        {"<html><body>nginx</body></html>", "the answer is not a JSON object"},
        {"null", "the answer is not a JSON object"},
        {"[]", "the answer is not a JSON object"},
        {"\"x\"", "the answer is not a JSON object"},
        {"0", "the answer is not a JSON object"},
        {"{\"code\":0,\"data\":{\"meeting\":{\"id\":\"69", "the answer is not a JSON object"},
        {"{\"code\":0", "the answer is not a JSON object"},
        {"{", "the answer is not a JSON object"},
        {"{\"code\":0}x", "the answer goes on behind its JSON object"},
        {"{\"code\":0}{\"code\":1}", "the answer goes on behind its JSON object"},
        {"{\"code\":0}\f", "the answer goes on behind its JSON object"},
        {"{\"code\":\"x\"}", "the answer's code is not a number"},
        {"{\"code\":\"\"}", "the answer's code is not a number"},
        {"{\"code\":\"1 \"}", "the answer's code is not a number"},
        {"{\"code\":true}", "the answer's code is not a number"},
        {"{\"code\":0.5}", "the answer's code is not a number"},
        {"{\"code\":{}}", "the answer's code is not a number"},
        {"{\"code\":99999999999999999999}", "the answer's code is not a number"},
        {"{\"code\":\"99999999999999999999\"}", "the answer's code is not a number"},
        {"{\"code\":0,\"data\":[]}", "the answer's data is not an object"},
        {"{\"code\":0,\"data\":\"\"}", "the answer's data is not an object"},
        {"{\"code\":0,\"data\":1}", "the answer's data is not an object"},
        {"{\"code\":0,\"msg\":\"\xc3\x28\"}", "the answer is not UTF-8 text"},
        {"{\"code\":0,\"msg\":\"\xed\xa0\x80\"}", "the answer is not UTF-8 text"},
        {"{\"code\":0,\"msg\":\"\xc0\xaf\"}", "the answer is not UTF-8 text"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct codec_answer answer = {.code = 77};
        struct error error;

        if (codec_answer_parse(cases[i].text, strlen(cases[i].text), &answer, &error) != -EBADMSG)
            fail_msg("%s is taken", cases[i].text);
        check_text(cases[i].text, error.text, cases[i].error);
        assert_int_equal(answer.code, 77); /* not written */
    }
    /* A NUL inside the text ends nothing. */
    {
        static const char text[] = "{\"code\":0}\0{\"code\":1}";
        struct codec_answer answer;
        struct error error;

        assert_int_equal(codec_answer_parse(text, sizeof(text) - 1, &answer, &error), -EBADMSG);
    }
}

/* An answer is only as large as it is allowed to be, and what json-c makes of it as well. */
static void what_costs_too_much_is_refused(void **state)
{
    struct buffer text = BUFFER_EMPTY;
    struct codec_answer answer;
    struct error error;

    (void)state;
    buffer_append_text(&text, "{\"code\":0,\"x\":");
    for (int i = 0; i < 31; i++)
        buffer_append_char(&text, '[');
    for (int i = 0; i < 31; i++)
        buffer_append_char(&text, ']');
    buffer_append_char(&text, '}');
    assert_int_equal(codec_answer_parse(text.data, text.length, &answer, &error), 0);
    codec_answer_fini(&answer);

    buffer_clear(&text);
    buffer_append_text(&text, "{\"code\":0,\"x\":");
    for (int i = 0; i < 40; i++)
        buffer_append_char(&text, '[');
    for (int i = 0; i < 40; i++)
        buffer_append_char(&text, ']');
    buffer_append_char(&text, '}');
    assert_int_equal(codec_answer_parse(text.data, text.length, &answer, &error), -EBADMSG);
    assert_string_equal(error.text, "the answer is nested too deep");

    buffer_clear(&text);
    buffer_append_text(&text, "{\"code\":0,\"x\":[");
    for (int i = 0; i < 200000; i++)
        buffer_append_text(&text, "{},");
    buffer_append_text(&text, "{}]}");
    assert_int_equal(codec_answer_parse(text.data, text.length, &answer, &error), -EBADMSG);
    assert_string_equal(error.text, "the answer has too many parts");

    buffer_clear(&text);
    buffer_append_text(&text, "{\"code\":0,\"x\":[");
    for (int i = 0; i < 1500000; i++)
        buffer_append_text(&text, "1,");
    buffer_append_text(&text, "1]}");
    assert_int_equal(codec_answer_parse(text.data, text.length, &answer, &error), -EBADMSG);
    assert_string_equal(error.text, "the answer has too many parts");
    buffer_fini(&text);
}

static void the_envelope_is_read(void **state)
{
    static const struct {
        const char *text;
        int64_t code;
        const char *msg;
        const char *log_id;
        bool told;
        bool data;
    } cases[] = {
        {"{\"code\":0,\"msg\":\"success\",\"data\":{}}", 0, "success", NULL, true, true},
        {" {\"code\" : 0 , } \r\n", 0, NULL, NULL, true, false},
        {"{\"code\":\"20050\",\"msg\":null,\"data\":null}", 20050, NULL, NULL, true, false},
        {"{\"code\":\"-1\"}", -1, NULL, NULL, true, false},
        {"{}", 0, NULL, NULL, false, false},
        {"{\"code\":null,\"data\":{\"a\":1}}", 0, NULL, NULL, false, true},
        {"{\"code\":99991663,\"msg\":7,\"error\":{\"log_id\":\"2026a\"}}", 99991663, NULL, "2026a", true,
         false},
        {"{\"code\":1,\"msg\":\"\\u5355\",\"error\":{\"logid\":\"2026b\"}}", 1, "单", "2026b", true, false},
        {"{\"code\":1,\"error\":\"invalid_grant\"}", 1, NULL, NULL, true, false},
        {"{\"code\":1,\"error\":null}", 1, NULL, NULL, true, false},
        {"{\"code\":1,\"msg\":\"a\\u0000b\"}", 1, NULL, NULL, true, false},
        {"{\"code\":1,\"code\":2}", 2, NULL, NULL, true, false},
        /* A refusal is one, whatever stands in its data. */
        {"{\"code\":121004,\"msg\":\"gone\",\"data\":\"\"}", 121004, "gone", NULL, true, false},
        {"{\"code\":121004,\"data\":[]}", 121004, NULL, NULL, true, false},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct codec_answer answer;

        parse(cases[i].text, &answer);
        if (answer.code_told != cases[i].told || answer.code != cases[i].code ||
            (answer.data != NULL) != cases[i].data)
            fail_msg("%s is misread", cases[i].text);
        check_text("msg", answer.msg, cases[i].msg);
        check_text("log_id", answer.log_id, cases[i].log_id);
        codec_answer_fini(&answer);
    }
}

static void violations_are_named(void **state)
{
    struct codec_answer answer;

    (void)state;
    parse("{\"code\":99991672,\"error\":{\"permission_violations\":["
          "{\"type\":\"action_privilege_required\",\"subject\":\"vc:reserve\"},"
          "{\"scope\":\"vc:reserve:readonly\",\"url\":\"https://x\"},7,null,{\"subject\":3}],"
          "\"field_violations\":[{\"field\":\"end_time\",\"value\":\"x\",\"description\":\"bad\"},"
          "{\"field\":\"owner_id\"},{\"description\":\"no name\"},[]]}}",
          &answer);
    assert_int_equal(answer.scopes.count, 2);
    assert_string_equal(answer.scopes.items[0], "vc:reserve");
    assert_string_equal(answer.scopes.items[1], "vc:reserve:readonly");
    assert_int_equal(answer.fields.count, 2);
    assert_string_equal(answer.fields.items[0], "end_time: bad");
    assert_string_equal(answer.fields.items[1], "owner_id");
    codec_answer_fini(&answer);
    parse("{\"code\":1,\"error\":{\"permission_violations\":{},\"field_violations\":\"x\"}}", &answer);
    assert_int_equal(answer.scopes.count + answer.fields.count, 0);
    codec_answer_fini(&answer);
}

/* ---- the token */

static void tokens_are_read(void **state)
{
    static const struct {
        const char *text;
        const char *token; /* NULL: refused */
        int64_t expire_s;
    } cases[] = {
        {"{\"code\":0,\"msg\":\"ok\",\"tenant_access_token\":\"t-caecc734c2e3328a62489fe0648c4b98779515d3\","
         "\"expire\":7200}",
         "t-caecc734c2e3328a62489fe0648c4b98779515d3", 7200},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":\"4567\"}", "t-x", 4567},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\"}", "t-x", UNKNOWN},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":-5}", "t-x", UNKNOWN},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":1e9}", "t-x", UNKNOWN},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\",\"expire\":9223372036854775807}", "t-x", UNKNOWN},
        {"{\"access_token\":\"eyJ.x.y\",\"expires_in\":7199,\"token_type\":\"Bearer\"}", "eyJ.x.y", 7199},
        {"{\"code\":\"0\",\"access_token\":\"eyJ\",\"expire\":1}", "eyJ", UNKNOWN},
        {"{\"code\":0}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":\"\",\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":null,\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":7,\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":\"t-x\\r\\nX: y\",\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":\"t x\",\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":\"t\\u0000x\",\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"tenant_access_token\":\"t-é\",\"expire\":7200}", NULL, 0},
        {"{\"code\":0,\"data\":{\"tenant_access_token\":\"t-x\"}}", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct codec_answer answer;
        struct error error;
        int64_t expire_s = 77;
        char *token = NULL;
        int result;

        parse(cases[i].text, &answer);
        result = codec_token(&answer, &token, &expire_s, &error);
        codec_answer_fini(&answer);
        check_text(cases[i].text, token, cases[i].token);
        assert_int_equal(result, cases[i].token != NULL ? 0 : -EBADMSG);
        assert_int_equal(expire_s, cases[i].token != NULL ? cases[i].expire_s : 77);
        secret_free(token);
    }
}

static void a_token_may_be_long(void **state)
{
    static const size_t lengths[] = {4096, 8192, 8193};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(lengths); i++) {
        CLEANUP_FREE char *expected = xalloc(lengths[i] + 1), *text = NULL;
        struct codec_answer answer;
        struct error error;
        char *token = NULL;
        int64_t expire_s;

        memset(expected, 'e', lengths[i]);
        text = xasprintf("{\"code\":0,\"tenant_access_token\":\"%s\",\"expire\":7200}", expected);
        parse(text, &answer);
        assert_int_equal(codec_token(&answer, &token, &expire_s, &error), i < 2 ? 0 : -EBADMSG);
        if (i < 2)
            assert_string_equal(token, expected);
        secret_free(token);
        codec_answer_fini(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_is_no_answer), cmocka_unit_test(what_costs_too_much_is_refused),
        cmocka_unit_test(the_envelope_is_read),   cmocka_unit_test(violations_are_named),
        cmocka_unit_test(tokens_are_read),        cmocka_unit_test(a_token_may_be_long),
    };

    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
