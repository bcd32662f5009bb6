/** Functions with known minima, with their gradients, for optimizers that evaluate at places of their own choice. */

/** Value and gradient. */
export interface Objective {
  (x: Float64Array): { readonly loss: number; readonly gradient: Float64Array }
}

/** sum_i 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2, with its minimum 0 at (1, ..., 1). Rosenbrock, 1960. */
function rosenbrock(x: Float64Array): ReturnType<Objective> {
  const gradient = new Float64Array(x.length)
  let loss = 0
  for (let i = 0; i + 1 < x.length; i++) {
    const [here, next] = [x[i] ?? 0, x[i + 1] ?? 0]
    const [valley, distance] = [next - here * here, 1 - here]
    loss += 100 * valley * valley + distance * distance
    gradient[i] = (gradient[i] ?? 0) - 400 * here * valley - 2 * distance
    gradient[i + 1] = 200 * valley
  }
  return { loss, gradient }
}

/** sum_i c_i (x_i - i)^4 / 4 + (x_i - i)^2 / 2 with c = (1, 30, 0.1): convex, with its minimum 0 at (0, 1, 2). */
function quartic(x: Float64Array): ReturnType<Objective> {
  const c = [1, 30, 0.1]
  const z = x.map((value, i) => value - i)
  return {
    loss: z.reduce((sum, value, i) => sum + ((c[i] ?? 0) * value ** 4) / 4 + value ** 2 / 2, 0),
    gradient: z.map((value, i) => (c[i] ?? 0) * value ** 3 + value),
  }
}

/** sum_i x_i^2 / 20 + sin(3 x_i), plus x_0 x_1 / 10: many local minima, so that line searches must bracket and zoom. */
function wavy(x: Float64Array): ReturnType<Objective> {
  const [first = 0, second = 0] = x
  const crossed = [second, first]
  return {
    loss: x.reduce((sum, value) => sum + (value * value) / 20 + Math.sin(3 * value), 0) + 0.1 * first * second,
    gradient: x.map((value, i) => value / 10 + 3 * Math.cos(3 * value) + 0.1 * (crossed[i] ?? 0)),
  }
}

/** 5e7 x_0^2 + x_1^2: steps that hardly move change the loss a lot. */
function steep(x: Float64Array): ReturnType<Objective> {
  const [first = 0, second = 0] = x
  return { loss: 5e7 * first ** 2 + second ** 2, gradient: Float64Array.of(1e8 * first, 2 * second) }
}

/** The functions by name. */
export const objectives = { rosenbrock, quartic, wavy, steep } satisfies Record<string, Objective>

/** Name of a function. */
export type ObjectiveName = keyof typeof objectives
