#include "machine/dump.h"

#include "machine/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Map the file twice. Returns false, with errno, when the host refuses; nothing is mapped then. */
static bool dump_map(struct dump *dump, int fd)
{
    size_t bytes = (size_t)dump->bytes;
    void *memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);

    if (memory == MAP_FAILED)
        return false;
    dump->memory = memory;
    dump->scratch = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (dump->scratch == MAP_FAILED)
        goto unmap_memory;
    if (mmap(dump->scratch, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
             fd, 0) == MAP_FAILED)
        goto unmap_scratch;
    return true;

unmap_scratch:
    munmap(dump->scratch, ARENA_BYTES);
unmap_memory:
    munmap(memory, bytes);
    return false;
}

/* Returns NULL, or a text that says what is wrong with the file; errno is then the cause, or 0. */
static const char *dump_open_fd(struct dump *dump, int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return "cannot be read";
    errno = 0;
    if (!S_ISREG(status.st_mode))
        return "not a regular file, which raw physical memory is expected in";
    if (status.st_size == 0)
        return "empty: expected raw physical memory";
    dump->bytes = (uint64_t)status.st_size < ARENA_BYTES ? (uint64_t)status.st_size : ARENA_BYTES;
    return dump_map(dump, fd) ? NULL : "cannot be mapped";
}

bool dump_open(struct dump *dump, const char *path, char *error, size_t error_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const char *reason = fd < 0 ? "cannot open" : dump_open_fd(dump, fd);

    if (reason != NULL)
        snprintf(error, error_bytes, "%s: %s%s%s", path, reason, errno != 0 ? ": " : "",
                 errno != 0 ? strerror(errno) : "");
    if (fd >= 0)
        close(fd);
    return reason == NULL;
}

/* ---- reading, while another process may cut the file short ---- */

static const struct dump *being_read;
static sigjmp_buf when_cut;

static bool is_in(const void *address, const void *start, uint64_t bytes)
{
    return (uintptr_t)address - (uintptr_t)start < bytes;
}

/* For an access outside of the dump, the default action is restored and the access repeats. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
    const struct sigaction end = {.sa_handler = SIG_DFL};

    (void)context;
    if (info->si_code > 0 && (is_in(info->si_addr, being_read->memory, being_read->bytes) ||
                              is_in(info->si_addr, being_read->scratch, ARENA_BYTES)))
        siglongjmp(when_cut, 1);
    sigaction(number, &end, NULL);
    if (info->si_code <= 0)
        raise(number);
}

bool dump_read(const struct dump *dump, void (*run)(void *context), void *context)
{
    const struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    struct sigaction before;
    volatile bool whole = false;

    being_read = dump;
    sigaction(SIGBUS, &action, &before);
    if (sigsetjmp(when_cut, 1) == 0) {
        run(context);
        whole = true;
    }
    sigaction(SIGBUS, &before, NULL);
    being_read = NULL;
    return whole;
}

void dump_close(struct dump *dump)
{
    munmap(dump->scratch, ARENA_BYTES);
    munmap((void *)(uintptr_t)dump->memory, (size_t)dump->bytes);
}

/* ---- the walk for one address ---- */

/* Follow the tables for va. Returns false when an entry is outside of the dump. */
static bool walk_read(const struct mmu_tables *tables, struct dump_walk *walk)
{
    struct walk_step *step = &walk->steps[0];

    step->index = walk->va.value >> LARGE_PAGE_SHIFT;
    step->at = mmu_directory_entry_at(tables->cr3, walk->va);
    walk->step_count = 1;
    if (!mmu_entry_read(tables, step->at, &step->entry))
        return false;
    if (!mmu_names_table(step->entry, tables->cr4))
        return true;
    step[1].index = walk->va.value >> PAGE_SHIFT & (PAGE_TABLE_ENTRIES - 1u);
    step[1].at = mmu_table_entry_at(step->entry, walk->va);
    walk->step_count = 2;
    return mmu_entry_read(tables, step[1].at, &step[1].entry);
}

static bool faults(const struct mmu *mmu, vaddr_t va, uint32_t access, uint32_t *error_code)
{
    struct mmu_walk walk;

    if (mmu_walk(mmu, va, access, &walk))
        return false;
    *error_code = walk.error_code;
    return true;
}

static void walk_accesses(const struct mmu *mmu, struct dump_walk *walk)
{
    struct mmu lax = *mmu;

    lax.cr0 &= ~CR0_WP;
    for (uint32_t i = 0; i < WALK_ACCESS_COUNT; i++) {
        struct walk_access *access = &walk->access[i];
        access->faults_without_wp = faults(&lax, walk->va, 2u * i, &access->error_code);
        access->faults = faults(mmu, walk->va, 2u * i, &access->error_code);
    }
}

static void walk_destination(const struct dump *dump, struct dump_walk *walk)
{
    uint64_t page_rest = PAGE_SIZE - (walk->pa.value & PAGE_OFFSET_MASK);
    uint64_t dump_rest = walk->pa.value < dump->bytes ? dump->bytes - walk->pa.value : 0;
    uint64_t count = page_rest < dump_rest ? page_rest : dump_rest;

    walk->byte_count = count < WALK_BYTES_MAX ? (uint32_t)count : WALK_BYTES_MAX;
    memcpy(walk->bytes, (const unsigned char *)dump->memory + walk->pa.value, walk->byte_count);
}

void dump_walk(const struct dump *dump, uint32_t cr3, uint32_t cr4, vaddr_t va,
               struct dump_walk *walk)
{
    const struct mmu_tables tables = dump_tables(dump, cr3, cr4);
    const struct mmu mmu = {
        .memory = dump->scratch, .cr0 = CR0_PG | CR0_WP, .cr3 = cr3, .cr4 = cr4};
    struct mmu_walk page;

    *walk = (struct dump_walk){.va = va, .end = WALK_OUTSIDE};
    if (!walk_read(&tables, walk))
        return;
    walk_accesses(&mmu, walk);
    if (!mmu_walk(&mmu, va, MMU_SUPERVISOR | MMU_READ, &page)) {
        walk->end = page.error_code & FAULT_RESERVED ? WALK_RESERVED : WALK_ABSENT;
        return;
    }
    walk->end = WALK_PAGE;
    walk->pa = page.pa;
    walk->page_bytes = page.page_bytes;
    walk->rights = MMU_RIGHTS & walk->steps[0].entry;
    if (walk->step_count == 2)
        walk->rights &= walk->steps[1].entry;
    walk_destination(dump, walk);
}
