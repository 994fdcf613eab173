#include "config/load.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "config/check.h"
#include "config/reader.h"

#define NAME_MAX_CHARACTERS 64

#define BLANKS " \t"

void load_init(struct load *load)
{
    struct report_source *defaults;

    memset(load, 0, sizeof(*load));
    defaults = load_add_source(load, "");
    load->daemon = drafts_add(&load->drafts, SECTION_DAEMON, "", "daemon", defaults, 0, true);
    load->poll = drafts_add(&load->drafts, SECTION_POLL, "", "poll", defaults, 0, true);
}

struct report_source *load_add_source(struct load *load, const char *path)
{
    struct report_source *source = xalloc(sizeof(*source));

    source->path = xstrdup(path);
    source->order = load->source_count;
    /* Grows at each power of two. */
    if ((load->source_count & (load->source_count - 1)) == 0)
        load->sources = xrealloc(load->sources, load->source_count > 0 ? load->source_count * 2 : 1,
                                 sizeof(*load->sources));
    load->sources[load->source_count++] = source;
    return source;
}

static bool has_control(const char *name)
{
    for (; *name != '\0'; name++) {
        if (iscntrl((unsigned char)*name))
            return true;
    }
    return false;
}

/* What is wrong with the name of an app, a plan or a hook, and what would be right; NULL: nothing. */
static const char *name_mistake(enum section_kind kind, const char *name)
{
    if (!section_table[kind].takes_name)
        return name[0] != '\0' ? "the section takes no name: write its first word alone" : NULL;
    if (kind == SECTION_APP && strcmp(name, "default") == 0)
        return "the app called default is written [app]";
    if (kind == SECTION_RESERVATION && name[0] == '\0')
        return "a plan needs a name: write [reservation NAME]";
    if (kind == SECTION_HOOK && name[0] == '\0')
        return "a hook needs a name: write [hook NAME]";
    if (utf8_characters(name) > NAME_MAX_CHARACTERS)
        return "the name is longer than 64 characters: write a shorter one";
    if (has_control(name))
        return "the name holds a control character: remove it";
    /* NAME@START names an occurrence, and a number a reservation. */
    if (kind == SECTION_RESERVATION && strchr(name, '@') != NULL)
        return "a plan's name holds no @: write another character";
    if (kind == SECTION_RESERVATION && name[strspn(name, "0123456789")] == '\0')
        return "a plan's name is not of digits alone: add a letter";
    /* It names a credential, which is a file. */
    if (kind == SECTION_APP && strchr(name, '/') != NULL)
        return "an app's name holds no /: write another character";
    return NULL;
}

/* The draft that the section's keys go to, NULL where it cannot be told what they mean; what is wrong with
 * the name is reported. A name that was reported still gets a draft, so that its keys are checked. */
static struct draft *find_draft(struct load *load, const struct report_source *source,
                                const struct reader_section *section)
{
    size_t first = strcspn(section->name, BLANKS);
    CLEANUP_FREE char *word = xstrndup(section->name, first);
    const char *name = section->name + first + strspn(section->name + first, BLANKS), *mistake;
    enum section_kind kind = section_find(word);
    bool unsure = section->broken;
    struct draft *draft;

    if (kind == SECTION_KINDS) {
        if (!unsure) {
            CLEANUP_FREE char *text = section_unknown_text(word);

            report_add(&load->report, CONFIG_MISTAKE, source, section->line, section->name, NULL, "%s", text);
        }
        kind = section_nearest(word);
        unsure = true;
        if (kind == SECTION_KINDS)
            return NULL;
    }
    mistake = unsure ? NULL : name_mistake(kind, name);
    if (mistake != NULL) {
        report_add(&load->report, CONFIG_MISTAKE, source, section->line, section->name, NULL, "%s", mistake);
        unsure = true;
    }
    if (!section_table[kind].takes_name)
        name = "";
    else if (kind == SECTION_APP && name[0] == '\0')
        name = "default";

    draft = drafts_find(&load->drafts, kind, name);
    if (draft == NULL) {
        draft = drafts_add(&load->drafts, kind, name, section->name, source, section->line, true);
        draft->unsure = unsure;
        return draft;
    }
    if (!unsure && !draft->unsure && draft->last_source != source) {
        draft->last_source = source;
        draft->last_line = section->line;
        return draft;
    }
    if (!unsure && !draft->unsure)
        report_add(&load->report, CONFIG_MISTAKE, source, section->line, section->name, NULL,
                   "the section stands already in line %u of this file: move its keys there",
                   draft->last_line);
    draft = drafts_add(&load->drafts, kind, name, section->name, source, section->line, false);
    draft->incomplete = true;
    return draft;
}

