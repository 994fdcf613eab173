#include "config/check-hook.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "model/hook.h"

/* Plans among which a mistyped name is looked for. */
#define SUGGESTED_FROM 1000

#define SHOW(text) report_show((text), (char[REPORT_SHOWN_SIZE]){0})

#define MISTAKE(draft, id, ...) draft_report((draft), report, CONFIG_MISTAKE, (id), __VA_ARGS__)
#define WARNING(draft, id, ...) draft_report((draft), report, CONFIG_WARNING, (id), __VA_ARGS__)

static const char *nearest_plan(const struct drafts *drafts, const char *name)
{
    const char *names[SUGGESTED_FROM];
    size_t count = 0;

    for (size_t i = 0; i < drafts->count && count < SUGGESTED_FROM; i++) {
        if (drafts->items[i]->kind == SECTION_RESERVATION)
            names[count++] = drafts->items[i]->name;
    }
    return str_nearest(name, names, count);
}

static void check_reservations(const struct drafts *drafts, const struct draft *draft, struct report *report)
{
    const struct hook *hook = draft->values;

    for (size_t i = 0; i < hook->reservations.count; i++) {
        const char *name = hook->reservations.items[i], *nearest;

        if (drafts_find(drafts, SECTION_RESERVATION, name) != NULL)
            continue;
        nearest = nearest_plan(drafts, name);
        MISTAKE(draft, KEY_HOOK_RESERVATION, "there is no [reservation %s]: %s%s%s", SHOW(name),
                nearest != NULL ? "did you mean " : "write the name of a plan, or remove it for every plan",
                nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    }
}

/* It may be there by the time it is run, or for the daemon's user alone. */
static void check_program(const struct draft *draft, struct report *report)
{
    const struct hook *hook = draft->values;
    const char *program = hook->exec.items[0];
    struct stat status;

    if (stat(program, &status) < 0)
        WARNING(draft, KEY_HOOK_EXEC, "%s cannot be run: %s: install it, or write another path",
                SHOW(program), strerror(errno));
    else if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0)
        WARNING(draft, KEY_HOOK_EXEC, "%s is no program: make it an executable file", SHOW(program));
}

/* Whoever writes these thinks of a shell, and there is none. */
static void check_for_shell(const struct draft *draft, struct report *report)
{
    static const char *const words[] = {"|", "||", "&", "&&", ";", "<", ">", ">>", "2>", "2>&1"};
    const struct hook *hook = draft->values;

    for (size_t i = 1; i < hook->exec.count; i++) {
        for (size_t j = 0; j < ELEMENTS(words); j++) {
            if (strcmp(hook->exec.items[i], words[j]) != 0)
                continue;
            WARNING(draft, KEY_HOOK_EXEC,
                    "%s is handed to the program, as no shell reads this line: write a script, or /bin/sh -c "
                    "'COMMAND'",
                    words[j]);
            return;
        }
    }
}

static void check_hook(const struct drafts *drafts, const struct draft *draft, struct report *report)
{
    const struct hook *hook = draft->values;

    if (draft_misses(draft, KEY_HOOK_ON))
        MISTAKE(draft, KEY_HOOK_ON,
                "the key is missing: write the events that it is run at, such as meeting_started");
    else if (draft_has(draft, KEY_HOOK_ON) && draft_good(draft, KEY_HOOK_ON) && hook->on.kinds == 0)
        MISTAKE(draft, KEY_HOOK_ON,
                "no event is left: write some, such as meeting_started, or remove the section");
    if (draft_good(draft, KEY_HOOK_RESERVATION))
        check_reservations(drafts, draft, report);
    if (draft_misses(draft, KEY_HOOK_EXEC))
        MISTAKE(draft, KEY_HOOK_EXEC,
                "the key is missing: write the program's absolute path, and its arguments");
    if (hook->exec.count == 0 || !draft_good(draft, KEY_HOOK_EXEC))
        return;
    check_program(draft, report);
    check_for_shell(draft, report);
}

void check_hooks(const struct drafts *drafts, struct report *report)
{
    for (size_t i = 0; i < drafts->count; i++) {
        if (drafts->items[i]->kind == SECTION_HOOK)
            check_hook(drafts, drafts->items[i], report);
    }
}
