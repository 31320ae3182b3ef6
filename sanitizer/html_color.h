/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_COLOR_H
#define SEKISHO_SANITIZER_HTML_COLOR_H

#include <stdbool.h>
#include <stdint.h>

#include "../gateway/base/span.h"

/* 0xAARRGGBB; alpha 1 is not a colour but "cannot be known". */
#define COLOR_UNKNOWN		0x01000000u
#define COLOR_TRANSPARENT	0x00000000u
#define COLOR_BLACK		0xff000000u
#define COLOR_WHITE		0xffffffffu
#define COLOR_LINK		0xff0000eeu

/* A CSS colour: name, #rgb[a], #rrggbb[aa], rgb(), rgba(), hsl(), hsla(). */
bool html_color_parse(struct span value, uint32_t *color);

/* As html_color_parse, and the sloppy forms of old attributes: "ffffff". */
bool html_color_attribute(struct span value, uint32_t *color);

/* What one sees of over on top of under. */
uint32_t html_color_blend(uint32_t over, uint32_t under);

/* Can nobody tell the two apart (distance at most 16 in RGB)? */
bool html_color_is_near(uint32_t a, uint32_t b);

#endif
