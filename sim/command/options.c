#include "command/options.h"

#include <getopt.h>

#include "command/arguments.h"

const struct option_spec option_specs[OPTION_COUNT] = {
#define OPTION_SPEC(name, word, argument) {word, argument},
    OPTION_TABLE(OPTION_SPEC)
#undef OPTION_SPEC
};

/* getopt's values of long options: apart from those of characters. */
#define VALUE_OF_FIRST 256

static void getopt_table(struct option table[OPTION_COUNT + 1])
{
    for (int i = 0; i < OPTION_COUNT; i++)
        table[i] = (struct option){
            .name = option_specs[i].word,
            .has_arg = option_specs[i].argument != NULL ? required_argument : no_argument,
            .val = VALUE_OF_FIRST + i,
        };
    table[OPTION_COUNT] = (struct option){0};
}

bool arguments_parse(struct arguments *arguments, int argc, char **argv, uint64_t taken)
{
    const char *command = argv[0];
    struct option table[OPTION_COUNT + 1];
    int value;

    getopt_table(table);
    argv[0] = (char *)(uintptr_t) "mmsim"; /* getopt's messages begin with it */
    while ((value = getopt_long(argc, argv, "o:", table, NULL)) != -1) {
        if (value == '?')
            return false;
        int option = value == 'o' ? OPTION_OUTPUT : value - VALUE_OF_FIRST;
        if ((taken >> option & 1) == 0) {
            bad_input("%s does not take --%s", command, option_specs[option].word);
            return false;
        }
        arguments->value[option] = optarg != NULL ? optarg : "";
    }
    arguments->count = argc - optind;
    arguments->words = argv + optind;
    return true;
}
