// Composes the committed subgraph SDLs into the supergraph, and the portal's operations into trusted documents.
//
//   npm ci && node compose.mjs            writes ../supergraph.graphql and ../operations/trusted.json
//   node compose.mjs --check              fails if what is committed differs
//   node compose.mjs --subgraphs DIR --supergraph FILE [--operations DIR]
//
// A subgraph is a file: `sla-clock.graphql` is the subgraph `sla-clock`. Its URL here is a placeholder; the gateway
// takes the real one from its settings and refuses to start without it.

import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { composeServices } from '@theguild/federation-composition';
import { buildSchema, Kind, parse, stripIgnoredCharacters, validate } from 'graphql';
import { withSizes } from './sizes.mjs';

const home = path.join(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    subgraphs: { type: 'string', default: path.join(home, 'subgraphs') },
    supergraph: { type: 'string', default: path.join(home, 'supergraph.graphql') },
    operations: { type: 'string', default: path.join(home, 'operations') },
    check: { type: 'boolean', default: false },
  },
});

const problems = [];
const complain = (where, message) => problems.push(`${where}: ${message}`);

function graphqlFiles(folder) {
  if (!fs.existsSync(folder)) return [];
  // By code point: the same order on every machine.
  const names = fs.readdirSync(folder).filter((name) => name.endsWith('.graphql'));
  return names.sort((a, b) => (a < b ? -1 : 1)).map((file) => path.join(folder, file));
}

function read(file) {
  const text = fs.readFileSync(file, 'utf8');
  try {
    return { file, name: path.basename(file, '.graphql'), text, document: parse(text) };
  } catch (error) {
    const at = error.locations?.[0];
    complain(at ? `${file}:${at.line}:${at.column}` : file, error.message);
    return undefined;
  }
}

function stop() {
  if (problems.length === 0) return;
  for (const problem of problems) console.error(`  ${problem}`);
  console.error(`compose: ${problems.length} problem(s)`);
  process.exit(1);
}

const GUARDS = ['requiresScopes', 'authenticated', 'policy'];

/** `Type.field @guard`, for every guarded type and field. */
function guarded(document) {
  const found = new Set();
  const note = (where, node) => {
    for (const directive of node.directives ?? []) {
      if (GUARDS.includes(directive.name.value)) found.add(`${where} @${directive.name.value}`);
    }
  };
  for (const definition of document.definitions) {
    if (!definition.name || definition.kind === Kind.DIRECTIVE_DEFINITION) continue;
    note(definition.name.value, definition);
    for (const field of definition.fields ?? []) note(`${definition.name.value}.${field.name.value}`, field);
  }
  return found;
}

const subgraphs = graphqlFiles(options.subgraphs).map(read).filter(Boolean);
if (subgraphs.length === 0) complain(options.subgraphs, 'holds no subgraph');
stop();

const result = composeServices(
  subgraphs.map(({ name, document }) => ({
    name,
    url: `http://${name}.internal/graphql`,
    typeDefs: withSizes(document),
  })),
);
for (const error of result.errors ?? []) {
  complain(error.extensions?.code ?? 'COMPOSITION', error.message.replaceAll('\n', '\n    '));
}
stop();

// What guards a field must not get lost on the way: a composer that drops it composes without a word.
const supergraph = parse(result.supergraphSdl);
const kept = guarded(supergraph);
const links = result.supergraphSdl.split('@link(').filter((link) => link.includes('for: SECURITY'));
for (const { file, document } of subgraphs) {
  for (const guard of guarded(document)) {
    const spec = `https://specs.apollo.dev/${guard.split('@')[1]}/`;
    if (!kept.has(guard) || !links.some((link) => link.includes(spec))) {
      complain(file, `${guard} was lost by the composition`);
    }
  }
}
stop();

const outputs = new Map([[options.supergraph, ensureNewline(result.supergraphSdl)]]);

const operations = graphqlFiles(options.operations).map(read).filter(Boolean);
if (operations.length > 0) {
  const schema = buildSchema(result.publicSdl);
  const trusted = {};
  for (const { file, name, text, document } of operations) {
    for (const error of validate(schema, document)) {
      const at = error.locations?.[0];
      complain(at ? `${file}:${at.line}:${at.column}` : file, error.message);
    }
    const named = document.definitions.filter((d) => d.kind === 'OperationDefinition').map((d) => d.name?.value);
    if (named.length !== 1 || named[0] !== name) {
      complain(file, `must hold exactly one operation, called ${name}`);
    }
    const body = stripIgnoredCharacters(text);
    trusted[crypto.createHash('sha256').update(body).digest('hex')] = body;
  }
  outputs.set(path.join(options.operations, 'trusted.json'), `${JSON.stringify(trusted, null, 2)}\n`);
}
stop();

for (const [file, text] of outputs) {
  const committed = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
  if (committed === text) continue;
  if (options.check) complain(file, 'differs from what its sources give; run `make graph`');
  else fs.writeFileSync(file, text);
}
stop();
console.log(
  `compose: ${subgraphs.length} subgraphs (${subgraphs.map((s) => s.name).join(', ')}), ${operations.length} operations`,
);

function ensureNewline(text) {
  return text.endsWith('\n') ? text : `${text}\n`;
}
