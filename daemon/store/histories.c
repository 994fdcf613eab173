#include "store/histories.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "store/rows.h"

int histories_put(struct records *records, const char *reservation, int64_t complete_until,
                  struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_HISTORY];

    sqlite3_bind_text(statement, 1, reservation, -1, SQLITE_STATIC);
    return rows_write(records, PUT_HISTORY, sqlite3_bind_int64(statement, 2, complete_until), error);
}

static int read_history(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct histories *histories = data;

    (void)records;
    (void)error;
    if ((histories->count & (histories->count - 1)) == 0)
        histories->items = xrealloc(histories->items, histories->count > 0 ? histories->count * 2 : 1,
                                    sizeof(*histories->items));
    histories->items[histories->count++] = (struct history){
        .reservation = xstrdup((const char *)sqlite3_column_text(row, 0)),
        .complete_until = sqlite3_column_int64(row, 1),
    };
    return 0;
}

int histories_read(struct records *records, struct histories *histories, struct error *error)
{
    return rows_read(records, READ_HISTORIES, SQLITE_OK, read_history, histories, error);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct history *)a)->reservation, ((const struct history *)b)->reservation);
}

int64_t histories_find(const struct histories *histories, const char *reservation)
{
    struct history wanted = {.reservation = (char *)reservation};
    const struct history *found = histories->count > 0 ? bsearch(&wanted, histories->items, histories->count,
                                                                 sizeof(*histories->items), compare)
                                                       : NULL;

    return found != NULL ? found->complete_until : UNKNOWN;
}

void histories_fini(struct histories *histories)
{
    for (size_t i = 0; i < histories->count; i++)
        free(histories->items[i].reservation);
    free(histories->items);
    *histories = (struct histories){NULL, 0};
}
