/* Days of the calendar as numbers, so that one can count with them. */
#ifndef MEETINGD_MODEL_DAY_H
#define MEETINGD_MODEL_DAY_H

/* The last year that times may lie in: libical computes a zone's changes up to 2582, and times after that
 * take it 20 ms each. */
#define YEAR_MAX 2499

/* Days since 1970-01-01; before it below 0. Months and days count from 1. */
int day_number(int year, int month, int day);

void day_date(int number, int *ret_year, int *ret_month, int *ret_day);

/* 0 Sunday, 6 Saturday. */
int day_weekday(int number);

int day_count_of_month(int year, int month);

#endif
