/* The two interrupt controllers, and the timer that is wired to IRQ 0. */
#ifndef GUEST_PIC_H
#define GUEST_PIC_H

#include <stdint.h>

#define PIC_VECTOR   0x20 /* IRQ n raises PIC_VECTOR + n */
#define IRQ_TIMER    0u
#define TIMER_VECTOR (PIC_VECTOR + IRQ_TIMER)

/* Moves the IRQs away from the processor's own exceptions, and masks all of them. */
void pic_init(void);

/* Starts the timer, and lets IRQ 0 through. */
void timer_start(uint32_t hertz);

/* Ends the handling of IRQ 0: the next one may come. */
void timer_acknowledge(void);

#endif
