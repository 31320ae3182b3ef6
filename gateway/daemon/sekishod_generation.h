/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_DAEMON_SEKISHOD_GENERATION_H
#define SEKISHO_DAEMON_SEKISHOD_GENERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/digest.h"

/*
 * The generations of the rules, on disk. In STATE/generations are, for
 * generation 7 of two files:
 *
 *	00000007.0.rules	the rule file, as it was read
 *	00000007.1.rules	what it includes, in the order of reading
 *	00000007.meta		who, when, why, digests, what happened to it;
 *				ends in a digest of its own
 *	current			"7": in force, and what a start takes
 *	pending			"8 STAGED|TRIAL DEADLINE_MS": waits for a word
 *	seen			digests of the rule file as last looked at,
 *				and of its path
 *
 * Each file is replaced whole (durable_replace), the meta after the rules:
 * a generation exists when its meta does. What stands in no complete
 * generation is removed at the next start. The moment that decides which
 * rules a start takes is the replacement of `current`, and nothing else.
 */
#define GENERATIONS_MAX		1000	/* kept; the oldest go */
#define GENERATION_FILES_MAX	64
#define GENERATION_PATH_BYTES	4096
#define GENERATION_NAME_BYTES	64
#define GENERATION_REASON_BYTES	1024
#define GENERATION_EVENTS_MAX	16
#define GENERATION_META_BYTES_MAX (512u * 1024)
#define RULE_FILE_BYTES_MAX	(32u * 1024 * 1024)
#define RULE_SET_BYTES_MAX	(128u * 1024 * 1024)

/* A rule file and its includes: sealed memory files, so one can hand them
 * to a process that must not change them. */
struct rule_file {
	char		path[GENERATION_PATH_BYTES];
	int		fd;
	uint64_t	bytes;
};

struct rule_set {
	struct rule_file files[GENERATION_FILES_MAX];
	unsigned	 n;
	uint64_t	 bytes;
	bool		 renewed;	/* in force already: a new day */
};

/* Begin an empty set; forget a set and close its files. */
void rule_set_init(struct rule_set *set);
void rule_set_fini(struct rule_set *set);
/* Copies the bytes. ERR_LIMIT: too many, too long. ERR_INPUT: a bad path. */
enum err rule_set_add(struct rule_set *set, struct span path,
    struct span bytes, struct diag *diag) MUST_CHECK;
/* The same, of all that is in a plain file. */
enum err rule_set_add_fd(struct rule_set *set, struct span path, int fd,
    struct diag *diag) MUST_CHECK;
/* NULL: not there. */
const struct rule_file *rule_set_find(const struct rule_set *set,
    struct span path);
/* Of the texts in their order; where they stood does not matter. */
enum err rule_set_digest(const struct rule_set *set,
    uint8_t digest[DIGEST_BYTES], struct diag *diag) MUST_CHECK;

/* Who did something: from the kernel, never from what somebody says. */
struct person {
	uint32_t	uid;
	char		name[GENERATION_NAME_BYTES];
};

enum generation_act {
	ACT_STAGED = 1,		/* waits for its approval */
	ACT_APPROVED,		/* by another one than the author */
	ACT_TRIAL,		/* in force, and waits to be confirmed */
	ACT_CONFIRMED,
	ACT_IN_FORCE,		/* without a trial */
	ACT_TIMED_OUT,		/* nobody confirmed: the old rules again */
	ACT_RESTARTED,		/* the gateway ended during the trial */
	ACT_ROLLED_BACK,	/* by a person, during the trial */
	ACT_WITHDRAWN,		/* while it was staged */
	ACT_N
};
const char *generation_act_name(enum generation_act act);

struct generation_event {
	enum generation_act act;
	uint64_t	time_ms;	/* wall */
	struct person	by;
};

