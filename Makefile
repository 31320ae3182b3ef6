# Sekisho. One page: what is built, from which folder, with which libraries.
# `make` builds, `make check` tests, `make help` lists the rest.
# Each folder of sources is one archive; a program is its main files plus the
# archives and libraries that its row names, and nothing else.

B	?= build
CC	= gcc
CLANG	= clang
STD	= -std=c17 -D_GNU_SOURCE
WARN	= -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wstrict-prototypes \
	  -Wmissing-prototypes -Wvla -Wimplicit-fallthrough -Werror
XML_CFLAGS = -isystem /usr/include/libxml2
HARDEN	= -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	  -fstack-clash-protection $(CF_PROTECTION) \
	  -ftrivial-auto-var-init=zero -fPIE
CF_PROTECTION := $(if $(filter x86_64,$(shell uname -m)),-fcf-protection)
REPRO	= -ffile-prefix-map=$(CURDIR)=.
OPT	?= -O2 -g
CFLAGS	= $(STD) $(WARN) $(XML_CFLAGS) $(OPT) $(HARDEN) $(REPRO) $(SAN)
LDFLAGS	= -pie -Wl,-z,relro,-z,now,-z,noexecstack $(SAN)
ARFLAGS	= rcD
PREFIX	?= /usr/local

# archive: folder, in link order of who needs whom
ARCHIVES   = base proc smtp spool packet inspect capture audit search \
	     verify rules sanitizer snmp
DIR_base   = gateway/base
DIR_proc   = gateway/proc
DIR_smtp   = gateway/smtp
DIR_spool  = gateway/spool
DIR_packet = gateway/packet
DIR_inspect = gateway/inspect
DIR_capture = gateway/capture
DIR_audit  = gateway/audit
DIR_search = gateway/search
DIR_verify = gateway/verify
DIR_rules  = rules
DIR_sanitizer = sanitizer
DIR_snmp   = gateway/snmp
LIBS_content = -licuuc -licudata -ljpeg -lpng $(LIBS_picture) -lxml2 -lqpdf \
	-larchive -lz -lmagic
LIBS_picture = -lgif -lwebp -ltiff -lheif -lde265 -lm

# GPL libraries stay in a program of their own; only its sources see them
RENDER_PACKAGES = poppler-glib cairo librsvg-2.0 fontconfig
$(B)/sanitizer/render/%.o: CFLAGS += \
    $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(RENDER_PACKAGES)))

# program: main files, archives, libraries
PROGRAMS = sekishod sekisho-receive sekisho-spool sekisho-sanitize \
	   sekisho-worker sekisho-render sekisho-verify sekisho-deliver \
	   sekisho-packet sekisho-inspect sekisho-capture sekisho-audit \
	   sekisho sekisho-snmp
