/* meetingd: options, exit code. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/message-id.h"
#include "config/config.h"
#include "daemon.h"
#include "outlook.h"

enum { EXIT_USAGE = 2, EXIT_CONFIG = 4 };

#define DEFAULT_CONFIG SYSCONFDIR "/meetingd/meetingd.conf"

struct options {
    const char *config;
    bool check;
};

static void print_help(void)
{
    printf("Usage: meetingd [--config FILE] [--check]\n\n"
           "Keeps Feishu/Lark video meetings in step with a configuration file and answers\n"
           "local programs over a Unix socket. Runs in the foreground.\n\n"
           "  --config FILE   read FILE and FILE.d/*.conf (default: %s)\n"
           "  --check         check the configuration and exit: 0 good, 4 mistakes\n"
           "  --version       print the version\n"
           "  --help          print this help\n\n"
           "See meetingd(8), meetingd.conf(5) and meetingctl(1).\n",
           DEFAULT_CONFIG);
}

/* What was printed may not have arrived. Returns the exit code. */
static int end_output(int exit_code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_code;
    fprintf(stderr, "meetingd: standard output: %s\n", strerror(errno));
    return EXIT_FAILURE;
}

/* Returns -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct options *ret)
{
    enum { OPTION_CONFIG = 256, OPTION_CHECK, OPTION_VERSION, OPTION_HELP };
    static const struct option long_options[] = {
        {"config", required_argument, NULL, OPTION_CONFIG},
        {"check", no_argument, NULL, OPTION_CHECK},
        {"version", no_argument, NULL, OPTION_VERSION},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
    };
    int option;

    *ret = (struct options){.config = DEFAULT_CONFIG};
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case OPTION_CONFIG:
            ret->config = optarg;
            break;
        case OPTION_CHECK:
            ret->check = true;
            break;
        case OPTION_VERSION:
            puts("meetingd " PACKAGE_VERSION);
            return end_output(EXIT_SUCCESS);
        case OPTION_HELP:
            print_help();
            return end_output(EXIT_SUCCESS);
        default:
            fputs("meetingd: see meetingd --help\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr,
                "meetingd: '%s' is not understood: meetingd takes options only, see meetingd --help\n",
                argv[optind]);
        return EXIT_USAGE;
    }
    return -1;
}

static void print_report(const struct config_report *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        char *text = config_problem_text(&problems->problems[i]);

        fprintf(stderr, "%s\n", text);
        free(text);
    }
}

static int check(const char *path)
{
    struct config_report problems = {0};
    struct config *config = NULL;
    int result = config_load(path, &config, &problems);

    print_report(&problems);
    if (result == 0) {
        char *preview;

        setlocale(LC_CTYPE, "C.UTF-8"); /* names may be Chinese, whatever the user's locale */
        preview = config_preview(config, clock_wall_seconds(clock_system()));
        fputs(preview, stdout);
        free(preview);
        outlook_print(config, clock_wall_seconds(clock_system()), stdout, stderr);
        printf("%s: good (%zu app%s, %zu plan%s)\n", path, config->app_count,
               config->app_count == 1 ? "" : "s", config->plans.count, config->plans.count == 1 ? "" : "s");
    } else {
        fprintf(stderr, "%s: %zu mistake%s\n", path, problems.mistakes, problems.mistakes == 1 ? "" : "s");
    }
    config_free(config);
    config_report_fini(&problems);
    return result == 0 ? EXIT_SUCCESS : EXIT_CONFIG;
}

/* Apps that cannot log in are found now, not at the first call. */
static bool secrets_are_there(const struct config *config)
{
    bool all = true;

    for (size_t i = 0; i < config->app_count; i++) {
        CLEANUP_FREE char *problem = config_secret_problem(config->apps[i]);

        if (problem == NULL)
            continue;
        log_error(&(struct log_subject){.message_id = MESSAGE_CONFIGURATION_REFUSED}, "%s", problem);
        all = false;
    }
    return all;
}

static int run(const char *path)
{
    struct config_report problems = {0};
    struct config *config = NULL;
    int exit_code = EXIT_CONFIG;

    log_open();
    if (config_load(path, &config, &problems) == 0)
        log_set_level(config->log_level);
    config_report_log(&problems);
    config_report_fini(&problems);
    if (config != NULL && secrets_are_there(config))
        return daemon_run(config, path);
    if (config == NULL)
        log_error(
            &(struct log_subject){.message_id = MESSAGE_CONFIGURATION_REFUSED},
            "the configuration %s cannot be used: mend its mistakes, check it with meetingctl check, and "
            "start meetingd again",
            path);
    config_free(config);
    return exit_code;
}

/* Until they have handlers, these would end the process. */
static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write, which the store handles */
}

/* As the daemon was started with it; of use to the programs that it starts. */
static struct rlimit descriptors;

static void restore_descriptors(void)
{
    setrlimit(RLIMIT_NOFILE, &descriptors);
}

/* Each connection of the socket is a descriptor; nothing here uses select(2), for which the soft limit is
 * kept low. Hooks may: between fork() and exec() they get it back. */
static void raise_descriptors(void)
{
    struct rlimit raised;

    if (getrlimit(RLIMIT_NOFILE, &descriptors) < 0 || pthread_atfork(NULL, NULL, restore_descriptors) != 0)
        return;
    raised = descriptors;
    raised.rlim_cur = raised.rlim_max;
    setrlimit(RLIMIT_NOFILE, &raised);
}

/* Secrets are in memory: no core dump, and no other process of the same user may look. */
static void protect_memory(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak checker looks at the process from outside */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
    struct options options;
    int exit_code = read_options(argc, argv, &options);

    if (exit_code >= 0)
        return exit_code;
    if (options.check)
        return end_output(check(options.config));
    block_signals();
    protect_memory();
    raise_descriptors();
    umask(0077);
    return run(options.config);
}
