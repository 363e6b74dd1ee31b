/* Tests that machines come and go as a whole, and that panics end a process or a run. */
#include "support/on_machine.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

MACHINE_TEST(a_machine_starts_as_boot_code_leaves_it)
{
    const struct machine *machine = machine_current;
    const uint32_t *directory = arena_pointer(&machine->arena, paddr(MACHINE_BOOT_DIRECTORY));

    assert_int_equal(machine->mmu.cr0, CR0_PG | CR0_WP);
    assert_int_equal(machine->mmu.cr4, CR4_PSE | CR4_PGE);
    assert_int_equal(machine_read_cr3().value, MACHINE_BOOT_DIRECTORY);
    assert_int_equal(machine_read_cr2().value, 0);
    for (uint32_t i = 0; i < PAGE_TABLE_ENTRIES; i++)
        assert_int_equal(directory[i], i < 768 || i >= 960 ? 0 : (i - 768) << 22 | 0x183);
    assert_ptr_equal(machine_pointer(vaddr(0)), machine->window.base);
}

MACHINE_TEST(a_machine_is_fresh)
{
    assert_int_equal(window_read(DIRECT_MAP_BASE + 0x500000), 0);
    window_write(DIRECT_MAP_BASE + 0x500000, 1);
    machine_destroy(machine_current);
    assert_null(machine_current);
    assert_non_null(machine_create(NULL));
    assert_int_equal(window_read(DIRECT_MAP_BASE + 0x500000), 0);
}

MACHINE_TEST(one_machine_exists_at_a_time)
{
    struct machine *first = machine_current;

    assert_null(machine_create(NULL));
    assert_string_equal(machine_error(),
                        "no machine: another one exists in this process; destroy it first");
    assert_ptr_equal(machine_current, first);
    machine_destroy(NULL);
    assert_ptr_equal(machine_current, first);
}

/* Counts the lines of /proc/self/maps that belong to the machine: its memory, or 4 GiB and more. */
static uint32_t count_maps(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    uint32_t count = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        char *end;
        unsigned long long first = strtoull(line, &end, 16);
        unsigned long long last = strtoull(end + 1, NULL, 16);
        count += strstr(line, "mmsim physical memory") || last - first >= ARENA_BYTES;
    }
    fclose(maps);
    return count;
}

TEST(nothing_is_left_of_a_machine)
{
    uint32_t maps = count_maps();
    int first_fd = dup(STDERR_FILENO);

    close(first_fd);
    for (uint32_t i = 0; i < 100; i++) {
        assert_non_null(machine_create(NULL));
        for (uint32_t page = 0; page < 4; page++)
            window_write(DIRECT_MAP_BASE + (page << 22), page);
        machine_destroy(machine_current);
        assert_null(machine_current);
    }
    assert_int_equal(count_maps(), maps);
    int next_fd = dup(STDERR_FILENO);
    assert_int_equal(next_fd, first_fd);
    close(next_fd);
}

static void assert_refused_under(int resource, rlim_t limit, const char *reason)
{
    struct rlimit before;

    assert_int_equal(getrlimit((__rlimit_resource_t)resource, &before), 0);
    struct rlimit lower = {limit, before.rlim_max};
    assert_int_equal(setrlimit((__rlimit_resource_t)resource, &lower), 0);
    struct machine *machine = machine_create(NULL);
    setrlimit((__rlimit_resource_t)resource, &before);
    assert_null(machine);
    assert_null(machine_current);
    if (!strstr(machine_error(), reason))
        fail_msg("expected \"%s\" in the error: %s", reason, machine_error());
}

static rlim_t address_space_bytes(void)
{
    FILE *statm = fopen("/proc/self/statm", "r");
    unsigned long long pages = 0;

    assert_non_null(statm);
    assert_int_equal(fscanf(statm, "%llu", &pages), 1);
    fclose(statm);
    return (rlim_t)pages * PAGE_SIZE;
}

TEST(a_refusal_of_the_host_is_reported)
{
    assert_refused_under(RLIMIT_NOFILE, 3,
                         "no machine: cannot make a file in memory: Too many open files");
    assert_refused_under(RLIMIT_AS, address_space_bytes() + (UINT64_C(1) << 30),
                         "no machine: cannot map 4 GiB of physical memory: Cannot allocate memory");
    assert_refused_under(RLIMIT_AS, address_space_bytes() + (UINT64_C(5) << 30),
                         "no machine: cannot reserve 4 GiB of address space for the window: Cannot "
                         "allocate memory; it needs 8.1 GiB of address space (see ulimit -v)");
    assert_non_null(machine_create(NULL));
    machine_destroy(machine_current);
}

static void panic_here(void *context)
{
    machine_panic("kfree", "pointer is not a block", *(uint32_t *)context);
}

static void panic_at_a_page(void *context)
{
    window_write(0x1234, *(uint32_t *)context);
}

static void return_quietly(void *context)
{
    *(uint32_t *)context = 5;
}

static void catch_inside(void *context)
{
    assert_panics(panic_here, context, "panic: kfree");
    machine_panic("outer", "after the inner", 2);
}

MACHINE_TEST(a_panic_is_caught_with_its_line)
{
    uint32_t value = 0xf00d;

    assert_string_equal(machine_catch_panic(panic_here, &value),
                        "panic: kfree: pointer is not a block: 0xf00d");
    assert_string_equal(machine_catch_panic(catch_inside, &value),
                        "panic: outer: after the inner: 0x2");
    assert_null(machine_catch_panic(return_quietly, &value));
    assert_int_equal(value, 5);
}

