// An engine in this process: ClickHouse (npm package chdb) or DuckDB (@duckdb/node-api).
// Answers statements that come as lines of JSON, {"sql": …}, with
// {"text": TabSeparated, "ns": …} or {"error": …}.
//   node worker.mjs clickhouse|duckdb MODULES DATA
import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [kind, modules, data] = process.argv.slice(2);
const load = createRequire(join(modules, '/'));

async function clickhouse() {
  mkdirSync(data, { recursive: true });
  const session = new (load('chdb').Session)(data);
  return { ask: async (sql) => session.query(sql, 'TSV'), text: (t) => t, end: () => session.cleanup?.() };
}

const cell = (v) => (v === null ? '\\N' : Array.isArray(v?.items) ? `[${v.items.map(cell).join(',')}]`
  : String(v).replace(/[\\\t\n]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n' })[c]));

async function duckdb() {
  mkdirSync(data, { recursive: true });
  const instance = await load('@duckdb/node-api').DuckDBInstance.create(join(data, 'bench.duckdb'));
  const connection = await instance.connect();
  return {
    ask: (sql) => connection.runAndReadAll(sql),
    text: (r) => r.getRows().map((row) => `${row.map(cell).join('\t')}\n`).join(''),
    end: () => connection.closeSync(),
  };
}

const engine = await (kind === 'duckdb' ? duckdb() : clickhouse());
for await (const line of createInterface({ input: process.stdin })) {
  const { sql } = JSON.parse(line);
  let out;
  const from = process.hrtime.bigint();
  try {
    const result = await engine.ask(sql);
    const ns = Number(process.hrtime.bigint() - from);
    out = { text: engine.text(result), ns };
  } catch (e) {
    out = { error: String(e.message ?? e) };
  }
  process.stdout.write(`${JSON.stringify(out)}\n`);
}
engine.end();
