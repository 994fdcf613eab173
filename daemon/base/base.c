#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory is gone: nothing that could still be done is better than a restart. */
static void out_of_memory(void)
{
    fputs("meetingd: out of memory\n", stderr);
    abort();
}

void *xalloc(size_t size)
{
    return xcalloc(1, size);
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (memory == NULL)
        out_of_memory();
    return memory;
}

void *xrealloc(void *memory, size_t count, size_t size)
{
    void *grown = reallocarray(memory, count, size);

    if (grown == NULL && count != 0 && size != 0)
        out_of_memory();
    return grown;
}

char *xstrdup(const char *text)
{
    return text == NULL ? NULL : xstrndup(text, strlen(text));
}

char *xstrndup(const char *text, size_t length)
{
    char *copy = xalloc(length + 1);

    memcpy(copy, text, length);
    return copy;
}

char *xvasprintf(const char *format, va_list arguments)
{
    char *text;

    if (vasprintf(&text, format, arguments) < 0)
        out_of_memory();
    return text;
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = xvasprintf(format, arguments);
    va_end(arguments);
    return text;
}

void cleanup_free_pointer(void *variable)
{
    free(*(void **)variable);
}

char *secret_free(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
    return NULL;
}
