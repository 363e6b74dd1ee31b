/* The state of all devices, and accesses to physical addresses outside of memory. */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

#define PAGE_MASK 0xfffff000u

struct devices devices;

static struct devices saved;

void devices_reset(uint64_t ram_bytes)
{
    devices = (struct devices){0};
    pic_reset();
    pit_reset();
    rtc_reset(ram_bytes);
    serial_reset();
    keyboard_reset();
    vga_reset();
    apic_reset();
    ioapic_reset();
    board_reset();
    clock_reschedule();
    interrupts_update();
}

void devices_save(void)
{
    saved = devices;
}

void devices_restore(void)
{
    devices = saved;
}

uint64_t devices_unknown_accesses(void)
{
    return devices.unknown_accesses;
}

static uint32_t page_read(uint32_t pa, uint32_t offset)
{
    return (pa & PAGE_MASK) == APIC_BASE ? apic_read(offset) : ioapic_read(offset);
}

static bool page_has_device(uint32_t pa)
{
    return (pa & PAGE_MASK) == APIC_BASE || (pa & PAGE_MASK) == IOAPIC_BASE;
}

uint32_t devices_memory_read(uint32_t pa, uint32_t bytes)
{
    uint32_t value;

    if (!page_has_device(pa)) {
        devices.unknown_accesses++;
        return all_ones(bytes);
    }
    value = page_read(pa, pa & ~PAGE_MASK & ~3u) >> (pa & 3) * 8;
    return value & all_ones(bytes);
}

/* The registers have 32 bits. The effect of a smaller store is undefined; here it has none. */
void devices_memory_write(uint32_t pa, uint32_t value, uint32_t bytes)
{
    if (!page_has_device(pa)) {
        devices.unknown_accesses++;
        return;
    }
    if (bytes != 4 || pa & 3) {
        return;
    }
    if ((pa & PAGE_MASK) == APIC_BASE) {
        apic_write(pa & ~PAGE_MASK, value);
    } else {
        ioapic_write(pa & ~PAGE_MASK, value);
    }
    interrupts_update();
}
