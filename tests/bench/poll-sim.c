/*
 * What the poller makes of a month's calls: the real poller, budget, ledger and gate on a clock of their own,
 * against a model of Feishu, side by side with fixed intervals and with an oracle that knows every moment
 * beforehand and has as many calls.
 *
 *   poll-sim                                    the table of the README: months of all sizes, and a full hour
 *   poll-sim --plans N --calls N [--days N]     one month
 *   poll-sim --live N [--minutes N] [--together] so many meetings at once, or all beginning at once
 *
 * Exit code: 1 where a limit was exceeded or the month overspent.
 */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/base.h"
#include "bench/poll-rivals.h"
#include "lib/poll-house.h"

/* Of a month's 10,000, as the configuration's default has it. */
#define SHARE 80

static bool failed;

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_heading(void)
{
    printf("  %-24s %9s %17s %17s %17s %17s %8s\n", "", "calls", "start p50/p99", "end", "join", "leave",
           "age");
}

static void print_seconds(double ms)
{
    if (ms >= 99950)
        printf("%.0f", ms / 1000);
    else
        printf("%.1f", ms / 1000);
}

static void print_figures(const char *name, const struct poll_figures *figures)
{
    printf("  %-24s %9.0f", name, figures->calls);
    for (enum poll_event kind = 0; kind < POLL_EVENTS; kind++) {
        char text[64];

        snprintf(text, sizeof(text), "%.1f/%.1f s", figures->p50_ms[kind] / 1000,
                 figures->p99_ms[kind] / 1000);
        printf(" %17s", text);
    }
    printf(" ");
    print_seconds(figures->age_ms);
    printf(" s\n");
}

static double mean_delay(const struct poll_figures *figures)
{
    double sum = 0;

    for (enum poll_event kind = 0; kind < POLL_EVENTS; kind++)
        sum += figures->p50_ms[kind];
    return sum / POLL_EVENTS;
}

/* A rival that knows the timetable, too: no look but near the slots. */
static void print_near_slots(const struct poll_outcome *outcome, const struct poll_figures *ours)
{
    double interval_s = interval_near_slots(outcome, (double)outcome->feishu.requests) / 1000;
    struct poll_figures other;
    char name[40];

    snprintf(name, sizeof(name), "near slots: every %.0f s", interval_s);
    figures_of_interval(outcome, interval_s * 1000, &other);
    other.calls = (double)outcome->feishu.requests;
    print_figures(name, &other);
    printf("  %-24s delays %.1f times shorter than that\n", "", mean_delay(&other) / mean_delay(ours));
}

static void judge_month(const struct poll_outcome *outcome)
{
    uint64_t overspent = outcome->limit != UNKNOWN && outcome->feishu.month_most > (uint64_t)outcome->limit
                             ? outcome->feishu.month_most - (uint64_t)outcome->limit
                             : 0;

    failed |= overspent > 0 || outcome->feishu.violations > 0;
    printf("  violations %" PRIu64 ", overspent %" PRIu64 "; %" PRIu64 " of %" PRIu64
           " meetings over before a look; %" PRIu64 " reservations not made; "
           "%.1f%% of polls within 15 s of a full or half hour (evenly: 1.7%%); %" PRIu64
           " idle wake-ups of %" PRIu64 "\n",
           outcome->feishu.violations, overspent, outcome->unseen, outcome->meetings, outcome->never_created,
           outcome->feishu.polls > 0 ? 100.0 * (double)outcome->feishu.peak / (double)outcome->feishu.polls
                                     : 0,
           outcome->idle_wakes, outcome->wakes);
}

