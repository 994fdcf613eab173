#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/message-id.h"
#include "base/str.h"
#include "base/work.h"
#include "store/changes.h"
#include "store/database.h"
#include "store/histories.h"
#include "store/job.h"
#include "store/queue.h"
#include "store/reader.h"
#include "store/records.h"
#include "store/tallies.h"

/* A thread that has not taken its work for so long will not take it any more. */
#define TAKEN_WITHIN_MS (5 * INT64_C(1000))

/* Changes go along with what is written next, as they are worth no commit of their own: after a crash nobody
 * goes on from them. But where nothing else is written, so many bytes are enough for one; and so many may
 * wait for a disk that hangs. */
#define CHANGES_TOGETHER    ((size_t)256 * 1024)
#define WAITING_CHANGES_MAX ((size_t)8 * 1024 * 1024)

/* What store_load() gets. */
struct contents {
    int64_t since;
    struct reservation **reservations;
    size_t reservation_count;
    struct meeting **meetings;
    size_t meeting_count;
    int result;
    struct error error;
};

struct store {
    char *path;
    struct reader *reader;
    uint64_t next_sequence;
    struct tally **tallies; /* as they were found */
    size_t tally_count;
    struct histories histories; /* the same */
    struct known known;         /* and with what was put since; the loop's */
    uv_async_t async;           /* the thread has something for the loop */
    pthread_t thread;
    void (*closed)(void *data);
    void *closed_data;
    bool told_failing; /* the log's last words; the loop's */
    bool told_slow;

    /* The thread's, once it runs. */
    struct database database;
    struct records *records;

    /* Both sides', under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t work;   /* for the thread: there is something to do */
    pthread_cond_t loaded; /* for store_load() */
    struct job_list waiting;
    struct job_list changes;  /* wait too, for one of those */
    size_t waiting_changes;   /* bytes of them */
    uint64_t dropped_changes; /* all changes up to this one may be missing */
    struct job_list done;
    bool wanted;              /* store_load() waits for the contents */
    struct contents contents; /* the thread's while they are wanted */
    bool closing;
    bool ended;               /* the thread has closed the database, and touches nothing any more */
    int64_t working_since_ms; /* boot time; UNKNOWN: nothing is in work */
    int64_t waiting_since_ms; /* boot time; UNKNOWN: nothing waits */
    int64_t took_ms;          /* the slowest batch that the loop has not heard of; UNKNOWN: there is none */
    struct store_health health;
};

/* ---- the thread */

static void take_reservation(void *data, struct reservation *take)
{
    struct contents *contents = data;

    if ((contents->reservation_count & (contents->reservation_count - 1)) == 0)
        contents->reservations =
            xrealloc(contents->reservations,
                     contents->reservation_count > 0 ? contents->reservation_count * 2 : 1, sizeof(take));
    contents->reservations[contents->reservation_count++] = take;
}

static void take_meeting(void *data, struct meeting *take)
{
    struct contents *contents = data;

    if ((contents->meeting_count & (contents->meeting_count - 1)) == 0)
        contents->meetings = xrealloc(
            contents->meetings, contents->meeting_count > 0 ? contents->meeting_count * 2 : 1, sizeof(take));
    contents->meetings[contents->meeting_count++] = take;
}

/* In one transaction: one state of all tables, and no lock taken for each of thousands of rows. */
static void read_contents(struct store *store, struct contents *contents)
{
    int result = database_begin_reading(&store->database, &contents->error);

    if (result == 0)
        result = records_read_reservations(store->records, contents->since, take_reservation, contents,
                                           &contents->error);
    if (result == 0)
        result =
            records_read_meetings(store->records, contents->since, take_meeting, contents, &contents->error);
    database_rollback(&store->database);
    contents->result = result;
}

/* The error's text, cut between two characters where it is too long. */
static void keep_text(char *to, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);

    length = utf8_valid_length(text, length);
    memcpy(to, text, length);
    to[length] = '\0';
}

static void count_results(struct store_health *health, const struct job_list *jobs)
{
    for (const struct job *job = jobs->first; job != NULL; job = job->next) {
        health->failing = job->result < 0;
        if (job->result < 0) {
            health->failed++;
            keep_text(health->error, sizeof(health->error), job->error.text);
        } else {
            health->written++;
            health->error[0] = '\0';
        }
    }
    health->waiting -= jobs->count;
}

