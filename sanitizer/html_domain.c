/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Host names: which part of them was registered by somebody, what looks like
 * one in a text, and Punycode (RFC 3492) in both directions. No mapping beyond
 * ASCII case is done: upper-case letters of other scripts stay as they are.
 */
#include <string.h>

#include "../gateway/base/utf8.h"
#include "html_domain.h"
#include "html_out.h"

#define PUNY_BASE	36u
#define PUNY_TMIN	1u
#define PUNY_TMAX	26u
#define PUNY_SKEW	38u
#define PUNY_DAMP	700u
#define PUNY_BIAS	72u
#define PUNY_FIRST	0x80u

#define WORDS_N(words)	(sizeof(words) / sizeof((words)[0]))

/* JPRS: organisation types, and prefectures (地域型, 都道府県型). */
static const char *const jp_types[] = {
	"ac", "ad", "co", "ed", "go", "gr", "lg", "ne", "or",
};
static const char *const jp_prefectures[] = {
	"aichi", "akita", "aomori", "chiba", "ehime", "fukui", "fukuoka",
	"fukushima", "gifu", "gunma", "hiroshima", "hokkaido", "hyogo",
	"ibaraki", "ishikawa", "iwate", "kagawa", "kagoshima", "kanagawa",
	"kochi", "kumamoto", "kyoto", "mie", "miyagi", "miyazaki", "nagano",
	"nagasaki", "nara", "niigata", "oita", "okayama", "okinawa", "osaka",
	"saga", "saitama", "shiga", "shimane", "shizuoka", "tochigi",
	"tokushima", "tokyo", "tottori", "toyama", "wakayama", "yamagata",
	"yamaguchi", "yamanashi",
};
/* Designated cities with a domain of their own level. */
static const char *const jp_cities[] = {
	"kawasaki", "kitakyushu", "kobe", "nagoya", "sapporo", "sendai",
	"yokohama",
};
/* Second levels under other country domains. */
static const char *const second_levels[] = {
	"ac", "asn", "biz", "co", "com", "edu", "firm", "gob", "gen", "go",
	"gov", "govt", "gouv", "id", "idf", "ind", "info", "lg", "ltd", "me",
	"mil", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "police",
	"pro", "re", "sch", "school", "web",
};
/* Anybody can have a name under these. */
static const char *const shared[] = {
	"amazonaws.com", "appspot.com", "azurewebsites.net", "blogspot.com",
	"cloudfront.net", "firebaseapp.com", "github.io", "gitlab.io",
	"herokuapp.com", "netlify.app", "ngrok.io", "pages.dev",
	"r2.dev", "trycloudflare.com", "vercel.app", "web.app", "weebly.com",
	"windows.net", "wixsite.com", "wordpress.com", "workers.dev",
};
/* Top levels of more than two letters that are met in texts. */
static const char *const top_levels[] = {
	"academy", "app", "art", "asia", "biz", "blog", "cafe", "center",
	"city", "click", "cloud", "club", "com", "company", "community",
	"coop", "design", "dev", "edu", "email", "finance", "fun", "gmo",
	"gov", "group", "help", "icu", "inc", "info", "int", "jobs", "kyoto",
	"life", "link", "live", "lol", "ltd", "market", "media", "mil", "mobi",
	"moe", "museum", "nagoya", "name", "net", "network", "news", "ninja",
	"okinawa", "one", "online", "ooo", "org", "osaka", "page", "pro",
	"quest", "rest", "ryukyu", "sbs", "school", "science", "services",
	"shop", "site", "space", "store", "studio", "support", "systems",
	"tech", "tel", "today", "tokyo", "top", "travel", "university", "vip",
	"wang", "webcam", "website", "wiki", "win", "work", "works", "world",
	"xxx", "xyz", "yokohama",
};
/* Country domains (ISO 3166 and the few beside it), two letters each. */
static const char countries[] =
	"ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be "
	"bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc cd cf cg ch "
	"ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee "
	"eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm "
	"gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io "
	"iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb "
	"lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp "
	"mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu "
	"nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru "
	"rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx "
	"sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk "
	"us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ";
/* Those of them that are file extensions, too. */
static const char *const extensions[] = {
	"ai", "cc", "cs", "md", "pl", "pm", "ps", "py", "rs", "sh", "so", "st",
};

static bool
word_in(struct span word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(word, span_str(words[i])))
			return true;
	return false;
}

#define IN(word, words)	word_in(word, words, WORDS_N(words))

/*
 * The last n labels; *all is true when these are all. n is small and fixed.
 */
static struct span
last_labels(struct span host, unsigned n, bool *all)
{
	size_t at = host.len;

	*all = false;
	while (at > 0) {
		if (host.ptr[at - 1] == '.' && --n == 0)
			return span_sub(host, at, host.len);
		at--;
	}
	*all = true;
	return host;
}

static struct span
first_label(struct span s)
{
	struct span label;

	span_cut(&s, '.', &label);
	return label;
}

