// Makes the types (src/model/generated) and the validators (src/core/generated) from the schemas in schemas/.
//   node deploy/generate.mjs           writes them
//   node deploy/generate.mjs --check   exits 1 when what is committed differs from what the schemas say
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import { _ } from 'ajv/dist/compile/codegen/index.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { compile } from 'json-schema-to-typescript';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const typesFolder = join(top, 'src', 'model', 'generated');
const validatorsFolder = join(top, 'src', 'core', 'generated');
const written = ['host', 'guest', 'checks', 'groups', 'config'];
const note = 'Made from schemas/ by `npm run generate`: do not edit.';

const read = (name) => JSON.parse(readFileSync(join(top, 'schemas', `${name}.schema.json`), 'utf8'));
const typeName = (name) => `${name[0].toUpperCase()}${name.slice(1)}File`;

/** A copy without the keys that `drop` names for a schema; names of properties are left alone. */
function strip(schema, drop) {
  if (Array.isArray(schema)) return schema.map((item) => strip(item, drop));
  if (schema === null || typeof schema !== 'object') return schema;
  const dropped = drop(schema);
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !dropped.includes(key))
      .map(([key, value]) => [
        key,
        key === 'properties' || key === 'definitions'
          ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, strip(inner, drop)]))
          : strip(value, drop),
      ]),
  );
}

// A format is stricter than the pattern beside it, which is there for editors; what oneOf says is said better by our own words.
const forValidators = (schema) =>
  strip(schema, (s) => ['$schema', 'title', 'examples', 'default', 'oneOf', ...('format' in s ? ['pattern'] : [])]);
const forTypes = (schema) =>
  strip(schema, () => ['title', 'examples', 'default', 'oneOf', 'minItems', 'maxItems', '$id']);

function formatsIn(schema, found = new Set()) {
  if (schema === null || typeof schema !== 'object') return found;
  if (typeof schema.format === 'string') found.add(schema.format);
  for (const inner of Object.values(schema)) formatsIn(inner, found);
  return found;
}

async function validators() {
  const ajv = new Ajv({
    allErrors: true,
    // Errors come with the piece of schema that they are about: its words explain them.
    verbose: true,
    inlineRefs: false,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
    messages: false,
    code: { source: true, esm: true, optimize: 2, formats: _`formats` },
  });
  const schemas = written.map((name) => forValidators(read(name)));
  for (const format of schemas.flatMap((schema) => [...formatsIn(schema)])) ajv.addFormat(format, () => true);
  for (const schema of schemas) ajv.addSchema(schema);
  const code = standaloneCode(
    ajv,
    Object.fromEntries(written.map((name) => [`validate${typeName(name)}`, `${name}.schema.json`])),
  );
  // Bundled so that nothing of ajv is needed at run time; what the formats mean stays ours.
  const bundled = await build({
    stdin: {
      contents: [`import { formats } from '../parse/formats.ts';`, code].join('\n'),
      resolveDir: top,
    },
    bundle: true,
    external: ['../parse/formats.ts'],
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    write: false,
    minifySyntax: true,
    minifyIdentifiers: true,
    minifyWhitespace: true,
    lineLimit: 120,
    banner: { js: `// ${note}` },
  });
  return bundled.outputFiles[0].text;
}

function validatorTypes() {
  const imports = written.map(
    (name) => `import type { ${typeName(name)} } from '../../model/generated/${name}-file.ts';`,
  );
  const functions = written.map(
    (name) => `export declare const validate${typeName(name)}: Validator<${typeName(name)}>;`,
  );
  return [
    `// ${note}`,
    `import type { ErrorObject } from 'ajv';`,
    ...imports,
    '',
    'export interface Validator<T> {',
    '  (data: unknown): data is T;',
    '  /** Of the last call. */',
    '  errors?: null | ErrorObject[];',
    '}',
    ...functions,
    '',
  ].join('\n');
}

async function types(name) {
  return compile(forTypes(read(name)), typeName(name), {
    additionalProperties: false,
    bannerComment: `// ${note}`,
    style: { singleQuote: true, printWidth: 120 },
    ignoreMinAndMaxItems: true,
  });
}

async function generate() {
  const files = new Map();
  for (const name of written) files.set(join(typesFolder, `${name}-file.ts`), await types(name));
  files.set(join(validatorsFolder, 'validators.js'), await validators());
  files.set(join(validatorsFolder, 'validators.d.ts'), validatorTypes());
  return files;
}

/** Files in our folders that no schema makes any longer. */
function leftovers(files) {
  return [typesFolder, validatorsFolder]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => !files.has(path));
}

const files = await generate();
if (process.argv.includes('--check')) {
  const stale = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text);
  const differing = [...stale.map(([path]) => path), ...leftovers(files)];
  for (const path of differing) console.error(`generated file is out of date: ${path.slice(top.length + 1)}`);
  if (differing.length > 0) {
    console.error('run: npm run generate');
    process.exitCode = 1;
  }
} else {
  for (const path of leftovers(files)) rmSync(path);
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  console.log(`${files.size} files made from ${written.length} schemas`);
}
