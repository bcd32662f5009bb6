/**
 * Functions of one number in the common ground of the shading languages: sums, products, comparisons and bits, which every
 * GPU computes as float32 has them. Their own `exp`, `log` and `tanh` may be off by much more: `exp` by 3 + 2 |x| units in
 * the last place, `log` by 2^-21 close to 1, `tanh` by 1e-5 (WGSL, section 14.6.2.3; the same for GLSL in Vulkan,
 * "Precision and Operation of SPIR-V Instructions"). The polynomials are those of Cephes in single precision (S. L. Moshier,
 * expf.c, logf.c, tanhf.c).
 */

/** Words that differ between the languages. */
export interface Words {
  /** Declares a number and a whole number that change no more, and such that do. */
  readonly FLOAT: string
  readonly INT: string
  readonly FLOATVAR: string
  readonly INTVAR: string
  /** Conversions, by value and by bits. */
  readonly TOINT: string
  readonly TOFLOAT: string
  readonly BITSOF: string
  readonly OFBITS: string
  readonly INFINITE: string
  readonly NOTANUMBER: string
  /** The head of a function of some numbers that gives a number. */
  readonly head: (name: string, parameters: readonly string[]) => string
}

interface ShaderFunction {
  readonly parameters: readonly string[]
  /** Functions that it calls. */
  readonly calls: readonly FunctionName[]
  readonly body: string
}

/** Name of a function. */
export type FunctionName = 'scaled' | 'own_exp' | 'own_log' | 'own_tanh' | 'own_sigmoid' | 'own_relu' | 'own_div'

const functions: Readonly<Record<FunctionName, ShaderFunction>> = {
  // y 2^n, in two steps, since 2^n alone may be out of range.
  scaled: {
    parameters: ['y', 'n'],
    calls: [],
    body: `
      INT whole = TOINT(n);
      INT half_ = whole >> 1u;
      return (y * OFBITS((half_ + 127) << 23u)) * OFBITS((whole - half_ + 127) << 23u);`,
  },
  // x = n ln 2 + r, with ln 2 in two parts of which n times the first is exact.
  own_exp: {
    parameters: ['x'],
    calls: ['scaled'],
    body: `
      if (isnan(x)) { return x; }
      if (x > 89.0) { return INFINITE; }
      if (x < -104.0) { return 0.0; }
      FLOAT n = floor(x * 1.44269504 + 0.5);
      FLOAT r = (x - n * 0.693359375) + n * 2.12194440e-4;
      FLOAT p = ((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r
        + 1.6666665459e-1) * r + 5.0000001201e-1;
      return scaled((p * (r * r) + r) + 1.0, n);`,
  },
  // x = 2^e (1 + m) with 1 + m between the root of 1/2 and that of 2.
  own_log: {
    parameters: ['x'],
    calls: [],
    body: `
      if (isnan(x)) { return x; }
      if (x < 0.0) { return NOTANUMBER; }
      if (x == 0.0) { return -INFINITE; }
      if (x == INFINITE) { return x; }
      FLOATVAR y = x;
      FLOATVAR e = -126.0;
      if (x < 1.17549435e-38) { y = x * 8388608.0; e = -149.0; }
      INT bits = BITSOF(y);
      e = e + TOFLOAT(bits >> 23u);
      FLOATVAR m = OFBITS((bits & 0x007fffff) | 0x3f000000);
      if (m < 0.707106781) { e = e - 1.0; m = (m + m) - 1.0; } else { m = m - 1.0; }
      FLOAT z = m * m;
      FLOAT p = ((((((((7.0376836292e-2 * m - 1.1514610310e-1) * m + 1.1676998740e-1) * m - 1.2420140846e-1) * m
        + 1.4249322787e-1) * m - 1.6668057665e-1) * m + 2.0000714765e-1) * m - 2.4999993993e-1) * m
        + 3.3333331174e-1) * m * z;
      return (m + ((p - 2.12194440e-4 * e) - 0.5 * z)) + 0.693359375 * e;`,
  },
  own_tanh: {
    parameters: ['x'],
    calls: ['own_exp'],
    body: `
      if (isnan(x)) { return x; }
      FLOAT z = abs(x);
      if (z < 0.625) {
        FLOAT s = x * x;
        return ((((-5.70498872745e-3 * s + 2.06390887954e-2) * s - 5.37397155531e-2) * s + 1.33314422036e-1) * s
          - 3.33332819422e-1) * s * x + x;
      }
      FLOATVAR t = 1.0;
      if (z < 9.1) { t = 1.0 - 2.0 / (own_exp(z + z) + 1.0); }
      if (x < 0.0) { return -t; }
      return t;`,
  },
  own_sigmoid: {
    parameters: ['x'],
    calls: ['own_exp'],
    body: `
      if (isnan(x)) { return x; }
      return 1.0 / (1.0 + own_exp(-x));`,
  },
  own_relu: {
    parameters: ['x'],
    calls: [],
    body: `
      if (x > 0.0 || isnan(x)) { return x; }
      return 0.0;`,
  },
  own_div: { parameters: ['x', 'y'], calls: [], body: 'return x / y;' },
}

function withCalled(name: FunctionName): FunctionName[] {
  return [...functions[name].calls.flatMap(withCalled), name]
}

/** The text of a function and of those that it calls, in a language. */
export function textOf(name: FunctionName, words: Words): string {
  return [...new Set(withCalled(name))]
    .map((each) => {
      const { parameters, body } = functions[each]
      return `${words.head(each, parameters)} {${inWords(body, words)}}`
    })
    .join('\n')
}

/** The number of parameters of a function. */
export function arityOf(name: FunctionName): number {
  return functions[name].parameters.length
}

/** Text with the words of a language. */
export function inWords(text: string, words: Words): string {
  return text.replace(/\b[A-Z]{3,}\b/g, (word) => words[word as Exclude<keyof Words, 'head'>] ?? word)
}
