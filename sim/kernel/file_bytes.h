/* A whole file in memory, and error messages about it. */
#ifndef KERNEL_FILE_BYTES_H
#define KERNEL_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)

struct file_bytes {
    unsigned char *bytes; /* followed by one 0 byte */
    size_t size;
};

/*
 * Read a file. Returns false when it cannot be opened or read, is a folder, or has more than
 * FILE_BYTES_MAX bytes; error (at most error_bytes, one line without a newline) then names the file
 * and the reason, and *file is empty. O(bytes).
 */
bool file_bytes_read(struct file_bytes *file, const char *path, char *error, size_t error_bytes);

/* The same for bytes in memory, which are copied. */
void file_bytes_copy(struct file_bytes *file, const void *bytes, size_t size);

void file_bytes_free(struct file_bytes *file);

/* ---- one line of text about a file: its name, and the error ---- */

struct complaint {
    const char *name;
    char *error;
    size_t error_bytes;
};

/* Write "name: text", cut to the size of the buffer. Always returns false. */
__attribute__((format(printf, 2, 3))) bool complain(const struct complaint *complaint,
                                                    const char *format, ...);

#endif
