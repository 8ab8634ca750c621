// The oracle: runs the corpus in ClickHouse (npm package chdb, ClickHouse
// in-process) and writes the expectations into the files, or compares them.
//
//   npm install chdb@3.4                    # in any folder; CHDB_DIR names it (default: here)
//   node oracle.mjs --write [file…]         # fills in letters, rows and error codes
//   node oracle.mjs --check [file…]         # lists what differs, exit code 1 when anything does
//   node oracle.mjs --check --variant parts # the same with ClickHouse set up otherwise
//
// Without files: every *.test below testdata. The format is described in doc.go.
// Written by ClickHouse 26.7.2; --check says when another version answers.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClickHouse, VARIANTS } from './clickhouse.mjs';

const VERSION = '26.7.2';
const CONFIG = 'clickhouse'; // the oracle's name in skipif and onlyif
const TOLERANCE = 1e-9;
const here = dirname(fileURLToPath(import.meta.url));
const testdata = join(here, 'testdata');

// ---- the file format

function parseFile(path) {
  const lines = readFileSync(path, 'utf8').replace(/\n$/, '').split('\n');
  const records = [];
  let at = 0;
  const die = (line, msg) => { throw new Error(`${path}:${line + 1}: ${msg}`); };
  while (at < lines.length) {
    if (lines[at] === '' || lines[at][0] === '#') { at++; continue; }
    const skipif = [], onlyif = [];
    let m;
    while ((m = /^(skipif|onlyif) (\S+)$/.exec(lines[at] ?? ''))) { (m[1] === 'skipif' ? skipif : onlyif).push(m[2]); at++; }
    const head = at;
    const words = (lines[at] ?? '').split(/\s+/);
    const r = { head, words, kind: words[0], runs: !skipif.includes(CONFIG) && (!onlyif.length || onlyif.includes(CONFIG)) };
    at++;
    if (['flush', 'restart', 'merge', 'demote', 'skipfile'].includes(r.kind)) continue;
    const answered = r.kind === 'query' || r.kind === 'print';
    if (r.kind !== 'statement' && !answered) die(head, `unknown record ${words[0]}`);
    const sqlAt = at;
    while (at < lines.length && lines[at] !== '' && !(answered && lines[at] === '----')) at++;
    if (at === sqlAt) die(head, 'no SQL');
    r.sql = lines.slice(sqlAt, at).join('\n');
    r.sqlEnd = at;
    r.rows = [];
    if (lines[at] === '----') {
      at++;
      while (at < lines.length && lines[at] !== '') r.rows.push(lines[at++]);
    } else if (answered) r.unwritten = true;
    r.end = at;
    if (r.kind === 'query') parseOptions(r, die);
    records.push(r);
  }
  return { path, lines, records };
}

function parseOptions(r, die) {
  r.letters = /^[ITR]+$/.test(r.words[1] ?? '') ? r.words[1] : '';
  r.options = r.words.slice(r.letters ? 2 : 1);
  r.cut = 'last';
  for (const o of r.options) {
    if (o === 'rowsort' || o === 'nosort') r.sort = o === 'rowsort';
    else if (/^ties=[\d,]+$/.test(o)) r.ties = o.slice(5).split(',').map((n) => n - 1);
    else if (/^cut=(last|both|none)$/.test(o)) r.cut = o.slice(4);
    else die(r.head, `unknown word ${o}`);
  }
}

const databaseOf = (path) => relative(testdata, path).replace(/\.test$/, '').replace(/[^A-Za-z0-9_]/g, '_');

function corpus(dir) {
  return readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((e) => (e.isDirectory() ? corpus(join(dir, e.name)) : e.name.endsWith('.test') ? [join(dir, e.name)] : []));
}

