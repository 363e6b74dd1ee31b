/* bool probe_read(uint32_t va): trap() goes on at probe_failed when the read at probe_address faults. */
        .text
        .globl  probe_read, probe_address, probe_failed
probe_read:
        movl    4(%esp), %eax
probe_address:
        movb    (%eax), %al
        movl    $1, %eax
        ret
probe_failed:
        xorl    %eax, %eax
        ret

        .section .note.GNU-stack, "", @progbits
