/* show: everything about one reservation and its meeting. */
#include <string.h>

#include "describe.h"

/* The meeting under the reservation, where there is one. What the daemon says else is no error of the
 * reservation's. */
static int add_meeting(struct ctl *ctl, struct json_object *reservation)
{
    const char *reserve_id = member_text(reservation, "reserve_id");
    struct json_object *parameters, *meeting;
    struct reply reply;
    int code;

    if (reserve_id == NULL || array_count(member_array(reservation, "meetings")) == 0)
        return 0;
    parameters = json_object_new_object();
    json_object_object_add(parameters, "reserve_id", json_object_new_string(reserve_id));
    code = ctl_ask(ctl, "GetMeeting", parameters, &reply);
    if (code != 0)
        return code;
    meeting = member_object(reply.parameters, "meeting");
    if (reply.error == NULL && meeting != NULL) {
        buffer_append_char(&ctl->output.text, '\n');
        describe_meeting(ctl, meeting);
        if (array_count(member_array(meeting, "participants")) > 0 ||
            array_count(member_array(meeting, "attendance")) > 0) {
            buffer_append_char(&ctl->output.text, '\n');
            describe_participants(ctl, meeting);
        }
    }
    reply_fini(&reply);
    return 0;
}

int command_show(struct ctl *ctl)
{
    const char *which = ctl->options->arguments[0];
    struct json_object *reservation;
    struct reply reply;
    int code = ctl_ask(ctl, "GetReservation", ctl_which(which), &reply);

    if (code != 0)
        return code;
    reservation = member_object(reply.parameters, "reservation");
    if (reply.error != NULL) {
        code = refusal_report(ctl, &reply, which);
    } else if (ctl->options->json) {
        ctl_write_json(ctl, &reply);
    } else if (reservation == NULL) {
        code = ctl_no_member(ctl, "reservation");
    } else {
        describe_reservation(ctl, reservation);
        code = add_meeting(ctl, reservation);
    }
    reply_fini(&reply);
    return code;
}
