/* hook: how the hooks are doing, and a test of one. */
#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "describe.h"

/* A hook may run for a day, behind another run of its own; a daemon that goes meanwhile is noticed. */
#define PATIENCE_MS (2 * MS_PER_DAY + MS_PER_HOUR)

static const struct table_column columns[] = {
    {.title = "HOOK", .minimum = 8, .yields = 3},
    {.title = "AT", .minimum = 12, .yields = 2},
    {.title = "RESERVATION", .minimum = 8, .yields = 2, .leaves = 1},
    {.title = "RUNS", .right = true},
    {.title = "FAILED", .right = true},
    {.title = "WAITING", .leaves = 2, .right = true},
    {.title = "LAST", .leaves = 3},
};

static void texts_cell(struct table *table, struct json_object *array, const char *none)
{
    struct buffer text = BUFFER_EMPTY;

    for (size_t i = 0; i < array_count(array); i++)
        buffer_printf(&text, "%s%s", i > 0 ? ", " : "",
                      item_text(array, i) != NULL ? item_text(array, i) : "?");
    table_cell(table, STYLE_PLAIN, text.length > 0 ? text.data : none);
    buffer_fini(&text);
}

static void add_hook(const struct ctl *ctl, struct table *table, struct json_object *hook)
{
    char text[TIMES_TEXT_SIZE];
    int64_t last;

    table_cell(table, STYLE_PLAIN, member_text(hook, "name"));
    texts_cell(table, member_array(hook, "on"), NULL);
    texts_cell(table, member_array(hook, "reservation"), "all");
    table_printf(table, STYLE_PLAIN, "%" PRId64, member_number(hook, "runs"));
    table_printf(table, member_number(hook, "failures") > 0 ? STYLE_WARNING : STYLE_PLAIN, "%" PRId64,
                 member_number(hook, "failures"));
    table_printf(table, STYLE_PLAIN, "%" PRId64, member_number(hook, "waiting"));
    if (member_true(hook, "running"))
        table_cell(table, STYLE_GOOD, "running");
    else
        table_cell(table, STYLE_PLAIN,
                   member_int(hook, "last_run_at", &last) ? times_relative(&ctl->times, last, text) : NULL);
}

static void write_hooks(struct ctl *ctl, const struct list *hooks)
{
    struct table *table = table_new(columns, ELEMENTS(columns));

    for (size_t i = 0; i < list_count(hooks); i++)
        add_hook(ctl, table, list_item(hooks, i));
    if (list_count(hooks) > 0)
        table_write(table, &ctl->output, !ctl->options->no_legend);
    else if (!ctl->options->no_legend)
        describe_note(ctl, STYLE_PLAIN, "The configuration has no [hook NAME].");
    table_free(table);
    for (size_t i = 0; i < list_count(hooks); i++) {
        const char *problem = member_text(list_item(hooks, i), "last_problem"),
                   *name = member_text(list_item(hooks, i), "name");

        if (problem != NULL && name != NULL)
            describe_note(ctl, STYLE_WARNING, "! hook %s %s", name, problem);
    }
}

static int show_hooks(struct ctl *ctl)
{
    struct list hooks;
    int code = ctl_list(ctl, "ListHooks", "hooks", NULL, &hooks);

    if (code != 0)
        return code;
    if (ctl->options->json)
        ctl_write_json_lists(ctl, "hooks", &hooks, 1);
    else
        write_hooks(ctl, &hooks);
    list_fini(&hooks);
    return EXIT_DONE;
}

static int no_such_hook(struct ctl *ctl, const char *name)
{
    CLEANUP_FREE const char **names = NULL;
    const char *nearest;
    struct list hooks;
    size_t count = 0;

    complain("there is no hook '%s'", name);
    if (ctl_list(ctl, "ListHooks", "hooks", NULL, &hooks) != 0)
        return EXIT_REFUSED;
    names = xcalloc(list_count(&hooks) + 1, sizeof(*names));
    for (size_t i = 0; i < list_count(&hooks); i++) {
        const char *known = member_text(list_item(&hooks, i), "name");

        if (known != NULL)
            names[count++] = known;
    }
    nearest = str_nearest(name, names, count);
    if (nearest != NULL)
        complain_more("Did you mean %s?", nearest);
    else
        complain_more("See all of them: meetingctl hook list");
    list_fini(&hooks);
    return EXIT_REFUSED;
}

static void write_output(struct ctl *ctl, struct json_object *output)
{
    for (size_t i = 0; i < array_count(output); i++)
        buffer_printf(&ctl->output.text, "%s\n", item_text(output, i) != NULL ? item_text(output, i) : "?");
}

static int test_hook(struct ctl *ctl, const char *name)
{
    struct json_object *parameters = json_object_new_object();
    const char *problem;
    struct reply reply;
    int code;

    json_object_object_add(parameters, "name", json_object_new_string(name));
    ctl->patience_ms = PATIENCE_MS;
    code = ctl_ask(ctl, "TestHook", parameters, &reply);
    if (code != 0)
        return code;
    if (reply.error != NULL) {
        code = refusal_is_not_found(&reply) ? no_such_hook(ctl, name) : refusal_report(ctl, &reply, NULL);
        reply_fini(&reply);
        return code;
    }
    problem = member_text(reply.parameters, "problem");
    if (ctl->options->json)
        ctl_write_json(ctl, &reply);
    else
        write_output(ctl, member_array(reply.parameters, "output"));
    if (problem != NULL) {
        output_flush(&ctl->output);
        complain("hook %s: %s", name, problem);
        code = EXIT_REFUSED;
    } else if (!ctl->options->json && !ctl->options->no_legend) {
        describe_note(ctl, STYLE_GOOD, "Hook %s ended well.", name);
    }
    reply_fini(&reply);
    return code;
}

int command_hook(struct ctl *ctl)
{
    char *const *arguments = ctl->options->arguments;
    size_t count = ctl->options->argument_count;

    if (count == 0 || (count == 1 && strcmp(arguments[0], "list") == 0))
        return show_hooks(ctl);
    if (count == 2 && strcmp(arguments[0], "test") == 0)
        return test_hook(ctl, arguments[1]);
    complain("hook: write meetingctl hook test NAME, or meetingctl hook list");
    return EXIT_USAGE;
}
