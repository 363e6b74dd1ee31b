/*
 * A kernel in the style of xv6: linked at 0x80000000, pages on a free list that is threaded through
 * the pages themselves, one page directory for each process, and no invalidation but the load of
 * CR3.
 *
 * What a test may call, once kernel_ready() was reached (or in the state that is named):
 *
 *     kalloc, kfree, kalloc_free_frames      after kinit(); the pages must be mapped at KERNBASE,
 *                                            as entry_pgdir does below 4 MiB, kvmalloc() below 16
 *     walkpgdir, mappages                    likewise; on any directory, loaded or not
 *     setupkvm                               after kvmalloc()
 *     allocuvm, deallocuvm, copyuvm,         after kvmalloc(), on a directory from setupkvm(),
 *     freevm, inituvm, switchuvm             loaded or not; freevm: not loaded
 *     run_init                               after descriptors_init(), as the last call of a test
 *
 * All are cdecl, and none needs interrupts.
 */
#ifndef LOW_H
#define LOW_H

#include "layout.h"

#include <stdbool.h>
#include <stdint.h>

#define PTE_P    0x001u
#define PTE_W    0x002u
#define PTE_U    0x004u
#define NENTRIES 1024u

#define PDX(va)        ((uint32_t)(va) >> 22)
#define PTX(va)        ((uint32_t)(va) >> 12 & 1023u)
#define PTE_ADDR(pte)  ((pte) & ~0xfffu)
#define PTE_FLAGS(pte) ((pte)&0xfffu)

#define PGROUNDUP(size) (((uint32_t)(size) + PGSIZE - 1) & ~(uint32_t)(PGSIZE - 1))
#define PGROUNDDOWN(va) ((uint32_t)(va) & ~(uint32_t)(PGSIZE - 1))

#define V2P(va) ((uint32_t)(va)-KERNBASE)
#define P2V(pa) ((void *)((uint32_t)(pa) + KERNBASE))

typedef uint32_t pde_t;
typedef uint32_t pte_t;

/* From the linker script. */
extern char data_start[], kernel_end[];

/* ---- kalloc.c: frames, named by where KERNBASE maps them ---- */

/* Gives the pages of [start, end) to the free list. */
void kinit(void *start, void *end);

/* A page with junk in it, or NULL: there is none. */
void *kalloc(void);

/* Gives a page back. Panics when it is no page that kalloc() gives. */
void kfree(void *page);

uint32_t kalloc_free_frames(void);

/* ---- vm.c: page tables ---- */

/* Where the entry of va is, or NULL: there is no table, and alloc is false or memory is short. */
pte_t *walkpgdir(pde_t *pgdir, const void *va, bool alloc);

/* Maps [va, va + size) to pa and up. false: no memory for a table. Panics on a page that is there.
 */
bool mappages(pde_t *pgdir, const void *va, uint32_t size, uint32_t pa, uint32_t permissions);

/* Makes the kernel's own directory, and loads it. */
void kvmalloc(void);

/* Loads the kernel's own directory. */
void switchkvm(void);

/* Loads a process's directory. */
void switchuvm(pde_t *pgdir);

/* A directory that has the kernel and nothing else, or NULL. */
pde_t *setupkvm(void);

/* Puts a program of less than a page at 0. false: no memory. */
bool inituvm(pde_t *pgdir, const char *program, uint32_t size);

/* Grows a process from old_size to new_size bytes. Returns new_size, or 0: nothing has changed. */
uint32_t allocuvm(pde_t *pgdir, uint32_t old_size, uint32_t new_size);

/* Shrinks it, and brings the TLB up to date. Returns new_size. */
uint32_t deallocuvm(pde_t *pgdir, uint32_t old_size, uint32_t new_size);

/* Frees the process's pages, its tables, and the directory, which must not be loaded. */
void freevm(pde_t *pgdir);

/* A directory with a copy of each of the process's pages, or NULL: no memory. */
pde_t *copyuvm(pde_t *pgdir, uint32_t size);

/* ---- proc.c: the process ---- */

struct context {
    uint32_t edi, esi, ebx, ebp, eip;
};

void swtch(struct context **old, struct context *new);

/* Runs initcode.S until it exits. Returns its result. */
int run_init(void);

/* Does what the process asks for by int 0x40. Returns its EAX. */
int syscall(int number, uint32_t first, uint32_t second);

/* Ends the process. */
_Noreturn void exit(int status);

/* Does what is below the process's kernel stack still have the bytes that it began with? */
bool journal_is_intact(void);

/* ---- main.c ---- */

/* Does nothing. Is called when all is ready and no test has run. */
void kernel_ready(void);

#endif
