/* The way up, and the self-test. */
#include "low.h"

#include "check.h"
#include "console.h"
#include "descriptors.h"
#include "pic.h"
#include "string.h"
#include "syscall.h"

#include <stddef.h>

void main(void);

/* Read only, as all constants are. */
const char banner[] = "low: a kernel at 0x80000000\n";

#if defined BUG_RODATA_WRITE || defined BUG_WP_OFF
/* Cuts the line's end off where it is, as one does with a line that was read. */
static void print_line(const char *line)
{
    char *end = (char *)line + strlen(line) - 1;

    if (*end == '\n')
        *end = '\0';
    kprintf("%s\n", line);
}
#else
static void print_line(const char *line)
{
    kprintf("%s", line);
}
#endif

__attribute__((noinline)) void kernel_ready(void)
{
    __asm__ volatile("");
}

/* ---- frames ---- */

static void test_frames(void)
{
    uint32_t before = kalloc_free_frames();
    char *a = kalloc();
    char *b = kalloc();

    check("two pages are two", a && b && a != b);
    check("two pages are counted", kalloc_free_frames() == before - 2);
    memset(a, 0xaa, PGSIZE);
    memset(b, 0xbb, PGSIZE);
    check("pages do not overlap", memory_is(a, 0xaa, PGSIZE) && memory_is(b, 0xbb, PGSIZE));
    kfree(b);
    check("the last page freed is the next one given", kalloc() == b);
    kfree(a);
    kfree(b);
    check("pages come back", kalloc_free_frames() == before);
}

/* ---- the kernel's half of a directory ---- */

static void test_kernel_half(pde_t *pgdir)
{
    pte_t *text = walkpgdir(pgdir, banner, false);
    pte_t *data = walkpgdir(pgdir, data_start, false);

    check("constants are mapped read-only", text && (*text & (PTE_P | PTE_W)) == PTE_P);
    check("data is mapped writable", data && (*data & (PTE_P | PTE_W)) == (PTE_P | PTE_W));
    check("the kernel is at its physical address",
          PTE_ADDR(*data) == V2P(data_start) && PTE_ADDR(*text) == PGROUNDDOWN(V2P(banner)));
    check("nothing is above physical memory", !walkpgdir(pgdir, P2V(PHYSTOP), false));
}

/* ---- a process's half ---- */

static char *page_of(pde_t *pgdir, uint32_t va)
{
    pte_t *pte = walkpgdir(pgdir, (void *)va, false);

    return pte && (*pte & PTE_P) ? P2V(PTE_ADDR(*pte)) : NULL;
}

static void test_grow_and_shrink(pde_t *pgdir)
{
    uint32_t before = kalloc_free_frames();

    check("a process grows by pages", allocuvm(pgdir, 0, 2 * PGSIZE + 1) == 2 * PGSIZE + 1);
    check("three pages and a table are taken", kalloc_free_frames() == before - 4);
    check("new pages are zero", memory_is(page_of(pgdir, PGSIZE), 0, PGSIZE));
    check("it shrinks", deallocuvm(pgdir, 2 * PGSIZE + 1, PGSIZE) == PGSIZE);
    check("pages above its size are gone",
          page_of(pgdir, 0) && !page_of(pgdir, PGSIZE) && !page_of(pgdir, 2 * PGSIZE));
    check("no process grows into the kernel", allocuvm(pgdir, PGSIZE, KERNBASE + 1u) == 0);
}

static void test_copy(pde_t *pgdir)
{
    pde_t *copy;

    memset(page_of(pgdir, 0), 0xcc, PGSIZE);
    copy = copyuvm(pgdir, PGSIZE);
    check("a copy has the same bytes", copy && memory_is(page_of(copy, 0), 0xcc, PGSIZE));
    check("a copy has its own pages", page_of(copy, 0) != page_of(pgdir, 0));
    freevm(copy);
}

static void test_out_of_memory(pde_t *pgdir)
{
    uint32_t before = kalloc_free_frames();

    check("more than there is: refused", allocuvm(pgdir, PGSIZE, PHYSTOP) == 0);
    /* The tables stay: freevm() takes them. */
    check("more than there is: undone",
          kalloc_free_frames() + PHYSTOP / (NENTRIES * PGSIZE) >= before);
}

static void test_process_half(void)
{
    uint32_t before = kalloc_free_frames();
    pde_t *pgdir = setupkvm();

    test_kernel_half(pgdir);
    test_grow_and_shrink(pgdir);
    test_copy(pgdir);
    test_out_of_memory(pgdir);
    freevm(pgdir);
    check("a directory's frames come back", kalloc_free_frames() == before);
}

void main(void)
{
    uint32_t at_start;

    console_init();
    kinit(kernel_end, P2V(4 << 20)); /* as far as the boot directory reaches */
    kvmalloc();
    kinit(P2V(4 << 20), P2V(PHYSTOP));
    pic_init(); /* no interrupt comes: all are masked */
    descriptors_init();
    descriptors_allow_user(SYSCALL_VECTOR);
    kernel_ready();

    print_line(banner);
    at_start = kalloc_free_frames();
    kprintf("free frames at start: %u\n", at_start);
    test_frames();
    test_process_half();
    check("the user program has no complaint", run_init() == 0);
    check("nothing ran over the kernel stack", journal_is_intact());
    kprintf("free frames at end: %u\n", kalloc_free_frames());
    check("no frame was lost", kalloc_free_frames() == at_start);
    check_exit();
}
