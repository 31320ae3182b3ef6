/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ZIP as our writer makes it, and no other. What is in the entries is judged
 * by the reader that is handed their bytes.
 *
 *	SIGNATURE -> LOCAL -> NAME -> DATA -> SIGNATURE ... -> TAIL
 */
#include <string.h>

#include "verify_crc.h"
#include "verify_zip.h"

enum { SIGNATURE = 0, LOCAL, NAME, DATA, TAIL };

#define SIGNATURE_BYTES	4
#define CENTRAL_BYTES	46
#define END_BYTES	22

#define STORED		0
#define DEFLATED	8
#define FLAG_UTF8	0x0800

static const uint8_t local_signature[SIGNATURE_BYTES] = { 'P', 'K', 3, 4 };
static const uint8_t central_signature[SIGNATURE_BYTES] = { 'P', 'K', 1, 2 };
static const uint8_t end_signature[SIGNATURE_BYTES] = { 'P', 'K', 5, 6 };

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

/* Contents, inflated: counted before anyone sees them. */
static enum err
contents(void *arg, struct span s, struct diag *diag)
{
	struct unzip *zip = arg;

	if (s.len > zip->size_promised - zip->size)
		return refuse(diag, "ZIP: an entry is longer than promised");
	zip->size += s.len;
	zip->crc = crc_add(zip->crc, s.ptr, s.len);
	return zip->reader->bytes(zip->arg, s, diag);
}

void
unzip_init(struct unzip *zip, const struct unzip_reader *reader, void *arg)
{
	crc_prepare();
	/* inflate and the tables are guarded by what is zeroed */
	memset(zip, 0, offsetof(struct unzip, inflate));
	zip->reader = reader;
	zip->arg = arg;
}

/* The record of the directory that this entry will have to have. */
static enum err
promise_central(struct unzip *zip, struct diag *diag)
{
	uint8_t *p = zip->tail + zip->tail_len;

	if (CENTRAL_BYTES + zip->name_len + END_BYTES >
	    sizeof(zip->tail) - zip->tail_len)
		return refuse(diag, "ZIP: the directory is too long");
	memset(p, 0, CENTRAL_BYTES);
	memcpy(p, central_signature, SIGNATURE_BYTES);
	put16(p + 4, 20);
	memcpy(p + 6, zip->head + 4, 26);	/* up to the extra length */
	put32(p + 42, (uint32_t)zip->header);
	memcpy(p + CENTRAL_BYTES, zip->name, zip->name_len);
	zip->tail_len += CENTRAL_BYTES + zip->name_len;
	return OK;
}

static void
promise_end(struct unzip *zip)
{
	uint8_t *p = zip->tail + zip->tail_len;

	memset(p, 0, END_BYTES);
	memcpy(p, end_signature, SIGNATURE_BYTES);
	put16(p + 8, zip->entries);
	put16(p + 10, zip->entries);
	put32(p + 12, (uint32_t)zip->tail_len);
	put32(p + 16, (uint32_t)(zip->offset - SIGNATURE_BYTES));
	zip->tail_len += END_BYTES;
}

/* A local header or the directory: the signature is in head. */
static enum err
signature(struct unzip *zip, struct diag *diag)
{
	if (memcmp(zip->head, local_signature, SIGNATURE_BYTES) == 0) {
		if (zip->entries == VERIFY_ZIP_ENTRIES_MAX)
			return refuse(diag, "ZIP: too many entries");
		zip->header = zip->offset - SIGNATURE_BYTES;
		zip->state = LOCAL;
		return OK;
	}
	if (zip->entries == 0 ||
	    memcmp(zip->head, central_signature, SIGNATURE_BYTES) != 0)
		return refuse(diag, "ZIP: no entry where one has to be");
	promise_end(zip);
	zip->tail_at = SIGNATURE_BYTES;
	zip->state = TAIL;
	return OK;
}

/* Version 2.0, 1 January 1980 00:00, no descriptor, no extra fields. */
static enum err
local(struct unzip *zip, struct diag *diag)
{
	const uint8_t *p = zip->head;
	uint32_t flags = get16(p + 6), method = get16(p + 8);

	if (get16(p + 4) != 20 || get16(p + 10) != 0 || get16(p + 12) != 0x21)
		return refuse(diag, "ZIP: version or date of an entry");
	if ((flags & ~(uint32_t)FLAG_UTF8) != 0)
		return refuse(diag, "ZIP: flags of an entry");
	if (method != STORED && method != DEFLATED)
		return refuse(diag, "ZIP: method of an entry");
	zip->deflated = method == DEFLATED;
	zip->utf8 = flags != 0;
	zip->crc_promised = get32(p + 14);
	zip->left = get32(p + 18);
	zip->size_promised = get32(p + 22);
	zip->name_len = get16(p + 26);
	if (zip->deflated ? zip->left >= zip->size_promised || zip->left == 0 :
	    zip->left != zip->size_promised)
		return refuse(diag, "ZIP: sizes of an entry");
	if (zip->name_len == 0 || zip->name_len > VERIFY_ZIP_NAME_BYTES_MAX ||
	    get16(p + 28) != 0)
		return refuse(diag, "ZIP: lengths of an entry");
	zip->total += zip->size_promised;	/* at most 2000 times 2^32 */
	if (zip->size_promised > VERIFY_ZIP_ENTRY_BYTES_MAX ||
	    zip->total > VERIFY_ZIP_BYTES_MAX)
		return refuse(diag, "ZIP: too large when unpacked");
	zip->state = NAME;
	return OK;
}

