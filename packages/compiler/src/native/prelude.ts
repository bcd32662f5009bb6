/**
 * The head of every C file: types of vectors, and the operations that C has no sign for. Only what gcc and clang both know
 * (vector extensions, `__builtin_convertvector`); some instructions by name where a compiler would take lane by lane.
 */
import { laneBytes, type Lanes, lanesOf, type Machine, type NumberType } from './machine.js'
import { TEAM } from './team.js'

const SCALARS = `typedef unsigned char u8; typedef unsigned short u16; typedef float f32; typedef double f64;
typedef int i32; typedef unsigned u32; typedef long long i64; typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;
#define FN static inline __attribute__((always_inline))
/* gcc 12 drops calls whose stores it takes for dead, unless it is kept from looking into them. */
#define CODE static __attribute__((noinline, noipa))
FN i32 bits_f32(f32 x) { i32 r; __builtin_memcpy(&r, &x, 4); return r; }
FN i64 bits_f64(f64 x) { i64 r; __builtin_memcpy(&r, &x, 8); return r; }
FN f32 float_i32(i32 x) { f32 r; __builtin_memcpy(&r, &x, 4); return r; }
FN f64 float_i64(i64 x) { f64 r; __builtin_memcpy(&r, &x, 8); return r; }
FN f32 abs_f32(f32 x) { return __builtin_fabsf(x); }
FN f64 abs_f64(f64 x) { return __builtin_fabs(x); }
FN i32 abs_i32(i32 x) { return x < 0 ? -x : x; }
FN i64 abs_i64(i64 x) { return x < 0 ? -x : x; }
FN f32 sqrt_f32(f32 x) { return __builtin_sqrtf(x); }
FN f64 sqrt_f64(f64 x) { return __builtin_sqrt(x); }
FN f32 nearest_f32(f32 x) { f32 a = abs_f32(x); return a < 0x1p23f ? __builtin_copysignf((a + 0x1p23f) - 0x1p23f, x) : x; }
FN f64 nearest_f64(f64 x) { f64 a = abs_f64(x); return a < 0x1p52 ? __builtin_copysign((a + 0x1p52) - 0x1p52, x) : x; }
FN f32 max_f32(f32 x, f32 y) { return x != x || x > y ? x : x == y ? float_i32(bits_f32(x) & bits_f32(y)) : y; }
FN f64 max_f64(f64 x, f64 y) { return x != x || x > y ? x : x == y ? float_i64(bits_f64(x) & bits_f64(y)) : y; }
FN f32 min_f32(f32 x, f32 y) { return x != x || x < y ? x : x == y ? float_i32(bits_f32(x) | bits_f32(y)) : y; }
FN f64 min_f64(f64 x, f64 y) { return x != x || x < y ? x : x == y ? float_i64(bits_f64(x) | bits_f64(y)) : y; }
FN i32 max_i32(i32 x, i32 y) { return x > y ? x : y; }
FN i64 max_i64(i64 x, i64 y) { return x > y ? x : y; }
FN i32 min_i32(i32 x, i32 y) { return x < y ? x : y; }
FN i64 min_i64(i64 x, i64 y) { return x < y ? x : y; }
#define SATURATED(x) (x >= 2147483648.0 ? 2147483647 : x < -2147483648.0 ? -2147483647 - 1 : x == x ? (i32)x : 0)
FN i32 i32_of_f32(f32 x) { return SATURATED(x); }
FN i32 i32_of_f64(f64 x) { return SATURATED(x); }`

/** The parameters of functions. */
const GIVEN = `/* What a step is given: the arena, the constants, xs and ys, its number, the thread. A kernel: the places of its buffers. */
#define STEP u8 *const m, u8 *const *const c, u8 *const *const x, u8 *const *const y, const long s, worker *const w
#define ENV u8 *const m, u8 *const *const places, worker *const w
#define GIVEN m, places, w`