static unsigned
jp_labels(struct span host)
{
	bool all;
	struct span second = first_label(last_labels(host, 2, &all));
	struct span third = first_label(last_labels(host, 3, &all));

	if (IN(second, jp_types))
		return 3;
	if (IN(second, jp_cities))
		return span_equal(third, SPAN("city")) ? 3 : 4;
	if (IN(second, jp_prefectures))
		return span_equal(third, SPAN("pref")) ||
		    span_equal(third, SPAN("metro")) ? 3 : 4;
	return 2;
}

struct span
domain_registrable(struct span host)
{
	struct span two, top;
	bool all;

	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	if (domain_is_address(host))
		return host;
	top = last_labels(host, 1, &all);
	two = last_labels(host, 2, &all);
	if (span_equal(top, SPAN("jp")))
		return last_labels(host, jp_labels(host), &all);
	if (IN(two, shared))
		return last_labels(host, 3, &all);
	if (top.len == 2 && IN(first_label(two), second_levels))
		return last_labels(host, 3, &all);
	return two;
}

bool
domain_is_address(struct span host)
{
	struct span label;
	bool all;

	if (host.len > 0 && host.ptr[0] == '[')
		return true;
	while (host.len > 0 && host.ptr[host.len - 1] == '.')
		host.len--;
	label = last_labels(host, 1, &all);
	if (label.len == 0)
		return false;
	if (label.len >= 2 && label.ptr[0] == '0' && label.ptr[1] == 'x')
		label = span_sub(label, 2, label.len);
	else
		for (size_t i = 0; i < label.len; i++)
			if (!ascii_is_digit(label.ptr[i]))
				return false;
	for (size_t i = 0; i < label.len; i++)
		if (!ascii_is_digit(label.ptr[i]) &&
		    !(label.ptr[i] >= 'a' && label.ptr[i] <= 'f'))
			return false;
	return true;
}

static bool
is_country(struct span top)
{
	for (const char *c = countries; *c != '\0'; c += 3)
		if (top.ptr[0] == (uint8_t)c[0] && top.ptr[1] == (uint8_t)c[1])
			return true;
	return false;
}

bool
domain_is_host(struct span word)
{
	struct span rest = word, label, top = { NULL, 0 };
	unsigned labels = 0;
	bool more;

	if (word.len > DOMAIN_BYTES_MAX)
		return false;
	do {
		more = span_cut(&rest, '.', &label);
		if (label.len == 0 || label.len > LABEL_BYTES_MAX ||
		    label.ptr[0] == '-')
			return false;
		top = label;
		labels++;
	} while (more);
	if (labels < 2)
		return false;
	if (span_begins(top, SPAN("xn--")))
		return true;
	for (size_t i = 0; i < top.len; i++)
		if (!ascii_is_alpha(top.ptr[i]))
			return false;
	if (top.len == 2)
		return is_country(top) &&
		    (labels > 2 || !IN(top, extensions));
	return IN(top, top_levels);
}

/* RFC 3492 section 6.1 */
static uint32_t
puny_adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / PUNY_DAMP : delta / 2;
	delta += delta / points;
	for (; delta > (PUNY_BASE - PUNY_TMIN) * PUNY_TMAX / 2; k += PUNY_BASE)
		delta /= PUNY_BASE - PUNY_TMIN;
	return k + (PUNY_BASE - PUNY_TMIN + 1) * delta / (delta + PUNY_SKEW);
}

static uint32_t
puny_threshold(uint32_t k, uint32_t bias)
{
	return k <= bias ? PUNY_TMIN :
	    k >= bias + PUNY_TMAX ? PUNY_TMAX : k - bias;
}

static int
puny_digit(uint8_t c)
{
	c = ascii_lower(c);
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return ascii_is_digit(c) ? c - '0' + 26 : -1;
}

/* RFC 3492 section 6.2; points has LABEL_BYTES_MAX places. */
static bool
puny_decode(struct span s, uint32_t *points, size_t *n)
{
	uint32_t c = PUNY_FIRST, i = 0, bias = PUNY_BIAS, old, w, k, t;
	size_t at = s.len;
	int digit;

	*n = 0;
	while (at > 0 && s.ptr[at - 1] != '-')
		at--;
	for (size_t b = 0; at > 0 && b < at - 1; b++)
		points[(*n)++] = s.ptr[b];
	while (at < s.len) {
		old = i;
		w = 1;
		for (k = PUNY_BASE;; k += PUNY_BASE) {
			digit = at < s.len ? puny_digit(s.ptr[at++]) : -1;
			if (digit < 0 || (uint32_t)digit >
			    (UINT32_MAX - i) / w)
				return false;
			i += (uint32_t)digit * w;
			t = puny_threshold(k, bias);
			if ((uint32_t)digit < t)
				break;
			if (w > UINT32_MAX / (PUNY_BASE - t))
				return false;
			w *= PUNY_BASE - t;
		}
		if (*n == LABEL_BYTES_MAX)
			return false;
		bias = puny_adapt(i - old, (uint32_t)*n + 1, old == 0);
		if (i / (*n + 1) > 0x10ffff)
			return false;
		c += i / (uint32_t)(*n + 1);
		i %= (uint32_t)(*n + 1);
		if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
		memmove(points + i + 1, points + i,
		    (*n - i) * sizeof(points[0]));
		points[i++] = c;
		(*n)++;
	}
	return true;
}

