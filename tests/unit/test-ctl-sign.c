/* ctl: the room sign, on screens of every size. */
#include "lib/test.h"

#include "base/base.h"
#include "ctl/sign.h"
#include "ctl/text.h"

/* 2026-11-23 09:30:00 in Shanghai. */
#define NOW INT64_C(1795397400)

static const struct times times = {.now_ms = NOW * 1000, .words = true};

#define RESERVATION(state, start, end, more)                                                                 \
    "{\"state\":\"" state "\",\"start_time\":" start ",\"end_time\":" end ",\"url\":\"https://x/1\"" more "}"

static void read_reservations(struct list *list, const char *items)
{
    char *text = xasprintf("{\"parameters\":{\"reservations\":[%s]}}", items);
    struct reply reply;

    list_init(list);
    assert_int_equal(reply_read(&reply, text, strlen(text), NULL), 0);
    assert_int_equal(list_add(list, &reply, "reservations", NULL), 0);
    reply_fini(&reply);
}

static void what_goes_on_and_what_comes_next_is_chosen(void **state)
{
    static const struct {
        const char *items;
        int current, next; /* -1: none */
    } cases[] = {
        {"", -1, -1},
        {RESERVATION("ended", "1795390000", "1795391000", ""), -1, -1},
        {RESERVATION("reserved", "1795397000", "1795398000", ""), 0, -1},
        /* What ends now is over. */
        {RESERVATION("reserved", "1795397000", "1795397400", ""), -1, -1},
        {RESERVATION("deleted", "1795397000", "1795398000", ""), -1, -1},
        /* A meeting goes before the slot that has begun beside it. */
        {RESERVATION("live", "1795390000", "1795391000", "") "," RESERVATION("reserved", "1795397000",
                                                                             "1795398000", ""),
         0, -1},
        {RESERVATION("reserved", "1795397000", "1795398000", "") "," RESERVATION("live", "1795390000",
                                                                                 "1795391000", ""),
         1, -1},
        {RESERVATION("planned", "1795499000", "1795499900", "") "," RESERVATION("reserved", "1795398000",
                                                                                "1795399000", ""),
         -1, 1},
        /* One without a timetable always goes on. */
        {"{\"state\":\"reserved\",\"url\":\"https://x/1\"}", 0, -1},
    };

    (void)state;
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        struct sign sign = {.name = "x"};
        struct list list;

        read_reservations(&list, cases[i].items);
        sign_choose(&sign, &list, NOW);
        assert_ptr_equal(sign.current,
                         cases[i].current < 0 ? NULL : list_item(&list, (size_t)cases[i].current));
        assert_ptr_equal(sign.next, cases[i].next < 0 ? NULL : list_item(&list, (size_t)cases[i].next));
        list_fini(&list);
    }
}

/* The lines of the screen, without what the terminal obeys. The caller frees it. */
static char *draw(const struct sign *sign, size_t rows, size_t columns)
{
    struct output output = {.text = BUFFER_EMPTY};
    struct buffer lines = BUFFER_EMPTY;

    sign_draw(&output, &times, sign, rows, columns);
    buffer_append_text(&lines, "");
    for (const char *c = output.text.data; *c != '\0'; c++) {
        if (*c == '\033')
            c += strcspn(c, "HKJm");
        else if (*c != '\r')
            buffer_append_char(&lines, *c);
    }
    buffer_fini(&output.text);
    return buffer_take(&lines);
}

