// ClickHouse in-process (npm package chdb): answers statements that come as lines
// of JSON, {"sql": …}, with {"text": …, "ns": …} or {"error": …}.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

process.env.TZ = 'UTC';
const { Session } = createRequire(join(process.env.CHDB_DIR ?? process.cwd(), '/'))('chdb');
const dir = mkdtempSync(join(process.argv[2], 'chdb-'));
const session = new Session(dir);
for await (const line of createInterface({ input: process.stdin })) {
  const { sql } = JSON.parse(line);
  let out;
  const from = process.hrtime.bigint();
  try {
    const text = session.query(sql, 'TSV');
    out = { text, ns: Number(process.hrtime.bigint() - from) };
  } catch (e) {
    out = { error: String(e.message ?? e) };
  }
  process.stdout.write(`${JSON.stringify(out)}\n`);
}
session.cleanup?.();
rmSync(dir, { recursive: true, force: true });
