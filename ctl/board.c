/*
 * board: a plan's room sign, on the whole screen, for as long as somebody lets it stand.
 *
 * Two connections: on one the daemon tells that something has changed, on the other it is asked what stands
 * now. Everything is waited for in one poll(): keys, signals, both connections, and the next whole minute, at
 * which "in 5min" becomes wrong.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "client.h"
#include "describe.h"
#include "sign.h"
#include "text.h"

/* The daemon answers from its memory. */
#define ANSWER_MS (5 * MS_PER_SECOND)

/* A daemon that is away is tried again after this, and ever more seldom. */
#define RETRY_FIRST_MS (1 * MS_PER_SECOND)
#define RETRY_MOST_MS  (15 * MS_PER_SECOND)

/* However fast changes come, the sign follows at this pace. */
#define PACE_MS 200

/* Of one plan, within so short a time; more is not from a meetingd. */
#define RESERVATIONS_MAX 10000

enum asking { ASKING_NOTHING, ASKING_RESERVATIONS, ASKING_MEETING };

struct board {
    struct ctl *ctl;
    const char *name; /* the sign's is harmless to a terminal */
    struct sign sign;
    struct list reservations;           /* those that the sign shows */
    struct client *changes, *questions; /* both or none */
    enum asking asking;
    struct list coming;    /* the answer so far */
    int64_t answer_by_ms;  /* boot time */
    bool changed;          /* since the question was asked */
    int64_t ask_from_ms;   /* boot time */
    int64_t retry_from_ms; /* boot time */
    int64_t retry_ms;
    int signals;
    bool has_keys;
    struct termios keys; /* as they were */
};

static int64_t boot_ms(void)
{
    return clock_boot_ms(clock_system());
}

