/*
 * The settings of a meeting as options: the keys of the INI file with dashes, and its values. What they
 * become is a MeetingSettings object for the socket. Everything is checked before anything is sent.
 */
#ifndef MEETINGCTL_SETTINGS_H
#define MEETINGCTL_SETTINGS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/error.h"

/* The options, in the order of settings_names[]. */
enum setting {
    SETTING_TOPIC,
    SETTING_MEETING_INITIAL_TYPE,
    SETTING_AUTO_RECORD,
    SETTING_MEETING_CONNECT,
    SETTING_PASSWORD,
    SETTING_ASSIGN_HOST_LIST,
    SETTING_ACTION_PERMISSION,
    SETTING_CALLEE_ID,
    SETTING_CALLEE_USER_TYPE,
    SETTING_CALLEE_NICKNAME,
    SETTING_CALLEE_MAIN_ADDRESS,
    SETTINGS
};

/* "topic", "meeting-initial-type", …: options without their dashes in front. */
extern const char *const settings_names[SETTINGS];

/* Puts one value into `settings` (an object). -EINVAL with what would be right. The password "-" is read from
 * standard input, without echo where that is a terminal. */
int settings_set(struct json_object *settings, enum setting setting, const char *value, struct error *error);

/* Checks an id, of a user or a reservation's owner. */
int settings_check_id(const char *value, struct error *error);

/* Checks what holds between the settings. `whole`: they are all that the reservation will have. */
int settings_check(struct json_object *settings, bool whole, struct error *error);

#endif
