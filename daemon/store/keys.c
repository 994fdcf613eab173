#include "store/keys.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "store/rows.h"

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

void keys_add(struct keys *keys, const char *key)
{
    char *copy;

    if (keys_has(keys, key))
        return;
    copy = xstrdup(key);
    if (tsearch(copy, &keys->tree, compare) == NULL)
        abort();
}

void keys_remove(struct keys *keys, const char *key)
{
    void *const *found = tfind(key, &keys->tree, compare);
    char *copy = found != NULL ? *found : NULL;

    if (copy == NULL)
        return;
    tdelete(copy, &keys->tree, compare);
    free(copy);
}

bool keys_has(const struct keys *keys, const char *key)
{
    return tfind(key, &keys->tree, compare) != NULL;
}

static int read_key(struct records *records, sqlite3_stmt *row, void *data, struct error *error)
{
    const char *key = (const char *)sqlite3_column_text(row, 0);

    if (key == NULL)
        return rows_nonsense(records, "key", error);
    keys_add(data, key);
    return 0;
}

int known_read(struct records *records, struct known *known, struct error *error)
{
    int result = rows_read(records, READ_KEYS, SQLITE_OK, read_key, &known->reservations, error);

    return result < 0 ? result : rows_read(records, READ_IDS, SQLITE_OK, read_key, &known->meetings, error);
}

void known_fini(struct known *known)
{
    tdestroy(known->reservations.tree, free);
    tdestroy(known->meetings.tree, free);
    *known = (struct known){{NULL}, {NULL}};
}
