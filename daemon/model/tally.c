#include "model/tally.h"

#include <stdlib.h>

#include "base/base.h"

struct tally *tally_new(const char *app_id, int64_t month)
{
    struct tally *tally = xalloc(sizeof(*tally));

    tally->app_id = xstrdup(app_id);
    tally->month = month;
    return tally;
}

struct tally *tally_free(struct tally *tally)
{
    if (tally == NULL)
        return NULL;
    for (size_t i = 0; i < tally->count; i++) {
        free(tally->counts[i].reservation);
        free(tally->counts[i].name);
        free(tally->counts[i].api);
    }
    free(tally->counts);
    free(tally->app_id);
    free(tally);
    return NULL;
}

struct tally_count *tally_add(struct tally *tally, const char *reservation, const char *name, const char *api,
                              int64_t calls)
{
    struct tally_count *count;

    if ((tally->count & (tally->count - 1)) == 0)
        tally->counts =
            xrealloc(tally->counts, tally->count > 0 ? tally->count * 2 : 1, sizeof(*tally->counts));
    count = &tally->counts[tally->count++];
    *count = (struct tally_count){
        .reservation = xstrdup(reservation),
        .name = xstrdup(name),
        .api = xstrdup(api),
        .calls = calls,
    };
    return count;
}
