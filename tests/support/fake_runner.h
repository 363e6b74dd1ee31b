/*
 * A runner that runs nothing: a test program that executes itself, and answers the parent's turns
 * by a script. For the parent's side of the protocol of kernel/control.h: what the real runner
 * never does stands here, too.
 */
#ifndef SUPPORT_FAKE_RUNNER_H
#define SUPPORT_FAKE_RUNNER_H

/* The first thing in main(): where the program was executed as a runner, plays its script, and does
   not return. */
void fake_runner_main(int argc, char **argv);

/* From now on, runners that this program starts play a script of fake_runner.c's table. NULL: they
   are real again. */
void fake_runner_use(const char *script);

/* What the script `writes` writes: this byte at this place. */
#define FAKE_OUTPUT_BYTES 300001u
#define FAKE_OUTPUT(i)    ((char)('a' + (i) % 23u))

#endif
