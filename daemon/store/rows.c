#include "store/rows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "store/tables.h"

/* Those that were over before ?1, but the last of each plan. */
#define FINISHED                                                                                             \
    "state IN ('ended', 'expired', 'failed', 'deleted')"                                                     \
    " AND coalesce(end_time, expire_time, 0) < ?1 AND coalesce(expire_time, 0) < ?1"                         \
    " AND place NOT IN (SELECT max(place) FROM reservations WHERE name IS NOT NULL GROUP BY name)"

/* The same for what is removed: nothing happened to them since, either; found by their end. */
#define OLD                                                                                                  \
    "(end_time < ?1 OR end_time IS NULL) AND coalesce(attempted_at, 0) / 1000 < ?1"                          \
    " AND coalesce(observed_at, 0) / 1000 < ?1 AND " FINISHED

/* Of the reservation of the row `old`. */
#define LAST_MEETING                                                                                         \
    "SELECT place FROM meetings WHERE reservation = old.reservation"                                         \
    " ORDER BY coalesce(start_time, -1) DESC, id DESC LIMIT 1"

static const char *const fixed[STATEMENTS] = {
    [DROP_RESERVATION] = "DELETE FROM reservations WHERE key = ?1",
    [READ_KEYS] = "SELECT key FROM reservations",
    [CLEAR_LISTS] = "DELETE FROM reservation_lists WHERE reservation = ?1",
    [PUT_ITEM] = "INSERT INTO reservation_lists (reservation, list, position, item) VALUES (?1, ?2, ?3, ?4)",
    [READ_ITEMS] =
        "SELECT item FROM reservation_lists WHERE reservation = ?1 AND list = ?2 ORDER BY position",
    [CLEAR_CHECKERS] = "DELETE FROM permission_checkers WHERE reservation = ?1",
    [PUT_CHECK_ITEM] =
        "INSERT INTO check_lists (reservation, checker, position, item) VALUES (?1, ?2, ?3, ?4)",
    [READ_CHECK_ITEMS] =
        "SELECT item FROM check_lists WHERE reservation = ?1 AND checker = ?2 ORDER BY position",
    [CLEAR_CALLEE] = "DELETE FROM callees WHERE reservation = ?1",
    [READ_IDS] = "SELECT id FROM meetings",
    [CLEAR_PARTICIPANTS] = "DELETE FROM participants WHERE meeting = ?1",
    [CUT_ATTENDEES] = "DELETE FROM attendees WHERE meeting = ?1 AND position >= ?2",
    [CLAIM_SEQUENCES] = "UPDATE sequences SET below = max(below, ?1), settled = 0",
    [SETTLE_SEQUENCES] = "UPDATE sequences SET below = ?1, settled = 1",
    [READ_SEQUENCES] = "SELECT below, settled, (SELECT max(sequence) FROM changes) FROM sequences",
    /* Two lines of one statement; clang-tidy sees a forgotten comma where they are few in a list. */
    /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma) */
    [PUT_CHANGE] = "INSERT INTO changes (sequence, time, size, name, subject, text, secret_text)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [COUNT_CHANGE] = "UPDATE sequences SET changes_size = changes_size + ?1,"
                     " changes_floor = max(changes_floor, ?2)",
    [FORGET_CHANGE] = "DELETE FROM changes WHERE sequence = (SELECT min(sequence) FROM changes) AND"
                      " (sequence < ?1 OR time < ?2 OR (SELECT changes_size FROM sequences) > ?3)"
                      " RETURNING sequence, size",
    [READ_FLOOR] = "SELECT changes_floor FROM sequences",
    [READ_CHANGES] = "SELECT sequence, time, name, subject, text, secret_text FROM changes"
                     " WHERE sequence > ?1 AND sequence <= ?2 AND (?4 IS NULL OR name = ?4)"
                     " ORDER BY sequence LIMIT ?3",
    [PUT_HISTORY] = "REPLACE INTO histories (reservation, complete_until) VALUES (?1, ?2)",
    [READ_HISTORIES] = "SELECT reservation, complete_until FROM histories ORDER BY reservation",
    [CLAIM_CALLS] =
        "INSERT INTO call_claims VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET claimed = max(claimed, ?3)",
    [SETTLE_CALLS] = "REPLACE INTO call_claims (app_id, month, claimed) VALUES (?1, ?2, ?3)",
    [READ_CLAIMS] = "SELECT app_id, month, claimed FROM call_claims ORDER BY app_id, month",
    [FORGET_CLAIMS] = "DELETE FROM call_claims WHERE month < ?1",
    [PUT_COUNT] = "REPLACE INTO call_counts VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [READ_COUNTS] = "SELECT reservation, api, name, calls FROM call_counts WHERE app_id = ?1 AND month = ?2",
    [FORGET_COUNTS] = "DELETE FROM call_counts WHERE month < ?1",
    [FIND_OLD_RESERVATIONS] = "SELECT key FROM reservations WHERE " OLD " LIMIT ?2",
    [FIND_MEETINGS_OF] = "SELECT id FROM meetings WHERE reservation = ?1 LIMIT ?2",
    /* Those of a reservation that stays, and of none; of the former its last one stays. */
    [FIND_OLD_MEETINGS] = "SELECT id FROM meetings AS old WHERE coalesce(start_time, -1) < ?1"
                          " AND coalesce(end_time, start_time, create_time, observed_at / 1000, 0) < ?1"
                          " AND (reservation IS NULL OR reservation NOT IN (SELECT key FROM reservations)"
                          " OR place <> (" LAST_MEETING ")) LIMIT ?2",
    [DROP_MEETING] = "DELETE FROM meetings WHERE id = ?1",
};

