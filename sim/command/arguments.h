/* The meaning of the arguments of a command, and the messages about wrong ones. */
#ifndef COMMAND_ARGUMENTS_H
#define COMMAND_ARGUMENTS_H

#include "command/options.h"
#include "command/status.h"
#include "lab/experiment.h"
#include "lab/sweep_range.h"
#include "machine/machine.h"
#include "machine/pc_memmap.h"
#include "trace/trace_file.h"

/* The article for a name in capitals: "a" or "an". */
static inline const char *article_of(const char *name)
{
    bool vowel = name[0] == 'A' || name[0] == 'E' || name[0] == 'I' || name[0] == 'O';

    return vowel ? "an" : "a";
}

/* Prints one line on standard error. Text of the user's in it is made printable. */
__attribute__((format(printf, 1, 2))) void print_warning(const char *format, ...);

/* Print such a line, and return the exit status that it means. */
__attribute__((format(printf, 1, 2))) int bad_input(const char *format, ...);
int report_error(const struct sim_error *error);
int report_failure(const struct strategy *strategy, const char *reason);

/*
 * The count or the size that an option gives, from `least` to `most`, as count_parse() and
 * size_parse() read them. The number stays as it is where the option was not given. false after a
 * message that names the option, its text and the range.
 */
bool count_of_arguments(const struct arguments *arguments, enum option_name option, uint64_t least,
                        uint64_t most, uint64_t *count);
bool size_of_arguments(const struct arguments *arguments, enum option_name option, uint64_t least,
                       uint64_t most, uint64_t *bytes);

/* The same for a size that is a part of the text of an option. */
bool size_of_text(enum option_name option, const char *text, uint64_t least, uint64_t most,
                  uint64_t *bytes);

/* The ends of the range "A..B" that --ram, which was given, is. Returns false after a message. */
bool ram_range_of_arguments(const struct arguments *arguments, struct sweep_range *range);

/* The share, in millionths, that an option gives. It stays as it is where the option was not given.
 * false after a message. */
bool share_of_arguments(const struct arguments *arguments, enum option_name option,
                        uint32_t *millionths);

/* The RAM of the machine, and how it was decided. */
struct machine_choice {
    uint64_t ram_bytes; /* before the call: the size without --ram and --memmap */
    const char *ram_source;
    struct memmap map;
};

/* Reads the file of --memmap. Says on standard error what it is, unless it is the log of a boot of
 * a present Linux. Returns false after a message. */
bool memmap_read(const char *path, struct pc_memmap *map);

/* Builds the memory map of the machine from --ram or --memmap, or from choice->ram_bytes if neither
 * was given. Returns false after a message. */
bool machine_of_arguments(const struct arguments *arguments, struct machine_choice *choice);

/* The same, but without both options the size is chosen from the trace. */
bool machine_for_trace(const struct arguments *arguments, const struct trace *trace,
                       struct machine_choice *choice);

/* Sets the options of the machine that were given. Returns false after a message. */
bool options_of_arguments(const struct arguments *arguments, struct machine_options *options);

/* The strategies of --strategies; all if that was not given. Returns their number; 0 after a
 * message. */
uint32_t strategies_of_arguments(const struct arguments *arguments,
                                 const struct strategy *chosen[COMPARE_MAX]);

/* A function of a command that works on a trace and the strategies chosen for it. Returns the exit
 * status. */
typedef int strategies_body(const struct arguments *arguments, struct trace *trace,
                            const struct strategy *const strategies[], uint32_t count);

/* Calls body with the trace that the first word names, and with the chosen strategies. Returns what
 * body returns, or another status after a message. */
int strategies_on_trace(const struct arguments *arguments, strategies_body *body);

/* The strategy of --strategy; without that option, zoned. Returns NULL after a message. */
const struct strategy *strategy_of_arguments(const struct arguments *arguments);

/* Whether the name of a file has something before this ending, such as ".svg". */
bool file_has_ending(const char *path, const char *ending);

/*
 * Returns false after a message if `out`, which is to be written, is one of the files that are
 * read, because its content would be lost. The names in `in` are the user's; "-" and a file that
 * does not exist are never the same file.
 */
bool output_is_apart(const char *out, const char *const in[], int count);

#endif
