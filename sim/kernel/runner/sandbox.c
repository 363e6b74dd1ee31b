#include "runner/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
/* Allow a system call by its number. */
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), RETURN(SECCOMP_RET_ALLOW)

/* int 0x80 comes as the i386 architecture: a trap, which becomes the guest's interrupt. All else
   that is not in the list is a trap, too, and is reported as an escape. */
static struct sock_filter rules[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
    RETURN(SECCOMP_RET_TRAP),
    LOAD(nr),
    ALLOW(SYS_rt_sigreturn), /* the end of a trap */
    ALLOW(SYS_arch_prctl),   /* the FS base */
    ALLOW(SYS_mmap),         /* the window */
    ALLOW(SYS_munmap),
    ALLOW(SYS_mprotect),
    ALLOW(SYS_modify_ldt), /* the guest's segments */
    ALLOW(SYS_futex),      /* the turn */
    ALLOW(SYS_exit_group),
    RETURN(SECCOMP_RET_TRAP),
};

bool sandbox_enter(const char **reason)
{
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};

    *reason = "the host has no seccomp filters (CONFIG_SECCOMP_FILTER)";
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
