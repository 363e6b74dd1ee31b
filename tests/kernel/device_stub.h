/*
 * The devices of the PC without a guest: sequences of port accesses with the answers that are
 * expected, and what the devices ask of the runner.
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

/* What the devices asked the runner for. */
struct device_stub {
    char output[64];
    size_t output_bytes;
    uint32_t exits, exit_value;
    const char *reset; /* how; NULL: not yet */
};
extern struct device_stub runner;

/* The set-up of each test: the devices of a PC with 64 MiB, as the firmware leaves them. */
int device_start(void **state);

/* A byte. */
uint8_t port_in(uint16_t port);
void port_out(uint16_t port, uint8_t value);

/* ---- sequences ---- */

struct step {
    enum { OUT, IN, RAISE, TAKE, QUIET } what;
    uint16_t at;   /* port, or IRQ */
    uint8_t value; /* written, expected, or the vector expected */
};

/* Fails at the first step that is not as expected. */
void run_steps(const struct step *steps, size_t count);
#define RUN(steps) run_steps(steps, LENGTH(steps))

/* The 8259A: vectors 0x20 and 0x28, nothing masked; as Linux, JOS and hobby kernels do. */
void pic_remap(void);

/* The 8254: a control word, and a count. */
void pit_program(uint8_t control, uint16_t port, uint16_t count);

#endif
