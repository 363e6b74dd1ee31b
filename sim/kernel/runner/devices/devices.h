/*
 * The PC's devices, complete enough for usual boot code. The guest's time advances only by
 * devices_time_passes() and by reads of clocks, never by the host's time, so every run is the same.
 */
#ifndef RUNNER_DEVICES_H
#define RUNNER_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

/* Sets all devices to the state in which the firmware leaves them. CMOS reports ram_bytes. */
void devices_reset(uint64_t ram_bytes);

/* Execute IN and OUT of 1, 2 or 4 bytes. A port without a device reads as all ones, and the access
   is counted. */
uint32_t devices_port_read(uint16_t port, uint32_t bytes);
void devices_port_write(uint16_t port, uint32_t value, uint32_t bytes);

/* Access 1, 2 or 4 bytes of one aligned 4-byte word outside of memory: the local APIC at 0xfee00000
   or the I/O APIC at 0xfec00000. Any other address reads as all ones, and the access is counted. */
uint32_t devices_memory_read(uint32_t pa, uint32_t bytes);
void devices_memory_write(uint32_t pa, uint32_t value, uint32_t bytes);

/* Advances the guest's time. O(1), unless a timer becomes due. */
void devices_time_passes(uint64_t nanoseconds);

/* Returns the nanoseconds until a timer raises an interrupt that is not masked, or UINT64_MAX if
   none will. This is the time that hlt skips. */
uint64_t devices_time_to_interrupt(void);

/* Tells if an unmasked interrupt is requested. */
bool devices_interrupt_requested(void);

/* Acknowledges the requested interrupt by the rules of the PIC or the local APIC (priority, in
   service, EOI), and returns its vector; a spurious vector if none is requested. */
uint8_t devices_interrupt_take(void);

/* Raises and lowers the line of IRQ 0 to 15, as its device would. */
void devices_raise(uint32_t irq);

/* Returns the vector of the local APIC's timer if that runs; otherwise the vector of IRQ 0. */
uint8_t devices_timer_vector(void);

/* Returns the number of accesses to ports and addresses without a device. */
uint64_t devices_unknown_accesses(void);

/* Returns the time stamp for RDTSC. Each call advances the time, so that loops that wait for the
   time stamp end. */
uint64_t devices_time_stamp(void);

/* Save the state of all devices, and restore it (checkpoints). */
void devices_save(void);
void devices_restore(void);

/* ---- services of the runner for the devices ---- */

/* Outputs a byte of the serial line or port 0xe9. */
void runner_output(unsigned char byte);
/* Ends the run after a write to port 0xf4. Does not return. */
void runner_exit(uint32_t value);
/* Stops the guest after a reset by the keyboard controller, port 0xcf9 or port 0x92. Does not
   return. */
void runner_reset(const char *how);

#endif
