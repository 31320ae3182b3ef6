/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JPEG to JPEG over pixels, with libjpeg on both sides. Rows go through one
 * strip at a time, in YCbCr where the input has it, and in the input's own
 * subsampling where the safe form has that; only a picture that must be
 * turned is held as a whole. What the input had beside its pixels is named
 * by jpeg_scan.c and dropped by not being there.
 */
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "format_jpeg.h"
#include "image.h"
#include "jpeg_scan.h"
#include "picture.h"
#include "picture_write.h"

#define QUALITY_MIN	75
#define QUALITY_MAX	PICTURE_QUALITY
#define STANDARD_SUM	3688	/* of the values of T.81 table K.1 */
#define STRIP_ROWS	16
#define SAMPLES_MAX	4

struct job {
	struct jpeg_decompress_struct in;
	struct jpeg_error_mgr	errors;
	struct jpeg_source_mgr	source;
	struct jpeg_progress_mgr progress;
	jmp_buf			escape;
	enum err		err;
	char			message[JMSG_LENGTH_MAX];
	uint64_t		warnings;
	struct image_reader	reader;
	struct filter		*sink;
	struct convert_result	*result;
	struct exif		exif;
	struct picture		turned;		/* held when it must be */
	unsigned		samples;	/* of an output pixel */
	struct picture_form	form;
	struct picture_writer	writer;
};

/* The struct around a pointer that libjpeg hands to a callback. */
#define JOB_OF(ptr, member) \
	((struct job *)(void *)((char *)(ptr) - offsetof(struct job, member)))

static NORETURN void
leave(struct job *job, enum err err)
{
	job->err = err;
	longjmp(job->escape, 1);
}

/* What the writer says, as this side says it. */
static void
written(struct job *job, enum err err)
{
	if (err == OK)
		return;
	snprintf(job->message, sizeof(job->message), "%s",
	    job->writer.message);
	leave(job, err);
}

static void
on_error(j_common_ptr common)
{
	struct job *job = JOB_OF(common->err, errors);

	common->err->format_message(common, job->message);
	leave(job, common->err->msg_code == JERR_OUT_OF_MEMORY ||
	    common->err->msg_code == JERR_NO_BACKING_STORE ? ERR_LIMIT :
	    ERR_INPUT);
}

/* Data that end too early are an error, other damage is counted. */
static void
on_message(j_common_ptr common, int level)
{
	struct job *job = JOB_OF(common->err, errors);

	if (level >= 0)
		return;
	job->warnings++;
	if (common->err->msg_code == JWRN_JPEG_EOF ||
	    common->err->msg_code == JWRN_HIT_MARKER)
		on_error(common);
}

static void
on_output(j_common_ptr common)
{
	(void)common;		/* a library prints nothing */
}

static void
on_progress(j_common_ptr common)
{
	struct job *job = JOB_OF(common->progress, progress);

	if (job->in.input_scan_number <= JPEG_SCANS_MAX)
		return;
	snprintf(job->message, sizeof(job->message), "too many scans");
	leave(job, ERR_LIMIT);
}

static void
source_init(j_decompress_ptr in)
{
	(void)in;
}

static boolean
source_fill(j_decompress_ptr in)
{
	struct job *job = JOB_OF(in->src, source);
	enum err err = image_read(&job->reader);

	if (err != OK)
		leave(job, err);
	if (job->reader.len == 0) {
		snprintf(job->message, sizeof(job->message),
		    "picture is cut off");
		leave(job, ERR_INPUT);
	}
	in->src->next_input_byte = job->reader.bytes;
	in->src->bytes_in_buffer = job->reader.len;
	return TRUE;
}

static void
source_pass(j_decompress_ptr in, long n)
{
	struct job *job = JOB_OF(in->src, source);

	if (n <= 0)
		return;
	if ((size_t)n <= in->src->bytes_in_buffer) {
		in->src->next_input_byte += n;
		in->src->bytes_in_buffer -= (size_t)n;
		return;
	}
	job->reader.at += (uint64_t)n - in->src->bytes_in_buffer;
	in->src->bytes_in_buffer = 0;
}