/* One number of RFC 3492 section 6.3, behind at in out. */
static bool
puny_put(uint32_t delta, uint32_t bias, char *out, size_t *at)
{
	uint32_t q = delta, t, digit;

	for (uint32_t k = PUNY_BASE;; k += PUNY_BASE) {
		t = puny_threshold(k, bias);
		digit = q < t ? q : t + (q - t) % (PUNY_BASE - t);
		if (*at == LABEL_BYTES_MAX)
			return false;
		out[(*at)++] = (char)(digit < 26 ? 'a' + digit :
		    '0' + digit - 26);
		if (q < t)
			return true;
		q = (q - t) / (PUNY_BASE - t);
	}
}

/* RFC 3492 section 6.3; out has LABEL_BYTES_MAX places, as points. */
static bool
puny_encode(const uint32_t *points, size_t n, char *out, size_t *len)
{
	uint32_t c = PUNY_FIRST, bias = PUNY_BIAS, delta = 0, next;
	size_t basic = 0, done, at = 0;

	for (size_t i = 0; i < n; i++)
		if (points[i] < 0x80)
			out[at++] = (char)points[i];
	basic = done = at;
	if (basic > 0 && at < LABEL_BYTES_MAX)
		out[at++] = '-';
	while (done < n) {
		next = UINT32_MAX;
		for (size_t i = 0; i < n; i++)
			if (points[i] >= c && points[i] < next)
				next = points[i];
		/* at most 63 points below 2^21: no overflow */
		delta += (next - c) * ((uint32_t)done + 1);
		c = next;
		for (size_t i = 0; i < n; i++) {
			if (points[i] < c)
				delta++;
			if (points[i] != c)
				continue;
			if (!puny_put(delta, bias, out, &at))
				return false;
			bias = puny_adapt(delta, (uint32_t)done + 1,
			    done == basic);
			delta = 0;
			done++;
		}
		delta++;
		c++;
	}
	*len = at;
	return true;
}

static bool
label_to_ascii(struct span label, struct buf *out)
{
	uint32_t points[LABEL_BYTES_MAX];
	char text[LABEL_BYTES_MAX];
	size_t n = 0, len;
	bool ascii = true;

	for (struct span s = label; s.len > 0; s = span_sub(s, len, s.len)) {
		if (n == LABEL_BYTES_MAX)
			return false;
		points[n] = utf8_decode(s, &len);
		if (points[n] == UTF8_BAD || html_is_invisible(points[n]))
			return false;
		ascii &= points[n] < 0x80;
		n++;
	}
	if (ascii)
		return buf_add(out, label) == OK;
	return puny_encode(points, n, text, &len) &&
	    len + 4 <= LABEL_BYTES_MAX && buf_add_str(out, "xn--") == OK &&
	    buf_add(out, (struct span){ (const uint8_t *)text, len }) == OK;
}

static bool
label_to_unicode(struct span label, struct buf *out)
{
	uint32_t points[LABEL_BYTES_MAX];
	uint8_t bytes[4] = { 0 };
	size_t n;

	if (!span_begins(label, SPAN("xn--")))
		return buf_add(out, label) == OK;
	if (label.len > LABEL_BYTES_MAX ||
	    !puny_decode(span_sub(label, 4, label.len), points, &n) || n == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		/* what cannot be seen, or would change what is around it */
		if (html_is_invisible(points[i]) || points[i] == 0x20 ||
		    points[i] == 0xa0 || points[i] == 0x3000 ||
		    points[i] == '<' || points[i] == '>' || points[i] == ')')
			return false;
		if (buf_add(out, (struct span){ bytes,
		    utf8_encode(points[i], bytes) }) != OK)
			return false;
	}
	return true;
}

static bool
each_label(struct span host, struct buf *out,
    bool (*convert)(struct span, struct buf *))
{
	size_t start = out->len;
	struct span label;
	bool more;

	do {
		more = span_cut(&host, '.', &label);
		if (!convert(label, out) ||
		    (more && buf_add_byte(out, '.') != OK)) {
			buf_truncate(out, start);
			return false;
		}
	} while (more);
	return true;
}

bool
domain_to_ascii(struct span host, struct buf *out)
{
	return each_label(host, out, label_to_ascii);
}

bool
domain_to_unicode(struct span host, struct buf *out)
{
	return each_label(host, out, label_to_unicode);
}
