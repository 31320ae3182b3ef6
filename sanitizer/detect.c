/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The type probe: anchored signatures, then texts, then libmagic for what is
 * left. The table of types is detect_types.c; containers are looked into by
 * detect_zip.c and detect_cfb.c. What is done with a type is handler.c.
 */
#include "detect.h"

#include <magic.h>
#include <string.h>

#include "detect_internal.h"
#include "../gateway/base/utf8.h"

#define PDF_ANCHOR_BYTES	1024	/* readers look so far */
#define TAIL_BYTES		4096	/* for a ZIP behind something else */

static magic_t magic;

static const struct signature {
	unsigned	offset;
	unsigned	len;
	const char	*bytes;
	const char	*label;
} signatures[] = {
#define SIG(offset, bytes, label) { offset, sizeof(bytes) - 1, bytes, label }
	SIG(0, "\xff\xd8\xff", "jpeg"),
	SIG(0, "\x89PNG\r\n\x1a\n", "png"),
	SIG(0, "GIF87a", "gif"), SIG(0, "GIF89a", "gif"),
	SIG(0, "II*\0", "tiff"), SIG(0, "MM\0*", "tiff"),
	SIG(0, "8BPS", "image"), SIG(0, "\0\0\1\0", "image"),
	SIG(0, "\xd7\xcd\xc6\x9a", "image"),
	SIG(0, "\1\0\x09\0\0\3", "image"),
	SIG(0, "\0\0\0\x0cjP  ", "image"), SIG(0, "\xff\x0a", "image"),
	SIG(0, "\0\0\0\x0cJXL ", "image"), SIG(128, "DICM", "image"),
	SIG(40, " EMF", "image"), SIG(0, "\xc5\xd0\xd3\xc6", "ps"),
	SIG(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cfb"),
	SIG(0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "one"),
	SIG(0, "\xa1\x2f\xff\x43\xd9\xef\x76\x4c", "one"),
	SIG(0, "L\0\0\0\1\x14\2\0", "lnk"),
	SIG(0, "MZ", "exe"), SIG(0, "ZM", "exe"), SIG(0, "\x7f" "ELF", "exe"),
	SIG(0, "\xcf\xfa\xed\xfe", "exe"), SIG(0, "\xce\xfa\xed\xfe", "exe"),
	SIG(0, "\xfe\xed\xfa\xcf", "exe"), SIG(0, "\xfe\xed\xfa\xce", "exe"),
	SIG(0, "\xca\xfe\xba\xbe", "jar"), SIG(0, "dex\n03", "exe"),
	SIG(0, "\0asm", "exe"), SIG(0, "#@~^", "script"),
	SIG(0, "ITSF", "chm"), SIG(0, "?_\3\0", "chm"),
	SIG(0, "FWS", "swf"), SIG(0, "CWS", "swf"), SIG(0, "ZWS", "swf"),
	SIG(0, "PK\3\4", "zip"), SIG(0, "PK\5\6", "zip"),
	SIG(0, "PK00PK\3\4", "zip"), SIG(0, "PK\7\x08PK\3\4", "zip"),
	SIG(2, "-lh", "lzh"), SIG(2, "-lz", "lzh"),
	SIG(0, "7z\xbc\xaf\x27\x1c", "7z"), SIG(0, "Rar!\x1a\7", "rar"),
	SIG(0, "MSCF", "cab"), SIG(0, "ISc(", "cab"),
	SIG(0x8001, "CD001", "iso"), SIG(0x8001, "BEA01", "iso"),
	SIG(257, "ustar", "tar"), SIG(0, "\x1f\x8b", "gz"),
	SIG(0, "\x1f\x9d", "gz"), SIG(0, "\x1f\xa0", "gz"),
	SIG(0, "BZh", "gz"), SIG(0, "\xfd" "7zXZ\0", "gz"),
	SIG(0, "\x28\xb5\x2f\xfd", "gz"), SIG(0, "\x60\xea", "archive"),
	SIG(7, "**ACE**", "archive"), SIG(0, "xar!", "package"),
	SIG(0, "!<arch>\n", "package"), SIG(0, "\xed\xab\xee\xdb", "package"),
	SIG(0, "MSWIM\0\0\0", "disk"), SIG(0, "vhdxfile", "disk"),
	SIG(0, "conectix", "disk"), SIG(0, "QFI\xfb", "disk"),
	SIG(0, "KDMV", "disk"),
	SIG(0, "\x78\x9f\x3e\x22", "tnef"),
	SIG(4, "Standard Jet DB", "mdb"), SIG(4, "Standard ACE DB", "mdb"),
	SIG(0, "!BDN", "pst"), SIG(0, "SQLite format 3", "database"),
	SIG(0, "\x60\x82\x03", "xdw"), SIG(0, "AC10", "cad"),
	SIG(0, "JwwData.", "cad"), SIG(0, "WordPro", "unknown"),
	SIG(0, "OggS", "audio"), SIG(0, "fLaC", "audio"),
	SIG(0, "ID3", "audio"), SIG(0, "MThd", "audio"),
	SIG(0, "\xff\xfb", "audio"), SIG(0, "#!AMR", "audio"),
	SIG(0, "\x1a\x45\xdf\xa3", "video"), SIG(0, "\0\0\1\xba", "video"),
	SIG(0, "\0\0\1\xb3", "video"), SIG(0, "FLV\1", "video"),
	SIG(0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video"),
	SIG(0, "OTTO\0", "font"), SIG(0, "\0\1\0\0\0", "font"),
	SIG(0, "ttcf", "font"), SIG(0, "wOFF", "font"), SIG(0, "wOF2", "font"),
	SIG(0, "%!PS", "ps"), SIG(0, "{\\rt", "rtf"),
#undef SIG
};

struct probe {
	const struct input *in;
	struct span	head;
	bool		encrypted;
	bool		polyglot;
};

static bool
has_at(struct span s, size_t offset, struct span bytes)
{
	return span_begins(span_sub(s, offset, s.len), bytes);
}

/* RIFF and ISO media: the type stands behind the frame. */
static const char *
probe_boxes(struct span s)
{
	static const char *const heic[] = { "heic", "heix", "hevc", "mif1",
	    "msf1", "heim", "heis", "avif", "avis" };

	if (has_at(s, 0, SPAN("RIFF")) && s.len >= 12) {
		if (has_at(s, 8, SPAN("WEBP")))
			return "webp";
		return has_at(s, 8, SPAN("WAVE")) ? "audio" : "video";
	}
	if (has_at(s, 4, SPAN("ftyp"))) {
		for (size_t i = 0; i < sizeof(heic) / sizeof(heic[0]); i++)
			if (has_at(s, 8, span_str(heic[i])))
				return "heic";
		return has_at(s, 8, SPAN("M4A")) ? "audio" : "video";
	}
	/* BMP: size field and reserved zeroes make it an anchor */
	if (has_at(s, 0, SPAN("BM")) && s.len >= 26 &&
	    has_at(s, 6, SPAN("\0\0\0\0")) && s.ptr[15] == 0)
		return "bmp";
	return NULL;
}

/* DER: a SEQUENCE that begins with a PKCS #7 or CMS object identifier. */
static const char *
probe_smime(struct probe *p)
{
	static const uint8_t pkcs7[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
	    0xf7, 0x0d, 0x01, 0x07 };
	static const uint8_t ct[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86,
	    0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01 };
	struct span near = span_sub(p->head, 0, 24);
	size_t at = span_find(near, (struct span){ pkcs7, sizeof(pkcs7) });

	if (near.len < 20 || near.ptr[0] != 0x30)
		return NULL;
	if (at < near.len) {
		at += sizeof(pkcs7);
		p->encrypted = at < p->head.len && p->head.ptr[at] == 3;
		return "smime";
	}
	at = span_find(near, (struct span){ ct, sizeof(ct) });
	if (at == near.len)
		return NULL;
	at += sizeof(ct);			/* 23: authEnvelopedData */
	p->encrypted = at < p->head.len && p->head.ptr[at] == 23;
	return "smime";
}

static const char *
probe_signatures(struct span s)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]);
	    i++) {
		const struct signature *sig = &signatures[i];

		if (has_at(s, sig->offset, (struct span){
		    (const uint8_t *)sig->bytes, sig->len }))
			return sig->label;
	}
	return probe_boxes(s);
}

