/*
 * Text on a terminal: what is harmless, how wide it is, and where it is cut.
 *
 * Widths are columns: Chinese characters and pictures have two, whatever is joined to a picture or combined
 * with a character has none. Call text_set_locale() once before.
 */
#ifndef MEETINGCTL_TEXT_H
#define MEETINGCTL_TEXT_H

#include <stddef.h>

#include "base/buffer.h"

/* Makes wcwidth() know Unicode: by the user's locale where that is UTF-8, else by C.UTF-8, which the C
 * library brings along. */
void text_set_locale(void);

/* A copy of `length` bytes in which a terminal finds nothing to obey: white space of every kind is a blank;
 * bad UTF-8, NUL, control characters (C0, DEL, C1), the marks that turn the direction of writing, and what
 * has no width or shape are U+FFFD each. The caller frees it. */
char *text_clean(const char *text, size_t length);

/* A clean text as one word of a shell's, for a command that a person copies: in quotes where it needs them.
 * The caller frees it. */
char *text_quoted(const char *text);

/* The character at `text`, which is valid UTF-8, and its size in bytes. */
unsigned text_character(const char *text, size_t *ret_size);

/* Whether a terminal finds nothing to obey in a character; false for white space other than a blank. */
bool text_is_harmless(unsigned character);

/* The columns of a clean text. */
size_t text_width(const char *text);

/* A copy of a clean text that has at most `width` columns; what was cut ends in "…". The caller frees it. */
char *text_cut(const char *text, size_t width);

/* Appends a clean text in lines of at most `width` columns (0: as one line), broken at blanks where there are
 * some; every line but the first is indented by `indent` blanks, which count. No line feed at the end. The
 * first line begins at column `indent`. Words that are longer than a line stay whole: ids and links must be
 * copied. */
void text_wrap(struct buffer *out, const char *text, size_t indent, size_t width);

#endif
