/*
 * The signal handler. The guest may have loaded FS, which the host's thread-local storage needs, and
 * set NT or AC: all three are repaired before trap(). After it, the guest's ES, DS, FS and GS are
 * loaded; 64-bit code does not use DS and ES, so they need no repair on entry.
 */
        .text
        .globl  trap_entry
        .type   trap_entry, @function
trap_entry:
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushfq
        andq    $~0x44000, (%rsp)
        popfq
        movl    $158, %eax              /* arch_prctl(ARCH_SET_FS, ...) */
        movl    $0x1002, %edi
        movq    entry_host_fs(%rip), %rsi
        syscall
        popq    %rdx
        popq    %rsi
        popq    %rdi
        subq    $8, %rsp
        call    trap
        addq    $8, %rsp
        movzwl  entry_selectors(%rip), %eax
        movl    %eax, %es
        movzwl  entry_selectors+2(%rip), %eax
        movl    %eax, %ds
        movzwl  entry_selectors+4(%rip), %eax
        movl    %eax, %fs
        movzwl  entry_selectors+6(%rip), %eax
        movl    %eax, %gs
        ret                             /* to the C library's restorer, which uses no segment */
        .size   trap_entry, .-trap_entry

        .section .note.GNU-stack, "", @progbits
