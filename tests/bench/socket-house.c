/*
 * The daemon's socket with nothing behind it but a cache with one meeting of ten, and an empty store
 * (SOCKET.db): the interface, its Monitor and the server are the daemon's own. What is sent to SOCKET.trigger
 * makes the meeting change, as a look at Feishu would; so what is measured is the way from a change to those
 * who watch, and no network.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "interface/interface.h"

struct house {
    uv_loop_t loop;
    struct timers *timers;
    struct store *store;
    struct cache *cache;
    struct interface *interface;
    struct string_list operators;
    uv_pipe_t trigger;
};

static struct meeting *meeting_of_ten(int64_t now_ms)
{
    struct meeting *meeting = meeting_new("6911188411934433028");

    meeting->reservation = xstrdup("standup@20261123T013000Z");
    meeting->name = xstrdup("standup");
    meeting->app = xstrdup("default");
    meeting->topic = xstrdup("每日站会");
    meeting->reserve_id = xstrdup("6911188411932033028");
    meeting->url = xstrdup("https://vc.feishu.cn/j/337736498");
    meeting->meeting_no = xstrdup("337736498");
    meeting->status = MEETING_IN_PROGRESS;
    meeting->start_time = now_ms / MS_PER_SECOND;
    meeting->observed_at = now_ms;
    meeting->participants_known = true;
    for (int i = 0; i < 10; i++) {
        struct participant *participant = meeting_add_participant(meeting);

        participant->id = xasprintf("ou_3ec3f6a28a0d08c45d895276e8e5e1%02d", i);
        participant->user_type = 1;
        participant->first_join_time = now_ms / MS_PER_SECOND + i;
        participant->in_meeting_duration = 60;
        participant->is_host = i == 0 ? FLAG_YES : FLAG_NO;
        participant->is_external = FLAG_NO;
        participant->status = PARTICIPANT_IN_MEETING;
    }
    meeting_count(meeting);
    return meeting;
}

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
    static char room[4096];

    (void)handle;
    (void)size;
    *ret = uv_buf_init(room, sizeof(room));
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_trigger(uv_stream_t *teller, ssize_t got, const uv_buf_t *room)
{
    struct house *house = teller->data;
    struct meeting *meeting = meeting_of_ten(clock_wall_ms(clock_system()));

    (void)room;
    if (got < 0)
        uv_close((uv_handle_t *)teller, on_closed);
    if (got <= 0) {
        meeting_free(meeting);
        return;
    }
    cache_put_meeting(house->cache, meeting);
    cache_announce(house->cache,
                   &(struct event){.kind = EVENT_MEETING_CHANGED,
                                   .reservation = cache_reservation(house->cache, meeting->reservation),
                                   .meeting = meeting});
}

static void on_teller(uv_stream_t *trigger, int status)
{
    uv_pipe_t *teller = xalloc(sizeof(*teller));

    (void)status;
    uv_pipe_init(trigger->loop, teller, 0);
    teller->data = trigger->data;
    if (uv_accept(trigger, (uv_stream_t *)teller) == 0)
        uv_read_start((uv_stream_t *)teller, on_room, on_trigger);
}

static void must(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "socket-house: %s: %s\n", what, uv_strerror(result));
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    struct house house = {.operators = {NULL, 0}};
    CLEANUP_FREE char *path = NULL, *database = NULL;
    struct reservation *reservation;
    struct meeting *meeting;
    struct error error;

    if (argc != 2) {
        fputs("socket-house SOCKET\n", stderr);
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN);
    path = xasprintf("%s.trigger", argv[1]);
    database = xasprintf("%s.db", argv[1]);
    must(uv_loop_init(&house.loop), "the loop");
    must(timers_new(&house.timers, &house.loop, clock_system(), &error), "the timers");
    must(store_open(&house.store, &house.loop, database, &error), database);
    house.cache = cache_new(clock_system(), store_next_sequence(house.store));
    meeting = meeting_of_ten(clock_wall_ms(clock_system()));
    reservation = reservation_new(meeting->reservation);
    reservation->name = xstrdup(meeting->name);
    reservation->reserve_id = xstrdup(meeting->reserve_id);
    reservation->state = RESERVATION_LIVE;
    cache_put_reservation(house.cache, reservation);
    cache_put_meeting(house.cache, meeting);
    must(interface_new(&house.interface,
                       &(struct interface_options){.loop = &house.loop,
                                                   .timers = house.timers,
                                                   .cache = house.cache,
                                                   .store = house.store,
                                                   .operators = &house.operators},
                       &error),
         "the interface");
    must(interface_listen(house.interface, argv[1], &error), argv[1]);
    must(uv_pipe_init(&house.loop, &house.trigger, 0), "the trigger");
    house.trigger.data = &house;
    must(uv_pipe_bind(&house.trigger, path), path);
    must(uv_listen((uv_stream_t *)&house.trigger, 8, on_teller), path);
    return uv_run(&house.loop, UV_RUN_DEFAULT); /* until it is killed */
}
