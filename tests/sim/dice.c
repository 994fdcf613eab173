#include "sim/dice.h"

#include <string.h>
#include <sys/random.h>

void dice_init(struct dice *dice, uint64_t seed)
{
    dice->state = seed;
    if (seed == 0 && getrandom(&dice->state, sizeof(dice->state), 0) != sizeof(dice->state))
        dice->state = 1;
}

/* SplitMix64. */
uint64_t dice_throw(struct dice *dice)
{
    uint64_t value = dice->state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

void dice_word(struct dice *dice, const char *alphabet, size_t count, char *ret)
{
    size_t letters = strlen(alphabet);

    for (size_t i = 0; i < count; i++)
        ret[i] = alphabet[dice_throw(dice) % letters];
    ret[count] = '\0';
}