/*
 * Offset of %PDF-n where readers look for it, or PDF_ANCHOR_BYTES. Some are
 * content with %PDF; in a text that takes the root of a document, too.
 */
static size_t
find_pdf(struct span s)
{
	struct span near = span_sub(s, 0, PDF_ANCHOR_BYTES + 6);
	size_t first = near.len;

	for (size_t at = 0; at < near.len; at++) {
		at += span_find(span_sub(near, at, near.len), SPAN("%PDF"));
		if (at + 5 < near.len && near.ptr[at + 4] == '-' &&
		    ascii_is_digit(near.ptr[at + 5]))
			return at;
		if (at < first)
			first = at;
	}
	if (first < near.len && span_find(s, SPAN("/Root")) < s.len)
		return first;
	return PDF_ANCHOR_BYTES;
}

/* Is there an end of a ZIP behind something that is none? */
static bool
zip_behind(const struct input *in)
{
	uint8_t tail[TAIL_BYTES];
	struct span s = { tail, 0 };

	if (input_read(in, in->len > TAIL_BYTES ? in->len - TAIL_BYTES : 0,
	    tail, sizeof(tail), &s.len) != OK)
		return true;
	return span_find(s, SPAN("PK\5\6")) < s.len;
}

/* The second opinion; NULL when it has none that matters. */
static const char *
probe_magic(struct span head)
{
	static const struct { const char *begins, *label; } names[] = {
		{ "application/x-dosexec", "exe" },
		{ "application/x-executable", "exe" },
		{ "application/x-pie-executable", "exe" },
		{ "application/x-sharedlib", "exe" },
		{ "application/x-mach-binary", "exe" },
		{ "application/x-ms-shortcut", "lnk" },
		{ "application/x-shockwave-flash", "swf" },
		{ "application/vnd.ms-cab", "cab" },
		{ "application/x-iso9660", "iso" },
		{ "application/x-lzh", "lzh" }, { "application/pdf", "pdf" },
		{ "audio/", "audio" }, { "video/", "video" },
		{ "font/", "font" },
	};
	const char *type;

	if (magic == NULL || head.len == 0)
		return NULL;
	if ((type = magic_buffer(magic, head.ptr, head.len)) == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(type, names[i].begins,
		    strlen(names[i].begins)) == 0)
			return names[i].label;
	return NULL;
}

