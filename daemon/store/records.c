#include "store/records.h"

#include "base/base.h"
#include "store/attendees.h"
#include "store/changes.h"
#include "store/rows.h"
#include "store/tables.h"

/* ---- writing reservations */

static int put_list(struct records *records, int64_t place, const char *name, const struct string_list *list,
                    struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_ITEM];
    int result = 0;

    for (size_t i = 0; result == 0 && i < list->count; i++) {
        sqlite3_bind_int64(statement, 1, place);
        sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 3, (int64_t)i);
        result = rows_write(records, PUT_ITEM,
                            sqlite3_bind_text(statement, 4, list->items[i], -1, SQLITE_STATIC), error);
    }
    return result;
}

static int put_lists(struct records *records, int64_t place, const struct reservation *reservation,
                     struct error *error)
{
    int result = rows_write_place(records, CLEAR_LISTS, place, error);

    for (size_t i = 0; result == 0 && i < RESERVATION_LISTS; i++)
        result = put_list(records, place, reservation_lists[i].name,
                          (const void *)((const char *)reservation + reservation_lists[i].offset), error);
    return result;
}

static int put_check_list(struct records *records, int64_t place, int64_t position,
                          const struct string_list *list, struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_CHECK_ITEM];
    int result = 0;

    for (size_t i = 0; result == 0 && i < list->count; i++) {
        sqlite3_bind_int64(statement, 1, place);
        sqlite3_bind_int64(statement, 2, position);
        sqlite3_bind_int64(statement, 3, (int64_t)i);
        result = rows_write(records, PUT_CHECK_ITEM,
                            sqlite3_bind_text(statement, 4, list->items[i], -1, SQLITE_STATIC), error);
    }
    return result;
}

static int put_checkers(struct records *records, int64_t place, const struct action_permission *entry,
                        int64_t *position, struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_CHECKER];
    int result = 0;

    for (size_t i = 0; result == 0 && i < entry->count; i++, (*position)++) {
        sqlite3_bind_int64(statement, 1, place);
        sqlite3_bind_int64(statement, 2, *position);
        sqlite3_bind_int(statement, 3, entry->permission);
        result = rows_write(records, PUT_CHECKER,
                            columns_bind(&checker_columns, statement, 4, &entry->checkers[i]), error);
        if (result == 0)
            result = put_check_list(records, place, *position, &entry->checkers[i].check_list, error);
    }
    return result;
}

static int put_permissions(struct records *records, int64_t place, const struct meeting_settings *settings,
                           struct error *error)
{
    int64_t position = 0;
    int result = rows_write_place(records, CLEAR_CHECKERS, place, error);

    for (size_t i = 0; result == 0 && i < settings->action_permission_count; i++)
        result = put_checkers(records, place, &settings->action_permissions[i], &position, error);
    return result;
}

static int put_callee(struct records *records, int64_t place, const struct callee *callee,
                      struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_CALLEE];
    int result = rows_write_place(records, CLEAR_CALLEE, place, error);

    if (result < 0 || callee == NULL)
        return result;
    sqlite3_bind_int64(statement, 1, place);
    return rows_write(records, PUT_CALLEE, columns_bind(&callee_columns, statement, 2, callee), error);
}

int records_put_reservation(struct records *records, const struct reservation *reservation,
                            struct error *error)
{
    int64_t place = 0;
    int result = rows_upsert(records, PUT_RESERVATION, &reservation_columns, reservation, &place, error);

    if (result == 0)
        result = put_lists(records, place, reservation, error);
    if (result == 0)
        result = put_permissions(records, place, &reservation->meeting_settings, error);
    if (result == 0)
        result = put_callee(records, place, reservation->meeting_settings.callee, error);
    return result;
}

int records_drop_reservation(struct records *records, const char *key, struct error *error)
{
    return rows_write(records, DROP_RESERVATION,
                      sqlite3_bind_text(records->statements[DROP_RESERVATION], 1, key, -1, SQLITE_STATIC),
                      error);
}

/* ---- reading reservations */

struct reading {
    int64_t place;
    struct reservation *reservation;
};

struct sink {
    void (*reservation)(void *data, struct reservation *take);
    void (*meeting)(void *data, struct meeting *take);
    void *data;
};

static int read_lists(struct records *records, struct reading *reading, struct error *error)
{
    sqlite3_stmt *statement = records->statements[READ_ITEMS];
    int result = 0;

    for (size_t i = 0; result == 0 && i < RESERVATION_LISTS; i++) {
        sqlite3_bind_int64(statement, 1, reading->place);
        result = rows_read(records, READ_ITEMS,
                           sqlite3_bind_text(statement, 2, reservation_lists[i].name, -1, SQLITE_STATIC),
                           rows_take_item, (char *)reading->reservation + reservation_lists[i].offset, error);
    }
    return result;
}

static int read_checker(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct reading *reading = data;
    sqlite3_stmt *items = records->statements[READ_CHECK_ITEMS];
    struct permission_checker *checker = meeting_settings_add_checker(&reading->reservation->meeting_settings,
                                                                      sqlite3_column_int(row, 1), 0, 0);
    int result = rows_take(records, &checker_columns, row, 2, checker, error);

    if (result < 0)
        return result;
    sqlite3_bind_int64(items, 1, reading->place);
    return rows_read(records, READ_CHECK_ITEMS, sqlite3_bind_int64(items, 2, sqlite3_column_int64(row, 0)),
                     rows_take_item, &checker->check_list, error);
}