static void each_size_has_what_matters(void **state)
{
    static const char text[] =
        "{\"parameters\":{\"meeting\":{\"status\":2,\"in_meeting\":3,\"start_time\":1795396800,"
        "\"password\":\"971024\",\"observed_at\":1795397395000,\"participants\":[{\"id\":\"ou_a\",\"status\":"
        "2,"
        "\"is_host\":true},{\"id\":\"ou_gone\",\"status\":4},{\"id\":\"ou_b\",\"status\":2},"
        "{\"id\":\"ou_c\",\"status\":2}]}}}";
    static const struct {
        size_t rows, columns;
        const char *wanted[6], *absent;
    } cases[] = {
        {24,
         80,
         {"站会   ", "ON NOW, until 10:00 (in 30min)", "ou_a (host)", "ou_c", "As of 09:29:55",
          "Next tomorrow 09:30"},
         "ou_gone"},
        {10,
         80,
         {"ON NOW", "每日站会", "ou_a (host)", "and 2 more", "https://x/1", "Number 337736498"},
         "ou_b"},
        {5, 20, {"ON NOW, until 10:00…", "每日站会", "3 in the room", "https://x/1", "Number"}, "ou_a"},
        {1, 8, {"ON NOW,…"}, "站会"},
    };
    struct sign sign = {.name = "站会"};
    char *message = xstrdup(text);
    struct reply reply;
    struct list list;

    (void)state;
    read_reservations(&list,
                      RESERVATION("live", "1795397400", "1795399200",
                                  ",\"topic\":\"每日站会\",\"password\":\"971024\",\"meeting_no\":"
                                  "\"337736498\"") "," RESERVATION("planned", "1795483800", "1795485600",
                                                                   ",\"topic\":\"每日站会\""));
    assert_int_equal(reply_read(&reply, message, strlen(message), NULL), 0);
    sign_choose(&sign, &list, NOW);
    sign.meeting = member_object(reply.parameters, "meeting");
    for (size_t i = 0; i < ELEMENTS(cases); i++) {
        char *screen = draw(&sign, cases[i].rows, cases[i].columns);
        size_t rows = 1;

        for (const char *c = screen; *c != '\0'; c++)
            rows += *c == '\n';
        assert_true(rows <= cases[i].rows);
        for (size_t j = 0; j < ELEMENTS(cases[i].wanted) && cases[i].wanted[j] != NULL; j++) {
            if (strstr(screen, cases[i].wanted[j]) == NULL)
                fail_msg("case %zu lacks '%s':\n%s", i, cases[i].wanted[j], screen);
        }
        assert_null(strstr(screen, cases[i].absent));
        assert_null(strstr(screen, "971024"));
        free(screen);
    }
    reply_fini(&reply);
    list_fini(&list);
}

static void news_that_is_old_says_so(void **state)
{
    struct sign sign = {.name = "x"};
    struct list list;
    char *screen;

    (void)state;
    read_reservations(&list, RESERVATION("reserved", "1795397000", "1795398000",
                                         ",\"stale\":true,\"observed_at\":1795396680000"));
    sign_choose(&sign, &list, NOW);
    screen = draw(&sign, 24, 80);
    assert_non_null(strstr(screen, "STALE: this is 12min old"));
    assert_non_null(strstr(screen, "NOBODY IN, until 09:40"));
    assert_non_null(strstr(screen, "As of 09:18:00, 12min ago"));
    free(screen);
    sign.away_since = NOW - 600;
    screen = draw(&sign, 24, 80);
    assert_non_null(strstr(screen, "NO NEWS since 09:20: meetingd is away"));
    free(screen);
    list_fini(&list);
}

static void numbers_may_be_anything(void **state)
{
    static const char *const numbers[] = {"-9223372036854775808", "9223372036854775807", "null", "\"x\"",
                                          "-1"};

    (void)state;
    for (size_t i = 0; i < ELEMENTS(numbers); i++) {
        char *text =
            xasprintf("{\"state\":\"live\",\"stale\":true,\"status\":2,\"in_meeting\":%s,\"start_time\":%s,"
                      "\"end_time\":%s,\"observed_at\":%s},"
                      "{\"state\":\"planned\",\"start_time\":9223372036854775807,\"end_time\":%s}",
                      numbers[i], numbers[i], numbers[i], numbers[i], numbers[i]);
        struct sign sign = {.name = "x"};
        struct list list;

        read_reservations(&list, text);
        sign_choose(&sign, &list, NOW);
        assert_non_null(sign.current);
        sign.meeting = sign.current;
        for (size_t rows = 1; rows < 30; rows++)
            free(draw(&sign, rows, 3 * rows));
        free(text);
        list_fini(&list);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_on_and_what_comes_next_is_chosen),
        cmocka_unit_test(each_size_has_what_matters),
        cmocka_unit_test(news_that_is_old_says_so),
        cmocka_unit_test(numbers_may_be_anything),
    };

    setenv("TZ", "Asia/Shanghai", 1);
    text_set_locale();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
