/* The page of `mmsim report` around its data, as the build has assembled it, for report_page.c. */
        .section .rodata
        .globl  report_page_before
report_page_before:
        .incbin PAGE_BEFORE
        .globl  report_page_before_end
report_page_before_end:
        .globl  report_page_after
report_page_after:
        .incbin PAGE_AFTER
        .globl  report_page_after_end
report_page_after_end:

        .section .note.GNU-stack, "", @progbits
