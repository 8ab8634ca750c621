// Checks the marks and the goldens of this folder against ClickHouse, through the chdb package.
//
//   npm install chdb            # once, in any folder
//   node oracle.mjs /path/to/that/folder
//
// For every statement of *.sql: does ClickHouse accept it (+ < ~) or not (- >)? For those that both
// accept: does ClickHouse print our canonical text (*.golden) exactly as it prints the original?
// For column_names.tsv: is the second column the name that ClickHouse gives the first one?
import { createRequire } from 'node:module';
import { readFileSync, readdirSync, writeFileSync, mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const home = process.argv[2] ?? '.';
const { query } = createRequire(join(home, 'package.json'))('chdb');
const here = dirname(fileURLToPath(import.meta.url));
const lines = (file) => readFileSync(join(here, file), 'utf8').split('\n').filter((l) => l && !l.startsWith('#'));

function format(rows) {
  const file = join(mkdtempSync(join(tmpdir(), 'oracle-')), 'rows.jsonl');
  writeFileSync(file, rows.map(([s, f], i) => JSON.stringify({ i, s, f })).join('\n'));
  const answer = query(`SELECT formatQuerySingleLineOrNull(s), formatQuerySingleLineOrNull(f)
    FROM file('${file}', JSONEachRow, 'i UInt64, s String, f String') ORDER BY i
    SETTINGS implicit_select = 0 FORMAT JSONCompactEachRow`);
  return answer.trim().split('\n').map((l) => JSON.parse(l));
}

let wrong = 0;
const complain = (...what) => { wrong++; console.log(...what); };

for (const file of readdirSync(here).filter((f) => f.endsWith('.sql'))) {
  const statements = lines(file).map((l) => [l[0], l.slice(2)]);
  const golden = lines(file.replace('.sql', '.golden'));
  const answers = format(statements.map(([, s], i) => [s, golden[i]]));
  statements.forEach(([mark, s], i) => {
    const [original, ours] = answers[i];
    if ((original !== null) !== '+<~'.includes(mark)) {
      complain(`${file}: marked ${mark}, but ClickHouse ${original === null ? 'rejects' : 'accepts'} it: ${s}`);
    } else if (mark === '+' && original !== ours) {
      complain(`${file}: ${s}\n  original: ${original}\n  golden:   ${ours}`);
    }
  });
}

const columns = `SELECT 1::Int32 AS a, 2::Int32 AS b, [1, 2] AS arr, map('k', 1) AS m, (1, 2) AS tup, now() AS ts,
  today() AS d, 's' AS s, toNullable(1) AS n, CAST((1, 2) AS Tuple(x UInt8, y UInt8)) AS nt`;
for (const line of lines('column_names.tsv')) {
  const [expr, name] = line.split('\t');
  const got = query(`DESCRIBE (SELECT ${expr} FROM (${columns}) AS t)`, 'TSVRaw').split('\t')[0];
  if (got !== name) complain(`column_names.tsv: ${expr} is called ${got}, not ${name}`);
}
console.log(wrong === 0 ? 'ClickHouse agrees.' : `${wrong} disagreements.`);
process.exit(wrong === 0 ? 0 : 1);
