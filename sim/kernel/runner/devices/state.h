/*
 * Private to this folder: the state of all devices, in one struct that a checkpoint copies, and the
 * functions that devices call of each other. X_reset() sets the state in which the firmware leaves
 * device X; X_next(after) returns the first time after `after` at which its timer interrupts, or
 * CLOCK_NEVER; X_expire() raises that interrupt; X_accepted() tells if the CPU would receive it.
 *
 *     ports.c  devices.c      which device has a port, a physical address
 *        |         |
 *     pit rtc serial keyboard vga debug board pci
 *        |         |
 *     clock.c    irq.c           the time; the interrupt lines
 *                |   |
 *              pic   ioapic -> apic
 */
#ifndef RUNNER_DEVICES_STATE_H
#define RUNNER_DEVICES_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define NANOSECONDS_PER_SECOND 1000000000u

/* The time that a read of a clock, or of a bit that changes by itself, takes. It makes loops that
   wait for a change end. */
#define POLL_NANOSECONDS 1000u

/* ---- clock.c: the guest's time in nanoseconds since the reset ---- */

#define CLOCK_NEVER UINT64_MAX

struct clock {
    uint64_t now;
    uint64_t handled;  /* interrupts that were due up to this time have been raised */
    uint64_t deadline; /* the first time at which a timer interrupts */
};

/* Returns the number of ticks of a clock at a time. hertz is below 2^32. */
uint64_t clock_ticks(uint64_t nanoseconds, uint64_t hertz);

/* Returns the first time at which a clock has so many ticks. hertz is below 2^32. */
uint64_t clock_nanoseconds(uint64_t ticks, uint64_t hertz);

/* Finds the next deadline. Call it after a timer was programmed. */
void clock_reschedule(void);

/* ---- irq.c: the interrupt lines ---- */

enum irq_line {
    IRQ_TIMER = 0,
    IRQ_KEYBOARD = 1,
    IRQ_CASCADE = 2,
    IRQ_SERIAL = 4,
    IRQ_CLOCK = 8,
    IRQ_MOUSE = 12,
    IRQ_COUNT = 16
};

/* Sets the level of a line. */
void irq_set(uint32_t irq, bool high);

/* Raises and lowers a line. */
void irq_pulse(uint32_t irq);

/* Tells if the CPU would be interrupted if the line rose now. */
bool irq_accepted(uint32_t irq);

/* Updates devices.interrupt_requested. */
void interrupts_update(void);

/* ---- pic.c: two 8259A ---- */

#define NO_INTERRUPT (-1)

struct pic {
    uint8_t requests;   /* IRR: edges that were not acknowledged */
    uint8_t in_service; /* ISR */
    uint8_t masked;     /* IMR */
    uint8_t lines;      /* the lines that are high */
    uint8_t level;      /* ELCR: the lines that request while they are high */
    uint8_t base;       /* ICW2: the vector of line 0 */
    uint8_t first;      /* the line with the highest priority */
    uint8_t next_icw;   /* the number of the initialisation word that is expected; 0: none */
    bool single;        /* ICW1: no second chip */
    bool icw4_comes;
    bool auto_eoi, rotates_on_auto_eoi;
    bool special_nested; /* ICW4: a second request of the cascade interrupts the first */
    bool special_mask;   /* OCW3: a line that is in service and masked blocks no other line */
    bool reads_in_service;
};

void pic_reset(void);
uint32_t pic_read(uint16_t port);
void pic_write(uint16_t port, uint8_t value);
uint32_t elcr_read(uint16_t port);
void elcr_write(uint16_t port, uint8_t value);
void pic_line_set(uint32_t irq, bool high);
bool pic_requests_interrupt(void);
bool pic_line_accepted(uint32_t irq);
uint8_t pic_acknowledge(void); /* returns the vector */
uint8_t pic_vector(uint32_t irq);

/* ---- pit.c: 8254, and the part of port 0x61 that belongs to it ---- */

struct pit_channel {
    uint32_t reload; /* 1 to 0x10000 */
    uint64_t start;  /* the tick at which the running count began */
    uint64_t held;   /* the ticks counted until the gate stopped the channel */
    uint16_t latch;
    uint8_t mode, access;
    uint8_t low; /* the low byte, until the high byte is written */
    uint8_t status;
    bool loaded, running, gate;
    bool high_is_next_read, high_is_next_write;
    bool count_latched, status_latched;
};

struct pit {
    struct pit_channel channel[3];
    uint8_t speaker; /* bits 0 to 3 of port 0x61 */
};

void pit_reset(void);
uint32_t pit_read(uint16_t port);
void pit_write(uint16_t port, uint8_t value);
uint32_t pit_speaker_read(uint16_t port);
void pit_speaker_write(uint16_t port, uint8_t value);
uint64_t pit_next(uint64_t after);
void pit_expire(void);
bool pit_accepted(void);

/* ---- rtc.c: MC146818, whose memory has the firmware's configuration ---- */

#define RTC_MEMORY_BYTES 128u

struct rtc {
    uint8_t index;
    uint8_t memory[RTC_MEMORY_BYTES];
    uint64_t flags_read; /* the time at which status C was last read */
    bool requests;       /* IRQ 8 is high until status C is read */
};

void rtc_reset(uint64_t ram_bytes);
uint32_t rtc_read(uint16_t port);
void rtc_write(uint16_t port, uint8_t value);
uint64_t rtc_next(uint64_t after);
void rtc_expire(void);
bool rtc_accepted(void);

