/*
 * The cost of a foreign kernel (include/mmsim/kernel.h): a call and its return, a trap, and an
 * entry that comes into the TLB. These are times of the clock, because two processes take part, on
 * one core or on two. When the host cannot execute 32-bit code, the figures are the interpreter's.
 */
#include "tables.h"

#include <mmsim/kernel.h>

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CALLS 2000u
#define TRAPS 20000u /* two in each turn of the loop */
#define FILLS 2000u

/* The direct map of tests/kernel/guests/low: all of its 16 MiB are mapped here, in pages of 4
   KiB. */
#define LOW_DIRECT_MAP 0x80200000u

bool bench_kernel_is_interpreted;

static struct kernel *kernel;
static uint32_t code; /* a page of the guest, for the benchmark's functions */

static void pin(bool both_on_one)
{
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    for (unsigned cpu = 0; cpu < (both_on_one ? 1u : CPU_SETSIZE); cpu++)
        CPU_SET(cpu, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
}

static bool open_guest(const char *name)
{
    pin(strcmp(name, "one core for both") == 0);
    kernel = kernel_create(NULL);
    if (kernel == NULL) {
        fprintf(stderr, "bench: %s\n", kernel_create_error());
        return false;
    }
    bench_require(kernel_load(kernel, GUESTS "/low.elf") == KERNEL_DONE &&
                      kernel_boot(kernel) == KERNEL_DONE &&
                      kernel_run_until(kernel, "kernel_ready") == KERNEL_UNTIL,
                  "the guest kernel does not boot");
    code = kernel_call(kernel, "kalloc");
    bench_kernel_is_interpreted = kernel_is_interpreted(kernel);
    return true;
}

static void close_guest(void)
{
    kernel_destroy(kernel);
    kernel = NULL;
    pin(false);
    bench_pin();
}

static double now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Put a function into the guest and call it. Returns the time of the call. */
static double time_function(const unsigned char *bytes, size_t count, uint32_t argument)
{
    char symbol[16];

    bench_require(kernel_write(kernel, code, bytes, count), "the guest has no page for code");
    snprintf(symbol, sizeof symbol, "0x%08x", code);
    kernel_call(kernel, symbol, argument); /* fills the caches */
    double start = now_ns();
    kernel_call(kernel, symbol, argument);
    double end = now_ns();
    bench_require(kernel_ended(kernel) == KERNEL_RETURNED, "the guest's function does not return");
    return end - start;
}

static double fact_call(uint32_t column)
{
    double start = now_ns();

    (void)column;
    for (uint32_t i = 0; i < CALLS; i++)
        kernel_call(kernel, "kernel_ready");
    return (now_ns() - start) / CALLS;
}

static double fact_trap(uint32_t column)
{
    /* mov ecx, [esp + 4]; again: pushf; popf; loop again; ret */
    static const unsigned char function[] = {0x8b, 0x4c, 0x24, 0x04, 0x9c, 0x9d, 0xe2, 0xfc, 0xc3};

    (void)column;
    return time_function(function, sizeof function, TRAPS / 2) / TRAPS;
}

static double fact_fill(uint32_t column)
{
    /* mov ecx, [esp + 4]; mov edx, DIRECT_MAP; mov eax, cr3; mov cr3, eax;
       again: mov al, [edx]; add edx, 4096; loop again; ret */
    static const unsigned char function[] = {0x8b, 0x4c, 0x24, 0x04, 0xba, 0x00, 0x00, 0x20, 0x80,
                                             0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8, 0x8a, 0x02, 0x81,
                                             0xc2, 0x00, 0x10, 0x00, 0x00, 0xe2, 0xf6, 0xc3};

    (void)column;
    return time_function(function, sizeof function, FILLS) / FILLS;
}

static const struct bench_work works[] = {
    {NULL, NULL, fact_call}, {NULL, NULL, fact_trap}, {NULL, NULL, fact_fill}};

const struct bench_table bench_kernel = {
    .name = "kernel",
    .title = "A foreign kernel, by the clock, ns",
    .columns = 3,
    .subjects = 2,
    .reference = 2,
    .column = {{"call", 1, false}, {"trap", 1, false}, {"fill", 1, false}},
    .subject = {{"a core for each", open_guest, close_guest, works},
                {"one core for both", open_guest, close_guest, works}},
};
