/*
 * The first process of the virtual machine in which native.sh tests the runner. It shows the host's
 * files through a read-only layer under a writable one, runs a script, and ends the machine with
 * the script's status.
 *
 *     native_init --probe    tells, on any host, whether its processor runs 32-bit code of a local
 * segment
 */
#include <asm/ldt.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MODIFY_LDT_WRITE 0x11

#define EXIT_PORT   0x501 /* port of QEMU's isa-debug-exit */
#define STATUS_MAX  98
#define STATUS_INIT 99 /* status when the script was not started */

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- the probe ---- */

static int probe(void)
{
    struct user_desc code = {.limit = 0xfffff,
                             .seg_32bit = 1,
                             .contents = MODIFY_LDT_CONTENTS_CODE,
                             .limit_in_pages = 1,
                             .useable = 1};
    uint32_t selector = 7, rights = 0;
    unsigned char valid;

    if ((int)syscall(SYS_modify_ldt, MODIFY_LDT_WRITE, &code, sizeof code) != 0)
        return EXIT_FAILURE;
    __asm__("lar %2, %0; setz %1" : "+r"(rights), "=q"(valid) : "r"(selector) : "cc");
    return valid ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the first process ---- */

static _Noreturn void end(int status)
{
    tcdrain(STDOUT_FILENO);
    outb((unsigned char)status, EXIT_PORT);
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}

static _Noreturn void fail(const char *what)
{
    perror(what);
    end(STATUS_INIT);
}

/* Load modules in this order: each needs those before it. A missing one is part of the kernel. */
static void load_modules(void)
{
    static const char *const names[] = {"virtio_ring",
                                        "virtio",
                                        "virtio_pci_legacy_dev",
                                        "virtio_pci_modern_dev",
                                        "virtio_pci",
                                        "9pnet",
                                        "9pnet_virtio",
                                        "netfs",
                                        "fscache",
                                        "9p",
                                        "overlay"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        char path[64];
        snprintf(path, sizeof path, "/modules/%s.ko", names[i]);
        int fd = open(path, O_RDONLY);
        if (fd < 0)
            continue;
        if (syscall(SYS_finit_module, fd, "", 0) != 0)
            perror(path);
        close(fd);
    }
}

struct place {
    const char *what, *where, *type;
    unsigned long flags;
    const char *options;
};

static const struct place places[] = {
    {"host", "/host", "9p", MS_RDONLY, "trans=virtio,version=9p2000.L,cache=loose,msize=262144"},
    {"new", "/new", "tmpfs", 0, ""},
    {"root", "/root", "overlay", 0, "lowerdir=/host,upperdir=/new/upper,workdir=/new/work"},
    {"proc", "/root/proc", "proc", 0, ""},
    {"sys", "/root/sys", "sysfs", 0, ""},
    {"dev", "/root/dev", "devtmpfs", 0, ""},
};

static void mount_all(void)
{
    for (size_t i = 0; i < LENGTH(places); i++) {
        const struct place *place = &places[i];
        mkdir(place->where, 0755);
        if (mount(place->what, place->where, place->type, place->flags, place->options) != 0)
            fail(place->where);
        mkdir("/new/upper", 0755);
        mkdir("/new/work", 0755);
    }
    if (chroot("/root") != 0 || chdir("/") != 0)
        fail("/root");
}

/* The first serial line is for the kernel's messages, the second for the script. */
static void take_terminal(void)
{
    int line = open("/dev/ttyS1", O_RDWR | O_NOCTTY);
    int null = open("/dev/null", O_RDONLY);

    if (line < 0 || null < 0)
        fail("/dev/ttyS1");
    dup2(null, STDIN_FILENO);
    dup2(line, STDOUT_FILENO);
    dup2(line, STDERR_FILENO);
}

/* Run a script. Returns its status. */
static int run(const char *script)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        setsid();
        setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
        execl("/bin/bash", "bash", script, NULL);
        _exit(STATUS_MAX);
    }
    while (wait(&status) != pid) /* other processes are orphans */
        continue;
    return WIFEXITED(status) && WEXITSTATUS(status) < STATUS_MAX ? WEXITSTATUS(status) : STATUS_MAX;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--probe") == 0)
        return probe();
    const char *script = getenv("script"); /* from the kernel's command line */
    if (ioperm(EXIT_PORT, 1, 1) != 0 || script == NULL)
        return EXIT_FAILURE;
    load_modules();
    mount_all();
    take_terminal();
    end(run(script));
}
