/* What the daemon's errors mean to a person, and what can be done. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

static const char *or_unknown(const char *text)
{
    return text != NULL ? text : "unknown";
}

/* The nearest of the names that the daemon knows; NULL: none, or nobody to ask. The caller frees it. */
static char *nearest_name(struct ctl *ctl, const char *name)
{
    struct reply reply;
    struct json_object *reservations;
    char *nearest = NULL;

    if (ctl_ask(ctl, "ListReservations", NULL, &reply) != 0)
        return NULL;
    reservations = member_array(reply.parameters, "reservations");
    if (array_count(reservations) > 0) {
        CLEANUP_FREE const char **names = xcalloc(array_count(reservations), sizeof(*names));
        size_t count = 0;

        for (size_t i = 0; i < array_count(reservations); i++) {
            const char *known = member_text(json_object_array_get_idx(reservations, i), "name");

            if (known != NULL)
                names[count++] = known;
        }
        nearest = xstrdup(str_nearest(name, names, count));
    }
    reply_fini(&reply);
    return nearest;
}

static void not_found(struct ctl *ctl, const struct reply *reply, const char *subject)
{
    const char *what = subject != NULL ? subject : or_unknown(member_text(reply->parameters, "what"));
    CLEANUP_FREE char *nearest = NULL;

    if (subject == NULL)
        complain("not found: %s", what);
    else
        complain("there is no '%s'", what);
    if (subject == NULL || ctl_is_id(subject) || strchr(subject, '@') != NULL)
        return;
    nearest = nearest_name(ctl, subject);
    if (nearest != NULL && strcmp(nearest, subject) != 0)
        complain_more("Did you mean %s?", nearest);
    else
        complain_more("See all names: meetingctl list --all");
}

static void by_feishu(const struct reply *reply)
{
    const char *log_id = member_text(reply->parameters, "log_id");
    int64_t code = 0;

    member_int(reply->parameters, "code", &code);
    complain("%s: %s", code != 0 ? "Feishu refused" : "Feishu gave no good answer",
             or_unknown(member_text(reply->parameters, "message")));
    if (code != 0)
        complain_more("code:   %" PRId64, code);
    if (log_id != NULL)
        complain_more("log id: %s (by it Feishu's support finds the call)", log_id);
}

static void uncertain(const struct reply *reply)
{
    const char *occurrence = member_text(reply->parameters, "occurrence");

    complain("nobody knows whether the reservation was made: Feishu's answer never came");
    complain_more("Do not repeat the command: a second one might be made. Settle it, once you have looked:");
    complain_more("meetingctl resolve %s --as RESERVE_ID | --retry | --drop", or_unknown(occurrence));
}

static void invalid(const struct reply *reply)
{
    struct json_object *problems = member_array(reply->parameters, "problems");

    complain("the configuration was not reloaded, and the one before is in force:");
    for (size_t i = 0; i < array_count(problems); i++)
        complain_more("%s", or_unknown(item_text(problems, i)));
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
        invalid_parameter(ctl, or_unknown(member_text(parameters, "parameter")));
    } else if (strcmp(error, "MethodNotFound") == 0 || strcmp(error, "InterfaceNotFound") == 0 ||
               strcmp(error, "MethodNotImplemented") == 0) {
        complain("the daemon at %s does not know this command", ctl->options->socket);
        complain_more("It is an older meetingd than this meetingctl (" PACKAGE_VERSION
                      "): restart it after an upgrade");
    } else {
        unknown_error(error);
    }
}

int refusal_report(struct ctl *ctl, const struct reply *reply, const char *subject)
{
    static const char ours[] = "io.meetingd.", varlinks[] = "org.varlink.service.";
    const char *error = reply->error;

    if (strncmp(error, varlinks, strlen(varlinks)) == 0)
        by_varlink(ctl, error + strlen(varlinks), reply->parameters);
    else if (strcmp(error, "io.meetingd.NotFound") == 0)
        not_found(ctl, reply, subject);
    else if (strcmp(error, "io.meetingd.FeishuError") == 0)
        by_feishu(reply);
    else if (strcmp(error, "io.meetingd.ConfigInvalid") == 0)
        invalid(reply);
    else if (strcmp(error, "io.meetingd.Uncertain") == 0)
        uncertain(reply);
    else if (strcmp(error, "io.meetingd.Unavailable") == 0)
        complain("the daemon cannot do this now: %s", or_unknown(member_text(reply->parameters, "reason")));
    else if (strcmp(error, "io.meetingd.Overrun") == 0)
        complain("changes came faster than they were read, and some are missing: begin again");
    else
        unknown_error(strncmp(error, ours, strlen(ours)) == 0 ? error + strlen(ours) : error);
    return EXIT_REFUSED;
}