SRC_sekishod         = $(wildcard gateway/daemon/sekishod*.c)
AR_sekishod          = rules packet audit snmp proc base
LIBS_sekishod        = -lseccomp -lcrypto -lnftables -lnftnl -lmnl
SRC_sekisho-receive  = $(wildcard gateway/daemon/receive*.c)
AR_sekisho-receive   = smtp spool rules proc base
LIBS_sekisho-receive = -lseccomp
SRC_sekisho-spool    = $(wildcard gateway/daemon/spool*.c)
AR_sekisho-spool     = spool audit rules proc base
LIBS_sekisho-spool   = -lseccomp -lcrypto
SRC_sekisho-sanitize = $(wildcard sanitizer/worker/launcher*.c) sanitizer/worker/job.c
AR_sekisho-sanitize  = rules spool proc base
LIBS_sekisho-sanitize = -lseccomp
SRC_zygote           = $(patsubst %,sanitizer/worker/%.c,zygote child job)
SRC_sekisho-worker   = sanitizer/worker/worker.c $(SRC_zygote)
AR_sekisho-worker    = sanitizer proc base
LIBS_sekisho-worker  = $(LIBS_content) -lseccomp -lcrypto
SRC_sekisho-render   = $(wildcard sanitizer/render/*.c) $(SRC_zygote)
AR_sekisho-render    = sanitizer proc base
LIBS_sekisho-render  = -lseccomp $(shell pkg-config --libs $(RENDER_PACKAGES))
SRC_sekisho-verify   = gateway/daemon/verify.c
AR_sekisho-verify    = verify proc base
LIBS_sekisho-verify  = -lseccomp -lcrypto
SRC_sekisho-deliver  = $(wildcard gateway/daemon/deliver*.c)
AR_sekisho-deliver   = smtp spool rules proc base
LIBS_sekisho-deliver = -lseccomp -lcrypto
SRC_sekisho-packet   = $(wildcard gateway/daemon/packet*.c)
AR_sekisho-packet    = packet rules proc base
LIBS_sekisho-packet  = -lnetfilter_queue -lmnl -lseccomp
SRC_sekisho-inspect  = gateway/daemon/inspect.c
AR_sekisho-inspect   = inspect rules proc base
LIBS_sekisho-inspect = -lseccomp
SRC_sekisho-capture  = gateway/daemon/capture.c
AR_sekisho-capture   = capture audit rules proc base
LIBS_sekisho-capture = -lpcap -lseccomp -lcrypto
SRC_sekisho-audit    = $(wildcard gateway/daemon/audit*.c)
AR_sekisho-audit     = audit proc base
LIBS_sekisho-audit   = -lseccomp -lcrypto
SRC_sekisho          = $(wildcard tools/sekisho*.c)
AR_sekisho           = sanitizer rules search audit spool packet capture snmp proc base
LIBS_sekisho         = -lpcap -lseccomp -lcrypto -lsqlite3
SRC_sekisho-snmp     = gateway/daemon/snmp.c
AR_sekisho-snmp      = snmp proc base
LIBS_sekisho-snmp    = -lnetsnmpagent -lnetsnmp -lseccomp

# unit tests and fuzz targets of a folder: archives, libraries
T_AR_base = base
T_LIBS_base = -lcrypto
T_AR_proc = proc base
T_LIBS_proc = -lseccomp
T_AR_smtp = smtp base
T_AR_spool = spool proc base
T_LIBS_spool = -lcrypto -lseccomp
T_AR_packet = packet base
T_LIBS_packet = -lnetfilter_queue -lmnl -lcrypto
T_AR_inspect = inspect base
T_AR_capture = capture base
T_LIBS_capture = -lpcap
T_AR_audit = audit base
T_LIBS_audit = -lcrypto
T_AR_search = search audit base
T_LIBS_search = -lcrypto -lsqlite3
T_AR_verify = verify base
T_LIBS_verify = -lcrypto -lpng -ljpeg -lz
T_AR_rules = rules base
T_AR_sanitizer = sanitizer verify base
T_LIBS_sanitizer = $(LIBS_content) -lcrypto
T_AR_snmp = snmp base

all: $(PROGRAMS:%=$(B)/%)

.PHONY: all help deps demo demo-programs check check-built unit golden \
	integration crash corpus check-vm asan integration-asan fuzz lint \
	bench repro install clean

objects = $(patsubst %.c,$(B)/%.o,$(sort $(1)))

define ARCHIVE
OBJ_$(1) := $$(call objects,$$(filter-out $$(DIR_$(1))/main.c,$$(wildcard $$(DIR_$(1))/*.c)))
$(B)/lib$(1).a: $$(OBJ_$(1))
	rm -f $$@ && $(AR) $(ARFLAGS) $$@ $$^
endef
$(foreach a,$(ARCHIVES),$(eval $(call ARCHIVE,$(a))))

define PROGRAM
$(B)/$(1): $$(call objects,$$(SRC_$(1))) $$(AR_$(1):%=$(B)/lib%.a)
	$(CC) $(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM,$(p))))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

# tests/unit/F/test_M.c; a test that wraps calls says so on a line
# "/* WRAP: open write */", one that needs data finds it from the root.
define UNIT
UNIT_$(1) := $$(patsubst %.c,$(B)/%,$$(sort $$(wildcard tests/unit/$(1)/test_*.c)))
$$(UNIT_$(1)): $(B)/%: $(B)/%.o $$(T_AR_$(1):%=$(B)/lib%.a)
	$(CC) $(LDFLAGS) -o $$@ $$^ $$(patsubst %,-Wl$$(comma)--wrap=%,$$(shell sed -n 's,^/\* WRAP: \(.*\) \*/$$$$,\1,p' $$*.c)) $$(T_LIBS_$(1)) -lcmocka
unit-$(1): $$(UNIT_$(1))
	@tools/run-tests $$^
.PHONY: unit-$(1)
FUZZ_$(1) := $$(patsubst %.c,$(B)/%,$$(sort $$(wildcard tests/fuzz/$(1)/fuzz_*.c)))
$$(FUZZ_$(1)): $(B)/%: $(B)/%.o $(B)/tests/fuzz/driver.o $$(T_AR_$(1):%=$(B)/lib%.a)
	$(CC) $(LDFLAGS) -o $$@ $$^ $$(T_LIBS_$(1))
UNITS += $$(UNIT_$(1))
FUZZERS += $$(FUZZ_$(1))
endef
comma := ,
$(foreach a,$(ARCHIVES),$(eval $(call UNIT,$(a))))

include tests/tests.mk
include bench/bench.mk

unit: $(UNITS)
	@tools/run-tests $^

asan:
	$(MAKE) B=build/asan SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" \
	    OPT="-O1 -g" HARDEN="-fPIE" unit golden

# the daemons themselves: tests of mail and of the audit log, minutes of them.
# Some preload a library of their own, which then comes first.
integration-asan:
	ASAN_OPTIONS=verify_asan_link_order=0 $(MAKE) B=build/asan \
	    SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" \
	    OPT="-O1 -g" HARDEN="-fPIE" integration-mail integration-audit

# FUZZ_SECONDS each: replay of the corpus, then mutation, under ASan/UBSan
FUZZ_SECONDS ?= 10
fuzz:
	$(MAKE) B=build/asan SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" \
	    OPT="-O1 -g" HARDEN="-fPIE" fuzz-run FUZZ_SECONDS=$(FUZZ_SECONDS)
fuzz-run: $(FUZZERS)
	@tools/run-fuzz $(FUZZ_SECONDS) $^

# three at a time: those of the network, of packets and of mail, mostly wait,
# the others mostly compute
check: deps
	$(MAKE) all $(UNITS)
	$(MAKE) -j3 check-built
	@echo "check: all of it passed"
check-built: integration-packet integration-mail unit golden corpus crash
# tests of packets on Debian's own kernel, in qemu
check-vm: all $(B)/tests/helpers
	tools/deps vm
	tests/vm/run
deps:
	@tools/deps check
demo-programs: all $(B)/demo_show
demo: deps demo-programs
	@tools/demo --built
lint: all
	@tools/lint/run

# two builds in different folders are the same bytes
repro:
	@tools/lint/repro $(PROGRAMS)

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/libexec/sekisho \
	    $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	install $(B)/sekishod $(B)/sekisho $(DESTDIR)$(PREFIX)/sbin
	install $(filter-out $(B)/sekishod $(B)/sekisho,$(PROGRAMS:%=$(B)/%)) \
	    $(DESTDIR)$(PREFIX)/libexec/sekisho
	install -m 644 $(wildcard rules/*.5 gateway/man/*.5) $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 $(wildcard gateway/man/*.8) $(DESTDIR)$(PREFIX)/share/man/man8
	install -d $(DESTDIR)$(PREFIX)/share/sekisho/mibs
	install -m 644 gateway/snmp/mibs/*.txt $(DESTDIR)$(PREFIX)/share/sekisho/mibs
	install -d $(patsubst %,$(DESTDIR)$(PREFIX)/lib/%,systemd/system sysusers.d tmpfiles.d)
	sed 's,/usr/local/,$(PREFIX)/,' gateway/systemd/sekishod.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/sekishod.service
	install -m 644 gateway/systemd/sekisho.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/sekisho.conf
	install -m 644 gateway/systemd/sekisho.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/sekisho.conf

help:
	@echo "all deps demo check unit golden integration crash corpus judge"
	@echo "fidelity asan integration-asan fuzz lint check-vm bench" \
	    "bench-rules" \
	    "bench-packet bench-documents bench-audit bench-search"
	@echo "repro install clean; unit-FOLDER for one folder"

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
