#include "support/qemu_dump.h"

#include "support/program.h"
#include "support/scratch.h"

/* $0: the kernel, $1: what it writes, $2: words, $3: modules. */
static const char script[] =
    "exec timeout 30 qemu-system-i386 -accel tcg -m 64 -display none -monitor none -serial none"
    " -nic none -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -debugcon file:\"$1\""
    " -kernel \"$0\" -append \"$2\" ${3:+-initrd \"$3\"}";

#define WROTE_0 1 /* QEMU's status is 2 * value + 1 */

bool qemu_dump(const char *kernel, const char *words, const char *modules, void *bytes, size_t room,
               size_t *count)
{
    static struct program program;
    const char *path = scratch_path("qemu_dump");

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, kernel, path, words,
                                      modules != NULL ? modules : "", NULL});
    if (program.status != WROTE_0)
        return false;
    *count = scratch_read(path, bytes, room);
    return true;
}
