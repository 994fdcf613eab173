#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "client.h"

/* Between two attempts to connect again. */
#define PAUSE_MS     100
#define PAUSE_MAX_MS (5 * MS_PER_SECOND)

/* A connection that has held for so long was a good one, also where nothing happened on it. */
#define GOOD_MS (10 * MS_PER_SECOND)

struct stream {
    struct ctl *ctl;
    char *name; /* NULL: all */
    struct client *client;
    bool begun;       /* there was an event */
    int64_t sequence; /* of the last one; negative: a snapshot is wanted */
    bool resuming;    /* the call under way goes on from there */
    bool answered;    /* it has had an answer */
    bool ended;       /* its last answer has come */
    bool told;        /* STREAM_LOST was said since the last event */
    int64_t asked_ms; /* boot time */
    int64_t again_ms; /* of the next attempt, while there is no client */
    int64_t pause_ms;
    struct error why;
    int code;
};

static int64_t now_ms(void)
{
    return clock_boot_ms(clock_system());
}

struct stream *stream_new(struct ctl *ctl, const char *name)
{
    struct stream *stream = xalloc(sizeof(*stream));

    stream->ctl = ctl;
    stream->name = xstrdup(name);
    stream->sequence = -1;
    stream->pause_ms = PAUSE_MS;
    return stream;
}

struct stream *stream_free(struct stream *stream)
{
    if (stream == NULL)
        return NULL;
    client_free(stream->client);
    free(stream->name);
    free(stream);
    return NULL;
}

const char *stream_why(const struct stream *stream)
{
    return stream->why.text;
}

int stream_code(const struct stream *stream)
{
    return stream->code;
}

static enum stream_news end(struct stream *stream, int code)
{
    stream->code = code;
    return STREAM_END;
}

static void note_good(struct stream *stream)
{
    stream->told = false;
    stream->pause_ms = PAUSE_MS;
}

static void drop(struct stream *stream)
{
    stream->client = client_free(stream->client);
    stream->again_ms = now_ms() + stream->pause_ms;
    stream->pause_ms = stream->pause_ms * 2 < PAUSE_MAX_MS ? stream->pause_ms * 2 : PAUSE_MAX_MS;
}

static int ask(struct stream *stream)
{
    struct json_object *parameters = json_object_new_object();

    if (stream->name != NULL)
        json_object_object_add(parameters, "name", json_object_new_string(stream->name));
    stream->resuming = stream->sequence >= 0;
    if (stream->resuming)
        json_object_object_add(parameters, "since_sequence", json_object_new_int64(stream->sequence));
    stream->answered = false;
    stream->asked_ms = now_ms();
    return client_send(stream->client, "io.meetingd.Monitor", parameters, true, &stream->why);
}

/* Says what became of the connection; true: there is something to say. */
static bool lost(struct stream *stream, enum stream_news *ret)
{
    int code = stream->why.code;

    if (!stream->begun || code == -EBADMSG || code == -EMSGSIZE) {
        *ret = end(stream, ctl_lost(stream->ctl, &stream->why));
        return true;
    }
    if (now_ms() - stream->asked_ms >= GOOD_MS)
        note_good(stream);
    drop(stream);
    if (stream->told)
        return false;
    stream->told = true;
    *ret = STREAM_LOST;
    return true;
}

/* Connects and asks, where it is time to; true: there is something to say. */
static bool connect_again(struct stream *stream, enum stream_news *ret)
{
    if (now_ms() < stream->again_ms)
        return false;
    if (ctl_connect(stream->ctl, &stream->client, &stream->why) < 0) {
        if (!stream->begun) {
            *ret = end(stream, ctl_no_daemon(&stream->why));
            return true;
        }
        drop(stream);
        return false;
    }
    return ask(stream) < 0 && lost(stream, ret);
}

