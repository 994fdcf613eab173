#include "sync/answers.h"

#include <inttypes.h>
#include <stdio.h>

const char *answer_text(size_t answer, char *text)
{
    switch (answer) {
    case ANSWER_GOOD:
        return "0";
    case ANSWER_NONE:
        return "none";
    case ANSWER_OTHER:
        return "other";
    default:
        snprintf(text, ANSWER_TEXT_SIZE, "%" PRId64, codes_known(answer - ANSWER_CODES));
        return text;
    }
}

static size_t answer_of(const struct feishu_result *result)
{
    if (result->http_status == 0)
        return ANSWER_NONE;
    if (result->code == 0)
        return result->outcome == FEISHU_OK ? ANSWER_GOOD : ANSWER_OTHER;
    for (size_t i = 0; i < CODES_KNOWN; i++) {
        if (codes_known(i) == result->code)
            return ANSWER_CODES + i;
    }
    return ANSWER_OTHER;
}

void answers_note(struct answers *answers, const struct feishu_result *result)
{
    size_t answer = answer_of(result);

    if (result->outcome == FEISHU_CANCELLED)
        return;
    answers->counts[result->api][answer]++;
    if (answer != ANSWER_NONE)
        histogram_add(&answers->latency[result->api], result->latency_ms);
}
