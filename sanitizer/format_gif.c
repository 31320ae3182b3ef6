/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GIF89a: our own walk over the blocks finds the first picture and names what
 * is beside it; giflib is then asked for that picture and no further, and
 * only its LZW decoder is used.
 */
#include <string.h>

#include <gif_lib.h>

#include "format_picture.h"
#include "picture.h"

#define HEADER_BYTES	13
#define BLOCKS_MAX	100000
#define NO_INDEX	(-1)

struct walk {
	struct span	file;
	size_t		at;
	bool		bad;		/* ended inside of something */
	unsigned	pictures;
	int		transparent;	/* index, of the first picture */
	struct buf	*removed;
};

struct source {
	struct span	left;
};

static unsigned
byte_at(struct walk *w, size_t at)
{
	if (at < w->file.len)
		return w->file.ptr[at];
	w->bad = true;
	return 0;
}

static unsigned
u16_at(struct walk *w, size_t at)
{
	return byte_at(w, at) | byte_at(w, at + 1) << 8;
}

static size_t
table_bytes(unsigned flags)
{
	return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static void
pass_blocks(struct walk *w)
{
	unsigned n;

	do {
		n = byte_at(w, w->at++);
		w->at += n;
	} while (n > 0 && !w->bad);
}

static enum err
extension(struct walk *w)
{
	unsigned label = byte_at(w, w->at + 1);
	struct span id = span_sub(w->file, w->at + 3, 8);
	size_t block = w->at + 2;

	w->at = block;
	pass_blocks(w);
	switch (label) {
	case 0xf9:
		if (w->pictures == 0)
			w->transparent = byte_at(w, block + 1) & 1 ?
			    (int)byte_at(w, block + 4) : NO_INDEX;
		return OK;
	case 0xfe:
		return removed_add(w->removed, "comment", 1, SPAN("GIF"));
	case 0xff:
		if (span_equal(id, SPAN("NETSCAPE")) ||
		    span_equal(id, SPAN("ANIMEXTS")))
			return OK;	/* how often; frames are counted */
		if (span_equal(id, SPAN("XMP Data")))
			return removed_add(w->removed, "xmp", 1, SPAN("GIF"));
		if (span_equal(id, SPAN("ICCRGBG1")))
			return removed_add(w->removed, "icc", 1, SPAN("GIF"));
		return removed_add(w->removed, "app", 1, SPAN("GIF"));
	}
	return removed_add(w->removed, "app", 1, SPAN("GIF"));
}

static enum err
walk_blocks(struct walk *w)
{
	enum err err = OK;

	w->at = HEADER_BYTES + table_bytes(byte_at(w, 10));
	for (unsigned n = 0; n < BLOCKS_MAX && !w->bad && err == OK; n++) {
		switch (byte_at(w, w->at)) {
		case 0x21:
			err = extension(w);
			break;
		case 0x2c:
			w->at += 10 + table_bytes(byte_at(w, w->at + 9)) + 1;
			pass_blocks(w);
			w->pictures++;
			break;
		case 0x3b:
			w->at++;
			return w->at == w->file.len ? OK :
			    removed_add(w->removed, "trailing-bytes",
			    w->file.len - w->at, SPAN("GIF"));
		default:	/* not ours to guess: it ends here */
			w->bad = true;
		}
	}
	return err;
}

static enum err
look(struct walk *w, struct convert_result *result)
{
	enum err err = walk_blocks(w);

	if (err == OK && w->pictures == 0)
		return image_error(result, ERR_INPUT, "GIF: no picture");
	if (err == OK && w->pictures > 1)
		err = removed_add(w->removed, "animation", w->pictures - 1,
		    SPAN("GIF"));
	if (err == OK && w->bad)
		err = removed_add(w->removed, "damage", 1, SPAN("GIF"));
	return err;
}

static int
on_read(GifFileType *gif, GifByteType *bytes, int len)
{
	struct source *source = gif->UserData;
	struct span now = span_sub(source->left, 0, (size_t)len);

	if (now.len > 0)
		memcpy(bytes, now.ptr, now.len);
	source->left = span_sub(source->left, now.len, source->left.len);
	return (int)now.len;
}

/* Go to the first picture. */
static bool
find_picture(GifFileType *gif)
{
	GifRecordType type;
	GifByteType *block;
	int code;

	for (unsigned n = 0; n < BLOCKS_MAX; n++) {
		if (DGifGetRecordType(gif, &type) != GIF_OK)
			return false;
		if (type == IMAGE_DESC_RECORD_TYPE)
			return DGifGetImageDesc(gif) == GIF_OK;
		if (type != EXTENSION_RECORD_TYPE ||
		    DGifGetExtension(gif, &code, &block) != GIF_OK)
			return false;
		for (unsigned b = 0; block != NULL && b < BLOCKS_MAX; b++)
			if (DGifGetExtensionNext(gif, &block) != GIF_OK)
				return false;
	}
	return false;
}

static void
put_row(const GifFileType *gif, struct picture *p, const uint8_t *line,
    unsigned y, int transparent)
{
	const GifImageDesc *desc = &gif->Image;
	const ColorMapObject *map = desc->ColorMap != NULL ?
	    desc->ColorMap : gif->SColorMap;
	uint8_t *to;

	y += (unsigned)desc->Top;
	if (y >= p->height)
		return;
	to = picture_row(p, y) + (size_t)desc->Left * p->samples;
	for (int x = 0; x < desc->Width && (uint32_t)(x + desc->Left) <
	    p->width; x++, to += p->samples) {
		GifColorType c = { 0, 0, 0 };

		if (line[x] == transparent)
			continue;
		if (line[x] < map->ColorCount)
			c = map->Colors[line[x]];
		to[0] = c.Red;
		to[1] = c.Green;
		to[2] = c.Blue;
		if (p->samples == 4)
			to[3] = 255;
	}
}

static enum err
decode(GifFileType *gif, struct picture *p, int transparent,
    struct convert_result *result)
{
	static const unsigned first[4] = { 0, 4, 2, 1 };
	static const unsigned step[4] = { 8, 8, 4, 2 };
	unsigned height = (unsigned)gif->Image.Height;
	unsigned passes = gif->Image.Interlace ? 4 : 1;
	uint8_t line[UINT16_MAX];

	for (unsigned pass = 0; pass < passes; pass++)
		for (unsigned y = first[pass]; y < height;
		    y += passes > 1 ? step[pass] : 1) {
			if (DGifGetLine(gif, line, gif->Image.Width) !=
			    GIF_OK)
				return image_error(result, ERR_INPUT,
				    "GIF: picture is cut off or damaged");
			put_row(gif, p, line, y, transparent);
		}
	return OK;
}

static enum err
rebuild(GifFileType *gif, struct walk *w, struct picture *p,
    struct filter *out, struct convert_result *result)
{
	const GifImageDesc *desc = &gif->Image;
	uint64_t width = u16_at(w, 6), height = u16_at(w, 8);
	bool whole;
	enum err err;

	if (!find_picture(gif) || desc->Width <= 0 || desc->Height <= 0 ||
	    (desc->ColorMap == NULL && gif->SColorMap == NULL))
		return image_error(result, ERR_INPUT,
		    "GIF: no picture, or one without colours");
	if (width == 0 || height == 0) {	/* no canvas: its own size */
		width = (uint64_t)desc->Width + (unsigned)desc->Left;
		height = (uint64_t)desc->Height + (unsigned)desc->Top;
	}
	whole = desc->Left == 0 && desc->Top == 0 &&
	    (uint64_t)desc->Width >= width && (uint64_t)desc->Height >= height;
	/* a picture far larger than its canvas is work for nothing */
	err = image_check_size((uint64_t)desc->Width, (uint64_t)desc->Height,
	    (uint64_t)desc->Width * (uint64_t)desc->Height, w->file.len,
	    result);
	if (err == OK)
		err = picture_init(p, width, height,
		    whole && w->transparent == NO_INDEX ? 3 : 4, w->file.len,
		    result);
	p->lossless = true;
	if (err == OK)
		err = decode(gif, p, w->transparent, result);
	return err == OK ? picture_write(p, out, result) : err;
}

enum err
format_gif(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct walk w = { .transparent = NO_INDEX,
	    .removed = &result->removed };
	struct picture picture = { 0 };
	struct source source;
	GifFileType *gif;
	struct buf file;
	int error;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	w.file = buf_span(&file);
	if (err == OK)
		err = look(&w, result);
	if (err == OK) {
		source = (struct source){ .left = w.file };
		if ((gif = DGifOpen(&source, on_read, &error)) == NULL)
			err = image_error(result, ERR_INPUT,
			    "GIF: header is damaged");
		else {
			err = rebuild(gif, &w, &picture, out, result);
			DGifCloseFile(gif, &error);
		}
	}
	picture_fini(&picture);
	buf_fini(&file);
	return err;
}
