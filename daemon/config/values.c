#include "config/values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/span.h"
#include "base/str.h"
#include "config/report.h"
#include "model/day.h"
#include "model/schedule-rule.h"
#include "model/settings.h"

/* enums are read into as int. */
_Static_assert(sizeof(enum log_level) == sizeof(int), "an enum is not of an int's size");

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* A value as it may stand in a message. */
#define SHOW(text) report_show((text), (char[REPORT_SHOWN_SIZE]){0})

static int check_not_empty(const char *text, const char *example, struct error *error)
{
    if (text[0] != '\0')
        return 0;
    return error_set(error, -EINVAL, "the value is empty: write %s, or remove the line", example);
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int read_bool(const char *text, bool *ret, struct error *error)
{
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

    for (size_t i = 0; i < ELEMENTS(words); i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *ret = i % 2 == 1;
            return 0;
        }
    }
    return error_set(error, -EINVAL,
                     "\"%s\" is neither yes nor no: write yes, true, on, 1 or no, false, off, 0", SHOW(text));
}

int value_bool(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    return read_bool(text, field, error);
}

int value_flag(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    bool value;
    int r = read_bool(text, &value, error);

    (void)rule;
    if (r == 0)
        *(enum flag *)field = flag_of(value);
    return r;
}

int value_integer(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    int64_t value;

    if (!is_number(text))
        return error_set(error, -EINVAL, "\"%s\" is no whole number: write one from %" PRId64 " to %" PRId64,
                         SHOW(text), rule->minimum, rule->maximum);
    errno = 0;
    value = strtoll(text, NULL, 10);
    if (errno == ERANGE || value < rule->minimum || value > rule->maximum)
        return error_set(error, -EINVAL, "%s is out of range: write a number from %" PRId64 " to %" PRId64,
                         SHOW(text), rule->minimum, rule->maximum);
    *(int64_t *)field = value;
    return 0;
}

int value_percent(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    size_t length = strlen(text);
    CLEANUP_FREE char *number = xstrndup(text, length > 0 && text[length - 1] == '%' ? length - 1 : length);

    if (!is_number(number))
        return error_set(error, -EINVAL, "\"%s\" is no percentage: write one such as 80%%", SHOW(text));
    return value_integer(number, rule, field, error);
}

int value_span(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    char minimum[SPAN_TEXT_SIZE], maximum[SPAN_TEXT_SIZE];
    int64_t value;
    int r = span_parse(text, &value);

    if (r == -EINVAL)
        return error_set(error, -EINVAL,
                         "\"%s\" is no time span: write one such as 500ms, 10s, 5min or 1h 30min",
                         SHOW(text));
    if (r == -ERANGE || (rule->maximum > 0 && value > rule->maximum))
        return error_set(error, -EINVAL, "%s is too long: write a time span of at most %s", SHOW(text),
                         span_format(rule->maximum > 0 ? rule->maximum : SPAN_MAX_MS, maximum));
    if (value < rule->minimum && !(rule->zero && value == 0))
        return error_set(error, -EINVAL, "%s is too short: write a time span of at least %s%s", SHOW(text),
                         span_format(rule->minimum, minimum), rule->zero ? ", or 0 for not at all" : "");
    *(int64_t *)field = value;
    return 0;
}

int value_time(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct local_time time;

    (void)rule;
    if (local_time_parse(text, &time) < 0)
        return error_set(error, -EINVAL,
                         "\"%s\" is no time of the calendar: write one such as 2026-11-23 09:30 or "
                         "2026-11-23 09:30:00",
                         SHOW(text));
    if (time.year > YEAR_MAX)
        return error_set(error, -EINVAL, "%s is too far away: write a year up to %d", SHOW(text), YEAR_MAX);
    *(struct local_time *)field = time;
    return 0;
}

int value_rrule(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct rule unused;

    (void)rule;
    if (check_not_empty(text, "a rule such as FREQ=DAILY", error) < 0 || rule_parse(text, &unused, error) < 0)
        return -EINVAL;
    str_set(field, text);
    return 0;
}

