#include "lib/hook-house.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/base.h"
#include "lib/test.h"

static char *path_of(const struct hook_house *house, const char *name)
{
    return xasprintf("%s/%s", house->directory, name);
}

char *hook_house_read(const struct hook_house *house, const char *name)
{
    CLEANUP_FREE char *path = path_of(house, name);
    struct buffer text = BUFFER_EMPTY;
    FILE *file = fopen(path, "re");
    char chunk[4096];
    size_t length;

    buffer_append_text(&text, "");
    while (file != NULL && (length = fread(chunk, 1, sizeof(chunk), file)) > 0)
        buffer_append(&text, chunk, length);
    if (file != NULL)
        fclose(file);
    return buffer_take(&text);
}

static void write_event(void *data, const struct event *event, struct buffer *out)
{
    const struct hook_house *house = data;

    buffer_printf(out, "{\"kind\":\"%s\",\"sequence\":%d,\"padding\":\"", event_kind_name(event->kind),
                  (int)event->sequence);
    for (size_t i = 0; i < house->padding; i++)
        buffer_append_char(out, 'x');
    buffer_append_text(out, "\"}");
}

int hook_house_set_up(void **state)
{
    struct hook_house *house = xalloc(sizeof(*house));
    char *name = test_make_directory(), *fifo;
    struct error error;

    signal(SIGPIPE, SIG_IGN);
    house->directory = realpath(name, NULL);
    free(name);
    assert_non_null(house->directory);
    fifo = path_of(house, "go");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    house->go = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    free(fifo);
    assert_true(house->go >= 0);
    fake_clock_init(&house->clock, INT64_C(1795397400000));
    assert_int_equal(uv_loop_init(&house->loop), 0);
    assert_int_equal(timers_new(&house->timers, NULL, &house->clock.clock, &error), 0);
    house->time = (struct test_time){.loop = &house->loop, .timers = house->timers, .clock = &house->clock};
    house->cache = cache_new(&house->clock.clock, 1);
    house->hooks = hooks_new(&(struct hooks_options){
        .loop = &house->loop,
        .timers = house->timers,
        .cache = house->cache,
        .settings = &house->settings,
        .event_text = write_event,
        .data = house,
    });
    *state = house;
    return 0;
}

void hook_house_on_stopped(void *data)
{
    ((struct hook_house *)data)->stopped = true;
}

void hook_house_let_go(const struct hook_house *house, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(write(house->go, "\n", 1), 1);
}

bool hook_house_is_stopped(void *data)
{
    return ((struct hook_house *)data)->stopped;
}

int hook_house_tear_down(void **state)
{
    struct hook_house *house = *state;
    CLEANUP_FREE char *command = xasprintf("rm -rf '%s'", house->directory);

    house->stopped = !hooks_stop(house->hooks, hook_house_on_stopped, house);
    /* SIGTERM, SIGKILL, and whoever holds the output. */
    for (int i = 0; !house->stopped && i < 3; i++) {
        fake_clock_pass(&house->clock, MS_PER_SECOND);
        test_turn(&house->time);
    }
    test_turn_until(&house->time, hook_house_is_stopped, house);
    hooks_free(house->hooks);
    cache_free(house->cache);
    timers_close(house->timers, NULL, NULL);
    test_loop_end(&house->loop);
    close(house->go);
    hook_list_fini(&house->settings);
    buffer_fini(&house->test);
    assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
    free(house->directory);
    free(house);
    return 0;
}

struct hook *hook_house_add(struct hook_house *house, const char *name, uint32_t kinds, const char *script)
{
    struct hook *hook = xalloc(sizeof(*hook));
    CLEANUP_FREE char *text = xasprintf("cd '%s'\n%s\n", house->directory, script);

    hook->name = xstrdup(name);
    hook->on.kinds = kinds;
    hook->on.first = EVENT_MEETING_STARTED;
    string_list_add(&hook->exec, "/bin/sh");
    string_list_add(&hook->exec, "-c");
    string_list_add(&hook->exec, text);
    string_list_add(&hook->exec, "hook");
    hook->timeout_ms = 10 * MS_PER_SECOND;
    hook_list_take(&house->settings, hook);
    return hook;
}

void hook_house_set(struct hook_house *house)
{
    hooks_set(house->hooks, &house->settings);
}

void hook_house_happen(struct hook_house *house, enum event_kind kind)
{
    struct reservation *reservation = reservation_new("standup@20261123T013000Z");
    struct meeting *meeting = meeting_new("71");

    reservation->name = xstrdup("standup");
    reservation->occurrence = xstrdup("standup@20261123T013000Z");
    reservation->reserve_id = xstrdup("6911188411932033028");
    meeting->in_meeting = 2;
    cache_announce(house->cache,
                   &(struct event){.kind = kind, .reservation = reservation, .meeting = meeting});
    reservation_free(reservation);
    meeting_free(meeting);
}

struct hooks_view hook_house_view(const struct hook_house *house, size_t index)
{
    struct hooks_view view;

    hooks_view(house->hooks, index, &view);
    return view;
}

struct wanted {
    const struct hook_house *house;
    const char *file, *text;
    size_t index;
    uint64_t runs;
};

static bool has_text(void *data)
{
    const struct wanted *wanted = data;
    CLEANUP_FREE char *text = hook_house_read(wanted->house, wanted->file);

    return strcmp(text, wanted->text) == 0;
}

void hook_house_wait_for_text(struct hook_house *house, const char *file, const char *text)
{
    struct wanted wanted = {.house = house, .file = file, .text = text};

    test_turn_until(&house->time, has_text, &wanted);
}

static bool has_run(void *data)
{
    const struct wanted *wanted = data;

    return hook_house_view(wanted->house, wanted->index).runs >= wanted->runs;
}

void hook_house_wait_for_runs_of(struct hook_house *house, size_t index, uint64_t runs)
{
    struct wanted wanted = {.house = house, .index = index, .runs = runs};

    test_turn_until(&house->time, has_run, &wanted);
}

void hook_house_wait_for_runs(struct hook_house *house, uint64_t runs)
{
    hook_house_wait_for_runs_of(house, 0, runs);
}

bool hook_house_is_dead(void *data)
{
    CLEANUP_FREE char *path = xasprintf("/proc/%s/stat", (const char *)data);
    char text[512] = "", *end;
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return true;
    if (fgets(text, sizeof(text), file) == NULL)
        text[0] = '\0';
    fclose(file);
    end = strrchr(text, ')');
    return end == NULL || end[2] == 'Z' || end[2] == 'X';
}

char *hook_house_pid(const struct hook_house *house, const char *name)
{
    char *pid = hook_house_read(house, name);

    pid[strcspn(pid, "\n")] = '\0';
    return pid;
}
