/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The text of a page by poppler, word for word with the boxes of its
 * characters.
 */
#include "render_internal.h"

bool
render_text_get(PopplerPage *page, struct render_text *t)
{
	*t = (struct render_text){ .text = poppler_page_get_text(page) };
	if (t->text != NULL && g_utf8_validate(t->text, -1, NULL) &&
	    poppler_page_get_text_layout(page, &t->boxes, &t->boxes_n))
		return true;
	render_text_free(t);
	return false;
}

void
render_text_free(struct render_text *t)
{
	g_free(t->boxes);
	g_free(t->text);
	*t = (struct render_text){ .text = NULL };
}

/* Each character, blanks and line ends too, has a box. */
bool
render_text_next(struct render_text *t, struct render_word *word)
{
	const char *p = t->text + t->at, *next;
	gunichar c;

	*word = (struct render_word){ .n = 0 };
	for (; *p != '\0' && t->box < t->boxes_n; p = next, t->box++) {
		next = g_utf8_next_char(p);
		c = g_utf8_get_char(p);
		if (g_unichar_isspace(c) || c < 0x20) {
			if (word->n > 0)
				break;
			continue;
		}
		if (word->text.len + 6 > PIXELS_WORD_BYTES_MAX)
			break;
		if (word->n++ == 0) {
			word->text.ptr = (const uint8_t *)p;
			word->boxes = &t->boxes[t->box];
		}
		word->text.len += (size_t)(next - p);
	}
	t->at = (size_t)(p - t->text);
	return word->n > 0;
}

static void
add_box(struct pixels_word *to, const PopplerRectangle *r, double scale)
{
	double left = r->x1 * scale, top = r->y1 * scale;
	double right = r->x2 * scale, bottom = r->y2 * scale;

	left = CLAMP(left, 0, PIXELS_SIDE_MAX);
	top = CLAMP(top, 0, PIXELS_SIDE_MAX);
	right = CLAMP(right + 1, 0, PIXELS_SIDE_MAX);
	bottom = CLAMP(bottom + 1, 0, PIXELS_SIDE_MAX);
	to->left = MIN(to->left, (uint32_t)left);
	to->top = MIN(to->top, (uint32_t)top);
	to->right = MAX(to->right, (uint32_t)right);
	to->bottom = MAX(to->bottom, (uint32_t)bottom);
}

bool
render_word_box(const struct render_word *word, double scale, uint32_t width,
    uint32_t height, struct pixels_word *to)
{
	*to = (struct pixels_word){ UINT32_MAX, UINT32_MAX, 0, 0,
		word->text };
	for (guint i = 0; i < word->n; i++)
		add_box(to, &word->boxes[i], scale);
	to->right = MIN(to->right, width);
	to->bottom = MIN(to->bottom, height);
	return to->left < to->right && to->top < to->bottom;
}