static void
job_init(struct job *job)
{
	jpeg_std_error(&job->errors);
	job->errors.error_exit = on_error;
	job->errors.emit_message = on_message;
	job->errors.output_message = on_output;
	job->in.err = &job->errors;
	job->source.init_source = source_init;
	job->source.fill_input_buffer = source_fill;
	job->source.skip_input_data = source_pass;
	job->source.resync_to_restart = jpeg_resync_to_restart;
	job->source.term_source = source_init;
	job->progress.progress_monitor = on_progress;
}

/*
 * The quality that the input was made with, by its luminance table beside the
 * one of the standard: to write it better only makes it longer.
 */
static int
quality_of(const struct job *job)
{
	const JQUANT_TBL *have =
	    job->in.quant_tbl_ptrs[job->in.comp_info[0].quant_tbl_no];
	uint64_t sum = 0, scale;
	int quality;

	if (have == NULL)
		return QUALITY_MAX;
	for (unsigned i = 0; i < DCTSIZE2; i++)
		sum += have->quantval[i];
	scale = sum * 100 / STANDARD_SUM;
	if (scale == 0)
		return QUALITY_MAX;
	quality = scale <= 100 ? (200 - (int)scale) / 2 :
	    scale < 5000 ? 5000 / (int)scale : 1;
	if (quality < QUALITY_MIN)
		return QUALITY_MIN;
	return quality > QUALITY_MAX ? QUALITY_MAX : quality;
}

static bool
is_turned(const struct job *job)
{
	return job->exif.orientation >= 5;
}

/* Keep the input's subsampling where the safe form has it. */
static void
set_sampling(struct job *job)
{
	const jpeg_component_info *c = job->in.comp_info;
	int h = 1, v = 1, swap;

	if (job->in.num_components == 3 && c[1].h_samp_factor > 0 &&
	    c[1].v_samp_factor > 0) {
		h = c[0].h_samp_factor / c[1].h_samp_factor;
		v = c[0].v_samp_factor / c[1].v_samp_factor;
	}
	if (is_turned(job)) {
		swap = h;
		h = v;
		v = swap;
	}
	if (!(h == 4 && v == 1)) {
		h = h >= 2 ? 2 : 1;
		v = v >= 2 ? 2 : 1;
	}
	job->form.across = h;
	job->form.down = v;
}

static enum err
check_header(struct job *job)
{
	const struct jpeg_decompress_struct *in = &job->in;
	uint64_t raw = (uint64_t)in->image_width * in->image_height *
	    (unsigned)in->num_components;

	if (in->data_precision != 8 || (in->num_components != 1 &&
	    in->num_components != 3 && in->num_components != 4))
		return image_error(job->result, ERR_INPUT,
		    "kind of JPEG not supported");
	return image_check_size(in->image_width, in->image_height, raw,
	    job->reader.in->len, job->result);
}

static void
set_decoder(struct job *job)
{
	struct jpeg_decompress_struct *in = &job->in;

	if (in->num_components == 1)
		in->out_color_space = JCS_GRAYSCALE;
	else if (in->num_components == 4)
		in->out_color_space = JCS_CMYK;
	else if (in->jpeg_color_space == JCS_YCbCr)
		in->out_color_space = JCS_YCbCr;
	else
		in->out_color_space = JCS_RGB;
	in->progress = &job->progress;
	jpeg_calc_output_dimensions(in);
}

/* Are the planes of input and output of the same sizes? */
static bool
has_same_planes(const struct job *job)
{
	const jpeg_component_info *in = job->in.comp_info;

	if (job->in.out_color_space != JCS_YCbCr || job->exif.orientation > 1)
		return false;
	return in[0].h_samp_factor == job->form.across &&
	    in[0].v_samp_factor == job->form.down &&
	    in[1].h_samp_factor == 1 && in[1].v_samp_factor == 1 &&
	    in[2].h_samp_factor == 1 && in[2].v_samp_factor == 1;
}

