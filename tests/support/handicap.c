#include "support/handicap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define FLAGS_ARGUMENT 2 /* index of the flags among openat()'s arguments */
#define NAMELESS       ((unsigned)O_TMPFILE & ~(unsigned)O_DIRECTORY)

/* seccomp makes openat() refuse that flag, as a file system without nameless files does. */
void handicap_nameless_files(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[FLAGS_ARGUMENT])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMELESS, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        abort();
}

static void limit(int resource, uint64_t most)
{
    const struct rlimit limit = {most, most};

    if (setrlimit((__rlimit_resource_t)resource, &limit) != 0)
        abort();
}

void handicap_memory(uint64_t bytes)
{
    limit(RLIMIT_AS, bytes);
}

void handicap_file_size(uint64_t bytes)
{
    limit(RLIMIT_FSIZE, bytes);
}
