/* The file of --hooks. It has a line for each function that frees pages or panics, and one for the
   direct map. */
#include "kernel/kernel_state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/numbers.h"

#define WORDS_MAX 8u
#define BLANKS    " \t\r\n"

struct hooks_line {
    struct kernel *kernel;
    const char *path;
    unsigned long number;
    size_t count;
    char *word[WORDS_MAX];
};

/* Set an error that begins with file and line. */
static bool refuse(const struct hooks_line *line, const char *why)
{
    char text[KERNEL_ERROR_BYTES];

    snprintf(text, sizeof text, "%s", why);
    return kernel_fail_with(line->kernel, "%s:%lu: %s", line->path, line->number, text);
}

static bool refuse_word(const struct hooks_line *line, const char *word, const char *why)
{
    return kernel_fail_with(line->kernel, "%s:%lu: %s: %s", line->path, line->number, word, why);
}

/* Take the outcome of a function of mmsim/kernel.h; a failure gets file and line. */
static bool take(const struct hooks_line *line, enum kernel_outcome outcome)
{
    return outcome == KERNEL_DONE || refuse(line, line->kernel->error);
}

static bool read_number(const struct hooks_line *line, size_t i, uint32_t *number)
{
    const char *reason;

    return number32_parse(line->word[i], number, &reason) ||
           refuse_word(line, line->word[i], reason);
}

/* ---- free SYMBOL [ARGUMENT] virtual|physical|frame [order ARGUMENT] ---- */

static bool read_kind(const struct hooks_line *line, size_t i, enum kernel_free_kind *kind)
{
    static const char *const names[] = {[KERNEL_FREE_VIRTUAL] = "virtual",
                                        [KERNEL_FREE_PHYSICAL] = "physical",
                                        [KERNEL_FREE_FRAME] = "frame"};

    for (size_t k = 0; i < line->count && k < sizeof names / sizeof names[0]; k++)
        if (strcmp(line->word[i], names[k]) == 0) {
            *kind = (enum kernel_free_kind)k;
            return true;
        }
    return refuse(line, "a line of free is: free SYMBOL [ARGUMENT] virtual|physical|frame "
                        "[order ARGUMENT]");
}

static bool take_free(const struct hooks_line *line)
{
    uint32_t argument = 0, order = 0;
    enum kernel_free_kind kind = KERNEL_FREE_VIRTUAL;
    size_t at = 2;

    if (line->count > at && line->word[at][0] >= '0' && line->word[at][0] <= '9' &&
        !read_number(line, at++, &argument))
        return false;
    if (!read_kind(line, at++, &kind))
        return false;
    bool ordered = at + 2 == line->count && strcmp(line->word[at], "order") == 0;
    if (!ordered && at != line->count)
        return refuse_word(line, line->word[at], "only `order ARGUMENT` may follow");
    if (ordered && (!read_number(line, at + 1, &order) || order > INT16_MAX))
        return refuse_word(line, line->word[at + 1], "no number of an argument");
    return take(line, kernel_free_function(line->kernel, line->word[1], argument, kind,
                                           ordered ? (int)order : -1));
}

/* ---- direct VA SIZE ---- */

static bool take_direct(const struct hooks_line *line)
{
    const char *reason;
    uint32_t va;
    uint64_t bytes;

    if (line->count != 3)
        return refuse(line, "a line of direct is: direct VA SIZE");
    if (!read_number(line, 1, &va))
        return false;
    if (!size_parse(line->word[2], &bytes, &reason))
        return refuse_word(line, line->word[2], reason);
    if (bytes > UINT32_MAX || bytes > (UINT64_C(1) << 32) - va)
        return refuse_word(line, line->word[2], "the direct map ends behind 4 GiB");
    kernel_direct_map(line->kernel, va, (uint32_t)bytes);
    return true;
}

/* ---- panic SYMBOL ---- */

static bool take_panic(const struct hooks_line *line)
{
    if (line->count != 2)
        return refuse(line, "a line of panic is: panic SYMBOL");
    return take(line, kernel_panic_symbol(line->kernel, line->word[1]));
}

/* ---- lines ---- */

static const struct {
    const char *word;
    bool (*take)(const struct hooks_line *line);
} kinds[] = {{"free", take_free}, {"direct", take_direct}, {"panic", take_panic}};

static bool split(struct hooks_line *line, char *text)
{
    char *rest = NULL;

    text[strcspn(text, "#")] = '\0';
    line->count = 0;
    for (char *word = strtok_r(text, BLANKS, &rest); word != NULL;
         word = strtok_r(NULL, BLANKS, &rest)) {
        if (line->count == WORDS_MAX)
            return refuse(line, "too many words");
        line->word[line->count++] = word;
    }
    return true;
}

static bool take_line(struct hooks_line *line, char *text)
{
    if (!split(line, text))
        return false;
    if (line->count == 0)
        return true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(line->word[0], kinds[i].word) == 0)
            return kinds[i].take(line);
    return refuse_word(line, line->word[0], "a line begins with free, direct or panic");
}

static bool read_lines(struct kernel *kernel, const char *path, FILE *file)
{
    struct hooks_line line = {.kernel = kernel, .path = path};
    char *text = NULL;
    size_t text_bytes = 0;
    bool good = true;

    while (good && getline(&text, &text_bytes, file) >= 0) {
        line.number++;
        good = take_line(&line, text);
    }
    free(text);
    if (good && ferror(file))
        good = kernel_fail_with(kernel, "%s: cannot read: %s", path, strerror(errno));
    return good;
}

enum kernel_outcome kernel_hooks_file(struct kernel *kernel, const char *path)
{
    kernel_clear_error(kernel);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return kernel_done_if(
            kernel_fail_with(kernel, "%s: cannot open: %s", path, strerror(errno)));
    bool good = read_lines(kernel, path, file);
    fclose(file);
    return kernel_done_if(good);
}
