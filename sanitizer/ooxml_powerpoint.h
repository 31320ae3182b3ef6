/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_OOXML_POWERPOINT_H
#define SEKISHO_SANITIZER_OOXML_POWERPOINT_H

#include "opc.h"

/*
 * Presentations. Lists of slides and masters name parts of their kind only,
 * a slide once; what leads to a slide (links, custom shows, views) leads to
 * one in the presentation's list. An OLE object becomes its picture. An
 * animation stays if all of it is known and all that it moves is there.
 */
#define POWERPOINT_NAME_BYTES	256	/* of a frame; longer is not kept */

/* rw->state of the hooks. */
struct powerpoint_part {
	struct opc_part	*part;
	/* the graphic frame that is open */
	unsigned	 frames;	/* depth; 0: none */
	unsigned	 objects;	/* depth in p:oleObj */
	char		 id[12];	/* of the frame */
	char		 name[POWERPOINT_NAME_BYTES];
	size_t		 name_len;
	size_t		 preview_from, preview_to;	/* in rw->write.out */
	/* the animation */
	bool		 timed;		/* there was one */
	bool		 lost;		/* what it moves is not there */
	uint32_t	*ids;		/* of the slide's shapes, sorted */
	size_t		 ids_n;
	uint64_t	 dropped;	/* up to its beginning */
	/* the custom show that is open names a slide that is not there */
	bool		 torn;
};

/* Hooks. */
#define POWERPOINT_START(name) enum err name(struct xml_rewrite *rw, \
	struct xml_tag *tag, enum xml_action *action)
#define POWERPOINT_END(name) enum err name(struct xml_rewrite *rw)

POWERPOINT_START(powerpoint_frame_start);
POWERPOINT_END(powerpoint_frame_end);
POWERPOINT_START(powerpoint_properties_start);	/* p:cNvPr */
POWERPOINT_START(powerpoint_object_start);
POWERPOINT_END(powerpoint_object_end);
POWERPOINT_START(powerpoint_picture_start);
POWERPOINT_START(powerpoint_timing_start);
POWERPOINT_END(powerpoint_timing_end);
POWERPOINT_START(powerpoint_target_start);	/* has a spid */

/* The text of all slides; out was made with buf_init(). */
enum err powerpoint_text(struct opc *opc, struct buf *out) MUST_CHECK;

#endif
