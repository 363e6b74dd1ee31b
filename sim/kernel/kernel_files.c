/* The files of a kernel: its own file, its modules and the files of its programs, and the symbols
   in them. */
#include "kernel/kernel_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/memory.h"

/* ---- ELF files ---- */

static void add_names(struct kernel *kernel, const struct elf_file *file)
{
    struct control *control = kernel->process.control;

    symbols_add(&kernel->symbols, file);
    lines_add(kernel->lines, file);
    call_frames_add(kernel->frames, file);
    size_t count = symbols_code(&kernel->symbols, control->symbols, CONTROL_SYMBOLS_MAX);
    control->symbol_count =
        count < CONTROL_SYMBOLS_MAX ? (uint32_t)count : (uint32_t)CONTROL_SYMBOLS_MAX;
    count = symbols_code_ends(&kernel->symbols, control->text_ends, CONTROL_TEXTS_MAX);
    control->text_end_count =
        count < CONTROL_TEXTS_MAX ? (uint32_t)count : (uint32_t)CONTROL_TEXTS_MAX;
    kernel->stops.changed = true;
}

/* Read a file, and keep it. Returns NULL after an error. */
static struct elf_file *keep_file(struct kernel *kernel, const char *path)
{
    struct elf_file *file;

    if (kernel->file_count == KERNEL_FILES_MAX) {
        kernel_fail_with(kernel, "%s: more than %u files", path, KERNEL_FILES_MAX);
        return NULL;
    }
    file = memory_zeroed(1, sizeof *file);
    if (!elf_file_open(file, path, kernel->error, sizeof kernel->error)) {
        free(file);
        return NULL;
    }
    kernel->file[kernel->file_count++] = file;
    return file;
}

static void drop_last_file(struct kernel *kernel)
{
    struct elf_file *file = kernel->file[--kernel->file_count];

    elf_file_close(file);
    free(file);
}

enum kernel_outcome kernel_load(struct kernel *kernel, const char *path)
{
    kernel_clear_error(kernel);
    if (kernel->loaded)
        return kernel_done_if(
            kernel_fail_with(kernel, "%s: a kernel is loaded already; create another", path));
    struct elf_file *file = keep_file(kernel, path);
    if (file == NULL)
        return KERNEL_ERROR;
    if (!elf_image_plan(&kernel->image, file, kernel->error, sizeof kernel->error) ||
        !elf_image_load(&kernel->image, &kernel->map, kernel->arena.memory, kernel->error,
                        sizeof kernel->error)) {
        drop_last_file(kernel);
        return KERNEL_ERROR;
    }
    add_names(kernel, file);
    kernel->symbols.image = &kernel->image;
    kernel->loaded = true;
    kernel->written.count = CONTROL_WRITTEN_ANY;
    return KERNEL_DONE;
}

enum kernel_outcome kernel_symbols(struct kernel *kernel, const char *path)
{
    kernel_clear_error(kernel);
    struct elf_file *file = keep_file(kernel, path);
    if (file == NULL)
        return KERNEL_ERROR;
    if (file->not_elf != NULL) {
        kernel_fail_with(kernel, "%s: %s", path, file->not_elf);
        drop_last_file(kernel);
        return KERNEL_ERROR;
    }
    add_names(kernel, file);
    return KERNEL_DONE;
}

/* ---- modules and words ---- */

static char *copy_text(const char *text)
{
    size_t bytes = strlen(text) + 1u;

    return memcpy(memory_zeroed(bytes, 1), text, bytes);
}

enum kernel_outcome kernel_module(struct kernel *kernel, const char *path, const char *words)
{
    uint32_t i = kernel->module_count;

    kernel_clear_error(kernel);
    if (i == MULTIBOOT_MODULES_MAX)
        return kernel_done_if(
            kernel_fail_with(kernel, "%s: more than %u modules", path, MULTIBOOT_MODULES_MAX));
    if (!file_bytes_read(&kernel->module_file[i], path, kernel->error, sizeof kernel->error))
        return KERNEL_ERROR;
    kernel->module[i] = (struct multiboot_module){.path = copy_text(path),
                                                  .words = copy_text(words != NULL ? words : ""),
                                                  .bytes = kernel->module_file[i].bytes,
                                                  .size = kernel->module_file[i].size};
    kernel->module_count++;
    return KERNEL_DONE;
}

void kernel_append(struct kernel *kernel, const char *words)
{
    size_t used = kernel->words != NULL ? strlen(kernel->words) : 0;
    size_t bytes = used + strlen(words) + 2u;

    kernel->words = memory_resize(kernel->words, bytes, 1);
    snprintf(kernel->words + used, bytes - used, "%s%s", used > 0 ? " " : "", words);
}

/* ---- names ---- */

bool kernel_address(struct kernel *kernel, const char *symbol, uint32_t *va)
{
    return symbols_address(&kernel->symbols, symbol, va, kernel->error, sizeof kernel->error);
}

bool kernel_symbol(struct kernel *kernel, const char *symbol, uint32_t *va)
{
    kernel_clear_error(kernel);
    return kernel_address(kernel, symbol, va);
}

const char *kernel_where(struct kernel *kernel, uint32_t va)
{
    return where_text(&kernel->symbols, kernel->lines, va, kernel->where);
}