const integerOf: Readonly<Record<NumberType, NumberType>> = { f32: 'i32', f64: 'i64', i32: 'i32', i64: 'i64' }
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
const listed = (count: number, of: (lane: number) => string): string => `{${range(count).map(of).join(', ')}}`

/** Half of a number, half of that, to 1. */
const halves = (count: number): number[] => (count === 1 ? [] : [count / 2, ...halves(count / 2)])

/**
 * A vector with its first lanes from memory, the others 0; and back, exactly so many. Loads have an instruction for that;
 * a store by mask would hold up all loads behind it that touch any of its lanes.
 */
function partial(T: string, S: string, bytes: number, { dialect }: Machine): string[] {
  const move = { f32: 'vmovups', f64: 'vmovupd', i32: 'vmovdqu32', i64: 'vmovdqu64' }[S]
  const masked = `__asm__("${move} %1, %0%{%2%}%{z%}" : "=v"(r) : "m"(*(struct { u8 b[${bytes}]; } *)p), "Yk"((u16)((1 << n) - 1)));`
  const copied = `r = (${T}){0}; __builtin_memcpy(&r, p, n * sizeof(${S}));`
  // Where gcc 12 sees that a part of a converted vector is stored it fails: it is kept from seeing.
  const opaque = { avx512: '__asm__("" : "+v"(v)); ', avx: '__asm__("" : "+x"(v)); ', neon: '', plain: '' }[dialect]
  // Pieces of sizes that registers have: gcc 12 fails at others.
  const pieces = halves(Number(T.split('x')[1])).map(
    (h) => `if (n & ${h}) __builtin_memcpy(p + (n & -${2 * h}), e + (n & -${2 * h}), ${h} * sizeof(${S}));`,
  )
  const hasMasks = dialect === 'avx512' && move !== undefined && bytes >= 16
  return [
    `FN ${T} some_${T}(const ${S} *p, int n) { ${T} r; ${hasMasks ? masked : copied} return r; }`,
    `FN void keep_${T}(${S} *p, ${T} v, int n) { ${opaque}const ${S} *const e = (const ${S} *)&v; ${pieces.join(' ')} }`,
  ]
}

/** Loads and stores of bytes as `i32` or as masks. Through 16 bits: gcc takes 8 to 32 lane by lane. */
function bytesAs(L: number, mask: string): string[] {
  // Of few bytes gcc knows no vector: lane by lane.
  const wide = (of: string, to: string): string =>
    L < 8
      ? `(${to}x${L})${listed(L, (l) => `(${to})${of}[${l}]`)}`
      : `__builtin_convertvector(__builtin_convertvector(${of}, u16x${L}), ${to}x${L})`
  const [I, M, B] = [`i32x${L}`, `${mask}x${L}`, `u8x${L}`]
  return [
    `FN ${B} load_${B}(const u8 *p) { ${B} r; __builtin_memcpy(&r, p, ${L}); return r; }`,
    `FN ${B} some_${B}(const u8 *p, int n) { ${B} r = {0}; __builtin_memcpy(&r, p, n); return r; }`,
    `FN ${I} i32_of_${B}(${B} x) { return ${wide('x', 'i32')}; }`,
    `FN ${M} mask_of_${B}(${B} x) { return -${wide('x', mask)}; }`,
    `FN ${B} u8_of_${I}(${I} x) { return ${wide('x', 'u8')}; }`,
    `FN ${B} u8_of_mask_x${L}(${M} x) { return ${wide('(x & 1)', 'u8')}; }`,
    `FN void store_${B}(u8 *p, ${B} v) { __builtin_memcpy(p, &v, ${L}); }`,
    `FN void keep_${B}(u8 *p, ${B} v, int n) { __builtin_memcpy(p, &v, n); }`,
  ]
}

/** An instruction of one operand by its name, where the machine has it. */
function named(
  T: string,
  names: Partial<Record<Machine['dialect'], string>>,
  { dialect }: Machine,
  otherwise: string,
): string {
  const instruction = names[dialect]
  const kind = dialect === 'neon' ? 'w' : 'v'
  return instruction === undefined
    ? otherwise
    : `${T} r; __asm__("${instruction}" : "=${kind}"(r) : "${kind}"(x)); return r;`
}

