// Writes random queries into the corpus: testdata/random/*.test, a file for each
// kind of query, over a table of events and one full of NULLs.
//
//   node gen/gen.mjs [--seed 1] [--count 40] && node oracle.mjs --check testdata/random/*.test
//
// The same seed and count give the same files, byte by byte. Queries are typed,
// so that nearly all of them are right; those that ClickHouse refuses or that give
// no row at all are left out, and so are those whose answer moves with threads,
// parts or the order of rows. Expectations are filled in by oracle.mjs --write.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClickHouse, VARIANTS } from '../clickhouse.mjs';
import { Random } from './random.mjs';
import { SETUP } from './tables.mjs';
import { SHAPES } from './shapes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const DATABASE = 'gen';
const ROWS_MAX = 30; // an answer that is longer says no more

function option(args, name, otherwise) {
  const i = args.indexOf(name);
  return i < 0 ? otherwise : Number(args[i + 1]);
}

// answer is the text of a query's answer in one set-up, or undefined when it is
// refused, empty or long.
function answer(clickhouse, sql) {
  const a = clickhouse.ask({ kind: 'query', sql });
  if (a.code !== undefined || a.rows.length === 0 || a.rows.length > ROWS_MAX) return undefined;
  return a;
}

// kept tells whether a query belongs into the corpus.
function kept(clickhouse, sql) {
  const a = answer(clickhouse, sql);
  if (a === undefined) return false;
  const values = new Set(a.rows.flatMap((r) => r.split('\t')));
  return a.rows.length > 1 || [...values].some((v) => !['0', '\\N', 'nan', ''].includes(v));
}

// stable drops the queries whose answers differ in another set-up.
function stable(variant, queries) {
  const read = (v) => {
    const clickhouse = open(v);
    const all = queries.map((q) => {
      const a = clickhouse.ask({ kind: 'query', sql: q });
      return a.rows && a.rows.map((row) => rounded(row, a.types)).join('\n');
    });
    clickhouse.close();
    return all;
  };
  const want = read(VARIANTS.default), got = read(variant);
  return queries.filter((_, i) => want[i] === got[i]);
}

// rounded cuts floats to nine digits; what still differs is no rounding.
function rounded(row, types) {
  return row.split('\t').map((c, i) => (/Float/.test(types[i]) && Number.isFinite(Number(c)) ? Number(c).toPrecision(9) : c)).join('\t');
}

function open(variant) {
  const clickhouse = new ClickHouse(variant);
  clickhouse.fresh(DATABASE);
  for (const sql of SETUP) {
    const a = clickhouse.ask({ kind: 'statement', sql });
    if (a.code !== undefined) throw new Error(`${sql}: ${a.message}`);
  }
  return clickhouse;
}

function main(args) {
  const seed = option(args, '--seed', 1), count = option(args, '--count', 40);
  const clickhouse = open(VARIANTS.default);
  const files = Object.entries(SHAPES).map(([name, shape], i) => {
    const random = new Random(seed * 1000 + i);
    const queries = new Set();
    while (queries.size < count) {
      const sql = shape(random);
      if (kept(clickhouse, sql)) queries.add(sql);
    }
    return { name, queries: [...queries] };
  });
  clickhouse.close();
  const dir = join(here, '..', 'testdata', 'random');
  mkdirSync(dir, { recursive: true });
  const paths = files.map(({ name, queries }) => {
    for (const v of Object.values(VARIANTS)) if (v !== VARIANTS.default) queries = stable(v, queries);
    const records = [...SETUP.map((s) => `statement ok\n${s}\n`), ...queries.map((q) => `query\n${q}\n`)];
    const path = join(dir, `${name}.test`);
    writeFileSync(path, `# Random queries of the kind "${name}", written by gen/gen.mjs --seed ${seed} --count ${count}.\n\n${records.join('\n')}`);
    return path;
  });
  execFileSync(process.execPath, [join(here, '..', 'oracle.mjs'), '--write', ...paths], { stdio: 'inherit' });
}

main(process.argv.slice(2));
