/*
 * The one table of keys: which section takes them, their type and rule, their default, and the line that
 * explains them. Reading, checking, defaults and the shipped sample all follow it.
 */
#ifndef MEETINGD_CONFIG_KEYS_H
#define MEETINGD_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/values.h"
#include "model/plan.h"

enum section_kind {
    SECTION_DAEMON,
    SECTION_APP,
    SECTION_POLL,
    SECTION_RESERVATION,
    SECTION_HOOK,
    SECTION_KINDS
};

/* The keys of one section stand together, in the order of the sample. */
enum key_id {
    KEY_SOCKET,
    KEY_STATE,
    KEY_DAEMON_TIMEZONE,
    KEY_LOG_LEVEL,
    KEY_HISTORY,
    KEY_OPERATORS,
    KEY_ON_UNCERTAIN,

    KEY_REGION,
    KEY_BASE_URL,
    KEY_APP_ID,
    KEY_APP_SECRET_FILE,
    KEY_APP_OWNER_ID,
    KEY_USER_ID_TYPE,
    KEY_CA_FILE,
    KEY_TIMEOUT,
    KEY_RATE_PER_MINUTE,
    KEY_RATE_PER_SECOND,
    KEY_MONTHLY_CALLS,
    KEY_MONTHLY_SHARE,
    KEY_MONTH_TIMEZONE,
    KEY_EVENTS,

    KEY_LIVE,
    KEY_STARTING,
    KEY_EARLY,
    KEY_OVERDUE,
    KEY_COOLING,
    KEY_IDLE,
    KEY_PARTICIPANTS,

    KEY_APP,
    KEY_TOPIC,
    KEY_START,
    KEY_DURATION,
    KEY_TIMEZONE,
    KEY_RRULE,
    KEY_EXDATE,
    KEY_CREATE_AHEAD,
    KEY_EXPIRE_AFTER,
    KEY_LINK,
    KEY_ON_REMOVE,
    KEY_OWNER_ID,
    KEY_MEETING_INITIAL_TYPE,
    KEY_AUTO_RECORD,
    KEY_MEETING_CONNECT,
    KEY_PASSWORD,
    KEY_ASSIGN_HOST_LIST,
    KEY_ACTION_PERMISSION,
    KEY_RESERVE_ID,
    KEY_CALLEE_ID,
    KEY_CALLEE_USER_TYPE,
    KEY_CALLEE_NICKNAME,
    KEY_CALLEE_MAIN_ADDRESS,

    KEY_HOOK_ON,
    KEY_HOOK_RESERVATION,
    KEY_HOOK_EXEC,
    KEY_HOOK_TIMEOUT,
    KEYS
};

/* What a section's keys are read into; the fields of struct key are offsets in these. [daemon] is read into a
 * struct config, [poll] into a struct poll_settings, [hook] into a struct hook. The app and the plan stand
 * first and own the memory: once the rest is gone they are handed on as they are. */
struct app_values {
    struct app app;
    int region; /* enum region */
    int events; /* off is all that there is yet */
    char *app_secret_file;
};

struct plan_values {
    struct plan plan;
    int64_t duration_ms;
    struct callee callee;
};

enum region { REGION_FEISHU, REGION_LARK };

enum key_use {
    KEY_FOR_ALL_PLANS = 1 << 0, /* an adopted plan takes it too */
    KEY_FOR_ADOPTED = 1 << 1,   /* it makes a plan an adopted one */
    KEY_FOR_CALLS = 1 << 2,     /* only with meeting_initial_type = call */
    KEY_EXAMPLE = 1 << 3,       /* `text` is an example for the sample, no default */
};

struct key {
    enum section_kind section;
    unsigned use; /* enum key_use */
    const char *name;
    value_reader *read;
    value_clearer *clear; /* NULL: takes one value; else a list */
    size_t field;
    struct value_rule rule;
    const char *text;          /* default, or example */
    const char *explanation;   /* one line, for the sample */
    const char *more_examples; /* of a list, for the sample; may be NULL */
};

extern const struct key key_table[KEYS];

struct section {
    const char *name;
    bool takes_name;
    enum key_id first_key;
    size_t size; /* of what its keys are read into */
    size_t key_count;
};

extern const struct section section_table[SECTION_KINDS];

/* " NAME" where the section is nothing without one, else "". */
const char *section_name_hint(enum section_kind kind);

/* The key of that section; NULL where there is none. */
const struct key *key_find(enum section_kind section, const char *name);

/* The key that is probably meant by `name`; NULL where none is near enough. */
const struct key *key_nearest(enum section_kind section, const char *name);

/* The section whose name, or whose name's first word, is `word`; SECTION_KINDS where there is none. */
enum section_kind section_find(const char *word);

/* The section that is probably meant by `word`; SECTION_KINDS where none is near enough. */
enum section_kind section_nearest(const char *word);

/* What is wrong with a key that the section does not have, or a section that there is not, and what would be
 * right. The caller frees it. */
char *key_unknown_text(enum section_kind section, const char *name);
char *section_unknown_text(const char *word);

/* Memory for a section's values, with the defaults in it. */
void *section_new(enum section_kind kind);

/* NULL is fine; returns NULL. */
void *section_free(enum section_kind kind, void *values);

#endif
