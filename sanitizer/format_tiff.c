/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TIFF by libtiff's RGBA reader, which knows all its colours and turns the
 * page upright. What it would allocate is looked at before it does.
 */
#include <string.h>

#include <tiffio.h>

#include "format_tiff.h"
#include "picture.h"

#define PAGES_MAX	1000
#define STRIP_BYTES_MAX	(64u * 1024 * 1024)
#define SAMPLES_MAX	8	/* RGBA, CMYK and some that are passed over */

struct tiff {
	const struct input *in;
	uint64_t	 at;
	struct convert_result *result;
	struct picture	 picture;
};

static tmsize_t
on_read(thandle_t arg, void *bytes, tmsize_t len)
{
	struct tiff *t = arg;
	size_t got;

	if (len < 0 || input_read(t->in, t->at, bytes, (size_t)len, &got) !=
	    OK)
		return -1;
	t->at += got;
	return (tmsize_t)got;
}

static tmsize_t
on_write(thandle_t arg, void *bytes, tmsize_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
	return -1;
}

static toff_t
on_seek(thandle_t arg, toff_t offset, int whence)
{
	struct tiff *t = arg;

	t->at = whence == SEEK_SET ? offset : whence == SEEK_CUR ?
	    t->at + offset : t->in->len + offset;
	return t->at;
}

static int
on_close(thandle_t arg)
{
	(void)arg;
	return 0;
}

static toff_t
on_size(thandle_t arg)
{
	return ((struct tiff *)arg)->in->len;
}

static enum err
check_page(struct tiff *t, TIFF *file, uint32_t *width, uint32_t *height,
    unsigned *pixel_bits)
{
	uint16_t bits, samples, compression;
	uint64_t bytes;

	if (!TIFFGetField(file, TIFFTAG_IMAGEWIDTH, width) ||
	    !TIFFGetField(file, TIFFTAG_IMAGELENGTH, height) ||
	    !TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &bits) ||
	    !TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &samples) ||
	    !TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &compression))
		return image_error(t->result, ERR_INPUT, "TIFF: no size");
	if (samples > SAMPLES_MAX || bits > 16)
		return image_error(t->result, ERR_INPUT,
		    "TIFF: depth is none we know");
	/* TIFF 6.0's own way with JPEG, given up in 1995 */
	if (compression == COMPRESSION_OJPEG)
		return image_error(t->result, ERR_INPUT,
		    "TIFF: compression is none we know");
	bytes = TIFFIsTiled(file) ? TIFFTileSize64(file) :
	    TIFFStripSize64(file);
	if (bytes == 0 || bytes > STRIP_BYTES_MAX)
		return image_error(t->result, ERR_LIMIT,
		    "TIFF: strip or tile too large");
	*pixel_bits = (unsigned)bits * samples;
	return OK;
}

/* What the page has beside its pixels. */
static enum err
note(struct tiff *t, TIFF *file)
{
	static const struct { uint32_t tag; const char *what; } tags[] = {
		{ TIFFTAG_EXIFIFD, "exif" }, { TIFFTAG_GPSIFD, "gps" },
		{ TIFFTAG_XMLPACKET, "xmp" },
		{ TIFFTAG_ICCPROFILE, "icc-profile" },
		{ TIFFTAG_RICHTIFFIPTC, "iptc" },
		{ TIFFTAG_PHOTOSHOP, "photoshop" },
		{ TIFFTAG_ARTIST, "author" },
		{ TIFFTAG_IMAGEDESCRIPTION, "comment" },
	};
	unsigned pages = 0;
	uint64_t skip;
	uint32_t n;
	void *bytes;
	char *text;
	enum err err = OK;

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]) && err == OK;
	    i++) {
		bool there = tags[i].tag == TIFFTAG_EXIFIFD ||
		    tags[i].tag == TIFFTAG_GPSIFD ?
		    TIFFGetField(file, tags[i].tag, &skip) :
		    tags[i].tag == TIFFTAG_ARTIST ||
		    tags[i].tag == TIFFTAG_IMAGEDESCRIPTION ?
		    TIFFGetField(file, tags[i].tag, &text) :
		    TIFFGetField(file, tags[i].tag, &n, &bytes);

		if (there)
			err = removed_add(&t->result->removed, tags[i].what,
			    1, SPAN("TIFF"));
	}
	while (pages < PAGES_MAX && TIFFReadDirectory(file))
		pages++;
	if (err == OK && pages > 0)
		err = removed_add(&t->result->removed, "pages", pages,
		    SPAN("TIFF"));
	return err;
}

