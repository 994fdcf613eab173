#include "lib/sim-process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/str.h"
#include "lib/test.h"

enum { ARGUMENTS_MAX = 16 };

/* It ends with the test, however that ends. */
static void become(const char *const *arguments, int output, pid_t parent)
{
    const char *build = getenv("MEETINGD_BUILD");
    CLEANUP_FREE char *path = xasprintf("%s/tests/sim/feishu-sim", build != NULL ? build : ".");
    char *all[ARGUMENTS_MAX + 2] = {path};

    for (int i = 0; i < ARGUMENTS_MAX && arguments[i] != NULL; i++)
        all[i + 1] = xstrdup(arguments[i]);
    dup2(output, STDOUT_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent)
        execv(path, all);
    _exit(127);
}

/* "feishu-sim: listening on URL" */
static char *read_url(int output)
{
    char line[256] = "";
    size_t length = 0;
    char *url;

    while (strchr(line, '\n') == NULL && length + 1 < sizeof(line)) {
        ssize_t count = read(output, line + length, sizeof(line) - 1 - length);

        if (count <= 0)
            fail_msg("the simulator did not start: %s", line);
        length += (size_t)count;
        line[length] = '\0';
    }
    *strchr(line, '\n') = '\0';
    url = strstr(line, "http://");
    assert_non_null(url);
    return xstrdup(url);
}

static int connect_to(const char *url)
{
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)strtol(strrchr(url, ':') + 1, NULL, 10)),
    };

    assert_int_equal(connect(descriptor, (const struct sockaddr *)&address, sizeof(address)), 0);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return descriptor;
}

void sim_start(struct sim_process *sim, const char *const *arguments)
{
    pid_t parent = getpid();
    int output[2];

    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    sim->pid = fork();
    assert_true(sim->pid >= 0);
    if (sim->pid == 0)
        become(arguments, output[1], parent);
    close(output[1]);
    sim->url = read_url(output[0]);
    close(output[0]);
    sim->socket = connect_to(sim->url);
}

void sim_stop(struct sim_process *sim)
{
    int status;

    close(sim->socket);
    kill(sim->pid, SIGTERM);
    assert_int_equal(waitpid(sim->pid, &status, 0), sim->pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    free(sim->url);
}

/* Reads a whole answer; it has a Content-Length. */
static void read_answer(struct sim_process *sim, const char *call)
{
    CLEANUP(buffer_fini) struct buffer answer = BUFFER_EMPTY;
    const char *body = NULL, *field = NULL;

    while (field == NULL || answer.length < (size_t)(body - answer.data) + strtoul(field + 15, NULL, 10)) {
        char part[4096];
        ssize_t count = recv(sim->socket, part, sizeof(part), 0);

        if (count <= 0)
            fail_msg("the simulator has gone");
        buffer_append(&answer, part, (size_t)count);
        body = strstr(answer.data, "\r\n\r\n");
        if (body == NULL)
            continue;
        body += 4;
        field = strcasestr(answer.data, "content-length:");
        assert_non_null(field);
    }
    if (strncmp(answer.data, "HTTP/1.1 200", 12) != 0)
        fail_msg("%s: %s", call, answer.data);
}

void sim_control(struct sim_process *sim, const char *call, const char *format, ...)
{
    CLEANUP(buffer_fini) struct buffer request = BUFFER_EMPTY;
    CLEANUP_FREE char *body = NULL;
    va_list arguments;

    va_start(arguments, format);
    assert_true(vasprintf(&body, format, arguments) >= 0);
    va_end(arguments);
    buffer_printf(&request,
                  "POST /_sim/%s HTTP/1.1\r\nHost: sim\r\nContent-Type: application/json\r\nContent-Length: "
                  "%zu\r\n\r\n%s",
                  call, strlen(body), body);
    assert_int_equal(send(sim->socket, request.data, request.length, MSG_NOSIGNAL), (ssize_t)request.length);
    read_answer(sim, call);
}