static void run_month(int plans, int64_t calls, int days, uint32_t seed)
{
    static const int fixed_s[] = {10, 30, 60};
    struct poll_scenario scenario = {
        .plans = plans, .monthly_calls = calls, .monthly_share = SHARE, .days = days, .seed = seed};
    struct poll_outcome outcome;
    struct poll_figures ours, other;
    double began = now_s(), same_s;

    poll_house_run(&scenario, &outcome);
    if (calls > 0)
        printf("\n%d plans, %d days, %" PRId64 " calls a month, %d %% of them ours: %" PRId64 "  (%.1f s)\n",
               plans, days, calls, SHARE, outcome.limit, now_s() - began);
    else
        printf("\n%d plans, %d days, no limit to the month  (%.1f s)\n", plans, days, now_s() - began);
    print_heading();
    figures_of_outcome(&outcome, &ours);
    print_figures("meetingd", &ours);
    for (size_t i = 0; i < ELEMENTS(fixed_s); i++) {
        char name[32];

        snprintf(name, sizeof(name), "every %d s", fixed_s[i]);
        figures_of_interval(&outcome, fixed_s[i] * 1000.0, &other);
        print_figures(name, &other);
    }
    same_s = interval_for_calls(&outcome, (double)outcome.feishu.requests) / 1000;
    {
        char name[32];

        snprintf(name, sizeof(name), "same calls: every %.0f s", same_s);
        figures_of_interval(&outcome, same_s * 1000, &other);
        print_figures(name, &other);
        printf("  %-24s delays %.1f times shorter with the same calls (goal: 3)\n", "",
               mean_delay(&other) / mean_delay(&ours));
    }
    print_near_slots(&outcome, &ours);
    same_s = interval_for_delay(&outcome, mean_delay(&ours)) / 1000;
    figures_of_interval(&outcome, same_s * 1000, &other);
    printf("  %-24s the same delay every %.0f s takes %.1f times as many calls (goal: 5)\n", "", same_s,
           other.calls / ours.calls);
    figures_of_oracle(&outcome, (size_t)outcome.feishu.polls, &other);
    print_figures("oracle", &other);
    judge_month(&outcome);
    poll_outcome_fini(&outcome);
}

static void run_live(int live, int minutes, bool together)
{
    struct poll_scenario scenario = {.live = live, .live_ms = minutes * MS_PER_MINUTE, .together = together};
    struct poll_outcome outcome;
    double began = now_s(), bound_s = 1.25 * live / (1000.0 / 60);

    poll_house_run(&scenario, &outcome);
    printf("\n%d meetings at once, %d minutes%s  (%.1f s)\n", live, minutes,
           together ? ", all begin in the middle of it" : "", now_s() - began);
    printf("  %" PRIu64 " polls, %.2f%% of the allowed rate%s; violations %" PRIu64 "; idle wake-ups %" PRIu64
           " of %" PRIu64 "\n",
           outcome.feishu.polls, 100.0 * (double)outcome.feishu.polls / (1000.0 * minutes),
           together ? "" : " (goal: 98)", outcome.feishu.violations, outcome.idle_wakes, outcome.wakes);
    printf("  longest between two looks %.1f s (goal: 1.25 x N/rate = %.1f s), mean age %.1f s\n",
           (double)outcome.longest_ms / 1000, bound_s, outcome.age_ms / 1000);
    failed |= outcome.feishu.violations > 0;
    poll_outcome_fini(&outcome);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"plans", required_argument, NULL, 'p'},   {"calls", required_argument, NULL, 'c'},
        {"days", required_argument, NULL, 'd'},    {"live", required_argument, NULL, 'l'},
        {"minutes", required_argument, NULL, 'm'}, {"seed", required_argument, NULL, 's'},
        {"together", no_argument, NULL, 't'},      {NULL, 0, NULL, 0},
    };
    static const int plans_of_all[] = {5, 50, 200};
    static const int64_t calls_of_all[] = {10000, 50000, 0};
    int option, plans = 0, days = 30, live = 0, minutes = 60;
    int64_t calls = 0;
    uint32_t seed = 0;
    bool together = false;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        int64_t value = optarg != NULL ? strtoll(optarg, NULL, 10) : 0;

        switch (option) {
        case 'p':
            plans = (int)value;
            break;
        case 'c':
            calls = value;
            break;
        case 'd':
            days = (int)value;
            break;
        case 'l':
            live = (int)value;
            break;
        case 'm':
            minutes = (int)value;
            break;
        case 't':
            together = true;
            break;
        case 's':
            seed = (uint32_t)value;
            break;
        default:
            return 2;
        }
    }
    if (plans > 0) {
        run_month(plans, calls, days, seed);
    } else if (live > 0) {
        run_live(live, minutes, together);
    } else {
        for (size_t i = 0; i < ELEMENTS(calls_of_all); i++) {
            for (size_t j = 0; j < ELEMENTS(plans_of_all); j++)
                run_month(plans_of_all[j], calls_of_all[i], days, seed);
        }
        run_live(2000, minutes, false);
        run_live(2000, minutes, true);
    }
    return failed ? 1 : 0;
}
