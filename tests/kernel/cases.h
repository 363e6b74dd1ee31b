/* Helpers of tests that have tables of cases. */
#ifndef TESTS_KERNEL_CASES_H
#define TESTS_KERNEL_CASES_H

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* Stands for a vector when no exception was raised. */
#define NO_EXCEPTION 0xffffffffu

/* assert_int_equal() for unsigned values, in a case that has a name. */
#define assert_case(name, actual, expected)                                                        \
    do {                                                                                           \
        uint32_t actual_ = (uint32_t)(actual), expected_ = (uint32_t)(expected);                   \
        if (actual_ != expected_)                                                                  \
            fail_msg("%s: " #actual " is 0x%x, not 0x%x", (name), (unsigned)actual_,               \
                     (unsigned)expected_);                                                         \
    } while (0)

#endif
