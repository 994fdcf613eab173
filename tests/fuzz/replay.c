/*
 * Runs a fuzz target without libFuzzer, so that `make check` tries again what fuzzing once found. A program
 * fuzz-NAME is made of this file and fuzz-NAME.c, and takes its inputs from tests/fuzz/corpus/NAME; or those
 * that are named as arguments. Each is tried as a whole and cut off at many places. Writes TAP.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/buffer.h"
#include "lib/fuzz.h"

/* How many beginnings of an input are tried. */
#define BEGINNINGS 64

static int read_file(const char *path, struct buffer *data)
{
    FILE *file = fopen(path, "re");
    size_t length;
    int r;

    if (file == NULL)
        return -errno;
    do {
        buffer_reserve(data, 65536);
        length = fread(data->data + data->length, 1, 65536, file);
        data->length += length;
    } while (length > 0);
    r = ferror(file) ? -EIO : 0;
    fclose(file);
    return r;
}

/* In memory of exactly this size, so that the sanitizer and valgrind see a read beyond it. */
static void try(const char *data, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    if (copy == NULL)
        abort();
    if (length > 0)
        memcpy(copy, data, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

/* Prints a line for the input; what is wrong with it ends the process, so the line above tells which it was.
 */
static void replay(int number, const char *path)
{
    struct buffer data = BUFFER_EMPTY;
    int r = read_file(path, &data);

    printf("# %s\n", path);
    fflush(stdout);
    if (r == 0) {
        size_t step = data.length / BEGINNINGS + 1;

        for (size_t length = 0; length < data.length; length += step)
            try(data.data, length);
        try(data.data, data.length);
    }
    printf("%s %d - %s\n", r == 0 ? "ok" : "not ok", number, path);
    fflush(stdout);
    buffer_fini(&data);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_corpus(const char *program)
{
    const char *source = getenv("MEETINGD_SOURCE"), *name = strrchr(program, '/');
    CLEANUP_FREE char *directory = NULL;
    struct dirent **entries;
    int count;

    name = name != NULL ? name + 1 : program;
    if (strncmp(name, "fuzz-", strlen("fuzz-")) == 0)
        name += strlen("fuzz-");
    directory = xasprintf("%s/tests/fuzz/corpus/%s", source != NULL ? source : "..", name);
    count = scandir(directory, &entries, is_input, alphasort);
    if (count <= 0) {
        printf("Bail out! %s: %s\n", directory, count < 0 ? strerror(errno) : "there is no input");
        return EXIT_FAILURE;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        CLEANUP_FREE char *path = xasprintf("%s/%s", directory, entries[i]->d_name);

        replay(i + 1, path);
        free(entries[i]);
    }
    free(entries);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 1)
        return replay_corpus(argv[0]);
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++)
        replay(i, argv[i]);
    return EXIT_SUCCESS;
}
