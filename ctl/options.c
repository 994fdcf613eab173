#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/span.h"
#include "client.h"
#include "settings.h"

/* Feishu keeps a reservation for so long at most. */
#define END_TIME_MAX_S (INT64_C(30) * 24 * 3600)

/* More than any meeting has. */
#define PARTICIPANTS_MAX 1000000

enum option_id {
    OPTION_SETTING = 0, /* and the settings behind it */
    OPTION_STATE = SETTINGS,
    OPTION_ALL,
    OPTION_ACTIVE,
    OPTION_WITH_PARTICIPANTS,
    OPTION_END_TIME,
    OPTION_APP,
    OPTION_OWNER_ID,
    OPTION_AS,
    OPTION_RETRY,
    OPTION_DROP,
    OPTION_FORCE,
    OPTION_WRITE,
    OPTION_NO_PLANS,
    OPTION_OFFLINE,
    OPTION_STARTED,
    OPTION_ENDED,
    OPTION_PARTICIPANTS,
    OPTION_TIMEOUT,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_MIN_SHARE,
    OPTION_CSV,
    OPTION_SOCKET,
    OPTION_JSON,
    OPTION_NO_PAGER,
    OPTION_NO_LEGEND,
    OPTION_UTC,
    OPTION_HELP,
    OPTION_VERSION,
    OPTIONS
};

/* Behind the settings; in the order of option_id. */
static const struct {
    const char *name;
    bool has_value;
    unsigned takes; /* the commands that take it; 0: all */
} table[] = {
    {"state", true, TAKES_STATE},
    {"all", false, TAKES_ALL},
    {"active", false, TAKES_ACTIVE},
    {"with-participants", false, TAKES_WITH_PARTICIPANTS},
    {"end-time", true, TAKES_SETTINGS},
    {"app", true, TAKES_OWNER},
    {"owner-id", true, TAKES_OWNER},
    {"as", true, TAKES_SETTLEMENT},
    {"retry", false, TAKES_SETTLEMENT},
    {"drop", false, TAKES_SETTLEMENT},
    {"force", false, TAKES_FORCE},
    {"write", true, TAKES_METRICS},
    {"no-plans", false, TAKES_METRICS},
    {"offline", false, TAKES_OFFLINE},
    {"started", false, TAKES_WAIT},
    {"ended", false, TAKES_WAIT},
    {"participants", true, TAKES_WAIT},
    {"timeout", true, TAKES_WAIT},
    {"since", true, TAKES_TIME},
    {"until", true, TAKES_TIME},
    {"min-share", true, TAKES_CSV},
    {"csv", false, TAKES_CSV},
    {"socket", true, 0},
    {"json", false, TAKES_JSON},
    {"no-pager", false, 0},
    {"no-legend", false, 0},
    {"utc", false, 0},
    {"help", false, 0},
    {"version", false, 0},
};

_Static_assert(ELEMENTS(table) == OPTIONS - OPTION_STATE, "an option is missing");

/* An option as it was given; whether it fits is known once the command is. */
struct given {
    enum option_id id;
    char *value;
};

struct given_list {
    struct given *items;
    size_t count;
};

static const char *option_name(enum option_id id)
{
    return id < OPTION_STATE ? settings_names[id] : table[id - OPTION_STATE].name;
}

static unsigned option_takes(enum option_id id)
{
    return id < OPTION_STATE ? TAKES_SETTINGS : table[id - OPTION_STATE].takes;
}

static int unknown_option(const char *argument, struct error *error)
{
    CLEANUP_FREE char *word = xstrndup(argument, strcspn(argument, "="));
    const char *names[OPTIONS], *nearest = NULL;

    for (size_t i = 0; i < OPTIONS; i++)
        names[i] = option_name((enum option_id)i);
    if (strncmp(word, "--", 2) == 0)
        nearest = str_nearest(word + 2, names, ELEMENTS(names));
    if (nearest != NULL)
        return error_set(error, -EINVAL, "there is no option %s: did you mean --%s?", word, nearest);
    return error_set(error, -EINVAL, "there is no option %s", word);
}

/* Why getopt_long() did not take the option before `optind`. */
static int refused_option(int argc, char **argv, int option, struct error *error)
{
    const char *argument = optind > 0 && optind <= argc ? argv[optind - 1] : "";

    if (option == ':')
        return error_set(error, -EINVAL, "%s needs a value", argument);
    if (optopt >= 256)
        return error_set(error, -EINVAL, "%.*s takes no value", (int)strcspn(argument, "="), argument);
    if (optopt > 0 && optopt < 256)
        return error_set(error, -EINVAL, "there is no option -%c", optopt);
    return unknown_option(argument, error);
}