MACHINE_TEST(a_panic_out_of_the_trap_leaves_the_machine_usable)
{
    uint32_t value = 1;
    sigset_t before, after;

    sigprocmask(SIG_SETMASK, NULL, &before);
    for (uint32_t i = 0; i < 50; i++) {
        assert_panics(panic_at_a_page, &value, "panic: kernel write at 0x00001234: ");
        sigprocmask(SIG_SETMASK, NULL, &after);
        for (int number = 1; number < 32; number++)
            assert_int_equal(sigismember(&before, number), sigismember(&after, number));
        window_write(DIRECT_MAP_BASE + (i << 22), i);
    }
}

/* ---- a host without memory ---- */

/* The file behind the arena can grow no further than this. */
#define ARENA_LEFT (UINT32_C(4) << 20)

static void write_to_arena(void *context)
{
    (void)context;
    memset(arena_pointer(&machine_current->arena, paddr(ARENA_LEFT)), 1, 1);
}

static void write_through_window(void *context)
{
    (void)context;
    window_write(DIRECT_MAP_BASE + ARENA_LEFT, 1);
}

MACHINE_TEST(a_host_without_memory_ends_the_run_with_a_line)
{
    sigset_t before, after;

    assert_int_equal(ftruncate(machine_current->arena.fd, ARENA_LEFT), 0);
    sigprocmask(SIG_SETMASK, NULL, &before);
    assert_string_equal(machine_catch_panic(write_to_arena, NULL),
                        "the host has no memory left for the simulated machine's, at physical "
                        "address 0x00400000");
    assert_string_equal(machine_catch_panic(write_through_window, NULL),
                        "the host has no memory left for the simulated machine's, at virtual "
                        "address 0xc0400000");
    sigprocmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&before, SIGBUS), sigismember(&after, SIGBUS));
    /* The memory that exists can still be used. */
    window_write(DIRECT_MAP_BASE + ARENA_LEFT - 4u, 1);
}

static void load_cr3_between_pages(void *context)
{
    (void)context;
    machine_load_cr3(paddr(0x1234));
}

MACHINE_TEST(a_cr3_that_is_not_aligned_is_a_panic)
{
    assert_panics(load_cr3_between_pages, NULL,
                  "panic: machine_load_cr3: the directory is not page aligned: 0x1234");
    assert_int_equal(machine_read_cr3().value, MACHINE_BOOT_DIRECTORY);
}

/* Runs in a child. Returns its wait status; text gets what it wrote to standard error. */
static int child_status(void (*run)(void *), char *text, size_t text_bytes)
{
    int ends[2];
    int status;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        run(NULL);
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = read(ends[0], text, text_bytes - 1);
    text[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void panic_alone(void *context)
{
    (void)context;
    if (machine_create(NULL))
        machine_panic("brk_extend", "the frame is taken already", 0x1f000);
}

static void log_a_line(void *context)
{
    (void)context;
    machine_log("one line\n");
}

TEST(a_panic_that_nobody_catches_ends_the_process)
{
    char text[256];
    int status = child_status(panic_alone, text, sizeof text);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), MACHINE_PANIC_STATUS);
    assert_string_equal(text, "panic: brk_extend: the frame is taken already: 0x1f000\n");

    assert_int_equal(child_status(log_a_line, text, sizeof text), 0);
    assert_string_equal(text, "one line\n");
}

static volatile sig_atomic_t plain_signals, informed_signals;

static void on_plain(int number)
{
    plain_signals += number == SIGSEGV;
}

static void on_informed(int number, siginfo_t *info, void *context)
{
    (void)context;
    informed_signals += number == SIGSEGV && info->si_signo == SIGSEGV;
}

TEST(signals_that_are_not_the_windows_go_on)
{
    struct sigaction plain = {.sa_handler = on_plain};
    struct sigaction informed = {.sa_sigaction = on_informed, .sa_flags = SA_SIGINFO};
    struct sigaction now;

    sigaction(SIGSEGV, &plain, NULL);
    assert_non_null(machine_create(NULL));
    raise(SIGSEGV);
    assert_int_equal(plain_signals, 1);
    machine_destroy(machine_current);
    sigaction(SIGSEGV, NULL, &now);
    assert_true(now.sa_handler == on_plain);

    sigaction(SIGSEGV, &informed, NULL);
    assert_non_null(machine_create(NULL));
    raise(SIGSEGV);
    assert_int_equal(informed_signals, 1);
    machine_destroy(machine_current);
    assert_int_equal(plain_signals, 1);

    signal(SIGSEGV, SIG_IGN);
    assert_non_null(machine_create(NULL));
    raise(SIGSEGV);
    assert_non_null(machine_current);
    machine_destroy(machine_current);
}

static volatile sig_atomic_t bus_errors;

static void on_bus_error(int number)
{
    bus_errors += number == SIGBUS;
}

TEST(bus_errors_that_are_not_the_machines_go_on)
{
    struct sigaction plain = {.sa_handler = on_bus_error};
    struct sigaction now;

    sigaction(SIGBUS, &plain, NULL);
    assert_non_null(machine_create(NULL));
    raise(SIGBUS);
    assert_int_equal(bus_errors, 1);
    machine_destroy(machine_current);
    sigaction(SIGBUS, NULL, &now);
    assert_true(now.sa_handler == on_bus_error);
    signal(SIGBUS, SIG_DFL);
}

static void die_of_a_signal(void *context)
{
    struct rlimit no_core = {0, 0};

    (void)context;
    setrlimit(RLIMIT_CORE, &no_core);
    signal(SIGSEGV, SIG_DFL);
    if (machine_create(NULL))
        raise(SIGSEGV);
}

TEST(the_default_action_still_ends_the_process)
{
    char text[4096];
    int status = child_status(die_of_a_signal, text, sizeof text);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
}
