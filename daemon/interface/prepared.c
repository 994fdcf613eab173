#include "interface/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* Questions that are kept; one takes the place of another that falls on the same slot. */
#define SLOTS 256

/* Bytes of all answers together, and of one. */
#define SIZE_MAX_TOGETHER ((size_t)8 * 1024 * 1024)
#define SIZE_MAX_ONE      (SIZE_MAX_TOGETHER / 4)

struct answer {
    char *question; /* NULL: the slot is empty */
    struct string_list texts;
    size_t size;
    int64_t from_ms, until_ms; /* Unix ms */
};

struct prepared {
    const struct cache *cache;
    const struct clock *clock;
    uint64_t generation;                                   /* of the cache, that all of them show */
    struct answer answers[WIRE_WITH_PASSWORDS + 1][SLOTS]; /* by who may see them */
    size_t size;
};

struct prepared *prepared_new(const struct cache *cache, const struct clock *clock)
{
    struct prepared *prepared = xalloc(sizeof(*prepared));

    prepared->cache = cache;
    prepared->clock = clock;
    prepared->generation = cache_generation(cache);
    return prepared;
}

void prepared_wipe(struct string_list *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        secret_free(texts->items[i]);
    free(texts->items);
    *texts = (struct string_list){NULL, 0};
}

static void forget(struct prepared *prepared, struct answer *answer)
{
    prepared->size -= answer->size;
    free(answer->question);
    prepared_wipe(&answer->texts);
    *answer = (struct answer){.question = NULL};
}

static void forget_all(struct prepared *prepared)
{
    for (size_t i = 0; prepared->size > 0 && i < SLOTS; i++) {
        forget(prepared, &prepared->answers[WIRE_WITHOUT_PASSWORDS][i]);
        forget(prepared, &prepared->answers[WIRE_WITH_PASSWORDS][i]);
    }
}

struct prepared *prepared_free(struct prepared *prepared)
{
    if (prepared == NULL)
        return NULL;
    forget_all(prepared);
    free(prepared);
    return NULL;
}

static struct answer *slot_of(struct prepared *prepared, const char *question, enum wire_secrets secrets)
{
    uint32_t hash = str_hash(question);

    return &prepared->answers[secrets][(hash ^ hash >> 16) % SLOTS];
}

const struct string_list *prepared_find(struct prepared *prepared, const char *question,
                                        enum wire_secrets secrets)
{
    struct answer *answer;
    int64_t now_ms;

    if (prepared->generation != cache_generation(prepared->cache)) {
        forget_all(prepared);
        prepared->generation = cache_generation(prepared->cache);
        return NULL;
    }
    answer = slot_of(prepared, question, secrets);
    if (answer->question == NULL || strcmp(answer->question, question) != 0)
        return NULL;
    now_ms = clock_wall_ms(prepared->clock);
    return now_ms >= answer->from_ms && now_ms < answer->until_ms ? &answer->texts : NULL;
}

const struct string_list *prepared_keep(struct prepared *prepared, const char *question,
                                        enum wire_secrets secrets, struct string_list *texts, int64_t from_ms,
                                        int64_t until_ms)
{
    struct answer *answer = slot_of(prepared, question, secrets);
    int64_t now_ms = clock_wall_ms(prepared->clock);
    size_t size = strlen(question) + 1;

    for (size_t i = 0; i < texts->count; i++)
        size += strlen(texts->items[i]) + 1;
    if (size > SIZE_MAX_ONE)
        return NULL;
    forget(prepared, answer);
    if (prepared->generation != cache_generation(prepared->cache) ||
        prepared->size + size > SIZE_MAX_TOGETHER)
        forget_all(prepared);
    prepared->generation = cache_generation(prepared->cache);
    *answer = (struct answer){.question = xstrdup(question),
                              .texts = *texts,
                              .size = size,
                              .from_ms = now_ms > from_ms ? now_ms : from_ms,
                              .until_ms = until_ms};
    prepared->size += size;
    *texts = (struct string_list){NULL, 0};
    return &answer->texts;
}