/* libtiff's pixels are 0xAABBGGRR in the machine's order. */
static void
take_pixels(struct tiff *t, const uint32_t *raster, bool alpha)
{
	size_t n = (size_t)t->picture.width * t->picture.height;
	uint8_t *to = t->picture.pixels.ptr;

	for (size_t i = 0; i < n; i++) {
		uint8_t a = (uint8_t)TIFFGetA(raster[i]);

		*to++ = (uint8_t)TIFFGetR(raster[i]);
		*to++ = (uint8_t)TIFFGetG(raster[i]);
		*to++ = (uint8_t)TIFFGetB(raster[i]);
		if (!alpha)
			continue;
		/* its colours are multiplied by alpha already */
		for (int s = 1; s <= 3 && a > 0 && a < 255; s++) {
			unsigned v = (unsigned)to[-s] * 255u / a;

			to[-s] = (uint8_t)(v > 255 ? 255 : v);
		}
		*to++ = a;
	}
}

static enum err
read_page(struct tiff *t, TIFF *file)
{
	unsigned pixel_bits;
	uint32_t width, height;
	uint16_t extra = 0, *kinds, compression = 0;
	struct buf raster;
	uint8_t *room;
	size_t bytes;
	bool alpha;
	enum err err;

	if ((err = check_page(t, file, &width, &height, &pixel_bits)) !=
	    OK)
		return err;
	(void)TIFFGetFieldDefaulted(file, TIFFTAG_EXTRASAMPLES, &extra,
	    &kinds);
	(void)TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &compression);
	alpha = extra > 0 && (kinds[0] == EXTRASAMPLE_ASSOCALPHA ||
	    kinds[0] == EXTRASAMPLE_UNASSALPHA);
	err = picture_init(&t->picture, width, height, alpha ? 4 : 3,
	    pixel_bits, t->in->len, t->result);
	if (err != OK)
		return err;
	t->picture.lossy = compression == COMPRESSION_JPEG;
	bytes = (size_t)width * height * sizeof(uint32_t);
	buf_init(&raster, IMAGE_WORK_BYTES_MAX + IMAGE_WORK_BYTES_MAX / 2);
	if (buf_reserve(&raster, bytes, &room) != OK)
		err = image_error(t->result, ERR_LIMIT, "too large to hold");
	else if (!TIFFReadRGBAImageOriented(file, width, height,
	    (uint32_t *)(void *)room, ORIENTATION_TOPLEFT, 1))
		err = image_error(t->result, ERR_INPUT,
		    "TIFF: is cut off or damaged");
	else
		take_pixels(t, (const uint32_t *)(void *)room, alpha);
	buf_fini(&raster);
	return err;
}

enum err
format_tiff(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct tiff t = { .in = in, .result = result };
	enum err err;
	TIFF *file;

	(void)policy;		/* a picture is rebuilt in one way only */
	(void)TIFFSetErrorHandler(NULL);
	(void)TIFFSetWarningHandler(NULL);
	/* m: no mapping; h, C: nothing read that is not asked for */
	file = TIFFClientOpen("", "rm", &t, on_read, on_write, on_seek,
	    on_close, on_size, NULL, NULL);
	if (file == NULL)
		return image_error(result, ERR_INPUT,
		    "TIFF: is cut off or damaged");
	err = read_page(&t, file);
	if (err == OK)
		err = note(&t, file);
	TIFFClose(file);
	if (err == OK)
		err = picture_write(&t.picture, out, result);
	picture_fini(&t.picture);
	return err;
}
