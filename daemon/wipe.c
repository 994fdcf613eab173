/*
 * What is freed is wiped. Secrets pass through libraries that free them as they are: json-c what it has read
 * and written, SQLite its rows, libcurl its headers. Here the C library's own two functions by which memory
 * is given back have a layer above them, for all of the process; no other code knows of it.
 *
 * It goes into the daemon alone. The sanitizers and valgrind have an allocator of their own; another one that
 * is preloaded would get half of the calls, and must not be.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

void __libc_free(void *memory);
void *__libc_realloc(void *memory, size_t size);

void free(void *memory)
{
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    __libc_free(memory);
}

/* Where it can stay it does, and what it gives back is wiped; it is not moved but by way of free(). */
void *realloc(void *memory, size_t size)
{
    size_t had = malloc_usable_size(memory);
    void *grown;

    if (memory == NULL)
        return malloc(size);
    if (size == 0) {
        free(memory);
        return NULL;
    }
    if (size <= had) {
        explicit_bzero((char *)memory + size, had - size);
        return __libc_realloc(memory, size);
    }
    grown = malloc(size);
    if (grown == NULL)
        return NULL;
    memcpy(grown, memory, had);
    free(memory);
    return grown;
}

#endif
