/* Strings: UTF-8, comparison, lists. */
#ifndef MEETINGD_BASE_STR_H
#define MEETINGD_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An owned list of owned strings. All zero is the empty list. */
struct string_list {
    char **items;
    size_t count;
};

void string_list_add(struct string_list *list, const char *text);
void string_list_copy(struct string_list *to, const struct string_list *from);
bool string_list_equal(const struct string_list *a, const struct string_list *b);
bool string_list_has(const struct string_list *list, const char *text);
void string_list_fini(struct string_list *list);

/* NULL equals NULL only. */
bool str_equal(const char *a, const char *b);

/* The same for equal texts, always: FNV-1a. */
uint32_t str_hash(const char *text);

/* Replaces an owned string by a copy of `text` (NULL is fine). */
void str_set(char **string, const char *text);

/* The number of bytes at the start of `data` that are whole, valid UTF-8 characters other than NUL: `length`
 * where all is well, else the place of the first mistake. Surrogates and overlong forms are mistakes. */
size_t utf8_valid_length(const char *data, size_t length);

/* The number of bytes of the control character at the start of valid UTF-8: C0, DEL, or C1, which terminals
 * obey as well; 0: there is none. */
size_t utf8_control_length(const char *text);

/* The number of characters (code points) of a valid UTF-8 string. */
size_t utf8_characters(const char *text);

/* The candidate that is most like `word`, or NULL where none is near enough to be meant: at most a third of
 * the word's length, and at least 1, in characters added, dropped, changed or swapped; case does not count.
 */
const char *str_nearest(const char *word, const char *const *candidates, size_t count);

#endif
