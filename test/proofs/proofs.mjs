/**
 * The table of proofs: promises that are tried on many seeds, far more than `npm test` has time for. Adding one adds its file
 * and its line here. A proof is an object with:
 *
 *   about        what is promised, in one line
 *   seeds        how many seeds a whole proof has
 *   sample       how many of them, from seed 0, CI replays
 *   start({ isSample })  makes what the seeds share: a promise of { attempt, end? }; `isSample` is true in CI, which
 *                has seconds for each proof: it may leave the longest seeds out, or ask less of each
 *     attempt(seed)   tries one seed: a promise of { outcome, failed?, ...facts }, plain data that is the same each time;
 *                     `outcome` is a word or two by which results are counted, `failed` is true where the promise is broken
 *     end()           gives back what start() took
 *   known        seeds of the sample that fail today, each to be mended; none unless given
 *   goal(counts) a sentence on what is not reached, or undefined; unless given, no seed may fail
 *   missing      why it cannot be tried on this machine; absent where it can
 *   repeat(seed) the command that tries one seed, where it is not that of `run.mjs`
 */

/** Proofs by name; a module is loaded when its proof is run. */
export const proofs = {
  kills: () => import('./disk/kills.mjs').then(({ proof }) => proof),
  'sweep-kills': () => import('./disk/sweep-kills.mjs').then(({ proof }) => proof),
  'sweep-redis': () => import('./disk/sweep-redis.mjs').then(({ proof }) => proof),
  'sweep-overhead': () => import('./disk/sweep-overhead.mjs').then(({ proof }) => proof),
  'sweep-page': () => import('./disk/sweep-page.mjs').then(({ proof }) => proof),
  writes: () => import('./disk/writes.mjs').then(({ proof }) => proof),
  fuzz: () => import('./fuzz.mjs').then(({ fuzz }) => fuzz),
  faults: () => import('./faults.mjs').then(({ faults }) => faults),
  compiler: () => import('./compiler.mjs').then(({ proof }) => proof),
  hooks: () => import('./hooks.mjs').then(({ proof }) => proof),
  effects: () => import('./effects.mjs').then(({ proof }) => proof),
  selftest: () => import('./selftest.mjs').then(({ proof }) => proof),
  docs: () => import('./docs.mjs').then(({ proof }) => proof),
  worked: () => import('./worked.mjs').then(({ proof }) => proof),
  managers: () => import('./managers.mjs').then(({ proof }) => proof),
  'selftest-built-in': () => import('./selftest.mjs').then(({ builtIn }) => builtIn),
}
