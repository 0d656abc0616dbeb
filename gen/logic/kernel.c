/* Evaluating And-Inverter Graphs 64 vectors to a machine word, blocks of words at a time.

   A plan gives every value a slot, and gives the slot to another value after its last reader, so
   that the values alive at any time stay in the processor's caches. A block of 1, 2, 4, ... 32
   words then goes through the whole plan. `gen/logic/kernel.py` compiles and calls this file;
   nothing here allocates memory, and all sizes are checked there. */

#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define AHEAD 12 /* ANDs between asking for a row and using it, in plans larger than the cache */

/* GCC and Clang make the best of it that the processor has. */
typedef uint64_t quad __attribute__((vector_size(32), aligned(8), may_alias));

/* Slots for `ands` ANDs over `first` inputs and constant. `fan_in` holds 2 literals for each AND,
   `plan` takes 3 numbers: the slot, and the two literals on slots. `ends` are literals on nodes
   when called and literals on slots after it. `last`, `slot` and `spare` are room for a number per
   node. Returns how many slots are used, -1 where an AND
   or an end reads no earlier literal. */
int64_t smelt_plan(int64_t first, int64_t ands, int64_t ends_count, const int64_t *fan_in,
                   int64_t *ends, int32_t *plan, int32_t *last, int32_t *slot, int32_t *spare)
{
    int64_t used = first, free_count = 0;
    memset(last, -1, (size_t)(first + ands) * sizeof *last);
    for (int64_t i = 0; i < 2 * ands; i++) {
        if (fan_in[i] < 0 || fan_in[i] >> 1 >= first + i / 2)
            return -1;
        last[fan_in[i] >> 1] = (int32_t)(i / 2);
    }
    for (int64_t i = 0; i < ends_count; i++) {
        if (ends[i] < 0 || ends[i] >> 1 >= first + ands)
            return -1;
        last[ends[i] >> 1] = INT32_MAX;
    }
    for (int64_t i = 0; i < first; i++)
        slot[i] = (int32_t)i;
    for (int64_t i = 0; i < ands; i++) {
        int64_t a = fan_in[2 * i], b = fan_in[2 * i + 1], own = first + i;
        /* Taken before its operands are freed: a row never overwrites one that it reads. */
        slot[own] = free_count ? spare[--free_count] : (int32_t)used++;
        plan[3 * i] = slot[own];
        plan[3 * i + 1] = slot[a >> 1] * 2 | (int32_t)(a & 1);
        plan[3 * i + 2] = slot[b >> 1] * 2 | (int32_t)(b & 1);
        if (last[a >> 1] == i)
            spare[free_count++] = slot[a >> 1];
        if (last[b >> 1] == i && b >> 1 != a >> 1)
            spare[free_count++] = slot[b >> 1];
        if (last[own] < 0)
            spare[free_count++] = slot[own];
    }
    for (int64_t i = 0; i < ends_count; i++)
        ends[i] = slot[ends[i] >> 1] * (int64_t)2 | (ends[i] & 1);
    return used;
}

/* All ANDs on one block of `words` words; a constant, so that the inner loop is unrolled. */
INLINE void ands_of(const int words, const int64_t ands, const int32_t *plan, uint64_t *rows,
                    const int far)
{
    for (int64_t i = 0; i < ands; i++, plan += 3) {
        if (far && i + AHEAD < ands) {
            const char *a = (const char *)(rows + (int64_t)(plan[3 * AHEAD + 1] >> 1) * words);
            const char *b = (const char *)(rows + (int64_t)(plan[3 * AHEAD + 2] >> 1) * words);
            for (int at = 0; at < words * 8; at += 64) {
                __builtin_prefetch(a + at);
                __builtin_prefetch(b + at);
            }
        }
        uint64_t *restrict row = rows + (int64_t)plan[0] * words;
        const uint64_t *a = rows + (int64_t)(plan[1] >> 1) * words;
        const uint64_t *b = rows + (int64_t)(plan[2] >> 1) * words;
        const uint64_t not_a = -(uint64_t)(plan[1] & 1), not_b = -(uint64_t)(plan[2] & 1);
        if (words < 4)
            for (int at = 0; at < words; at++)
                row[at] = (a[at] ^ not_a) & (b[at] ^ not_b);
        else
            for (int at = 0; at < words; at += 4)
                *(quad *)(row + at) = (*(const quad *)(a + at) ^ not_a)
                                      & (*(const quad *)(b + at) ^ not_b);
    }
}

