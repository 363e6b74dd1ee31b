#include "support/loaded_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine/sparse.h"

#define MEMORY_BYTES (UINT64_C(1) << 32)

struct loaded_kernel loaded;

int loaded_kernel_setup(void **state)
{
    (void)state;
    loaded.error[0] = '\0';
    loaded.memory = sparse_map(MEMORY_BYTES);
    loaded.request = (struct multiboot_request){
        .image = &loaded.image, .map = &loaded.map, .module = loaded.module};
    elf_maker_init(&loaded.maker);
    return loaded.memory == NULL ||
           !pc_memmap_for_ram(&loaded.map, LOADED_RAM_BYTES, loaded.error, sizeof loaded.error);
}

int loaded_kernel_teardown(void **state)
{
    (void)state;
    elf_file_close(&loaded.file);
    sparse_unmap(loaded.memory, MEMORY_BYTES);
    return 0;
}

bool loaded_kernel_plan(const char *path, size_t size)
{
    elf_file_close(&loaded.file);
    elf_file_of_bytes(&loaded.file, path, loaded.maker.bytes, size);
    return elf_image_plan(&loaded.image, &loaded.file, loaded.error, sizeof loaded.error);
}

bool loaded_kernel_load(const char *path, size_t size)
{
    return loaded_kernel_plan(path, size) &&
           elf_image_load(&loaded.image, &loaded.map, loaded.memory, loaded.error,
                          sizeof loaded.error);
}

bool loaded_kernel_prepare(const char *path)
{
    return loaded_kernel_load(path, sizeof loaded.maker.bytes) &&
           multiboot_prepare(&loaded.request, loaded.memory, &loaded.state, loaded.error,
                             sizeof loaded.error);
}

void assert_loads(void)
{
    if (!loaded_kernel_load(LOADED_NAME, sizeof loaded.maker.bytes))
        fail_msg("%s", loaded.error);
}

void assert_prepares(void)
{
    if (!loaded_kernel_prepare(LOADED_NAME))
        fail_msg("%s", loaded.error);
}

void loaded_kernel_add_module(const char *path, const char *words, const char *bytes)
{
    loaded.module[loaded.request.module_count++] =
        (struct multiboot_module){path, words, (const unsigned char *)bytes, strlen(bytes)};
}

uint32_t loaded_word(uint32_t at)
{
    uint32_t value;

    memcpy(&value, loaded.memory + at, sizeof value);
    return value;
}
