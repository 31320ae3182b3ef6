/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures on X displays, to see whether a screen has crossed the gateway.
 *
 *	make SEED WIDTH HEIGHT OUT.png
 *		a picture that nobody has by chance
 *	show FILE.png [LINE...]
 *		into a corner of the root window, and lines of text
 *	grab OUT.png
 *		the root window with all that is on it
 *	find PART.png WHOLE.png DIFFERENCE
 *		0 if the part is in the whole; DIFFERENCE is what a colour may
 *		be off, on average (0-255)
 */
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <png.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MAX	4096u
#define BLOCK		8u		/* of one colour, in make */
#define SAMPLES		64u
#define MARGIN		40
#define DESKTOP		0x2b6a6au	/* its colour, in show */

struct picture {
	uint32_t	width, height;
	uint32_t	*pixels;	/* 0x00rrggbb */
};

static void
bad(const char *what)
{
	fprintf(stderr, "x_picture: %s\n", what);
	exit(2);
}

static struct picture
picture_new(uint32_t width, uint32_t height)
{
	struct picture p = { width, height, NULL };

	if (width == 0 || height == 0 || width > SIDE_MAX || height > SIDE_MAX)
		bad("size");
	p.pixels = calloc((size_t)width * height, sizeof(*p.pixels));
	if (p.pixels == NULL)
		bad("memory");
	return p;
}

static struct picture
read_png(const char *path)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	struct picture p;

	if (!png_image_begin_read_from_file(&image, path))
		bad(image.message);
	image.format = PNG_FORMAT_BGRA;
	p = picture_new(image.width, image.height);
	if (!png_image_finish_read(&image, NULL, p.pixels, 0, NULL))
		bad(image.message);
	return p;
}

static void
write_png(const char *path, const struct picture *p)
{
	png_image image = {
		.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_BGRA,
		.width = p->width, .height = p->height
	};
	size_t i;

	for (i = 0; i < (size_t)p->width * p->height; i++)
		p->pixels[i] |= 0xff000000;
	if (!png_image_write_to_file(&image, path, 0, p->pixels, 0, NULL))
		bad(image.message);
}

static void
make(uint32_t seed, struct picture *p)
{
	uint32_t x, y;

	for (y = 0; y < p->height; y++)
		for (x = 0; x < p->width; x++) {
			uint32_t c = (x / BLOCK) * 73856093 ^
			    (y / BLOCK) * 19349663 ^ seed * 83492791;

			c ^= c >> 15;
			c *= 0x2c1b3c6d;
			c ^= c >> 12;
			p->pixels[(size_t)y * p->width + x] = c & 0xffffff;
		}
}

static Display *
display_open(void)
{
	Display *d = XOpenDisplay(NULL);

	if (d == NULL)
		bad("no display");
	if (DefaultDepth(d, DefaultScreen(d)) != 24)
		bad("the display has not 24 bits");
	return d;
}

static void
show(const struct picture *p, char **lines, int lines_n)
{
	Display *d = display_open();
	int screen = DefaultScreen(d), i;
	Window root = RootWindow(d, screen);
	GC gc = XCreateGC(d, root, 0, NULL);
	unsigned width = (unsigned)DisplayWidth(d, screen);
	unsigned height = (unsigned)DisplayHeight(d, screen);
	Pixmap map = XCreatePixmap(d, root, width, height, 24);
	XImage *image = XCreateImage(d, DefaultVisual(d, screen), 24, ZPixmap,
	    0, (char *)p->pixels, p->width, p->height, 32, 0);

	if (image == NULL || p->width + MARGIN > width ||
	    p->height + MARGIN > height)
		bad("image");
	XSetForeground(d, gc, DESKTOP);
	XFillRectangle(d, map, gc, 0, 0, width, height);
	XPutImage(d, map, gc, image, 0, 0, (int)(width - p->width - MARGIN),
	    (int)(height - p->height - MARGIN), p->width, p->height);
	XSetForeground(d, gc, 0xffffff);
	for (i = 0; i < lines_n; i++)
		XDrawString(d, map, gc, MARGIN, 120 + 24 * i, lines[i],
		    (int)strlen(lines[i]));
	XSetWindowBackgroundPixmap(d, root, map);
	XClearWindow(d, root);
	XSync(d, False);
	XCloseDisplay(d);
}

