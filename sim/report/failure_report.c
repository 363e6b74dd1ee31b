#include "report/failure_report.h"

#include <inttypes.h>

#include <mm/pgtable.h>
#include <mm/region.h>

#include "replay/culprit.h"
#include "report/numbers.h"
#include "trace/printable.h"

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
        fputs("the address belongs to the kernel\n", out);
    else if (access->why == MM_ACCESS_NO_REGION)
        fprintf(out, "the address is in no region; the next is %s\n", region);
    else
        fprintf(out, "%s is read-only\n", region);
}

const char *cause_meaning(enum mm_cause cause)
{
    static const char *const meanings[MM_CAUSE_COUNT] = {
        [MM_OK] = "",
        [MM_NO_FRAMES] = "fewer frames are free than the request needs",
        [MM_NO_RUN] = "enough is free, but nothing contiguous or aligned enough",
        [MM_BRK_BLOCKED] = "a used frame is in brk's way",
        [MM_NO_ADDRESS_SPACE] = "the virtual range for such blocks is full",
        [MM_ZONE] = "the zones that could serve the request are empty, but others are not",
        [MM_UNSUPPORTED] = "this strategy can't serve such a request at all",
        [MM_BAD_ACCESS] = "no region of the process allows the access",
    };

    return meanings[cause];
}

#define SITE_WIDTH 28 /* columns that are left of a hundred beside the longest numbers */

/* Describes a frame in which no block of the trace has a byte. */
static const char *nobody(enum frame_kind kind)
{
    if (kind == FRAME_DEVICE)
        return "not RAM";
    return kind == FRAME_METADATA ? "used by the memory manager"
                                  : "not used by any block of the trace";
}

/* Print the line about the blocker, indented as the one before it. */
static void print_blocker(const struct replay_failure *failure, struct trace *trace, FILE *out)
{
    const struct replay_culprit *blocker = &failure->blocker;

    if (pfn_is_none(blocker->frame))
        return;
    if (culprit_is_largest(failure->cause))
        fprintf(out, "           largest: %s frames from 0x%x, ",
                number_grouped(blocker->frames).text, blocker->frame.value);
    else
        fprintf(out, "           in the way: frame 0x%x, ", blocker->frame.value);
    if (!blocker->owned) {
        fprintf(out, "%s\n", nobody(blocker->kind));
        return;
    }
    const char *site = blocker->site != SITE_NONE ? trace_site_name(trace, blocker->site) : NULL;
    fprintf(out, "held since event %s", number_grouped(blocker->since_event).text);
    if (blocker->process != 0)
        fprintf(out, " by process %" PRIu64, blocker->process);
    else if (site != NULL)
        fprintf(out, " by %s", printable_within(site, SITE_WIDTH).text);
    fputc('\n', out);
}

void failure_print(const struct replay_failure *failure, struct trace *trace, FILE *out)
{
    fprintf(out, "%s of %s%s; %s were free\n", request_name(failure->request),
            number_size(failure->bytes).text, failure->late ? ", at the touch" : "",
            number_size(failure->free_bytes).text);
    print_blocker(failure, trace, out);
    access_print(failure, 11, out);
}
