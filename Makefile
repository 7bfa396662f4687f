# crashbox: read from top to bottom.
#
#   make                 build/crashbox (static, musl) and build/mkcaptureinitrd (for this machine)
#   make ARCH=arm64      build/arm64/crashbox
#   make check | analyse | coverage | demo | matrix [PART=] | fuzz | install DESTDIR= PREFIX= | uninstall DESTDIR= PREFIX= | clean
#
# A distributor can give CC, HOSTCC, CROSS_COMPILE, and ZLIB and LZ4: directories that hold the headers and libz.a,
# liblz4.a for the target (HOST_ZLIB and HOST_LZ4 likewise for the build machine).

.DEFAULT_GOAL = all

VERSION = 0.1
PREFIX ?= /usr/local
DESTDIR ?=

# --- which machine for ------------------------------------------------------------------------------------------------
HOST_ARCH := $(shell uname -m | sed -e s/aarch64/arm64/)
ARCH ?= $(HOST_ARCH)
B := build
O := $(if $(filter $(ARCH),$(HOST_ARCH)),$(B),$(B)/$(ARCH))

ifneq ($(ARCH),$(HOST_ARCH))
CROSS_COMPILE ?= $(if $(filter arm64,$(ARCH)),aarch64-linux-gnu-,$(ARCH)-linux-gnu-)
endif
ifeq ($(origin CC),default)
# Debian's musl, by its specs file; its headers lack those of the kernel, which come behind all others.
CC = $(CROSS_COMPILE)gcc
# Asked for once, at first use.
MUSL_FLAGS = $(eval MUSL_FLAGS := $$(shell sh scripts/musl-flags.sh $(ARCH)))$(MUSL_FLAGS)
endif
HOSTCC ?= gcc
AR = $(CROSS_COMPILE)ar
STRIP = $(CROSS_COMPILE)strip

ZLIB ?= $(B)/deps/$(ARCH)/zlib
LZ4 ?= $(B)/deps/$(ARCH)/lz4
HOST_ZLIB ?= $(B)/deps/host/zlib
HOST_LZ4 ?= $(B)/deps/host/lz4

# --- how --------------------------------------------------------------------------------------------------------------
WARNINGS = -Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
	-Wimplicit-fallthrough -Wformat=2
COMMON = -std=gnu11 $(WARNINGS) -Ilibcore -Iapplets -Iconfig -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	-DCRASHBOX_VERSION='"$(VERSION)"' -MMD -MP
# The same bytes wherever the tree lies: no path gets into an object.
REPRODUCIBLE = -ffile-prefix-map="$$PWD"=. -Wno-builtin-macro-redefined -D__DATE__= -D__TIME__=
SMALL = -Os -fno-pie -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-stack-protector \
	-fno-jump-tables
CFLAGS = $(SMALL)
LDFLAGS = -static -no-pie -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro \
	-Wl,--sort-section=alignment
HOSTCFLAGS = -O2 -g
# Root runs the host tool on files that others wrote. tests/hardened.sh reads each of these in the program.
HARDENED = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDENED_LINK = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
SANITIZE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

LIBCORE := $(sort $(wildcard libcore/*/*.c libcore/*/*/*.c))
# An applet is applets/NAME.c, or these files below applets/. Which ones are in: config/applets.def.
PARTS_dump-save = $(addprefix dump-save/,dump-save dump-save_request) shared/progress
PARTS_halt = shared/power_applet
PARTS_ifup = $(addprefix ifup/,ifup ifup_address ifup_link ifup_resolver ifup_show)
PARTS_init = $(addprefix init/,init init_command init_environment init_line init_state init_variables init_verdict init_watchdog)
PARTS_kdump = $(addprefix kdump/,armed kdump kdump_check kdump_facts kdump_judge kdump_load kdump_pstore kdump_record \
	kdump_rehearse kdump_rehearse_io kdump_rotate kdump_save kdump_status kdump_targets kdump_token) shared/kexec_files shared/savecore_device
PARTS_kexec = kexec shared/kexec_files
PARTS_mount = mount shared/mount_request
PARTS_mount-server = mount-server shared/mount_request
PARTS_poweroff = shared/power_applet
PARTS_reboot = shared/power_applet
PARTS_savecore = savecore shared/savecore_device
LISTED := $(shell sed -n 's/^APPLET(\(.*\))$$/\1/p' config/applets.def | tr _ -)
APPLETS := $(sort $(patsubst %,applets/%.c,main applet $(foreach name,$(LISTED),$(or $(PARTS_$(name)),$(name)))))
# What mkcaptureinitrd uses of libcore: bytes and formats, and the little of sys that reads files.
HOST_LIBCORE := $(sort $(wildcard libcore/base/*.c libcore/fmt/*.c) libcore/sys/file.c libcore/sys/blockdev.c libcore/sys/dm.c)
INITRAMFS := $(sort $(wildcard initramfs/*.c initramfs/*/*.c))

