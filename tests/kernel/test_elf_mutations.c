/* Kernel files with random changes: whatever a reader finds, the laws of kernel_laws.h hold. */
#include <stdlib.h>
#include <string.h>

#include "kernel/cases.h"
#include "replay/random.h"
#include "support/elf_maker.h"
#include "support/kernel_laws.h"
#include "support/program.h"
#include "support/scratch.h"
#include "support/test.h"

static struct elf_maker maker;

#define ROUNDS     20000u
#define FILE_BYTES 65536u

static uint32_t random_state = 1;

/* Change a bit, a byte, or a word. The new word is large, small, or close to a valid one. */
static void mutate(unsigned char *bytes, size_t size)
{
    static const uint32_t words[] = {0,          1,          0x7fffffff, 0x80000000, 0xffffffff,
                                     0xfffff000, 0x00100000, 0x00007fff, 0xc0100000, 0x20};
    size_t at = random32(&random_state) % size;
    uint32_t word =
        words[random32(&random_state) % LENGTH(words)] + random32(&random_state) % 3u - 1u;

    if (random32(&random_state) % 2u == 0) /* most mutations change the tables */
        at = random32(&random_state) % 2u == 0 ? at % 0x100u : size - 1u - at % 0xa00u % size;
    switch (random32(&random_state) % 3u) {
    case 0:
        bytes[at] ^= (unsigned char)(1u << random32(&random_state) % 8u);
        break;
    case 1:
        bytes[at] = (unsigned char)random32(&random_state);
        break;
    default:
        at &= ~(size_t)3u;
        memcpy(bytes + at, &word, at + 4u <= size ? 4u : size - at);
    }
}

static void hold_for_mutations(const unsigned char *bytes, size_t size, uint32_t rounds)
{
    static unsigned char mutant[FILE_BYTES];

    law_kernel_file("kernel.elf", bytes, size);
    for (uint32_t i = 0; i < rounds; i++) {
        memcpy(mutant, bytes, size);
        for (uint32_t k = 0; k <= random32(&random_state) % 8u; k++)
            mutate(mutant, size);
        law_kernel_file("kernel.elf", mutant,
                        random32(&random_state) % 16u == 0 ? random32(&random_state) % size : size);
    }
}

TEST(mutations_are_errors_or_in_bounds)
{
    static const uint32_t tags[] = {1,        12,       6, 0,  2,        24, 0x101000, 0x100000,
                                    0x102000, 0x103000, 3, 12, 0x101040, 0,  0,        8};
    static const uint32_t addresses[] = {0x201000, 0x200000, 0x202000, 0x203000, 0x201040};

    elf_maker_init(&maker);
    elf_maker_symbol(&maker, "start", ELF_MAKER_TEXT_VA + 0x40u, 4,
                     ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), ELF_MAKER_TEXT_SECTION);
    elf_maker_symbol(&maker, "data", ELF_MAKER_DATA_VA, 4, ELF32_ST_INFO(STB_LOCAL, STT_OBJECT),
                     ELF_MAKER_DATA_SECTION);
    elf_maker_multiboot_1(&maker, ELF_MAKER_TEXT, 0x10000, addresses, LENGTH(addresses));
    hold_for_mutations(maker.bytes, sizeof maker.bytes, ROUNDS / 4u);
    elf_maker_multiboot_2(&maker, ELF_MAKER_TEXT, tags, LENGTH(tags));
    hold_for_mutations(maker.bytes, sizeof maker.bytes, ROUNDS / 4u);
}

TEST(mutations_of_debug_information_are_harmless)
{
    static struct program program;
    static unsigned char bytes[FILE_BYTES];
    const char *input = scratch_text("source.c", "int f(int x) { return x + 1; }\n"
                                                 "int _start(void) { return f(2) + f(3); }\n");
    const char *output = scratch_path("compiled.elf");
    static const char script[] = "exec gcc -m32 -O1 -g -ffreestanding -fno-pic -nostdlib -static"
                                 " -Wl,-N,-Ttext=0x100000 -Wl,--build-id=none -o \"$1\" \"$0\"";

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, input, output, NULL});
    if (program.status != 0)
        skip();
    hold_for_mutations(bytes, scratch_read(output, bytes, sizeof bytes), ROUNDS / 2u);
}
