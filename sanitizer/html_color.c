/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Colours of CSS Color 4 and of the old attributes, and whether two of them
 * look alike. Everything is sRGB; what is not understood is no colour.
 */
#include <string.h>

#include "html_color.h"
#include "html_color_table.h"
#include "html_token.h"

#define COLORS_N	(sizeof(colors) / sizeof(colors[0]))
#define NAME_BYTES_MAX	20
#define NEAR		16
#define PARTS_MAX	4
#define NUMBER_MAX	100000

static uint32_t
rgba(uint32_t r, uint32_t g, uint32_t b, uint32_t a)
{
	if (a == 1)		/* would be COLOR_UNKNOWN */
		a = 0;
	return a << 24 | r << 16 | g << 8 | b;
}

static int
hex_digit(uint8_t c)
{
	c = ascii_lower(c);
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex_color(struct span s, uint32_t *color)
{
	uint32_t d[8];
	int digit;

	if (s.len != 3 && s.len != 4 && s.len != 6 && s.len != 8)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		digit = hex_digit(s.ptr[i]);
		if (digit < 0)
			return false;
		d[i] = (uint32_t)digit;
	}
	if (s.len <= 4)
		*color = rgba(d[0] * 17, d[1] * 17, d[2] * 17,
		    s.len == 4 ? d[3] * 17 : 255);
	else
		*color = rgba(d[0] * 16 + d[1], d[2] * 16 + d[3],
		    d[4] * 16 + d[5], s.len == 8 ? d[6] * 16 + d[7] : 255);
	return true;
}

static bool
named_color(struct span s, uint32_t *color)
{
	char name[NAME_BYTES_MAX + 1] = { 0 };
	size_t low = 0, high = COLORS_N;

	if (s.len > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		name[i] = (char)ascii_lower(s.ptr[i]);
	if (strcmp(name, "transparent") == 0) {
		*color = COLOR_TRANSPARENT;
		return true;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(colors[mid].name, name);

		if (order == 0) {
			*color = 0xff000000u | colors[mid].rgb;
			return true;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* A number in thousandths; percent tells whether % follows. */
static bool
number(struct span *s, int32_t *value, bool *percent)
{
	int64_t v = 0, unit = 1000;
	size_t i = 0, digits = 0;
	bool minus = false;

	while (i < s->len && (html_is_blank(s->ptr[i]) || s->ptr[i] == ',' ||
	    s->ptr[i] == '/'))
		i++;
	if (i < s->len && (s->ptr[i] == '-' || s->ptr[i] == '+'))
		minus = s->ptr[i++] == '-';
	for (; i < s->len && ascii_is_digit(s->ptr[i]); i++, digits++)
		if (v < NUMBER_MAX)
			v = v * 10 + (s->ptr[i] - '0');
	v *= 1000;
	if (i < s->len && s->ptr[i] == '.')
		for (i++; i < s->len && ascii_is_digit(s->ptr[i]);
		    i++, digits++) {
			unit /= 10;
			v += (s->ptr[i] - '0') * unit;
		}
	*percent = i < s->len && s->ptr[i] == '%';
	if (*percent)
		i++;
	if (v > NUMBER_MAX * 1000)
		v = NUMBER_MAX * 1000;
	*value = (int32_t)(minus ? -v : v);
	*s = span_sub(*s, i, s->len);
	return digits > 0;
}

/* thousandths of 1 (or of 100 %) to 0-255 */
static uint32_t
channel(int32_t value, bool percent, int32_t one)
{
	int64_t v = percent ? (int64_t)value * 255 / 100000 :
	    (int64_t)value * 255 / one;

	return v < 0 ? 0 : v > 255 ? 255 : (uint32_t)v;
}

/* CSS Color 4 section 7: one channel of hsl, all in thousandths. */
static uint32_t
hsl_channel(int32_t n, int32_t hue, int32_t saturation, int32_t light)
{
	int32_t k = (n * 1000 + hue / 30) % 12000;
	int32_t limit = light < 1000 - light ? light : 1000 - light;
	int32_t a = (int32_t)((int64_t)saturation * limit / 1000);
	int32_t m = k - 3000 < 9000 - k ? k - 3000 : 9000 - k;

	m = m > 1000 ? 1000 : m < -1000 ? -1000 : m;
	return channel(light - (int32_t)((int64_t)a * m / 1000), false, 1000);
}

static int32_t
clamp_thousand(int32_t percent)
{
	percent /= 100;
	return percent < 0 ? 0 : percent > 1000 ? 1000 : percent;
}

static bool
function_color(struct span s, bool hsl, uint32_t *color)
{
	int32_t v[PARTS_MAX] = { 0, 0, 0, 1000 }, s1, l1;
	bool percent[PARTS_MAX] = { false }, more;
	int n;

	for (n = 0; n < PARTS_MAX; n++) {
		if (!number(&s, &v[n], &more))
			break;
		percent[n] = more;
		if (n == 0 && span_begins_nocase(s, SPAN("deg")))
			s = span_sub(s, 3, s.len);
	}
	if (n < 3)
		return false;
	if (n == 3)
		v[3] = 1000;
	if (!hsl) {
		*color = rgba(channel(v[0], percent[0], 255000),
		    channel(v[1], percent[1], 255000),
		    channel(v[2], percent[2], 255000),
		    channel(v[3], percent[3], 1000));
		return true;
	}
	v[0] = (v[0] % 360000 + 360000) % 360000;
	s1 = clamp_thousand(v[1]);
	l1 = clamp_thousand(v[2]);
	*color = rgba(hsl_channel(0, v[0], s1, l1), hsl_channel(8, v[0], s1,
	    l1), hsl_channel(4, v[0], s1, l1), channel(v[3], percent[3],
	    1000));
	return true;
}

bool
html_color_parse(struct span s, uint32_t *color)
{
	size_t open;

	s = span_trim(s);
	if (s.len == 0)
		return false;
	if (s.ptr[0] == '#')
		return hex_color(span_sub(s, 1, s.len), color);
	open = span_find_byte(s, '(');
	if (open == s.len)
		return named_color(s, color);
	if (span_begins_nocase(s, SPAN("rgb")))
		return function_color(span_sub(s, open + 1, s.len), false,
		    color);
	if (span_begins_nocase(s, SPAN("hsl")))
		return function_color(span_sub(s, open + 1, s.len), true,
		    color);
	return false;
}

bool
html_color_attribute(struct span s, uint32_t *color)
{
	s = span_trim(s);
	return html_color_parse(s, color) || hex_color(s, color);
}

uint32_t
html_color_blend(uint32_t over, uint32_t under)
{
	uint32_t a = over >> 24, result = 0xff000000u, top, bottom;

	if (over == COLOR_UNKNOWN || a == 255)
		return over;
	if (a == 0)
		return under;
	if (under == COLOR_UNKNOWN)
		return COLOR_UNKNOWN;
	for (unsigned shift = 0; shift < 24; shift += 8) {
		top = over >> shift & 0xff;
		bottom = under >> shift & 0xff;
		result |= (top * a + bottom * (255 - a)) / 255 << shift;
	}
	return result;
}

bool
html_color_is_near(uint32_t a, uint32_t b)
{
	int32_t sum = 0, d;

	if (a == COLOR_UNKNOWN || b == COLOR_UNKNOWN)
		return false;
	for (unsigned shift = 0; shift < 24; shift += 8) {
		d = (int32_t)(a >> shift & 0xff) - (int32_t)(b >> shift & 0xff);
		sum += d * d;
	}
	return sum <= NEAR * NEAR;
}
