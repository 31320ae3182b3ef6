/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The floor: what cannot be left out when a file is written anew, by the
 * libraries alone. The entries of a ZIP inflated and deflated at our level,
 * pictures decoded and encoded (those in a ZIP as well); no check, no parser,
 * nothing between the two. Other files have none.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include "../gateway/base/arena.h"
#include "../sanitizer/limits.h"
#include "../sanitizer/zip.h"
#include "documents.h"

#define LEVEL		6	/* zip_write.c */
#define PNG_LEVEL	3	/* picture_write.c */
#define ROOM_BYTES	(64 * 1024)

/* ---- JPEG: the same tables and sampling, colours not converted ---- */

struct jpeg_errors {
	struct jpeg_error_mgr	base;
	jmp_buf			escape;
};

static void
jpeg_on_error(j_common_ptr common)
{
	longjmp(((struct jpeg_errors *)common->err)->escape, 1);
}

static void
jpeg_silent(j_common_ptr common)
{
	(void)common;
}

static void
jpeg_rows(struct jpeg_decompress_struct *in, struct jpeg_compress_struct *out,
    uint8_t **bytes, unsigned long *len)
{
	JSAMPARRAY row;

	jpeg_read_header(in, TRUE);
	in->out_color_space = in->jpeg_color_space;
	jpeg_start_decompress(in);
	jpeg_mem_dest(out, bytes, len);
	jpeg_copy_critical_parameters(in, out);
	jpeg_start_compress(out, TRUE);
	row = in->mem->alloc_sarray((j_common_ptr)in, JPOOL_IMAGE,
	    in->output_width * (JDIMENSION)in->output_components, 1);
	while (in->output_scanline < in->output_height) {
		jpeg_read_scanlines(in, row, 1);
		jpeg_write_scanlines(out, row, 1);
	}
	jpeg_finish_compress(out);
	jpeg_finish_decompress(in);
}

static bool
floor_jpeg(const uint8_t *bytes, size_t len, uint64_t *out_len)
{
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	struct jpeg_errors errors;
	uint8_t *made = NULL;
	unsigned long made_len = 0;
	volatile bool ok = false;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	in.err = out.err = jpeg_std_error(&errors.base);
	errors.base.error_exit = jpeg_on_error;
	errors.base.output_message = jpeg_silent;
	if (setjmp(errors.escape) == 0) {
		jpeg_create_decompress(&in);
		jpeg_create_compress(&out);
		jpeg_mem_src(&in, bytes, len);
		jpeg_rows(&in, &out, &made, &made_len);
		ok = true;
	}
	jpeg_destroy_decompress(&in);
	jpeg_destroy_compress(&out);
	free(made);
	*out_len += made_len;
	return ok;
}

/* ---- PNG: rows as they are ---- */

struct png_bytes {
	const uint8_t	*at, *end;
	uint64_t	 written;
};

static void
png_take(png_structp png, png_bytep to, size_t len)
{
	struct png_bytes *b = png_get_io_ptr(png);

	if ((size_t)(b->end - b->at) < len)
		png_error(png, "cut off");
	memcpy(to, b->at, len);
	b->at += len;
}

static void
png_give(png_structp png, png_bytep from, size_t len)
{
	struct png_bytes *b = png_get_io_ptr(png);

	(void)from;
	b->written += len;
}

static void
png_flushed(png_structp png)
{
	(void)png;
}

static void
png_quiet(png_structp png, png_const_charp why)
{
	(void)png;
	(void)why;
}

static void
png_rows(png_structp in, png_infop info, png_structp out, png_infop made)
{
	png_uint_32 width, height;
	int depth, colour, interlace;
	png_color *palette;
	png_bytep row;
	int n;

	png_read_info(in, info);
	png_get_IHDR(in, info, &width, &height, &depth, &colour, &interlace,
	    NULL, NULL);
	if (interlace != PNG_INTERLACE_NONE)
		png_error(in, "held as a whole");
	png_set_IHDR(out, made, width, height, depth, colour,
	    PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
	    PNG_FILTER_TYPE_DEFAULT);
	if (png_get_PLTE(in, info, &palette, &n))
		png_set_PLTE(out, made, palette, n);
	png_set_compression_level(out, PNG_LEVEL);
	png_set_filter(out, PNG_FILTER_TYPE_BASE,
	    colour == PNG_COLOR_TYPE_PALETTE ? PNG_FILTER_NONE :
	    PNG_FAST_FILTERS);
	png_write_info(out, made);
	row = png_malloc(in, png_get_rowbytes(in, info));
	for (png_uint_32 y = 0; y < height; y++) {
		png_read_row(in, row, NULL);
		png_write_row(out, row);
	}
	png_write_end(out, NULL);
	png_free(in, row);
}

