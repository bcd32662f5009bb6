/**
 * The most memory that this process ever had resident. Linux keeps it by program; what `getrusage` tells there may be
 * that of the process which started this one.
 */
import { readFileSync } from 'node:fs'

/** The high-water mark in the text of Linux's `/proc/self/status`, in bytes; undefined when it has none. */
export function highWaterMark(status: string): number | undefined {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}

/** Peak resident memory of this process in bytes. */
export function peakMemory(): number {
  const fallback = process.resourceUsage().maxRSS * 1024
  if (process.platform !== 'linux') return fallback
  try {
    return highWaterMark(readFileSync('/proc/self/status', 'utf8')) ?? fallback
  } catch {
    return fallback
  }
}
