#include "config/draft.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

_Static_assert(KEY_CALLEE_MAIN_ADDRESS - KEY_APP < SETTINGS_MAX,
               "a section has more keys than a draft has room for");

static int compare(const void *left, const void *right)
{
    const struct draft *a = left, *b = right;

    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void keep(void *node)
{
    (void)node;
}

static const struct setting *setting_of(const struct draft *draft, enum key_id id)
{
    return &draft->settings[id - section_table[draft->kind].first_key];
}

struct draft *drafts_add(struct drafts *drafts, enum section_kind kind, const char *name, const char *title,
                         const struct report_source *source, unsigned line, bool indexed)
{
    struct draft *draft = xalloc(sizeof(*draft));

    draft->kind = kind;
    draft->name = xstrdup(name);
    draft->title = xstrdup(title);
    draft->source = draft->last_source = source;
    draft->line = draft->last_line = line;
    draft->values = section_new(kind);
    /* Grows at each power of two. */
    if ((drafts->count & (drafts->count - 1)) == 0)
        drafts->items =
            xrealloc(drafts->items, drafts->count > 0 ? drafts->count * 2 : 1, sizeof(*drafts->items));
    drafts->items[drafts->count++] = draft;
    if (indexed && tsearch(draft, &drafts->tree, compare) == NULL)
        abort(); /* out of memory */
    return draft;
}

struct draft *drafts_find(const struct drafts *drafts, enum section_kind kind, const char *name)
{
    const struct draft wanted = {.kind = kind, .name = (char *)name};
    struct draft *const *node = tfind(&wanted, &drafts->tree, compare);

    return node != NULL ? *node : NULL;
}

void drafts_fini(struct drafts *drafts)
{
    tdestroy(drafts->tree, keep);
    for (size_t i = 0; i < drafts->count; i++) {
        struct draft *draft = drafts->items[i];

        section_free(draft->kind, draft->values);
        free(draft->name);
        free(draft->title);
        free(draft);
    }
    free(drafts->items);
    *drafts = (struct drafts){NULL, 0, NULL};
}

static void set_unknown(struct draft *draft, const struct reader_key *written,
                        const struct report_source *source, struct report *report)
{
    const struct key *meant = key_nearest(draft->kind, written->name);
    CLEANUP_FREE char *text = NULL;

    if (meant != NULL)
        draft->settings[meant - key_table - section_table[draft->kind].first_key].mistyped = true;
    if (written->broken)
        return;
    text = key_unknown_text(draft->kind, written->name);
    report_add(report, CONFIG_MISTAKE, source, written->line, draft->title, written->name, "%s", text);
}

/* Only a text may hold such a line. */
#define INNER_LINE                                                                                           \
    "the line is indented and so continues %s: if it is a key of its own, remove the white space at its "    \
    "start"

void draft_set(struct draft *draft, const struct reader_key *written, const struct report_source *source,
               struct report *report)
{
    const struct key *key = key_find(draft->kind, written->name);
    struct setting *setting;
    struct error error;
    void *field;

    if (key == NULL) {
        set_unknown(draft, written, source, report);
        return;
    }
    setting = &draft->settings[key - key_table - section_table[draft->kind].first_key];
    field = (char *)draft->values + key->field;
    if (setting->source != source) {
        /* The first in this file replaces what earlier files, or the default, gave. */
        setting->invalid = false;
        if (key->clear != NULL)
            key->clear(field);
    } else if (key->clear == NULL) {
        report_add(report, CONFIG_MISTAKE, source, written->line, draft->title, key->name,
                   "the key stands already in line %u, and takes one value: keep one of the two",
                   setting->line);
        return;
    }
    setting->source = source;
    setting->line = written->line;
    if (written->broken) {
        setting->invalid = true;
    } else if (written->inner_line > 0 && key->read != value_text) {
        /* What stands in that line is not shown: it may be a password. */
        setting->invalid = true;
        report_add(report, CONFIG_MISTAKE, source, written->inner_line, draft->title, key->name, INNER_LINE,
                   key->name);
    } else if (key->clear != NULL && written->value[0] == '\0') {
        key->clear(field);
    } else if (key->read(written->value, &key->rule, field, &error) < 0) {
        bool comment = strstr(written->value, " #") != NULL || strstr(written->value, " ;") != NULL;

        setting->invalid = true;
        report_add(report, CONFIG_MISTAKE, source, written->line, draft->title, key->name, "%s%s", error.text,
                   comment ? " (a comment stands on a line of its own)" : "");
    } else if (written->inner_line > 0) {
        report_add(report, CONFIG_WARNING, source, written->inner_line, draft->title, key->name, INNER_LINE,
                   key->name);
    }
}

bool draft_has(const struct draft *draft, enum key_id id)
{
    return setting_of(draft, id)->source != NULL;
}

bool draft_good(const struct draft *draft, enum key_id id)
{
    const struct setting *setting = setting_of(draft, id);

    return !setting->invalid && (setting->source != NULL || !setting->mistyped);
}

bool draft_misses(const struct draft *draft, enum key_id id)
{
    return !draft->incomplete && !draft_has(draft, id) && !setting_of(draft, id)->mistyped;
}

bool draft_is_placeholder(const struct draft *draft)
{
    for (size_t i = 0; i < SETTINGS_MAX; i++) {
        if (draft->settings[i].source != NULL)
            return false;
    }
    return !draft->incomplete && !draft->used && strcmp(draft->name, "default") == 0;
}

void draft_report(const struct draft *draft, struct report *report, enum config_severity severity,
                  enum key_id id, const char *format, ...)
{
    const struct setting *setting = setting_of(draft, id);
    bool here = setting->source != NULL;
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = xvasprintf(format, arguments);
    va_end(arguments);
    report_add(report, severity, here ? setting->source : draft->source, here ? setting->line : draft->line,
               draft->title, key_table[id].name, "%s", text);
    free(text);
}
