#include "sim/reserves.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "base/base.h"
#include "base/str.h"
#include "sim/member.h"

void reserves_init(struct reserves *reserves)
{
    *reserves = (struct reserves){.by_id = lh_kchar_table_new(64, NULL)};
}

void reserves_fini(struct reserves *reserves)
{
    lh_table_free(reserves->by_id);
    while (reserves->first != NULL) {
        struct reserve *gone = reserves->first;

        reserves->first = gone->next;
        json_object_put(gone->settings);
        free(gone->password);
        free(gone->app_id);
        free(gone->tenant);
        free(gone);
    }
}

void make_id(char ret[ID_SIZE], int64_t now_s, struct dice *dice)
{
    uint64_t id = ((uint64_t)now_s << 32) | (dice_throw(dice) & UINT32_MAX);

    snprintf(ret, ID_SIZE, "%" PRIu64, id);
}

static bool number_is_free(const struct reserves *reserves, const char *number, int64_t now_s)
{
    for (const struct reserve *reserve = reserves->first; reserve != NULL; reserve = reserve->next) {
        if (reserve->end_time > now_s && strcmp(reserve->meeting_no, number) == 0)
            return false;
    }
    return true;
}

static void make_number(char ret[MEETING_NO_SIZE], struct dice *dice)
{
    dice_word(dice, "123456789", 1, ret);
    dice_word(dice, DICE_DIGITS, MEETING_NO_SIZE - 2, ret + 1);
}

void reserves_new_number(struct reserves *reserves, struct reserve *reserve, int64_t now_s, struct dice *dice)
{
    char number[MEETING_NO_SIZE];

    do {
        make_number(number, dice);
    } while (!number_is_free(reserves, number, now_s));
    memcpy(reserve->meeting_no, number, sizeof(number));
}

struct reserve *reserves_find(const struct reserves *reserves, const char *id)
{
    void *reserve = NULL;

    return lh_table_lookup_ex(reserves->by_id, id, &reserve) ? reserve : NULL;
}

struct reserve *reserves_with_topic(const struct reserves *reserves, const char *topic)
{
    struct reserve *found = NULL;

    for (struct reserve *reserve = reserves->first; reserve != NULL; reserve = reserve->next) {
        if (!reserve->deleted && str_equal(member_text(reserve->settings, "topic"), topic))
            found = reserve;
    }
    return found;
}

struct reserve *reserves_add(struct reserves *reserves, const char *id, int64_t now_s, struct dice *dice)
{
    struct reserve *reserve;
    char made[ID_SIZE];

    if (id == NULL) {
        do {
            make_id(made, now_s, dice);
        } while (reserves_find(reserves, made) != NULL);
        id = made;
    } else if (strlen(id) >= ID_SIZE || reserves_find(reserves, id) != NULL) {
        return NULL;
    }
    reserve = xalloc(sizeof(*reserve));
    snprintf(reserve->id, sizeof(reserve->id), "%s", id);
    reserves_new_number(reserves, reserve, now_s, dice);
    make_number(reserve->url_no, dice);
    dice_word(dice, DICE_LOWER, 13, reserve->live_word);
    reserve->settings = json_object_new_object();
    if (reserves->last != NULL)
        reserves->last->next = reserve;
    else
        reserves->first = reserve;
    reserves->last = reserve;
    lh_table_insert(reserves->by_id, reserve->id, reserve);
    return reserve;
}
