#include "store/prune.h"

#include "base/base.h"
#include "base/str.h"
#include "store/rows.h"

/* So many rows at a time, so that what is to be written does not wait for long: a meeting comes with rows for
 * everybody who was in it, and for when they were. */
#define ROWS_ENOUGH 500

/* And so many that are looked for at once. */
#define FOUND_MOST 10

struct pruning {
    struct records *records;
    int64_t before;
    int began; /* SQLite's count of changed rows */
};

static bool is_enough(const struct pruning *pruning)
{
    return sqlite3_total_changes(pruning->records->database->handle) - pruning->began >= ROWS_ENOUGH;
}

/* The keys or ids that a statement finds, after binding its first parameter gave `code`. */
static int find(const struct pruning *pruning, int statement, int code, struct string_list *ret,
                struct error *error)
{
    sqlite3_bind_int(pruning->records->statements[statement], 2, FOUND_MOST);
    return rows_read(pruning->records, statement, code, rows_take_item, ret, error);
}

static int find_old(const struct pruning *pruning, int statement, struct string_list *ret,
                    struct error *error)
{
    return find(pruning, statement,
                sqlite3_bind_int64(pruning->records->statements[statement], 1, pruning->before), ret, error);
}

/* 1: it is enough. */
static int drop_meetings(const struct pruning *pruning, const struct string_list *ids, struct error *error)
{
    sqlite3_stmt *statement = pruning->records->statements[DROP_MEETING];
    int result = 0;

    for (size_t i = 0; i < ids->count && result == 0; i++) {
        result = rows_write(pruning->records, DROP_MEETING,
                            sqlite3_bind_text(statement, 1, ids->items[i], -1, SQLITE_STATIC), error);
        if (result == 0)
            result = is_enough(pruning);
    }
    return result;
}

/* Its meetings go before it, as there would be nothing to find them by. 1: it is enough. */
static int drop_reservation(const struct pruning *pruning, const char *key, struct error *error)
{
    sqlite3_stmt *statement = pruning->records->statements[FIND_MEETINGS_OF];
    int result = 0;

    while (result == 0) {
        struct string_list ids = {NULL, 0};

        result = find(pruning, FIND_MEETINGS_OF, sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC),
                      &ids, error);
        if (result == 0 && ids.count == 0)
            return records_drop_reservation(pruning->records, key, error);
        if (result == 0)
            result = drop_meetings(pruning, &ids, error);
        string_list_fini(&ids);
    }
    return result;
}

/* 1: there may be more. */
static int prune_reservations(const struct pruning *pruning, struct error *error)
{
    struct string_list keys = {NULL, 0};
    int result = find_old(pruning, FIND_OLD_RESERVATIONS, &keys, error);

    for (size_t i = 0; i < keys.count && result == 0; i++)
        result = drop_reservation(pruning, keys.items[i], error);
    if (result == 0)
        result = keys.count == FOUND_MOST;
    string_list_fini(&keys);
    return result;
}

static int prune_meetings(const struct pruning *pruning, struct error *error)
{
    struct string_list ids = {NULL, 0};
    int result = find_old(pruning, FIND_OLD_MEETINGS, &ids, error);

    if (result == 0)
        result = drop_meetings(pruning, &ids, error);
    if (result == 0)
        result = ids.count == FOUND_MOST;
    string_list_fini(&ids);
    return result;
}

int prune(struct records *records, int64_t before, bool *ret_more, struct error *error)
{
    struct pruning pruning = {records, before, sqlite3_total_changes(records->database->handle)};
    int result = prune_reservations(&pruning, error);

    if (result == 0)
        result = prune_meetings(&pruning, error);
    if (result < 0)
        return result;
    *ret_more = result > 0;
    return 0;
}
