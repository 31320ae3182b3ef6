/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A main() for fuzz targets that needs no fuzzer: replay the corpus, then
 * mutate its files from a printed seed for some seconds. Under ASan/UBSan a
 * fault ends the process; the input at hand is written to crash-input first
 * by the signal and sanitizer hooks, so that it can become a corpus file.
 *
 *	fuzz_NAME SECONDS CORPUS-DIR [SEED]
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FILES_MAX	4096
#define INPUT_BYTES_MAX	(256 * 1024)
#define INPUT_SECONDS_MAX 10	/* of the processor: others may use it, too */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void __sanitizer_set_death_callback(void (*callback)(void))
    __attribute__((weak));

struct sample {
	uint8_t	*data;
	size_t	 size;
};

static struct sample samples[FILES_MAX];
static size_t samples_n;
static uint64_t random_state;
static uint8_t current[INPUT_BYTES_MAX];
static size_t current_size;

static uint64_t
next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static size_t
below(size_t n)
{
	return n == 0 ? 0 : (size_t)(next_random() % n);
}

static void
save_current(void)
{
	int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd != -1 && write(fd, current, current_size) >= 0)
		fprintf(stderr, "input saved in ./crash-input (%zu bytes)\n",
		    current_size);
}

static void
load(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	struct sample *s = &samples[samples_n];

	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= INPUT_BYTES_MAX && samples_n < FILES_MAX) {
		s->data = malloc((size_t)st.st_size + 1);
		if (s->data != NULL &&
		    read(fd, s->data, (size_t)st.st_size) == st.st_size) {
			s->size = (size_t)st.st_size;
			samples_n++;
		}
	}
	close(fd);
}

static void
load_dir(const char *dir)
{
	struct dirent **list;
	char path[4096];
	int n = scandir(dir, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		load(path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

/* One of: flip, set, insert, delete, copy within, splice with another. */
static void
mutate_once(void)
{
	size_t at = below(current_size + 1), n = 1 + below(16);
	const struct sample *other;

	switch (below(7)) {
	case 0:
		if (at < current_size)
			current[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		if (at < current_size)
			current[at] = (uint8_t)next_random();
		break;
	case 2:
	case 3:
		if (current_size + n > INPUT_BYTES_MAX)
			break;
		memmove(current + at + n, current + at, current_size - at);
		for (size_t i = 0; i < n; i++)
			current[at + i] = (uint8_t)next_random();
		current_size += n;
		break;
	case 4:
		if (at + n > current_size)
			break;
		memmove(current + at, current + at + n,
		    current_size - at - n);
		current_size -= n;
		break;
	case 5:
		n = below(64);
		if (at + n <= current_size && n < current_size)
			memmove(current + below(current_size - n),
			    current + at, n);
		break;
	default:
		other = &samples[below(samples_n)];
		n = below(other->size);
		if (at + n <= INPUT_BYTES_MAX && n > 0) {
			memcpy(current + at,
			    other->data + below(other->size - n), n);
			if (at + n > current_size)
				current_size = at + n;
		}
	}
}

static void
on_hang(int signal)
{
	(void)signal;
	fprintf(stderr, "no end after %d s\n", INPUT_SECONDS_MAX);
	save_current();
	_exit(1);
}

static void
end_after(time_t seconds)
{
	const struct itimerval time = { .it_value = { .tv_sec = seconds } };

	if (setitimer(ITIMER_PROF, &time, NULL) == -1)
		exit(4);
}

/* The exact size on the heap, so that ASan sees one byte too far. */
static void
run_current(void)
{
	uint8_t *copy = malloc(current_size == 0 ? 1 : current_size);

	if (copy == NULL)
		exit(4);
	memcpy(copy, current, current_size);
	end_after(INPUT_SECONDS_MAX);
	LLVMFuzzerTestOneInput(copy, current_size);
	end_after(0);
	free(copy);
}

int
main(int argc, char **argv)
{
	uint64_t executions = 0;
	time_t end;

	if (argc < 3) {
		fprintf(stderr, "usage: %s SECONDS CORPUS-DIR [SEED]\n",
		    argv[0]);
		return 2;
	}
	if (__sanitizer_set_death_callback != NULL)
		__sanitizer_set_death_callback(save_current);
	signal(SIGPROF, on_hang);
	random_state = argc > 3 ? strtoull(argv[3], NULL, 10) :
	    (uint64_t)time(NULL) * 2654435761u + (uint64_t)getpid();
	if (random_state == 0)
		random_state = 1;
	load_dir(argv[2]);
	printf("%s: seed %" PRIu64 ", %zu files\n", argv[0], random_state,
	    samples_n);
	fflush(stdout);
	for (size_t i = 0; i < samples_n; i++, executions++) {
		current_size = samples[i].size;
		memcpy(current, samples[i].data, current_size);
		run_current();
	}
	end = time(NULL) + strtol(argv[1], NULL, 10);
	while (samples_n > 0 && time(NULL) < end) {
		const struct sample *s = &samples[below(samples_n)];

		current_size = s->size;
		memcpy(current, s->data, current_size);
		for (size_t n = 1 + below(8); n > 0; n--)
			mutate_once();
		run_current();
		executions++;
	}
	printf("%s: %" PRIu64 " executions, no fault\n", argv[0], executions);
	return samples_n == 0;
}
