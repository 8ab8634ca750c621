// Writes oracle.json: rows, aggregate calls over them, and what ClickHouse says
// of their types and values. Run in a folder where the npm package chdb is
// installed:  node oracle.mjs > oracle.json
import { createRequire } from 'node:module';
const { Session } = createRequire(process.cwd() + '/')('chdb');
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';

let seed = 12345n;
function rand(n) {
  seed = (seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
  return Number((seed >> 33n) % BigInt(n));
}
const pick = (...xs) => xs[rand(xs.length)];

// name, type, value as text for both sides, SQL around the text
const columns = [
  ['g', 'UInt8', () => rand(5), x => x],
  ['u8', 'UInt8', () => rand(256), x => x],
  ['u32', 'UInt32', () => rand(40), x => x],
  ['u64', 'UInt64', () => pick('18446744073709551615', '9223372036854775809', '7', String(rand(1000))), x => `toUInt64(${x})`],
  ['i16', 'Int16', () => rand(2000) - 1000, x => x],
  ['i64', 'Int64', () => (rand(100) - 50) * 1000000007, x => x],
  ['f32', 'Float32', () => (rand(1000) - 500) / 8, x => x],
  ['f64', 'Float64', () => pick('nan', String((rand(2000) - 1000) / 7), String(rand(30) / 10), String(-rand(30) / 10)), x => x],
  ['d9', 'Decimal(9,2)', () => rand(100000) - 50000, x => `toDecimal32(${x}, 2) / 100`],
  ['d38', 'Decimal(38,3)', () => `${rand(2) ? '-' : ''}${1 + rand(9)}${String(rand(1e9)).padStart(9, '0')}${String(rand(1e9)).padStart(9, '0')}`,
    x => `CAST('${x.replace(/(...)$/, '.$1')}', 'Decimal(38,3)')`],
  ['s', 'String', () => pick('', 'a', 'b', 'ab', 'Zürich', 'x'.repeat(rand(4)), 'v' + rand(30)), x => `'${x}'`],
  ['ns', 'Nullable(String)', () => pick(null, null, '', 'q', 'w' + rand(9)), x => x === null ? 'NULL' : `'${x}'`],
  ['ni', 'Nullable(Int32)', () => pick(null, rand(20) - 10, rand(20) - 10), x => x === null ? 'NULL' : x],
  ['nf', 'Nullable(Float64)', () => pick(null, rand(20) - 10.5), x => x === null ? 'NULL' : x],
  ['dt', 'Date', () => 18000 + rand(400), x => `toDate(${x})`],
  ['d32', 'Date32', () => rand(20000) - 10000, x => `toDate32('1970-01-01') + ${x}`],
  ['ts', "DateTime('UTC')", () => 1600000000 + rand(1e8), x => `toDateTime(${x}, 'UTC')`],
  ['t64', "DateTime64(3, 'UTC')", () => String(1600000000000 + rand(1e9) * 7), x => `fromUnixTimestamp64Milli(${x}, 'UTC')`],
  ['b', 'Bool', () => rand(2), x => x ? 'true' : 'false'],
  ['e', "Enum8('lo' = -5, 'mid' = 1, 'hi' = 7)", () => pick(-5, 1, 7), x => x],
  ['id', 'UUID', () => Array.from({ length: 16 }, () => pick('00', '01', 'ff', '7f', String(10 + rand(80)))).join(''),
    x => `'${x.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}'`],
  ['ip4', 'IPv4', () => rand(1e9), x => `toIPv4(${x})`],
  ['fs', 'FixedString(3)', () => pick('abc', 'abd', 'zzz', 'a' + (10 + rand(80))), x => `'${x}'`],
  ['lc', 'LowCardinality(String)', () => 'lc' + rand(6), x => `'${x}'`],
  ['au', 'Array(UInt8)', () => Array.from({ length: rand(4) }, () => rand(6)), x => `[${x}]`],
  ['ai', 'Array(Int64)', () => Array.from({ length: 3 }, () => rand(6) - 3), x => `[${x}]`],
  ['ak', 'Array(String)', () => Array.from({ length: 3 }, () => 'k' + rand(4)), x => `[${x.map(s => `'${s}'`)}]`],
  ['ad', 'Array(Decimal(9,2))', () => Array.from({ length: 3 }, () => rand(600) - 300), x => `[${x.map(v => `toDecimal32(${v}, 2) / 100`)}]`],
  ['an', 'Array(Nullable(Int32))', () => Array.from({ length: rand(4) }, () => pick(null, rand(6))), x => `[${x.map(v => v ?? 'NULL')}]`],
  ['c', 'UInt8', () => pick(0, 1, 2), x => x],
  ['nc', 'Nullable(UInt8)', () => pick(null, 0, 1), x => x ?? 'NULL'],
  ['w', 'UInt16', () => rand(5), x => x],
];

const every = columns.map(c => c[0]).filter(n => n !== 'g');
const scalars = every.filter(n => !n.startsWith('a'));
const integers = ['u8', 'u32', 'u64', 'i16', 'i64', 'ni', 'w'];
const numbers = [...integers, 'f32', 'f64', 'nf', 'd9', 'd38', 'b'];
const times = ['dt', 'ts', 't64'];
const calls = ['count()'];
const add = (fs, args, params = '') => { for (const f of [fs].flat()) for (const a of args) calls.push(`${f}${params}(${a})`); };
add(['count', 'uniq', 'uniqExact', 'any', 'anyLast', 'any_value', 'last_value', 'any_respect_nulls', 'first_value_respect_nulls'], every);
add(['min', 'max'], every);
add(['sum', 'avg'], [...numbers, 'e', 's', 'dt', 'd32', 'ts', 't64']);
add(['sumWithOverflow', 'sumKahan'], numbers);
add(['argMin', 'argMax'], every.map(n => n + ',u64')); // ties are resolved by order
add(['argMin', 'argMax', 'min_by', 'max_by'], every.filter(n => n !== 'f64').map(n => 's,' + n));
add(['argMin', 'argMax'], ['s,f64', 'ns,nf']);
for (const f of ['quantile', 'quantileExact', 'quantileExactLow', 'quantileExactHigh', 'quantileTDigest']) {
  add(f, [...numbers, ...times, 's']);
  add(f, [...numbers, ...times], '(0.3)');
}
add(['quantileExactInclusive', 'quantileExactExclusive'], [...numbers, 's'], '(0.3)');
add(['quantiles', 'quantilesExact', 'quantilesTDigest'], ['u8', 'f64', 'ni', 'ts'], '(0.9,0,0.5,1)');
add(['quantileTDigestWeighted', 'quantilesTDigestWeighted'], ['u8,w', 'f32,u32'], '(0.25)');
add(['median', 'medianExact', 'medianTDigest'], ['u8', 'd9']);
const moments = ['varPop', 'varSamp', 'stddevPop', 'stddevSamp', 'skewPop', 'skewSamp', 'kurtPop', 'kurtSamp'];
add([...moments, 'VAR_POP', 'STDDEV_SAMP'], ['u8', 'i16', 'w', 'ni', 'nf', 'd9', 's']);
add(['covarPop', 'covarSamp', 'corr', 'simpleLinearRegression', 'avgWeighted'], ['u8,w', 'i16,ni', 'w,f32', 's,w', 'd9,w', 'u8']);
add(['groupBitAnd', 'groupBitOr', 'groupBitXor', 'BIT_XOR'], [...integers, 'b', 's', 'f64']);
add('groupBitmap', [...integers, 's', 'f32']);
add('groupArray', every);
add('groupArray', ['u8', 's', 'ns', 'au'], '(3)');
add('groupArrayLast', ['u8', 's', 'ns'], '(3)');
add('groupArraySorted', ['u8', 's', 'i64', 'd9'], '(4)');
add('arraySort(groupUniqArray', scalars.filter(n => n !== 'f64').map(n => n + ')'));
add('entropy', [...scalars.filter(n => n !== 'f64'), 'u8,s', 'au']);
for (const f of ['sumMap', 'minMap', 'maxMap', 'sumMapWithOverflow']) add(f, ['ak,ai', 'ak,ad', 'ai,ai,ai', 'au,u8', 'ak']);
add('maxMap', ['ai,ak']);
add('uniq', ['u8,s', 'ns,ni']);
add('uniqExact', ['u8,s', 'ns,ni', 'au,s,nf']);
add(['countIf'], ['c', 'nc', 'ns,c', 'u64', 's', 'b']);
add(['sumIf', 'avgIf', 'minIf', 'uniqExactIf'], ['u8,c', 'ni,c', 'i64,nc', 'ni,nc', 'd9,b', 'u8', 'u8,u8,c', 'u8,u64']);
add(['argMaxIf', 'argMinIf'], ['s,u64,c', 'ns,u64,nc']);
add('quantileIf', ['u8,c', 'ni,nc'], '(0.7)');
add('groupArrayIf', ['u8,c', 'ns,nc']);
add(['sumOrNull', 'minOrDefault', 'avgOrNull', 'countOrNull', 'sumOrDefault', 'maxOrNull', 'groupArrayOrNull', 'quantileOrDefault'], ['u8', 'ni', 'd9']);
add(['sumOrNullIf', 'sumIfOrNull', 'avgOrDefaultIf', 'avgIfOrDefault', 'maxOrNullIf', 'countIfOrNull'], ['u8,c', 'ni,nc']);
add(['sumArray', 'countArray', 'uniqArray', 'maxArray', 'avgArray', 'groupArrayArray', 'minOrNullArray', 'sumArrayOrNull'], ['au', 'ai', 'an', 'u8']);
add(['sumArrayIf', 'sumIfArray'], ['au,c', 'ai,au', 'ai,c']);
add(['sumDistinct', 'countDistinct', 'avgDistinct', 'groupArrayDistinct', 'maxDistinct'], ['u8', 'ni', 'w']);
add(['sumDistinctIf', 'countDistinctIf'], ['w,c', 'ni,nc']);
add(['COUNT', 'Sum', 'AVG', 'Min', 'ANY_VALUE', 'SUMIf'], ['u8', 'u8,c']);
add(['Uniq', 'sumif', 'foo', 'sumFoo', 'sumIfIf', 'argmin', 'sumOrNullOrNull'], ['u8', 'u8,c', 'u8,c,c']);
add(['sum', 'count', 'uniq', 'avg', 'min', 'any', 'groupBitAnd', 'uniqHLL12', 'entropy'], ['u8'], '(1)');
add(['sum', 'min', 'any', 'avg', 'quantile', 'groupArray', 'varPop', 'argMin', 'corr', 'count', 'sumArray'], ['', 'u8,u8,u8', 'u8,u8']);
add('topKWeighted', ['', 'u8,u8,u8']);
add('quantile', ['u8'], '(1.5)');
add('quantile', ['u8'], "('a')");
add('quantile', ['u8'], '(0.1,0.2)');
add('quantiles', ['u8']);
for (const p of ['(0)', '(-1)', '(1.5)', '(1,2)', "('a')"]) add(['groupArray', 'groupUniqArray', 'groupArrayLast', 'groupArraySorted', 'uniqCombined'], ['w'], p);
for (const p of ['(0)', '(-1)', "('a')"]) add('topK', ['w'], p);
add(['groupArrayLast', 'groupArraySorted'], ['w']);
add('topKWeighted', ['s,f64', 's'], '(3)');
add('topK', ['w'], "(2,3,'abc')");
add('topK', ['w'], "(2,3,'counts',4)");
add(['uniqCombined', 'uniqCombined64', 'uniqHLL12'], ['w']);

const rows = Array.from({ length: 200 }, () => columns.map(c => c[2]()));
for (const r of rows.filter(r => r[0] === 4)) columns.forEach((c, i) => { if (c[1].startsWith('Nullable')) r[i] = null; });

const s = new Session(mkdtempSync(tmpdir() + '/oracle-'));
s.query(`CREATE TABLE staging (i UInt32, ${columns.map(c => `${c[0]} ${c[1]}`)}) ENGINE = Memory`);
const cast = (v, k) => `CAST(${columns[k][3](v)}, '${columns[k][1].replace(/'/g, "\\'")}')`;
for (let at = 0; at < rows.length; at += 25) {
  const selects = rows.slice(at, at + 25).map((r, i) => `SELECT ${at + i}, ${r.map(cast)}`);
  s.query(`INSERT INTO staging ${selects.join(' UNION ALL ')}`);
}
s.query('CREATE TABLE t ENGINE = Memory AS SELECT * FROM staging ORDER BY i SETTINGS max_threads = 1');

// Grouping by a wider key: by a UInt8 ClickHouse adds rows in four interleaved streams,
// so that `any` is not the first.
const results = calls.map(call => {
  try {
    const q = `SELECT ${call.startsWith('arraySort(') ? call.replace(/^arraySort\((.*)\)$/, 'arraySort($1)') : call} AS r`;
    const tail = 'SETTINGS max_threads = 1, max_block_size = 65536, optimize_aggregators_of_group_by_keys = 0';
    const type = s.query(`SELECT DISTINCT toTypeName(r) FROM (${q} FROM t GROUP BY g) ${tail}`, 'TSVRaw').trimEnd();
    const one = r => s.query(`SELECT toString(r) FROM (${r}) ${tail}`, 'JSONCompactEachRow').trim().split('\n').map(l => JSON.parse(l)[0]);
    return { call, type: type.replace(/\n\s*/g, ' ').replace(/\( /g, '('), groups: one(`${q} FROM t GROUP BY toUInt32(g) AS g ORDER BY g`), none: one(`${q} FROM t WHERE 0`)[0] };
  } catch (e) {
    return { call, code: Number((/Code: (\d+)/.exec(e.message) ?? [])[1]) };
  }
});
const names = s.query('SELECT name, case_insensitive = 1, alias_to FROM system.functions WHERE is_aggregate ORDER BY name', 'JSONCompactEachRow').trim().split('\n').map(l => JSON.parse(l));
s.cleanup();
const lines = xs => '[\n' + xs.map(x => JSON.stringify(x)).join(',\n') + '\n]';
console.log(`{"columns":${lines(columns.map(c => [c[0], c[1]]))},\n"rows":${lines(rows)},\n"results":${lines(results)},\n"names":${lines(names)}}`);
