#include "report/access_report.h"

#include <inttypes.h>

#include <mm/pgtable.h>
#include <mm/region.h>

void access_print(const struct replay_failure *failure, int indent, FILE *out)
{
    const struct mm_access *access = &failure->access;
    char region[64] = "none";

    if (failure->cause != MM_BAD_ACCESS)
        return;
    if (access->region_start != access->region_end)
        snprintf(region, sizeof region, "%s %08x-%08x",
                 region_kind_name((enum region_kind)access->region_kind), access->region_start,
                 access->region_end);
    fprintf(out, "%*sprocess %" PRIu64 ", %s at 0x%08x (error code 0x%x):\n%*s", indent, "",
            failure->process, access->error_code & FAULT_WRITE ? "write" : "read", access->va.value,
            access->error_code, indent + 2, "");
    if (access->why == MM_ACCESS_NULL)
        fputs("the page at address 0 is never mapped\n", out);
    else if (access->why == MM_ACCESS_KERNEL)
        fputs("that is the kernel's\n", out);
    else if (access->why == MM_ACCESS_NO_REGION)
        fprintf(out, "in no region; the next is %s\n", region);
    else
        fprintf(out, "%s is read-only\n", region);
}
