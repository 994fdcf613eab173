#include "model/day.h"

/* The calendar repeats itself every 400 years. */
#define ERA_YEARS 400
#define ERA_DAYS  146097

/* From 0000-03-01 to 1970-01-01: years are counted from March here, so that a leap day is a year's last. */
#define EPOCH_DAYS 719468

static int floor_divide(int number, int by)
{
    return (number >= 0 ? number : number - by + 1) / by;
}

int day_number(int year, int month, int day)
{
    int from_march = (month + 9) % 12, era, year_of_era, day_of_year;

    if (month <= 2)
        year--;
    era = floor_divide(year, ERA_YEARS);
    year_of_era = year - era * ERA_YEARS;
    day_of_year = (153 * from_march + 2) / 5 + day - 1;
    return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           EPOCH_DAYS;
}

void day_date(int number, int *ret_year, int *ret_month, int *ret_day)
{
    int since = number + EPOCH_DAYS, era = floor_divide(since, ERA_DAYS), day_of_era = since - era * ERA_DAYS;
    int year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int day_of_year = day_of_era - (365 * year + year / 4 - year / 100),
        from_march = (5 * day_of_year + 2) / 153;

    *ret_day = day_of_year - (153 * from_march + 2) / 5 + 1;
    *ret_month = from_march < 10 ? from_march + 3 : from_march - 9;
    *ret_year = year + era * ERA_YEARS + (*ret_month <= 2 ? 1 : 0);
}

int day_weekday(int number)
{
    int weekday = (number + 4) % 7; /* 1970-01-01 was a Thursday */

    return weekday < 0 ? weekday + 7 : weekday;
}

int day_count_of_month(int year, int month)
{
    return month == 12 ? 31 : day_number(year, month + 1, 1) - day_number(year, month, 1);
}