/* ---- serial.c: 16550A at 0x3f8 ---- */

struct serial {
    uint8_t interrupt_enable, line_control, modem_control, fifo_control, scratch;
    uint8_t divisor[2];
    uint8_t received;
    bool has_received;
    bool sent; /* the transmitter has become empty since IIR was last read */
};

void serial_reset(void);
uint32_t serial_read(uint16_t port);
void serial_write(uint16_t port, uint8_t value);

/* ---- keyboard.c: 8042 with a keyboard and a mouse, without input ---- */

#define KEYBOARD_QUEUE 16u

struct keyboard {
    uint16_t queue[KEYBOARD_QUEUE]; /* bit 8: from the mouse */
    uint32_t first, count;
    uint8_t last;    /* the byte that the data port shows when the queue is empty */
    uint8_t command; /* a command to the controller that waits for its data byte; 0: none */
    uint8_t keyboard_command, mouse_command; /* the same for keyboard and mouse */
    uint8_t config, output_port, scan_set;
    bool last_was_command;
};

void keyboard_reset(void);
uint32_t keyboard_read(uint16_t port);
void keyboard_write(uint16_t port, uint8_t value);

/* ---- vga.c ---- */

struct vga_bank {
    uint8_t index;
    uint8_t value[32];
};

struct vga {
    struct vga_bank crtc, sequencer, graphics, attribute;
    bool attribute_data_is_next;
    uint8_t misc, retrace, feature;
    uint8_t dac_mask, dac_state;
    uint16_t dac_read, dac_write; /* colour * 3 + component */
    uint8_t dac[256 * 3];
};

void vga_reset(void);
uint32_t vga_read(uint16_t port);
void vga_write(uint16_t port, uint8_t value);

/* ---- apic.c: the local APIC ---- */

#define APIC_BASE      0xfee00000u
#define APIC_REGISTERS 64u

struct apic {
    uint32_t reg[APIC_REGISTERS]; /* one for each 16 bytes */
    uint32_t errors;              /* errors since the last write to ESR, which shows them */
    uint64_t timer_start;         /* ns */
};

void apic_reset(void);
uint32_t apic_read(uint32_t offset);
void apic_write(uint32_t offset, uint32_t value);
void apic_request(uint8_t vector, bool level);
bool apic_would_accept(uint8_t vector);
bool apic_is_destination(uint8_t destination, bool logical);
bool apic_passes_pic(void);
bool apic_requests_interrupt(void);
int apic_acknowledge(void); /* returns a vector, or NO_INTERRUPT */
uint8_t apic_spurious_vector(void);
bool apic_timer_runs(void);
uint8_t apic_timer_vector(void);
uint64_t apic_timer_next(uint64_t after);
void apic_timer_expire(void);
bool apic_timer_accepted(void);

/* ---- ioapic.c: 82093AA ---- */

#define IOAPIC_BASE 0xfec00000u
#define IOAPIC_PINS 24u

struct ioapic {
    uint32_t index, id;
    uint32_t high_pins;
    uint32_t low[IOAPIC_PINS], high[IOAPIC_PINS];
};

void ioapic_reset(void);
uint32_t ioapic_read(uint32_t offset);
void ioapic_write(uint32_t offset, uint32_t value);
void ioapic_line_set(uint32_t irq, bool high);
bool ioapic_line_accepted(uint32_t irq);
void ioapic_end_of_interrupt(uint8_t vector);
int ioapic_vector(uint32_t irq); /* returns NO_INTERRUPT if the pin is masked */

/* ---- pci.c ---- */

struct pci {
    uint32_t address;
};

uint32_t pci_read(uint16_t port, uint32_t bytes);
void pci_write(uint16_t port, uint32_t value, uint32_t bytes);

/* ---- board.c: DMA controllers, the A20 and reset bits, the debug ports ---- */

struct board {
    uint8_t dma[2][32], page[16];
    uint8_t fast_a20, reset_control;
};

void board_reset(void);
uint32_t dma_read(uint16_t port);
void dma_write(uint16_t port, uint8_t value);
uint32_t dma_page_read(uint16_t port);
void dma_page_write(uint16_t port, uint8_t value);
uint32_t fast_a20_read(uint16_t port);
void fast_a20_write(uint16_t port, uint8_t value);
uint32_t reset_control_read(void);
void reset_control_write(uint8_t value);

uint32_t debug_output_read(uint16_t port);
void debug_output_write(uint16_t port, uint8_t value);
uint32_t debug_exit_read(uint16_t port, uint32_t bytes);
void debug_exit_write(uint16_t port, uint32_t value, uint32_t bytes);

/* ---- all devices ---- */

struct devices {
    struct clock clock;
    bool interrupt_requested; /* set by interrupts_update() */
    uint64_t unknown_accesses;
    struct pic pic[2];
    struct pit pit;
    struct rtc rtc;
    struct serial serial;
    struct keyboard keyboard;
    struct vga vga;
    struct apic apic;
    struct ioapic ioapic;
    struct pci pci;
    struct board board;
};

extern struct devices devices;

/* Returns `bytes` bytes of all ones: the result of a read without a device. */
static inline uint32_t all_ones(uint32_t bytes)
{
    return bytes >= 4 ? UINT32_MAX : (1u << bytes * 8) - 1;
}

#endif
