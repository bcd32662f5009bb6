/* Largest errors of the elementary functions in units in the last place, and their time; see measure.sh.
   f32: every STEP-th of all 2^32 inputs against double; f64: COUNT inputs of all exponents against 80-bit long double. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PUN(name, from, to) \
  static inline to name(from x) { union { from a; to b; } u; u.a = x; return u.b; }
PUN(bits_f32, float, int32_t)
PUN(float_i32, int32_t, float)
PUN(bits_f64, double, int64_t)
PUN(float_i64, int64_t, double)
#define abs_f32 fabsf
#define abs_f64 fabs
#include "functions.h"

#define BLOCK 4096

#define MAP(name, type, c) \
  __attribute__((noinline)) static void map_##name##_##type(const c *restrict x, c *restrict y) { \
    for (int i = 0; i < BLOCK; i++) y[i] = our_##name##_##type(x[i]); \
  }
#define BOTH(name) MAP(name, f32, float) MAP(name, f64, double)
BOTH(exp) BOTH(log) BOTH(tanh) BOTH(sigmoid)

static double sigmoid(double x) { double e = exp(-fabs(x)); return (x < 0 ? e : 1) / (1 + e); }
static long double sigmoidl(long double x) { long double e = expl(-fabsl(x)); return (x < 0 ? e : 1) / (1 + e); }

/* Beyond the largest number infinity counts as the next power of two. */
static double error_f32(float got, double want) {
  if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
  if (want == 0 || isinf(want)) return got == want && !signbit(got) == !signbit(want) ? 0 : INFINITY;
  if (fabs(want) > 0x1p128) want = copysign(0x1p128, want);
  int e; frexp(want, &e);
  double unit = ldexp(1, (e < -125 ? -125 : e > 128 ? 128 : e) - 24);
  return fabs((isinf(got) ? copysign(0x1p128, got) : got) - want) / unit;
}
static double error_f64(double got, long double want) {
  if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
  if (want == 0 || isinf(want)) return got == want && !signbit(got) == !signbit(want) ? 0 : INFINITY;
  if (fabsl(want) > 0x1p1024L) want = copysignl(0x1p1024L, want);
  int e; frexpl(want, &e);
  long double unit = ldexpl(1, (e < -1021 ? -1021 : e > 1024 ? 1024 : e) - 53);
  return fabsl((isinf(got) ? copysignl(0x1p1024L, got) : got) - want) / unit;
}

static uint64_t state = 88172645463325252ull;
static uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }

/* One half of the inputs has bits at random, the other half exponents near those where the function is neither flat nor 0. */
static double input(void) {
  uint64_t r = next();
  if (r & 1) return float_i64(next());
  double x = ldexp(1 + (next() >> 12) * 0x1p-52, (int)(r >> 8) % 24 - 12);
  return r & 2 ? -x : x;
}

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }

/* The least time of one element, of 200 blocks with inputs between -4 and 4 (of log: above 0). */
#define TIME(name, type, c, result) do { \
  for (int i = 0; i < BLOCK; i++) x[i] = (c)((next() >> 12) * 0x1p-49 - 4) , x[i] = *#name == 'l' ? x[i] + 4.001 : x[i]; \
  double least = 1e30; \
  for (int k = 0; k < 200; k++) { double t = now(); map_##name##_##type(x, y); t = now() - t; if (t < least) least = t; } \
  result = least / BLOCK; } while (0)

#define F32(name, reference) do { \
  static float x[BLOCK], y[BLOCK]; double worst = 0, time; float at = 0; uint64_t over = 0; \
  for (uint64_t i = 0; i < 1ull << 32; i += BLOCK * step) { \
    for (uint64_t j = 0; j < BLOCK; j++) x[j] = float_i32((int32_t)(uint32_t)(i + j * step + (step > 1 ? next() % step : 0))); \
    map_##name##_f32(x, y); \
    for (int j = 0; j < BLOCK; j++) { \
      double e = error_f32(y[j], reference((double)x[j])); \
      if (e > 0.75) over++; \
      if (e > worst) worst = e, at = x[j]; \
    } } \
  TIME(name, f32, float, time); \
  printf("%-8s f32  %.4f ulp at %a (%.9g), %llu of %llu above 0.75; %.3f ns an element\n", #name, worst, at, at, \
    (unsigned long long)over, (1ull << 32) / step, time); fflush(stdout); } while (0)

#define F64(name, reference) do { \
  static double x[BLOCK], y[BLOCK]; double worst = 0, time, at = 0; uint64_t over = 0; \
  for (uint64_t i = 0; i < count; i += BLOCK) { \
    for (int j = 0; j < BLOCK; j++) x[j] = input(); \
    map_##name##_f64(x, y); \
    for (int j = 0; j < BLOCK; j++) { \
      double e = error_f64(y[j], reference((long double)x[j])); \
      if (e > 0.75) over++; \
      if (e > worst) worst = e, at = x[j]; \
    } } \
  TIME(name, f64, double, time); \
  printf("%-8s f64  %.4f ulp at %a (%.17g), %llu of %llu above 0.75; %.3f ns an element\n", #name, worst, at, at, \
    (unsigned long long)over, (unsigned long long)count, time); fflush(stdout); } while (0)

int main(int argc, char **argv) {
  uint64_t step = argc > 1 ? strtoull(argv[1], 0, 10) : 1, count = argc > 2 ? strtoull(argv[2], 0, 10) : 10000000;
  if (step == 1) printf("f32: all 2^32 inputs; "); else printf("f32: one of %llu inputs; ", (unsigned long long)step);
  printf("f64: %llu inputs\n", (unsigned long long)count);
  F32(exp, exp); F32(log, log); F32(tanh, tanh); F32(sigmoid, sigmoid);
  F64(exp, expl); F64(log, logl); F64(tanh, tanhl); F64(sigmoid, sigmoidl);
  return 0;
}
