// ClickHouse in-process (npm package chdb), set up as a default server, and the
// ways to set it up otherwise that must not change any answer.

import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// What chdb sets otherwise than a server does, set back.
const SERVER_SETTINGS = ['implicit_select = 0', 'allow_introspection_functions = 0'];

// Ways to run ClickHouse that must not change any answer: the corpus compares
// what is defined, not what one thread happens to do.
export const VARIANTS = {
  default: { statements: [], queries: [] },
  threads1: { statements: ['max_threads = 1'], queries: ['max_threads = 1'] },
  parts: {
    statements: ['max_insert_block_size = 2', 'max_block_size = 3000', 'min_insert_block_size_rows = 1',
      'min_insert_block_size_bytes = 1', 'max_threads = 8'],
    queries: ['max_block_size = 7', 'max_threads = 8'],
  },
  // Rows lie in another order than the files expect, as over shards.
  shuffled: { statements: [], queries: [], rewrite: shuffleKey },
};

// shuffleKey makes a table's sorting key a hash of what it was.
function shuffleKey(sql) {
  if (!/^CREATE (OR REPLACE )?TABLE/.test(sql)) return sql;
  return sql.replace(/\bORDER BY (?!tuple)(\((?:[^()]|\([^()]*\))*\)|\w+)/, 'ORDER BY sipHash64($1)');
}

export class ClickHouse {
  constructor(variant) {
    process.env.TZ = 'UTC'; // the server's zone, which chdb takes from here
    const { Session } = createRequire(join(process.env.CHDB_DIR ?? process.cwd(), '/'))('chdb');
    this.dir = mkdtempSync(join(tmpdir(), 'oracle-'));
    this.session = new Session(this.dir);
    this.variant = variant;
    this.fixed = SERVER_SETTINGS.join(', ');
    this.mode = '';
    this.run(`SET ${this.fixed}`);
  }

  run(sql, format = 'TSV') { return this.session.query(sql, format); }

  // use sets what the variant wants for statements or queries, once per change.
  use(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    const settings = this.variant[mode];
    if (settings.length) this.run(`SET ${settings.join(', ')}`);
  }

  fresh(database) {
    this.run(`DROP DATABASE IF EXISTS ${database}`);
    this.run(`CREATE DATABASE ${database}`);
    this.run(`USE ${database}`);
    if (this.variant !== VARIANTS.default) this.run('SYSTEM STOP MERGES');
  }

  drop(database) { this.run(`DROP DATABASE IF EXISTS ${database}`); }

  // ask returns {code, message} of an error or {rows, types}; of a print record the lines.
  ask(record) {
    const isQuery = record.kind === 'query';
    this.use(record.kind === 'statement' ? 'statements' : 'queries');
    try {
      const sql = this.variant.rewrite?.(record.sql) ?? record.sql;
      const out = this.run(sql, isQuery ? 'TabSeparatedWithNamesAndTypes' : 'TSV');
      if (record.kind === 'statement') return { rows: [] };
      const rows = out === '' ? [] : out.replace(/\n$/, '').split('\n');
      if (record.kind === 'print') return { rows };
      if (rows.length < 2) return { code: 0, message: `no header in the answer: ${out}` };
      return { types: rows[1].split('\t'), rows: rows.slice(2) };
    } catch (e) {
      const m = /Code: (\d+)\. ([^]*)/.exec(e.message);
      return { code: m ? Number(m[1]) : 0, message: m ? m[2].slice(0, 300) : e.message };
    }
  }

  close() {
    this.session.cleanup();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
