#include "store/tallies.h"

#include "base/base.h"
#include "store/rows.h"

static int put_claim(struct records *records, int id, const struct tally *tally, struct error *error)
{
    sqlite3_stmt *statement = records->statements[id];

    sqlite3_bind_text(statement, 1, tally->app_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, tally->month);
    return rows_write(records, id, sqlite3_bind_int64(statement, 3, tally->claimed), error);
}

static int put_count(struct records *records, const struct tally *tally, const struct tally_count *count,
                     struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_COUNT];

    sqlite3_bind_text(statement, 1, tally->app_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, tally->month);
    sqlite3_bind_text(statement, 3, count->reservation, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, count->api, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, count->name, -1, SQLITE_STATIC);
    return rows_write(records, PUT_COUNT, sqlite3_bind_int64(statement, 6, count->calls), error);
}

static int forget(struct records *records, int id, int64_t month, struct error *error)
{
    /* The month before stays: the clock may yet be set back. */
    int64_t before = month % 100 == 1 ? month - 89 : month - 1;

    return rows_write(records, id, sqlite3_bind_int64(records->statements[id], 1, before), error);
}

static int put(struct records *records, int claim, const struct tally *tally, struct error *error)
{
    int result = put_claim(records, claim, tally, error);

    for (size_t i = 0; result == 0 && i < tally->count; i++)
        result = put_count(records, tally, &tally->counts[i], error);
    if (result == 0)
        result = forget(records, FORGET_CLAIMS, tally->month, error);
    if (result == 0)
        result = forget(records, FORGET_COUNTS, tally->month, error);
    return result;
}

int tallies_put(struct records *records, const struct tally *tally, struct error *error)
{
    return put(records, CLAIM_CALLS, tally, error);
}

int tallies_settle(struct records *records, const struct tally *tally, struct error *error)
{
    return put(records, SETTLE_CALLS, tally, error);
}

struct tally_sink {
    void (*sink)(void *data, struct tally *take);
    void *data;
};

static const char *text_of(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

static int read_count(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    (void)records;
    (void)error;
    tally_add(data, text_of(row, 0), text_of(row, 2), text_of(row, 1), sqlite3_column_int64(row, 3));
    return 0;
}

static int read_tally(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    const struct tally_sink *sink = data;
    struct tally *tally = tally_new(text_of(row, 0), sqlite3_column_int64(row, 1));
    sqlite3_stmt *counts = records->statements[READ_COUNTS];
    int result;

    tally->claimed = sqlite3_column_int64(row, 2);
    sqlite3_bind_text(counts, 1, tally->app_id, -1, SQLITE_STATIC);
    result = rows_read(records, READ_COUNTS, sqlite3_bind_int64(counts, 2, tally->month), read_count, tally,
                       error);
    if (result == 0)
        sink->sink(sink->data, tally);
    else
        tally_free(tally);
    return result;
}

int tallies_read(struct records *records, void (*sink)(void *data, struct tally *take), void *data,
                 struct error *error)
{
    struct tally_sink to = {sink, data};

    return rows_read(records, READ_CLAIMS, SQLITE_OK, read_tally, &to, error);
}
