/* Tables that align and fit. */
#ifndef MEETINGCTL_TABLE_H
#define MEETINGCTL_TABLE_H

#include "output.h"

/*
 * Where a table is too wide it gives way in steps, beginning with step 0, until it fits: in step N the
 * columns with `leaves` up to N have gone, those with `briefs` up to N show their cells' shorter texts, and
 * those with `yields` up to N are cut down as far as their minimum. What never fits is cut at the edge.
 */
struct table_column {
    const char *title;
    size_t minimum;   /* 0: never cut */
    unsigned yields;  /* the step from which on it is cut */
    unsigned leaves;  /* the step in which it goes; 0: never */
    unsigned returns; /* and the later one in which it is back, as another has gone; 0: never */
    unsigned briefs;  /* the step from which on it is brief; 0: never */
    bool right;       /* aligned to the right */
};

struct table;

/* `columns` must live as long as the table. */
struct table *table_new(const struct table_column *columns, size_t count);
struct table *table_free(struct table *table);

/* The next cell of the row, with clean text; NULL and "" show as "-". */
void table_cell(struct table *table, enum style style, const char *text);
void table_printf(struct table *table, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A shorter text for the last cell. */
void table_brief(struct table *table, const char *text);

/* Appends the table to the output, in its width, with or without the line of titles. */
void table_write(const struct table *table, struct output *output, bool titles);

#endif
