/* Largest errors of the elementary functions in units in the last place, and their time; see measure.sh.
   f32: every STEP-th of all 2^32 inputs against double; f64: COUNT inputs of all exponents against 80-bit long double. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 4096

/* The functions as compiled by map.c: 0 without contraction, 1 with it. */
#define BOTH(name) \
  void map_##name##_f32_0(const float *x, float *y); void map_##name##_f32_1(const float *x, float *y); \
  void map_##name##_f64_0(const double *x, double *y); void map_##name##_f64_1(const double *x, double *y);
BOTH(exp) BOTH(log) BOTH(tanh) BOTH(sigmoid)

static float float_of(uint32_t bits) { float x; memcpy(&x, &bits, sizeof x); return x; }
static double double_of(uint64_t bits) { double x; memcpy(&x, &bits, sizeof x); return x; }

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
  if (r & 1) return double_of(next());
  double x = ldexp(1 + (next() >> 12) * 0x1p-52, (int)(r >> 8) % 24 - 12);
  return r & 2 ? -x : x;
}

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }

static const char *const modes[] = {"a * b + c rounded twice", "rounded once"};

/* The least time of one element, of 200 blocks with inputs between -4 and 4 (of log: above 0). */
#define TIME(name, type, c, mode) ({ \
  for (int i = 0; i < BLOCK; i++) x[i] = (c)((next() >> 12) * 0x1p-49 - (*#name == 'l' ? 0 : 4)); \
  double least = 1e30; \
  for (int k = 0; k < 200; k++) { \
    double t = now(); map_##name##_##type##_##mode(x, y[mode]); t = now() - t; if (t < least) least = t; } \
  least / BLOCK; })

#define REPORT(name, type, c, total) do { \
  double time[2] = {TIME(name, type, c, 0), TIME(name, type, c, 1)}; \
  for (int m = 0; m < 2; m++) \
    printf("%-8s%-4s %.4f ulp at %a, %llu of %llu above 0.75, %.3f ns an element; %s\n", #name, #type, worst[m], at[m], \
      (unsigned long long)over[m], (unsigned long long)(total), time[m], modes[m]); \
  fflush(stdout); } while (0)

/* A result that is the nearest float has an error of half a unit at most: only others are measured. */
#define BLOCKS(name, type, c, wide, reference, take, total) do { \
  static c x[BLOCK], y[2][BLOCK]; double worst[2] = {0.5, 0.5}, at[2] = {0}; uint64_t over[2] = {0}; \
  for (uint64_t i = 0; i < (total); i += BLOCK) { \
    for (uint64_t j = 0; j < BLOCK; j++) x[j] = (take); \
    map_##name##_##type##_0(x, y[0]); map_##name##_##type##_1(x, y[1]); \
    for (int j = 0; j < BLOCK; j++) { \
      wide want = reference((wide)x[j]); c nearest = (c)want; \
      for (int m = 0; m < 2; m++) { \
        if (memcmp(&y[m][j], &nearest, sizeof(c)) == 0) continue; \
        double e = error_##type(y[m][j], want); \
        if (e > 0.75) over[m]++; \
        if (e > worst[m]) worst[m] = e, at[m] = x[j]; \
      } } } \
  REPORT(name, type, c, total); } while (0)

#define F32(name, reference) \
  BLOCKS(name, f32, float, double, reference, float_of((i + j) * step + (step > 1 ? next() % step : 0)), (1ull << 32) / step)
#define F64(name, reference) BLOCKS(name, f64, double, long double, reference, input(), count)

int main(int argc, char **argv) {
  uint64_t step = argc > 1 ? strtoull(argv[1], 0, 10) : 1, count = argc > 2 ? strtoull(argv[2], 0, 10) : 10000000;
  if (step == 1) printf("f32: all 2^32 inputs; "); else printf("f32: one of %llu inputs; ", (unsigned long long)step);
  printf("f64: %llu inputs\n", (unsigned long long)count);
  F32(exp, exp); F32(log, log); F32(tanh, tanh); F32(sigmoid, sigmoid);
  F64(exp, expl); F64(log, logl); F64(tanh, tanhl); F64(sigmoid, sigmoidl);
  return 0;
}