.PHONY: all analyse check coverage demo matrix fuzz fuzz-replay msan-replay install install-crashbox install-mkcaptureinitrd \
	uninstall clean deps host-deps unit
.DELETE_ON_ERROR:
.SECONDARY:
# `make V=1` shows whole commands.
$(V).SILENT:
all: $(O)/crashbox $(B)/mkcaptureinitrd compile_commands.json

# --- the binary -------------------------------------------------------------------------------------------------------
TARGET_OBJECTS = $(patsubst %.c,$(O)/obj/%.o,$(LIBCORE) $(APPLETS))

$(O)/crashbox: $(TARGET_OBJECTS) | deps
	echo "  LINK    $@"
	$(CC) $(MUSL_FLAGS) $(LDFLAGS) -o $@.unstripped $(TARGET_OBJECTS) $(ZLIB)/libz.a $(LZ4)/liblz4.a
	$(STRIP) -s -R .comment -R .note -o $@ $@.unstripped

$(O)/obj/%.o: %.c Makefile | deps
	echo "  CC      $@"
	mkdir -p $(@D)
	$(CC) $(MUSL_FLAGS) $(COMMON) $(REPRODUCIBLE) $(CFLAGS) -I$(ZLIB) -I$(LZ4) -c -o $@ $<

# The loops that every byte of a dump goes through.
$(patsubst %,$(O)/obj/libcore/%.o,dump/deflate_from_lz4 dump/encode dump/selection dump/page_classifier dump/page_order \
	kern/page_class): CFLAGS += -O2

# --- the host tool ----------------------------------------------------------------------------------------------------
HOST_OBJECTS = $(patsubst %.c,$(B)/obj-host/%.o,$(HOST_LIBCORE) $(INITRAMFS))

$(B)/mkcaptureinitrd: $(HOST_OBJECTS) | host-deps
	echo "  LINK    $@"
	$(HOSTCC) $(HARDENED_LINK) -o $@ $(HOST_OBJECTS) $(HOST_ZLIB)/libz.a $(HOST_LZ4)/liblz4.a

$(B)/obj-host/%.o: %.c Makefile | host-deps
	echo "  HOSTCC  $@"
	mkdir -p $(@D)
	$(HOSTCC) $(COMMON) -Iinitramfs $(REPRODUCIBLE) $(HOSTCFLAGS) $(HARDENED) -I$(HOST_ZLIB) -I$(HOST_LZ4) -c -o $@ $<

# --- dependencies: Debian's source packages, pinned in config/deps.list -----------------------------------------------
deps: $(ZLIB)/libz.a $(LZ4)/liblz4.a
host-deps: $(HOST_ZLIB)/libz.a $(HOST_LZ4)/liblz4.a

# For the target, for the build machine, and for that with MSan.
dep_cc = $(if $(filter host,$(1)),$(HOSTCC),$(if $(filter msan,$(1)),$(CLANG) $(MSAN),$(CC) $(MUSL_FLAGS)))

$(B)/deps/%/zlib/libz.a: scripts/build-dep.sh config/deps.list
	sh scripts/build-dep.sh zlib $* "$(call dep_cc,$*)" "$(if $(filter host msan,$*),ar,$(AR))"

$(B)/deps/%/lz4/liblz4.a: scripts/build-dep.sh config/deps.list
	sh scripts/build-dep.sh lz4 $* "$(call dep_cc,$*)" "$(if $(filter host msan,$*),ar,$(AR))"

# --- tests ------------------------------------------------------------------------------------------------------------
# Unit tests: libcore, what is pure of the applets, the host tool and the tests in one program, under ASan and UBSan.
UNIT_SOURCES := $(LIBCORE) applets/kdump/armed.c $(filter-out initramfs/main.c,$(INITRAMFS)) $(sort $(wildcard tests/unit/*.c tests/unit/*/*.c))
UNIT_OBJECTS = $(patsubst %.c,$(B)/obj-test/%.o,$(UNIT_SOURCES))

