/*
 * INI text, already in memory, becomes sections, keys and values, each with its line. What they mean is not
 * known here.
 *
 *   [section]
 *   key = value
 *       continued, after one space
 *   # comment; also with ';', and indented
 *
 * Lines end in LF or CRLF and are of any length; a BOM at the start is dropped; control characters but tabs
 * are mistakes. White space around names and values does not count. An indented line continues the value
 * above it, comments and empty lines between them or not. Everything takes linear time.
 */
#ifndef MEETINGD_CONFIG_READER_H
#define MEETINGD_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/report.h"

struct reader_key {
    const char *name;
    const char *value;
    unsigned line;
    unsigned
        inner_line; /* of the value's first indented line that looks like a key of its own; 0: none does */
    bool broken;    /* reported already: the value means nothing */
};

struct reader_section {
    const char *name; /* NULL for what stands before the first section */
    unsigned line;
    bool broken; /* reported already: the name may not be what was meant */
    bool
        incomplete; /* a line of it could not be understood and was reported: a key may be missing for that */
    size_t first;   /* its keys in reader_text.keys */
    size_t count;
};

struct reader_text {
    char *text; /* what all the names and values point into; may hold passwords */
    size_t length;
    struct reader_section *sections; /* the first is that without a name */
    size_t section_count;
    struct reader_key *keys;
    size_t key_count;
};

/* Reads `length` bytes; `ret` is filled in any case, and every mistake is reported. */
void reader_read(struct reader_text *ret, const char *data, size_t length, const struct report_source *source,
                 struct report *report);

void reader_fini(struct reader_text *text);

#endif
