// Random expressions by kind of value. Scope is a table of tables.mjs, whose
// columns may be prefixed; depth bounds the nesting.

const INTS = ['0', '1', '2', '7', '10', '100', '255', '-1', '-5', '1000'];
const STRINGS = ["''", "'ios'", "'web'", "'x'", "'s1'", "'item5'", "'Z'"];
const DATES = ["'2024-02-01'", "'2024-02-29'", "'2024-01-29'", "'2024-03-01'"];
const TIMES = ["'2024-01-29 00:00:00'", "'2024-02-02 12:30:00'", "'2024-02-05 00:00:00'"];
const PATTERNS = ["'%1%'", "'item_'", "'%o%'", "'i%'", "'_'", "'%'", "'s1%'"];

export function int(r, t, depth) {
  if (depth <= 0 || r.chance(3)) return r.chance(4) ? r.pick(INTS) : r.pick(t.int);
  const a = () => int(r, t, depth - 1);
  return r.pick([
    () => `${paren(a())} ${r.pick(['+', '-', '*'])} ${paren(a())}`,
    () => `intDiv(${a()}, ${r.pick(['2', '3', '7', '-4'])})`,
    () => `${paren(a())} % ${r.pick(['2', '3', '10'])}`,
    () => `abs(${a()})`,
    () => `${r.pick(['greatest', 'least'])}(${r.pick(t.int)}, ${r.pick(INTS)})`,
    () => `if(${cond(r, t, depth - 1)}, ${a()}, ${a()})`,
    () => `multiIf(${cond(r, t, depth - 1)}, ${a()}, ${cond(r, t, depth - 1)}, ${a()}, ${a()})`,
    () => `ifNull(${r.pick(t.int)}, ${r.pick(INTS)})`,
    () => `nullIf(${r.pick(t.int)}, ${r.pick(INTS)})`,
    () => `coalesce(${r.pick(t.int)}, ${r.pick(t.int)}, 0)`,
    () => `length(${str(r, t, depth - 1)})`,
    () => `position(${r.pick(t.str)}, ${r.pick(STRINGS)})`,
    () => datePart(r, t),
    () => `CASE WHEN ${cond(r, t, depth - 1)} THEN ${a()} END`,
    () => `${r.pick(['toInt8', 'toUInt16', 'toInt32', 'toInt64', 'toUInt64'])}(${r.pick(t.int)})`,
    () => `bitAnd(${r.pick(t.int)}, ${r.pick(['1', '3', '12', '255'])})`,
    () => `dateDiff('${r.pick(['day', 'week', 'month', 'hour'])}', ${r.pick(t.date)}, toDate(${r.pick(DATES)}))`,
  ])();
}

function datePart(r, t) {
  if (t.time.length && r.chance(2)) return `${r.pick(['toHour', 'toMinute', 'toDayOfWeek', 'toUnixTimestamp', 'toYYYYMMDD'])}(${r.pick(t.time)})`;
  return `${r.pick(['toYear', 'toMonth', 'toDayOfMonth', 'toDayOfWeek', 'toYYYYMM', 'toISOWeek', 'toDayOfYear', 'toQuarter'])}(${r.pick(t.date)})`;
}

export function float(r, t, depth) {
  if (depth <= 0 || r.chance(3)) return r.pick([...t.float, '0.5', '1.25']);
  const a = () => float(r, t, depth - 1);
  return r.pick([
    () => `${paren(a())} ${r.pick(['+', '-', '*'])} ${paren(int(r, t, depth - 1))}`,
    () => `${paren(int(r, t, depth - 1))} / ${r.pick(['2', '3', '8', '0.5'])}`,
    () => `${r.pick(['round', 'floor', 'ceil', 'abs'])}(${a()})`,
    () => `round(${a()}, ${r.pick(['1', '2', '-1'])})`,
    () => `toFloat64(${int(r, t, depth - 1)})`,
    () => `if(${cond(r, t, depth - 1)}, ${a()}, ${a()})`,
    () => `ifNull(${r.pick(t.float)}, 0.25)`,
  ])();
}

