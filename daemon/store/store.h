/*
 * store: what must survive: reservations (the journal of intents among them), the last known meetings and who
 * was in them, in SQLite.
 *
 * One connection, owned by the store's own thread. Jobs are queued from the loop, carried out in order, and
 * all that wait together go into one commit; answers come back on the loop, in order. Reservations are
 * written with synchronous=FULL: when the callback says 0 they are on the disk.
 *
 * A failing disk does not stop the daemon: the job's callback gets the error, store_health() tells, and the
 * log has it once, and once when writing works again. A job that fails takes no other of its commit along;
 * where the commit itself fails, all of it have failed. Nothing has to be done for it to heal.
 *
 * The past is read on a second connection with a thread of its own (reader, past): what is asked for never
 * keeps what is written waiting.
 *
 * Inside: store.c (queue, thread, answers), requests (what is put into the queue), job (a batch), records
 * (structs to rows) on rows and tables, keys (what is there), changes (what watchers were told), database
 * (the file, transactions, errors), schema.
 */
#ifndef MEETINGD_STORE_STORE_H
#define MEETINGD_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "base/error.h"
#include "model/meeting.h"
#include "model/reservation.h"
#include "model/tally.h"
#include "store/past.h"

struct store;

/* Comes once, from the loop. `error` is NULL where `result` is 0. */
typedef void store_cb(void *data, int result, const struct error *error);

/* Opens or makes the database, brings its schema up to date, and starts the thread. A file of a newer
 * version, one that is no database, or one that another meetingd has open is refused with a text that says
 * what to do, and is not changed. The file's mode is 0600: it holds passwords. The loop must be run after a
 * failure too. */
int store_open(struct store **ret, uv_loop_t *loop, const char *path, struct error *error);

/* Reads all but the reservations and the meetings that were over before `since` (Unix seconds); of each plan
 * the last reservation is read all the same, and of each reservation that is read the last meeting. They come
 * in the order it was first written (replacing keeps the place), reservations first; each callback owns what
 * it gets, and may write. Where it fails nothing is called. Blocks: call it before the loop runs. */
int store_load(struct store *store, int64_t since, void (*reservation)(void *data, struct reservation *take),
               void (*meeting)(void *data, struct meeting *take), void *data, struct error *error);

/* Inserts or replaces by key. The reservation is copied. `callback` may be NULL. */
void store_put_reservation(struct store *store, const struct reservation *reservation, store_cb *callback,
                           void *data);

/* Drops a reservation by key; nothing happens where there is none. */
void store_drop_reservation(struct store *store, const char *key, store_cb *callback, void *data);

/* Whether it has a reservation of this key, loaded or not, or has been given one to write. One that was
 * removed as too old counts until the next start. */
bool store_has_reservation(struct store *store, const char *key);

/* The same of a meeting. */
bool store_has_meeting(struct store *store, const char *id);

/* Inserts or replaces by id, with its participants. The meeting is copied. `callback` may be NULL; then it
 * also replaces what still waits to be written of the same meeting. */
void store_put_meeting(struct store *store, const struct meeting *meeting, store_cb *callback, void *data);

/* The first sequence number that no run of the daemon has used: numbers up to the returned one plus `block`
 * may be handed out once store_claim_sequences() was called back. Read it before the loop runs. */
uint64_t store_next_sequence(const struct store *store);

/* Puts on disk that all numbers below `below` may have been handed out; fewer than before changes nothing. */
void store_claim_sequences(struct store *store, uint64_t below, store_cb *callback, void *data);

/* All numbers below `below` were handed out, and no others: the next run goes on without a gap, and whoever
 * has seen changes of this one can go on with those of that. The last word about sequence numbers. */
void store_settle_sequences(struct store *store, uint64_t below);

/* A change as watchers are told of it. */
struct store_change {
    uint64_t sequence;
    int64_t time;  /* Unix ms */
    char *name;    /* of the plan; NULL: of none */
    char *subject; /* what the next change with the same one makes out of date; NULL: nothing does */
    char *text;
    char *secret_text; /* as operators get it; NULL: the same */
};

