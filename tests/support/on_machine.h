/*
 * Tests on a fresh simulated machine, and tests of panics.
 *
 * cmocka takes SIGSEGV back whenever a fixture or a test ends: a machine that a setup fixture
 * creates is deaf in the test. So each test creates its own, which is what MACHINE_TEST() does.
 */
#ifndef SUPPORT_ON_MACHINE_H
#define SUPPORT_ON_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/machine.h"
#include <mm/machine.h>

/* Options of a machine whose blocks no debugger of memory is told of: the project's own tests look
   into memory that no caller of kmalloc() may touch. */
extern const struct machine_options machine_unwatched;

/* Create a machine, run the body, destroy the machine; also the one that a failed test left behind.
 */
void on_machine(void (*body)(void));

/* MACHINE_TEST(name) { body } is a test for cmocka_unit_test(name). */
#define MACHINE_TEST(name)                                                                         \
    static void name##_body(void);                                                                 \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        on_machine(name##_body);                                                                   \
    }                                                                                              \
    static void name##_body(void)

/* run(context) panics, and its line has `expected` in it. run makes no cmocka assertions. */
void assert_panics(void (*run)(void *context), void *context, const char *expected);

/* What kernel code does through a pointer, as calls: the compiler does not know that a memory
   access may run a page-fault handler, and would use what it read of other variables before. */
uint32_t window_read(uint32_t va);
void window_write(uint32_t va, uint32_t value);

/* A 32-bit number of a seeded sequence (G. Marsaglia, "Xorshift RNGs", 2003); *state is not 0. */
uint32_t test_random(uint32_t *state);

#endif
