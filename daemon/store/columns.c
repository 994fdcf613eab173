#include "store/columns.h"

#include <limits.h>

#include "base/base.h"
#include "model/reservation.h"

void columns_names(const struct columns *columns, struct buffer *text)
{
    for (size_t i = 0; i < columns->count; i++)
        buffer_printf(text, "%s%s", i > 0 ? ", " : "", columns->items[i].name);
}

void columns_parameters(const struct columns *columns, int first, struct buffer *text)
{
    for (size_t i = 0; i < columns->count; i++)
        buffer_printf(text, "%s?%d", i > 0 ? ", " : "", first + (int)i);
}

void columns_assignments(const struct columns *columns, struct buffer *text)
{
    for (size_t i = 0; i < columns->count; i++)
        buffer_printf(text, "%s%s = excluded.%s", i > 0 ? ", " : "", columns->items[i].name,
                      columns->items[i].name);
}

static int bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
    return text != NULL ? sqlite3_bind_text(statement, parameter, text, -1, SQLITE_STATIC)
                        : sqlite3_bind_null(statement, parameter);
}

static int bind_member(sqlite3_stmt *statement, int parameter, enum column_type type, const void *member)
{
    switch (type) {
    case COLUMN_TEXT:
        return bind_text(statement, parameter, *(char *const *)member);
    case COLUMN_INTEGER:
        return *(const int64_t *)member != UNKNOWN
                   ? sqlite3_bind_int64(statement, parameter, *(const int64_t *)member)
                   : sqlite3_bind_null(statement, parameter);
    case COLUMN_INT:
        return sqlite3_bind_int(statement, parameter, *(const int *)member);
    case COLUMN_BOOL:
        return sqlite3_bind_int(statement, parameter, *(const bool *)member);
    case COLUMN_FLAG:
        return *(const enum flag *)member != FLAG_UNSET
                   ? sqlite3_bind_int(statement, parameter, *(const enum flag *)member == FLAG_YES)
                   : sqlite3_bind_null(statement, parameter);
    case COLUMN_STATE:
        return bind_text(statement, parameter,
                         reservation_state_name(*(const enum reservation_state *)member));
    }
    return SQLITE_MISUSE;
}

int columns_bind(const struct columns *columns, sqlite3_stmt *statement, int first, const void *record)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];
        int code =
            bind_member(statement, first + (int)i, column->type, (const char *)record + column->offset);

        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

static bool read_state(sqlite3_stmt *statement, int index, enum reservation_state *ret)
{
    const char *name = (const char *)sqlite3_column_text(statement, index);
    int state = name != NULL ? reservation_state_from_name(name) : -1;

    if (state < 0)
        return false;
    *ret = (enum reservation_state)state;
    return true;
}

static bool read_member(sqlite3_stmt *statement, int index, enum column_type type, void *member)
{
    bool is_null = sqlite3_column_type(statement, index) == SQLITE_NULL;
    int64_t integer;

    if (type == COLUMN_TEXT) {
        *(char **)member = is_null ? NULL : xstrdup((const char *)sqlite3_column_text(statement, index));
        return is_null || *(char **)member != NULL; /* NULL: SQLite had no memory for it */
    }
    if (type == COLUMN_STATE)
        return read_state(statement, index, member);
    integer = sqlite3_column_int64(statement, index);
    switch (type) {
    case COLUMN_INTEGER:
        *(int64_t *)member = is_null ? UNKNOWN : integer;
        return true;
    case COLUMN_INT:
        *(int *)member = (int)integer;
        return !is_null && integer >= INT_MIN && integer <= INT_MAX;
    case COLUMN_BOOL:
        *(bool *)member = integer != 0;
        return integer == 0 || integer == 1;
    default:
        *(enum flag *)member = is_null ? FLAG_UNSET : flag_of(integer != 0);
        return integer == 0 || integer == 1;
    }
}

const char *columns_read(const struct columns *columns, sqlite3_stmt *statement, int first, void *record)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];

        if (!read_member(statement, first + (int)i, column->type, (char *)record + column->offset))
            return column->name;
    }
    return NULL;
}
