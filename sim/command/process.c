#include "command/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* Each is opened in the wrong direction, so that using it still fails. */
static void open_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* A handler is used, because programs that we run would inherit SIG_IGN. */
static void let_write_fail(int number)
{
    (void)number;
}

void process_begin(void)
{
    const struct sigaction action = {.sa_handler = let_write_fail, .sa_flags = SA_RESTART};

    open_standard_descriptors();
    sigaction(SIGXFSZ, &action, NULL);
}

_Noreturn void process_end_by_signal(int number)
{
    const struct sigaction end = {.sa_handler = SIG_DFL};
    sigset_t only;

    sigaction(number, &end, NULL);
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
    _exit(128 + number);
}
