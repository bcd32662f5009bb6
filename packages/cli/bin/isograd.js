#!/usr/bin/env node
import { runToExit } from '../dist/main.js'

await runToExit(process.argv.slice(2))