/* Takes all that wait; called and left with the lock held. */
static void write_waiting(struct store *store)
{
    struct job_list jobs = {0};
    int64_t began_ms, took_ms;
    uint64_t commits;

    store->health.waiting += store->changes.count;
    job_list_move(&jobs, &store->changes);
    job_list_move(&jobs, &store->waiting);
    store->waiting_changes = 0;
    changes_lost(store->records, store->dropped_changes);
    began_ms = clock_boot_ms(clock_system());
    store->working_since_ms = began_ms;
    store->waiting_since_ms = UNKNOWN;
    pthread_mutex_unlock(&store->lock);
    commits = jobs_run(&jobs, &store->database, store->records);
    took_ms = clock_boot_ms(clock_system()) - began_ms;
    pthread_mutex_lock(&store->lock);
    store->working_since_ms = UNKNOWN;
    if (store->waiting.first != NULL)
        store->waiting_since_ms = began_ms + took_ms;
    if (took_ms > store->took_ms)
        store->took_ms = took_ms;
    store->health.commits += commits;
    if (took_ms > store->health.slowest_ms)
        store->health.slowest_ms = took_ms;
    count_results(&store->health, &jobs);
    job_list_move(&store->done, &jobs);
    uv_async_send(&store->async);
}

/* Called and left with the lock held. */
static void read_for_loader(struct store *store)
{
    pthread_mutex_unlock(&store->lock);
    read_contents(store, &store->contents);
    pthread_mutex_lock(&store->lock);
    store->wanted = false;
    pthread_cond_signal(&store->loaded);
}

static bool has_to_write(const struct store *store)
{
    return store->waiting.first != NULL || store->waiting_changes >= CHANGES_TOGETHER ||
           (store->closing && store->changes.first != NULL);
}

static void *run_thread(void *data)
{
    struct store *store = data;

    pthread_mutex_lock(&store->lock);
    for (;;) {
        if (has_to_write(store))
            write_waiting(store);
        else if (store->wanted)
            read_for_loader(store);
        else if (store->closing)
            break;
        else
            pthread_cond_wait(&store->work, &store->lock);
    }
    pthread_mutex_unlock(&store->lock);
    records_free(store->records);
    database_close(&store->database);
    pthread_mutex_lock(&store->lock);
    store->ended = true;
    pthread_mutex_unlock(&store->lock);
    /* The loop joins the thread before it closes the handle. */
    uv_async_send(&store->async);
    return NULL;
}

/* ---- answers, on the loop */

/* The log has it once when writing begins to fail, and once when it works again. */
static void tell_log(struct store *store, const struct job *job)
{
    bool failing = job->result < 0;

    if (failing == store->told_failing)
        return;
    store->told_failing = failing;
    if (failing)
        log_error(&(struct log_subject){.message_id = MESSAGE_STORE_FAILING}, "%s", job->error.text);
    else
        log_notice(NULL, "the store %s is written again", store->path);
}

/* The same for writing that has become slow. */
static void tell_slowness(struct store *store, int64_t took_ms)
{
    bool slow = took_ms >= STORE_SLOW_MS;

    if (slow == store->told_slow)
        return;
    store->told_slow = slow;
    if (slow)
        log_warning(NULL, "the store %s took %lld s for a write: its disk is slow", store->path,
                    (long long)(took_ms / 1000));
    else
        log_notice(NULL, "the store %s is written in time again", store->path);
}

static void answer(struct store *store, struct job_list *jobs)
{
    struct job *job;

    while ((job = job_list_shift(jobs)) != NULL) {
        tell_log(store, job);
        if (job->callback != NULL)
            job->callback(job->data, job->result == 0 ? job->more : job->result,
                          job->result < 0 ? &job->error : NULL);
        job_free(job);
    }
}

static void store_free(struct store *store)
{
    for (size_t i = 0; i < store->tally_count; i++)
        tally_free(store->tallies[i]);
    free(store->tallies);
    histories_fini(&store->histories);
    known_fini(&store->known);
    pthread_cond_destroy(&store->loaded);
    pthread_cond_destroy(&store->work);
    pthread_mutex_destroy(&store->lock);
    free(store->path);
    free(store);
}

/* What callbacks queued when the thread had ended already. */
static void refuse_late(struct store *store)
{
    struct job *job;

    job_list_move(&store->waiting, &store->changes);
    while ((job = job_list_shift(&store->waiting)) != NULL) {
        struct error error;

        error_set(&error, -ECANCELED, "the store %s is closed", store->path);
        if (job->callback != NULL)
            job->callback(job->data, error.code, &error);
        job_free(job);
    }
}

