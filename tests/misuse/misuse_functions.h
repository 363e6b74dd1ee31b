/* Declares the function of each misuse in the table. */
#ifndef MISUSE_FUNCTIONS_H
#define MISUSE_FUNCTIONS_H

#include "misuse.h"

#define MISUSE(name, ...) void misuse_##name(struct misuse_attempt *attempt);
#include "misuse_table.h"
#undef MISUSE

#endif
