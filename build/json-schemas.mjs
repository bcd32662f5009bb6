/**
 * Makes the JSON Schemas of what `--json` prints from their types, as the table in `packages/cli/src/json-documents.ts` has them:
 * doc comments are the descriptions. `--check` says what differs from the files that are there, and writes none.
 *
 * The compiler tells the types (`typescript/unstable/sync`), since they are written with `Pick`, `keyof typeof` and the types of
 * zod's schemas, which only it resolves.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { API, ElementFlags, SignatureKind, SymbolFlags, TypeFlags } from 'typescript/unstable/sync'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIRECTORY = join(ROOT, 'packages/cli/schemas')

/** Descriptions of properties that have one meaning in all documents, and of keys of tables; a doc comment of its own comes first. */
const common = {
  activationGradient: 'Of gradients of activations.',
  attention: 'Of the entropy of attention.',
  cosine: 'Of the angle between two gradients.',
  derivative: 'Of the derivatives of activations.',
  derivativeProduct: 'Of the products of derivatives down to a layer.',
  earlyLoss: 'Of the losses of the first ten updates.',
  failed: 'Of those that failed.',
  final: 'Of the metric that judges, at the end.',
  firstGradient: 'Of the gradients before the first update.',
  firstLoss: 'Of the loss before the first update.',
  forward: 'Of values of the forward pass.',
  functions: 'Of functions, such as exp.',
  gates: 'Of the gates of recurrent layers.',
  gradient: 'Of the gradients of parameters.',
  jacobian: 'Of the singular values of the Jacobian.',
  loss: 'Of the loss of a step.',
  losses: 'Of the losses of a training.',
  noise: 'Of what rounding does to a training.',
  ops: 'Of single operations.',
  output: 'Of the outputs of activations.',
  passed: 'Of those that passed.',
  rank: 'Of the effective rank of activations.',
  run: 'Of free training.',
  signal: 'Of the norms of activations.',
  skipped: 'Of those that were left out.',
  state: 'Of the state of the optimizer.',
  throughTime: 'Of gradients by time step.',
  unsupported: 'Of those that the backend cannot compute.',
  update: 'Of the updates.',
  weights: 'Of the weights.',
  a: 'Of the first of the two.',
  arm: 'Name of the arm.',
  b: 'Of the second of the two.',
  backend: 'Name of the backend.',
  backends: 'Names of the backends.',
  directory: 'The directory, as it was named.',
  dtype: 'Type of its elements.',
  exact: 'What is exact.',
  expected: 'What is right.',
  experiment: 'Name of the experiment.',
  got: 'What the backend computed.',
  kind: 'What kind it is.',
  layer: 'Name of the layer.',
  measured: 'What was measured.',
  message: 'What the error says.',
  name: 'Its name.',
  node: 'Name of the node in the program.',
  operation: 'Name of the operation.',
  origin: 'A line on where the data come from.',
  package: 'Name of the package on npm.',
  precision: 'Type of the floating-point numbers.',
  preset: 'Name of the experiment.',
  reason: 'Why, in a sentence.',
  schema: 'Name and version of the form of this document.',
  seed: 'Seed of weights, order, masks and splits.',
  settings: 'Settings that the trials differ in, by path.',
  stage: 'Stage of the step: forward, backward, update or `state`.',
  step: 'Number of the step, from 0.',
  tolerance: 'The most that is let pass.',
}

/** Properties that are whole numbers wherever they are numbers. All other numbers may be any, the infinities and NaN too. */
const whole = new Set(
  `
  alone batch batchSize bits changed combinations comparisons cores count counts damaged decorrelatedAt differing
  distinct diverged done elements epoch epochs equal exceeded exponents failed firstStep flat given high index
  inexact inputs jobs layer left memoryBytes nearest nodes of outputShape pairs parameters part passed predicted
  presets probeEvery repeated repetitions row rowBytes rows rung running samples seed seeds shape stateBytes step
  steps stepsPerEpoch test threads total train trained trainings trial trials tried unsupported zeroSigns
  `
    .trim()
    .split(/\s+/),
)

