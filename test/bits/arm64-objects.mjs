/**
 * Objects for ARM64 in Node on another processor, for `node --import`: `process.dlopen` gives functions of which `run` is done
 * by `arm64-host.c` under qemu. `ARM64_RUNNER` has the words of the command before the object, as JSON.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [command, ...words] = JSON.parse(process.env.ARM64_RUNNER)
const ALIGNMENT = 64

const bytesOf = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)

/** The places of arrays in a file, one after the other behind so many bytes. */
function placesOf(arrays, start) {
  let end = start
  return arrays.map(({ byteLength }) => {
    const place = Math.ceil(end / ALIGNMENT) * ALIGNMENT
    end = place + byteLength
    return place
  })
}

/** A call of a program, with its memory in a file. */
function run(object, program, arena, constants, xs, ys, from, to) {
  const arrays = [arena, ...constants, ...xs, ...ys]
  const head = [program, from, to, constants.length, xs.length, ys.length]
  const places = placesOf(arrays, 8 * (head.length + arrays.length))
  const content = Buffer.alloc(places.at(-1) + arrays.at(-1).byteLength)
  for (const [i, number] of [...head, ...places].entries()) content.writeBigInt64LE(BigInt(number), 8 * i)
  for (const [i, array] of arrays.entries()) bytesOf(array).copy(content, places[i])
  const folder = mkdtempSync(join(tmpdir(), 'isograd-arm64-'))
  try {
    const file = join(folder, 'call')
    writeFileSync(file, content)
    const { status, stderr, error } = spawnSync(command, [...words, object, file], { encoding: 'utf8' })
    if (status !== 0) throw new Error(error?.message ?? `status ${status}: ${stderr}`)
    const after = readFileSync(file)
    const written = [arena, ...ys]
    for (const array of written) {
      const place = places[arrays.indexOf(array)]
      bytesOf(array).set(after.subarray(place, place + array.byteLength))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

process.dlopen = (module, object) => {
  module.exports = { run: (...call) => run(object, ...call), misalignment: () => 0 }
}