static void
set_form(struct job *job)
{
	const struct jpeg_decompress_struct *in = &job->in;
	struct picture_form *form = &job->form;

	job->samples = in->num_components == 1 ? 1 : 3;
	form->width = is_turned(job) ? in->output_height : in->output_width;
	form->height = is_turned(job) ? in->output_width : in->output_height;
	form->colour = in->out_color_space == JCS_GRAYSCALE ? PICTURE_GREY :
	    in->out_color_space == JCS_YCbCr ? PICTURE_YCC : PICTURE_RGB;
	set_sampling(job);
	form->planes = has_same_planes(job);
}

/* The tables of the input may come as late as the start of its decoder. */
static void
start(struct job *job)
{
	set_decoder(job);
	set_form(job);
	job->in.raw_data_out = job->form.planes;
	jpeg_start_decompress(&job->in);
	job->form.quality = quality_of(job);
	written(job, picture_writer_begin(&job->writer, SAFE_JPEG, &job->form,
	    job->sink));
}

/*
 * CMYK as Adobe writes it is inverted: 255 is no ink. Done in place, three
 * samples for four.
 */
static void
cmyk_to_rgb(uint8_t *row, size_t width, bool inverted)
{
	const uint8_t *from = row;

	for (size_t i = 0; i < width; i++, from += 4) {
		unsigned k = inverted ? from[3] : 255u - from[3];

		for (unsigned s = 0; s < 3; s++) {
			unsigned ink = inverted ? from[s] : 255u - from[s];

			*row++ = (uint8_t)((ink * k + 127) / 255);
		}
	}
}

static void
read_rows(struct job *job, JSAMPARRAY rows, unsigned n)
{
	for (unsigned done = 0; done < n;)
		done += jpeg_read_scanlines(&job->in, rows + done, n - done);
	for (unsigned i = 0; i < n && job->in.out_color_space == JCS_CMYK; i++)
		cmyk_to_rgb(rows[i], job->in.output_width,
		    job->in.saw_Adobe_marker);
}

static JSAMPARRAY
strip_new(struct job *job, size_t width, unsigned samples)
{
	return job->in.mem->alloc_sarray((j_common_ptr)&job->in, JPOOL_IMAGE,
	    (JDIMENSION)(width * samples), STRIP_ROWS);
}

static unsigned
rows_now(const struct job *job, JDIMENSION done)
{
	JDIMENSION left = job->form.height - done;

	return left < STRIP_ROWS ? left : STRIP_ROWS;
}

static void
copy_straight(struct job *job)
{
	JSAMPARRAY strip = strip_new(job, job->in.output_width, SAMPLES_MAX);
	unsigned n;

	for (JDIMENSION y = 0; y < job->form.height; y += n) {
		n = rows_now(job, y);
		read_rows(job, strip, n);
		written(job, picture_writer_rows(&job->writer, strip, n));
	}
}

/*
 * What stands in the blocks behind the right and lower edge is not seen, but
 * would be kept: the last pixels take its place.
 */
static void
cut_edges(JSAMPARRAY rows, size_t width, size_t row_bytes, size_t height,
    size_t rows_n)
{
	for (size_t y = 0; y < rows_n && y < height; y++)
		memset(rows[y] + width, rows[y][width - 1],
		    row_bytes - width);
	for (size_t y = height; y < rows_n; y++)
		memcpy(rows[y], rows[height - 1], row_bytes);
}

/*
 * Pixels of Y, Cb and Cr as they were sampled: no enlarging of the colours
 * to reduce them again, which costs time and sharpness.
 */