/** Any number: a definition of every schema, and the form that core's own schemas have of one. */
const numbers = {
  number: {
    description: 'A number; those that JSON lacks stand by name.',
    ...JSON.parse(readFileSync(join(ROOT, 'packages/core/src/records/any-number.json'), 'utf8')),
  },
}

/** Makes the schema of one document. */
class Maker {
  definitions = {}
  missing = []
  #checker
  #types = new Map()

  constructor(checker) {
    this.#checker = checker
  }

  /** The name of an interface or of an alias without parameters. */
  #nameOf(type) {
    const alias = type.getAliasSymbol()
    if (alias !== undefined) return type.getAliasTypeArguments().length === 0 ? alias.name : undefined
    return type.isClassOrInterface() ? type.getSymbol()?.name : undefined
  }

  #aboutOf(symbol) {
    return symbol === undefined ? '' : this.#checker.getDocumentationCommentOfSymbol(symbol).replaceAll('\n', ' ')
  }

  /** The schema of a type. @param path of the property that has it. */
  schemaOf(type, path) {
    const name = this.#nameOf(type)
    if (name === undefined || type.flags & TypeFlags.Intrinsic) return this.#structureOf(type, path)
    const known = this.#types.get(name)
    if (known !== undefined && known !== type.id) throw new Error(`${path}: two types are called ${name}; rename one`)
    if (known === undefined) {
      this.#types.set(name, type.id)
      this.definitions[name] = {}
      const about = this.#aboutOf(type.getAliasSymbol() ?? type.getSymbol())
      this.definitions[name] = { ...(about !== '' && { description: about }), ...this.#structureOf(type, name) }
    }
    return { $ref: `#/$defs/${name}` }
  }

  #structureOf(type, path) {
    const { flags } = type
    if (flags & TypeFlags.Unknown) return {}
    if (flags & TypeFlags.Null) return { type: 'null' }
    if (flags & TypeFlags.Boolean) return { type: 'boolean' }
    if (flags & (TypeFlags.String | TypeFlags.TemplateLiteral)) return { type: 'string' }
    if (flags & TypeFlags.Number) {
      return whole.has(path.replaceAll('[]', '').split('.').at(-1)) ? { type: 'integer' } : { $ref: '#/$defs/number' }
    }
    if (type.isLiteralType()) return { const: type.value }
    if (type.isUnionType()) return this.#unionOf(type, path)
    if (this.#checker.isTupleType(type)) return this.#tupleOf(type, path)
    if (this.#checker.isArrayType(type)) {
      return { type: 'array', items: this.schemaOf(this.#checker.getTypeArguments(type)[0], `${path}[]`) }
    }
    if (type.isObjectType() || type.isIntersectionType()) return this.#objectOf(type, path)
    throw new Error(`${path}: ${this.#checker.typeToString(type)} has no place in a document`)
  }

  #unionOf(type, path) {
    const parts = type.getTypes().filter(({ flags }) => !(flags & TypeFlags.Undefined))
    const values = parts.filter((part) => part.isLiteralType()).map(({ value }) => value)
    const rest = parts.filter((part) => !part.isLiteralType()).map((part) => this.schemaOf(part, path))
    const isBoolean = values.includes(true) && values.includes(false)
    const texts = values.filter((value) => !isBoolean || typeof value !== 'boolean')
    const all = [
      ...(isBoolean ? [{ type: 'boolean' }] : []),
      ...(texts.length === 0 ? [] : [texts.length === 1 ? { const: texts[0] } : { enum: texts }]),
      ...rest,
    ]
    return all.length === 1 ? all[0] : { anyOf: all }
  }

  #tupleOf(type, path) {
    const { elementFlags } = type.getTarget()
    const items = this.#checker.getTypeArguments(type).map((each) => this.schemaOf(each, `${path}[]`))
    const isOpen = elementFlags.at(-1) === ElementFlags.Rest
    const minItems = elementFlags.filter((flag) => flag === ElementFlags.Required).length
    const first = isOpen ? items.slice(0, -1) : items
    return { type: 'array', prefixItems: first, items: isOpen ? items.at(-1) : false, minItems }
  }

  #objectOf(type, path) {
    const checker = this.#checker
    if (checker.getSignaturesOfType(type, SignatureKind.Call).length > 0) throw new Error(`${path}: a function`)
    const symbols = checker.getPropertiesOfType(type)
    const [index] = checker.getIndexInfosOfType(type)
    const required = symbols.filter((symbol) => this.#isThere(symbol)).map(({ name }) => name)
    return {
      type: 'object',
      ...(symbols.length > 0 && {
        properties: Object.fromEntries(symbols.map((symbol) => [symbol.name, this.#propertyOf(symbol, path)])),
      }),
      ...(required.length > 0 && { required }),
      additionalProperties: index === undefined ? false : this.schemaOf(index.valueType, `${path}[]`),
    }
  }

  /** True where a property is in every document: JSON leaves out what is undefined. */
  #isThere(symbol) {
    const type = this.#checker.getTypeOfSymbol(symbol)
    const parts = type.isUnionType() ? type.getTypes() : [type]
    const isLeftOut = parts.some(({ flags }) => flags & (TypeFlags.Undefined | TypeFlags.Unknown))
    return !(symbol.flags & SymbolFlags.Optional) && !isLeftOut
  }

  /** The schema of a property with its description, where the type that it has does not say enough. */
  #propertyOf(symbol, path) {
    const place = `${path}.${symbol.name}`
    const schema = this.schemaOf(this.#checker.getTypeOfSymbol(symbol), place)
    const description = this.#aboutOf(symbol) || this.#targetOf(schema)?.description || common[symbol.name]
    if (description === undefined) this.missing.push(place)
    return { ...schema, ...(description !== undefined && { description }) }
  }

  /** The definition that a property leads to, by itself or as a list. */
  #targetOf({ $ref, items }) {
    const reference = $ref ?? items?.$ref
    return reference === '#/$defs/number' ? undefined : this.definitions[reference?.split('/').at(-1)]
  }
}

/** The schema of a document. */
function schemaOf(checker, name, type) {
  const maker = new Maker(checker)
  const { $ref } = maker.schemaOf(type, name)
  const { [$ref.split('/').at(-1)]: document, ...definitions } = maker.definitions
  const { schema } = (document.anyOf?.[0] ?? document).properties
  if (schema.const !== name) throw new Error(`${name}: its type has the schema "${schema.const}"`)
  if (maker.missing.length > 0)
    throw new Error(`${name}: a doc comment must say what these are: ${maker.missing.join(', ')}`)
  const $defs = { ...numbers, ...definitions }
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: name, ...document, $defs }
}