int value_timezone(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (!timezone_known(text))
        return error_set(
            error, -EINVAL,
            "\"%s\" is no time zone of the system's database: write a name such as Asia/Shanghai "
            "(\"timedatectl list-timezones\" shows them)",
            SHOW(text));
    str_set(field, text);
    return 0;
}

int value_text(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (check_not_empty(text, "a text", error) < 0)
        return -EINVAL;
    str_set(field, text);
    return 0;
}

int value_name(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (check_not_empty(text, "the name of an app, or default", error) < 0)
        return -EINVAL;
    str_set(field, text);
    return 0;
}

/* Ids of users, tenants and apps go into requests and between commas; their form is Feishu's matter. */
int value_check_id(const char *text, struct error *error)
{
    if (check_not_empty(text, "an id such as ou_84aad35d084aa403a838cf73ee18467", error) < 0)
        return -EINVAL;
    for (const char *c = text; *c != '\0'; c++) {
        if (!isgraph((unsigned char)*c) || *c == ',')
            return error_set(
                error, -EINVAL, "\"%s\" is no id: write letters, digits, _ and -, without white space%s",
                SHOW(text), isspace((unsigned char)*c) ? " (commas separate the items of a list)" : "");
    }
    return 0;
}

int value_id(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (value_check_id(text, error) < 0)
        return -EINVAL;
    str_set(field, text);
    return 0;
}

int value_digits(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (!is_number(text))
        return error_set(error, -EINVAL, "\"%s\" is not all digits: write an id such as 6911188411932033028",
                         SHOW(text));
    str_set(field, text);
    return 0;
}

static int check_path(const char *text, struct error *error)
{
    if (text[0] != '/')
        return error_set(error, -EINVAL, "\"%s\" is no absolute path: write one that begins with /",
                         SHOW(text));
    return 0;
}

int value_path(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (check_path(text, error) < 0)
        return -EINVAL;
    str_set(field, text);
    return 0;
}

/* The text is not shown: it is the secret itself where someone wrote that here. */
int value_secret_path(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    (void)rule;
    if (text[0] != '/')
        return error_set(error, -EINVAL,
                         "the value is no absolute path: write the path of the file that holds the secret");
    str_set(field, text);
    return 0;
}

int value_socket_path(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

    if (strlen(text) > most)
        return error_set(error, -EINVAL,
                         "the path has %zu bytes and a Unix socket's at most %zu: write a shorter one",
                         strlen(text), most);
    return value_path(text, rule, field, error);
}

int value_ca_file(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    char byte;
    int fd, r = 0;

    (void)rule;
    if (text[0] == '\0') {
        str_set(field, NULL);
        return 0;
    }
    if (check_path(text, error) < 0)
        return -EINVAL;
    fd = open(text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || read(fd, &byte, 1) < 0)
        r = error_set(error, -EINVAL, "%s cannot be read: %s: write the path of a file with CA certificates",
                      SHOW(text), strerror(errno));
    if (fd >= 0)
        close(fd);
    if (r == 0)
        str_set(field, text);
    return r;
}

