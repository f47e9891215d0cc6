// Tells the gateway how large lists are, so that it can judge an operation's cost before anyone works on it.
//
// async-graphql writes @listSize field by field, and as a directive of our own: a field without it would be forgotten. This adds
// it by the house's conventions, to an SDL's syntax tree:
//   - a field that returns a `…Connection` is sized by its `first` or `last`, and so are the connection's lists;
//   - a field of SLICED is sized by its `first`, and so is the list named there;
//   - any other list of objects is taken for FEW long (or as LONG says), for only these are unbounded here.
// A field of WEIGHTS costs so much by itself (@cost): a life is looked through whole, whatever is shown of it.
// A field that already says otherwise is left alone.

import { Kind, visit } from 'graphql';

/** What a list of objects that is not a page is taken for: clocks of a ticket, problems of a payload. */
const FEW = 10;
/** Lists of these, where FEW is far from the truth: a contract measures some four things of a ticket, and clocks are deep. */
const LONG = { TicketClock: 4, Site: 100 };
/** Fields that take `first` and return no connection, each with the list that it cuts. */
const SLICED = {
  'TicketClock.explain': 'segments',
  'Query.previewAgreementChange': 'moves',
  'Query.previewCalendarAssignment': 'moves',
  'Query.previewCalendarChange': 'moves',
  'Query.previewCalendarFeed': 'moves',
  'Query.previewCalendarFeedRemoval': 'moves',
  'Query.previewNewAgreement': 'moves',
  'Query.previewStandbyScheme': 'moves',
};
/** Fields that work much, however little of it is asked for: what they cost beside what they return. */
const WEIGHTS = { 'TicketClock.explain': 40, 'TicketClock.attribution': 40 };
/** The first version of the specification with @cost and @listSize. */
const SPEC = 'https://specs.apollo.dev/federation/v2.9';
const LEAVES = new Set(['String', 'Int', 'Float', 'Boolean', 'ID', '_Any', '_Service']);

export function withSizes(document) {
  const leaves = new Set(LEAVES);
  for (const definition of document.definitions) {
    if (/^(Scalar|Enum)Type/.test(definition.kind)) leaves.add(definition.name.value);
  }
  let added = false;
  let weighed = false;
  const field = (node, parent) => {
    const directives = node.directives ?? [];
    if (directives.some((d) => d.name.value === 'listSize') || node.name.value.startsWith('_')) return undefined;
    const type = named(node.type);
    let size;
    if (type.endsWith('Connection')) {
      const slicing = (node.arguments ?? []).map((a) => a.name.value).filter((name) => name === 'first' || name === 'last');
      if (slicing.length === 0) return undefined;
      size = [
        argument('slicingArguments', list(slicing)),
        argument('sizedFields', list(connectionLists(document, type))),
        argument('requireOneSlicingArgument', { kind: Kind.BOOLEAN, value: false }),
      ];
    } else if (SLICED[`${parent}.${node.name.value}`]) {
      size = [
        argument('slicingArguments', list(['first'])),
        argument('sizedFields', list([SLICED[`${parent}.${node.name.value}`]])),
        argument('requireOneSlicingArgument', { kind: Kind.BOOLEAN, value: false }),
      ];
    } else if (isList(node.type) && !leaves.has(type) && !parent.endsWith('Connection')) {
      size = [argument('assumedSize', { kind: Kind.INT, value: String(LONG[type] ?? FEW) })];
    } else {
      return undefined;
    }
    added = true;
    const directive = { kind: Kind.DIRECTIVE, name: name('listSize'), arguments: size };
    return { ...node, directives: [...directives, directive] };
  };
  const weigh = (node, parent) => {
    const weight = WEIGHTS[`${parent}.${node.name.value}`];
    if (weight === undefined) return node;
    weighed = true;
    const cost = argument('weight', { kind: Kind.INT, value: String(weight) });
    return { ...node, directives: [...(node.directives ?? []), { kind: Kind.DIRECTIVE, name: name('cost'), arguments: [cost] }] };
  };
  const fieldsOf = (node) => ({
    ...node,
    fields: node.fields?.map((f) => weigh(field(f, node.name.value) ?? f, node.name.value)),
  });
  const sized = visit(document, {
    ObjectTypeDefinition: fieldsOf,
    ObjectTypeExtension: fieldsOf,
    InterfaceTypeDefinition: fieldsOf,
    InterfaceTypeExtension: fieldsOf,
  });
  const imported = added ? withImport(sized, '@listSize') : sized;
  return weighed ? withImport(imported, '@cost') : imported;
}

/** Raises the federation link to SPEC and imports a directive. */
function withImport(document, directive) {
  return visit(document, {
    Directive(node) {
      if (node.name.value !== 'link') return undefined;
      const url = node.arguments.find((a) => a.name.value === 'url')?.value.value ?? '';
      if (!url.startsWith('https://specs.apollo.dev/federation/')) return undefined;
      return {
        ...node,
        arguments: node.arguments.map((a) => {
          if (a.name.value === 'url') return { ...a, value: string(SPEC) };
          if (a.name.value !== 'import' || a.value.values.some((v) => v.value === directive)) return a;
          return { ...a, value: { ...a.value, values: [...a.value.values, string(directive)] } };
        }),
      };
    },
  });
}

/** The lists of a connection: `edges`, and `nodes` where there is one. */
function connectionLists(document, type) {
  const fields = document.definitions
    .filter((d) => d.name?.value === type)
    .flatMap((d) => d.fields ?? [])
    .filter((f) => isList(f.type))
    .map((f) => f.name.value);
  return fields.length > 0 ? fields : ['edges'];
}

const name = (value) => ({ kind: Kind.NAME, value });
const string = (value) => ({ kind: Kind.STRING, value });
const list = (values) => ({ kind: Kind.LIST, values: values.map(string) });
const argument = (key, value) => ({ kind: Kind.ARGUMENT, name: name(key), value });
const unwrap = (type) => (type.kind === Kind.NON_NULL_TYPE ? type.type : type);
const isList = (type) => unwrap(type).kind === Kind.LIST_TYPE;
const named = (type) => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));
