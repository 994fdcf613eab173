#include "store/prune.h"

#include "base/base.h"
#include "store/rows.h"

/* So many records at a time, so that what is to be written waits some ten milliseconds at most: a meeting
 * comes with a row for everybody who was in it, and as many for when they were. */
#define RECORDS 20

/* How many records one of the statements removed. */
static int remove_some(struct records *records, int id, int64_t before, int *ret_count, struct error *error)
{
    sqlite3_stmt *statement = records->statements[id];
    int result;

    sqlite3_bind_int64(statement, 1, before);
    result = rows_write(records, id, sqlite3_bind_int(statement, 2, RECORDS), error);
    if (result == 0)
        *ret_count = sqlite3_changes(records->database->handle);
    return result;
}

int prune(struct records *records, int64_t before, bool *ret_more, struct error *error)
{
    /* A reservation's meetings go before it, as there would be nothing to find them by. */
    static const int statements[] = {PRUNE_MEETINGS_OF_FINISHED, PRUNE_FINISHED, PRUNE_MEETINGS};
    bool more = false;

    for (size_t i = 0; i < ELEMENTS(statements) && !more; i++) {
        int count = 0, result = remove_some(records, statements[i], before, &count, error);

        if (result < 0)
            return result;
        more = count == RECORDS;
    }
    *ret_more = more;
    return 0;
}
