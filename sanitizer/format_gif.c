/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GIF by giflib, record by record (DGifSlurp would hold all pictures). Its
 * canvas is transparent where the first picture does not reach.
 */
#include <string.h>

#include <gif_lib.h>

#include "format_gif.h"
#include "picture.h"

#define FRAMES_MAX	10000
#define RECORDS_MAX	100000

struct gif {
	struct image_reader reader;
	size_t		 at;
	GifFileType	*file;
	struct convert_result *result;
	struct picture	 picture;
	int		 clear;		/* transparent index, or -1 */
	unsigned	 frames, comments;
};

static int
on_read(GifFileType *file, GifByteType *bytes, int len)
{
	struct gif *g = file->UserData;
	int done = 0;

	while (done < len) {
		size_t n = g->reader.len - g->at;

		if (n == 0) {
			g->at = 0;
			if (image_read(&g->reader) != OK ||
			    g->reader.len == 0)
				break;
			continue;
		}
		if (n > (size_t)(len - done))
			n = (size_t)(len - done);
		memcpy(bytes + done, g->reader.bytes + g->at, n);
		g->at += n;
		done += (int)n;
	}
	return done;
}

/* One row of indexes onto the canvas. */
static bool
put_row(struct gif *g, const GifPixelType *row, int y,
    const ColorMapObject *map)
{
	const GifImageDesc *d = &g->file->Image;

	for (int x = 0; x < d->Width; x++) {
		uint8_t *to = picture_at(&g->picture,
		    (uint32_t)(d->Left + x), (uint32_t)(d->Top + y));
		const GifColorType *c;

		if (row[x] == g->clear)
			continue;
		if (row[x] >= map->ColorCount)
			return false;
		c = &map->Colors[row[x]];
		memcpy(to, (const uint8_t[4]){ c->Red, c->Green, c->Blue,
		    0xff }, 4);
	}
	return true;
}

static enum err
read_rows(struct gif *g, GifPixelType *row)
{
	static const struct { int first, step; } passes[] = { { 0, 8 },
	    { 4, 8 }, { 2, 4 }, { 1, 2 }, { 0, 1 } };
	const GifImageDesc *d = &g->file->Image;
	const ColorMapObject *map = d->ColorMap != NULL ? d->ColorMap :
	    g->file->SColorMap;
	unsigned from = d->Interlace ? 0 : 4, to = d->Interlace ? 4 : 5;

	if (map == NULL)
		return image_error(g->result, ERR_INPUT, "GIF: no palette");
	for (unsigned p = from; p < to; p++)
		for (int y = passes[p].first; y < d->Height;
		    y += passes[p].step) {
			if (DGifGetLine(g->file, row, d->Width) == GIF_ERROR)
				return image_error(g->result, ERR_INPUT,
				    "GIF: is cut off or damaged");
			if (!put_row(g, row, y, map))
				return image_error(g->result, ERR_INPUT,
				    "GIF: index without colour");
		}
	return OK;
}

static enum err
read_first(struct gif *g)
{
	const GifImageDesc *d = &g->file->Image;
	int width = g->file->SWidth, height = g->file->SHeight;
	struct buf row;
	uint8_t *room;
	enum err err;

	/* a screen that is too small is stretched, as browsers do */
	if (d->Left < 0 || d->Top < 0 || d->Width <= 0 || d->Height <= 0)
		return image_error(g->result, ERR_INPUT, "GIF: no size");
	if (width < d->Left + d->Width)
		width = d->Left + d->Width;
	if (height < d->Top + d->Height)
		height = d->Top + d->Height;
	err = picture_init(&g->picture, (uint64_t)width, (uint64_t)height, 4,
	    8, g->reader.in->len, g->result);
	if (err != OK)
		return err;
	buf_init(&row, IMAGE_SIDE_MAX);
	if ((err = buf_reserve(&row, (size_t)d->Width, &room)) == OK)
		err = read_rows(g, room);
	buf_fini(&row);
	return err;
}

static bool
skip_frame(struct gif *g)
{
	GifByteType *block;
	int size;

	if (DGifGetCode(g->file, &size, &block) == GIF_ERROR)
		return false;
	while (block != NULL)
		if (DGifGetCodeNext(g->file, &block) == GIF_ERROR)
			return false;
	return true;
}

static bool
read_extension(struct gif *g)
{
	GraphicsControlBlock control;
	GifByteType *block;
	int code;

	if (DGifGetExtension(g->file, &code, &block) == GIF_ERROR)
		return false;
	g->comments += code == COMMENT_EXT_FUNC_CODE;
	if (code == GRAPHICS_EXT_FUNC_CODE && block != NULL && g->frames ==
	    0 && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
		g->clear = control.TransparentColor;
	while (block != NULL)
		if (DGifGetExtensionNext(g->file, &block) == GIF_ERROR)
			return false;
	return true;
}

/* All records; what stands behind the first picture is only counted. */
static enum err
read_all(struct gif *g)
{
	GifRecordType type;
	enum err err = OK;

	for (unsigned n = 0; err == OK && n < RECORDS_MAX; n++) {
		bool good = DGifGetRecordType(g->file, &type) == GIF_OK;

		if (good && type == TERMINATE_RECORD_TYPE)
			break;
		if (good && type == EXTENSION_RECORD_TYPE) {
			good = read_extension(g);
		} else if (good && type == IMAGE_DESC_RECORD_TYPE) {
			good = DGifGetImageHeader(g->file) == GIF_OK;
			if (good && g->frames++ == 0) {
				err = read_first(g);
				continue;
			}
			good = good && g->frames < FRAMES_MAX &&
			    skip_frame(g);
		}
		if (good)
			continue;
		if (g->frames > 0)
			return removed_add(&g->result->removed,
			    "trailing-bytes", 1, SPAN("GIF"));
		return image_error(g->result, ERR_INPUT,
		    "GIF: is cut off or damaged");
	}
	if (err == OK && g->frames == 0)
		err = image_error(g->result, ERR_INPUT, "GIF: no picture");
	return err;
}

static enum err
note(struct gif *g)
{
	enum err err = OK;

	if (g->frames > 1)
		err = removed_add(&g->result->removed, "animation",
		    g->frames - 1, SPAN("GIF"));
	if (err == OK && g->comments > 0)
		err = removed_add(&g->result->removed, "comment", g->comments,
		    SPAN("GIF"));
	return err;
}

enum err
format_gif(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct gif g = { .reader = { .in = in }, .result = result,
		.clear = -1 };
	int code;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	g.file = DGifOpen(&g, on_read, &code);
	if (g.file == NULL)
		return image_error(result, ERR_INPUT, "GIF: no header");
	err = read_all(&g);
	if (err == OK)
		err = note(&g);
	if (err == OK)
		err = picture_write(&g.picture, out, result);
	(void)DGifCloseFile(g.file, &code);
	picture_fini(&g.picture);
	return err;
}
