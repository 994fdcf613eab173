#include "engine/explain.h"

#include "base/base.h"
#include "base/buffer.h"
#include "base/span.h"

/* Why nothing is looked at. */
static const char *why_done(enum reservation_state state)
{
    switch (state) {
    case RESERVATION_PLANNED:
        return "it is not reserved yet, so there is nothing to look at";
    case RESERVATION_RESERVING:
        return "it is being reserved";
    case RESERVATION_UNCERTAIN:
        return "nobody knows whether it was reserved: see meetingctl resolve";
    case RESERVATION_FAILED:
        return "it could not be reserved";
    case RESERVATION_DELETED:
        return "it was deleted";
    default:
        return "it has expired";
    }
}

static void say_idle(struct buffer *text, const struct explain_view *view)
{
    const struct reservation *reservation = view->reservation;
    char early[SPAN_TEXT_SIZE];

    if (reservation->start_time == UNKNOWN)
        buffer_append_text(text, "it has no timetable, and no meeting is in progress");
    else if (view->now_s < reservation->start_time)
        buffer_printf(text, "nothing is expected until %s before its slot",
                      span_format(view->settings->early_ms, early));
    else
        buffer_append_text(text, reservation->meetings.count > 0
                                     ? "its slot has been over for long, and nobody is expected back"
                                     : "its slot is over, and nobody came");
}

static void say_starting(struct buffer *text, const struct explain_view *view)
{
    const struct reservation *reservation = view->reservation;

    if (reservation->meetings.count > 0)
        buffer_append_text(text, "its meeting has ended inside the slot: people may come back");
    else if (view->now_s < reservation->start_time)
        buffer_append_text(text, "its slot is about to begin");
    else
        buffer_append_text(text, "its slot has begun, and no meeting has been seen");
}

static void say_phase(struct buffer *text, const struct explain_view *view)
{
    switch (view->phase) {
    case PHASE_IDLE:
        say_idle(text, view);
        break;
    case PHASE_STARTING:
        say_starting(text, view);
        break;
    case PHASE_LIVE:
        buffer_append_text(text, "its meeting is in progress");
        break;
    case PHASE_OVERDUE:
        buffer_append_text(text, "its slot is over, and its meeting goes on");
        break;
    case PHASE_COOLING:
        buffer_append_text(text, "its slot is over and its meeting has ended: people may come back");
        break;
    default:
        buffer_append_text(text, why_done(view->reservation->state));
        break;
    }
}

static void say_interval(struct buffer *text, const struct explain_view *view)
{
    int64_t interval_ms = poll_interval_ms(view->phase, view->settings);
    char configured[SPAN_TEXT_SIZE], stretched[SPAN_TEXT_SIZE];
    double longer_ms = (double)interval_ms * view->stretch;

    if (view->phase == PHASE_DONE)
        return;
    if (interval_ms == 0) {
        buffer_printf(text, "; [poll] %s = 0: it is not looked at", phase_name(view->phase));
        return;
    }
    span_format(interval_ms, configured);
    buffer_printf(text, "; [poll] %s = %s", phase_name(view->phase), configured);
    if (view->stretch > 1)
        buffer_printf(text, ", stretched %.1f times to %s, because %s", view->stretch,
                      span_format((int64_t)longer_ms / MS_PER_SECOND * MS_PER_SECOND, stretched),
                      view->limit == BUDGET_MONTH
                          ? "the month's calls have to last until it turns (meetingctl quota)"
                          : "so many are looked at that Feishu's rate limit has to be shared");
    if (view->failures > 0)
        buffer_printf(text, "; longer while Feishu does not answer: %d look%s in a row went without",
                      view->failures, view->failures == 1 ? "" : "s");
}

char *explain_reason(const struct explain_view *view)
{
    struct buffer text = BUFFER_EMPTY;

    say_phase(&text, view);
    say_interval(&text, view);
    return buffer_take(&text);
}
