/*
 * The settings of a meeting one by one: which of them differ between what the file said when it was last
 * applied and what it says now, and what update sends for them.
 *
 * What was applied is kept as a text with one line for each setting, so that it can be written down beside
 * the reservation and compared after a restart. It holds the password: treat it as a secret.
 */
#ifndef MEETINGD_MODEL_SETTING_H
#define MEETINGD_MODEL_SETTING_H

#include <stdbool.h>

#include "model/settings.h"

enum setting {
    SETTING_TOPIC,
    SETTING_ACTION_PERMISSIONS,
    SETTING_MEETING_INITIAL_TYPE,
    SETTING_MEETING_CONNECT,
    SETTING_AUTO_RECORD,
    SETTING_ASSIGN_HOST_LIST,
    SETTING_PASSWORD,
    SETTING_CALL_SETTING,
    SETTINGS
};

/* "topic", "action_permissions", …: Feishu's names. */
const char *setting_name(enum setting setting);

#define SETTING_BIT(setting) (1U << (setting))

/* What can be changed after the reservation is made (feishu-api.md 1.4; product.md section 3). */
#define SETTINGS_CHANGEABLE                                                                                  \
    (SETTING_BIT(SETTINGS) - 1U -                                                                            \
     (SETTING_BIT(SETTING_MEETING_INITIAL_TYPE) | SETTING_BIT(SETTING_MEETING_CONNECT)))

/* All that is set, as text. The caller wipes and frees it (secret_free). */
char *settings_text(const struct meeting_settings *settings);

/* A bit for each setting that is another one in `settings` than in the text; NULL is the text of none. */
unsigned settings_differing(const char *text, const struct meeting_settings *settings);

/* "topic, password": the names of those in `set`. The caller frees it. */
char *settings_names(unsigned set);

/* Those of `settings` that are in `set`, as update is to send them: one that is not set any more gets
 * Feishu's neutral value; a topic or a password, which have none, is left out. `ret` is written anew. */
void settings_pick(const struct meeting_settings *settings, unsigned set, struct meeting_settings *ret);

/* Those that are set. */
unsigned settings_set(const struct meeting_settings *settings);

/* Those that were removed from the file but that Feishu cannot be told to forget: set in `at_feishu`, not set
 * in `settings`, and without a neutral value. */
unsigned settings_left_over(const struct meeting_settings *settings,
                            const struct meeting_settings *at_feishu);

/* Those of `expected` of which nothing is left in `told`, what get says: an update with a part of the
 * settings has replaced all of them (feishu-api.md 1.4). */
unsigned settings_gone(const struct meeting_settings *expected, const struct meeting_settings *told);

#endif
