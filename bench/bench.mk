# `make bench`: programs of this folder, then the rounds. Not part of check.
# `make bench-rules`: only those of packet decisions. `make bench-documents`:
# only those of formats; BENCH_FILES=1 for a quick look.

BENCH_TOOLS = smtp_source smtp_sink make_mails bench_sanitize watch_memory \
	classbench_rules packet_load packet_floor bench_zip bench_documents \
	make_pages bench_audit audit_yes bench_search
AR_packet_floor = packet
LIBS_packet_floor = -lnetfilter_queue -lmnl
AR_bench_sanitize = sanitizer
AR_bench_zip = sanitizer verify
LIBS_bench_zip = -lz -lcrypto
AR_bench_audit = audit
LIBS_bench_audit = -lcrypto
AR_audit_yes = proc
LIBS_audit_yes = -lseccomp
AR_bench_search = audit
LIBS_bench_search = -lcrypto
OBJ_make_mails = $(B)/bench/photo.o
LIBS_make_mails = -ljpeg -lm
OBJ_make_pages = $(B)/bench/photo.o
LIBS_make_pages = $(shell pkg-config --libs cairo) -ljpeg -lm
$(B)/bench/make_pages.o: CFLAGS += \
    $(patsubst -I%,-isystem %,$(shell pkg-config --cflags cairo))
OBJ_bench_documents = $(DOCUMENTS:%=$(B)/bench/documents_%.o) \
	$(B)/tools/sekisho_sanitize_run.o
AR_bench_documents = sanitizer rules proc
LIBS_bench_documents = $(LIBS_content) -lseccomp -lcrypto
DOCUMENTS = run ours floor table
LIBS_bench_sanitize = $(LIBS_content) -lcrypto
OBJ_classbench_rules = $(B)/bench/filter_set.o $(B)/bench/filter_rules.o

bench: all bench-tools
	@B=$(B) bench/run.sh
bench-rules: all $(B)/bench/bench_rules $(B)/bench/classbench_rules
	@B=$(B) BENCHES=bench/bench_rules.sh bench/run.sh
bench-packet: all $(B)/bench/packet_load $(B)/bench/packet_floor
	@B=$(B) BENCHES=bench/bench_packet.sh bench/run.sh
bench-snmp: all $(B)/bench/smtp_source $(B)/bench/smtp_sink \
    $(B)/bench/make_mails
	@B=$(B) BENCHES=bench/bench_snmp.sh bench/run.sh
bench-audit: all $(patsubst %,$(B)/bench/%,bench_audit audit_yes smtp_source \
    smtp_sink make_mails)
	@B=$(B) BENCHES=bench/bench_audit.sh bench/run.sh
bench-search: all $(B)/bench/bench_search
	@B=$(B) BENCHES=bench/bench_search.sh bench/run.sh
bench-documents: all $(B)/bench/bench_documents $(B)/bench/make_pages
	@B=$(B) BENCHES=bench/bench_documents.sh bench/run.sh
bench-tools: $(BENCH_TOOLS:%=$(B)/bench/%) $(B)/bench/bench_rules
define BENCH_TOOL
$(B)/bench/$(1): $(B)/bench/$(1).o $$(OBJ_$(1)) $$(AR_$(1):%=$(B)/lib%.a) \
    $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1))
endef
$(foreach t,$(BENCH_TOOLS),$(eval $(call BENCH_TOOL,$(t))))

# DPDK is compared with where it is installed (tools/deps bench).
DPDK := $(shell pkg-config --exists libdpdk 2>/dev/null && echo yes)
ACL_bench_rules = $(B)/bench/rules_acl$(if $(DPDK),,_none).o
$(B)/bench/rules_acl.o: CFLAGS += $(patsubst -I%,-isystem %,\
    $(filter-out -march=%,$(shell pkg-config --cflags libdpdk))) -msse4.1
$(B)/bench/bench_rules: $(B)/bench/bench_rules.o $(B)/bench/rules_traffic.o \
    $(B)/bench/filter_set.o $(ACL_bench_rules) $(B)/librules.a $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $@ $^ $(if $(DPDK),-lrte_acl -lrte_eal)

.PHONY: bench-rules bench-packet bench-audit bench-search bench-snmp \
    bench-documents bench-tools
