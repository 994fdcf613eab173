#include "store/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/log.h"
#include "base/work.h"
#include "store/database.h"
#include "store/past-read.h"

struct store_read {
    struct store_read *next;
    struct past_question question; /* its texts are owned */
    store_read_cb *callback;
    void *data;
    bool cancelled; /* under the lock */
    int result;
    struct error error;
    struct past_answer answer;
};

struct read_list {
    struct store_read *first, **last;
};

struct reader {
    char *path;
    uv_async_t async;
    pthread_t thread;
    bool started; /* the thread; the loop's */
    bool told_failing;
    void (*closed)(void *data);
    void *closed_data;

    /* The thread's. */
    struct database database;
    struct records *records; /* NULL: not open */

    /* Both sides', under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct read_list waiting, done;
    sqlite3 *reading; /* the connection while it reads */
    bool closing;
    bool ended; /* the thread touches nothing any more */
};

static void list_init(struct read_list *list)
{
    *list = (struct read_list){.last = &list->first};
}

static void list_add(struct read_list *list, struct store_read *read)
{
    read->next = NULL;
    *list->last = read;
    list->last = &read->next;
}

static struct store_read *list_shift(struct read_list *list)
{
    struct store_read *read = list->first;

    if (read == NULL)
        return NULL;
    list->first = read->next;
    if (list->first == NULL)
        list->last = &list->first;
    return read;
}

static void read_free(struct store_read *read)
{
    past_answer_fini(&read->answer);
    free((char *)read->question.text);
    free((char *)read->question.after);
    free(read);
}

/* ---- the thread */

static int open_connection(struct reader *reader, struct error *error)
{
    int result;

    if (reader->records != NULL)
        return 0;
    result = database_open_reader(&reader->database, reader->path, error);
    if (result < 0)
        return result;
    result = records_new(&reader->records, &reader->database, error);
    if (result < 0)
        database_close(&reader->database);
    return result;
}

static void close_connection(struct reader *reader)
{
    if (reader->records == NULL)
        return;
    reader->records = records_free(reader->records);
    database_close(&reader->database);
}

/* Whether the connection may be used: one that is told to close is not begun with. */
static bool note_reading(struct reader *reader, sqlite3 *handle)
{
    bool may;

    pthread_mutex_lock(&reader->lock);
    may = !reader->closing;
    reader->reading = may ? handle : NULL;
    pthread_mutex_unlock(&reader->lock);
    return may;
}

/* One state of all tables; no longer than the slice takes. */
static int read_slice(struct reader *reader, struct store_read *read, struct error *error)
{
    int result = open_connection(reader, error);

    if (result < 0)
        return result;
    if (!note_reading(reader, reader->database.handle))
        return error_set(error, -ECANCELED, "the store %s is closed", reader->path);
    result = database_begin_reading(&reader->database, error);
    if (result == 0)
        result = past_read(reader->records, &read->question, &read->answer, error);
    database_rollback(&reader->database);
    note_reading(reader, NULL);
    /* A file that is damaged, or was put in another's place, is opened anew. */
    if (result < 0)
        close_connection(reader);
    return result;
}

/* Called and left with the lock held. */
static void read_next(struct reader *reader)
{
    struct store_read *read = list_shift(&reader->waiting);

    if (!read->cancelled) {
        pthread_mutex_unlock(&reader->lock);
        read->result = read_slice(reader, read, &read->error);
        pthread_mutex_lock(&reader->lock);
    }
    list_add(&reader->done, read);
    uv_async_send(&reader->async);
}

static void *run_thread(void *data)
{
    struct reader *reader = data;

    pthread_mutex_lock(&reader->lock);
    while (!reader->closing) {
        if (reader->waiting.first != NULL)
            read_next(reader);
        else
            pthread_cond_wait(&reader->work, &reader->lock);
    }
    pthread_mutex_unlock(&reader->lock);
    close_connection(reader);
    pthread_mutex_lock(&reader->lock);
    reader->ended = true;
    pthread_mutex_unlock(&reader->lock);
    uv_async_send(&reader->async);
    return NULL;
}

/* ---- answers, on the loop */

/* The log has it once when reading begins to fail, and once when it works again. */
static void tell_log(struct reader *reader, const struct store_read *read)
{
    bool failing = read->result < 0;

    if (failing == reader->told_failing || read->result == -ECANCELED)
        return;
    reader->told_failing = failing;
    if (failing)
        log_error(NULL, "%s", read->error.text);
    else
        log_notice(NULL, "the history in the store %s is read again", reader->path);
}