export function str(r, t, depth) {
  if (depth <= 0 || r.chance(3)) return r.chance(5) ? r.pick(STRINGS) : r.pick(t.str);
  const a = () => str(r, t, depth - 1);
  return r.pick([
    () => `${r.pick(['upper', 'lower', 'reverse', 'trim'])}(${a()})`,
    () => `concat(${a()}, ${r.pick(STRINGS)})`,
    () => `${r.pick(t.str)} || ${r.pick(t.str)}`,
    () => `substring(${a()}, ${r.pick(['1', '2', '-2'])}, ${r.pick(['1', '3'])})`,
    () => `toString(${r.pick([...t.int, ...t.date, ...t.dec, ...t.enum, ...t.bool])})`,
    () => `replaceAll(${a()}, ${r.pick(["'i'", "'1'", "'s'"])}, ${r.pick(["'_'", "''", "'II'"])})`,
    () => `if(${cond(r, t, depth - 1)}, ${a()}, ${a()})`,
    () => `coalesce(${r.pick(t.str)}, ${r.pick(STRINGS)})`,
    () => `ifNull(${r.pick(t.str)}, 'none')`,
    () => `nullIf(${r.pick(t.str)}, ${r.pick(STRINGS)})`,
    () => `multiIf(${cond(r, t, depth - 1)}, 'p', ${cond(r, t, depth - 1)}, 'q', ${a()})`,
  ])();
}

export function date(r, t, depth) {
  const d = r.pick(t.date);
  if (depth <= 0 || r.chance(3)) return d;
  return r.pick([
    () => `${d} ${r.pick(['+', '-'])} ${r.int(1, 40)}`,
    () => `${d} ${r.pick(['+', '-'])} INTERVAL ${r.int(1, 3)} ${r.pick(['DAY', 'WEEK', 'MONTH', 'YEAR'])}`,
    () => `${r.pick(['toStartOfMonth', 'toMonday', 'toStartOfYear', 'toStartOfQuarter', 'toStartOfWeek', 'toLastDayOfMonth'])}(${d})`,
    () => `if(${cond(r, t, depth - 1)}, ${d}, toDate(${r.pick(DATES)}))`,
    () => (t.time.length ? `toDate(${time(r, t, depth - 1)})` : `ifNull(${d}, toDate(${r.pick(DATES)}))`),
  ])();
}

export function time(r, t, depth) {
  const x = r.pick(t.time);
  if (depth <= 0 || r.chance(3)) return x;
  return r.pick([
    () => `${x} ${r.pick(['+', '-'])} INTERVAL ${r.int(1, 90)} ${r.pick(['SECOND', 'MINUTE', 'HOUR', 'DAY'])}`,
    () => `${r.pick(['toStartOfHour', 'toStartOfDay', 'toStartOfMinute', 'toStartOfFifteenMinutes'])}(${x})`,
    () => `toStartOfInterval(${x}, INTERVAL ${r.pick(['5 MINUTE', '6 HOUR', '30 MINUTE', '1 DAY'])})`,
    () => `toTimeZone(${x}, ${r.pick(["'Asia/Shanghai'", "'Europe/Berlin'", "'America/New_York'"])})`,
  ])();
}

const COMPARE = ['=', '!=', '<', '<=', '>', '>='];

