#include "sim/meetings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "base/base.h"
#include "sim/member.h"

const char *const ability_names[ABILITIES] = {"use_video",         "use_audio",     "use_share_screen",
                                              "use_follow_screen", "use_recording", "use_pstn"};

void meetings_init(struct meetings *meetings)
{
    *meetings = (struct meetings){.by_id = lh_kchar_table_new(64, NULL)};
}

void meetings_fini(struct meetings *meetings)
{
    lh_table_free(meetings->by_id);
    while (meetings->first != NULL) {
        struct meeting *gone = meetings->first;

        meetings->first = gone->next;
        free(gone->topic);
        free(gone->people);
        free(gone);
    }
}

struct meeting *meetings_find(const struct meetings *meetings, const char *id)
{
    void *meeting = NULL;

    return lh_table_lookup_ex(meetings->by_id, id, &meeting) ? meeting : NULL;
}

struct meeting *meetings_start(struct meetings *meetings, struct reserve *reserve, const char *id,
                               int64_t now_s, struct dice *dice)
{
    struct meeting *meeting;
    char made[ID_SIZE];

    if (id == NULL) {
        do {
            make_id(made, now_s, dice);
        } while (meetings_find(meetings, made) != NULL);
        id = made;
    } else if (strlen(id) >= ID_SIZE || meetings_find(meetings, id) != NULL) {
        return NULL;
    }
    meeting = xalloc(sizeof(*meeting));
    snprintf(meeting->id, sizeof(meeting->id), "%s", id);
    memcpy(meeting->meeting_no, reserve->meeting_no, sizeof(meeting->meeting_no));
    meeting->topic = xstrdup(member_text(reserve->settings, "topic"));
    meeting->reserve = reserve;
    meeting->status = MEETING_GOING_ON;
    meeting->create_s = now_s;
    meeting->start_s = now_s;
    reserve->running = meeting;
    reserve->last = meeting;
    if (meetings->last != NULL)
        meetings->last->next = meeting;
    else
        meetings->first = meeting;
    meetings->last = meeting;
    lh_table_insert(meetings->by_id, meeting->id, meeting);
    return meeting;
}

struct person *meeting_person(struct meeting *meeting, struct user *user, int device)
{
    struct person *person;

    for (size_t i = 0; i < meeting->people_count; i++) {
        if (meeting->people[i].user == user && meeting->people[i].device == device)
            return &meeting->people[i];
    }
    meeting->people = xrealloc(meeting->people, meeting->people_count + 1, sizeof(*meeting->people));
    person = &meeting->people[meeting->people_count++];
    *person =
        (struct person){.user = user, .device = device, .user_type = user->user_type, .status = PERSON_OUT};
    return person;
}

static bool is_first_row(const struct meeting *meeting, const struct person *person)
{
    for (const struct person *other = meeting->people; other < person; other++) {
        if (other->user == person->user && other->first_join_s != 0)
            return false;
    }
    return person->first_join_s != 0;
}

int64_t meeting_count_people(const struct meeting *meeting)
{
    int64_t people = 0;

    for (size_t i = 0; i < meeting->people_count; i++)
        people += is_first_row(meeting, &meeting->people[i]);
    return people;
}

static int64_t count_in(const struct meeting *meeting)
{
    int64_t count = 0;

    for (size_t i = 0; i < meeting->people_count; i++)
        count += meeting->people[i].status == PERSON_IN;
    return count;
}

void meeting_set_status(struct meeting *meeting, struct person *person, enum person_status status,
                        int64_t now_s)
{
    bool was_in = person->status == PERSON_IN, is_in = status == PERSON_IN;
    int64_t count;

    person->status = status;
    if (is_in && !was_in) {
        person->join_s = now_s;
        meeting->joins++;
        if (person->first_join_s == 0)
            person->first_join_s = now_s;
    } else if (was_in && !is_in) {
        person->leave_s = now_s;
        person->stayed_s += now_s - person->join_s;
    }
    count = count_in(meeting);
    if (count > meeting->peak)
        meeting->peak = count;
}

void meeting_end(struct meeting *meeting, int64_t now_s)
{
    for (size_t i = 0; i < meeting->people_count; i++)
        meeting_set_status(meeting, &meeting->people[i], PERSON_OUT, now_s);
    meeting->status = MEETING_OVER;
    meeting->end_s = now_s;
    if (meeting->reserve->running == meeting)
        meeting->reserve->running = NULL;
}

int64_t person_duration_s(const struct person *person, int64_t now_s)
{
    return person->stayed_s + (person->status == PERSON_IN ? now_s - person->join_s : 0);
}