static void on_async_closed(uv_handle_t *handle)
{
    struct store *store = handle->data;
    void (*closed)(void *data) = store->closed;
    void *data = store->closed_data;

    refuse_late(store);
    reader_free(store->reader);
    store_free(store);
    if (closed != NULL)
        closed(data);
}

static void on_async(uv_async_t *async)
{
    struct store *store = async->data;
    struct job_list done = {0};
    int64_t took_ms;
    bool ended;

    pthread_mutex_lock(&store->lock);
    job_list_move(&done, &store->done);
    ended = store->ended;
    took_ms = store->took_ms;
    store->took_ms = UNKNOWN;
    pthread_mutex_unlock(&store->lock);
    if (took_ms != UNKNOWN)
        tell_slowness(store, took_ms);
    answer(store, &done);
    if (!ended)
        return;
    pthread_join(store->thread, NULL);
    uv_close((uv_handle_t *)async, on_async_closed);
}

/* ---- opening and closing */

static void take_tally(void *data, struct tally *take)
{
    struct store *store = data;

    store->tallies = xrealloc(store->tallies, store->tally_count + 1, sizeof(take));
    store->tallies[store->tally_count++] = take;
}

static int open_records(struct store *store, struct error *error)
{
    int result = database_open(&store->database, store->path, error);

    if (result < 0)
        return result;
    result = records_new(&store->records, &store->database, error);
    if (result == 0)
        result = records_read_sequences(store->records, &store->next_sequence, error);
    if (result == 0)
        result = tallies_read(store->records, take_tally, store, error);
    if (result == 0)
        result = histories_read(store->records, &store->histories, error);
    if (result == 0)
        result = known_read(store->records, &store->known, error);
    return result;
}

static void close_async(void *data)
{
    struct store *store = data;

    uv_close((uv_handle_t *)&store->async, on_async_closed);
}

/* It does not open: what the loop has of it goes. */
static void give_up(struct store *store)
{
    if (store->reader != NULL)
        reader_close(store->reader, close_async, store);
    else
        close_async(store);
}

int store_open(struct store **ret, uv_loop_t *loop, const char *path, struct error *error)
{
    struct store *store = xalloc(sizeof(*store));
    int result;

    store->path = xstrdup(path);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->work, NULL);
    pthread_cond_init(&store->loaded, NULL);
    store->working_since_ms = UNKNOWN;
    store->waiting_since_ms = UNKNOWN;
    store->took_ms = UNKNOWN;
    store->async.data = store;
    result = open_records(store, error);
    if (result == 0) {
        result = uv_async_init(loop, &store->async, on_async);
        if (result < 0)
            error_set(error, result, "the store %s: cannot be joined to the loop: %s", path,
                      strerror(-result));
    }
    if (result < 0) {
        records_free(store->records);
        database_close(&store->database);
        store_free(store);
        return result;
    }
    result = reader_new(&store->reader, loop, store->path, error);
    if (result == 0 && (result = work_thread(&store->thread, "store", run_thread, store)) < 0)
        error_set(error, result, "the store %s: cannot start its thread: %s", path, strerror(-result));
    if (result < 0) {
        records_free(store->records);
        database_close(&store->database);
        give_up(store);
        return result;
    }
    *ret = store;
    return 0;
}

/* The file's last connection is the one that can write the log back. */
static void on_reader_closed(void *data)
{
    struct store *store = data;

    pthread_mutex_lock(&store->lock);
    store->closing = true;
    pthread_cond_signal(&store->work);
    pthread_mutex_unlock(&store->lock);
}

void store_close(struct store *store, void (*closed)(void *data), void *data)
{
    store->closed = closed;
    store->closed_data = data;
    reader_close(store->reader, on_reader_closed, store);
}

/* ---- requests */

