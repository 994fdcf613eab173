/* The operators' commands: the five operations of Feishu's API, and the settling of what is uncertain. */
#include <string.h>

#include "describe.h"

static struct json_object *by_reserve_id(const struct ctl *ctl)
{
    struct json_object *parameters = json_object_new_object();

    json_object_object_add(parameters, "reserve_id", json_object_new_string(ctl->options->arguments[0]));
    return parameters;
}

/* An id that cannot be one is told here, and not by Feishu. */
static bool check_reserve_id(const struct ctl *ctl)
{
    if (ctl_is_id(ctl->options->arguments[0]))
        return true;
    complain("%s: '%s' is no reserve_id: that is digits alone, as meetingctl show has it",
             ctl->options->command->name, ctl->options->arguments[0]);
    return false;
}

static void add_settings(const struct ctl *ctl, struct json_object *parameters)
{
    if (ctl->options->settings != NULL)
        json_object_object_add(parameters, "meeting_settings", json_object_get(ctl->options->settings));
}

/* Calls and shows the reservation that comes back; `done` where none does. */
static int change(struct ctl *ctl, const char *method, struct json_object *take_parameters, const char *done)
{
    struct json_object *reservation;
    struct reply reply;
    int code = ctl_ask(ctl, method, take_parameters, &reply);

    if (code != 0)
        return code;
    reservation = member_object(reply.parameters, "reservation");
    if (refusal_is_not_found(&reply) && ctl->options->command->run == command_resolve) {
        complain("there is no '%s' to settle", ctl->options->arguments[0]);
        complain_more("See what is uncertain: meetingctl list --state uncertain");
        code = EXIT_REFUSED;
    } else if (reply.error != NULL)
        code = refusal_report(ctl, &reply, NULL);
    else if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (reservation != NULL)
        describe_reservation(ctl, reservation);
    else if (done != NULL)
        describe_note(ctl, STYLE_PLAIN, "Reservation %s: %s. It is not on record here.",
                      ctl->options->arguments[0], done);
    else
        code = ctl_no_member(ctl, "reservation");
    reply_fini(&reply);
    return code;
}

int command_reserve(struct ctl *ctl)
{
    const struct options *options = ctl->options;
    struct json_object *parameters = json_object_new_object();

    if (options->app != NULL)
        json_object_object_add(parameters, "app", json_object_new_string(options->app));
    if (options->owner_id != NULL)
        json_object_object_add(parameters, "owner_id", json_object_new_string(options->owner_id));
    json_object_object_add(parameters, "end_time", json_object_new_int64(options->end_time));
    add_settings(ctl, parameters);
    if (options->settings == NULL)
        json_object_object_add(parameters, "meeting_settings", json_object_new_object());
    return change(ctl, "Reserve", parameters, NULL);
}

int command_update(struct ctl *ctl)
{
    struct json_object *parameters;

    if (!check_reserve_id(ctl))
        return EXIT_USAGE;
    parameters = by_reserve_id(ctl);
    if (ctl->options->has_end_time)
        json_object_object_add(parameters, "end_time", json_object_new_int64(ctl->options->end_time));
    add_settings(ctl, parameters);
    return change(ctl, "UpdateReservation", parameters, "changed");
}

int command_delete(struct ctl *ctl)
{
    if (!check_reserve_id(ctl))
        return EXIT_USAGE;
    return change(ctl, "DeleteReservation", by_reserve_id(ctl), "deleted");
}

int command_get(struct ctl *ctl)
{
    if (!check_reserve_id(ctl))
        return EXIT_USAGE;
    return change(ctl, "FetchReservation", by_reserve_id(ctl), NULL);
}

int command_active(struct ctl *ctl)
{
    struct json_object *parameters, *meeting;
    struct reply reply;
    int code;

    if (!check_reserve_id(ctl))
        return EXIT_USAGE;
    parameters = by_reserve_id(ctl);
    if (ctl->options->with_participants)
        json_object_object_add(parameters, "with_participants", json_object_new_boolean(true));
    code = ctl_ask(ctl, "FetchActiveMeeting", parameters, &reply);
    if (code != 0)
        return code;
    meeting = member_object(reply.parameters, "meeting");
    if (refusal_is_not_found(&reply)) {
        complain("no meeting is in progress under %s", ctl->options->arguments[0]);
        code = EXIT_REFUSED;
    } else if (reply.error != NULL) {
        code = refusal_report(ctl, &reply, NULL);
    } else if (ctl->options->json) {
        ctl_write_json(ctl, &reply);
    } else if (meeting == NULL) {
        code = ctl_no_member(ctl, "meeting");
    } else {
        describe_meeting(ctl, meeting);
        if (ctl->options->with_participants) {
            buffer_append_char(&ctl->output.text, '\n');
            describe_participants(ctl, meeting);
        }
    }
    reply_fini(&reply);
    return code;
}

int command_resolve(struct ctl *ctl)
{
    const struct options *options = ctl->options;
    struct json_object *parameters = json_object_new_object();

    json_object_object_add(parameters, "occurrence", json_object_new_string(options->arguments[0]));
    if (options->as != NULL)
        json_object_object_add(parameters, "reserve_id", json_object_new_string(options->as));
    if (options->retry)
        json_object_object_add(parameters, "retry", json_object_new_boolean(true));
    if (options->drop)
        json_object_object_add(parameters, "drop", json_object_new_boolean(true));
    return change(ctl, "ResolveReservation", parameters, NULL);
}
