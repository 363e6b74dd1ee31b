/* Where vectors.S leads to. */
#include "trap.h"

#include "console.h"
#include "cpu.h"
#include "higher.h"
#include "pic.h"
#include "ticks.h"

/* The timer's records lie on the heap. */
void *tick_alloc(void)
{
    return kmalloc(TICK_BYTES);
}

void tick_free(void *record)
{
    kfree(record);
}

void trap(struct trap_frame *frame)
{
    if (frame->vector == TIMER_VECTOR) {
        timer_acknowledge();
        tick();
        return;
    }
    kprintf("trap %u, error %u, eip %x, cr2 %x\n", frame->vector, frame->error, frame->eip,
            read_cr2());
    panic("unexpected trap");
}
