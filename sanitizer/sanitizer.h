/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_H
#define SEKISHO_SANITIZER_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/err.h"
#include "../gateway/base/filter.h"

/*
 * The content library: a hostile mail or file in, a safe form and a report
 * out. It opens nothing, knows no process and no rule file. One call per
 * process: a worker child never sees a second mail.
 */

/* Bytes that can be read at any place: a descriptor or memory. */
struct input {
	int		fd;		/* -1: memory */
	uint64_t	offset;		/* of byte 0 in the descriptor */
	uint64_t	len;
	const uint8_t	*memory;
};
struct input input_span(struct span s);
struct input input_fd(int fd, uint64_t offset, uint64_t len);
/* A part of an input, clamped. */
struct input input_sub(const struct input *in, uint64_t offset, uint64_t len);
/* Read len bytes at offset; *got is less only at the end. */
enum err input_read(const struct input *in, uint64_t offset, void *bytes,
    size_t len, size_t *got) MUST_CHECK;
/* Append the whole input to buf, whose maximum is the caller's limit. */
enum err input_all(const struct input *in, struct buf *buf) MUST_CHECK;
/* Push the whole input into a filter (no end() at the end). */
enum err input_push(const struct input *in, struct filter *to) MUST_CHECK;

/* What a part is, by its bytes (detect.h has the table). */
enum part_kind {
	PART_UNKNOWN = 0,
	PART_TEXT,
	PART_HTML,
	PART_MAIL,		/* message/rfc822 */
	PART_JPEG,
	PART_PNG,
	PART_GIF,
	PART_WEBP,
	PART_BMP,
	PART_TIFF,
	PART_HEIC,
	PART_SVG,
	PART_PDF,
	PART_OOXML,		/* docx, xlsx, pptx and variants */
	PART_ODF,
	PART_ZIP,
	PART_CFB,		/* doc, xls, ppt, msg, jtd, encrypted OOXML */
	PART_RTF,
	PART_ARCHIVE,		/* 7z rar tar gz bz2 xz lzh cab iso */
	PART_TNEF,
	PART_SMIME,
	PART_PGP,
	PART_CALENDAR,
	PART_VCARD,
	PART_CSV,
	PART_XML,
	PART_MHT,		/* a web page as a mail */
	PART_ACTIVE,		/* programs, scripts, ...: never passes */
	PART_MEDIA,		/* audio, video, fonts, CAD: not yet */
	PART_KIND_N
};
const char *part_kind_name(enum part_kind kind);	/* "jpeg" */

enum part_outcome {
	OUTCOME_KEPT = 1,	/* text */
	OUTCOME_REBUILT,
	OUTCOME_RENDERED,
	OUTCOME_EXTRACTED,
	OUTCOME_REMOVED
};
const char *part_outcome_name(enum part_outcome outcome);

/*
 * How many parts of each kind had each outcome; the last column: a person is
 * to decide (they are removed from the safe form until then).
 */
#define TALLY_HELD	(OUTCOME_REMOVED + 1)
struct part_tally {
	uint32_t	n[PART_KIND_N][TALLY_HELD + 1];	/* [][0] is 0 */
};

/* What we write, each form with a grammar of its own (mime_write.h). */
enum safe_type {
	SAFE_NONE = 0,		/* bytes between two steps: never delivered */
	SAFE_TEXT,
	SAFE_JPEG,
	SAFE_PNG,
	SAFE_MAIL,
	SAFE_PDF,
	SAFE_DOCX,
	SAFE_XLSX,
	SAFE_PPTX,
	SAFE_ZIP,
	SAFE_CSV,
	SAFE_TYPE_N
};

enum method {
	METHOD_REMOVE = 0,
	METHOD_REBUILD,
	METHOD_IMAGE,
	METHOD_TEXT,
	METHOD_CONVERT,
	METHOD_EXTRACT,
	METHOD_HOLD
};

/* The policy, translated from the rules by the daemon or worker. */
struct sanitizer_policy {
	char		name[64];
	bool		body_keep;
	bool		notice_english;
	bool		links_defang;
	enum method	pdf, image, office, text, archive;
	enum method	legacy_office, encrypted, other;
	unsigned	archive_depth;
};
/* The shipped `policy standard` of design.md section 5. */
void sanitizer_policy_standard(struct sanitizer_policy *policy);