/** The texts of all files by name. Without white space: they are read by programs. */
function filesOf({ program, checker }) {
  const source = program.getSourceFile(join(ROOT, 'packages/cli/src/json-documents.ts'))
  const table = checker.getSymbolAtLocation(source).getExports().get('JsonDocuments')
  return Object.fromEntries(
    checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(table)).map((symbol) => {
      const schema = schemaOf(checker, symbol.name, checker.getTypeOfSymbol(symbol))
      const file = `${symbol.name.replace('isograd.', '').replace('/', '.')}.schema.json`
      return [file, `${JSON.stringify(schema)}\n`]
    }),
  )
}

const api = new API({ cwd: ROOT })
const config = join(ROOT, 'build/json-schemas.tsconfig.json')
const files = filesOf(api.updateSnapshot({ openProjects: [config] }).getProject(config))
api.close()

mkdirSync(DIRECTORY, { recursive: true })
const there = Object.fromEntries(
  readdirSync(DIRECTORY).map((name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')]),
)
const changed = [...new Set([...Object.keys(files), ...Object.keys(there)])].filter(
  (name) => files[name] !== there[name],
)
if (process.argv.includes('--check')) {
  for (const name of changed) console.error(`packages/cli/schemas/${name} is not what the types say; npm run schemas`)
  process.exitCode = changed.length > 0 ? 1 : 0
} else {
  for (const name of changed) {
    if (files[name] === undefined) rmSync(join(DIRECTORY, name))
    else writeFileSync(join(DIRECTORY, name), files[name])
  }
}