/* The call has ended with an error; true: there is something to say. */
static bool take_error(struct stream *stream, const struct reply *reply, enum stream_news *ret)
{
    bool overrun = strcmp(reply->error, "io.meetingd.Overrun") == 0;

    /* Too slow; perhaps what is missing is still kept. */
    if (overrun && stream->answered) {
        drop(stream);
        return false;
    }
    if (overrun && stream->resuming) {
        stream->sequence = -1;
        *ret = ask(stream) == 0 ? STREAM_GAP : STREAM_END;
        if (*ret == STREAM_END)
            end(stream, ctl_lost(stream->ctl, &stream->why));
        return true;
    }
    *ret = end(stream, refusal_report(stream->ctl, reply, NULL));
    return true;
}

/* One reply; true: there is something to say. */
static bool take_reply(struct stream *stream, struct reply *reply, enum stream_news *ret)
{
    struct json_object *event;

    if (client_receive(stream->client, reply, &stream->why) < 0)
        return lost(stream, ret);
    if (reply->error != NULL) {
        bool says = take_error(stream, reply, ret);

        reply_fini(reply);
        return says;
    }
    event = member_object(reply->parameters, "event");
    if (event == NULL) {
        reply_fini(reply);
        *ret = end(stream, ctl_no_member(stream->ctl, "event"));
        return true;
    }
    member_int(event, "sequence", &stream->sequence);
    stream->begun = stream->answered = true;
    stream->ended = !reply->continues;
    note_good(stream);
    *ret = STREAM_EVENT;
    return true;
}

/* When poll(2) must be back at the latest, without the caller's deadline; negative: never. A snapshot comes
 * at once, while one that goes on may hear nothing for long. */
static int64_t own_deadline(const struct stream *stream)
{
    if (stream->client == NULL)
        return stream->again_ms;
    return stream->answered || stream->resuming ? -1 : stream->asked_ms + client_timeout_ms(stream->client);
}

static int time_left(int64_t deadline_ms)
{
    int64_t left = deadline_ms - now_ms();

    return left <= 0 ? 0 : left > MS_PER_HOUR ? (int)MS_PER_HOUR : (int)left;
}

/* Returns what poll(2) does; `ret_readable`: the daemon has said something. */
static int wait(const struct stream *stream, int64_t deadline_ms, struct pollfd *others, size_t other_count,
                bool *ret_readable)
{
    struct pollfd fds[1 + STREAM_OTHERS_MAX] = {{.fd = -1, .events = POLLIN}};
    int64_t own_ms = own_deadline(stream);
    int count, left_ms = -1;

    if (stream->client != NULL)
        fds[0].fd = client_descriptor(stream->client);
    if (other_count > 0)
        memcpy(fds + 1, others, other_count * sizeof(*others));
    if (own_ms >= 0 && (deadline_ms < 0 || own_ms < deadline_ms))
        deadline_ms = own_ms;
    if (deadline_ms >= 0)
        left_ms = time_left(deadline_ms);
    count = poll(fds, 1 + (nfds_t)other_count, left_ms);
    if (count < 0)
        return count;
    if (other_count > 0)
        memcpy(others, fds + 1, other_count * sizeof(*others));
    *ret_readable = fds[0].revents != 0;
    return count;
}

enum stream_news stream_next(struct stream *stream, int64_t deadline_ms, struct pollfd *others,
                             size_t other_count, struct reply *ret)
{
    enum stream_news news;

    if (stream->ended) {
        complain("the daemon has ended this watch");
        return end(stream, EXIT_NO_DAEMON);
    }
    for (;;) {
        bool readable = stream->client != NULL && client_has_begun(stream->client);

        if (stream->client == NULL && connect_again(stream, &news))
            return news;
        if (!readable) {
            int count = wait(stream, deadline_ms, others, other_count, &readable);

            if (count < 0)
                return STREAM_SIGNAL;
            if (count > (readable ? 1 : 0))
                return STREAM_OTHER;
            if (deadline_ms >= 0 && !readable && now_ms() >= deadline_ms)
                return STREAM_TIME;
        }
        if (readable && take_reply(stream, ret, &news))
            return news;
        if (stream->client != NULL && own_deadline(stream) >= 0 && now_ms() >= own_deadline(stream)) {
            client_timed_out(stream->client, &stream->why);
            if (lost(stream, &news))
                return news;
        }
    }
}
