/* Which calls may leave now, and when others may. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/span.h"
#include "base/str.h"
#include "sync/gate.h"

/* How long an impatient call may be held back. */
#define REST_MAX_MS (5 * MS_PER_SECOND)

/* Places among those under way that polls leave free, so that answers that do not come hold up no change. */
#define CHANGE_PLACES 8

struct call *gate_next(struct gate *gate, int api, int classes)
{
    for (int class = 0; class < classes; class ++) {
        struct call *call = queue_take(&gate->queues[api][class]);

        if (call != NULL) {
            gate->waiting--;
            return call;
        }
    }
    return NULL;
}

/* Asks the ledger how many classes may leave: all, changes alone, or none. */
static int classes_that_may(struct gate *gate)
{
    struct ledger *ledger = gate->calls->ledger;

    if (ledger == NULL)
        return CALL_CLASSES;
    gate->polls_may = ledger_ask(ledger, gate->index, gate->in_flight, false);
    gate->changes_may =
        gate->polls_may == LEDGER_YES ? LEDGER_YES : ledger_ask(ledger, gate->index, gate->in_flight, true);
    if (gate->polls_may == LEDGER_YES)
        return CALL_CLASSES;
    return gate->changes_may == LEDGER_YES ? CALL_CLASS_CHANGE + 1 : 0;
}

/* Whether a call of this API's first `classes` waits that finds a place, where `most` may be under way. */
static bool may_start(const struct gate *gate, int api, size_t most, int classes)
{
    if (gate->in_flight >= most)
        return false;
    if (classes > CALL_CLASS_CHANGE && gate->queues[api][CALL_CLASS_CHANGE].first != NULL)
        return true;
    if (most > CHANGE_PLACES && gate->in_flight >= most - CHANGE_PLACES)
        return false;
    for (int class = CALL_CLASS_CHANGE + 1; class < classes; class ++) {
        if (gate->queues[api][class].first != NULL)
            return true;
    }
    return false;
}

/* For how long the limits, or the failures, of Feishu hold an API's calls back; not the turn that each waits
 * for. */
static int64_t rest_ms(const struct gate *gate, int api, int64_t boot_ms)
{
    int64_t until_ms = gate->limiters[api].paused_ms;

    if (gate->standing.paused_ms > until_ms)
        until_ms = gate->standing.paused_ms;
    return until_ms - boot_ms;
}

int64_t calls_pause_ms(const struct calls *calls, size_t app, enum feishu_api api)
{
    int64_t rest = rest_ms(&calls->gates[app], (int)api, clock_boot_ms(calls->clock));

    return rest > 0 ? rest : 0;
}

/* Gives up the impatient of an API that rests, from a class on. */
static void give_up_impatient(struct gate *gate, int api, int from, const char *why)
{
    for (int class = from; class < CALL_CLASSES; class ++) {
        struct queue waiting = gate->queues[api][class];
        struct call *call;

        if (waiting.first == NULL)
            continue;
        queue_init(&gate->queues[api][class]);
        while ((call = queue_take(&waiting)) != NULL) {
            if (!call->impatient) {
                queue_add(&gate->queues[api][class], call);
                continue;
            }
            gate->waiting--;
            gate_give_up(gate->calls, call, why);
        }
    }
}

static const char held_back[] = "calls to Feishu are held back for now: meetingctl status says why";
static const char month_spent[] = "this month's calls are spent: meetingctl quota says until when";

/* Many daemons' months turn at the same moment; and Feishu's clock is not ours. */
#define TURN_LEAST_MS (5 * MS_PER_SECOND)
#define TURN_MORE_MS  (55 * MS_PER_SECOND)

