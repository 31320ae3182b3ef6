/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Photos of the benches, drawn: no file of anyone's is needed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>

#include "../gateway/base/log.h"
#include "photo.h"

static uint64_t random_state = 88172645463325252u;

uint32_t
photo_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32);
}

/* A picture with the spectrum of a photo: broad shapes, edges, grain. */
static void
draw_row(unsigned char *row, int width, int height, int y, int grain)
{
	for (int x = 0; x < width; x++) {
		double u = (double)x / width, v = (double)y / height;
		double light = 120 + 70 * sin(5 * u + 3 * sin(4 * v)) +
		    30 * cos(23 * v + 9 * u * v);

		if (sin(31 * u + 17 * v) > 0.6)
			light *= 0.7;
		for (int c = 0; c < 3; c++) {
			double value = light + 14 * c * (u - v);

			value += (int)(photo_random() % (unsigned)grain) -
			    grain / 2;
			row[3 * x + c] = (unsigned char)(value < 0 ? 0 :
			    value > 255 ? 255 : value);
		}
	}
}

unsigned char *
photo_jpeg(int width, int height, int quality, int grain, size_t *len)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr error;
	unsigned char *out = NULL, *row = malloc((size_t)width * 3);
	unsigned long out_len = 0;

	if (row == NULL)
		die(4, "no memory");
	jpeg.err = jpeg_std_error(&error);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &out, &out_len);
	jpeg.image_width = (JDIMENSION)width;
	jpeg.image_height = (JDIMENSION)height;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, quality, TRUE);
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < jpeg.image_height) {
		draw_row(row, width, height, (int)jpeg.next_scanline, grain);
		jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(row);
	*len = out_len;
	return out;
}
