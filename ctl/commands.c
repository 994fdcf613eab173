/* The table of commands, and the help. */
#include "ctl.h"

#include <string.h>

#include "base/base.h"

#define MANY ((size_t)-1)

/* Of the help: a command and its arguments. What is longer has a line of its own. */
#define LEFT_COLUMN 34

const struct command commands[] = {
    {"", "", NULL, 0, 0, TAKES_JSON, ASKS_DAEMON, command_overview},
    {"list", "[NAME...]", "when, state, number, how many are in", 0, MANY,
     TAKES_STATE | TAKES_ALL | TAKES_JSON, ASKS_DAEMON, command_list},
    {"show", "NAME|NAME@START|RESERVE_ID", "everything about one, and its meeting", 1, 1, TAKES_JSON,
     ASKS_DAEMON, command_show},
    {"meetings", "", "meetings now and lately", 0, 0, TAKES_ACTIVE | TAKES_JSON, ASKS_DAEMON,
     command_meetings},
    {"participants", "NAME|MEETING_ID", "who is in, since when, for how long", 1, 1, TAKES_JSON, ASKS_DAEMON,
     command_participants},
    {"attendance", "[NAME|NAME@START|MEETING_ID]", "who was there, how long", 0, 1,
     TAKES_TIME | TAKES_CSV | TAKES_JSON, ASKS_DAEMON, command_attendance},
    {"history", "[NAME]", "past reservations and meetings", 0, 1, TAKES_TIME | TAKES_JSON, ASKS_DAEMON,
     command_history},
    {"watch", "[NAME]", "changes as they happen, one line each", 0, 1, TAKES_JSON, ASKS_DAEMON,
     command_watch},
    {"board", "NAME", "a room sign on the whole screen", 1, 1, 0, ASKS_DAEMON, command_board},
    {"wait", "NAME --started|--ended|--participants N", "until a meeting is so", 1, 1,
     TAKES_WAIT | TAKES_JSON, ASKS_DAEMON, command_wait},
    {"plan", "", "what will be done at Feishu, and when", 0, 0, TAKES_JSON, ASKS_DAEMON, command_plan},
    {"calendar", "", "reservations as iCalendar", 0, 0, 0, ASKS_DAEMON, command_calendar},
    {"explain", "NAME|NAME@START", "why it is looked at as it is", 1, 1, TAKES_JSON, ASKS_DAEMON,
     command_explain},
    {"quota", "", "the month's calls: used, foreseen, by plan", 0, 0, TAKES_JSON, ASKS_DAEMON, command_quota},
    {"status", "", "how the daemon and its parts are", 0, 0, TAKES_JSON, ASKS_DAEMON, command_status},
    {"metrics", "[--write FILE]", "the daemon's figures for Prometheus", 0, 0, TAKES_METRICS | TAKES_JSON,
     ASKS_DAEMON, command_metrics},
    {"hook", "test NAME|list", "run a hook on a made-up event (operators)", 0, 2, TAKES_JSON, ASKS_DAEMON,
     command_hook},
    {"reload", "[--force]", "read the configuration again (operators)", 0, 0, TAKES_FORCE | TAKES_JSON,
     ASKS_DAEMON, command_reload},
    {"doctor", "[--offline]", "is all as it should be, and what mends it", 0, 0, TAKES_OFFLINE | TAKES_JSON,
     ASKS_DAEMON, command_doctor},
    {"check", "[FILE]", "look for mistakes in a configuration", 0, 1, 0, ASKS_DAEMON, command_check},
    {"reserve", "--end-time T [SETTING...]", "make a reservation", 0, 0,
     TAKES_SETTINGS | TAKES_OWNER | TAKES_JSON, CHANGES_FEISHU, command_reserve},
    {"update", "RESERVE_ID [SETTING...]", "change what is given", 1, 1, TAKES_SETTINGS | TAKES_JSON,
     CHANGES_FEISHU, command_update},
    {"delete", "RESERVE_ID", "delete it, irrevocably", 1, 1, TAKES_JSON, CHANGES_FEISHU, command_delete},
    {"get", "RESERVE_ID", "ask Feishu how it stands", 1, 1, TAKES_JSON, ASKS_FEISHU, command_get},
    {"active", "RESERVE_ID", "ask Feishu for its meeting in progress", 1, 1,
     TAKES_WITH_PARTICIPANTS | TAKES_JSON, ASKS_FEISHU, command_active},
    {"resolve", "NAME@START --as RESERVE_ID|--retry|--drop", "settle an uncertain one", 1, 1,
     TAKES_SETTLEMENT | TAKES_JSON, CHANGES_FEISHU, command_resolve},
    /* For the shell's completion. */
    {"complete", "names|plans|occurrences|reservations|meetings|apps|owners|hooks", NULL, 1, 1, 0,
     ASKS_DAEMON, command_complete},
};
const size_t command_count = ELEMENTS(commands);

