/* conf/meetingd.conf and man/meetingd.conf.5 against the table of keys. "test-config-sample print" writes
 * what conf/meetingd.conf has to be. */
#include "lib/load-text.h"

#include "config/keys.h"

static char *read_source(const char *name)
{
    const char *source = getenv("MEETINGD_SOURCE");
    CLEANUP_FREE char *path = xasprintf("%s/%s", source != NULL ? source : "..", name);
    struct buffer text = BUFFER_EMPTY;
    FILE *file = fopen(path, "re");
    size_t length;

    if (file == NULL)
        fail_msg("%s cannot be read", path);
    do {
        buffer_reserve(&text, 65536);
        length = fread(text.data + text.length, 1, 65536, file);
        text.length += length;
        text.data[text.length] = '\0';
    } while (length > 0);
    fclose(file);
    return buffer_take(&text);
}

static void the_shipped_file_is_the_sample(void **state)
{
    CLEANUP_FREE char *sample = config_sample();
    CLEANUP_FREE char *shipped = read_source("conf/meetingd.conf");

    (void)state;
    if (strcmp(sample, shipped) != 0)
        fail_msg("conf/meetingd.conf is not what the keys say: tests/unit/test-config-sample print "
                 ">conf/meetingd.conf");
}

static void the_sample_as_it_is_changes_nothing(void **state)
{
    CLEANUP_FREE char *sample = config_sample();
    struct loaded loaded = load_one(sample);

    (void)state;
    assert_string_equal(loaded.problems, "");
    assert_string_equal(loaded.notes, "");
    assert_int_equal(loaded.config->app_count, 0);
    assert_int_equal(loaded.config->plans.count, 0);
    loaded_fini(&loaded);
}

/* Takes the # from each line that is "#key = value" or "#[section]", but for what the test cannot have. */
static char *uncomment(const char *sample)
{
    struct buffer text = BUFFER_EMPTY;

    while (*sample != '\0') {
        const char *end = strchr(sample, '\n') + 1;
        bool ours = sample[0] == '#' && sample[1] != ' ' && sample[1] != '\n' &&
                    strncmp(sample, "#app_secret_file", strlen("#app_secret_file")) != 0 &&
                    strncmp(sample, "#operators", strlen("#operators")) != 0;

        buffer_append(&text, sample + (ours ? 1 : 0), (size_t)(end - sample) - (ours ? 1 : 0));
        sample = end;
    }
    return buffer_take(&text);
}

static void the_sample_without_its_marks_is_good(void **state)
{
    CLEANUP_FREE char *sample = config_sample();
    CLEANUP_FREE char *text = uncomment(sample);
    struct loaded loaded = load_one(text);
    struct config *config = loaded.config, *empty = load_good("");
    const struct plan *plan;

    (void)state;
    /* The program of the example is not here. */
    assert_non_null(strstr(loaded.problems, "/usr/local/bin/door-light cannot be run: "));
    assert_ptr_equal(strchr(loaded.problems, '\n'), loaded.problems + strlen(loaded.problems) - 1);
    assert_non_null(config);
    /* What it gives as defaults are the defaults. */
    assert_string_equal(config->socket, empty->socket);
    assert_string_equal(config->state, empty->state);
    assert_int_equal(config->log_level, empty->log_level);
    assert_int_equal(config->on_uncertain, empty->on_uncertain);
    assert_memory_equal(&config->poll, &empty->poll, sizeof(config->poll));
    assert_int_equal(config->app_count, 1);
    assert_int_equal(config->plans.count, 3);
    plan = config->plans.items[0];
    assert_string_equal(plan->name, "standup");
    assert_string_equal(plan->meeting_settings.topic, "每日站会");
    assert_int_equal(plan->meeting_settings.action_permission_count, 3);
    assert_string_equal(plan->rrule, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
    assert_int_equal(plan->exdate_count, 1);
    assert_int_equal(plan->link, PLAN_LINK_OCCURRENCE);
    assert_int_equal(plan->on_remove, ON_REMOVE_DELETE);
    assert_string_equal(config->plans.items[1]->reserve_id, "6911188411932033028");
    assert_string_equal(config->plans.items[2]->meeting_settings.callee->nickname, "dodo");
    assert_string_equal(config->hooks.items[0]->name, "door light");
    assert_string_equal(config->hooks.items[0]->exec.items[2], "3");
    loaded_fini(&loaded);
    config_free(empty);
}

static void the_sample_has_every_key_with_an_explanation(void **state)
{
    CLEANUP_FREE char *sample = config_sample();

    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        CLEANUP_FREE char *entry =
            xasprintf("\n# %s\n#%s =%s%s\n", key_table[i].explanation, key_table[i].name,
                      key_table[i].text[0] != '\0' ? " " : "", key_table[i].text);

        if (strstr(sample, entry) == NULL)
            fail_msg("the sample has no%s", entry);
    }
}

