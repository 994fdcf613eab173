/* config/secret: where an app's secret comes from, and who may read it. */
#include "lib/load-text.h"

#include <fcntl.h>
#include <sys/stat.h>

#define SECRET "made-up-secret"

/* The app's secret is in `file`, a file in a directory of the test's own. */
struct place {
    char *directory;
    char *file;
    char *text; /* an [app] that names the file, as app_secret_file, in line 4 */
};

static int set_up(void **state)
{
    struct place *place = xalloc(sizeof(*place));
    CLEANUP_FREE char *name = test_make_directory();
    CLEANUP_FREE char *here = getcwd(NULL, 0);

    place->directory = xasprintf("%s/%s", here, name);
    place->file = xasprintf("%s/app_secret", place->directory);
    place->text = xasprintf("%sapp_secret_file = %s\n", APP_TEXT, place->file);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;

    unsetenv("CREDENTIALS_DIRECTORY");
    unlink(place->file);
    rmdir(place->file);
    assert_int_equal(rmdir(place->directory), 0);
    free(place->directory);
    free(place->file);
    free(place->text);
    free(place);
    return 0;
}

static void write_secret(const struct place *place, const void *data, size_t length, mode_t mode)
{
    int fd = open(place->file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, length), length);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void expect_secret(const char *text)
{
    struct loaded loaded = load_one(text);

    assert_string_equal(loaded.problems, "");
    assert_string_equal(loaded.notes, "");
    assert_string_equal(loaded.config->apps[0]->app_secret, SECRET);
    loaded_fini(&loaded);
}

/* One mistake in line 4, which is about the file and shows nothing of it. */
static void expect_mistake(const struct place *place, const char *end)
{
    CLEANUP_FREE char *begin = xasprintf("a.conf:4: [app] app_secret_file: %s ", place->file);
    struct loaded loaded = load_one(place->text);

    assert_null(strstr(loaded.problems, SECRET));
    loaded_fini(&loaded);
    expect_problem(place->text, begin, end);
}

static void a_file_gives_it_without_white_space_at_its_end(void **state)
{
    const struct place *place = *state;
    static const char *const files[] = {SECRET, SECRET "\n", SECRET "\r\n", SECRET " \t\n\n"};

    for (size_t i = 0; i < ELEMENTS(files); i++) {
        write_secret(place, files[i], strlen(files[i]), i % 2 == 0 ? 0600 : 0640);
        expect_secret(place->text);
    }
}

static void a_file_that_others_can_read_is_a_mistake(void **state)
{
    const struct place *place = *state;
    static const mode_t modes[] = {0644, 0604, 0602, 0666};

    for (size_t i = 0; i < ELEMENTS(modes); i++) {
        CLEANUP_FREE char *end = xasprintf("is open to everyone (mode %04o): run \"chmod o= %s\"",
                                           (unsigned)modes[i], place->file);

        write_secret(place, SECRET, strlen(SECRET), modes[i]);
        expect_mistake(place, end);
    }
}

static void a_file_that_holds_no_secret_is_a_mistake(void **state)
{
    static const char nul[] = SECRET "\0x";
    const struct place *place = *state;
    char long_one[1100];

    write_secret(place, " \n", 2, 0600);
    expect_mistake(place, "is empty: put the app secret into it");
    write_secret(place, SECRET " " SECRET, 2 * strlen(SECRET) + 1, 0600);
    expect_mistake(place, "holds more than one word, or no text: put the app secret alone into it");
    write_secret(place, nul, sizeof(nul) - 1, 0600);
    expect_mistake(place, "holds more than one word, or no text: put the app secret alone into it");
    memset(long_one, 'x', sizeof(long_one));
    write_secret(place, long_one, sizeof(long_one), 0600);
    expect_mistake(place, "is longer than any app secret: put the secret alone into it");
}

static void a_file_that_is_none_is_a_mistake(void **state)
{
    const struct place *place = *state;

    expect_mistake(place, "cannot be read: No such file or directory: put the app secret into it");
    assert_int_equal(mkdir(place->file, 0700), 0);
    expect_mistake(place, "is no file: write the path of one that holds the app secret");
    assert_int_equal(rmdir(place->file), 0);
    /* Nobody writes into it, and nobody is waited for. */
    assert_int_equal(mkfifo(place->file, 0600), 0);
    expect_mistake(place, "is no file: write the path of one that holds the app secret");
}

static void a_credential_gives_it(void **state)
{
    const struct place *place = *state;
    CLEANUP_FREE char *named = xasprintf("%s/app_secret.second app", place->directory);

    setenv("CREDENTIALS_DIRECTORY", place->directory, 1);
    /* systemd closes the directory, not the file. */
    write_secret(place, SECRET "\n", strlen(SECRET "\n"), 0444);
    expect_secret(APP_TEXT);
    assert_int_equal(rename(place->file, named), 0);
    expect_secret("[app second app]\napp_id = a\n");
    expect_problem(
        APP_TEXT, "a.conf:1: [app] app_secret_file: ",
        "there is no systemd credential app_secret: add LoadCredential=app_secret:FILE to the unit, "
        "or write app_secret_file here");
    assert_int_equal(unlink(named), 0);
    /* The key goes first. */
    write_secret(place, SECRET, strlen(SECRET), 0600);
    setenv("CREDENTIALS_DIRECTORY", "/nonexistent", 1);
    expect_secret(place->text);
    /* An [app] that nobody fills in needs none. */
    config_free(load_good("[app]\n"));
}

static void outside_systemd_a_missing_one_is_a_note(void **state)
{
    struct loaded loaded = load_one(APP_TEXT "[app second]\napp_id = b\n");

    (void)state;
    assert_int_equal(loaded.result, 0);
    assert_string_equal(loaded.problems, "");
    assert_string_equal(loaded.notes,
                        "a.conf:1: note: [app] app_secret_file: the secret comes from the systemd credential "
                        "app_secret, which is not there outside systemd\n"
                        "a.conf:4: note: [app second] app_secret_file: the secret comes from the systemd "
                        "credential app_secret.second, which is not there outside systemd\n");
    assert_null(loaded.config->apps[0]->app_secret);
    loaded_fini(&loaded);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_gives_it_without_white_space_at_its_end),
        TEST(a_file_that_others_can_read_is_a_mistake),
        TEST(a_file_that_holds_no_secret_is_a_mistake),
        TEST(a_file_that_is_none_is_a_mistake),
        TEST(a_credential_gives_it),
        TEST(outside_systemd_a_missing_one_is_a_note),
    };

    unsetenv("CREDENTIALS_DIRECTORY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
