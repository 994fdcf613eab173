#include "store/past.h"

#include <limits.h>
#include <stdlib.h>

#include "base/base.h"
#include "store/past-read.h"
#include "store/rows.h"
#include "store/tables.h"

/* Nothing lasts longer: Feishu keeps no reservation for more than 30 days. What touches a time began no
 * earlier than so long before it, which is what the indexes are asked for. */
#define LASTS_MOST_S (INT64_C(31) * 24 * 3600)

/* A slice with attendance is closed when it has so many. */
#define ATTENDEES_ENOUGH 500

/* As the indexes have it (schema.c): what has no start comes last. */
#define RESERVATION_START "coalesce(start_time, 9223372036854775807)"
#define MEETING_START     "coalesce(start_time, -1)"

/* Parameters of the lists: ?1 name, ?2 to ?3 the starts, the nearer one first, ?4 the key or id of the one
 * behind which to go on (it has the start ?2), ?5 since, ?6 until, ?7 how many. The last terms are those of
 * past_in_time(). */
static const char *const conditions[PAST_KINDS] = {
    [PAST_RESERVATIONS] = RESERVATION_START
    " >= ?2 AND " RESERVATION_START " <= ?3"
    " AND (?4 IS NULL OR " RESERVATION_START " > ?2 OR key > ?4)"
    " AND (?5 IS NULL OR coalesce(end_time, expire_time, start_time, attempted_at / 1000, ?5) >= ?5)"
    " AND (?6 IS NULL OR coalesce(start_time, attempted_at / 1000, ?6) <= ?6)"
    " ORDER BY " RESERVATION_START ", key LIMIT ?7",
    [PAST_MEETINGS] = MEETING_START " <= ?2 AND " MEETING_START " >= ?3"
                                    " AND (?4 IS NULL OR " MEETING_START " < ?2 OR id < ?4)"
                                    " AND (?5 IS NULL OR coalesce(end_time, start_time, create_time, ?5) >= "
                                    "?5) AND (?6 IS NULL OR coalesce(start_time, create_time, ?6) <= ?6)"
                                    " ORDER BY " MEETING_START " DESC, id DESC LIMIT ?7",
    [PAST_RESERVATION_OF_NAME] = "name = ?1 AND " RESERVATION_START " < 9223372036854775807"
                                 " ORDER BY " RESERVATION_START " DESC, key DESC LIMIT 1",
    [PAST_RESERVATION_OF_OCCURRENCE] = "occurrence = ?1 OR key = ?1 ORDER BY place DESC LIMIT 1",
    [PAST_RESERVATION_OF_RESERVE_ID] = "reserve_id = ?1 ORDER BY place DESC LIMIT 1",
    [PAST_MEETING_OF_ID] = "id = ?1",
    [PAST_MEETING_OF_RESERVE_ID] =
        "reservation IN (SELECT key FROM reservations WHERE reserve_id = ?1) AND reserve_id = ?1"
        " ORDER BY " MEETING_START " DESC, id DESC LIMIT 1",
};

static bool is_list(enum past_kind kind)
{
    return kind == PAST_RESERVATIONS || kind == PAST_MEETINGS;
}

static bool is_about_meetings(enum past_kind kind)
{
    return kind == PAST_MEETINGS || kind == PAST_MEETING_OF_ID || kind == PAST_MEETING_OF_RESERVE_ID;
}

char *past_sql(enum past_kind kind, bool named)
{
    bool meetings = is_about_meetings(kind);
    struct buffer sql = BUFFER_EMPTY;

    buffer_append_text(&sql, "SELECT place, ");
    columns_names(meetings ? &meeting_columns : &reservation_columns, &sql);
    buffer_printf(&sql, " FROM %s WHERE %s%s", meetings ? "meetings" : "reservations",
                  named && is_list(kind) ? "name = ?1 AND " : "", conditions[kind]);
    return buffer_take(&sql);
}

/* ---- what is in a time */

int64_t past_reservation_begin(const struct reservation *reservation)
{
    if (reservation->start_time == UNKNOWN && reservation->attempted_at != UNKNOWN)
        return reservation->attempted_at / MS_PER_SECOND;
    return reservation->start_time;
}

int64_t past_reservation_end(const struct reservation *reservation)
{
    if (reservation->end_time != UNKNOWN)
        return reservation->end_time;
    return reservation->expire_time != UNKNOWN ? reservation->expire_time
                                               : past_reservation_begin(reservation);
}

int64_t past_meeting_begin(const struct meeting *meeting)
{
    return meeting->start_time != UNKNOWN ? meeting->start_time : meeting->create_time;
}

int64_t past_meeting_end(const struct meeting *meeting)
{
    return meeting->end_time != UNKNOWN ? meeting->end_time : past_meeting_begin(meeting);
}

