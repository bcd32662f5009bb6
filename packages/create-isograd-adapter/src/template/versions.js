/** Versions of what computes: records of trainings tell them, and numbers of two versions are told apart by them. */
import { readFileSync } from 'node:fs'

/** @param {string | URL} file a package.json */
function versionIn(file) {
  return String(JSON.parse(readFileSync(file, 'utf8')).version)
}

/** @type {Record<string, string>} */
export const versions = {
  'isograd-adapter-plain-js': versionIn(new URL('../package.json', import.meta.url)),
}
