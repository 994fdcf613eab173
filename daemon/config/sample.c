/* The sample that is shipped as conf/meetingd.conf: the table of keys, written out. */
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "config/config.h"
#include "config/keys.h"

static void add_key(struct buffer *sample, const struct key *key)
{
    buffer_printf(sample, "# %s\n#%s =%s%s\n", key->explanation, key->name, key->text[0] != '\0' ? " " : "",
                  key->text);
    for (const char *line = key->more_examples; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');

        buffer_printf(sample, "#%s = %.*s\n", key->name, (int)(end - line), line);
        line = end + 1;
    }
}

/* The section's keys whose use, as far as `mask` goes, is `use`. */
static void add_keys(struct buffer *sample, enum section_kind kind, unsigned mask, unsigned use)
{
    const struct section *section = &section_table[kind];

    for (size_t i = 0; i < section->key_count; i++) {
        const struct key *key = &key_table[section->first_key + i];

        if ((key->use & mask) == use)
            add_key(sample, key);
    }
}

char *config_sample(void)
{
    struct buffer sample = BUFFER_EMPTY;

    buffer_append_text(
        &sample,
        "# The configuration of meetingd; meetingd.conf(5) explains it, \"meetingctl check\" reads it.\n"
        "#\n"
        "# Every key is here, commented out. In [daemon], [app] and [poll] the values are the defaults\n"
        "# but where the line above says otherwise. Further files stand in meetingd.conf.d/*.conf beside\n"
        "# this one: what they set replaces what is set here.\n"
        "\n"
        "[daemon]\n");
    add_keys(&sample, SECTION_DAEMON, 0, 0);
    buffer_append_text(&sample, "\n# The app called default; [app NAME] adds another.\n[app]\n");
    add_keys(&sample, SECTION_APP, 0, 0);
    buffer_append_text(&sample, "\n# How often a reservation is looked at.\n[poll]\n");
    add_keys(&sample, SECTION_POLL, 0, 0);
    buffer_append_text(
        &sample,
        "\n"
        "# A plan: what is to be reserved. app, create_ahead, expire_after, link and on_remove have the\n"
        "# defaults, the rest are examples; a setting that is not written is not sent to Feishu.\n"
        "#[reservation standup]\n");
    add_keys(&sample, SECTION_RESERVATION, KEY_FOR_CALLS | KEY_FOR_ADOPTED, 0);
    buffer_append_text(&sample,
                       "\n"
                       "# A reservation made elsewhere: followed, never created, changed or deleted.\n"
                       "#[reservation board]\n");
    add_keys(&sample, SECTION_RESERVATION, KEY_FOR_ADOPTED, KEY_FOR_ADOPTED);
    buffer_append_text(&sample, "\n"
                                "# A call to a telephone.\n"
                                "#[reservation call the front desk]\n"
                                "#topic = Front desk\n"
                                "#start = 2026-11-24 10:00\n"
                                "#duration = 10min\n"
                                "#meeting_initial_type = call\n");
    add_keys(&sample, SECTION_RESERVATION, KEY_FOR_CALLS, KEY_FOR_CALLS);
    buffer_append_text(
        &sample, "\n"
                 "# A program to run when something happens: the event as JSON on standard input, its main\n"
                 "# fields as MEETINGD_* variables. timeout has the default, the rest are examples.\n"
                 "#[hook door light]\n");
    add_keys(&sample, SECTION_HOOK, 0, 0);
    return buffer_take(&sample);
}
