/*
 * An error: a negative errno value for the program, and a text for the person who has to do something about
 * it.
 *
 * Functions that can fail return 0 (or a count) or a negative errno value. Where a person must learn the
 * reason, the last argument is a `struct error *`, which may be NULL and is written on failure only. On the
 * way up each level that knows more puts its context in front with error_prefix(). Whoever handles an error
 * logs it, once.
 */
#ifndef MEETINGD_BASE_ERROR_H
#define MEETINGD_BASE_ERROR_H

struct error {
    int code;       /* negative errno value */
    char text[512]; /* what happened, to which thing, and what to do; cut with … where it is longer */
};

/* Fills in `error` (if not NULL) and returns `code`, so that `return error_set(...)` reads well. */
int error_set(struct error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "CONTEXT: " in front of the text and returns the error's code, or `code` where `error` is NULL. */
int error_prefix(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
