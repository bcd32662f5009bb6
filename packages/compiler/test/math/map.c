/* The elementary functions over blocks, for measure.c; MODE ends their names. */
#include <math.h>
#include <stdint.h>

#define PUN(name, from, to) \
  static inline to name(from x) { union { from a; to b; } u; u.a = x; return u.b; }
PUN(bits_f32, float, int32_t)
PUN(float_i32, int32_t, float)
PUN(bits_f64, double, int64_t)
PUN(float_i64, int64_t, double)
#define abs_f32 fabsf
#define abs_f64 fabs
#include "functions.h"

#define JOINED(name, type, mode) map_##name##_##type##_##mode
#define NAMED(name, type, mode) JOINED(name, type, mode)
#define MAP(name, type, c) \
  void NAMED(name, type, MODE)(const c *restrict x, c *restrict y) { \
    for (int i = 0; i < 4096; i++) y[i] = our_##name##_##type(x[i]); \
  }
#define BOTH(name) MAP(name, f32, float) MAP(name, f64, double)
BOTH(exp) BOTH(log) BOTH(tanh) BOTH(sigmoid)
