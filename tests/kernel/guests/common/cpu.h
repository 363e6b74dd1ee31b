/* Instructions of the i386 that C has no words for. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

#include <stdint.h>

#define EFLAGS_IF 0x200u

#define CR0_TS 0x00000008u /* task switched: the next FPU instruction raises #NM */
#define CR0_WP 0x00010000u /* the kernel, too, may not write to read-only pages */
#define CR0_PG 0x80000000u

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void outl(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void cli(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void sti(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void hlt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

/* Interrupts on, and wait for one. None is lost: sti takes effect after the next instruction. */
static inline void wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

static inline uint32_t read_eflags(void)
{
    uint32_t value;

    __asm__ volatile("pushfl; popl %0" : "=r"(value));
    return value;
}

/* Interrupts off; returns what irq_restore() needs to leave them as they were. */
static inline uint32_t irq_save(void)
{
    uint32_t flags = read_eflags();

    cli();
    return flags;
}

static inline void irq_restore(uint32_t flags)
{
    if (flags & EFLAGS_IF)
        sti();
}

static inline uint32_t read_cr0(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr0, %0" : "=r"(value));
    return value;
}

static inline void write_cr0(uint32_t value)
{
    __asm__ volatile("movl %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint32_t read_cr2(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint32_t read_cr3(void)
{
    uint32_t value;

    __asm__ volatile("movl %%cr3, %0" : "=r"(value));
    return value;
}

/* Loads a page directory, and drops all that the TLB remembers. */
static inline void write_cr3(uint32_t value)
{
    __asm__ volatile("movl %0, %%cr3" : : "r"(value) : "memory");
}

/* Drops what the TLB remembers of one page. */
static inline void invlpg(uint32_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

#endif