struct generation {
	uint64_t	number;
	uint64_t	time_ms;	/* wall: when it was made */
	uint64_t	base;		/* what was in force then; 0: nothing */
	uint64_t	confirm_s;	/* 0: no trial */
	bool		second;		/* needs another person's approval */
	unsigned	files;
	struct person	author;
	char		reason[GENERATION_REASON_BYTES];
	char		source[GENERATION_PATH_BYTES];
	uint8_t		text[DIGEST_BYTES];
	uint8_t		image[DIGEST_BYTES];
	struct generation_event events[GENERATION_EVENTS_MAX];
	unsigned	events_n;
};
bool generation_has(const struct generation *g, enum generation_act act);
/* The last event of that kind, or NULL. */
const struct generation_event *generation_event(const struct generation *g,
    enum generation_act act);

enum generation_wait { WAIT_NONE = 0, WAIT_STAGED, WAIT_TRIAL };

struct generation_store {
	int		dir;
	uint64_t	newest;		/* 0: none yet */
	uint64_t	current;	/* 0: none yet */
	uint64_t	pending;	/* 0: none */
	enum generation_wait wait;
	uint64_t	deadline_ms;	/* wall, of the trial */
	bool		doubt;		/* `current` may be another on disk */
	uint8_t		seen[2][DIGEST_BYTES];	/* text, path */
	bool		seen_known;
};

/*
 * Open STATE/generations (it exists), and put in order what a stop in the
 * middle of a change has left. A trial stays in `pending`: the caller
 * decides. ERR_INPUT: what stands there was not written by us.
 */
enum err generation_store_open(struct generation_store *store, int state_dir,
    struct diag *diag) MUST_CHECK;
void generation_store_close(struct generation_store *store);

/*
 * Keep a new generation: it gets its number. Nothing but history changes.
 * On error there is no new generation. Blocks for the disk, as all below.
 */
enum err generation_add(struct generation_store *store, struct generation *g,
    const struct rule_set *set, struct diag *diag) MUST_CHECK;
/* What becomes of it is written down in its meta. */
enum err generation_note(struct generation_store *store, uint64_t number,
    enum generation_act act, const struct person *by, struct diag *diag)
    MUST_CHECK;
/* On error the old one is in force, if the disk lets us say so. */
enum err generation_set_current(struct generation_store *store,
    uint64_t number, struct diag *diag) MUST_CHECK;
enum err generation_set_pending(struct generation_store *store,
    uint64_t number, enum generation_wait wait, uint64_t deadline_ms,
    struct diag *diag) MUST_CHECK;
enum err generation_clear_pending(struct generation_store *store,
    struct diag *diag) MUST_CHECK;
enum err generation_set_seen(struct generation_store *store,
    const uint8_t text[DIGEST_BYTES], const char *path, struct diag *diag)
    MUST_CHECK;
/* Was a rule file looked at, and another one than this? */
bool generation_seen_other(const struct generation_store *store,
    const char *path);

/* ERR_POLICY: no such generation. ERR_INPUT: damaged. */
enum err generation_read(const struct generation_store *store,
    uint64_t number, struct generation *g, struct diag *diag) MUST_CHECK;
/* Its files, compared with their digest; the set is begun anew. */
enum err generation_files(const struct generation_store *store,
    const struct generation *g, struct rule_set *set, struct diag *diag)
    MUST_CHECK;
/* The numbers, ascending; the newest when there are more than max. */
enum err generation_list(const struct generation_store *store,
    uint64_t *numbers, unsigned max, unsigned *n, struct diag *diag)
    MUST_CHECK;

/* sekishod_generation_meta.c: the text of a meta file. */
enum err generation_meta_print(const struct generation *g,
    const struct rule_set *set, struct buf *out) MUST_CHECK;
/* set: gets the paths (no files), or NULL. ERR_INPUT: not such a text. */
enum err generation_meta_parse(struct span text, struct generation *g,
    struct rule_set *set, struct diag *diag) MUST_CHECK;

#endif