static const char *
probe(struct probe *p)
{
	const char *label = probe_signatures(p->head);
	size_t pdf = find_pdf(p->head);
	const char *other;
	struct span near;

	if (label == NULL)
		label = probe_smime(p);
	if (label == NULL && pdf < PDF_ANCHOR_BYTES)
		return "pdf";
	if (label != NULL) {
		p->polyglot = pdf < PDF_ANCHOR_BYTES;
		if (strcmp(label, "zip") == 0)
			return detect_zip(p->in, &p->encrypted);
		if (strcmp(label, "cfb") == 0)
			label = detect_cfb(p->in);
		else if (strcmp(label, "exe") != 0)
			p->polyglot |= zip_behind(p->in);
		p->encrypted |= strcmp(label, "ooxml-encrypted") == 0;
		return label;
	}
	if (detect_is_text(p->head)) {
		label = detect_text(p->head);
		other = strcmp(label, "text") == 0 ?
		    probe_magic(p->head) : NULL;
		/*
		 * A text that the other takes for a program is none for us;
		 * but a COM program is guessed from two bytes, and those of
		 * CP932 look like one (見 is MOV).
		 */
		if (other != NULL && strcmp(other, "exe") != 0 &&
		    file_type_find(other)->kind == PART_ACTIVE)
			return other;
		near = span_sub(p->head, 0, 200);
		p->encrypted = span_find(near,
		    SPAN("-----BEGIN PGP MESSAGE")) < near.len;
		return label;
	}
	p->polyglot = zip_behind(p->in);
	other = probe_magic(p->head);
	return other != NULL ? other : "unknown";
}

