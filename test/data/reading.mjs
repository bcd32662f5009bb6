/**
 * Measures the reading of a CSV file: `node reading.mjs FILE [isograd|udsv|papaparse|floor]`, one reader a process, since memory
 * that one has taken is not given back. udsv and papaparse are taken from the directory in which this is run, if they are
 * there; they give rows of strings, and `udsv typed` values. Prints seconds, megabytes a second, and the peak of memory above
 * that of an empty process beside the bytes of the typed columns.
 */
import { execFileSync } from 'node:child_process'
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const here = createRequire(pathToFileURL(`${process.cwd()}/`))
const load = (name) => import(pathToFileURL(here.resolve(name)).href)

const readers = {
  empty: async () => 0,
  isograd: async (file) => {
    const { inspectData } = await load('@isograd/core/node')
    const { builtins } = await load('@isograd/core')
    const { columns, samples } = await inspectData(file, {}, builtins)
    const bytes = { uint8: 1, int32: 4, text: 4, float32: 4, float64: 8 }
    return columns.reduce((sum, { type }) => sum + bytes[type], 0) * samples.train
  },
  papaparse: async (file) => {
    const { default: papa } = await load('papaparse')
    let rows = 0
    await new Promise((resolve) => {
      papa.parse(createReadStream(file), { chunk: ({ data }) => void (rows += data.length), complete: resolve })
    })
    return rows
  },
  udsv: async (file, typed = false) => {
    const { inferSchema, initParser } = await load('udsv')
    let [parser, rows] = [undefined, 0]
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      parser ??= initParser(inferSchema(chunk))
      parser.chunk(chunk, typed ? parser.typedArrs : parser.stringArrs, (found) => (rows += found.length))
    }
    parser.end()
    return rows
  },
  'udsv typed': (file) => readers.udsv(file, true),
}

const [file, only] = process.argv.slice(2)
if (only === undefined) {
  for (const name of Object.keys(readers)) {
    const text = execFileSync(process.execPath, [process.argv[1], file, name], { encoding: 'utf8' })
    process.stdout.write(text)
  }
} else {
  const start = performance.now()
  const result = await readers[only](file)
  const used = process.cpuUsage()
  const cpu = (used.user + used.system) / 1e6
  const seconds = (performance.now() - start) / 1000
  const peak = process.resourceUsage().maxRSS / 1024
  const speed = statSync(file).size / 1e6 / seconds
  console.log(
    `${only}: ${seconds.toFixed(2)} s, ${cpu.toFixed(2)} s of processors, ${speed.toFixed(0)} MB/s, peak ${peak.toFixed(0)} MiB, result ${(result / 1048576).toFixed(1)} Mi`,
  )
}
