/* The command line, checked as a whole before anything is done. */
#ifndef MEETINGCTL_OPTIONS_H
#define MEETINGCTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/error.h"
#include "base/str.h"
#include "times.h"

struct ctl;

/* What else a command takes, beside the options that all take. */
enum {
    TAKES_STATE = 1 << 0,             /* --state */
    TAKES_ALL = 1 << 1,               /* --all */
    TAKES_ACTIVE = 1 << 2,            /* --active */
    TAKES_SETTINGS = 1 << 3,          /* --end-time and the settings */
    TAKES_OWNER = 1 << 4,             /* --app, --owner-id */
    TAKES_WITH_PARTICIPANTS = 1 << 5, /* --with-participants */
    TAKES_JSON = 1 << 6,              /* --json: all that ask the daemon */
    TAKES_SETTLEMENT = 1 << 7,        /* --as, --retry, --drop */
    TAKES_FORCE = 1 << 8,             /* --force */
    TAKES_METRICS = 1 << 9,           /* --write, --no-plans */
    TAKES_OFFLINE = 1 << 10,          /* --offline */
    TAKES_WAIT = 1 << 11,             /* --started, --ended, --participants, --timeout */
    TAKES_TIME = 1 << 12,             /* --since, --until */
    TAKES_CSV = 1 << 13,              /* --csv, --min-share */
};

struct command {
    const char *name;
    const char *arguments;   /* as the help shows them; "" for none */
    const char *summary;     /* NULL: not shown in the help */
    size_t minimum, maximum; /* how many arguments */
    unsigned takes;
    enum {
        ASKS_DAEMON,    /* which answers from its memory */
        ASKS_FEISHU,    /* one call, now, for operators */
        CHANGES_FEISHU, /* so that a lost answer leaves open what was done */
    } reach;
    int (*run)(struct ctl *ctl);
};

/* The first one, without a name, is what no command at all means. */
extern const struct command commands[];
extern const size_t command_count;

struct options {
    const struct command *command;
    char **arguments; /* borrowed from the command line */
    size_t argument_count;
    const char *socket;
    int64_t timeout_ms; /* for one answer; 0: the command's own */
    struct string_list states;
    const char *app, *owner_id;   /* NULL: not given */
    const char *as;               /* a reserve_id; NULL: not given */
    const char *write;            /* a file; NULL: not given */
    struct json_object *settings; /* NULL: none given */
    int64_t participants;         /* 0: not given */
    int64_t min_share;            /* hundredths of a percent; 0: any */
    int64_t wait_ms;              /* where has_wait */
    int64_t since, until;         /* Unix seconds; where has_since, has_until */
    int64_t end_time;             /* the same */
    bool has_wait, has_since, has_until, has_end_time;
    bool help, version;
    bool json, no_pager, no_legend, utc;
    bool all, active, with_participants;
    bool retry, drop, force;
    bool no_plans, offline, csv;
    bool started, ended; /* of these and participants one is given */
};

/* Reads the command line; a password in it is made unreadable. -EINVAL with what is wrong. The caller ends
 * the options with options_fini() in any case. */
int options_read(struct options *ret, int argc, char **argv, int64_t now_ms, struct error *error);
void options_fini(struct options *options);

/* The help, 80 columns wide. The caller frees it. */
char *options_help(void);

#endif