static int read_callee(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct reading *reading = data;

    reading->reservation->meeting_settings.callee = xalloc(sizeof(struct callee));
    return rows_take(records, &callee_columns, row, 0, reading->reservation->meeting_settings.callee, error);
}

int rows_take_reservation(struct records *records, sqlite3_stmt *row, struct reservation **ret,
                          struct error *error)
{
    struct reading reading = {.place = sqlite3_column_int64(row, 0), .reservation = reservation_new(NULL)};
    int result = rows_take(records, &reservation_columns, row, 1, reading.reservation, error);

    if (result == 0)
        result = read_lists(records, &reading, error);
    if (result == 0)
        result = rows_read(records, READ_CHECKERS,
                           sqlite3_bind_int64(records->statements[READ_CHECKERS], 1, reading.place),
                           read_checker, &reading, error);
    if (result == 0)
        result = rows_read(records, READ_CALLEE,
                           sqlite3_bind_int64(records->statements[READ_CALLEE], 1, reading.place),
                           read_callee, &reading, error);
    if (result == 0)
        *ret = reading.reservation;
    else
        reservation_free(reading.reservation);
    return result;
}

static int read_reservation(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    const struct sink *sink = data;
    struct reservation *reservation;
    int result = rows_take_reservation(records, row, &reservation, error);

    if (result == 0)
        sink->reservation(sink->data, reservation);
    return result;
}

int records_read_reservations(struct records *records, int64_t since,
                              void (*sink)(void *data, struct reservation *take), void *data,
                              struct error *error)
{
    struct sink reservations = {.reservation = sink, .data = data};

    return rows_read(records, READ_RESERVATIONS,
                     sqlite3_bind_int64(records->statements[READ_RESERVATIONS], 1, since), read_reservation,
                     &reservations, error);
}

/* ---- meetings */

int records_put_meeting(struct records *records, const struct meeting *meeting, struct error *error)
{
    sqlite3_stmt *statement = records->statements[PUT_PARTICIPANT];
    int64_t place = 0;
    int result = rows_upsert(records, PUT_MEETING, &meeting_columns, meeting, &place, error);

    if (result == 0)
        result = rows_write_place(records, CLEAR_PARTICIPANTS, place, error);
    for (size_t i = 0; result == 0 && i < meeting->participants_count; i++) {
        sqlite3_bind_int64(statement, 1, place);
        sqlite3_bind_int64(statement, 2, (int64_t)i);
        result =
            rows_write(records, PUT_PARTICIPANT,
                       columns_bind(&participant_columns, statement, 3, &meeting->participants[i]), error);
    }
    if (result == 0)
        result = attendees_put(records, place, &meeting->attendance, error);
    return result;
}

static int read_participant(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    return rows_take(records, &participant_columns, row, 0, meeting_add_participant(data), error);
}

int rows_take_meeting(struct records *records, sqlite3_stmt *row, unsigned parts, struct meeting **ret,
                      struct error *error)
{
    struct meeting *meeting = meeting_new(NULL);
    sqlite3_stmt *participants = records->statements[READ_PARTICIPANTS];
    int result = rows_take(records, &meeting_columns, row, 1, meeting, error);

    if (result == 0 && (parts & MEETING_WITH_PARTICIPANTS) != 0)
        result = rows_read(records, READ_PARTICIPANTS,
                           sqlite3_bind_int64(participants, 1, sqlite3_column_int64(row, 0)),
                           read_participant, meeting, error);
    if (result == 0 && (parts & MEETING_WITH_ATTENDANCE) != 0)
        result = attendees_read(records, sqlite3_column_int64(row, 0), &meeting->attendance, error);
    if (result == 0)
        *ret = meeting;
    else
        meeting_free(meeting);
    return result;
}

static int read_meeting(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    const struct sink *sink = data;
    struct meeting *meeting;
    int result = rows_take_meeting(records, row, MEETING_WHOLE, &meeting, error);

    if (result == 0)
        sink->meeting(sink->data, meeting);
    return result;
}

int records_read_meetings(struct records *records, int64_t since,
                          void (*sink)(void *data, struct meeting *take), void *data, struct error *error)
{
    struct sink meetings = {.meeting = sink, .data = data};

    return rows_read(records, READ_MEETINGS, sqlite3_bind_int64(records->statements[READ_MEETINGS], 1, since),
                     read_meeting, &meetings, error);
}

/* ---- sequence numbers */

int records_claim_sequences(struct records *records, uint64_t below, struct error *error)
{
    return rows_write(records, CLAIM_SEQUENCES,
                      sqlite3_bind_int64(records->statements[CLAIM_SEQUENCES], 1, (sqlite3_int64)below),
                      error);
}

static int read_below(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    int64_t below = sqlite3_column_int64(row, 0), newest = sqlite3_column_int64(row, 2);
    bool settled = sqlite3_column_int(row, 1) != 0;

    (void)error;
    /* A claim could not be written, and changes could. */
    if (below > 0 && newest >= below) {
        below = newest + 1;
        settled = false;
    }
    *(uint64_t *)data = below > 0 ? (uint64_t)below : 0;
    if (below > 0 && !settled)
        changes_lost(records, (uint64_t)below - 1);
    return 0;
}

int records_read_sequences(struct records *records, uint64_t *ret_below, struct error *error)
{
    uint64_t below = 0;
    int result = rows_read(records, READ_SEQUENCES, SQLITE_OK, read_below, &below, error);

    if (result < 0)
        return result;
    if (below == 0)
        return rows_nonsense(records, "below", error);
    *ret_below = below;
    return 0;
}
