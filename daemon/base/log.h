/*
 * The log: to the journal with structured fields when systemd started us, else to stderr.
 *
 * Only whoever handles an error logs it. Nothing secret goes in: no app secret, token or meeting password.
 */
#ifndef MEETINGD_BASE_LOG_H
#define MEETINGD_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
    LOG_LEVELS
};

/* What a message is about; each member that is set becomes a field of the journal's entry. */
struct log_subject {
    const char *reservation;   /* RESERVATION=: the plan's name */
    const char *occurrence;    /* OCCURRENCE= */
    const char *reserve_id;    /* RESERVE_ID= */
    const char *meeting_id;    /* MEETING_ID= */
    const char *app;           /* APP= */
    const char *hook;          /* HOOK= */
    const char *feishu_log_id; /* FEISHU_LOGID= */
    int64_t feishu_code;       /* FEISHU_CODE=; 0: none */
    const char *message_id;    /* MESSAGE_ID=: one of base/message-id.h */
};

/* The level's name as it stands in the configuration. */
const char *log_level_name(enum log_level level);

/* Messages above this level are dropped. The only global of the program. */
void log_set_level(enum log_level level);
bool log_wants(enum log_level level);

/* Finds out whether stderr is the journal's stream (sd_journal(3), JOURNAL_STREAM). Call it once, at start.
 */
void log_open(void);

/* Writes one message. `subject` may be NULL. Line feeds and control characters in the message are written as
 * '?', so that text from outside cannot forge a line. */
void log_write(enum log_level level, const struct log_subject *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a limit that is reached now is to be told of: it is once, however often that happens, and again
 * only after it was left alone for 10 minutes. `reached_ms` is the limit's own: boot time, 0 at first. */
bool log_limit_is_news(int64_t *reached_ms, const struct clock *clock);

#define log_error(subject, ...)   log_write(LOG_LEVEL_ERROR, (subject), __VA_ARGS__)
#define log_warning(subject, ...) log_write(LOG_LEVEL_WARNING, (subject), __VA_ARGS__)
#define log_notice(subject, ...)  log_write(LOG_LEVEL_NOTICE, (subject), __VA_ARGS__)
#define log_info(subject, ...)    log_write(LOG_LEVEL_INFO, (subject), __VA_ARGS__)
#define log_debug(subject, ...)   log_write(LOG_LEVEL_DEBUG, (subject), __VA_ARGS__)

#endif
