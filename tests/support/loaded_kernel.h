/* A kernel's file of elf_maker.h, loaded into the memory of a machine with 64 MiB of RAM, and the
 * state that a multiboot loader leaves there. */
#ifndef SUPPORT_LOADED_KERNEL_H
#define SUPPORT_LOADED_KERNEL_H

#include "kernel/multiboot.h"
#include "support/elf_maker.h"

#define LOADED_NAME      "kernel.elf" /* the path of the file */
#define LOADED_RAM_BYTES (UINT64_C(64) << 20)

struct loaded_kernel {
    struct elf_maker maker;
    struct elf_file file;
    struct elf_image image;
    struct pc_memmap map;
    unsigned char *memory; /* all 4 GiB */
    struct multiboot_module module[MULTIBOOT_MODULES_MAX + 1u];
    struct multiboot_request request;
    struct multiboot_state state; /* what loaded_kernel_prepare() left */
    char error[256];
};

extern struct loaded_kernel loaded;

/* The fixtures of each test: a kernel, memory and a map of its own. */
int loaded_kernel_setup(void **state);
int loaded_kernel_teardown(void **state);

/* Plan the first `size` bytes of the file, or plan and load them. Return false after an error. */
bool loaded_kernel_plan(const char *path, size_t size);
bool loaded_kernel_load(const char *path, size_t size);

/* Loads the whole file and prepares its boot by `request`. Returns false after an error. */
bool loaded_kernel_prepare(const char *path);

/* The same for the whole file, under the name LOADED_NAME. They fail the test after an error. */
void assert_loads(void);
void assert_prepares(void);

/* Adds a module to the request. */
void loaded_kernel_add_module(const char *path, const char *words, const char *bytes);

/* Returns the 32-bit number at a physical address. */
uint32_t loaded_word(uint32_t at);

#endif