unit: $(B)/test/unit
# tests/unit/faults.c makes these fail on demand.
WRAPPED = pread64 write pwrite64 fsync ftruncate64 fallocate64 rename syscall
$(B)/test/unit: $(UNIT_OBJECTS)
	echo "  LINK    $@"
	mkdir -p $(@D)
	$(HOSTCC) $(SANITIZE) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $(UNIT_OBJECTS) $(HOST_ZLIB)/libz.a $(HOST_LZ4)/liblz4.a

$(B)/obj-test/%.o: %.c Makefile | host-deps
	echo "  TESTCC  $@"
	mkdir -p $(@D)
	$(HOSTCC) $(COMMON) -Iinitramfs -Itests $(SANITIZE) -I$(HOST_ZLIB) -I$(HOST_LZ4) -c -o $@ $<

# Fuzz targets: tests/fuzz/fuzz_NAME.c; tests/fuzz/parsers.table says what each is for. `make fuzz-replay` runs each one's
# corpus, `make msan-replay` the same under clang's MSan. `make fuzz NAME=vmcore SECONDS=600` looks for more with clang's
# libFuzzer and keeps what it finds in build/fuzz/NAME.
FUZZ_NAMES := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_PARTS = $(LIBCORE) $(filter-out initramfs/main.c,$(INITRAMFS)) $(addprefix applets/,applet.c shared/kexec_files.c \
	kdump/kdump_facts.c kdump/kdump_record.c) tests/unit/fake_machine.c
NAME ?= vmcore
SECONDS ?= 600

# $(call replay,DIRECTORY): runs each program there on its corpus.
define replay
	passed=0 failed=0; for name in $(FUZZ_NAMES); do \
		if FUNCTIONS=$(1)/$$name.functions $(1)/fuzz_$$name tests/fuzz/corpus/$$name; then passed=$$((passed + 1)); \
		else echo "FAILED fuzz corpus: $$name"; failed=$$((failed + 1)); fi; \
	done; echo "$$passed passed, $$failed failed"; [ $$failed -eq 0 ]
endef

fuzz-replay: $(FUZZ_NAMES:%=$(B)/test/fuzz_%)
	$(call replay,$(B)/test)

$(B)/test/fuzz_%: $(B)/obj-test/tests/fuzz/fuzz_%.o $(B)/obj-test/tests/fuzz/replay.o $(FUZZ_PARTS:%.c=$(B)/obj-test/%.o)
	echo "  LINK    $@"
	mkdir -p $(@D)
	$(HOSTCC) $(SANITIZE) -o $@ $^ $(HOST_ZLIB)/libz.a $(HOST_LZ4)/liblz4.a

# MSan knows only what it has compiled itself, zlib and LZ4 too, and of glibc only fstat, not fstat64. The calls of trace-pc-guard tell which functions a
# corpus reaches (tests/parsers.sh); -no-pie, so that their addresses are those in the file.
CLANG ?= clang
MSAN_DEPS = $(B)/deps/msan
MSAN = -O1 -g -fno-omit-frame-pointer -fno-pie -fsanitize=memory -fsanitize-memory-track-origins
msan-replay: $(FUZZ_NAMES:%=$(B)/msan/fuzz_%)
	$(call replay,$(B)/msan)

$(B)/msan/fuzz_%: $(B)/obj-msan/tests/fuzz/fuzz_%.o $(B)/obj-msan/tests/fuzz/replay.o $(FUZZ_PARTS:%.c=$(B)/obj-msan/%.o)
	echo "  LINK    $@"
	mkdir -p $(@D)
	$(CLANG) $(MSAN) -no-pie -o $@ $^ $(MSAN_DEPS)/zlib/libz.a $(MSAN_DEPS)/lz4/liblz4.a

$(B)/obj-msan/tests/fuzz/replay.o: COVER =
$(B)/obj-msan/%.o: COVER = -fsanitize-coverage=func,trace-pc-guard
$(B)/obj-msan/%.o: %.c Makefile | $(MSAN_DEPS)/zlib/libz.a $(MSAN_DEPS)/lz4/liblz4.a
	echo "  MSANCC  $@"
	mkdir -p $(@D)
	$(CLANG) $(COMMON) -U_FILE_OFFSET_BITS -Iinitramfs -Itests $(MSAN) $(COVER) -I$(MSAN_DEPS)/zlib -I$(MSAN_DEPS)/lz4 -c -o $@ $<

