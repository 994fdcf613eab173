#include "engine/attendee.h"

#include <stdlib.h>

#include "base/base.h"
#include "engine/attendance.h"

/* A duration of so many seconds that is the time since first_join_time is hardly so by chance. */
#define SURELY_RUNS_S 15

/* Feishu's word, as far as it makes sense. */
struct facts {
    int64_t first, last; /* UNKNOWN: not told, or nonsense */
    int64_t duration;    /* the same */
    int64_t grown;       /* so much more than at `since`; UNKNOWN */
    int64_t since;
};

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A time within the meeting, not later than now; UNKNOWN where it is none. */
static int64_t time_of(int64_t told, const struct look *look)
{
    int64_t earliest = look->start_s != UNKNOWN ? look->start_s : look->now_s - MS_PER_DAY / MS_PER_SECOND;

    if (told == UNKNOWN || told > look->now_s + ATTENDANCE_AGREES_S || told < earliest - ATTENDANCE_AGREES_S)
        return UNKNOWN;
    return min(told, look->now_s);
}

/* How much the duration has grown since the last word. It is worth something where it is of the same rows,
 * which first_join_time tells: of two devices the one that left may be in the list no more. */
static int64_t growth(const struct attendee *attendee, const struct word *word)
{
    if (word->duration == UNKNOWN || attendee->in_meeting_duration == UNKNOWN ||
        word->duration < attendee->in_meeting_duration || (int64_t)word->rows < attendee->devices ||
        word->first == UNKNOWN || word->first != attendee->first_join_time)
        return UNKNOWN;
    return word->duration - attendee->in_meeting_duration;
}

static bool agree(int64_t a, int64_t b)
{
    return llabs(a - b) <= ATTENDANCE_AGREES_S;
}

void attendee_judge(const struct attendee *attendee, const struct word *word, const struct look *look,
                    struct evidence *evidence)
{
    int64_t grown = growth(attendee, word), passed = look->now_s - attendee->observed_at;
    bool stayed = word->devices > 0 && attendee_is_in(attendee) && passed > ATTENDANCE_AGREES_S;

    if (grown != UNKNOWN && grown > passed + ATTENDANCE_AGREES_S)
        evidence->jumps = true;
    if (word->devices == 0 || word->rows > 1 || word->duration == UNKNOWN)
        return;
    evidence->told++;
    if ((stayed && grown > 0 && agree(grown, passed)) ||
        (word->duration > SURELY_RUNS_S && agree(word->duration, look->now_s - word->first)))
        evidence->runs++;
    if (stayed && grown == 0)
        evidence->stands = true;
}

static struct facts take_facts(const struct attendee *attendee, const struct word *word,
                               const struct look *look)
{
    struct facts facts = {UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};

    if (word == NULL)
        return facts;
    facts.first = time_of(word->first, look);
    facts.last = word->devices == 0 ? time_of(word->last, look) : UNKNOWN;
    if (facts.first != UNKNOWN && facts.last != UNKNOWN && facts.last < facts.first)
        facts.last = UNKNOWN;
    if (look->durations_run == FLAG_NO || (look->durations_run == FLAG_UNSET && word->devices > 0) ||
        (look->start_s != UNKNOWN && word->duration > look->now_s - look->start_s + ATTENDANCE_AGREES_S))
        return facts;
    facts.duration = word->duration;
    if (look->durations_run == FLAG_YES) {
        facts.grown = growth(attendee, word);
        facts.since = attendee->observed_at;
    }
    return facts;
}

/* ---- stays */

static struct stay *last_stay(const struct attendee *attendee)
{
    return attendee->stay_count > 0 ? &attendee->stays[attendee->stay_count - 1] : NULL;
}

/* Where there is no room for more, the last one goes on. */
static void add_stay(struct attendee *attendee, struct stay stay)
{
    struct stay *last = last_stay(attendee);

    if (attendee->stay_count >= STAYS_MAX) {
        last->left = stay.left;
        last->left_before = stay.left_before;
        return;
    }
    *attendee_add_stay(attendee) = stay;
}

/* From `from` to `until` they were in the room for `in_s` only: out once at least. `until` UNKNOWN: still in,
 * at now_s. The stay that begins at `from` is the last one. */
