/* What the daemon's errors mean to a person, and what can be done. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "text.h"

/* Of the reservations that the daemon lists: the name of the one whose `member` is `value`, or, without a
 * member, the name that is nearest to `value`. NULL: none, or nobody to ask. The caller frees it. */
static char *find_name(struct ctl *ctl, const char *member, const char *value)
{
    struct reply reply;
    struct json_object *reservations;
    char *found = NULL;

    if (ctl_ask(ctl, "ListReservations", NULL, &reply) != 0)
        return NULL;
    reservations = member_array(reply.parameters, "reservations");
    if (array_count(reservations) > 0) {
        CLEANUP_FREE const char **names = xcalloc(array_count(reservations), sizeof(*names));
        size_t count = 0;

        for (size_t i = 0; i < array_count(reservations); i++) {
            struct json_object *reservation = json_object_array_get_idx(reservations, i);
            const char *name = member_text(reservation, "name");

            if (name != NULL && (member == NULL || str_equal(member_text(reservation, member), value)))
                names[count++] = name;
        }
        if (member == NULL)
            found = xstrdup(str_nearest(value, names, count));
        else if (count > 0)
            found = xstrdup(names[0]);
    }
    reply_fini(&reply);
    return found;
}

/* Digits: perhaps the number that people dial, which names nothing here. */
static void suggest_for_id(struct ctl *ctl, const char *id)
{
    CLEANUP_FREE char *name = find_name(ctl, "meeting_no", id);

    if (name != NULL)
        complain_more("That is the meeting number of %s, which is asked for by its name or its reserve_id",
                      name);
    else
        complain_more("It is not on record here. Whether Feishu has such a reservation: meetingctl get %s",
                      id);
}

/* A plan's name, or the occurrence of one. */
static void suggest_for_name(struct ctl *ctl, const char *subject)
{
    size_t length = strcspn(subject, "@");
    CLEANUP_FREE char *name = xstrndup(subject, length), *nearest = find_name(ctl, NULL, name);

    if (nearest == NULL)
        complain_more("See all names: meetingctl list --all");
    else if (strcmp(nearest, subject) == 0)
        return; /* it has come just now */
    else if (subject[length] == '@') {
        CLEANUP_FREE char *word = text_quoted(nearest);

        complain_more("See the occurrences: meetingctl list %s --all", word);
    } else {
        complain_more("Did you mean %s?", nearest);
    }
}

static void not_found(struct ctl *ctl, const struct reply *reply, const char *subject)
{
    if (subject == NULL) {
        complain("not found: %s", text_or(member_text(reply->parameters, "what"), "unknown"));
        return;
    }
    complain("there is no '%s'", subject);
    if (ctl_is_id(subject))
        suggest_for_id(ctl, subject);
    else
        suggest_for_name(ctl, subject);
}

static void by_feishu(const struct reply *reply)
{
    const char *log_id = member_text(reply->parameters, "log_id");
    int64_t code = 0;

    member_int(reply->parameters, "code", &code);
    complain("%s: %s", code != 0 ? "Feishu refused" : "Feishu gave no good answer",
             text_or(member_text(reply->parameters, "message"), "unknown"));
    if (code != 0)
        complain_more("code:   %" PRId64, code);
    if (log_id != NULL)
        complain_more("log id: %s (by it Feishu's support finds the call)", log_id);
}

static void uncertain(const struct reply *reply)
{
    const char *occurrence = member_text(reply->parameters, "occurrence");
    CLEANUP_FREE char *word = text_quoted(text_or(occurrence, "unknown"));

    complain("nobody knows whether the reservation was made: Feishu's answer never came");
    complain_more("Do not repeat the command: a second one might be made. Settle it, once you have looked:");
    complain_more("meetingctl resolve %s --as RESERVE_ID | --retry | --drop", word);
}

static void invalid(const struct reply *reply)
{
    struct json_object *problems = member_array(reply->parameters, "problems");

    complain("the configuration was not reloaded, and the one before is in force:");
    for (size_t i = 0; i < array_count(problems); i++)
        complain_more("%s", text_or(item_text(problems, i), "unknown"));
}

static void unknown_error(const char *error)
{
    complain("the daemon answered with an error: %s", error);
    complain_more("Its log may say more: journalctl -u meetingd");
}

static void invalid_parameter(const struct ctl *ctl, const char *parameter)
{
    complain("the daemon does not take this %s", parameter);
    if (strcmp(parameter, "app") == 0)
        complain_more("The apps are listed by meetingctl status");
    else if (strcmp(parameter, "reserve_id") == 0 && ctl->options->as != NULL)
        complain_more("It is on record already, as another reservation: see meetingctl show %s",
                      ctl->options->as);
    else
        complain_more("See the command in meetingctl(1)");
}

static void by_varlink(const struct ctl *ctl, const char *error, struct json_object *parameters)
{
    if (strcmp(error, "PermissionDenied") == 0) {
        complain("%s is for operators", ctl->options->command->name);
        complain_more(
            "Who they are says 'operators' in the section [daemon] of meetingd.conf; root always is one.");
    } else if (strcmp(error, "InvalidParameter") == 0) {
        invalid_parameter(ctl, text_or(member_text(parameters, "parameter"), "unknown"));
    } else if (strcmp(error, "MethodNotFound") == 0 || strcmp(error, "InterfaceNotFound") == 0 ||
               strcmp(error, "MethodNotImplemented") == 0) {
        complain("the daemon at %s does not know this command", ctl->options->socket);
        complain_more("It is an older meetingd than this meetingctl (" PACKAGE_VERSION
                      "): restart it after an upgrade");
    } else {
        unknown_error(error);
    }
}

bool refusal_is_not_found(const struct reply *reply)
{
    return str_equal(reply->error, "io.meetingd.NotFound");
}

int refusal_report(struct ctl *ctl, const struct reply *reply, const char *subject)
{
    static const char ours[] = "io.meetingd.", varlinks[] = "org.varlink.service.";
    const char *error = reply->error;

    if (strncmp(error, varlinks, strlen(varlinks)) == 0)
        by_varlink(ctl, error + strlen(varlinks), reply->parameters);
    else if (refusal_is_not_found(reply))
        not_found(ctl, reply, subject);
    else if (strcmp(error, "io.meetingd.FeishuError") == 0)
        by_feishu(reply);
    else if (strcmp(error, "io.meetingd.ConfigInvalid") == 0)
        invalid(reply);
    else if (strcmp(error, "io.meetingd.Uncertain") == 0)
        uncertain(reply);
    else if (strcmp(error, "io.meetingd.Unavailable") == 0)
        complain("the daemon cannot do this now: %s",
                 text_or(member_text(reply->parameters, "reason"), "unknown"));
    else if (strcmp(error, "io.meetingd.Overrun") == 0)
        complain("changes came faster than they were read, and some are missing: begin again");
    else
        unknown_error(strncmp(error, ours, strlen(ours)) == 0 ? error + strlen(ours) : error);
    return EXIT_REFUSED;
}
