/* Boots the image with a module of probe programs, and reads its report. */
#ifndef MMU_BOOT_H
#define MMU_BOOT_H

#include "program.h"

#define BOOT_CHECKSUM                                                                              \
    UINT32_MAX /* in place of a step: the memory at the end of the case differs                    \
                */

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
 * Boot the image with the script. If the image ends without a report, its output goes to standard
 * error, and this process ends. The caller frees report->first.
 */
void boot_run(const char *script, const char *image, const char *module,
              struct boot_report *report);

#endif
