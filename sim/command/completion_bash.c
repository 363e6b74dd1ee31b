/* Completion in bash. */
#include "command/commands.h"
#include "command/completion.h"

#define PREAMBLE                                                                                   \
    "# Completion of mmsim's commands, options and values in bash.\n"                              \
    "# `mmsim completion bash` printed it: do not edit it.\n\n"

/* The end of the script, after the tables, which are shell functions that print words. */
#define FUNCTIONS                                                                                  \
    "# Words of the list $1 that begin with $2, each behind $3.\n"                                 \
    "_mmsim_matching() {\n"                                                                        \
    "    compgen -P \"${3-}\" -W \"$1\" -- \"$2\" || true # none: that is no error\n"              \
    "}\n\n"                                                                                        \
    "# The word $2 as the value of option $1; of a list, its last part. False: no such option.\n"  \
    "_mmsim_value() {\n"                                                                           \
    "    local words before=\n"                                                                    \
    "    words=$(_mmsim_option_words \"$1\") || return 1\n"                                        \
    "    if _mmsim_is_list \"$1\"; then\n"                                                         \
    "        case $2 in *,*) before=${2%,*}, ;; esac\n"                                            \
    "    fi\n"                                                                                     \
    "    _mmsim_matching \"$words\" \"${2#\"$before\"}\" \"$before\"\n"                            \
    "}\n\n"                                                                                        \
    "_mmsim() {\n"                                                                                 \
    "    local word=$2 previous=$3 found=\n"                                                       \
    "    # To bash, the = of --ram=SIZE is a word of its own.\n"                                   \
    "    if [ \"$word\" = = ]; then word=; fi\n"                                                   \
    "    if [ \"$previous\" = = ]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"              \
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"                                                     \
    "        found=$(_mmsim_matching \"$_mmsim_commands --help --version\" \"$word\")\n"           \
    "    elif found=$(_mmsim_value \"$previous\" \"$word\"); then\n"                               \
    "        :\n"                                                                                  \
    "    elif [[ $word == -* ]]; then\n"                                                           \
    "        found=$(_mmsim_matching \"$(_mmsim_options \"${COMP_WORDS[1]}\")\" \"$word\")\n"      \
    "    elif [ \"$COMP_CWORD\" -eq 2 ]; then\n"                                                   \
    "        found=$(_mmsim_matching \"$(_mmsim_words \"${COMP_WORDS[1]}\")\" \"$word\")\n"        \
    "    fi\n"                                                                                     \
    "    mapfile -t COMPREPLY < <(printf '%s' \"$found\")\n"                                       \
    "}\n\n"                                                                                        \
    "# Where nothing is found, files are offered.\n"                                               \
    "complete -o default -F _mmsim mmsim\n"

static void put_commands(FILE *out)
{
    fputs("_mmsim_commands='", out);
    completion_put_words(VALUE_COMMAND, out);
    fputs("'\n\n", out);
}

static void put_options(FILE *out)
{
    fputs("# The options of command $1.\n_mmsim_options() {\n    case $1 in\n", out);
    for (const struct command *const *command = commands; *command != NULL; command++) {
        fprintf(out, "    %s) echo '", (*command)->name);
        for (int i = 0; i < OPTION_HELP; i++)
            if (option_in((*command)->options, i))
                fprintf(out, "--%s ", option_specs[i].word);
        fputs("--help", out);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n}\n\n", out);
}

static void put_operands(FILE *out)
{
    fputs("# What the first word of command $1 can be.\n_mmsim_words() {\n    case $1 in\n", out);
    for (const struct command *const *command = commands; *command != NULL; command++)
        if (completion_has_words((*command)->operands[0].kind)) {
            fprintf(out, "    %s) echo '", (*command)->name);
            completion_put_words((*command)->operands[0].kind, out);
            fputs("' ;;\n", out);
        }
    fputs("    help) echo \"$_mmsim_commands\" ;;\n    esac\n}\n\n", out);
}

static void put_pattern(int option, FILE *out)
{
    if (option_specs[option].letter != 0)
        fprintf(out, "-%c | ", option_specs[option].letter);
    fprintf(out, "--%s", option_specs[option].word);
}

static void put_values(FILE *out)
{
    fputs("# What the value of option $1 can be; false: it has none, or it is a file or a text.\n"
          "_mmsim_option_words() {\n    case $1 in\n",
          out);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (completion_has_words(option_specs[i].kind)) {
            fputs("    ", out);
            put_pattern(i, out);
            fputs(") echo '", out);
            completion_put_words(option_specs[i].kind, out);
            fputs("' ;;\n", out);
        }
    fputs("    *) return 1 ;;\n    esac\n}\n\n", out);
}

static void put_lists(FILE *out)
{
    fputs("# Is the value of option $1 a list?\n_mmsim_is_list() {\n    case $1 in\n", out);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (value_is_list(option_specs[i].kind))
            fprintf(out, "    --%s) return 0 ;;\n", option_specs[i].word);
    fputs("    *) return 1 ;;\n    esac\n}\n\n", out);
}

void completion_print_bash(FILE *out)
{
    fputs(PREAMBLE, out);
    put_commands(out);
    put_options(out);
    put_operands(out);
    put_values(out);
    put_lists(out);
    fputs(FUNCTIONS, out);
}
