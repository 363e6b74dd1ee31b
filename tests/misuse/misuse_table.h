/* The misuses, one a line: MISUSE(name, function that panics, facts that the panic names), the
 * facts as in struct misuse_facts. An @ stands for the number of the frame. POINTER(name, facts) is
 * a pointer that kfree(), krealloc() and ksize() refuse in the same way. */
#define POINTER(name, ...)                                                                         \
    MISUSE(kfree_##name, kfree, __VA_ARGS__)                                                       \
    MISUSE(krealloc_##name, krealloc, __VA_ARGS__)                                                 \
    MISUSE(ksize_##name, ksize, __VA_ARGS__)

POINTER(by_1, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not to the start of an object")
POINTER(by_4, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not to the start of an object")
POINTER(by_8, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(by_16, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(before, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(object_by_8, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(object_by_half, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(object_page_start, .window = "pointer is not into the heap's blocks",
        .primary = "not the start of a block, or its header is smashed",
        .brk = "not the start of a block, or its header is smashed")
POINTER(object_page_end, .window = "pointer is not into the heap's blocks",
        .primary = "not the start of a block, or its header is smashed",
        .brk = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(page_block_by_8, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "pointer is not to the start of an object")
POINTER(pages_block_by_page, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "no live block starts there")
POINTER(pages_block_end, .heaps = "not the start of a block, or its header is smashed",
        .slabs = "no live block starts there")
POINTER(large_block_untouched, .window = "not the start of a block, or its header is smashed",
        .primary = "not the start of a block, or its header is smashed",
        .brk = "not the start of a block, or its header is smashed",
        .slabs = "no live block starts there")
POINTER(large_block_untouched_by_8, .window = "not the start of a block, or its header is smashed",
        .primary = "not the start of a block, or its header is smashed",
        .brk = "not the start of a block, or its header is smashed",
        .slabs = "no live block starts there")
POINTER(huge_block_by_large_page, .window = "not the start of a block, or its header is smashed",
        .primary = "not the start of a block, or its header is smashed",
        .brk = "not the start of a block, or its header is smashed")
POINTER(dma_block_by_8, .primary = "not the start of a block, or its header is smashed",
        .brk = "pointer is not into the heap's blocks",
        .slabs = "pointer is not to the start of an object")
POINTER(dma_pages_by_page, .primary = "not the start of a block, or its header is smashed",
        .brk = "pointer is not into the heap's blocks", .slabs = "no live block starts there")
POINTER(dma_pages_header, .heaps = "pointer is not into the heap's blocks")
POINTER(twice, .heaps = "block is free already", .slabs = "object is free already")
POINTER(twice_the_last, .window = "pointer is not into the heap's blocks",
        .primary = "pointer is not into the heap's blocks",
        .brk = "pointer is not into the heap's blocks", .slabs = "object is free already")
POINTER(twice_merged, .heaps = "block is free already", .slabs = "object is free already")
POINTER(twice_between_free_ones, .heaps = "block is free already",
        .slabs = "object is free already")
POINTER(twice_covered, .heaps = "block is free already", .slabs = "object is free already")
POINTER(twice_an_object, .heaps = "block is free already", .slabs = "object is free already")
POINTER(twice_an_object_of_a_slab_given_back, .window = "block is free already",
        .primary = "pointer is not into the heap's blocks",
        .brk = "pointer is not into the heap's blocks", .slabs = "object is free already")
POINTER(twice_pages, .heaps = "block is free already", .slabs = "frame @ is free")
POINTER(twice_shrunk, .primary = "pointer is not into the heap's blocks",
        .window = "pointer is not into the heap's blocks", .all = "frame @ is free")
POINTER(twice_frames_reused, .all = "frame @ is a single page")
POINTER(twice_dma, .window = "frame @ is free", .primary = "block is free already",
        .brk = "frame @ is free", .slabs = "object is free already")
POINTER(twice_dma_pages, .primary = "pointer is not into the heap's blocks",
        .all = "frame @ is free")
POINTER(moved, .heaps = "block is free already", .slabs = "object is free already")
POINTER(page, .all = "frame @ is a single page")
POINTER(page_like_blocks, .all = "frame @ is a single page")
POINTER(process_page_like_blocks, .all = "frame @ is a page of a process")
POINTER(page_by_8, .all = "frame @ is a single page")
POINTER(dma_page, .all = "frame @ is a single page")
POINTER(user_page_of_the_kernel, .all = "frame @ is a single page")
POINTER(pages_first, .all = "frame @ starts a block of order 3")
POINTER(pages_second, .all = "frame @ is inside a block of pages")
POINTER(pages_second_by_8, .all = "frame @ is inside a block of pages")
POINTER(pages_of_order_10, .all = "frame @ is inside a block of pages")
POINTER(first_page_of_many_free, .window = "frame @ is free",
        .primary = "block is a chunk of pages", .brk = "frame @ is free",
        .slabs = "frame @ is free")
POINTER(page_free, .primary = "pointer is not into the heap's blocks", .all = "frame @ is free")
POINTER(area, .window = "block is an area of vmalloc()", .all = "frame @ is vmalloc()'s")
POINTER(area_second_page, .window = "not the start of a block, or its header is smashed",
        .all = "frame @ is vmalloc()'s")
POINTER(area_guard, .window = "not the start of a block, or its header is smashed",
        .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(area_free, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(area_frame, .window = "pointer is not into the heap's blocks",
        .all = "frame @ is vmalloc()'s")
POINTER(control_page, .all = "frame @ is a page table")
POINTER(control_page_inside, .all = "frame @ is a page table")
POINTER(process_directory, .all = "frame @ is a page table")
POINTER(process_page_table, .all = "frame @ is a page table")
POINTER(process_page, .all = "frame @ is a page of a process")
POINTER(process_page_by_8, .all = "frame @ is a page of a process")
POINTER(process_address, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(state, .all = "frame @ is metadata")
POINTER(owner_map, .all = "frame @ is metadata")
POINTER(directory, .all = "frame @ is a page table")
POINTER(heap_area_table, .all = "frame @ is a page table")
POINTER(tempmap_table, .all = "frame @ is a page table")
POINTER(reserved, .all = "frame @ is reserved")
POINTER(reserved_by_8, .all = "frame @ is reserved")
POINTER(video_ram, .all = "frame @ is reserved")
POINTER(kernel_image, .all = "frame @ is reserved")
POINTER(low_1000, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(user_text, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(last_byte, .all = "frame @ is a page table")
POINTER(last_words, .all = "frame @ is a page table")
POINTER(heap_area_unmapped, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(behind_heap_area, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(framebuffer_unmapped, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(tempmap_unclaimed, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(page_tables, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(page_directory, .all = "frame @ is a page table")
POINTER(by_5_from_none, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(by_8_from_none, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
POINTER(beyond_ram, .all = "frame @ is no RAM")
POINTER(frame_never_used, .primary = "pointer is not into the heap's blocks",
        .all = "frame @ is free")
POINTER(framebuffer, .all = "frame @ is no RAM")
POINTER(alias, .heaps = "pointer is not into the heap's blocks",
        .slabs = "pointer is not into kmalloc's memory")
MISUSE(ksize_none, ksize, .heaps = "pointer is not into the heap's blocks",
       .slabs = "pointer is not into kmalloc's memory")
MISUSE(kmalloc_0, kmalloc, .all = "a request for 0 bytes")
MISUSE(kmalloc_dma_0, kmalloc, .all = "a request for 0 bytes")
MISUSE(kmalloc_user, kmalloc, .all = "not a class of kmalloc()")
MISUSE(kmalloc_user_large, kmalloc, .all = "not a class of kmalloc()")
MISUSE(kmalloc_class_7, kmalloc, .all = "not a class of kmalloc()")
MISUSE(krealloc_to_0, krealloc, .all = "a request for 0 bytes")
MISUSE(krealloc_none_to_0, krealloc, .all = "a request for 0 bytes")
MISUSE(krealloc_free_to_0, krealloc, .all = "a request for 0 bytes")
MISUSE(pages_set_movable_cookie_too_large, pages_set_movable,
       .all = "mm->moved != NULL && cookie < PAGES_COOKIES")
MISUSE(pages_set_movable_nobody_told, pages_set_movable,
       .all = "mm->moved != NULL && cookie < PAGES_COOKIES")
MISUSE(vmalloc_0, vmalloc, .all = "a request for 0 bytes")
MISUSE(process_copy_in_from_null, process_copy_in, .all = "the kernel's side of the copy is NULL")
MISUSE(process_copy_out_to_null, process_copy_out, .all = "the kernel's side of the copy is NULL")
MISUSE(process_create_no_text, process_create,
       .all = "program->text != NULL || program->text_bytes == 0")
MISUSE(process_create_no_data, process_create,
       .all = "program->data != NULL || program->data_bytes == 0")
MISUSE(tempmap_claim_frames_max, tempmap_claim, .all = "frame.value < FRAMES_MAX")
MISUSE(tempmap_claim_none, tempmap_claim, .all = "frame.value < FRAMES_MAX")
MISUSE(framebuffer_map_0_bytes, framebuffer_map,
       .all = "bytes != 0 && bytes - 1u <= UINT32_MAX - device.value")
MISUSE(framebuffer_map_wrapping, framebuffer_map,
       .all = "bytes != 0 && bytes - 1u <= UINT32_MAX - device.value")
MISUSE(framebuffer_map_unaligned, framebuffer_map, .all = "(device.value & PAGE_OFFSET_MASK) == 0")
MISUSE(framebuffer_map_free_ram, framebuffer_map, .all = "frame @ is free")
MISUSE(framebuffer_map_page, framebuffer_map, .all = "frame @ is a single page")
MISUSE(framebuffer_map_metadata, framebuffer_map, .all = "frame @ is metadata")
MISUSE(framebuffer_map_directory, framebuffer_map, .all = "frame @ is a page table")
MISUSE(framebuffer_map_reserved, framebuffer_map, .all = "frame @ is reserved")
MISUSE(framebuffer_map_with_a_process, framebuffer_map,
       .all = "there are processes, with directories of their own")
MISUSE(framebuffer_unmap_with_a_process, framebuffer_unmap,
       .all = "there are processes, with directories of their own")
MISUSE(pages_free_twice, pages_free, .window = "frame @ is free",
       .primary = "frame @ is the heap's", .brk = "frame @ is free", .slabs = "frame @ is free")
MISUSE(pages_free_twice_user, pages_free, .all = "frame @ is free")
MISUSE(pages_free_twice_of_order_3, pages_free, .all = "frame @ is free")
MISUSE(pages_free_half_of_a_free_block, pages_free, .all = "frame @ is free")
MISUSE(pages_free_never_taken, pages_free, .all = "frame @ is free")
MISUSE(pages_free_heap_gave_back, pages_free, .all = "frame @ is free")
MISUSE(pages_free_area_gave_back, pages_free, .all = "frame @ is free")
MISUSE(pages_free_process_gave_back, pages_free, .all = "frame @ is free")
MISUSE(pages_free_page_as_order_1, pages_free, .all = "frame @ is a single page")
MISUSE(pages_free_page_as_order_10, pages_free, .all = "frame @ is a single page")
MISUSE(pages_free_order_3_as_page, pages_free, .all = "frame @ starts a block of order 3")
MISUSE(pages_free_order_3_as_order_1, pages_free, .all = "frame @ starts a block of order 3")
MISUSE(pages_free_order_3_as_order_4, pages_free, .all = "frame @ starts a block of order 3")
MISUSE(pages_free_order_10_as_order_9, pages_free, .all = "frame @ starts a block of order 10")
MISUSE(pages_free_user_order_2_as_page, pages_free, .all = "frame @ starts a block of order 2")
MISUSE(pages_free_second_frame, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_second_frame_whole_order, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_last_frame, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_upper_half, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_middle_of_order_10, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_dma_second_frame, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_user_second_frame, pages_free, .all = "frame @ is inside a block of pages")
MISUSE(pages_free_two_pages_at_once, pages_free, .all = "frame @ is a single page")
MISUSE(pages_free_order_11, pages_free, .all = "order <= ORDER_MAX")
MISUSE(pages_free_order_16, pages_free, .all = "order <= ORDER_MAX")
MISUSE(pages_free_order_255, pages_free, .all = "order <= ORDER_MAX")
MISUSE(pages_free_order_beyond, pages_free, .all = "order <= ORDER_MAX")
MISUSE(pages_free_block, pages_free, .heaps = "frame @ is the heap's",
       .slabs = "frame @ is a slab's")
MISUSE(pages_free_object, pages_free, .heaps = "frame @ is the heap's",
       .slabs = "frame @ is a slab's")
MISUSE(pages_free_block_second_frame, pages_free, .heaps = "frame @ is the heap's",
       .slabs = "frame @ is in a block of kmalloc()")
MISUSE(pages_free_block_as_large, pages_free, .heaps = "frame @ is the heap's",
       .slabs = "frame @ is in a block of kmalloc()")
MISUSE(pages_free_dma_block, pages_free, .window = "frame @ is the heap's",
       .primary = "frame @ is the heap's", .brk = "frame @ is in a block of kmalloc()",
       .slabs = "frame @ is a slab's")
MISUSE(pages_free_dma_block_second_frame, pages_free,
       .window = "frame @ is in a block of kmalloc()", .primary = "frame @ is the heap's",
       .brk = "frame @ is in a block of kmalloc()", .slabs = "frame @ is in a block of kmalloc()")
MISUSE(pages_free_area, pages_free, .window = "frame @ is the heap's",
       .all = "frame @ is vmalloc()'s")
MISUSE(pages_free_process_page, pages_free, .all = "frame @ is a page of a process")
MISUSE(pages_free_process_stack, pages_free, .all = "frame @ is a page of a process")
MISUSE(pages_free_control_page, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_process_directory, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_process_page_table, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_regions_page, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_directory, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_heap_area_table, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_last_heap_area_table, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_tempmap_table, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_framebuffer_table, pages_free, .all = "frame @ is a page table")
MISUSE(pages_free_state, pages_free, .all = "frame @ is metadata")
MISUSE(pages_free_owner_map, pages_free, .all = "frame @ is metadata")
MISUSE(pages_free_boot_directory, pages_free, .all = "frame @ is reserved")
MISUSE(pages_free_frame_0, pages_free, .all = "frame @ is reserved")
MISUSE(pages_free_video_ram, pages_free, .all = "frame @ is reserved")
MISUSE(pages_free_last_reserved, pages_free, .all = "frame @ is reserved")
MISUSE(pages_free_frames_max, pages_free, .all = "frame @ is no RAM")
MISUSE(pages_free_last_of_4_gib, pages_free, .all = "frame @ is no RAM")
MISUSE(pages_free_none, pages_free, .all = "frame @ is no RAM")
MISUSE(pages_free_device, pages_free, .all = "frame @ is no RAM")
MISUSE(pages_free_beyond_ram, pages_free, .all = "frame @ is no RAM")
MISUSE(pages_free_far_beyond_ram, pages_free, .all = "frame @ is no RAM")
MISUSE(pages_alloc_order_11, pages_alloc, .all = "order <= ORDER_MAX && page_class <= PAGES_USER")
MISUSE(pages_alloc_order_32, pages_alloc, .all = "order <= ORDER_MAX && page_class <= PAGES_USER")
MISUSE(pages_alloc_order_beyond, pages_alloc,
       .all = "order <= ORDER_MAX && page_class <= PAGES_USER")
MISUSE(pages_alloc_class_3, pages_alloc, .all = "order <= ORDER_MAX && page_class <= PAGES_USER")
MISUSE(pages_alloc_class_255, pages_alloc, .all = "order <= ORDER_MAX && page_class <= PAGES_USER")
MISUSE(pages_set_movable_kernel_page, pages_set_movable, .all = "frame @ is a single page")
MISUSE(pages_set_movable_free_page, pages_set_movable, .all = "frame @ is free")
MISUSE(pages_set_movable_page_as_order_1, pages_set_movable, .all = "frame @ is a single page")
MISUSE(pages_set_movable_page_as_order_16, pages_set_movable, .all = "frame @ is a single page")
MISUSE(pages_set_movable_order_2_as_page, pages_set_movable,
       .all = "frame @ starts a block of order 2")
MISUSE(pages_set_movable_second_frame, pages_set_movable,
       .all = "frame @ is inside a block of pages")
MISUSE(pages_set_movable_process_page, pages_set_movable, .all = "frame @ is a page of a process")
MISUSE(pages_set_movable_area, pages_set_movable, .window = "frame @ is the heap's",
       .all = "frame @ is vmalloc()'s")
MISUSE(pages_set_movable_block, pages_set_movable, .heaps = "frame @ is the heap's",
       .slabs = "frame @ is a slab's")
MISUSE(pages_set_movable_none, pages_set_movable, .all = "frame @ is no RAM")
MISUSE(vfree_twice, vfree, .window = "frame @ is the heap's", .all = "not the start of an area")
MISUSE(vfree_twice_between_free_ones, vfree, .window = "frame @ is the heap's",
       .all = "not the start of an area")
MISUSE(vfree_second_page, vfree, .all = "not the start of an area")
MISUSE(vfree_guard, vfree, .window = "frame @ is the heap's", .all = "not the start of an area")
MISUSE(vfree_by_1, vfree, .window = "frame @ is the heap's", .all = "not the start of an area")
MISUSE(vfree_by_8, vfree, .window = "frame @ is the heap's", .all = "not the start of an area")
MISUSE(vfree_by_4095, vfree, .window = "frame @ is the heap's", .all = "not the start of an area")
MISUSE(vfree_block, vfree, .heaps = "frame @ is the heap's", .slabs = "frame @ is a slab's")
MISUSE(vfree_large_block, vfree, .heaps = "frame @ is the heap's",
       .slabs = "frame @ is in a block of kmalloc()")
MISUSE(vfree_page, vfree, .all = "frame @ is a single page")
MISUSE(vfree_free_page, vfree, .all = "frame @ is free")
MISUSE(vfree_control_page, vfree, .all = "frame @ is a page table")
MISUSE(vfree_frame_of_area, vfree, .window = "frame @ is the heap's",
       .all = "not the start of an area")
MISUSE(vfree_heap_area_start, vfree, .all = "not the start of an area")
MISUSE(vfree_last_page_of_heap_area, vfree, .all = "not the start of an area")
MISUSE(vfree_behind_heap_area, vfree, .all = "not the start of an area")
MISUSE(vfree_reserved, vfree, .all = "frame @ is reserved")
MISUSE(vfree_user_text, vfree, .all = "not the start of an area")
MISUSE(vfree_by_1_from_none, vfree, .all = "not the start of an area")
MISUSE(vfree_framebuffer_unmapped, vfree, .all = "not the start of an area")
MISUSE(vfree_tempmap_unclaimed, vfree, .all = "not the start of an area")
MISUSE(vfree_page_directory, vfree, .all = "frame @ is a page table")
MISUSE(vfree_last_byte, vfree, .all = "frame @ is a page table")
MISUSE(process_exit_dead, process_exit, .all = "frame @ is free")
MISUSE(process_switch_dead, process_switch, .all = "frame @ is free")
MISUSE(process_map_dead, process_map, .all = "frame @ is free")
MISUSE(process_unmap_dead, process_unmap, .all = "frame @ is free")
MISUSE(process_setbrk_dead, process_setbrk, .all = "frame @ is free")
MISUSE(process_copy_in_dead, process_copy_in, .all = "frame @ is free")
MISUSE(process_copy_out_dead, process_copy_out, .all = "frame @ is free")
MISUSE(process_exit_page_table, process_exit, .all = "frame @ is a page table, and not a process")
MISUSE(process_switch_page_table, process_switch,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_map_page_table, process_map, .all = "frame @ is a page table, and not a process")
MISUSE(process_unmap_page_table, process_unmap, .all = "frame @ is a page table, and not a process")
MISUSE(process_setbrk_page_table, process_setbrk,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_copy_in_page_table, process_copy_in,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_copy_out_page_table, process_copy_out,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_exit_reused, process_exit, .all = "frame @ is a single page")
MISUSE(process_switch_reused, process_switch, .all = "frame @ is a single page")
MISUSE(process_map_reused, process_map, .all = "frame @ is a single page")
MISUSE(process_unmap_reused, process_unmap, .all = "frame @ is a single page")
MISUSE(process_setbrk_reused, process_setbrk, .all = "frame @ is a single page")
MISUSE(process_copy_in_reused, process_copy_in, .all = "frame @ is a single page")
MISUSE(process_copy_out_reused, process_copy_out, .all = "frame @ is a single page")
MISUSE(process_exit_directory, process_exit, .all = "frame @ is a page table, and not a process")
MISUSE(process_switch_directory, process_switch,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_exit_kernel_directory, process_exit,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_switch_kernel_directory, process_switch,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_exit_user_page, process_exit, .all = "frame @ is a page of a process")
MISUSE(process_map_user_page, process_map, .all = "frame @ is a page of a process")
MISUSE(process_exit_user_page_forged, process_exit, .all = "frame @ is a page of a process")
MISUSE(process_exit_regions_page, process_exit, .all = "frame @ is a page table, and not a process")
MISUSE(process_switch_regions_page, process_switch,
       .all = "frame @ is a page table, and not a process")
MISUSE(process_exit_page, process_exit, .all = "frame @ is a single page")
MISUSE(process_exit_inside, process_exit, .all = "not a process")
MISUSE(process_copy_in_inside, process_copy_in, .all = "not a process")
MISUSE(process_exit_metadata, process_exit, .all = "frame @ is metadata")
MISUSE(process_setbrk_reserved, process_setbrk, .all = "frame @ is reserved")
MISUSE(process_exit_beyond_ram, process_exit, .all = "frame @ is no RAM")
MISUSE(process_exit_area, process_exit, .all = "not a process")
MISUSE(process_copy_out_user_address, process_copy_out, .all = "not a process")
MISUSE(process_exit_last_page, process_exit, .all = "not a process")
MISUSE(process_exit_null, process_exit, .all = "not a process")
MISUSE(process_map_null, process_map, .all = "not a process")
MISUSE(process_unmap_null, process_unmap, .all = "not a process")
MISUSE(process_setbrk_null, process_setbrk, .all = "not a process")
MISUSE(process_copy_in_null, process_copy_in, .all = "not a process")
MISUSE(process_copy_out_null, process_copy_out, .all = "not a process")
MISUSE(process_map_0_bytes, process_map, .all = "a range of 0 bytes")
MISUSE(process_map_0_bytes_of_kernel, process_map, .all = "a range of 0 bytes")
MISUSE(process_map_wrapping, process_map, .all = "a range wraps around the end of 4 GiB")
MISUSE(process_map_wrapping_by_a_page, process_map, .all = "a range wraps around the end of 4 GiB")
MISUSE(process_unmap_0_bytes, process_unmap, .all = "a range of 0 bytes")
MISUSE(process_unmap_0_bytes_of_none, process_unmap, .all = "a range of 0 bytes")
MISUSE(process_unmap_wrapping, process_unmap, .all = "a range wraps around the end of 4 GiB")
MISUSE(process_unmap_wrapping_by_a_byte, process_unmap,
       .all = "a range wraps around the end of 4 GiB")
MISUSE(process_copy_in_wrapping, process_copy_in, .all = "a range wraps around the end of 4 GiB")
MISUSE(process_copy_in_wrapping_by_a_byte, process_copy_in,
       .all = "a range wraps around the end of 4 GiB")
MISUSE(process_copy_out_wrapping, process_copy_out, .all = "a range wraps around the end of 4 GiB")
MISUSE(process_copy_out_wrapping_by_a_byte, process_copy_out,
       .all = "a range wraps around the end of 4 GiB")
MISUSE(tempmap_claim_free_page, tempmap_claim, .all = "frame @ is free")
MISUSE(tempmap_claim_page_of_a_dead_process, tempmap_claim, .all = "frame @ is free")
MISUSE(tempmap_claim_second_frame_of_a_free_block, tempmap_claim, .all = "frame @ is free")
MISUSE(tempmap_release_twice, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_the_next, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_inside, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_by_direct_map, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_block, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_none, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_unclaimed, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_before_the_first, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_behind_the_last, tempmap_release, .all = "not a claimed temporary mapping")
MISUSE(tempmap_release_last_page, tempmap_release, .all = "not a claimed temporary mapping")

#undef POINTER
