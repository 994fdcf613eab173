/* Bytes that grow at the end and are consumed at the start. */
#ifndef MEETINGD_BASE_BUFFER_H
#define MEETINGD_BASE_BUFFER_H

#include "base/base.h"

struct buffer {
    char *data; /* NULL while nothing was ever stored; else followed by a NUL that `length` does not count */
    size_t length;
    size_t capacity;
};

#define BUFFER_EMPTY                                                                                         \
    {                                                                                                        \
        NULL, 0, 0                                                                                           \
    }

void buffer_init(struct buffer *buffer);

/* Frees the bytes and leaves an empty buffer. */
void buffer_fini(struct buffer *buffer);

/* Room for `more` bytes and a NUL behind the present ones. */
void buffer_reserve(struct buffer *buffer, size_t more);

void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_char(struct buffer *buffer, char character);
void buffer_printf(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Drops `length` bytes from the start. */
void buffer_consume(struct buffer *buffer, size_t length);

/* Drops all bytes, keeps the memory. */
void buffer_clear(struct buffer *buffer);

/* The bytes as a string that the caller frees (never NULL); the buffer is empty afterwards. */
char *buffer_take(struct buffer *buffer);

#endif
