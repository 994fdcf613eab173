/* What a fuzz target defines, for libFuzzer and for replay.c. */
#ifndef MEETINGD_TESTS_FUZZ_H
#define MEETINGD_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Tries one input; aborts where something is wrong. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* NOLINT: the name is libFuzzer's */

#endif
