#include "store/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "store/rows.h"

/* What is kept, whichever comes first. A look at a meeting of a thousand people has 200 kB. */
#define KEEP_COUNT 10000
#define KEEP_BYTES (INT64_C(32) * 1024 * 1024)
#define KEEP_MS    (7 * MS_PER_DAY)

/* Read at a time, so that nobody's intents wait for it. */
#define READ_COUNT 256
#define READ_BYTES ((size_t)256 * 1024)

/* The rest of the rows is for another time. */
#define STOP 1

void changes_lost(struct records *records, uint64_t sequence)
{
    if (records->changes_lost < sequence)
        records->changes_lost = sequence;
}

static int take_forgotten(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    int64_t *forgotten = data;

    (void)records;
    (void)error;
    forgotten[0] = sqlite3_column_int64(row, 0);
    forgotten[1] = sqlite3_column_int64(row, 1);
    return 0;
}

/* Forgets the oldest as long as they are too many, too much, too old, or not without a hole. */
static int forget(struct records *records, uint64_t below, int64_t before_ms, struct error *error)
{
    sqlite3_stmt *statement = records->statements[FORGET_CHANGE];
    uint64_t lost = records->changes_lost;
    int result;

    for (;;) {
        int64_t forgotten[2] = {0, 0};

        sqlite3_bind_int64(statement, 1, (sqlite3_int64)(below > lost ? below : lost + 1));
        sqlite3_bind_int64(statement, 2, before_ms);
        result = rows_read(records, FORGET_CHANGE, sqlite3_bind_int64(statement, 3, KEEP_BYTES),
                           take_forgotten, forgotten, error);
        if (result < 0 || forgotten[0] == 0)
            break;
        sqlite3_bind_int64(records->statements[COUNT_CHANGE], 1, -forgotten[1]);
        result = rows_write(records, COUNT_CHANGE,
                            sqlite3_bind_int64(records->statements[COUNT_CHANGE], 2, forgotten[0]), error);
        if (result < 0)
            break;
    }
    if (result < 0 || lost == 0)
        return result;
    sqlite3_bind_int64(records->statements[COUNT_CHANGE], 1, 0);
    return rows_write(records, COUNT_CHANGE,
                      sqlite3_bind_int64(records->statements[COUNT_CHANGE], 2, (sqlite3_int64)lost), error);
}

size_t changes_size(const struct store_change *change)
{
    return strlen(change->text) + (change->secret_text != NULL ? strlen(change->secret_text) : 0);
}

static int insert(struct records *records, const struct store_change *change, struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_CHANGE];
    size_t size = changes_size(change);
    int result;

    sqlite3_bind_int64(statement, 1, (sqlite3_int64)change->sequence);
    sqlite3_bind_int64(statement, 2, change->time);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)size);
    sqlite3_bind_text(statement, 4, change->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, change->subject, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 6, change->text, -1, SQLITE_STATIC);
    result = rows_write(records, PUT_CHANGE,
                        sqlite3_bind_text(statement, 7, change->secret_text, -1, SQLITE_STATIC), error);
    if (result < 0)
        return result;
    sqlite3_bind_int64(records->statements[COUNT_CHANGE], 1, (sqlite3_int64)size);
    return rows_write(records, COUNT_CHANGE, sqlite3_bind_int64(records->statements[COUNT_CHANGE], 2, 0),
                      error);
}

int changes_put(struct records *records, const struct store_change *change, struct error *error)
{
    uint64_t below = change->sequence >= KEEP_COUNT ? change->sequence - KEEP_COUNT + 1 : 0;
    int result = change->sequence > records->changes_lost ? insert(records, change, error) : 0;

    return result == 0 ? forget(records, below, change->time - KEEP_MS, error) : result;
}

int changes_settle(struct records *records, uint64_t below, struct error *error)
{
    int result = forget(records, 0, INT64_MIN, error);

    if (result < 0)
        return result;
    return rows_write(records, SETTLE_SEQUENCES,
                      sqlite3_bind_int64(records->statements[SETTLE_SEQUENCES], 1, (sqlite3_int64)below),
                      error);
}

static int read_floor(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    (void)records;
    (void)error;
    *(uint64_t *)data = (uint64_t)sqlite3_column_int64(row, 0);
    return 0;
}

static char *column_text(sqlite3_stmt *row, int column)
{
    return xstrdup((const char *)sqlite3_column_text(row, column));
}

static int read_change(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct store_reading *reading = data;
    struct store_change *change;

    reading->changes = xrealloc(reading->changes, reading->count + 1, sizeof(*reading->changes));
    change = &reading->changes[reading->count++];
    *change = (struct store_change){
        .sequence = (uint64_t)sqlite3_column_int64(row, 0),
        .time = sqlite3_column_int64(row, 1),
        .name = column_text(row, 2),
        .subject = column_text(row, 3),
        .text = column_text(row, 4),
        .secret_text = column_text(row, 5),
    };
    if (change->text == NULL)
        return rows_nonsense(records, "text", error);
    reading->size += changes_size(change);
    return reading->size >= READ_BYTES ? STOP : 0;
}

int changes_read(struct records *records, struct store_reading *reading, struct error *error)
{
    sqlite3_stmt *statement = records->statements[READ_CHANGES];
    uint64_t floor = 0;
    int result;

    store_reading_clear(reading); /* it may be repeated */
    result = rows_read(records, READ_FLOOR, SQLITE_OK, read_floor, &floor, error);
    if (result < 0)
        return result;
    reading->overrun = reading->since < floor || reading->since < records->changes_lost;
    if (reading->overrun)
        return 0;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)reading->since);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)reading->until);
    sqlite3_bind_int(statement, 3, READ_COUNT);
    result =
        rows_read(records, READ_CHANGES, sqlite3_bind_text(statement, 4, reading->name, -1, SQLITE_STATIC),
                  read_change, reading, error);
    if (result < 0)
        return result;
    if (result == STOP || reading->count == READ_COUNT)
        reading->until = reading->changes[reading->count - 1].sequence;
    return 0;
}

static void change_fini(struct store_change *change)
{
    free(change->name);
    free(change->subject);
    free(change->text);
    secret_free(change->secret_text);
}

void store_reading_clear(struct store_reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        change_fini(&reading->changes[i]);
    free(reading->changes);
    reading->changes = NULL;
    reading->count = 0;
    reading->size = 0;
    reading->overrun = false;
}

struct store_change *store_change_free(struct store_change *change)
{
    if (change == NULL)
        return NULL;
    change_fini(change);
    free(change);
    return NULL;
}