fuzz: $(B)/fuzz/fuzz_$(NAME)
	mkdir -p $(B)/fuzz/$(NAME)
	$< -max_total_time=$(SECONDS) -timeout=20 -artifact_prefix=$(B)/fuzz/$(NAME)- $(B)/fuzz/$(NAME) tests/fuzz/corpus/$(NAME)

FUZZED = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
$(B)/fuzz/fuzz_%: $(B)/obj-fuzz/tests/fuzz/fuzz_%.o $(FUZZ_PARTS:%.c=$(B)/obj-fuzz/%.o)
	echo "  LINK    $@"
	mkdir -p $(@D)
	$(CLANG) $(FUZZED) -fsanitize=fuzzer -o $@ $^ $(HOST_ZLIB)/libz.a $(HOST_LZ4)/liblz4.a

$(B)/obj-fuzz/%.o: %.c Makefile | host-deps
	echo "  FUZZCC  $@"
	mkdir -p $(@D)
	$(CLANG) $(COMMON) -Iinitramfs -Itests $(FUZZED) -fsanitize=fuzzer-no-link -I$(HOST_ZLIB) -I$(HOST_LZ4) -c -o $@ $<

# Line coverage: `make coverage` prints it for each folder.
COVERAGE = $(B)/obj-coverage
COVERAGE_PROGRAMS = $(addprefix $(B)/coverage/,crashbox mkcaptureinitrd unit $(FUZZ_NAMES:%=fuzz_%))

coverage: $(COVERAGE_PROGRAMS)
	sh scripts/coverage.sh

$(B)/coverage/crashbox: $(patsubst %.c,$(COVERAGE)/%.o,$(LIBCORE) $(APPLETS))
$(B)/coverage/mkcaptureinitrd: $(patsubst %.c,$(COVERAGE)/%.o,$(LIBCORE) $(INITRAMFS))
$(B)/coverage/unit: $(UNIT_SOURCES:%.c=$(COVERAGE)/%.o)
$(B)/coverage/unit: COVERAGE_LINK = $(WRAPPED:%=-Wl,--wrap=%)
# Static, as mkcaptureinitrd wants it.
$(B)/coverage/crashbox: COVERAGE_LINK = -static -s
$(B)/coverage/fuzz_%: $(COVERAGE)/tests/fuzz/fuzz_%.o $(COVERAGE)/tests/fuzz/replay.o $(FUZZ_PARTS:%.c=$(COVERAGE)/%.o)
	$(link_coverage)
$(B)/coverage/crashbox $(B)/coverage/mkcaptureinitrd $(B)/coverage/unit:
	$(link_coverage)

define link_coverage
	echo "  LINK    $@"
	mkdir -p $(@D)
	$(HOSTCC) --coverage $(COVERAGE_LINK) -o $@ $^ $(HOST_ZLIB)/libz.a $(HOST_LZ4)/liblz4.a
endef

$(COVERAGE)/%.o: %.c Makefile | host-deps
	echo "  COVERCC $@"
	mkdir -p $(@D)
	$(HOSTCC) $(filter-out $(WARNINGS),$(COMMON)) -Iinitramfs -Itests -O0 --coverage -I$(HOST_ZLIB) -I$(HOST_LZ4) -c -o $@ $<

# Benchmarks: tests/bench, with the same compiler and flags as the binary.
$(B)/test/selection: tests/bench/selection.c $(patsubst %.c,$(O)/obj/%.o,$(LIBCORE)) Makefile
	echo "  LINK    $@"
	mkdir -p $(@D)
	$(CC) $(MUSL_FLAGS) $(COMMON) $(CFLAGS) $(LDFLAGS) -MF $(O)/obj/selection.d -o $@ $(filter %.c %.o,$^) $(ZLIB)/libz.a $(LZ4)/liblz4.a

# Static analysis: `make analyse` fails for a finding that config/analysis-exceptions does not name. For cppcheck, which
# does not know the cleanup attribute, a variable with one is static: it reports no leak of those.
ANALYSED = $(LIBCORE) $(sort $(wildcard applets/*.c applets/*/*.c)) $(INITRAMFS)
ANALYSIS_EXCEPTIONS = config/analysis-exceptions
ANALYSIS = $(B)/obj-analysis

