/* An HTTP answer of Feishu's, judged: outcome, whether the operation was surely not carried out, and the
 * message for a person. */
#ifndef MEETINGD_FEISHU_RESULT_H
#define MEETINGD_FEISHU_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "feishu/api.h"
#include "feishu/codec.h"
#include "feishu/http.h"

/* A result that no request led to. */
void result_init(struct feishu_result *result, enum feishu_api api, enum feishu_outcome outcome);

/* Judges an answer. The envelope is left in `answer`, which the caller ends with codec_answer_fini() in every
 * case (it is empty where there was none to read). What of `secrets` Feishu repeats in its message (NULL
 * entries are fine) is blotted out. Returns whether a fresh token may help. */
bool result_read(struct feishu_result *result, enum feishu_api api, const struct http_answer *http,
                 const char *const *secrets, size_t secret_count, struct codec_answer *answer);

/* An answer that said it was good but has not got in it what it must have: nobody knows what was done. */
void result_unreadable(struct feishu_result *result, const char *why);

/* A failure before anything was sent. */
void result_refuse(struct feishu_result *result, enum feishu_outcome outcome, const char *why);

/* Copies untrusted text as one valid UTF-8 line without control characters, cut with … where it is longer
 * than `size` - 1 bytes. Returns `to`. */
char *clean_line(char *to, size_t size, const char *from);

#endif
