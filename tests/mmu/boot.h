/* Boots the image with a module, and reads what it says. */
#ifndef MMU_BOOT_H
#define MMU_BOOT_H

#include "program.h"

#define BOOT_CHECKSUM UINT32_MAX /* as a step: the memory at the end of the case differs */

struct boot_difference {
    uint32_t number; /* of the case */
    uint32_t step;
    struct probe_outcome simulator, image;
};

struct boot_report {
    uint32_t accesses, differences;
    struct boot_difference *first; /* of each case that differs, in the order of the module */
    uint32_t cases;
};

/*
 * Boot, with the script that boots images. What it prints that is no report goes to standard error,
 * when it ends without one; then the process ends, too. report->first is the caller's to free.
 */
void boot_run(const char *script, const char *image, const char *module,
              struct boot_report *report);

#endif