/* A roff text writes - as \-. */
static char *as_roff(const char *text)
{
    struct buffer roff = BUFFER_EMPTY;

    for (; *text != '\0'; text++) {
        if (*text == '-')
            buffer_append_char(&roff, '\\');
        buffer_append_char(&roff, *text);
    }
    return buffer_take(&roff);
}

/* In the manual each key begins a paragraph with ".BR key = default" or, without a default, ".B key =". */
static void the_manual_has_every_key_with_its_default(void **state)
{
    CLEANUP_FREE char *manual = read_source("man/meetingd.conf.5");

    (void)state;
    for (enum section_kind kind = SECTION_DAEMON; kind < SECTION_KINDS; kind++) {
        CLEANUP_FREE char *heading = xasprintf("\n.SH THE SECTION [%s", section_table[kind].name);
        const char *at = strstr(manual, heading);
        const char *end = at != NULL ? strstr(at + 1, "\n.SH ") : NULL;

        if (end == NULL) {
            fail_msg("the manual has no%s", heading);
            return;
        }
        for (size_t i = 0; i < section_table[kind].key_count; i++) {
            const struct key *key = &key_table[section_table[kind].first_key + i];
            bool example = (key->use & KEY_EXAMPLE) != 0 || key->text[0] == '\0';
            CLEANUP_FREE char *text = as_roff(key->text);
            CLEANUP_FREE char *entry = example ? xasprintf("\n.TP\n.BR %s \" =\"", key->name)
                                               : xasprintf("\n.TP\n.BR %s \" = %s\"\n", key->name, text);
            const char *found = strstr(at, entry);

            if (found == NULL || found > end)
                fail_msg("the manual's section on [%s] has no%s", section_table[kind].name, entry);
        }
    }
}

/* In the README each key is a word. */
static void the_readme_has_every_key(void **state)
{
    CLEANUP_FREE char *readme = read_source("README");

    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        bool found = false;

        for (const char *at = readme; (at = strstr(at, key_table[i].name)) != NULL && !found; at++) {
            char before = at > readme ? at[-1] : ' ', after = at[strlen(key_table[i].name)];

            found = strchr(" \n", before) != NULL && strchr(" ,;:\n(", after) != NULL;
        }
        if (!found)
            fail_msg("the README has no %s", key_table[i].name);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_file_is_the_sample),
        cmocka_unit_test(the_sample_as_it_is_changes_nothing),
        cmocka_unit_test(the_sample_without_its_marks_is_good),
        cmocka_unit_test(the_sample_has_every_key_with_an_explanation),
        cmocka_unit_test(the_manual_has_every_key_with_its_default),
        cmocka_unit_test(the_readme_has_every_key),
    };

    if (argc == 2 && strcmp(argv[1], "print") == 0) {
        char *sample = config_sample();

        fputs(sample, stdout);
        free(sample);
        return 0;
    }
    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