/* INSERT into the `leading` columns ("a, b, ", `leading_count` of them) and those of a struct. */
static char *insert_sql(const char *table, const char *leading, int leading_count,
                        const struct columns *columns)
{
    struct buffer sql = BUFFER_EMPTY;

    buffer_printf(&sql, "INSERT INTO %s (%s", table, leading);
    columns_names(columns, &sql);
    buffer_append_text(&sql, ") VALUES (");
    for (int i = 1; i <= leading_count; i++)
        buffer_printf(&sql, "?%d, ", i);
    columns_parameters(columns, leading_count + 1, &sql);
    buffer_append_text(&sql, ")");
    return buffer_take(&sql);
}

/* INSERT, or replace what has the same key and keep its place; answers with the place. */
static char *upsert_sql(const char *table, const char *key, const struct columns *columns)
{
    CLEANUP_FREE char *insert = insert_sql(table, "", 0, columns);
    struct buffer sql = BUFFER_EMPTY;

    buffer_printf(&sql, "%s ON CONFLICT (%s) DO UPDATE SET ", insert, key);
    columns_assignments(columns, &sql);
    buffer_append_text(&sql, " RETURNING place");
    return buffer_take(&sql);
}

/* INSERT, or replace what has the same key and differs. */
static char *refresh_sql(const char *table, const char *leading, int leading_count,
                         const struct columns *columns)
{
    CLEANUP_FREE char *insert = insert_sql(table, leading, leading_count, columns);
    struct buffer sql = BUFFER_EMPTY;

    buffer_printf(&sql, "%s ON CONFLICT DO UPDATE SET ", insert);
    columns_assignments(columns, &sql);
    buffer_append_text(&sql, " WHERE (");
    columns_names(columns, &sql);
    buffer_append_text(&sql, ") IS NOT (");
    columns_parameters(columns, leading_count + 1, &sql);
    buffer_append_text(&sql, ")");
    return buffer_take(&sql);
}

static char *select_sql(const char *leading, const struct columns *columns, const char *rest)
{
    struct buffer sql = BUFFER_EMPTY;

    buffer_printf(&sql, "SELECT %s", leading);
    columns_names(columns, &sql);
    buffer_printf(&sql, " FROM %s", rest);
    return buffer_take(&sql);
}

/* The text of a statement, which the caller frees. */
static char *statement_sql(int statement)
{
    switch (statement) {
    case PUT_RESERVATION:
        return upsert_sql("reservations", "key", &reservation_columns);
    case READ_RESERVATIONS:
        return select_sql("place, ", &reservation_columns,
                          "reservations WHERE NOT (" FINISHED ") ORDER BY place");
    case PUT_CHECKER:
        return insert_sql("permission_checkers", "reservation, position, permission, ", 3, &checker_columns);
    case READ_CHECKERS:
        return select_sql("position, permission, ", &checker_columns,
                          "permission_checkers WHERE reservation = ?1 ORDER BY position");
    case PUT_CALLEE:
        return insert_sql("callees", "reservation, ", 1, &callee_columns);
    case READ_CALLEE:
        return select_sql("", &callee_columns, "callees WHERE reservation = ?1");
    case PUT_MEETING:
        return upsert_sql("meetings", "id", &meeting_columns);
    case READ_MEETINGS:
        return select_sql("place, ", &meeting_columns,
                          "meetings AS old WHERE (reservation IS NULL OR reservation NOT IN"
                          " (SELECT key FROM reservations WHERE " FINISHED "))"
                          " AND (status IS NOT 3" /* MEETING_ENDED */
                          " OR coalesce(end_time, observed_at / 1000, 0) >= ?1"
                          " OR place = (" LAST_MEETING ")) ORDER BY place");
    case PUT_PARTICIPANT:
        return insert_sql("participants", "meeting, position, ", 2, &participant_columns);
    case READ_PARTICIPANTS:
        return select_sql("", &participant_columns, "participants WHERE meeting = ?1 ORDER BY position");
    case PUT_ATTENDEE:
        return refresh_sql("attendees", "meeting, position, ", 2, &attendee_columns);
    case READ_ATTENDEES:
        return select_sql("position, ", &attendee_columns, "attendees WHERE meeting = ?1 ORDER BY position");
    case PUT_STAY:
        return refresh_sql("stays", "meeting, attendee, position, ", 3, &stay_columns);
    case READ_STAYS:
        return select_sql("attendee, ", &stay_columns,
                          "stays WHERE meeting = ?1 ORDER BY attendee, position");
    case PUT_ROLE:
        return refresh_sql("role_stretches", "meeting, attendee, position, ", 3, &role_columns);
    case READ_ROLES:
        return select_sql("attendee, ", &role_columns,
                          "role_stretches WHERE meeting = ?1 ORDER BY attendee, position");
    default:
        return xstrdup(fixed[statement]);
    }
}