function ofFloats(S: 'f32' | 'f64', L: number, machine: Machine): string[] {
  const [T, I, A] = [`${S}x${L}`, `${integerOf[S]}x${L}`, { f32: 's', f64: 'd' }[S]]
  const isRegister = L * laneBytes[S] >= 16
  const known: Machine = isRegister ? machine : { ...machine, dialect: 'plain' }
  const root = { f32: '__builtin_sqrtf', f64: '__builtin_sqrt' }[S]
  const sign = { f32: '(-2147483647 - 1)', f64: '(-9223372036854775807LL - 1)' }[S]
  const whole = { f32: '0x1p23f', f64: '0x1p52' }[S]
  const shape = `${L}${A}`
  const sqrt = named(
    T,
    { avx512: `vsqrtp${A} %1, %0`, avx: `vsqrtp${A} %1, %0`, neon: `fsqrt %0.${shape}, %1.${shape}` },
    known,
    `return (${T})${listed(L, (l) => `${root}(x[${l}])`)};`,
  )
  const nearest = named(
    T,
    { avx512: `vrndscalep${A} $8, %1, %0`, avx: `vroundp${A} $8, %1, %0`, neon: `frintn %0.${shape}, %1.${shape}` },
    known,
    `${T} a = abs_${T}(x), r = (${T})((${I})((a + ${whole}) - ${whole}) | ((${I})x & ${sign})); return select_${T}((${I})(a < ${whole}), r, x);`,
  )
  const top = `2147483648.0${S === 'f32' ? 'f' : ''}`
  const chosen = (test: string): string =>
    S === 'f32' ? `(i32x${L})(${test})` : `__builtin_convertvector((${I})(${test}), i32x${L})`
  const either = (op: string, test: string, join: string): string =>
    `FN ${T} ${op}_${T}(${T} x, ${T} y) { return select_${T}((${I})((x ${test} y) | (x != x)), x, select_${T}((${I})(x == y), (${T})((${I})x ${join} (${I})y), y)); }`
  return [
    `FN ${T} abs_${T}(${T} x) { return (${T})((${I})x & ~${sign}); }`,
    `FN ${T} sqrt_${T}(${T} x) { ${sqrt} }`,
    `FN ${T} nearest_${T}(${T} x) { ${nearest} }`,
    // Equal numbers may differ in sign: that of 0 and -0 is joined.
    either('max', '>', '&'),
    either('min', '<', '|'),
    `FN i32x${L} i32_of_${T}(${T} x) {`,
    `  i32x${L} r = __builtin_convertvector(select_${T}((${I})((x >= -${top}) & (x < ${top})), x, (${T}){0}), i32x${L});`,
    `  r = select_i32x${L}(${chosen(`x >= ${top}`)}, splat_i32x${L}(2147483647), r);`,
    `  return select_i32x${L}(${chosen(`x < -${top}`)}, splat_i32x${L}(-2147483647 - 1), r);`,
    '}',
  ]
}

function ofIntegers(S: 'i32' | 'i64', L: number): string[] {
  const T = `${S}x${L}`
  return [
    `FN ${T} abs_${T}(${T} x) { return select_${T}((${T})(x < 0), -x, x); }`,
    `FN ${T} max_${T}(${T} x, ${T} y) { return select_${T}((${T})(x > y), x, y); }`,
    `FN ${T} min_${T}(${T} x, ${T} y) { return select_${T}((${T})(x < y), x, y); }`,
  ]
}

function moved(S: NumberType, L: number, machine: Machine): string[] {
  const [T, bytes] = [`${S}x${L}`, L * laneBytes[S]]
  const I = `${integerOf[S]}x${L}`
  return [
    `FN ${T} splat_${T}(${S} x) { return (${T})${listed(L, () => 'x')}; }`,
    `FN ${T} load_${T}(const ${S} *p) { return *(const ${T}u *)p; }`,
    `FN void store_${T}(${S} *p, ${T} v) { *(${T}u *)p = v; }`,
    ...partial(T, S, bytes, machine),
    `FN ${T} select_${T}(${I} k, ${T} x, ${T} y) { return (${T})((k & (${I})x) | (~k & (${I})y)); }`,
  ]
}

