/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_MIME_INTERNAL_H
#define SEKISHO_SANITIZER_MIME_INTERNAL_H

#include "limits.h"
#include "mime_parse.h"
#include "word.h"

#define BIT(flag)		(1u << (flag))
#define MIME_READINGS_MAX	4	/* of one Content-* field */
#define MIME_CANDIDATES_MAX	8	/* boundaries of one entity */
#define MIME_HITS_MAX		(4 * MIME_PARTS_MAX)
#define MIME_LOOK_BYTES		1024	/* of a line that may be a delimiter */
/* Every view costs a walk over its bytes; all together are bounded. */
#define MIME_WORK_FACTOR	24
#define MIME_WORK_BYTES_MIN	(16u * 1024 * 1024)

/* Boundaries that were seen to delimit, for lines that only look alike. */
struct mime_boundary {
	struct span		 text;
	struct mime_boundary	*next;
};

struct mime_parser {
	struct arena		*arena;
	struct mime_tree	*tree;
	struct diag		*diag;
	struct mime_boundary	*boundaries;
	uint64_t		 work;
	uint64_t		 work_max;
	/* the window: bytes of window_in from window_offset */
	const struct input	*window_in;
	uint64_t		 window_offset;
	size_t			 window_len;
	size_t			 window_cap;
	uint8_t			*window;
};

/* An entity to read: where it is and how. */
struct mime_range {
	const struct input	*in;
	uint64_t		 start;
	uint64_t		 end;
};

struct mime_how {
	struct mime_part	*parent;
	unsigned		 view;
	bool			 mail;	/* header of a mail, not of a part */
	bool			 cr;	/* bare CR ends a line, too */
	bool			 digest;	/* default is message/rfc822 */
	uint64_t		 header_end;	/* UINT64_MAX: as it stands */
};

struct mime_header {
	struct mime_field	*fields;
	struct span		 types[MIME_READINGS_MAX];
	size_t			 types_n;
	struct span		 encodings[MIME_READINGS_MAX];
	size_t			 encodings_n;
	struct span		 disposition;
	struct span		 content_id;
	uint64_t		 body;		/* offset */
	uint64_t		 early_end;	/* it might end here, too */
	bool			 content_after;	/* Content-* behind it */
	bool			 bare_cr;
	uint32_t		 flags;
};

/* A Content-Type or Content-Disposition, taken apart. */
struct mime_content {
	struct span		 type;		/* lower case */
	struct span		 raw;
	struct parameter	*list;		/* grows in the arena */
	size_t			 n;
	size_t			 room;
	uint32_t		 flags;
};

/* One way to read an entity's Content-* fields. */
struct mime_reading {
	struct mime_content	 content;
	enum mime_encoding	 encoding;
};

/* mime_window.c: bytes at offset, at least want of them unless the input
 * ends before. Valid until the next call. Memory is given as it is. */
enum err mime_window(struct mime_parser *p, const struct input *in,
    uint64_t offset, size_t want, struct span *s) MUST_CHECK;
/* Account for a walk over so many bytes. */
enum err mime_work(struct mime_parser *p, uint64_t bytes) MUST_CHECK;
enum err mime_limit(struct mime_parser *p, const char *what,
    uint64_t offset) MUST_CHECK;

/* mime_header.c */
enum err mime_header_read(struct mime_parser *p, const struct mime_range *range,
    const struct mime_how *how, struct mime_header *header) MUST_CHECK;
/* The length of a field name (with ':' behind it) at the start, or 0. */
size_t mime_header_name(struct span line, bool *blank_before_colon);

/* mime_field.c */
enum err mime_content_read(struct mime_parser *p, struct span value,
    struct mime_content *content) MUST_CHECK;
/* *bad: it is quoted, commented or unknown; *second: how else to read it. */
enum mime_encoding mime_encoding_read(struct span value, bool *bad,
    enum mime_encoding *second);
/* Lower case copy. False: no room. */
bool mime_lower(struct mime_parser *p, struct span s, struct span *lower);

/* mime_part.c */
enum err mime_part_new(struct mime_parser *p, struct mime_part *parent,
    unsigned view, struct mime_part **part) MUST_CHECK;
void mime_part_flag(struct mime_parser *p, struct mime_part *part,
    uint32_t bits);
/* The body in memory of the arena, decoded, as a new input. */
enum err mime_part_memory(struct mime_parser *p, const struct mime_part *part,
    const struct input **in, uint64_t *junk) MUST_CHECK;

/* mime_parse.c: an entity and all below it. */
enum err mime_entity(struct mime_parser *p, const struct mime_range *range,
    const struct mime_how *how) MUST_CHECK;

/* mime_multipart.c: parts of a multipart, all views. */
enum err mime_multipart(struct mime_parser *p, struct mime_part *part,
    const struct mime_content *content, bool cr) MUST_CHECK;

/* mime_delimiter.c */
enum mime_hit_class { HIT_EXACT = 1, HIT_CR = 2, HIT_PREFIX = 4 };
struct mime_hit {
	uint64_t		 line;		/* where -- stands */
	uint64_t		 body_end;	/* before the line end before */
	uint64_t		 after;		/* behind its own line end */
	unsigned		 candidate;
	enum mime_hit_class	 class;
	bool			 close;
	struct span		 text;		/* HIT_PREFIX: the line */
	struct mime_hit		*next;
};
struct mime_hits {
	struct span		 candidates[MIME_CANDIDATES_MAX];
	size_t			 candidates_n;
	size_t			 declared_n;	/* the first are parameters */
	bool			 encoded;	/* one is a decoded word */
	struct mime_hit		*first;
	struct mime_hit		**tail;
	size_t			 n;
	unsigned		 classes[MIME_CANDIDATES_MAX];	/* seen */
	size_t			 exact[MIME_CANDIDATES_MAX];
};
enum err mime_candidates(struct mime_parser *p,
    const struct mime_content *content, struct mime_hits *hits) MUST_CHECK;
enum err mime_hits_find(struct mime_parser *p, const struct mime_range *range,
    bool cr, struct mime_hits *hits) MUST_CHECK;
/* The first line "--x" of a range without a boundary. */
enum err mime_boundary_sniff(struct mime_parser *p,
    const struct mime_range *range, struct span *boundary) MUST_CHECK;

/* mime_leaf.c: what hides in a leaf: blocks in texts, base64 oddities. */
enum err mime_leaf(struct mime_parser *p, struct mime_part *part, bool cr)
    MUST_CHECK;
/* The whole body of a part once more as a child of it, a leaf. */
enum err mime_leaf_again(struct mime_parser *p, struct mime_part *part,
    unsigned view, enum mime_encoding encoding) MUST_CHECK;

#endif
