#include "support/naive_runs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

uint64_t naive_number(struct naive_bytes *bytes)
{
    uint64_t number = 0;
    uint8_t byte = 0x80;

    for (uint32_t shift = 0; (byte & 0x80u) != 0; shift += 7) {
        assert_true(bytes->at < bytes->end && shift < 64);
        byte = bytes->data[bytes->at++];
        number |= (uint64_t)(byte & 0x7fu) << shift;
    }
    return number;
}

void naive_runs_apply(struct naive_bytes *bytes, uint32_t numbers[], uint32_t frames)
{
    uint64_t frame = 0;
    uint64_t change_before = 0;

    while (bytes->at < bytes->end) {
        uint64_t gap = naive_number(bytes);
        uint64_t length = naive_number(bytes);
        uint64_t change = naive_number(bytes);

        assert_true(length > 0 && change > 0 && change <= UINT32_MAX);
        assert_true(gap > 0 || change != change_before);
        assert_true(gap <= frames && length <= frames && frame + gap + length <= frames);
        frame += gap;
        for (uint64_t end = frame + length; frame < end; frame++)
            numbers[frame] ^= (uint32_t)change;
        change_before = change;
    }
}