static int collect(struct given_list *given, int argc, char **argv, struct error *error)
{
    struct option long_options[OPTIONS + 1] = {{NULL, 0, NULL, 0}};
    int option;

    for (int i = 0; i < OPTIONS; i++)
        long_options[i] = (struct option){
            option_name((enum option_id)i),
            i < OPTION_STATE || table[i - OPTION_STATE].has_value ? required_argument : no_argument, NULL,
            256 + i};
    optind = 0; /* begins anew, as often as it is called */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
        if (option == 'h')
            option = 256 + OPTION_HELP;
        if (option < 256)
            return refused_option(argc, argv, option, error);
        given->items = xrealloc(given->items, given->count + 1, sizeof(*given->items));
        given->items[given->count++] = (struct given){(enum option_id)(option - 256), optarg};
    }
    return 0;
}

static int find_command(struct options *options, int argc, char **argv, struct error *error)
{
    CLEANUP_FREE const char **names = xcalloc(command_count, sizeof(*names));
    const char *word = optind < argc ? argv[optind] : "", *nearest;
    size_t known = 0;

    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, word) == 0)
            options->command = &commands[i];
        if (commands[i].summary != NULL)
            names[known++] = commands[i].name;
    }
    if (options->command == NULL) {
        nearest = str_nearest(word, names, known);
        if (nearest != NULL)
            return error_set(error, -EINVAL, "there is no command '%s': did you mean %s?", word, nearest);
        return error_set(error, -EINVAL, "there is no command '%s'", word);
    }
    if (optind < argc) {
        options->arguments = &argv[optind + 1];
        options->argument_count = (size_t)(argc - optind - 1);
    }
    return 0;
}

static int check_arguments(const struct options *options, struct error *error)
{
    const struct command *command = options->command;

    if (options->argument_count < command->minimum)
        return error_set(error, -EINVAL, "%s needs %s", command->name, command->arguments);
    if (options->argument_count > command->maximum)
        return error_set(error, -EINVAL, "%s does not take '%s': meetingctl %s%s%s", command->name,
                         options->arguments[command->maximum], command->name,
                         *command->arguments != '\0' ? " " : "", command->arguments);
    for (size_t i = 0; i < options->argument_count; i++) {
        const char *argument = options->arguments[i];

        if (*argument == '\0')
            return error_set(error, -EINVAL, "%s: an argument is empty", command->name);
        if (argument[utf8_valid_length(argument, strlen(argument))] != '\0')
            return error_set(error, -EINVAL, "%s: '%s' is no UTF-8", command->name, argument);
    }
    return 0;
}

static int add_states(struct options *options, const char *value, struct error *error)
{
    static const char *const states[] = {"planned", "reserving", "uncertain", "reserved", "live",
                                         "ended",   "expired",   "failed",    "deleted"};

    for (const char *start = value;;) {
        size_t length = strcspn(start, ",");
        CLEANUP_FREE char *state = xstrndup(start, length);
        const char *nearest = str_nearest(state, states, ELEMENTS(states));

        if (nearest == NULL || strcmp(nearest, state) != 0)
            return error_set(
                error, -EINVAL,
                "--state: there is no state '%s'%s%s%s: planned, reserving, uncertain, reserved, live, "
                "ended, expired, failed or deleted",
                state, nearest != NULL ? " (did you mean " : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "?)" : "");
        string_list_add(&options->states, state);
        if (start[length] == '\0')
            return 0;
        start += length + 1;
    }
}

static int set_end_time(struct options *options, const struct times *times, const char *value,
                        struct error *error)
{
    int64_t ahead;

    if (times_parse(times, value, &options->end_time, error) < 0)
        return error_prefix(error, -EINVAL, "--end-time");
    ahead = options->end_time - times->now_ms / MS_PER_SECOND;
    if (ahead <= 0)
        return error_set(error, -EINVAL, "--end-time: '%s' is not in the future", value);
    if (ahead > END_TIME_MAX_S)
        return error_set(error, -EINVAL,
                         "--end-time: '%s' is more than 30 days ahead, which is Feishu's limit", value);
    options->has_end_time = true;
    return 0;
}

static int set_time(const struct times *times, const char *name, const char *value, bool *ret_has,
                    int64_t *ret, struct error *error)
{
    if (times_parse(times, value, ret, error) < 0)
        return error_prefix(error, -EINVAL, "--%s", name);
    *ret_has = true;
    return 0;
}

