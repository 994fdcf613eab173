#include "base/loop.h"

#include "base/log.h"

static void report_handle(uv_handle_t *handle, void *data)
{
    int *left = data;

    log_error(NULL, "a %s handle was left open at the end", uv_handle_type_name(uv_handle_get_type(handle)));
    (*left)++;
}

int loop_finish(uv_loop_t *loop)
{
    int left = 0;

    uv_run(loop, UV_RUN_DEFAULT);
    if (uv_loop_close(loop) != 0)
        uv_walk(loop, report_handle, &left);
    return left;
}