static bool
floor_png(const uint8_t *bytes, size_t len, uint64_t *out_len)
{
	struct png_bytes b = { bytes, bytes + len, 0 };
	png_structp in, out;
	png_infop info, made;
	volatile bool ok = false;

	in = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL,
	    png_quiet);
	out = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL,
	    png_quiet);
	info = png_create_info_struct(in);
	made = png_create_info_struct(out);
	png_set_read_fn(in, &b, png_take);
	png_set_write_fn(out, &b, png_give, png_flushed);
	if (setjmp(png_jmpbuf(in)) == 0 && setjmp(png_jmpbuf(out)) == 0) {
		png_rows(in, info, out, made);
		ok = true;
	}
	png_destroy_read_struct(&in, &info, NULL);
	png_destroy_write_struct(&out, &made);
	*out_len += b.written;
	return ok;
}

/* ---- ZIP ---- */

struct packed {
	z_stream	 in, out;
	uint64_t	*out_len;
};

static bool
again(struct packed *p, const uint8_t *bytes, size_t len)
{
	static uint8_t plain[ROOM_BYTES], packed[ROOM_BYTES];
	int status = Z_OK;

	if (inflateReset(&p->in) != Z_OK || deflateReset(&p->out) != Z_OK)
		return false;
	p->in.next_in = (Bytef *)(uintptr_t)bytes;
	p->in.avail_in = (uInt)len;
	while (status == Z_OK) {
		p->in.next_out = plain;
		p->in.avail_out = sizeof(plain);
		status = inflate(&p->in, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END)
			return false;
		p->out.next_in = plain;
		p->out.avail_in = (uInt)sizeof(plain) - p->in.avail_out;
		do {
			p->out.next_out = packed;
			p->out.avail_out = sizeof(packed);
			(void)deflate(&p->out, status == Z_STREAM_END ?
			    Z_FINISH : Z_NO_FLUSH);
			*p->out_len += sizeof(packed) - p->out.avail_out;
		} while (p->out.avail_out == 0);
	}
	return true;
}

static bool
is_picture(const uint8_t *p, size_t len, bool *png)
{
	*png = len > 8 && memcmp(p, "\x89PNG", 4) == 0;
	return *png || (len > 8 && memcmp(p, "\xff\xd8\xff", 3) == 0);
}

/* A picture that is an entry: unpacked once more, before it is decoded. */
static bool
entry_picture(struct zip *zip, size_t i, uint64_t *out_len, bool *done)
{
	struct buf bytes;
	struct buf_sink sink;
	bool png, ok = true;

	buf_init(&bytes, ZIP_PART_BYTES_MAX);
	buf_sink_init(&sink, &bytes);
	*done = false;
	if (zip_read(zip, i, &sink.filter) == OK &&
	    is_picture(bytes.ptr, bytes.len, &png)) {
		*done = true;
		ok = png ? floor_png(bytes.ptr, bytes.len, out_len) :
		    floor_jpeg(bytes.ptr, bytes.len, out_len);
	}
	buf_fini(&bytes);
	return ok;
}

static bool
looks_like_picture(struct span name)
{
	return span_ends_nocase(name, SPAN(".png")) ||
	    span_ends_nocase(name, SPAN(".jpg")) ||
	    span_ends_nocase(name, SPAN(".jpeg"));
}

static void
floor_zip(const uint8_t *bytes, size_t len, struct zip *zip,
    struct said *said)
{
	struct packed p = { .out_len = &said->bytes_out };
	bool done, ok = true;

	if (inflateInit2(&p.in, -MAX_WBITS) != Z_OK ||
	    deflateInit2(&p.out, LEVEL, Z_DEFLATED, -MAX_WBITS, 8,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	said_start(said);
	for (size_t i = 0; i < zip->entries_n && ok; i++) {
		const struct zip_entry *e = &zip->entries[i];

		done = false;
		if (looks_like_picture(e->name))
			ok = entry_picture(zip, i, &said->bytes_out, &done);
		if (!done && e->method == 8 && !e->encrypted &&
		    e->offset <= len && e->compressed <= len - e->offset)
			ok = again(&p, bytes + e->offset, e->compressed);
		else if (!done)
			said->bytes_out += e->compressed;
	}
	said_end(said);
	said->ok = ok;
}

void
floor_run(void *arg, struct said *said)
{
	int fd = open(arg, O_RDONLY | O_CLOEXEC);
	struct arena *arena = arena_new(ARENA_BYTES_MAX);
	struct input in;
	struct zip zip;
	struct stat st;
	uint8_t *p;
	size_t len;
	bool png;

	if (fd == -1 || fstat(fd, &st) == -1 || st.st_size == 0)
		return;
	len = (size_t)st.st_size;
	p = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED || arena == NULL)
		return;
	in = input_span((struct span){ p, len });
	if (is_picture(p, len, &png)) {
		said_start(said);
		said->ok = png ? floor_png(p, len, &said->bytes_out) :
		    floor_jpeg(p, len, &said->bytes_out);
		said_end(said);
	} else if (len > 4 && memcmp(p, "PK", 2) == 0 &&
	    zip_open(&zip, &in, ZIP_STRICT, arena) == OK) {
		floor_zip(p, len, &zip, said);
	}
	arena_free(arena);
}
