/* The control registers that the image reads and sets itself (Intel SDM vol. 3A, 2.5). */
#ifndef I386_CONTROL_H
#define I386_CONTROL_H

#include <stdint.h>

#define CR0_WP  0x00010000u
#define CR0_PG  0x80000000u
#define CR4_PSE 0x00000010u
#define CR4_PGE 0x00000080u

static inline uint32_t control_read_cr0(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr0, %0" : "=r"(value));
    return value;
}

static inline uint32_t control_read_cr4(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr4, %0" : "=r"(value));
    return value;
}

static inline void control_load_cr0(uint32_t value)
{
    __asm__ volatile("movl %0, %%cr0" : : "r"(value) : "memory");
}

static inline void control_load_cr4(uint32_t value)
{
    __asm__ volatile("movl %0, %%cr4" : : "r"(value) : "memory");
}

#endif
