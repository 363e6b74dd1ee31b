/* What is compared: the state after a case, and all of memory that it changed. */
#ifndef RANDOM_REPORT_H
#define RANDOM_REPORT_H

#include <stdbool.h>
#include <stdint.h>

/* Folds the state into the hash, puts the window back in order, and prints all if it is verbose. */
uint32_t report_case(uint32_t hash, uint32_t number, bool verbose);

/* Folds what of the window was changed by a store that did not set D. */
uint32_t report_window(uint32_t hash);

#endif
