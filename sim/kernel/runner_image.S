/* The runner's program, as the build has made it, for runner_start.c. */
        .section .rodata
        .balign 16
        .globl  runner_program_start
runner_program_start:
        .incbin RUNNER
        .globl  runner_program_end
runner_program_end:

        .section .note.GNU-stack, "", @progbits
