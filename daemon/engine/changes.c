#include "engine/changes.h"

#include "base/str.h"

static bool is_in(const struct participant *participant)
{
    return participant != NULL && participant->status == PARTICIPANT_IN_MEETING;
}

/* A person may stand in the list once for each device; one that is in counts first. */
static const struct participant *find(const struct meeting *meeting, const struct participant *wanted)
{
    const struct participant *found = NULL;

    for (size_t i = 0; meeting != NULL && i < meeting->participants_count; i++) {
        const struct participant *participant = &meeting->participants[i];

        if (participant->user_type != wanted->user_type || !str_equal(participant->id, wanted->id))
            continue;
        if (is_in(participant))
            return participant;
        found = participant;
    }
    return found;
}

/* Whether `participant` is the first of its kind in the meeting's list, so that each is told of once. */
static bool is_first(const struct meeting *meeting, const struct participant *participant)
{
    for (const struct participant *other = meeting->participants; other < participant; other++) {
        if (other->user_type == participant->user_type && str_equal(other->id, participant->id))
            return false;
    }
    return true;
}

void changes_of_participants(const struct meeting *before, const struct meeting *after,
                             void (*told)(void *data, enum event_kind kind,
                                          const struct participant *participant),
                             void *data)
{
    if (!after->participants_known || (before != NULL && !before->participants_known))
        return;
    for (size_t i = 0; i < after->participants_count; i++) {
        const struct participant *participant = &after->participants[i], *now = find(after, participant);
        bool was_in = is_in(find(before, participant));

        if (participant->id == NULL || !is_first(after, participant) || is_in(now) == was_in)
            continue;
        told(data, is_in(now) ? EVENT_PARTICIPANT_JOINED : EVENT_PARTICIPANT_LEFT, now);
    }
    for (size_t i = 0; before != NULL && i < before->participants_count; i++) {
        const struct participant *participant = &before->participants[i];

        if (participant->id != NULL && is_in(participant) && is_first(before, participant) &&
            find(after, participant) == NULL)
            told(data, EVENT_PARTICIPANT_LEFT, participant);
    }
}
