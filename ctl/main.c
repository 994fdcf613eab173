/* meetingctl: from the command line to the exit code. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/base.h"
#include "base/clock.h"
#include "client.h"
#include "ctl.h"
#include "text.h"

/* Shows what the command wrote. The reader's end is not ours to judge, a disk that is full is. */
static int show_output(struct ctl *ctl, int code)
{
    if (output_show(&ctl->output) || errno == 0)
        return code;
    complain("standard output: %s", strerror(errno));
    return code == EXIT_DONE ? EXIT_REFUSED : code;
}

static int run(struct ctl *ctl)
{
    int code = EXIT_DONE;

    if (ctl->options->help) {
        CLEANUP_FREE char *help = options_help();

        buffer_append_text(&ctl->output.text, help);
    } else if (ctl->options->version) {
        buffer_append_text(&ctl->output.text, "meetingctl " PACKAGE_VERSION "\n");
    } else {
        code = ctl->options->command->run(ctl);
    }
    return show_output(ctl, code);
}

/* Whoever started us may have closed some of the first three: the socket must not become one of them, or what
 * is written for a person would go to the daemon. Writing to standard output fails then, as it should. */
static void hold_first_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    /* A core file would hold the passwords that were shown or given. */
    static const struct rlimit no_core = {0, 0};
    int64_t now_ms = clock_wall_ms(clock_system());
    struct options options;
    struct error error;
    struct ctl ctl = {.options = &options};
    int code = EXIT_USAGE;

    hold_first_descriptors();
    setrlimit(RLIMIT_CORE, &no_core);
    text_set_locale();
    if (options_read(&options, argc, argv, now_ms, &error) < 0) {
        complain("%s", error.text);
        complain_more("See meetingctl --help");
    } else {
        ctl.times = (struct times){.now_ms = now_ms, .utc = options.utc};
        output_init(&ctl.output);
        ctl.times.words = ctl.output.terminal;
        ctl.output.pager = ctl.output.pager && !options.no_pager && !options.json;
        code = run(&ctl);
        client_free(ctl.client);
        output_fini(&ctl.output);
    }
    options_fini(&options);
    return code;
}
