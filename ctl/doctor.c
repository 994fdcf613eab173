/* doctor: goes through all that has to be right, and says of each whether it is, and what mends it. */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "describe.h"
#include "text.h"

/* Of what a program writes. */
#define PROGRAM_TEXT_MAX ((size_t)1024 * 1024)

/* "fail  configuration  " */
#define CHECK_COLUMN   6
#define MESSAGE_COLUMN 21

static const char *const words[] = {"ok", "warn", "fail"};

static void add_text(struct json_object *object, const char *name, const char *text)
{
    CLEANUP_FREE char *clean = text != NULL ? text_clean(text, strlen(text)) : NULL;

    json_object_object_add(object, name, clean != NULL ? json_object_new_string(clean) : NULL);
}

void doctor_find(struct doctor *doctor, const char *check, enum verdict verdict, const char *mend,
                 const char *format, ...)
{
    struct json_object *finding = json_object_new_object();
    CLEANUP_FREE char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = xvasprintf(format, arguments);
    va_end(arguments);
    doctor->counts[verdict]++;
    add_text(finding, "check", check);
    add_text(finding, "result", words[verdict]);
    add_text(finding, "message", message);
    add_text(finding, "mend", mend);
    json_object_array_add(doctor->findings, finding);
}

static void become(char *const *arguments, int out)
{
    int null = open("/dev/null", O_RDONLY);

    if (null >= 0)
        dup2(null, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    setenv("LC_ALL", "C.UTF-8", 1);
    execvp(arguments[0], arguments);
    _exit(127);
}

int doctor_run(char *const *arguments, struct buffer *ret_text)
{
    int ends[2], status;
    ssize_t got;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    child = fork();
    if (child == 0)
        become(arguments, ends[1]);
    close(ends[1]);
    while (child > 0 && ret_text->length < PROGRAM_TEXT_MAX) {
        char piece[4096];

        got = read(ends[0], piece, sizeof(piece));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        buffer_append(ret_text, piece, (size_t)got);
    }
    close(ends[0]);
    if (child < 0)
        return -1;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_finding(struct ctl *ctl, struct json_object *finding)
{
    static const enum style styles[] = {STYLE_GOOD, STYLE_WARNING, STYLE_BAD};
    const char *result = member_text(finding, "result"), *mend = member_text(finding, "mend"),
               *check = member_text(finding, "check");
    struct output *output = &ctl->output;
    CLEANUP(buffer_fini) struct buffer text = BUFFER_EMPTY;

    for (size_t i = 0; i < ELEMENTS(words); i++) {
        if (strcmp(result, words[i]) == 0)
            output_styled(output, styles[i], result);
    }
    buffer_printf(&output->text, "%*s%-*s", (int)(CHECK_COLUMN - strlen(result)), "",
                  MESSAGE_COLUMN - CHECK_COLUMN, check);
    text_wrap(&text, member_text(finding, "message"), MESSAGE_COLUMN, output->width);
    if (mend != NULL) {
        buffer_printf(&text, "\n%*s→ ", MESSAGE_COLUMN, "");
        text_wrap(&text, mend, MESSAGE_COLUMN + 2, output->width);
    }
    buffer_printf(&output->text, "%s\n", text.data);
}

static void write_findings(struct doctor *doctor)
{
    struct ctl *ctl = doctor->ctl;

    for (size_t i = 0; i < array_count(doctor->findings); i++)
        write_finding(ctl, json_object_array_get_idx(doctor->findings, i));
    if (ctl->options->no_legend)
        return;
    buffer_append_char(&ctl->output.text, '\n');
    describe_note(ctl,
                  doctor->counts[VERDICT_FAIL] > 0   ? STYLE_BAD
                  : doctor->counts[VERDICT_WARN] > 0 ? STYLE_WARNING
                                                     : STYLE_GOOD,
                  "%zu ok, %zu to look at, %zu wrong.", doctor->counts[VERDICT_OK],
                  doctor->counts[VERDICT_WARN], doctor->counts[VERDICT_FAIL]);
}

int command_doctor(struct ctl *ctl)
{
    struct doctor doctor = {.ctl = ctl, .findings = json_object_new_array()};

    /* The socket first: where a daemon answers, it tells which file is its configuration. */
    doctor_socket(&doctor, !ctl->options->offline);
    doctor_configuration(&doctor);
    doctor_unit(&doctor);
    doctor_disk(&doctor);
    if (doctor.status != NULL)
        doctor_daemon(&doctor);
    else
        doctor_clock_here(&doctor);
    if (ctl->options->json)
        buffer_printf(&ctl->output.text, "%s\n",
                      json_object_to_json_string_ext(doctor.findings, JSON_C_TO_STRING_PLAIN |
                                                                          JSON_C_TO_STRING_NOSLASHESCAPE));
    else
        write_findings(&doctor);
    if (doctor.status != NULL)
        reply_fini(&doctor.reply);
    json_object_put(doctor.findings);
    return doctor.counts[VERDICT_FAIL] > 0 ? EXIT_REFUSED : EXIT_DONE;
}