static struct picture
grab(void)
{
	Display *d = display_open();
	int screen = DefaultScreen(d);
	struct picture p = picture_new((uint32_t)DisplayWidth(d, screen),
	    (uint32_t)DisplayHeight(d, screen));
	XImage *image = XGetImage(d, RootWindow(d, screen), 0, 0, p.width,
	    p.height, AllPlanes, ZPixmap);
	uint32_t x, y;

	if (image == NULL)
		bad("image");
	for (y = 0; y < p.height; y++)
		for (x = 0; x < p.width; x++)
			p.pixels[(size_t)y * p.width + x] = 0xffffff &
			    (uint32_t)XGetPixel(image, (int)x, (int)y);
	XDestroyImage(image);
	XCloseDisplay(d);
	return p;
}

static uint32_t
off(uint32_t a, uint32_t b)
{
	uint32_t sum = 0;
	int shift;

	for (shift = 0; shift < 24; shift += 8)
		sum += (uint32_t)abs((int)(a >> shift & 0xff) -
		    (int)(b >> shift & 0xff));
	return sum;
}

/* Some of the part's colours are about where they would be. */
static bool
may_be_at(const struct picture *part, const struct picture *whole, uint32_t x0,
    uint32_t y0, double difference)
{
	double limit = (difference * 16 + 1) * 3 * SAMPLES, sum = 0;
	uint32_t i;

	for (i = 0; i < SAMPLES && sum <= limit; i++) {
		uint32_t x = i * 7919 % part->width;
		uint32_t y = i * 104729 % part->height;

		sum += off(part->pixels[(size_t)y * part->width + x],
		    whole->pixels[(size_t)(y0 + y) * whole->width + x0 + x]);
	}
	return sum <= limit;
}

static bool
is_at(const struct picture *part, const struct picture *whole, uint32_t x0,
    uint32_t y0, double difference)
{
	double limit = difference * 3 * part->width * part->height, sum = 0;
	uint32_t x, y;

	for (y = 0; y < part->height; y++) {
		for (x = 0; x < part->width; x++)
			sum += off(part->pixels[(size_t)y * part->width + x],
			    whole->pixels[(size_t)(y0 + y) * whole->width +
			    x0 + x]);
		if (sum > limit)
			return false;
	}
	printf("at %u,%u, colours are off by %.3f on average\n", x0, y0,
	    sum / 3 / part->width / part->height);
	return true;
}

static int
find(const struct picture *part, const struct picture *whole,
    double difference)
{
	uint32_t x, y;

	for (y = 0; y + part->height <= whole->height; y++)
		for (x = 0; x + part->width <= whole->width; x++)
			if (may_be_at(part, whole, x, y, difference) &&
			    is_at(part, whole, x, y, difference))
				return 0;
	puts("not there");
	return 1;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	struct picture p, whole;

	if (strcmp(what, "make") == 0 && argc == 6) {
		p = picture_new((uint32_t)strtoul(argv[3], NULL, 10),
		    (uint32_t)strtoul(argv[4], NULL, 10));
		make((uint32_t)strtoul(argv[2], NULL, 10), &p);
		write_png(argv[5], &p);
	} else if (strcmp(what, "show") == 0) {
		p = read_png(argv[2]);
		show(&p, argv + 3, argc - 3);
	} else if (strcmp(what, "grab") == 0 && argc == 3) {
		p = grab();
		write_png(argv[2], &p);
	} else if (strcmp(what, "find") == 0 && argc == 5) {
		p = read_png(argv[2]);
		whole = read_png(argv[3]);
		return find(&p, &whole, atof(argv[4]));
	} else {
		fputs("usage: see the head of x_picture.c\n", stderr);
		return 2;
	}
	return 0;
}
