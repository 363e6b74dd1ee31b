/*
 * Where the host's signals arrive while the guest runs, and where they leave. The guest may have
 * loaded FS, which moves the host's thread-local storage away, and set NT or AC. DS and ES mean
 * nothing in 64-bit mode; they are the guest's on the way out.
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
        ret                             /* to the host's restorer, which touches no segment */
        .size   trap_entry, .-trap_entry

        .section .note.GNU-stack, "", @progbits
