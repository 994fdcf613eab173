#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

#define GAP ((size_t)2)

struct cell {
    char *text;
    char *brief; /* NULL: none */
    enum style style;
};

struct table {
    const struct table_column *columns;
    size_t column_count;
    struct cell *cells; /* row after row */
    size_t count;
};

struct table *table_new(const struct table_column *columns, size_t count)
{
    struct table *table = xalloc(sizeof(*table));

    table->columns = columns;
    table->column_count = count;
    return table;
}

struct table *table_free(struct table *table)
{
    if (table == NULL)
        return NULL;
    for (size_t i = 0; i < table->count; i++) {
        free(table->cells[i].text);
        free(table->cells[i].brief);
    }
    free(table->cells);
    free(table);
    return NULL;
}

static void take_cell(struct table *table, enum style style, char *take_text)
{
    /* Grows at each power of two. */
    if ((table->count & (table->count - 1)) == 0)
        table->cells = xrealloc(table->cells, table->count > 0 ? table->count * 2 : 1, sizeof(*table->cells));
    table->cells[table->count++] = (struct cell){take_text, NULL, style};
}

void table_cell(struct table *table, enum style style, const char *text)
{
    take_cell(table, style, xstrdup(text != NULL && *text != '\0' ? text : "-"));
}

void table_printf(struct table *table, enum style style, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    take_cell(table, style, xvasprintf(format, arguments));
    va_end(arguments);
}

void table_brief(struct table *table, const char *text)
{
    struct cell *cell = &table->cells[table->count - 1];

    free(cell->brief);
    cell->brief = xstrdup(text);
}

/* How wide each column is on the screen, 0: it has left; and in which step that came out. */
struct layout {
    const struct table *table;
    size_t *widths;
    unsigned step;
};

static const char *text_of(const struct layout *layout, const struct cell *cell, size_t column)
{
    unsigned briefs = layout->table->columns[column].briefs;

    return briefs > 0 && briefs <= layout->step && cell->brief != NULL ? cell->brief : cell->text;
}

static void measure(const struct layout *layout, bool titles)
{
    const struct table *table = layout->table;

    for (size_t i = 0; i < table->column_count; i++)
        layout->widths[i] = titles ? text_width(table->columns[i].title) : 1;
    for (size_t i = 0, column = 0; i < table->count; i++) {
        size_t width = text_width(text_of(layout, &table->cells[i], column));

        if (width > layout->widths[column])
            layout->widths[column] = width;
        column = column + 1 < table->column_count ? column + 1 : 0;
    }
}

static size_t total(const struct layout *layout)
{
    size_t width = 0;

    for (size_t i = 0; i < layout->table->column_count; i++)
        width += layout->widths[i] > 0 ? layout->widths[i] + (width > 0 ? GAP : 0) : 0;
    return width;
}

/* Takes one column after another from the widest of those that yield in this step. Returns whether all fits
 * then. */
static bool cut(const struct layout *layout, size_t wanted)
{
    const struct table *table = layout->table;

    while (total(layout) > wanted) {
        size_t *widest = NULL;

        for (size_t i = 0; i < table->column_count; i++) {
            const struct table_column *column = &table->columns[i];

            if (column->minimum > 0 && column->yields <= layout->step &&
                layout->widths[i] > column->minimum && (widest == NULL || layout->widths[i] > *widest))
                widest = &layout->widths[i];
        }
        if (widest == NULL)
            return false;
        --*widest;
    }
    return true;
}

static void fit(struct layout *layout, bool titles, size_t wanted)
{
    const struct table *table = layout->table;
    unsigned last = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        last = table->columns[i].leaves > last ? table->columns[i].leaves : last;
        last = table->columns[i].returns > last ? table->columns[i].returns : last;
        last = table->columns[i].yields > last ? table->columns[i].yields : last;
        last = table->columns[i].briefs > last ? table->columns[i].briefs : last;
    }
    for (unsigned step = 0; step <= last; step++) {
        layout->step = step;
        measure(layout, titles);
        for (size_t i = 0; i < table->column_count; i++) {
            const struct table_column *column = &table->columns[i];

            if (column->leaves > 0 && column->leaves <= step &&
                (column->returns == 0 || step < column->returns))
                layout->widths[i] = 0;
        }
        if (wanted == 0 || cut(layout, wanted))
            return;
    }
}

/* Appends one row; blanks at the end are left out, and a row that is still too wide is cut. */
static void write_row(const struct layout *layout, const struct cell *cells, struct output *output)
{
    const struct table *table = layout->table;
    size_t at = 0, owed = 0; /* blanks that are written only where something follows */

    for (size_t i = 0; i < table->column_count; i++) {
        CLEANUP_FREE char *text = NULL;
        size_t width = layout->widths[i], room = width, own;

        if (width == 0)
            continue;
        if (at + owed > 0)
            owed += GAP;
        if (output->width > 0 && at + owed + room > output->width)
            room = output->width > at + owed ? output->width - at - owed : 0;
        text = text_cut(text_of(layout, &cells[i], i), room);
        own = text_width(text);
        if (table->columns[i].right && own < room)
            owed += room - own;
        if (own > 0) {
            buffer_printf(&output->text, "%*s", (int)owed, "");
            output_styled(output, cells[i].style, text);
            at += owed + own;
            owed = 0;
        }
        if (!table->columns[i].right)
            owed += width - own;
    }
    buffer_append_char(&output->text, '\n');
}

void table_write(const struct table *table, struct output *output, bool titles)
{
    CLEANUP_FREE size_t *widths = xcalloc(table->column_count, sizeof(*widths));
    CLEANUP_FREE struct cell *heads = xcalloc(table->column_count, sizeof(*heads));
    struct layout layout = {table, widths, 0};

    fit(&layout, titles, output->width);
    for (size_t i = 0; i < table->column_count; i++)
        heads[i] = (struct cell){xstrdup(table->columns[i].title), NULL, STYLE_HEADING};
    if (titles)
        write_row(&layout, heads, output);
    for (size_t i = 0; i + table->column_count <= table->count; i += table->column_count)
        write_row(&layout, &table->cells[i], output);
    for (size_t i = 0; i < table->column_count; i++)
        free(heads[i].text);
}