bool past_in_time(int64_t begin, int64_t end, int64_t since, int64_t until)
{
    return (since == UNKNOWN || end == UNKNOWN || end >= since) &&
           (until == UNKNOWN || begin == UNKNOWN || begin <= until);
}

/* ---- reading */

struct reading {
    const struct past_question *question;
    struct past_answer *answer;
    size_t attendees;
};

static int take_row(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct reading *reading = data;
    struct past_answer *answer = reading->answer;
    int result;

    if (!is_about_meetings(reading->question->kind)) {
        result = rows_take_reservation(records, row, &answer->reservations[answer->count], error);
    } else {
        if (reading->attendees >= ATTENDEES_ENOUGH)
            return 1;
        result =
            rows_take_meeting(records, row, reading->question->with, &answer->meetings[answer->count], error);
    }
    if (result == 0 && answer->meetings != NULL)
        reading->attendees += answer->meetings[answer->count]->attendance.count;
    if (result == 0)
        answer->count++;
    return result;
}

/* SQLite's integers, and what is not known as NULL. */
static int bind_time(sqlite3_stmt *statement, int parameter, int64_t value)
{
    return value != UNKNOWN ? sqlite3_bind_int64(statement, parameter, value)
                            : sqlite3_bind_null(statement, parameter);
}

/* Reads what starts from `nearer` to `farther`, in the list's order. 1: there may be more. */
static int read_range(struct records *records, sqlite3_stmt *statement, struct reading *reading,
                      int64_t nearer, int64_t farther, const char *after, struct error *error)
{
    const struct past_question *question = reading->question;
    size_t room = question->most - reading->answer->count;
    int result, code = SQLITE_OK;

    sqlite3_reset(statement);
    if (question->text != NULL)
        code = sqlite3_bind_text(statement, 1, question->text, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, nearer);
    sqlite3_bind_int64(statement, 3, farther);
    sqlite3_bind_text(statement, 4, after, -1, SQLITE_STATIC);
    bind_time(statement, 5, question->since);
    bind_time(statement, 6, question->until);
    sqlite3_bind_int64(statement, 7, (sqlite3_int64)room);
    result = rows_each(records, statement, code, take_row, reading, error);
    return result == 0 ? reading->answer->count == question->most : result;
}

/* First those with a start that is near enough, then those without. */
static int read_list(struct records *records, sqlite3_stmt *statement, struct reading *reading,
                     struct error *error)
{
    const struct past_question *question = reading->question;
    bool forward = question->kind == PAST_RESERVATIONS;
    bool without_start = question->after != NULL && question->after_start == UNKNOWN;
    int64_t without = forward ? INT64_MAX : -1;
    int64_t earliest = question->since > LASTS_MOST_S ? question->since - LASTS_MOST_S : 0;
    int64_t latest =
        question->until != UNKNOWN && question->until < INT64_MAX ? question->until : INT64_MAX - 1;
    int64_t first = question->after != NULL ? question->after_start : forward ? earliest : latest;
    int result = 0;

    if (!without_start)
        result = read_range(records, statement, reading, first, forward ? latest : earliest, question->after,
                            error);
    if (result == 0)
        result = read_range(records, statement, reading, without, without,
                            without_start ? question->after : NULL, error);
    if (result >= 0)
        reading->answer->complete = result == 0;
    return result < 0 ? result : 0;
}

static int read_one(struct records *records, sqlite3_stmt *statement, struct reading *reading,
                    struct error *error)
{
    reading->answer->complete = true;
    return rows_each(records, statement,
                     sqlite3_bind_text(statement, 1, reading->question->text, -1, SQLITE_STATIC), take_row,
                     reading, error);
}

int past_read(struct records *records, const struct past_question *question, struct past_answer *answer,
              struct error *error)
{
    struct reading reading = {.question = question, .answer = answer};
    CLEANUP_FREE char *sql = past_sql(question->kind, question->text != NULL);
    size_t room = is_list(question->kind) ? question->most : 1;
    sqlite3_stmt *statement = NULL;
    int result, code = sqlite3_prepare_v2(records->database->handle, sql, -1, &statement, NULL);

    if (code != SQLITE_OK)
        return database_error(records->database, code, "cannot read", error);
    *answer = (struct past_answer){NULL};
    if (is_about_meetings(question->kind))
        answer->meetings = xcalloc(room, sizeof(struct meeting *));
    else
        answer->reservations = xcalloc(room, sizeof(struct reservation *));
    result = is_list(question->kind) ? read_list(records, statement, &reading, error)
                                     : read_one(records, statement, &reading, error);
    sqlite3_finalize(statement);
    if (result < 0)
        past_answer_fini(answer);
    return result;
}

void past_answer_fini(struct past_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->reservations != NULL)
            reservation_free(answer->reservations[i]);
        if (answer->meetings != NULL)
            meeting_free(answer->meetings[i]);
    }
    free(answer->reservations);
    free(answer->meetings);
    *answer = (struct past_answer){NULL};
}
