/*
 * Writes files that appear whole or not at all, on file systems with and without nameless files.
 * Each writer runs in a process of its own, which may end by a signal.
 */
#include "support/folder.h"
#include "support/handicap.h"
#include "support/scratch.h"
#include "support/test.h"
#include "trace/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW    "new and whole"
#define NOBODY 65534u

static struct folder folder;
static struct folder path; /* of the file "out" in the folder */

static int prepare(void **state)
{
    (void)state;
    folder = folder_make("/tmp");
    path = folder_name(&folder, "out");
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

/* ---- writers, each in its own process ---- */

static void begin(struct whole_file *file)
{
    if (whole_file_open(file, path.path) != 0 ||
        write(file->fd, NEW, strlen(NEW)) != (ssize_t)strlen(NEW))
        _exit(99);
}

static void write_and_finish(int unused)
{
    struct whole_file file;

    (void)unused;
    umask(027);
    begin(&file);
    _exit(whole_file_finish(&file));
}

static void write_and_abandon(int unused)
{
    struct whole_file file;

    (void)unused;
    begin(&file);
    whole_file_abandon(&file);
    _exit(0);
}

static void write_and_die(int number)
{
    struct whole_file file;

    begin(&file);
    raise(number);
    _exit(98);
}

/* A program that a shell starts in the background ignores some signals. */
static void write_and_die_by_default(int number)
{
    signal(number, SIG_DFL);
    write_and_die(number);
}

static void exit_by_number(int number)
{
    _exit(number);
}

/* The program has a handler of its own for the signal. */
static void write_and_handle_signal(int number)
{
    signal(number, exit_by_number);
    write_and_die(number);
}

/* The program exits while the file is open, as it does when the host has no memory left. */
static void write_and_exit(int status)
{
    struct whole_file file;

    begin(&file);
    exit(status);
}

/* A child of the writer ends, as a worker does, and the writer continues. */
static void fork_and_finish(int number)
{
    struct whole_file file;
    int status;

    begin(&file);
    pid_t child = fork();
    if (child == 0) {
        raise(number);
        exit(0);
    }
    waitpid(child, &status, 0);
    _exit(whole_file_finish(&file));
}

static void open_only(int unused)
{
    struct whole_file file;

    (void)unused;
    _exit(whole_file_open(&file, path.path));
}

static void open_as_nobody(int unused)
{
    if (geteuid() == 0 && setuid(NOBODY) != 0)
        _exit(99);
    open_only(unused);
}

/* Returns the exit status, or 128 plus the number of the signal. */
static int run(void (*body)(int), int argument, bool nameless)
{
    int status;

    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (!nameless)
            handicap_nameless_files();
        body(argument);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the files that are left ---- */

static void put_old(mode_t mode)
{
    int fd = open(path.path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_int_equal(write(fd, "old", 3), 3);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void assert_text(const char *text)
{
    char found[64];

    assert_int_equal(scratch_read(path.path, found, sizeof found), strlen(text));
    assert_memory_equal(found, text, strlen(text));
}

static mode_t mode_of(const char *name)
{
    struct stat status;

    assert_int_equal(stat(name, &status), 0);
    return status.st_mode & 07777;
}

/* ---- the cases ---- */

TEST(a_finished_file_is_whole)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(write_and_finish, 0, nameless), 0);
        folder_assert_holds(&folder, "out");
        assert_text(NEW);
        assert_int_equal(mode_of(path.path), 0640);
        unlink(path.path);
    }
}

TEST(a_replaced_file_keeps_its_permissions)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        put_old(04604);
        assert_int_equal(run(write_and_finish, 0, nameless), 0);
        folder_assert_holds(&folder, "out");
        assert_text(NEW);
        assert_int_equal(mode_of(path.path), 0604); /* the set-ID bits are not copied */
    }
}

TEST(an_abandoned_file_leaves_nothing)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(write_and_abandon, 0, nameless), 0);
        folder_assert_holds(&folder, "");
        put_old(0600);
        assert_int_equal(run(write_and_abandon, 0, nameless), 0);
        folder_assert_holds(&folder, "out");
        assert_text("old");
        unlink(path.path);
    }
}

TEST(a_signal_leaves_nothing_and_ends_the_program)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXCPU};

    for (size_t i = 0; i < 2 * sizeof signals / sizeof signals[0]; i++) {
        int number = signals[i / 2];
        assert_int_equal(run(write_and_die_by_default, number, i % 2), 128 + number);
        folder_assert_holds(&folder, "");
        put_old(0600);
        assert_int_equal(run(write_and_die_by_default, number, i % 2), 128 + number);
        folder_assert_holds(&folder, "out");
        assert_text("old");
        unlink(path.path);
    }
}

TEST(a_handler_of_the_program_is_called_too)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(write_and_handle_signal, SIGTERM, nameless), SIGTERM);
        folder_assert_holds(&folder, "");
    }
}

TEST(an_ignored_signal_ends_nothing)
{
    signal(SIGHUP, SIG_IGN);
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(write_and_die, SIGHUP, nameless), 98);
        folder_remove(&folder);
        assert_int_equal(mkdir(folder.path, 0700), 0);
    }
    signal(SIGHUP, SIG_DFL);
}

