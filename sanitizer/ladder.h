/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_LADDER_H
#define SEKISHO_SANITIZER_LADDER_H

#include "handler.h"
#include "store.h"

/*
 * Leaves on their way to a safe form, several at once.
 *
 * A leaf goes down the ladder of handler.c; a rung is a row of tasks, one
 * child each, and what a child made is the next one's input. A ladder is the
 * state of that, so that many can wait for a child at the same time: when one
 * comes back, its ladder takes its next step.
 *
 * What comes out of a mail must not depend on who is done first. So a mail is
 * made in two passes, both in the order of the mail. The first decodes all
 * leaves, and gives each a row in the report, a line in the notice and a
 * ladder. The second waits for each ladder in turn and only then gives the
 * part its name, its place, and its share of what the mail may use up. What
 * happens between the two, in any order, touches nothing that is shared.
 *
 * Ladders begin in the order in which they were added. The first that was
 * not taken may always go on, which is why nobody waits for ever; the others
 * as far as there is room: LADDERS_OPEN_MAX of them between begin and take,
 * host->at_once children, and so many bytes of children that wait to be used.
 */
#define LADDERS_OPEN_MAX	32

struct made {				/* by a child: a file of it alone */
	int		 fd;		/* -1: none */
	uint64_t	 bytes;
};

struct ladder {
	struct handler_input input;
	const struct handler *handler;	/* NULL: below the last rung */
	unsigned	 rungs;		/* tried, this one too */
	unsigned	 step;
	enum err	 err;		/* of the rung before */
	enum {
		LADDER_NEW = 0,
		LADDER_READY,		/* for its next step */
		LADDER_WAITS,		/* for its child */
		LADDER_OVER,		/* to be taken */
	} state;
	uint32_t	 ticket;
	uint64_t	 held_bytes;	/* of the files below */
	struct made	 made;		/* by the last step */
	struct made	 clean;		/* of a PDF, for all of its rungs */
	struct made	 pages;		/* of one that becomes pictures */
	struct made	 lists;		/* before a cleaned PDF: pdf_link.h */
	uint32_t	 links_n, marks_n;	/* in them */
	bool		 lists_lost;	/* and it was said */
	const struct made *source;	/* of the next step */
	uint32_t	 first;		/* page */
	bool		 more;
	struct convert_result result;
	struct buf	drawn;		/* what the renderer removed: of its
					 * rung alone, unlike result's */
	struct ladder	*next;
};

/* Of one run, in its order; the first is the next to be taken. */
struct ladders {
	struct sanitizer_host *host;
	const struct sanitizer_policy *policy;
	struct ladder	*first, **tail;
	struct ladder	**insert;	/* new ones go there; NULL: behind */
	unsigned	 open_n, children_n;
	uint64_t	 held_bytes;
	uint32_t	 last_ticket;
	bool		 now_done;
	struct conversion now;
};
void ladders_init(struct ladders *ladders, struct sanitizer_host *host,
    const struct sanitizer_policy *policy);
/* Closes what is begun and forgets the rest. */
void ladders_fini(struct ladders *ladders);

/* ladder->input is filled in, the rest zero; it stays until it is taken. */
enum err ladder_add(struct ladders *ladders, struct ladder *ladder)
    MUST_CHECK;

/*
 * Wait for it, in the order in which they were added, and put its safe form
 * into the sink, which is ended then. handler, type and removed say what was
 * done; removed is in the arena. ERR_SYSTEM: the host is gone. Any other
 * error: no rung held; ladder->rungs is 0 if there was none to try.
 */
struct converted {
	const struct handler *handler;
	enum safe_type	type;
	struct store_sink sink;		/* to be ended if OK */
	struct span	removed;
	uint32_t	pages;		/* of a document; 0: not counted */
};
enum err ladder_take(struct ladders *ladders, struct ladder *ladder,
    struct store *store, struct converted *converted) MUST_CHECK;

/*
 * One conversion that cannot wait, with those of the ladders; its output goes
 * to out, which is ended. The list of what was removed is not wanted.
 */
enum err ladders_now(struct ladders *ladders,
    const struct convert_order *order, const struct input *in,
    struct filter *out) MUST_CHECK;

#endif
