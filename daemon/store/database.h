/*
 * The file: opened, locked, checked and brought up to date; transactions; and what to tell a person when
 * SQLite refuses.
 */
#ifndef MEETINGD_STORE_DATABASE_H
#define MEETINGD_STORE_DATABASE_H

#include <sqlite3.h>

#include "base/error.h"

struct database {
    char *path;
    int lock_fd;
    sqlite3 *handle;
};

/* Opens or makes the database. On failure nothing is left open. */
int database_open(struct database *database, const char *path, struct error *error);

/* A further connection to a database that is open, to read by. */
int database_open_reader(struct database *database, const char *path, struct error *error);

/* Writes the log back into the database, as far as that is possible, and closes. All statements are
 * finalized by then. */
void database_close(struct database *database);

/* Fails where the file is no longer the one at its path. */
int database_check_place(struct database *database, struct error *error);

int database_begin(struct database *database, struct error *error);
int database_begin_reading(struct database *database, struct error *error);
int database_commit(struct database *database, struct error *error);

/* Does nothing where no transaction is open (some errors end it). */
void database_rollback(struct database *database);

/* `error` from SQLite's `code`, which `what` ("cannot write ...") led to; returns the errno value. */
int database_error(const struct database *database, int code, const char *what, struct error *error);

#endif
