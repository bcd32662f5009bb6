/** Versions of what computes: records of trainings tell them, and numbers of two versions are told apart by them. */
import { readFileSync } from 'node:fs'

/** @param {string | URL} file a package.json */
function versionIn(file) {
  return String(JSON.parse(readFileSync(file, 'utf8')).version)
}

/**
 * Of a package that is installed. Where the runtime has a native library, tell its own number in place of this one.
 *
 * @param {string} name
 */
function installedVersion(name) {
  const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+\/)/.exec(import.meta.resolve(name)) ?? []
  return folder === undefined ? 'unknown' : versionIn(new URL('package.json', folder))
}

/** @type {Record<string, string>} */
export const versions = {
  'isograd-adapter-plain-js': versionIn(new URL('../package.json', import.meta.url)),
  'the-runtime': installedVersion('the-runtime'),
}
