/* A whole file in memory, and complaints about it. */
#ifndef KERNEL_FILE_BYTES_H
#define KERNEL_FILE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)

struct file_bytes {
    unsigned char *bytes; /* one 0 stands behind them */
    size_t size;
};

/*
 * Read a file. false: error (at most error_bytes, one line without a newline) names the file and
 * the reason: it cannot be opened or read, it is a folder, it has more than FILE_BYTES_MAX bytes;
 * *file is then empty.
 */
bool file_bytes_read(struct file_bytes *file, const char *path, char *error, size_t error_bytes);

/* The same of bytes in memory, which are copied. */
void file_bytes_copy(struct file_bytes *file, const void *bytes, size_t size);

void file_bytes_free(struct file_bytes *file);

/* ---- one line of text about a file: its name, and what is wrong with it ---- */

struct complaint {
    const char *name;
    char *error;
    size_t error_bytes;
};

/* Write "name: text", cut to the room there is. Always false. */
__attribute__((format(printf, 2, 3))) bool complain(const struct complaint *complaint,
                                                    const char *format, ...);

#endif
