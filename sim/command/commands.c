#include "command/commands.h"

#include <string.h>

#define COMMAND_TABLE(COMMAND)                                                                     \
    COMMAND(strategies)                                                                            \
    COMMAND(compare)                                                                               \
    COMMAND(replay)                                                                                \
    COMMAND(thread)                                                                                \
    COMMAND(explain)                                                                               \
    COMMAND(advise)                                                                                \
    COMMAND(report)                                                                                \
    COMMAND(map)                                                                                   \
    COMMAND(watch)                                                                                 \
    COMMAND(sweep)                                                                                 \
    COMMAND(table)                                                                                 \
    COMMAND(diff)                                                                                  \
    COMMAND(layout)                                                                                \
    COMMAND(plot)                                                                                  \
    COMMAND(info)                                                                                  \
    COMMAND(import)                                                                                \
    COMMAND(generate)                                                                              \
    COMMAND(convert)                                                                               \
    COMMAND(cut)                                                                                   \
    COMMAND(reduce)                                                                                \
    COMMAND(inspect)                                                                               \
    COMMAND(kernel)                                                                                \
    COMMAND(completion)

#define COMMAND_DECLARED(name) extern const struct command command_##name;
COMMAND_TABLE(COMMAND_DECLARED)

#define COMMAND_LISTED(name) &command_##name,
const struct command *const commands[] = {COMMAND_TABLE(COMMAND_LISTED) NULL};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (strcmp(name, (*command)->name) == 0)
            return *command;
    return NULL;
}

const char *command_option_help(const struct command *command, int option)
{
    const char *own = command->option_help[option];

    return own != NULL ? own : option_specs[option].help;
}

/* ---- what a command needs ---- */

struct operand_numbers command_operands(const struct command *command)
{
    struct operand_numbers numbers = {0};

    for (uint32_t i = 0; i < OPERANDS_MAX && command->operands[i].name != NULL; i++) {
        numbers.named++;
        numbers.needed +=
            command->operands[i].count == ONCE || command->operands[i].count == ONCE_OR_MORE;
        numbers.unlimited = command->operands[i].count >= ONCE_OR_MORE;
    }
    return numbers;
}

static bool has_its_words(const struct command *command, const struct arguments *arguments)
{
    struct operand_numbers numbers = command_operands(command);

    if (arguments->count < numbers.needed) {
        bool first_is_optional = command->operands[0].count == AT_MOST_ONCE;
        const char *missing = command->operands[arguments->count + first_is_optional].name;
        bad_input("%s needs %s %s; see `mmsim %s --help`", command->name, article_of(missing),
                  missing, command->name);
        return false;
    }
    if (numbers.unlimited || arguments->count <= numbers.named)
        return true;
    bad_input("%s: unexpected argument '%s'; see `mmsim %s --help`", command->name,
              arguments->words[numbers.named], command->name);
    return false;
}

bool command_check(const struct command *command, const struct arguments *arguments)
{
    if (!has_its_words(command, arguments))
        return false;
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_in(command->required, i) && !arguments_have(arguments, (enum option_name)i)) {
            bad_input("%s needs %s; see `mmsim %s --help`", command->name,
                      option_text((enum option_name)i).text, command->name);
            return false;
        }
    return true;
}