/* Whether `host` (up to `length`, without brackets) is this machine whatever the network says. */
static bool is_loopback(const char *host, size_t length)
{
    char name[INET_ADDRSTRLEN];
    struct in_addr address;

    if ((length == strlen("localhost") && strncasecmp(host, "localhost", length) == 0) ||
        (length == strlen("[::1]") && memcmp(host, "[::1]", length) == 0))
        return true;
    if (length >= sizeof(name))
        return false;
    memcpy(name, host, length);
    name[length] = '\0';
    return inet_pton(AF_INET, name, &address) == 1 && ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

/* The length of the host at `text`, with brackets where it has some; 0 where there is none. */
static size_t host_length(const char *text)
{
    size_t length;

    if (text[0] != '[')
        return strspn(text, LETTERS_AND_DIGITS ".-_");
    length = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
    return length > 1 && text[length] == ']' ? length + 1 : 0;
}

/* The length of ":PORT", 0 where there is no such thing. */
static size_t port_length(const char *text)
{
    size_t digits = text[0] == ':' ? strspn(text + 1, "0123456789") : 0;
    long port = digits >= 1 && digits <= 5 ? strtol(text + 1, NULL, 10) : 0;

    return port >= 1 && port <= 65535 ? digits + 1 : 0;
}

/* The text is not shown: a password might stand in it. */
int value_url(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    bool plain = strncmp(text, "http://", strlen("http://")) == 0;
    const char *host, *end;
    size_t length;

    (void)rule;
    if (!plain && strncmp(text, "https://", strlen("https://")) != 0)
        return error_set(error, -EINVAL,
                         "the URL begins with no https://: write one such as https://open.feishu.cn");
    host = text + strlen(plain ? "http://" : "https://");
    length = host_length(host);
    end = host + length + port_length(host + length);
    if (length == 0 || end[strspn(end, "/")] != '\0')
        return error_set(error, -EINVAL,
                         "the URL is more or less than scheme, host and port: write one such as "
                         "https://open.feishu.cn or https://open.feishu.cn:443");
    if (plain && !is_loopback(host, length))
        return error_set(
            error, -EINVAL,
            "http:// is for loopback addresses (127.0.0.0/8, [::1], localhost) alone: write https://");
    free(*(char **)field);
    *(char **)field = xstrndup(text, (size_t)(end - text));
    return 0;
}

int value_find_word(const char *text, const struct value_word *words, bool numbers, int *ret,
                    struct error *error)
{
    struct buffer list = BUFFER_EMPTY;

    for (const struct value_word *word = words; word->word != NULL; word++) {
        /* Feishu's numbers are of one digit. */
        if (strcmp(text, word->word) == 0 || (numbers && text[0] == '0' + word->number && text[1] == '\0')) {
            *ret = word->number;
            return 0;
        }
    }
    for (const struct value_word *word = words; word->word != NULL; word++) {
        buffer_printf(&list, "%s%s", word == words ? "" : word[1].word == NULL ? " or " : ", ", word->word);
        if (numbers)
            buffer_printf(&list, " (%d)", word->number);
    }
    error_set(error, -EINVAL, "\"%s\" is not known here: write %s", SHOW(text), list.data);
    buffer_fini(&list);
    return -EINVAL;
}

int value_word(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    return value_find_word(text, rule->words, false, field, error);
}

int value_number(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    return value_find_word(text, rule->words, true, field, error);
}

int value_log_level(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct value_word words[LOG_LEVELS + 1] = {{NULL, 0}};

    (void)rule;
    for (int i = 0; i < LOG_LEVELS; i++)
        words[i] = (struct value_word){log_level_name((enum log_level)i), i};
    return value_find_word(text, words, false, field, error);
}

int value_id_type(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    struct value_word words[USER_ID_TYPES + 1] = {{NULL, 0}};

    (void)rule;
    for (int i = 0; i < USER_ID_TYPES; i++)
        words[i] = (struct value_word){user_id_type_name((enum user_id_type)i), i};
    return value_find_word(text, words, false, field, error);
}

int value_callee_type(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    int type;

    if (value_find_word(text, rule->words, true, &type, error) < 0)
        return -EINVAL;
    if (type != USER_TYPE_PSTN)
        return error_set(error, -EINVAL, "Feishu calls telephones only as yet: write pstn (6), not %s",
                         SHOW(text));
    *(int *)field = type;
    return 0;
}

/* Whatever is wrong, the text is not shown. */
int value_password(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    size_t length = strlen(text);

    (void)rule;
    if (length > 0 && (!is_number(text) || length < PASSWORD_MIN || length > PASSWORD_MAX))
        return error_set(error, -EINVAL,
                         "the password is not %d to %d digits: write that many digits, or nothing for none",
                         PASSWORD_MIN, PASSWORD_MAX);
    secret_free(*(char **)field);
    *(char **)field = xstrdup(text);
    return 0;
}

int value_phone(const char *text, const struct value_rule *rule, void *field, struct error *error)
{
    size_t prefix = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;
    const char *dash = text + 1 + prefix;

    (void)rule;
    if (prefix == 0 || prefix > 4 || *dash != '-' || !is_number(dash + 1) || strlen(dash + 1) > 20)
        return error_set(
            error, -EINVAL,
            "\"%s\" is no telephone number: write +, the country's prefix, - and the number with its "
            "area code, such as +86-02187654321",
            SHOW(text));
    str_set(field, text);
    return 0;
}
