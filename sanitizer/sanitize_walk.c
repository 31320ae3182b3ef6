/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way through the tree of a mail: what is body, what is attachment, what
 * is a mail inside. All readings of an ambiguous mail are walked; a leaf that
 * two readings share is done once.
 */
#include "sanitize_internal.h"

#define WALK_DEPTH_MAX	(2 * MIME_DEPTH_MAX)

bool
sanitize_seen(struct level *l, const struct mime_part *part)
{
	for (size_t i = 0; i < l->seen_n; i++) {
		const struct mime_part *p = l->seen[i];

		if (p == part || (p->in == part->in &&
		    p->body_offset == part->body_offset &&
		    p->body_bytes == part->body_bytes &&
		    p->encoding == part->encoding &&
		    (p->children == NULL) == (part->children == NULL)))
			return true;
	}
	if (l->c->reserved > 0)
		l->c->reserved--;
	if (l->seen_n < SEEN_MAX)
		l->seen[l->seen_n++] = part;
	return false;
}

static bool
is_container(const struct mime_part *part)
{
	return part->children != NULL &&
	    span_begins(part->type, SPAN("multipart/"));
}

static bool
is_mail(const struct mime_part *part)
{
	return part->children != NULL &&
	    span_begins(part->type, SPAN("message/"));
}

/* The first body of this type below part, in the usual reading. */
static const struct mime_part *
find_body(const struct mime_part *part, struct span type, unsigned depth)
{
	const struct mime_part *found = NULL;

	if (depth > WALK_DEPTH_MAX || part->view > 0)
		return NULL;
	if (!is_container(part))
		return span_equal(part->type, type) &&
		    sanitize_is_body(part) ? part : NULL;
	for (const struct mime_part *p = part->children; p != NULL &&
	    found == NULL; p = p->next)
		found = find_body(p, type, depth + 1);
	return found;
}

static enum err walk(struct level *l, const struct mime_part *part, bool body,
    unsigned depth);

static enum err
walk_children(struct level *l, const struct mime_part *part, bool body,
    unsigned depth)
{
	enum err err = OK;

	for (const struct mime_part *p = part->children; p != NULL &&
	    err == OK; p = p->next)
		err = walk(l, p, body && p->view == 0, depth + 1);
	return err;
}

/* RFC 2046 5.1.4: the same in several forms. */
static enum err
walk_alternative(struct level *l, const struct mime_part *part,
    unsigned depth)
{
	const struct mime_part *plain, *html;
	enum err err = OK;

	plain = find_body(part, SPAN("text/plain"), depth);
	html = find_body(part, SPAN("text/html"), depth);
	if (plain != NULL || html != NULL)
		err = sanitize_body(l, plain, html);
	return err == OK ? walk_children(l, part, false, depth) : err;
}

/* RFC 2387: the first is the root, the others belong to it. */
static enum err
walk_related(struct level *l, const struct mime_part *part, bool body,
    unsigned depth)
{
	enum err err;

	err = walk(l, part->children, body, depth + 1);
	for (const struct mime_part *p = part->children->next; p != NULL &&
	    err == OK; p = p->next)
		err = walk(l, p, false, depth + 1);
	return err;
}

static enum err
walk_leaf(struct level *l, const struct mime_part *part, bool body,
    unsigned depth)
{
	enum err err;

	if (body && part->view == 0 && sanitize_is_body(part))
		err = span_equal(part->type, SPAN("text/html")) ?
		    sanitize_body(l, NULL, part) :
		    sanitize_body(l, part, NULL);
	else
		err = sanitize_leaf(l, part);
	/* files inside its text, other readings of it */
	return err == OK ? walk_children(l, part, false, depth) : err;
}

static enum err
walk_part(struct level *l, const struct mime_part *part, bool body,
    unsigned depth)
{
	if (is_mail(part))
		return sanitize_inner(l, part);
	if (!is_container(part))
		return walk_leaf(l, part, body, depth);
	if (body && span_equal(part->type, SPAN("multipart/alternative")))
		return walk_alternative(l, part, depth);
	if (span_equal(part->type, SPAN("multipart/related")))
		return walk_related(l, part, body, depth);
	return walk_children(l, part, body, depth);
}

/* Recursion is bounded: the parser has MIME_DEPTH_MAX. */
static enum err
walk(struct level *l, const struct mime_part *part, bool body, unsigned depth)
{
	enum err err;

	if (depth > WALK_DEPTH_MAX)
		return ERR_LIMIT;
	l->views += part->view > 0;
	err = walk_part(l, part, body && l->views == 0, depth);
	l->views -= part->view > 0;
	return err;
}

enum err
sanitize_walk(struct level *l, const struct mime_part *root)
{
	return walk(l, root, true, 0);
}