export function cond(r, t, depth) {
  const simple = [
    () => `${r.pick(t.int)} ${r.pick(COMPARE)} ${r.pick(INTS)}`,
    () => `${r.pick(t.str)} ${r.pick(COMPARE)} ${r.pick(STRINGS)}`,
    () => `${r.pick(t.date)} ${r.pick(COMPARE)} ${r.pick(DATES)}`,
    () => `${r.pick([...t.int, ...t.str, ...t.date])} IS ${r.pick(['', 'NOT '])}NULL`,
    () => `${r.pick(t.str)} ${r.pick(['LIKE', 'NOT LIKE', 'ILIKE'])} ${r.pick(PATTERNS)}`,
    () => `${r.pick(t.int)} ${r.pick(['IN', 'NOT IN'])} (${r.some(INTS, 4).join(', ')})`,
    () => `${r.pick(t.str)} ${r.pick(['IN', 'NOT IN'])} (${r.some(STRINGS, 3).join(', ')})`,
    () => `${r.pick(t.int)} BETWEEN ${r.int(-50, 20)} AND ${r.int(21, 400)}`,
    ...t.float.map((f) => () => `${f} ${r.pick(COMPARE)} ${r.pick(['0', '1.5', '-2', '0.25'])}`),
    ...t.dec.map((d) => () => `${d} ${r.pick(COMPARE)} ${r.pick(['0', '50', '12.5', '100'])}`),
    ...t.enum.map((e) => () => `${e} ${r.pick(['=', '!=', '<', '>'])} ${r.pick(["'view'", "'like'", "'buy'"])}`),
    ...t.time.map((x) => () => `${x} ${r.pick(COMPARE)} ${r.pick(TIMES)}`),
    ...t.bool.map((b) => () => b),
    ...t.arr.map((a) => () => r.pick([`has(${a}, 't1')`, `notEmpty(${a})`, `length(${a}) > 1`])),
  ];
  if (depth <= 0 || r.chance(2)) return r.pick(simple)();
  const a = () => cond(r, t, depth - 1);
  return r.pick([
    () => `(${a()} AND ${a()})`,
    () => `(${a()} OR ${a()})`,
    () => `NOT (${a()})`,
    () => `${paren(int(r, t, depth - 1))} ${r.pick(COMPARE)} ${paren(int(r, t, depth - 1))}`,
    () => `${paren(str(r, t, depth - 1))} ${r.pick(COMPARE)} ${paren(str(r, t, depth - 1))}`,
    () => `startsWith(${str(r, t, depth - 1)}, ${r.pick(["'i'", "'s'", "''"])})`,
  ])();
}

// any is an expression of some kind.
export function any(r, t, depth) {
  const kinds = [int, int, str, str, float, date, cond];
  if (t.time.length) kinds.push(time);
  return r.pick(kinds)(r, t, depth);
}

// exact is an expression whose text is the same on every machine.
export function exact(r, t, depth) { return r.pick([int, str, date])(r, t, depth); }

export function paren(x) { return /^[A-Za-z0-9_.']+$/.test(x) || /^\w+\([^()]*\)$/.test(x) ? x : `(${x})`; }

// aggregate is an aggregate function of t's columns whose answer is defined.
export function aggregate(r, t, depth) {
  const x = () => int(r, t, depth);
  return r.pick([
    () => 'count()',
    () => `count(${any(r, t, depth)})`,
    () => `sum(${x()})`,
    () => `avg(${x()})`,
    () => `sum(${float(r, t, depth)})`,
    () => `${r.pick(['min', 'max'])}(${exact(r, t, depth)})`,
    () => `${r.pick(['min', 'max'])}(${r.pick([...t.float, ...t.dec, ...t.time, ...t.enum, ...t.str])})`,
    () => `uniqExact(${exact(r, t, depth)})`,
    () => `uniq(${r.pick([...t.int, ...t.str])})`,
    () => `count(DISTINCT ${exact(r, t, depth)})`,
    () => `countIf(${cond(r, t, depth)})`,
    () => `sumIf(${r.pick(t.int)}, ${cond(r, t, depth)})`,
    () => `avgIf(${r.pick([...t.int, ...t.float])}, ${cond(r, t, depth)})`,
    () => `uniqExactIf(${r.pick([...t.int, ...t.str])}, ${cond(r, t, depth)})`,
    () => `${r.pick(['argMin', 'argMax'])}(${exact(r, t, depth)}, ${t.key})`,
    () => (t.isJoined // a join may give more rows than quantile takes exactly
      ? `sum(${r.pick(t.int)})`
      : `quantile(${r.pick(['0.5', '0.9', '0.25'])})(${r.pick([...t.int, ...t.float])})`),
    () => `arraySort(groupUniqArray(${r.pick(t.str)}))`,
    () => `length(groupArray(${r.pick([...t.int, ...t.str])}))`,
    () => `minIf(${r.pick([...t.int, ...t.str, ...t.date])}, ${cond(r, t, depth)})`,
    ...t.dec.map((d) => () => `sum(${d})`),
  ])();
}
