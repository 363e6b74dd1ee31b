/* An advice in sentences. */
#ifndef REPORT_ADVICE_WORDS_H
#define REPORT_ADVICE_WORDS_H

#include "lab/advice.h"
#include "report/numbers.h"
#include "report/prose.h"

struct advice_words {
    struct prose headline;       /* without a full stop */
    struct prose aim[AIM_COUNT]; /* one paragraph each */
    struct prose dominated;      /* empty: no strategy is dominated */
};

void advice_words_make(struct advice_words *words, const struct advice *advice);
void advice_words_free(struct advice_words *words);

/* "least RAM", "speed": the name of an aim for people, and its name in the JSON. */
const char *advice_aim_label(enum advice_aim aim);
const char *advice_aim_key(enum advice_aim aim);

/* The CPU time of an event: "44 ns", "1.2 us". */
struct number_text advice_time_text(uint64_t ns, uint64_t events);

#endif
