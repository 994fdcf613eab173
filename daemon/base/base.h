/*
 * base: what every other room may use and what knows nothing of meetings: allocation, errors, buffers,
 * strings, time spans, clocks, timers, the log, and helpers for libuv's loop.
 *
 * Allocation: what is small and of our own choosing comes from xalloc() and its kin, which end the process
 * when memory is gone; the store is written so that a crash at any instruction loses nothing. What grows by
 * someone else's choice (an answer of Feishu's, a message on the socket) is bounded by its owner before it is
 * stored.
 */
#ifndef MEETINGD_BASE_BASE_H
#define MEETINGD_BASE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds in larger units. */
#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR   (60 * MS_PER_MINUTE)
#define MS_PER_DAY    (24 * MS_PER_HOUR)

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* The struct that holds `member` at `pointer`. */
#define CONTAINER_OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Runs `function(&variable)` when the variable goes out of scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))
#define CLEANUP_FREE      CLEANUP(cleanup_free_pointer)

/* Zeroed memory; never NULL. The caller frees it. */
void *xalloc(size_t size) __attribute__((malloc, returns_nonnull));

/* Zeroed memory for `count` elements; never NULL. The caller frees it. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* As reallocarray(), but never NULL for a size that is not zero. */
void *xrealloc(void *memory, size_t count, size_t size);

/* A copy of `text`, or NULL of NULL. The caller frees it. */
char *xstrdup(const char *text);

/* A copy of `length` bytes of `text` and a terminating NUL. The caller frees it. */
char *xstrndup(const char *text, size_t length) __attribute__((returns_nonnull));

/* Formatted text; never NULL. The caller frees it. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0), returns_nonnull));

/* For CLEANUP_FREE: frees what the variable points to. */
void cleanup_free_pointer(void *variable);

/* Frees a NUL-terminated secret after its bytes were overwritten. NULL is fine; returns NULL. */
char *secret_free(char *secret);

#endif
