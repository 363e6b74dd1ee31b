/*
 * What the notes of an ELF core say about page tables:
 *
 * - "QEMU", type 0, one for each CPU, of x86 only (QEMU's target/i386/arch_dump.c, version 1): the
 *   registers, with CR0 to CR4. A RISC-V core of QEMU 7.2 has no note with satp.
 * - "VMCOREINFO" (Linux, Documentation/admin-guide/kdump/vmcoreinfo.rst): lines KEY=VALUE, with the
 *   virtual address of the kernel's root table.
 */
#ifndef MACHINE_CORE_NOTES_H
#define MACHINE_CORE_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core_cpu {
    uint64_t cr0, cr3, cr4;
};

struct core_notes {
    uint16_t machine; /* e_machine */
    struct core_cpu *cpus;
    uint32_t cpu_count;       /* of the notes of QEMU */
    bool is_of_process;       /* a note says that the core is of a program, not of a machine */
    bool has_kernel_table;    /* VMCOREINFO names the kernel's root table: */
    uint64_t kernel_table;    /* its virtual address */
    bool has_kernel_table_pa; /* a segment of the core translates it: */
    uint64_t kernel_table_pa;
    uint64_t phys_base; /* VMCOREINFO's NUMBER(phys_base); 0 without */
    uint32_t va_bits;   /* RISC-V: VMCOREINFO's NUMBER(VA_BITS); 0 without */
    bool has_la57;      /* x86-64: NUMBER(pgtable_l5_enabled) */
    bool has_pae;       /* i386: CONFIG_X86_PAE */
};

/* Take what the bytes of a PT_NOTE say. Notes that make no sense end the list. Returns false when
   there is no memory. */
bool core_notes_add(struct core_notes *notes, const void *bytes, size_t count);

/* Release the list of CPUs. */
void core_notes_free(struct core_notes *notes);

#endif
