#include "pic.h"

#include "cpu.h"

#define MASTER_COMMAND 0x20
#define MASTER_DATA    0x21
#define SLAVE_COMMAND  0xa0
#define SLAVE_DATA     0xa1

#define ICW1_CASCADE_ICW4 0x11
#define ICW3_MASTER       0x04 /* the slave is at IRQ 2 */
#define ICW3_SLAVE        0x02
#define ICW4_8086         0x01
#define END_OF_INTERRUPT  0x20
#define ALL_MASKED        0xff

#define PIT_CHANNEL_0      0x40
#define PIT_COMMAND        0x43
#define PIT_RATE_GENERATOR 0x34 /* channel 0, low byte then high byte, mode 2 */
#define PIT_HERTZ          1193182u

void pic_init(void)
{
    outb(MASTER_COMMAND, ICW1_CASCADE_ICW4);
    outb(SLAVE_COMMAND, ICW1_CASCADE_ICW4);
    outb(MASTER_DATA, PIC_VECTOR);
    outb(SLAVE_DATA, PIC_VECTOR + 8);
    outb(MASTER_DATA, ICW3_MASTER);
    outb(SLAVE_DATA, ICW3_SLAVE);
    outb(MASTER_DATA, ICW4_8086);
    outb(SLAVE_DATA, ICW4_8086);
    outb(MASTER_DATA, ALL_MASKED);
    outb(SLAVE_DATA, ALL_MASKED);
}

void timer_start(uint32_t hertz)
{
    uint32_t divisor = PIT_HERTZ / hertz;

    outb(PIT_COMMAND, PIT_RATE_GENERATOR);
    outb(PIT_CHANNEL_0, (uint8_t)divisor);
    outb(PIT_CHANNEL_0, (uint8_t)(divisor >> 8));
    outb(MASTER_DATA, (uint8_t)(inb(MASTER_DATA) & ~(1u << IRQ_TIMER)));
}

void timer_acknowledge(void)
{
    outb(MASTER_COMMAND, END_OF_INTERRUPT);
}
