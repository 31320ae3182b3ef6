/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * WebP by libwebp and its demultiplexer, which finds the first picture of an
 * animation and the blocks beside it.
 */
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "exif.h"
#include "format_webp.h"
#include "picture.h"

#define FILE_BYTES_MAX	(64u * 1024 * 1024)

/* A file of a library that wants all of it at once. */
static enum err
read_file(const struct input *in, struct buf *file,
    struct convert_result *result)
{
	uint8_t *room;
	size_t got;
	enum err err;

	buf_init(file, FILE_BYTES_MAX);
	if (in->len > FILE_BYTES_MAX)
		return image_error(result, ERR_LIMIT, "WebP: too large");
	if ((err = buf_reserve(file, (size_t)in->len, &room)) != OK ||
	    (err = input_read(in, 0, room, (size_t)in->len, &got)) != OK)
		return err;
	file->len = got;
	return OK;
}

static enum err
note_chunk(const WebPDemuxer *demux, const char *name, const char *what,
    struct picture *picture, struct convert_result *result)
{
	WebPChunkIterator chunk;
	struct exif exif;
	struct span tiff;
	enum err err = OK;

	if (!WebPDemuxGetChunk(demux, name, 1, &chunk))
		return OK;
	tiff = (struct span){ chunk.chunk.bytes, chunk.chunk.size };
	if (span_begins(tiff, SPAN("Exif\0\0")))
		tiff = span_sub(tiff, 6, tiff.len - 6);
	if (strcmp(name, "EXIF") == 0 && exif_parse(tiff, &exif)) {
		picture->orientation = exif.orientation;
		if (exif.gps)
			err = removed_add(&result->removed, "gps", 1,
			    SPAN("EXIF"));
	}
	if (err == OK)
		err = removed_add(&result->removed, what, 1, span_str(name));
	WebPDemuxReleaseChunkIterator(&chunk);
	return err;
}

static enum err
decode(const WebPIterator *frame, const WebPDemuxer *demux,
    struct picture *p, uint64_t file_bytes, struct convert_result *result)
{
	uint32_t width = WebPDemuxGetI(demux, WEBP_FF_CANVAS_WIDTH);
	uint32_t height = WebPDemuxGetI(demux, WEBP_FF_CANVAS_HEIGHT);
	WebPBitstreamFeatures features;
	size_t stride;
	enum err err;

	if (WebPGetFeatures(frame->fragment.bytes, frame->fragment.size,
	    &features) != VP8_STATUS_OK || features.width != frame->width ||
	    features.height != frame->height || frame->x_offset < 0 ||
	    frame->y_offset < 0 || (uint32_t)(frame->x_offset +
	    frame->width) > width || (uint32_t)(frame->y_offset +
	    frame->height) > height)
		return image_error(result, ERR_INPUT, "WebP: is damaged");
	err = picture_init(p, width, height, 4, 8, file_bytes, result);
	if (err != OK)
		return err;
	p->lossy = features.format == 1;
	stride = (size_t)width * 4;
	if (WebPDecodeRGBAInto(frame->fragment.bytes, frame->fragment.size,
	    picture_at(p, (uint32_t)frame->x_offset,
	    (uint32_t)frame->y_offset), p->pixels.len -
	    ((size_t)frame->y_offset * width + (size_t)frame->x_offset) * 4,
	    (int)stride) == NULL)
		return image_error(result, ERR_INPUT,
		    "WebP: is cut off or damaged");
	return OK;
}

static enum err
rebuild(const WebPDemuxer *demux, uint64_t file_bytes, struct filter *out,
    struct convert_result *result)
{
	struct picture picture = { 0 };
	WebPIterator frame;
	enum err err;

	if (!WebPDemuxGetFrame(demux, 1, &frame))
		return image_error(result, ERR_INPUT, "WebP: no picture");
	err = decode(&frame, demux, &picture, file_bytes, result);
	if (err == OK && frame.num_frames > 1)
		err = removed_add(&result->removed, "animation",
		    (uint64_t)frame.num_frames - 1, SPAN("WebP"));
	WebPDemuxReleaseIterator(&frame);
	if (err == OK)
		err = note_chunk(demux, "EXIF", "exif", &picture, result);
	if (err == OK)
		err = note_chunk(demux, "XMP ", "xmp", &picture, result);
	if (err == OK)
		err = note_chunk(demux, "ICCP", "icc-profile", &picture,
		    result);
	if (err == OK)
		err = picture_write(&picture, out, result);
	picture_fini(&picture);
	return err;
}

enum err
format_webp(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	WebPDemuxer *demux = NULL;
	struct buf file;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	err = read_file(in, &file, result);
	if (err == OK) {
		demux = WebPDemux(&(WebPData){ file.ptr, file.len });
		err = demux == NULL ? image_error(result, ERR_INPUT,
		    "WebP: is cut off or damaged") :
		    rebuild(demux, in->len, out, result);
	}
	WebPDemuxDelete(demux);
	buf_fini(&file);
	return err;
}
