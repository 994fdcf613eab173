#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "store/schema.h"

/* How long another program (an sqlite3 shell, a backup) may keep us waiting. */
#define BUSY_TIMEOUT_MS 250

/* ---- what to tell */

struct advice {
    int code; /* SQLite's, primary */
    int result;
    const char *text;
};

static const char make_room[] = "make room on its file system";

static const struct advice advices[] = {
    {SQLITE_FULL, -ENOSPC, make_room},
    {SQLITE_READONLY, -EROFS, "check the owner and mode of the file and its directory, and the mount"},
    {SQLITE_PERM, -EACCES, "check the owner and mode of the file and its directory"},
    {SQLITE_BUSY, -EBUSY, "another program has locked it: end that one (fuser -v FILE shows it)"},
    {SQLITE_LOCKED, -EBUSY, "another program has locked it: end that one (fuser -v FILE shows it)"},
    {SQLITE_NOTADB, -EBADMSG,
     "check `state` in the configuration; if the file was meetingd's it is damaged: put a backup in its "
     "place, or move it away to begin with an empty store"},
    {SQLITE_CORRUPT, -EBADMSG,
     "the file is damaged: put a backup in its place, or move it and its -wal away to begin with an empty "
     "store, which knows of no reservation that was made"},
    {SQLITE_CANTOPEN, -EIO, "check that meetingd's user may make files in its directory"},
    {SQLITE_IOERR, -EIO, "check the disk and the kernel's log"},
    {SQLITE_NOMEM, -ENOMEM, "memory is short"},
};

static const struct advice unexpected = {0, -EIO, "this should not happen: please report it"};

static const struct advice *find_advice(int code)
{
    for (size_t i = 0; i < ELEMENTS(advices); i++) {
        if (advices[i].code == (code & 0xff))
            return &advices[i];
    }
    return &unexpected;
}

/* What the kernel said, where SQLite's `code` alone does not tell: a quota and a limit on the file's size are
 * I/O errors to it. Of a commit that failed it remembers the errno with the log's file only. */
static int find_system_error(const struct database *database, int code)
{
    sqlite3_file *log = NULL;
    int system = 0;

    if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_TRUNCATE) {
        if (sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
            log != NULL && log->pMethods != NULL)
            log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &system);
        return system;
    }
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
        return sqlite3_system_errno(database->handle);
    return 0;
}

int database_error(const struct database *database, int code, const char *what, struct error *error)
{
    const struct advice *advice = find_advice(code);
    const char *text = sqlite3_extended_errcode(database->handle) == code ? sqlite3_errmsg(database->handle)
                                                                          : sqlite3_errstr(code);
    int system = find_system_error(database, code);
    bool full = system == ENOSPC || system == EDQUOT || system == EFBIG;

    return error_set(error, system != 0 ? -system : advice->result, "the store %s: %s: %s%s%s: %s",
                     database->path, what, text, system != 0 ? ", " : "", system != 0 ? strerror(system) : "",
                     full ? make_room : advice->text);
}

/* ---- transactions */

static int execute(const struct database *database, const char *sql, const char *what, struct error *error)
{
    int code = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? 0 : database_error(database, code, what, error);
}

int database_begin(struct database *database, struct error *error)
{
    return execute(database, "BEGIN IMMEDIATE", "cannot begin to write", error);
}

int database_begin_reading(struct database *database, struct error *error)
{
    return execute(database, "BEGIN", "cannot read", error);
}

int database_commit(struct database *database, struct error *error)
{
    return execute(database, "COMMIT", "cannot write", error);
}

void database_rollback(struct database *database)
{
    if (sqlite3_get_autocommit(database->handle) == 0)
        (void)sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
}

