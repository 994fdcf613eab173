/* How Feishu answers one app's requests: counted by API and code, with the time that the answers took. Codes
 * that the table of codes does not have are counted as one, so that whoever answers cannot invent more. */
#ifndef MEETINGD_SYNC_ANSWERS_H
#define MEETINGD_SYNC_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "feishu/api.h"
#include "feishu/codes.h"
#include "model/histogram.h"

/* What an answer may be. */
enum {
    ANSWER_GOOD,  /* code 0 */
    ANSWER_NONE,  /* there was none: no connection, a time-out, one that was cut before its first line */
    ANSWER_OTHER, /* none of Feishu's, or with a code that nobody wrote down */
    ANSWER_CODES, /* and, from here on, the codes that are known */
    ANSWERS = ANSWER_CODES + CODES_KNOWN
};

/* All zero: nothing counted yet. */
struct answers {
    uint64_t counts[FEISHU_APIS][ANSWERS];
    struct histogram latency[FEISHU_APIS]; /* of all but ANSWER_NONE */
};

#define ANSWER_TEXT_SIZE 24

/* "0", "none", "other", or the code's digits. Returns `text`, which has ANSWER_TEXT_SIZE bytes. */
const char *answer_text(size_t answer, char *text);

/* Counts the end of a request (feishu_on_answer). One that we gave up ourselves is not counted. */
void answers_note(struct answers *answers, const struct feishu_result *result);

#endif
