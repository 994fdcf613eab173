/*
 * A disk that fails when it is told to: a layer between SQLite and its own file access. It counts what
 * changes the disk (writing, syncing, making files and shared memory), lets the n-th of it fail, once or from
 * then on, and can hold SQLite up when it writes to its log.
 */
#ifndef MEETINGD_TESTS_STORE_VFS_H
#define MEETINGD_TESTS_STORE_VFS_H

#include <stdbool.h>

/* From now on SQLite opens files through the layer. */
void faulty_install(void);

/* The change number `after` (0: the next) fails with SQLite's `code` and the errno `system`; `for_good`: and
 * so do all after it. */
void faulty_fail(unsigned after, int code, int system, bool for_good);

/* The disk is well again. Returns whether something had failed. */
bool faulty_heal(void);

/* How many changes there were so far. */
unsigned faulty_changes(void);

/* SQLite stops when it next writes to its log; faulty_wait_until_held() returns once it has: true, or
 * false where that took so long that something is wrong. */
void faulty_hold(void);
bool faulty_wait_until_held(void);
void faulty_release(void);

/* How often the log was synced, and whether something was written to it since. */
unsigned faulty_log_syncs(void);
bool faulty_log_unsynced(void);

#endif
