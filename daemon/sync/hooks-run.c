#include "sync/hooks-run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "sync/hooks-output.h"

/* Between SIGTERM and SIGKILL. */
#define KILL_AFTER_MS MS_PER_SECOND

/* How long the output of a program that has ended is read, where somebody else still holds it. */
#define DRAIN_MS MS_PER_SECOND

#define CHUNK 4096

enum { OURS, THEIRS, ENDS };

struct hooks_run {
    char *name;
    struct occasion *occasion;
    void (*ended)(void *data, const struct hooks_end *end);
    void *data;
    uv_process_t process;
    uv_pipe_t input, output;
    uv_write_t write;
    int open;           /* handles that are not closed yet */
    struct timer timer; /* until SIGTERM, then until SIGKILL, then until its output is given up */
    struct hooks_output lines;
    struct string_list told;
    struct hooks_end end;
    char chunk[CHUNK];
};

static void run_free(struct hooks_run *run)
{
    timer_stop(&run->timer);
    string_list_fini(&run->told);
    occasion_unref(run->occasion);
    free(run->name);
    free(run);
}

static void on_line(void *data, const char *line)
{
    struct hooks_run *run = data;
    struct log_subject subject = occasion_subject(run->occasion, run->name);

    log_info(&subject, "hook %s: %s", run->name, line);
    string_list_add(&run->told, line);
}

