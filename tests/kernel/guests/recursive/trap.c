/* Where vectors.S leads to. */
#include "trap.h"

#include "console.h"
#include "cpu.h"
#include "recursive.h"

extern const char probe_address[], probe_failed[]; /* probe.S */

void trap(struct trap_frame *frame)
{
    uint32_t va = read_cr2();

    if (frame->vector == TRAP_PAGE_FAULT && page_fault(va, frame->error))
        return;
    if (frame->vector == TRAP_PAGE_FAULT && frame->eip == (uint32_t)probe_address) {
        frame->eip = (uint32_t)probe_failed;
        return;
    }
    kprintf("trap %u, error %u, eip %x, cr2 %x\n", frame->vector, frame->error, frame->eip, va);
    panic(frame->vector == TRAP_PAGE_FAULT ? "page fault outside of the heap" : "unexpected trap");
}
