/* The statements of records.h, and what writing and reading rows has in common. */
#ifndef MEETINGD_STORE_ROWS_H
#define MEETINGD_STORE_ROWS_H

#include "store/columns.h"
#include "store/past.h"
#include "store/records.h"

enum {
    PUT_RESERVATION,
    DROP_RESERVATION,
    READ_RESERVATIONS,
    READ_KEYS,
    CLEAR_LISTS,
    PUT_ITEM,
    READ_ITEMS,
    CLEAR_CHECKERS,
    PUT_CHECKER,
    READ_CHECKERS,
    PUT_CHECK_ITEM,
    READ_CHECK_ITEMS,
    CLEAR_CALLEE,
    PUT_CALLEE,
    READ_CALLEE,
    PUT_MEETING,
    READ_MEETINGS,
    READ_IDS,
    CLEAR_PARTICIPANTS,
    PUT_PARTICIPANT,
    READ_PARTICIPANTS,
    CUT_ATTENDEES,
    PUT_ATTENDEE,
    READ_ATTENDEES,
    PUT_STAY,
    READ_STAYS,
    PUT_ROLE,
    READ_ROLES,
    CLAIM_SEQUENCES,
    SETTLE_SEQUENCES,
    READ_SEQUENCES,
    PUT_CHANGE,
    COUNT_CHANGE,
    FORGET_CHANGE,
    READ_FLOOR,
    READ_CHANGES,
    PUT_HISTORY,
    READ_HISTORIES,
    CLAIM_CALLS,
    SETTLE_CALLS,
    READ_CLAIMS,
    FORGET_CLAIMS,
    PUT_COUNT,
    READ_COUNTS,
    FORGET_COUNTS,
    FIND_OLD_RESERVATIONS,
    FIND_MEETINGS_OF,
    FIND_OLD_MEETINGS,
    DROP_MEETING,
    STATEMENTS
};

struct records {
    const struct database *database;
    sqlite3_stmt *statements[STATEMENTS];
    uint64_t changes_lost; /* of the changes up to this one some are missing; 0: none */
};

/* Carries out a statement that writes, after binding gave `code`; nothing stays bound. */
int rows_write(struct records *records, int statement, int code, struct error *error);

/* The same for a statement whose one parameter is a row's place. */
int rows_write_place(struct records *records, int statement, int64_t place, struct error *error);

/* The same for one that inserts or replaces the columns of a struct. */
int rows_upsert(struct records *records, int statement, const struct columns *columns, const void *record,
                int64_t *ret_place, struct error *error);

/* Calls `each` for every row of a statement that reads, after binding gave `code`, until it fails. */
int rows_read(struct records *records, int statement, int code,
              int (*each)(struct records *records, sqlite3_stmt *row, void *data, struct error *error),
              void *data, struct error *error);

/* The same for a statement of the caller's own, which stays theirs. */
int rows_each(struct records *records, sqlite3_stmt *statement, int code,
              int (*each)(struct records *records, sqlite3_stmt *row, void *data, struct error *error),
              void *data, struct error *error);

/* A record from a row that is its place and then its columns, with what stands in other tables; `parts`:
 * MEETING_WITH_…. */
int rows_take_reservation(struct records *records, sqlite3_stmt *row, struct reservation **ret,
                          struct error *error);
int rows_take_meeting(struct records *records, sqlite3_stmt *row, unsigned parts, struct meeting **ret,
                      struct error *error);

/* Fills in a struct from a row, or says which column makes no sense. */
int rows_take(const struct records *records, const struct columns *columns, sqlite3_stmt *row, int first,
              void *record, struct error *error);

/* The error of a value that cannot be. */
int rows_nonsense(const struct records *records, const char *column, struct error *error);

/* For rows_read(): adds column 0 to a string list. */
int rows_take_item(struct records *records, sqlite3_stmt *row, void *string_list, struct error *error);

#endif
