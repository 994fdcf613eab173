/* Inside store: how the past is read, by a connection that reads only. */
#ifndef MEETINGD_STORE_PAST_READ_H
#define MEETINGD_STORE_PAST_READ_H

#include "store/past.h"
#include "store/records.h"

/* The statement of a kind, and of a list that is one plan's; the caller frees it. */
char *past_sql(enum past_kind kind, bool named);

/* Answers a question, inside a transaction. On failure `answer` is empty. */
int past_read(struct records *records, const struct past_question *question, struct past_answer *answer,
              struct error *error);

#endif