static void answer_done(struct reader *reader)
{
    struct read_list done;
    struct store_read *read;

    list_init(&done);
    pthread_mutex_lock(&reader->lock);
    while ((read = list_shift(&reader->done)) != NULL)
        list_add(&done, read);
    pthread_mutex_unlock(&reader->lock);
    while ((read = list_shift(&done)) != NULL) {
        /* An earlier one's callback may have cancelled it. */
        if (!read->cancelled) {
            tell_log(reader, read);
            read->callback(read->data, read->result, read->result < 0 ? &read->error : NULL, &read->answer);
        }
        read_free(read);
    }
}

static void refuse_waiting(struct reader *reader)
{
    struct store_read *read;

    while ((read = list_shift(&reader->waiting)) != NULL) {
        struct error error;

        error_set(&error, -ECANCELED, "the store %s is closed", reader->path);
        if (!read->cancelled)
            read->callback(read->data, error.code, &error, &read->answer);
        read_free(read);
    }
}

static void on_async_closed(uv_handle_t *handle)
{
    struct reader *reader = handle->data;

    refuse_waiting(reader);
    reader->closed(reader->closed_data);
}

static void on_async(uv_async_t *async)
{
    struct reader *reader = async->data;
    bool ended;

    pthread_mutex_lock(&reader->lock);
    ended = reader->ended;
    pthread_mutex_unlock(&reader->lock);
    answer_done(reader);
    if (!ended)
        return;
    if (reader->started)
        pthread_join(reader->thread, NULL);
    uv_close((uv_handle_t *)async, on_async_closed);
}

/* ---- questions */

int reader_new(struct reader **ret, uv_loop_t *loop, const char *path, struct error *error)
{
    struct reader *reader = xalloc(sizeof(*reader));
    int result = uv_async_init(loop, &reader->async, on_async);

    if (result < 0) {
        free(reader);
        return error_set(error, result, "the store %s: cannot be joined to the loop: %s", path,
                         strerror(-result));
    }
    reader->async.data = reader;
    reader->path = xstrdup(path);
    pthread_mutex_init(&reader->lock, NULL);
    pthread_cond_init(&reader->work, NULL);
    list_init(&reader->waiting);
    list_init(&reader->done);
    *ret = reader;
    return 0;
}

static int start_thread(struct reader *reader)
{
    int result = reader->started ? 0 : work_thread(&reader->thread, "history", run_thread, reader);

    reader->started = result == 0;
    return result;
}

struct store_read *reader_ask(struct reader *reader, const struct past_question *question,
                              store_read_cb *callback, void *data)
{
    struct store_read *read = xalloc(sizeof(*read));

    read->question = *question;
    read->question.text = question->text != NULL ? xstrdup(question->text) : NULL;
    read->question.after = question->after != NULL ? xstrdup(question->after) : NULL;
    read->callback = callback;
    read->data = data;
    if (!reader->closing)
        read->result = start_thread(reader);
    pthread_mutex_lock(&reader->lock);
    if (read->result < 0) {
        error_set(&read->error, read->result, "the store %s: cannot start a thread to read it: %s",
                  reader->path, strerror(-read->result));
        list_add(&reader->done, read);
        uv_async_send(&reader->async);
    } else {
        list_add(&reader->waiting, read);
        pthread_cond_signal(&reader->work);
    }
    pthread_mutex_unlock(&reader->lock);
    return read;
}

void reader_cancel(struct reader *reader, struct store_read *read)
{
    pthread_mutex_lock(&reader->lock);
    read->cancelled = true;
    pthread_mutex_unlock(&reader->lock);
}

void reader_close(struct reader *reader, void (*closed)(void *data), void *data)
{
    reader->closed = closed;
    reader->closed_data = data;
    pthread_mutex_lock(&reader->lock);
    reader->closing = true;
    if (reader->reading != NULL)
        sqlite3_interrupt(reader->reading);
    if (!reader->started)
        reader->ended = true;
    pthread_cond_signal(&reader->work);
    pthread_mutex_unlock(&reader->lock);
    if (!reader->started)
        uv_async_send(&reader->async);
}

void reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    refuse_waiting(reader);
    pthread_cond_destroy(&reader->work);
    pthread_mutex_destroy(&reader->lock);
    free(reader->path);
    free(reader);
}