static void block(int words, int64_t ands, const int32_t *plan, uint64_t *rows, int far)
{
    switch (words) {
#define CASE(n) \
    case n: \
        if (far) \
            ands_of(n, ands, plan, rows, 1); \
        else \
            ands_of(n, ands, plan, rows, 0); \
        break;
        CASE(1) CASE(2) CASE(4) CASE(8) CASE(16) CASE(32)
    }
}

/* Words `start` to `stop` of every end, from those of every input. `given` is (inputs, width),
   `made` (ends, width), `rows` room for `words` words of every slot. */
void smelt_run(int64_t inputs, int64_t ands, int64_t ends_count, const int32_t *plan,
               const int64_t *ends, const uint64_t *given, uint64_t *made, int64_t width,
               int64_t start, int64_t stop, uint64_t *rows, int64_t words, int64_t far)
{
    for (int64_t at = start; at < stop; at += words) {
        int64_t here = stop - at < words ? stop - at : words, size = 1;
        while (size < here)
            size *= 2;
        memset(rows, 0, (size_t)size * 8);
        for (int64_t i = 0; i < inputs; i++) {
            memcpy(rows + (i + 1) * size, given + i * width + at, (size_t)here * 8);
            if (here < size)
                memset(rows + (i + 1) * size + here, 0, (size_t)(size - here) * 8);
        }
        block((int)size, ands, plan, rows, (int)far);
        for (int64_t i = 0; i < ends_count; i++) {
            const uint64_t *row = rows + (ends[i] >> 1) * size, flip = -(uint64_t)(ends[i] & 1);
            for (int64_t n = 0; n < here; n++)
                made[i * width + at + n] = row[n] ^ flip;
        }
    }
}

/* Bytes (vectors, signals), any but 0 counting as 1, to words (signals, width), vector 0 lowest.
   `bytes` is room for 8 bytes of every signal. */
void smelt_pack(int64_t vectors, int64_t signals, int64_t width, const uint8_t *bits,
                uint64_t *words, uint8_t *bytes)
{
    for (int64_t at = 0; at < width; at++) {
        memset(bytes, 0, (size_t)signals * 8);
        for (int64_t n = 0; n < 64 && 64 * at + n < vectors; n++) {
            const uint8_t *row = bits + (64 * at + n) * signals;
            uint8_t *restrict to = bytes + n / 8 * signals, bit = (uint8_t)(1 << n % 8);
            for (int64_t i = 0; i < signals; i++)
                to[i] |= row[i] ? bit : 0;
        }
        for (int64_t i = 0; i < signals; i++) {
            uint64_t word = 0;
            for (int n = 0; n < 8; n++)
                word |= (uint64_t)bytes[n * signals + i] << 8 * n;
            words[i * width + at] = word;
        }
    }
}

/* The inverse of `smelt_pack`. */
void smelt_unpack(int64_t vectors, int64_t signals, int64_t width, const uint64_t *words,
                  uint8_t *bits, uint8_t *bytes)
{
    for (int64_t at = 0; at < width; at++) {
        for (int64_t i = 0; i < signals; i++)
            for (int n = 0; n < 8; n++)
                bytes[n * signals + i] = (uint8_t)(words[i * width + at] >> 8 * n);
        for (int64_t n = 0; n < 64 && 64 * at + n < vectors; n++) {
            const uint8_t *from = bytes + n / 8 * signals;
            uint8_t *restrict row = bits + (64 * at + n) * signals;
            for (int64_t i = 0; i < signals; i++)
                row[i] = (uint8_t)(from[i] >> n % 8 & 1);
        }
    }
}

/* Unit propagation ---------------------------------------------------------------------------

   Clauses lie one after the other in `literals`, clause c from starts[c] to starts[c + 1]; a literal
   is 2 * variable + negated. Each clause of two or more watches its first two literals: node 2 * c +
   side is in the list of the literal that stands at that side. */

