#include "support/kernel_laws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "kernel/backtrace.h"
#include "kernel/kernel_ranges.h"
#include "kernel/multiboot.h"

#define RAM UINT64_C(0x800000)

static unsigned char *memory;
static struct pc_memmap map;
static char error[512];

/* Makes RAM writable and the BIOS's memory readable; the rest stays inaccessible. */
static void machine_create(void)
{
    if (memory != NULL)
        return;
    assert_true(pc_memmap_for_ram(&map, RAM, error, sizeof error));
    void *all =
        mmap(NULL, MEMORY_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(all, MAP_FAILED);
    memory = all;
    assert_int_equal(mprotect(memory + 0xe0000, 0x20000, PROT_READ), 0);
    for (uint32_t i = 0; i < map.count; i++) {
        uint64_t end = (map.range[i].last + 0x1000u) & ~UINT64_C(0xfff);
        if (map.range[i].usable)
            assert_int_equal(mprotect(memory + map.range[i].first, end - map.range[i].first,
                                      PROT_READ | PROT_WRITE),
                             0);
    }
}

static bool is_ram(uint64_t first, uint64_t bytes)
{
    return usable_ram_end(&map, first) >= first + bytes;
}

static void law_message(const char *name)
{
    size_t bytes = strlen(name);

    if (strncmp(error, name, bytes) != 0 || error[bytes] != ':')
        fail_msg("the message does not begin with the file: %s", error);
    for (const char *at = error; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            fail_msg("the message has control characters: %s", error);
}

/* ---- loading ---- */

static void law_image(const struct elf_image *image)
{
    uint32_t va;
    uint32_t pa;

    assert_in_range(image->segment_count, 1, ELF_SEGMENTS_MAX);
    assert_true(image->first < image->end && image->end <= MEMORY_BYTES);
    assert_true(image->entry >= image->first && image->entry < image->end);
    for (uint32_t i = 0; i < image->mapping_count; i++)
        if (elf_image_physical(image, image->mapping[i].va, &pa))
            assert_true(elf_image_virtual(image, pa, &va));
}

static void law_boot(const struct elf_image *image)
{
    static const unsigned char bytes[5000];
    const struct multiboot_module module[] = {{"a.mod", "words", bytes, sizeof bytes},
                                              {"b.mod", NULL, bytes, 1}};
    const struct multiboot_request request = {image, &map, "quiet", module, 2};
    struct multiboot_state state;

    if (!multiboot_prepare(&request, memory, &state, error, sizeof error))
        return;
    assert_true(is_ram(state.ebx, 8));
    assert_true(state.end <= usable_ram_top(&map));
    assert_int_equal(state.entry, image->entry);
}

static void law_load(const struct elf_file *file)
{
    static struct elf_image image;

    if (!elf_image_plan(&image, file, error, sizeof error)) {
        law_message(file->path);
        return;
    }
    law_image(&image);
    if (elf_image_load(&image, &map, memory, error, sizeof error))
        law_boot(&image);
    else
        law_message(file->path);
}

/* ---- names, lines, calls ---- */

static bool read_ram(void *context, uint32_t va, void *bytes, size_t count)
{
    (void)context;
    if (!is_ram(va, count))
        return false;
    memcpy(bytes, memory + va, count);
    return true;
}

static void law_names(const struct symbols *symbols)
{
    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol *symbol = &symbols->by_address[i];
        const struct symbol *named = symbols_find(symbols, symbol->name);
        assert_non_null(named);
        assert_string_equal(named->name, symbol->name);
        assert_non_null(symbols_at(symbols, symbol->va));
        assert_true(i == 0 || symbols->by_address[i - 1u].va <= symbol->va);
    }
    assert_true(symbols_code(symbols, NULL, 0) <= symbols->count);
}

static void law_places(const struct symbols *symbols, struct lines *lines)
{
    char text[WHERE_BYTES];

    for (size_t i = 0; i < symbols->count && i < 64u; i++)
        assert_true(strlen(where_text(symbols, lines, symbols->by_address[i].va + 1u, text)) > 0);
}

static void law_calls(const struct symbols *symbols, struct call_frames *frames)
{
    struct backtrace_guest guest = {.read = read_ram};
    struct backtrace_call call[BACKTRACE_FRAMES_MAX];

    for (size_t i = 0; i < symbols->count && i < 16u; i++) {
        for (uint32_t k = 0; k < GENERAL_COUNT; k++)
            guest.state.general[k] = 0x100000u + 64u * k;
        guest.state.eip = symbols->by_address[i].va + 1u;
        assert_in_range(backtrace_walk(&guest, frames, symbols, call), 1, BACKTRACE_FRAMES_MAX);
    }
}

static void law_debug(const struct elf_file *file)
{
    struct symbols symbols = {.count = 0};
    struct lines *lines = lines_create();
    struct call_frames *frames = call_frames_create();

    size_t added = symbols_add(&symbols, file);
    assert_int_equal(added, symbols.count);
    lines_add(lines, file);
    call_frames_add(frames, file);
    law_names(&symbols);
    law_places(&symbols, lines);
    law_calls(&symbols, frames);
    call_frames_destroy(frames);
    lines_destroy(lines);
    symbols_free(&symbols);
}

void law_kernel_file(const char *path, const unsigned char *bytes, size_t size)
{
    struct elf_file file;

    machine_create();
    elf_file_of_bytes(&file, path, bytes, size);
    law_load(&file);
    law_debug(&file);
    elf_file_close(&file);
}
