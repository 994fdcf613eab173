#include "service/test-store-vfs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

struct faulty_file {
    sqlite3_file base;
    bool is_log;
    sqlite3_file *real; /* behind this struct */
};

/* One disk for the whole test. */
static struct {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool armed, for_good, failed;
    unsigned after, changes;
    int code, system;
    bool hold, held;
    unsigned log_syncs;
    bool log_unsynced;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct faulty_file *faulty_of(sqlite3_file *file)
{
    return (struct faulty_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return faulty_of(file)->real;
}

/* Whether a change of the disk may happen: SQLITE_OK, or what it fails with. */
static int change(void)
{
    int code = SQLITE_OK;

    pthread_mutex_lock(&disk.lock);
    disk.changes++;
    if (disk.armed && disk.after > 0) {
        disk.after--;
    } else if (disk.armed) {
        code = disk.code;
        disk.failed = true;
        disk.armed = disk.for_good;
    }
    pthread_mutex_unlock(&disk.lock);
    return code;
}

static void wait_while_held(void)
{
    pthread_mutex_lock(&disk.lock);
    while (disk.hold) {
        disk.held = true;
        pthread_cond_broadcast(&disk.changed);
        pthread_cond_wait(&disk.changed, &disk.lock);
    }
    disk.held = false;
    pthread_mutex_unlock(&disk.lock);
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods != NULL ? real_of(file)->pMethods->xClose(real_of(file)) : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, size, offset);
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    int code;

    if (faulty_of(file)->is_log)
        wait_while_held();
    code = change();
    if (code != SQLITE_OK)
        return code;
    if (faulty_of(file)->is_log) {
        pthread_mutex_lock(&disk.lock);
        disk.log_unsynced = true;
        pthread_mutex_unlock(&disk.lock);
    }
    return real_of(file)->pMethods->xWrite(real_of(file), data, size, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = change();

    return code != SQLITE_OK ? code : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    int code = change();

    if (code != SQLITE_OK)
        return code == SQLITE_FULL ? SQLITE_IOERR_FSYNC : code;
    if (faulty_of(file)->is_log) {
        pthread_mutex_lock(&disk.lock);
        disk.log_unsynced = false;
        disk.log_syncs++;
        pthread_mutex_unlock(&disk.lock);
    }
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *ret)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
    int code = extend ? change() : SQLITE_OK;

    if (code != SQLITE_OK)
        return code == SQLITE_FULL ? SQLITE_IOERR_SHMSIZE : code;
    return real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, ret);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    struct faulty_file *faulty = faulty_of(file);
    int code = flags & SQLITE_OPEN_CREATE ? change() : SQLITE_OK;

    (void)vfs;
    *faulty = (struct faulty_file){
        .is_log = (flags & SQLITE_OPEN_WAL) != 0,
        .real = (sqlite3_file *)(faulty + 1),
    };
    if (code != SQLITE_OK)
        return SQLITE_CANTOPEN;
    code = disk.real->xOpen(disk.real, name, faulty->real, flags, ret_flags);
    if (code == SQLITE_OK)
        faulty->base.pMethods = &methods;
    return code;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    return disk.failed ? disk.system : disk.real->xGetLastError(disk.real, size, text);
}

void faulty_install(void)
{
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = *disk.real;
    disk.vfs.pNext = NULL;
    disk.vfs.zName = "faulty";
    disk.vfs.szOsFile = (int)sizeof(struct faulty_file) + disk.real->szOsFile;
    disk.vfs.xOpen = vfs_open;
    disk.vfs.xGetLastError = vfs_last_error;
    sqlite3_vfs_register(&disk.vfs, 1);
}

void faulty_fail(unsigned after, int code, int system, bool for_good)
{
    pthread_mutex_lock(&disk.lock);
    disk.armed = true;
    disk.after = after;
    disk.code = code;
    disk.system = system;
    disk.for_good = for_good;
    disk.failed = false;
    pthread_mutex_unlock(&disk.lock);
}

bool faulty_heal(void)
{
    bool failed;

    pthread_mutex_lock(&disk.lock);
    failed = disk.failed;
    disk.armed = disk.failed = false;
    pthread_mutex_unlock(&disk.lock);
    return failed;
}

unsigned faulty_changes(void)
{
    unsigned changes;

    pthread_mutex_lock(&disk.lock);
    changes = disk.changes;
    pthread_mutex_unlock(&disk.lock);
    return changes;
}

void faulty_hold(void)
{
    pthread_mutex_lock(&disk.lock);
    disk.hold = true;
    pthread_mutex_unlock(&disk.lock);
}

bool faulty_wait_until_held(void)
{
    struct timespec end;
    bool held;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 60;
    pthread_mutex_lock(&disk.lock);
    while (!disk.held && pthread_cond_timedwait(&disk.changed, &disk.lock, &end) == 0)
        continue;
    held = disk.held;
    pthread_mutex_unlock(&disk.lock);
    return held;
}

void faulty_release(void)
{
    pthread_mutex_lock(&disk.lock);
    disk.hold = false;
    pthread_cond_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.lock);
}

unsigned faulty_log_syncs(void)
{
    unsigned syncs;

    pthread_mutex_lock(&disk.lock);
    syncs = disk.log_syncs;
    pthread_mutex_unlock(&disk.lock);
    return syncs;
}

bool faulty_log_unsynced(void)
{
    bool unsynced;

    pthread_mutex_lock(&disk.lock);
    unsynced = disk.log_unsynced;
    pthread_mutex_unlock(&disk.lock);
    return unsynced;
}
