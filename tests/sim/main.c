/* feishu-sim: options, signals, exit code. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <uv.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/loop.h"
#include "sim/member.h"
#include "sim/scenario.h"
#include "sim/server.h"
#include "sim/sim.h"

#define RECORDS      20000
#define PEM_MAX      ((size_t)1024 * 1024)
#define EXIT_USAGE   2
#define OPTION_ERROR (-1)
#define OPTION_HELP  1

struct options {
    int port;
    const char *scenario;
    const char *tls_cert;
    const char *tls_key;
    struct json_object *set;
    uint64_t seed;
    size_t records;
};

/* What the program consists of. */
struct program {
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    struct timers *timers;
    struct sim sim;
    struct server *server;
    char *cert;
    char *key;
};

static void print_usage(FILE *file)
{
    fputs("usage: feishu-sim [--port PORT] [--scenario FILE] [--tls-cert FILE --tls-key FILE]\n"
          "                  [--set SWITCH=VALUE]... [--records N] [--seed N] [--help]\n",
          file);
}

/* SWITCH=VALUE; digits alone are a number where the switch is one, so both forms are tried by the caller. */
static int add_switch(struct json_object *set, const char *text)
{
    const char *equals = strchr(text, '=');
    struct switches probe;
    struct json_object *one;
    char *name;
    int result;

    if (equals == NULL || equals == text)
        return -EINVAL;
    name = xstrndup(text, (size_t)(equals - text));
    one = json_object_new_object();
    switches_init(&probe);
    put_text(one, name, equals + 1);
    result = switches_set(&probe, one, NULL);
    if (result < 0 && digits(equals + 1) >= 0) {
        put_int(one, name, digits(equals + 1));
        result = switches_set(&probe, one, NULL);
    }
    if (result == 0)
        put(set, name, json_object_get(member(one, name)));
    json_object_put(one);
    free(name);
    return result;
}

static int read_option(struct options *options, int option)
{
    int64_t number = digits(optarg);

    switch (option) {
    case 'p':
        options->port = (int)number;
        return number >= 0 && number <= UINT16_MAX ? 0 : OPTION_ERROR;
    case 's':
        options->scenario = optarg;
        return 0;
    case 'c':
        options->tls_cert = optarg;
        return 0;
    case 'k':
        options->tls_key = optarg;
        return 0;
    case 'S':
        return add_switch(options->set, optarg) == 0 ? 0 : OPTION_ERROR;
    case 'r':
        options->records = (size_t)number;
        return number >= 0 && number <= INT32_MAX ? 0 : OPTION_ERROR;
    case 'n':
        options->seed = (uint64_t)number;
        return number >= 0 ? 0 : OPTION_ERROR;
    case 'h':
        return OPTION_HELP;
    default:
        return OPTION_ERROR;
    }
}

static int read_options(struct options *options, int count, char **arguments)
{
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},
        {"scenario", required_argument, NULL, 's'},
        {"tls-cert", required_argument, NULL, 'c'},
        {"tls-key", required_argument, NULL, 'k'},
        {"set", required_argument, NULL, 'S'},
        {"records", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option, result = 0;

    while (result == 0 && (option = getopt_long(count, arguments, "", known, NULL)) != -1)
        result = read_option(options, option);
    if (result == 0 && (optind < count || (options->tls_cert == NULL) != (options->tls_key == NULL)))
        result = OPTION_ERROR;
    return result;
}

static char *read_pem(const char *path, struct error *error)
{
    struct buffer text = BUFFER_EMPTY;
    FILE *file = fopen(path, "re");
    char piece[4096];
    size_t length;

    if (file == NULL) {
        error_set(error, -errno, "%s: %s", path, strerror(errno));
        return NULL;
    }
    while (text.length < PEM_MAX && (length = fread(piece, 1, sizeof(piece), file)) > 0)
        buffer_append(&text, piece, length);
    fclose(file);
    return buffer_take(&text);
}

static void on_timers_closed(void *data)
{
    struct program *program = data;

    program->timers = NULL;
}

static void stop(struct program *program)
{
    uv_close((uv_handle_t *)&program->terminate, NULL);
    uv_close((uv_handle_t *)&program->interrupt, NULL);
    if (program->server != NULL)
        server_close(program->server);
    sim_fini(&program->sim);
    timers_close(program->timers, on_timers_closed, program);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    stop(handle->data);
}

/* Each connection needs three descriptors. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int start_server(struct program *program, const struct options *options, struct error *error)
{
    struct server_options server = {.port = options->port};

    if (options->tls_cert != NULL) {
        program->cert = read_pem(options->tls_cert, error);
        program->key = program->cert != NULL ? read_pem(options->tls_key, error) : NULL;
        if (program->key == NULL)
            return -EINVAL;
        server.tls_cert = program->cert;
        server.tls_key = program->key;
    }
    return server_new(&program->server, &program->loop, &program->sim, &server, error);
}

static int start(struct program *program, const struct options *options, struct error *error)
{
    int result = switches_set(&program->sim.switches, options->set, error);

    if (result == 0 && options->scenario != NULL)
        result = scenario_new(&program->sim.scenario, &program->sim, options->scenario, error);
    if (result == 0)
        result = start_server(program, options, error);
    if (result < 0)
        return result;
    printf("feishu-sim: listening on %s://127.0.0.1:%d\n", options->tls_cert != NULL ? "https" : "http",
           server_port(program->server));
    fflush(stdout);
    return 0;
}

static int run(struct program *program, const struct options *options)
{
    struct error error;
    int left;

    uv_loop_init(&program->loop);
    if (timers_new(&program->timers, &program->loop, clock_system(), &error) < 0) {
        fprintf(stderr, "feishu-sim: %s\n", error.text);
        uv_loop_close(&program->loop);
        return EXIT_FAILURE;
    }
    sim_init(&program->sim, program->timers, options->seed, options->records);
    uv_signal_init(&program->loop, &program->terminate);
    uv_signal_init(&program->loop, &program->interrupt);
    program->terminate.data = program;
    program->interrupt.data = program;
    uv_signal_start(&program->terminate, on_signal, SIGTERM);
    uv_signal_start(&program->interrupt, on_signal, SIGINT);
    if (start(program, options, &error) < 0) {
        fprintf(stderr, "feishu-sim: %s\n", error.text);
        stop(program);
        loop_finish(&program->loop);
        return EXIT_FAILURE;
    }
    uv_run(&program->loop, UV_RUN_DEFAULT);
    left = loop_finish(&program->loop);
    return left == 0 && program->timers == NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options = {.records = RECORDS, .set = json_object_new_object()};
    struct program program = {0};
    int result = read_options(&options, argc, argv);

    if (result != 0) {
        print_usage(result == OPTION_HELP ? stdout : stderr);
        json_object_put(options.set);
        return result == OPTION_HELP ? EXIT_SUCCESS : EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    result = run(&program, &options);
    free(program.cert);
    free(program.key);
    json_object_put(options.set);
    return result;
}
