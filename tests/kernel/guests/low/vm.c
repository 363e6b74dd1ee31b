/* Page directories: the kernel's own, and one for each process. */
#include "low.h"

#include "console.h"
#include "cpu.h"
#include "string.h"

#include <stddef.h>

/* Its upper half is in every directory: the tables of the kernel are shared. */
static pde_t *kpgdir;

/* The kernel's half, see layout.h. The last range begins at data_start. */
static const struct {
    void *va;
    uint32_t pa_start, pa_end;
    uint32_t permissions;
} kmap[] = {
    {P2V(0), 0, KERNLOAD, PTE_W},
    {P2V(KERNLOAD), KERNLOAD, (uint32_t)data_start - KERNBASE, 0},
    {data_start, (uint32_t)data_start - KERNBASE, PHYSTOP, PTE_W},
};

pte_t *walkpgdir(pde_t *pgdir, const void *va, bool alloc)
{
    pde_t *pde = &pgdir[PDX(va)];
    pte_t *table;

    if (*pde & PTE_P)
        return (pte_t *)P2V(PTE_ADDR(*pde)) + PTX(va);
    table = alloc ? kalloc() : NULL;
    if (!table)
        return NULL;
#ifndef BUG_TABLE_NOT_ZEROED
    memset(table, 0, PGSIZE);
#endif
    *pde = V2P(table) | PTE_P | PTE_W | PTE_U; /* the entries of the table restrict further */
    return table + PTX(va);
}

bool mappages(pde_t *pgdir, const void *va, uint32_t size, uint32_t pa, uint32_t permissions)
{
    const char *page = (const char *)PGROUNDDOWN(va);
    const char *end = (const char *)va + size;

    for (; page < end; page += PGSIZE, pa += PGSIZE) {
        pte_t *pte = walkpgdir(pgdir, page, true);

        if (!pte)
            return false;
        if (*pte & PTE_P)
            panic("mappages: remap");
        *pte = pa | permissions | PTE_P;
    }
    return true;
}

void kvmalloc(void)
{
    kpgdir = kalloc();
    if (!kpgdir)
        panic("kvmalloc: no memory");
    memset(kpgdir, 0, PGSIZE);
    for (unsigned i = 0; i < sizeof kmap / sizeof kmap[0]; i++)
        if (!mappages(kpgdir, kmap[i].va, kmap[i].pa_end - kmap[i].pa_start, kmap[i].pa_start,
                      kmap[i].permissions))
            panic("kvmalloc: no memory");
    switchkvm();
}

void switchkvm(void)
{
    write_cr3(V2P(kpgdir));
}

void switchuvm(pde_t *pgdir)
{
    write_cr3(V2P(pgdir));
}

pde_t *setupkvm(void)
{
    pde_t *pgdir = kalloc();

    if (!pgdir)
        return NULL;
    memset(pgdir, 0, PGSIZE);
    memcpy(&pgdir[PDX(KERNBASE)], &kpgdir[PDX(KERNBASE)],
           (NENTRIES - PDX(KERNBASE)) * sizeof(pde_t));
    return pgdir;
}

bool inituvm(pde_t *pgdir, const char *program, uint32_t size)
{
    char *page;

    if (size > PGSIZE)
        panic("inituvm: more than a page");
    if (!allocuvm(pgdir, 0, PGSIZE))
        return false;
    page = P2V(PTE_ADDR(*walkpgdir(pgdir, 0, false)));
    memcpy(page, program, size);
    return true;
}

uint32_t allocuvm(pde_t *pgdir, uint32_t old_size, uint32_t new_size)
{
    if (new_size > KERNBASE)
        return 0;
    for (uint32_t va = PGROUNDUP(old_size); va < new_size; va += PGSIZE) {
        char *page = kalloc();

        if (!page) {
            deallocuvm(pgdir, va, old_size);
            return 0;
        }
        memset(page, 0, PGSIZE);
        if (!mappages(pgdir, (void *)va, PGSIZE, V2P(page), PTE_W | PTE_U)) {
            kfree(page);
            deallocuvm(pgdir, va, old_size);
            return 0;
        }
    }
    return new_size;
}

/* Pages that no table has any more, but that the TLB may have: threaded like the free list. */
struct unmapped {
    struct unmapped *next;
};

/*
 * No page may be freed while the TLB can still lead to it, and each load of CR3 empties the whole
 * TLB. So first all entries are cleared, then CR3 is loaded once, then all pages are freed.
 */
uint32_t deallocuvm(pde_t *pgdir, uint32_t old_size, uint32_t new_size)
{
    struct unmapped *batch = NULL;
    uint32_t end = PGROUNDUP(new_size);
    uint32_t va = PGROUNDUP(old_size);

    while (va > end) {
        pte_t *pte;

        va -= PGSIZE;
        pte = walkpgdir(pgdir, (void *)va, false);
        if (!pte) {
            va = PDX(va) << 22; /* there is no table: go on below it */
        } else if (*pte & PTE_P) {
            struct unmapped *page = P2V(PTE_ADDR(*pte));

            *pte = 0;
#ifdef BUG_FREE_BEFORE_FLUSH
            kfree(page);
#else
            page->next = batch;
            batch = page;
#endif
        }
    }
#ifndef BUG_NO_CR3_LOAD
    if (read_cr3() == V2P(pgdir))
        write_cr3(V2P(pgdir));
#endif
    while (batch) {
        struct unmapped *page = batch;

        batch = page->next;
        kfree(page);
    }
    return new_size;
}

void freevm(pde_t *pgdir)
{
    deallocuvm(pgdir, KERNBASE, 0);
#ifndef BUG_LEAK_TABLES
    for (uint32_t i = 0; i < PDX(KERNBASE); i++)
        if (pgdir[i] & PTE_P)
            kfree(P2V(PTE_ADDR(pgdir[i])));
#endif
    kfree(pgdir);
}

/* Copies one page to the same address of another directory. */
static bool copy_page(pde_t *to, uint32_t va, pte_t entry)
{
    char *page = kalloc();

    if (!page)
        return false;
    memcpy(page, P2V(PTE_ADDR(entry)), PGSIZE);
    if (mappages(to, (void *)va, PGSIZE, V2P(page), PTE_FLAGS(entry) & (PTE_W | PTE_U)))
        return true;
    kfree(page);
    return false;
}

pde_t *copyuvm(pde_t *pgdir, uint32_t size)
{
    pde_t *copy = setupkvm();

    if (!copy)
        return NULL;
    for (uint32_t va = 0; va < size; va += PGSIZE) {
        pte_t *pte = walkpgdir(pgdir, (void *)va, false);

        if (!pte || !(*pte & PTE_P))
            panic("copyuvm: a page is missing");
        if (!copy_page(copy, va, *pte)) {
            freevm(copy);
            return NULL;
        }
    }
    return copy;
}