/* "85%", "85", "12.5%". */
static int set_min_share(struct options *options, const char *value, struct error *error)
{
    char *end;
    double percent = strtod(value, &end);

    if (end != value && *end == '%')
        end++;
    /* The negation refuses what is no number, too. */
    if (end == value || *end != '\0' || !(percent >= 0 && percent <= 100))
        return error_set(error, -EINVAL, "--min-share: '%s' is no share from 0%% to 100%%, such as 85%%",
                         value);
    options->min_share = (int64_t)(percent * 100 + 0.5);
    return 0;
}

static int set_setting(struct options *options, enum setting setting, char *value, struct error *error)
{
    int result;

    if (options->settings == NULL)
        options->settings = json_object_new_object();
    result = settings_set(options->settings, setting, value, error);
    /* Other users see the command line. */
    if (setting == SETTING_PASSWORD && strcmp(value, "-") != 0)
        memset(value, 'x', strlen(value));
    return result;
}

static int set_id(const char **ret, const char *name, const char *value, struct error *error)
{
    if (settings_check_id(value, error) < 0)
        return error_prefix(error, -EINVAL, "--%s", name);
    *ret = value;
    return 0;
}

static int set_participants(struct options *options, const char *value, struct error *error)
{
    char *end;

    options->participants = strtol(value, &end, 10);
    if (*end != '\0' || options->participants < 1 || options->participants > PARTICIPANTS_MAX)
        return error_set(error, -EINVAL, "--participants: '%s' is no number from 1 to %d", value,
                         PARTICIPANTS_MAX);
    return 0;
}

static int set_wait(struct options *options, const char *value, struct error *error)
{
    options->has_wait = span_parse(value, &options->wait_ms) == 0;
    if (!options->has_wait)
        return error_set(error, -EINVAL, "--timeout: '%s' is no time span such as 90s or 1h 30min", value);
    return 0;
}

/* The option is another command's: says whose, where those are few. */
static int not_taken(const struct command *command, enum option_id id, struct error *error)
{
    CLEANUP(buffer_fini) struct buffer others = BUFFER_EMPTY;

    for (size_t i = 0; i < command_count && option_takes(id) != TAKES_JSON; i++) {
        if ((commands[i].takes & option_takes(id)) != 0)
            buffer_printf(&others, "%s%s", others.length > 0 ? " and " : ", but of ", commands[i].name);
    }
    return error_set(error, -EINVAL, "--%s is no option of %s%s", option_name(id),
                     *command->name != '\0' ? command->name : "meetingctl without a command",
                     others.length > 0 ? others.data : "");
}

static int apply(struct options *options, const struct times *times, const struct given *given,
                 struct error *error)
{
    unsigned takes = option_takes(given->id);

    if (takes != 0 && (options->command->takes & takes) == 0)
        return not_taken(options->command, given->id, error);
    switch (given->id) {
    case OPTION_STATE:
        return add_states(options, given->value, error);
    case OPTION_ALL:
        options->all = true;
        return 0;
    case OPTION_ACTIVE:
        options->active = true;
        return 0;
    case OPTION_WITH_PARTICIPANTS:
        options->with_participants = true;
        return 0;
    case OPTION_END_TIME:
        return set_end_time(options, times, given->value, error);
    case OPTION_APP:
        if (*given->value == '\0')
            return error_set(error, -EINVAL, "--app: the name is empty");
        options->app = given->value;
        return 0;
    case OPTION_OWNER_ID:
        return set_id(&options->owner_id, "owner-id", given->value, error);
    case OPTION_AS:
        return set_id(&options->as, "as", given->value, error);
    case OPTION_RETRY:
        options->retry = true;
        return 0;
    case OPTION_DROP:
        options->drop = true;
        return 0;
    case OPTION_FORCE:
        options->force = true;
        return 0;
    case OPTION_WRITE:
        if (*given->value == '\0')
            return error_set(error, -EINVAL, "--write: the name of the file is empty");
        options->write = given->value;
        return 0;
    case OPTION_NO_PLANS:
        options->no_plans = true;
        return 0;
    case OPTION_OFFLINE:
        options->offline = true;
        return 0;
    case OPTION_STARTED:
        options->started = true;
        return 0;
    case OPTION_ENDED:
        options->ended = true;
        return 0;
    case OPTION_PARTICIPANTS:
        return set_participants(options, given->value, error);
    case OPTION_TIMEOUT:
        return set_wait(options, given->value, error);
    case OPTION_SINCE:
        return set_time(times, "since", given->value, &options->has_since, &options->since, error);
    case OPTION_UNTIL:
        return set_time(times, "until", given->value, &options->has_until, &options->until, error);
    case OPTION_MIN_SHARE:
        return set_min_share(options, given->value, error);
    case OPTION_CSV:
        options->csv = true;
        return 0;
    case OPTION_SOCKET:
        if (*given->value == '\0')
            return error_set(error, -EINVAL, "--socket: the path is empty");
        options->socket = given->value;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case OPTION_NO_PAGER:
        options->no_pager = true;
        return 0;
    case OPTION_NO_LEGEND:
        options->no_legend = true;
        return 0;
    case OPTION_UTC:
    case OPTION_HELP:
    case OPTION_VERSION:
        return 0; /* known already */
    default:
        return set_setting(options, (enum setting)given->id, given->value, error);
    }
}

