/* explain: why a reservation is looked at as it is. */
#include <inttypes.h>

#include "base/span.h"
#include "describe.h"

static void interval_line(struct ctl *ctl, struct json_object *explanation)
{
    char text[SPAN_TEXT_SIZE];
    int64_t interval_ms;

    if (!member_int(explanation, "interval", &interval_ms) || interval_ms <= 0 || interval_ms > SPAN_MAX_MS)
        describe_line(ctl, "Interval", STYLE_PLAIN, "none");
    else
        describe_line(ctl, "Interval", STYLE_PLAIN, "%s",
                      span_format(interval_ms < MS_PER_SECOND ? interval_ms
                                                              : interval_ms / MS_PER_SECOND * MS_PER_SECOND,
                                  text));
}

/* A moment in milliseconds. */
static void moment_line(struct ctl *ctl, const char *label, struct json_object *explanation,
                        const char *member, const char *none)
{
    char absolute[TIMES_TEXT_SIZE], relative[TIMES_TEXT_SIZE];
    int64_t at_ms;

    if (member_int(explanation, member, &at_ms))
        describe_line(ctl, label, STYLE_PLAIN, "%s, %s",
                      times_format(&ctl->times, at_ms / MS_PER_SECOND, true, absolute),
                      times_relative(&ctl->times, at_ms / MS_PER_SECOND, relative));
    else
        describe_line(ctl, label, STYLE_PLAIN, "%s", none);
}

static void write_explanation(struct ctl *ctl, struct json_object *explanation)
{
    const char *phase = member_text(explanation, "phase"), *state = member_text(explanation, "state");
    const char *reason = member_text(explanation, "reason");
    const char *held_back = member_text(explanation, "held_back");
    CLEANUP_FREE char *heading = xasprintf("%s: %s", describe_name(explanation), phase != NULL ? phase : "-");
    int64_t calls = 0;

    describe_heading(ctl, describe_state_style(state != NULL ? state : "-"), heading);
    describe_line(ctl, "State", STYLE_PLAIN, "%s", state != NULL ? state : "-");
    interval_line(ctl, explanation);
    if (reason != NULL)
        describe_line(ctl, "Why", STYLE_PLAIN, "%s", reason);
    moment_line(ctl, "Last look", explanation, "last_poll_at", "none yet");
    moment_line(ctl, "Next look", explanation, "next_poll_at", "none");
    if (held_back != NULL)
        describe_line(ctl, "Held back", STYLE_WARNING, "%s", held_back);
    member_int(explanation, "calls", &calls);
    describe_line(ctl, "Calls", STYLE_PLAIN, "%" PRId64 " spent on it", calls);
}

int command_explain(struct ctl *ctl)
{
    const char *which = ctl->options->arguments[0];
    struct json_object *explanation;
    struct reply reply;
    int code;

    if (ctl_is_id(which)) {
        complain("explain takes NAME or NAME@START, not the id of a reservation");
        return EXIT_USAGE;
    }
    code = ctl_ask(ctl, "Explain", ctl_which(which), &reply);
    if (code != 0)
        return code;
    explanation = member_object(reply.parameters, "explanation");
    if (reply.error != NULL)
        code = refusal_report(ctl, &reply, which);
    else if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else if (explanation == NULL)
        code = ctl_no_member(ctl, "explanation");
    else
        write_explanation(ctl, explanation);
    reply_fini(&reply);
    return code;
}
