/* A machine that gets the memory of the one before it: what it finds there, and what a flush leaves
   in its window. */
#include "support/on_machine.h"
#include "support/test.h"

#include "machine/kept_memory.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK UINT32_C(0x800000) /* physical, in the direct map */
#define HIGH  UINT32_C(0x40000000)

static const struct machine_options keeping = {.keeps_memory = true};

static struct machine *begin(const struct machine_options *options)
{
    struct machine *machine = machine_create(options);

    assert_non_null(machine);
    return machine;
}

static uint32_t *memory(uint32_t pa)
{
    return arena_pointer(&machine_current->arena, paddr(pa));
}

static uint32_t direct(uint32_t pa)
{
    return DIRECT_MAP_BASE + pa;
}

TEST(kept_memory_reads_as_zero)
{
    struct machine *machine = begin(&keeping);
    unsigned char *arena = machine->arena.memory;

    window_write(direct(BLOCK), 1);
    window_write(direct(BLOCK + 5 * PAGE_SIZE), 2);
    assert_true(machine_store32(vaddr(direct(2 * BLOCK)), false, 3));
    arena_note_writes(&machine->arena, paddr(HIGH), 4);
    *memory(HIGH) = 4;
    machine_destroy(machine);

    machine = begin(&keeping);
    assert_ptr_equal(machine->arena.memory, arena);
    assert_int_equal(*memory(BLOCK), 0);
    assert_int_equal(*memory(BLOCK + 5 * PAGE_SIZE), 0);
    assert_int_equal(*memory(2 * BLOCK), 0);
    assert_int_equal(*memory(HIGH), 0);
    assert_int_equal(window_read(direct(BLOCK)), 0);
    machine_destroy(machine);
    kept_memory_free();
}

TEST(the_direct_map_stays_mapped_for_the_next_machine)
{
    struct machine *machine = begin(&keeping);

    window_write(direct(BLOCK), 1);
    assert_int_equal(machine->window.fills, 1);
    machine_destroy(machine);
    machine = begin(&keeping);
    window_write(direct(BLOCK), 1);
    assert_int_equal(machine->window.fills, 0);
    machine_destroy(machine);
    kept_memory_free();
}

TEST(frames_that_the_next_machine_may_write_without_a_trap_count_as_written)
{
    struct machine *machine = begin(&keeping);

    window_write(direct(BLOCK), 1);
    machine_destroy(machine);
    machine = begin(&keeping);
    window_write(direct(BLOCK + PAGE_SIZE), 7);
    machine_zero_frame(paddr_to_pfn(paddr(BLOCK + PAGE_SIZE)));
    assert_int_equal(window_read(direct(BLOCK + PAGE_SIZE)), 0);
    machine_destroy(machine);
    kept_memory_free();
}

TEST(a_machine_without_the_option_gets_new_memory)
{
    struct machine *machine = begin(&keeping);
    unsigned char *arena = machine->arena.memory;

    window_write(direct(BLOCK), 1);
    machine_destroy(machine);
    machine = begin(NULL);
    assert_ptr_not_equal(machine->arena.memory, arena);
    machine_destroy(machine);
    kept_memory_free();
}

TEST(a_machine_that_ends_under_another_directory_keeps_nothing)
{
    struct machine *machine = begin(&keeping);
    struct arena arena;
    struct window window;

    memcpy(memory(BLOCK), memory(machine->mmu.cr3), PAGE_SIZE);
    machine_cpu_load_cr3(paddr(BLOCK));
    machine_destroy(machine);
    assert_false(kept_memory_take(&arena, &window));
}

TEST(a_flush_leaves_only_large_pages_that_are_mapped_as_at_the_start)
{
    struct machine *machine = begin(&keeping);
    uint32_t *directory = memory(machine->mmu.cr3);

    directory[0] = BLOCK | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE | PTE_GLOBAL;
    window_write(0, 1);
    window_write(direct(BLOCK), 1);
    window_write(direct(2 * BLOCK), 2);
    directory[direct(2 * BLOCK) >> LARGE_PAGE_SHIFT] =
        BLOCK | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE | PTE_GLOBAL;
    machine_cpu_flush_tlb();
    assert_null(window_entries_find(&machine->window.entries, vaddr(0)));
    assert_null(window_entries_find(&machine->window.entries, vaddr(direct(2 * BLOCK))));
    assert_int_equal(window_read(direct(2 * BLOCK)), 1);
    uint64_t fills = machine->window.fills;
    assert_int_equal(window_read(direct(BLOCK)), 1);
    assert_int_equal(machine->window.fills, fills);
    machine_destroy(machine);
    kept_memory_free();
}

TEST(a_child_does_not_use_the_memory_of_its_parent)
{
    struct arena arena;
    struct window window;
    int status;

    machine_destroy(begin(&keeping));
    pid_t child = fork();
    if (child == 0)
        _exit(kept_memory_take(&arena, &window));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(kept_memory_take(&arena, &window));
    window_destroy(&window);
    arena_destroy(&arena);
}

/* More entries than are dropped one by one. */
TEST(a_large_flush_keeps_them_too)
{
    struct machine *machine = begin(&keeping);
    uint32_t *directory = memory(machine->mmu.cr3);

    for (uint32_t i = 0; i < 100; i++) {
        directory[i] = (i << LARGE_PAGE_SHIFT) | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
        window_write((i << LARGE_PAGE_SHIFT) + 8, i);
    }
    for (uint32_t i = 20; i < 30; i++)
        window_write(direct(i << LARGE_PAGE_SHIFT) + 8, i);
    machine_cpu_flush_tlb();
    assert_int_equal(machine->window.entries.count, 10);
    uint64_t fills = machine->window.fills;
    for (uint32_t i = 20; i < 30; i++)
        window_write(direct(i << LARGE_PAGE_SHIFT) + 8, i + 1);
    assert_int_equal(machine->window.fills, fills);
    assert_int_equal(window_read((25u << LARGE_PAGE_SHIFT) + 8), 26);
    machine_destroy(machine);
    kept_memory_free();
}