/* What is spent comes back when the month turns. Returns the milliseconds until then. */
static int64_t wait_for_month(struct gate *gate)
{
    struct ledger_month month;
    int64_t now_ms = clock_wall_ms(gate->calls->clock);

    ledger_month(gate->calls->ledger, gate->index, &month);
    if (gate->spent_ends_at / MS_PER_MINUTE != month.ends_at * MS_PER_SECOND / MS_PER_MINUTE)
        gate->spent_ends_at =
            month.ends_at * MS_PER_SECOND + TURN_LEAST_MS + (int64_t)(arc4random() % TURN_MORE_MS);
    return gate->spent_ends_at > now_ms ? gate->spent_ends_at - now_ms : 1;
}

bool gate_is_spent(const struct gate *gate)
{
    return gate->calls->ledger != NULL &&
           (gate->polls_may == LEDGER_SPENT || gate->changes_may == LEDGER_SPENT);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a == UNKNOWN || b < a ? b : a;
}

/* Starts what may leave now of one API; returns the milliseconds until more may, or UNKNOWN. */
static int64_t dispatch_api(struct gate *gate, int api, size_t most, int64_t boot_ms)
{
    int classes = classes_that_may(gate);

    if (rest_ms(gate, api, boot_ms) > REST_MAX_MS)
        give_up_impatient(gate, api, 0, held_back);
    else if (gate_is_spent(gate))
        give_up_impatient(gate, api, gate->changes_may == LEDGER_SPENT ? 0 : CALL_CLASS_CHANGE + 1,
                          month_spent);
    for (; may_start(gate, api, most, classes); classes = classes_that_may(gate)) {
        int64_t wait = limiter_wait_ms(&gate->limiters[api], boot_ms);

        if (gate->standing.paused_ms - boot_ms > wait)
            wait = gate->standing.paused_ms - boot_ms;
        if (wait > 0)
            return wait;
        gate_start(gate, gate_next(gate, api, classes));
    }
    return UNKNOWN;
}

void gate_dispatch(struct gate *gate)
{
    int64_t boot_ms = clock_boot_ms(gate->calls->clock);
    size_t most = standing_fails(&gate->standing) ? 1 : IN_FLIGHT_MAX;
    int64_t wait = UNKNOWN;

    timer_stop(&gate->timer);
    for (int api = 0; api < FEISHU_APIS; api++) {
        int64_t api_wait = dispatch_api(gate, api, most, boot_ms);

        if (api_wait != UNKNOWN)
            wait = sooner(wait, api_wait);
    }
    if (gate_is_spent(gate) && gate->waiting > 0)
        wait = sooner(wait, wait_for_month(gate));
    if (wait != UNKNOWN)
        timer_start_in(&gate->timer, wait);
}

char *calls_held_back(const struct calls *calls, const char *app, enum feishu_api api, enum call_class class)
{
    const struct gate *gate = gate_find(calls, app);
    int64_t boot_ms = clock_boot_ms(calls->clock);
    char text[SPAN_TEXT_SIZE];

    if (gate == NULL)
        return xasprintf("there is no app %s in the configuration any more", app != NULL ? app : "(none)");
    if (gate->standing.paused_ms > boot_ms)
        return xasprintf(
            "calls of app %s are held back for %s: %s", app,
            span_format((gate->standing.paused_ms - boot_ms) / MS_PER_SECOND * MS_PER_SECOND, text),
            gate->standing.last_failure.message);
    if (gate->limiters[api].paused_ms > boot_ms)
        return xasprintf(
            "%s is over Feishu's rate limit and rests for %s", feishu_api_name(api),
            span_format((gate->limiters[api].paused_ms - boot_ms) / MS_PER_SECOND * MS_PER_SECOND, text));
    if (calls->ledger != NULL &&
        ledger_ask(calls->ledger, gate->index, gate->in_flight, class == CALL_CLASS_CHANGE) == LEDGER_SPENT)
        return xasprintf("this month's calls are spent, but for those that are kept for reservations: "
                         "meetingctl quota says until when");
    if (gate->queues[api][class].first != NULL)
        return xasprintf("%" PRIu64 " calls wait for their turn", gate->waiting);
    return NULL;
}
