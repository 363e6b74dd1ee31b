/* The kernel of a test of the public interface (mmsim/kernel.h), executed by the real runner or by
 * a fake one. */
#ifndef SUPPORT_TESTED_KERNEL_H
#define SUPPORT_TESTED_KERNEL_H

#include <mmsim/kernel.h>

extern struct kernel *kernel;

/* The fixture after each test. */
int tested_kernel_destroy(void **state);

/* Creates the kernel for the real runner. Skips the test if the host cannot run it. */
void tested_kernel_create(const struct kernel_options *options);

/* The same, and boots a file up to kernel_ready(), from where on its functions may be called. */
void tested_kernel_boot(const char *path, const struct kernel_options *options);

/* Creates the kernel for a runner that follows a script of fake_runner.h. */
void fake_kernel_create(const char *script, double limit_seconds);

/* The same, loads the file of fake_kernel_path(), and maps it as its headers suggest. */
void fake_kernel_begin(const char *script, double limit_seconds);

/* Makes a kernel's file with the functions start(), page_alloc(), page_free() and panic() and the
 * variable free_pages. Returns its path. */
const char *fake_kernel_path(void);

#define FAKE_KERNEL_ENTRY 0xc0100040u

/* Fail the test unless a call has this outcome; unless the kernel's report has this part; unless
 * the last error is this text, or has this part. */
void assert_done(enum kernel_outcome outcome);
void assert_ended(enum kernel_outcome outcome, enum kernel_outcome expected);
void assert_report_has(const char *part);
void assert_kernel_error(const char *expected);
void assert_kernel_error_has(const char *part);

#endif
