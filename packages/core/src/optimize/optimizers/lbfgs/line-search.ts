/**
 * Line search for the strong Wolfe conditions along x + t d, with c1 = 1e-4 and c2 = 0.9:
 *
 *   f(t) <= f(0) + c1 t f'(0)          |f'(t)| <= c2 |f'(0)|
 *
 * Nocedal and Wright, Numerical Optimization (2nd edition): algorithm 3.5 brackets a step, 3.6 zooms into the bracket,
 * and trial steps are minima of cubics (3.59). The safeguards are PyTorch's, so that both try the same
 * steps. Pure host code: it knows f only by evaluating it.
 */

/** A step that was tried. */
export interface Trial {
  /** t */
  readonly step: number
  readonly loss: number
  readonly gradient: Float64Array
  /** f'(t), the gradient along the direction. */
  readonly slope: number
}

/** The function that is searched, and the limits of the search. */
export interface Line {
  readonly start: Trial
  readonly evaluate: (step: number) => Promise<Trial>
  /** The largest |d_i|: a bracket shorter than `tolerance` in every parameter is not searched further. */
  readonly directionSize: number
  readonly tolerance: number
}

/** The step found, and how often f was evaluated: at most 26 times. */
export interface LineSearchResult {
  readonly found: Trial
  readonly evaluations: number
}

const SUFFICIENT_DECREASE = 1e-4
const CURVATURE = 0.9
const MAX_TRIALS = 25

function decreasesEnough({ start }: Line, { step, loss }: Trial): boolean {
  return !(loss > start.loss + SUFFICIENT_DECREASE * step * start.slope)
}

function isFlatEnough({ start }: Line, { slope }: Trial): boolean {
  return Math.abs(slope) <= -CURVATURE * start.slope
}

/**
 * Where the cubic through two trials' losses and slopes has its minimum, held within bounds; the middle of the bounds
 * where it has none.
 */
export function cubicMinimum(a: Trial, b: Trial, lower: number, upper: number): number {
  const [near, far] = a.step <= b.step ? [a, b] : [b, a]
  const d1 = near.slope + far.slope - (3 * (near.loss - far.loss)) / (near.step - far.step)
  const square = d1 * d1 - near.slope * far.slope
  if (!(square >= 0)) return (lower + upper) / 2
  const d2 = Math.sqrt(square)
  const share = (far.slope + d2 - d1) / (far.slope - near.slope + 2 * d2)
  return Math.min(Math.max(far.step - (far.step - near.step) * share, lower), upper)
}

/** The trial with the lower loss first. */
function ordered(a: Trial, b: Trial): [low: Trial, high: Trial] {
  return a.loss <= b.loss ? [a, b] : [b, a]
}

/** Keeps trials from creeping along one end of the bracket: the second that comes within a tenth of it is moved off. */
class Safeguard {
  #crept = false

  apply(step: number, lower: number, upper: number): number {
    const margin = 0.1 * (upper - lower)
    if (Math.min(upper - step, step - lower) >= margin) {
      this.#crept = false
      return step
    }
    const move = this.#crept || step >= upper || step <= lower
    this.#crept = !move
    if (!move) return step
    return upper - step < step - lower ? upper - margin : lower + margin
  }
}

/** Algorithm 3.6: shrinks a bracket that holds a good step. `trials` is how many have been made. */
async function zoom(line: Line, bracket: readonly [Trial, Trial], trials: number): Promise<LineSearchResult> {
  let [low, high] = ordered(...bracket)
  const safeguard = new Safeguard()
  let made = trials
  for (; made <= MAX_TRIALS; made++) {
    const [lower, upper] = [Math.min(low.step, high.step), Math.max(low.step, high.step)]
    if ((upper - lower) * line.directionSize < line.tolerance) break
    const step = safeguard.apply(cubicMinimum(low, high, lower, upper), lower, upper)
    // oxlint-disable-next-line no-await-in-loop -- where to look next depends on what is found here
    const trial = await line.evaluate(step)
    if (!decreasesEnough(line, trial) || trial.loss >= low.loss) {
      ;[low, high] = ordered(low, trial)
      continue
    }
    if (isFlatEnough(line, trial)) return { found: trial, evaluations: made + 1 }
    if (trial.slope * (high.step - low.step) >= 0) high = low
    low = trial
  }
  return { found: low, evaluations: made }
}

/** Algorithm 3.5: lengthens the step until two trials have a good one between them, or one is good. */
export async function strongWolfe(line: Line, firstStep: number): Promise<LineSearchResult> {
  let previous = line.start
  let current = await line.evaluate(firstStep)
  for (let trials = 1; trials <= MAX_TRIALS; trials++) {
    const risen = trials > 2 && current.loss >= previous.loss
    if (risen || !decreasesEnough(line, current)) return zoom(line, [previous, current], trials)
    if (isFlatEnough(line, current)) return { found: current, evaluations: trials }
    if (current.slope >= 0) return zoom(line, [previous, current], trials)
    const { step } = current
    const next = cubicMinimum(previous, current, step + 0.01 * (step - previous.step), step * 10)
    previous = current
    // oxlint-disable-next-line no-await-in-loop
    current = await line.evaluate(next)
  }
  const [found] = ordered(line.start, current)
  return { found, evaluations: MAX_TRIALS + 1 }
}
