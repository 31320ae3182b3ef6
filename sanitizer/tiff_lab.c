/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CIE L*a*b* of a TIFF (TIFF 6.0 section 23) to sRGB: white is D50, as print
 * shops have it, which becomes the white of the screen (Bradford).
 */
#include <math.h>

#include "tiff_read.h"

#define GAMMA_N		4096

static uint8_t gamma_table[GAMMA_N + 1];

static void
make_gamma(void)
{
	for (unsigned i = 0; i <= GAMMA_N; i++) {
		double v = (double)i / GAMMA_N;

		v = v <= 0.0031308 ? v * 12.92 :
		    1.055 * pow(v, 1 / 2.4) - 0.055;
		gamma_table[i] = (uint8_t)(v * 255 + 0.5);
	}
}

/* The inverse of CIE's f(). */
static float
linear(float f)
{
	return f > 6 / 29.0f ? f * f * f :
	    (f - 4 / 29.0f) * 3 * (6 / 29.0f) * (6 / 29.0f);
}

static uint32_t
sample(float v)
{
	return gamma_table[v <= 0 ? 0 : v >= 1 ? GAMMA_N :
	    (unsigned)(v * GAMMA_N + 0.5f)];
}

/* l 0 to 100, a and b -128 to 127 */
static uint32_t
pixel(float l, float a, float b)
{
	float f = (l + 16) / 116;
	float x = 0.9642f * linear(f + a / 500);
	float y = linear(f);
	float z = 0.8249f * linear(f - b / 200);

	return sample(3.1338561f * x - 1.6168667f * y - 0.4906146f * z) |
	    sample(-0.9787684f * x + 1.9161415f * y + 0.0334540f * z) << 8 |
	    sample(0.0719453f * x - 0.2289914f * y + 1.4052427f * z) << 16 |
	    0xff000000u;
}

static void
put_8(TIFFRGBAImage *image, uint32_t *to, uint32_t x, uint32_t y,
    uint32_t width, uint32_t height, int32_t from_skew, int32_t to_skew,
    unsigned char *from)
{
	(void)image;
	(void)x;
	(void)y;
	for (; height > 0; height--) {
		for (uint32_t i = 0; i < width; i++, from += 3)
			*to++ = pixel((float)from[0] * 100 / 255,
			    (int8_t)from[1], (int8_t)from[2]);
		to += to_skew;
		from += 3 * (ptrdiff_t)from_skew;
	}
}

static void
put_16(TIFFRGBAImage *image, uint32_t *to, uint32_t x, uint32_t y,
    uint32_t width, uint32_t height, int32_t from_skew, int32_t to_skew,
    unsigned char *bytes)
{
	const uint16_t *from = (const uint16_t *)(void *)bytes;

	(void)image;
	(void)x;
	(void)y;
	for (; height > 0; height--) {
		for (uint32_t i = 0; i < width; i++, from += 3)
			*to++ = pixel((float)from[0] * 100 / 65535,
			    (float)(int16_t)from[1] / 256,
			    (float)(int16_t)from[2] / 256);
		to += to_skew;
		from += 3 * (ptrdiff_t)from_skew;
	}
}

bool
tiff_lab(TIFFRGBAImage *image)
{
	if (image->samplesperpixel != 3 || !image->isContig ||
	    (image->bitspersample != 8 && image->bitspersample != 16))
		return false;
	make_gamma();
	image->put.contig = image->bitspersample == 8 ? put_8 : put_16;
	return true;
}
