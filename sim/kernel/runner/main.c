/*
 * The runner: a process in which a foreign kernel runs natively. The parent starts it with two
 * files in memory (kernel/control.h). It gives up all rights that it does not need, and from then
 * on runs only the guest and its signal handler.
 */
#include "runner/devices/devices.h"
#include "runner/frames.h"
#include "runner/interpret.h"
#include "runner/segment.h"
#include "runner/trap.h"
#include "runner/turn.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_BYTES (1u << 20)
#define ARCH_GET_FS 0x1003

static void stale_use(void *context, const struct stale_use *use)
{
    struct control_event event = {.kind = use->early_free ? EVENT_EARLY_FREE : EVENT_STALE,
                                  .stale = {.kind = use->kind,
                                            .va = use->va.value,
                                            .access = use->access,
                                            .old_entry = use->old_entry,
                                            .new_entry = use->new_entry,
                                            .changed_at = use->change ? use->change->line : 0,
                                            .frame = use->frame.value,
                                            .still_mapped = use->still_mapped,
                                            .in_directory = use->in_directory,
                                            .global = use->global,
                                            .cr3_loaded = use->cr3_loaded,
                                            .native = use->through_window}};

    (void)context;
    cpu_stop(&event);
}

static bool arena_map(const char **reason)
{
    struct arena *arena = &cpu.machine.arena;

    *reason = "cannot map the physical memory";
    arena->fd = CONTROL_ARENA_FD;
    arena->memory =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, arena->fd, 0);
    cpu.machine.mmu.memory = arena->memory;
    return arena->memory != MAP_FAILED;
}

static bool oracle_make(const char **reason)
{
    *reason = "cannot allocate the oracle";
    if (!control->check_tlb)
        return true;
    cpu.machine.oracle = oracle_create(stale_use, NULL);
    if (!cpu.machine.oracle)
        return false;
    cpu.machine.oracle->maps_of_memory = true;
    cpu.machine.window.mapped = &cpu.machine.oracle->mapped;
    return true;
}

static bool stack_make(const char **reason)
{
    stack_t stack = {.ss_size = STACK_BYTES};

    *reason = "cannot map a stack";
    stack.ss_sp =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return stack.ss_sp != MAP_FAILED && sigaltstack(&stack, NULL) == 0;
}

/* The guest is interpreted if the host provides no segments, or if the parent requests it. */
static bool window_make(const char **reason)
{
    cpu.interpreted = control->interpret || !segment_host_create();
    control->interpreted = cpu.interpreted;
    if (cpu.interpreted)
        return window_create_unmapped(&cpu.machine.window, 0, reason);
    return window_create_native(&cpu.machine.window, CONTROL_ARENA_FD, 0, RUNNER_BASE, reason) &&
           frames_create(reason);
}

static bool parts_create(const char **reason)
{
    return arena_map(reason) && window_make(reason) && oracle_make(reason) && stack_make(reason);
}

/* ---- the sandbox ---- */

/*
 * A guest can address only its own 4 GiB. If it breaks out by a far jump to the host's 64-bit
 * segment, it controls this process, which has only two files in memory and the system calls below.
 */
#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
/* Allows a system call by its number. */
#define ALLOW(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), RETURN(SECCOMP_RET_ALLOW)

/* int 0x80 has the i386 architecture: its SIGSYS becomes an interrupt of the guest. The SIGSYS of
   any other system call outside of the list is reported as an escape. */
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

/* Returns false and sets *reason if the host has no seccomp filters. */
static bool sandbox_enter(const char **reason)
{
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};

    *reason = "the host has no seccomp filters (CONFIG_SECCOMP_FILTER)";
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* ---- the start ---- */

int main(void)
{
    const char *reason;

    if (!turn_create())
        return 2;
    machine_current = &cpu.machine;
    if (!parts_create(&reason))
        turn_fail("%s: %s", reason, strerror(errno));
    devices_reset(control->ram_bytes);
    syscall(SYS_arch_prctl, ARCH_GET_FS, &entry_host_fs);
    if (cpu.interpreted)
        interpret_install();
    else
        trap_install();
    if (!sandbox_enter(&reason))
        turn_fail("%s: %s", reason, strerror(errno));
    if (cpu.interpreted)
        interpret();
    __builtin_trap(); /* the signal handler starts the guest */
}
