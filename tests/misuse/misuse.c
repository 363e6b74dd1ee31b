#include "misuse.h"

#include <mm/frame_owner.h>
#include <mm/strategy.h>

#include <mm/pgtable.h>
#include <mm/tempmap.h>

#include "misuse_functions.h"

const struct misuse misuses[] = {
#define MISUSE(name, function, ...) {#name, #function, {__VA_ARGS__}, misuse_##name},
#include "misuse_table.h"
#undef MISUSE
    {.name = NULL},
};

/* ---- text ---- */

static bool text_equal(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

static bool text_starts(const char *text, const char *start)
{
    while (*start != '\0' && *text == *start) {
        text++;
        start++;
    }
    return *start == '\0';
}

/* A line that is written piece by piece and cut when it is full. */
struct line {
    char *text;
    uint32_t length;
};

static void line_put(struct line *line, char character)
{
    if (line->length + 1u < MISUSE_LINE_BYTES)
        line->text[line->length++] = character;
    line->text[line->length] = '\0';
}

static void line_put_text(struct line *line, const char *text)
{
    for (; *text != '\0'; text++)
        line_put(line, *text);
}

/* Puts 0x and at least `digits` digits. */
static void line_put_hex(struct line *line, uint32_t value, uint32_t digits)
{
    line_put_text(line, "0x");
    for (uint32_t digit = 8; digit-- > 0;)
        if (digit < digits || value >> 4u * digit != 0)
            line_put(line, "0123456789abcdef"[value >> 4u * digit & 15u]);
}

/* Puts the fact. The frame replaces an @ in it; without an @, the value follows. */
static void line_put_fact(struct line *line, const char *fact, uint32_t frame, uint32_t value)
{
    bool placed = false;

    for (; *fact != '\0'; fact++) {
        if (*fact == '@')
            line_put_hex(line, frame, 5);
        else
            line_put(line, *fact);
        placed |= *fact == '@';
    }
    if (placed)
        return;
    line_put_text(line, ": ");
    line_put_hex(line, value, 1);
}

static void line_begin(struct line *line, const char *function)
{
    line_put_text(line, "panic: ");
    line_put_text(line, function);
    line_put_text(line, ": ");
}

void misuse_panic_line(char line[MISUSE_LINE_BYTES], const char *function, const char *fact,
                       uint32_t value)
{
    struct line put = {line, 0};

    line_begin(&put, function);
    line_put_fact(&put, fact, value, value);
}

/* ---- the verdict ---- */

static const struct {
    const char *strategy;
    size_t own; /* offset in struct misuse_facts of the strategy's own fact, */
    size_t kin; /* and of the fact that it shares with others */
} fact_places[] = {
#define PLACES(strategy, own, kin)                                                                 \
    {                                                                                              \
        strategy, offsetof(struct misuse_facts, own), offsetof(struct misuse_facts, kin)           \
    }
    PLACES("window", window, heaps), PLACES("primary", primary, heaps),
    PLACES("brk", brk, heaps),       PLACES("jump", brk, heaps),
    PLACES("migrate", brk, heaps),   PLACES("zoned", slabs, slabs),
    PLACES("kseg0", slabs, slabs),
#undef PLACES
};

static const char *fact_at(const struct misuse_facts *facts, size_t place)
{
    return *(const char *const *)(const void *)((const char *)facts + place);
}

static const char *fact_of(const struct misuse *misuse, const struct strategy *strategy)
{
    const struct misuse_facts *facts = &misuse->facts;

    for (uint32_t i = 0; i < sizeof fact_places / sizeof fact_places[0]; i++) {
        if (!text_equal(fact_places[i].strategy, strategy->name))
            continue;
        if (fact_at(facts, fact_places[i].own) != NULL)
            return fact_at(facts, fact_places[i].own);
        if (fact_at(facts, fact_places[i].kin) != NULL)
            return fact_at(facts, fact_places[i].kin);
    }
    return facts->all;
}

/* In a strategy whose heap owns low memory, a free frame is the heap's. */
static const char *fact_here(const char *fact, const struct misuse_attempt *attempt)
{
    bool is_heaps = mm_frame_kind(attempt->mm, pfn(attempt->frame)) == FRAME_HEAP;

    return text_equal(fact, "frame @ is free") && is_heaps ? "frame @ is the heap's" : fact;
}

/* Returns whether the line is the expected one. The messages of a strategy that is not part of
 * mmsim are unknown, so only the function is compared. */
static bool is_expected(const struct misuse *misuse, const struct misuse_attempt *attempt,
                        const char *line)
{
    const char *fact = fact_of(misuse, attempt->mm->strategy);
    char expected[MISUSE_LINE_BYTES];
    struct line put = {expected, 0};

    line_begin(&put, misuse->function);
    if (fact == NULL)
        return text_starts(line, expected);
    line_put_fact(&put, fact_here(fact, attempt), attempt->frame, attempt->value);
    return text_equal(line, expected);
}

const char *misuse_verdict(const struct misuse *misuse, const struct misuse_attempt *attempt,
                           const char *line)
{
    if (!attempt->begun)
        return "its set-up fails";
    if (attempt->broken != NULL)
        return attempt->broken;
    if (line == NULL)
        return "it is not caught";
    return is_expected(misuse, attempt, line) ? NULL : "the table names another panic";
}

bool misuse_is_impossible(const struct misuse_attempt *attempt)
{
    return !attempt->begun && attempt->mm->failure.cause == MM_UNSUPPORTED;
}

/* ---- setting up ---- */

void misuse_begins(struct misuse_attempt *attempt, uint32_t value)
{
    attempt->broken = mm_check(attempt->mm);
    attempt->value = value;
    attempt->frame = value;
    attempt->begun = true;
}

void misuse_begins_with(struct misuse_attempt *attempt, pfn_t frame)
{
    misuse_begins(attempt, frame.value);
}

void misuse_begins_at(struct misuse_attempt *attempt, vaddr_t address)
{
    paddr_t pa;

    misuse_begins(attempt, address.value);
    if (mm_translate(attempt->mm, address, &pa))
        attempt->frame = paddr_to_pfn(pa).value;
}

_Noreturn void misuse_gives_up(struct misuse_attempt *attempt, const char *why)
{
    machine_panic("set-up", why, attempt->mm->failure.cause);
}

_Noreturn void misuse_is_pointless(struct misuse_attempt *attempt)
{
    mm_fail(attempt->mm, MM_UNSUPPORTED, PFN_NONE);
    misuse_gives_up(attempt, "pointless");
}

static vaddr_t checked(struct misuse_attempt *attempt, vaddr_t block)
{
    if (vaddr_is_none(block))
        misuse_gives_up(attempt, "no block");
    return block;
}

vaddr_t take_block(struct misuse_attempt *attempt, uint32_t bytes)
{
    return checked(attempt, kmalloc(attempt->mm, bytes, PAGES_LOW));
}

vaddr_t take_dma_block(struct misuse_attempt *attempt, uint32_t bytes)
{
    return checked(attempt, kmalloc(attempt->mm, bytes, PAGES_DMA));
}

vaddr_t take_area(struct misuse_attempt *attempt, uint32_t bytes)
{
    return checked(attempt, vmalloc(attempt->mm, bytes));
}

pfn_t take_pages(struct misuse_attempt *attempt, uint32_t order, enum page_class page_class)
{
    pfn_t first = pages_alloc(attempt->mm, order, page_class);

    if (pfn_is_none(first))
        misuse_gives_up(attempt, "no pages");
    return first;
}

struct process *take_process(struct misuse_attempt *attempt)
{
    static const struct process_image image = {.data = "data", .data_bytes = 4};
    struct process *process = process_create(attempt->mm, &image);
    uint32_t word = 0;

    if (process == NULL || !process_copy_in(attempt->mm, process, vaddr(attempt->mm->user_end - 4u),
                                            &word, sizeof word))
        misuse_gives_up(attempt, "no process");
    return process;
}

pfn_t frame_of_process(const struct process *process, uint32_t va)
{
    paddr_t pa = paddr(0);

    MM_ASSERT(pgtable_translate(pfn_to_paddr(process->directory), vaddr(va), &pa));
    return paddr_to_pfn(pa);
}

pfn_t frame_at(const struct misuse_attempt *attempt, vaddr_t va)
{
    paddr_t pa = paddr(0);

    MM_ASSERT(mm_translate(attempt->mm, va, &pa));
    return paddr_to_pfn(pa);
}

pfn_t frame_touched_at(struct misuse_attempt *attempt, vaddr_t va)
{
    if (!machine_touch(va, true))
        misuse_gives_up(attempt, "a page can't be touched");
    return frame_at(attempt, va);
}

vaddr_t reach(struct misuse_attempt *attempt, pfn_t frame)
{
    if (frame.value < LOW_END_PFN)
        return direct_map_frame(frame);
    return checked(attempt, tempmap_claim(attempt->mm, frame));
}

vaddr_t address_of(const void *pointer)
{
    return vaddr((uint32_t)((uintptr_t)pointer - (uintptr_t)machine_pointer(vaddr(0))));
}