static void add_commands(struct buffer *help, bool for_operators)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &commands[i];
        CLEANUP_FREE char *left =
            xasprintf("%s%s%s", command->name, *command->arguments != '\0' ? " " : "", command->arguments);

        if (command->summary == NULL || (command->reach != ASKS_DAEMON) != for_operators)
            continue;
        if (strlen(left) <= LEFT_COLUMN)
            buffer_printf(help, "  %-*s %s\n", LEFT_COLUMN, left, command->summary);
        else
            buffer_printf(help, "  %s\n  %*s %s\n", left, LEFT_COLUMN, "", command->summary);
    }
}

char *options_help(void)
{
    struct buffer help = BUFFER_EMPTY;

    buffer_append_text(&help, "Usage: meetingctl [OPTION...] [COMMAND]\n\n"
                              "Asks meetingd about Feishu/Lark video meetings. Without a command: list.\n\n"
                              "Commands:\n");
    add_commands(&help, false);
    buffer_append_text(&help, "\nFor operators, each one call to Feishu, now:\n");
    add_commands(&help, true);
    buffer_append_text(&help,
                       "\nOptions:\n"
                       "  --state STATE[,STATE]   list: only those in these states\n"
                       "  --all                   list: those that are over, too\n"
                       "  --active                meetings: only those in progress\n"
                       "  --since T, --until T    attendance, history: what touches that time: -30d,\n"
                       "                          yesterday, 2026-11-23 (its 00:00); else 7 days\n"
                       "  --min-share P%          attendance: who stayed for so much of the meeting\n"
                       "  --csv                   attendance: as CSV, for a spreadsheet\n"
                       "  --with-participants     active: with the participants\n"
                       "  --as RESERVE_ID         resolve: it was made, and this is it\n"
                       "  --retry, --drop         resolve: ask once more; give it up\n"
                       "  --force                 reload: also where much would be deleted\n"
                       "  --write FILE            metrics: a file for node_exporter's textfile collector\n"
                       "  --no-plans              metrics: without series for each plan\n"
                       "  --offline               doctor: without a call to Feishu\n"
                       "  --started, --ended      wait: a meeting is in progress; it has ended\n"
                       "  --participants N        wait: it has N people in it, or more\n"
                       "  --timeout SPAN          wait: no longer than 90s, 1h 30min\n"
                       "  --json                  the daemon's answer as it came\n"
                       "  --utc                   times are UTC, read and written\n"
                       "  --no-legend             neither titles nor the lines below tables\n"
                       "  --no-pager              do not pipe into $PAGER\n"
                       "  --socket PATH           the daemon's socket (/run/meetingd/io.meetingd)\n"
                       "  --version, --help\n"
                       "\nSettings, as in meetingd.conf(5):\n"
                       "  --end-time T            when the reservation expires: +2h, \"2026-11-23 09:30\"\n"
                       "  --topic TEXT            --meeting-initial-type group|call\n"
                       "  --auto-record BOOL      --meeting-connect BOOL (reserve only)\n"
                       "  --password -            4 to 9 digits from standard input, not seen by others\n"
                       "  --assign-host-list ID,ID\n"
                       "  --action-permission \"host user_id allow ou_a, ou_b\"    (repeatable)\n"
                       "  --callee-id ID, --callee-user-type pstn, --callee-nickname TEXT,\n"
                       "  --callee-main-address +86-02187654321\n"
                       "  --app NAME, --owner-id ID                               (reserve only)\n"
                       "\nExit codes: 0 done, 1 the daemon answered with an error, 2 usage, 3 no daemon\n"
                       "at the socket, 4 check found mistakes, 5 wait ran out of time. See\n"
                       "meetingctl(1).\n");
    return buffer_take(&help);
}
