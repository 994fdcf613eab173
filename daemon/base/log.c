#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include <systemd/sd-journal.h>

#include "base/base.h"

#define FIELDS_MAX 12

/* A limit that was not reached for so long is news when it is. */
#define FORGOTTEN_AFTER_MS (10 * MS_PER_MINUTE)

static _Atomic(enum log_level) level_shown = LOG_LEVEL_INFO; /* other threads log, too */
static bool to_journal;

static const struct {
    const char *name;
    int priority;
} levels[LOG_LEVELS] = {
    [LOG_LEVEL_ERROR] = {"error", LOG_ERR},      [LOG_LEVEL_WARNING] = {"warning", LOG_WARNING},
    [LOG_LEVEL_NOTICE] = {"notice", LOG_NOTICE}, [LOG_LEVEL_INFO] = {"info", LOG_INFO},
    [LOG_LEVEL_DEBUG] = {"debug", LOG_DEBUG},
};

const char *log_level_name(enum log_level level)
{
    return levels[level].name;
}

void log_set_level(enum log_level level)
{
    level_shown = level;
}

bool log_wants(enum log_level level)
{
    return level <= level_shown;
}

void log_open(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char *own;

    if (stream == NULL || fstat(STDERR_FILENO, &status) < 0)
        return;
    own = xasprintf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    to_journal = strcmp(stream, own) == 0;
    free(own);
}

/* Control characters would let text from outside begin a line of its own. */
static void make_one_line(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

struct fields {
    struct iovec items[FIELDS_MAX];
    int count;
};

static void add_field(struct fields *fields, const char *name, const char *value)
{
    char *text;

    if (value == NULL)
        return;
    text = xasprintf("%s=%s", name, value);
    fields->items[fields->count].iov_base = text;
    fields->items[fields->count].iov_len = strlen(text);
    fields->count++;
}

static void send_to_journal(enum log_level level, const struct log_subject *subject, const char *message)
{
    struct fields fields = {.count = 0};
    char number[24];

    snprintf(number, sizeof(number), "%d", levels[level].priority);
    add_field(&fields, "PRIORITY", number);
    add_field(&fields, "MESSAGE", message);
    if (subject != NULL) {
        add_field(&fields, "RESERVATION", subject->reservation);
        add_field(&fields, "OCCURRENCE", subject->occurrence);
        add_field(&fields, "RESERVE_ID", subject->reserve_id);
        add_field(&fields, "MEETING_ID", subject->meeting_id);
        add_field(&fields, "APP", subject->app);
        add_field(&fields, "MESSAGE_ID", subject->message_id);
        add_field(&fields, "HOOK", subject->hook);
        add_field(&fields, "FEISHU_LOGID", subject->feishu_log_id);
        snprintf(number, sizeof(number), "%" PRId64, subject->feishu_code);
        add_field(&fields, "FEISHU_CODE", subject->feishu_code != 0 ? number : NULL);
    }
    sd_journal_sendv(fields.items, fields.count);
    for (int i = 0; i < fields.count; i++)
        free(fields.items[i].iov_base);
}

void log_write(enum log_level level, const struct log_subject *subject, const char *format, ...)
{
    va_list arguments;
    char *message;

    if (!log_wants(level))
        return;
    va_start(arguments, format);
    message = xvasprintf(format, arguments);
    va_end(arguments);
    make_one_line(message);
    if (to_journal)
        send_to_journal(level, subject, message);
    else
        fprintf(stderr, "meetingd: %s: %s\n", levels[level].name, message);
    free(message);
}

bool log_limit_is_news(int64_t *reached_ms, const struct clock *clock)
{
    int64_t now_ms = clock_boot_ms(clock), last_ms = *reached_ms;

    *reached_ms = now_ms;
    return last_ms == 0 || now_ms - last_ms >= FORGOTTEN_AFTER_MS;
}