analyse: $(ANALYSED:%.c=$(ANALYSIS)/%.gcc)
	mkdir -p $(ANALYSIS)/base $(ANALYSIS)/cppcheck
	sed -e 's/__attribute__((cleanup(function)))/static/' libcore/base/cleanup.h >$(ANALYSIS)/base/cleanup.h
	cppcheck -q -j$$(nproc) --cppcheck-build-dir=$(ANALYSIS)/cppcheck --std=c11 --library=posix,gnu \
		--enable=warning,performance,portability --template='cppcheck {id} {file} {line} {message}' \
		-I$(ANALYSIS) -Ilibcore -Iapplets -Iinitramfs -Iconfig -D_GNU_SOURCE -D__linux__ -D__x86_64__ $(ANALYSED) \
		2>$(ANALYSIS)/cppcheck.txt || { cat $(ANALYSIS)/cppcheck.txt; exit 1; }
	sh scripts/analyse.sh $(ANALYSIS_EXCEPTIONS) $(ANALYSIS)/cppcheck.txt $^

# Without optimization it sees the source as it is written.
$(ANALYSIS)/%.gcc: %.c Makefile | host-deps
	echo "  ANALYSE $<"
	mkdir -p $(@D)
	LC_ALL=C $(HOSTCC) $(filter-out -Werror,$(COMMON)) -Iinitramfs -I$(HOST_ZLIB) -I$(HOST_LZ4) -O0 -fanalyzer \
		-fdiagnostics-plain-output -fdiagnostics-path-format=none -MF $@.d -MT $@ -S -o /dev/null $< 2>$@ || { cat $@; exit 1; }

check:
	sh scripts/check.sh
demo:
	sh scripts/demo.sh
matrix:
	sh scripts/matrix.sh $(PART)

