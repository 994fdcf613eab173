/*
 * Which member of a struct stands in which column: one line for each, for writing and reading alike, so that
 * a member cannot be written and forgotten when reading.
 *
 * What is not known is NULL in SQL: UNKNOWN, FLAG_UNSET and a NULL string.
 */
#ifndef MEETINGD_STORE_COLUMNS_H
#define MEETINGD_STORE_COLUMNS_H

#include <stddef.h>

#include <sqlite3.h>

#include "base/buffer.h"

enum column_type {
    COLUMN_TEXT,    /* char *, owned */
    COLUMN_INTEGER, /* int64_t; NULL: UNKNOWN */
    COLUMN_INT,     /* int */
    COLUMN_BOOL,    /* bool */
    COLUMN_FLAG,    /* enum flag; NULL: FLAG_UNSET */
    COLUMN_STATE,   /* enum reservation_state, by its name */
};

struct column {
    const char *name;
    enum column_type type;
    size_t offset; /* of the member */
};

struct columns {
    const struct column *items;
    size_t count;
};

/* "a, b, c": the names. */
void columns_names(const struct columns *columns, struct buffer *text);

/* "?2, ?3, ?4": as many parameters, from number `first` on. */
void columns_parameters(const struct columns *columns, int first, struct buffer *text);

/* "a = excluded.a, b = excluded.b". */
void columns_assignments(const struct columns *columns, struct buffer *text);

/* Binds the members of `record` to the parameters from number `first` on. The texts are borrowed until the
 * bindings are cleared. Returns SQLite's code. */
int columns_bind(const struct columns *columns, sqlite3_stmt *statement, int first, const void *record);

/* Fills in the members of `record`, whose strings are NULL, from the row's columns from number `first` (0 is
 * the leftmost) on. Returns NULL, or the name of a column that holds what cannot be. */
const char *columns_read(const struct columns *columns, sqlite3_stmt *statement, int first, void *record);

#endif
