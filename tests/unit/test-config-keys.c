/* config/keys: the table of keys, and what is said of keys and sections that are none. */
#include "lib/load-text.h"

#include "config/keys.h"

static void the_table_holds_together(void **state)
{
    size_t keys = 0;

    (void)state;
    for (enum section_kind kind = SECTION_DAEMON; kind < SECTION_KINDS; kind++) {
        const struct section *section = &section_table[kind];

        assert_int_equal(section->first_key, keys);
        assert_true(section->key_count <= SETTINGS_MAX);
        assert_int_equal(section_find(section->name), kind);
        for (size_t i = 0; i < section->key_count; i++, keys++) {
            const struct key *key = &key_table[keys];

            assert_int_equal(key->section, kind);
            assert_ptr_equal(key_find(kind, key->name), key);
            assert_non_null(key->read);
            assert_non_null(key->text);
            assert_non_null(key->explanation);
            assert_null(strchr(key->explanation, '\n'));
            assert_true(key->field < section->size);
        }
    }
    assert_int_equal(keys, KEYS);
    assert_int_equal(section_find("reservations"), SECTION_KINDS);
    assert_null(key_find(SECTION_POLL, "socket"));
}

static void every_default_and_example_is_a_value_that_is_taken(void **state)
{
    (void)state;
    for (enum section_kind kind = SECTION_DAEMON; kind < SECTION_KINDS; kind++) {
        const struct section *section = &section_table[kind];
        void *values = section_new(kind);

        for (size_t i = 0; i < section->key_count; i++) {
            const struct key *key = &key_table[section->first_key + i];
            struct error error;

            if (key->read(key->text, &key->rule, (char *)values + key->field, &error) < 0)
                fail_msg("%s = %s: %s", key->name, key->text, error.text);
        }
        section_free(kind, values);
    }
    assert_null(section_free(SECTION_APP, NULL));
}

static void a_key_that_is_unknown_is_answered_with_the_nearest(void **state)
{
    static const struct {
        const char *text, *end;
    } cases[] = {
        {"[daemon]\nsokcet = /x\n", "the key is not known: did you mean socket?"},
        {"[daemon]\nlog-level = info\n", "the key is not known: did you mean log_level?"},
        {"[poll]\nPARTICIPANTS = yes\n", "the key is not known: did you mean participants?"},
        {"[poll]\nsocket = /x\n", "[poll] has no such key: move it to [daemon]"},
        {"[poll]\ntopic = x\n", "[poll] has no such key: move it to [reservation NAME]"},
        {"[poll]\ncolour = red\n", "the key is not known: meetingd.conf(5) lists the keys of [poll]"},
        {"[daemon]\napp_secret_file = /x\n", "[daemon] has no such key: move it to [app]"},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++)
        expect_problem(cases[i].text, "a.conf:2: [", cases[i].end);
    expect_problem("[app]\napp_secret = x\n", "a.conf:2: [app] app_secret: ",
                   "no secret stands in this file: write the name of one that holds it, as app_secret_file");
    /* Once is enough. */
    expect_problem("[poll]\nlvie = \xff\n",
                   "a.conf:2: [poll] lvie: ", "the line is not valid UTF-8: save the file in that encoding");
    expect_problem("topic = x\n", "a.conf:1: topic: ",
                   "the key stands before the first section: move it to [reservation NAME]");
    expect_problem("colour = x\n", "a.conf:1: colour: ",
                   "the key stands before the first section: write one above it, such as [daemon]");
}

static void a_section_that_is_unknown_is_answered_with_the_nearest(void **state)
{
    (void)state;
    expect_problem("[deamon]\n", "a.conf:1: [deamon]: ", "the section is not known: did you mean [daemon]?");
    expect_problem(APP_TEXT "[reservations standup]\nreserve_id = 1\n", "a.conf:4: [reservations standup]: ",
                   "the section is not known: did you mean [reservation NAME]?");
    expect_problem("[standup]\ntopic = x\n", "a.conf:1: [standup]: ",
                   "the section is not known: there are [daemon], [app], [app NAME], [poll], [reservation "
                   "NAME] and [hook NAME]");
    /* Its keys are those of the section that is probably meant. */
    expect_problems("[pol]\nlive = 1\nidel = 5s\n",
                    "a.conf:1: [pol]: the section is not known: did you mean [poll]?\n"
                    "a.conf:3: [pol] idel: the key is not known: did you mean idle?\n");
}

static void what_is_not_built_yet_is_no_value(void **state)
{
    struct loaded off = load_one("[app]\nevents = off\n"),
                  other = load_one("[app]\nevents = long_connection\n");

    (void)state;
    assert_null(strstr(off.problems, "events"));
    assert_non_null(strstr(other.problems, "a.conf:2: [app] events: "));
    assert_non_null(strstr(other.problems, "off"));
    loaded_fini(&off);
    loaded_fini(&other);
}

static void no_mistake_shows_a_secret(void **state)
{
    /* Where secrets go when fingers slip. */
    static const char *const slips[] = {
        "[app]\napp_secret = 971024abc\n",
        "[app]\napp_secret_file = 971024abc\n",
        "[app]\napp_secret_file = /etc/x\n  app_secret = 971024abc\n",
        "[app]\napp_secret: 971024abc\n",
        "[app]\napp_secret 971024abc\n",
        "[app]\napp_secret 971024abc = x\n",
        "[app]\n971024abc = app_secret\n",
        "[app]\nbase_url = https://user:971024abc@open.feishu.cn\n",
        "app_secret = 971024abc\n",
        "[nonsense]\npassword = 971024abc\n",
        "[reservation p]\npassword = 971024abc\n",
        "[reservation p]\npassword = 971024abc\npassword = 971024abc\n",
        "[reservation p]\npasswort = 971024abc\n",
        "[reservation p]\npassword =\n  971024abc\n",
        "[reservation p]\npassword = \xff 971024abc\n",
        "[reservation p]\nstart = 2026-11-23 09:30\n  password = 971024abc\n",
        "[reservation p]\nowner_id = ou_a\n  password = 971024abc\n",
        "[reservation p]\naction_permission = host user_id allow ou_a\n  password = 971024abc\n",
        "[reservation p]\n  password = 971024abc\n",
        "[reservation p\npassword = 971024abc\n",
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(slips); i++) {
        struct loaded loaded = load_one(slips[i]);

        assert_true(loaded.mistakes >= 1);
        if (strstr(loaded.problems, "971024abc") != NULL)
            fail_msg("%s", loaded.problems);
        loaded_fini(&loaded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_holds_together),
        cmocka_unit_test(every_default_and_example_is_a_value_that_is_taken),
        cmocka_unit_test(a_key_that_is_unknown_is_answered_with_the_nearest),
        cmocka_unit_test(a_section_that_is_unknown_is_answered_with_the_nearest),
        cmocka_unit_test(what_is_not_built_yet_is_no_value),
        cmocka_unit_test(no_mistake_shows_a_secret),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
