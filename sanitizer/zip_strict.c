/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a strict ZIP must be beside well formed: names that mean the same to
 * everyone, and one reading of its bytes. Entries (local header, data, maybe
 * a descriptor) lie one behind the other from byte 0 to the directory, which
 * leaves no room for prefixes, hidden entries, second archives and overlaps.
 */
#include <string.h>

#include "zip_internal.h"

/* Bits 1 and 2 tell how hard the writer tried; nobody reads them. */
#define FLAGS_IDLE	(1u << 1 | 1u << 2)
#define FLAGS_KNOWN	(FLAGS_IDLE | ZIP_FLAG_DESCRIPTOR | ZIP_FLAG_UTF8)

/* Relative, plain ASCII, no empty, "." or ".." component. */
static bool
is_plain_name(struct span name)
{
	struct span rest = name, part;

	if (name.len == 0 || name.len > ZIP_NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] < 0x20 || name.ptr[i] > 0x7e ||
		    name.ptr[i] == '\\' || name.ptr[i] == ':')
			return false;
	while (span_cut(&rest, '/', &part)) {
		if (part.len == 0 || span_equal(part, SPAN(".")) ||
		    span_equal(part, SPAN("..")))
			return false;
	}
	/* what is behind the last slash; nothing in the name of a folder */
	return !span_equal(part, SPAN(".")) && !span_equal(part, SPAN(".."));
}

enum err
zip_strict_entry(struct zip *zip, const struct zip_header *h)
{
	struct zip_entry e;

	if (!is_plain_name(h->name))
		return zip_refuse_entry(zip, h->name,
		    "a name that is not allowed");
	zip_entry_fill(&e, h);
	if (h->unicode.len > 0 && !span_equal(h->unicode, h->name))
		return zip_refuse_entry(zip, h->name, "it has two names");
	if (e.encrypted)
		return zip_refuse_entry(zip, h->name, "encrypted");
	if ((h->flags & ~FLAGS_KNOWN) != 0)
		return zip_refuse_entry(zip, h->name, "unknown flags");
	if (h->method != ZIP_STORED && h->method != ZIP_DEFLATED)
		return zip_refuse_entry(zip, h->name, "unknown method");
	if (h->method == ZIP_STORED && h->compressed != h->size)
		return zip_refuse_entry(zip, h->name, "stored, but not alike");
	if (h->disk != 0)
		return zip_refuse_entry(zip, h->name, "on another volume");
	if (e.link)
		return zip_refuse_entry(zip, h->name, "a link or a device");
	if (e.folder && (h->size != 0 || h->name.ptr[h->name.len - 1] != '/'))
		return zip_refuse_entry(zip, h->name, "a folder with bytes");
	if (h->size > ZIP_PART_BYTES_MAX ||
	    (h->size > ZIP_RATIO_FREE_BYTES &&
	    h->size / ZIP_RATIO_MAX > h->compressed)) {
		(void)zip_refuse_entry(zip, h->name, "too large unpacked");
		return ERR_LIMIT;
	}
	return OK;
}

/*
 * The descriptor (APPNOTE 4.3.9) fills the bytes between the data and what
 * comes next: with its signature or without, with sizes of 4 or 8 bytes.
 */
static bool
is_descriptor(const struct zip_entry *e, const uint8_t *p, uint64_t len)
{
	if (len == 16 || len == 24) {
		if (zip_get32(p) != ZIP_DESCRIPTOR)
			return false;
		p += 4;
		len -= 4;
	}
	if (zip_get32(p) != e->crc)
		return false;
	if (len == 12)
		return zip_get32(p + 4) == e->compressed &&
		    zip_get32(p + 8) == e->size;
	return len == 20 && zip_get64(p + 4) == e->compressed &&
	    zip_get64(p + 12) == e->size;
}

/* With a descriptor behind, the local header may still say zero. */
static bool
is_same(uint64_t local, uint64_t central, bool descriptor)
{
	return local == central || (descriptor && local == 0);
}

/* Does the local header at the place say what the directory said? */
static enum err
check_local(struct zip_reader *r, struct zip_entry *e, unsigned *flags,
    uint64_t *behind)
{
	struct zip_header h;
	bool extra_ok, descriptor;
	enum err err = zip_local_read(r, e->header, &h, &extra_ok);

	if (err == ERR_SYSTEM)
		return zip_refuse(r->zip, err, "ZIP: cannot be read");
	if (err != OK)
		return zip_refuse_entry(r->zip, e->name, "no local header");
	descriptor = (h.flags & ZIP_FLAG_DESCRIPTOR) != 0;
	*flags = h.flags;
	if (!extra_ok)
		return zip_refuse_entry(r->zip, e->name, "bad extra field");
	if (h.unicode.len > 0 && !span_equal(h.unicode, h.name))
		return zip_refuse_entry(r->zip, e->name, "it has two names");
	if (!span_equal(h.name, e->name) || h.method != e->method ||
	    (h.flags & ~FLAGS_KNOWN) != 0 ||
	    !is_same(h.crc, e->crc, descriptor) ||
	    !is_same(h.compressed, e->compressed, descriptor) ||
	    !is_same(h.size, e->size, descriptor))
		return zip_refuse_entry(r->zip, e->name,
		    "the two headers differ");
	/* where stored data end only the directory would know */
	if (descriptor && e->method == ZIP_STORED && h.compressed != e->size)
		return zip_refuse_entry(r->zip, e->name,
		    "stored, of unknown length");
	e->offset = e->header + ZIP_LOCAL_BYTES + h.name_n + h.extra_n;
	e->view = ZIP_VIEW_CENTRAL | ZIP_VIEW_LOCAL;
	if (e->compressed > r->in->len - e->offset)
		return zip_refuse_entry(r->zip, e->name, "cut off");
	*behind = e->offset + e->compressed;
	return OK;
}

/* One entry, which must begin at *at and end where the next one begins. */
static enum err
check_entry(struct zip_reader *r, struct zip_entry *e, uint64_t next,
    uint64_t *at)
{
	uint8_t p[24];
	uint64_t behind = 0, len;
	unsigned flags = 0;
	enum err err;

	if (e->header != *at)
		return zip_refuse_entry(r->zip, e->name,
		    "bytes before it, or an overlap");
	if ((err = check_local(r, e, &flags, &behind)) != OK)
		return err;
	*at = next;
	if (behind == next && (flags & ZIP_FLAG_DESCRIPTOR) == 0)
		return OK;
	if ((flags & ZIP_FLAG_DESCRIPTOR) == 0 || behind > next)
		return zip_refuse_entry(r->zip, e->name,
		    "bytes behind it, or an overlap");
	len = next - behind;
	if ((len != 12 && len != 16 && len != 20 && len != 24) ||
	    zip_bytes(r, behind, p, (size_t)len) != OK ||
	    !is_descriptor(e, p, len))
		return zip_refuse_entry(r->zip, e->name, "bad descriptor");
	return OK;
}

enum err
zip_strict_layout(struct zip_reader *r)
{
	struct zip *zip = r->zip;
	uint64_t at = 0;
	enum err err = OK;

	zip_sort_headers(r);
	for (size_t i = 0; i < zip->entries_n && err == OK; i++) {
		uint64_t next = i + 1 < zip->entries_n ?
		    zip->entries[r->by_header[i + 1]].header : r->directory;

		err = check_entry(r, &zip->entries[r->by_header[i]], next,
		    &at);
	}
	if (err == OK && at != r->directory)
		err = zip_refuse(zip, ERR_INPUT,
		    "ZIP: bytes before the directory");
	return err;
}