int database_check_place(struct database *database, struct error *error)
{
    int moved = 0;

    if (sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
        return 0;
    return error_set(error, -ESTALE,
                     "the store %s was moved or deleted while meetingd runs: what is written now would be "
                     "lost; put it back, or restart meetingd to begin with what is there",
                     database->path);
}

/* ---- opening */

static int cannot_open(const struct database *database, int system, struct error *error)
{
    const char *path = database->path, *slash = strrchr(path, '/');

    if (system == ENOENT || system == ENOTDIR) {
        CLEANUP_FREE char *directory = slash != NULL ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");

        return error_set(
            error, -system,
            "the store %s: the directory %s does not exist: make it, for meetingd's user alone, or "
            "set `state` to another file",
            path, *directory != '\0' ? directory : "/");
    }
    return error_set(error, -system,
                     "the store %s: cannot open: %s: check the owner and mode of the file and its directory, "
                     "and the mount",
                     path, strerror(system));
}

/* The -wal and -shm files get the mode of the database when SQLite makes them; those that a crash left, and a
 * database that was copied here, may have another. */
static int make_private(const struct database *database, struct error *error)
{
    static const char *const endings[] = {"", "-wal", "-shm"};

    for (size_t i = 0; i < ELEMENTS(endings); i++) {
        CLEANUP_FREE char *path = xasprintf("%s%s", database->path, endings[i]);

        if (chmod(path, 0600) < 0 && errno != ENOENT)
            return error_set(error, -errno, "the store %s: cannot set the mode to 0600: %s: check its owner",
                             path, strerror(errno));
    }
    return 0;
}

/* One meetingd alone writes. The lock is flock(2)'s, so that an sqlite3 shell may still look; closing its
 * descriptor would drop SQLite's own locks, so it stays open as long as the connection. */
static int open_and_lock(struct database *database, struct error *error)
{
    struct stat status;

    database->lock_fd = open(database->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (database->lock_fd < 0)
        return cannot_open(database, errno, error);
    if (fstat(database->lock_fd, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(error, -EINVAL,
                         "the store %s is no regular file: check `state` in the configuration",
                         database->path);
    if (flock(database->lock_fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            return error_set(error, -EBUSY,
                             "the store %s is in use by another meetingd: stop that one, or set `state` to "
                             "another file",
                             database->path);
        return error_set(error, -errno, "the store %s: cannot lock: %s", database->path, strerror(errno));
    }
    return make_private(database, error);
}

/* A single value, as an integer or a short text. */
static int ask(const struct database *database, const char *sql, int64_t *ret, char *text, size_t size,
               struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *value = (const char *)sqlite3_column_text(statement, 0);

        *ret = sqlite3_column_int64(statement, 0);
        if (text != NULL)
            (void)snprintf(text, size, "%s", value != NULL ? value : "");
    }
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? 0 : database_error(database, code, "cannot read", error);
}

static int ask_integer(const struct database *database, const char *sql, int64_t *ret, struct error *error)
{
    return ask(database, sql, ret, NULL, 0, error);
}

/* Whose database it is, and of which version; nothing is written before that is known. */
static int identify(const struct database *database, int64_t *ret_version, struct error *error)
{
    int64_t id = 0, tables = 0;
    int result = ask_integer(database, "PRAGMA application_id", &id, error);

    if (result == 0)
        result = ask_integer(database, "PRAGMA user_version", ret_version, error);
    if (result == 0)
        result = ask_integer(database, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (result < 0)
        return result;
    if (id != SCHEMA_APPLICATION_ID && (id != 0 || *ret_version != 0 || tables != 0))
        return error_set(error, -EMEDIUMTYPE,
                         "the store %s is another program's SQLite database: check `state` in the "
                         "configuration",
                         database->path);
    if (*ret_version > SCHEMA_VERSION || *ret_version < 0)
        return error_set(error, -EPROTONOSUPPORT,
                         "the store %s was written by a newer meetingd (version %lld, this one knows %d): "
                         "install that version again, or move the file and its -wal away to begin with an "
                         "empty store",
                         database->path, (long long)*ret_version, SCHEMA_VERSION);
    return 0;
}

static int use_write_ahead_log(const struct database *database, struct error *error)
{
    char mode[16];
    int64_t unused;
    int result = ask(database, "PRAGMA journal_mode = WAL", &unused, mode, sizeof(mode), error);

    if (result < 0)
        return result;
    if (strcmp(mode, "wal") != 0)
        return error_set(error, -EOPNOTSUPP,
                         "the store %s: its file system cannot keep a write-ahead log (journal mode %s): put "
                         "it on a local disk",
                         database->path, mode);
    /* FULL: a commit is on the disk. Replaced passwords do not stay in the file. */
    return execute(database,
                   "PRAGMA synchronous = FULL;"
                   "PRAGMA foreign_keys = ON;"
                   "PRAGMA secure_delete = ON;"
                   "PRAGMA journal_size_limit = 4194304",
                   "cannot set up", error);
}

static int migrate(struct database *database, int64_t version, struct error *error)
{
    int result;

    if (version == SCHEMA_VERSION)
        return 0;
    result = database_begin(database, error);
    for (int at = (int)version; result == 0 && at < SCHEMA_VERSION; at++)
        result = execute(database, schema_migration(at), "cannot make its tables", error);
    if (result == 0) {
        CLEANUP_FREE char *sql = xasprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                           SCHEMA_APPLICATION_ID, SCHEMA_VERSION);

        result = execute(database, sql, "cannot mark its version", error);
    }
    if (result == 0)
        result = database_commit(database, error);
    if (result < 0)
        database_rollback(database);
    return result;
}

static int connect_to(struct database *database, struct error *error)
{
    int64_t version = 0;
    int result;
    int code = sqlite3_open_v2(database->path, &database->handle,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (code != SQLITE_OK)
        return database_error(database, code, "cannot open", error);
    sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT_MS);
    result = identify(database, &version, error);
    if (result == 0)
        result = use_write_ahead_log(database, error);
    if (result == 0)
        result = migrate(database, version, error);
    return result;
}

/* SQLite gives names like ":memory:" a meaning. */
static void set_path(struct database *database, const char *path)
{
    *database = (struct database){.path = xasprintf("%s%s", path[0] == '/' ? "" : "./", path), .lock_fd = -1};
}

int database_open_reader(struct database *database, const char *path, struct error *error)
{
    int code, result = 0;

    set_path(database, path);
    code = sqlite3_open_v2(database->path, &database->handle,
                           SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code == SQLITE_OK)
        sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT_MS);
    else
        result = database_error(database, code, "cannot open to read", error);
    if (result < 0)
        database_close(database);
    return result;
}

int database_open(struct database *database, const char *path, struct error *error)
{
    int result;

    set_path(database, path);
    result = open_and_lock(database, error);
    if (result == 0)
        result = connect_to(database, error);
    if (result < 0)
        database_close(database);
    return result;
}

void database_close(struct database *database)
{
    /* Closing the last connection writes the log back and removes it. */
    sqlite3_close(database->handle);
    if (database->lock_fd >= 0)
        close(database->lock_fd);
    free(database->path);
    *database = (struct database){.lock_fd = -1};
}
