/**
 * The door between Node and the C: its Node-API functions are declared here, so that no headers are needed. `run` takes the
 * number of a program, the arena, arrays of typed arrays for constants, xs and ys, and the steps.
 */
import { HEAD, PLACES } from '../memory/plan.js'
import type { Machine } from './machine.js'

const flushing: Readonly<Record<Machine['dialect'], { readonly set: string; readonly restore: string }>> = (() => {
  const x86 = {
    set: 'const unsigned kept = __builtin_ia32_stmxcsr(); __builtin_ia32_ldmxcsr(kept | 0x8040);',
    restore: '__builtin_ia32_ldmxcsr(kept);',
  }
  const arm = {
    set: 'u64 kept; __asm__ volatile("mrs %0, fpcr" : "=r"(kept)); __asm__ volatile("msr fpcr, %0" : : "r"(kept | (1 << 24)));',
    restore: '__asm__ volatile("msr fpcr, %0" : : "r"(kept));',
  }
  return { avx512: x86, avx: x86, neon: arm, plain: { set: '', restore: '' } }
})()

const NODE = `typedef struct napi_env_ *napi_env; typedef struct napi_value_ *napi_value; typedef struct napi_info_ *napi_info;
extern int napi_get_cb_info(napi_env, napi_info, size *, napi_value *, napi_value *, void **);
extern int napi_get_typedarray_info(napi_env, napi_value, int *, size *, void **, napi_value *, size *);
extern int napi_get_array_length(napi_env, napi_value, u32 *);
extern int napi_get_element(napi_env, napi_value, u32, napi_value *);
extern int napi_get_value_int64(napi_env, napi_value, i64 *);
extern int napi_create_function(napi_env, const char *, size, napi_value (*)(napi_env, napi_info), void *, napi_value *);
extern int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
extern int napi_create_uint32(napi_env, u32, napi_value *);
extern int napi_create_external(napi_env, void *, void (*)(napi_env, void *, void *), void *, napi_value *);
extern int napi_get_value_external(napi_env, napi_value, void **);
#define EXPORT __attribute__((visibility("default")))
static u8 *bytes_of(napi_env env, napi_value array) {
  void *data = 0; int type; size length, offset; napi_value buffer;
  return napi_get_typedarray_info(env, array, &type, &length, &data, &buffer, &offset) ? 0 : data;
}
static u32 length_of(napi_env env, napi_value array) { u32 n = 0; napi_get_array_length(env, array, &n); return n; }
static void each_of(napi_env env, napi_value array, u32 n, u8 **to) {
  for (u32 k = 0; k < n; k++) { napi_value v; to[k] = napi_get_element(env, array, k, &v) ? 0 : bytes_of(env, v); }
}
static napi_value run(napi_env env, napi_info info) {
  napi_value a[8]; size n = 8; i64 program = 0, from = 0, to = 0; void *with = 0;
  napi_get_cb_info(env, info, &n, a, 0, 0);
  napi_get_value_int64(env, a[0], &program); napi_get_value_int64(env, a[5], &from); napi_get_value_int64(env, a[6], &to);
  if (n < 8 || napi_get_value_external(env, a[7], &with)) with = 0;
  u32 nc = length_of(env, a[2]), nx = length_of(env, a[3]), ny = length_of(env, a[4]);
  u8 *c[nc + 1], *x[nx + 1], *y[ny + 1];
  each_of(env, a[2], nc, c); each_of(env, a[3], nx, x); each_of(env, a[4], ny, y);
  steps(with, (job){program, bytes_of(env, a[1]), c, x, y, from, to});
  return 0;
}
static void forget(napi_env env, void *t, void *hint) { disband(t); free(t); }
static napi_value threads(napi_env env, napi_info info) {
  napi_value a[1], r = 0; size n = 1; i64 most = 1;
  napi_get_cb_info(env, info, &n, a, 0, 0); napi_get_value_int64(env, a[0], &most);
  team *const t = assemble(most);
  if (t != 0) napi_create_external(env, t, forget, 0, &r);
  return r;
}
static napi_value end(napi_env env, napi_info info) {
  napi_value a[1]; size n = 1; void *t = 0;
  napi_get_cb_info(env, info, &n, a, 0, 0);
  if (napi_get_value_external(env, a[0], &t) == 0) disband(t);
  return 0;
}
static napi_value misalignment(napi_env env, napi_info info) {
  napi_value a[1], r; size n = 1;
  napi_get_cb_info(env, info, &n, a, 0, 0);
  napi_create_uint32(env, (u32)((size)bytes_of(env, a[0]) & 63), &r);
  return r;
}
EXPORT int node_api_module_get_api_version_v1(void) { return 8; }
EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value f;
  napi_create_function(env, "run", 3, run, 0, &f); napi_set_named_property(env, exports, "run", f);
  napi_create_function(env, "threads", 7, threads, 0, &f); napi_set_named_property(env, exports, "threads", f);
  napi_create_function(env, "end", 3, end, 0, &f); napi_set_named_property(env, exports, "end", f);
  napi_create_function(env, "misalignment", 12, misalignment, 0, &f); napi_set_named_property(env, exports, "misalignment", f);
  return exports;
}`

/** The functions that an object exports, for so many programs. */
export function door(programs: number, { dialect }: Machine, flushes: boolean): string {
  const { set, restore } = flushes ? flushing[dialect] : { set: '', restore: '' }
  const names = Array.from({ length: programs }, (_, number) => `p${number}`)
  return `static void (*const programs[])(STEP) = {${names.join(', ')}};

typedef struct { long program; u8 *m, *const *c, *const *x, *const *y; long from, to; } job;
static int is_faulty(const u8 *m) {
  for (long k = 0; k < ${PLACES}; k++) if (*(const i32 *)(m + 8 * k)) return 1;
  return 0;
}
/* Steps of a program, a thread's share; the first fault ends them. */
static void work(worker *const w, const void *given) {
  const job j = *(const job *)given;
  ${set}
  for (long s = j.from, ends = 0; s < j.to && !ends; s++) {
    programs[j.program](j.m, j.c, j.x, j.y, s, w);
    MEET;
    ends = is_faulty(j.m);
    /* Nobody begins the next step, where it might meet a fault, before all have looked. */
    MEET;
  }
  ${restore}
}
static void steps(team *const t, const job j) {
  __builtin_memset(j.m, 0, ${HEAD});
  if (j.from >= j.to) return;
  if (t == 0 || t->threads == 1) { worker alone = {0, 0, 1}; work(&alone, &j); return; }
  t->work = work; t->job = &j;
  change(t, &t->call);
  work(&t->workers[0], &j);
}

${NODE}`
}