typedef struct {
    int32_t *literals;
    const int64_t *starts;
    int8_t *value; /* of each literal: 1, -1, or 0 where it is open */
    int32_t *trail;
    int64_t set; /* length of the trail */
    int64_t *head, *next; /* lists of nodes, -1 at their ends */
    uint8_t *gone;
} Clauses;

static void put(Clauses *c, int32_t literal) {
    c->value[literal] = 1;
    c->value[literal ^ 1] = -1;
    c->trail[c->set++] = literal;
}

/* Whether no clause is false once all that follows from the trail's end, from `at` on, is set. */
static int propagate(Clauses *c, int64_t at) {
    for (; at < c->set; at++) {
        int32_t wrong = c->trail[at] ^ 1;
        int64_t *link = &c->head[wrong];
        while (*link >= 0) {
            int64_t node = *link, clause = node >> 1;
            if (c->gone[clause]) {
                *link = c->next[node];
                continue;
            }
            int32_t *own = c->literals + c->starts[clause];
            int64_t size = c->starts[clause + 1] - c->starts[clause], k = 2;
            int32_t other = own[!(node & 1)];
            if (c->value[other] > 0) {
                link = &c->next[node];
                continue;
            }
            while (k < size && c->value[own[k]] < 0) k++;
            if (k < size) {
                int32_t found = own[k];
                own[k] = wrong;
                own[node & 1] = found;
                *link = c->next[node];
                c->next[node] = c->head[found];
                c->head[found] = node;
                continue;
            }
            if (c->value[other] < 0) return 0;
            put(c, other);
            link = &c->next[node];
        }
    }
    return 1;
}

/* Add a clause for good; 0 where the clauses contradict each other now. */
static int include(Clauses *c, int64_t clause) {
    int32_t *own = c->literals + c->starts[clause];
    int64_t size = c->starts[clause + 1] - c->starts[clause], open = 0;
    for (int64_t k = 0; k < size && open < 2; k++) {
        if (c->value[own[k]] >= 0) {
            int32_t moved = own[open];
            own[open++] = own[k];
            own[k] = moved;
        }
    }
    for (int64_t side = 0; side < 2 && size > 1; side++) {
        c->next[2 * clause + side] = c->head[own[side]];
        c->head[own[side]] = 2 * clause + side;
    }
    if (!open) return 0;
    if (open == 1 && !c->value[own[0]]) {
        put(c, own[0]);
        return propagate(c, c->set - 1);
    }
    return 1;
}

/* Whether a clause follows from those there are by unit propagation alone. */
static int follows(Clauses *c, int64_t clause) {
    int64_t begin = c->set;
    int clash = 0;
    for (int64_t k = c->starts[clause]; k < c->starts[clause + 1] && !clash; k++) {
        int32_t literal = c->literals[k];
        if (c->value[literal] > 0) clash = 1;
        else if (!c->value[literal]) {
            put(c, literal ^ 1);
            clash = !propagate(c, c->set - 1);
        }
    }
    while (c->set > begin) {
        int32_t literal = c->trail[--c->set];
        c->value[literal] = c->value[literal ^ 1] = 0;
    }
    return clash;
}

/* Follow a proof: steps[s] is the number of a clause that follows, or ~ the number of one that is
   taken away. Returns after how many steps the clauses contradict each other, -1 where they do not
   in the end, -2 - s where step s does not follow. `value` and `gone` are 0, `head` is -1. */
int64_t smelt_refute(int64_t given, int64_t count, int32_t *literals, const int64_t *starts,
                     const int64_t *steps, int8_t *value, int32_t *trail, int64_t *head,
                     int64_t *next, uint8_t *gone) {
    Clauses all = {literals, starts, value, trail, 0, head, next, gone};
    int sound = 1;
    for (int64_t clause = 0; clause < given && sound; clause++) sound = include(&all, clause);
    for (int64_t s = 0; s < count; s++) {
        if (!sound) return s;
        if (steps[s] < 0) gone[~steps[s]] = 1;
        else if (!follows(&all, steps[s])) return -2 - s;
        else sound = include(&all, steps[s]);
    }
    return sound ? -1 : count;
}
