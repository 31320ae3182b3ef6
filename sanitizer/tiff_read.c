/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pages of a TIFF by libtiff's RGBA interface. tiff_scan.c has looked at the
 * directories before; here sizes of page, strips and tiles are checked, and
 * the compression against a short list, before the first pixel.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tiff_read.h"

#define STRIP_BYTES_MAX	(128u * 1024 * 1024)
#define SAMPLES_MAX	8

/* ---- what libtiff asks for ---- */

static void
on_error(thandle_t handle, const char *module, const char *format,
    va_list args)
{
	struct tiff_file *t = handle;

	(void)module;
	if (t == NULL || t->message[0] != '\0')
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(t->message, sizeof(t->message), format, args);
#pragma GCC diagnostic pop
}

static tmsize_t
on_read(thandle_t handle, void *bytes, tmsize_t len)
{
	struct tiff_file *t = handle;
	struct span now;

	if (len <= 0 || t->at >= t->file.len)
		return 0;
	now = span_sub(t->file, (size_t)t->at, (size_t)len);
	memcpy(bytes, now.ptr, now.len);
	t->at += now.len;
	return (tmsize_t)now.len;
}

static tmsize_t
on_write(thandle_t handle, void *bytes, tmsize_t len)
{
	(void)handle;
	(void)bytes;
	(void)len;
	return -1;
}

static toff_t
on_seek(thandle_t handle, toff_t offset, int whence)
{
	struct tiff_file *t = handle;

	if (whence == SEEK_CUR)
		offset += t->at;
	else if (whence == SEEK_END)
		offset += t->file.len;
	t->at = offset;
	return offset;
}

static int
on_close(thandle_t handle)
{
	(void)handle;
	return 0;
}

static toff_t
on_size(thandle_t handle)
{
	struct tiff_file *t = handle;

	return t->file.len;
}

/* ---- checks ---- */

/* Decoders that nobody's scanner needs stay without work. */
static bool
is_known(uint16_t compression)
{
	switch (compression) {
	case COMPRESSION_NONE:
	case COMPRESSION_CCITTRLE:
	case COMPRESSION_CCITTRLEW:
	case COMPRESSION_CCITTFAX3:
	case COMPRESSION_CCITTFAX4:
	case COMPRESSION_LZW:
	case COMPRESSION_JPEG:
	case COMPRESSION_ADOBE_DEFLATE:
	case COMPRESSION_DEFLATE:
	case COMPRESSION_PACKBITS:
		return true;
	}
	return false;
}

static enum err
check(struct tiff_file *t, struct picture *p, struct convert_result *result)
{
	uint32_t width = 0, height = 0;
	uint16_t compression, bits, samples, planar;
	uint64_t piece, raw;
	enum err err;

	TIFFGetField(t->tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(t->tiff, TIFFTAG_IMAGELENGTH, &height);
	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_COMPRESSION, &compression);
	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_PLANARCONFIG, &planar);
	if (!is_known(compression) || samples > SAMPLES_MAX || bits > 16)
		return image_error(result, ERR_INPUT,
		    "TIFF: kind not supported");
	t->jpeg = compression == COMPRESSION_JPEG;
	/* an empty page of a scanner is a very short file: real bits count */
	raw = (uint64_t)width * bits * samples / 8 * height;
	err = image_check_size(width, height, raw, t->file.len, result);
	if (err == OK && (uint64_t)width * height > t->pixels_max)
		err = image_error(result, ERR_LIMIT, "TIFF: page too large");
	if (err != OK)
		return err;
	piece = TIFFIsTiled(t->tiff) ? TIFFTileSize64(t->tiff) :
	    TIFFStripSize64(t->tiff);
	if (planar == PLANARCONFIG_SEPARATE && piece <= STRIP_BYTES_MAX)
		piece *= samples;
	if (piece == 0 || piece > STRIP_BYTES_MAX)
		return image_error(result, ERR_LIMIT,
		    "TIFF: strips or tiles too large");
	return picture_init(p, width, height, 4, UINT64_MAX, result);
}

