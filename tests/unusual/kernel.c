#include <stdint.h>

/* For every window of planes of D x H x W: the offset of the first of the largest elements,
   a NaN counting as the largest. Each axis has n elements, k taps, stride s, begin padding b,
   dilation d and out windows: axes[a] = {n, k, s, b, d, out}. */
#define WINNERS(NAME, TYPE)                                                                   \
    void winners_##NAME(const TYPE *x, int64_t planes, const int64_t axes[3][6], int64_t *won) \
    {                                                                                         \
        const int64_t *D = axes[0], *H = axes[1], *W = axes[2];                               \
        for (int64_t p = 0; p < planes; p++, x += D[0] * H[0] * W[0])                         \
            for (int64_t od = 0; od < D[5]; od++)                                             \
                for (int64_t oh = 0; oh < H[5]; oh++)                                         \
                    for (int64_t ow = 0; ow < W[5]; ow++) {                                   \
                        int64_t best = -1;                                                    \
                        for (int64_t i = 0; i < D[1]; i++) {                                  \
                            int64_t z = od * D[2] - D[3] + i * D[4];                          \
                            if (z < 0 || z >= D[0]) continue;                                 \
                            for (int64_t j = 0; j < H[1]; j++) {                              \
                                int64_t y = oh * H[2] - H[3] + j * H[4];                      \
                                if (y < 0 || y >= H[0]) continue;                             \
                                for (int64_t k = 0; k < W[1]; k++) {                          \
                                    int64_t v = ow * W[2] - W[3] + k * W[4];                  \
                                    if (v < 0 || v >= W[0]) continue;                         \
                                    int64_t at = (z * H[0] + y) * W[0] + v;                   \
                                    if (best < 0 || x[at] > x[best] ||                        \
                                        (x[at] != x[at] && x[best] == x[best]))               \
                                        best = at;                                            \
                                }                                                             \
                            }                                                                 \
                        }                                                                     \
                        *won++ = best;                                                        \
                    }                                                                         \
    }

WINNERS(float32, float)
WINNERS(float64, double)
WINNERS(int8, int8_t)
WINNERS(int16, int16_t)
WINNERS(int32, int32_t)
WINNERS(int64, int64_t)
WINNERS(uint8, uint8_t)
