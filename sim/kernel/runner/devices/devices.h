/*
 * The PC around the CPU: enough that usual boot code goes on. Time is what the runner says has
 * passed: it is counted in traps, so that each run is the same.
 */
#ifndef RUNNER_DEVICES_H
#define RUNNER_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

/* As the firmware leaves them. ram_bytes is what CMOS reports. */
void devices_reset(uint64_t ram_bytes);

/* IN and OUT of 1, 2 or 4 bytes. A port that nobody has reads as all ones, and is counted. */
uint32_t devices_port_read(uint16_t port, uint32_t bytes);
void devices_port_write(uint16_t port, uint32_t value, uint32_t bytes);

/* Physical addresses outside of memory: local APIC at 0xfee00000, I/O APIC at 0xfec00000; the rest
   reads as all ones, and is counted. 1, 2 or 4 bytes, not crossing 4 bytes. */
uint32_t devices_memory_read(uint32_t pa, uint32_t bytes);
void devices_memory_write(uint32_t pa, uint32_t value, uint32_t bytes);

/* Nanoseconds of the guest's time go by. */
void devices_time_passes(uint64_t nanoseconds);

/* Nanoseconds until a timer will raise an interrupt that is not masked; UINT64_MAX: none will.
   What hlt skips. */
uint64_t devices_time_to_interrupt(void);

/* Is an interrupt requested that is not masked? And take it: its vector, by the PIC's or the local
   APIC's rules (priority, in service, EOI). */
bool devices_interrupt_requested(void);
uint8_t devices_interrupt_take(void);

/* Raise a line, as if its device did: IRQ 0 to 15. */
void devices_raise(uint32_t irq);

/* The vector of IRQ 0, as the guest programmed the PIC, or the local APIC's timer if that runs. */
uint8_t devices_timer_vector(void);

/* Ports that nobody has, and addresses: accesses so far. */
uint64_t devices_unknown_accesses(void);

/* RDTSC. Time passes with each, so that loops which wait for it end. */
uint64_t devices_time_stamp(void);

/* Keep the state of all devices, and go back to it (checkpoints). */
void devices_save(void);
void devices_restore(void);

/* ---- what the devices ask of the runner ---- */

/* A byte on the serial line, or port 0xe9. */
void runner_output(unsigned char byte);
/* A write to port 0xf4: ends the run. */
void runner_exit(uint32_t value);
/* A reset was asked for: keyboard controller, port 0xcf9, or port 0x92. */
void runner_reset(const char *how);

#endif