static void break_stay(struct attendee *attendee, int64_t from, int64_t until, int64_t in_s, int64_t now_s)
{
    struct stay *last = last_stay(attendee);
    int64_t seen = until != UNKNOWN ? until : now_s;

    last->left = from;
    last->left_before = min(seen, from + in_s + ATTENDANCE_AGREES_S);
    add_stay(attendee, (struct stay){max(from, seen - in_s - ATTENDANCE_AGREES_S), seen, until, until});
}

static bool is_broken(int64_t from, int64_t until, int64_t in_s)
{
    return in_s != UNKNOWN && until - from - in_s > ATTENDANCE_AGREES_S;
}

/* They came before the last look, at which they were not in: as in lists that leave out who has left. (Where
 * the duration says that they were in all the time, the list came late.) */
static void miss_stay(struct attendee *attendee, const struct facts *facts, const struct look *look)
{
    struct stay missed = {facts->first, facts->first, facts->first, look->before_s};
    struct stay stay = {look->before_s, look->now_s, UNKNOWN, UNKNOWN};

    if (facts->duration > 0) {
        missed.left_before = min(missed.left_before, facts->first + facts->duration + ATTENDANCE_AGREES_S);
        stay.joined_after = max(stay.joined_after, look->now_s - facts->duration - ATTENDANCE_AGREES_S);
    }
    add_stay(attendee, missed);
    add_stay(attendee, stay);
}

/* The first time that anything is known of them. */
static void first_stay(struct attendee *attendee, const struct facts *facts, const struct look *look,
                       bool is_in)
{
    int64_t until = is_in ? UNKNOWN : facts->last, seen = is_in ? look->now_s : facts->last;

    if (seen == UNKNOWN && facts->first != UNKNOWN) {
        int64_t before = look->now_s, left = facts->first;

        if (facts->duration > 0)
            before = min(before, facts->first + facts->duration + ATTENDANCE_AGREES_S);
        /* Without a break, until now; else nobody knows when they left last. */
        if (facts->duration > 0 && !is_broken(facts->first, look->now_s, facts->duration))
            left = before = min(facts->first + facts->duration, look->now_s);
        add_stay(attendee, (struct stay){facts->first, facts->first, left, before});
    } else if (is_in && facts->first != UNKNOWN && facts->first < look->before_s - ATTENDANCE_AGREES_S &&
               (facts->duration <= 0 || is_broken(facts->first, look->now_s, facts->duration))) {
        miss_stay(attendee, facts, look);
    } else if (seen != UNKNOWN && facts->first != UNKNOWN) {
        add_stay(attendee, (struct stay){facts->first, facts->first, until, until});
        if (facts->duration > 0 && is_broken(facts->first, seen, facts->duration))
            break_stay(attendee, facts->first, until, facts->duration, look->now_s);
    } else if (is_in) {
        add_stay(attendee, (struct stay){look->before_s, look->now_s, UNKNOWN, UNKNOWN});
    } else if (seen != UNKNOWN) {
        int64_t after = facts->duration > 0 ? seen - facts->duration - ATTENDANCE_AGREES_S : UNKNOWN;

        add_stay(attendee, (struct stay){min(max(after, look->before_s), seen), seen, seen, seen});
    }
}

/* They were out at the last look, and are in. */
static void come_back(struct attendee *attendee, const struct facts *facts, const struct look *look)
{
    int64_t after = max(look->before_s, last_stay(attendee)->left_before);

    if (facts->grown != UNKNOWN)
        after = max(after, look->now_s - facts->grown - ATTENDANCE_AGREES_S);
    add_stay(attendee, (struct stay){min(after, look->now_s), look->now_s, UNKNOWN, UNKNOWN});
}

/* They were in at the last look, and are in. */
static void stay_on(struct attendee *attendee, const struct facts *facts, const struct look *look)
{
    struct stay *first = &attendee->stays[0];

    if (facts->first != UNKNOWN && first->joined_after != first->joined && facts->first <= first->joined &&
        (first->joined_after == UNKNOWN || facts->first >= first->joined_after))
        first->joined = first->joined_after = facts->first;
    if (facts->grown > 0 && facts->since == look->before_s && facts->since >= last_stay(attendee)->joined &&
        is_broken(facts->since, look->now_s, facts->grown))
        break_stay(attendee, facts->since, UNKNOWN, facts->grown, look->now_s);
}

