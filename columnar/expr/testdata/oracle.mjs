// Writes <family>.tsv for every family: expression, type and value in ClickHouse.
// Run where the npm package chdb is installed: node …/oracle.mjs [family…]
// The expressions are those of <family>.txt, one a line, and those that
// generated() makes.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
const { query } = createRequire(process.cwd() + '/')('chdb');
const here = dirname(fileURLToPath(import.meta.url));

const numbers = {
  Bool: ['0', '1'], UInt8: ['0', '1', '200', '255'], UInt16: ['0', '65535'], UInt32: ['7', '4294967295'],
  UInt64: ['0', '18446744073709551615'], Int8: ['-128', '-1', '127'], Int16: ['-32768', '300'],
  Int32: ['-2147483648', '5'], Int64: ['-9223372036854775808', '-7', '9223372036854775807'],
  Float32: ['1.5', '-0.1'], Float64: ['2.5', '-1e300', '9007199254740993'],
  'Decimal(9,2)': ['12.34', '-0.01'], 'Decimal(18,3)': ['123456.789'], 'Decimal(38,5)': ['-99999.12345'],
};
const cast = (v, t) => `CAST('${v}', '${t.replace(/'/g, "\\'")}')`;
const first = Object.entries(numbers).map(([t, vs]) => cast(vs[vs.length - 1], t));
const every = Object.entries(numbers).flatMap(([t, vs]) => vs.map((v) => cast(v, t)));
const pairs = (fs, as, bs) => fs.flatMap((f) => as.flatMap((a) => bs.map((b) => `${f}(${a}, ${b})`)));
const times = {
  Date: ['2024-02-29', '1970-01-01', '2149-06-06'], Date32: ['1900-01-01', '2024-02-29', '2299-12-31'],
  "DateTime('UTC')": ['2024-02-29 12:34:56', '1970-01-01 00:00:00', '2106-02-07 06:28:15'],
  "DateTime('America/New_York')": ['2024-03-10 03:30:00', '2024-11-03 01:30:00'],
  "DateTime64(3, 'UTC')": ['2024-02-29 12:34:56.789', '1969-12-31 23:59:59.999', '2250-07-01 00:00:00.001'],
  "DateTime64(6, 'Europe/Berlin')": ['2024-03-31 03:30:00.123456'],
};
const moments = Object.entries(times).flatMap(([t, vs]) => vs.map((v) => cast(v, t)));
const others = [
  "'12'", "'abc'", "''", "toFixedString('7', 3)", "CAST('a', 'Enum8(\\'a\\' = 1, \\'b\\' = 2)')",
  "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')", "toIPv4('1.2.3.4')", "toIPv6('::ffff:1.2.3.4')", '[1, 2]', "(1, 'a')", 'NULL',
  'toNullable(5)', 'toIntervalDay(3)',
];
const targets = [
  'Bool', 'UInt8', 'UInt32', 'UInt64', 'Int8', 'Int32', 'Int64', 'Float32', 'Float64', 'Decimal(9, 2)', 'Decimal(18, 4)', 'Decimal(38, 10)',
  'String', 'FixedString(20)', 'Date', 'Date32', 'DateTime', "DateTime('Asia/Kolkata')", 'DateTime64(3)', 'DateTime64(6)',
  "Enum8('a' = 1, 'b' = 5)", 'UUID', 'IPv4', 'IPv6', 'Nullable(Int32)', 'Array(Int16)', 'Tuple(Int8, String)',
];
const values = [...every, ...moments, ...others, "'2024-01-05 10:11:12'", "'-7'", "'1.5'", "'a'", "'[3, -4]'", "'1.2.3.4'"];
function generated(family) {
  switch (family) {
    case 'arith':
      return [
        ...pairs(['plus', 'minus', 'multiply', 'divide', 'intDiv', 'modulo'], first, first),
        ...pairs(['positiveModulo', 'intDivOrZero', 'moduloOrZero', 'gcd'], first.slice(0, 9), first.slice(0, 9)),
        ...['negate', 'abs', 'sign', 'not'].flatMap((f) => every.map((a) => `${f}(${a})`)),
        ...pairs(['plus', 'minus'], moments.slice(0, 14), ['1', '-1', 'toIntervalMonth(1)', 'toIntervalDay(-1)', 'toIntervalHour(25)', 'toIntervalSecond(1)', 'toIntervalYear(1)', 'toIntervalWeek(2)', 'toIntervalQuarter(1)', 'toIntervalMillisecond(5)']),
        ...pairs(['minus'], moments, moments),
      ];
    case 'compare':
      return [...pairs(['equals', 'less', 'greaterOrEquals'], every, first), ...pairs(['equals', 'less'], moments, moments)];
    case 'cast':
      return [
        ...values.flatMap((v) => targets.map((t) => `CAST(${v}, '${t.replace(/'/g, "\\'")}')`)),
        ...[...every, "'7'", "'x'", "'300'"].flatMap((v) => ['Int8', 'UInt8', 'UInt64', 'Float32', 'Decimal(9, 2)'].flatMap((t) => [`accurateCastOrNull(${v}, '${t}')`, `accurateCastOrDefault(${v}, '${t}')`])),
      ];
    case 'dates': {
      const ones = ['toYear', 'toQuarter', 'toMonth', 'toDayOfMonth', 'toDayOfWeek', 'toDayOfYear', 'toHour', 'toMinute', 'toSecond', 'toMillisecond', 'toISOWeek', 'toISOYear', 'toWeek', 'toYearWeek', 'toStartOfYear', 'toStartOfISOYear', 'toStartOfQuarter', 'toStartOfMonth', 'toStartOfWeek', 'toMonday', 'toLastDayOfMonth', 'toLastDayOfWeek', 'toStartOfDay', 'toStartOfHour', 'toStartOfMinute', 'toStartOfFiveMinutes', 'toStartOfTenMinutes', 'toStartOfFifteenMinutes', 'toStartOfSecond', 'toYYYYMM', 'toYYYYMMDD', 'toYYYYMMDDhhmmss', 'toRelativeYearNum', 'toRelativeQuarterNum', 'toRelativeMonthNum', 'toRelativeWeekNum', 'toRelativeDayNum', 'toRelativeHourNum', 'toRelativeMinuteNum', 'toRelativeSecondNum', 'toUnixTimestamp', 'timeSlot', 'timeZoneOf', 'timezoneOffset', 'toUnixTimestamp64Milli', 'toUnixTimestamp64Micro', 'toDaysSinceYearZero', 'monthName'];
      const twos = [...[...Array(10).keys()].flatMap((m) => [`toWeek($, ${m})`, `toYearWeek($, ${m})`]), 'toDayOfWeek($, 1)', 'toDayOfWeek($, 2)', 'toDayOfWeek($, 3)', 'toStartOfWeek($, 1)', 'toLastDayOfWeek($, 1)',
        ...['Year(5)', 'Quarter(3)', 'Month(5)', 'Week(2)', 'Day(3)', 'Hour(5)', 'Hour(1)', 'Minute(7)', 'Minute(15)', 'Second(7)', 'Millisecond(100)', 'Day(1)', 'Week(1)', 'Month(1)'].map((i) => `toStartOfInterval($, toInterval${i})`),
        ...['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].map((u) => `date_trunc('${u}', $)`),
        ...['year', 'quarter', 'month', 'dayofyear', 'day', 'week', 'weekday', 'hour', 'minute', 'second'].map((u) => `dateName('${u}', $)`),
        ...'abcCdDeFfgGhHiIjklmMpQrRsSTuVwWyYz%'.split('').map((c) => `formatDateTime($, '%${c}')`),
        "toTimeZone($, 'Asia/Tokyo')", "toHour($, 'Asia/Kolkata')", "toStartOfHour($, 'Asia/Kolkata')", "toStartOfDay($, 'America/New_York')", "toDate($, 'Asia/Tokyo')", 'toDate($)', 'toDateTime($)', 'toDateTime64($, 3)', 'toDate32($)', "toString($)"];
      const sample = [moments[0], moments[4], moments[6], moments[9], moments[10], moments[11], moments[12], moments[14], "CAST('2024-12-30 23:59:59', 'DateTime(\\'Asia/Kolkata\\')')", "toDate('2023-01-01')", "toDate('2020-12-31')"];
      const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'];
      const spans = [["toDate('2024-01-31')", "toDate('2024-02-29')"], ["toDateTime('2023-12-31 23:59:59')", "toDateTime('2024-01-01 00:00:00')"], ["toDateTime64('2024-03-09 12:00:00.5', 3)", "toDate('2020-02-29')"], [moments[9], moments[10]], ["toDate32('1920-01-01')", "toDate('2020-01-01')"]];
      return [...ones.flatMap((f) => sample.map((m) => `${f}(${m})`)), ...twos.flatMap((f) => sample.map((m) => f.replace('$', () => m))),
        ...spans.flatMap(([a, b]) => units.flatMap((u) => [`dateDiff('${u}', ${a}, ${b})`, `dateDiff('${u}', ${b}, ${a})`, `age('${u}', ${a}, ${b})`])),
        ...['Year', 'Quarter', 'Month', 'Week', 'Day', 'Hour', 'Minute', 'Second', 'Millisecond'].flatMap((u) => sample.flatMap((m) => [`add${u}s(${m}, 1)`, `subtract${u}s(${m}, 13)`]))];
    }
    default:
      return [];
  }
}

const families = process.argv.length > 2 ? process.argv.slice(2)
  : [...new Set(['arith', 'compare', 'cast', 'dates', ...readdirSync(here).filter((f) => f.endsWith('.txt')).map((f) => f.slice(0, -4))])];
for (const family of families) {
  const file = join(here, family + '.txt');
  const listed = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((l) => l && !l.startsWith('#')) : [];
  const out = [...new Set([...listed, ...generated(family)])].map((e) => {
    let answer;
    try {
      answer = query(`SELECT toTypeName(_x), if(isNull(_x), NULL, toString(_x)) FROM (SELECT ${e} AS _x)`, 'TSV').replace(/\n$/, '');
      answer = answer.split('\t').map((f, i) => (i === 0 ? f.replace(/\\'/g, "'") : f)).join('\t');
    } catch (err) {
      const code = /Code: (\d+)/.exec(String(err.message || err));
      answer = 'error\t' + (code ? code[1] : '?');
    }
    return e + '\t' + answer;
  });
  writeFileSync(join(here, family + '.tsv'), out.join('\n') + '\n');
  console.log(family, out.length);
}
