#include "base/str.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

void string_list_add(struct string_list *list, const char *text)
{
    /* Grows at each power of two. */
    if ((list->count & (list->count - 1)) == 0)
        list->items = xrealloc(list->items, list->count > 0 ? list->count * 2 : 1, sizeof(char *));
    list->items[list->count++] = xstrdup(text);
}

void string_list_copy(struct string_list *to, const struct string_list *from)
{
    *to = (struct string_list){NULL, 0};
    for (size_t i = 0; i < from->count; i++)
        string_list_add(to, from->items[i]);
}

bool string_list_equal(const struct string_list *a, const struct string_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    }
    return true;
}

bool string_list_has(const struct string_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return true;
    }
    return false;
}

void string_list_fini(struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct string_list){NULL, 0};
}

bool str_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

uint32_t str_hash(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
    return hash;
}

void str_set(char **string, const char *text)
{
    char *copy = xstrdup(text);

    free(*string);
    *string = copy;
}

/* The length of the valid character at `data`, 0 where there is none (Unicode, table 3-7). */
static size_t utf8_character(const unsigned char *data, size_t length)
{
    unsigned char lead = data[0], low = 0x80, high = 0xbf;
    size_t size;

    if (lead < 0x80)
        return lead != 0 ? 1 : 0;
    if (lead >= 0xc2 && lead <= 0xdf)
        size = 2;
    else if (lead >= 0xe0 && lead <= 0xef)
        size = 3;
    else if (lead >= 0xf0 && lead <= 0xf4)
        size = 4;
    else
        return 0;
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (length < size || data[1] < low || data[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

size_t utf8_valid_length(const char *data, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t size = utf8_character((const unsigned char *)data + at, length - at);

        if (size == 0)
            break;
        at += size;
    }
    return at;
}

size_t utf8_control_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    if (at[0] < 0x20 || at[0] == 0x7f)
        return 1;
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0 ? 2 : 0;
}

size_t utf8_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        if (((unsigned char)*text & 0xc0) != 0x80)
            count++;
    }
    return count;
}

#define NEAREST_WORD_MAX 48

/* The characters of a short word, case ignored; a byte that begins none is one. Returns how many, SIZE_MAX
 * for too many. */
static size_t characters_of(const char *word, uint32_t ret[NEAREST_WORD_MAX])
{
    const unsigned char *data = (const unsigned char *)word;
    size_t left = strlen(word), count = 0;

    while (left > 0) {
        size_t size = utf8_character(data, left);
        uint32_t character = 0;

        if (count == NEAREST_WORD_MAX)
            return SIZE_MAX;
        if (size <= 1) {
            character = (uint32_t)tolower(*data);
            size = 1;
        } else {
            for (size_t i = 0; i < size; i++)
                character = character << 8 | data[i];
        }
        ret[count++] = character;
        data += size;
        left -= size;
    }
    return count;
}

/* Edit distance (optimal string alignment). */
static size_t distance(const uint32_t *a, size_t rows, const uint32_t *b, size_t columns)
{
    size_t table[NEAREST_WORD_MAX + 1][NEAREST_WORD_MAX + 1];

    for (size_t i = 0; i <= rows; i++)
        table[i][0] = i;
    for (size_t j = 0; j <= columns; j++)
        table[0][j] = j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            size_t best = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

            if (table[i - 1][j] + 1 < best)
                best = table[i - 1][j] + 1;
            if (table[i][j - 1] + 1 < best)
                best = table[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && b[j - 1] == a[i - 2] &&
                table[i - 2][j - 2] + 1 < best)
                best = table[i - 2][j - 2] + 1;
            table[i][j] = best;
        }
    }
    return table[rows][columns];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t count)
{
    uint32_t wanted[NEAREST_WORD_MAX], known[NEAREST_WORD_MAX];
    size_t length = characters_of(word, wanted), allowed = length / 3 > 0 ? length / 3 : 1;
    const char *nearest = NULL;

    if (length == SIZE_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t known_length = characters_of(candidates[i], known), apart;

        if (known_length == SIZE_MAX)
            continue;
        apart = distance(wanted, length, known, known_length);
        if (apart <= allowed) {
            nearest = candidates[i];
            if (apart == 0)
                break;
            allowed = apart - 1;
        }
    }
    return nearest;
}