static void enter_screen(struct board *board)
{
    struct termios keys = board->keys;

    if (board->has_keys) {
        keys.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
        keys.c_cc[VMIN] = 1;
        keys.c_cc[VTIME] = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    /* The other screen, without a cursor; terminals do not agree how wide joined pictures are, and a line
     * that is too long after all must not take the next one's place. */
    buffer_append_text(&board->ctl->output.text, "\033[?1049h\033[?25l\033[?7l");
}

static void leave_screen(struct board *board)
{
    buffer_append_text(&board->ctl->output.text, "\033[0m\033[?7h\033[?25h\033[?1049l");
    output_flush(&board->ctl->output);
    if (board->has_keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &board->keys);
}

/* False where nobody can see it any more. */
static bool draw(struct board *board)
{
    struct winsize size = {.ws_row = 0};
    struct ctl *ctl = board->ctl;

    ctl->times.now_ms = clock_wall_ms(clock_system());
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    sign_choose(&board->sign, &board->reservations, ctl->times.now_ms / MS_PER_SECOND);
    sign_draw(&ctl->output, &ctl->times, &board->sign, size.ws_row, size.ws_col);
    return output_flush(&ctl->output);
}

static void hang_up(struct board *board)
{
    board->changes = client_free(board->changes);
    board->questions = client_free(board->questions);
    if (board->asking != ASKING_NOTHING)
        list_fini(&board->coming);
    board->asking = ASKING_NOTHING;
}

/* What was known stays on the sign, and says so. */
static void lose(struct board *board)
{
    hang_up(board);
    if (board->sign.away_since == 0)
        board->sign.away_since = clock_wall_seconds(clock_system());
    board->retry_from_ms = boot_ms() + board->retry_ms;
    board->retry_ms = board->retry_ms * 2 < RETRY_MOST_MS ? board->retry_ms * 2 : RETRY_MOST_MS;
}

static struct json_object *parameter(const char *name, const char *value)
{
    struct json_object *parameters = json_object_new_object();

    json_object_object_add(parameters, name, json_object_new_string(value));
    return parameters;
}

static void reach(struct board *board)
{
    const char *socket = board->ctl->options->socket;
    struct error error;

    if (client_new(&board->changes, socket, ANSWER_MS, &error) < 0 ||
        client_new(&board->questions, socket, ANSWER_MS, &error) < 0 ||
        client_send(board->changes, "io.meetingd.Monitor", parameter("name", board->name), true, &error) < 0)
        lose(board);
    board->changed = true;
    board->ask_from_ms = 0;
}

/* Of all plans: the daemon has that answer ready for everybody, while one plan's it reads from its disk. */
static void ask(struct board *board)
{
    struct error error;

    list_init(&board->coming);
    board->asking = ASKING_RESERVATIONS;
    board->answer_by_ms = boot_ms() + ANSWER_MS;
    board->changed = false;
    if (client_send(board->questions, "io.meetingd.ListReservations", NULL, true, &error) < 0)
        lose(board);
}

/* Takes this plan's out of a slice; false: there is none, or more than can be. */
static bool pick(struct board *board, const struct reply *reply)
{
    struct json_object *all = member_array(reply->parameters, "reservations");

    for (size_t i = 0; i < array_count(all); i++) {
        struct json_object *reservation = json_object_array_get_idx(all, i);

        if (str_equal(member_text(reservation, "name"), board->sign.name))
            json_object_array_add(board->coming.items, json_object_get(reservation));
    }
    return all != NULL && list_count(&board->coming) <= RESERVATIONS_MAX;
}

/* All answers are there. `take_meeting` may be NULL. */
static void show(struct board *board, struct json_object *take_meeting)
{
    list_fini(&board->reservations);
    board->reservations = board->coming;
    json_object_put(board->sign.meeting);
    board->sign.meeting = take_meeting;
    board->sign.away_since = 0;
    board->asking = ASKING_NOTHING;
    board->ask_from_ms = boot_ms() + PACE_MS;
    board->retry_ms = RETRY_FIRST_MS;
}

static void ask_for_meeting(struct board *board)
{
    struct sign chosen = board->sign;
    const char *reserve_id;
    struct error error;

    sign_choose(&chosen, &board->coming, clock_wall_seconds(clock_system()));
    reserve_id = member_text(chosen.current, "reserve_id");
    if (reserve_id == NULL || array_count(member_array(chosen.current, "meetings")) == 0) {
        show(board, NULL);
        return;
    }
    board->asking = ASKING_MEETING;
    if (client_send(board->questions, "io.meetingd.GetMeeting", parameter("reserve_id", reserve_id), false,
                    &error) < 0)
        lose(board);
}

static void take_answer(struct board *board, const struct reply *reply)
{
    struct json_object *meeting = member_object(reply->parameters, "meeting");
    const char *state = describe_meeting_state(meeting);

    if (board->asking == ASKING_MEETING) {
        /* One that has just gone from what is known is none; so is one that has ended. */
        show(board,
             strcmp(state, "live") == 0 || strcmp(state, "calling") == 0 ? json_object_get(meeting) : NULL);
    } else if (board->asking == ASKING_NOTHING || reply->error != NULL || !pick(board, reply)) {
        lose(board);
    } else if (!reply->continues) {
        ask_for_meeting(board);
    }
}

/* Takes what has come on one connection. Returns whether the sign is to be drawn. */
static bool read_client(struct board *board, struct client *client)
{
    bool is_answer = client == board->questions, news = false;

    for (;;) {
        struct reply reply;
        struct error error;
        int result = client_take(client, &reply, &error);

        if (result == 0)
            return news;
        if (result < 0) {
            lose(board);
            return true;
        }
        if (is_answer)
            take_answer(board, &reply);
        else if (reply.error != NULL || !reply.continues)
            lose(board);
        else
            board->changed = true;
        reply_fini(&reply);
        news = news || is_answer;
        if (board->questions == NULL)
            return true;
    }
}

/* What is due; returns whether the sign is to be drawn. */
static bool do_what_is_due(struct board *board)
{
    bool was_away = board->sign.away_since != 0;

    if (board->questions == NULL && boot_ms() >= board->retry_from_ms)
        reach(board);
    if (board->asking != ASKING_NOTHING && boot_ms() >= board->answer_by_ms)
        lose(board);
    if (board->questions != NULL && board->asking == ASKING_NOTHING && board->changed &&
        boot_ms() >= board->ask_from_ms)
        ask(board);
    return !was_away && board->sign.away_since != 0;
}

/* Until something is due, or the minute turns. */
static int64_t wait_ms(const struct board *board)
{
    int64_t now_ms = boot_ms(), minute = MS_PER_MINUTE - clock_wall_ms(clock_system()) % MS_PER_MINUTE,
            due = now_ms + minute;

    if (board->questions == NULL && board->retry_from_ms < due)
        due = board->retry_from_ms;
    if (board->asking != ASKING_NOTHING && board->answer_by_ms < due)
        due = board->answer_by_ms;
    if (board->questions != NULL && board->asking == ASKING_NOTHING && board->changed &&
        board->ask_from_ms < due)
        due = board->ask_from_ms;
    return due > now_ms ? due - now_ms : 0;
}

/* Returns whether to go on. */
static bool take_keys(void)
{
    char keys[64];
    ssize_t got = read(STDIN_FILENO, keys, sizeof(keys));

    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    return got > 0 && memchr(keys, 'q', (size_t)got) == NULL && memchr(keys, 'Q', (size_t)got) == NULL;
}

/* Returns whether to go on. */
static bool take_signal(struct board *board)
{
    struct signalfd_siginfo info;

    if (read(board->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return true;
    switch (info.ssi_signo) {
    case SIGWINCH:
    case SIGCONT:
        return true;
    case SIGTSTP:
        leave_screen(board);
        kill(getpid(), SIGSTOP);
        enter_screen(board);
        return true;
    default:
        return false;
    }
}

/* Until somebody ends it. */
static void stand(struct board *board)
{
    int64_t minute = clock_wall_ms(clock_system()) / MS_PER_MINUTE;
    bool draws = do_what_is_due(board);

    for (;;) {
        struct pollfd fds[] = {
            {.fd = board->signals, .events = POLLIN},
            {.fd = board->has_keys ? STDIN_FILENO : -1, .events = POLLIN},
            {.fd = board->changes != NULL ? client_descriptor(board->changes) : -1, .events = POLLIN},
            {.fd = board->questions != NULL ? client_descriptor(board->questions) : -1, .events = POLLIN},
        };
        int64_t now;

        if (draws && !draw(board))
            return;
        draws = false;
        if (poll(fds, ELEMENTS(fds), (int)wait_ms(board)) < 0 && errno != EINTR)
            return;
        if (fds[0].revents != 0) {
            if (!take_signal(board))
                return;
            draws = true;
        }
        if (fds[1].revents != 0 && !take_keys())
            return;
        if (fds[3].revents != 0)
            draws = read_client(board, board->questions) || draws;
        if (fds[2].revents != 0 && board->changes != NULL)
            draws = read_client(board, board->changes) || draws;
        now = clock_wall_ms(clock_system()) / MS_PER_MINUTE;
        if (now != minute) {
            minute = now;
            board->changed = true; /* how old the news is, and whether that is too old */
            draws = true;
        }
        draws = do_what_is_due(board) || draws;
    }
}

static bool open_signals(struct board *board, sigset_t *ret_before)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ELEMENTS(numbers); i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, ret_before);
    board->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return board->signals >= 0;
}

static int check(struct ctl *ctl, const char *name)
{
    if (ctl_is_id(name) || strchr(name, '@') != NULL) {
        complain("board: '%s' is no plan's name, and a board shows a plan", name);
        return EXIT_USAGE;
    }
    if (!ctl->output.screen) {
        CLEANUP_FREE char *word = text_quoted(name);

        complain("board fills a terminal's screen, and %s", ctl->output.terminal
                                                                ? "this terminal cannot do that (see $TERM)"
                                                                : "standard output is none");
        complain_more("For a program, or a file: meetingctl --json watch %s", word);
        return EXIT_USAGE;
    }
    /* A name that is misspelt would stand on an empty sign for ever. */
    return ctl_check_name(ctl, name, name);
}

int command_board(struct ctl *ctl)
{
    struct board board = {.ctl = ctl, .retry_ms = RETRY_FIRST_MS, .signals = -1};
    CLEANUP_FREE char *name = NULL;
    sigset_t before;
    int code;

    board.name = ctl->options->arguments[0];
    name = text_clean(board.name, strlen(board.name));
    board.sign.name = name;
    code = check(ctl, board.name);
    ctl->client = client_free(ctl->client);
    if (code != 0)
        return code;
    if (!open_signals(&board, &before)) {
        complain("signals cannot be waited for: %s", strerror(errno));
        return EXIT_REFUSED;
    }
    board.has_keys = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &board.keys) == 0;
    list_init(&board.reservations);
    enter_screen(&board);
    stand(&board);
    leave_screen(&board);
    hang_up(&board);
    list_fini(&board.reservations);
    json_object_put(board.sign.meeting);
    close(board.signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return EXIT_DONE;
}
