/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first page of a TIFF by libtiff's RGBA interface. tiff_scan.c has
 * looked at the directories before; here sizes of page, strips and tiles are
 * checked, and the compression against a short list, before the first pixel.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

#include "format_picture.h"
#include "picture.h"
#include "tiff_scan.h"

#define STRIP_BYTES_MAX	(128u * 1024 * 1024)
#define SAMPLES_MAX	8

struct job {
	struct span	file;
	uint64_t	at;
	bool		jpeg;
	char		message[120];
};

/* ---- what libtiff asks for ---- */

static void
on_error(thandle_t handle, const char *module, const char *format,
    va_list args)
{
	struct job *job = handle;

	(void)module;
	if (job == NULL || job->message[0] != '\0')
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(job->message, sizeof(job->message), format, args);
#pragma GCC diagnostic pop
}

static tmsize_t
on_read(thandle_t handle, void *bytes, tmsize_t len)
{
	struct job *job = handle;
	struct span now;

	if (len <= 0 || job->at >= job->file.len)
		return 0;
	now = span_sub(job->file, (size_t)job->at, (size_t)len);
	memcpy(bytes, now.ptr, now.len);
	job->at += now.len;
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
	struct job *job = handle;

	if (whence == SEEK_CUR)
		offset += job->at;
	else if (whence == SEEK_END)
		offset += job->file.len;
	job->at = offset;
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
	struct job *job = handle;

	return job->file.len;
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
check(TIFF *tiff, struct job *job, struct picture *p,
    struct convert_result *result)
{
	uint32_t width = 0, height = 0;
	uint16_t compression, bits, samples, planar;
	uint64_t piece, raw;
	enum err err;

	TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
	TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
	TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
	if (!is_known(compression) || samples > SAMPLES_MAX || bits > 16)
		return image_error(result, ERR_INPUT,
		    "TIFF: kind not supported");
	job->jpeg = compression == COMPRESSION_JPEG;
	/* an empty page of a scanner is a very short file: real bits count */
	raw = (uint64_t)width * bits * samples / 8 * height;
	err = image_check_size(width, height, raw, job->file.len, result);
	if (err != OK)
		return err;
	piece = TIFFIsTiled(tiff) ? TIFFTileSize64(tiff) :
	    TIFFStripSize64(tiff);
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
decode(TIFF *tiff, struct job *job, struct picture *p,
    struct convert_result *result)
{
	char why[1024] = "";
	TIFFRGBAImage image;
	uint16_t orientation;
	bool done;

	TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
	if (orientation >= 1 && orientation <= 8)
		p->orientation = orientation;
	if (!TIFFRGBAImageOK(tiff, why) ||
	    !TIFFRGBAImageBegin(&image, tiff, 1, why)) {
		snprintf(result->reason, sizeof(result->reason),
		    "TIFF: %.140s", why);
		return ERR_INPUT;
	}
	/* no turning there: it knows only half of the eight ways */
	image.req_orientation = image.orientation;
	done = TIFFRGBAImageGet(&image, (uint32_t *)(void *)p->pixels.ptr,
	    p->width, p->height) == 1;
	TIFFRGBAImageEnd(&image);
	if (!done) {
		snprintf(result->reason, sizeof(result->reason),
		    "TIFF: %.120s", job->message[0] != '\0' ? job->message :
		    "picture is cut off or damaged");
		return ERR_INPUT;
	}
	unpack(p);
	p->lossless = !job->jpeg;
	return OK;
}

static enum err
rebuild(struct job *job, struct picture *p, struct filter *out,
    struct convert_result *result)
{
	TIFF *tiff;
	enum err err = tiff_scan(job->file, result);

	if (err != OK)
		return err;
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	TIFFSetErrorHandlerExt(on_error);
	/* m: no mapping */
	tiff = TIFFClientOpen("picture", "rm", job, on_read, on_write,
	    on_seek, on_close, on_size, NULL, NULL);
	if (tiff == NULL) {
		snprintf(result->reason, sizeof(result->reason),
		    "TIFF: %.120s", job->message);
		return ERR_INPUT;
	}
	err = check(tiff, job, p, result);
	if (err == OK)
		err = decode(tiff, job, p, result);
	TIFFClose(tiff);
	return err == OK ? picture_write(p, out, result) : err;
}

enum err
format_tiff(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct picture picture = { 0 };
	struct job job = { .at = 0 };
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = image_read_all(in, &file, result);
	job.file = buf_span(&file);
	if (err == OK)
		err = rebuild(&job, &picture, out, result);
	picture_fini(&picture);
	buf_fini(&file);
	return err;
}
