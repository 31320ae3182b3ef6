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

#define QUALITY_MIN	75
#define QUALITY_MAX	90
#define STRIP_ROWS	16
#define OUT_BYTES	(16 * 1024)
#define SAMPLES_MAX	4

struct job {
	struct jpeg_decompress_struct in;
	struct jpeg_compress_struct out;
	struct jpeg_error_mgr	errors;
	struct jpeg_source_mgr	source;
	struct jpeg_destination_mgr target;
	struct jpeg_progress_mgr progress;
	jmp_buf			escape;
	enum err		err;
	char			message[JMSG_LENGTH_MAX];
	uint64_t		warnings;
	struct image_reader	reader;
	struct filter		*sink;
	struct convert_result	*result;
	struct exif		exif;
	struct buf		pixels;		/* of a turned picture */
	unsigned		samples;	/* of an output pixel */
	bool			planes;		/* see copy_planes() */
	uint8_t			bytes[OUT_BYTES];
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
target_init(j_compress_ptr out)
{
	struct job *job = JOB_OF(out->dest, target);

	out->dest->next_output_byte = job->bytes;
	out->dest->free_in_buffer = sizeof(job->bytes);
}

static void
target_write(struct job *job, size_t n)
{
	enum err err = OK;

	if (n > 0)
		err = filter_write(job->sink,
		    (struct span){ job->bytes, n });
	if (err != OK)
		leave(job, err);
}

static boolean
target_empty(j_compress_ptr out)
{
	target_write(JOB_OF(out->dest, target), OUT_BYTES);
	target_init(out);
	return TRUE;
}

static void
target_end(j_compress_ptr out)
{
	target_write(JOB_OF(out->dest, target),
	    OUT_BYTES - out->dest->free_in_buffer);
}

static void
job_init(struct job *job)
{
	jpeg_std_error(&job->errors);
	job->errors.error_exit = on_error;
	job->errors.emit_message = on_message;
	job->errors.output_message = on_output;
	job->in.err = job->out.err = &job->errors;
	job->source.init_source = source_init;
	job->source.fill_input_buffer = source_fill;
	job->source.skip_input_data = source_pass;
	job->source.resync_to_restart = jpeg_resync_to_restart;
	job->source.term_source = source_init;
	job->target.init_destination = target_init;
	job->target.empty_output_buffer = target_empty;
	job->target.term_destination = target_end;
	job->progress.progress_monitor = on_progress;
}

/*
 * The quality that the input was made with, by its luminance table beside the
 * one of the standard: to write it better only makes it longer.
 */
static int
quality_of(struct job *job)
{
	const JQUANT_TBL *have, *standard;
	uint64_t sum = 0, standard_sum = 0, scale;
	int quality;

	jpeg_set_quality(&job->out, 50, TRUE);	/* the table as it is */
	standard = job->out.quant_tbl_ptrs[0];
	have = job->in.quant_tbl_ptrs[job->in.comp_info[0].quant_tbl_no];
	if (have == NULL || standard == NULL)
		return QUALITY_MAX;
	for (unsigned i = 0; i < DCTSIZE2; i++) {
		sum += have->quantval[i];
		standard_sum += standard->quantval[i];
	}
	scale = sum * 100 / standard_sum;
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
	job->out.comp_info[0].h_samp_factor = h;
	job->out.comp_info[0].v_samp_factor = v;
	for (int i = 1; i < job->out.num_components; i++)
		job->out.comp_info[i].h_samp_factor =
		    job->out.comp_info[i].v_samp_factor = 1;
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

static void
set_encoder(struct job *job)
{
	struct jpeg_compress_struct *out = &job->out;
	const struct jpeg_decompress_struct *in = &job->in;

	job->samples = in->num_components == 1 ? 1 : 3;
	out->image_width = is_turned(job) ? in->output_height :
	    in->output_width;
	out->image_height = is_turned(job) ? in->output_width :
	    in->output_height;
	out->input_components = (int)job->samples;
	out->in_color_space = in->out_color_space == JCS_CMYK ? JCS_RGB :
	    in->out_color_space;
	jpeg_set_defaults(out);
	set_sampling(job);
	/* Huffman tables of its own would make a picture a few per cent
	 * shorter, for twice the time and all its coefficients in memory */
	out->optimize_coding = FALSE;
}

/* Are the planes of input and output of the same sizes? */
static bool
has_same_planes(const struct job *job)
{
	const jpeg_component_info *in = job->in.comp_info;
	const jpeg_component_info *out = job->out.comp_info;

	if (job->in.out_color_space != JCS_YCbCr || job->exif.orientation > 1)
		return false;
	for (int i = 0; i < 3; i++)
		if (in[i].h_samp_factor != out[i].h_samp_factor ||
		    in[i].v_samp_factor != out[i].v_samp_factor)
			return false;
	return true;
}

/* The tables of the input may come as late as the start of its decoder. */
static void
start(struct job *job)
{
	set_decoder(job);
	set_encoder(job);
	job->planes = has_same_planes(job);
	job->in.raw_data_out = job->out.raw_data_in = job->planes;
	jpeg_start_decompress(&job->in);
	jpeg_set_quality(&job->out, quality_of(job), TRUE);
	jpeg_start_compress(&job->out, TRUE);
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
	JDIMENSION left = job->out.image_height - done;

	return left < STRIP_ROWS ? left : STRIP_ROWS;
}

static void
copy_straight(struct job *job)
{
	JSAMPARRAY strip = strip_new(job, job->in.output_width, SAMPLES_MAX);
	unsigned n;

	for (JDIMENSION y = 0; y < job->out.image_height; y += n) {
		n = rows_now(job, y);
		read_rows(job, strip, n);
		jpeg_write_scanlines(&job->out, strip, n);
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
	while (job->out.next_scanline < job->out.image_height) {
		if (jpeg_read_raw_data(&job->in, planes, lines) != lines)
			leave(job, ERR_INPUT);
		for (int i = 0; i < 3; i++) {
			size_t n = (size_t)c[i].v_samp_factor * DCTSIZE;

			cut_edges(planes[i], c[i].downsampled_width,
			    c[i].width_in_blocks * DCTSIZE, left[i], n);
			left[i] -= left[i] < n ? left[i] : n;
		}
		jpeg_write_raw_data(&job->out, planes, lines);
	}
}

/*
 * Where output pixel (x, y) comes from: first + x * right + y * down, in
 * pixels; Exif 2.3 section 4.6.4, Orientation.
 */
static void
turn_steps(const struct job *job, ptrdiff_t *first, ptrdiff_t *right,
    ptrdiff_t *down)
{
	ptrdiff_t w = (ptrdiff_t)job->in.output_width;
	ptrdiff_t h = (ptrdiff_t)job->in.output_height;
	unsigned o = job->exif.orientation;
	bool from_right = o == 2 || o == 3 || o == 7 || o == 8;
	bool from_bottom = o == 3 || o == 4 || o == 6 || o == 7;
	ptrdiff_t across = from_right ? -1 : 1, along = from_bottom ? -w : w;

	*first = (from_right ? w - 1 : 0) + (from_bottom ? (h - 1) * w : 0);
	*right = o >= 5 ? along : across;
	*down = o >= 5 ? across : along;
}

static void
turn_strip(struct job *job, JSAMPARRAY strip, unsigned rows, JDIMENSION y)
{
	ptrdiff_t first, right, down, n = (ptrdiff_t)job->samples;
	const uint8_t *from;

	turn_steps(job, &first, &right, &down);
	first += (ptrdiff_t)y * down;
	for (JDIMENSION x = 0; x < job->out.image_width; x++, first += right) {
		from = job->pixels.ptr + first * n;
		for (unsigned r = 0; r < rows; r++, from += down * n)
			for (ptrdiff_t s = 0; s < n; s++)
				strip[r][(ptrdiff_t)x * n + s] = from[s];
	}
}

static void
copy_turned(struct job *job)
{
	size_t width = job->in.output_width, row = width * job->samples;
	JSAMPARRAY strip;
	uint8_t *room;
	unsigned n;
	enum err err;

	buf_init(&job->pixels, IMAGE_WORK_BYTES_MAX);
	err = buf_reserve(&job->pixels, row * job->in.output_height, &room);
	if (err != OK)
		leave(job, ERR_LIMIT);
	strip = strip_new(job, width, SAMPLES_MAX);
	for (JDIMENSION y = 0; y < job->in.output_height; y++) {
		read_rows(job, strip, 1);
		memcpy(room + y * row, strip[0], row);
	}
	strip = strip_new(job, job->out.image_width, job->samples);
	for (JDIMENSION y = 0; y < job->out.image_height; y += n) {
		n = rows_now(job, y);
		turn_strip(job, strip, n, y);
		jpeg_write_scanlines(&job->out, strip, n);
	}
}

static enum err
rebuild(struct job *job)
{
	enum err err;

	if (setjmp(job->escape) != 0)
		return job->err;
	jpeg_create_decompress(&job->in);
	jpeg_create_compress(&job->out);
	job->in.mem->max_memory_to_use = IMAGE_WORK_BYTES_MAX;
	job->in.src = &job->source;
	job->out.dest = &job->target;
	jpeg_read_header(&job->in, TRUE);
	err = check_header(job);
	if (err != OK)
		return err;
	start(job);
	if (job->planes)
		copy_planes(job);
	else if (job->exif.orientation > 1)
		copy_turned(job);
	else
		copy_straight(job);
	jpeg_finish_decompress(&job->in);
	jpeg_finish_compress(&job->out);
	return filter_end(job->sink);
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
	jpeg_destroy_compress(&job.out);
	buf_fini(&job.pixels);
	if (err == OK)
		err = note_rest(&job);
	else if (result->reason[0] == '\0')
		snprintf(result->reason, sizeof(result->reason), "JPEG: %.140s",
		    job.message[0] != '\0' ? job.message : err_name(err));
	result->outcome = OUTCOME_REBUILT;
	result->type = SAFE_JPEG;
	return err;
}
