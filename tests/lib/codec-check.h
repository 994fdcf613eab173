/* What the tests of the codec share. */
#ifndef MEETINGD_TESTS_CODEC_CHECK_H
#define MEETINGD_TESTS_CODEC_CHECK_H

#include "base/str.h"
#include "feishu/codec.h"
#include "lib/test.h"

/* Reads an answer, and fails the test where it is none. */
static inline void parse(const char *text, struct codec_answer *answer)
{
    struct error error;

    if (codec_answer_parse(text, strlen(text), answer, &error) != 0)
        fail_msg("%s: %s", text, error.text);
}

static inline void check_text(const char *what, const char *is, const char *expected)
{
    if (!str_equal(is, expected))
        fail_msg("%s is %s instead of %s", what, is != NULL ? is : "NULL",
                 expected != NULL ? expected : "NULL");
}

#endif
