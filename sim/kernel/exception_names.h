/* The exceptions of an i386, as reports name them (Intel SDM vol. 3A, table 6-1). */
#ifndef KERNEL_EXCEPTION_NAMES_H
#define KERNEL_EXCEPTION_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* "general protection"; "interrupt" from 32 on, and for what is reserved. */
const char *exception_name(uint32_t vector);

bool exception_has_error_code(uint32_t vector);

#endif