int records_new(struct records **ret, const struct database *database, struct error *error)
{
    struct records *records = xalloc(sizeof(*records));

    records->database = database;
    for (int i = 0; i < STATEMENTS; i++) {
        CLEANUP_FREE char *sql = statement_sql(i);
        int code = sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &records->statements[i], NULL);

        if (code != SQLITE_OK) {
            int result = database_error(database, code, "cannot use its tables", error);

            records_free(records);
            return result;
        }
    }
    *ret = records;
    return 0;
}

struct records *records_free(struct records *records)
{
    if (records == NULL)
        return NULL;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(records->statements[i]);
    free(records);
    return NULL;
}

/* Ends a statement that gave `code` last. 0 where `code` says that all went well. */
static int finish(struct records *records, sqlite3_stmt *statement, int code, const char *what,
                  struct error *error)
{
    int result = code == SQLITE_DONE ? 0 : database_error(records->database, code, what, error);

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result;
}

int rows_write(struct records *records, int statement, int code, struct error *error)
{
    while (code == SQLITE_OK || code == SQLITE_ROW)
        code = sqlite3_step(records->statements[statement]);
    return finish(records, records->statements[statement], code, "cannot write", error);
}

int rows_write_place(struct records *records, int statement, int64_t place, struct error *error)
{
    return rows_write(records, statement, sqlite3_bind_int64(records->statements[statement], 1, place),
                      error);
}

int rows_upsert(struct records *records, int statement, const struct columns *columns, const void *record,
                int64_t *ret_place, struct error *error)
{
    sqlite3_stmt *put = records->statements[statement];
    int code = columns_bind(columns, put, 1, record);

    if (code == SQLITE_OK)
        code = sqlite3_step(put);
    if (code == SQLITE_ROW)
        *ret_place = sqlite3_column_int64(put, 0);
    return rows_write(records, statement, code, error);
}

int rows_each(struct records *records, sqlite3_stmt *row, int code,
              int (*each)(struct records *records, sqlite3_stmt *row, void *data, struct error *error),
              void *data, struct error *error)
{
    int result = 0;

    while (code == SQLITE_OK || (code == SQLITE_ROW && (result = each(records, row, data, error)) == 0))
        code = sqlite3_step(row);
    if (result == 0)
        return finish(records, row, code, "cannot read", error);
    finish(records, row, SQLITE_DONE, "", NULL);
    return result;
}

int rows_read(struct records *records, int statement, int code,
              int (*each)(struct records *records, sqlite3_stmt *row, void *data, struct error *error),
              void *data, struct error *error)
{
    return rows_each(records, records->statements[statement], code, each, data, error);
}

int rows_nonsense(const struct records *records, const char *column, struct error *error)
{
    return error_set(
        error, -EBADMSG,
        "the store %s: the column %s holds what cannot be: the file is damaged: put a backup in its "
        "place, or move it and its -wal away to begin with an empty store",
        records->database->path, column);
}

int rows_take(const struct records *records, const struct columns *columns, sqlite3_stmt *row, int first,
              void *record, struct error *error)
{
    const char *bad = columns_read(columns, row, first, record);

    return bad == NULL ? 0 : rows_nonsense(records, bad, error);
}

int rows_take_item(struct records *records, sqlite3_stmt *row, void *string_list, struct error *error)
{
    const char *item = (const char *)sqlite3_column_text(row, 0);

    if (item == NULL)
        return rows_nonsense(records, "item", error);
    string_list_add(string_list, item);
    return 0;
}
