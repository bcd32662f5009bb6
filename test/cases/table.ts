/**
 * The outcome that each case of ../shared/cases must have, as its page says: the lines that a user types, each with its exit
 * status and what is and is not to be read. `$A` is the case's directory, `$D` an empty one.
 */

/** A line of a shell, and what must come out of it. */
export interface Line {
  readonly run: string
  /** Exit status; 0 if absent. */
  readonly status?: number
  readonly shows?: readonly RegExp[]
  readonly hides?: readonly RegExp[]
}

/** A case: its lines, in order. `pending` says why it does not come out yet; then it must fail. */
export interface Case {
  readonly lines: readonly Line[]
  readonly pending?: string
  /** Needs PyTorch, which neither users nor CI have. */
  readonly needs?: 'torch'
}

// A path may have the word.
const noVerdict = /(?<![-/])\bagree\b/
const noBug = /bug in isograd/

/** Every case by the name of its folder. */
export const cases: Readonly<Record<string, Case>> = {
  'activation-name-as-layer': {
    // The short form is taken as that layer; core's tests hold it to the bits of the long form.
    lines: [{ run: 'isograd run $A/exp.yaml', shows: [/agree/] }],
  },
  'adam-without-memory-of-squares': {
    lines: [{ run: 'node $A/steps.mjs', shows: [/largest change (0\.\d+|1(\.0+)?) .* in 0 of/] }],
  },
  'adapter-does-not-bundle': { lines: [{ run: 'node $A/bundle.mjs' }] },
  'adapter-ends-the-process': {
    lines: [
      { run: 'isograd conformance $A/adapter.mjs', status: 1, shows: [/ended the process/] },
      { run: 'isograd check $A/exp.yaml --backend reference,$A/adapter.mjs', status: 3, shows: [/ended the process/] },
      { run: 'isograd run $A/exp.yaml --backend $A/adapter.mjs', status: 3, shows: [/ended the process/] },
    ],
  },
  'arm-keeps-settings-of-another-type': { lines: [{ run: 'isograd run $A/exp.yaml --backend onnx' }] },
  'arm-with-proto': {
    lines: [
      {
        run: 'isograd run $A/exp.json --backend onnx',
        status: 2,
        shows: [/arms\.longer\.__proto__ \(line 8\): expected no such field/],
      },
    ],
  },
  'backend-nickname': {
    lines: [
      {
        run: 'isograd run $A/exp.yaml --backend tensorflow',
        status: 2,
        shows: [/tfjs-wasm, tfjs-cpu, tfjs-node/],
        hides: [/npm install tensorflow/],
      },
    ],
  },
  'batch-of-one-row-is-blamed': {
    lines: [
      { run: 'isograd check $A/exp.yaml --backend onnx --mode step', shows: [/amplif/] },
      { run: 'isograd check $A/exp.yaml --backend onnx --mode ops' },
    ],
  },
  'bias-before-batch-norm': {
    lines: [
      { run: 'isograd run $A/exp.yaml --backend onnx,tfjs-wasm', shows: [/agree/] },
      { run: 'isograd check $A/exp.yaml --backend onnx,tfjs-wasm', shows: [/agree/] },
    ],
  },
  'chain-arms-not-an-object': {
    lines: [
      { run: 'isograd run $A/exp.json', status: 2, shows: [/arms \(line 6\): expected an object .*got "sigmoid"/] },
    ],
  },
  'create-never-answers': {
    lines: [
      {
        run: 'isograd check $A/exp.yaml --backend reference,$A/adapter.mjs --timeout 2',
        status: 3,
        shows: [/\[stuck\] create did not answer within 2 s/],
        hides: [noVerdict],
      },
      { run: 'pgrep -f $A/adapter.mjs', status: 1 },
    ],
  },
  'device-file-as-input': {
    lines: [
      {
        run: 'timeout -k 1 10 isograd check $A/../finished-weights-unchecked/exp.yaml --against /dev/zero',
        status: 2,
        shows: [/\/dev\/zero: expected a regular file/],
      },
    ],
  },
  'diverged-training-says-agree': {
    lines: [
      {
        run: 'isograd run $A/exp.yaml --backend onnx,tfjs-cpu',
        status: 4,
        shows: [/step 2/, /dense/],
        hides: [noVerdict, /accuracy +10\.00/],
      },
    ],
  },
  'escape-sequences-in-an-error': {
    lines: [
      {
        run: 'isograd run $A/exp.yaml --backend $A/adapter.mjs',
        status: 3,
        shows: [/no device\\u001b\]0;.*\\u0007\\n::warning::/],
        // oxlint-disable-next-line no-control-regex -- the very characters that must not come through
        hides: [/[\u001b\u0007]/, /^::/m],
      },
    ],
  },
  'export-for-converters': {
    lines: [
      { run: 'isograd run torch-mlp5 --dataset digits --limit 200 --epochs 1 --arm relu --backend onnx --out $D/runs' },
      { run: 'isograd export $D/runs --format onnx --opset 20 --out $D/model' },
      { run: 'grep -c Gemm $D/model' },
      ...[13, 17, 21].map((opset) => ({
        run:
          `isograd export $D/runs --format onnx --opset ${opset} --out $D/${opset} && grep -ac scale $D/${opset} && ` +
          `node -e "require('onnxruntime-node').InferenceSession.create('$D/${opset}').then((s) => console.log(s.inputNames.join()))"`,
        shows: [/^samples$/m],
      })),
    ],
  },
  'faults-only-two': {
    lines: [
      { run: 'isograd faults --only lost-update,stale-weight', shows: [/lost-update/, /stale-weight/] },
      { run: 'isograd faults --only lost-update --only stale-weight', shows: [/lost-update/, /stale-weight/] },
      { run: 'isograd faults --only lost-update,stale-wait', status: 2, shows: [/"stale-wait"/], hides: [/got "lost/] },
    ],
  },
  'finished-weights-unchecked': {
    lines: [
      { run: 'isograd run $A/exp.yaml --backend onnx --out $D' },
      { run: 'isograd predict $D --index 1' },
      { run: 'node $A/damage.mjs $D/small-default-onnx-seed0/weights.safetensors' },
      { run: 'isograd predict $D --index 1', status: 2, shows: [/weights\.safetensors: damaged: its SHA-256/] },
      {
        run: 'isograd export $D/small-default-onnx-seed0 --format onnx --out $D/exported',
        status: 2,
        shows: [/weights\.safetensors: damaged: its SHA-256 is not the one in record\.json/],
      },
    ],
  },
  'float-pictures-idx': {
    lines: [
      { run: 'node $A/make.mjs $D' },
      { run: 'isograd run $A/exp.yaml --data-dir $D --backend onnx', shows: [/(9\d\.\d+|100(\.0+)?) %/] },
    ],
  },
  'float32-overflow-in-sum': {
    lines: [
      { run: 'isograd check $A/exp.yaml --backend onnx --mode ops --steps 8', shows: [/agree/, /overflowed.*step 1/] },
      { run: 'isograd check $A/exp.yaml --backend tfjs-wasm --mode ops --steps 8', shows: [/agree/, /overflow/] },
      { run: 'node $A/sum.mjs' },
    ],
  },
  'gelu-by-tanh-passes': {
    needs: 'torch',
    lines: [
      { run: 'isograd trace $A/small.yaml --seed 2 --out $D/in.safetensors' },
      { run: 'APPROX=tanh python3 $A/small.py $D/in.safetensors $D/out.safetensors' },
      { run: 'isograd check $A/small.yaml --seed 2 --against $D/out.safetensors', status: 1, shows: [/geluTanh/] },
    ],
  },
  'keras-lr-without-hint': {
    // `lr` is taken for learningRate: what other frameworks call a setting is accepted.
    lines: [{ run: 'isograd run $A/exp.yaml', shows: [/agree/] }],
  },
  'long-backend-name': {
    lines: [
      { run: 'isograd conformance $A/adapter.mjs --only "contract/*"', status: 1, shows: [/failed contract\/name/] },
      {
        run: 'isograd run $A/exp.yaml --backend $A/adapter.mjs --out $D',
        status: 3,
        shows: [/expected a name of 1 to 64 letters, digits, ".", "_", ":" or "-", got 300 letters/],
      },
    ],
  },
  'plain-arrays-raw-typeerror': { lines: [{ run: 'node $A/train.mjs', hides: [/TypeError/] }] },
  'planted-link-is-followed': {
    lines: [
      { run: 'mkdir $D/small-default-reference-seed0 && echo precious > $D/victim.txt' },
      { run: 'ln -s ../victim.txt $D/small-default-reference-seed0/checkpoint.json.part' },
      { run: 'isograd run $A/exp.yaml --backend reference --checkpoint-every 1 --out $D' },
      { run: 'cat $D/victim.txt', shows: [/^precious$/m] },
    ],
  },
  'predict-forgets-data-dir': {
    lines: [
      { run: 'node $A/make.mjs $D/data' },
      { run: 'isograd run $A/exp.yaml --data-dir $D/data --backend onnx --out $D/runs' },
      { run: 'isograd predict $D/runs --index 3', shows: [/\b3\b/] },
    ],
  },
  'program-in-the-docs-does-not-run': {
    lines: [{ run: 'node $A/run.mjs docs/checking.md', hides: [/status [1-9]/] }],
  },
  'rare-dropout-never-drops': {
    lines: [{ run: 'node $A/count.mjs', hides: [/-?([4-9]|\d\d+)\.\d standard/, /: 0 of/] }],
  },
  'reader-that-leaves': {
    lines: [
      {
        run:
          'set -o pipefail; isograd run torch-mlp5 --arm relu --dataset digits --limit 400 --epochs 1 --backend onnx ' +
          '--out $D/out | head -1',
      },
      { run: 'ls $D/out/*/record.json $D/out/*/weights.safetensors $D/out/runs.json $D/out/report.html' },
    ],
  },
  'relu-of-negative-nan': {
    lines: [
      { run: 'node $A/relu.mjs', hides: [/0xffc00000.* 0/] },
      { run: 'isograd check $A/exp.yaml --backend tfjs-wasm --mode ops', shows: [/agree/] },
    ],
  },
  'resume-forgets-the-other-runs': {
    lines: [
      { run: 'node $A/stop.mjs $A/exp.yaml $D' },
      { run: 'isograd resume $D' },
      { run: 'ls $D/half-done-first-onnx-seed0/record.json $D/half-done-second-onnx-seed0/record.json' },
      { run: 'ls $D/runs.json $D/report.html' },
    ],
  },
  'resume-runs-code': {
    lines: [
      { run: 'node $A/make.mjs $D' },
      { run: 'isograd resume $D', status: 2, shows: [/--backend/] },
      { run: 'ls $D/*/marker', status: 2 },
    ],
  },
  'scan-that-never-settles': {
    lines: [
      {
        // Nearly all cases scan more than one step.
        run: 'isograd conformance $A/adapter.mjs --timeout 2 --only "matmul/small/*,argMax/*"',
        status: 1,
        shows: [/did not answer within 2 s/],
      },
    ],
  },
  'schema-without-descriptions': { lines: [{ run: 'node $A/count.mjs' }] },
  'stray-rejection-is-called-a-bug': {
    lines: [
      {
        run: 'isograd run $A/exp.yaml --backend $A/adapter.mjs',
        status: 3,
        shows: [/\[stray\] a promise was rejected that nobody awaited: device lost/],
        hides: [noBug],
      },
      {
        run: 'isograd check $A/exp.yaml --backend reference,$A/adapter.mjs',
        status: 3,
        shows: [/\[stray\] a promise was rejected that nobody awaited: device lost/],
        hides: [noVerdict],
      },
      { run: 'isograd conformance $A/adapter.mjs', status: 1, shows: [/nobody awaited: device lost/] },
    ],
  },
  'tf32-in-a-long-product': {
    lines: [
      { run: 'node $A/make.mjs $D' },
      {
        run: 'isograd check $A/exp.yaml --data-dir $D --backend onnx,$A/adapter.mjs',
        status: 1,
        shows: [/disagree/, /matmul "forward\/dense1/, /TF32/],
      },
    ],
  },
  'thousands-of-faults': {
    lines: [
      { run: 'node $A/make.mjs $D/many.json 200000 && node $A/make.mjs $D/some.json 20000' },
      { run: 'isograd run $D/many.json', status: 2, shows: [/and 199,980 more/] },
      { run: 'isograd run $D/some.json', status: 2, shows: [/and 19,980 more/] },
    ],
  },
  'throwing-backend-says-agree': {
    lines: [
      {
        run: 'isograd check $A/exp.yaml --backend reference,$A/adapter.mjs --mode step',
        status: 3,
        shows: [/matmul/, /dense\d/],
        hides: [noVerdict],
      },
      {
        run: 'isograd check $A/exp.yaml --backend reference,$A/adapter.mjs',
        status: 3,
        shows: [/matmul/, /dense\d/],
        hides: [noVerdict],
      },
      {
        run:
          'isograd check $A/exp.yaml --backend reference,$A/adapter.mjs --mode step --json --github --junit $D/j.xml ' +
          '--markdown $D/m.md; s=$?; cat $D/j.xml $D/m.md; exit $s',
        status: 3,
        shows: [
          /"verdict": "inconclusive"/,
          /"layer": "dense2"/,
          /<(failure|error)/,
          /::error/,
          /## small: inconclusive/,
        ],
        hides: [noVerdict],
      },
      {
        run: 'isograd run $A/exp.yaml --backend $A/adapter.mjs',
        status: 3,
        shows: [
          /first at matmul "[^"]+" \(layer dense2, stage weight-gradient\), in step 0/,
          /adapter\.mjs alone repeats it/,
        ],
        hides: [noVerdict],
      },
    ],
  },
  'trace-arm-constructor': {
    lines: [
      { run: 'isograd trace $A/exp.yaml --steps 1 --out $D/trace.safetensors' },
      { run: 'node $A/make.mjs $D/trace.safetensors $D/other.safetensors' },
      { run: 'isograd check $A/exp.yaml --against $D/other.safetensors', status: 2, shows: [/constructor/] },
    ],
  },
  'transparent-png': {
    lines: [
      { run: 'node $A/make.mjs $D/ink.png && node $A/make.mjs $D/paper.png paper' },
      { run: 'isograd run $A/exp.yaml --backend onnx --out $D/runs' },
      { run: 'isograd predict $D/runs --image $D/paper.png --invert --json | grep -v paper > $D/paper.json' },
      { run: 'isograd predict $D/runs --image $D/ink.png --invert --json | grep -v ink > $D/ink.json' },
      { run: 'cmp $D/paper.json $D/ink.json' },
    ],
  },
  'two-classes-idx': {
    lines: [
      { run: 'node $A/make.mjs $D' },
      { run: 'isograd run $A/exp.yaml --data-dir $D --backend onnx', shows: [/100(\.0+)? %/] },
    ],
  },
  'unknown-command-hint': {
    lines: [
      { run: 'isograd train torch-mlp5', status: 2, shows: [/[Dd]id you mean "?run/] },
      { run: 'isograd fit torch-mlp5', status: 2, shows: [/[Dd]id you mean "?run/] },
    ],
  },
  'unstacked-outputs-train': {
    lines: [
      {
        run: 'isograd run $A/exp.yaml --backend reference,$A/adapter.mjs --out $D',
        status: 3,
        shows: [/\[flat\] scan of .*: ys ".+": expected float32\[1,\d+\], got float32\[\d+\]/],
        hides: [noVerdict],
      },
      { run: 'ls $D/*reference*/record.json' },
    ],
  },
  'update-lost-in-long-scans': {
    lines: [
      {
        run: 'isograd check $A/exp.yaml --backend onnx,$A/adapter.mjs',
        status: 1,
        shows: [/disagree/, /scan/, /dense2\.weight/],
      },
      { run: 'isograd run $A/exp.yaml --backend onnx,$A/adapter.mjs', status: 1, hides: [/onnx and .* agree/] },
    ],
  },
  'zombie-holds-the-lock': {
    lines: [{ run: 'python3 $A/zombie.py', hides: [/in use by process/] }],
  },
}
