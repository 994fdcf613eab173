/* Inside doctor: what its files share. */
#ifndef MEETINGCTL_DOCTOR_H
#define MEETINGCTL_DOCTOR_H

#include "ctl.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

struct doctor {
    struct ctl *ctl;
    struct json_object *findings; /* an array of {check, result, message, mend} */
    size_t counts[VERDICT_FAIL + 1];
    struct reply reply;         /* to GetStatus; where `status` is not NULL */
    struct json_object *status; /* borrowed; NULL: no daemon answers */
};

/* Puts down what was found out. `mend`, what to do, may be NULL. */
void doctor_find(struct doctor *doctor, const char *check, enum verdict verdict, const char *mend,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Runs a program, found as by execvp(), and keeps what it writes, both ways, up to some bound. Returns its
 * exit code, or -1 where it did not run to an end of its own. */
int doctor_run(char *const *arguments, struct buffer *ret_text);

/* doctor-machine.c: what this machine itself tells. */
void doctor_configuration(struct doctor *doctor);
void doctor_clock_here(struct doctor *doctor);
void doctor_unit(struct doctor *doctor);
void doctor_disk(struct doctor *doctor);

/* doctor-socket.c: the socket, and the way to `status`. With `asks_feishu` an operator's scopes that nothing
 * is known of are tried. */
void doctor_socket(struct doctor *doctor, bool asks_feishu);

/* doctor-daemon.c: what the daemon tells; where there is one. */
void doctor_daemon(struct doctor *doctor);

#endif
