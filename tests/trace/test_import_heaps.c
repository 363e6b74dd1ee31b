/*
 * Random programs are logged in each format of a user program's heap. All logs of a program give
 * the same trace, which a naive model with a short list of blocks predicts.
 */
#include "replay/random.h"
#include "support/test.h"
#include "trace/importing.h"

#include <inttypes.h>

#define BLOCKS       24u
#define STEPS        400u
#define LINE_BYTES   128u
#define ADDRESS_STEP 16u

struct block {
    uint64_t address; /* 0: not live */
    uint64_t id;      /* in the trace; 0: the trace cannot hold the block */
};

struct text {
    char *bytes;
    size_t used;
};

static struct {
    uint32_t random;
    struct block blocks[BLOCKS];
    uint64_t last_id;
    uint64_t next_address;
    struct text mdriver;
    struct text mtrace;
    struct text valgrind;
    struct text trace;
    struct text trace_of_valgrind; /* with the function as the site */
} run;

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text->used += (size_t)vsnprintf(text->bytes + text->used, LINE_BYTES, format, arguments);
    va_end(arguments);
}

static uint32_t below(uint32_t end)
{
    return random32_below(&run.random, end);
}

/* The number is mostly small, and sometimes 0 or more than a trace can hold. */
static uint64_t random_bytes(void)
{
    switch (below(20)) {
    case 0:
        return 0;
    case 1:
        return UINT64_C(0x100000000) + below(1000);
    default:
        return 1 + below(5000);
    }
}

/* Returns an address that no live block has, often one of a freed block. */
static uint64_t random_address(void)
{
    uint64_t address = 0x1000 + ADDRESS_STEP * below(2 * BLOCKS);

    for (uint32_t i = 0; i < BLOCKS; i++)
        if (run.blocks[i].address == address)
            return run.next_address += ADDRESS_STEP;
    return address;
}

static bool fits(uint64_t bytes)
{
    return bytes > 0 && bytes <= UINT32_MAX;
}

static void expect_kmalloc(struct block *block, uint64_t bytes, const char *function)
{
    block->id = fits(bytes) ? ++run.last_id : 0;
    if (block->id == 0)
        return;
    put(&run.trace, "kmalloc %" PRIu64 " %" PRIu64 "\n", block->id, bytes);
    put(&run.trace_of_valgrind, "kmalloc %" PRIu64 " %" PRIu64 " @%s\n", block->id, bytes,
        function);
}

static void expect(const struct block *block, const char *event, uint64_t bytes)
{
    char size[32] = "";

    if (block->id == 0)
        return;
    if (bytes > 0)
        snprintf(size, sizeof(size), " %" PRIu64, bytes);
    put(&run.trace, "%s %" PRIu64 "%s\n", event, block->id, size);
    put(&run.trace_of_valgrind, "%s %" PRIu64 "%s\n", event, block->id, size);
}

static void do_alloc(uint32_t i)
{
    struct block *block = &run.blocks[i];
    uint64_t bytes = random_bytes();

    block->address = random_address();
    put(&run.mdriver, "a %u %" PRIu64 "\n", i, bytes);
    put(&run.mtrace, "+ 0x%" PRIx64 " %#" PRIx64 "\n", block->address, bytes);
    put(&run.valgrind, "--9-- malloc(%" PRIu64 ") = 0x%" PRIX64 "\n", bytes, block->address);
    expect_kmalloc(block, bytes, "malloc");
}

static void do_free(uint32_t i)
{
    struct block *block = &run.blocks[i];

    put(&run.mdriver, "f %u\n", i);
    put(&run.mtrace, "- 0x%" PRIx64 "\n", block->address);
    put(&run.valgrind, "--9-- free(0x%" PRIX64 ")\n", block->address);
    expect(block, "kfree", 0);
    *block = (struct block){0};
}

static void do_realloc(uint32_t i)
{
    struct block *block = &run.blocks[i];
    uint64_t old = block->address;
    uint64_t bytes = 1 + random_bytes();

    if (below(2) == 0)
        block->address = random_address();
    put(&run.mdriver, "r %u %" PRIu64 "\n", i, bytes);
    put(&run.mtrace, "< 0x%" PRIx64 "\n> 0x%" PRIx64 " %#" PRIx64 "\n", old, block->address, bytes);
    put(&run.valgrind, "--9-- realloc(0x%" PRIX64 ",%" PRIu64 ") = 0x%" PRIX64 "\n", old, bytes,
        block->address);
    if (!fits(bytes)) {
        expect(block, "kfree", 0);
        block->id = 0;
    } else if (block->id == 0) {
        expect_kmalloc(block, bytes, "realloc");
    } else {
        expect(block, "krealloc", bytes);
    }
}

static void do_step(void)
{
    uint32_t i = below(BLOCKS);

    if (run.blocks[i].address == 0)
        do_alloc(i);
    else if (below(3) == 0)
        do_realloc(i);
    else
        do_free(i);
}

static void assert_same(const char *format, const char *head, const struct text *log,
                        const struct text *expected)
{
    char *whole = malloc(log->used + strlen(head) + 1);

    assert_non_null(whole);
    sprintf(whole, "%s%s", head, log->bytes);
    import_format = format;
    assert_import(whole, expected->bytes);
    free(whole);
}

static struct text *const texts[] = {&run.mdriver, &run.mtrace, &run.valgrind, &run.trace,
                                     &run.trace_of_valgrind};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

/* Runs a random program. Every block is allocated first, so that the header of mdriver is right. */
static void begin(uint32_t seed)
{
    memset(&run, 0, sizeof(run));
    run.random = seed;
    run.next_address = 0x100000;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        assert_non_null(texts[i]->bytes = calloc(STEPS + 2 * BLOCKS, LINE_BYTES));
    for (uint32_t i = 0; i < BLOCKS; i++)
        do_alloc(i);
    for (uint32_t i = 0; i < STEPS; i++)
        do_step();
}

static void end(void)
{
    for (size_t i = 0; i < TEXT_COUNT; i++)
        free(texts[i]->bytes);
}

static uint32_t current_seed; /* the seed of the program that runs; 0: none */

TEST(every_format_gives_the_same_trace)
{
    char header[64];

    snprintf(header, sizeof(header), "1\n%u\n%u\n0\n", BLOCKS, BLOCKS + STEPS);
    for (current_seed = 1; current_seed <= 20; current_seed++) {
        begin(current_seed);
        assert_same("mdriver", header, &run.mdriver, &run.trace);
        assert_same("mtrace", "= Start\n", &run.mtrace, &run.trace);
        assert_same("valgrind", "", &run.valgrind, &run.trace_of_valgrind);
        end();
    }
    current_seed = 0;
}

static int print_seed(void **state)
{
    (void)state;
    if (current_seed != 0)
        print_message("seed %" PRIu32 "\n", current_seed);
    return 0;
}

TEST_FIXTURES(NULL, print_seed)

int main(void)
{
    return tests_run(importing_setup, files_teardown);
}