struct store_change *store_change_free(struct store_change *change);

/* Keeps a change for a while (a week, 10,000 of them, 32 MiB). It is written with what is written next. One
 * that cannot be written, or comes while too
 * many wait for a disk that hangs, is lost, and a later reading shows that. Nobody is told. */
void store_put_change(struct store *store, struct store_change *take);

/* Which changes to read, and what was found. */
struct store_reading {
    uint64_t since; /* those after this one */
    uint64_t until; /* up to this one, inclusive; comes back lower where there were too many for one time */
    char *name;     /* of one plan; NULL: all */
    bool overrun;   /* nothing was read: not all changes after `since` are kept */
    struct store_change *changes;
    size_t count;
    size_t size; /* of the texts together */
};

/* Frees what was found. */
void store_reading_clear(struct store_reading *reading);

/* Reads what was put before. `reading` is the store's until the callback. */
void store_read_changes(struct store *store, struct store_reading *reading, store_cb *callback, void *data);

/* What was counted before the store was opened; belongs to the store. Read it before the loop runs. */
size_t store_tallies(const struct store *store, struct tally *const **ret);

/* Puts a claim and the counts that changed on disk. Until the callback came with 0 no more calls may be made
 * than were claimed before. */
void store_put_tally(struct store *store, struct tally *take, store_cb *callback, void *data);

/* The same at the end of a run, which has made exactly so many calls as it claims now. */
void store_settle_tally(struct store *store, struct tally *take, store_cb *callback, void *data);

/* Unix seconds up to which all meetings of a reservation were known when the store was opened; UNKNOWN: none
 * was written down. */
int64_t store_history(const struct store *store, const char *reservation);

/* Writes that down, for a reservation that is in the store. `callback` may be NULL. */
void store_put_history(struct store *store, const char *reservation, int64_t complete_until,
                       store_cb *callback, void *data);

/* Removes a part of what was over before `before` (Unix seconds): ended reservations but the last of each
 * plan and those that carry a plan, and meetings with who was in them but the last of a reservation that
 * stays. What it frees of the file is used again. `callback` comes with 1 where there is more to remove, and
 * with 0 where there is not. */
void store_prune(struct store *store, int64_t before, store_cb *callback, void *data);

/* A question on its way. */
struct store_read;

/* Comes once, from the loop. The answer is empty where `result` is not 0; what the callback leaves in it goes
 * with it. */
typedef void store_read_cb(void *data, int result, const struct error *error, struct past_answer *answer);

/* Asks about the past; the question is copied. One at a time is worked on, in the order of asking. What was
 * put before and has been answered is in the answer. */
struct store_read *store_ask(struct store *store, const struct past_question *question,
                             store_read_cb *callback, void *data);

/* The callback does not come. */
void store_cancel(struct store *store, struct store_read *read);

struct store_health {
    bool failing;     /* the last job failed */
    char error[256];  /* its text */
    uint64_t written; /* jobs done */
    uint64_t commits;
    uint64_t failed;    /* jobs failed */
    uint64_t waiting;   /* jobs queued or in work */
    int64_t slowest_ms; /* the slowest batch so far */
    int64_t busy_ms;    /* how long the batch in work has taken; 0: none is */
};

/* What to show; a copy, safe from the loop at any time. */
void store_health(struct store *store, struct store_health *ret);

/* A write that takes longer makes the store slow. */
#define STORE_SLOW_MS (5 * INT64_C(1000))

/* Whether the thread takes the work that is given to it. One inside a slow write is alive. */
bool store_alive(struct store *store);

/* Gives up what is being read (-ECANCELED), carries out what is queued, closes the database, frees;
 * `closed(data)` comes from the loop, after all callbacks. What callbacks queue meanwhile is carried out too,
 * or comes back with -ECANCELED where the database has been closed by then. */
void store_close(struct store *store, void (*closed)(void *data), void *data);

#endif