/* What one child does with one file. handler.c and convert.c have the rows. */
enum convert_task {
	CONVERT_PICTURE = 1,	/* to JPEG or PNG; of several pages to PDF */
	CONVERT_OFFICE,		/* OOXML to the same, anew */
	CONVERT_OFFICE_TEXT,	/* OOXML to text */
	CONVERT_ENTRIES,	/* files of an archive or PDF: entries.h */
	CONVERT_PDF_CLEAN,	/* PDF to what the renderer may read */
	CONVERT_PDF_FINISH,	/* the renderer's drawing to a safe PDF */
	CONVERT_PDF_PAGES,	/* pixels.h to the pages of pdf_pages.h */
	CONVERT_PDF_PIXELS,	/* pixels.h, or such pages, to a safe PDF */
	CONVERT_PIXELS_PICTURE,	/* pixels.h to PNG or JPEG */
	CONVERT_RENDER_DRAW,	/* sekisho-render: PDF to a drawn PDF */
	CONVERT_RENDER_PIXELS,	/* sekisho-render: PDF, SVG to pixels.h */
	CONVERT_RENDER_TEXT,	/* sekisho-render: PDF to text */
	CONVERT_TASK_N
};
struct convert_order {
	enum convert_task task;
	enum part_kind	kind;		/* of the input */
	uint32_t	first;		/* page, of CONVERT_RENDER_PIXELS */
};

struct convert_result {
	enum part_outcome outcome;
	enum safe_type	type;		/* of the output */
	struct buf	removed;	/* encoded list, see report.h */
	uint32_t	pages;		/* of a document; 0: not counted */
	char		reason[160];
};

/*
 * Count something in the list removed, which was made with buf_init(list,
 * REMOVED_BYTES_MAX) of report.h. Long texts are cut.
 */
enum err removed_add(struct buf *list, const char *what, uint64_t count,
    struct span where) MUST_CHECK;

/*
 * The way out for leaves that need a library: the worker child asks its
 * launcher, which forks another child for each; tests without a launcher
 * call sanitizer_convert() themselves. Several are under way at once, told
 * apart by tickets, and come back in any order.
 */
#define CONVERSIONS_AT_ONCE	32

struct conversion {
	uint32_t	ticket;
	enum err	err;		/* not OK: go down the ladder */
	int		fd;		/* what was made, all of it; -1: none */
	uint64_t	bytes;
	struct convert_result result;	/* removed is a buf to be ended */
};

struct sanitizer_host {
	int	scratch_fd;	/* empty file for large leaves; -1: memory */
	/* Conversions of leaves under way, below CONVERSIONS_AT_ONCE; with
	 * one for which the mail itself waits. */
	unsigned at_once;
	/*
	 * Begin. whole: in is all of its descriptor, and nobody writes there
	 * any more, so that it may be handed on as it is; else it is copied.
	 */
	enum err (*start)(struct sanitizer_host *host, uint32_t ticket,
	    const struct convert_order *order, const struct input *in,
	    bool whole, const struct sanitizer_policy *policy);
	/* Wait for any of those begun; the caller closes and ends it. */
	enum err (*wait)(struct sanitizer_host *host,
	    struct conversion *done);
	/* An empty file for bytes between two steps; -1: none. */
	int	(*file)(struct sanitizer_host *host);
};

/* The other end of host->start: runs in a child of its own. */
enum err sanitizer_convert(const struct convert_order *order,
    const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result) MUST_CHECK;

struct sanitizer_job {
	uint64_t	id;		/* receipt; boundaries derive from it */
	uint64_t	received_ms;	/* wall; written into Received: */
	uint64_t	generation;	/* of the rules */
	struct span	gateway;	/* "gw1.town.example.lg.jp" */
	struct span	helo;		/* what the client called itself */
	struct span	peer;		/* its address as text */
	struct span	protocol;	/* "ESMTP", "SMTP", "UTF8SMTP" */
	bool		released;	/* an administrator released it */
	struct sanitizer_policy policy;
};

enum mail_outcome { MAIL_SAFE = 1, MAIL_HOLD };

struct sanitizer_result {
	enum mail_outcome outcome;
	char		reason[160];	/* why it is held */
	uint64_t	out_bytes;
	uint8_t		out_sha256[32];
	unsigned	parts;
	unsigned	flags;		/* kinds of ambiguity found */
	struct part_tally tally;	/* of the parts in the report */
};

/*
 * Make a mail safe: out gets the new mail (RFC 5322, CRLF), report the JSON
 * of design.md section 6. The output depends on the input and the job alone.
 * MAIL_HOLD still writes a safe form where there can be one (for release).
 * ERR_LIMIT: a budget of limits.h was used up, what out got is worthless.
 */
enum err sanitizer_mail(const struct sanitizer_job *job,
    const struct input *in, struct sanitizer_host *host, struct filter *out,
    struct buf *report, struct sanitizer_result *result, struct diag *diag)
    MUST_CHECK;

/*
 * The same for one file; name is what it is called, UTF-8 or not. Files that
 * are attached to it when it is a PDF are left out, as there is one output.
 */
enum err sanitizer_file(const struct sanitizer_job *job, struct span name,
    const struct input *in, struct sanitizer_host *host, struct filter *out,
    struct buf *report, struct sanitizer_result *result, struct diag *diag)
    MUST_CHECK;

/* Is this a mail (header fields at the start) rather than a file? */
bool sanitizer_is_mail(const struct input *in);

/*
 * Touch what a fork should inherit ready-made: converters of ICU, tables.
 * For zygotes, before they drop their rights.
 */
void sanitizer_warm(void);

#endif
