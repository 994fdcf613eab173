/*
 * ctl: meetingctl, the client. It speaks to the daemon through the socket alone and shares nothing with it
 * but base.
 *
 * One way through the room: the command line (options) finds a command, the command asks the daemon (client,
 * reply) and writes lines and tables (table, describe, times, text) into the output, which is shown at the
 * end. Text that came from outside is made harmless where it enters (reply_read), so that whatever is shown
 * is clean.
 */
#ifndef MEETINGCTL_CTL_H
#define MEETINGCTL_CTL_H

#include "options.h"
#include "output.h"
#include "reply.h"
#include "times.h"

/* The exit codes, which scripts hold on to; 4, for mistakes that `check` found, is meetingd's own. */
enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,     /* the daemon answered with an error */
    EXIT_USAGE = 2,       /* the command line is wrong */
    EXIT_NO_DAEMON = 3,   /* nothing at the socket that answers as meetingd does */
    EXIT_OUT_OF_TIME = 5, /* what `wait` waits for did not come in time */
};

/* No exit code: whoever read the output has gone, and nothing is left to do. */
#define NOBODY_READS (-1)

struct client;

struct ctl {
    const struct options *options;
    struct times times;
    struct output output;
    struct client *client; /* NULL until the first question */
    int64_t patience_ms;   /* with an answer; 0: what the command's reach asks for */
};

/* Writes "meetingctl: …" and a line feed to stderr; control characters in the text are made harmless. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A further line of the same message: a hint what to do. */
void complain_more(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Connects, unless that was done, and sends a call of `method` (without its interface). `take_parameters` may
 * be NULL. Returns 0, else EXIT_NO_DAEMON, reported. */
int ctl_send(struct ctl *ctl, const char *method, struct json_object *take_parameters, bool more);

/* A connection of one's own, beside the one that the functions here share. Nothing is reported. */
int ctl_connect(const struct ctl *ctl, struct client **ret, struct error *error);

/* Reports that there is no daemon. Returns EXIT_NO_DAEMON. */
int ctl_no_daemon(const struct error *error);

/* Reports that the daemon's answer did not come, or was none. Returns EXIT_NO_DAEMON. */
int ctl_lost(const struct ctl *ctl, const struct error *error);

/* The same for an answer that lacks what it is about. */
int ctl_no_member(const struct ctl *ctl, const char *member);

/* Sends a call and waits for the one reply. Returns 0 with a reply, which may be an error, and which the
 * caller ends with reply_fini(); else EXIT_NO_DAEMON, reported. */
int ctl_ask(struct ctl *ctl, const char *method, struct json_object *take_parameters, struct reply *ret);

/* The same, with an error of the daemon's reported as well: EXIT_REFUSED. */
int ctl_call(struct ctl *ctl, const char *method, struct json_object *take_parameters, struct reply *ret);

/* Collects a list that comes in slices; `member` is its name in the replies. Errors are reported as above.
 * The caller ends the list with list_fini(). */
int ctl_list(struct ctl *ctl, const char *method, const char *member, struct json_object *take_parameters,
             struct list *ret);

/* The same without collecting: `each` gets one slice after the other, and ends it by an exit code that is not
 * 0. */
int ctl_each(struct ctl *ctl, const char *method, const char *member, struct json_object *take_parameters,
             int (*each)(struct ctl *ctl, const struct list *slice, void *data), void *data);

/* Where the output is no terminal: writes as much of it as the reader takes now, without waiting. Returns 0,
 * NOBODY_READS, or an exit code. */
int ctl_push(struct ctl *ctl);

/* Writes a list for --json, as the member of an object, while it comes; *ret_any becomes true where it is not
 * empty. Returns an exit code or NOBODY_READS. */
int ctl_stream_json(struct ctl *ctl, const char *method, const char *member,
                    struct json_object *take_parameters, bool *ret_any);

/* Writes the reply's parameters as they came, for --json. */
void ctl_write_json(struct ctl *ctl, const struct reply *reply);

/* Writes {"MEMBER":[…]} with what the lists hold, for --json. */
void ctl_write_json_lists(struct ctl *ctl, const char *member, const struct list *lists, size_t count);

/* An argument is a reserve_id (digits alone), an occurrence (NAME@START), or a plan's name; the parameters
 * that ask for it. The caller hands them on. */
struct json_object *ctl_which(const char *argument);

bool ctl_is_id(const char *argument);

/* Whether the daemon knows this plan's name, from now or from before. Returns 0, else an exit code, reported;
 * `subject`: what the person named. */
int ctl_check_name(struct ctl *ctl, const char *name, const char *subject);

/* Reports what the daemon answered in place of what was asked for. `subject`: what the person named, or NULL.
 * Returns EXIT_REFUSED. */
int refusal_report(struct ctl *ctl, const struct reply *reply, const char *subject);

/* Whether the daemon answered that there is no such thing. */
bool refusal_is_not_found(const struct reply *reply);

/* The meetingd that belongs to this program. The caller frees it. */
char *check_meetingd(void);

/* The commands; each returns an exit code. */
int command_list(struct ctl *ctl);
int command_show(struct ctl *ctl);
int command_meetings(struct ctl *ctl);
int command_participants(struct ctl *ctl);
int command_attendance(struct ctl *ctl);
int command_history(struct ctl *ctl);
int command_watch(struct ctl *ctl);
int command_board(struct ctl *ctl);
int command_doctor(struct ctl *ctl);
int command_wait(struct ctl *ctl);
int command_explain(struct ctl *ctl);
int command_quota(struct ctl *ctl);
int command_status(struct ctl *ctl);
int command_reload(struct ctl *ctl);
int command_check(struct ctl *ctl);
int command_hook(struct ctl *ctl);
int command_plan(struct ctl *ctl);
int command_calendar(struct ctl *ctl);
int command_reserve(struct ctl *ctl);
int command_update(struct ctl *ctl);
int command_delete(struct ctl *ctl);
int command_get(struct ctl *ctl);
int command_active(struct ctl *ctl);
int command_resolve(struct ctl *ctl);
int command_metrics(struct ctl *ctl);
int command_complete(struct ctl *ctl);

/* No command at all: a line on the health where something is wrong, then the list. */
int command_overview(struct ctl *ctl);

#endif