int store_load(struct store *store, int64_t since, void (*reservation)(void *data, struct reservation *take),
               void (*meeting)(void *data, struct meeting *take), void *data, struct error *error)
{
    struct contents contents;

    pthread_mutex_lock(&store->lock);
    store->contents = (struct contents){.since = since};
    store->wanted = true;
    pthread_cond_signal(&store->work);
    while (store->wanted)
        pthread_cond_wait(&store->loaded, &store->lock);
    contents = store->contents;
    pthread_mutex_unlock(&store->lock);
    /* All has been read before anything is handed over: a callback may write. */
    for (size_t i = 0; i < contents.reservation_count; i++) {
        if (contents.result == 0)
            reservation(data, contents.reservations[i]);
        else
            reservation_free(contents.reservations[i]);
    }
    for (size_t i = 0; i < contents.meeting_count; i++) {
        if (contents.result == 0)
            meeting(data, contents.meetings[i]);
        else
            meeting_free(contents.meetings[i]);
    }
    free(contents.reservations);
    free(contents.meetings);
    if (contents.result < 0 && error != NULL)
        *error = contents.error;
    return contents.result;
}

void store_queue(struct store *store, struct job *take_job)
{
    pthread_mutex_lock(&store->lock);
    if (store->waiting.first == NULL && store->working_since_ms == UNKNOWN)
        store->waiting_since_ms = clock_boot_ms(clock_system());
    job_list_add(&store->waiting, take_job);
    store->health.waiting++;
    pthread_cond_signal(&store->work);
    pthread_mutex_unlock(&store->lock);
}

struct known *store_known(struct store *store)
{
    return &store->known;
}

/* A look at a meeting that still waits is out of date when the next one comes, and nobody asks for it: it
 * gives its place up. So a disk that hangs costs memory for each meeting, not for each look. */
static bool take_waiting_place(struct store *store, struct meeting **meeting)
{
    bool found = false;

    pthread_mutex_lock(&store->lock);
    for (struct job *job = store->waiting.first; job != NULL && !found; job = job->next) {
        if (job->kind == JOB_PUT_MEETING && job->callback == NULL &&
            str_equal(job->meeting->id, (*meeting)->id)) {
            struct meeting *older = job->meeting;

            job->meeting = *meeting;
            *meeting = older;
            found = true;
        }
    }
    pthread_mutex_unlock(&store->lock);
    return found;
}

void store_put_meeting(struct store *store, const struct meeting *meeting, store_cb *callback, void *data)
{
    struct meeting *copy = meeting_copy(meeting);
    struct job *job;

    keys_add(&store->known.meetings, meeting->id);
    if (callback == NULL && take_waiting_place(store, &copy)) {
        meeting_free(copy);
        return;
    }
    job = job_new(JOB_PUT_MEETING, callback, data);
    job->meeting = copy;
    store_queue(store, job);
}

uint64_t store_next_sequence(const struct store *store)
{
    return store->next_sequence;
}

void store_put_change(struct store *store, struct store_change *take)
{
    struct job *job = job_new(JOB_PUT_CHANGE, NULL, NULL), *dropped = NULL;

    job->change = take;
    pthread_mutex_lock(&store->lock);
    if (store->waiting_changes < WAITING_CHANGES_MAX) {
        store->waiting_changes += changes_size(take);
        job_list_add(&store->changes, job);
    } else {
        store->dropped_changes = take->sequence;
        dropped = job;
    }
    if (store->waiting_changes >= CHANGES_TOGETHER)
        pthread_cond_signal(&store->work);
    pthread_mutex_unlock(&store->lock);
    if (dropped != NULL)
        job_free(dropped);
}

size_t store_tallies(const struct store *store, struct tally *const **ret)
{
    *ret = store->tallies;
    return store->tally_count;
}

int64_t store_history(const struct store *store, const char *reservation)
{
    return histories_find(&store->histories, reservation);
}

struct store_read *store_ask(struct store *store, const struct past_question *question,
                             store_read_cb *callback, void *data)
{
    return reader_ask(store->reader, question, callback, data);
}

void store_cancel(struct store *store, struct store_read *read)
{
    reader_cancel(store->reader, read);
}

void store_health(struct store *store, struct store_health *ret)
{
    pthread_mutex_lock(&store->lock);
    *ret = store->health;
    if (store->working_since_ms != UNKNOWN)
        ret->busy_ms = clock_boot_ms(clock_system()) - store->working_since_ms;
    pthread_mutex_unlock(&store->lock);
}

bool store_alive(struct store *store)
{
    bool alive;

    pthread_mutex_lock(&store->lock);
    alive = store->working_since_ms != UNKNOWN || store->waiting_since_ms == UNKNOWN ||
            clock_boot_ms(clock_system()) - store->waiting_since_ms < TAKEN_WITHIN_MS;
    pthread_mutex_unlock(&store->lock);
    return alive;
}