TEST(exit_leaves_nothing)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(write_and_exit, 1, nameless), 1);
        folder_assert_holds(&folder, "");
    }
}

TEST(a_child_that_ends_removes_nothing)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(fork_and_finish, SIGTERM, nameless), 0);
        folder_assert_holds(&folder, "out");
        assert_text(NEW);
        assert_int_equal(run(fork_and_finish, 0, nameless), 0);
        assert_text(NEW);
        unlink(path.path);
    }
}

/* The link stays, and the file to which it leads is replaced. */
TEST(a_link_stays_and_its_target_is_replaced)
{
    struct stat link;

    for (int nameless = 0; nameless <= 1; nameless++) {
        struct folder target = folder_name(&folder, "target");
        assert_int_equal(rename((put_old(0600), path.path), target.path), 0);
        assert_int_equal(symlink("target", path.path), 0);
        assert_int_equal(run(write_and_finish, 0, nameless), 0);
        folder_assert_holds(&folder, "out target");
        assert_int_equal(lstat(path.path, &link), 0);
        assert_true(S_ISLNK(link.st_mode));
        assert_text(NEW);
        unlink(target.path);
        assert_int_equal(run(open_only, 0, nameless), ENOENT); /* the link leads nowhere */
        folder_assert_holds(&folder, "out");
        unlink(path.path);
    }
}

TEST(a_path_that_cannot_be_written_is_refused_at_once)
{
    for (int nameless = 0; nameless <= 1; nameless++) {
        path = folder;
        assert_int_equal(run(open_only, 0, nameless), EISDIR);
        path = folder_name(&folder, "no/out");
        assert_int_equal(run(open_only, 0, nameless), ENOENT);
        strcpy(path.path, "/dev/fd/77");
        assert_int_equal(run(open_only, 0, nameless), EBADF);
    }
}

/* rename() would replace the file although its permissions forbid writing. */
TEST(a_read_only_file_is_not_replaced)
{
    assert_int_equal(chmod(folder.path, 0777), 0);
    put_old(0444);
    for (int nameless = 0; nameless <= 1; nameless++)
        assert_int_equal(run(open_as_nobody, 0, nameless), EACCES);
    assert_text("old");
}

TEST(the_longest_name_can_be_written)
{
    memset(path.path, 'x', NAME_MAX);
    path.path[NAME_MAX] = '\0';
    assert_int_equal(chdir(folder.path), 0);
    for (int nameless = 0; nameless <= 1; nameless++) {
        assert_int_equal(run(write_and_finish, 0, nameless), 0);
        assert_text(NEW);
        assert_int_equal(run(write_and_finish, 0, nameless), 0);
    }
    folder_assert_holds(&folder, path.path);
    assert_int_equal(chdir("/"), 0);
}

/* ---- files that are written in place ---- */

TEST(descriptors_are_written_in_place)
{
    static const char *const names[] = {"/dev/fd/%d", "/proc/self/fd/%d"};
    struct whole_file file;

    put_old(0600);
    int fd = open(path.path, O_WRONLY | O_APPEND);
    for (size_t i = 0; i < 2; i++) {
        char name[32];
        snprintf(name, sizeof name, names[i], fd);
        assert_true(whole_file_in_place(name));
        assert_int_equal(whole_file_open(&file, name), 0);
        assert_int_equal(write(file.fd, "+", 1), 1);
        assert_int_equal(whole_file_finish(&file), 0);
    }
    close(fd);
    assert_text("old++");
    folder_assert_holds(&folder, "out");
    assert_true(whole_file_in_place("-"));
    assert_true(whole_file_in_place("/dev/stdout"));
    assert_true(whole_file_in_place("/dev/null"));
    assert_false(whole_file_in_place("/dev/fd/"));
    assert_false(whole_file_in_place("/dev/fd/1x"));
    assert_false(whole_file_in_place(path.path));
    assert_false(whole_file_in_place(folder.path));
    assert_string_equal(whole_file_name("-"), "standard output");
}

TEST(pipes_are_written_in_place)
{
    struct whole_file file;
    char text[8] = {0};

    assert_int_equal(mkfifo(path.path, 0600), 0);
    int reader = open(path.path, O_RDONLY | O_NONBLOCK);
    assert_int_equal(whole_file_open(&file, path.path), 0);
    assert_int_equal(write(file.fd, "piped", 5), 5);
    assert_int_equal(whole_file_finish(&file), 0);
    assert_int_equal(read(reader, text, sizeof text), 5);
    close(reader);
    folder_assert_holds(&folder, "out");
}

TEST(the_same_file_is_known_by_any_name)
{
    struct folder other = folder_name(&folder, "other");

    put_old(0600);
    assert_false(whole_file_is(path.path, other.path));
    assert_int_equal(link(path.path, other.path), 0);
    assert_true(whole_file_is(path.path, other.path));
    unlink(other.path);
    assert_int_equal(symlink("out", other.path), 0);
    assert_true(whole_file_is(path.path, other.path));
    assert_false(whole_file_is("/dev/null", "/dev/null")); /* writing there loses nothing */
}

TEST_FIXTURES(prepare, tidy)