/* FNV-1a over ASCII-folded bytes: a clash of two names can only be a no. */
static bool
is_new_name(struct unzip *zip)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (unsigned i = 0; i < zip->name_len; i++)
		hash = (hash ^ ascii_lower(zip->name[i])) *
		    UINT64_C(0x100000001b3);
	for (unsigned i = 0; i < zip->entries; i++)
		if (zip->names[i] == hash)
			return false;
	zip->names[zip->entries++] = hash;
	return true;
}

static enum err
entry_ends(struct unzip *zip, struct diag *diag)
{
	if (zip->deflated && !inflate_is_done(&zip->inflate))
		return refuse(diag, "ZIP: an entry is cut off");
	if (zip->size != zip->size_promised ||
	    (zip->crc ^ CRC_START) != zip->crc_promised)
		return refuse(diag, "ZIP: length or CRC of an entry");
	zip->state = SIGNATURE;
	return zip->reader->end(zip->arg, diag);
}

static enum err
entry_begins(struct unzip *zip, struct diag *diag)
{
	bool ascii = true;
	enum err err;

	for (unsigned i = 0; i < zip->name_len; i++)
		ascii = ascii && zip->name[i] < 0x80;
	if (zip->utf8 == ascii)
		return refuse(diag, "ZIP: the flag of a name");
	if (!is_new_name(zip))
		return refuse(diag, "ZIP: two entries of one name");
	if ((err = promise_central(zip, diag)) != OK)
		return err;
	zip->size = 0;
	zip->crc = CRC_START;
	if (zip->deflated)
		inflate_init_raw(&zip->inflate, contents, zip);
	zip->state = DATA;
	err = zip->reader->begin(zip->arg, (struct span){ zip->name,
	    zip->name_len }, diag);
	return err == OK && zip->left == 0 ? entry_ends(zip, diag) : err;
}

/* Collect up to `want` bytes at `to`; true when they are there. */
static bool
collect(struct unzip *zip, struct span *s, uint8_t *to, unsigned want)
{
	struct span now = span_sub(*s, 0, want - zip->have);

	memcpy(to + zip->have, now.ptr, now.len);
	zip->have += (unsigned)now.len;
	zip->offset += now.len;
	*s = span_sub(*s, now.len, s->len);
	return zip->have == want;
}

static enum err
data(struct unzip *zip, struct span *s, struct diag *diag)
{
	struct span now = span_sub(*s, 0, (size_t)zip->left);
	enum err err;

	err = zip->deflated ? inflate_write(&zip->inflate, now, diag) :
	    contents(zip, now, diag);
	zip->left -= now.len;
	zip->offset += now.len;
	*s = span_sub(*s, now.len, s->len);
	return err == OK && zip->left == 0 ? entry_ends(zip, diag) : err;
}

static enum err
tail(struct unzip *zip, struct span *s, struct diag *diag)
{
	struct span now = span_sub(*s, 0, zip->tail_len - zip->tail_at);

	if (now.len == 0)
		return refuse(diag, "ZIP: bytes behind the end");
	if (memcmp(zip->tail + zip->tail_at, now.ptr, now.len) != 0)
		return refuse(diag, "ZIP: the directory is not that of the "
		    "entries");
	zip->tail_at += now.len;
	*s = span_sub(*s, now.len, s->len);
	return OK;
}

enum err
unzip_write(struct unzip *zip, struct span s, struct diag *diag)
{
	enum err err = OK;

	while (s.len > 0 && err == OK)
		switch (zip->state) {
		case SIGNATURE:
			if (collect(zip, &s, zip->head, SIGNATURE_BYTES))
				err = signature(zip, diag);
			break;
		case LOCAL:
			if (!collect(zip, &s, zip->head, UNZIP_LOCAL_BYTES))
				break;
			zip->have = 0;
			err = local(zip, diag);
			break;
		case NAME:
			if (!collect(zip, &s, zip->name, zip->name_len))
				break;
			zip->have = 0;
			err = entry_begins(zip, diag);
			break;
		case DATA:
			err = data(zip, &s, diag);
			break;
		default:
			err = tail(zip, &s, diag);
		}
	return err;
}

enum err
unzip_end(const struct unzip *zip, struct diag *diag)
{
	if (zip->state != TAIL || zip->tail_at != zip->tail_len)
		return refuse(diag, "ZIP: ends before its end record");
	return OK;
}
