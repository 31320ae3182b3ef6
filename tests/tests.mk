# What `make check` runs beside the unit tests. Each script prints a closing
# line "N passed, N failed, N skipped"; with CI=true a skip is a failure.

golden: all
	@tools/run-scripts $(sort $(wildcard tests/golden/*/run))
integration: integration-packet integration-mail
# those of the audit log wait as much as they do
PACKET_TESTS = $(sort $(wildcard tests/integration/test_packet_*) \
    tests/integration/test_table) $(wildcard tests/integration/test_audit_*)
integration-packet: all $(B)/tests/helpers
	@tools/run-scripts $(PACKET_TESTS)
integration-mail: all $(B)/tests/helpers
	@tools/run-scripts $(filter-out $(PACKET_TESTS), \
	    $(sort $(wildcard tests/integration/test_*)))
integration-audit: all $(B)/tests/helpers
	@tools/run-scripts $(wildcard tests/integration/test_audit_*)
.PHONY: integration-packet integration-mail integration-audit
crash: all $(B)/tests/helpers
	@tools/run-scripts $(sort $(wildcard tests/crash/test_*.sh))
# everything that the engine delivers of the shared corpus, judged by other
# readers; minutes, so not in check (tests/corpus/test_judge is a part of it)
judge: all
	@tools/run-scripts $(sort $(wildcard tests/judge/test_*))
# how much is left of those in which nothing was dangerous; minutes, too
FIDELITY = $(B)/fidelity
SAMPLES = $(or $(SEKISHO_CORPUS),../shared/corpus)
fidelity: all
	rm -rf $(FIDELITY)/kept
	-tests/judge/test_sanitized --keep $(FIDELITY)/kept office pdf \
	    >$(FIDELITY).judged
	tests/judge/fidelity --cache $(FIDELITY)/pdf $(SAMPLES) \
	    $(FIDELITY)/kept
.PHONY: judge fidelity
# one file in so many of those that take long; `make corpus CORPUS_PART=1` all
CORPUS_PART = 10
corpus: all $(B)/tests/helpers/classbench_match $(B)/bench/classbench_rules \
    $(B)/tests/helpers/inspect_flows $(B)/tests/helpers/office_rebuild \
    $(B)/tests/helpers/form_verify $(B)/tests/helpers/zip_dump \
    $(B)/tests/helpers/pdf_verify
	@SEKISHO_CORPUS_PART=$(CORPUS_PART) \
	    tools/run-scripts $(sort $(wildcard tests/corpus/test_*))

.PHONY: $(B)/tests/helpers
$(B)/tests/helpers: $(B)/tests/helpers/escape \
    $(B)/tests/helpers/drive_spool $(B)/tests/helpers/crash_spool
	@mkdir -p $@

# takes the place of each role and tries what is forbidden
$(B)/tests/helpers/escape: $(B)/tests/integration/escape.o \
    $(B)/tests/integration/escape_acts.o $(B)/libproc.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lseccomp

# plays the peers of sekisho-spool
$(B)/tests/helpers/drive_spool: $(B)/tests/crash/drive_spool.o \
    $(B)/tests/crash/rig.o $(B)/librules.a $(B)/libspool.a \
    $(B)/libaudit.a $(B)/libverify.a $(B)/libproc.a \
    $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lseccomp -lcrypto

# the daemon's own code, stopped at any system call
WRAP_crash_spool = openat write pwrite fdatasync fsync syncfs renameat \
    renameat2 unlinkat mkdirat close fstat getrandom role_start
$(B)/tests/helpers/spool_main.o: gateway/daemon/spool.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Dmain=sekisho_spool_main -Wno-missing-prototypes \
	    -MMD -MP -c -o $@ $<
$(B)/tests/helpers/crash_spool: $(B)/tests/crash/crash_spool.o \
    $(B)/tests/crash/disk.o \
    $(B)/tests/crash/rig.o $(B)/tests/helpers/spool_main.o \
    $(call objects,$(wildcard gateway/daemon/spool_*.c)) \
    $(B)/librules.a $(B)/libspool.a $(B)/libaudit.a $(B)/libverify.a \
    $(B)/libproc.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(WRAP_crash_spool:%=-Wl,--wrap=%) -o $@ $^ \
	    -lseccomp -lcrypto

# the generations of the rules, stopped in the same way
$(B)/tests/helpers: $(B)/tests/helpers/crash_generation
$(B)/tests/helpers/crash_generation: $(B)/tests/crash/crash_generation.o \
    $(B)/tests/crash/disk.o \
    $(call objects,$(wildcard gateway/daemon/sekishod_generation*.c) \
    gateway/daemon/sekishod_rule_set.c) $(B)/libproc.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(WRAP_crash_spool:%=-Wl,--wrap=%) -o $@ $^ \
	    -lseccomp -lcrypto

# GMime reads our mails as somebody else's program would.
GMIME = $(shell pkg-config --cflags --libs gmime-3.0)
$(B)/demo_show: tools/demo_show.c $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(filter-out -Werror,$(CFLAGS)) -o $@ $^ $(LDFLAGS) $(GMIME)

# makes the log of test_audit_search
$(B)/tests/helpers: $(B)/bench/bench_search

# changed documents to the verifier
$(B)/tests/helpers: $(B)/tests/helpers/office_rebuild \
    $(B)/tests/helpers/form_verify

# changed mails to the verifier, GMime and the picture libraries as judges
$(B)/tests/helpers: $(B)/tests/helpers/verify_mutations
$(B)/tests/helpers/verify_mutations: tests/integration/verify_mutations.c \
    tests/integration/verify_judges.c tests/integration/verify_judges.h \
    tests/unit/verify/safe_mail.h $(B)/libverify.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(patsubst -I%,-isystem %,$(GMIME)) $(LDFLAGS) -o $@ \
	    $(filter-out %.h,$^) $(GMIME) -lcrypto -lpng -ljpeg -lz

# the receiver and the deliverer between peers that these programs play
$(B)/tests/helpers: $(B)/tests/helpers/receive_rig \
    $(B)/tests/helpers/deliver_rig $(B)/tests/helpers/fast_clock.so
$(B)/tests/helpers: $(B)/tests/helpers/shift_clock.so
$(B)/tests/helpers/%_clock.so: tests/integration/%_clock.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) -O2 -fPIC -shared -o $@ $<
$(B)/tests/helpers: $(B)/tests/helpers/die_at_erase.so
$(B)/tests/helpers/die_at_erase.so: tests/integration/die_at_erase.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) -O2 -fPIC -shared -o $@ $<
$(B)/tests/helpers/%_rig: $(B)/tests/integration/%_rig.o \
    $(B)/tests/integration/smtp_rig.o $(B)/librules.a $(B)/libspool.a \
    $(B)/libproc.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lseccomp -lcrypto

# plays supervisor and spool for sekisho-verify
$(B)/tests/helpers: $(B)/tests/helpers/verify_daemon
$(B)/tests/helpers/verify_daemon: $(B)/tests/integration/verify_daemon.o \
    $(B)/libproc.a $(B)/libbase.a $(B)/libverify.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lseccomp -lcrypto -lpng -ljpeg

# a client that sends any bytes, and a next hop that does as it is told
$(B)/tests/helpers: $(B)/tests/helpers/smtp_say $(B)/tests/helpers/smtp_hop \
    $(B)/tests/helpers/smtp_crowd
$(B)/tests/helpers/smtp_say $(B)/tests/helpers/smtp_hop \
    $(B)/tests/helpers/smtp_crowd: \
    $(B)/tests/helpers/%: $(B)/tests/integration/%.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# a worker that was taken over
$(B)/tests/helpers: $(B)/tests/helpers/rogue_worker
$(B)/tests/helpers/rogue_worker: $(B)/tests/integration/rogue_worker.o \
    $(B)/libproc.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lseccomp -lcrypto

# HTML to text for the golden cases
golden: $(B)/tests/helpers/html_dump
$(B)/tests/helpers/html_dump: $(B)/tests/golden/html/html_dump.o \
    $(B)/libsanitizer.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_content) -lcrypto

# the gateway with a worker that was taken over: programs are looked for
# beside sekishod, so they get a folder of their own
LYING = $(B)/tests/helpers/lying
$(B)/tests/helpers: $(LYING)/sekisho-worker
$(LYING)/sekisho-worker: $(B)/tests/integration/lying_worker.o \
    $(call objects,$(SRC_sekisho-worker)) $(B)/libsanitizer.a \
    $(B)/libproc.a $(B)/libbase.a \
    $(filter-out %-worker,$(PROGRAMS:%=$(B)/%))
	@mkdir -p $(@D)
	cp -f $(filter-out %.o %.a,$^) $(@D)
	$(CC) $(LDFLAGS) -Wl,--wrap=sanitizer_mail \
	    -Wl,--wrap=sanitizer_convert -o $@ $(filter %.o %.a,$^) \
	    $(LIBS_sekisho-worker)

# the sanitizer on a machine of one processor
SERIAL = $(B)/tests/helpers/serial
$(B)/tests/helpers: $(SERIAL)/sekisho-sanitize
$(SERIAL)/sekisho-sanitize: $(B)/tests/integration/one_processor.o \
    $(call objects,$(SRC_sekisho-sanitize)) \
    $(AR_sekisho-sanitize:%=$(B)/lib%.a) $(B)/sekisho \
    $(B)/sekisho-worker $(B)/sekisho-render
	@mkdir -p $(@D)
	cp -f $(filter-out %.o %.a,$^) $(@D)
	$(CC) $(LDFLAGS) -Wl,--wrap=sysconf -o $@ $(filter %.o %.a,$^) \
	    $(LIBS_sekisho-sanitize)

# the gateway with a packet process that is soon full
SMALL = $(B)/tests/helpers/small
SMALL_OBJECTS = $(patsubst gateway/%.c,$(SMALL)/%.o,$(SRC_sekisho-packet) \
    gateway/packet/packet_flow.c)
$(SMALL)/%.o: gateway/%.c tests/integration/small_limits.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -include tests/integration/small_limits.h -MMD -MP -c \
	    -o $@ $<
-include $(SMALL_OBJECTS:.o=.d)
$(B)/tests/helpers: $(SMALL)/sekisho-packet
$(SMALL)/sekisho-packet: $(SMALL_OBJECTS) \
    $(AR_sekisho-packet:%=$(B)/lib%.a) \
    $(filter-out %-packet,$(PROGRAMS:%=$(B)/%))
	@mkdir -p $(@D)
	cp -f $(filter-out %.o %.a,$^) $(@D)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS_sekisho-packet)

# a walk through the rules of a ClassBench set, beside the image
$(B)/tests/helpers/classbench_match: $(B)/tests/corpus/classbench_match.o \
    $(B)/librules.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# the flows of captures, shown to the check of every protocol
$(B)/tests/helpers/inspect_flows: $(B)/tests/corpus/inspect_flows.o \
    $(B)/libinspect.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lpcap

# one office document through its converter
$(B)/tests/helpers/form_verify: $(B)/tests/corpus/form_verify.o \
    $(B)/libverify.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lcrypto

$(B)/tests/helpers/office_rebuild: $(B)/tests/corpus/office_rebuild.o \
    $(B)/libsanitizer.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_content) -lcrypto

# captures for test_replay
$(B)/tests/helpers: $(B)/tests/helpers/make_capture
$(B)/tests/helpers/make_capture: $(B)/tests/integration/make_capture.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# the table of the kernel for shell scripts: printed, loaded, asked
golden: $(B)/tests/helpers/table_rig
$(B)/tests/helpers: $(B)/tests/helpers/table_rig
$(B)/tests/helpers/table_rig: $(B)/tests/integration/table_rig.o \
    $(B)/tests/integration/table_facts.o \
    $(call objects,$(wildcard gateway/daemon/sekishod_table*.c)) \
    $(B)/libpacket.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lnftables -lnftnl -lmnl -lcrypto

# who answers for the queue there, and the hosts around
$(B)/tests/helpers: $(B)/tests/helpers/queue_rig $(B)/tests/helpers/table_peer
$(B)/tests/helpers/queue_rig: $(B)/tests/integration/queue_rig.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lnetfilter_queue -lmnl
$(B)/tests/helpers/table_peer: $(B)/tests/integration/table_peer.o \
    $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# the packet path with real programs: numbered streams, random packets, and
# pictures on X displays
$(B)/tests/helpers: $(B)/tests/helpers/packet_stream \
    $(B)/tests/helpers/packet_spray $(B)/tests/helpers/x_picture
$(B)/tests/helpers/packet_%: $(B)/tests/integration/packet_%.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^
$(B)/tests/helpers/x_picture: $(B)/tests/integration/x_picture.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lX11 -lpng

# what our reader sees in a ZIP, beside what Python's sees
corpus: $(B)/tests/helpers/zip_dump
$(B)/tests/helpers/zip_dump: $(B)/tests/corpus/zip_dump.o \
    $(B)/libsanitizer.a $(B)/libverify.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lz -lcrypto

# is a file the PDF that the verifier takes?
corpus: $(B)/tests/helpers/pdf_verify
$(B)/tests/helpers/pdf_verify: $(B)/tests/corpus/pdf_verify.o \
    $(B)/libverify.a $(B)/libbase.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lcrypto
