#include "base/work.h"

#include <signal.h>
#include <stdlib.h>

#include "base/base.h"

struct work {
    uv_work_t request;
    void (*run)(void *data);
    void (*done)(void *data);
    void *data;
};

static void run(uv_work_t *request)
{
    struct work *work = CONTAINER_OF(request, struct work, request);

    work->run(work->data);
}

/* Nobody cancels. */
static void done(uv_work_t *request, int status)
{
    struct work *work = CONTAINER_OF(request, struct work, request);

    (void)status;
    work->done(work->data);
    free(work);
}

void work_start(uv_loop_t *loop, void (*work_run)(void *data), void (*work_done)(void *data), void *data)
{
    struct work *work = xalloc(sizeof(*work));

    work->run = work_run;
    work->done = work_done;
    work->data = data;
    uv_queue_work(loop, &work->request, run, done);
}

int work_thread(pthread_t *ret, const char *name, void *(*thread_run)(void *data), void *data)
{
    sigset_t all, before;
    int result;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    result = -pthread_create(ret, NULL, thread_run, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result == 0)
        (void)pthread_setname_np(*ret, name);
    return result;
}
