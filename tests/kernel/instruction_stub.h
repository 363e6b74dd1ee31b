/*
 * The runner's functions that instructions need, for tests: registers, a memory of 64 KiB, and
 * functions that record their calls. DS, ES, FS and SS begin at STUB_BASE, GS begins a page above;
 * all reach to the end of 4 GiB.
 */
#ifndef TESTS_KERNEL_INSTRUCTION_STUB_H
#define TESTS_KERNEL_INSTRUCTION_STUB_H

#include "runner/instructions.h"

#define STUB_BYTES     0x10000u
#define STUB_BASE      0u      /* linear address of the memory */
#define STUB_GS_BASE   0x1000u /* linear address at which GS begins */
#define STUB_EIP       0x4000u
#define STUB_PORTS_MAX 64u

enum { STUB_ABSENT = 0, STUB_PRESENT = 1, STUB_WRITABLE = 2 };

struct stub_port {
    uint32_t port, value, bytes;
    bool write;
};

/* The recorded calls. */
struct stub {
    uint32_t stops, event;    /* cpu_stop() */
    uint32_t loads, selector; /* segment_load(), also for LDTR and TR */
    uint32_t segment;
    uint32_t far_kind, far_offset, far_bytes, far_eip; /* 'j', 'c', 'r', 'i' */
    uint32_t vector, origin, length;                   /* interrupt_deliver(); 0xffffffff: none */
    uint32_t invalidated, invalidations;               /* cpu_invlpg() */
    uint32_t cr3_loads;
    uint32_t port_count;
    struct stub_port ports[STUB_PORTS_MAX];
    uint32_t port_value; /* the value that IN reads */
    uint64_t passed;     /* devices_time_passes() */
    uint64_t to_interrupt;
    bool interrupt_requested;
    bool refuse_segments; /* segment_load() raises #GP(selector); LAR, LSL, VERR and VERW find no
                             valid selector */
};
extern struct stub stub;

extern unsigned char stub_memory[STUB_BYTES];

/* Set ring 0, flags clear, EIP at STUB_EIP, ESP at 0x8000, all pages writable. Memory keeps its
   contents. */
void stub_reset(void);
void stub_set_page(uint32_t page, uint32_t flags);

/* Set the current ring and IOPL. */
void stub_set_ring(uint32_t cpl, uint32_t iopl);
uint32_t stub_load32(uint32_t offset);
void stub_store32(uint32_t offset, uint32_t value);

#endif