/* Keys that no section claims. */
static void report_homeless(struct load *load, const struct report_source *source,
                            const struct reader_key *key)
{
    for (enum section_kind kind = SECTION_DAEMON; kind < SECTION_KINDS; kind++) {
        if (key_find(kind, key->name) != NULL) {
            report_add(&load->report, CONFIG_MISTAKE, source, key->line, NULL, key->name,
                       "the key stands before the first section: move it to [%s%s]", section_table[kind].name,
                       section_name_hint(kind));
            return;
        }
    }
    report_add(&load->report, CONFIG_MISTAKE, source, key->line, NULL, key->name,
               "the key stands before the first section: write one above it, such as [daemon]");
}

void load_text(struct load *load, const struct report_source *source, const char *data, size_t length)
{
    struct reader_text text;

    reader_read(&text, data, length, source, &load->report);
    for (size_t i = 0; i < text.section_count; i++) {
        const struct reader_section *section = &text.sections[i];
        struct draft *draft = section->name != NULL ? find_draft(load, source, section) : NULL;

        if (draft != NULL && section->incomplete)
            draft->incomplete = true;
        for (size_t j = section->first; j < section->first + section->count; j++) {
            if (draft != NULL)
                draft_set(draft, &text.keys[j], source, &load->report);
            else if (section->name == NULL && !text.keys[j].broken)
                report_homeless(load, source, &text.keys[j]);
        }
    }
    reader_fini(&text);
}

/* The values leave the draft. */
static void *take_values(struct draft *draft)
{
    void *values = draft->values;

    draft->values = NULL;
    return values;
}

static void take_app(struct config *config, struct draft *draft)
{
    struct app_values *values;

    if (draft_is_placeholder(draft))
        return;
    values = take_values(draft);
    free(values->app_secret_file);
    values->app.name = xstrdup(draft->name);
    if ((config->app_count & (config->app_count - 1)) == 0)
        config->apps =
            xrealloc(config->apps, config->app_count > 0 ? config->app_count * 2 : 1, sizeof(*config->apps));
    config->apps[config->app_count++] = &values->app;
}

static void take_plan(struct config *config, struct draft *draft)
{
    struct plan_values *values = take_values(draft);

    values->plan.name = xstrdup(draft->name);
    values->plan.file = xstrdup(draft->source->path);
    values->plan.line = draft->line;
    plan_list_take(&config->plans, &values->plan);
}

static void take_hook(struct config *config, struct draft *draft)
{
    struct hook *hook = take_values(draft);

    hook->name = xstrdup(draft->name);
    hook_list_take(&config->hooks, hook);
}

static struct config *take_config(struct load *load)
{
    struct config *config = take_values(load->daemon);

    config->poll = *(const struct poll_settings *)load->poll->values;
    for (size_t i = 0; i < load->drafts.count; i++) {
        struct draft *draft = load->drafts.items[i];

        if (draft->kind == SECTION_APP)
            take_app(config, draft);
        else if (draft->kind == SECTION_RESERVATION)
            take_plan(config, draft);
        else if (draft->kind == SECTION_HOOK)
            take_hook(config, draft);
    }
    return config;
}

int load_finish(struct load *load, struct config **ret, struct config_report *report)
{
    check_drafts(&load->drafts, load->daemon, &load->report);
    report_finish(&load->report, report);
    if (report->mistakes == 0)
        *ret = take_config(load);
    drafts_fini(&load->drafts);
    for (size_t i = 0; i < load->source_count; i++) {
        free(load->sources[i]->path);
        free(load->sources[i]);
    }
    free(load->sources);
    return report->mistakes == 0 ? 0 : -EINVAL;
}
