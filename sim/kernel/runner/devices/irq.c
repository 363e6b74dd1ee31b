/*
 * The interrupt lines from the devices to the interrupt controllers. Each line of the ISA bus is
 * connected to the 8259A pair and to the I/O APIC; the guest masks the controller that it does not
 * use.
 */
#include "runner/devices/devices.h"
#include "runner/devices/state.h"

void irq_set(uint32_t irq, bool high)
{
    if (irq >= IRQ_COUNT || irq == IRQ_CASCADE) {
        return;
    }
    pic_line_set(irq, high);
    ioapic_line_set(irq, high);
}

void irq_pulse(uint32_t irq)
{
    irq_set(irq, true);
    irq_set(irq, false);
}

bool irq_accepted(uint32_t irq)
{
    return (apic_passes_pic() && pic_line_accepted(irq)) || ioapic_line_accepted(irq);
}

void interrupts_update(void)
{
    devices.interrupt_requested =
        apic_requests_interrupt() || (apic_passes_pic() && pic_requests_interrupt());
}

bool devices_interrupt_requested(void)
{
    return devices.interrupt_requested;
}

uint8_t devices_interrupt_take(void)
{
    int vector = apic_acknowledge();

    if (vector == NO_INTERRUPT) {
        vector = apic_passes_pic() ? pic_acknowledge() : apic_spurious_vector();
    }
    interrupts_update();
    return (uint8_t)vector;
}

void devices_raise(uint32_t irq)
{
    irq_pulse(irq);
    interrupts_update();
}

uint8_t devices_timer_vector(void)
{
    int vector = ioapic_vector(IRQ_TIMER);

    if (apic_timer_runs()) {
        return apic_timer_vector();
    }
    return vector == NO_INTERRUPT ? pic_vector(IRQ_TIMER) : (uint8_t)vector;
}
