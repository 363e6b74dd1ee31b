/*
 * Tests on a fresh simulated machine, and tests of panics.
 *
 * cmocka resets the handler of SIGSEGV whenever a fixture or a test ends, so a machine that a setup
 * fixture creates would not get its page faults. Therefore MACHINE_TEST() creates the machine
 * inside the test.
 */
#ifndef SUPPORT_ON_MACHINE_H
#define SUPPORT_ON_MACHINE_H

#include "machine/machine.h"
#include "support/test.h"
#include <mm/machine.h>

/* Options of a machine that tells no memory debugger about blocks: these tests look into memory
 * that no caller of kmalloc() may touch. */
extern const struct machine_options machine_unwatched;

/* Creates a machine, runs the body and destroys the machine. First destroys the machine that a
 * failed test left behind. */
void on_machine(void (*body)(void));

/* MACHINE_TEST(name) { body } defines such a test. */
#define MACHINE_TEST(name)                                                                         \
    static void name##_on_machine(void);                                                           \
    TEST(name)                                                                                     \
    {                                                                                              \
        on_machine(name##_on_machine);                                                             \
    }                                                                                              \
    static void name##_on_machine(void)

/* Fails the test unless run(context) panics with a line that contains `expected`. run makes no
 * cmocka assertions. */
void assert_panics(void (*run)(void *context), void *context, const char *expected);

/* Accesses of kernel code through a pointer. They are functions because a memory access may run a
 * page-fault handler, which the compiler does not know: it would use values of other variables that
 * it had read before. */
uint32_t window_read(uint32_t va);
void window_write(uint32_t va, uint32_t value);

#endif
