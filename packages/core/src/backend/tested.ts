/** The versions of a runtime that an adapter was tested with: every other one is told, and goes on. */
import type { Adapter, BackendInfo } from './contract.js'

/** A text of a release that sorts as its numbers do; undefined for anything else, a version before a release included. */
function sortable(version: string): string | undefined {
  return /^\d+\.\d+\.\d+$/.test(version) ? version.replace(/\d+/g, (digits) => digits.padStart(9, '0')) : undefined
}

function isWithin(version: string, ends: readonly [string, string]): boolean {
  const [at, first, last] = [version, ...ends].map(sortable)
  return at !== undefined && first !== undefined && last !== undefined && first <= at && at <= last
}

/** The info, with the packages whose version the adapter was never tested with. */
export function withUntested(info: BackendInfo, tested: Adapter['tested'] = {}): BackendInfo {
  const untested = Object.entries(info.versions).flatMap(([name, version]) => {
    const ends = Object.hasOwn(tested, name) ? tested[name] : undefined
    if (ends === undefined || isWithin(version, ends)) return []
    return [[name, ends[0] === ends[1] ? ends[0] : ends.join(' to ')] as const]
  })
  return untested.length === 0 ? info : { ...info, untested: Object.fromEntries(untested) }
}

/** A sentence for each package of a backend that was never tested in its version. */
export function untestedNotes(name: string, { versions, untested = {} }: BackendInfo): string[] {
  return Object.entries(untested).map(
    ([part, range]) => `note: [${name}] ${part} ${versions[part]} was never tested; tested: ${range}`,
  )
}
