/* What Feishu's codes mean: for the program, and for the person who has to do something. */
#ifndef MEETINGD_FEISHU_CODES_H
#define MEETINGD_FEISHU_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "feishu/api.h"

/* What became of the operation. */
enum code_effect {
    REFUSES,       /* surely not carried out */
    REFUSES_TOKEN, /* surely not carried out, and a fresh token may help */
    LEAVES_OPEN,   /* may have been carried out */
};

struct code {
    int64_t code; /* 0: a class of answers, not one code */
    enum feishu_outcome outcome;
    enum code_effect effect;
    const char *advice; /* what to do, for a person; never empty */
};

/* How many codes the table has, and which; `index` is below CODES_KNOWN. */
enum { CODES_KNOWN = 45 };
int64_t codes_known(size_t index);

/* The row of a code that is not 0, as it came with an HTTP status. A code that is not in the table gets a row
 * by the status. */
const struct code *codes_find(int64_t code, int http_status);

/* The row of an answer that has no code, or none that could be read. */
const struct code *codes_without(int http_status);

#endif