/* ---- what the name says ---- */

/* Cut the extension off; false when there is none. */
static bool
cut_extension(struct span *name, struct span *extension)
{
	size_t dot = name->len;

	while (dot > 0 && name->ptr[dot - 1] != '.')
		dot--;
	if (dot == 0)
		return false;
	*extension = span_trim(span_sub(*name, dot, name->len));
	*name = span_trim(span_sub(*name, 0, dot - 1));
	return true;
}

static int
family(enum part_kind kind)
{
	if (kind >= PART_JPEG && kind <= PART_HEIC)
		return PART_JPEG;
	if (kind == PART_OOXML || kind == PART_CFB || kind == PART_RTF)
		return PART_OOXML;
	if (kind == PART_ZIP || kind == PART_ARCHIVE)
		return PART_ZIP;
	if (kind == PART_CSV || kind == PART_CALENDAR || kind == PART_VCARD)
		return PART_TEXT;
	return (int)kind;
}

/* U+202E and its kin turn "gpj.exe" into what looks like "exe.jpg". */
static bool
has_bidi(struct span name)
{
	size_t len;

	for (size_t i = 0; i < name.len; i += len) {
		uint32_t c = utf8_decode(span_sub(name, i, name.len), &len);

		if ((c >= 0x202a && c <= 0x202e) ||
		    (c >= 0x2066 && c <= 0x2069))
			return true;
	}
	return false;
}

static void
judge_name(struct span name, struct detected *d)
{
	const struct file_type *outer = NULL, *inner = NULL;
	struct span extension;

	d->disguised = has_bidi(name);
	if (cut_extension(&name, &extension))
		outer = file_type_of_extension(extension);
	if (outer == NULL)
		return;
	if (cut_extension(&name, &extension))
		inner = file_type_of_extension(extension);
	if (outer->kind == PART_ACTIVE && inner != NULL &&
	    inner->kind != PART_ACTIVE)
		d->disguised = true;
	if (family(d->type->kind) == PART_TEXT && (outer->kind ==
	    PART_ACTIVE || outer->kind == PART_CSV))
		d->type = outer;	/* a script is a text, too */
	if (d->type->kind == PART_MAIL && outer->kind == PART_MHT)
		d->type = outer;	/* a page of one part */
	d->differs = family(outer->kind) != family(d->type->kind);
	/* a picture or document that carries the name of a program, or a
	 * program that carries the name of a picture or document */
	if (d->differs && (outer->kind == PART_ACTIVE ||
	    d->type->kind == PART_ACTIVE))
		d->disguised = true;
}

enum err
detect(const struct input *in, struct span name, struct detected *result)
{
	static uint8_t bytes[DETECT_BYTES_MAX];	/* one thread, one file */
	struct probe p = { .in = in, .head = { bytes, 0 } };
	enum err err;

	*result = (struct detected){ 0 };
	err = input_read(in, 0, bytes, sizeof(bytes), &p.head.len);
	if (err != OK)
		return err;
	result->type = file_type_find(in->len == 0 ? "text" : probe(&p));
	result->encrypted = p.encrypted;
	result->polyglot = p.polyglot;
	judge_name(name, result);
	return OK;
}

void
detect_warm(void)
{
	struct detected d;
	struct input in = input_span(SPAN("\1\2\3 warm \4\5"));

	if (magic != NULL)
		return;
	magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
	    MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF | MAGIC_NO_CHECK_CDF |
	    MAGIC_NO_CHECK_ENCODING);
	if (magic != NULL && magic_load(magic, NULL) == -1) {
		magic_close(magic);
		magic = NULL;
	}
	if (detect(&in, SPAN(""), &d) != OK)
		return;			/* nothing is lost: only cold */
}
