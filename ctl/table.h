/* Tables that align and fit. */
#ifndef MEETINGCTL_TABLE_H
#define MEETINGCTL_TABLE_H

#include "output.h"

struct table_column {
    const char *title;
    /* Where the table is too wide: the cells may be cut down to so many columns; 0: never cut. */
    size_t minimum;
    /* Columns leave in this order, 1 first; 0: never. Those that may leave are cut before one leaves, those
     * that may not are cut after all others have left. */
    unsigned leaves;
    bool right; /* aligned to the right */
};

struct table;

/* `columns` must live as long as the table. */
struct table *table_new(const struct table_column *columns, size_t count);
struct table *table_free(struct table *table);

/* The next cell of the row, with clean text; NULL and "" show as "-". */
void table_cell(struct table *table, enum style style, const char *text);
void table_printf(struct table *table, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends the table to the output, in its width, with or without the line of titles. */
void table_write(const struct table *table, struct output *output, bool titles);

#endif
