#include "store/attendees.h"

#include "store/rows.h"
#include "store/tables.h"

/* ---- writing */

/* The row of an attendee's n-th stay or role. */
static int put_part(struct records *records, int statement, int64_t place, size_t attendee, size_t position,
                    const struct columns *columns, const void *part, struct error *error)
{
    sqlite3_stmt *put = records->statements[statement];

    sqlite3_bind_int64(put, 1, place);
    sqlite3_bind_int64(put, 2, (int64_t)attendee);
    sqlite3_bind_int64(put, 3, (int64_t)position);
    return rows_write(records, statement, columns_bind(columns, put, 4, part), error);
}

static int put_attendee(struct records *records, int64_t place, size_t position,
                        const struct attendee *attendee, struct error *error)
{
    sqlite3_stmt *put = records->statements[PUT_ATTENDEE];
    int result;

    sqlite3_bind_int64(put, 1, place);
    sqlite3_bind_int64(put, 2, (int64_t)position);
    result = rows_write(records, PUT_ATTENDEE, columns_bind(&attendee_columns, put, 3, attendee), error);
    for (size_t i = 0; result == 0 && i < attendee->stay_count; i++)
        result = put_part(records, PUT_STAY, place, position, i, &stay_columns, &attendee->stays[i], error);
    for (size_t i = 0; result == 0 && i < attendee->role_count; i++)
        result = put_part(records, PUT_ROLE, place, position, i, &role_columns, &attendee->roles[i], error);
    return result;
}

int attendees_put(struct records *records, int64_t place, const struct attendance *attendance,
                  struct error *error)
{
    sqlite3_stmt *cut = records->statements[CUT_ATTENDEES];
    int result;

    sqlite3_bind_int64(cut, 1, place);
    result =
        rows_write(records, CUT_ATTENDEES, sqlite3_bind_int64(cut, 2, (int64_t)attendance->count), error);
    for (size_t i = 0; result == 0 && i < attendance->count; i++)
        result = put_attendee(records, place, i, &attendance->attendees[i], error);
    return result;
}

/* ---- reading */

static int read_attendee(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct attendance *attendance = data;

    if (sqlite3_column_int64(row, 0) != (int64_t)attendance->count)
        return rows_nonsense(records, "position", error);
    return rows_take(records, &attendee_columns, row, 1, attendance_add(attendance), error);
}

/* Whose stay or role a row is; NULL: nobody's. */
static struct attendee *owner(const struct attendance *attendance, sqlite3_stmt *row)
{
    int64_t position = sqlite3_column_int64(row, 0);

    return position >= 0 && position < (int64_t)attendance->count ? &attendance->attendees[position] : NULL;
}

static int read_stay(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct attendee *attendee = owner(data, row);

    if (attendee == NULL)
        return rows_nonsense(records, "attendee", error);
    return rows_take(records, &stay_columns, row, 1, attendee_add_stay(attendee), error);
}

static int read_role(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    struct attendee *attendee = owner(data, row);
    struct role_stretch *stretch;
    int result;

    if (attendee == NULL)
        return rows_nonsense(records, "attendee", error);
    stretch = attendee_add_role(attendee, ROLE_HOST);
    result = rows_take(records, &role_columns, row, 1, stretch, error);
    if (result == 0 && stretch->role >= ROLES)
        return rows_nonsense(records, "role", error);
    return result;
}

int attendees_read(struct records *records, int64_t place, struct attendance *attendance, struct error *error)
{
    int result =
        rows_read(records, READ_ATTENDEES, sqlite3_bind_int64(records->statements[READ_ATTENDEES], 1, place),
                  read_attendee, attendance, error);

    if (result == 0)
        result = rows_read(records, READ_STAYS, sqlite3_bind_int64(records->statements[READ_STAYS], 1, place),
                           read_stay, attendance, error);
    if (result == 0)
        result = rows_read(records, READ_ROLES, sqlite3_bind_int64(records->statements[READ_ROLES], 1, place),
                           read_role, attendance, error);
    return result;
}