# For editors and clang's tools: how each source is compiled, anew when a source was added or removed.
TO_JSON = $(subst ",\",$(subst \,\\,$(1)))
# $(call entries,SOURCES,COMMAND)
define entries
$(foreach file,$(1),
{"directory": "$(call TO_JSON,$(CURDIR))", "file": "$(file)", "command": "$(call TO_JSON,$(2) -c $(file))"},)
endef
compile_commands.json: Makefile config/applets.def $(sort $(dir $(LIBCORE) $(INITRAMFS) $(APPLETS) $(UNIT_SOURCES)))
	$(file >$@.new,[$(call entries,$(LIBCORE) $(APPLETS),$(CC) $(MUSL_FLAGS) $(filter-out -MMD -MP,$(COMMON)) $(CFLAGS) -I$(ZLIB) -I$(LZ4)))
	$(file >>$@.new,$(call entries,$(INITRAMFS) $(filter tests/%,$(UNIT_SOURCES)),$(HOSTCC) $(filter-out -MMD -MP,$(COMMON)) \
		-Iinitramfs -Itests $(HOSTCFLAGS) -I$(HOST_ZLIB) -I$(HOST_LZ4)))
	sed '/^$$/d; $$s/,$$/]/' $@.new >$@ && rm $@.new

# --- the rest ---------------------------------------------------------------------------------------------------------
# INIT chooses what is installed for the running system's init: systemd, sysvinit or openrc, or several. Who takes only
# a part: install-crashbox is for the machine that may crash, install-mkcaptureinitrd for the one that makes its image.
INIT ?= systemd
UNITDIR ?= $(PREFIX)/lib/systemd/system
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d
INITDIR ?= /etc/init.d
LIBDIR = $(PREFIX)/lib/crashbox
DATADIR = $(PREFIX)/share/crashbox
DOCDIR = $(PREFIX)/share/doc/crashbox
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

# $(call put,MODE,FILES,DIRECTORY): nothing where there are no such files.
put = $(if $(strip $(2)),install -d "$(DESTDIR)$(3)" && install -m $(1) $(2) "$(DESTDIR)$(3)/")
# $(call service,MODE,FILE,DIRECTORY,NAME): they call what is in /usr/sbin and /usr/lib, and get its place below this prefix.
service = install -d "$(DESTDIR)$(3)" && sed -e 's|/usr/sbin/|$(PREFIX)/sbin/|g' -e 's|/usr/lib/crashbox/|$(LIBDIR)/|g' \
	services/$(2) >"$(DESTDIR)$(3)/$(4)" && chmod $(1) "$(DESTDIR)$(3)/$(4)"
# The system has manuals of its own by the names of most applets: theirs are crashbox-mount(8) and so on.
APPLET_MANUALS = $(filter-out doc/man/crashbox.8 doc/man/mkcaptureinitrd.8,$(wildcard doc/man/*.8))

define install_crashbox
	$(call put,755,$(O)/crashbox,$(PREFIX)/sbin)
	$(call put,644,doc/man/crashbox.8,$(MANDIR)/man8)
	for page in $(APPLET_MANUALS:doc/man/%=%); do \
		install -m 644 doc/man/$$page "$(DESTDIR)$(MANDIR)/man8/crashbox-$$page" || exit; done
	$(call service,755,crashbox-savecore.sh,$(LIBDIR),savecore-at-boot)
	$(if $(filter systemd,$(INIT)),$(call service,644,crashbox-kdump.service,$(UNITDIR),crashbox-kdump.service))
	$(if $(filter systemd,$(INIT)),$(call service,644,crashbox-savecore.service,$(UNITDIR),crashbox-savecore.service))
	$(if $(filter systemd,$(INIT)),$(call service,644,crashbox-swap.conf,$(UNITDIR)/swap.d,10-crashbox.conf))
	$(if $(filter sysvinit,$(INIT)),$(call service,755,crashbox-kdump.init,$(INITDIR),crashbox-kdump))
	$(if $(filter sysvinit,$(INIT)),$(call service,755,crashbox-savecore.init,$(INITDIR),crashbox-savecore))
	$(if $(filter openrc,$(INIT)),$(call service,755,crashbox-kdump.openrc,$(INITDIR),crashbox-kdump))
	$(if $(filter openrc,$(INIT)),$(call service,755,crashbox-savecore.openrc,$(INITDIR),crashbox-savecore))
	$(call service,644,98-crashbox-kdump.rules,$(UDEVDIR),98-crashbox-kdump.rules)
	$(call put,644,contrib/completion/crashbox,$(COMPLETIONDIR))
	$(call put,644,README.md LICENSE doc/linked-parts.md,$(DOCDIR))
	$(call put,644,$(wildcard doc/licenses/*.txt),$(DOCDIR)/licenses)
endef

define install_mkcaptureinitrd
	$(call put,755,$(B)/mkcaptureinitrd,$(PREFIX)/sbin)
	$(call put,644,doc/man/mkcaptureinitrd.8,$(MANDIR)/man8)
	$(call put,644,$(wildcard doc/man/*.5),$(MANDIR)/man5)
	$(call put,644,$(wildcard config/kernel/*.config),$(DATADIR)/kernel)
	$(call put,644,$(wildcard config/examples/*.conf),$(DOCDIR)/examples)
	$(call put,644,contrib/completion/mkcaptureinitrd,$(COMPLETIONDIR))
	$(call put,644,LICENSE doc/linked-parts.md,$(DOCDIR))
	$(call put,644,$(wildcard doc/licenses/*.txt),$(DOCDIR)/licenses)
endef

# One after the other, also with -j: they share files.
install: all
	$(install_crashbox)
	$(install_mkcaptureinitrd)

install-crashbox: $(O)/crashbox
	$(install_crashbox)

install-mkcaptureinitrd: $(B)/mkcaptureinitrd
	$(install_mkcaptureinitrd)

# With the same DESTDIR, PREFIX and INIT; what others may have put into shared directories stays.
uninstall:
	cd "$(DESTDIR)/" && rm -f $(patsubst /%,./%,$(foreach file,crashbox mkcaptureinitrd,$(PREFIX)/sbin/$(file) $(COMPLETIONDIR)/$(file)) \
		$(foreach file,crashbox.8 mkcaptureinitrd.8 $(APPLET_MANUALS:doc/man/%=crashbox-%),$(MANDIR)/man8/$(file)) \
		$(foreach file,$(notdir $(wildcard doc/man/*.5)),$(MANDIR)/man5/$(file)) \
		$(if $(filter systemd,$(INIT)),$(foreach file,crashbox-kdump.service crashbox-savecore.service swap.d/10-crashbox.conf, \
			$(UNITDIR)/$(file))) \
		$(if $(filter sysvinit openrc,$(INIT)),$(INITDIR)/crashbox-kdump $(INITDIR)/crashbox-savecore) \
		$(UDEVDIR)/98-crashbox-kdump.rules)
	rm -rf "$(DESTDIR)$(LIBDIR)" "$(DESTDIR)$(DATADIR)" "$(DESTDIR)$(DOCDIR)"

# Downloads stay: they are in build/cache.
clean:
	rm -rf $(B)/obj* $(B)/test $(B)/coverage $(B)/fuzz $(B)/msan $(B)/arm64 $(B)/crashbox* $(B)/mkcaptureinitrd
	rm -f compile_commands.json

-include $(shell find $(B)/obj* $(B)/*/obj* -type f -name '*.d' 2>/dev/null)
