/* Random digits and letters: ids, tokens, numbers. The same seed gives the same ones again. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

/* `seed` 0: another one each time. */
void dice_init(struct dice *dice, uint64_t seed);

uint64_t dice_throw(struct dice *dice);

/* `count` characters of `alphabet` and a NUL. */
void dice_word(struct dice *dice, const char *alphabet, size_t count, char *ret);

#define DICE_DIGITS  "0123456789"
#define DICE_HEX     "0123456789ABCDEF"
#define DICE_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define DICE_LOWER   "abcdefghijklmnopqrstuvwxyz0123456789"

#endif