static void
copy_planes(struct job *job)
{
	const JDIMENSION lines = (JDIMENSION)job->in.max_v_samp_factor *
	    DCTSIZE;
	const jpeg_component_info *c = job->in.comp_info;
	JSAMPARRAY planes[3];
	size_t left[3];

	for (int i = 0; i < 3; i++) {
		planes[i] = job->in.mem->alloc_sarray((j_common_ptr)&job->in,
		    JPOOL_IMAGE, c[i].width_in_blocks * DCTSIZE,
		    (JDIMENSION)c[i].v_samp_factor * DCTSIZE);
		left[i] = c[i].downsampled_height;
	}
	for (JDIMENSION y = 0; y < job->form.height; y += lines) {
		if (jpeg_read_raw_data(&job->in, planes, lines) != lines)
			leave(job, ERR_INPUT);
		for (int i = 0; i < 3; i++) {
			size_t n = (size_t)c[i].v_samp_factor * DCTSIZE;

			cut_edges(planes[i], c[i].downsampled_width,
			    c[i].width_in_blocks * DCTSIZE, left[i], n);
			left[i] -= left[i] < n ? left[i] : n;
		}
		written(job, picture_writer_planes(&job->writer, planes,
		    lines));
	}
}

static void
copy_turned(struct job *job)
{
	struct picture *turned = &job->turned;
	JSAMPARRAY strip;
	unsigned n;
	enum err err;

	err = picture_init(turned, job->in.output_width,
	    job->in.output_height, job->samples, job->reader.in->len,
	    job->result);
	if (err != OK)
		leave(job, err);
	turned->orientation = job->exif.orientation;
	strip = strip_new(job, turned->width, SAMPLES_MAX);
	for (JDIMENSION y = 0; y < turned->height; y++) {
		read_rows(job, strip, 1);
		memcpy(picture_row(turned, y), strip[0],
		    (size_t)turned->width * job->samples);
	}
	strip = strip_new(job, job->form.width, job->samples);
	for (JDIMENSION y = 0; y < job->form.height; y += n) {
		n = rows_now(job, y);
		picture_turned_rows(turned, strip, n, y);
		written(job, picture_writer_rows(&job->writer, strip, n));
	}
}

static enum err
rebuild(struct job *job)
{
	enum err err;

	if (setjmp(job->escape) != 0)
		return job->err;
	jpeg_create_decompress(&job->in);
	job->in.mem->max_memory_to_use = IMAGE_WORK_BYTES_MAX;
	job->in.src = &job->source;
	jpeg_read_header(&job->in, TRUE);
	err = check_header(job);
	if (err != OK)
		return err;
	start(job);
	if (job->form.planes)
		copy_planes(job);
	else if (job->exif.orientation > 1)
		copy_turned(job);
	else
		copy_straight(job);
	jpeg_finish_decompress(&job->in);
	return picture_writer_end(&job->writer);
}

/* What stood behind the end of the picture, and damage that was mended. */
static enum err
note_rest(struct job *job)
{
	struct buf *removed = &job->result->removed;
	uint64_t used = job->reader.at - job->source.bytes_in_buffer;
	enum err err = OK;

	if (used < job->reader.in->len)
		err = removed_add(removed, "trailing-bytes",
		    job->reader.in->len - used, SPAN("EOI"));
	if (err == OK && job->warnings > 0)
		err = removed_add(removed, "damage", job->warnings, SPAN(""));
	return err;
}

enum err
format_jpeg(const struct input *in, const struct sanitizer_policy *policy,
    struct filter *out, struct convert_result *result)
{
	struct job job;
	enum err err;

	(void)policy;		/* a picture is rebuilt in one way only */
	memset(&job, 0, sizeof(job));
	job.reader.in = in;
	job.sink = out;
	job.result = result;
	err = jpeg_scan(in, &result->removed, &job.exif);
	if (err != OK)
		return err;
	job_init(&job);
	err = rebuild(&job);
	jpeg_destroy_decompress(&job.in);
	picture_writer_fini(&job.writer);
	picture_fini(&job.turned);
	if (err == OK)
		err = note_rest(&job);
	else if (result->reason[0] == '\0')
		snprintf(result->reason, sizeof(result->reason), "JPEG: %.140s",
		    job.message[0] != '\0' ? job.message : err_name(err));
	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_JPEG;
	return err;
}
