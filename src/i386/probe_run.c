#include "probe_run.h"

#include "probe_space.h"
#include "replay/crc32.h"
#include "serial.h"
#include <asm/access.h>
#include <mm/machine.h>

_Static_assert(PROBE_READ8 == ACCESS_READ8 && PROBE_WRITE8 == ACCESS_WRITE8 &&
                   PROBE_READ32 == ACCESS_READ32,
               "the numbers of accesses are the same in both headers");

/* The current case is copied from the module, because its address space does not map the module. */
static struct probe_case current;
static struct probe_step steps[PROBE_STEPS_MAX];
static struct probe_outcome outcomes[PROBE_STEPS_MAX];

static uint32_t differences;

static void put_words(const char *text, const struct probe_outcome *outcome)
{
    const uint32_t words[] = {outcome->end, outcome->value, outcome->directory_entry,
                              outcome->table_entry};

    text_put(&serial_out, text);
    for (uint32_t i = 0; i < 4u; i++) {
        text_put(&serial_out, " ");
        text_put_hex(&serial_out, words[i], 8);
    }
}

static void difference_begin(void)
{
    differences++;
    text_put(&serial_out, "difference: case ");
    text_put_u64(&serial_out, current.number);
}

static void step_compare(uint32_t step, const struct probe_outcome *expected,
                         const struct probe_outcome *outcome)
{
    if (expected->end == outcome->end && expected->value == outcome->value &&
        expected->directory_entry == outcome->directory_entry &&
        expected->table_entry == outcome->table_entry)
        return;
    difference_begin();
    text_put(&serial_out, " step ");
    text_put_u64(&serial_out, step);
    put_words(": expected", expected);
    put_words(", came", outcome);
    text_put(&serial_out, "\n");
}

static void checksum_compare(uint32_t checksum)
{
    if (current.checksum == checksum)
        return;
    difference_begin();
    text_put(&serial_out, " checksum: expected ");
    text_put_hex(&serial_out, current.checksum, 8);
    text_put(&serial_out, ", came ");
    text_put_hex(&serial_out, checksum, 8);
    text_put(&serial_out, "\n");
}

static void steps_execute(void)
{
    uint32_t accesses = 0;

    probe_space_enter(&current);
    for (uint32_t i = 0; i < current.steps; i++) {
        if (steps[i].kind == PROBE_ACCESS)
            probe_space_access(&steps[i], &outcomes[accesses++]);
        else
            probe_space_step(&steps[i]);
    }
    probe_space_leave();
}

/* `expected` points to the current case's outcomes in the module. */
static void case_run(uint32_t *arena, const struct probe_outcome *expected)
{
    uint32_t accesses = 0;

    probe_tables_clear(arena);
    steps_execute();
    for (uint32_t i = 0; i < current.steps; i++) {
        if (steps[i].kind != PROBE_ACCESS)
            continue;
        step_compare(i, &expected[accesses], &outcomes[accesses]);
        accesses++;
    }
    checksum_compare(probe_checksum(arena));
}

static void cases_run(const struct probe_header *header)
{
    const void *at = header + 1;
    uint32_t *arena = machine_pointer(direct_map(paddr(header->arena)));

    probe_space_init(header->arena);
    probe_arena_fill(arena);
    for (uint32_t i = 0; i < header->cases; i++) {
        current = *(const struct probe_case *)at;
        const struct probe_step *step = (const void *)((const struct probe_case *)at + 1);
        const struct probe_outcome *expected = (const void *)(step + current.steps);
        for (uint32_t j = 0; j < current.steps; j++)
            steps[j] = step[j];
        case_run(arena, expected);
        at = expected + current.accesses;
    }
}

static const char *header_error(const struct probe_header *header, uint64_t bytes)
{
    if (bytes < sizeof *header || header->magic != PROBE_MAGIC)
        return "not a program for the MMU";
    if (header->version != PROBE_VERSION)
        return "a program of another version; make it again";
    if (header->payload_bytes > bytes - sizeof *header ||
        crc32(0, header + 1, header->payload_bytes) != header->payload_crc)
        return "a damaged program: its checksum is not that of its contents";
    return NULL;
}

/* The arena has to be RAM in the direct map that the module does not overlap. */
static const char *arena_error(uint64_t first, const struct boot_module *module,
                               const struct bootinfo *boot)
{
    uint64_t last = first + LARGE_PAGE_SIZE - 1u;

    if (first % LARGE_PAGE_SIZE != 0 || last >= DIRECT_MAP_SIZE ||
        (first < module->end && module->first <= last))
        return "the module lies where its arena has to be; make a shorter program";
    for (uint32_t i = 0; i < boot->range_count; i++)
        if (boot->range[i].usable && boot->range[i].first <= first && boot->range[i].last >= last)
            return NULL;
    return "no memory where its arena has to be; give more RAM";
}

bool probe_run(const struct boot_module *module, const struct bootinfo *boot)
{
    const struct probe_header *header = machine_pointer(direct_map(paddr((uint32_t)module->first)));
    const char *error = header_error(header, module->end - module->first);

    if (error == NULL)
        error = arena_error(header->arena, module, boot);
    if (error != NULL) {
        text_put(&serial_out, "error: ");
        text_put(&serial_out, module->name);
        text_put(&serial_out, ": ");
        text_put(&serial_out, error);
        text_put(&serial_out, "\n");
        return false;
    }
    cases_run(header);
    text_put(&serial_out, "mmu: ");
    text_put_u64(&serial_out, header->accesses);
    text_put(&serial_out, " accesses, ");
    text_put_u64(&serial_out, differences);
    text_put(&serial_out, " differences\n");
    return differences == 0;
}
