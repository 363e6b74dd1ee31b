# mmsim: a kernel's memory manager on a simulated machine and on a real one, from the same sources.
# `make help` lists the targets; V=1 shows the commands. Nothing is built outside build/ and coverage/.

ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
VARIANT ?= host
JOBS    ?= $(shell nproc)
Q       := $(if $(V),,@)
MAKEFLAGS += --no-print-directory

# How far the memory manager mistrusts its callers and its memory (include/mm/harden.h): none, fast, full. All but
# the default are built apart.
HARDENING       ?= fast
HARDENINGS      := none fast full
HARDENING_none  := HARDEN_NONE
HARDENING_fast  := HARDEN_FAST
HARDENING_full  := HARDEN_FULL
$(if $(filter $(HARDENING),$(HARDENINGS)),,$(error HARDENING is one of $(HARDENINGS), not '$(HARDENING)'))
LEVEL           := $(if $(filter-out fast,$(HARDENING)),-$(HARDENING))
O               := $(BUILD)/$(VARIANT)$(LEVEL)

WARN := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-align \
        -Wstrict-prototypes -Wmissing-prototypes -Werror

# ---- optional libraries --------------------------------------------------------------------------------
# zstd and xz traces, results of sweeps in JSON, source lines of foreign kernels; without the libraries the program
# says which package it misses.
PKG     := $(shell command -v pkg-config 2>/dev/null)
HAVE     = $(if $(PKG),$(shell pkg-config --exists $(1) && echo yes))
ZSTD    := $(call HAVE,libzstd)
LZMA    := $(call HAVE,liblzma)
JANSSON := $(call HAVE,jansson)
LIBDW   := $(call HAVE,libdw)
# Zydis decodes instructions for `mmsim kernel`. Debian's package has no file for pkg-config.
HAVE_HEADER = $(shell echo '\#include <$(1)>' | $(CC) -E - >/dev/null 2>&1 && echo yes)
ZYDIS   := $(call HAVE_HEADER,Zydis/Zydis.h)
LIBS    := $(if $(ZSTD),-lzstd) $(if $(LZMA),-llzma) $(if $(JANSSON),-ljansson) $(if $(LIBDW),-ldw -lelf)
DEFINES := $(if $(ZSTD),-DHAVE_ZSTD) $(if $(LZMA),-DHAVE_LZMA) $(if $(JANSSON),-DHAVE_JANSSON) \
           $(if $(LIBDW),-DHAVE_DW) $(if $(ZYDIS),-DHAVE_RUNNER)

