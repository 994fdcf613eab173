/*
 * The least that a server on libuv does: each message that ends with a NUL is answered with the bytes of a
 * file. What meetingd's answer takes longer than this is what it does itself.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "base/base.h"

static char answer[65536];
static size_t answer_length;

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    static char room[65536];

    (void)handle;
    (void)size;
    *ret = uv_buf_init(room, sizeof(room));
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_read(uv_stream_t *client, ssize_t got, const uv_buf_t *room)
{
    uv_buf_t out = uv_buf_init(answer, (unsigned int)answer_length);

    if (got < 0) {
        uv_close((uv_handle_t *)client, on_closed);
        return;
    }
    /* The client may have left; otherwise there is room, as it waits for this answer. */
    if (got > 0 && room->base[got - 1] == '\0')
        uv_try_write(client, &out, 1);
}

static void on_client(uv_stream_t *server, int status)
{
    uv_pipe_t *client = xalloc(sizeof(*client));

    (void)status;
    uv_pipe_init(server->loop, client, 0);
    if (uv_accept(server, (uv_stream_t *)client) < 0)
        abort();
    uv_read_start((uv_stream_t *)client, on_room, on_read);
}

int main(int argc, char **argv)
{
    FILE *file = argc == 3 ? fopen(argv[2], "re") : NULL;
    uv_loop_t loop;
    uv_pipe_t server;

    if (file == NULL) {
        fputs("socket-echo SOCKET ANSWER-FILE\n", stderr);
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    answer_length = fread(answer, 1, sizeof(answer), file);
    fclose(file);
    uv_loop_init(&loop);
    uv_pipe_init(&loop, &server, 0);
    if (uv_pipe_bind(&server, argv[1]) < 0 || uv_listen((uv_stream_t *)&server, 128, on_client) < 0) {
        fprintf(stderr, "socket-echo: cannot listen at %s\n", argv[1]);
        return EXIT_FAILURE;
    }
    return uv_run(&loop, UV_RUN_DEFAULT);
}
