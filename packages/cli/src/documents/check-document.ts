/** The document of `check --json`: the report of core and the environment that it was made in. */
import { grouped, type CheckReport, type Evidence, type Finding } from '@isograd/core/compare'
import type { LoadedBackend } from '../backends/load.js'
import { formatScientific } from '../text/numbers.js'
import { type Environment, environmentOf } from './environment.js'

/** The document that `isograd check --json` prints: the report and its environment. */
export interface CheckDocument extends CheckReport {
  readonly environment: Environment
}

/** The document of a check on these backends. */
export function checkDocument(report: CheckReport, backends: readonly LoadedBackend[]): CheckDocument {
  return { ...report, environment: environmentOf(backends) }
}

/** Multiples of a limit up to which another limit may be meant; what is further off is a mistake, which it would hide. */
const NEAR = 100

/** The option under which a finding would have passed; nothing where it is far beyond its limit. */
export function passingTolerance(finding: Finding): string {
  const { toleranceName, measured = Infinity, tolerance = 0, smallestTolerance: smallest } = finding
  const isNear = toleranceName !== undefined && smallest !== undefined && measured <= NEAR * tolerance
  return isNear ? `smallest tolerance that would have passed: --tolerance ${toleranceName}=${smallest}` : ''
}

/** Findings of the same kind about the same operation of a backend, in the order of the first. */
export function groupsOf(findings: readonly Finding[]): (readonly Finding[])[] {
  return grouped(findings, ({ severity, kind, backend, operation }) => [severity, kind, backend, operation])
}

/** The options under which all of the findings would have passed, a line each, behind one that says so; nothing where there are none. */
export function passingTolerances(findings: readonly Finding[]): string[] {
  if (findings.some((finding) => passingTolerance(finding) === '')) return []
  const groups = grouped(findings, ({ toleranceName }) => [toleranceName])
  const texts = groups.map(([first, ...others]) => {
    const smallest = [first, ...others].map(({ smallestTolerance = 0 }) => smallestTolerance)
    return `  --tolerance ${first.toleranceName}=${Math.max(...smallest)}`
  })
  return texts.length === 0 ? [] : ['smallest tolerances under which it would have passed:', ...texts]
}

/** 0.65 or 1.2e-7. */
function figureText(value: number): string {
  return value >= 0.01 && value < 10_000 ? String(Number(value.toPrecision(3))) : formatScientific(value)
}

/** A measured figure beside its limit. */
export function evidenceText({ what, measured, limit }: Evidence): string {
  return `${what}: ${figureText(measured)}, limit ${figureText(limit)}`
}

/** The parts of the arms that were not looked into; arms of which the same is true stand together. */
export function uncheckedLines({ arms }: Pick<CheckReport, 'arms'>): string[] {
  const byParts = new Map<string, string[]>()
  for (const { arm, unchecked } of arms) {
    if (unchecked.length > 0) byParts.set(unchecked.join('; '), [...(byParts.get(unchecked.join('; ')) ?? []), arm])
  }
  return [...byParts].map(([parts, names]) => `not looked into (${names.join(', ')}): ${parts}`)
}
