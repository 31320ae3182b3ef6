/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands on a slide: frames, of which those of OLE objects become the
 * picture that PowerPoint keeps beside the object, and animations, which
 * name shapes by number and are whole or not there.
 */
#include "ooxml_powerpoint.h"

#include <stdlib.h>
#include <string.h>

/* ---- frames and objects ---- */

POWERPOINT_START(powerpoint_frame_start)
{
	struct powerpoint_part *state = rw->state;

	(void)tag;
	(void)action;
	if (state->frames++ > 0)
		return OK;	/* counted with the one around it */
	state->id[0] = '\0';
	state->name_len = 0;
	state->preview_from = state->preview_to = 0;
	rw->hollow = false;
	return OK;
}

/* The object's picture instead of its frame; of nothing there is none. */
POWERPOINT_END(powerpoint_frame_end)
{
	struct powerpoint_part *state = rw->state;
	struct span preview = span_sub(buf_span(rw->write.out),
	    state->preview_from, state->preview_to - state->preview_from);

	if (--state->frames > 0)
		return OK;
	if (preview.len > 0) {
		if (!arena_dup(state->part->opc->arena, preview, &preview))
			return ERR_LIMIT;
		xml_rewrite_forget(rw);
		rw->hollow = false;
		return xml_write_again(&rw->write, preview);
	}
	if (rw->hollow)
		xml_rewrite_forget(rw);
	rw->hollow = false;
	return OK;
}

static struct xml_attribute *
find_attribute(struct xml_tag *tag, const char *name)
{
	for (unsigned i = 0; i < tag->attributes_n; i++)
		if (tag->attributes[i].ns == XML_NS_NONE &&
		    strcmp(tag->attributes[i].name, name) == 0)
			return &tag->attributes[i];
	return NULL;
}

/* The picture of an object is the shape that its frame was. */
POWERPOINT_START(powerpoint_properties_start)
{
	struct powerpoint_part *state = rw->state;
	struct xml_attribute *id = find_attribute(tag, "id");
	struct xml_attribute *name = find_attribute(tag, "name");

	(void)action;
	if (state->frames == 0 || id == NULL)
		return OK;
	if (state->objects > 0) {
		if (state->id[0] != '\0')
			id->value = span_str(state->id);
		if (name != NULL && state->name_len > 0)
			name->value = (struct span){
			    (uint8_t *)state->name, state->name_len };
		return OK;
	}
	if (id->value.len < sizeof(state->id)) {
		memcpy(state->id, id->value.ptr, id->value.len);
		state->id[id->value.len] = '\0';
	}
	state->name_len = 0;
	if (name != NULL && name->value.len <= sizeof(state->name)) {
		memcpy(state->name, name->value.ptr, name->value.len);
		state->name_len = name->value.len;
	}
	return OK;
}

POWERPOINT_START(powerpoint_object_start)
{
	struct powerpoint_part *state = rw->state;

	(void)tag;
	if (state->frames == 0)
		*action = XML_DROP;
	else
		state->objects++;
	return OK;
}

POWERPOINT_START(powerpoint_picture_start)
{
	struct powerpoint_part *state = rw->state;

	(void)tag;
	(void)action;
	if (state->objects == 1)
		/* the tag around it is closed first */
		state->preview_from = rw->write.out->len + rw->write.open;
	return OK;
}

POWERPOINT_END(powerpoint_object_end)
{
	struct powerpoint_part *state = rw->state;
	struct span written;

	if (--state->objects > 0 || state->preview_from == 0)
		return OK;
	state->preview_to = rw->write.out->len;
	written = span_sub(buf_span(rw->write.out), state->preview_from,
	    state->preview_to - state->preview_from);
	/* without its image, or with more than a picture: no preview */
	if (span_begins(written, SPAN("<p:pic>")) &&
	    span_find(written, SPAN("</p:pic>")) + 8 == written.len &&
	    span_find(written, SPAN(" r:embed=\"")) < written.len)
		return OK;
	state->preview_from = state->preview_to = 0;
	rw->hollow = true;
	return OK;
}

/* ---- animations ---- */

static uint64_t
dropped(const struct xml_rewrite *rw)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < XML_COUNTS; i++)
		if (rw->counts[i].what != NULL &&
		    strcmp(rw->counts[i].what, "attribute") != 0 &&
		    strcmp(rw->counts[i].what, "extension") != 0)
			n += rw->counts[i].n;
	return n;
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

#define SHAPE	"<p:cNvPr "

/* The number in the tag at its beginning; false: it has none. */
static bool
shape_id(struct span tag, uint32_t *id)
{
	struct span value;
	uint64_t n;
	size_t at;

	tag = span_sub(tag, 0, span_find(tag, SPAN(">")));
	at = span_find(tag, SPAN(" id=\""));
	if (at == tag.len)
		return false;
	value = span_sub(tag, at + 5, tag.len);
	value = span_sub(value, 0, span_find(value, SPAN("\"")));
	if (!span_decimal(value, UINT32_MAX, &n))
		return false;
	*id = (uint32_t)n;
	return true;
}

/*
 * The numbers of the shapes that were written: our own bytes are read, in
 * which a "<" is always that of a tag.
 */
static enum err
collect_shapes(struct xml_rewrite *rw, struct powerpoint_part *state)
{
	struct span all = buf_span(rw->write.out), rest = all;
	size_t n = 0, at;

	for (; (at = span_find(rest, SPAN(SHAPE))) < rest.len; n++)
		rest = span_sub(rest, at + sizeof(SHAPE) - 1, rest.len);
	state->ids = arena_alloc_array(state->part->opc->arena, n + 1,
	    sizeof(state->ids[0]));
	if (state->ids == NULL)
		return ERR_LIMIT;
	for (rest = all; (at = span_find(rest, SPAN(SHAPE))) < rest.len; ) {
		/* from its blank on */
		rest = span_sub(rest, at + sizeof(SHAPE) - 2, rest.len);
		state->ids_n += shape_id(rest, &state->ids[state->ids_n]);
	}
	qsort(state->ids, state->ids_n, sizeof(state->ids[0]), compare);
	return OK;
}

POWERPOINT_START(powerpoint_timing_start)
{
	struct powerpoint_part *state = rw->state;

	(void)tag;
	if (state->timed) {
		*action = XML_DROP;
		return OK;
	}
	state->timed = true;
	state->dropped = dropped(rw);
	return collect_shapes(rw, state);
}

POWERPOINT_START(powerpoint_target_start)
{
	struct powerpoint_part *state = rw->state;
	struct span value;
	uint64_t n;
	uint32_t id;

	(void)action;
	if (!xml_tag_value(tag, XML_NS_NONE, "spid", &value) ||
	    !span_decimal(value, UINT32_MAX, &n)) {
		state->lost = true;
		return OK;
	}
	id = (uint32_t)n;
	if (state->ids_n == 0 || bsearch(&id, state->ids, state->ids_n,
	    sizeof(id), compare) == NULL)
		state->lost = true;
	return OK;
}

/* PowerPoint repairs a file that animates what is not there. */
POWERPOINT_END(powerpoint_timing_end)
{
	struct powerpoint_part *state = rw->state;

	if (!state->lost && dropped(rw) == state->dropped)
		return OK;
	xml_rewrite_forget(rw);
	xml_rewrite_count(rw, "animation");
	return OK;
}
