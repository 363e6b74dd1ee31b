/*
 * The 82093AA I/O APIC (Intel 290566). It has 24 pins, each with an entry that holds the vector to
 * request. IRQ 0, the timer, is at pin 2; every other IRQ is at the pin with its number.
 */
#include "runner/devices/state.h"

#define TIMER_PIN 2u

#define REGISTER_INDEX    0x00u /* offsets in memory; the index selects an INDEX_ register */
#define REGISTER_DATA     0x10u
#define INDEX_ID          0x00u
#define INDEX_VERSION     0x01u
#define INDEX_ARBITRATION 0x02u
#define INDEX_ENTRIES     0x10u

#define VERSION 0x00170011u /* 24 entries */
#define ID_BITS 0x0f000000u

/* The lower half of an entry:
 * | masked 16 | level 15 | remote IRR 14 | active low 13 | pending 12 | logical 11 |
 * | delivery 10-8 | vector 7-0 | */
#define ENTRY_MASKED     0x00010000u
#define ENTRY_LEVEL      0x00008000u
#define ENTRY_REMOTE_IRR 0x00004000u
#define ENTRY_LOGICAL    0x00000800u
#define ENTRY_DELIVERY   0x00000700u
#define ENTRY_WRITABLE   0x0001afffu
#define DELIVERY_LOWEST  0x00000100u

static struct ioapic *const ioapic = &devices.ioapic;

void ioapic_reset(void)
{
    *ioapic = (struct ioapic){0};
    for (uint32_t i = 0; i < IOAPIC_PINS; i++) {
        ioapic->low[i] = ENTRY_MASKED;
    }
}

static uint32_t pin_of(uint32_t irq)
{
    return irq == IRQ_TIMER ? TIMER_PIN : irq;
}

/* ---- delivery ---- */

/* Returns false if the pin is masked, its destination is another processor, or its delivery mode is
   NMI, SMI or INIT. */
static bool entry_delivers(uint32_t pin)
{
    uint32_t low = ioapic->low[pin];

    return !(low & ENTRY_MASKED) && (low & ENTRY_DELIVERY) <= DELIVERY_LOWEST &&
           apic_is_destination((uint8_t)(ioapic->high[pin] >> 24), low & ENTRY_LOGICAL);
}

static void deliver(uint32_t pin)
{
    uint32_t low = ioapic->low[pin];

    if (entry_delivers(pin)) {
        apic_request((uint8_t)low, low & ENTRY_LEVEL);
    }
}

/* A level-triggered pin that is high requests once, and again after each end of interrupt. */
static void deliver_level(uint32_t pin)
{
    uint32_t *low = &ioapic->low[pin];

    if (*low & ENTRY_LEVEL && !(*low & ENTRY_REMOTE_IRR) && ioapic->high_pins & 1u << pin &&
        entry_delivers(pin)) {
        *low |= ENTRY_REMOTE_IRR;
        deliver(pin);
    }
}

/* An edge at a masked pin is lost. */
void ioapic_line_set(uint32_t irq, bool high)
{
    uint32_t pin = pin_of(irq), bit = 1u << pin;
    bool rises = high && !(ioapic->high_pins & bit);

    if (!high) {
        ioapic->high_pins &= ~bit;
        return;
    }
    ioapic->high_pins |= bit;
    if (ioapic->low[pin] & ENTRY_LEVEL) {
        deliver_level(pin);
    } else if (rises) {
        deliver(pin);
    }
}

bool ioapic_line_accepted(uint32_t irq)
{
    uint32_t pin = pin_of(irq), low = ioapic->low[pin];

    return entry_delivers(pin) && !(low & ENTRY_LEVEL && low & ENTRY_REMOTE_IRR) &&
           apic_would_accept((uint8_t)low);
}

void ioapic_end_of_interrupt(uint8_t vector)
{
    for (uint32_t pin = 0; pin < IOAPIC_PINS; pin++) {
        if ((uint8_t)ioapic->low[pin] == vector) {
            ioapic->low[pin] &= ~ENTRY_REMOTE_IRR;
            deliver_level(pin);
        }
    }
}

int ioapic_vector(uint32_t irq)
{
    uint32_t pin = pin_of(irq);

    return entry_delivers(pin) ? (uint8_t)ioapic->low[pin] : NO_INTERRUPT;
}

/* ---- registers ---- */

static uint32_t data_read(uint32_t index)
{
    uint32_t pin = (index - INDEX_ENTRIES) / 2;

    switch (index) {
    case INDEX_ID:
    case INDEX_ARBITRATION:
        return ioapic->id;
    case INDEX_VERSION:
        return VERSION;
    default:
        if (index < INDEX_ENTRIES || pin >= IOAPIC_PINS) {
            return 0;
        }
        return index & 1 ? ioapic->high[pin] : ioapic->low[pin];
    }
}

static void entry_write(uint32_t pin, bool upper, uint32_t value)
{
    uint32_t *low = &ioapic->low[pin];

    if (upper) {
        ioapic->high[pin] = value;
        return;
    }
    *low = (*low & ~ENTRY_WRITABLE) | (value & ENTRY_WRITABLE);
    if (!(*low & ENTRY_LEVEL)) {
        *low &= ~ENTRY_REMOTE_IRR;
    }
    deliver_level(pin);
}

static void data_write(uint32_t index, uint32_t value)
{
    uint32_t pin = (index - INDEX_ENTRIES) / 2;

    if (index == INDEX_ID) {
        ioapic->id = value & ID_BITS;
    } else if (index >= INDEX_ENTRIES && pin < IOAPIC_PINS) {
        entry_write(pin, index & 1, value);
    }
}

uint32_t ioapic_read(uint32_t offset)
{
    switch (offset & 0xff) {
    case REGISTER_INDEX:
        return ioapic->index;
    case REGISTER_DATA:
        return data_read(ioapic->index);
    default:
        return 0;
    }
}

void ioapic_write(uint32_t offset, uint32_t value)
{
    switch (offset & 0xff) {
    case REGISTER_INDEX:
        ioapic->index = value & 0xff;
        break;
    case REGISTER_DATA:
        data_write(ioapic->index, value);
        break;
    default:
        break;
    }
}
