/**
 * Steps of torch.optim.LBFGS: its published code (torch/optim/lbfgs.py) carried over to NumPy in float64, run on the
 * objectives of `objectives.ts`. `loss` is the one at the start of a step, the counts are those of all steps so far.
 */
import type { ObjectiveName } from './objectives.js'

/** One run. */
export interface Trajectory {
  readonly objective: ObjectiveName
  readonly start: readonly number[]
  readonly settings: Readonly<Record<string, number | string>>
  readonly steps: readonly {
    readonly loss: number
    readonly parameters: readonly number[]
    readonly iterations: number
    readonly evaluations: number
  }[]
}

/** The runs. Some are there because a slightly different line search would take another number of evaluations. */
export const trajectories: readonly Trajectory[] = [
  {
    objective: 'rosenbrock',
    start: [-1.2, 1],
    settings: { lineSearch: 'strongWolfe', maxIterations: 8 },
    steps: [
      {
        loss: 24.199999999999996,
        parameters: [-0.8802131649658708, 0.7274772060719923],
        iterations: 8,
        evaluations: 10,
      },
      {
        loss: 3.7589117179376212,
        parameters: [-0.04619019171258343, -0.01801156636469914],
        iterations: 15,
        evaluations: 20,
      },
      {
        loss: 1.1350964233422718,
        parameters: [0.680346031282932, 0.4612058001829905],
        iterations: 22,
        evaluations: 30,
      },
      {
        loss: 0.10245585627629457,
        parameters: [0.9768773674845503, 0.9525832436430586],
        iterations: 29,
        evaluations: 41,
      },
    ],
  },
  {
    objective: 'rosenbrock',
    start: [-1.2, 1, 0.5, 2],
    settings: { lineSearch: 'strongWolfe', maxIterations: 6, history: 3 },
    steps: [
      {
        loss: 355.7,
        parameters: [-1.048730485533052, 1.0982505487220717, 1.2100307850408896, 1.470231967359432],
        iterations: 5,
        evaluations: 7,
      },
      {
        loss: 4.256485980808061,
        parameters: [-1.0415514816155436, 1.0925598602511775, 1.2042268039604431, 1.4520061279318301],
        iterations: 11,
        evaluations: 14,
      },
      {
        loss: 4.235632885271822,
        parameters: [-0.971979675210884, 0.9567570699648641, 0.9405377328136686, 0.8573313434066044],
        iterations: 15,
        evaluations: 21,
      },
      {
        loss: 4.046229535810836,
        parameters: [-0.9264795832238011, 0.8735770839165626, 0.7561914369376046, 0.5657264433034486],
        iterations: 21,
        evaluations: 29,
      },
      {
        loss: 3.8184352855895063,
        parameters: [-0.8455263833372871, 0.7261095153487116, 0.534135726987166, 0.28195072705042457],
        iterations: 27,
        evaluations: 36,
      },
    ],
  },
  {
    objective: 'quartic',
    start: [5, -4, 9],
    settings: { lineSearch: 'strongWolfe' },
    steps: [
      {
        loss: 4953.275,
        parameters: [1.0927204116655448e-5, 0.9999848411042462, 2.0000070270014847],
        iterations: 20,
        evaluations: 21,
      },
      {
        loss: 1.9928733047287342e-10,
        parameters: [1.0927204116655448e-5, 0.9999848411042462, 2.0000070270014847],
        iterations: 21,
        evaluations: 22,
      },
      {
        loss: 1.9928733047287342e-10,
        parameters: [1.0927204116655448e-5, 0.9999848411042462, 2.0000070270014847],
        iterations: 22,
        evaluations: 23,
      },
      {
        loss: 1.9928733047287342e-10,
        parameters: [1.0927204116655448e-5, 0.9999848411042462, 2.0000070270014847],
        iterations: 23,
        evaluations: 24,
      },
    ],
  },
  {
    objective: 'quartic',
    start: [2, 2, 2],
    settings: { learningRate: 0.3, maxIterations: 5 },
    steps: [
      { loss: 14.0, parameters: [1.4306796518600504, 1.4818824597350526, 2.0], iterations: 5, evaluations: 5 },
      {
        loss: 2.5913339345653243,
        parameters: [0.7201033341570773, 1.274055498950616, 2.0],
        iterations: 10,
        evaluations: 10,
      },
      {
        loss: 0.40635813525778197,
        parameters: [0.2380857427724999, 1.1406021842980525, 2.0],
        iterations: 15,
        evaluations: 15,
      },
      {
        loss: 0.04196128236651661,
        parameters: [0.04060930402193392, 1.057185276017846, 2.0],
        iterations: 20,
        evaluations: 20,
      },
      {
        loss: 0.0025405199705752636,
        parameters: [0.003430459360660242, 1.0149973107916628, 2.0],
        iterations: 25,
        evaluations: 25,
      },
      {
        loss: 0.00011872314111606123,
        parameters: [0.00010255043298953572, 1.0027212988974485, 2.0],
        iterations: 30,
        evaluations: 30,
      },
    ],
  },
  {
    objective: 'wavy',
    start: [2.7, -4.1],
    settings: { lineSearch: 'strongWolfe', learningRate: 2, maxIterations: 4 },
    steps: [
      { loss: 1.3311216022108885, parameters: [4.467572937376292, -6.523501645442307], iterations: 3, evaluations: 5 },
      { loss: 0.2934450109480724, parameters: [6.063613141658095, -8.760568831649557], iterations: 5, evaluations: 11 },
      { loss: -1.160764665751441, parameters: [5.79229398156523, -8.863861804619136], iterations: 7, evaluations: 16 },
    ],
  },
  {
    objective: 'wavy',
    start: [8.1, 5.3],
    settings: { lineSearch: 'strongWolfe', learningRate: 0.01, maxIterations: 4, maxEvaluations: 6 },
    steps: [
      { loss: 8.047362833547917, parameters: [7.954722961743589, 5.412333651621325], iterations: 3, evaluations: 7 },
      { loss: 7.474530413453547, parameters: [7.885715785007911, 5.484625038630141], iterations: 6, evaluations: 14 },
      { loss: 7.264187201887891, parameters: [7.837124119114733, 5.522978378604195], iterations: 9, evaluations: 21 },
    ],
  },
  {
    objective: 'wavy',
    start: [8.1, 5.3],
    settings: { lineSearch: 'strongWolfe', learningRate: 40, maxIterations: 4 },
    steps: [
      { loss: 8.047362833547917, parameters: [-21.216341609545445, 18.39087770267962], iterations: 2, evaluations: 6 },
      {
        loss: -1.3111449282083854,
        parameters: [-21.518655296668705, 18.20160172808767],
        iterations: 3,
        evaluations: 11,
      },
    ],
  },
  {
    objective: 'wavy',
    start: [1.6, -2.8],
    settings: { lineSearch: 'strongWolfe', learningRate: 0.05, maxIterations: 4 },
    steps: [
      {
        loss: -1.7787635169241223,
        parameters: [1.5855633707072603, -2.638524804237139],
        iterations: 3,
        evaluations: 6,
      },
      {
        loss: -1.9416862407097333,
        parameters: [1.5830250337155791, -2.614532060319218],
        iterations: 5,
        evaluations: 11,
      },
    ],
  },
  {
    objective: 'wavy',
    start: [2.6, 4.8],
    settings: { lineSearch: 'strongWolfe', learningRate: 3.0, maxIterations: 4 },
    steps: [
      { loss: 4.702201121923883, parameters: [-13.07332627743972, 5.485628424526214], iterations: 1, evaluations: 5 },
      {
        loss: 1.1990545381654814,
        parameters: [-21.400670137655442, 24.676097270782073],
        iterations: 3,
        evaluations: 13,
      },
    ],
  },
  {
    objective: 'wavy',
    start: [4.7, 4.3],
    settings: { lineSearch: 'strongWolfe', learningRate: 3.0, maxIterations: 4 },
    steps: [
      { loss: 5.376783827885609, parameters: [1.494051035651626, -9.22220742509629], iterations: 2, evaluations: 7 },
      { loss: 1.441617179917995, parameters: [5.697113198323565, -6.482841398511476], iterations: 4, evaluations: 12 },
    ],
  },
  {
    objective: 'wavy',
    start: [-1.6, -4.7],
    settings: { lineSearch: 'strongWolfe', learningRate: 10.0, maxIterations: 4 },
    steps: [
      {
        loss: 1.9813552200879232,
        parameters: [1.4679779913402913, -0.4074235041761222],
        iterations: 2,
        evaluations: 8,
      },
      {
        loss: -1.836442142712341,
        parameters: [1.5460001534415564, -0.5131020445684303],
        iterations: 3,
        evaluations: 13,
      },
    ],
  },
  {
    objective: 'wavy',
    start: [-2.8, 0.5],
    settings: { lineSearch: 'strongWolfe', learningRate: 1.0, maxIterations: 4 },
    steps: [
      { loss: 0.407396078515773, parameters: [-3.1109269237651147, 1.366514384204634], iterations: 3, evaluations: 16 },
      {
        loss: -0.7577331383946886,
        parameters: [-3.1142304594661865, 1.372139758843103],
        iterations: 4,
        evaluations: 21,
      },
    ],
  },
  {
    objective: 'steep',
    start: [0.001, 1],
    settings: { maxIterations: 4, learningRate: 0.5, toleranceChange: 0.001 },
    steps: [
      { loss: 51.0, parameters: [-0.0623737500253481, 0.9999986900250009], iterations: 4, evaluations: 4 },
      {
        loss: 194525.23460861063,
        parameters: [-0.0038983593769259394, 0.9999997818765711],
        iterations: 8,
        evaluations: 8,
      },
      {
        loss: 760.8602911470731,
        parameters: [-0.0009745898444038267, 0.9999998004691553],
        iterations: 10,
        evaluations: 11,
      },
    ],
  },
  {
    objective: 'wavy',
    start: [2.7, -4.1],
    settings: { maxIterations: 10, learningRate: 0.1, toleranceGradient: 1.0 },
    steps: [
      {
        loss: 1.3311216022108885,
        parameters: [3.4572700400533396, -4.900134751440654],
        iterations: 10,
        evaluations: 10,
      },
      {
        loss: -1.5531237117974748,
        parameters: [3.600041348098526, -4.804913473941672],
        iterations: 18,
        evaluations: 19,
      },
      {
        loss: -1.870097676685985,
        parameters: [3.600041348098526, -4.804913473941672],
        iterations: 18,
        evaluations: 20,
      },
    ],
  },
  {
    objective: 'rosenbrock',
    start: [-1.9, 3.9],
    settings: { lineSearch: 'strongWolfe', learningRate: 0.3, maxIterations: 4 },
    steps: [
      { loss: 16.82, parameters: [-1.962839911454262, 3.8685268971219013], iterations: 2, evaluations: 6 },
      { loss: 8.803341317491364, parameters: [-1.510154893495824, 2.227874553646785], iterations: 4, evaluations: 13 },
    ],
  },
]
