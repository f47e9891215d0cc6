// node --test: what the composition promises.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "@requiresScopes"])\n';
const INTAKE = `${LINK}
type Query { tickets(first: Int, last: Int): TicketConnection! secret: String @requiresScopes(scopes: [["operator"]]) }
type TicketConnection { edges: [TicketEdge!]! }
type TicketEdge { node: Ticket! }
type Ticket @key(fields: "id") { id: ID! tags: [String!]! related: [Ticket!]! }
`;
const CLOCK = `${LINK}
type Ticket @key(fields: "id") { id: ID! clocks: [Clock!]! }
type Clock { name: String! }
`;

function compose(t, { subgraphs, operations = {} }, ...flags) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compose-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const [kind, files] of Object.entries({ subgraphs, operations })) {
    fs.mkdirSync(path.join(folder, kind));
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, kind, name), text);
  }
  const run = (...more) =>
    spawnSync(process.execPath, [
      path.join(import.meta.dirname, 'compose.mjs'),
      ...['subgraphs', 'operations'].flatMap((kind) => [`--${kind}`, path.join(folder, kind)]),
      '--supergraph', path.join(folder, 'supergraph.graphql'),
      ...more,
    ], { encoding: 'utf8' });
  const first = run(...flags);
  const read = (file) => fs.readFileSync(path.join(folder, file), 'utf8');
  return { ...first, run, read, folder };
}

test('guards, sizes and placeholder addresses are in the supergraph, the same every time', (t) => {
  const world = compose(t, { subgraphs: { 'intake.graphql': INTAKE, 'sla-clock.graphql': CLOCK } });
  assert.equal(world.status, 0, world.stderr);
  const supergraph = world.read('supergraph.graphql');
  assert.match(supergraph, /requiresScopes\/v0.1", for: SECURITY/);
  assert.match(supergraph, /secret: String .*@requiresScopes\(scopes: \[\["operator"\]\]\)/);
  assert.match(supergraph, /@listSize\(\s*requireOneSlicingArgument: false\s*slicingArguments: \["first", "last"\]\s*sizedFields: \["edges"\]/);
  assert.match(supergraph, /clocks: \[Clock!\]!.*@listSize\(assumedSize: 10\)/);
  assert.doesNotMatch(supergraph, /tags: \[String!\]!.*@listSize/);
  assert.match(supergraph, /@join__graph\(name: "sla-clock", url: "http:\/\/sla-clock.internal\/graphql"\)/);
  assert.equal(world.run('--check').status, 0);
  assert.equal(world.run().status, 0);
  assert.equal(world.read('supergraph.graphql'), supergraph);
});

test('what a clock explains is sized by `first`, and a ticket has few clocks', (t) => {
  const explained = `${LINK}
type Ticket @key(fields: "id") { id: ID! clocks: [TicketClock!]! }
type TicketClock { explain(first: Int! = 100): Explanation nested: [TicketClock!]! }
type Explanation { segments: [Segment!]! totals: [Segment!]! }
type Segment { seconds: Int! }
`;
  const world = compose(t, { subgraphs: { 'intake.graphql': INTAKE, 'sla-clock.graphql': explained } });
  assert.equal(world.status, 0, world.stderr);
  const supergraph = world.read('supergraph.graphql');
  assert.match(supergraph, /clocks: \[TicketClock!\]!.*@listSize\(assumedSize: 4\)/);
  assert.match(supergraph, /explain\(first: Int! = 100\): Explanation\s+@cost\(weight: 40\)\s+@listSize\(\s*requireOneSlicingArgument: false\s*slicingArguments: \["first"\]\s*sizedFields: \["segments"\]/);
  assert.match(supergraph, /totals: \[Segment!\]!.*@listSize\(assumedSize: 10\)/);
});

test('whatever is sized by name is in the graph as it is committed', () => {
  const supergraph = fs.readFileSync(path.join(import.meta.dirname, '../supergraph.graphql'), 'utf8');
  const sized = (list) => supergraph.split(`sizedFields: ["${list}"]`).length - 1;
  assert.deepEqual([sized('segments'), sized('moves')], [1, 7]);
  assert.match(supergraph, /clocks: \[TicketClock!\]!.*@listSize\(assumedSize: 4\)/);
});

test('subgraphs that do not fit are named, and nothing is written', (t) => {
  const other = CLOCK.replace('id: ID!', 'id: String!');
  const world = compose(t, { subgraphs: { 'intake.graphql': INTAKE, 'sla-clock.graphql': other } });
  assert.equal(world.status, 1);
  assert.match(world.stderr, /FIELD_TYPE_MISMATCH.*Ticket\.id/);
  assert.equal(fs.existsSync(path.join(world.folder, 'supergraph.graphql')), false);
  const broken = compose(t, { subgraphs: { 'intake.graphql': 'type {' } });
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /intake\.graphql:1:6: Syntax Error/);
});

test('operations are checked against the schema and known by their hash', (t) => {
  const subgraphs = { 'intake.graphql': INTAKE, 'sla-clock.graphql': CLOCK };
  const good = 'query Page { tickets(first: 5) { edges { node { id clocks { name } } } } }\n';
  const world = compose(t, { subgraphs, operations: { 'Page.graphql': good } });
  assert.equal(world.status, 0, world.stderr);
  const [[id, text]] = Object.entries(JSON.parse(world.read('operations/trusted.json')));
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(text, 'query Page{tickets(first:5){edges{node{id clocks{name}}}}}');
  const wrong = compose(t, { subgraphs, operations: { 'Page.graphql': good.replace('name', 'nombre') } });
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /Page\.graphql:1:\d+: Cannot query field "nombre" on type "Clock"/);
  const misnamed = compose(t, { subgraphs, operations: { 'Other.graphql': good } });
  assert.match(misnamed.stderr, /exactly one operation, called Other/);
});

test('--check finds what is not up to date', (t) => {
  const world = compose(t, { subgraphs: { 'intake.graphql': INTAKE, 'sla-clock.graphql': CLOCK } }, '--check');
  assert.equal(world.status, 1);
  assert.match(world.stderr, /supergraph\.graphql: differs/);
});