/* They were in at the last look, and are not. */
static void go(struct attendee *attendee, const struct look *look)
{
    struct stay *last = last_stay(attendee);

    last->left = max(last->joined, look->before_s);
    last->left_before = max(last->left, look->now_s);
}

/* They are out; final_leave_time may say more of the last stay, or that they were in between two looks. */
static void settle(struct attendee *attendee, const struct facts *facts, const struct look *look)
{
    struct stay *last = last_stay(attendee);
    int64_t left = facts->last;

    if (look->end_s != UNKNOWN && last->left_before > look->end_s)
        last->left_before = max(last->left, look->end_s);
    if (left == UNKNOWN || left < last->joined || left < last->left - ATTENDANCE_AGREES_S)
        return;
    if (left > last->left_before + ATTENDANCE_AGREES_S) {
        int64_t after = last->left_before;

        if (facts->grown != UNKNOWN)
            after = max(after, left - facts->grown - ATTENDANCE_AGREES_S);
        add_stay(attendee, (struct stay){after, left, left, left});
    } else if (last->left < last->left_before) {
        if (facts->since == last->left && is_broken(last->left, left, facts->grown))
            break_stay(attendee, last->left, left, facts->grown, left);
        else
            last->left = last->left_before = left;
    }
}

/* ---- roles */

static void see_role(struct attendee *attendee, enum role role, enum flag has, const struct look *look)
{
    struct role_stretch *open = NULL;

    for (size_t i = 0; i < attendee->role_count; i++) {
        if (attendee->roles[i].role == role && attendee->roles[i].until == UNKNOWN)
            open = &attendee->roles[i];
    }
    if (has == FLAG_YES && open == NULL && attendee->role_count < STAYS_MAX)
        attendee_add_role(attendee, role)->since = look->now_s;
    else if (has == FLAG_NO && open != NULL)
        open->until = max(open->since, look->before_s);
}

static void see_roles(struct attendee *attendee, const struct word *word, const struct look *look)
{
    bool is_in = word != NULL && word->devices > 0;

    see_role(attendee, ROLE_HOST, is_in ? word->is_host : FLAG_NO, look);
    see_role(attendee, ROLE_COHOST, is_in ? word->is_cohost : FLAG_NO, look);
}

/* ---- a look */

/* What was yes once stays so. */
static void see_flag(enum flag *ever, enum flag told)
{
    if (told > *ever)
        *ever = told;
}

/* The device that came first may be in the list no more; then how long the others were in is not all. */
static bool is_earlier(int64_t told, int64_t known, const struct look *look)
{
    int64_t valid = time_of(known, look);

    return known == UNKNOWN || (time_of(told, look) != UNKNOWN && (valid == UNKNOWN || told < valid));
}

static void keep_word(struct attendee *attendee, const struct word *word, const struct look *look)
{
    if (is_earlier(word->first, attendee->first_join_time, look))
        attendee->first_join_time = word->first;
    attendee->final_leave_time = word->last;
    if (word->duration != UNKNOWN || word->rows > 1) {
        attendee->in_meeting_duration = word->first == attendee->first_join_time ? word->duration : UNKNOWN;
        attendee->observed_at = look->now_s;
    }
    if (word->user_type != 0)
        attendee->user_type = word->user_type;
    see_flag(&attendee->is_host, word->is_host);
    see_flag(&attendee->is_cohost, word->is_cohost);
    see_flag(&attendee->is_external, word->is_external);
}

void attendee_look(struct attendee *attendee, const struct word *word, const struct look *look)
{
    struct facts facts = take_facts(attendee, word, look);
    bool was_in = attendee_is_in(attendee), is_in = word != NULL && word->devices > 0;

    if (attendee->stay_count == 0)
        first_stay(attendee, &facts, look, is_in);
    else if (is_in && was_in)
        stay_on(attendee, &facts, look);
    else if (is_in)
        come_back(attendee, &facts, look);
    else if (was_in)
        go(attendee, look);
    if (!is_in && attendee->stay_count > 0)
        settle(attendee, &facts, look);
    see_roles(attendee, word, look);
    attendee->devices = word != NULL ? word->devices : 0;
    if (word != NULL)
        keep_word(attendee, word, look);
}
