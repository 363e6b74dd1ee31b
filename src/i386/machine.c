/* The machine services that take more than one instruction. */
#include <mm/machine.h>
#include <mm/tempmap.h>

#include <mm/pgtable.h>

#include "power.h"
#include "serial.h"

/* Prints the fact with the value in place of each @, or after the fact if it has no @. */
static void put_fact(const char *fact, uint32_t value)
{
    bool placed = false;

    for (; *fact != '\0'; fact++) {
        if (*fact != '@') {
            serial_out.put(serial_out.context, fact, 1);
            continue;
        }
        text_put(&serial_out, "0x");
        text_put_hex(&serial_out, value, 5);
        placed = true;
    }
    if (!placed)
        serial_put_fact(": ", value);
}

_Noreturn void machine_panic(const char *function, const char *fact, uint32_t value)
{
    text_put(&serial_out, "panic: ");
    text_put(&serial_out, function);
    text_put(&serial_out, ": ");
    put_fact(fact, value);
    text_put(&serial_out, "\n");
    power_off(false);
}

void machine_log(const char *text)
{
    text_put(&serial_out, text);
}

#define SEGMENT_ENTRIES (KSEG_SIZE >> LARGE_PAGE_SHIFT)

/* An i386 has no MIPS segments: global 4 MiB pages map the same memory. */
void machine_set_segments(paddr_t directory, bool on)
{
    uint32_t *kseg0 = pgtable_entries(paddr_to_pfn(directory)) + directory_index(vaddr(KSEG0_BASE));
    uint32_t *kseg1 = kseg0 + SEGMENT_ENTRIES;

    for (uint32_t i = 0; i < SEGMENT_ENTRIES; i++) {
        uint32_t page = i << LARGE_PAGE_SHIFT | PTE_KERNEL | PTE_LARGE | PTE_GLOBAL;
        machine_write_entry(&kseg0[i], on ? page : 0);
        machine_write_entry(&kseg1[i], on ? page | PTE_CACHE_DISABLE | PTE_WRITE_THROUGH : 0);
    }
}

static void zero_page(vaddr_t page)
{
    uint32_t *words = machine_pointer(page);

    for (uint32_t i = 0; i < PAGE_SIZE / sizeof *words; i++)
        words[i] = 0;
}

void machine_zero_frame(pfn_t frame)
{
    if (frame.value < LOW_END_PFN) {
        zero_page(direct_map_frame(frame));
        return;
    }
    vaddr_t page = tempmap_claim(mm_active(), frame);
    if (vaddr_is_none(page))
        machine_panic(__func__, "no temporary mapping is left for frame", frame.value);
    zero_page(page);
    tempmap_release(mm_active(), page);
}
