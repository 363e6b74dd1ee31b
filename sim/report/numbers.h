/* Numbers as people read them. */
#ifndef REPORT_NUMBERS_H
#define REPORT_NUMBERS_H

#include <stdint.h>

#define NUMBER_TEXT_BYTES 32u

struct number_text {
    char text[NUMBER_TEXT_BYTES];
};

/* 1234567 as "1,234,567" */
struct number_text number_grouped(uint64_t value);

/* 1536 as "1.5 KiB"; whole below 1 KiB: "512 B" */
struct number_text number_size(uint64_t bytes);

/* The same in at most 8 columns: from 100 units on they are whole, "762 MiB". */
struct number_text number_size_short(uint64_t bytes);

/* 456 as "45.6 %" */
struct number_text number_permille(uint32_t permille);

/* part of whole as a percentage: "12.3 %"; "0" and "100.0 %" are exact, "< 0.1 %" and "> 99.9 %"
   stand before them; "-" when whole is 0. part <= whole */
struct number_text number_share(uint64_t part, uint64_t whole);

/* The same with two digits: "12.34 %", "< 0.01 %". */
struct number_text number_share_fine(uint64_t part, uint64_t whole);

#endif
