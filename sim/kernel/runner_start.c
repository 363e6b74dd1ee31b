/* The start of the runner: its program is copied into a file in memory, and a process with only the
   necessary descriptors executes it. */
#include "kernel/runner_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/temporary_file.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u /* Linux 6.3 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#define PROGRAM_FD    5 /* in the child, until it is executed */
#define PROGRAM_PATH  "/proc/self/fd/5"
#define FIRST_FREE_FD 64   /* above the descriptors that the runner gets */
#define FDS_MAX       4096 /* closed one by one on a host without close_range() */

/* ---- which program it is ---- */

#ifdef HAVE_RUNNER
extern const unsigned char runner_program_start[], runner_program_end[];

static void take_embedded(struct runner_program *program)
{
    program->bytes = runner_program_start;
    program->count = (size_t)(runner_program_end - runner_program_start);
}
#else
static void take_embedded(struct runner_program *program)
{
    (void)program;
}
#endif

/* Read "PATH" or "PATH WORD". */
static void take_named(struct runner_program *program, const char *text)
{
    size_t path_bytes = strcspn(text, " ");

    snprintf(program->path, sizeof program->path, "%.*s", (int)path_bytes, text);
    if (text[path_bytes] != '\0')
        snprintf(program->word, sizeof program->word, "%s", text + path_bytes + 1);
}

bool runner_program_find(struct runner_program *program)
{
    const char *named = getenv("MMSIM_RUNNER");

    *program = (struct runner_program){.count = 0};
    if (named != NULL && named[0] != '\0')
        take_named(program, named);
    else
        take_embedded(program);
    return program->path[0] != '\0' || program->count != 0;
}

/* ---- the program, as a descriptor ---- */

/* MFD_EXEC is needed on hosts where files in memory are not executable by default
   (vm.memfd_noexec). Linux before 6.3 does not know it. */
static int executable_memfd(void)
{
    int fd = memfd_create("mmsim runner", MFD_CLOEXEC | MFD_EXEC);

    return fd >= 0 || errno != EINVAL ? fd : memfd_create("mmsim runner", MFD_CLOEXEC);
}

int runner_program_open(const struct runner_program *program, const char **reason)
{
    *reason = program->path;
    if (program->path[0] != '\0')
        return open(program->path, O_RDONLY | O_CLOEXEC);
    *reason = "no executable file in memory (does the sysctl vm.memfd_noexec forbid it?)";
    int fd = executable_memfd();
    if (fd < 0 || write_all(fd, (const char *)program->bytes, program->count))
        return fd;
    close(fd);
    return -1;
}

/* ---- the child: nothing but async-signal-safe calls ---- */

static void take_default_signals(void)
{
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        sigaction(number, &by_default,
                  NULL); /* SIGKILL and SIGSTOP cannot be set, and need not be */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(unsigned first)
{
    if (syscall(SYS_close_range, first, ~0u, 0u) == 0)
        return;
    for (int fd = (int)first; fd < FDS_MAX; fd++)
        close(fd);
}

/* All are moved up before any is moved down, because each may have a number that another one
   gets. */
static bool arrange_fds(int control_fd, int arena_fd, int program_fd)
{
    int null = open("/dev/null", O_RDWR);
    int control = fcntl(control_fd, F_DUPFD, FIRST_FREE_FD);
    int arena = fcntl(arena_fd, F_DUPFD, FIRST_FREE_FD);
    int program = fcntl(program_fd, F_DUPFD, FIRST_FREE_FD);

    if (null < 0 || control < 0 || arena < 0 || program < 0 || dup2(null, STDIN_FILENO) < 0 ||
        dup2(null, STDOUT_FILENO) < 0)
        return false;
    if (fcntl(STDERR_FILENO, F_GETFD) < 0 && dup2(null, STDERR_FILENO) < 0)
        return false;
    if (dup2(control, CONTROL_FD) < 0 || dup2(arena, CONTROL_ARENA_FD) < 0 ||
        dup2(program, PROGRAM_FD) < 0 || fcntl(PROGRAM_FD, F_SETFD, FD_CLOEXEC) < 0)
        return false;
    close_from(PROGRAM_FD + 1);
    return true;
}

/* Write the error into the shared block for runner_process_start(), which then ends this process.
   An exit here would let Valgrind search 4 GiB for leaks, if the parent runs under it. */
static _Noreturn void give_up(struct control *control)
{
    control->event.kind = EVENT_HOST;
    control->event.value = (uint32_t)errno;
    __atomic_store_n(&control->turn, TURN_PARENT, __ATOMIC_SEQ_CST);
    for (;;)
        pause();
}

static _Noreturn void child_main(struct runner_start *start, int program_fd, pid_t parent)
{
    char name[] = "mmsim-runner";
    char *arguments[] = {name, start->word[0] != '\0' ? start->word : NULL, NULL};
    char *environment[] = {NULL}; /* empty, because a guest could read it */

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0); /* the parent has already died */
    setpgid(0, 0);
    take_default_signals();
    if (!arrange_fds(start->control_fd, start->arena_fd, program_fd))
        give_up(start->control);
    fexecve(PROGRAM_FD, arguments, environment);
    int why = errno;
    execve(PROGRAM_PATH, arguments, environment); /* Valgrind 3.19 needs a path */
    errno = why;
    give_up(start->control);
}

/* ---- the parent ---- */

pid_t runner_start(struct runner_start *start, int program_fd)
{
    pid_t parent = getpid();
    sigset_t all, before;

    /* All signals are blocked, so that no handler of the parent runs in the child. */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        child_main(start, program_fd, parent);
    int why = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return pid;
}
