// Asks ClickHouse (npm package chdb) what the tests of this package expect:
//
//   npm install chdb && node oracle.mjs
//
// It reads input.json (what readers are given) and output.json (queries whose
// results writers print) and writes input.golden.json and output/*.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const require = createRequire(process.env.CHDB_DIR ? process.env.CHDB_DIR + "/" : import.meta.url);
const { queryAsync } = require("chdb");
const here = (name) => new URL(name, import.meta.url);
const quote = (s) => "'" + s.replace(/\\/g, "\\\\").replace(/'/g, "\\'") + "'";

async function ask(sql, format) {
  try {
    return { bytes: Buffer.from((await queryAsync(sql, { format })).bytes()) };
  } catch (e) {
    const code = /Code: (\d+)/.exec(e.message);
    return { code: code ? Number(code[1]) : -1, message: e.message.split("\n")[0] };
  }
}

function settings(s) {
  const list = Object.entries(s ?? {}).map(([k, v]) => `${k}=${typeof v === "string" ? quote(v) : v}`);
  return list.length ? " SETTINGS " + list.join(", ") : "";
}

const golden = [];
for (const c of JSON.parse(readFileSync(here("input.json")))) {
  const data = c.hex ? `unhex('${c.hex}')` : quote(c.data);
  const r = await ask(`SELECT * FROM format(${c.format}, ${quote(c.columns)}, ${data})` + settings(c.settings), "TSV");
  const empty = r.code === 10; // format() of no rows at all
  golden.push(r.code && !empty ? { code: r.code, message: r.message } : { rows: empty ? "" : r.bytes.toString() });
}
writeFileSync(here("input.golden.json"), JSON.stringify(golden, null, 1) + "\n");

const out = JSON.parse(readFileSync(here("output.json")));
mkdirSync(here("output/"), { recursive: true });
for (const [name, q] of Object.entries(out.queries)) {
  for (const format of ["RowBinaryWithNamesAndTypes", ...(q.formats ?? out.formats)]) {
    const set = { output_format_write_statistics: 0, session_timezone: "UTC", ...q.settings };
    const r = await ask(q.sql + settings(set), format);
    if (r.code) throw new Error(`${name} ${format}: ${r.message}`);
    writeFileSync(here(`output/${name}.${format}`), r.bytes);
  }
}
