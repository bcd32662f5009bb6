/** Numbers as people read them, always in the same few widths. Records hold them in full. */

/** 1,234,567 */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

/** 97.85 % */
export function formatPercent(fraction: number): string {
  return Number.isFinite(fraction) ? `${(100 * fraction).toFixed(2)} %` : String(fraction)
}

/** 0.1234, or 1.23e-5 where four places would show little. */
export function formatLoss(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return value === 0 || (size >= 0.001 && size < 10_000) ? value.toFixed(4) : value.toExponential(2)
}

/** 1.23e-5; zero as 0, infinities and NaN by name. */
export function formatScientific(value: number, places = 2): string {
  return Number.isFinite(value) && value !== 0 ? value.toExponential(places) : String(value)
}

/** Standard errors that figures may be apart: 3, 4.48 */
export function formatErrors(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** 0.042, 9.31, 12.3, 1,234 */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return seconds.toFixed(3)
  if (seconds < 10) return seconds.toFixed(2)
  return seconds < 100 ? seconds.toFixed(1) : formatCount(seconds)
}

/** 0:07, 12:30, 1:02:03 */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = String(rest).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

/** 7, 42.1, 1,234: a rate in three digits or more. */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '-'
  return perSecond < 100 ? perSecond.toPrecision(3) : formatCount(perSecond)
}

/** The largest errors of functions, as they were measured. */
export function unitsText(units: Readonly<Record<string, number>>): string {
  const parts = Object.entries(units).map(([operation, worst]) => `${operation} ${Number(worst.toPrecision(3))}`)
  return `measured, in units in the last place of float32: ${parts.length === 0 ? 'nothing' : parts.join(', ')}`
}
