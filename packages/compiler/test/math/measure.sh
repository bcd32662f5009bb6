#!/usr/bin/env bash
# Measures the elementary functions with and without contraction: errors over all f32 and 10^7 f64 inputs, and time.
#   test/math/measure.sh [one f32 input of so many (1)] [f64 inputs (10000000)] > test/math/measured.txt
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npx esbuild test/math/as-c.ts --bundle --platform=node --format=esm --log-level=error --outfile="$work/as-c.mjs"
node "$work/as-c.mjs" > "$work/functions.h"
grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'
gcc --version | head -1
[ -z "$(git status --porcelain src/math)" ] && git log -1 --format='src/math of commit %h' -- src/math || echo 'src/math changed since its last commit'
flags=(-O3 -march=native -fno-math-errno -fno-trapping-math -I"$work")
gcc "${flags[@]}" -ffp-contract=off -DMODE=0 -c test/math/map.c -o "$work/map0.o"
gcc "${flags[@]}" -ffp-contract=fast -DMODE=1 -c test/math/map.c -o "$work/map1.o"
gcc -O2 test/math/measure.c "$work/map0.o" "$work/map1.o" -o "$work/measure" -lm
"$work/measure" "$@"
