/*
 * The types of values: each reads a value's text into a field, or says what is wrong with it and what would
 * be right. No message shows a secret.
 */
#ifndef MEETINGD_CONFIG_VALUES_H
#define MEETINGD_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A word of the file and the number it stands for. */
struct value_word {
    const char *word; /* NULL ends a list of them */
    int number;
};

/* What a key asks of its value beyond the type. */
struct value_rule {
    const struct value_word *words; /* value_word, value_number */
    int64_t minimum;                /* value_integer, value_span (ms) */
    int64_t maximum;                /* 0: none */
    bool zero;                      /* 0 is taken too, whatever the minimum */
};

/* Reads `text` into the field, whose former value goes; lists grow. -EINVAL with the reason; the field is
 * untouched then, but for a list, which may have grown. */
typedef int value_reader(const char *text, const struct value_rule *rule, void *field, struct error *error);

value_reader value_bool;        /* bool */
value_reader value_flag;        /* enum flag, from a boolean */
value_reader value_integer;     /* int64_t */
value_reader value_percent;     /* int64_t, from a number with or without % */
value_reader value_span;        /* int64_t, ms */
value_reader value_time;        /* struct local_time */
value_reader value_rrule;       /* char *: a recurrence rule */
value_reader value_timezone;    /* char * */
value_reader value_text;        /* char *, not empty */
value_reader value_name;        /* char *, not empty: of an app */
value_reader value_id;          /* char *: an id of Feishu's */
value_reader value_digits;      /* char * */
value_reader value_path;        /* char *, absolute */
value_reader value_secret_path; /* char *, absolute */
value_reader value_socket_path; /* char *, absolute, of a length that a Unix socket takes */
value_reader value_ca_file;     /* char *: a file that can be read; NULL where the text is empty */
value_reader value_url;         /* char *: scheme, host and port */
value_reader value_word;        /* int or enum, one of rule->words */
value_reader value_number;      /* int, one of rule->words or its number */
value_reader value_password;    /* char *, 4 to 9 digits or empty */
value_reader value_phone;       /* char *, as Feishu writes a callee's main_address */
value_reader value_callee_type; /* int, USER_TYPE_… */
value_reader value_log_level;   /* enum log_level */
value_reader value_id_type;     /* enum user_id_type */

/* Whether `text` can be an id of Feishu's; -EINVAL with the reason. */
int value_check_id(const char *text, struct error *error);

/* The word's number; with `numbers` the number itself is taken too. -EINVAL with what the words are. */
int value_find_word(const char *text, const struct value_word *words, bool numbers, int *ret,
                    struct error *error);

/* lists.c. Lists: the text is one item or several between commas; an empty item is none. */
value_reader value_ids;               /* struct string_list */
value_reader value_operators;         /* struct string_list of users and @groups */
value_reader value_action_permission; /* struct meeting_settings: one checker more */
value_reader value_exdates;           /* struct plan: exdates more */

/* exec.c. What a hook waits for, and what it runs. */
value_reader value_events; /* struct hook_events: kinds more */
value_reader value_names;  /* struct string_list: names more */
value_reader
    value_exec; /* struct string_list, replaced: a program and its arguments, as systemd splits them */

/* The next item between commas, without white space around it; NULL at the end. An empty one is skipped, as
 * behind a last comma. The caller frees it. */
char *value_next_item(const char **text);

/* Empties a list. */
typedef void value_clearer(void *field);
value_clearer value_clear_list;               /* struct string_list */
value_clearer value_clear_action_permissions; /* struct meeting_settings */
value_clearer value_clear_exdates;            /* struct plan */
value_clearer value_clear_events;             /* struct hook_events */

#endif
