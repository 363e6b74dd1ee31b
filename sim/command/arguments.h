/* What a command is given, and how it says what is wrong with that. */
#ifndef COMMAND_ARGUMENTS_H
#define COMMAND_ARGUMENTS_H

#include "command/options.h"
#include "lab/compare.h"
#include "machine/machine.h"
#include "trace/trace_file.h"

/* The exit statuses of the contract. */
enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_BAD_INPUT = 2 };

/* Say it on standard error, and return the status that it means. */
__attribute__((format(printf, 1, 2))) int bad_input(const char *format, ...);
int report_error(const struct sim_error *error);
int report_failure(const struct strategy *strategy, const char *reason);

/* The number of an option, decimal, from `least` on, of at most 18 digits; *number stays as it is
   where the option was not given. false after a message. */
bool number_of_arguments(const struct arguments *arguments, enum option_name option, uint64_t least,
                         uint64_t *number);

/* What the machine is made of, and where that was said. */
struct machine_choice {
    uint64_t ram_bytes; /* at first: what it is without --ram and --memmap */
    const char *ram_source;
    struct memmap map;
};

/* The machine of --ram or --memmap, else of choice->ram_bytes. false after a message. */
bool machine_of_arguments(const struct arguments *arguments, struct machine_choice *choice);

/* The same, where without both its size follows from the trace. */
bool machine_for_trace(const struct arguments *arguments, const struct trace *trace,
                       struct machine_choice *choice);

/* Its options, else the defaults. false after a message. */
bool options_of_arguments(const struct arguments *arguments, struct machine_options *options);

/* The strategies of --strategies, else all. How many; 0 after a message. */
uint32_t strategies_of_arguments(const struct arguments *arguments,
                                 const struct strategy *chosen[COMPARE_MAX]);

/* What a command does with a trace and the strategies chosen for it: its exit status. */
typedef int strategies_body(const struct arguments *arguments, struct trace *trace,
                            const struct strategy *const strategies[], uint32_t count);

/* Call body with the trace of the first word and the strategies of arguments: what it returns, or a
   status after a message. */
int strategies_on_trace(const struct arguments *arguments, strategies_body *body);

/* The one of --strategy, which must be there. NULL after a message. */
const struct strategy *strategy_of_arguments(const struct arguments *arguments);

#endif
