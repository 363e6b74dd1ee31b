/*
 * The devices of the PC without a guest: sequences of port accesses with the expected answers, and
 * a record of the devices' requests to the runner.
 */
#ifndef TESTS_KERNEL_DEVICE_STUB_H
#define TESTS_KERNEL_DEVICE_STUB_H

#include "kernel/cases.h"
#include "runner/devices/devices.h"

#include <stddef.h>

#define MIB         (UINT64_C(1) << 20)
#define GIB         (UINT64_C(1) << 30)
#define MILLISECOND UINT64_C(1000000)
#define SECOND      UINT64_C(1000000000)

/* The devices' requests to the runner. */
struct device_stub {
    char output[64];
    size_t output_bytes;
    uint32_t exits, exit_value;
    const char *reset; /* how a reset was requested; NULL: none yet */
};
extern struct device_stub runner;

/* The set-up of each test: the devices of a PC with 64 MiB, as the firmware leaves them. */
int device_start(void **state);

/* Returns the byte that is read from a port. */
uint8_t port_in(uint16_t port);
void port_out(uint16_t port, uint8_t value);

/* ---- sequences ---- */

struct step {
    enum { OUT, IN, RAISE, TAKE, QUIET } what;
    uint16_t at;   /* port, or IRQ */
    uint8_t value; /* the written or expected byte, or the expected vector */
};

/* Run steps. Fails at the first one with an unexpected result. */
void run_steps(const struct step *steps, size_t count);
#define RUN(steps) run_steps(steps, LENGTH(steps))

/* Set the 8259A to vectors 0x20 and 0x28 with nothing masked, as Linux, JOS and hobby kernels
   do. */
void pic_remap(void);

/* Write a control word and a count to the 8254. */
void pit_program(uint8_t control, uint16_t port, uint16_t count);

#endif
