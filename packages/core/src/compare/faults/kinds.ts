/** Every kind of fault, in one table. */
import type { FaultKind } from './fault.js'
import { carryKinds } from './kinds/carry.js'
import { contractKinds } from './kinds/contract.js'
import { elementwiseRows } from './kinds/elementwise.js'
import { inputKinds } from './kinds/inputs.js'
import { movementRows } from './kinds/movement.js'
import { outputKinds } from './kinds/outputs.js'
import { precisionRows } from './kinds/precision.js'
import { productRows } from './kinds/products.js'
import { reductionRows } from './kinds/reductions.js'
import { windowRows } from './kinds/windows.js'
import { nodeKind } from './plant-node.js'

/** The kinds of faults. */
export const faultKinds: readonly FaultKind[] = [
  ...[...productRows, ...reductionRows, ...windowRows, ...elementwiseRows, ...movementRows, ...precisionRows].map(
    nodeKind,
  ),
  ...carryKinds,
  ...inputKinds,
  ...outputKinds,
  ...contractKinds,
]