static void on_closed(uv_handle_t *handle)
{
    struct hooks_run *run = handle->data;

    if (--run->open > 0)
        return;
    run->end.output = &run->told;
    run->ended(run->data, &run->end);
    run_free(run);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_output(struct hooks_run *run)
{
    if (uv_is_closing((uv_handle_t *)&run->output))
        return;
    hooks_output_end(&run->lines, on_line, run);
    close_handle(&run->output);
}

/* ---- its time */

/* The program and all that it has started, as far as they are in its session's first group. */
static void signal_all(const struct hooks_run *run, int number)
{
    uv_kill(-run->process.pid, number);
}

/* Another thing is waited for. */
static void wait_for(struct hooks_run *run, timer_cb *callback, int64_t delay_ms)
{
    timer_stop(&run->timer);
    timer_init(&run->timer, run->timer.timers, callback, run);
    timer_start_in(&run->timer, delay_ms);
}

static void on_kill(struct timer *timer)
{
    signal_all(timer->data, SIGKILL);
}

static void terminate(struct hooks_run *run)
{
    signal_all(run, SIGTERM);
    wait_for(run, on_kill, KILL_AFTER_MS);
}

static void on_timeout(struct timer *timer)
{
    struct hooks_run *run = timer->data;

    run->end.timed_out = true;
    terminate(run);
}

void hooks_run_stop(struct hooks_run *run)
{
    if (run->end.error != 0 || run->end.stopped)
        return;
    /* One that has ended: whoever holds its output is not waited for. */
    if (uv_is_closing((uv_handle_t *)&run->process)) {
        close_output(run);
        return;
    }
    run->end.stopped = true;
    if (!run->end.timed_out)
        terminate(run);
}

static void on_drained(struct timer *timer)
{
    close_output(timer->data);
}

static void on_program_end(uv_process_t *process, int64_t status, int number)
{
    struct hooks_run *run = process->data;

    run->end.exit_code = (int)status;
    run->end.signal = number;
    /* Children that it has left behind would be neither counted nor ended by anyone. */
    signal_all(run, SIGKILL);
    timer_stop(&run->timer);
    close_handle(&run->input);
    close_handle(process);
    if (run->end.stopped)
        close_output(run);
    if (uv_is_closing((uv_handle_t *)&run->output))
        return;
    wait_for(run, on_drained, DRAIN_MS);
}

/* ---- its input and output */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct hooks_run *run = handle->data;

    (void)suggested;
    *ret = uv_buf_init(run->chunk, sizeof(run->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct hooks_run *run = stream->data;

    if (length > 0)
        hooks_output_add(&run->lines, buffer->base, (size_t)length, on_line, run);
    else if (length < 0)
        close_output(run);
}

/* Also where the program has not read all of it: that is its own affair. */
static void on_written(uv_write_t *write, int status)
{
    struct hooks_run *run = write->data;

    (void)status;
    close_handle(&run->input);
}

static void talk(struct hooks_run *run)
{
    uv_buf_t input = uv_buf_init(run->occasion->input, (unsigned)run->occasion->length);

    run->write.data = run;
    if (uv_write(&run->write, (uv_stream_t *)&run->input, &input, 1, on_written) < 0)
        close_handle(&run->input);
    if (uv_read_start((uv_stream_t *)&run->output, on_allocate, on_read) < 0)
        close_output(run);
}

/* ---- the start */

static void close_fds(const uv_file fds[ENDS])
{
    for (int i = 0; i < ENDS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

/* Hands our end to a handle, and gives the program the other one. */
static int open_pipe(uv_pipe_t *pipe, uv_file fds[ENDS], bool is_input, uv_stdio_container_t *ret)
{
    uv_file ends[2];
    int r = uv_pipe(ends, is_input ? 0 : UV_NONBLOCK_PIPE, is_input ? UV_NONBLOCK_PIPE : 0);

    if (r < 0)
        return r;
    fds[OURS] = ends[is_input ? 1 : 0];
    fds[THEIRS] = ends[is_input ? 0 : 1];
    r = uv_pipe_open(pipe, fds[OURS]);
    if (r == 0)
        fds[OURS] = -1; /* the handle's */
    ret->flags = UV_INHERIT_FD;
    ret->data.fd = fds[THEIRS];
    return r;
}

/* Others open descriptors too, and not all of them say O_CLOEXEC (libcurl 7.88's socket pairs do not). */
static void keep_descriptors(void)
{
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        uv_disable_stdio_inheritance(); /* an old kernel: as far as they are without gaps */
}

static int spawn(struct hooks_run *run, uv_loop_t *loop, const struct string_list *exec)
{
    const struct string_list *environment = &run->occasion->environment;
    CLEANUP_FREE char **arguments = xcalloc(exec->count + 1, sizeof(char *));
    CLEANUP_FREE char **variables = xcalloc(environment->count + 1, sizeof(char *));
    uv_file input[ENDS] = {-1, -1}, output[ENDS] = {-1, -1};
    uv_stdio_container_t stdio[3];
    uv_process_options_t options = {
        .exit_cb = on_program_end,
        .file = exec->items[0],
        .args = arguments,
        .env = variables,
        .cwd = "/",
        .flags = UV_PROCESS_DETACHED, /* setsid(): all that it starts can be ended together */
        .stdio_count = (int)ELEMENTS(stdio),
        .stdio = stdio,
    };
    int r;

    memcpy(arguments, exec->items, exec->count * sizeof(char *));
    memcpy(variables, environment->items, environment->count * sizeof(char *));
    r = open_pipe(&run->input, input, true, &stdio[STDIN_FILENO]);
    if (r == 0)
        r = open_pipe(&run->output, output, false, &stdio[STDOUT_FILENO]);
    if (r == 0) {
        keep_descriptors();
        stdio[STDERR_FILENO] = stdio[STDOUT_FILENO];
        r = uv_spawn(loop, &run->process, &options);
    }
    close_fds(input);
    close_fds(output);
    return r;
}

struct hooks_run *hooks_run_start(const struct hooks_run_options *options)
{
    struct hooks_run *run = xalloc(sizeof(*run));

    run->name = xstrdup(options->hook->name);
    run->occasion = occasion_ref(options->occasion);
    run->ended = options->ended;
    run->data = options->data;
    timer_init(&run->timer, options->timers, on_timeout, run);
    uv_pipe_init(options->loop, &run->input, 0);
    uv_pipe_init(options->loop, &run->output, 0);
    run->input.data = run->output.data = run->process.data = run;
    run->open = 2;
    run->end.error = spawn(run, options->loop, &options->hook->exec);
    /* libuv's handle is there as soon as uv_spawn() was called, whatever came of it. */
    if (run->process.type == UV_PROCESS)
        run->open++;
    if (run->end.error == 0) {
        timer_start_in(&run->timer, options->hook->timeout_ms);
        talk(run);
    } else {
        close_handle(&run->input);
        close_output(run);
        if (run->process.type == UV_PROCESS)
            close_handle(&run->process);
    }
    return run;
}