static int check_whole(const struct options *options, struct error *error)
{
    const char *name = options->command->name;
    bool reserve = (options->command->takes & TAKES_OWNER) != 0;

    if ((options->command->takes & TAKES_SETTLEMENT) != 0 &&
        (options->as != NULL) + options->retry + options->drop != 1)
        return error_set(error, -EINVAL, "%s needs one of --as RESERVE_ID, --retry and --drop", name);
    if (options->write != NULL && options->json)
        return error_set(error, -EINVAL, "--write writes a file, --json prints: give one of them");
    if ((options->command->takes & TAKES_WAIT) != 0 &&
        options->started + options->ended + (options->participants > 0) != 1)
        return error_set(error, -EINVAL, "%s needs one of --started, --ended and --participants N", name);
    if (options->has_since && options->has_until && options->since > options->until)
        return error_set(error, -EINVAL, "--since is later than --until");
    if (options->json && options->csv)
        return error_set(error, -EINVAL, "%s takes one of --json and --csv", name);
    if ((options->command->takes & TAKES_SETTINGS) == 0)
        return 0;
    if (reserve && !options->has_end_time)
        return error_set(error, -EINVAL, "%s needs --end-time, when the reservation expires", name);
    if (!reserve && !options->has_end_time && options->settings == NULL)
        return error_set(error, -EINVAL, "%s needs something to change: --end-time, or a setting", name);
    if (options->settings == NULL)
        return 0;
    if (!reserve && json_object_object_get_ex(options->settings, "meeting_connect", NULL))
        return error_set(error, -EINVAL,
                         "--meeting-connect: Feishu does not change it once a reservation is made");
    return settings_check(options->settings, reserve, error);
}

static int read_timeout(struct options *options, struct error *error)
{
    const char *value = getenv("MEETINGCTL_TIMEOUT");

    if (value == NULL || *value == '\0')
        return 0;
    if (span_parse(value, &options->timeout_ms) < 0 || options->timeout_ms <= 0)
        return error_set(error, -EINVAL, "MEETINGCTL_TIMEOUT: '%s' is no time span such as 30s", value);
    return 0;
}

static int read_all(struct options *options, const struct given_list *given, int argc, char **argv,
                    int64_t now_ms, struct error *error)
{
    struct times times = {.now_ms = now_ms};
    int result;

    for (size_t i = 0; i < given->count; i++) {
        options->help |= given->items[i].id == OPTION_HELP;
        options->version |= given->items[i].id == OPTION_VERSION;
        options->utc |= given->items[i].id == OPTION_UTC;
    }
    if (options->help || options->version)
        return 0;
    times.utc = options->utc;
    result = find_command(options, argc, argv, error);
    if (result == 0)
        result = check_arguments(options, error);
    for (size_t i = 0; i < given->count && result == 0; i++)
        result = apply(options, &times, &given->items[i], error);
    if (result == 0)
        result = check_whole(options, error);
    return result == 0 ? read_timeout(options, error) : result;
}

int options_read(struct options *ret, int argc, char **argv, int64_t now_ms, struct error *error)
{
    struct given_list given = {NULL, 0};
    int result;

    *ret = (struct options){.socket = CLIENT_DEFAULT_SOCKET};
    result = collect(&given, argc, argv, error);
    if (result == 0)
        result = read_all(ret, &given, argc, argv, now_ms, error);
    free(given.items);
    return result;
}

void options_fini(struct options *options)
{
    string_list_fini(&options->states);
    json_object_put(options->settings);
    options->settings = NULL;
}
