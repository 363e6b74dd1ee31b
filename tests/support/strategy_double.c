#include "support/strategy_double.h"

#include "machine/machine.h"
#include <mm/machine.h>
#include <mm/strategy.h>

#include <unistd.h>

static const struct strategy *original;
static struct strategy doubles[DOUBLE_IS_GOOD + 1];
static uint32_t calls;

/* Volatile, so that the compiler does not see that the address is invalid. */
static volatile uintptr_t nowhere = 64;

static void go_wrong(struct mm *mm, enum double_fault fault)
{
    switch (fault) {
    case DOUBLE_PANICS:
        machine_panic("double_kmalloc", "was told to panic", calls);
    case DOUBLE_DEREFERENCES_NULL:
        *(volatile uint32_t *)machine_pointer(vaddr(0x10)) = 1;
        break;
    case DOUBLE_BREAKS_RULE:
        mm->counters.frames_used++;
        break;
    case DOUBLE_SEGFAULTS:
        *(volatile char *)nowhere = 1;
        break;
    case DOUBLE_EXITS:
        machine_destroy(machine_current); /* else Valgrind would search all of its 4 GiB */
        _exit(0);
    case DOUBLE_IS_GOOD:
        break;
    }
}

static vaddr_t double_kmalloc(struct mm *mm, uint32_t bytes, enum page_class page_class)
{
    if (++calls == DOUBLE_BAD_CALL)
        go_wrong(mm, (enum double_fault)(mm->strategy - doubles));
    return original->kmalloc(mm, bytes, page_class);
}

const struct strategy *strategy_double(enum double_fault fault)
{
    static const char *const names[] = {"panics", "null", "breaks", "segfaults", "exits", "good"};

    original = mm_strategy_find("brk");
    doubles[fault] = *original;
    doubles[fault].name = names[fault];
    doubles[fault].kmalloc = double_kmalloc;
    calls = 0;
    return &doubles[fault];
}