# ---- what is compiled --------------------------------------------------------------------------------
# The memory manager and the replay: the very same list for the host and for the image.
CORE_SRC  := $(sort $(wildcard src/mm/*.c src/replay/*.c))
SIM_SRC   := $(sort $(filter-out sim/kernel/runner/%,$(wildcard sim/*/*.c sim/*/*/*.c)))
# Those of tests/harden expect all that HARDENING=full sees: `make test-hardening`.
TEST_SRC  := $(sort $(filter-out $(if $(filter full,$(HARDENING)),,tests/harden/%) $(if $(ZYDIS),,tests/kernel/%),\
               $(wildcard tests/*/test_*.c)))
SUPPORT_SRC := $(sort $(wildcard tests/support/*.c))

# ---- the host ----------------------------------------------------------------------------------------
# Variants: host (the program), asan (address and undefined-behaviour sanitizers), gcov (coverage), fuzz (by clang).
# -g1 has the lines that a report names, and makes test programs a third as large.
OPT_host := -O2 -g
OPT_asan := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_gcov := -O1 -g1
OPT_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# Valgrind 3.19 cannot read clang's DWARF 5.
OPT      := $(OPT_$(VARIANT)) $(if $(findstring clang,$(CC)),-gdwarf-4)

LEVEL_CFLAGS := -DMM_HARDENING=$(HARDENING_$(HARDENING))
HOST_CFLAGS  := $(WARN) $(OPT) -D_GNU_SOURCE $(DEFINES) $(LEVEL_CFLAGS) -Iinclude -Isrc -Isim -Isim/machine/include
HOST_LDFLAGS := $(filter -fsanitize%,$(OPT)) $(if $(filter gcov,$(VARIANT)),--coverage)

CORE_OBJ    := $(CORE_SRC:%.c=$(O)/%.o)
SIM_OBJ     := $(SIM_SRC:%.c=$(O)/%.o)
SUPPORT_OBJ := $(SUPPORT_SRC:%.c=$(O)/%.o)
TESTS       := $(TEST_SRC:%.c=$(O)/%)
PLAIN       := $(filter host,$(VARIANT)$(LEVEL))
PROGRAM     := $(if $(PLAIN),$(BUILD)/mmsim,$(O)/mmsim)
LIBRARY     := $(if $(PLAIN),$(BUILD)/libmmsim.a,$(O)/libmmsim.a)

.PHONY: all
all: $(PROGRAM) $(if $(PLAIN),$(BUILD)/mmsim-uninstalled.pc) ## build/mmsim, the program, and build/libmmsim.a for tests of foreign kernels (the default)

$(PROGRAM): $(O)/sim/main.o $(LIBRARY)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(LIBRARY): $(CORE_OBJ) $(SIM_OBJ) $(if $(ZYDIS),$(O)/sim/kernel/runner_image.o)
	@rm -f $@
	$(Q)ar rcs $@ $^

# What decides how objects come out, beside their sources: when a package is installed, or CC changes, they
# are made again. (sim/machine tells Valgrind of the window where its header is there.)
VALGRIND_H := $(call HAVE_HEADER,valgrind/memcheck.h)
CONFIG     := $(CC) $(HOST_CFLAGS) $(VALGRIND_H)

%/config: always
	@mkdir -p $(@D)
	@echo '$(CONFIG)' | cmp -s - $@ || echo '$(CONFIG)' >$@

.PHONY: always
always:

$(O)/%.o: %.c $(O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

# ---- the runner of foreign kernels --------------------------------------------------------------------
# A program of its own, which libmmsim.a has inside. Sanitizers and coverage are for those who start it: it handles
# the signals of code that is not ours, and has the lowest 4 GiB for that code alone.
RUNNER         := $(BUILD)/runner/runner
RUNNER_MACHINE := $(addprefix sim/machine/,mmu.c window.c window_entries.c oracle.c oracle_free.c mapped_frames.c change_log.c \
                  stale_use.c entry_text.c sparse.c)
RUNNER_SRC     := $(sort $(wildcard sim/kernel/runner/*.c sim/kernel/runner/*/*.c)) $(RUNNER_MACHINE)
RUNNER_OBJ     := $(RUNNER_SRC:%.c=$(BUILD)/runner/%.o) $(BUILD)/runner/sim/kernel/runner/entry.o
RUNNER_CFLAGS  := $(WARN) -O2 -g1 -fPIE -fno-stack-protector -fcf-protection=none -D_GNU_SOURCE \
                  -Iinclude -Isrc -Isim -Isim/kernel -Isim/machine/include

$(BUILD)/runner/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(RUNNER_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/runner/%.o: %.S
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

$(RUNNER): $(RUNNER_OBJ)
	$(Q)$(CC) -pie -Wl,-z,now -o $@.debug $^ -lZydis
	$(Q)objcopy --strip-debug $@.debug $@

$(O)/sim/kernel/runner_image.o: sim/kernel/runner_image.S $(RUNNER)
	@mkdir -p $(@D)
	$(Q)$(CC) -DRUNNER='"$(RUNNER)"' -c -o $@ $<

# Coverage is measured of what the gate reads. Branches are those of the source only without optimisation.
ifeq ($(VARIANT),gcov)
$(CORE_OBJ): HOST_CFLAGS += -O0 --coverage -fprofile-abs-path
endif

# A checksum of the sources that decide a run's result, for what sweeps write. Of the sources alone: any machine and
# compiler makes the same program of them. Made each time, as a file that goes leaves no younger one behind.
FINGERPRINT     := $(O)/sim/lab/fingerprint.inc
FINGERPRINT_SRC := $(sort $(wildcard include/mm/*.h $(foreach room,src/mm src/replay sim/machine sim/lab,$(room)/*.[ch]) \
                                     sim/machine/include/asm/*.h))

$(FINGERPRINT): always
	@mkdir -p $(@D)
	@cat $(FINGERPRINT_SRC) | sha256sum | sed 's/^\(.\{16\}\).*/"\1"/' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(O)/sim/lab/fingerprint.o: $(FINGERPRINT)
$(O)/sim/lab/fingerprint.o: HOST_CFLAGS += -I$(O)/sim/lab

# An archive, so that a test program has only what it uses.
$(O)/libsupport.a: $(SUPPORT_OBJ)
	@rm -f $@
	$(Q)ar rcs $@ $^

$(TESTS): $(O)/%: $(O)/%.o $(O)/libsupport.a $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -lcmocka

# Tests of the tool below link its parts.
$(filter $(O)/tests/mmu/%,$(TESTS)): $(O)/tests/mmu/generator.o $(O)/tests/mmu/steps.o $(O)/tests/mmu/owed.o \
                                     $(O)/tests/mmu/coverage.o

# Foreign kernels, written for the tests: each as it should be, and with planted errors. Always by gcc: tests name the
# functions of their reports, and compilers inline differently.
GUESTS := $(BUILD)/guests

$(GUESTS)/built: $(wildcard tests/kernel/guests/*.sh tests/kernel/guests/*/*)
	@CC=gcc tests/kernel/guests/build.sh $(GUESTS) && touch $@

$(filter $(O)/tests/kernel/%,$(TESTS)): | $(GUESTS)/built
.PHONY: test-kernel test-native
test-native: $(PROGRAM) $(GUESTS)/built $(filter $(O)/tests/kernel/%,$(TESTS)) ## foreign kernels natively; where the host cannot, in a machine of QEMU with Debian's kernel
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' CC='$(CC)' HOST_O='$(O)' tests/kernel/native.sh

test-kernel: $(PROGRAM) $(GUESTS)/built $(BUILD)/mmsim.elf ## the guest kernels and the image: do mmsim and QEMU print the same?
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' tests/kernel/compare_qemu.sh

# Parts of the runner are tested in the test's own process, with a stub for the rest of it.
runner_objects  = $(patsubst %.c,$(O)/%.o,$(wildcard $(addprefix sim/kernel/runner/,$(1))))
kernel_tests    = $(filter $(addprefix $(O)/tests/kernel/test_,$(1)),$(TESTS))

$(call kernel_tests,devices): $(call runner_objects,devices/*.c)
$(call kernel_tests,segments segment_host far_transfers interrupts interrupt_return interrupt_stacks double_faults): \
    $(call runner_objects,segment*.c interrupt*.c stack_frame.c) $(O)/tests/kernel/stub_guest.o
$(call kernel_tests,instructions instruction%): $(call runner_objects,instruction*.c) \
    $(addprefix $(O)/tests/kernel/,instruction_stub.o instruction_case.o instruction_templates.o instruction_accesses.o processor32.o)
$(call kernel_tests,instructions instruction%): LIBS += -lZydis
$(O)/sim/kernel/runner/%.o: HOST_CFLAGS += -Isim/kernel
$(O)/tests/kernel/%.o: HOST_CFLAGS += -DGUESTS='"$(GUESTS)"' -Isim/kernel

# Misuses of the memory manager: a table that an image runs, too.
MISUSE_SRC := $(sort $(wildcard tests/misuse/misuse*.c))

$(filter $(O)/tests/misuse/%,$(TESTS)): $(MISUSE_SRC:%.c=$(O)/%.o)

# What is fuzzed, under CMocka here, under libFuzzer in `make fuzz`.
FUZZ_OBJ := $(patsubst %.c,$(O)/%.o,$(filter-out %/fuzz_main.c tests/fuzz/test_%,$(sort $(wildcard tests/fuzz/*.c))))
FUZZER   := $(BUILD)/fuzz/fuzzer

$(filter $(O)/tests/fuzz/%,$(TESTS)): $(FUZZ_OBJ)

$(FUZZER): $(O)/tests/fuzz/fuzz_main.o $(FUZZ_OBJ) $(SUPPORT_OBJ) $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS) -lcmocka

# A program to run under Valgrind; and the same with AddressSanitizer, but with the library that is compiled without it.
# Its reports are told apart by their stacks, so all calls must be in these.
WATCHED := $(O)/tests/watch/program

$(O)/tests/watch/%: HOST_CFLAGS += -fno-optimize-sibling-calls -DWATCH_PROGRAM='"$(WATCHED)"'
$(O)/tests/watch/test_watch: | $(if $(filter host,$(VARIANT)),$(WATCHED) $(WATCHED)_asan)

$(WATCHED): $(O)/tests/watch/program.o $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(WATCHED)_asan: tests/watch/program.c $(LIBRARY)
	$(Q)$(CC) $(HOST_CFLAGS) -Itests -fsanitize=address -fsanitize-recover=address -o $@ $^ $(LIBS)

# The tool that holds the simulated MMU against the image's.
MMU_TOOL := $(O)/tests/mmu/mmu
MMU_OBJ  := $(patsubst %.c,$(O)/%.o,$(filter-out tests/mmu/test_%,$(sort $(wildcard tests/mmu/*.c))))

$(MMU_TOOL): $(MMU_OBJ) $(LIBRARY)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/tests/%.o: HOST_CFLAGS += -Itests -DMMSIM_PROGRAM='"$(PROGRAM)"'
.PRECIOUS: $(O)/%.o %/config

-include $(shell find $(O) $(BUILD)/runner $(BUILD)/image -type f -name '*.d' 2>/dev/null)

# ---- tests -------------------------------------------------------------------------------------------
# Both run stages, one after the other. Each stage is a target of this file, and a line of tests/stages.
.PHONY: check test
check: ## what to run before a commit, about two minutes: all test programs, one boot, the layout of the sources, the scripts
	@$(STAGES) RUN_STAGE='$(MAKE) $(STAGE_JOBS)' tests/stages.sh check

test: ## everything, about twenty minutes: also sanitizers, Valgrind, coverage, clang, the image, the documents
	@$(STAGES) RUN_STAGE='$(MAKE) $(STAGE_JOBS)' tests/stages.sh test

AGAIN   := $(strip make $(if $(filter-out build,$(BUILD)),BUILD=$(BUILD)) $(if $(filter-out gcc,$(CC)),CC=$(CC)))
STAGES  := BUILD='$(BUILD)' AGAIN='$(AGAIN)'
STAGE_JOBS = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

.PHONY: test-format test-scripts test-host test-asan test-valgrind test-clang test-o0 test-programs
test-format: ## the layout of the C sources, by .clang-format
	@tests/format.sh

test-scripts: ## the includes of the C sources; the shell scripts, by shellcheck
	@tests/scripts.sh

test-host: ## the tests, plain
	@$(MAKE) VARIANT=host test-programs

test-asan: ## the tests under AddressSanitizer and UBSan
	@$(MAKE) VARIANT=asan test-programs

# Valgrind does not look into the programs that a test starts.
test-valgrind: ## the tests under Valgrind: no errors, no leaks
	@$(MAKE) VARIANT=host RUN='$(VALGRIND)' TEST_SRC='$(filter-out $(STARTERS),$(TEST_SRC))' test-programs

VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
            --px-default=allregs-at-mem-access --px-file-backed=allregs-at-mem-access --vex-guest-chase=no
RUN      ?=

# Host and image, built in another way. What clang built is 170 MB that no other stage uses. Programs that start
# others (mmsim, Valgrind) behave the same whoever compiled them, and take the longest: they are not run again.
test-clang: ## built by clang: every test program that starts no other, one boot
	@command -v clang >/dev/null || { echo 'skipped: clang is not installed (Debian: clang)'; exit 0; }; \
	 $(MAKE) BUILD='$(BUILD)/clang' CC=clang OPT_host='-O2 -g1' TEST_SRC='$(filter-out $(STARTERS),$(TEST_SRC))' \
	 test-programs test-boot && rm -rf '$(BUILD)/clang'

# On the host, the core is compiled without optimisation for its coverage.
test-o0: $(PROGRAM) ## one boot of an image that is built without optimisation
	@$(MAKE) IMAGE_OPT=-O0 test-boot

STARTERS := tests/cli/% tests/watch/%

test-programs: $(TESTS) $(PROGRAM)
	@RUN='$(RUN)' tests/run.sh '$(VARIANT)' $(JOBS) $(O)/logs $(TESTS)

# Programs that watch src/mm, the oracle's first. Each is linked again and again, with one object replaced.
WATCHERS := tests/machine/test_oracle_strategies.c tests/machine/test_oracle_processes.c \
            tests/machine/test_oracle_early_free.c \
            $(sort $(wildcard tests/mm/test_*.c))

.PHONY: test-mutants
test-mutants: $(WATCHERS:%.c=$(O)/%.o) $(SUPPORT_OBJ) $(LIBRARY) ## each invalidation of src/mm deleted in turn, and made late: a test must notice
	@CC='$(CC)' CFLAGS='$(HOST_CFLAGS)' LDFLAGS='$(HOST_LDFLAGS)' LIBS='$(LIBS)' O='$(O)' LIBRARY='$(LIBRARY)' \
	 SUPPORT='$(SUPPORT_OBJ)' tests/mutants.sh $(WATCHERS:%.c=$(O)/%.o)

# Tests that hold at every level, and those of what only `full` sees.
HARDENED := $(sort $(wildcard tests/harden/test_*.c)) tests/mm/test_heap_random.c tests/mm/test_heap_resize.c \
            tests/mm/test_frames_buddy_random.c tests/mm/test_frames_sorted_random.c tests/mm/test_region_random.c \
            tests/mm/test_mm_random.c tests/mm/test_process_random.c tests/mm/test_process_exhaust.c

.PHONY: test-hardening
test-hardening: ## HARDENING=full: bits turned one by one, overruns, writes after free; the random tests
	@$(MAKE) --no-print-directory HARDENING=full TEST_SRC='$(HARDENED)' test-programs

.PHONY: test-plugin
test-plugin: $(PROGRAM) ## the strategy in include/mm/README.md, built from its text and put to the tests that all share
	@BUILD='$(BUILD)' MAKE='$(MAKE)' tests/plugin.sh

# What clang makes is apart. TARGET: one of tests/fuzz/targets.c, or all, one after the other.
SECONDS ?= 60
TARGET  ?=

.PHONY: fuzz
fuzz: $(PROGRAM) ## look for input that breaks a reader, by clang's libFuzzer: TARGET=NAME SECONDS=60
	@command -v clang >/dev/null || { echo 'fuzzing needs: apt-get install clang libclang-rt-14-dev' >&2; exit 1; }
	@$(MAKE) --no-print-directory VARIANT=fuzz CC=clang $(FUZZER)
	@tests/fuzz/fuzz.sh $(FUZZER) $(PROGRAM) $(BUILD)/fuzz '$(SECONDS)' $(TARGET)

# The pages of every room, and the man pages.
PAGES     := README.md $(sort $(wildcard $(foreach room,bench coverage include sim src tests,\
                 $(addprefix $(room)/,*.md */*.md */*/*.md))))
MAN_PAGES := $(wildcard sim/manual/*.[157].in)
DOCUMENTS := $(PAGES) $(MAN_PAGES)

.PHONY: test-examples update-examples test-install
test-examples: $(PROGRAM) ## every example of every document, every link, every key of the JSON; a minute or two
	@tests/links.sh $(PAGES)
	@tests/documents.sh $(BUILD)/documents $(dir $(PROGRAM))
	@tests/examples.sh $(BUILD)/examples $(dir $(PROGRAM)) $(DOCUMENTS)

update-examples: $(PROGRAM) ## write what the examples print now into the documents
	@tests/examples.sh --update $(BUILD)/examples $(dir $(PROGRAM)) $(DOCUMENTS)

test-install: $(PROGRAM) ## what make install installs
	@tests/install.sh $(BUILD)/installed '$(MAKE)'

# ---- bench -------------------------------------------------------------------------------------------
# jemalloc and mimalloc are loaded when the program runs; without them it says which package is missing.
BENCH     := $(BUILD)/bench$(LEVEL)/bench
BENCH_OBJ := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard bench/*.c)))

.PHONY: bench bench-instructions bench-scale bench-hardening
bench: $(BENCH) ## time frames, heaps, replay and start-up beside other allocators; a minute or two
	@$(BENCH) $(wildcard bench/traces/*.mmb.zst)

bench-instructions: $(BENCH) ## instructions an operation, by Valgrind: the same on a busy machine
	@$(BENCH) --instructions

bench-hardening: ## what each level of hardening costs: a table for each
	@for level in $(HARDENINGS); do \
	    $(MAKE) --no-print-directory HARDENING=$$level bench-level || exit 1; \
	done

.PHONY: bench-level
bench-level: $(BENCH)
	@$(BENCH) --only hardening

bench-scale: $(PROGRAM) ## a trace of 100 million events beside one of a million, in every way in which a trace comes
	@bench/scale.sh $(PROGRAM)

$(O)/bench/kernel.o: HOST_CFLAGS += -DGUESTS='"$(GUESTS)"'

$(BENCH): $(BENCH_OBJ) $(LIBRARY) | $(GUESTS)/built
	@mkdir -p $(@D)
	$(Q)$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS) -lm

# ---- figures -----------------------------------------------------------------------------------------
.PHONY: figures test-figures
figures: $(PROGRAM) ## draw the figures of the documents again, into bench/figures; half a minute
	@bench/figures/draw.sh $(PROGRAM) $(BUILD)/figures bench/figures

test-figures: $(PROGRAM) ## are they what it would draw?
	@bench/figures/check.sh $(PROGRAM) $(BUILD)/figures

# ---- coverage ----------------------------------------------------------------------------------------
# Another build directory than the checkout's own has its report in itself.
COVERAGE := $(if $(filter build,$(BUILD)),coverage,$(BUILD)/coverage)

# The tests that are about the core: what is executed by chance, in a run of the whole program, is not tested.
CORE_TESTS := tests/mm/% tests/replay/% tests/misuse/% tests/machine/%

.PHONY: coverage
coverage: ## coverage/html by lcov; fails below 100% of lines and 95% of branches taken in the core
	@find $(BUILD)/gcov $(BUILD)/gcov-full -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory VARIANT=gcov TEST_SRC='$(filter $(CORE_TESTS),$(TEST_SRC))' test-programs
	@$(MAKE) VARIANT=gcov test-hardening
	@coverage/gate.sh $(BUILD)/gcov $(BUILD)/gcov-full $(COVERAGE)

# ---- the main job, in one word -------------------------------------------------------------------------
.PHONY: demo
demo: ## build, and compare the strategies on a real kernel's trace, in a machine that is a little too small
	@$(MAKE) --no-print-directory -s -j$(JOBS) all
	$(BUILD)/mmsim compare bench/traces/boot_2048.mmb.zst --ram 70M
	@printf '\n%s\n' "A Debian boot in 70 MiB is too little, whatever the strategy; the lines above say which requests fail, and why."
	@printf '\n%s\n' "Next: 'A result' and 'Five minutes' in README.md, the user's guide in sim/manual/README.md, and $(BUILD)/mmsim --help."

# ---- install -----------------------------------------------------------------------------------------
PREFIX  ?= /usr/local
DESTDIR ?=
PLACE   := $(DESTDIR)$(PREFIX)
SHARE   := $(PLACE)/share

# The guide refers to its traces where they are once installed.
GUIDE         := $(wildcard sim/manual/*.md)
GUIDE_FIGURES := $(wildcard bench/figures/*.svg)
GUIDE_TRACES  := bench/traces/gcc_512.mmb.zst tests/cli/data/brk_blocked.mmt
MANUALS       := $(MAN_PAGES:sim/manual/%.in=$(BUILD)/%)
TO_INSTALLED  := sim/manual/installed.sh $(PREFIX)/share/mmsim/traces $(GUIDE_TRACES)

$(MANUALS): $(BUILD)/%: sim/manual/%.in $(PROGRAM) $(wildcard sim/manual/*.awk sim/manual/*.sh)
	$(Q)sim/manual/manual.sh $(PROGRAM) $< >$@.new && mv $@.new $@

# The program prints the completion of each shell; this is where the shell looks for it.
COMPLETIONS := $(foreach shell,bash zsh fish,$(BUILD)/mmsim.$(shell))
place_of     = $(SHARE)/$(if $(filter %.bash,$(1)),bash-completion/completions/mmsim,$(if \
                 $(filter %.zsh,$(1)),zsh/site-functions/_mmsim,fish/vendor_completions.d/mmsim.fish))
man_place_of = $(SHARE)/man/man$(subst .,,$(suffix $(1)))/$(notdir $(1))

$(COMPLETIONS): $(BUILD)/mmsim.%: $(PROGRAM)
	$(Q)$(PROGRAM) completion $* >$@.new && mv $@.new $@

# What a test of a foreign kernel compiles and links with: pkg-config --cflags --libs mmsim. The second one is for the
# checkout, before it is installed: PKG_CONFIG_PATH=build.
$(BUILD)/mmsim.pc:             INCLUDES := $(PREFIX)/include
$(BUILD)/mmsim.pc:             ARCHIVES := $(PREFIX)/lib
$(BUILD)/mmsim-uninstalled.pc: INCLUDES := $(if $(filter build,$(BUILD)),$${pcfiledir}/..,$(CURDIR))/include
$(BUILD)/mmsim-uninstalled.pc: ARCHIVES := $(if $(filter build,$(BUILD)),$${pcfiledir},$(abspath $(BUILD)))
$(BUILD)/mmsim.pc $(BUILD)/mmsim-uninstalled.pc: include/mmsim/mmsim.pc.in $(PROGRAM) always
	$(Q)sed -e 's|@INCLUDES@|$(INCLUDES)|' -e 's|@ARCHIVES@|$(ARCHIVES)|' -e 's|@LIBS@|$(LIBS)|' \
	    -e "s|@VERSION@|$$($(PROGRAM) --version | cut -d ' ' -f 2)|" $< >$@

.PHONY: manual install uninstall
manual: $(MANUALS) ## the man pages: `man build/mmsim.1`

install: $(PROGRAM) $(MANUALS) $(COMPLETIONS) $(BUILD)/mmsim.pc ## the program, the library, the guide, man pages, completion, two traces: PREFIX=/usr/local DESTDIR=
	$(Q)install -D -m 755 $(PROGRAM) $(PLACE)/bin/mmsim
	$(Q)install -D -m 644 $(LIBRARY) $(PLACE)/lib/libmmsim.a
	$(Q)install -D -m 644 include/mmsim/kernel.h $(PLACE)/include/mmsim/kernel.h
	$(Q)install -D -m 644 $(BUILD)/mmsim.pc $(PLACE)/lib/pkgconfig/mmsim.pc
	$(Q)install -d $(SHARE)/doc/mmsim/figures $(SHARE)/mmsim/traces $(SHARE)/man/man1 $(SHARE)/man/man5 $(SHARE)/man/man7
	$(Q)install -m 644 $(GUIDE_TRACES) $(SHARE)/mmsim/traces
	$(Q)install -m 644 $(GUIDE_FIGURES) $(SHARE)/doc/mmsim/figures
	$(Q)install -m 644 LICENSE $(SHARE)/doc/mmsim
	$(Q)$(foreach page,$(GUIDE),$(TO_INSTALLED) <$(page) >$(SHARE)/doc/mmsim/$(notdir $(page)) &&) \
	    $(foreach page,$(MANUALS),$(TO_INSTALLED) <$(page) >$(call man_place_of,$(page)) &&) :
	$(Q)$(foreach file,$(COMPLETIONS),install -D -m 644 $(file) $(call place_of,$(file)) &&) :

uninstall: ## what install put there; the same PREFIX and DESTDIR
	$(Q)rm -f $(PLACE)/bin/mmsim $(PLACE)/lib/libmmsim.a $(PLACE)/lib/pkgconfig/mmsim.pc $(foreach page,$(MANUALS),$(call man_place_of,$(page))) \
	    $(foreach file,$(COMPLETIONS),$(call place_of,$(file)))
	$(Q)rm -rf $(SHARE)/doc/mmsim $(SHARE)/mmsim $(PLACE)/include/mmsim

# ---- the rest ----------------------------------------------------------------------------------------
.PHONY: help setup clean format
help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## install the Debian packages that everything here uses (as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES)

PACKAGES := gcc libc6-dev make
PACKAGES += pkg-config                           # the build asks it which libraries are there
PACKAGES += libzstd-dev liblzma-dev              # traces that zstd and xz have compressed
PACKAGES += libjansson-dev                       # reading the JSON of sweeps
PACKAGES += libzydis-dev libdw-dev               # foreign kernels: decoding instructions, source lines
PACKAGES += libcmocka-dev lcov valgrind          # tests, their coverage, memory errors
PACKAGES += clang clang-format shellcheck        # the other compiler, the layout of sources, the shell scripts
PACKAGES += qemu-system-x86                      # booting the image
PACKAGES += grub-pc-bin grub-common xorriso mtools # the image as an ISO
PACKAGES += gnuplot-nox                          # plots
PACKAGES += libjemalloc2 libmimalloc2.0          # allocators that the benchmarks compare with
PACKAGES += gdb libc6-dbg time parallel zstd xz-utils # examples of the guide
PACKAGES += mandoc                               # checks the man pages

format: ## lay the sources out by .clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove what was built
	rm -rf $(BUILD) $(COVERAGE)/html $(COVERAGE)/*.info

# ---- the image ---------------------------------------------------------------------------------------
# CORE_SRC again, and the real machine, as one multiboot ELF without libc and libgcc. Structures of 4 bytes
# (addresses, frame numbers) are returned in registers: one choice for all objects of the image.
IMAGE_OPT    ?= -O2
IMAGE_O      := $(BUILD)/image$(LEVEL)$(IMAGE_OPT:-O2=)
IMAGE        := $(BUILD)/mmsim$(LEVEL)$(IMAGE_OPT:-O2=).elf
IMAGE_SRC    := $(sort $(wildcard src/i386/*.c))
IMAGE_ASM    := $(sort $(wildcard src/i386/*.S))
IMAGE_CORE   := $(CORE_SRC:%.c=$(IMAGE_O)/%.o)
IMAGE_OBJ    := $(IMAGE_CORE) $(IMAGE_SRC:%.c=$(IMAGE_O)/%.o) $(IMAGE_ASM:%.S=$(IMAGE_O)/%.o)
IMAGE_CFLAGS := $(WARN) $(LEVEL_CFLAGS) -m32 -march=i686 $(IMAGE_OPT) -g -ffreestanding -fno-pic -fno-stack-protector \
                -fno-asynchronous-unwind-tables -mno-sse -mno-mmx -freg-struct-return \
                -Iinclude -Isrc -Isrc/i386/include
IMAGE_LINK   := -m32 -nostdlib -static -Wl,--build-id=none -Wl,--fatal-warnings

# The bundled traces as boot modules.
BUNDLED        := $(sort $(wildcard bench/traces/*.mmb.zst))
BUNDLED_MODULE := $(BUNDLED:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb)

# make boot: which trace (any that the program reads), under which strategy (all), with how much RAM.
TRACE       ?= $(firstword $(BUNDLED))
STRATEGY    ?=
RAM         ?= 512M
BOOT_OWN    := $(filter-out $(BUNDLED),$(TRACE))
BOOT_MODULE := $(if $(BOOT_OWN),$(BUILD)/traces/own/$(basename $(notdir $(TRACE:.zst=))).mmb,\
                 $(TRACE:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb))

.PHONY: image boot capture test-boot test-image test-foreign test-capture
image: $(IMAGE) $(BUNDLED_MODULE) ## the bootable image: build/mmsim.elf, and build/mmsim.iso where GRUB's tools are
	@src/i386/iso.sh $(IMAGE) $(IMAGE:.elf=.iso) $(BUNDLED_MODULE)

boot: $(IMAGE) $(BOOT_MODULE) ## boot it in QEMU and replay a trace: TRACE=FILE STRATEGY=NAME RAM=512M
	@src/i386/qemu.sh $(IMAGE) $(RAM) '$(if $(STRATEGY),strategy=$(STRATEGY))' $(BOOT_MODULE)

test-boot: $(PROGRAM) $(IMAGE) ## boot the image once, and compare its results with the program's
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' IMAGE='$(IMAGE)' tests/image/one_boot.sh

test-image: $(PROGRAM) $(MMU_TOOL) image $(BUILD)/mmsim-misuse.elf $(O)/tests/misuse/test_misuse ## boot it, and compare its results with the program's
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' HOST_O='$(O)' IMAGE_O='$(IMAGE_O)' CC='$(CC)' \
	 HOST_CFLAGS='$(HOST_CFLAGS)' IMAGE_CFLAGS='$(IMAGE_CFLAGS)' CORE_SRC='$(CORE_SRC)' \
	 MMU_TOOL='$(MMU_TOOL)' tests/image/run.sh $(BUNDLED_MODULE)

# make test-mmu: another seed each time, unless one is given; CASE and BREAK as a failure says.
SEED     ?= $(shell od -An -N4 -tu4 /dev/urandom)
ACCESSES ?= 100000
CASE     ?=
BREAK    ?=

.PHONY: test-mmu
test-mmu: $(MMU_TOOL) $(IMAGE) ## the simulated MMU against the image's: SEED=N ACCESSES=100000
	@$(MMU_TOOL) --script src/i386/qemu.sh --image $(IMAGE) --module $(O)/tests/mmu/mmu.probe \
	 --seed $(strip $(SEED)) --accesses $(ACCESSES) $(CASE:%=--case %) $(BREAK:%=--break %)

test-foreign: $(PROGRAM) ## boot Debian's Linux, fetched once, and compare what inspect and QEMU say of its page tables
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' CC='$(CC)' tests/image/foreign.sh

test-capture: $(PROGRAM) ## record a workload in Debian's Linux with ftrace, perf and trace-cmd, and import it
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' tests/image/capture.sh

# make capture: where the logs go; WORKLOAD is a shell script (bench/traces/capture/capture.sh says more).
OUT      ?= $(BUILD)/capture
WORKLOAD ?=
capture: ## logs for mmsim import: a workload in Debian's Linux under QEMU: OUT=DIRECTORY WORKLOAD=SCRIPT
	@BUILD='$(BUILD)' bench/traces/capture/capture.sh '$(OUT)' $(WORKLOAD)

$(IMAGE): $(IMAGE_OBJ) src/i386/image.ld
	$(Q)$(CC) $(IMAGE_LINK) -T src/i386/image.ld -o $@ $(IMAGE_OBJ)

# The misuses in place of main.c: the same objects, and panics come back to them.
MISUSE_OBJ := $(filter-out %/main.o,$(IMAGE_OBJ)) $(MISUSE_SRC:%.c=$(IMAGE_O)/%.o) $(IMAGE_O)/tests/misuse/image_main.o

$(IMAGE_O)/tests/%.o: IMAGE_CFLAGS += -Itests

$(BUILD)/mmsim-misuse.elf: $(MISUSE_OBJ) src/i386/image.ld
	$(Q)$(CC) $(IMAGE_LINK) -Wl,--wrap=machine_panic -T src/i386/image.ld -o $@ $(MISUSE_OBJ)

$(IMAGE_O)/config: CONFIG := $(CC) $(IMAGE_CFLAGS)

$(IMAGE_O)/%.o: %.c $(IMAGE_O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) $(IMAGE_CFLAGS) -MMD -MP -c -o $@ $<

$(IMAGE_O)/%.o: %.S $(IMAGE_O)/config
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -g -Isrc/i386/include -MMD -MP -c -o $@ $<

$(BUILD)/traces/%.mmb: bench/traces/%.mmb.zst $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) convert $< $@

ifneq ($(BOOT_OWN),)
$(BOOT_MODULE): $(TRACE) $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) convert $< $@
endif