function letterOf(type) {
  const t = type.replace(/\\'/g, "'").replace(/LowCardinality\(|Nullable\(/g, '').replace(/\)+$/, '');
  if (/^U?Int\d+$/.test(t)) return 'I';
  return /Float(32|64)/.test(type) ? 'R' : 'T';
}

// ---- comparison, as compare.go does it

function sameCell(letter, want, got) {
  if (want === got) return true;
  if (letter !== 'R') return false;
  const cut = (s) => s.split(/([[\](),])/);
  const w = cut(want), g = cut(got);
  return w.length === g.length && w.every((x, i) => x === g[i] || sameFloat(x, g[i]));
}

function sameFloat(a, b) {
  const number = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;
  if (!number.test(a) || !number.test(b)) return false;
  const x = Number(a), y = Number(b);
  return x === y || Math.abs(x - y) <= TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

function sortRows(rows, letters) {
  const exact = (r) => r.filter((_, i) => letters[i] !== 'R').join('\t');
  const floats = (r) => r.filter((_, i) => letters[i] === 'R');
  return [...rows].sort((a, b) => {
    const x = exact(a), y = exact(b);
    if (x !== y) return x < y ? -1 : 1;
    const f = floats(a), g = floats(b);
    for (let i = 0; i < f.length; i++) if (!sameCell('R', f[i], g[i])) return Number(f[i]) < Number(g[i]) ? -1 : 1;
    return 0;
  });
}

function difference(record, rows) {
  const letters = record.letters;
  const cells = (list) => list.map((r) => (r === '(empty)' ? '' : r).split('\t'));
  let want = cells(record.rows), got = cells(rows);
  if (want.length !== got.length) return `${got.length} rows, wanted ${want.length}`;
  const same = (a, b) => a.length === b.length && a.every((c, i) => sameCell(letters[i], c, b[i]));
  if (!record.ties) {
    if (record.sort) { want = sortRows(want, letters); got = sortRows(got, letters); }
    const i = want.findIndex((r, k) => !same(r, got[k]));
    return i < 0 ? '' : `row ${i + 1}: wanted ${want[i].join('|')}, got ${got[i].join('|')}`;
  }
  const key = (r) => record.ties.map((c) => r[c]).join('\t');
  for (let i = 0; i < want.length; i++) if (key(want[i]) !== key(got[i])) return `row ${i + 1} differs in the order key`;
  for (let begin = 0, end; begin < want.length; begin = end) {
    for (end = begin + 1; end < want.length && key(want[end]) === key(want[begin]); end++);
    const cut = (end === want.length && record.cut !== 'none') || (begin === 0 && record.cut === 'both');
    const w = sortRows(want.slice(begin, end), letters), g = sortRows(got.slice(begin, end), letters);
    if (!cut && !w.every((r, i) => same(r, g[i]))) return `rows ${begin + 1} to ${end}, equal in the order key, differ`;
  }
  return '';
}

// ---- what is to be done with a file

function runFile(clickhouse, file, write) {
  const problems = [];
  const edits = []; // from the last to the first, as [line, count, ...lines]
  const database = databaseOf(file.path);
  clickhouse.fresh(database);
  for (const r of file.records) {
    if (!r.runs) continue;
    const answer = clickhouse.ask(r);
    const say = (msg) => problems.push(`${relative(process.cwd(), file.path)}:${r.head + 1}: ${msg}\n    ${r.sql.replace(/\s+/g, ' ').slice(0, 300)}`);
    const failed = answer.code !== undefined;
    if (r.kind === 'statement' && r.words[1] === 'error') checkError(r, answer, failed, write, edits, say);
    else if (failed) say(`${answer.code}: ${answer.message}`);
    else if (r.kind === 'query') checkRows(r, answer, write, edits, say);
    else if (r.kind === 'print') checkLines(r, answer, write, edits, say);
  }
  clickhouse.drop(database);
  if (write && edits.length) {
    for (const [line, count, ...lines] of edits.sort((a, b) => b[0] - a[0])) file.lines.splice(line, count, ...lines);
    writeFileSync(file.path, file.lines.join('\n') + '\n');
  }
  return problems;
}

function checkError(r, answer, failed, write, edits, say) {
  if (!failed) return say('no error');
  if (r.words[2].split('|').includes(String(answer.code))) return undefined;
  if (write && r.words[2] === '?') {
    edits.push([r.head, 1, `statement error ${answer.code}`]);
    console.log(`${answer.code}\t${r.sql.replace(/\s+/g, ' ')}\n\t${answer.message}`);
    return undefined;
  }
  return say(`code ${answer.code}, wanted ${r.words[2]}: ${answer.message}`);
}

function checkRows(r, answer, write, edits, say) {
  const letters = r.letters || answer.types.map(letterOf).join('');
  if (letters.length !== answer.types.length) return say(`${answer.types.length} columns, wanted ${letters}`);
  r.letters = letters;
  if (!write) {
    const diff = difference(r, answer.rows);
    return diff && say(diff);
  }
  if (!r.unwritten && r.words[1] === letters && difference(r, answer.rows) === '') return undefined;
  edits.push([r.sqlEnd, r.end - r.sqlEnd, '----', ...answer.rows.map((row) => row || '(empty)')]);
  edits.push([r.head, 1, ['query', letters, ...r.options].join(' ')]);
  return undefined;
}

function checkLines(r, answer, write, edits, say) {
  const want = r.rows.map((l) => (l === '(empty)' ? '' : l));
  const i = answer.rows.findIndex((l, k) => l !== want[k]);
  if (i < 0 && want.length === answer.rows.length && !r.unwritten) return undefined;
  if (!write) return say(i < 0 ? `${answer.rows.length} lines, wanted ${want.length}` : `line ${i + 1}: wanted ${want[i]}, got ${answer.rows[i]}`);
  return edits.push([r.sqlEnd, r.end - r.sqlEnd, '----', ...answer.rows.map((l) => l || '(empty)')]);
}

function main(args) {
  const write = args.includes('--write');
  if (write === args.includes('--check')) throw new Error('one of --write and --check, please');
  const v = args.indexOf('--variant');
  const variants = v >= 0 ? [args[v + 1]] : write ? ['default'] : Object.keys(VARIANTS);
  const named = args.filter((a, i) => !a.startsWith('--') && !(v >= 0 && i === v + 1)).map((a) => resolve(a));
  let bad = 0, records = 0;
  for (const name of variants) {
    const clickhouse = new ClickHouse(VARIANTS[name]);
    const version = clickhouse.run('SELECT version()').trim();
    if (!version.startsWith(VERSION)) console.log(`note: ClickHouse ${version}, the corpus was written by ${VERSION}`);
    for (const path of named.length ? named : corpus(testdata)) {
      const file = parseFile(path);
      records += file.records.length;
      const problems = runFile(clickhouse, file, write);
      for (const p of problems) console.log(variants.length > 1 ? `[${name}] ${p}` : p);
      bad += problems.length;
    }
    clickhouse.close();
  }
  console.log(`${records} records${variants.length > 1 ? ` in ${variants.length} variants` : ''}, ${bad} problems`);
  process.exitCode = bad ? 1 : 0;
}

main(process.argv.slice(2));