/* From libtiff's words, alpha multiplied in, to bytes with straight alpha. */
static void
unpack(struct picture *p)
{
	uint8_t *to = p->pixels.ptr;
	size_t n = p->pixels.len;
	uint32_t word, a;

	for (size_t i = 0; i < n; i += 4, to += 4) {
		memcpy(&word, to, 4);
		a = TIFFGetA(word);
		to[0] = (uint8_t)TIFFGetR(word);
		to[1] = (uint8_t)TIFFGetG(word);
		to[2] = (uint8_t)TIFFGetB(word);
		to[3] = (uint8_t)a;
		for (unsigned s = 0; s < 3; s++)
			to[s] = picture_straight(to[s], a);
	}
}

static enum err
decode(struct tiff_file *t, struct picture *p, struct convert_result *result)
{
	char why[1024] = "";
	TIFFRGBAImage image;
	uint16_t orientation;
	bool done;

	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_ORIENTATION, &orientation);
	if (orientation >= 1 && orientation <= 8)
		p->orientation = orientation;
	if (!TIFFRGBAImageOK(t->tiff, why) ||
	    !TIFFRGBAImageBegin(&image, t->tiff, 1, why)) {
		snprintf(result->reason, sizeof(result->reason),
		    "TIFF: %.140s", why);
		return ERR_INPUT;
	}
	if (image.photometric == PHOTOMETRIC_CIELAB && !tiff_lab(&image)) {
		TIFFRGBAImageEnd(&image);
		return image_error(result, ERR_INPUT,
		    "TIFF: kind not supported");
	}
	/* no turning there: it knows only half of the eight ways */
	image.req_orientation = image.orientation;
	done = TIFFRGBAImageGet(&image, (uint32_t *)(void *)p->pixels.ptr,
	    p->width, p->height) == 1;
	TIFFRGBAImageEnd(&image);
	if (!done) {
		snprintf(result->reason, sizeof(result->reason),
		    "TIFF: %.120s", t->message[0] != '\0' ? t->message :
		    "picture is cut off or damaged");
		return ERR_INPUT;
	}
	unpack(p);
	p->lossless = !t->jpeg;
	return OK;
}

enum err
tiff_open(struct tiff_file *t, struct span file,
    struct convert_result *result)
{
	*t = (struct tiff_file){ .file = file,
		.pixels_max = IMAGE_PIXELS_MAX };
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	TIFFSetErrorHandlerExt(on_error);
	/* m: no mapping */
	t->tiff = TIFFClientOpen("picture", "rm", t, on_read, on_write,
	    on_seek, on_close, on_size, NULL, NULL);
	if (t->tiff != NULL)
		return OK;
	snprintf(result->reason, sizeof(result->reason), "TIFF: %.120s",
	    t->message);
	return ERR_INPUT;
}

void
tiff_close(struct tiff_file *t)
{
	if (t->tiff != NULL)
		TIFFClose(t->tiff);
	t->tiff = NULL;
}

enum err
tiff_page(struct tiff_file *t, struct picture *p,
    struct convert_result *result)
{
	enum err err;

	t->message[0] = '\0';
	if ((err = check(t, p, result)) == OK)
		err = decode(t, p, result);
	return err;
}

bool
tiff_next(struct tiff_file *t)
{
	return TIFFReadDirectory(t->tiff) == 1;
}

bool
tiff_is_page(struct tiff_file *t)
{
	uint32_t kind = 0;

	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_SUBFILETYPE, &kind);
	return (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0;
}

static uint16_t
dots(struct tiff_file *t, uint32_t tag)
{
	uint16_t unit = RESUNIT_INCH;
	float dpi = 0;

	if (TIFFGetField(t->tiff, tag, &dpi) != 1)
		return TIFF_DPI;
	TIFFGetFieldDefaulted(t->tiff, TIFFTAG_RESOLUTIONUNIT, &unit);
	if (unit == RESUNIT_CENTIMETER)
		dpi *= 2.54f;
	return unit != RESUNIT_NONE && dpi >= 18 && dpi <= 4800 ?
	    (uint16_t)(dpi + 0.5f) : TIFF_DPI;
}

void
tiff_resolution(struct tiff_file *t, uint16_t *across, uint16_t *down)
{
	*across = dots(t, TIFFTAG_XRESOLUTION);
	*down = dots(t, TIFFTAG_YRESOLUTION);
}