const typedefs = (S: string, L: number, bytes: number): string =>
  `typedef ${S} ${S}x${L} __attribute__((vector_size(${bytes * L}))), ${S}x${L}u __attribute__((vector_size(${bytes * L}), aligned(${bytes})));`

/** All that loops of so many lanes need. */
function family({ count: L, mask }: Lanes, machine: Machine): string[] {
  const kinds: readonly NumberType[] = mask === 'i32' ? ['i32', 'f32'] : ['i32', 'i64', 'f32', 'f64']
  const unsigned = kinds.flatMap((S) => (S === 'i32' ? ['u32'] : S === 'i64' ? ['u64'] : []))
  return [
    `/* ${L} lanes */`,
    typedefs('u8', L, 1),
    typedefs('u16', L, 2),
    ...kinds.map((S) => typedefs(S, L, laneBytes[S])),
    ...unsigned.map((S) => typedefs(S, L, S === 'u32' ? 4 : 8)),
    ...kinds.flatMap((S) => moved(S, L, machine)),
    ...bytesAs(L, mask),
    `FN i32x${L} lanes_x${L}(i32 i) { return splat_i32x${L}(i) + (i32x${L})${listed(L, String)}; }`,
    ...kinds.flatMap((S) => (S === 'f32' || S === 'f64' ? ofFloats(S, L, machine) : ofIntegers(S, L))),
  ]
}

/** Joins the sixteen logical lanes of a sum or maximum, which lie in memory. */
const joined = (S: string, op: string, join: (x: string, y: string) => string): string =>
  `FN ${S} ${op}16_${S}(${S} *t) { for (int h = 8; h; h >>= 1) for (int l = 0; l < h; l++) t[l] = ${join('t[l]', 't[l + h]')}; return t[0]; }`

/** An addition of two roundings. */
const separately = (S: string): string => `#define ADD_${S}(sum, x, y) sum += x * y`

/** An addition of one. */
const together = (S: string, instruction: string, kind: string): string =>
  `#define ADD_${S}(sum, x, y) __asm__("${instruction}" : "+${kind}"(sum) : "${kind}"(x), "${kind}"(y))`

/**
 * What products add up with: a multiplication and an addition of two roundings, or of one by an instruction that the C
 * names. Elsewhere nothing is contracted, so that no number depends on which operations share a kernel.
 */
function additions({ dialect }: Machine, contracts: boolean): string[] {
  const [separate, x86, arm] = [
    ['f32', 'f64'].map(separately),
    [together('f32', 'vfmadd231ps %2, %1, %0', 'v'), together('f64', 'vfmadd231pd %2, %1, %0', 'v')],
    [together('f32', 'fmla %0.4s, %1.4s, %2.4s', 'w'), together('f64', 'fmla %0.2d, %1.2d, %2.2d', 'w')],
  ]
  if (!contracts || dialect === 'plain') return separate
  return dialect === 'neon' ? arm : ['#ifdef __FMA__', ...x86, '#else', ...separate, '#endif']
}

/** The head of a file for a machine. @param contracts true where products round once. */
export function prelude(machine: Machine, contracts: boolean): string {
  return [
    SCALARS,
    TEAM,
    GIVEN,
    ...additions(machine, contracts),
    ...(['f32', 'f64', 'i32', 'i64'] as const).flatMap((S) => [
      joined(S, 'add', (x, y) => `${x} + ${y}`),
      joined(S, 'max', (x, y) => `max_${S}(${x}, ${y})`),
    ]),
    ...[false, true].flatMap((isWide) => family(lanesOf(machine, isWide), machine)),
  ].join('\n')
}
