/*
 * A runner that runs no kernel, for tests of the parent's side of the protocol of
 * kernel/control.h: the test program executes itself, and the copy answers the parent's turns by a
 * script. Scripts also do what the real runner never does.
 */
#ifndef SUPPORT_FAKE_RUNNER_H
#define SUPPORT_FAKE_RUNNER_H

/* main() calls this first. If the program was executed as a runner, it plays its script and does
 * not return. */
void fake_runner_main(int argc, char **argv);

/* Runners that this program starts from now on play this script of fake_runner.c's table. NULL: the
 * real runner is used again. */
void fake_runner_use(const char *script);

/* The bytes that the script `writes` writes. */
#define FAKE_OUTPUT_BYTES 300001u
#define FAKE_OUTPUT(i)    ((char)('a' + (i) % 23u))

#endif
