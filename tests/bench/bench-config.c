/*
 * How long a configuration of 1,000 and of 10,000 plans takes to read, from a file to settings and back to
 * nothing. Prints the milliseconds of the best of several runs, and how many times longer ten times as many
 * plans take: about 10, unless something grows faster than the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "config/config.h"

#define RUNS 7

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Rules as people write them, and now and then one that has to be counted. */
static const char *rule_of(int plan)
{
    static const char *const rules[] = {
        "",
        "rrule = FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\nexdate = 2028-12-25, 2029-01-01, 2029-05-01\n",
        "rrule = FREQ=DAILY;INTERVAL=2\n",
        "rrule = FREQ=MONTHLY\nexdate = 2029-12-25\n",
        "rrule = FREQ=DAILY;UNTIL=20281231\n",
        "rrule = FREQ=DAILY;COUNT=60\n",
    };

    return rules[plan % (int)ELEMENTS(rules)];
}

static void write_plans(FILE *file, int plans)
{
    fputs("[daemon]\ntimezone = Asia/Shanghai\n[app]\napp_id = cli_a\nowner_id = ou_owner\n", file);
    for (int i = 0; i < plans; i++)
        fprintf(file,
                "\n# plan %d\n[reservation 站会 %d]\ntopic = 每日站会 %d\nstart = 2026-%02d-%02d 09:30\n"
                "duration = 30min\ncreate_ahead = 12h\npassword = %06d\nassign_host_list = ou_a%d, ou_b%d\n"
                "action_permission = host user_id allow ou_a%d, ou_b%d\n"
                "action_permission = invite user_type allow lark, rooms\n%s",
                i, i, i, i % 12 + 1, i % 28 + 1, i % 1000000, i, i, i, i, rule_of(i));
}

/* Milliseconds of the best run; below 0 where the file was not read. */
static double measure(const char *path, int plans)
{
    double best = -1;

    for (int run = 0; run < RUNS; run++) {
        double start = now_ms(), took;
        struct config_report report;
        struct config *config = NULL;
        bool good = config_load(path, &config, &report) == 0 && config->plans.count == (size_t)plans;

        config_report_fini(&report);
        config_free(config);
        took = now_ms() - start;
        if (!good)
            return -1;
        if (best < 0 || took < best)
            best = took;
    }
    return best;
}

int main(void)
{
    static const int sizes[] = {1000, 10000};
    double best[ELEMENTS(sizes)];

    for (size_t i = 0; i < ELEMENTS(sizes); i++) {
        char path[] = "/tmp/bench-config-XXXXXX";
        int fd = mkstemp(path);
        FILE *file = fd >= 0 ? fdopen(fd, "we") : NULL;

        if (file == NULL) {
            perror("bench-config");
            return EXIT_FAILURE;
        }
        write_plans(file, sizes[i]);
        fclose(file);
        best[i] = measure(path, sizes[i]);
        unlink(path);
        if (best[i] < 0) {
            fputs("bench-config: its own configuration is not taken\n", stderr);
            return EXIT_FAILURE;
        }
        printf("%6d plans: %8.2f ms\n", sizes[i], best[i]);
    }
    printf("10 times the plans take %.1f times as long\n", best[1] / best[0]);
    return EXIT_SUCCESS;
}
